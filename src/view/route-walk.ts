/**
 * The walk behind `show route`: one table, or part of it, a network at a time, each route judged as the question asks
 * (protocol, export rules, filter) and shown as a view. Yields `undefined` after a while without a result, so that
 * routing goes on while somebody looks for a needle; the table may change between two steps.
 */
import {
  AttributeEditor,
  ExtensionAttribute,
  ipBytes,
  type NextHop,
  type Policy,
  type PolicyRoute,
  PolicyVerdict,
  RouteScope,
  RouteSourceKind,
} from '../../bgp/index.ts';
import {
  AdvertisementReason,
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
import type { BgpRouteView, RouteCounts, RouteHopView, RouteQuery, RouteView, RouteWalk } from '../control/host.ts';
import type { Channel } from '../protocol/channel.ts';

/** Routes looked at without a result before others may run. */
const PATIENCE = 512;

export interface RouteWalkHost {
  readonly table: RoutingTable;
  /** The channel of `query.exportChannel` or `query.channel`. */
  readonly channel: Channel | undefined;
  /** The channel of a protocol into this table. */
  channelOf(protocol: string): Channel | undefined;
  /** Kernel protocols that tried to install the prefix and could not. */
  syncFailed(prefix: PrefixId): boolean;
  /** Converts the RIB's time of arrival to milliseconds since 1970. */
  wallTime(arrival: number): number;
  report(text: string): void;
}

export function* walkRoutes(query: RouteQuery, host: RouteWalkHost): RouteWalk {
  const { table } = host;
  const judge = new RouteJudge(query, host);
  let shown = 0;
  let examined = 0;
  let networks = 0;
  let patience = PATIENCE;
  for (const prefix of prefixesOf(query, table)) {
    if (prefix === 0) {
      yield undefined;
      continue;
    }
    let any = false;
    // The chain is read before anything is yielded: it may be another one afterwards.
    const routes: RouteId[] = [];
    for (let route = table.first(prefix); route !== 0; route = table.next(route)) {
      if (judge.isListed(route)) routes.push(route);
      if (query.primaryOnly) break;
    }
    for (const route of routes) {
      // A route of the chain may have gone while an earlier one was being shown.
      if (table.prefixOf(route) !== prefix) continue;
      any = true;
      examined++;
      const verdict = judge.accepts(route, prefix);
      if (verdict) {
        shown++;
        if (!query.countOnly) {
          const view = judge.view(route, prefix);
          patience = PATIENCE;
          try {
            yield view;
          } finally {
            judge.release();
          }
          continue;
        }
      }
      judge.release();
      if (--patience === 0) {
        patience = PATIENCE;
        yield undefined;
      }
    }
    if (any) networks++;
  }
  return { shown, examined, networks } satisfies RouteCounts;
}

/** Prefix rows that the question is about; 0 now and then: let others run. */
function* prefixesOf(query: RouteQuery, table: RoutingTable): Generator<PrefixId | 0> {
  const { match } = query;
  const { prefixes } = table;
  if (match?.kind === 'exact') {
    const found = prefixes.findPrefix(match.prefix);
    if (found !== 0) yield found;
    return;
  }
  if (match?.kind === 'longest') {
    const bytes = match.prefix.bytes;
    const word = (i: number): number =>
      ((bytes[i]! << 24) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!) >>> 0;
    const six = match.prefix.version === 6;
    const found = table.lookup(word(0), six ? word(4) : 0, six ? word(8) : 0, six ? word(12) : 0, match.prefix.length);
    if (found !== 0) yield found;
    return;
  }
  let steps = 0;
  for (let row = 1; row <= prefixes.highWater; row++) {
    if (++steps % 4096 === 0) yield 0 as const;
    if (!prefixes.isInUse(row)) continue;
    const prefix = row as PrefixId;
    if (match !== undefined && !prefixes.isWithin(prefix, match.prefix)) continue;
    yield prefix;
  }
}

/** Decides about one route after the other, with scratch objects that are used again. */
class RouteJudge {
  readonly #query: RouteQuery;
  readonly #host: RouteWalkHost;
  readonly #table: RoutingTable;
  readonly #editor = new AttributeEditor();
  readonly #policyRoute: PolicyRoute;
  /** Attributes to be shown: the route's own, or those that export rules or the filter made. */
  #attributes: AttributeId | 0 = 0;
  #owned: (AttributeId | 0)[] = [];

  constructor(query: RouteQuery, host: RouteWalkHost) {
    this.#query = query;
    this.#host = host;
    this.#table = host.table;
    this.#policyRoute = {
      version: host.table.family.version,
      word0: 0,
      word1: 0,
      word2: 0,
      word3: 0,
      length: 0,
      source: RouteSourceKind.Static,
      protocol: '',
      attributes: this.#editor,
      from: '',
      preference: 0,
      scope: RouteScope.Universe,
      nextHop: { kind: 'unreachable' },
      error: '',
      print: (line) => host.report(line),
    };
  }

  /** `show route` proper shows what takes part, and with `filtered` what was refused and kept. */
  isListed(route: RouteId): boolean {
    const flags = this.#table.routes.flags[route]!;
    if (this.#query.from === 'import-table') return this.#host.channel?.adjRibIn?.owns(route) === true;
    // Kept for another filter, or asleep for want of a usable hop: as if they were not there.
    if ((flags & (RouteFlag.Held | RouteFlag.Dormant)) !== 0) return false;
    return this.#query.filteredOnly ? (flags & RouteFlag.Filtered) !== 0 : (flags & RouteFlag.Filtered) === 0;
  }

  accepts(route: RouteId, prefix: PrefixId): boolean {
    const { protocol, exportChannel, policy, from } = this.#query;
    this.#attributes = this.#table.attributeOf(route);
    if (from === 'import-table') {
      const raw = this.#table.routes.rawAttribute(route);
      if (raw !== 0) this.#attributes = raw;
    }
    if (from === 'export-table') {
      if (!this.#exported(route, prefix, 'exported')) return false;
      // As the filter left it, before the protocol's own rewriting.
      if (!this.#exported(route, prefix, 'export')) return false;
    }
    if (protocol !== undefined && this.#table.sourceOf(route).protocol !== protocol) return false;
    if (exportChannel !== undefined && !this.#exported(route, prefix, exportChannel.mode)) return false;
    return policy === undefined || this.#asked(policy, route, prefix);
  }

  /** Gives back the references that judging and showing took. */
  release(): void {
    for (const id of this.#owned) if (id !== 0) this.#table.attributes.release(id);
    this.#owned = [];
    this.#attributes = 0;
  }

  #exported(route: RouteId, prefix: PrefixId, mode: 'preexport' | 'export' | 'noexport' | 'exported'): boolean {
    const side = this.#host.channel?.exportSide;
    if (side === undefined) return false;
    if (mode === 'exported') {
      return side.wasExported(prefix, route);
    }
    // Channels that pass on one route of a network are asked about that one only.
    if (!side.allRoutes && this.#table.best(prefix) !== route) return false;
    const verdict = side.verdict(route);
    if (verdict.attributes !== 0) this.#owned.push(verdict.attributes);
    switch (mode) {
      case 'preexport':
        return verdict.stage !== 'rejected' || behindTheFilter(verdict.reason);
      case 'noexport':
        return verdict.stage === 'filtered';
      case 'export':
        if (verdict.stage !== 'accepted') return behindTheFilter(verdict.reason);
        if (verdict.attributes !== 0) this.#attributes = verdict.attributes;
        return true;
    }
  }

  #asked(policy: Policy, route: RouteId, prefix: PrefixId): boolean {
    const table = this.#table;
    const source = table.sourceOf(route);
    const attributes = this.#attributes as AttributeId;
    const ask = this.#policyRoute;
    table.attributes.load(attributes, this.#editor);
    const { prefixes } = table;
    ask.word0 = prefixes.word0[prefix]!;
    if (ask.version === 6) {
      ask.word1 = prefixes.word1[prefix]!;
      ask.word2 = prefixes.word2[prefix]!;
      ask.word3 = prefixes.word3[prefix]!;
    }
    ask.length = prefixes.length[prefix]!;
    ask.source = source.kind;
    ask.protocol = source.protocol;
    ask.from = source.bgp?.peerAddress ?? '';
    ask.preference = table.decision.preference(route);
    ask.scope = scopeOf(this.#editor);
    const nextHop = table.attributes.nextHopId(attributes);
    const before: NextHop = table.nextHops.value(nextHop);
    ask.nextHop = before;
    ask.error = '';
    const verdict = policy.evaluate(ask);
    if (verdict === PolicyVerdict.Error) this.#host.report(ask.error);
    if (verdict !== PolicyVerdict.Accept) return false;
    const editor = this.#editor;
    // A set that became longer than a message is shown as it was.
    if ((editor.changed || ask.nextHop !== before) && editor.encodeRecord()) {
      const hop = ask.nextHop === before ? nextHop : table.nextHops.intern(ask.nextHop);
      const changed = table.attributes.intern(editor.bytes, editor.start, editor.wireEnd, editor.end, hop);
      if (ask.nextHop !== before) table.nextHops.release(hop);
      if (changed !== 0) {
        this.#owned.push(changed);
        this.#attributes = changed;
      }
    }
    return true;
  }

  view(route: RouteId, prefix: PrefixId): RouteView {
    const table = this.#table;
    const { attributes, nextHops, routes } = table;
    const id = this.#attributes as AttributeId;
    // The view's record has to outlive changes of the table while it is being read.
    attributes.retain(id);
    this.#owned.push(id);
    const source = table.sourceOf(route);
    const forwarding = nextHops.forwarding(attributes.nextHopId(id));
    const flags = routes.flags[route]!;
    const primary = this.#leads(prefix, route);
    attributes.load(id, this.#editor);
    const metric = table.decision.igpMetric(route);
    return {
      prefix: table.prefixes.format(prefix),
      destination: destinationOf(forwarding),
      nextHops: hopsOf(forwarding),
      protocol: source.protocol,
      kind: source.kind,
      primary,
      syncFailed: primary && this.#host.syncFailed(prefix),
      changedAt: this.#host.wallTime(routes.arrival(route)),
      from: source.bgp?.peerAddress,
      preference: table.decision.preference(route),
      scope: scopeOf(this.#editor),
      bgp: source.bgp === undefined ? undefined : bgpView(table, route, id, flags, forwarding, this.#isStale(route)),
      igpMetric: metric === UNKNOWN_METRIC || metric === 0 ? undefined : metric,
      record: {
        bytes: attributes.chunk(id),
        start: attributes.start(id),
        wireEnd: attributes.wireEnd(id),
        end: attributes.end(id),
      },
      pathId: routes.pathId(route),
      filtered: (flags & (RouteFlag.Filtered | RouteFlag.Held)) !== 0,
      lostAt: primary ? undefined : lossOf(table, route),
    };
  }

  /** The selected route; where none takes part, the first of those that were refused and kept. */
  #leads(prefix: PrefixId, route: RouteId): boolean {
    const table = this.#table;
    const best = table.best(prefix);
    if (best !== 0) return best === route;
    let first = table.first(prefix);
    while (first !== 0 && (table.routes.flags[first]! & RouteFlag.Filtered) === 0) first = table.next(first);
    return first === route;
  }

  /** Announced before its peer restarted, and not again since. */
  #isStale(route: RouteId): boolean {
    const source = this.#table.sourceOf(route);
    if (source.kind !== RouteSourceKind.Bgp || source.via !== undefined) return false;
    return this.#host.channelOf(source.protocol)?.adjRibIn?.isStale(route) === true;
  }
}

/** The filter took the route; what stands against it was found on the way to the wire. */
function behindTheFilter(reason: AdvertisementReason): boolean {
  return (
    reason === AdvertisementReason.NextHopIsNeighbor ||
    reason === AdvertisementReason.InvalidNextHop ||
    reason === AdvertisementReason.AttributesTooLong ||
    reason === AdvertisementReason.ExportLimit
  );
}

function scopeOf(editor: AttributeEditor): number {
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

function lossOf(table: RoutingTable, route: RouteId): string | undefined {
  const reason = table.ineligibleReason(route);
  if (reason !== IneligibleReason.None) return INELIGIBLE_REASON_NAMES[reason];
  return DECISION_STEP_NAMES[table.lostAt(route)];
}

function bgpView(
  table: RoutingTable,
  route: RouteId,
  id: AttributeId,
  flags: number,
  forwarding: Forwarding,
  stale: boolean,
): BgpRouteView {
  const value = table.nextHops.value(table.attributes.nextHopId(id));
  const recursive = value.kind === 'gateway' && value.resolve === 'recursive';
  const aigp = table.decision.totalAigp(route);
  const igp = table.decision.igpMetric(route);
  let metric: BgpRouteView['metric'];
  if (Number.isFinite(aigp)) metric = { kind: 'aigp', value: BigInt(aigp) };
  else if (forwarding.kind === 'unresolved') metric = { kind: 'unresolvable' };
  else if (recursive && igp === UNKNOWN_METRIC) metric = { kind: 'unknown' };
  else if (igp !== UNKNOWN_METRIC && (recursive || igp > 0)) metric = { kind: 'igp', value: igp };
  return {
    suppressed: (flags & RouteFlag.Suppressed) !== 0,
    stale: stale || table.attributes.has(id, AttributeTrait.LlgrStale),
    metric,
  };
}
