/**
 * Debian's birdc asks a real BIRD and ours the same questions, in the same lab with the same configuration, and gets
 * the same answers: every command, every form of `show route`, down to the blanks. Only what has to differ is levelled
 * first: times, counters of timers, versions, link-local addresses, and the order of rows (BIRD's is that of a hash).
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { Lab, until } from '../../src/lab/namespace.ts';
import { Bird } from '../support/peers/bird.ts';
import { whyNot } from '../support/peers/peer.ts';
import { Peregrine } from '../support/peers/peregrine.ts';

const CONFIG = `
log stderr { fatal, bug };
router id 10.0.0.1;
hostname "node-a";
timeformat protocol iso long;

define LOCAL_AS = 64512;
define BOGON4 = [ 0.0.0.0/8+, 198.51.100.0/24, 127.0.0.0/8+, 169.254.0.0/16+, 224.0.0.0/4+ ];
attribute int my_tag;
ipv4 table aux4;
ipv4 table sorted4 sorted;

function is_bogon() { return net ~ BOGON4; }
function tagit(int x) { my_tag = x; bgp_community.add((64512, x)); }

filter ebgp_in4 {
	if is_bogon() then reject;
	tagit(100);
	bgp_large_community.add((64512, 1, 100));
	bgp_ext_community.add((rt, 64512, 100));
	accept;
}

protocol device { scan time 10; }
protocol direct direct1 { ipv4; ipv6; interface "eth*"; }
protocol kernel kernel4 {
	persist off; learn; scan time 2; merge paths on limit 8;
	ipv4 { import all; export where source != RTS_INHERIT && source != RTS_DEVICE; };
}
protocol kernel kernel6 { learn; ipv6 { import all; export where source != RTS_DEVICE; }; }
protocol static static4 {
	description "local static routes";
	ipv4 { preference 210; };
	route 10.100.0.0/16 blackhole;
	route 10.101.0.0/16 unreachable;
	route 10.102.0.0/16 prohibit;
	route 10.103.0.0/16 via 10.0.0.2;
	route 10.104.0.0/16 via 10.0.0.2 weight 2 via 10.0.1.3 weight 5;
	route 10.105.0.0/16 via "eth0";
	route 10.106.0.0/16 recursive 10.100.0.9;
	route 10.108.0.0/16 via 10.9.9.9;
	route 10.109.0.0/16 via 10.0.0.2 { bgp_community.add((1,2)); my_tag = 7; krt_metric = 99; igp_metric = 5; };
}
protocol static static6 {
	ipv6;
	route 2001:db8:100::/48 blackhole;
	route 2001:db8:101::/48 via 2001:db8::2;
	route 2001:db8:102::/48 via fe80::1%eth0;
}
protocol pipe pipe1 { table master4; peer table aux4; import none; export where net ~ [ 10.100.0.0/14+ ]; }
template bgp node_mesh {
	local as LOCAL_AS; multihop; graceful restart; rr client; rr cluster id 224.0.0.1;
	connect delay time 1; connect retry time 5; error wait time 5,30;
	ipv4 { import all; export all; next hop self; add paths on; import keep filtered; };
	ipv6 { import all; export all; next hop self ebgp; };
}
protocol bgp Mesh_10_0_0_2 from node_mesh {
	description "Connection to BGP peer B";
	source address 10.0.0.1; neighbor 10.0.0.2 as LOCAL_AS; password "s3cret";
}
protocol bgp ebgp_c {
	local 10.0.1.1 as LOCAL_AS; neighbor 10.0.1.3 as 65003;
	connect delay time 1; connect retry time 5; advertise hostname on; enable extended messages on; local role provider;
	ipv4 {
		import filter ebgp_in4;
		export filter { if source = RTS_BGP || net ~ [ 10.100.0.0/16+ ] then { bgp_path.prepend(64512); accept; } reject; };
		import keep filtered; import limit 100 action restart; receive limit 200 action block; export limit 500 action warn;
		import table; export table;
	};
	ipv6 { import all; export none; };
}
protocol bgp dyn { local as LOCAL_AS; neighbor range 10.0.2.0/24 external; dynamic name "dynpeer"; ipv4 { import none; export none; }; }
protocol bgp disabled_peer { disabled; local 10.0.1.1 as LOCAL_AS; neighbor 10.0.1.78 as 65078; ipv4 { import none; export none; }; }
protocol bgp passive_peer { local 10.0.1.1 as LOCAL_AS; neighbor 10.0.1.79 as 65079; passive; ipv4 { import none; export none; }; }
`;

const CONFIG_B = `log stderr { fatal }; router id 10.0.0.2;
protocol device { scan time 10; }
protocol static s4 { ipv4; route 172.16.0.0/16 blackhole; route 172.17.0.0/16 blackhole { bgp_med = 50; bgp_community.add((64512,42)); bgp_large_community.add((64512,2,42)); bgp_local_pref = 150; }; route 127.0.0.0/9 blackhole; }
protocol static s6 { ipv6; route 2001:db8:172::/48 blackhole; }
protocol bgp n0 { local 10.0.0.2 as 64512; neighbor 10.0.0.1 as 64512; multihop; graceful restart; password "s3cret"; connect delay time 1; connect retry time 2;
	ipv4 { import all; export where source = RTS_STATIC; add paths on; next hop self; }; ipv6 { import all; export where source = RTS_STATIC; next hop self; }; }`;

const CONFIG_C = `log stderr { fatal }; router id 10.0.1.3;
protocol device { scan time 10; }
protocol static s4 { ipv4; route 203.0.113.0/24 blackhole; route 203.0.114.0/24 blackhole; route 198.51.100.0/24 blackhole; route 127.1.0.0/16 blackhole; }
protocol static s6 { ipv6; route 2001:db8:c::/48 blackhole; }
protocol bgp n0 { local 10.0.1.3 as 65003; neighbor 10.0.1.1 as 64512; connect delay time 1; connect retry time 2; error wait time 1,2; enable extended messages on; local role customer;
	ipv4 { import all; export filter { if net = 203.0.114.0/24 then { bgp_path.prepend(65100); bgp_path.prepend(65101); bgp_med = 10; } accept; }; };
	ipv6 { import all; export all; next hop address 2001:db8:1::3; }; }`;

/** Questions that change nothing. */
const QUESTIONS: readonly string[] = [
  'show status',
  'show protocols',
  'show protocols all',
  'show protocols "*4"',
  'show protocols all ebgp_c',
  'show protocols all Mesh_10_0_0_2',
  'show protocols nosuch',
  'show protocols "nomatch*"',
  'show interfaces',
  'show interfaces summary',
  'show static static4',
  'show static static6',
  'show static',
  'show symbols table',
  'show symbols filter',
  'show symbols function',
  'show symbols protocol',
  'show symbols template',
  'show symbols ebgp_in4',
  'show route',
  'show route all',
  'show route primary',
  'show route filtered',
  'show route filtered all',
  'show route table aux4',
  'show route table all',
  'show route table sorted4',
  'show route table nosuch',
  'show route for 10.100.1.2',
  'show route for 10.100.1.2 all',
  'show route for 9.9.9.9',
  'show route 10.100.0.0/16',
  'show route 10.100.0.0/16 all',
  'show route 10.99.0.0/16',
  'show route in 10.100.0.0/14',
  'show route protocol static4',
  'show route protocol static4 all',
  'show route protocol ebgp_c',
  'show route export Mesh_10_0_0_2',
  'show route export ebgp_c',
  'show route export ebgp_c all',
  'show route preexport ebgp_c',
  'show route noexport ebgp_c',
  'show route exported ebgp_c',
  'show route export kernel4',
  'show route export ebgp_c.ipv4',
  'show route export pipe1',
  'show route export pipe1.pri',
  'show route export pipe1.sec',
  'show route noexport pipe1',
  'show route preexport pipe1.pri',
  'show route protocol pipe1',
  'show route table aux4 export pipe1',
  'show route where source = RTS_STATIC',
  'show route where bgp_path.len > 0',
  'show route filter ebgp_in4',
  'show route filter { if net ~ [ 10.100.0.0/14+ ] then accept; reject; }',
  'show route import table ebgp_c.ipv4',
  'show route export table ebgp_c.ipv4',
  'show route import table ebgp_c.ipv6',
  'show route count',
  'show route count table aux4',
  'show route stats',
  'show route primary for 10.0.0.1 table master4 all',
  'show route table master4 2001:db8::/32',
  'show route filtered primary',
  'show route 10.0.0.0/8 for 10.0.0.1',
  'show route in 10.100.0.0/13',
  'show route export static4',
  'eval 1 + 2',
  'eval 10.0.0.0/8 ~ [ 10.0.0.0/8+ ]',
  'eval (1,2)',
  'eval [ 1, 3..5 ]',
  'eval 1 / 0',
  'eval nosuch',
  'configure status',
  'foo',
  'show',
  'enable',
  'down extra',
];

/** Orders, in this order; each is followed by a look. */
const ORDERS: readonly string[] = [
  'disable static6',
  'show protocols static6',
  'disable static6',
  'enable static6',
  'enable static6',
  'show protocols static6',
  'restart static6',
  'restart disabled_peer',
  'reload ebgp_c',
  'reload in ebgp_c',
  'reload out ebgp_c',
  'reload disabled_peer',
  'disable passive_peer "for a while"',
  'show protocols all passive_peer',
  'enable "pass*"',
  'disable "nomatch*"',
  'debug ebgp_c { states, events }',
  'debug ebgp_c off',
  'echo off',
  'configure check',
  'configure confirm',
  'configure undo',
  'configure soft',
  'configure timeout 30',
  'configure confirm',
];

interface Answers {
  readonly birdc: Map<string, string>;
  readonly raw: Map<string, string>;
}

describe('birdc', { skip: whyNot('bird', 'birdc') ?? false }, () => {
  it('hears from ours what it hears from BIRD', { timeout: 240_000 }, async (context) => {
    const real = await interview(process.env['PEREGRINE_DAEMON'] ?? 'ours', false);
    const theirs = await interview('bird', true);
    let same = 0;
    const different: string[] = [];
    for (const [kind, ours, bird] of [
      ['birdc', real.birdc, theirs.birdc],
      ['raw', real.raw, theirs.raw],
    ] as const) {
      for (const [question, answer] of bird) {
        const got = ours.get(question) ?? '(nothing)';
        if (got === answer) same++;
        else different.push(`### ${kind}: ${question}\n${lineDifferences(answer, got)}`);
      }
    }
    context.diagnostic(`${same} answers are the same`);
    assert.equal(different.length, 0, `${different.length} answers differ:\n${different.join('\n')}`);
    assert.ok(same > 100);
  });
});

/** Lines that only BIRD (-) or only ours (+) has, each with its number. */
function lineDifferences(bird: string, ours: string): string {
  const count = new Map<string, number>();
  for (const line of ours.split('\n')) count.set(line, (count.get(line) ?? 0) + 1);
  const out: string[] = [];
  for (const [i, line] of bird.split('\n').entries()) {
    const left = count.get(line) ?? 0;
    if (left > 0) count.set(line, left - 1);
    else out.push(`- ${i + 1}: ${line}`);
  }
  for (const [line, left] of count) for (let i = 0; i < left; i++) out.push(`+ ${line}`);
  if (out.length > 0) return out.join('\n');
  const ourLines = ours.split('\n');
  const first = bird.split('\n').findIndex((line, i) => line !== ourLines[i]);
  return `(the order of lines)\n${bird
    .split('\n')
    .slice(first - 1, first + 3)
    .join('\n')}\n---\n${ourLines.slice(first - 1, first + 3).join('\n')}`;
}

async function interview(daemonName: string, bird: boolean): Promise<Answers> {
  const lab = new Lab();
  try {
    const a = await lab.node('a');
    const b = await lab.node('b');
    const c = await lab.node('c');
    await lab.wire(a, 'eth0', b, 'eth0');
    await lab.wire(a, 'eth1', c, 'eth0');
    await a.address('eth0', '10.0.0.1/24', '2001:db8::1/64');
    await a.address('eth1', '10.0.1.1/24', '2001:db8:1::1/64');
    await b.address('eth0', '10.0.0.2/24', '2001:db8::2/64');
    await c.address('eth0', '10.0.1.3/24', '2001:db8:1::3/64');
    await a.ip('route add 192.168.77.0/24 via 10.0.0.2 proto static');
    const none = { as: 0, routerId: '', neighbors: [], announce: [] };
    const peers = [new Bird({ node: b, ...none }, CONFIG_B), new Bird({ node: c, ...none }, CONFIG_C)];
    for (const peer of peers) await peer.start();
    const before = process.env['PEREGRINE_DAEMON'];
    if (bird) process.env['PEREGRINE_DAEMON'] = 'bird';
    const daemon = new Peregrine(a, CONFIG);
    try {
      await daemon.start();
    } finally {
      if (before === undefined) delete process.env['PEREGRINE_DAEMON'];
      else process.env['PEREGRINE_DAEMON'] = before;
    }
    await until(
      `${daemonName}: sessions are up`,
      async () => (await daemon.birdc('show', 'protocols')).match(/Established/g)?.length === 2,
      20_000,
      200,
    );
    // Both ends have told everything when nothing changes any more.
    let last = '';
    await until(
      `${daemonName}: quiet`,
      async () => {
        const now = level(
          `${await daemon.birdc('show', 'route', 'all')}${await daemon.birdc('show', 'protocols', 'all')}`,
        );
        const quiet = now === last && /203\.0\.113/.test(now) && /192\.168\.77/.test(now) && /2001:db8:172::/.test(now);
        last = now;
        return quiet;
      },
      30_000,
      1_500,
    );

    const answers: Answers = { birdc: new Map(), raw: new Map() };
    for (const question of QUESTIONS) {
      const result = await daemon.tryBirdc(...question.split(' '));
      answers.birdc.set(question, level(`${result.stdout}status ${result.status}`));
      answers.raw.set(question, level(await ask(daemon.socket, question)));
    }
    for (const [i, order] of ORDERS.entries()) {
      answers.raw.set(`${i + 1}. ${order}`, level(await ask(daemon.socket, order)));
      if (order.startsWith('enable static6')) {
        await until(
          'static6 is up',
          async () => /static6 .* up /.test(await daemon.birdc('show', 'protocols', 'static6')),
          5_000,
        );
      }
    }
    answers.raw.set(
      'restrict, then down',
      level(await ask(daemon.socket, 'restrict', 'down', 'show protocols direct1')),
    );
    answers.raw.set('down', level(await ask(daemon.socket, 'down')));
    return answers;
  } finally {
    await lab.destroy();
  }
}

/** Sends requests over one connection of its own and gives the raw replies. */
async function ask(path: string, ...requests: readonly string[]): Promise<string> {
  const socket = connect(path);
  let text = '';
  let seen = 0;
  socket.setEncoding('utf8');
  const finals = (): number =>
    text
      .split('\n')
      .slice(0, -1)
      .filter((line) => /^\d{4} /.test(line)).length;
  socket.on('data', (data) => {
    text += data;
  });
  let closed = false;
  socket.on('close', () => {
    closed = true;
  });
  socket.on('error', () => {});
  await until('greeting', () => finals() > 0, 5_000, 5);
  for (const request of requests) {
    seen = finals();
    socket.write(`${request}\n`);
    await until(`an answer to ${request}`, () => finals() > seen || closed, 10_000, 5);
  }
  socket.destroy();
  return text;
}

/** Makes equal what has to differ, and puts rows into an order of their own. */
function level(text: string): string {
  const plain = text
    .replace(/BIRD \S+/g, 'BIRD V')
    // A line that BIRD has from 2.15 on; Debian's is older.
    .replace(/^ +Send hold timer:.*\n/gm, '')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?/g, 'TIME')
    .replace(/\b\d\d:\d\d:\d\d\.\d{3}\b/g, 'TIME')
    .replace(/fe80::[0-9a-f:]{6,}/g, 'fe80::LL')
    .replace(/(timer|wait|delay): +[\d.]+\/\d+/g, '$1: R/T')
    .replace(/(?:Active|Connect|Idle) {2,}Socket: .*/g, 'Socket error')
    // How often a route was looked at on the way to the same end is each daemon's own affair.
    .replace(
      /((?:Import|Export) (?:updates|withdraws): ).*/g,
      (row, head: string) => head + row.slice(head.length).replace(/ *\d+/g, ' N'),
    )
    .replace(/\/tmp\/\S+\.conf/g, 'FILE')
    .replace(/in \d+(?:\.\d+)? s\b/g, 'in N s');
  // Rows of `show route` come in blocks that begin with a network; continuation lines stay with their block.
  const lines = plain.split('\n');
  const out: string[] = [];
  let blocks: string[][] = [];
  const flush = (): void => {
    // Symbols have no order either.
    blocks.sort((x, y) => x.join('\n').localeCompare(y.join('\n')));
    for (const block of blocks) out.push(...block);
    blocks = [];
  };
  for (const line of lines) {
    if (/^(?: |1010-)?\S+ *\t(?:routing table|filter|function|protocol|protocol template)$/.test(line)) {
      blocks.push([line.replace('1010-', ' ')]);
      continue;
    }
    const row = line.replace(/^(?:1007-| )(?=[0-9a-f.:]+\/\d)/, '~');
    if (/^~?[0-9a-f.:]+\/\d+ /.test(row)) blocks.push([row]);
    else if (blocks.length > 0 && /^(?:\s|1008-|1012-)/.test(line) && !/\d+ of \d+ routes|^ (?:Table |$)/.test(line))
      blocks.at(-1)!.push(line);
    else {
      flush();
      out.push(line);
    }
  }
  flush();
  return out.join('\n');
}
