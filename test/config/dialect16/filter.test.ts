/** The filter language of BIRD 1.6 where it is another than that of BIRD 2, and every construct that Calico writes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Ip, type NextHop, type Policy, type PolicyForwarding, PolicyReads } from '../../../bgp/index.ts';
import { dialectScope } from '../../../config/filter/dialect-words.ts';
import { evaluateExpression, FilterEnvironment, Scope } from '../../../config/index.ts';
import { hop, TestRoute, verdictOf } from '../filter/support.ts';
import { complaint, config, loaded, only } from './texts.ts';

const DEVICE = 'protocol device { }';

/** Declarations, and the body of a filter. */
function filter(body: string, declarations = ''): Policy {
  return only(config(`${declarations} protocol static { import filter { ${body} }; }`), 'static').channel.importPolicy;
}

/** A route with these hops; `undefined`: a blackhole. */
function routeTo(hops: readonly ReturnType<typeof hop>[] | undefined, prefix = '10.9.4.0/26'): TestRoute {
  const route = new TestRoute(prefix);
  route.nextHop = hops === undefined ? { kind: 'blackhole' } : { kind: 'hops', hops };
  return route;
}

function accepts(condition: string, route = new TestRoute('10.9.4.0/26'), declarations = ''): string {
  const said = verdictOf(filter(`if ${condition} then accept; reject;`, declarations), route);
  return said === 'accept' ? 'yes' : said === 'reject' ? 'no' : 'error';
}

describe('void', () => {
  const cases: readonly [string, string][] = [
    // Void sorts below every value.
    ['krt_metric < 1024', 'yes'],
    ['krt_metric <= 0', 'yes'],
    ['krt_metric > 0', 'no'],
    ['1 > bgp_med', 'yes'],
    ['bgp_next_hop < 0.0.0.0', 'yes'],
    ['krt_metric = 0', 'no'],
    ['krt_metric != 0', 'yes'],
    ['krt_metric = bgp_med', 'yes'],
    ['defined(krt_metric)', 'no'],
    ['!defined(krt_metric)', 'yes'],
    ['defined(ifname)', 'yes'],
    ['defined(source)', 'yes'],
    ['defined(bgp_local_pref)', 'no'],
    // Lists are never void.
    ['(1, 2) ~ bgp_community', 'no'],
    ['(1, 2, 3) ~ bgp_large_community', 'no'],
    ['bgp_community.len = 0', 'yes'],
    ['bgp_path ~ [= * =]', 'yes'],
    // Everything else is an error.
    ['krt_metric + 1 > 0', 'error'],
    ['krt_tunnel ~ "x"', 'error'],
    ['bgp_next_hop ~ 10.0.0.0/8', 'error'],
    ['krt_metric ~ [1..2]', 'error'],
    ['defined(bgp_next_hop) && bgp_next_hop ~ 10.0.0.0/8', 'no'],
  ];
  for (const [condition, expected] of cases) it(condition, () => assert.equal(accepts(condition), expected));
});

describe('operators', () => {
  const route = new TestRoute('10.9.4.0/26');
  const cases: readonly [string, string][] = [
    ['net = 10.9.4.0/26', 'yes'],
    ['net != 10.9.4.0/26', 'no'],
    ['net = 10.9.0.0/16', 'no'],
    ['net ~ 10.9.0.0/16', 'yes'],
    ['net ~ 10.9.4.0/26', 'yes'],
    ['net !~ 10.8.0.0/16', 'yes'],
    ['net ~ [ 10.9.0.0/16{24,26} ]', 'yes'],
    ['net ~ [ 10.9.0.0/16{16,24} ]', 'no'],
    ['net !~ [ 10.9.0.0/16{24,26} ]', 'no'],
    ['net ~ [ 10.9.0.0/16 ]', 'no'],
    ['net ~ [ 10.9.0.0/16+ ]', 'yes'],
    ['net ~ [ 10.9.4.0/28- ]', 'yes'],
    // A prefix is never equal to a set of prefixes.
    ['net = [ 10.9.4.0/26 ]', 'no'],
    ['net != [ 10.9.4.0/26 ]', 'yes'],
    // One level, from the left.
    ['true || false && false', 'no'],
    ['(true) || (false && false)', 'yes'],
    ['true||false', 'yes'],
    ['!false && true', 'yes'],
    ['7 % 4 = 3', 'yes'],
    ['7 % (preference - preference) = 3', 'error'],
    ['7 / 2 * 2 = 6', 'yes'],
    ['1 - 2 = 4294967295', 'yes'],
    ['2147483647 - 100 = 2147483547', 'yes'],
    ['source = RTS_BGP', 'yes'],
    ['source ~ [ RTS_BGP ]', 'yes'],
    ['source ~ [ RTS_STATIC, RTS_INHERIT ]', 'no'],
    ['proto = "bgp1"', 'yes'],
    ['preference = 100', 'yes'],
    ['from = 192.0.2.1', 'yes'],
    ['cast = RTC_UNICAST', 'yes'],
    ['192.0.2.1 ~ 192.0.2.0/24', 'yes'],
    // Asked only where it counts.
    ['false && (bgp_med + 1 = 0)', 'no'],
    ['true || (bgp_med + 1 = 0)', 'yes'],
  ];
  for (const [condition, expected] of cases) it(condition, () => assert.equal(accepts(condition, route), expected));

  const patterns: readonly [string, string, boolean][] = [
    ['cali123', 'cali*', true],
    ['cali123', 'CALI*', false],
    ['vxlan.calico', '*.calico', true],
    ['wireguard.cali', '*.cali', true],
    ['bpfin.cali', 'bpf*.cali', true],
    ['tunl0', 'tunl0', true],
    ['tunl01', 'tunl0', false],
    ['eth0', 'eth?', true],
    ['eth10', 'eth?', false],
    ['eth0', 'eth.', false],
    ['eth.', 'eth.', true],
    ['eth0', 'eth[01]', false],
    ['a*b', 'a\\*b', true],
    ['axb', 'a\\*b', false],
    ['', '*', true],
  ];
  for (const [name, pattern, expected] of patterns) {
    it(`"${name}" ~ "${pattern}"`, () => {
      assert.equal(accepts(`"${name}" ~ "${pattern}"`), expected ? 'yes' : 'no');
    });
  }
});

describe('where packets go', () => {
  const gateway = routeTo([hop('192.0.2.1', 'eth0')]);
  const device = routeTo([hop(undefined, 'cali1')]);
  const several = routeTo([hop('192.0.2.1', 'eth0'), hop('192.0.2.2', 'eth1')]);
  const nowhere = routeTo(undefined);
  const cases: readonly [string, TestRoute, string][] = [
    ['dest = RTD_ROUTER', gateway, 'yes'],
    ['dest = RTD_DEVICE', device, 'yes'],
    ['dest = RTD_MULTIPATH', several, 'yes'],
    ['dest = RTD_BLACKHOLE', nowhere, 'yes'],
    ['dest ~ [ RTD_ROUTER, RTD_DEVICE ]', several, 'no'],
    ['dest = RTD_UNREACHABLE', nowhere, 'no'],
    ['ifname = "eth0"', gateway, 'yes'],
    ['ifname = "cali1"', device, 'yes'],
    // Defined and empty where there is no one interface.
    ['ifname = ""', several, 'yes'],
    ['ifname = ""', nowhere, 'yes'],
    ['defined(ifname) && ifname ~ "*"', nowhere, 'yes'],
    ['gw = 192.0.2.1', gateway, 'yes'],
    ['gw = 192.0.2.1', several, 'no'],
    ['gw = 192.0.2.1', device, 'no'],
  ];
  cases.forEach(([condition, route, expected], i) => {
    it(`${condition} (${i})`, () => assert.equal(accepts(condition, route), expected));
  });

  it('is what a looked up next hop has come to', () => {
    const route = new TestRoute('10.9.4.0/26');
    const nextHop: NextHop = {
      ...{ kind: 'gateway', address: '198.51.100.9' as Ip, linkLocal: undefined, interfaceName: undefined },
      ...{ resolve: 'recursive', igpTable: 'master' },
    };
    route.nextHop = nextHop;
    let now: PolicyForwarding = { kind: 'unicast', hops: [hop('192.0.2.1', 'eth0')] };
    const looked = Object.assign(route, {
      forwarding: () => (route.nextHop === nextHop ? now : undefined),
    });
    assert.equal(accepts('gw = 192.0.2.1 && ifname = "eth0" && dest = RTD_ROUTER', looked), 'yes');
    now = { kind: 'unresolved', hops: [] };
    assert.equal(accepts('ifname = "" && dest = RTD_UNREACHABLE', looked), 'yes');
    now = { kind: 'unicast', hops: [hop('192.0.2.1', 'eth0')] };
    assert.equal(accepts('true', looked), 'yes');
    assert.equal(verdictOf(filter('gw = 192.0.2.7; if gw = 192.0.2.7 then accept; reject;'), looked), 'accept');
    assert.equal(filter('if ifname = "x" then accept; reject;').reads, PolicyReads.Forwarding);
  });

  it('can be changed to nowhere only', () => {
    assert.equal(verdictOf(filter('dest = RTD_BLACKHOLE; accept;'), gateway), 'accept');
    assert.match(verdictOf(filter('dest = RTD_DEVICE; accept;'), gateway), /Destination can be changed only to/);
  });

  it('tells static routes onto links apart', () => {
    const route = (hops: Parameters<typeof routeTo>[0]): TestRoute => Object.assign(routeTo(hops), { source: 1 });
    assert.equal(accepts('source = RTS_STATIC_DEVICE', route([hop(undefined, 'eth0')])), 'yes');
    assert.equal(accepts('source = RTS_STATIC', route([hop('192.0.2.1', 'eth0')])), 'yes');
    assert.equal(accepts('source = RTS_STATIC', route(undefined)), 'yes');
    assert.equal(accepts('source = RTS_DUMMY', route(undefined)), 'no');
  });
});

describe('control flow', () => {
  const declarations = `
    function deep() { if net ~ 10.9.0.0/16 then accept; }
    function middle () { deep(); }
    function falls() { bgp_med = 5; }
    function 'quoted-name.1'(bool is_same_as) { if (!is_same_as) then { reject; } }
    function value() { return 42; }`;

  it('accept and reject end the whole filter, at any depth', () => {
    const policy = filter('middle(); reject;', declarations);
    assert.equal(verdictOf(policy, new TestRoute('10.9.4.0/26')), 'accept');
    assert.equal(verdictOf(policy, new TestRoute('10.8.4.0/26')), 'reject');
    const quoted = filter(`'quoted-name.1'(true); 'quoted-name.1'(false); accept;`, declarations);
    assert.equal(verdictOf(quoted, new TestRoute('10.9.4.0/26')), 'reject');
  });

  it('a function that falls off its end goes on with its caller', () => {
    const route = new TestRoute('10.9.4.0/26');
    assert.equal(verdictOf(filter('falls(); accept;', declarations), route), 'accept');
    assert.equal(route.attributes.u32(4), 5);
    assert.equal(verdictOf(filter('if value() = 42 then accept; reject;', declarations), route), 'accept');
    assert.equal(verdictOf(filter('value(); accept;', declarations), route), 'accept');
  });

  it('a filter without a verdict rejects with an error', () => {
    assert.match(verdictOf(filter('bgp_med = 5;'), new TestRoute('10.0.0.0/8')), /did not return accept nor reject/);
  });

  it('`else` belongs to the nearest `if`, with and without braces', () => {
    const route = new TestRoute('10.9.4.0/26');
    const body = (tunnel: string): string => `if (net ~ 10.9.0.0/16) then {
        if (defined(bgp_next_hop)&&(bgp_next_hop ~ 198.51.100.0/24)) then
          krt_tunnel="";
        else
          krt_tunnel="tunl0";
        if krt_tunnel = "${tunnel}" then accept;
      } reject;`;
    assert.equal(verdictOf(filter(body('tunl0')), route), 'accept');
    route.attributes.setNextHop('198.51.100.9' as Ip);
    assert.equal(verdictOf(filter(body('')), route), 'accept');
    assert.equal(verdictOf(filter('if true then if false then accept; else reject; accept;'), route), 'reject');
  });

  it('changes what Calico changes', () => {
    const route = new TestRoute('10.9.4.0/26');
    const body = `preference = 200; krt_metric = 1024; bgp_local_pref = 2147483647 - krt_metric; krt_tunnel="tunl0";
      bgp_community.add((65010, 7)); bgp_community.add((65010, 7)); bgp_large_community.add((65010, 1, 2));
      bgp_path.prepend(65030); bgp_path.prepend(65020); accept;`;
    const policy = filter(body);
    assert.equal(verdictOf(policy, route), 'accept');
    assert.equal(route.preference, 200);
    assert.equal(route.attributes.u32(5), 2147482623);
    assert.deepEqual([...route.attributes.words(8)!], [65010 * 65536 + 7]);
    assert.deepEqual([...route.attributes.words(32)!], [65010, 1, 2]);
    assert.deepEqual(Buffer.from(route.attributes.asPath()!).toString('hex'), '02020000fdfc0000fe06');
    assert.equal(
      verdictOf(filter('preference = 65536; accept;'), route),
      'filters, line 1: Setting preference value out of bounds',
    );
  });
});

describe('types', () => {
  /** A mistake that BIRD 1 finds when it runs the statement; the line is the filter's own. */
  const mistakes: readonly string[] = [
    'if net < 5 then accept; reject;',
    'if bgp_med ~ 10.0.0.0/8 then accept; reject;',
    'if net then accept; reject;',
    'if "x" = "x" && 5 then accept; reject;',
    'bgp_med = "x"; accept;',
    'bgp_community.add(5); accept;',
    'bgp_path.prepend("x"); accept;',
    'if proto.len = 5 then accept; reject;',
    'if 1 + "x" = 2 then accept; reject;',
  ];
  for (const body of mistakes) {
    it(`are asked at run time: ${body}`, () => {
      const text = `protocol static { import filter { ${body} }; }`;
      const { config: whole, warnings } = loaded(text);
      assert.equal(warnings.length, 1, body);
      assert.match(warnings[0]!.hint!, /A route that comes here is rejected\.$/);
      const said = verdictOf(only(whole, 'static').channel.importPolicy, new TestRoute('10.0.0.0/8'));
      assert.match(said, /^filters, line 1: /);
    });
  }

  it('are asked only where the statement is reached', () => {
    const route = new TestRoute('10.9.4.0/26');
    assert.equal(verdictOf(filter('if net ~ 10.0.0.0/8 then accept; bgp_med = "x"; accept;'), route), 'accept');
    assert.equal(verdictOf(filter('if false then bgp_med = "x"; accept;'), route), 'accept');
    assert.equal(verdictOf(filter('if false && 5 then reject; accept;'), route), 'accept');
    assert.equal(verdictOf(filter('if true || 5 then accept; reject;'), route), 'accept');
    assert.equal(
      verdictOf(filter('if false then reject; else if 5 then reject; accept;'), route),
      'filters, line 1: Argument 1 of CONDITION must be of type bool, got type int',
    );
    assert.equal(verdictOf(filter('if true then accept; else if 5 then reject;'), route), 'accept');
    assert.equal(
      verdictOf(filter('f(5); accept;', 'function f(bool x) { }'), route),
      "filters, line 1: Argument 1 of 'f' must be bool, got int",
    );
    const whole = only(config('protocol static { import where 5; }'), 'static').channel.importPolicy;
    assert.match(verdictOf(whole, route), /^filters, line 1: /);
  });

  it('make filters different', () => {
    assert.equal(filter('bgp_med = "x"; accept;').equals(filter('bgp_med = "x"; accept;')), true);
    assert.equal(filter('bgp_med = "x"; accept;').equals(filter('bgp_med = net; accept;')), false);
    assert.equal(
      filter('if true && 5 then accept; reject;').equals(filter('if true && "x" then accept; reject;')),
      false,
    );
  });

  it('names and grammar are judged while reading all the same', () => {
    const said = (body: string): string => complaint(`filter f { ${body} } ${DEVICE}`);
    assert.match(said('if nothing = 5 then accept; reject;'), /^syntax error/);
    assert.match(said('if net ~ then accept; reject;'), /^syntax error/);
    assert.match(said('if net = 10.0.0.0/8 and true then accept; reject;'), /^syntax error/);
    assert.match(said('source = RTS_BGP; accept;'), /read-only/);
    assert.equal(said('nothing(); accept;'), 'syntax error, unexpected CF_SYM_UNDEFINED');
    assert.match(said('bgp_med = 5 accept;'), /^syntax error/);
    assert.match(said('if 1 < 2 < 3 then accept; reject;'), /^syntax error/);
  });
});

describe('what other constructs of the language do', () => {
  it('case, print, return, unset, variables, define', () => {
    const route = new TestRoute('10.9.4.0/26');
    const body = `int x; x = LIMIT; print "x is ", x;
      case x { 1: reject; 5..7: bgp_med = 9; else: reject; }
      unset(bgp_med); if defined(bgp_med) then reject; bgp_community.empty; accept;`;
    assert.equal(verdictOf(filter(body, 'define LIMIT = (2 * 3);'), route), 'accept');
    assert.deepEqual(route.printed, ['x is 6']);
  });

  it('AS path masks match the whole path', () => {
    const path = (...numbers: number[]): TestRoute => {
      const route = new TestRoute('10.9.4.0/26');
      const bytes = Buffer.alloc(2 + 4 * numbers.length);
      bytes[0] = 2;
      bytes[1] = numbers.length;
      numbers.forEach((asn, i) => void bytes.writeUInt32BE(asn, 2 + 4 * i));
      route.attributes.setAsPath(bytes);
      return route;
    };
    assert.equal(accepts('bgp_path ~ [= 65020 * =]', path(65020, 65030)), 'yes');
    assert.equal(accepts('bgp_path ~ [= 65020 * =]', path(65020)), 'yes');
    assert.equal(accepts('bgp_path ~ [= 65020 65030 * =]', path(65020, 65030, 1)), 'yes');
    assert.equal(accepts('bgp_path ~ [= 65030 * =]', path(65020, 65030)), 'no');
    assert.equal(accepts('bgp_path ~ [= 65020 ? =]', path(65020, 65030)), 'yes');
    assert.equal(accepts('bgp_path ~ [= 65000..65025 * =]', path(65020)), 'yes');
    assert.equal(accepts('65030 ~ bgp_path && bgp_path.len = 2', path(65020, 65030)), 'yes');
    assert.equal(accepts('bgp_path.first = 65020 && bgp_path.last = 65030', path(65020, 65030)), 'yes');
  });

  it('the control socket evaluates in the same language', () => {
    const scope = new Scope(dialectScope('bird1'), 'bird1');
    const said = (text: string): unknown =>
      evaluateExpression(text, { scope, filters: new FilterEnvironment() }, () => {});
    assert.deepEqual(said('7 % 4'), { value: '3' });
    assert.deepEqual(said('RTD_MULTIPATH = RTD_ROUTER'), { value: 'FALSE' });
    assert.deepEqual(said('true || false && false'), { value: 'FALSE' });
  });
});
