/**
 * The way in: the import side of one channel, for every kind of protocol (RFC 4271 section 3.2 and 9.1). It runs the
 * import policy, keeps count, watches limits, and changes the table; what says nothing new stops here.
 *
 *     route as received --policy--> accepted   a row that takes part in the decision
 *                                   refused    nothing; or a row that does not take part: Filtered (kept to be shown),
 *                                              Held (import table: kept so that another policy can be asked)
 *
 * Generations. Each row remembers the generation in which it was last announced. Calling everything stale is one
 * increment; rows of older generations are stale, and a sweep takes them away in slices (graceful restart, enhanced
 * route refresh, end of a session: new announcements meanwhile are of the new generation and stay).
 *
 * Cost: per prefix one hash lookup and one row; the policy runs once per UPDATE unless it looks at the prefix.
 */
import { AttributeEditor, isMartianIpv4, isMartianIpv6, NlriCursor, type Policy, type Prefix } from '../bgp/index.ts';
import { DerivedSources } from './derived-sources.ts';
import { Generations } from './generations.ts';
import type { AttributeId, PrefixId, RouteId, SourceId } from './ids.ts';
import { ImportPolicy } from './import-policy.ts';
import { ImportStats } from './import-stats.ts';
import type { IncomingSet } from './incoming-set.ts';
import { LongLivedStale } from './long-lived-stale.ts';
import { RouteLimit, type RouteLimitKind, type RouteLimitSetting } from './route-limit.ts';
import type { RouteSource, SourceFacts } from './route-source.ts';
import { GENERATION_MASK, RouteFlag } from './route-store.ts';
import type { RoutingTable } from './routing-table.ts';
import { RowWalk } from './storage/row-walk.ts';

export interface AdjRibInOptions {
  readonly policy: Policy;
  /** Keep what the policy refuses, to be shown (`import keep filtered`). */
  readonly keepFiltered: boolean;
  /** Keep routes as they were received, so that `reevaluate` works (`import table`). */
  readonly importTable: boolean;
  readonly receiveLimit: RouteLimitSetting | undefined;
  readonly importLimit: RouteLimitSetting | undefined;
  /** A limit is met; the owner logs it, and for `restart` and `disable` takes the protocol down. */
  onLimit(kind: RouteLimitKind, limit: RouteLimitSetting): void;
  /** Something is wrong with a route or a policy; the owner logs it, not too often. */
  report(message: string): void;
  /** Lines that the policy prints. */
  print(line: string): void;
}

/** Why a row takes no part, as far as this channel says so. */
const REFUSAL = RouteFlag.Filtered | RouteFlag.Held;
const REFUSED = 0 as AttributeId;

export class AdjRibIn {
  readonly stats: ImportStats = new ImportStats();
  readonly receiveLimit: RouteLimit;
  readonly importLimit: RouteLimit;
  readonly #table: RoutingTable;
  readonly #policy: ImportPolicy;
  readonly #report: (message: string) => void;
  readonly #cursor = new NlriCursor();
  readonly #derived: DerivedSources;
  #source: RouteSource;
  /** Flags of the routes that are being announced in a row with one set. */
  #runFlags = 0;
  #keepFiltered: boolean;
  readonly #importTable: boolean;
  readonly #generations: Generations;
  readonly #sweep = new RowWalk();
  readonly #longLivedWalk = new RowWalk();
  readonly #reevaluation = new RowWalk();
  readonly #reselection = new RowWalk();
  #clearing = false;
  readonly #longLived: LongLivedStale;

  constructor(table: RoutingTable, source: RouteSource, options: AdjRibInOptions) {
    this.#table = table;
    this.#source = source;
    this.#report = (message) => options.report(message);
    this.#policy = new ImportPolicy(
      table.attributes,
      table.nextHops,
      table.family.version,
      options.policy,
      source,
      (line) => options.print(line),
      this.#report,
    );
    this.#keepFiltered = options.keepFiltered;
    this.#importTable = options.importTable;
    this.receiveLimit = new RouteLimit('receive', options.receiveLimit, (kind, limit) => options.onLimit(kind, limit));
    this.importLimit = new RouteLimit('import', options.importLimit, (kind, limit) => options.onLimit(kind, limit));
    this.#derived = new DerivedSources(table);
    this.#generations = new Generations(table.routes, (route) => this.owns(route));
    this.#longLived = new LongLivedStale(table.attributes, new AttributeEditor());
  }

  get table(): RoutingTable {
    return this.#table;
  }

  get source(): RouteSource {
    return this.#source;
  }

  get policy(): Policy {
    return this.#policy.policy;
  }

  /** Routes of this channel that are selected. */
  get routesPreferred(): number {
    return this.#table.sources.preferred[this.#source.id];
  }

  /** Routes of this channel that sleep: none of their hops is usable. Counted among the accepted ones. */
  get routesDormant(): number {
    return this.#table.sources.dormant[this.#source.id];
  }

  // ---------------------------------------------------------------------------------------------------- from the wire

  /**
   * Applies the whole NLRI field of one UPDATE, which was validated. `set` stays the caller's. `now`: milliseconds.
   * Returns how many prefixes there were.
   */
  announceNlri(bytes: Uint8Array, start: number, end: number, addPath: boolean, set: IncomingSet, now: number): number {
    if (start >= end) return 0;
    const cursor = this.#cursor;
    cursor.reset(bytes, start, end, addPath, this.#table.family.version);
    const perPrefix = this.#policy.isPerPrefix;
    const takesAll = this.#takesAll;
    let accepted = REFUSED;
    let acceptedClass = -1;
    let count = 0;
    let added = 0;
    while (cursor.next()) {
      count++;
      const prefixClass = this.#policy.classOf(cursor);
      if (prefixClass !== acceptedClass || perPrefix) {
        this.#endRun(accepted, added);
        added = 0;
        accepted = this.#policy.evaluateIncoming(set, cursor, prefixClass);
        acceptedClass = prefixClass;
        this.#runFlags = accepted === REFUSED ? 0 : this.#generations.bits | this.#table.dormancy(accepted);
      }
      if (takesAll && accepted !== REFUSED) {
        if (this.#putAccepted(accepted, now)) added++;
      } else {
        this.#put(this.#source.id, cursor, this.#keepsRaw ? set.id : REFUSED, accepted, now);
      }
    }
    this.#endRun(accepted, added);
    this.stats.updatesReceived += cursor.skipped;
    this.stats.updatesInvalid += cursor.skipped;
    return count + cursor.skipped;
  }

  /** Withdraws the whole field. Returns how many prefixes there were. */
  withdrawNlri(bytes: Uint8Array, start: number, end: number, addPath: boolean): number {
    const cursor = this.#cursor;
    const prefixes = this.#table.prefixes;
    let count = 0;
    cursor.reset(bytes, start, end, addPath, this.#table.family.version);
    while (cursor.next()) {
      count++;
      this.#withdraw(prefixes.findKey(cursor), this.#source.id, cursor.pathId);
    }
    this.stats.withdrawsReceived += cursor.skipped;
    this.stats.withdrawsInvalid += cursor.skipped;
    return count + cursor.skipped;
  }

  // ------------------------------------------------------------------------------------------ from other protocols

  /** Announces one route. `attribute` stays the caller's. */
  announce(prefix: Prefix, pathId: number, attribute: AttributeId, now: number): void {
    const words = wordsOf(prefix);
    this.announceWords(words[0], words[1], words[2], words[3], prefix.length, pathId, attribute, now);
  }

  withdraw(prefix: Prefix, pathId: number): void {
    this.#withdraw(this.#table.prefixes.findPrefix(prefix), this.#source.id, pathId);
  }

  announceWords(
    word0: number,
    word1: number,
    word2: number,
    word3: number,
    length: number,
    pathId: number,
    attribute: AttributeId,
    now: number,
  ): void {
    this.#setKey(word0, word1, word2, word3, length, pathId);
    this.#announceKey(this.#source, attribute, now);
  }

  withdrawWords(word0: number, word1: number, word2: number, word3: number, length: number, pathId: number): void {
    this.#withdraw(this.#table.prefixes.find(word0, word1, word2, word3, length), this.#source.id, pathId);
  }

  /**
   * Announces a route of another table's source: what a pipe does. Here it belongs to a source of its own, with the
   * facts of `origin`. False if the same route is here already by another way (a loop of pipes), or if there are no
   * source ids left.
   */
  announceFrom(
    origin: RouteSource,
    word0: number,
    word1: number,
    word2: number,
    word3: number,
    length: number,
    pathId: number,
    attribute: AttributeId,
    now: number,
  ): boolean {
    const prefix = this.#table.prefixes.find(word0, word1, word2, word3, length);
    if (prefix !== 0 && this.#derived.collides(prefix, origin, pathId, this.#source)) {
      this.#report(
        `pipe collision: ${this.#table.prefixes.format(prefix)} of ${origin.protocol} is in the table already`,
      );
      return false;
    }
    const source = this.#derived.sourceFor(origin, this.#source);
    if (source === undefined) {
      this.#report('there are too many sources of routes');
      return false;
    }
    this.#setKey(word0, word1, word2, word3, length, pathId);
    this.#announceKey(source, attribute, now);
    return true;
  }

  /** Withdraws a route of this channel, found by walking the table's chain: what a pipe does. */
  withdrawRoute(route: RouteId): void {
    this.stats.withdrawsReceived++;
    this.#remove(route);
  }

  /** True if the route came by this channel. */
  owns(route: RouteId): boolean {
    const { sources, routes } = this.#table;
    return sources.owner[routes.source[route]] === this.#source.id;
  }

  // -------------------------------------------------------------------------------------------- staleness and leaving

  /** From now on everything that was announced before is stale. */
  markStale(): void {
    this.#generations.begin();
    this.#sweep.restart();
  }

  isStale(route: RouteId): boolean {
    return this.#generations.isStale(route);
  }

  /** Withdraws what is stale; looks at up to `limit` rows. True if more remain: call again. */
  sweepStale(limit: number): boolean {
    if (!this.#generations.mayHaveStale) return false;
    const more = this.#sweep.run(this.#table.routes, limit, (row) => {
      if (this.#isMine(row) && this.isStale(row as RouteId)) this.#remove(row as RouteId);
    });
    if (!more) this.#generations.swept();
    return more;
  }

  /** Withdraws everything that is there at the first call; up to `limit` rows. True if more remain: call again. */
  clear(limit: number): boolean {
    if (!this.#clearing) {
      this.#clearing = true;
      this.markStale();
    }
    this.#clearing = this.sweepStale(limit);
    return this.#clearing;
  }

  /**
   * Stale routes become long-lived stale (RFC 9494 section 4.2): those with NO_LLGR go, the others get the community
   * LLGR_STALE. Looks at up to `limit` rows; true if more remain.
   */
  markLongLivedStale(limit: number, now: number): boolean {
    return this.#longLivedWalk.run(this.#table.routes, limit, (row) => {
      if (this.#isMine(row) && this.isStale(row as RouteId)) this.#makeLongLivedStale(row as RouteId, now);
    });
  }

  // ----------------------------------------------------------------------------------------------- changes of settings

  /** Another policy for what comes from now on; `reevaluate` asks it about what is here. */
  setPolicy(policy: Policy): void {
    this.#policy.set(policy, this.#source);
    this.#reevaluation.restart();
  }

  setKeepFiltered(keepFiltered: boolean): void {
    this.#keepFiltered = keepFiltered;
  }

  /**
   * Other limits. Says where routes are that were refused and would be taken now: kept here, for `reevaluate`, or only
   * with the other side.
   */
  setLimits(
    receive: RouteLimitSetting | undefined,
    imported: RouteLimitSetting | undefined,
  ): 'nothing' | 'kept' | 'other side' {
    const received = this.receiveLimit.set(receive, this.#rowCount());
    const accepted = this.importLimit.set(imported, this.stats.routesImported);
    if (received || (accepted && !this.#importTable)) return 'other side';
    return accepted ? 'kept' : 'nothing';
  }

  /** Everything is asked again: limits are counted afresh. */
  resetLimits(): void {
    this.receiveLimit.reset(this.#rowCount());
    this.importLimit.reset(this.stats.routesImported);
  }

  /** The channel's or the session's facts changed; `reselect` lets the decision process see it. */
  updateSource(facts: SourceFacts): void {
    this.#source = this.#table.sources.update(this.#source.id, facts);
    this.#policy.set(this.#policy.policy, this.#source);
    this.#reselection.restart();
  }

  /**
   * Asks the policy again about every route that is kept as it was received; up to `limit` rows, true if more remain.
   * Without an import table there is nothing to ask about: the owner has to ask the peer for a refresh.
   */
  reevaluate(limit: number, now: number): boolean {
    if (!this.#importTable) return false;
    return this.#reevaluation.run(this.#table.routes, limit, (row) => {
      if (this.#isMine(row)) this.#askAgain(row as RouteId, now);
    });
  }

  /** Decides again about every prefix of this channel; up to `limit` rows, true if more remain. */
  reselect(limit: number): boolean {
    const table = this.#table;
    return this.#reselection.run(table.routes, limit, (row) => {
      const route = row as RouteId;
      if (!this.#isMine(row) || !table.isEligible(route)) return;
      table.markChanged(table.prefixOf(route), (table.routes.flags[route] & RouteFlag.Selected) !== 0);
    });
  }

  // --------------------------------------------------------------------------------------------------------- one route

  /** Announces the prefix that stands in the cursor. */
  #announceKey(source: RouteSource, attribute: AttributeId, now: number): void {
    const { word0, word1, word2, length } = this.#cursor;
    const version = this.#table.family.version;
    if (version === 4 ? isMartianIpv4(word0, length) : isMartianIpv6(word0, word1, word2, length)) {
      this.stats.updatesReceived++;
      this.stats.updatesInvalid++;
      return;
    }
    const accepted = this.#policy.evaluate(attribute, source, this.#cursor, this.#policy.classOf(this.#cursor));
    this.#put(source.id, this.#cursor, attribute, accepted, now);
    if (accepted !== REFUSED) this.#table.attributes.release(accepted);
  }

  #setKey(word0: number, word1: number, word2: number, word3: number, length: number, pathId: number): void {
    const cursor = this.#cursor;
    cursor.word0 = word0;
    cursor.word1 = word1;
    cursor.word2 = word2;
    cursor.word3 = word3;
    cursor.length = length;
    cursor.pathId = pathId;
  }

  /** Routes may be kept that are not accepted, or beside what the policy made of them. */
  get #keepsRaw(): boolean {
    return this.#keepFiltered || this.#importTable;
  }

  /** Nothing but the policy can refuse a route, and routes are kept only as the policy left them. */
  get #takesAll(): boolean {
    return this.receiveLimit.setting === undefined && this.importLimit.setting === undefined && !this.#importTable;
  }

  /** The prefix in the cursor with a set that was accepted. True if that is a new route, which `#endRun` counts. */
  #putAccepted(accepted: AttributeId, now: number): boolean {
    const table = this.#table;
    const cursor = this.#cursor;
    const source = this.#source.id;
    this.stats.updatesReceived++;
    const prefix = table.prefixes.internKey(cursor);
    const route = table.findRoute(prefix, source, cursor.pathId);
    if (route !== 0) {
      this.#changeRow(route, accepted, accepted, now);
      return false;
    }
    table.addRouteOfMany(prefix, source, cursor.pathId, accepted, this.#runFlags, now);
    return true;
  }

  /** Counts the new routes of prefixes in a row that share a set, and gives the caller's reference to it back. */
  #endRun(accepted: AttributeId, added: number): void {
    if (accepted === REFUSED) return;
    if (added > 0) {
      this.#table.countMany(this.#source.id, accepted, this.#runFlags, added);
      this.stats.updatesAccepted += added;
      this.stats.routesImported += added;
    }
    this.#table.attributes.release(accepted);
  }

  #put(source: SourceId, key: NlriCursor, raw: AttributeId, accepted: AttributeId, now: number): void {
    const table = this.#table;
    const stats = this.stats;
    stats.updatesReceived++;
    if (accepted === REFUSED) stats.updatesFiltered++;
    // Attributes for which there was no room (raw 0) cannot be kept either.
    const keeps = accepted !== REFUSED || (this.#keepsRaw && raw !== REFUSED);
    if (!keeps || this.receiveLimit.setting !== undefined) {
      // The prefix must not get a row before it is certain that a route will stand on it.
      const known = table.prefixes.findKey(key);
      const route = known === 0 ? (0 as RouteId) : table.findRoute(known, source, key.pathId);
      if (!keeps) {
        if (route !== 0) this.#remove(route);
        else if (known !== 0) stats.withdrawsIgnored++;
        return;
      }
      if (route === 0 && !this.receiveLimit.admits(this.#rowCount())) {
        stats.updatesIgnored++;
        return;
      }
    }
    const prefix = table.prefixes.internKey(key);
    const route = table.findRoute(prefix, source, key.pathId);
    if (route === 0) this.#addRow(prefix, source, key.pathId, raw, accepted, now);
    else this.#changeRow(route, raw, accepted, now);
  }

  #addRow(
    prefix: PrefixId,
    source: SourceId,
    pathId: number,
    raw: AttributeId,
    accepted: AttributeId,
    now: number,
  ): void {
    const table = this.#table;
    const stats = this.stats;
    let refusal = accepted === REFUSED ? this.#refusal() : 0;
    if (refusal === 0 && !this.importLimit.admits(stats.routesImported)) {
      stats.updatesIgnored++;
      if (!this.#keepsRaw) {
        // Nothing was put on the prefix; an empty one goes the way of all empty ones.
        if (table.first(prefix) === 0) table.markChanged(prefix, false);
        return;
      }
      refusal = this.#refusal();
    } else if (refusal === 0) {
      stats.updatesAccepted++;
    } else if (refusal === RouteFlag.Filtered || table.first(prefix) !== 0) {
      // As BIRD counts: what the filter refuses is a withdrawal to the table, of nothing in this case.
      stats.withdrawsIgnored++;
    }
    const attribute = refusal === 0 ? accepted : raw;
    const route = table.addRoute(prefix, source, pathId, attribute, refusal | this.#generations.bits, now);
    if (this.#importTable) this.#keepRaw(route, raw);
    this.#countRow(refusal, 1);
  }

  #changeRow(route: RouteId, raw: AttributeId, accepted: AttributeId, now: number): void {
    const table = this.#table;
    const { routes } = table;
    const stats = this.stats;
    const oldRefusal = routes.flags[route] & REFUSAL;
    let refusal = accepted === REFUSED ? this.#refusal() : 0;
    this.#generations.refresh(route);
    if (this.#importTable) this.#keepRaw(route, raw);
    if (refusal === oldRefusal && routes.attribute[route] === (refusal === 0 ? accepted : raw)) {
      if (refusal === 0) stats.updatesIgnored++;
      return;
    }
    if (refusal === 0 && oldRefusal !== 0 && !this.importLimit.admits(stats.routesImported)) {
      stats.updatesIgnored++;
      refusal = this.#refusal();
      if (refusal === 0) {
        // It was kept once and is no longer to be kept.
        this.#removeRow(route);
        return;
      }
    } else if (refusal === 0) {
      stats.updatesAccepted++;
    } else if (oldRefusal === 0) {
      stats.withdrawsAccepted++;
    } else {
      stats.withdrawsIgnored++;
    }
    this.#countRow(oldRefusal, -1);
    this.#countRow(refusal, 1);
    table.changeRoute(route, refusal === 0 ? accepted : raw, refusal, now);
  }

  #withdraw(prefix: PrefixId, source: SourceId, pathId: number): void {
    this.stats.withdrawsReceived++;
    const route = prefix === 0 ? (0 as RouteId) : this.#table.findRoute(prefix, source, pathId);
    if (route === 0) this.stats.withdrawsIgnored++;
    else this.#remove(route);
  }

  #remove(route: RouteId): void {
    if ((this.#table.routes.flags[route] & REFUSAL) === 0) this.stats.withdrawsAccepted++;
    else this.stats.withdrawsIgnored++;
    this.#removeRow(route);
  }

  #removeRow(route: RouteId): void {
    this.#countRow(this.#table.routes.flags[route] & REFUSAL, -1);
    this.#table.removeRoute(route);
  }

  #askAgain(route: RouteId, now: number): void {
    const table = this.#table;
    const { prefixes, routes, attributes } = table;
    const raw = routes.rawAttribute(route);
    if (raw === 0) return;
    const prefix = table.prefixOf(route);
    const wide = prefixes.word1.length > 0;
    this.#setKey(
      prefixes.word0[prefix],
      wide ? prefixes.word1[prefix] : 0,
      wide ? prefixes.word2[prefix] : 0,
      wide ? prefixes.word3[prefix] : 0,
      prefixes.length[prefix],
      0,
    );
    const accepted = this.#policy.evaluate(
      raw,
      table.sourceOf(route),
      this.#cursor,
      this.#policy.classOf(this.#cursor),
    );
    this.stats.updatesReceived++;
    if (accepted === REFUSED) this.stats.updatesFiltered++;
    // Asking again is no sign of life: a stale route stays stale.
    const generation = routes.flags[route] & GENERATION_MASK;
    this.#changeRow(route, raw, accepted, now);
    if (routes.prefix[route] === prefix) {
      routes.flags[route] = (routes.flags[route] & ~GENERATION_MASK) | generation;
    }
    if (accepted !== REFUSED) attributes.release(accepted);
  }

  #makeLongLivedStale(route: RouteId, now: number): void {
    const { routes, attributes } = this.#table;
    const attribute = this.#longLived.mark(routes.attribute[route] as AttributeId);
    if (attribute === 0) {
      this.#remove(route);
      return;
    }
    const raw = routes.rawAttribute(route);
    if (raw !== 0) {
      const staleRaw = this.#longLived.mark(raw);
      if (staleRaw !== 0) {
        this.#keepRaw(route, staleRaw);
        attributes.release(staleRaw);
      }
    }
    if (attribute !== routes.attribute[route]) {
      this.#table.changeRoute(route, attribute, routes.flags[route] & REFUSAL, now);
    }
    attributes.release(attribute);
  }

  // ------------------------------------------------------------------------------------------------------ bookkeeping

  /** The row is in use and of this channel. */
  #isMine(row: number): boolean {
    return this.#table.routes.prefix[row] !== 0 && this.owns(row as RouteId);
  }

  /** What becomes of a refused route. */
  #refusal(): number {
    if (this.#keepFiltered) return RouteFlag.Filtered;
    return this.#importTable ? RouteFlag.Held : 0;
  }

  #keepRaw(route: RouteId, raw: AttributeId): void {
    const { routes, attributes } = this.#table;
    const old = routes.rawAttribute(route);
    if (old === raw) return;
    attributes.retain(raw);
    routes.setRawAttribute(route, raw);
    if (old !== 0) attributes.release(old);
  }

  #countRow(refusal: number, step: 1 | -1): void {
    if (refusal === 0) this.stats.routesImported += step;
    else if (refusal === RouteFlag.Filtered) this.stats.routesFiltered += step;
    else this.stats.routesHeld += step;
  }

  #rowCount(): number {
    return this.stats.routesImported + this.stats.routesFiltered + this.stats.routesHeld;
  }
}

function wordsOf(prefix: Prefix): Uint32Array {
  const words = new Uint32Array(4);
  for (let i = 0; i < prefix.bytes.length; i++) words[i >> 2] |= prefix.bytes[i] << (24 - 8 * (i & 3));
  return words;
}
