/** The door of the RIB: tables in columns, the way in, the decision, and the way out (docs/architecture.md). */
export type { AdjRibInOptions } from './adj-rib-in.ts';
export { AdjRibIn } from './adj-rib-in.ts';
export type { Advertisement, OutgoingRoute } from './advertisement.ts';
export { ADVERTISEMENT_REASONS, AdvertisementReason, RewriteForm } from './advertisement.ts';
export { AttributeTrait, NO_AS_PATH } from './attribute-facts.ts';
export { AttributeTable, LONGEST_RECORD } from './attribute-table.ts';
export {
  DECISION_STEP_NAMES,
  DecisionStep,
  INELIGIBLE_REASON_NAMES,
  IneligibleReason,
} from './decision.ts';
export { ExportPolicy } from './export-policy.ts';
export type { ExportVerdict } from './export-stats.ts';
export { ExportStats } from './export-stats.ts';
export type { AttributeId, NextHopId, PrefixId, RouteId, SourceId } from './ids.ts';
export { ImportStats } from './import-stats.ts';
export { IncomingSet } from './incoming-set.ts';
export type { AddressFacts, Interface, InterfaceAddress, LinkFacts } from './interface-table.ts';
export { InterfaceTable } from './interface-table.ts';
export type { Forwarding, ForwardingKind, ResolvedHop } from './next-hop-resolver.ts';
export { UNKNOWN_METRIC } from './next-hop-resolver.ts';
export { NextHopTable } from './next-hop-table.ts';
export { PrefixTable } from './prefix-table.ts';
export type { RouteLimitAction, RouteLimitKind, RouteLimitSetting } from './route-limit.ts';
export { RouteLimit, sameLimit } from './route-limit.ts';
export type { BgpSource, RouteSource, SourceFacts, Via } from './route-source.ts';
export { SourceTable } from './route-source.ts';
export { INELIGIBLE, RouteFlag, RouteStore } from './route-store.ts';
export type { SharedTables, TableCounts } from './routing-table.ts';
export { RoutingTable } from './routing-table.ts';
export { BitSet } from './storage/bitset.ts';
export type { ReaderOptions } from './table-reader.ts';
export { TableReader } from './table-reader.ts';
export { UpdateGroup } from './update-group.ts';
export type { WireFacts } from './update-group-batch.ts';
export type { GroupMember } from './update-group-member.ts';
export { GroupMembership } from './update-group-member.ts';
export { QUEUE_HIGH, QUEUE_LOW } from './update-group-pace.ts';
export type { GroupSpec } from './update-group-spec.ts';
export type { GroupScheduler } from './update-groups.ts';
export { UpdateGroups } from './update-groups.ts';
