/** BGPConfiguration resources as one node sees them: `default` for the cluster, `node.NAME` for a few settings of one. */
import type { Ip, Prefix } from '../../../bgp/index.ts';
import type { BgpConfigurationResource, ProgramClusterRoutes } from '../resource/bgp-configuration.ts';
import { type Community, parseCommunity } from '../resource/community.ts';
import type { NodeResource } from '../resource/node.ts';
import type { SecretReference } from '../resource/secret-reference.ts';
import type { Cluster } from './cluster.ts';

export const DEFAULT_AS = 64512;
export const DEFAULT_PRIORITY = 1024;

export interface ClusterSettings {
  readonly mesh: boolean;
  readonly asNumber: number;
  readonly listenPort: number | undefined;
  readonly bindToNodeIp: boolean;
  readonly meshPassword: SecretReference | undefined;
  readonly meshRestartTime: number | undefined;
  readonly clusterIps: readonly Prefix[];
  readonly externalIps: readonly Prefix[];
  readonly loadBalancerIps: readonly Prefix[];
  readonly aggregation: boolean;
  readonly ignoredInterfaces: readonly string[];
  readonly programs: ProgramClusterRoutes;
}

export function clusterSettings(cluster: Cluster): ClusterSettings {
  const config = cluster.configurations.get('default');
  return {
    mesh: config?.nodeToNodeMesh ?? true,
    asNumber: config?.asNumber ?? DEFAULT_AS,
    listenPort: config?.listenPort,
    bindToNodeIp: config?.bindMode === 'NodeIP',
    meshPassword: config?.nodeMeshPassword,
    meshRestartTime: config?.nodeMeshMaxRestartTime,
    clusterIps: config?.serviceClusterIps ?? [],
    externalIps: config?.serviceExternalIps ?? [],
    loadBalancerIps: config?.serviceLoadBalancerIps ?? [],
    aggregation: config?.serviceLoadBalancerAggregation ?? true,
    ignoredInterfaces: config?.ignoredInterfaces ?? [],
    programs: config?.programClusterRoutes ?? 'EnabledNoEncapOnly',
  };
}

/** What `node.NAME` says. */
export function nodeConfiguration(cluster: Cluster, node: string): BgpConfigurationResource | undefined {
  return cluster.configurations.get(`node.${node}`);
}

/** The port that a node listens on, where it is not the usual one. */
export function listenPortOf(cluster: Cluster, node: string): number | undefined {
  return nodeConfiguration(cluster, node)?.listenPort ?? cluster.configurations.get('default')?.listenPort;
}

export function asOf(cluster: Cluster, node: NodeResource): number {
  return node.asNumber ?? clusterSettings(cluster).asNumber;
}

export function logLevelOf(cluster: Cluster, node: string): 'debug' | 'info' | 'none' {
  const own = nodeConfiguration(cluster, node)?.logSeverityScreen;
  const word = (own ?? cluster.configurations.get('default')?.logSeverityScreen ?? 'info').toLowerCase();
  return word === 'debug' || word === 'info' ? word : 'none';
}

export function priorityOf(cluster: Cluster, version: 4 | 6): number {
  const config = cluster.configurations.get('default');
  return (version === 4 ? config?.normalRoutePriority4 : config?.normalRoutePriority6) ?? DEFAULT_PRIORITY;
}

/** Advertisements of the node stand in place of those of the cluster, for each family alone. */
export function communitiesOf(
  cluster: Cluster,
  node: string,
  version: 4 | 6,
): readonly { readonly cidr: Prefix; readonly values: readonly Community[] }[] {
  const own = nodeConfiguration(cluster, node);
  const all = cluster.configurations.get('default');
  const ofFamily = (config: BgpConfigurationResource | undefined) =>
    (config?.prefixAdvertisements ?? []).filter((entry) => entry.cidr.version === version);
  const chosen = ofFamily(own).length > 0 ? ofFamily(own) : ofFamily(all);
  return chosen.flatMap(({ cidr, communities }) => {
    const texts = new Map<string, Community>();
    for (const word of communities) {
      // Names that nobody defined are left out.
      const value = parseCommunity(word) ?? own?.communities.get(word) ?? all?.communities.get(word);
      if (value !== undefined) texts.set(value.parts.join(':'), value);
    }
    const values = [...texts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
    return values.length === 0 ? [] : [{ cidr, values }];
  });
}

/** The value of a secret; `undefined` where it is not there. */
export function secretValue(cluster: Cluster, namespace: string, reference: SecretReference): string | undefined {
  return cluster.secrets.get(`${namespace}/${reference.name}`)?.values.get(reference.key);
}

/** The addresses of a node that take part in BGP. */
export function addressOf(node: NodeResource, version: 4 | 6): Ip | undefined {
  return (version === 4 ? node.ipv4 : node.ipv6)?.address;
}
