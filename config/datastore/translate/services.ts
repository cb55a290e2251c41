/**
 * Which ranges and addresses of services a node announces, and which ranges its own kernel must not learn from others.
 *
 * Ranges go out from every node, unless the node is left out of load balancing. An address goes out by itself where no
 * range covers it, or where traffic has to reach a node that has an endpoint.
 */
import { type Ip, ipBytes, ipVersion, type Prefix, prefixCovers, prefixOf } from '../../../bgp/index.ts';
import type { NodeResource } from '../resource/node.ts';
import type { ServiceResource } from '../resource/service.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterSettings } from './settings.ts';

const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';

export interface ServicePlan {
  readonly announced: readonly Prefix[];
  readonly rejected: readonly Prefix[];
}

/** `nodeName` is what endpoints call the node. */
export function servicesOf(
  cluster: Cluster,
  settings: ClusterSettings,
  node: NodeResource,
  nodeName: string,
  version: 4 | 6,
): ServicePlan {
  const active = [settings.clusterIps, settings.externalIps, settings.loadBalancerIps].some((list) => list.length > 0);
  if (!active) return { announced: [], rejected: [] };
  const ranges = [
    ...settings.clusterIps,
    ...settings.externalIps.filter((cidr) => !isSingle(cidr)),
    ...(settings.aggregation ? settings.loadBalancerIps.filter((cidr) => !isSingle(cidr)) : []),
  ].filter((cidr) => cidr.version === version);
  if (node.labels.get(EXCLUDED) === 'true') return { announced: [], rejected: ranges };
  const addresses = [...cluster.services.values()].flatMap((service) =>
    announcedAddresses(cluster, settings, service, nodeName, version),
  );
  const hosts = addresses.map((address) => prefixOf(address, version === 4 ? 32 : 128));
  return { announced: [...ranges, ...hosts], rejected: ranges };
}

export function isSingle(cidr: Prefix): boolean {
  return cidr.length === (cidr.version === 4 ? 32 : 128);
}

function announcedAddresses(
  cluster: Cluster,
  settings: ClusterSettings,
  service: ServiceResource,
  nodeName: string,
  version: 4 | 6,
): readonly Ip[] {
  if (service.type === 'ExternalName' || service.clusterIps.length === 0) return [];
  if (!isAnnounced(cluster, settings, service, nodeName, version)) return [];
  const within = (ranges: readonly Prefix[], address: Ip): boolean =>
    ranges.some((cidr) => prefixCovers(cidr, ipBytes(address)));
  return [
    ...(settings.clusterIps.length > 0 ? service.clusterIps : []),
    ...service.externalIps.filter((address) => within(settings.externalIps, address)),
    ...service.loadBalancerIps.filter((address) => within(settings.loadBalancerIps, address)),
  ].filter((address) => ipVersion(address) === version);
}

function isAnnounced(
  cluster: Cluster,
  settings: ClusterSettings,
  service: ServiceResource,
  nodeName: string,
  version: 4 | 6,
): boolean {
  const byItself = (entries: readonly Prefix[], addresses: readonly Ip[]): boolean =>
    addresses.some((address) => entries.some((cidr) => isSingle(cidr) && prefixCovers(cidr, ipBytes(address))));
  if (!service.localTrafficOnly) {
    const balanced = service.type === 'LoadBalancer' && byItself(settings.loadBalancerIps, service.loadBalancerIps);
    if (balanced || byItself(settings.externalIps, service.externalIps)) return true;
    // The range covers it.
    if (settings.aggregation) return false;
  }
  return [...cluster.slices.values()].some(
    (slice) =>
      slice.namespace === service.namespace &&
      slice.service === service.name &&
      slice.version === version &&
      slice.endpoints.some((endpoint) => endpoint.ready && (!service.localTrafficOnly || endpoint.node === nodeName)),
  );
}
