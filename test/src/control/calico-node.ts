/** A node of a Calico cluster in plain data: mesh, a global peer, one that is not there, blocks, a learned default. */
import { parseIp, RouteSourceKind } from '../../../bgp/index.ts';
import type { BgpDetail, ChannelView, ProtocolView } from '../../../src/control/host.ts';
import { FakeHost, hop, makeRecord, makeRoute } from './fake-host.ts';
import { bgp, capabilities, channel, counters, protocol, session } from './node-a.ts';

const CONFIG = `
router id 172.17.0.2;
protocol device { }
protocol direct { interface -"cali*", "*"; }
protocol kernel { learn; persist; scan time 2; import all; export all; graceful restart; }
protocol static { route 10.65.2.0/26 blackhole; route 10.65.3.0/26 blackhole; }
filter pools { if net ~ [ 10.65.0.0/16+ ] then accept; reject; }
template bgp bgp_template {
  local as 64512;
  multihop;
  gateway recursive;
  import all;
  export filter pools;
  add paths on;
  graceful restart;
}
protocol bgp Mesh_172_17_0_3 from bgp_template { neighbor 172.17.0.3 as 64512; }
protocol bgp Mesh_172_17_0_4 from bgp_template { neighbor 172.17.0.4 as 64512; }
protocol bgp Global_172_17_0_250 from bgp_template { neighbor 172.17.0.250 as 64513; }
protocol bgp Node_172_17_0_251 from bgp_template { neighbor 172.17.0.251 as 64514; disabled; }
`;

export const START = new Date(2026, 10, 23, 12, 0, 0).getTime();
/** The clock of the node; `START` is minutes ago. */
export const NOW = START + 5 * 60_000;

const ipv4 = { afi: 1, safi: 1 };
const ip = (text: string) => parseIp(text)!;

function peerChannel(view: Partial<ChannelView> = {}): ChannelView {
  return channel({
    name: 'ipv4',
    table: 'master',
    preference: 100,
    outputFilter: 'pools',
    exporting: true,
    routes: { imported: 2, filtered: undefined, exported: 2, preferred: 2 },
    importCounters: counters([2, 0, 0, 0, 2], [0, 0, 0, 0, 0]),
    exportCounters: counters([7, 2, 3, 0, 2], [0, 0, 0, 0, 0]),
    ...view,
  });
}

function established(address: string, as: number, internal: boolean): BgpDetail {
  const caps = capabilities({
    gracefulRestart: { restartTimeSeconds: 120, recovering: false, supported: [ipv4], preserved: [] },
    addPath: { receive: [ipv4], send: [ipv4] },
  });
  const view = {
    neighborId: 0xac110003,
    localCapabilities: caps,
    neighborCapabilities: caps,
    internal,
    multihop: true,
  };
  return bgp({
    state: 'Established',
    neighborAddress: ip(address),
    neighborAs: as,
    session: session(view, '172.17.0.2', 206_400, 50_100),
  });
}

export function peer(name: string, detail: BgpDetail, view: Partial<ProtocolView> = {}): ProtocolView {
  return protocol({ name, kind: 'BGP', since: START, detail, channels: [peerChannel()], ...view });
}

export function meshPeer(name: string, address: string, view: Partial<ProtocolView> = {}): ProtocolView {
  return peer(name, established(address, 64512, true), view);
}

/** A peer whose routes are known and who hears nothing before recovery is over. */
export function recoveringPeer(name: string, address: string, pending: boolean): ProtocolView {
  const recovery = { pending, waiting: true };
  return meshPeer(name, address, { channels: [peerChannel({ recovery, exporting: false })] });
}

export function absentPeer(name: string, address: string): ProtocolView {
  const detail = bgp({
    state: 'Active',
    neighborAddress: ip(address),
    neighborAs: 64513,
    connectDelay: { remainingMs: 2_400, totalSeconds: 5 },
    lastError: { class: 'socket', text: 'Connection refused' },
  });
  return peer(name, detail, { state: 'start', channels: [peerChannel({ state: 'DOWN', exporting: false })] });
}

function iBgpRecord(nextHop: string) {
  return makeRecord({
    origin: 0,
    asPath: [],
    nextHop,
    localPref: 100,
    communities: [[64512, 7]],
    large: [[64512, 1, 2]],
  });
}

/** @param more further protocols, behind the static one. */
export function calicoNode(more?: readonly ProtocolView[]): FakeHost {
  const host = new FakeHost(CONFIG, 'bird1');
  host.time = NOW;
  host.statusView = { ...host.statusView, routerId: 0xac110002, startedAt: START, configuredAt: START + 1000 };
  const quiet = counters([2, 0, 0, 0, 2], [0, 0, 0, 0, 0]);
  const own = (preference: number, view: Partial<ChannelView> = {}): ChannelView =>
    channel({
      name: 'ipv4',
      table: 'master',
      preference,
      routes: { imported: 2, filtered: undefined, exported: 0, preferred: 2 },
      importCounters: quiet,
      ...view,
    });
  host.protocolViews = [
    protocol({ name: 'static1', kind: 'Static', table: 'master', since: START, channels: [own(200)] }),
    protocol({
      name: 'kernel1',
      kind: 'Kernel',
      table: 'master',
      since: START,
      channels: [own(10, { outputFilter: 'ACCEPT', exporting: true })],
    }),
    protocol({ name: 'device1', kind: 'Device', since: START }),
    protocol({ name: 'direct1', kind: 'Direct', since: START - 24 * 3_600_000, channels: [own(240)] }),
    ...(more ?? [
      meshPeer('Mesh_172_17_0_3', '172.17.0.3'),
      meshPeer('Mesh_172_17_0_4', '172.17.0.4'),
      absentPeer('Global_172_17_0_250', '172.17.0.250'),
    ]),
  ];
  host.tableViews = [{ name: 'master', family: 'ipv4', isDefault: true, networks: 5, routes: 7 }];
  const bgpPart = { suppressed: false, stale: false, metric: { kind: 'igp', value: 0 } } as const;
  const common = { changedAt: START + 1000 };
  const fromPeer = { ...common, kind: RouteSourceKind.Bgp, preference: 100, bgp: bgpPart } as const;
  host.routesOf.set('master', [
    makeRoute({
      ...common,
      prefix: '0.0.0.0/0',
      protocol: 'kernel1',
      kind: RouteSourceKind.Inherit,
      preference: 10,
      nextHops: [hop('172.17.0.1', 'eth0')],
      record: makeRecord({ extensions: { 16: 3, 17: 100 } }),
    }),
    makeRoute({
      ...common,
      prefix: '10.65.2.0/26',
      protocol: 'static1',
      kind: RouteSourceKind.Static,
      preference: 200,
      destination: 'blackhole',
    }),
    makeRoute({
      ...common,
      prefix: '172.17.0.0/16',
      protocol: 'direct1',
      kind: RouteSourceKind.Device,
      preference: 240,
      nextHops: [hop(undefined, 'eth0')],
    }),
    makeRoute({
      ...fromPeer,
      prefix: '10.65.7.0/26',
      protocol: 'Mesh_172_17_0_3',
      nextHops: [hop('172.17.0.3', 'eth0')],
      from: ip('172.17.0.3'),
      record: iBgpRecord('172.17.0.3'),
    }),
    makeRoute({
      ...fromPeer,
      prefix: '10.65.7.0/26',
      protocol: 'Mesh_172_17_0_4',
      primary: false,
      lostAt: 'router id',
      nextHops: [hop('172.17.0.4', 'eth0')],
      from: ip('172.17.0.4'),
      record: iBgpRecord('172.17.0.4'),
    }),
    makeRoute({
      ...fromPeer,
      prefix: '10.65.8.0/26',
      protocol: 'Global_172_17_0_250',
      bgp: { suppressed: false, stale: true, metric: undefined },
      nextHops: [hop('172.17.0.1', 'eth0')],
      from: ip('172.17.0.250'),
      record: makeRecord({ origin: 2, asPath: [64513, 65001], nextHop: '172.17.0.250', localPref: 100, med: 5 }),
    }),
    makeRoute({
      ...fromPeer,
      prefix: '10.65.9.0/26',
      protocol: 'Mesh_172_17_0_3',
      destination: 'unreachable',
      bgp: { suppressed: false, stale: false, metric: { kind: 'unresolvable' } },
      from: ip('172.17.0.3'),
      record: iBgpRecord('192.0.2.9'),
    }),
  ]);
  const blocks = [...host.routesOf.get('master')!].filter((route) => route.protocol === 'static1');
  host.exportsOf.set('Mesh_172_17_0_3.ipv4', {
    preexport: blocks,
    export: blocks,
    noexport: [],
    exported: blocks,
    examined: 5,
  });
  host.statics.set('static1', [
    { prefix: '10.65.2.0/26', target: { kind: 'blackhole' } },
    {
      prefix: '10.65.4.0/26',
      target: {
        kind: 'hops',
        hops: [
          { gateway: ip('172.17.0.9'), interfaceName: undefined, onlink: false, bfd: false, weight: 1, active: false },
        ],
      },
    },
    {
      prefix: '10.65.5.0/26',
      target: {
        kind: 'hops',
        hops: [
          { gateway: ip('172.17.0.8'), interfaceName: undefined, onlink: false, bfd: false, weight: 1, active: true },
          { gateway: ip('172.17.0.9'), interfaceName: undefined, onlink: false, bfd: true, weight: 3, active: true },
        ],
      },
    },
  ]);
  return host;
}
