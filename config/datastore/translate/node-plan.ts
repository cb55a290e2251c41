/** From the cluster to the plan of one node: everything that it has to do, in both families. */
import { formatIp, formatPrefix, type Ip, ipVersion, type Prefix, prefixOf } from '../../../bgp/index.ts';
import type { ProgramClusterRoutes } from '../resource/bgp-configuration.ts';
import type { IpPoolResource } from '../resource/ip-pool.ts';
import type { NodeResource } from '../resource/node.ts';
import type { Cluster } from './cluster.ts';
import { filterFunction } from './filter-function.ts';
import { type LocalWorkload, type Peering, peeringsOf } from './peerings.ts';
import type {
  BlockPlan,
  FamilyPlan,
  FilterFunction,
  NodePlan,
  PlanNote,
  PoolPlan,
  PoolRule,
  StaticRoute,
} from './plan.ts';
import { isSingle, servicesOf } from './services.ts';
import { sessionsOf } from './sessions.ts';
import {
  addressOf,
  asOf,
  type ClusterSettings,
  clusterSettings,
  communitiesOf,
  listenPortOf,
  logLevelOf,
  priorityOf,
} from './settings.ts';
import { sha256 } from './sha256.ts';

export interface PlanOptions {
  /** The name of this node. */
  readonly node: string;
  /** What Kubernetes calls it, where that is another name. */
  readonly kubernetesName?: string | undefined;
  /** Where Secrets are. */
  readonly secretNamespace?: string | undefined;
  /** `hash`, an IPv4 address, or the node's own address. */
  readonly routerId?: string | undefined;
  /** Networks of pods that Kubernetes gave to the node count as blocks. */
  readonly usePodCidr?: boolean | undefined;
  /** Ranges in place of those for cluster IPs in the BGPConfiguration. */
  readonly clusterIps?: readonly Prefix[] | undefined;
  readonly workloads?: readonly LocalWorkload[] | undefined;
}

/** A text where there can be no plan: what runs goes on as it is. */
export function planNode(given: Cluster, options: PlanOptions): NodePlan | string {
  const plain = isPlain(given);
  const cluster = plain ? withInternalAddresses(given) : given;
  const node = cluster.nodes.get(options.node);
  if (node === undefined) {
    const refused = given.refused.get(`Node/${options.node}`);
    const [problem] = refused ?? [];
    return problem === undefined
      ? `there is no Node/${options.node} in the datastore`
      : `Node/${options.node} cannot be read: ${problem.path}: ${problem.message}`;
  }
  const notes: PlanNote[] = [];
  for (const [subject, [problem]] of given.refused) {
    notes.push({ subject, version: undefined, reason: `it is refused: ${problem!.path}: ${problem!.message}` });
  }
  const own = clusterSettings(cluster);
  const settings = options.clusterIps === undefined ? own : { ...own, clusterIps: options.clusterIps };
  const peerings = peeringsOf(cluster, node, options.workloads ?? [], notes);
  const podCidrs = (options.usePodCidr ?? plain) ? node.podCidrs : [];
  const family = (version: 4 | 6): FamilyPlan =>
    planFamily({ cluster, settings, node, version, options, peerings, podCidrs, notes });
  return {
    node: node.name,
    asNumber: asOf(cluster, node),
    routerId: routerIdOf(node, options.routerId),
    clusterId: node.clusterId,
    logLevel: logLevelOf(cluster, node.name),
    listenPort: listenPortOf(cluster, node.name),
    bindToNodeIp: settings.bindToNodeIp,
    ignoredInterfaces: settings.ignoredInterfaces,
    programs: settings.programs,
    families: [family(4), family(6)],
    notes: uniqueNotes(notes),
  };
}

interface FamilyContext {
  readonly cluster: Cluster;
  readonly settings: ClusterSettings;
  readonly node: NodeResource;
  readonly version: 4 | 6;
  readonly options: PlanOptions;
  readonly peerings: readonly Peering[];
  readonly podCidrs: readonly Prefix[];
  readonly notes: PlanNote[];
}

function planFamily(context: FamilyContext): FamilyPlan {
  const { cluster, settings, node, version, options, peerings, notes } = context;
  const secretNamespace = options.secretNamespace ?? 'kube-system';
  const sessions = sessionsOf({ cluster, node, version, namespace: secretNamespace, notes }, peerings);
  const services = servicesOf(cluster, settings, node, options.kubernetesName ?? node.name, version);
  const blocks = blocksOf(context);
  const announced = sorted(services.announced);
  const taken = new Set(blocks.map(({ cidr }) => formatPrefix(cidr)));
  return {
    version,
    address: addressOf(node, version),
    network: (version === 4 ? node.ipv4 : node.ipv6)?.network,
    sessions,
    blocks,
    staticRoutes: [
      ...blocks.flatMap(({ cidr, origin }) => (isSingle(cidr) ? [] : [{ prefix: cidr, via: undefined, origin }])),
      ...announced.flatMap((prefix) =>
        taken.has(formatPrefix(prefix)) ? [] : [{ prefix, via: undefined, origin: 'BGPConfiguration/default' }],
      ),
      ...reachableRoutes(context),
    ],
    announced,
    rejected: sorted(services.rejected),
    reflected: reflectedOf(context),
    pools: poolsOf(cluster, settings.programs, version),
    communities: communitiesOf(cluster, node.name, version),
    wireguardPeers: wireguardPeersOf(context),
    functions: functionsOf(cluster, version),
    normalPriority: priorityOf(cluster, version),
  };
}

/**
 * Blocks that belong to the node. Affinities say so; where a store has none at all, the blocks themselves do.
 */
function blocksOf({ cluster, node, version, podCidrs }: FamilyContext): readonly BlockPlan[] {
  const blocks = new Map<string, BlockPlan>();
  for (const { name, node: owner, cidr, state } of cluster.affinities.values()) {
    if (owner !== node.name || cidr.version !== version || state === 'pending') continue;
    const known = state === 'pendingDeletion' ? 'pendingDeletion' : 'confirmed';
    blocks.set(formatPrefix(cidr), { cidr, state: known, origin: `BlockAffinity/${name}` });
  }
  if (cluster.affinities.size === 0) {
    for (const { name, node: owner, cidr } of cluster.blocks.values()) {
      if (owner !== node.name || cidr.version !== version) continue;
      blocks.set(formatPrefix(cidr), { cidr, state: 'confirmed', origin: `IPAMBlock/${name}` });
    }
  }
  for (const cidr of podCidrs) {
    if (cidr.version === version) {
      blocks.set(formatPrefix(cidr), { cidr, state: 'confirmed', origin: `Node/${node.name}` });
    }
  }
  return [...blocks].sort(([a], [b]) => (keyText(a) < keyText(b) ? -1 : 1)).map(([, block]) => block);
}

/** The order of Calico's keys, where `/` is written as `-`. */
function keyText(cidr: string): string {
  return cidr.replace('/', '-');
}

function sorted(prefixes: readonly Prefix[]): readonly Prefix[] {
  const texts = new Map(prefixes.map((prefix) => [formatPrefix(prefix), prefix]));
  return [...texts].sort(([a], [b]) => (keyText(a) < keyText(b) ? -1 : 1)).map(([, prefix]) => prefix);
}

/** A peer that is reached through another router, whatever BGP says. */
function reachableRoutes({ peerings, version, node }: FamilyContext): readonly StaticRoute[] {
  const routes = new Map<string, StaticRoute>();
  for (const { address, resource, scope, origin } of peerings) {
    const via = resource.reachableBy;
    if (via === undefined || scope === 'Local_Workload' || address === addressOf(node, version)) continue;
    if (ipVersion(address) !== version || ipVersion(via) !== version) continue;
    routes.set(address, { prefix: prefixOf(address, version === 4 ? 32 : 128), via, origin });
  }
  return [...routes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, route]) => route);
}

function reflectedOf({ settings, node, version }: FamilyContext): readonly Prefix[] {
  if (node.clusterId === '') return [];
  return [...settings.loadBalancerIps, ...settings.externalIps].filter((cidr) => cidr.version === version);
}

function poolsOf(cluster: Cluster, programs: ProgramClusterRoutes, version: 4 | 6): readonly PoolPlan[] {
  const pools = [...cluster.pools.values()].filter((pool) => pool.cidr.version === version);
  return pools
    .map((pool) => ({
      cidr: pool.cidr,
      exported: !pool.disableBgpExport,
      rule: poolRule(pool, programs),
      origin: `IPPool/${pool.name}`,
    }))
    .sort((a, b) => (formatPrefix(a.cidr) < formatPrefix(b.cidr) ? -1 : 1));
}

/** Who programs the routes to a pool: this daemon, or the agent of the node. */
function poolRule(pool: IpPoolResource, programs: ProgramClusterRoutes): PoolRule {
  if (pool.vxlanMode !== 'Never') return 'vxlan';
  if (pool.ipipMode === 'Never')
    return programs === 'Enabled' || programs === 'EnabledNoEncapOnly' ? 'accept' : 'felix';
  if (!programsTunnels(programs)) return 'felix';
  return pool.ipipMode === 'Always' ? 'tunnel' : 'tunnel-across-subnets';
}

export function programsTunnels(programs: ProgramClusterRoutes): boolean {
  return programs === 'Enabled' || programs === 'EnabledIPIPOnly';
}

function wireguardPeersOf({ cluster, node, version }: FamilyContext): readonly Ip[] {
  const wireguard = (one: NodeResource): Ip | undefined => (version === 4 ? one.wireguard4 : one.wireguard6);
  if (wireguard(node) === undefined) return [];
  const peers = [...cluster.nodes.values()].flatMap((other) => {
    const address = addressOf(other, version);
    const reaches = other.name !== node.name && wireguard(other) !== undefined;
    return reaches && address !== undefined ? [address] : [];
  });
  return [...new Set(peers)].sort();
}

/** Also those that no peer asks: a site may compare all of them. */
function functionsOf(cluster: Cluster, version: 4 | 6): readonly FilterFunction[] {
  const filters = [...cluster.filters.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return filters.flatMap((filter) =>
    (['import', 'export'] as const).flatMap((direction) => filterFunction(filter, direction, version) ?? []),
  );
}

/** The first four octets of the hash of the name, as an address that is not one of a group. */
function routerIdOf(node: NodeResource, option: string | undefined): Ip {
  const own = addressOf(node, 4);
  if (option !== undefined && option !== '' && option !== 'hash') return option as Ip;
  if (option !== 'hash' && own !== undefined) return own;
  const bytes = new Uint8Array(sha256(node.name).subarray(0, 4));
  if (bytes[0]! > 223) bytes[0]! -= 32;
  return formatIp(bytes, 0, 4);
}

/** Nothing of Calico in the store: nodes as Kubernetes alone leaves them. */
function isPlain(cluster: Cluster): boolean {
  if (cluster.configurations.size + cluster.pools.size + cluster.peers.size + cluster.affinities.size > 0) return false;
  return [...cluster.nodes.values()].every((node) => node.ipv4 === undefined && node.ipv6 === undefined);
}

function withInternalAddresses(cluster: Cluster): Cluster {
  const nodes = new Map<string, NodeResource>();
  for (const [name, node] of cluster.nodes) {
    const address = (version: 4 | 6): NodeResource['ipv4'] => {
      const found = node.internalAddresses.find((candidate) => ipVersion(candidate) === version);
      return found === undefined ? undefined : { address: found, network: prefixOf(found, version === 4 ? 32 : 128) };
    };
    nodes.set(name, { ...node, ipv4: address(4), ipv6: address(6) });
  }
  return { ...cluster, nodes };
}

function uniqueNotes(notes: readonly PlanNote[]): readonly PlanNote[] {
  const seen = new Map(notes.map((note) => [`${note.subject} ${note.version} ${note.reason}`, note]));
  return [...seen.values()];
}
