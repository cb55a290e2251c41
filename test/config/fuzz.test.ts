/** Broken text of every kind gives diagnostics with places, never an exception, and never takes long. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatDiagnostic, parseConfig, Source } from '../../config/index.ts';
import { NO_FILES } from './config-texts.ts';

const SEEDS = [
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

/** xorshift32: the same texts in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const PIECES = [
  ...[
    '{',
    '}',
    ';',
    '(',
    ')',
    '[',
    ']',
    '"',
    "'",
    '/*',
    '*/',
    '#',
    '=',
    '~',
    '..',
    '+',
    '-',
    '%',
    '\\',
    '\u0000',
    '\ufffd',
  ],
  ...[
    '4294967296',
    '0x',
    '1.2.3.4.5',
    'fe80::1::2',
    '10.0.0.1/8',
    '::/129',
    '1:2',
    'hex:',
    'include "x";',
    '\ninclude "y";',
  ],
  ...['protocol', 'bgp', 'from', 'filter', 'if', 'then', 'else', 'case', 'ipv4', 'table', 'master4', 'on', 'nonsense'],
  ...['route', 'via', 'import', 'export', 'where', 'neighbor', 'local', 'as', 'define', 'return', 'accept', 'for'],
];

function mutate(text: string, pick: (below: number) => number): string {
  const at = pick(text.length + 1);
  const length = 1 + pick(12);
  switch (pick(6)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length);
    case 1:
      return text.slice(0, at) + PIECES[pick(PIECES.length)]! + text.slice(at);
    case 2:
      return `${text.slice(0, at)} ${PIECES[pick(PIECES.length)]!} ${text.slice(at + length)}`;
    case 3:
      return text.slice(0, at);
    case 4:
      return text.slice(0, at) + text.slice(at, at + length).repeat(2) + text.slice(at + length);
    default:
      return text.slice(0, at) + String.fromCharCode(pick(256)) + text.slice(at + 1);
  }
}

/** Parses; asserts that the answer is a configuration or places. */
function check(text: string): boolean {
  const result = parseConfig(new Source('fuzz.conf', text), NO_FILES);
  if ('config' in result) return true;
  assert.ok(result.diagnostics.length > 0, 'refused without a reason');
  for (const diagnostic of result.diagnostics) {
    const { line, column } = diagnostic.place;
    assert.ok(line >= 1 && column >= 1, formatDiagnostic(diagnostic));
    assert.match(formatDiagnostic(diagnostic), /^fuzz\.conf:\d+:\d+ \S/);
  }
  return false;
}

describe('mutated configurations', () => {
  it('start from valid ones', () => {
    assert.ok(check(SEEDS[0]!));
    assert.ok(check(`ipv4 table aux; roa4 table r4; ${SEEDS[1]!}`));
  });

  it('never throw, 5,000 times', () => {
    const pick = random(20240917);
    let taken = 0;
    for (let round = 0; round < 5000; round++) {
      let text = SEEDS[round % 2]!;
      if (round % 2 === 1) text = `ipv4 table aux; roa4 table r4; ${text}`;
      for (let times = 1 + pick(3); times > 0; times--) text = mutate(text, pick);
      if (check(text)) taken++;
    }
    // Some mutations hit comments and names: if none were taken, the parser would be refusing for other reasons.
    assert.ok(taken > 50 && taken < 2500, `${taken} of 5000 were taken`);
  });

  it('end at every length', () => {
    for (const seed of SEEDS) for (let length = 0; length < seed.length; length += 3) check(seed.slice(0, length));
  });

  it('of absurd depth give a diagnostic', () => {
    for (const piece of [
      '{',
      '(',
      '[',
      'if true then ',
      'protocol bgp { ',
      '! ',
      '((((',
      'filter f { if true then {',
    ]) {
      assert.equal(check(`filter f { if ${piece.repeat(20_000)}`), false);
      assert.equal(check(`protocol bgp { local as ${piece.repeat(20_000)}`), false);
      assert.equal(check(piece.repeat(20_000)), false);
      assert.equal(check(`protocol bfd { x ${piece.repeat(20_000)}`), false);
    }
  });
});
