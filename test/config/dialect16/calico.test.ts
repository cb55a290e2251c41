/** Whole configurations of Calico nodes, in every shape that there is: they load without a word, and mean what they say. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExtensionAttribute, type FamilyName, type Ip, type Policy, RouteSourceKind } from '../../../bgp/index.ts';
import { type BgpConfig, type DaemonConfig, DebugMask, type KernelConfig } from '../../../config/index.ts';
import { type CalicoNode, filterName, renderCalico } from '../../support/calico/render.ts';
import { hop, TestRoute, verdictOf } from '../filter/support.ts';
import { loaded, loadedFiles, only } from './texts.ts';

const LOCAL_PREF = 5;
const COMMUNITY = 8;
const LARGE_COMMUNITY = 32;

interface Facts {
  readonly source?: RouteSourceKind;
  readonly ifname?: string;
  readonly metric?: number;
  readonly localPref?: number;
  readonly nextHop?: string;
  readonly communities?: readonly (readonly [number, number])[];
  readonly path?: readonly number[];
}

function route(prefix: string, facts: Facts = {}): TestRoute {
  const { source = RouteSourceKind.Bgp, ifname = 'eth0', metric, localPref, nextHop, communities, path } = facts;
  const made = Object.assign(new TestRoute(prefix), { source });
  const gateway = made.version === 4 ? '192.0.2.1' : 'fe80::1';
  made.nextHop = ifname === '' ? { kind: 'blackhole' } : { kind: 'hops', hops: [hop(gateway, ifname)] };
  if (metric !== undefined) made.attributes.setExtensionU32(ExtensionAttribute.KrtMetric, metric);
  if (localPref !== undefined) made.attributes.setU32(LOCAL_PREF, localPref);
  if (nextHop !== undefined) made.attributes.setNextHop(nextHop as Ip);
  if (communities !== undefined) {
    made.attributes.setWords(
      COMMUNITY,
      Uint32Array.from(communities, ([high, low]) => high * 65536 + low),
    );
  }
  const segment = Buffer.alloc(path === undefined ? 0 : 2 + 4 * path.length);
  for (const [i, asn] of (path ?? []).entries()) segment.writeUInt32BE(asn, 2 + 4 * i);
  if (path !== undefined) segment.set([2, path.length]);
  made.attributes.setAsPath(segment);
  return made;
}

/** A route of ours towards a neighbour: nothing but the interface and what the kernel said. */
const own = (prefix: string, facts: Facts = {}): TestRoute =>
  route(prefix, { source: RouteSourceKind.Static, ifname: '', localPref: 100, ...facts });

const metricOf = ({ attributes }: TestRoute): number | undefined =>
  attributes.extension(ExtensionAttribute.KrtMetric) === undefined
    ? undefined
    : attributes.extensionU32(ExtensionAttribute.KrtMetric);

function tunnelOf({ attributes }: TestRoute): string | undefined {
  const value = attributes.extension(ExtensionAttribute.KrtTunnel);
  return value === undefined ? undefined : Buffer.from(value).toString();
}

function session(config: DaemonConfig, name: string): BgpConfig {
  const found = config.protocols.find((protocol) => protocol.name === name);
  assert.ok(found?.kind === 'bgp', name);
  return found;
}

const imports = (config: DaemonConfig, name: string): Policy => session(config, name).channels[0]!.importPolicy;
const exports = (config: DaemonConfig, name: string): Policy => session(config, name).channels[0]!.exportPolicy;
const kernel = (config: DaemonConfig): KernelConfig => only(config, 'kernel');
const intoKernel = (config: DaemonConfig, one: TestRoute): string =>
  verdictOf(kernel(config).channel.exportPolicy, one);

/** Files of a node: loaded without an error and without a warning. */
function node(parts: Partial<CalicoNode>): DaemonConfig {
  const whole: CalicoNode = {
    version: 4,
    routerId: '198.51.100.5',
    as: 65010,
    address: parts.version === 6 ? '2001:db8:5::5' : '198.51.100.5',
    subnet: '198.51.100.0/24',
    ...parts,
  };
  const family: FamilyName = whole.version === 4 ? 'ipv4' : 'ipv6';
  const { config, warnings } = loadedFiles(renderCalico(whole), family);
  assert.deepEqual(warnings, []);
  assert.deepEqual(config.notActive, []);
  return config;
}

/** One file with a bit of everything. */
const EVERYTHING = `
function apply_communities () { if ( net ~ 10.9.0.0/16 ) then { bgp_community.add((65010, 7)); bgp_large_community.add((65010, 1, 2)); } }
template kernel kernel_template { learn; persist; scan time 2; import all; }
template direct direct_template { debug { states }; interface -"bond1", -"cali*", -"kube-ipvs*", "*"; }
template static static_template { route 10.9.4.0/26 blackhole; route 10.96.0.0/12 blackhole; route 192.0.2.1/32 via 198.51.100.1; }
protocol static from static_template { }
function calico_aggr ()
{
      if ( net = 10.9.4.0/26 ) then { accept; }
      if ( net ~ 10.9.4.0/26 && krt_metric < 1024 ) then { accept; }
      if ( net ~ 10.9.4.0/26 ) then { reject; }
}
function reject_local_routes () { if (defined(ifname)) then { if (ifname ~ "bpf*.cali") then { reject; } } }
function calico_export_to_bgp_peers(bool internal_peer) {
  if (net ~ 10.8.0.0/16) then { reject; } # not for others
  if (internal_peer) then { if (defined(ifname)) then { if ((ifname ~ "*.cali") || (ifname ~ "*.calico") || (ifname ~ "tunl0")) then { reject; } } }
  reject_local_routes();
  apply_communities();
  calico_aggr();
  if ( net ~ 10.96.0.0/12 ) then { accept; }
  if (net ~ 10.9.0.0/16) then { accept; }
}
filter calico_kernel_programming {
  if ( net ~ 10.96.0.0/12 ) then { reject; }
  if (defined(source) && (source = RTS_BGP) && !defined(krt_metric)) then {
      krt_metric = 1024;
      if (defined(bgp_local_pref)) then { krt_metric = 2147483647 - bgp_local_pref; }
      if (krt_metric < 1024) then { preference = 200; }
  }
  if (defined(bgp_next_hop) && bgp_next_hop = 198.51.100.9) then { reject; } # encrypted elsewhere
  if (net ~ 10.9.0.0/16) then { if (defined(bgp_next_hop)&&(bgp_next_hop ~ 198.51.100.0/24)) then krt_tunnel=""; else krt_tunnel="tunl0"; accept; }
  accept;
}
router id 198.51.100.5;
listen bgp address 198.51.100.5 port 1790;
protocol kernel from kernel_template { export filter calico_kernel_programming; graceful restart; merge paths on; }
protocol device { debug { states }; scan time 2; }
protocol direct from direct_template { }
template bgp bgp_template {
  debug { states, routes, filters, events };
  description "Connection to BGP peer";
  local as 65010; gateway recursive; add paths on; graceful restart;
  connect delay time 2; connect retry time 5; error wait time 5,30;
}
function 'bgp_tor-in_importFilterV4'(bool is_same_as) {
  if (!is_same_as) then { if ((net !~ 10.78.0.0/16)&&((65010, 7) ~ bgp_community)) then { bgp_local_pref = 2147483135; accept; } }
  if ((net ~ [ 10.0.0.0/8{16,28} ])&&((defined(ifname))&&(ifname ~ "eth*"))&&(bgp_path ~ [= 65020 * =])) then { reject; }
}
protocol bgp Node_192_0_2_1_port_1790 from bgp_template {
  local as 65011;
  neighbor 192.0.2.1 port 1790 as 65020;
  source address 198.51.100.5;
  ttl security on;
  multihop 2;
  import filter {
    'bgp_tor-in_importFilterV4'(false);
    if (defined(bgp_local_pref)&&(bgp_local_pref > 2147482623)) then
      preference = 200;
    accept;
  };
  export filter {
    if (defined(source) && source = RTS_BGP && defined(bgp_local_pref)) then {
      krt_metric = 2147483647 - bgp_local_pref;
    } else {
      if (!defined(krt_metric)) then { krt_metric = 1024; }
      bgp_local_pref = 2147483647 - krt_metric;
    }
    calico_export_to_bgp_peers(false);
    reject;
  };
  graceful restart time 10; keepalive time 30; password "example"; next hop keep; allow local as 1;
}
`;

describe('a bit of everything', () => {
  const read = loaded(EVERYTHING);
  const { config } = read;
  const peer = session(config, 'Node_192_0_2_1_port_1790');
  const [channel] = peer.channels;

  it('is read without a word', () => assert.deepEqual(read.warnings, []));

  it('is protocols in the order of the file, with names of their own', () => {
    const names = config.protocols.map(({ kind, name }) => `${kind} ${name}`);
    const last = 'bgp Node_192_0_2_1_port_1790';
    assert.deepEqual(names, ['static static1', 'kernel kernel1', 'device device1', 'direct direct1', last]);
    assert.deepEqual(
      config.tables.map(({ name, family }) => `${name} ${family}`),
      ['master ipv4'],
    );
    assert.equal(config.routerId, 0xc6336405);
  });

  it('learns from the kernel and leaves routes in it', () => {
    const { channel: routes, ...rest } = kernel(config);
    const { learn, persist, scanTime, gracefulRestart, mergePaths, metric, kernelTable } = rest;
    const options = { learn, persist, scanTime, gracefulRestart, mergePaths, metric, kernelTable };
    const wanted = { learn: 'on', persist: true, scanTime: 2, gracefulRestart: true, mergePaths: 16 };
    assert.deepEqual(options, { ...wanted, metric: 0, kernelTable: 254 });
    assert.deepEqual([routes.table, routes.preference], ['master', 10]);
  });

  it('looks at interfaces, those of pods aside', () => {
    assert.equal(only(config, 'device').scanTime, 2);
    assert.equal(only(config, 'device').debug, DebugMask.states);
    const { interfaces, channels } = only(config, 'direct');
    const patterns = interfaces.map(({ negative, glob }) => `${negative ? '-' : ''}${glob}`);
    assert.deepEqual(patterns, ['-bond1', '-cali*', '-kube-ipvs*', '*']);
    assert.deepEqual(
      channels.map(({ family, preference }) => [family, preference]),
      [['ipv4', 240]],
    );
  });

  it('has routes of its own', () => {
    const { routes, channel: into } = only(config, 'static');
    assert.equal(into.preference, 200);
    assert.deepEqual(
      routes.map(({ target }) => (target.kind === 'hops' ? target.hops[0]!.gateway : target.kind)),
      ['blackhole', 'blackhole', '198.51.100.1'],
    );
  });

  it('has a session', () => {
    const said = { as: peer.localAs, from: peer.localAddress, to: peer.neighborAddress, port: peer.neighborPort };
    assert.deepEqual(said, { as: 65011, from: '198.51.100.5', to: '192.0.2.1', port: 1790 });
    assert.deepEqual([peer.neighborAs, peer.multihop, peer.ttlSecurity, peer.password], [65020, 2, true, 'example']);
    assert.deepEqual([peer.listenAddress, peer.localPort], ['198.51.100.5', 1790]);
    assert.deepEqual([peer.gracefulRestart, peer.gracefulRestartTime, peer.keepaliveTime], ['on', 10, 30]);
    assert.deepEqual([peer.connectDelayTime, peer.connectRetryTime], [2, 5]);
    assert.deepEqual([peer.errorWaitTimeMin, peer.errorWaitTimeMax, peer.allowLocalAs], [5, 30, 1]);
    assert.deepEqual([peer.description, peer.holdTime, peer.passive], ['Connection to BGP peer', 240, false]);
    assert.equal(peer.debug, DebugMask.states | DebugMask.routes | DebugMask.filters | DebugMask.events);
    assert.ok(channel?.addPathsReceive && channel.addPathsSend && channel.preparedExport);
    assert.deepEqual([channel.gateway, channel.nextHopKeep, channel.nextHopSelf], ['recursive', 'all', 'off']);
    assert.deepEqual([channel.table, channel.preference], ['master', 100]);
  });

  it('takes routes as its filter says', () => {
    const raised = route('10.77.0.0/16', { communities: [[65010, 7]], path: [65020], localPref: 100 });
    assert.equal(verdictOf(channel!.importPolicy, raised), 'accept');
    assert.deepEqual([raised.attributes.u32(LOCAL_PREF), raised.preference], [2147483135, 100]);
    const low = route('10.77.0.0/16', { path: [65020, 65030], localPref: 100 });
    assert.equal(verdictOf(channel!.importPolicy, low), 'reject');
    const other = route('10.77.0.0/16', { path: [65030, 65020], localPref: 100 });
    assert.equal(verdictOf(channel!.importPolicy, other), 'accept');
    const long = route('10.77.0.0/29', { path: [65020], localPref: 2147482624 });
    assert.equal(verdictOf(channel!.importPolicy, long), 'accept');
    assert.equal(long.preference, 200);
    const elsewhere = route('10.77.0.0/16', { path: [65020], ifname: 'bond1' });
    assert.equal(verdictOf(channel!.importPolicy, elsewhere), 'accept');
  });

  it('sends blocks whole, what is elevated apart from them, and communities with both', () => {
    const block = own('10.9.4.0/26');
    assert.equal(verdictOf(channel!.exportPolicy, block), 'accept');
    assert.equal(block.attributes.u32(LOCAL_PREF), 2147482623);
    assert.deepEqual([...block.attributes.words(COMMUNITY)!], [65010 * 65536 + 7]);
    assert.deepEqual([...block.attributes.words(LARGE_COMMUNITY)!], [65010, 1, 2]);
    const pod = own('10.9.4.7/32', { source: RouteSourceKind.Inherit, ifname: 'cali1', metric: 1024 });
    assert.equal(verdictOf(channel!.exportPolicy, pod), 'reject');
    const elevated = own('10.9.4.7/32', { source: RouteSourceKind.Inherit, ifname: 'cali1', metric: 512 });
    assert.equal(verdictOf(channel!.exportPolicy, elevated), 'accept');
    assert.equal(elevated.attributes.u32(LOCAL_PREF), 2147483135);
    const unset = own('10.9.4.7/32', { source: RouteSourceKind.Inherit, ifname: 'cali1', metric: 0 });
    assert.equal(verdictOf(channel!.exportPolicy, unset), 'accept');
    assert.equal(unset.attributes.u32(LOCAL_PREF), 2147483647);
    const service = own('10.96.1.0/24');
    assert.equal(verdictOf(channel!.exportPolicy, service), 'accept');
    assert.equal(service.attributes.words(COMMUNITY), undefined);
    assert.equal(verdictOf(channel!.exportPolicy, own('10.8.1.0/26')), 'reject');
    assert.equal(verdictOf(channel!.exportPolicy, own('203.0.113.0/24')), 'reject');
    const tunnelled = own('10.9.5.0/26', { ifname: 'tunl0' });
    assert.equal(verdictOf(channel!.exportPolicy, tunnelled), 'accept', 'others may have it');
  });

  it('programs the kernel', () => {
    const near = route('10.9.5.0/26', { nextHop: '198.51.100.7', localPref: 2147482623 });
    assert.equal(intoKernel(config, near), 'accept');
    assert.deepEqual([metricOf(near), tunnelOf(near)], [1024, '']);
    const far = route('10.9.6.0/26', { nextHop: '203.0.113.7', localPref: 2147483135 });
    assert.equal(intoKernel(config, far), 'accept');
    assert.deepEqual([metricOf(far), tunnelOf(far), far.preference], [512, 'tunl0', 200]);
    const external = route('0.0.0.0/0', { nextHop: '192.0.2.1', localPref: 100 });
    assert.equal(intoKernel(config, external), 'accept');
    assert.deepEqual([metricOf(external), tunnelOf(external)], [2147483547, undefined]);
    assert.equal(intoKernel(config, route('10.96.0.0/12', { localPref: 100 })), 'reject');
    assert.equal(intoKernel(config, route('10.96.3.4/32', { localPref: 100 })), 'reject');
    assert.equal(intoKernel(config, route('10.9.7.0/26', { nextHop: '198.51.100.9', localPref: 100 })), 'reject');
    const block = own('10.9.4.0/26');
    assert.equal(intoKernel(config, block), 'accept');
    assert.equal(metricOf(block), undefined);
  });
});

describe('nodes', () => {
  it('in a mesh: the lower address waits', () => {
    const config = node({
      peers: [
        { kind: 'Mesh', address: '198.51.100.2', as: 65010 },
        { kind: 'Mesh', address: '198.51.100.9', as: 65010, passive: true },
      ],
      pools: [{ cidr: '10.9.0.0/16', mode: 'none' }],
      blocks: [{ cidr: '10.9.4.0/26' }],
    });
    const active = session(config, 'Mesh_198_51_100_2');
    assert.deepEqual([active.passive, active.multihop, active.ttlSecurity], [false, 64, false]);
    assert.equal(active.neighborKind ?? active.neighborAs, 65010);
    assert.equal(session(config, 'Mesh_198_51_100_9').passive, true);
    const taken = route('10.9.5.0/26', { localPref: 2147482623 });
    assert.equal(verdictOf(imports(config, 'Mesh_198_51_100_2'), taken), 'accept');
    assert.equal(taken.preference, 100);
  });

  it('behind route reflectors, and being one', () => {
    const client = node({ peers: [{ kind: 'Global', address: '198.51.100.20', as: 65010 }] });
    assert.equal(session(client, 'Global_198_51_100_20').rrClient, false);
    const reflector = node({
      peers: [
        { kind: 'Node', address: '198.51.100.7', as: 65010, clusterId: '244.0.0.1' },
        { kind: 'Node', address: '198.51.100.8', as: 65010 },
      ],
      services: ['10.96.0.10/32'],
      reflects: ['10.96.0.0/12'],
    });
    const to = session(reflector, 'Node_198_51_100_7');
    assert.deepEqual([to.rrClient, to.rrClusterId], [true, 0xf4000001]);
    assert.equal(session(reflector, 'Node_198_51_100_8').rrClient, false);
    assert.equal(verdictOf(to.channels[0]!.exportPolicy, route('10.96.7.7/32', { localPref: 100 })), 'accept');
    assert.equal(verdictOf(to.channels[0]!.exportPolicy, route('10.200.0.0/16', { localPref: 100 })), 'reject');
  });

  it('with a switch of another AS: next hops, our AS in paths, a second AS of ours, ports, passwords', () => {
    const config = node({
      listen: { address: true, port: 1790 },
      peers: [
        {
          ...{ kind: 'Global', address: '198.51.100.1', as: 65020, localAs: 65011, port: 1790, source: false },
          ...{ restartTime: 10, keepaliveTime: 30, password: "it's {a} ~secret; #5 \\n", nextHop: 'self' },
          ...{ allowLocalAs: 1, ttlSecurity: 1 },
        },
        { kind: 'Local_Workload', address: '10.9.4.9', as: 65401 },
      ],
    });
    const tor = session(config, 'Global_198_51_100_1_port_1790');
    assert.deepEqual(
      [tor.localAs, tor.neighborAs, tor.neighborPort, tor.localAddress],
      [65011, 65020, 1790, undefined],
    );
    assert.deepEqual([tor.gracefulRestartTime, tor.keepaliveTime, tor.allowLocalAs], [10, 30, 1]);
    assert.deepEqual([tor.ttlSecurity, tor.multihop, tor.channels[0]!.nextHopSelf], [true, 1, 'all']);
    assert.equal(tor.password, "it's {a} ~secret; #5 \\n");
    assert.equal(session(config, 'Local_Workload_10_9_4_9').neighborAs, 65401);
    for (const { listenAddress, localPort } of [tor, session(config, 'Local_Workload_10_9_4_9')]) {
      assert.deepEqual([listenAddress, localPort], ['198.51.100.5', 1790]);
    }
  });

  it('with pools of every mode', () => {
    const config = node({
      pools: [
        { cidr: '10.1.0.0/16', mode: 'none' },
        { cidr: '10.2.0.0/16', mode: 'ipip', programmed: true },
        { cidr: '10.3.0.0/16', mode: 'ipip-cross-subnet', programmed: true },
        { cidr: '10.4.0.0/16', mode: 'vxlan' },
        { cidr: '10.5.0.0/16', mode: 'none', programmed: false },
        { cidr: '10.6.0.0/16', mode: 'none', exported: false },
      ],
      peers: [{ kind: 'Global', address: '198.51.100.1', as: 65020 }],
    });
    const near = { nextHop: '198.51.100.7', localPref: 2147482623 };
    const far = { nextHop: '203.0.113.7', localPref: 2147482623 };
    const cases: readonly [string, Facts, string, string | undefined][] = [
      ['10.1.5.0/26', near, 'accept', undefined],
      ['10.2.5.0/26', near, 'accept', 'tunl0'],
      ['10.3.5.0/26', near, 'accept', ''],
      ['10.3.5.0/26', far, 'accept', 'tunl0'],
      ['10.4.5.0/26', near, 'reject', undefined],
      ['10.5.5.0/26', near, 'reject', undefined],
      ['10.6.5.0/26', near, 'accept', undefined],
      ['172.20.0.0/16', near, 'accept', undefined],
    ];
    for (const [prefix, facts, verdict, tunnel] of cases) {
      const one = route(prefix, facts);
      assert.deepEqual([intoKernel(config, one), tunnelOf(one)], [verdict, tunnel], prefix);
    }
    const out = exports(config, 'Global_198_51_100_1');
    const sent = (prefix: string): string => verdictOf(out, route(prefix, { localPref: 100, ifname: 'tunl0' }));
    assert.deepEqual(['10.1.5.0/26', '10.4.5.0/26', '10.6.5.0/26'].map(sent), ['accept', 'accept', 'reject']);
  });

  it('of VXLAN alone keep their own routes out of the kernel, and tunnels of others from internal peers', () => {
    const config = node({
      pools: [{ cidr: '10.9.0.0/16', mode: 'vxlan' }],
      blocks: [{ cidr: '10.9.4.0/26' }],
      peers: [
        { kind: 'Mesh', address: '198.51.100.2', as: 65010 },
        { kind: 'Global', address: '198.51.100.1', as: 65020 },
      ],
    });
    assert.equal(intoKernel(config, own('10.9.4.0/26')), 'reject');
    const learned = (ifname: string): TestRoute =>
      route('10.9.7.0/26', { source: RouteSourceKind.Inherit, ifname, localPref: 100, metric: 1024 });
    for (const ifname of ['vxlan.calico', 'wireguard.cali', 'tunl0']) {
      assert.equal(verdictOf(exports(config, 'Mesh_198_51_100_2'), learned(ifname)), 'reject', ifname);
      assert.equal(verdictOf(exports(config, 'Global_198_51_100_1'), learned(ifname)), 'accept', ifname);
    }
    assert.equal(verdictOf(exports(config, 'Global_198_51_100_1'), learned('bpfin.cali')), 'reject');
    assert.equal(verdictOf(exports(config, 'Mesh_198_51_100_2'), own('10.9.4.0/26')), 'accept');
  });

  it('with filters of users, under long names as well', () => {
    const long = 'a-filter-with-a-name-that-is-longer-than-names-may-be.example';
    const incoming = filterName(long, 'import', 4);
    assert.match(incoming, /^bgp_a-filter-with-a-name-that-is_[0-9A-F]{16}_importFilterV4$/);
    const outgoing = filterName('out.1', 'export', 4);
    const config = node({
      pools: [{ cidr: '10.9.0.0/16', mode: 'none' }],
      peers: [
        {
          ...{ kind: 'Global', address: '198.51.100.1', as: 65020 },
          importFilters: [{ name: incoming, asks: true }],
          exportFilters: [{ name: outgoing }],
        },
        { kind: 'Mesh', address: '198.51.100.2', as: 65010, importFilters: [{ name: incoming, asks: true }] },
      ],
      filters: [
        {
          ...{ name: incoming, asks: true },
          lines: [
            'if (is_same_as) then { if ((net = 10.9.0.0/26)) then { reject; } }',
            'if (!is_same_as) then { if ((net != 10.9.0.0/26)&&((65020, 5) ~ bgp_community)) then { bgp_community.add((65010, 1)); bgp_path.prepend(65031); bgp_path.prepend(65030); bgp_local_pref = 2147483135; accept; } }',
            'if ((65020, 1, 1) ~ bgp_large_community) then { reject; }',
            'if ((net !~ [ 10.0.0.0/8{8,32} ])&&((defined(source))&&(source ~ [ RTS_BGP ]))) then { reject; }',
          ],
        },
        {
          name: outgoing,
          lines: [
            'if ((net ~ 172.16.0.0/12)&&(defined(bgp_local_pref)&&(bgp_local_pref = 2147482623))) then { accept; }',
            'if ((bgp_path ~ [= 65020 65030 * =])) then { reject; }',
          ],
        },
      ],
    });
    const [tor, mesh] = ['Global_198_51_100_1', 'Mesh_198_51_100_2'];
    const marked = route('10.10.0.0/16', { communities: [[65020, 5]], path: [65020], localPref: 100 });
    assert.equal(verdictOf(imports(config, tor!), marked), 'accept');
    const path = Buffer.from(marked.attributes.asPath()!).toString('hex');
    assert.equal(path, '02030000fe060000fe070000fdfc');
    assert.equal(marked.attributes.u32(LOCAL_PREF), 2147483135);
    assert.equal(marked.preference, 100, 'accepted before the preference is raised');
    assert.equal(verdictOf(imports(config, mesh!), route('10.9.0.0/26', { localPref: 100 })), 'reject');
    assert.equal(verdictOf(imports(config, tor!), route('10.9.0.0/26', { localPref: 100 })), 'accept');
    assert.equal(verdictOf(imports(config, tor!), route('203.0.113.0/24', { localPref: 100 })), 'reject');
    const normal = own('172.20.0.0/16');
    assert.equal(verdictOf(exports(config, tor!), normal), 'accept', 'past all that Calico would ask');
    const back = route('10.9.8.0/26', { localPref: 2147482623, path: [65020, 65030, 65040] });
    assert.equal(verdictOf(exports(config, tor!), back), 'reject');
  });

  it('with services, their ranges, static routes and communities', () => {
    const config = node({
      pools: [{ cidr: '10.9.0.0/16', mode: 'none' }],
      services: ['10.96.0.0/12', '203.0.113.7/32'],
      rejected: ['10.96.0.0/12', '203.0.113.0/24'],
      reachable: [{ net: '192.0.2.1/32', via: '198.51.100.1' }],
      communities: [
        { cidr: '10.96.0.0/12', values: ['65010:96', '65010:9:6'] },
        { cidr: '203.0.113.7/32', values: ['65535:65281'] },
      ],
      peers: [{ kind: 'Node', address: '192.0.2.1', as: 65020 }],
    });
    const { routes } = only(config, 'static');
    assert.equal(routes.length, 3);
    const service = own('203.0.113.7/32');
    assert.equal(verdictOf(exports(config, 'Node_192_0_2_1'), service), 'accept');
    assert.deepEqual([...service.attributes.words(COMMUNITY)!], [0xffffff01]);
    for (const prefix of ['10.96.0.0/12', '10.96.7.7/32', '203.0.113.7/32']) {
      assert.equal(intoKernel(config, route(prefix, { localPref: 100 })), 'reject', prefix);
    }
    assert.equal(intoKernel(config, own('192.0.2.1/32', { ifname: 'eth0' })), 'accept');
  });

  it('that encrypt what goes to some neighbours', () => {
    const config = node({
      pools: [{ cidr: '10.9.0.0/16', mode: 'none' }],
      wireGuardPeers: ['198.51.100.9'],
    });
    const towards = (nextHop: string): TestRoute => route('10.9.7.0/26', { nextHop, localPref: 100 });
    assert.equal(intoKernel(config, towards('198.51.100.9')), 'reject');
    assert.equal(intoKernel(config, towards('198.51.100.8')), 'accept');
  });

  it('with blocks in every state, and priorities of another size', () => {
    const config = node({
      priority: 2048,
      pools: [{ cidr: '10.9.0.0/16', mode: 'none' }],
      blocks: [
        { cidr: '10.9.1.0/26' },
        { cidr: '10.9.2.0/26', state: 'confirmed' },
        { cidr: '10.9.3.0/26', state: 'pending' },
        { cidr: '10.9.4.0/26', state: 'pendingDeletion' },
        { cidr: '10.9.5.5/32' },
      ],
      peers: [{ kind: 'Mesh', address: '198.51.100.2', as: 65010 }],
    });
    assert.equal(only(config, 'static').routes.length, 3);
    const pod = (prefix: string, metric: number): string =>
      verdictOf(
        exports(config, 'Mesh_198_51_100_2'),
        own(prefix, { source: RouteSourceKind.Inherit, ifname: 'cali1', metric }),
      );
    assert.deepEqual([pod('10.9.1.7/32', 2048), pod('10.9.1.7/32', 1024)], ['reject', 'accept']);
    assert.equal(pod('10.9.4.7/32', 2048), 'accept', 'a block that goes is no longer one');
  });

  it('that take no part have kernel, device and direct alone', () => {
    for (const version of [4, 6] as const) {
      const config = node({ version, address: undefined });
      assert.deepEqual(
        config.protocols.map(({ name }) => name),
        ['kernel1', 'device1', 'direct1'],
      );
    }
  });

  it('trace as much as they are told', () => {
    const peers = [{ kind: 'Mesh', address: '198.51.100.2', as: 65010 }] as const;
    const debug = (logLevel: CalicoNode['logLevel']): number[] => {
      const config = node({ peers, ...(logLevel === undefined ? {} : { logLevel }) });
      return [session(config, 'Mesh_198_51_100_2').debug, only(config, 'device').debug, only(config, 'direct').debug];
    };
    const { states, routes, filters, events, all } = DebugMask;
    assert.deepEqual(debug('debug'), [all, all, all]);
    assert.deepEqual(debug('none'), [0, 0, 0]);
    assert.deepEqual(debug(undefined), [states | routes | filters | events, states, states]);
  });

  it('of IPv6', () => {
    const config = node({
      version: 6,
      pools: [
        { cidr: 'fd00:9::/48', mode: 'none' },
        { cidr: 'fd00:a::/48', mode: 'vxlan' },
      ],
      blocks: [{ cidr: 'fd00:9:0:4::/122' }],
      services: ['fd00:96::/112'],
      rejected: ['fd00:96::/112'],
      peers: [
        { kind: 'Mesh', address: '2001:db8:5::2', as: 65010 },
        { kind: 'Node', address: '2001:db8:5::9', as: 65010, clusterId: '244.0.0.1', passive: true },
        { kind: 'Global', address: '2001:db8:6::1', as: 4200000001, port: 1790 },
      ],
      filters: [{ name: filterName('six', 'import', 6), lines: ['if ((net ~ [ fd00::/8{8,64} ])) then { reject; }'] }],
    });
    assert.deepEqual(
      config.tables.map(({ name, family }) => `${name} ${family}`),
      ['master ipv6'],
    );
    const names = config.protocols.filter(({ kind }) => kind === 'bgp').map(({ name }) => name);
    const [global, mesh, reflector] = ['Global_2001_db8_6__1_port_1790', 'Mesh_2001_db8_5__2', 'Node_2001_db8_5__9'];
    assert.deepEqual(names, [global, mesh, reflector]);
    assert.equal(session(config, reflector!).rrClusterId, 0xf4000001);
    assert.equal(session(config, global!).neighborAs, 4200000001);
    assert.equal(session(config, mesh!).channels[0]!.family, 'ipv6');
    assert.equal(intoKernel(config, own('fd00:9:0:4::/122')), 'accept');
    assert.equal(intoKernel(config, own('fd00:a:0:4::/122')), 'reject');
    assert.equal(intoKernel(config, own('fd00:96::1/128')), 'reject');
    const taken = route('fd00:9:0:5::/122', { localPref: 2147483647 });
    assert.equal(verdictOf(imports(config, mesh!), taken), 'accept');
    assert.equal(taken.preference, 200);
  });
});

describe('files of other hands', () => {
  it('as external routers and test beds have them', () => {
    const { config, warnings } = loaded(
      `router id 198.51.100.1;
      filter tap_only { if (ifname ~ "tap*") then accept; reject; }
      protocol kernel { scan time 60; import none; export all; merge paths on; }
      protocol device { scan time 5; }
      protocol direct { interface "*"; debug all; }
      protocol bfd { }
      protocol static static1 { route 203.0.113.0/24 via 198.51.100.9; }
      template bgp nodes { debug all; local as 65020; multihop; next hop self; import all; export filter tap_only;
        source address 198.51.100.1; graceful restart; }
      protocol bgp node1 from nodes { neighbor 198.51.100.5 as 65010; passive on; password "p"; }
      protocol bgp node2 from nodes { neighbor 198.51.100.6 as 65020; rr client; }`,
    );
    assert.deepEqual(
      warnings.map(({ message }) => message),
      [],
    );
    const one = session(config, 'node1');
    assert.deepEqual([one.multihop, one.passive, one.localAs], [64, true, 65020]);
  });
});
