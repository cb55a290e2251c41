/**
 * Writes the files that a Calico node gives its BGP daemons, from a description of the node: every shape of the
 * dialect, with values of the test's own. One call makes the three files of one family.
 */
import { createHash } from 'node:crypto';

export interface CalicoPeer {
  /** `Mesh`, `Global`, `Node`, `Local_Workload`. */
  readonly kind: 'Mesh' | 'Global' | 'Node' | 'Local_Workload';
  readonly address: string;
  readonly as: number;
  readonly port?: number;
  /** Our AS on this session, where it is not the node's. */
  readonly localAs?: number;
  /** False: no `source address`. */
  readonly source?: boolean;
  readonly ttlSecurity?: number;
  readonly passive?: boolean;
  readonly restartTime?: number;
  readonly keepaliveTime?: number;
  readonly clusterId?: string;
  readonly password?: string;
  readonly nextHop?: 'keep' | 'self';
  readonly allowLocalAs?: number;
  /** Functions called by the import and the export filter: names as `filterName` makes them. */
  readonly importFilters?: readonly FilterCall[];
  readonly exportFilters?: readonly FilterCall[];
}

export interface FilterCall {
  readonly name: string;
  /** The function asks whether both sides are of one AS. */
  readonly asks?: boolean;
}

export interface CalicoFilter {
  /** As written in the file, without quotes. */
  readonly name: string;
  readonly asks?: boolean;
  readonly lines: readonly string[];
}

export interface CalicoPool {
  readonly cidr: string;
  readonly mode: 'none' | 'ipip' | 'ipip-cross-subnet' | 'vxlan';
  readonly exported?: boolean;
  /** The daemon programs its routes; VXLAN is never its business. */
  readonly programmed?: boolean;
}

export interface CalicoNode {
  readonly version: 4 | 6;
  readonly routerId: string;
  readonly as: number;
  /** `undefined`: the node takes no part in this family. */
  readonly address: string | undefined;
  readonly subnet?: string;
  readonly peers?: readonly CalicoPeer[];
  readonly pools?: readonly CalicoPool[];
  /** The daemon programs IPIP, whether there is such a pool or not. */
  readonly programsTunnels?: boolean;
  readonly blocks?: readonly { readonly cidr: string; readonly state?: string }[];
  /** Routes `NET via GATEWAY`. */
  readonly reachable?: readonly { readonly net: string; readonly via: string }[];
  readonly services?: readonly string[];
  readonly rejected?: readonly string[];
  /** A route reflector passes on what lies in these. */
  readonly reflects?: readonly string[];
  readonly communities?: readonly { readonly cidr: string; readonly values: readonly string[] }[];
  readonly filters?: readonly CalicoFilter[];
  readonly wireGuardPeers?: readonly string[];
  readonly ignoredInterfaces?: readonly string[];
  readonly logLevel?: 'debug' | 'info' | 'none';
  readonly listen?: { readonly address?: boolean; readonly port?: number };
  readonly priority?: number;
}

/** Files by name. */
export type CalicoFiles = ReadonlyMap<string, string>;

const PIVOT = 2147483647;

export function renderCalico(node: CalicoNode): CalicoFiles {
  const name = node.version === 4 ? 'bird' : 'bird6';
  return new Map([
    [`${name}.cfg`, mainFile(node, name)],
    [`${name}_aggr.cfg`, aggregationFile(node)],
    [`${name}_ipam.cfg`, ipamFile(node)],
  ]);
}

export function peerName({ kind, address, port }: CalicoPeer): string {
  // The mesh has one session with an address, whatever its port.
  const suffix = port === undefined || kind === 'Mesh' ? '' : `_port_${port}`;
  return `${kind}_${address.replace(/[.:]/g, '_')}${suffix}`;
}

/** The name of the function of a BGPFilter; long names are cut and made unique by a hash. */
export function filterName(name: string, direction: 'import' | 'export', version: 4 | 6): string {
  const hash = createHash('sha256').update(name).digest('hex').toUpperCase().slice(0, 16);
  const short = name.length > 45 ? `${name.slice(0, 28)}_${hash}` : name;
  return `bgp_${short}_${direction}FilterV${version}`;
}

function mainFile(node: CalicoNode, name: string): string {
  const communities = (node.communities ?? []).map(
    ({ cidr, values }) => `      if ( net ~ ${cidr} ) then { ${values.map(addCommunity).join(' ')} }`,
  );
  const ignored = [...(node.ignoredInterfaces ?? []), 'cali*', 'kube-ipvs*'].map((pattern) => `-"${pattern}"`);
  const header = `# Generated for ${node.address ?? 'a node without an address'}
function apply_communities ()
{
${communities.join('\n')}
}

# Options that all kernel protocols share.
template kernel kernel_template {
   learn;             # the agent's routes too
   persist;           # pods stay reachable while we restart
   scan time 2;
   import all;
}

template direct direct_template {
${debugLine(node, 'states')}   interface ${ignored.join(', ')}, "*";
}

include "${name}_aggr.cfg";
include "${name}_ipam.cfg";

router id ${node.routerId};
${listenLine(node)}
protocol kernel from kernel_template {
  export filter calico_kernel_programming;
  graceful restart;   # no flaps in the data plane
  merge paths on;
}

# Interfaces come and go with the pods.
protocol device {
${debugLine(node, 'states')}  scan time 2;    # seconds
}

protocol direct from direct_template {

}
`;
  if (node.address === undefined) return `${header}\n# IPv${node.version} disabled on this node.\n`;
  const peers = [...(node.peers ?? [])].sort((a, b) => (peerName(a) < peerName(b) ? -1 : 1));
  return `${header}
template bgp bgp_template {
${debugLine(node, 'states, routes, filters, events')}  description "Connection to BGP peer";
  local as ${node.as};
  gateway recursive; # as it is without saying so
  add paths on;
  graceful restart;  # see the kernel protocol
  connect delay time 2;
  connect retry time 5;
  error wait time 5,30;
}

${(node.filters ?? []).map(filterFunction).join('\n') || `# No v${node.version} BGPFilters configured`}

${peers.map((peer) => peerBlock(node, peer)).join('\n\n')}
`;
}

function addCommunity(value: string): string {
  const parts = value.split(':');
  return `${parts.length === 2 ? 'bgp_community' : 'bgp_large_community'}.add((${parts.join(', ')}));`;
}

function debugLine({ logLevel }: CalicoNode, flags: string): string {
  if (logLevel === 'none') return '';
  return logLevel === 'debug' ? '  debug all;\n' : `  debug { ${flags} };\n`;
}

function listenLine({ listen, address }: CalicoNode): string {
  if (listen === undefined) return '';
  const where = listen.address === true ? ` address ${address}` : '';
  return `\nlisten bgp${where}${listen.port === undefined ? '' : ` port ${listen.port}`};\n`;
}

function filterFunction({ name, asks, lines }: CalicoFilter): string {
  return `# BGPFilter ${name}
function '${name}'(${asks === true ? 'bool is_same_as' : ''}) {
${lines.map((line) => `  ${line}`).join('\n')}
}`;
}

function call({ name, asks }: FilterCall, same: boolean): string {
  return `    '${name}'(${asks === true ? same : ''});\n`;
}

function peerBlock(node: CalicoNode, peer: CalicoPeer): string {
  const same = peer.as === (peer.localAs ?? node.as);
  const priority = node.priority ?? 1024;
  const lines = [
    ...(peer.localAs === undefined ? [] : [`local as ${peer.localAs};`]),
    `neighbor ${peer.address}${peer.port === undefined ? '' : ` port ${peer.port}`} as ${peer.as};`,
    ...(peer.source === false ? [] : [`source address ${node.address};  # our end of the connection`]),
    `ttl security ${peer.ttlSecurity === undefined ? 'off' : 'on'};`,
    `multihop${peer.ttlSecurity === undefined ? '' : ` ${peer.ttlSecurity}`};`,
    `import filter {
${(peer.importFilters ?? []).map((one) => call(one, same)).join('')}    if (defined(bgp_local_pref)&&(bgp_local_pref > ${PIVOT - priority})) then
      preference = 200; # above static and kernel
    accept; # whatever no filter decided
  };`,
    `export filter {
    if (defined(source) && source = RTS_BGP && defined(bgp_local_pref)) then {
      krt_metric = ${PIVOT} - bgp_local_pref;
    } else {
      if (!defined(krt_metric)) then { krt_metric = ${priority}; }
      bgp_local_pref = ${PIVOT} - krt_metric;
    }
${(peer.exportFilters ?? []).map((one) => call(one, same)).join('')}    calico_export_to_bgp_peers(${same});
    reject;
  };  # what serves workloads, nothing else`,
    ...(peer.passive === true ? ['passive on; # the greater address connects'] : []),
    ...(peer.restartTime === undefined ? [] : [`graceful restart time ${peer.restartTime};`]),
    ...(peer.keepaliveTime === undefined ? [] : [`keepalive time ${peer.keepaliveTime};`]),
    ...(peer.clusterId === undefined ? [] : ['rr client;', `rr cluster id ${peer.clusterId};`]),
    ...(peer.password === undefined ? [] : [`password "${peer.password}";`]),
    ...(peer.nextHop === undefined ? [] : [`next hop ${peer.nextHop};`]),
    ...(peer.allowLocalAs === undefined ? [] : [`allow local as ${peer.allowLocalAs};`]),
  ];
  return `# For peer ${peer.address}\nprotocol bgp ${peerName(peer)} from bgp_template {\n  ${lines.join('\n  ')}\n}`;
}

function aggregationFile(node: CalicoNode): string {
  const whole = node.version === 4 ? '/32' : '/128';
  const priority = node.priority ?? 1024;
  const blocks = (node.blocks ?? []).filter(({ state }) => state !== 'pending');
  const routes = [
    ...blocks.filter(({ cidr }) => !cidr.endsWith(whole)).map(({ cidr }) => `   route ${cidr} blackhole;`),
    ...(node.services ?? []).map((net) => `   route ${net} blackhole;`),
    ...(node.reachable ?? []).map(({ net, via }) => `   route ${net} via ${via};`),
  ];
  const statics =
    routes.length === 0
      ? ''
      : `template static static_template {\n${routes.join('\n')}\n}\nprotocol static from static_template {\n}\n`;
  const confirmed = blocks.filter(({ state }) => state === undefined || state === 'confirmed');
  const rules = confirmed.map(
    ({ cidr }) => `      if ( net = ${cidr} ) then { accept; }
      if ( net ~ ${cidr} && krt_metric < ${priority} ) then { accept; }
      if ( net ~ ${cidr} ) then { reject; }`,
  );
  return `# Blocks go out whole.
${statics}function calico_aggr ()
{
${rules.join('\n')}
}
`;
}

function ipamFile(node: CalicoNode): string {
  const pools = [...(node.pools ?? [])].sort((a, b) => (a.cidr < b.cidr ? -1 : 1));
  const ownsIpip =
    node.programsTunnels ?? pools.some(({ mode, programmed }) => mode.startsWith('ipip') && programmed === true);
  const hidden = pools.filter(({ exported }) => exported === false);
  const visible = pools.filter(({ exported }) => exported !== false);
  const tunnels = ownsIpip ? '' : ` || (ifname ~ "tunl0")`;
  const priority = node.priority ?? 1024;
  return `# What all peers and the kernel share.
function reject_local_routes ()
{
  if (defined(ifname)) then { if (ifname ~ "bpf*.cali") then { reject; } }
}
function calico_export_to_bgp_peers(bool internal_peer) {
${hidden.map(({ cidr }) => `  if (net ~ ${cidr}) then { reject; } # BGP export is disabled.\n`).join('')}  if (internal_peer) then {
    if (defined(ifname)) then { if ((ifname ~ "*.cali") || (ifname ~ "*.calico")${tunnels}) then { reject; } }
  }
  reject_local_routes();
  apply_communities();
  calico_aggr();
${(node.services ?? []).map((net) => `  if ( net ~ ${net} ) then { accept; }\n`).join('')}${(node.reflects ?? [])
  .map((net) => `  if ( net ~ ${net} ) then { accept; }\n`)
  .join('')}${visible.map(({ cidr }) => `  if (net ~ ${cidr}) then {\n    accept;\n  }\n`).join('')}}

filter calico_kernel_programming {
${(node.rejected ?? []).map((net) => `  if ( net ~ ${net} ) then { reject; }\n`).join('')}  if (defined(source) && (source = RTS_BGP) && !defined(krt_metric)) then {
    krt_metric = ${priority};
    if (defined(bgp_local_pref)) then { krt_metric = ${PIVOT} - bgp_local_pref; }
    if (krt_metric < ${priority}) then { preference = 200; }
  }
${(node.wireGuardPeers ?? [])
  .map((address) => `  if (defined(bgp_next_hop) && bgp_next_hop = ${address}) then { reject; }\n`)
  .join('')}${pools.map((pool) => kernelRule(node, pool)).join('')}  accept;
}
`;
}

function kernelRule({ subnet, version }: CalicoNode, { cidr, mode, programmed }: CalicoPool): string {
  if (mode === 'vxlan') return `  if (net ~ ${cidr}) then { reject; } # VXLAN routes are handled by Felix.\n`;
  const owned = programmed ?? mode === 'none';
  if (!owned) return `  if (net ~ ${cidr}) then { reject; } # Cluster routes are handled by Felix.\n`;
  // For IPv6 only what is refused is said.
  if (version === 6) return '';
  if (mode === 'none') return `  if (net ~ ${cidr}) then { accept; }\n`;
  const tunnel =
    mode === 'ipip'
      ? 'krt_tunnel="tunl0";'
      : `if (defined(bgp_next_hop)&&(bgp_next_hop ~ ${subnet})) then
      krt_tunnel="";
    else
      krt_tunnel="tunl0";`;
  return `  if (net ~ ${cidr}) then {\n    ${tunnel}\n    accept;\n  }\n`;
}
