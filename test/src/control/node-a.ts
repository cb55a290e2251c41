/**
 * The router that the recorded replies come from, as data: a node with an iBGP and an eBGP neighbour, static, direct
 * and kernel routes, a pipe. Replies to it are known octet by octet.
 */
import { parseIp, parsePrefix, RouteSourceKind } from '../../../bgp/index.ts';
import type {
  BgpDetail,
  BgpSessionDetail,
  CapabilitiesView,
  ChannelView,
  ColumnCounters,
  DirectionCounters,
  FamilyPair,
  LimitView,
  ProtocolView,
  RouteView,
  StaticRouteView,
  TableView,
} from '../../../src/control/host.ts';
import { type Attributes, type FakeExport, FakeHost, type FakeRoute, hop, makeRecord, makeRoute } from './fake-host.ts';

/** Local time of the recordings; the layouts use local time. */
const START = new Date(2026, 10, 23, 1, 3, 21, 366).getTime();
const at = (seconds: number, ms: number): number => new Date(2026, 10, 23, 1, 3, seconds, ms).getTime();

export const CONFIG = `
timeformat protocol iso long;
define LOCAL_AS = 64512;
define BOGON4 = [ 0.0.0.0/8+, 127.0.0.0/8+ ];
define MY_NET = 10.100.0.0/16;
define MY_IP = 10.100.5.5;
attribute int my_tag;
ipv4 table aux4;
ipv4 table sorted4 sorted;
roa4 table r4;
roa6 table r6;
function is_bogon() { return net ~ BOGON4; }
function tagit(int x) { my_tag = x; }
filter ebgp_in4 { if is_bogon() then reject; accept; }
protocol device { }
protocol direct direct1 { ipv4; ipv6; }
protocol kernel kernel4 { ipv4 { import all; export all; }; }
protocol kernel kernel6 { ipv6 { import all; export all; }; }
protocol static static4 { ipv4; }
protocol static static6 { ipv6; }
protocol static sroa { roa4 { table r4; }; }
protocol pipe pipe1 { table master4; peer table aux4; }
template bgp node_mesh { local as LOCAL_AS; multihop; }
protocol bgp Mesh_10_0_0_2 from node_mesh { neighbor 10.0.0.2 as LOCAL_AS; ipv4 { import all; export all; }; ipv6 { import all; export all; }; }
protocol bgp ebgp_c { local as LOCAL_AS; neighbor 10.0.1.3 as 65003; ipv4 { import filter ebgp_in4; export none; }; ipv6 { import all; export none; }; }
protocol bgp dyn { local as LOCAL_AS; neighbor range 10.0.2.0/24 external; ipv4 { import none; export none; }; }
protocol bgp down_peer { local as LOCAL_AS; neighbor 10.0.1.77 as 65077; ipv4 { import none; export none; }; }
protocol bgp disabled_peer { disabled; local as LOCAL_AS; neighbor 10.0.1.78 as 65078; ipv4 { import none; export none; }; }
protocol bgp passive_peer { passive; local as LOCAL_AS; neighbor 10.0.1.79 as 65079; ipv4 { import none; export none; }; }
protocol rpki rpki1 { roa4 { table r4; }; roa6 { table r6; }; remote 10.0.1.3; }
protocol bfd bfd1 { }
`;

const ipv4: FamilyPair = { afi: 1, safi: 1 };
const ipv6: FamilyPair = { afi: 2, safi: 1 };

// ---------------------------------------------------------------------------------------------------- protocols

type Columns = readonly [number, number, number, number, number];

function columns([received, rejected, filtered, ignored, accepted]: Columns): ColumnCounters {
  return { received, rejected, filtered, ignored, accepted };
}

export function counters(updates: Columns, withdraws: Columns): DirectionCounters {
  return { updates: columns(updates), withdraws: columns(withdraws) };
}

const NOTHING = counters([0, 0, 0, 0, 0], [0, 0, 0, 0, 0]);

export function channel(view: Partial<ChannelView> & Pick<ChannelView, 'name' | 'table' | 'preference'>): ChannelView {
  return {
    state: 'UP',
    inputFilter: 'ACCEPT',
    outputFilter: 'REJECT',
    recovery: undefined,
    receiveLimit: undefined,
    importLimit: undefined,
    exportLimit: undefined,
    exporting: false,
    feeding: false,
    routes: { imported: 0, filtered: undefined, exported: 0, preferred: 0 },
    importCounters: NOTHING,
    exportCounters: NOTHING,
    hasImportTable: false,
    hasExportTable: false,
    bgp: undefined,
    ...view,
  };
}

export function protocol(view: Partial<ProtocolView> & Pick<ProtocolView, 'name' | 'kind'>): ProtocolView {
  return {
    table: undefined,
    state: 'up',
    since: START,
    disabled: false,
    info: '',
    description: undefined,
    message: '',
    routerId: undefined,
    vrf: undefined,
    debug: 0,
    mrtdump: 0,
    detail: undefined,
    channels: [],
    ...view,
  };
}

export function bgp(view: Partial<BgpDetail> & Pick<BgpDetail, 'state' | 'neighborAs'>): BgpDetail {
  return {
    type: 'bgp',
    neighborAddress: undefined,
    neighborInterface: undefined,
    onlink: false,
    neighborRange: undefined,
    neighborPort: undefined,
    localAs: 64512,
    neighborRestarting: false,
    gracefulShutdown: false,
    errorWait: undefined,
    connectDelay: undefined,
    restartTimerMs: undefined,
    session: undefined,
    lastError: { class: 'none', text: '' },
    refused: undefined,
    ...view,
  };
}

export function capabilities(view: Partial<CapabilitiesView>): CapabilitiesView {
  return {
    multiprotocol: [ipv4, ipv6],
    routeRefresh: true,
    extendedNextHop: undefined,
    extendedMessage: false,
    gracefulRestart: { restartTimeSeconds: 0, recovering: false, supported: [], preserved: [] },
    as4: true,
    addPath: undefined,
    enhancedRefresh: true,
    longLivedGracefulRestart: { staleTimeSeconds: undefined, supported: [], preserved: [] },
    hostname: undefined,
    role: undefined,
    ...view,
  };
}

export function session(
  view: Partial<BgpSessionDetail> & Pick<BgpSessionDetail, 'neighborId' | 'localCapabilities' | 'neighborCapabilities'>,
  source: string,
  holdMs: number,
  keepaliveMs: number,
): BgpSessionDetail {
  return {
    internal: false,
    multihop: false,
    routeReflector: false,
    routeServer: false,
    as4: true,
    sourceAddress: parseIp(source)!,
    holdTimer: { remainingMs: holdMs, totalSeconds: 240 },
    keepaliveTimer: { remainingMs: keepaliveMs, totalSeconds: 80 },
    sendHoldTimer: undefined,
    ...view,
  };
}

const limit = (count: number, action: LimitView['action']): LimitView => ({ count, action, hit: false });

function imported(count: number): Partial<ChannelView> {
  return {
    routes: { imported: count, filtered: undefined, exported: 0, preferred: count },
    importCounters: counters([count, 0, 0, 0, count], [0, 0, 0, 0, 0]),
  };
}

const igp = { neighborRestart: undefined, staleTimerMs: undefined, nextHopLinkLocal: undefined } as const;
const ip = (text: string) => parseIp(text)!;

function meshPeer(): ProtocolView {
  const caps = capabilities({
    gracefulRestart: { restartTimeSeconds: 120, recovering: false, supported: [ipv4, ipv6], preserved: [] },
    addPath: { receive: [ipv4], send: [ipv4] },
  });
  return protocol({
    name: 'Mesh_10_0_0_2',
    kind: 'BGP',
    since: at(23, 0),
    description: 'Connection to BGP peer B',
    detail: bgp({
      state: 'Established',
      neighborAddress: ip('10.0.0.2'),
      neighborAs: 64512,
      session: session(
        {
          neighborId: 0x0a000002,
          localCapabilities: caps,
          neighborCapabilities: caps,
          internal: true,
          multihop: true,
          routeReflector: true,
        },
        '10.0.0.1',
        123709,
        6750,
      ),
    }),
    channels: [
      channel({
        name: 'ipv4',
        table: 'master4',
        preference: 100,
        outputFilter: 'ACCEPT',
        exporting: true,
        routes: { imported: 2, filtered: 0, exported: 13, preferred: 2 },
        importCounters: counters([2, 0, 0, 0, 2], [0, 0, 0, 0, 0]),
        exportCounters: counters([15, 2, 0, 0, 13], [0, 0, 0, 0, 0]),
        bgp: { ...igp, nextHop: ip('10.0.0.1'), igpTable4: 'master4', igpTable6: undefined },
      }),
      channel({
        name: 'ipv6',
        table: 'master6',
        preference: 100,
        outputFilter: 'ACCEPT',
        exporting: true,
        routes: { imported: 1, filtered: undefined, exported: 6, preferred: 1 },
        importCounters: counters([1, 0, 0, 0, 1], [0, 0, 0, 0, 0]),
        exportCounters: counters([7, 1, 0, 0, 6], [0, 0, 0, 0, 0]),
        bgp: { ...igp, nextHop: ip('2001:db8::1'), igpTable4: undefined, igpTable6: 'master6' },
      }),
    ],
  });
}

function externalPeer(): ProtocolView {
  return protocol({
    name: 'ebgp_c',
    kind: 'BGP',
    since: at(22, 0),
    detail: bgp({
      state: 'Established',
      neighborAddress: ip('10.0.1.3'),
      neighborAs: 65003,
      session: session(
        {
          neighborId: 0x0a000103,
          localCapabilities: capabilities({ extendedMessage: true, hostname: 'node-a', role: 0 }),
          neighborCapabilities: capabilities({ extendedMessage: true, role: 3 }),
        },
        '10.0.1.1',
        165946,
        11935,
      ),
    }),
    channels: [
      channel({
        name: 'ipv4',
        table: 'master4',
        preference: 100,
        inputFilter: 'ebgp_in4',
        outputFilter: '(unnamed)',
        receiveLimit: limit(200, 'block'),
        importLimit: limit(100, 'restart'),
        exportLimit: limit(500, 'warn'),
        exporting: true,
        hasImportTable: true,
        hasExportTable: true,
        routes: { imported: 2, filtered: 1, exported: 3, preferred: 2 },
        importCounters: counters([3, 0, 1, 0, 2], [0, 0, 0, 1, 0]),
        exportCounters: counters([15, 2, 10, 0, 3], [0, 0, 0, 0, 0]),
        bgp: { ...igp, nextHop: ip('10.0.1.1'), igpTable4: undefined, igpTable6: undefined },
      }),
      channel({
        name: 'ipv6',
        table: 'master6',
        preference: 100,
        exporting: true,
        routes: { imported: 1, filtered: undefined, exported: 0, preferred: 1 },
        importCounters: counters([1, 0, 0, 0, 1], [0, 0, 0, 0, 0]),
        exportCounters: counters([7, 1, 6, 0, 0], [0, 0, 0, 0, 0]),
        bgp: { ...igp, nextHop: ip('10.0.1.1'), igpTable4: undefined, igpTable6: undefined },
      }),
    ],
  });
}

/** A neighbour without a session; its only channel is down. */
export function idlePeer(name: string, view: Partial<ProtocolView>, detail: BgpDetail): ProtocolView {
  const down = channel({ name: 'ipv4', table: 'master4', preference: 100, state: 'DOWN', inputFilter: 'REJECT' });
  return protocol({ name, kind: 'BGP', state: 'start', detail, channels: [down], ...view });
}

export function downPeer(): ProtocolView {
  const noRoute = { class: 'socket', text: 'No route to host' } as const;
  const detail = bgp({
    state: 'Active',
    neighborAddress: ip('10.0.1.77'),
    neighborAs: 65077,
    connectDelay: { remainingMs: 269, totalSeconds: 1 },
    lastError: noRoute,
  });
  return idlePeer('down_peer', {}, detail);
}

function protocols(): ProtocolView[] {
  const roa = (name: string, table: string): ChannelView => channel({ name, table, preference: 100, state: 'DOWN' });
  return [
    protocol({ name: 'device1', kind: 'Device' }),
    protocol({
      name: 'direct1',
      kind: 'Direct',
      channels: [
        channel({ name: 'ipv4', table: 'master4', preference: 240, ...imported(2) }),
        channel({ name: 'ipv6', table: 'master6', preference: 240, ...imported(2) }),
      ],
    }),
    protocol({
      name: 'kernel4',
      kind: 'Kernel',
      table: 'master4',
      channels: [
        channel({
          name: 'ipv4',
          table: 'master4',
          preference: 10,
          outputFilter: '(unnamed)',
          exporting: true,
          routes: { imported: 1, filtered: undefined, exported: 14, preferred: 1 },
          importCounters: counters([1, 0, 0, 0, 1], [0, 0, 0, 0, 0]),
          exportCounters: counters([25, 1, 0, 0, 24], [0, 0, 0, 0, 0]),
        }),
      ],
    }),
    protocol({
      name: 'kernel6',
      kind: 'Kernel',
      table: 'master6',
      channels: [
        channel({
          name: 'ipv6',
          table: 'master6',
          preference: 10,
          outputFilter: 'ACCEPT',
          exporting: true,
          routes: { imported: 0, filtered: undefined, exported: 7, preferred: 0 },
          exportCounters: counters([12, 0, 0, 0, 12], [0, 0, 0, 0, 0]),
        }),
      ],
    }),
    protocol({
      name: 'static4',
      kind: 'Static',
      table: 'master4',
      description: 'local static routes',
      channels: [channel({ name: 'ipv4', table: 'master4', preference: 210, ...imported(8) })],
    }),
    protocol({
      name: 'static6',
      kind: 'Static',
      table: 'master6',
      channels: [channel({ name: 'ipv6', table: 'master6', preference: 200, ...imported(3) })],
    }),
    protocol({
      name: 'sroa',
      kind: 'Static',
      table: 'r4',
      channels: [channel({ name: 'roa4', table: 'r4', preference: 200, ...imported(2) })],
    }),
    protocol({
      name: 'pipe1',
      kind: 'Pipe',
      detail: {
        type: 'pipe',
        table: 'master4',
        peerTable: 'aux4',
        importState: 'up',
        exportState: 'up',
        importFilter: 'REJECT',
        exportFilter: '(unnamed)',
        importLimit: undefined,
        exportLimit: undefined,
        imported: 0,
        exported: 4,
        importCounters: counters([8, 8, 0, 0, 0], [0, 0, 0, 0, 0]),
        exportCounters: counters([17, 0, 13, 0, 4], [0, 0, 0, 0, 0]),
      },
    }),
    meshPeer(),
    externalPeer(),
    idlePeer('dyn', {}, bgp({ state: 'Passive', neighborRange: parsePrefix('10.0.2.0/24')!, neighborAs: 0 })),
    downPeer(),
    idlePeer(
      'disabled_peer',
      { state: 'down', disabled: true },
      bgp({ state: 'Down', neighborAddress: ip('10.0.1.78'), neighborAs: 65078 }),
    ),
    idlePeer('passive_peer', {}, bgp({ state: 'Passive', neighborAddress: ip('10.0.1.79'), neighborAs: 65079 })),
    protocol({
      name: 'rpki1',
      kind: 'RPKI',
      state: 'start',
      info: 'Transport-Error',
      channels: [roa('roa4', 'r4'), roa('roa6', 'r6')],
    }),
    protocol({ name: 'bfd1', kind: 'BFD' }),
  ];
}

// ------------------------------------------------------------------------------------------------------- routes

const MY_TAG = 1024;
const IGP_METRIC = 2;
const KRT_SOURCE = 16;
const KRT_METRIC = 17;

function fixed(prefix: string, rest: Partial<RouteView>): RouteView {
  const route: FakeRoute = { prefix, protocol: 'static4', kind: RouteSourceKind.Static, preference: 210, ...rest };
  return makeRoute({ changedAt: START, ...route });
}

function bgpRoute(
  prefix: string,
  protocolName: string,
  changedAt: number,
  attributes: Attributes,
  rest: Partial<RouteView>,
): RouteView {
  const record = makeRecord({ origin: 0, localPref: 100, ...attributes });
  return makeRoute({
    prefix,
    protocol: protocolName,
    kind: RouteSourceKind.Bgp,
    preference: 100,
    changedAt,
    record,
    ...rest,
  });
}

const viaB = { nextHops: [hop('10.0.0.2', 'eth0')] };
const viaC = { nextHops: [hop('10.0.1.3', 'eth1')] };
const tagged = {
  communities: [[64512, 100]],
  extended: [[0x0002fc00, 100]],
  large: [[64512, 1, 100]],
  extensions: { [MY_TAG]: 100 },
} as const;

function mesh(prefix: string, ms: number, extra: Attributes, asPath: readonly number[] = []): RouteView {
  return bgpRoute(prefix, 'Mesh_10_0_0_2', at(23, ms), { asPath, nextHop: '10.0.0.2', ...extra }, viaB);
}

const MESH_17: Attributes = {
  med: 50,
  localPref: 150,
  communities: [[64512, 42]],
  large: [[64512, 2, 42]],
};

function external(prefix: string, ms: number, extra: Attributes): RouteView {
  return bgpRoute(prefix, 'ebgp_c', at(23, ms), { asPath: [65003], nextHop: '10.0.1.3', ...extra }, viaC);
}

function direct(prefix: string, link: string): RouteView {
  return makeRoute({
    prefix,
    protocol: 'direct1',
    kind: RouteSourceKind.Device,
    preference: 240,
    changedAt: at(21, 372),
    nextHops: [hop(undefined, link)],
  });
}

const blackhole = (prefix: string, rest: Partial<RouteView> = {}): RouteView =>
  fixed(prefix, { destination: 'blackhole', ...rest });

const far = { asPath: [65003, 65101, 65100], med: 10 } as const;

/** Refused by the import filter of ebgp_c, and kept. */
const refused = external('198.51.100.0/24', 31, {});

function master4(): RouteView[] {
  return [
    fixed('10.105.0.0/16', { nextHops: [hop(undefined, 'eth0')] }),
    fixed('10.102.0.0/16', { destination: 'prohibit' }),
    fixed('10.103.0.0/16', viaB),
    mesh('172.16.0.0/16', 73, {}),
    blackhole('10.100.0.0/16'),
    mesh('172.17.0.0/16', 116, MESH_17),
    fixed('10.101.0.0/16', { destination: 'unreachable' }),
    fixed('10.109.0.0/16', {
      ...viaB,
      igpMetric: 5,
      record: makeRecord({ communities: [[1, 2]], extensions: { [IGP_METRIC]: 5, [KRT_METRIC]: 99, [MY_TAG]: 7 } }),
    }),
    makeRoute({
      prefix: '192.168.77.0/24',
      protocol: 'kernel4',
      kind: RouteSourceKind.Inherit,
      preference: 10,
      changedAt: at(21, 373),
      ...viaB,
      record: makeRecord({ extensions: { [KRT_SOURCE]: 4, [KRT_METRIC]: 0 } }),
    }),
    blackhole('10.106.0.0/16'),
    external('203.0.113.0/24', 31, tagged),
    direct('10.0.0.0/24', 'eth0'),
    external('203.0.114.0/24', 72, { ...tagged, ...far }),
    fixed('10.104.0.0/16', { nextHops: [hop('10.0.1.3', 'eth1', 5), hop('10.0.0.2', 'eth0', 2)] }),
    direct('10.0.1.0/24', 'eth1'),
    { ...refused, filtered: true },
  ];
}

function master6(): RouteView[] {
  const static6 = { protocol: 'static6', preference: 200 } as const;
  return [
    fixed('2001:db8:101::/48', { ...static6, nextHops: [hop('2001:db8::2', 'eth0')] }),
    blackhole('2001:db8:100::/48', static6),
    fixed('2001:db8:102::/48', { ...static6, nextHops: [hop('fe80::1', 'eth0')] }),
    bgpRoute(
      '2001:db8:172::/48',
      'Mesh_10_0_0_2',
      at(23, 116),
      { asPath: [], nextHop: '2001:db8::2' },
      { nextHops: [hop('2001:db8::2', 'eth0')], from: ip('10.0.0.2') },
    ),
    bgpRoute(
      '2001:db8:c::/48',
      'ebgp_c',
      at(23, 72),
      { asPath: [65003], nextHop: '10.0.1.3' },
      { ...viaC, syncFailed: true },
    ),
    direct('2001:db8:1::/64', 'eth1'),
    direct('2001:db8::/64', 'eth0'),
  ];
}

/** Tables of other kinds have the same rows with other networks, and no destination. */
function roaTable(): RouteView[] {
  const roa = { protocol: 'sroa', preference: 200, destination: '' as RouteView['destination'] } as const;
  return [fixed('198.51.100.0/22-24 AS65099', roa), fixed('203.0.113.0/24-24 AS65003', roa)];
}

function aux4(): RouteView[] {
  const changedAt = at(21, 372);
  return [
    fixed('10.102.0.0/16', { destination: 'prohibit', changedAt }),
    fixed('10.103.0.0/16', { ...viaB, changedAt }),
    blackhole('10.100.0.0/16', { changedAt }),
    fixed('10.101.0.0/16', { destination: 'unreachable', changedAt }),
  ];
}

/** What ebgp_c makes of master4: the three routes that its filter lets through, with the AS put in front. */
function exportToC(): FakeExport {
  const all = master4().filter((route) => !route.filtered);
  const sentTo = all.filter((route) => route.protocol !== 'ebgp_c');
  const passes = new Set(['172.16.0.0/16', '10.100.0.0/16', '172.17.0.0/16']);
  return {
    preexport: sentTo,
    export: [
      mesh('172.16.0.0/16', 73, {}, [64512]),
      blackhole('10.100.0.0/16', { record: makeRecord({ asPath: [64512] }) }),
      mesh('172.17.0.0/16', 116, MESH_17, [64512]),
    ],
    noexport: sentTo.filter((route) => !passes.has(route.prefix)),
    exported: sentTo.filter((route) => passes.has(route.prefix)),
    examined: all.length,
  };
}

function exportToC6(): FakeExport {
  const sentTo = master6().filter((route) => route.protocol !== 'ebgp_c');
  return { preexport: sentTo, export: [], noexport: sentTo, exported: [], examined: 7 };
}

function statics(): Map<string, StaticRouteView[]> {
  const hops = (
    ...list: [string | undefined, string | undefined, boolean?, boolean?][]
  ): StaticRouteView['target'] => ({
    kind: 'hops',
    hops: list.map(([gateway, interfaceName, bfd = false, active = true]) => ({
      gateway: gateway === undefined ? undefined : ip(gateway),
      interfaceName,
      onlink: false,
      bfd,
      weight: 1,
      active,
    })),
  });
  const roa = { kind: '' as 'blackhole' } as const;
  return new Map<string, StaticRouteView[]>([
    [
      'static4',
      [
        { prefix: '10.100.0.0/16', target: { kind: 'blackhole' } },
        { prefix: '10.101.0.0/16', target: { kind: 'unreachable' } },
        { prefix: '10.102.0.0/16', target: { kind: 'prohibit' } },
        { prefix: '10.103.0.0/16', target: hops(['10.0.0.2', undefined]) },
        { prefix: '10.104.0.0/16', target: hops(['10.0.0.2', undefined], ['10.0.1.3', undefined]) },
        { prefix: '10.105.0.0/16', target: hops([undefined, 'eth0']) },
        { prefix: '10.106.0.0/16', target: { kind: 'recursive', address: ip('10.100.0.9') } },
        { prefix: '10.107.0.0/16', target: hops(['10.0.0.2', undefined, true, false]) },
        { prefix: '10.108.0.0/16', target: hops(['10.9.9.9', undefined, false, false]) },
        { prefix: '10.109.0.0/16', target: hops(['10.0.0.2', undefined]) },
      ],
    ],
    [
      'static6',
      [
        { prefix: '2001:db8:100::/48', target: { kind: 'blackhole' } },
        { prefix: '2001:db8:101::/48', target: hops(['2001:db8::2', undefined]) },
        { prefix: '2001:db8:102::/48', target: hops(['fe80::1', 'eth0']) },
      ],
    ],
    [
      'sroa',
      [
        { prefix: '203.0.113.0/24-24 AS65003', target: roa },
        { prefix: '198.51.100.0/22-24 AS65099', target: roa },
      ],
    ],
  ]);
}

function tables(): TableView[] {
  const table = (name: string, family: string, isDefault: boolean, routes: number): TableView => ({
    name,
    family: family as TableView['family'],
    isDefault,
    networks: routes,
    routes,
  });
  return [
    table('master4', 'ipv4', true, 15),
    table('master6', 'ipv6', true, 7),
    table('aux4', 'ipv4', false, 4),
    table('sorted4', 'ipv4', false, 0),
    table('r4', 'roa4', true, 2),
    table('r6', 'roa6', true, 0),
  ];
}

/** The address of one interface; IPv4 first. */
function address(text: string, length: number, scope: number) {
  return { address: ip(text), length, preferred: true, secondary: false, opposite: undefined, scope };
}

export function nodeA(): FakeHost {
  const host = new FakeHost(CONFIG);
  host.time = new Date(2026, 10, 23, 1, 3, 58, 982).getTime();
  host.statusView = { ...host.statusView, startedAt: START, configuredAt: START };
  host.protocolViews = protocols();
  host.tableViews = tables();
  host.statics = statics();
  host.routesOf.set('master4', master4());
  host.routesOf.set('master6', master6());
  host.routesOf.set('aux4', aux4());
  host.routesOf.set('r4', roaTable());
  host.routesOf.set('import ebgp_c.ipv4', [
    refused,
    external('203.0.113.0/24', 31, {}),
    external('203.0.114.0/24', 72, far),
  ]);
  const exports = exportToC();
  host.exportsOf.set('ebgp_c.ipv4', exports);
  host.exportsOf.set('ebgp_c.ipv6', exportToC6());
  host.routesOf.set('export ebgp_c.ipv4', exports.export);
  const toKernel = master4().filter((route) => !route.filtered && route.protocol !== 'kernel4');
  host.exportsOf.set('kernel4.ipv4', {
    preexport: toKernel,
    export: toKernel,
    noexport: [],
    exported: toKernel,
    examined: 15,
  });
  const since = START;
  host.bfd.set('bfd1', [
    { address: ip('10.0.0.2'), interfaceName: 'eth0', state: 'Down', since, intervalMs: 1000, timeoutMs: 0 },
    { address: ip('10.0.0.2'), interfaceName: undefined, state: 'Up', since, intervalMs: 300, timeoutMs: 900 },
  ]);
  const ether = { master: undefined, up: true, multiAccess: true, adminUp: true, linkUp: true, mtu: 1500 } as const;
  const kinds = { broadcast: true, multicast: true, loopback: false, ignored: false } as const;
  host.interfaceViews = [
    {
      ...ether,
      name: 'lo',
      index: 1,
      mtu: 65536,
      broadcast: false,
      multicast: false,
      loopback: true,
      ignored: true,
      addresses: [address('127.0.0.1', 8, 0), address('::1', 128, 0)],
    },
    {
      ...ether,
      ...kinds,
      name: 'eth0',
      index: 2,
      addresses: [
        address('10.0.0.1', 24, 2),
        address('2001:db8::1', 64, 4),
        address('fe80::b8e8:a9ff:fe12:1fd5', 64, 1),
      ],
    },
    {
      ...ether,
      ...kinds,
      name: 'eth1',
      index: 3,
      addresses: [
        address('10.0.1.1', 24, 2),
        address('2001:db8:1::1', 64, 4),
        address('fe80::208b:cbff:feb8:76ed', 64, 1),
      ],
    },
  ];
  const kB = (value: number): number => Math.round(value * 1024);
  host.memoryView = {
    routingTables: { effective: kB(89.1), overhead: kB(28.9) },
    routeAttributes: { effective: 5414, overhead: kB(10.7) },
    protocols: { effective: kB(94), overhead: kB(37.6) },
    configuration: { effective: kB(44.1), overhead: 936 },
    standby: { effective: 0, overhead: kB(52) },
    total: { effective: kB(261.2), overhead: kB(134.9) },
  };
  return host;
}
