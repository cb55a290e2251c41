/** Layouts, line by line: what stands in a reply for states that a small router rarely has all at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ip, parseIp, RouteSourceKind } from '../../../bgp/index.ts';
import { formatBgpDetail } from '../../../src/control/format/bgp.ts';
import {
  formatInterface,
  formatInterfaceSummary,
  formatStaticRoute,
  formatSymbol,
} from '../../../src/control/format/inventory.ts';
import type { RouteLayout } from '../../../src/control/format/layout.ts';
import type { Lines } from '../../../src/control/format/lines.ts';
import {
  formatProtocolDetail,
  formatProtocolHeading,
  formatProtocolRow,
} from '../../../src/control/format/protocol.ts';
import { formatRoute } from '../../../src/control/format/route.ts';
import { formatDaemonState, formatMemory, formatStatus } from '../../../src/control/format/status.ts';
import { formatTime, isoFormat, strftime } from '../../../src/control/format/time.ts';
import { formatFinding } from '../../../src/control/format/why.ts';
import type { BgpDetail, InterfaceView, ProtocolView, WhyFinding } from '../../../src/control/host.ts';
import { hop, makeRecord, makeRoute } from './fake-host.ts';
import { capabilities, channel, downPeer, idlePeer, nodeA, protocol } from './node-a.ts';

class Collected implements Lines {
  readonly lines: string[] = [];
  line(code: number, text: string): void {
    this.lines.push(`${code}|${text}`);
  }
}

function collect(produce: (lines: Lines) => void): string[] {
  const collected = new Collected();
  produce(collected);
  return collected.lines;
}

const ip = (text: string): Ip => parseIp(text)!;
const NOON = new Date(2026, 10, 23, 12, 0, 0, 5).getTime();
const LONG = isoFormat('long', 0);

// ---------------------------------------------------------------------------------------------------------- time

test('iso short shows the time for twenty hours and the date after that', () => {
  const short = isoFormat('short', 3);
  assert.equal(formatTime(short, NOON, NOON + 1000), '12:00:00.005');
  assert.equal(formatTime(short, NOON, NOON + 20 * 3600_000), '12:00:00.005');
  assert.equal(formatTime(short, NOON, NOON + 20 * 3600_000 + 1), '2026-11-23');
  assert.equal(formatTime(isoFormat('long', 6), NOON, NOON), '2026-11-23 12:00:00.005000');
});

test('strftime texts keep what they do not know and take fractions of any width', () => {
  assert.equal(strftime('%d.%m.%y %H h %M', NOON), '23.11.26 12 h 00');
  assert.equal(strftime('%a %b %e %T %Y %j %u %%', NOON), 'Mon Nov 23 12:00:00 2026 327 1 %');
  assert.equal(strftime('%1f %3f %f %Q %5Y', NOON), '0 005 005000 %Q %5Y');
  assert.equal(strftime('%I:%M %p|%D|%R|%s', NOON), `12:00 PM|11/23/26|12:00|${Math.floor(NOON / 1000)}`);
});

test('a limit of zero never applies', () => {
  assert.equal(formatTime({ format: '%H', limitSeconds: 0, limitFormat: '%Y' }, NOON, NOON * 2), '12');
});

// -------------------------------------------------------------------------------------------------------- status

test('show status tells of a recovery between the times and the state', () => {
  const status = {
    routerId: 0xc0000201,
    hostname: 'a\u001b[2Jb',
    startedAt: NOON,
    configuredAt: NOON + 1000,
    state: 'up',
    recovery: { waiting: 2, remainingMs: 237_765, totalMs: 240_000 },
  } as const;
  assert.deepEqual(
    collect((lines) => formatStatus(lines, status, '2.0.12', LONG, NOON + 5000)),
    [
      '1000|BIRD 2.0.12',
      '1011|Router ID is 192.0.2.1',
      '1011|Hostname is a\\x1b[2Jb',
      '1011|Current server time is 2026-11-23 12:00:05',
      '1011|Last reboot on 2026-11-23 12:00:00',
      '1011|Last reconfiguration on 2026-11-23 12:00:01',
      '24|Graceful restart recovery in progress',
      '24|  Waiting for 2 channels to recover',
      '24|  Wait timer is 237.765/240',
    ],
  );
  assert.equal(formatDaemonState('shutdown'), 'Shutdown in progress');
  assert.equal(formatDaemonState('reconfiguring'), 'Reconfiguration in progress');
});

test('memory changes its unit where four digits are not enough', () => {
  const use = (effective: number, overhead: number) => ({ effective, overhead });
  const lines = collect((out) =>
    formatMemory(out, {
      routingTables: use(0, 9999),
      routeAttributes: use(10_000, 1024 * 1024),
      protocols: use(10_239_900, 10 * 1024 * 1024),
      configuration: use(3 * 1024 ** 3, 1024 ** 4),
      standby: use(0, 0),
      total: use(1, 12),
    }),
  );
  assert.deepEqual(lines.slice(2), [
    '1018|Routing tables:      0.0  B   9999.0  B',
    '1018|Route attributes:    9.8 kB   1024.0 kB',
    '1018|Protocols:        9999.9 kB     10.0 MB',
    '1018|Current config:   3072.0 MB   1024.0 GB',
    '1018|Standby memory:      0.0  B      0.0  B',
    '1018|Total:               1.0  B     12.0  B',
  ]);
});

// ----------------------------------------------------------------------------------------------------- protocols

function detailOf(view: ProtocolView): string[] {
  return collect((lines) => formatProtocolDetail(lines, view)).map((line) => line.replace('1006|', ''));
}

function infoOf(view: ProtocolView): string {
  const [row] = collect((lines) => formatProtocolRow(lines, view, LONG, NOON));
  // name, kind, table, state and since with their blanks
  return row!.slice('1002|'.length).replace(/^.{10} .{10} .{10} .{6} .{12,19} {2}/, '');
}

test('columns are filled with blanks and pushed by long names', () => {
  const rows = collect((lines) => {
    formatProtocolHeading(lines);
    formatProtocolRow(lines, protocol({ name: 'a_name_of_16_chr', kind: 'Static', table: 't', since: NOON }), LONG, 0);
    formatProtocolRow(lines, protocol({ name: 'x', kind: 'Device', since: NOON }), isoFormat('short', 0), NOON);
  });
  assert.deepEqual(rows, [
    '2002|Name       Proto      Table      State  Since         Info',
    '1002|a_name_of_16_chr Static     t          up     2026-11-23 12:00:00  ',
    '1002|x          Device     ---        up     12:00:00      ',
  ]);
});

test('the info of a neighbour is its state and what went wrong last', () => {
  const peer = downPeer();
  const bgp = peer.detail as BgpDetail;
  const info = (state: ProtocolView['state'], change: Partial<BgpDetail>): string =>
    infoOf({ ...peer, name: 'p', since: NOON, state, detail: { ...bgp, ...change } });
  assert.equal(info('start', {}), 'Active        Socket: No route to host');
  assert.equal(
    info('start', { state: 'Idle', lastError: { class: 'sent', text: 'Bad peer AS' } }),
    'Idle          BGP Error: Bad peer AS',
  );
  assert.equal(info('start', { lastError: { class: 'received', text: 'Cease' } }), 'Active        Received: Cease');
  assert.equal(
    info('start', { lastError: { class: 'misc', text: 'BFD session down' } }),
    'Active        Error: BFD session down',
  );
  assert.equal(
    info('down', { state: 'Down', lastError: { class: 'automatic', text: 'Route limit exceeded' } }),
    'Automatic shutdown: Route limit exceeded',
  );
  assert.equal(info('down', { state: 'Down', lastError: { class: 'manual', text: 'x' } }), '');
  assert.equal(info('up', { state: 'Established', lastError: { class: 'none', text: '' } }), 'Established   ');
});

test('limits tell when they were hit, and counters are hidden while a channel is down', () => {
  const hit = channel({
    name: 'ipv4',
    table: 'master4',
    preference: 100,
    state: 'DOWN',
    importLimit: { count: 1, action: 'disable', hit: true },
  });
  assert.deepEqual(detailOf(protocol({ name: 'p', kind: 'Static', channels: [hit] })), [
    '  Channel ipv4',
    '    State:          DOWN',
    '    Table:          master4',
    '    Preference:     100',
    '    Input filter:   ACCEPT',
    '    Output filter:  REJECT',
    '    Import limit:   1 [HIT]',
    '      Action:       disable',
    '',
  ]);
});

test('prefixes that were refused are counted, and the last one is told with its reason', () => {
  const peer = downPeer();
  const last = { prefix: '203.0.113.0/24', reason: 'ORIGIN: value above 2 (RFC 7606 7.1)\n', at: 0 };
  const refused = { treatedAsWithdrawn: 3, looped: 1, last };
  const lines = detailOf({ ...peer, detail: { ...(peer.detail as BgpDetail), refused } });
  const at = lines.findIndex((line) => line.includes('Refused'));
  assert.deepEqual(lines.slice(at, at + 2), [
    '    Refused prefixes: 3 with errors, 1 looped',
    '      Last of them:   203.0.113.0/24, ORIGIN: value above 2 (RFC 7606 7.1)\\x0a',
  ]);
});

test('a neighbour that restarts is shown with its timers, and recovery with its channels', () => {
  const peer = downPeer();
  const detail: BgpDetail = {
    ...(peer.detail as BgpDetail),
    state: 'Connect',
    neighborRestarting: true,
    gracefulShutdown: false,
    connectDelay: undefined,
    restartTimerMs: 2258,
    lastError: { class: 'misc', text: 'BFD session down' },
  };
  const stale = channel({
    name: 'ipv4',
    table: 'master4',
    preference: 100,
    state: 'START',
    recovery: { pending: true, waiting: true },
    routes: { imported: 2, filtered: 0, exported: 0, preferred: 2 },
    bgp: {
      neighborRestart: 'longlived',
      staleTimerMs: 48_450,
      nextHop: ip('10.0.0.1'),
      nextHopLinkLocal: undefined,
      igpTable4: 'master4',
      igpTable6: undefined,
    },
  });
  const lines = detailOf({ ...peer, detail, channels: [stale], routerId: 1, vrf: 'red', message: 'back\nsoon' });
  assert.deepEqual(lines.slice(0, 9), [
    '  Message:        back\\x0asoon',
    '  Router ID:      0.0.0.1',
    '  VRF:            red',
    '  BGP state:          Connect',
    '    Neighbor address: 10.0.1.77',
    '    Neighbor AS:      65077',
    '    Local AS:         64512',
    '    Neighbor graceful restart active',
    '    Restart timer:    2.258/-',
  ]);
  assert.ok(lines.includes('    GR recovery:    pending waiting'));
  assert.deepEqual(lines.slice(-4), [
    '    Neighbor GR:    Long-lived',
    '    LL stale timer: 48.450/-',
    '    IGP IPv4 table: master4',
    '',
  ]);
});

test('a session shows both OPENs in full', () => {
  const ipv4 = { afi: 1, safi: 1 };
  const local = capabilities({
    multiprotocol: [ipv4, { afi: 2, safi: 1 }, { afi: 1, safi: 128 }, { afi: 25, safi: 70 }],
    extendedNextHop: [ipv4],
    gracefulRestart: { restartTimeSeconds: 120, recovering: true, supported: [ipv4], preserved: [ipv4] },
    addPath: { receive: [], send: [ipv4] },
    longLivedGracefulRestart: { staleTimeSeconds: 3600, supported: [ipv4], preserved: [] },
    hostname: 'evil\r\n0000 \u001b[31m',
    role: 4,
  });
  const bare = capabilities({
    multiprotocol: undefined,
    routeRefresh: false,
    gracefulRestart: undefined,
    as4: false,
    enhancedRefresh: false,
    longLivedGracefulRestart: undefined,
  });
  const view: BgpDetail = {
    ...(downPeer().detail as BgpDetail),
    state: 'Established',
    neighborAddress: ip('fe80::1'),
    neighborInterface: 'eth0',
    onlink: true,
    neighborPort: 1790,
    lastError: { class: 'none', text: '' },
    session: {
      neighborId: 0x0a000002,
      localCapabilities: local,
      neighborCapabilities: bare,
      internal: false,
      multihop: true,
      routeReflector: false,
      routeServer: true,
      as4: false,
      sourceAddress: ip('fe80::2'),
      holdTimer: undefined,
      keepaliveTimer: undefined,
      sendHoldTimer: { remainingMs: 432_570, totalSeconds: 480 },
    },
  };
  const lines: string[] = [];
  formatBgpDetail((text) => lines.push(text), 'up', view);
  assert.deepEqual(lines, [
    '  BGP state:          Established',
    '    Neighbor address: fe80::1%eth0 onlink',
    '    Neighbor port:    1790',
    '    Neighbor AS:      65077',
    '    Local AS:         64512',
    '    Neighbor ID:      10.0.0.2',
    '    Local capabilities',
    '      Multiprotocol',
    '        AF announced: ipv4 ipv6 vpn4-mpls <25/70>',
    '      Route refresh',
    '      Extended next hop',
    '        IPv6 nexthop: ipv4',
    '      Graceful restart',
    '        Restart time: 120',
    '        Restart recovery',
    '        AF supported: ipv4',
    '        AF preserved: ipv4',
    '      4-octet AS numbers',
    '      ADD-PATH',
    '        RX:',
    '        TX: ipv4',
    '      Enhanced refresh',
    '      Long-lived graceful restart',
    '        LL stale time: 3600',
    '        AF supported: ipv4',
    '        AF preserved:',
    '      Hostname: evil\\x0d\\x0a0000 \\x1b[31m',
    '      Role: peer',
    '    Neighbor capabilities',
    '    Session:          external multihop route-server',
    '    Source address:   fe80::2',
    '    Send hold timer:  432.570/480',
  ]);
});

test('a parent of dynamic neighbours shows their range', () => {
  const dyn = nodeA().protocolViews.find((view) => view.name === 'dyn')!;
  assert.deepEqual(detailOf(dyn).slice(0, 4), [
    '  BGP state:          Passive',
    '    Neighbor range:   10.0.2.0/24',
    '    Neighbor AS:      0',
    '    Local AS:         64512',
  ]);
  const idle = idlePeer(
    'x',
    {},
    { ...(dyn.detail as BgpDetail), errorWait: { remainingMs: 47_846, totalSeconds: 60 } },
  );
  assert.ok(detailOf(idle).includes('    Error wait:       47.846/60'));
});

// -------------------------------------------------------------------------------------------------------- routes

const LAYOUT: RouteLayout = { timeFormat: isoFormat('short', 3), now: NOON, verbose: false, customAttributes: [] };

test('marks, metrics and origins stand in the route line', () => {
  const line = (change: Parameters<typeof makeRoute>[0], first = true): string =>
    collect((lines) => formatRoute(lines, makeRoute(change), first, LAYOUT))[0]!.slice('1007|'.length);
  const bgpRoute = {
    prefix: '10.0.0.0/8',
    protocol: 'p',
    kind: RouteSourceKind.Bgp,
    preference: 100,
    changedAt: NOON,
    record: makeRecord({ origin: 0, asPath: [65001, 65002] }),
  } as const;
  const bgp = { suppressed: false, stale: false, metric: undefined } as const;
  assert.equal(line(bgpRoute), '10.0.0.0/8           unicast [p 12:00:00.005] * (100) [AS65002i]');
  assert.equal(
    line({ ...bgpRoute, primary: false }, false),
    '                     unicast [p 12:00:00.005] (100) [AS65002i]',
  );
  assert.equal(
    line({ ...bgpRoute, bgp: { suppressed: true, stale: true, metric: { kind: 'igp', value: 20 } }, primary: false }),
    '10.0.0.0/8           unicast [p 12:00:00.005] (100-s/20) [AS65002i]',
  );
  assert.match(
    line({ ...bgpRoute, bgp: { ...bgp, metric: { kind: 'aigp', value: 2n ** 60n } } }),
    /\(100\/1152921504606846976\)/,
  );
  assert.match(line({ ...bgpRoute, bgp: { ...bgp, metric: { kind: 'unknown' } } }), /\(100\/\?\)/);
  assert.match(line({ ...bgpRoute, bgp: { ...bgp, metric: { kind: 'unresolvable' } } }), /\(100\/-\)/);
  assert.match(line({ ...bgpRoute, record: makeRecord({ origin: 1, asPath: [] }) }), /\[e\]$/);
  assert.match(line({ ...bgpRoute, record: makeRecord({ origin: 2 }) }), /\[\?\]$/);
  assert.match(line({ ...bgpRoute, record: undefined }), / \[\]$/);
  assert.match(line({ ...bgpRoute, syncFailed: true }), /\] ! \(100\)/);
  assert.match(
    line({ ...bgpRoute, from: ip('10.9.9.9'), nextHops: [hop('10.0.0.1', 'eth0')] }),
    /12:00:00.005 from 10.9.9.9\]/,
  );
  assert.match(line({ ...bgpRoute, from: ip('10.0.0.1'), nextHops: [hop('10.0.0.1', 'eth0')] }), /12:00:00.005\]/);
});

test('next hops have a line each, weights only when there are several', () => {
  const hops = (...nextHops: ReturnType<typeof hop>[]): string[] =>
    collect((lines) =>
      formatRoute(
        lines,
        makeRoute({ prefix: '::/0', protocol: 's', kind: RouteSourceKind.Static, preference: 200, nextHops }),
        true,
        LAYOUT,
      ),
    ).slice(1);
  assert.deepEqual(hops(hop('fe80::1', 'eth0', 1, true)), ['1007|\tvia fe80::1 on eth0 onlink']);
  assert.deepEqual(hops(hop(undefined, 'eth0', 7)), ['1007|\tdev eth0']);
  assert.deepEqual(hops(hop('10.0.0.1', 'eth0', 2), hop(undefined, 'eth1', 3)), [
    '1007|\tvia 10.0.0.1 on eth0 weight 2',
    '1007|\tdev eth1 weight 3',
  ]);
});

// ----------------------------------------------------------------------------------------------------- inventory

test('interfaces show flags, masters, and the other end of a link', () => {
  const link: InterfaceView = {
    name: 'tun0',
    index: 9,
    master: 'vrf1',
    up: false,
    multiAccess: false,
    broadcast: false,
    multicast: true,
    adminUp: true,
    linkUp: false,
    loopback: false,
    ignored: false,
    mtu: 1420,
    addresses: [
      { address: ip('10.0.0.1'), length: 32, preferred: false, secondary: true, opposite: ip('10.0.0.2'), scope: 2 },
      { address: ip('fe80::1'), length: 64, preferred: true, secondary: false, opposite: undefined, scope: 1 },
    ],
  };
  assert.deepEqual(
    collect((lines) => formatInterface(lines, link)),
    [
      '1001|tun0 down (index=9 master=vrf1)',
      '1004|\tPtP Multicast AdminUp LinkDown MTU=1420',
      '1003|\t10.0.0.1/32 (Secondary, opposite 10.0.0.2, scope site)',
      '1003|\tfe80::1/64 (Preferred, scope link)',
    ],
  );
  assert.deepEqual(
    collect((lines) => formatInterfaceSummary(lines, link)),
    ['1005|tun0       down                      fe80::1/64'],
  );
});

test('static hops show zone, onlink, bfd and whether they take part', () => {
  const target = {
    kind: 'hops',
    hops: [
      { gateway: ip('fe80::1'), interfaceName: 'eth0', onlink: true, bfd: true, weight: 1, active: false },
      { gateway: undefined, interfaceName: 'eth1', onlink: false, bfd: false, weight: 1, active: false },
    ],
  } as const;
  assert.deepEqual(
    collect((lines) => formatStaticRoute(lines, { prefix: '::/0', target })),
    ['1009|::/0', '1009|\tvia fe80::1%eth0 onlink (bfd) (dormant)', '1009|\tdev eth1 (dormant)'],
  );
});

test('symbols have those words for what they are', () => {
  assert.equal(formatSymbol('a', 'template'), 'a       \tprotocol template');
  assert.equal(formatSymbol('a_long_name', undefined), 'a_long_name\tundefined');
});

// ----------------------------------------------------------------------------------------------------------- why

test('findings are sentences: outcome, reason, filter with its line', () => {
  const say = (finding: WhyFinding): string => collect((lines) => formatFinding(lines, 'bgp1.ipv4', finding)).join('');
  const filter = {
    label: 'out',
    verdict: 'rejects',
    place: { file: '/etc/a\u001b.conf', line: 7 },
    error: '',
  } as const;
  assert.equal(
    say({ direction: 'export', outcome: 'refused', reason: '', filter }),
    '1902|\tto bgp1.ipv4: not sent; export filter out rejects it at /etc/a\\x1b.conf:7',
  );
  assert.equal(
    say({ direction: 'import', outcome: 'absent', reason: 'it was not announced', filter: undefined }),
    '1902|\tfrom bgp1.ipv4: no such route; it was not announced',
  );
  assert.equal(
    say({
      direction: 'import',
      outcome: 'refused',
      reason: '',
      filter: { label: '(unnamed)', verdict: 'fails', place: undefined, error: 'filters, line 3: division by zero' },
    }),
    '1902|\tfrom bgp1.ipv4: not accepted; import filter (unnamed) fails: filters, line 3: division by zero',
  );
});
