/**
 * Route reflection (RFC 4456): which iBGP routes are passed on to which iBGP peers, and what is written into them.
 *
 *     learned from \ sent to    client    non-client    external
 *     client                    yes       yes           yes
 *     non-client                yes       no            yes
 *     external, local           yes       yes           yes
 *
 * Split horizon (never back to the peer that sent it) is the update group's affair.
 */
import { AttributeCode, attributeEnd, findAttribute, readU32, valueStart } from '../bgp/index.ts';
import type { RouteSource } from '../rib/index.ts';
import type { ExportSession } from './session.ts';

/** Sending the route to that session would be reflection: iBGP to iBGP inside one AS. */
export function isReflection(source: RouteSource, target: ExportSession): boolean {
  const from = source.bgp;
  return from?.internal === true && target.internal && from.localAs === target.localAs;
}

/** Section 6: one of the two ends has to be a client. */
export function mayReflect(source: RouteSource, target: ExportSession): boolean {
  return target.rrClient || source.bgp?.rrClient === true;
}

/** Cluster id that the source's session puts in front; 0 if its peer is no client. */
export function sourceClusterId(source: RouteSource): number {
  return source.bgp?.rrClient === true ? source.bgp.clusterId : 0;
}

export function targetClusterId(target: ExportSession): number {
  return target.rrClient ? target.clusterId : 0;
}

/** True if CLUSTER_LIST of the record holds the id (section 8: the route came around in a circle). */
export function hasClusterId(bytes: Uint8Array, start: number, wireEnd: number, clusterId: number): boolean {
  const at = findAttribute(bytes, start, wireEnd, AttributeCode.ClusterList);
  if (at < 0) return false;
  const end = attributeEnd(bytes, at);
  for (let i = valueStart(bytes, at); i < end; i += 4) if (readU32(bytes, i) === clusterId) return true;
  return false;
}
