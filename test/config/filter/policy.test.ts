/** Compiled filters over routes: verdicts, attributes, what they read and write, errors, limits. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACCEPT_ALL, type Ip, PolicyReads, REJECT_ALL, RouteSourceKind } from '../../../bgp/index.ts';
import { FilterEnvironment } from '../../../config/filter/environment.ts';
import { FilterTexts, hop, policyOf, printedBy, readTexts, TestRoute, verdictOf } from './support.ts';

const MED = 4;
const LOCAL_PREF = 5;
const COMMUNITIES = 8;
const LARGE_COMMUNITIES = 32;

describe('a policy of a channel', () => {
  it('is accept all, reject all, a condition, or a filter', () => {
    assert.equal(policyOf('all'), ACCEPT_ALL);
    assert.equal(policyOf('none'), REJECT_ALL);
    const where = policyOf('where net ~ [10.0.0.0/8+]');
    assert.equal(verdictOf(where, new TestRoute('10.1.0.0/16')), 'accept');
    assert.equal(verdictOf(where, new TestRoute('11.1.0.0/16')), 'reject');
    assert.equal(where.label, '(unnamed)');
    const texts = readTexts('filter mine { accept; }');
    assert.equal(texts.policy('filter mine'), texts.named('mine'));
    assert.equal(texts.named('mine').label, 'mine');
    assert.equal(
      verdictOf(policyOf('filter int n; { n = 5; if n = 5 then reject; }'), new TestRoute('10.0.0.0/8')),
      'reject',
    );
  });

  it('sees the prefix of the route', () => {
    const route = new TestRoute('10.1.0.0/16');
    assert.deepEqual(printedBy('print net, " ", net.ip, " ", net.len, " ", net.type;', route), [
      '10.1.0.0/16 10.1.0.0 16 (enum 36)1',
    ]);
    const route6 = new TestRoute('2001:db8::/32');
    assert.deepEqual(printedBy('print net, " ", net.ip, " ", net.len, " ", net.type;', route6), [
      '2001:db8::/32 2001:db8:: 32 (enum 36)2',
    ]);
    const exact = policyOf('where net = 10.1.0.0/16 || net = 2001:db8::/32');
    assert.equal(verdictOf(exact, route), 'accept');
    assert.equal(verdictOf(exact, route6), 'accept');
    assert.equal(verdictOf(exact, new TestRoute('10.1.0.0/17')), 'reject');
    const inside = policyOf('where net ~ 10.0.0.0/8');
    assert.equal(verdictOf(inside, route), 'accept');
    assert.equal(verdictOf(inside, route6), 'reject');
    assert.equal(verdictOf(policyOf('where net !~ [10.0.0.0/8+] && net != 10.1.0.0/16'), route), 'reject');
  });

  it('sees where the route comes from', () => {
    const route = new TestRoute('10.0.0.0/8');
    assert.deepEqual(
      printedBy(
        'print proto, " ", source, " ", from, " ", preference, " ", scope, " ", gw, " ", ifname, " ", dest;',
        route,
      ),
      ['bgp1 (enum 30)11 192.0.2.1 100 (enum 32)4 192.0.2.1 eth0 (enum 34)1'],
    );
    route.source = RouteSourceKind.Static;
    route.from = '';
    route.nextHop = { kind: 'unreachable' };
    assert.deepEqual(printedBy('print source, " ", from, " ", gw, " [", ifname, "] ", dest, " ", weight;', route), [
      ...route.printed.slice(0, 1),
      '(enum 30)1 :: :: [] (enum 34)3 1',
    ]);
    assert.equal(verdictOf(policyOf('where source ~ [RTS_STATIC, RTS_DEVICE] && from = ::'), route), 'accept');
    assert.equal(verdictOf(policyOf('where proto ~ "bgp*"'), route), 'accept');
  });

  it('says why there is no verdict', () => {
    const route = new TestRoute('10.0.0.0/8');
    assert.equal(
      verdictOf(readTexts('filter f { if false then accept; }').named('f'), route),
      'Filter f did not return accept nor reject. Make up your mind',
    );
    assert.equal(
      verdictOf(policyOf('filter { }'), route),
      'Filter (unnamed) did not return accept nor reject. Make up your mind',
    );
    assert.equal(
      verdictOf(policyOf('filter {\n bgp_med = bgp_med + 1; accept; }'), route),
      'filters, line 2: Argument 1 of ADD must be of type int, got type void',
    );
    assert.equal(
      verdictOf(policyOf('filter { return 1; }'), route),
      "filters, line 1: Can't return non-bool from non-function",
    );
    assert.equal(verdictOf(policyOf('filter { return net.len = 8; }'), route), 'accept');
    assert.match(verdictOf(policyOf('filter { error "no"; }'), route), /ended with error/);
    assert.deepEqual(route.printed, ['no']);
  });

  it('ends from inside functions, at any depth', () => {
    const texts = readTexts(`
      function inner(int n) { if n = 1 then accept; if n = 2 then reject; }
      function outer(int n) -> bool { inner(n); return true; }
      filter f { if outer(net.len) && outer(net.len + 1) then print "came through"; reject "end"; }`);
    const f = texts.named('f');
    assert.equal(verdictOf(f, new TestRoute('0.0.0.0/1')), 'accept');
    assert.equal(verdictOf(f, new TestRoute('0.0.0.0/2')), 'reject');
    const route = new TestRoute('0.0.0.0/0');
    assert.equal(verdictOf(f, route), 'accept');
    assert.deepEqual(route.printed, []);
    const long = new TestRoute('10.0.0.0/8');
    assert.equal(verdictOf(f, long), 'reject');
    assert.deepEqual(long.printed, ['came through', 'end']);
  });

  it('prints whole lines', () => {
    assert.deepEqual(printedBy('print "a", 1, " ", (1,2); printn "x"; printn "y"; print "z"; print;'), [
      'a1 (1,2)',
      'xyz',
      '',
    ]);
    assert.deepEqual(printedBy('printn "left";'), ['left']);
    const [line] = printedBy(`string s = "${'x'.repeat(4000)}"; print s, s, s, s;`);
    assert.ok(line!.length < 8300 && line!.endsWith(' ...'));
  });
});

describe('attributes in filters', () => {
  it('are missing, set, tested and removed', () => {
    const route = new TestRoute('10.0.0.0/8');
    assert.deepEqual(
      printedBy(
        `print defined(bgp_med), bgp_med, bgp_med = 0, bgp_med != 0, bgp_med < 0, bgp_med > 0, bgp_med <= 0, 0 < bgp_med;
         bgp_med = 5; print defined(bgp_med), bgp_med, bgp_med = 5, bgp_med > 4;
         unset(bgp_med); print defined(bgp_med);`,
        route,
      ),
      ['FALSE(void)FALSETRUETRUEFALSETRUEFALSE', 'TRUE5TRUETRUE', 'FALSE'],
    );
    assert.equal(route.attributes.has(MED), false);
  });

  it('write numbers, enumerations, quads and next hops', () => {
    const route = new TestRoute('10.0.0.0/8');
    printedBy(
      `bgp_local_pref = 200; bgp_origin = ORIGIN_INCOMPLETE; bgp_originator_id = 10.0.0.9; bgp_otc = 65000;
       bgp_next_hop = 192.0.2.99;`,
      route,
    );
    assert.equal(route.attributes.u32(LOCAL_PREF), 200);
    assert.equal(route.attributes.u32(1), 2);
    assert.equal(route.attributes.u32(9), 0x0a000009);
    assert.equal(route.attributes.u32(35), 65000);
    assert.equal(route.attributes.nextHop(), '192.0.2.99');
    assert.deepEqual(printedBy('print bgp_local_pref, bgp_origin, bgp_originator_id, bgp_next_hop, bgp_otc;', route), [
      '200(enum 31)210.0.0.9192.0.2.9965000',
    ]);
    assert.equal(
      verdictOf(policyOf('where bgp_originator_id = 10.0.0.9 && bgp_next_hop ~ 192.0.2.0/24'), route),
      'accept',
    );
    assert.equal(verdictOf(policyOf('where bgp_originator_id ~ [10.0.0.1..10.0.0.20]'), route), 'accept');
  });

  it('change paths and lists, and write them back once the route is accepted', () => {
    const route = new TestRoute('10.0.0.0/8');
    const printed = printedBy(
      `print bgp_path, bgp_path.len, bgp_community, defined(bgp_path), defined(bgp_community);
       bgp_path.prepend(65001); bgp_path.prepend(65002);
       bgp_community.add((9, 1)); bgp_community.add((1, 1)); bgp_community.add((9, 1));
       bgp_ext_community.add((rt, 1, 2)); bgp_large_community.add((1, 2, 3)); bgp_cluster_list.add(10.0.0.1);
       print bgp_path, bgp_community, defined(bgp_path), defined(bgp_community);`,
      route,
    );
    assert.deepEqual(printed, ['(path )0(clist )FALSEFALSE', '(path 65002 65001)(clist (9,1) (1,1))TRUETRUE']);
    assert.deepEqual(route.attributes.asPath(), Uint8Array.of(2, 2, 0, 0, 0xfd, 0xea, 0, 0, 0xfd, 0xe9));
    assert.deepEqual(route.attributes.words(COMMUNITIES), Uint32Array.of(0x00010001, 0x00090001));
    assert.deepEqual(route.attributes.words(16), Uint32Array.of(0x00020001, 2));
    assert.deepEqual(route.attributes.words(LARGE_COMMUNITIES), Uint32Array.of(1, 2, 3));
    assert.deepEqual(route.attributes.words(10), Uint32Array.of(0x0a000001));

    const again = printedBy(
      `bgp_path.delete(65001); bgp_community.filter([(9, *)]); unset(bgp_large_community);
       print bgp_path, bgp_community, bgp_large_community, defined(bgp_large_community);`,
      route,
    );
    assert.equal(again.at(-1), '(path 65002)(clist (9,1))(lclist )FALSE');
    assert.deepEqual(route.attributes.words(COMMUNITIES), Uint32Array.of(0x00090001));
    assert.equal(route.attributes.has(LARGE_COMMUNITIES), false);
  });

  it('leaves the lists of a rejected route alone', () => {
    const route = new TestRoute('10.0.0.0/8');
    assert.equal(verdictOf(policyOf('filter { bgp_community.add((1, 1)); reject; }'), route), 'reject');
    assert.equal(route.attributes.changed, false);
  });

  it('matches paths and communities', () => {
    const route = new TestRoute('10.0.0.0/8');
    printedBy('bgp_path.prepend(3); bgp_path.prepend(2); bgp_path.prepend(1); bgp_community.add((65000, 100));', route);
    const truth = (condition: string): boolean => verdictOf(policyOf(`where ${condition}`), route) === 'accept';
    assert.ok(truth('bgp_path ~ [= 1 * 3 =]'));
    assert.ok(truth('bgp_path ~ [2..9] && 2 ~ bgp_path && bgp_path.last = 3 && bgp_path.first = 1'));
    assert.ok(truth('(65000, 100) ~ bgp_community && bgp_community ~ [(65000, *)]'));
    assert.ok(truth('!((65000, 101) ~ bgp_community) && bgp_community !~ [(65001, *)]'));
    assert.ok(!truth('bgp_ext_community ~ [(rt, 1, *)]'));
    assert.ok(truth('bgp_large_community.len = 0'));
  });

  it('reads AS sets as sequences of their members', () => {
    const route = new TestRoute('10.0.0.0/8');
    const as = (n: number): number[] => [0, 0, n >> 8, n & 255];
    route.attributes.setAsPath(Uint8Array.from([2, 2, ...as(1), ...as(2), 1, 2, ...as(3), ...as(4)]));
    const truth = (condition: string): boolean => verdictOf(policyOf(`where ${condition}`), route) === 'accept';
    assert.ok(
      truth('bgp_path ~ [= 1 2 3 =] && bgp_path ~ [= 1 2 4 3 4 =] && bgp_path ~ [= * 4 =] && bgp_path ~ [= 1 2 * =]'),
    );
    assert.ok(truth('bgp_path !~ [= 1 2 5 =] && bgp_path !~ [= 1 2 =] && bgp_path ~ [= 1 ? ? ? ? =]'));
    assert.ok(truth('bgp_path.last = 0 && bgp_path.last_nonaggregated = 2 && bgp_path.len = 3 && 4 ~ bgp_path'));
    assert.deepEqual(printedBy('print bgp_path; bgp_path.delete(3); print bgp_path;', route), [
      '(path 1 2 {3 4})',
      '(path 1 2 {4})',
    ]);
  });

  it('changes where packets go', () => {
    const route = new TestRoute('10.0.0.0/8');
    printedBy('gw = 192.0.2.7;', route);
    assert.deepEqual(route.nextHop, { kind: 'hops', hops: [hop('192.0.2.7', undefined)] });
    printedBy('weight = 7; onlink = true;', route);
    assert.deepEqual(route.nextHop, { kind: 'hops', hops: [hop('192.0.2.7', undefined, 7, true)] });
    printedBy('ifname = "eth3";', route);
    assert.deepEqual(route.nextHop, { kind: 'hops', hops: [hop(undefined, 'eth3')] });
    printedBy('gw = fe80::1;', route);
    assert.deepEqual(route.nextHop, { kind: 'hops', hops: [hop('fe80::1', 'eth3')] });
    printedBy('dest = RTD_PROHIBIT;', route);
    assert.deepEqual(route.nextHop, { kind: 'prohibit' });
    const error = (statement: string): string => verdictOf(policyOf(`filter { ${statement} accept; }`), route);
    assert.match(error('dest = RTD_UNICAST;'), /Destination can be changed only to/);
    assert.match(error('weight = 0;'), /out of bounds/);
    assert.match(error('weight = 5;'), /needs regular nexthop/);
    assert.match(error('gw = ::;'), /Invalid gw address/);
    assert.match(error('gw = fe80::1;'), /Invalid gw address/);
    assert.match(error('ifname = "";'), /Invalid iface name/);
    assert.match(error('preference = 70000;'), /out of bounds/);
    const address = '192.0.2.5' as Ip;
    route.nextHop = {
      kind: 'gateway',
      address,
      linkLocal: undefined,
      interfaceName: 'eth1',
      resolve: 'direct',
      igpTable: '',
    };
    assert.deepEqual(printedBy('print gw, " ", ifname, " ", dest; weight = 3;', route), ['192.0.2.5 eth1 (enum 34)1']);
    assert.deepEqual(route.nextHop, { kind: 'hops', hops: [hop('192.0.2.5', 'eth1', 3)] });
  });

  it('writes preference, scope and the sender', () => {
    const route = new TestRoute('10.0.0.0/8');
    printedBy('preference = 65535; scope = SCOPE_LINK; from = 192.0.2.77;', route);
    assert.equal(route.preference, 65535);
    assert.equal(route.scope, 1);
    assert.equal(route.from, '192.0.2.77');
    printedBy('from = ::;', route);
    assert.equal(route.from, '');
  });

  it('keeps kernel and own attributes beside those of BGP', () => {
    const texts = readTexts(`
      attribute int tag; attribute ip where_from; attribute string note; attribute clist marks; attribute bgppath old;
      attribute bytestring blob; attribute quad owner; attribute bgp 230 bytestring opaque;
      filter f {
        print defined(krt_metric), krt_metric, krt_lock_mtu, tag, marks, note;
        krt_metric = 32; krt_prefsrc = 10.0.0.1; krt_mtu = 1400; krt_lock_mtu = true; krt_feature_ecn = true;
        tag = 4294967295; where_from = 2001:db8::1; note = "hé"; marks.add((1, 2)); old.prepend(7);
        blob = hex:0102; owner = 1.2.3.4; opaque = hex:ff; igp_metric = 77;
        print krt_metric, " ", krt_prefsrc, " ", krt_lock_mtu, krt_lock_window, krt_feature_allfrag;
        print tag, " ", where_from, " ", note, " ", marks, old, " ", blob, " ", owner, " ", opaque, " ", igp_metric;
        unset(tag); unset(krt_lock_mtu);
        print defined(tag), defined(marks), krt_lock_mtu, defined(opaque), tag < 5;
        accept;
      }`);
    const route = new TestRoute('10.0.0.0/8');
    assert.equal(verdictOf(texts.named('f'), route), 'accept');
    assert.deepEqual(route.printed, [
      'FALSE(void)(void)(void)(clist )(void)',
      '32 10.0.0.1 TRUEFALSEFALSE',
      '4294967295 2001:db8::1 hé (clist (1,2))(path 7) 01:02 1.2.3.4 ff 77',
      'FALSETRUEFALSETRUETRUE',
    ]);
    assert.equal(route.attributes.extensionU32(17), 32);
    assert.deepEqual(route.attributes.extension(18), Uint8Array.of(10, 0, 0, 1));
    assert.equal(route.attributes.extensionU32(32 + 2), 1400);
    assert.deepEqual(route.attributes.raw(230), Uint8Array.of(255));
  });

  it('gives custom attributes the same id in every configuration', () => {
    const filters = new FilterEnvironment();
    new FilterTexts(filters).read('attribute int a; attribute int b;').assertGood();
    const ids = [
      filters.attributeIds.idOf('a', { name: 'int' } as never),
      filters.attributeIds.idOf('b', { name: 'int' } as never),
    ];
    new FilterTexts(filters).read('attribute int b; attribute int c; attribute int a;').assertGood();
    assert.deepEqual(ids, [1024, 1025]);
    assert.equal(filters.attributeIds.idOf('a', { name: 'int' } as never), 1024);
    assert.equal(filters.attributeIds.idOf('c', { name: 'int' } as never), 1026);
  });
});

describe('what a policy depends on', () => {
  const reads = (text: string): number => policyOf(text).reads;

  it('is nothing but the attributes where it reads nothing else', () => {
    assert.equal(reads('filter { if bgp_path ~ [= 1 * =] && (1, 2) ~ bgp_community then bgp_med = 5; accept; }'), 0);
    assert.equal(reads('filter { if igp_metric = 5 || krt_metric = 5 then reject; accept; }'), 0);
  });

  it('is the prefix, the source, output, or what changes under it', () => {
    assert.equal(reads('where net.len < 24'), PolicyReads.Prefix);
    assert.equal(reads('where proto = "x"'), PolicyReads.Source);
    assert.equal(reads('where preference > 5'), PolicyReads.Source);
    assert.equal(reads('filter { print "x"; accept; }'), PolicyReads.Output);
    assert.equal(reads('filter { reject "x"; }'), PolicyReads.Output);
    assert.equal(reads('where roa_check(roa) = ROA_VALID'), PolicyReads.Prefix | PolicyReads.Volatile);
    assert.equal(reads('where roa_check(roa, 10.0.0.0/8, 1) = ROA_VALID'), PolicyReads.Volatile);
    assert.equal(reads('where gw = 1.2.3.4'), PolicyReads.Forwarding);
    assert.equal(reads('where ifname ~ "eth*"'), PolicyReads.Forwarding);
  });

  it('includes what its functions read and write', () => {
    const texts = readTexts(`
      function f(int n) -> bool { if n > 0 then return f(n - 1); return net.len = 5; }
      function g() { bgp_community.add((1, 1)); }
      function h() { g(); }
      filter reader { if f(3) then accept; reject; }
      filter writer { case bgp_path.len { 1: h(); } accept; }
      filter neither { if bgp_path.len = 1 then accept; reject; }`);
    assert.equal(texts.named('reader').reads, PolicyReads.Prefix);
    assert.equal(texts.named('reader').writes, false);
    assert.equal(texts.named('writer').reads, 0);
    assert.equal(texts.named('writer').writes, true);
    assert.equal(texts.named('neither').writes, false);
  });
});

describe('a filter that does not end', () => {
  it('is stopped', () => {
    const texts = readTexts(`
      function again(int n) -> int { return again(n + 1) + 1; }
      function fib(int n) -> int { if n < 2 then return 1; return fib(n - 1) + fib(n - 2); }
      function f0() { int i = 1; }
      ${Array.from({ length: 40 }, (_, i) => `function f${i + 1}() { f${i}(); f${i}(); }`).join('\n')}
      filter recursion { if again(1) = 1 then accept; }
      filter exponential { if fib(60) = 1 then accept; }
      filter tower { f40(); accept; }
      filter loops {
        bgppath p = +empty+.prepend(1).prepend(2).prepend(3).prepend(4).prepend(5).prepend(6).prepend(7).prepend(8);
        int n;
        for int a in p do for int b in p do for int c in p do for int d in p do
        for int e in p do for int f in p do for int g in p do n = g;
        accept;
      }`);
    const route = new TestRoute('10.0.0.0/8');
    for (const name of ['exponential', 'tower', 'loops']) {
      const before = process.hrtime.bigint();
      assert.match(verdictOf(texts.named(name), route), /^filters, line \d+: Too many steps$/, name);
      const milliseconds = Number(process.hrtime.bigint() - before) / 1e6;
      assert.ok(milliseconds < 10_000, `${name}: ${milliseconds} ms`);
    }
    assert.match(verdictOf(texts.named('recursion'), route), /Too deep recursion$/);
    assert.equal(verdictOf(policyOf('all'), route), 'accept');
  });

  it('cannot make values without bounds', () => {
    const texts = readTexts(`
      function grow(string s; int n) -> string { if n = 0 then return s; return grow(s ++ s, n - 1); }
      function long(bgppath p; int n) -> bgppath { if n = 0 then return p; return long(p.prepend(n), n - 1); }
      filter text { print grow("0123456789", 100); accept; }
      filter path { bgp_path = long(bgp_path, 900); for int a in bgp_path do for int b in bgp_path do bgp_path.prepend(1);
        accept; }`);
    const route = new TestRoute('10.0.0.0/8');
    assert.match(verdictOf(texts.named('text'), route), /Value is too long$/);
    assert.match(verdictOf(texts.named('path'), route), /Too many steps|Value is too long/);
  });
});

describe('blocks of static routes', () => {
  it('accept unless something goes wrong', () => {
    const route = new TestRoute('10.0.0.0/8');
    const texts = new FilterTexts();
    assert.equal(verdictOf(texts.routeBlock('{ bgp_med = 7; krt_metric = 5; }'), route), 'accept');
    assert.equal(route.attributes.u32(MED), 7);
    assert.equal(verdictOf(texts.routeBlock('{ }'), route), 'accept');
    assert.match(verdictOf(texts.routeBlock('{ preference = 100000; }'), route), /out of bounds/);
    assert.equal(verdictOf(texts.routeBlock('{ reject; }'), route), 'reject');
  });
});

describe('origin validation', () => {
  it('is unknown without a daemon, and asks it with one', () => {
    const filters = new FilterEnvironment();
    const texts = new FilterTexts(filters);
    const valid = texts.policy('where roa_check(roa) = ROA_VALID');
    const unknown = texts.policy('where roa_check(roa, net, bgp_path.last) = ROA_UNKNOWN');
    const route = new TestRoute('10.1.0.0/16');
    printedBy('bgp_path.prepend(65000);', route);
    assert.equal(verdictOf(unknown, route), 'accept');
    const asked: string[] = [];
    filters.host = {
      roaCheck: (table, net, asn) => {
        asked.push(`${table} ${net.length} ${asn}`);
        return 1;
      },
      aspaCheck: (table, path, upstream) => {
        asked.push(`${table} ${path.length} ${upstream}`);
        return 2;
      },
      interfaceIndex: (name) => (name === 'eth0' ? 2 : 0),
    };
    assert.equal(verdictOf(valid, route), 'accept');
    assert.equal(verdictOf(unknown, route), 'reject');
    assert.deepEqual(asked, ['roa 16 65000', 'roa 16 65000']);
    const index = texts.policy('filter { print ifindex; accept; }');
    assert.equal(verdictOf(index, route), 'accept');
    assert.deepEqual(route.printed.at(-1), '2');
    const path = texts.policy('where aspa_check(aspa, bgp_path, true) = ASPA_INVALID');
    assert.notEqual(path.reads & PolicyReads.Volatile, 0);
    assert.equal(verdictOf(path, route), 'accept');
    assert.equal(verdictOf(texts.policy('where aspa_check_downstream(aspa) = ASPA_INVALID'), route), 'accept');
    assert.deepEqual(asked.slice(2), ['aspa 6 true', 'aspa 6 false']);
  });
});

describe('names', () => {
  it('of protocols and tables hide no attribute, those of the filter do', () => {
    const texts = new FilterTexts();
    for (const name of ['gw', 'bgp_med', 'RTS_BGP']) {
      texts.scope.define({ name, kind: 'protocol', token: undefined, definition: undefined });
    }
    texts.scope.define({ name: 'format', kind: 'table', token: undefined, definition: undefined });
    const route = new TestRoute('10.0.0.0/8');
    const policy = texts.policy(
      'filter { bgp_med = 5; print gw, " ", bgp_med, " ", source = RTS_BGP, " ", format(1); int bgp_med = 7; print bgp_med; accept; }',
    );
    assert.equal(verdictOf(policy, route), 'accept');
    assert.deepEqual(route.printed, ['192.0.2.1 5 TRUE 1', '7']);
  });
});
