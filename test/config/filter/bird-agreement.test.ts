/**
 * The real BIRD is asked the same: `eval` of expressions over its control socket, and filters that print over a static
 * route. What is listed here is what BIRD 2.0 and Peregrine agree on, to the letter.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { scratch } from '../../support/scratch.ts';
import { FilterTexts, hop, policyOf, TestRoute, verdictOf } from './support.ts';

const DECLARATIONS = `
define numbers = [1, 5..7, 100];
define few = [10.0.0.0/8+, 192.168.0.0/16{20,24}];
define own_as = 65000;
define greeting = "hello";
function one(int n) { return n + 1; }
function both(int a; int b) { return (a, b); }
function factorial(int n) { if n = 0 then return 1; return n * factorial(n - 1); }
function t_path() bgppath p; { p = +empty+; p = prepend(p, 1); p = prepend(p, 2); p = prepend(p, 3); p = prepend(p, 2); return p; }
function t_list() clist c; { c = -empty-; c = add(c, (1, 2)); c = add(c, (3, 4)); c = add(c, (1, 2)); c = add(c, (0, 9)); return c; }
function t_elist() eclist c; { c = --empty--; c = add(c, (rt, 1, 2)); c = add(c, (ro, 10.0.0.1, 4)); c = add(c, (generic, 0x43000001, 9)); return c; }
function t_llist() lclist c; { c = ---empty---; c = add(c, (1, 2, 3)); c = add(c, (3, 4, 5)); return c; }
function void1() int x; { return x; }
function t_sort(int x) int r; { r = 0; case x { 1: r = 1; 2, 4..6: r = 2; else: r = 3; } return r; }
function t_sum() int total; { total = 0; for int i in t_path() do total = total * 10 + i; return total; }
`;

const EXPRESSIONS = `
true || false && false
1+2*3-4/2
7/2
3-5
4294967295+1
65536 * 65536
1/0
!true || true
(1,2)
((1,2))
(1,2,3)
(rt,1,2)
(ro,100000,3)
(unknown 0x4300, 1, 2)
(unknown 0x4002, 1, 2)
(generic, 0x43000000, 0x1)
(generic, 1, 2)
(rt, 10.0.0.1, 5)
(rt, 70000, 70000)
(rt, 1.2.3.4, 70000)
(70000, 5)
(own_as, 7)
1.2.3.4
::ffff:1.2.3.4
2001:db8::1
10.0.0.0/8
2001:db8::/32
::ffff:0:0/96
[1,2,5..7]
[5,4,3]
[(1,2),(3,*),(4,5..6)]
[(1..2,3..4)]
[(1,2,*), (5..6,*,*)]
[(rt,1,2..5), (rt, 70000, *)]
[1.2.3.4, 2001:db8::1]
[10:20, 10:30..10:40]
[RTS_BGP, RTS_STATIC..RTS_DEVICE]
[own_as, 5]
[(own_as+1)..(own_as+5)]
[10.0.0.0/8+]
[10.0.0.0/8-]
[10.0.0.0/8{16,24}]
[10.0.0.0/8{4,12}]
[10.0.0.0/8, 11.0.0.0/8, 10.0.0.0/16+]
[0.0.0.0/0+]
[0.0.0.0/0{32,32}]
[2001:db8::/32+]
[2001:db8::/32-]
[::/0{64,128}]
[10.0.0.0/8, 2001:db8::/32]
[10.0.0.0/8{9,4}]
[]
[numbers]
[= 1 2 * ? 3..5 [7,8] =]
[= =]
[= own_as (own_as+1) numbers 1+ =]
[= + 1 =]
prepend(+empty+, 5)
add(-empty-,(1,2))
add(--empty--,(rt,1,2))
add(---empty---,(1,2,3))
add(5, 5)
RTS_BGP
NET_IP4
ORIGIN_EGP
SCOPE_LINK
RTD_BLACKHOLE
ROA_INVALID
10.0.0.0/8.len
10.0.0.0/8.ip
10.0.0.0/8.type
10.1.2.3.mask(8)
2001:db8::1.mask(16)
1.2.3.4.is_v4
"abc" ~ "a*"
"abc" ~ "A*"
"abc" ~ "a[b]c"
"a*c" ~ "a\\*c"
10.0.0.1 ~ 10.0.0.0/8
1.2.3.4 ~ ::/0
10.1.0.0/16 ~ 10.0.0.0/8
10.0.0.0/8 ~ ::/0
10.0.0.0/8 ~ [10.0.0.0/16-]
10.0.0.0/8 ~ few
192.168.16.0/20 ~ few
192.168.16.0/25 ~ few
1 ~ "a"
1 = "a"
1 < "a"
1 + true
!1
true && 1
1 || true
(1,2) < (1,3)
"a" < "b"
10.0.0.0/8 < 2001:db8::/32
RTS_BGP = ORIGIN_IGP
RTS_BGP < ORIGIN_IGP
[1, 2] = [2, 1]
few = [192.168.0.0/16{20,24}, 10.0.0.0/8+]
10.0.0.0/8 = [10.0.0.0/8]
[= 1 2 =] = [= 1 2 =]
10:20
10.0.0.1:5
2:10:20
10:20 192.0.2.0/24
10:20 192.0.2.0/24 .rd
10.0.0.0/8 max 24 as 5
(10.0.0.0/8 max 24 as 5).maxlen
10.0.0.0/8.maxlen
0x1F
-1
5 ~ numbers
8 ~ numbers
1.2.3.4 ~ [1.2.3.0..1.2.3.9]
defined(1)
(10)
1..2
if
nosuch
nosuch()
one
one(1)
one(1, 2)
one("a")
both(1, 2)
factorial(10)
numbers
own_as + own_as
greeting
format((1,2))
t_path()
t_path().len
t_path().first
t_path().last
t_path() ~ [= 2 3 2 1 =]
t_path() ~ [= * 1 =]
t_path() ~ [= 2+ =]
t_path() ~ [= 1..3+ =]
t_path() ~ [= ? ? ? =]
t_path() ~ [3, 9]
3 ~ t_path()
delete(t_path(), 2)
delete(t_path(), [1,3])
filter(t_path(), [1,3])
t_list()
t_list().len
t_list().min
t_list().max
delete(t_list(), (1,2))
delete(t_list(), [(1,*)])
filter(t_list(), [(1,*)])
(1,2) ~ t_list()
0.1.0.2 ~ t_list()
t_list() ~ [(*,9)]
add(t_list(), 1.2.3.4)
t_elist()
t_elist().min
(ro, 10.0.0.1, 4) ~ t_elist()
filter(t_elist(), [(rt,1,*)])
t_llist()
delete(t_llist(), [(1,*,*)])
void1()
void1() < 5
void1() > 5
void1() = 5
void1() != 5
defined(void1())
void1() + 1
net
bgp_path.len
t_sort(1)
t_sort(5)
t_sort(9)
t_sum()
0x100000000
"open
1 + 
(1, 
10.0.0.1/8
10.0.0.0/33
`
  .split('\n')
  .filter((line) => line !== '');

/** Sets up the route, with statements that the filters then print about. */
const ROUTE_BLOCK = `{
  bgp_path = +empty+; bgp_path.prepend(65001); bgp_path.prepend(65002);
  bgp_community = -empty-; bgp_community.add((1, 1)); bgp_community.add((9, 1));
  bgp_med = 5; bgp_origin = ORIGIN_IGP; krt_metric = 7;
}`;

/** Each prints; the lines are compared. */
const STATEMENTS: readonly string[] = [
  'print bgp_path, bgp_path.len, bgp_community, bgp_med, bgp_local_pref, bgp_origin, bgp_next_hop;',
  'print net, net.type, net.ip, net.len, source, scope, from, gw, dest, ifname, preference, onlink, igp_metric;',
  'print krt_metric, krt_prefsrc, krt_realm, krt_source;',
  'print defined(bgp_path), defined(bgp_med), defined(bgp_community), defined(bgp_ext_community), defined(gw);',
  'bgp_community.add((7, 7)); bgp_path.prepend(5); print bgp_community, bgp_path; unset(bgp_path); print bgp_path, defined(bgp_path);',
  'print bgp_local_pref = 1, bgp_local_pref != 1, bgp_local_pref < 1, bgp_local_pref > 1, bgp_local_pref <= 0, bgp_local_pref >= 0, 0 < bgp_local_pref;',
  'print gw = 0.0.0.0, gw, from ~ 0.0.0.0/0, gw = ::;',
  'print bgp_path ~ [= * 65001 =], bgp_path ~ [65001..65002], 65001 ~ bgp_path, (1, 1) ~ bgp_community, bgp_community ~ [(9, *)];',
  'if net ~ [10.0.0.0/8+] then print "in"; else print "out"; if net.ip ~ 10.0.1.0/24 then print "ip";',
  'case net.len { 24: print "24"; print "more"; 25..32: print "long"; else: print "else"; }',
  'case bgp_origin { ORIGIN_EGP: print "egp"; ORIGIN_IGP: print "igp"; }',
  'printn "a"; printn "b"; print "c"; print 1, "x", (1, 2);',
  'print bgp_ext_community.len; bgp_ext_community.add((rt, 1, 2)); print bgp_ext_community, bgp_large_community, bgp_cluster_list;',
  'bgp_med = bgp_med + 10; bgp_local_pref = bgp_med * 2; print bgp_med, " ", bgp_local_pref; unset(bgp_med); print bgp_med;',
  'preference = 500; scope = SCOPE_LINK; dest = RTD_UNREACHABLE; print preference, scope, dest;',
  'bgp_originator_id = 1.2.3.4; print bgp_originator_id, bgp_originator_id = 1.2.3.4, bgp_originator_id ~ [1.2.3.0..1.2.3.9];',
  'for int i in bgp_path do print i; for pair p in bgp_community do { print p.asn, p.data; }',
  'print t_sum(), factorial(5), one(bgp_med);',
  'int i = net.len; { int j = i + 1; print i, j; i = 5; } print i;',
  'krt_mtu = 1400; krt_lock_mtu = true; print krt_mtu, krt_lock_mtu, krt_lock_window; krt_metric = krt_metric + 1; print krt_metric;',
];

const bird = spawnSync('bird', ['--version'], { encoding: 'utf8' });
const version = /BIRD version (\d+\.\d+)/.exec(`${bird.stdout ?? ''}${bird.stderr ?? ''}`)?.[1];
const skip = version === '2.0' ? false : `BIRD 2.0 is not installed (${version ?? 'none'})`;

/** A connection to a control socket, or `undefined` while nobody listens there. */
function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

/** Asks one command after the other; answers are the lines without codes and the code of the last one. */
class Control {
  private readonly socket: Socket;
  private text = '';
  private arrived: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    this.socket.setEncoding('utf8');
    this.socket.on('data', (data: string) => {
      this.text += data;
      this.arrived();
    });
    this.socket.on('error', () => this.arrived());
    this.socket.on('close', () => this.arrived());
  }

  async answer(): Promise<string> {
    for (;;) {
      const end = /^(\d{4}) (.*)\n/m.exec(this.text);
      if (end !== null) {
        this.text = '';
        return `${end[1]} ${end[2]}`;
      }
      assert.ok(!this.socket.destroyed, 'BIRD has gone away');
      await new Promise<void>((resolve) => {
        this.arrived = resolve;
      });
    }
  }

  async ask(command: string): Promise<string> {
    this.socket.write(`${command}\n`);
    return this.answer();
  }

  close(): void {
    this.socket.destroy();
  }
}

describe('BIRD and Peregrine agree', { skip, timeout: 60_000 }, () => {
  let folder = '';
  let process: ChildProcess | undefined;
  let control: Control | undefined;

  before(async () => {
    folder = scratch('bird').path;
    writeFileSync(
      join(folder, 'bird.conf'),
      `router id 192.0.2.1; log "${join(folder, 'log')}" all; ${DECLARATIONS}
       protocol static s4 { ipv4; route 10.0.0.0/24 blackhole ${ROUTE_BLOCK}; }`,
    );
    const socket = join(folder, 'socket');
    const bird = spawn('bird', ['-f', '-c', join(folder, 'bird.conf'), '-s', socket, '-P', join(folder, 'pid')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    process = bird;
    let complaint = '';
    bird.stderr.on('data', (data: Buffer) => {
      complaint += data.toString();
    });
    const deadline = Date.now() + 10_000;
    for (;;) {
      const connected = await tryConnect(socket);
      if (connected !== undefined) {
        control = new Control(connected);
        break;
      }
      assert.ok(Date.now() < deadline && bird.exitCode === null, `BIRD starts: ${complaint}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await control.answer();
  });

  after(async () => {
    control?.close();
    if (process !== undefined && process.exitCode === null) {
      const ended = new Promise((resolve) => process!.once('exit', resolve));
      process.kill('SIGTERM');
      await ended;
    }
  });

  it('on the answers to eval', async () => {
    const texts = new FilterTexts().read(DECLARATIONS).assertGood();
    const differences: string[] = [];
    for (const expression of EXPRESSIONS) {
      const theirs = await control!.ask(`eval ${expression}`);
      const ours = texts.evaluate(expression);
      // The reason of a run-time error is in the log only.
      const answer = ours.startsWith('8008') ? '8008 runtime error' : ours.startsWith('9001') ? ours : `0023 ${ours}`;
      if (answer !== theirs) differences.push(`${expression}: BIRD says ${theirs}, we say ${answer}`);
    }
    assert.deepEqual(differences, []);
  });

  it('on what filters print about a route', async () => {
    const texts = new FilterTexts().read(DECLARATIONS).assertGood();
    const log = join(folder, 'log');
    const differences: string[] = [];
    for (const statements of STATEMENTS) {
      const before = readFileSync(log, 'utf8').length;
      const reply = await control!.ask(`show route filter { ${statements} accept; } table master4`);
      assert.match(reply, /^0000/, statements);
      const lines = readFileSync(log, 'utf8').slice(before).split('\n');
      const theirs = lines.flatMap((line) => /^.*?<INFO> (.*)$/.exec(line)?.slice(1) ?? []);
      const route = new TestRoute('10.0.0.0/24');
      Object.assign(route, { source: 1, protocol: 's4', from: '', preference: 200, nextHop: { kind: 'blackhole' } });
      assert.equal(verdictOf(texts.routeBlock(ROUTE_BLOCK), route), 'accept');
      assert.equal(verdictOf(texts.policy(`filter { ${statements} accept; }`), route), 'accept', statements);
      if (route.printed.join('\n') !== theirs.join('\n')) {
        differences.push(`${statements}\n BIRD: ${theirs.join(' | ')}\n ours: ${route.printed.join(' | ')}`);
      }
    }
    assert.deepEqual(differences, []);
  });
});

it('the lists of this test are read without BIRD too', () => {
  const texts = new FilterTexts().read(DECLARATIONS).assertGood();
  assert.ok(EXPRESSIONS.filter((expression) => !texts.evaluate(expression).startsWith('9001')).length > 100);
  for (const statements of STATEMENTS) texts.policy(`filter { ${statements} accept; }`);
  assert.equal(
    verdictOf(
      policyOf('where gw = 192.0.2.1'),
      Object.assign(new TestRoute('10.0.0.0/8'), { nextHop: { kind: 'hops', hops: [hop('192.0.2.1', 'x')] } }),
    ),
    'accept',
  );
});
