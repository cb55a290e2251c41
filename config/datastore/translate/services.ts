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
  const ends = endsOf(cluster, nodeName, version);
  const addresses = [...cluster.services.values()].flatMap((service) =>
    announcedAddresses(settings, service, ends, version),
  );
  const hosts = addresses.map((address) => prefixOf(address, version === 4 ? 32 : 128));
  return { announced: [...ranges, ...hosts], rejected: ranges };
}

export function isSingle(cidr: Prefix): boolean {
  return cidr.length === (cidr.version === 4 ? 32 : 128);
}

/** Services (`namespace/name`) that have a ready endpoint of the family. */
interface Ends {
  readonly anywhere: ReadonlySet<string>;
  readonly here: ReadonlySet<string>;
}

/** One look at all slices: a cluster has thousands of them, and of services. */
function endsOf(cluster: Cluster, nodeName: string, version: 4 | 6): Ends {
  const anywhere = new Set<string>();
  const here = new Set<string>();
  for (const slice of cluster.slices.values()) {
    if (slice.version !== version) continue;
    for (const { ready, node } of slice.endpoints) {
      if (!ready) continue;
      const key = `${slice.namespace}/${slice.service}`;
      anywhere.add(key);
      if (node === nodeName) here.add(key);
    }
  }
  return { anywhere, here };
}

function announcedAddresses(
  settings: ClusterSettings,
  service: ServiceResource,
  ends: Ends,
  version: 4 | 6,
): readonly Ip[] {
  if (service.type === 'ExternalName' || service.clusterIps.length === 0) return [];
  if (!isAnnounced(settings, service, ends)) return [];
  const within = (ranges: readonly Prefix[], address: Ip): boolean =>
    ranges.some((cidr) => prefixCovers(cidr, ipBytes(address)));
  return [
    ...(settings.clusterIps.length > 0 ? service.clusterIps : []),
    ...service.externalIps.filter((address) => within(settings.externalIps, address)),
    ...service.loadBalancerIps.filter((address) => within(settings.loadBalancerIps, address)),
  ].filter((address) => ipVersion(address) === version);
}

function isAnnounced(settings: ClusterSettings, service: ServiceResource, ends: Ends): boolean {
  const byItself = (entries: readonly Prefix[], addresses: readonly Ip[]): boolean =>
    addresses.some((address) => entries.some((cidr) => isSingle(cidr) && prefixCovers(cidr, ipBytes(address))));
  if (!service.localTrafficOnly) {
    const balanced = service.type === 'LoadBalancer' && byItself(settings.loadBalancerIps, service.loadBalancerIps);
    if (balanced || byItself(settings.externalIps, service.externalIps)) return true;
    // The range covers it.
    if (settings.aggregation) return false;
  }
  return (service.localTrafficOnly ? ends.here : ends.anywhere).has(`${service.namespace}/${service.name}`);
}
