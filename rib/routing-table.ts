/**
 * One routing table: the Loc-RIB and all Adj-RIBs-In that feed it, for one family.
 *
 *     AdjRibIn --add, change, remove--> chains of routes --mark--> dirty prefixes --decide--> journal --> readers
 *
 *     prefix row --first--> route --next--> route --next--> route      the selected route first; the others in the
 *                                                                      order of sources (sorted tables: of preference)
 *
 * Changes mark prefixes; `decide` then selects once per marked prefix, however many of its routes changed, and appends
 * it to the journal. In between the old selection stands unless it is gone, and readers leave marked prefixes out, so
 * nobody hears of a state that no decision made.
 *
 * A prefix row lives from its first route until no route, no reader that has to hear of the withdrawal and no pin
 * needs it. Cost: 4 octets and 2 bits a prefix here, the rest in PrefixTable, RouteStore and Journal.
 */
import type { AddressFamily } from '../bgp/index.ts';
import { AttributeTrait } from './attribute-facts.ts';
import type { AttributeTable } from './attribute-table.ts';
import { Decision, DecisionStep, IneligibleReason } from './decision.ts';
import type { AttributeId, NextHopId, PrefixId, RouteId, SourceId } from './ids.ts';
import { Journal } from './journal.ts';
import { type CoveringRoute, type Forwarding, UNKNOWN_METRIC } from './next-hop-resolver.ts';
import type { NextHopTable } from './next-hop-table.ts';
import { PrefixTable } from './prefix-table.ts';
import type { RouteSource, SourceTable } from './route-source.ts';
import { INELIGIBLE, RouteFlag, RouteStore } from './route-store.ts';
import { Selection } from './selection.ts';
import { BitSet } from './storage/bitset.ts';
import { capacityFor, resized } from './storage/columns.ts';
import { RowQueue } from './storage/row-queue.ts';
import { type ReaderOptions, TableReader } from './table-reader.ts';

/** What all tables of the daemon share. */
export interface SharedTables {
  readonly attributes: AttributeTable;
  readonly nextHops: NextHopTable;
  readonly sources: SourceTable;
}

export interface TableCounts {
  /** Prefixes that have routes of any kind, also ones that only an import table keeps. */
  readonly networks: number;
  /** Routes that `show route` shows, the filtered ones included. */
  readonly routes: number;
  /** Of these, refused by an import policy and kept to be shown. */
  readonly filtered: number;
}

const USABLE = RouteFlag.Selected | INELIGIBLE;

export class RoutingTable {
  readonly name: string;
  readonly family: AddressFamily;
  /** Chains stand in full order of preference, for readers that go on to the next best route. */
  readonly sorted: boolean;
  readonly prefixes: PrefixTable;
  readonly routes: RouteStore;
  readonly attributes: AttributeTable;
  readonly nextHops: NextHopTable;
  readonly sources: SourceTable;
  readonly journal: Journal;
  readonly decision: Decision;
  readonly #selection: Selection;
  /** First route of a prefix row; 0: none. */
  #head = new Uint32Array(1024);
  readonly #dirty = new BitSet();
  /** Dirty prefixes of which the selected route changed or went. */
  readonly #dirtyBest = new BitSet();
  readonly #queue = new RowQueue();
  #networks = 0;
  #shown = 0;
  #filtered = 0;
  /** Version of the next-hop table that all routes have been checked against, and the one being checked against. */
  #nextHopsSeen = 0;
  #nextHopsTarget = 0;
  #nextHopsCursor = 0;
  readonly #isUsable = (prefix: PrefixId): boolean => this.best(prefix) !== 0;

  constructor(name: string, family: AddressFamily, shared: SharedTables, sorted = false) {
    this.name = name;
    this.family = family;
    this.sorted = sorted;
    this.attributes = shared.attributes;
    this.nextHops = shared.nextHops;
    this.sources = shared.sources;
    this.prefixes = new PrefixTable(family);
    this.routes = new RouteStore();
    this.journal = new Journal((prefix) => this.#freeIfUnused(prefix));
    this.decision = new Decision(this.routes, this.attributes, this.nextHops, this.sources);
    this.#selection = new Selection(this.routes, this.sources, this.decision);
    this.#nextHopsSeen = this.nextHops.version;
  }

  get counts(): TableCounts {
    return { networks: this.#networks, routes: this.#shown, filtered: this.#filtered };
  }

  /** Octets of everything that belongs to this table alone. */
  get bytes(): number {
    const bits = this.#dirty.bytes + this.#dirtyBest.bytes;
    const rows = this.prefixes.bytes + this.routes.bytes;
    return rows + this.journal.bytes + this.#head.byteLength + this.#queue.bytes + bits;
  }

  // ------------------------------------------------------------------------------------------------------- reading

  /** The selected route; 0: none. */
  best(prefix: PrefixId): RouteId {
    const head = this.first(prefix);
    return (this.routes.flags[head] & USABLE) === RouteFlag.Selected ? head : (0 as RouteId);
  }

  /** The first route of the prefix: the selected one, if any. 0: the prefix has none. */
  first(prefix: PrefixId): RouteId {
    return (prefix < this.#head.length ? this.#head[prefix] : 0) as RouteId;
  }

  /** The route behind `route`; 0: it was the last. */
  next(route: RouteId): RouteId {
    return this.routes.next[route] as RouteId;
  }

  prefixOf(route: RouteId): PrefixId {
    return this.routes.prefix[route] as PrefixId;
  }

  attributeOf(route: RouteId): AttributeId {
    return this.routes.attribute[route] as AttributeId;
  }

  sourceOf(route: RouteId): RouteSource {
    return this.sources.get(this.routes.source[route] as SourceId);
  }

  nextHopOf(route: RouteId): NextHopId {
    return this.attributes.nextHop[this.routes.attribute[route]] as NextHopId;
  }

  /** Where packets to the prefix go by this route now. */
  forwardingOf(route: RouteId): Forwarding {
    return this.nextHops.forwarding(this.nextHopOf(route));
  }

  /** Takes part in the decision. */
  isEligible(route: RouteId): boolean {
    return (this.routes.flags[route] & INELIGIBLE) === 0;
  }

  ineligibleReason(route: RouteId): IneligibleReason {
    const flags = this.routes.flags[route];
    if ((flags & RouteFlag.Filtered) !== 0) return IneligibleReason.Filtered;
    if ((flags & RouteFlag.Held) !== 0) return IneligibleReason.Held;
    return (flags & RouteFlag.Dormant) !== 0 ? IneligibleReason.Dormant : IneligibleReason.None;
  }

  /** The step at which the route lost against the selected one; None for that one itself. */
  lostAt(route: RouteId): DecisionStep {
    if (!this.isEligible(route)) return DecisionStep.Eligible;
    const best = this.best(this.prefixOf(route));
    if (best === 0 || best === route) return DecisionStep.None;
    this.decision.compare(best, route);
    return this.decision.step;
  }

  /** The longest prefix, at most `maxLength` bits, that covers the address and has a selected route; 0: none. */
  lookup(word0: number, word1: number, word2: number, word3: number, maxLength = 128): PrefixId {
    return this.prefixes.longestMatch(word0, word1, word2, word3, maxLength, this.#isUsable);
  }

  openReader(options?: ReaderOptions): TableReader {
    return new TableReader(this, options);
  }

  /** For recursive next hops: the route that packets to the address take. */
  covering(word0: number, word1: number, word2: number, word3: number): CoveringRoute | undefined {
    const prefix = this.lookup(word0, word1, word2, word3);
    if (prefix === 0) return undefined;
    const best = this.best(prefix);
    const preference = this.decision.preference(best);
    let recursive = false;
    for (let route = best; route !== 0; route = this.next(route)) {
      if (!this.isEligible(route) || this.decision.preference(route) < preference) continue;
      if (this.nextHops.isRecursive(this.nextHopOf(route))) recursive = true;
    }
    return { forwarding: this.forwardingOf(best), recursive, igpMetric: this.#ownMetric(best) };
  }

  hasRoutes(prefix: PrefixId): boolean {
    return this.best(prefix) !== 0;
  }

  postpone(prefix: PrefixId, bestChanged: boolean): boolean {
    if (!this.#dirty.has(prefix)) return false;
    if (bestChanged) this.#dirtyBest.set(prefix);
    return true;
  }

  /** Keeps the prefix row although its last route goes; see PrefixTable.pin. */
  pin(prefix: PrefixId): void {
    this.prefixes.pin(prefix);
  }

  unpin(prefix: PrefixId): void {
    if (this.prefixes.unpin(prefix) && !this.journal.isPending(prefix)) this.#freeIfUnused(prefix);
  }

  // ------------------------------------------------------------------------------------------ changing, for AdjRibIn

  /** The route of a source to a prefix; 0: none. */
  findRoute(prefix: PrefixId, source: SourceId, pathId: number): RouteId {
    const routes = this.routes;
    for (let route = this.first(prefix); route !== 0; route = routes.next[route] as RouteId) {
      if (routes.source[route] === source && routes.pathId(route) === pathId) return route;
    }
    return 0 as RouteId;
  }

  /** Adds a route. `flags`: Filtered, Held and the generation. The row takes its own references. */
  addRoute(
    prefix: PrefixId,
    source: SourceId,
    pathId: number,
    attribute: AttributeId,
    flags: number,
    now: number,
  ): RouteId {
    const all = flags | this.dormancy(attribute);
    const route = this.addRouteOfMany(prefix, source, pathId, attribute, all, now);
    this.countMany(source, attribute, all, 1);
    return route;
  }

  /** `RouteFlag.Dormant` if no hop of the set is usable, else 0. */
  dormancy(attribute: AttributeId): number {
    return this.nextHops.isDormant(this.attributes.nextHopId(attribute)) ? RouteFlag.Dormant : 0;
  }

  /** As `addRoute`, with `flags` as they are; `countMany` has to follow for all that were added. */
  addRouteOfMany(
    prefix: PrefixId,
    source: SourceId,
    pathId: number,
    attribute: AttributeId,
    flags: number,
    now: number,
  ): RouteId {
    const route = this.routes.add(prefix, source, pathId, attribute, flags, now);
    if (prefix >= this.#head.length) this.#head = resized(this.#head, capacityFor(prefix, this.#head.length));
    if (this.#head[prefix] === 0) {
      this.#head[prefix] = route;
      this.#networks++;
    } else {
      this.#chainIn(prefix, route);
    }
    if ((flags & INELIGIBLE) === 0) this.markChanged(prefix, false);
    return route;
  }

  /** `count` routes of one source were added with one set and the same flags. */
  countMany(source: SourceId, attribute: AttributeId, flags: number, count: number): void {
    this.attributes.retainMany(attribute, count);
    this.sources.retainMany(source, count);
    if ((flags & RouteFlag.Dormant) !== 0) this.sources.dormant[this.sources.owner[source]] += count;
    if ((flags & RouteFlag.Held) !== 0) return;
    this.#shown += count;
    if ((flags & RouteFlag.Filtered) !== 0) this.#filtered += count;
  }

  /** Gives a route other attributes, or other reasons to take no part (`flags`: Filtered, Held). */
  changeRoute(route: RouteId, attribute: AttributeId, flags: number, now: number): void {
    const routes = this.routes;
    const old = routes.flags[route];
    const dormant = this.dormancy(attribute);
    this.#countShown(old, -1);
    this.#countShown(flags, 1);
    this.#dormancy(route, old, dormant);
    this.attributes.retain(attribute);
    this.attributes.release(routes.attribute[route] as AttributeId);
    routes.attribute[route] = attribute;
    routes.flags[route] = (old & ~INELIGIBLE) | flags | dormant;
    routes.setArrival(route, now);
    const visible = (old & INELIGIBLE) === 0 || (routes.flags[route] & INELIGIBLE) === 0;
    if (visible) this.markChanged(routes.prefix[route] as PrefixId, (old & RouteFlag.Selected) !== 0);
  }

  removeRoute(route: RouteId): void {
    const routes = this.routes;
    const prefix = routes.prefix[route] as PrefixId;
    const attribute = routes.attribute[route] as AttributeId;
    const raw = routes.rawAttribute(route);
    const flags = routes.flags[route];
    this.#unchain(prefix, route);
    this.#countShown(flags, -1);
    this.#dormancy(route, flags, 0);
    if ((flags & RouteFlag.Selected) !== 0) this.#countPreferred(route, -1);
    const gone = this.#head[prefix] === 0;
    if (gone) this.#networks--;
    // A prefix without routes goes through the journal as well: that is how its row comes free. It is marked before
    // anything is released: with the last recursive next hop a reader of this very journal may close, and a row that
    // is neither used nor marked would come free too early.
    if (gone || (flags & INELIGIBLE) === 0) this.markChanged(prefix, (flags & RouteFlag.Selected) !== 0);
    this.sources.release(routes.source[route] as SourceId);
    routes.free(route);
    this.attributes.release(attribute);
    if (raw !== 0) this.attributes.release(raw);
  }

  /** The prefix has to be decided again; `best`: whatever comes of it, readers of selected routes have to hear of it. */
  markChanged(prefix: PrefixId, best: boolean): void {
    if (best) this.#dirtyBest.set(prefix);
    if (this.#dirty.has(prefix)) return;
    this.#dirty.set(prefix);
    this.#queue.push(prefix);
  }

  // ------------------------------------------------------------------------------------------------------- deciding

  /** True if prefixes wait for `decide`. */
  get isDirty(): boolean {
    return this.#queue.length > 0;
  }

  /** Selects again for up to `limit` marked prefixes and appends them to the journal. True if more remain. */
  decide(limit: number): boolean {
    for (let i = 0; i < limit; i++) {
      const prefix = this.#queue.take() as PrefixId;
      if (prefix === 0) return false;
      this.#dirty.clear(prefix);
      const bestChanged = this.#decidePrefix(prefix);
      // Not short-circuited: the mark has to be taken in any case.
      const marked = this.#dirtyBest.take(prefix);
      this.journal.append(prefix, bestChanged || marked);
    }
    return this.#queue.length > 0;
  }

  /**
   * Looks for routes whose next hop changed since the last time and marks their prefixes; up to `limit` rows. True if
   * more remain. Costs a walk over all routes for each batch of changes, so call it after NextHopTable.update is done.
   */
  nextHopsChanged(limit: number): boolean {
    const version = this.nextHops.version;
    if (this.#nextHopsCursor === 0) {
      if (version === this.#nextHopsSeen) return false;
      this.#nextHopsTarget = version;
      this.#nextHopsCursor = 1;
    }
    const last = this.routes.highWater;
    const end = Math.min(last, this.#nextHopsCursor + limit - 1);
    const { prefix } = this.routes;
    for (let route = this.#nextHopsCursor as RouteId; route <= end; route++) {
      if (prefix[route] !== 0) this.#checkNextHop(route);
    }
    if (end < last) {
      this.#nextHopsCursor = end + 1;
      return true;
    }
    this.#nextHopsCursor = 0;
    this.#nextHopsSeen = this.#nextHopsTarget;
    return this.nextHops.version !== this.#nextHopsSeen;
  }

  #checkNextHop(route: RouteId): void {
    const nextHop = this.nextHopOf(route);
    if (this.nextHops.changedAt[nextHop] <= this.#nextHopsSeen) return;
    const flags = this.routes.flags;
    const old = flags[route];
    const dormant = this.nextHops.isDormant(nextHop) ? RouteFlag.Dormant : 0;
    flags[route] = (old & ~RouteFlag.Dormant) | dormant;
    this.#dormancy(route, old, dormant);
    if ((old & INELIGIBLE) !== 0 && (flags[route] & INELIGIBLE) !== 0) return;
    this.markChanged(this.prefixOf(route), (old & RouteFlag.Selected) !== 0);
  }

  /** Puts the best route first. True if that is another one than before. */
  #decidePrefix(prefix: PrefixId): boolean {
    const head = this.first(prefix);
    if (head === 0) return true;
    const { flags, next } = this.routes;
    const old = (flags[head] & RouteFlag.Selected) !== 0 ? head : (0 as RouteId);
    let best: RouteId;
    if (next[head] === 0) {
      flags[head] &= ~RouteFlag.Suppressed;
      best = (flags[head] & INELIGIBLE) === 0 ? head : (0 as RouteId);
    } else if (this.sorted) {
      const first = this.#selection.sort(head);
      this.#head[prefix] = first;
      best = this.isEligible(first) ? first : (0 as RouteId);
    } else {
      best = this.#selection.select(head);
      if (best !== 0 && best !== head) this.#moveFirst(prefix, best);
    }
    if (best === old) return false;
    if (old !== 0) {
      flags[old] &= ~RouteFlag.Selected;
      this.#countPreferred(old, -1);
    }
    if (best !== 0) {
      flags[best] |= RouteFlag.Selected;
      this.#countPreferred(best, 1);
    }
    return true;
  }

  // --------------------------------------------------------------------------------------------------------- chains

  /** Behind the head, which is the selected route if there is one, routes stand in comparing order. */
  #chainIn(prefix: PrefixId, route: RouteId): void {
    const { next, flags } = this.routes;
    const head = this.#head[prefix] as RouteId;
    if ((flags[head] & RouteFlag.Selected) === 0 && this.#selection.isBefore(route, head)) {
      next[route] = head;
      this.#head[prefix] = route;
      return;
    }
    let before = head;
    while (next[before] !== 0 && this.#selection.isBefore(next[before] as RouteId, route)) {
      before = next[before] as RouteId;
    }
    next[route] = next[before];
    next[before] = route;
  }

  #unchain(prefix: PrefixId, route: RouteId): void {
    const next = this.routes.next;
    if (this.#head[prefix] === route) {
      this.#head[prefix] = next[route];
    } else {
      let before = this.#head[prefix];
      while (next[before] !== route) before = next[before];
      next[before] = next[route];
    }
    if (next[route] !== 0) next[route] = 0;
  }

  /** `best` becomes the head; the old head goes back to its place among the others. */
  #moveFirst(prefix: PrefixId, best: RouteId): void {
    const old = this.#head[prefix] as RouteId;
    this.#unchain(prefix, best);
    this.#unchain(prefix, old);
    const rest = this.#head[prefix];
    this.#head[prefix] = best;
    this.routes.next[best] = rest;
    this.#chainInBehind(best, old);
  }

  #chainInBehind(head: RouteId, route: RouteId): void {
    const next = this.routes.next;
    let before = head;
    while (next[before] !== 0 && this.#selection.isBefore(next[before] as RouteId, route)) {
      before = next[before] as RouteId;
    }
    next[route] = next[before];
    next[before] = route;
  }

  // ------------------------------------------------------------------------------------------------------- counting

  #countShown(flags: number, step: 1 | -1): void {
    if ((flags & RouteFlag.Held) !== 0) return;
    this.#shown += step;
    if ((flags & RouteFlag.Filtered) !== 0) this.#filtered += step;
  }

  #dormancy(route: RouteId, old: number, now: number): void {
    if ((old & RouteFlag.Dormant) !== now) this.#countDormant(route, now === 0 ? -1 : 1);
  }

  #countDormant(route: RouteId, step: 1 | -1): void {
    const sources = this.sources;
    sources.dormant[sources.owner[this.routes.source[route]]] += step;
  }

  #countPreferred(route: RouteId, step: 1 | -1): void {
    const sources = this.sources;
    sources.preferred[sources.owner[this.routes.source[route]]] += step;
  }

  /** Distance that a route tells about itself: a metric set by a filter, AIGP, or 0 on a connected link. */
  #ownMetric(route: RouteId): number {
    const attribute = this.attributeOf(route);
    if (this.attributes.has(attribute, AttributeTrait.IgpMetric)) return this.attributes.igpMetric[attribute];
    const aigp = this.decision.totalAigp(route);
    if (aigp !== Number.POSITIVE_INFINITY) return Math.min(aigp, UNKNOWN_METRIC);
    const { kind, hops } = this.forwardingOf(route);
    return kind === 'unicast' && hops.every((hop) => hop.gateway === undefined) ? 0 : UNKNOWN_METRIC;
  }

  #freeIfUnused(prefix: PrefixId): void {
    if (this.first(prefix) !== 0 || this.#dirty.has(prefix) || this.prefixes.isPinned(prefix)) return;
    this.prefixes.free(prefix);
  }
}
