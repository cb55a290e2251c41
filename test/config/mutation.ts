/** Texts of the whole language, and broken ones made of them. */
import { mutate, wordsOf } from '../support/mutate.ts';
import type { Random } from '../support/random.ts';
import * as definitions from './corpus/definitions.ts';
import * as statements from './corpus/filter-statements.ts';
import * as inactive from './corpus/inactive.ts';
import * as lexical from './corpus/lexical.ts';
import * as networks from './corpus/networks.ts';
import * as protocols from './corpus/protocols.ts';

export const SEEDS: readonly string[] = [
  `router id 10.0.0.1; log stderr all; debug protocols { states, events };
define LOCAL_AS = 64512; define BOGON = [ 0.0.0.0/8+, 10.0.0.0/8{16,24} ];
attribute int my_tag; ipv4 table aux sorted; roa4 table r4;
function bogon(int a; prefix p) { if p ~ BOGON then return true; return a = 5; }
filter in4 { if bogon(1, net) then reject "x ", net; bgp_community.add((64512, 1)); my_tag = 7; accept; }
timeformat protocol iso long; watchdog warning 5 s;
protocol device { scan time 10; interface "eth*" { preferred 10.0.0.1; }; }
protocol direct { ipv4; ipv6; interface -"lo", "eth*" 10.0.0.0/8; }
protocol kernel k4 { learn; merge paths on limit 8; ipv4 { import all; export where source != RTS_INHERIT; }; }`,
  `template bgp mesh { local 10.0.0.1 as 64512; multihop; graceful restart; rr client; error wait time 5, 30;
  ipv4 { import all; export all; next hop self ebgp; add paths on; import limit 10 action block; }; }
protocol bgp 'peer-1' from mesh { neighbor 10.0.0.2 as 64512; password "s3cret"; disable after cease { cease }; }
protocol bgp dyn { local as 1; neighbor range 10.0.2.0/24 external; ipv4 { import none; export none; }; }
protocol static { ipv4; route 10.0.0.0/16 via 10.0.0.2 weight 2 via "eth0" { bgp_med = 50; }; route 10.1.0.0/16 blackhole; }
protocol pipe { table master4; peer table aux; import none; export filter { case bgp_origin { ORIGIN_IGP: accept; else: reject; } }; }
protocol bfd { interface "x" { interval 300 ms; }; neighbor fe80::1%eth0; }
/* comment */ protocol rpki { roa4 { table r4; }; remote 10.0.1.3 port 8282; } # end`,
];

/** Everything that is taken, whole. */
const VALID: readonly string[] = [
  SEEDS[0]!,
  `ipv4 table aux; roa4 table r4; ${SEEDS[1]!}`,
  ...statements.ACCEPTED.map((text) => `protocol device { } filter f { ${text} }`),
  ...[definitions, protocols].flatMap(({ ACCEPTED }) => ACCEPTED.map((text) => `protocol device { } ${text}`)),
  ...networks.ACCEPTED.map((text) => `protocol device { } define n = ${text};`),
  ...inactive.ACCEPTED.map((text) => `protocol device { } roa4 table r; ${text}`),
  ...lexical.ACCEPTED,
];

const WORDS = wordsOf(VALID);

/** A text that was right before one to three things happened to it. */
export function mutatedText(random: Random): string {
  let text = random.once(4) ? VALID[random.below(2)]! : random.pick(VALID);
  for (let times = random.between(1, 3); times > 0; times--) text = mutate(text, random, VALID, WORDS);
  return text;
}
