/** ADD-PATH (RFC 7911): every route that takes part and that the filter accepts, under the number of its row. */
import { exclusion, isExcluded, NOBODY, withoutSlot } from './adj-rib-out.ts';
import { AdjRibOutPaths } from './adj-rib-out-paths.ts';
import { AdvertisementReason } from './advertisement.ts';
import type { OutgoingId, PrefixId, RouteId, SourceId } from './ids.ts';
import type { OutgoingSets } from './outgoing-sets.ts';
import type { RoutingTable } from './routing-table.ts';
import { countTold, Outcome, outcomeOf, SlotList } from './update-group-audience.ts';
import { type Backlog, RowState } from './update-group-backlog.ts';
import type { GroupMembership } from './update-group-member.ts';
import type { GroupParts, GroupRoutes } from './update-group-routes.ts';

const NONE = 0 as OutgoingId;
const NO_ROUTE = 0 as RouteId;

export class PathRoutes implements GroupRoutes {
  readonly #parts: GroupParts;
  readonly #out = new AdjRibOutPaths();
  #closeCursor = 1;
  /** Routes of the row at hand: path, set to send (0: none), who is left out or the reason. */
  readonly #paths: number[] = [];
  readonly #sets: OutgoingId[] = [];
  readonly #excepts: number[] = [];
  readonly #receivers = new SlotList();
  /** Routes of the row at hand that take part. */
  readonly #ranked: RouteId[] = [];

  constructor(parts: GroupParts) {
    this.#parts = parts;
  }

  get sets(): OutgoingSets {
    return this.#parts.sets;
  }

  get count(): number {
    return this.#out.count;
  }

  get highWater(): number {
    return this.#out.highWater;
  }

  get bytes(): number {
    return this.#out.bytes;
  }

  process(prefix: PrefixId): void {
    const { audience } = this.#parts;
    const out = this.#out;
    this.#judgeAll(prefix);
    let begun = false;
    for (let i = 0; i < this.#paths.length; i++) {
      const path = this.#paths[i];
      const now = this.#sets[i];
      const except = this.#excepts[i];
      const entry = out.find(prefix, path);
      const old = (entry === 0 ? NONE : out.sent[entry]) as OutgoingId;
      const oldExcept = entry === 0 ? 0 : out.except[entry];
      if (entry !== 0 && now === old && except === oldExcept) {
        if (now !== NONE) this.#parts.sets.release(now);
        continue;
      }
      if (!begun) this.#begin(prefix);
      begun = true;
      audience.count(prefix, now === NONE ? outcomeOf(except as AdvertisementReason) : Outcome.Accepted);
      if (now !== NONE && except !== 0) audience.uncount(prefix, except, Outcome.Accepted);
      this.#change(prefix, path, old, oldExcept, now, except);
      if (entry === 0) out.add(prefix, path, now, except);
      else out.set(entry, now, except);
    }
    for (let entry = out.first(prefix); entry !== 0; ) {
      const next = out.next[entry];
      if (!this.#paths.includes(out.path[entry])) {
        if (!begun) this.#begin(prefix);
        begun = true;
        audience.count(prefix, Outcome.WithdrawReceived);
        this.#change(prefix, out.path[entry], out.sent[entry] as OutgoingId, out.except[entry], NONE, 0);
        out.remove(prefix, entry);
      }
      entry = next;
    }
  }

  #judgeAll(prefix: PrefixId): void {
    const { table, sets, judge, leftOut } = this.#parts;
    this.#paths.length = 0;
    this.#sets.length = 0;
    this.#excepts.length = 0;
    let added = 0;
    let room = this.#rank(prefix);
    for (let i = 0; i < this.#ranked.length; i++) {
      const route = this.#ranked[i];
      if (room === 0) {
        this.#paths.push(route);
        this.#sets.push(NONE);
        this.#excepts.push(AdvertisementReason.PathLimit);
        continue;
      }
      let sent = judge.judge(prefix, route);
      let except: number = judge.reason;
      if (sent !== NONE) {
        const entry = this.#out.find(prefix, route);
        const isNew = entry === 0 || this.#out.sent[entry] === 0;
        if (isNew && !this.#parts.admitsOneMore(added)) {
          sets.release(sent);
          sent = NONE;
          except = AdvertisementReason.ExportLimit;
        } else {
          except = leftOut.of(table.routes.source[route] as SourceId, sent);
          if (isNew) added++;
          room--;
        }
      }
      this.#paths.push(route);
      this.#sets.push(sent);
      this.#excepts.push(except);
    }
  }

  /**
   * The routes that take part, in the order in which they are judged; the best first where not all of them may be sent.
   * How many may: the export filter chooses from the best on.
   */
  #rank(prefix: PrefixId): number {
    const { table } = this.#parts;
    const ranked = this.#ranked;
    ranked.length = 0;
    for (let route = table.first(prefix); route !== NO_ROUTE; route = table.next(route)) {
      if (table.isEligible(route)) ranked.push(route);
    }
    const limit = this.#parts.pathLimit() ?? Number.POSITIVE_INFINITY;
    // The selected route stands first, and comparing is not transitive everywhere (decision.ts): it stays there.
    if (ranked.length > limit) sortByRank(ranked, 1, table);
    return limit;
  }

  #change(prefix: PrefixId, path: number, old: OutgoingId, oldExcept: number, now: OutgoingId, except: number): void {
    const { sets, audience, hold } = this.#parts;
    if (old !== NONE && now === NONE) {
      audience.count(prefix, Outcome.WithdrawSent);
      if (oldExcept !== 0) audience.uncount(prefix, oldExcept, Outcome.WithdrawSent);
      hold(prefix);
    }
    audience.change(prefix, path, old, old === NONE ? 0 : oldExcept, now, now === NONE ? 0 : except);
    if (old !== NONE) sets.release(old);
  }

  /** Before the first change of a row: those who are told later note which paths they have. */
  #begin(prefix: PrefixId): void {
    const { audience, table } = this.#parts;
    if (audience.special.length === 0) return;
    audience.begin(prefix);
    for (const member of audience.deferring) {
      const backlog = member.backlogFor(table);
      backlog.defer(prefix, false);
      this.#noteHeld(prefix, member, backlog);
    }
  }

  #noteHeld(prefix: PrefixId, member: GroupMembership, backlog: Backlog): number {
    const out = this.#out;
    let held = 0;
    for (let entry = out.first(prefix); entry !== 0; entry = out.next[entry]) {
      if (out.sent[entry] === 0 || isExcluded(out.except[entry], member.slot)) continue;
      backlog.deferPath(prefix, out.path[entry]);
      held++;
    }
    return held;
  }

  tell(prefix: PrefixId, members: readonly GroupMembership[]): void {
    const out = this.#out;
    for (const member of members) {
      if (!this.#isWaiting(member, prefix) || !member.joining) continue;
      for (let entry = out.first(prefix); entry !== 0; entry = out.next[entry]) this.#leaveOut(member, prefix, entry);
    }
    for (let entry = out.first(prefix); entry !== 0; entry = out.next[entry]) this.#tellEntry(prefix, entry, members);
    for (const member of members) {
      if (!this.#isWaiting(member, prefix)) continue;
      const backlog = member.backlog!;
      if (backlog.isStale(prefix)) this.#withdrawGone(prefix, member, backlog);
      if ((backlog.take(prefix) & RowState.Sent) !== 0) this.#parts.unpinLater(prefix);
    }
  }

  #tellEntry(prefix: PrefixId, entry: number, members: readonly GroupMembership[]): void {
    const { batch } = this.#parts;
    const out = this.#out;
    const sent = out.sent[entry] as OutgoingId;
    const except = out.except[entry];
    this.#receivers.count = 0;
    for (const member of members) {
      if (!this.#isWaiting(member, prefix)) continue;
      const gets = sent !== NONE && !isExcluded(except, member.slot);
      if (gets) this.#receivers.push(member.slot);
      // What a stale member has is subtracted when its list of paths is gone through.
      if (gets && member.backlog!.isStale(prefix)) member.missing--;
      if (member.countsAlone) countTold(member.own, sent, except, gets);
    }
    if (this.#receivers.count === 0) return;
    batch.announce(batch.toSome(false, 0, this.#receivers.slots, this.#receivers.count), sent, prefix, out.path[entry]);
  }

  /** Paths that the member has and that are not announced to it any more. */
  #withdrawGone(prefix: PrefixId, member: GroupMembership, backlog: Backlog): void {
    const { batch, audience } = this.#parts;
    const out = this.#out;
    for (let path = backlog.takePath(prefix); path !== 0; path = backlog.takePath(prefix)) {
      member.missing++;
      const entry = out.find(prefix, path);
      const kept = entry !== 0 && out.sent[entry] !== 0 && !isExcluded(out.except[entry], member.slot);
      if (!kept) batch.withdraw(audience.only(member.slot), prefix, path);
    }
  }

  #isWaiting(member: GroupMembership, prefix: PrefixId): boolean {
    return member.backlog?.isPending(prefix) === true;
  }

  /** Who is left out was worked out before this member joined. */
  #leaveOut(member: GroupMembership, prefix: PrefixId, entry: number): void {
    const { table, leftOut, audience } = this.#parts;
    const out = this.#out;
    const sent = out.sent[entry] as OutgoingId;
    if (sent === NONE) return;
    let owner = out.except[entry] & 0xffff;
    let nextHop = out.except[entry] >>> 16;
    const route = out.path[entry] as RouteId;
    // Slots of members that left mean nobody. A row that went meanwhile, and perhaps serves another prefix, is no route of this entry any more.
    if (audience.members[owner] === undefined && table.prefixOf(route) === prefix) {
      if (leftOut.owner(table.routes.source[route] as SourceId) === member.slot) owner = member.slot;
    }
    if (leftOut.nextHop(sent) === member.slot) nextHop = member.slot;
    out.except[entry] = exclusion(owner, nextHop);
  }

  /** All sets of paths have records of their own. */
  keepSets(): void {}

  inherit(from: GroupRoutes): void {
    if (!(from instanceof PathRoutes)) return;
    const { sets } = this.#parts;
    const out = from.#out;
    for (let row = 1 as PrefixId; row <= out.highWater; row++) {
      for (let entry = out.first(row); entry !== 0; entry = out.next[entry]) {
        const sent = out.sent[entry] as OutgoingId;
        if (sent === NONE) continue;
        sets.retain(sent);
        this.#out.add(row, out.path[entry], sent, NOBODY);
      }
    }
  }

  forgetSlots(gone: Uint8Array): void {
    const { sent, except, rowsHighWater } = this.#out;
    for (let entry = 1; entry <= rowsHighWater; entry++) {
      const both = except[entry];
      if (both === 0 || sent[entry] === 0) continue;
      if (gone[both & 0xffff] === 1) except[entry] = withoutSlot(except[entry], both & 0xffff);
      if (gone[both >>> 16] === 1) except[entry] = withoutSlot(except[entry], both >>> 16);
    }
  }

  handOver(member: GroupMembership, target: GroupRoutes, backlog: Backlog): number {
    const last = Math.max(this.highWater, target.highWater, member.backlog?.highWater ?? 0);
    let held = 0;
    for (let row = 1 as PrefixId; row <= last; row++) {
      const old = member.backlog;
      if (old?.isStale(row) === true) {
        backlog.defer(row, false);
        for (let path = old.takePath(row); path !== 0; path = old.takePath(row)) {
          backlog.deferPath(row, path);
          held++;
        }
      } else {
        const same = this.#sameAs(target, row, member);
        if (same < 0) {
          backlog.defer(row, false);
          held += this.#noteHeld(row, member, backlog);
        } else {
          held += same;
        }
      }
    }
    return held;
  }

  /** How many routes the member has of a row that is the same there; -1 if it is not. */
  #sameAs(target: GroupRoutes, prefix: PrefixId, member: GroupMembership): number {
    const out = this.#out;
    let count = 0;
    for (let entry = out.first(prefix); entry !== 0; entry = out.next[entry]) {
      if (out.sent[entry] === 0 || isExcluded(out.except[entry], member.slot)) continue;
      if (target.announced(prefix, out.path[entry]) !== out.sent[entry]) return -1;
      count++;
    }
    return target.countOf(prefix) === count ? count : -1;
  }

  announced(prefix: PrefixId, path: number): OutgoingId {
    const entry = this.#out.find(prefix, path);
    return (entry === 0 ? NONE : this.#out.sent[entry]) as OutgoingId;
  }

  countOf(prefix: PrefixId): number {
    const out = this.#out;
    let count = 0;
    for (let entry = out.first(prefix); entry !== 0; entry = out.next[entry]) if (out.sent[entry] !== 0) count++;
    return count;
  }

  isSentTo(member: GroupMembership, prefix: PrefixId, route: RouteId): boolean {
    const backlog = member.backlog;
    if (backlog?.isStale(prefix) === true) return backlog.hasPath(prefix, route);
    return this.#sentEntry(member, prefix, route) !== 0;
  }

  sentTo(member: GroupMembership, prefix: PrefixId, route: RouteId): OutgoingId {
    if (member.backlog?.isStale(prefix) === true) return NONE;
    const entry = this.#sentEntry(member, prefix, route);
    return (entry === 0 ? NONE : this.#out.sent[entry]) as OutgoingId;
  }

  #sentEntry(member: GroupMembership, prefix: PrefixId, route: RouteId): number {
    const out = this.#out;
    for (let entry = out.first(prefix); entry !== 0; entry = out.next[entry]) {
      if (route !== NO_ROUTE && out.path[entry] !== route) continue;
      if (out.sent[entry] !== 0 && !isExcluded(out.except[entry], member.slot)) return entry;
    }
    return 0;
  }

  close(limit: number): boolean {
    const { sets } = this.#parts;
    const { sent, rowsHighWater } = this.#out;
    const end = Math.min(rowsHighWater, this.#closeCursor + limit - 1);
    for (let entry = this.#closeCursor; entry <= end; entry++) {
      // Entries that are not in use have no set.
      if (sent[entry] !== 0) sets.release(sent[entry] as OutgoingId);
    }
    this.#closeCursor = end + 1;
    return end < rowsHighWater;
  }
}

/** Insertion, as tables sort: routes of a prefix are few. */
function sortByRank(routes: RouteId[], from: number, { decision }: RoutingTable): void {
  for (let i = from + 1; i < routes.length; i++) {
    const route = routes[i];
    let j = i;
    for (; j > from && decision.compare(route, routes[j - 1]) < 0; j--) routes[j] = routes[j - 1];
    routes[j] = route;
  }
}
