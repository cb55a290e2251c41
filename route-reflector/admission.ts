/**
 * What a peer may not hear whatever the export filter says: reflection rules (RFC 4456), communities that everybody
 * obeys (RFC 1997, RFC 9494), roles (RFC 9234). Routes that BGP did not bring are the operator's own and pass.
 */
import { AttributeCode, attributeEnd, findAttribute, readU32, valueStart, WellKnownCommunity } from '../bgp/index.ts';
import { AdvertisementReason, type OutgoingRoute } from '../rib/index.ts';
import { hasClusterId, isReflection, mayReflect, targetClusterId } from './reflection.ts';
import type { ExportSession } from './session.ts';

export function admission(route: OutgoingRoute, session: ExportSession): AdvertisementReason {
  if (route.source.bgp === undefined) return AdvertisementReason.None;
  if (isReflection(route.source, session)) {
    if (!mayReflect(route.source, session)) return AdvertisementReason.InternalToInternal;
    // Import checks this too, but the two sessions may have different cluster ids.
    const cluster = targetClusterId(session);
    if (cluster !== 0 && hasClusterId(route.bytes, route.start, route.wireEnd, cluster)) {
      return AdvertisementReason.ClusterLoop;
    }
  }
  if (session.interpretCommunities) {
    const reason = communityReason(route, session);
    if (reason !== AdvertisementReason.None) return reason;
  }
  if (isUpOrAcross(session) && hasAttribute(route, AttributeCode.OnlyToCustomer)) {
    return AdvertisementReason.OnlyToCustomer;
  }
  return AdvertisementReason.None;
}

/** Communities are sorted and all of these begin with 0xffff, so they stand at the end of the list. */
function communityReason(route: OutgoingRoute, session: ExportSession): AdvertisementReason {
  const at = findAttribute(route.bytes, route.start, route.wireEnd, AttributeCode.Communities);
  if (at < 0) return AdvertisementReason.None;
  const first = valueStart(route.bytes, at);
  for (let i = attributeEnd(route.bytes, at) - 4; i >= first; i -= 4) {
    const community = readU32(route.bytes, i);
    if (community < WellKnownCommunity.GracefulShutdown) break;
    if (community === WellKnownCommunity.NoAdvertise) return AdvertisementReason.NoAdvertise;
    if (community === WellKnownCommunity.NoExportSubconfed && !session.internal) {
      return AdvertisementReason.NoExportSubconfed;
    }
    if (community === WellKnownCommunity.NoExport && !session.interior) return AdvertisementReason.NoExport;
    if (community === WellKnownCommunity.LlgrStale && !session.llgrCapable) return AdvertisementReason.LongLivedStale;
  }
  return AdvertisementReason.None;
}

/** RFC 9234 section 5, egress rule 2: the peer is our provider, our lateral peer or our route server. */
function isUpOrAcross(session: ExportSession): boolean {
  return session.localRole === 'customer' || session.localRole === 'peer' || session.localRole === 'rs_client';
}

function hasAttribute(route: OutgoingRoute, code: number): boolean {
  return findAttribute(route.bytes, route.start, route.wireEnd, code) >= 0;
}
