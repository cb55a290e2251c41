/**
 * The walk behind `show route`: one table, or part of it, a network at a time, each route judged as the question asks
 * (protocol, export rules, filter) and shown as a view. Yields `undefined` after a while without a result, so that
 * routing goes on while somebody looks for a needle; the table may change between two steps.
 */
import {
  AttributeEditor,
  type NextHop,
  type Policy,
  type PolicyRoute,
  PolicyVerdict,
  type Prefix,
  RouteScope,
  RouteSourceKind,
} from '../../bgp/index.ts';
import {
  AdvertisementReason,
  type AttributeId,
  type PrefixId,
  RouteFlag,
  type RouteId,
  type RoutingTable,
} from '../../rib/index.ts';
import type { RouteCounts, RouteQuery, RouteView, RouteWalk } from '../control/host.ts';
import type { Channel } from '../protocol/channel.ts';
import { type RouteViewHost, routeView, scopeOf } from './route-view.ts';

/** Routes looked at without a result before others may run. */
const PATIENCE = 512;

export interface RouteWalkHost extends RouteViewHost {
  readonly table: RoutingTable;
  /** The channel of `query.exportChannel` or `query.channel`. */
  readonly channel: Channel | undefined;
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
          const view = judge.view(route);
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
  if (match?.kind === 'exact' || match?.kind === 'longest') {
    const found = findNetwork(match.kind, match.prefix, table);
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

/** The network itself, or the longest one around it that has a usable route; 0: none. */
export function findNetwork(
  kind: 'exact' | 'longest',
  { bytes, version, length }: Prefix,
  table: RoutingTable,
): PrefixId | 0 {
  if (kind === 'exact') return table.prefixes.findPrefix({ bytes, version, length });
  const word = (i: number): number =>
    ((bytes[i]! << 24) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!) >>> 0;
  const six = version === 6;
  return table.lookup(word(0), six ? word(4) : 0, six ? word(8) : 0, six ? word(12) : 0, length);
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

  view(route: RouteId): RouteView {
    const id = this.#attributes as AttributeId;
    // The view's record has to outlive changes of the table while it is being read.
    this.#table.attributes.retain(id);
    this.#owned.push(id);
    return routeView(this.#table, route, id, this.#host, this.#editor);
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
