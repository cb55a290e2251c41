/**
 * One route as `show route` shows it: a snapshot of its row, its attributes and where its packets go. The attributes can
 * be others than the route's own (those that a filter made).
 */
import { type AttributeEditor, ExtensionAttribute, ipBytes, RouteScope, RouteSourceKind } from '../../bgp/index.ts';
import {
  type AttributeId,
  AttributeTrait,
  DECISION_STEP_NAMES,
  type Forwarding,
  INELIGIBLE_REASON_NAMES,
  IneligibleReason,
  type PrefixId,
  RouteFlag,
  type RouteId,
  type RoutingTable,
  UNKNOWN_METRIC,
} from '../../rib/index.ts';
import type { BgpRouteView, RouteHopView, RouteView } from '../control/host.ts';
import type { Channel } from '../protocol/channel.ts';

export interface RouteViewHost {
  /** The channel of a protocol into this table. */
  channelOf(protocol: string): Channel | undefined;
  /** Kernel protocols that tried to install the prefix and could not. */
  syncFailed(prefix: PrefixId): boolean;
  /** Converts the RIB's time of arrival to milliseconds since 1970. */
  wallTime(arrival: number): number;
}

/**
 * @param id the attributes to show; the caller keeps a reference as long as the view is read.
 * @param editor scratch; loaded with them afterwards.
 */
export function routeView(
  table: RoutingTable,
  route: RouteId,
  id: AttributeId,
  host: RouteViewHost,
  editor: AttributeEditor,
): RouteView {
  const { attributes, nextHops, routes } = table;
  const prefix = table.prefixOf(route);
  const source = table.sourceOf(route);
  const forwarding = nextHops.forwarding(attributes.nextHopId(id));
  const flags = routes.flags[route]!;
  const primary = leads(table, prefix, route);
  attributes.load(id, editor);
  const metric = table.decision.igpMetric(route);
  return {
    prefix: table.prefixes.format(prefix),
    destination: destinationOf(forwarding),
    nextHops: hopsOf(forwarding),
    protocol: source.protocol,
    kind: source.kind,
    primary,
    syncFailed: primary && host.syncFailed(prefix),
    changedAt: host.wallTime(routes.arrival(route)),
    from: source.bgp?.peerAddress,
    preference: table.decision.preference(route),
    scope: scopeOf(editor),
    bgp: source.bgp === undefined ? undefined : bgpView(table, route, id, forwarding, isStale(table, route, host)),
    igpMetric: metric === UNKNOWN_METRIC || metric === 0 ? undefined : metric,
    record: {
      bytes: attributes.chunk(id),
      start: attributes.start(id),
      wireEnd: attributes.wireEnd(id),
      end: attributes.end(id),
    },
    pathId: routes.pathId(route),
    filtered: (flags & (RouteFlag.Filtered | RouteFlag.Held)) !== 0,
    lostAt: lossOf(table, prefix, route),
  };
}

/** The selected route; where none takes part, the first of those that were refused and kept. */
function leads(table: RoutingTable, prefix: PrefixId, route: RouteId): boolean {
  const best = table.best(prefix);
  if (best !== 0) return best === route;
  let first = table.first(prefix);
  while (first !== 0 && (table.routes.flags[first]! & RouteFlag.Filtered) === 0) first = table.next(first);
  return first === route;
}

/** Announced before its peer restarted, and not again since. */
function isStale(table: RoutingTable, route: RouteId, host: RouteViewHost): boolean {
  const source = table.sourceOf(route);
  if (source.kind !== RouteSourceKind.Bgp || source.via !== undefined) return false;
  return host.channelOf(source.protocol)?.adjRibIn?.isStale(route) === true;
}

export function scopeOf(editor: AttributeEditor): number {
  const scope = editor.extensionU32(ExtensionAttribute.Scope);
  return scope < 0 ? RouteScope.Universe : scope;
}

function destinationOf(forwarding: Forwarding): RouteView['destination'] {
  switch (forwarding.kind) {
    case 'unicast':
    case 'blackhole':
    case 'prohibit':
      return forwarding.kind;
    default:
      return 'unreachable';
  }
}

/** Hops in a fixed order: the heaviest first, then by gateway. */
function hopsOf(forwarding: Forwarding): readonly RouteHopView[] {
  if (forwarding.kind !== 'unicast') return [];
  const hops = forwarding.hops.map(({ gateway, interfaceName, onlink, weight }) => ({
    gateway,
    interfaceName,
    onlink,
    weight,
  }));
  if (hops.length < 2) return hops;
  const key = (hop: RouteHopView): Uint8Array => (hop.gateway === undefined ? new Uint8Array() : ipBytes(hop.gateway));
  return hops.sort((a, b) => b.weight - a.weight || Buffer.compare(key(a), key(b)));
}

/** Why the route is not the selected one; `undefined` if it is. */
export function lossOf(table: RoutingTable, prefix: PrefixId, route: RouteId): string | undefined {
  if (table.best(prefix) === route) return undefined;
  const reason = table.ineligibleReason(route);
  if (reason !== IneligibleReason.None) return INELIGIBLE_REASON_NAMES[reason];
  return DECISION_STEP_NAMES[table.lostAt(route)];
}

function bgpView(
  table: RoutingTable,
  route: RouteId,
  id: AttributeId,
  forwarding: Forwarding,
  stale: boolean,
): BgpRouteView {
  const flags = table.routes.flags[route]!;
  const value = table.nextHops.value(table.attributes.nextHopId(id));
  const recursive = value.kind === 'gateway' && value.resolve === 'recursive';
  const aigp = table.decision.totalAigp(route);
  const igp = table.decision.igpMetric(route);
  let metric: BgpRouteView['metric'];
  if (Number.isFinite(aigp)) metric = { kind: 'aigp', value: BigInt(aigp) };
  else if (forwarding.kind === 'unresolved') metric = { kind: 'unresolved' };
  else if (recursive && forwarding.kind === 'unreachable') metric = { kind: 'unresolvable' };
  else if (recursive && igp === UNKNOWN_METRIC) metric = { kind: 'unknown' };
  else if (igp !== UNKNOWN_METRIC && (recursive || igp > 0)) metric = { kind: 'igp', value: igp };
  return {
    suppressed: (flags & RouteFlag.Suppressed) !== 0,
    stale: stale || table.attributes.has(id, AttributeTrait.LlgrStale),
    metric,
  };
}
