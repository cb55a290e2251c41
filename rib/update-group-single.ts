/** One route a prefix: the selected one, or with `secondary` the best one that the filter accepts. */
import { AdjRibOut, exclusion, isExcluded, NOBODY, withoutSlot } from './adj-rib-out.ts';
import { AdvertisementReason } from './advertisement.ts';
import type { OutgoingId, PrefixId, RouteId, SourceId } from './ids.ts';
import type { OutgoingSets } from './outgoing-sets.ts';
import { countTold, Outcome, outcomeOf, SlotList } from './update-group-audience.ts';
import { type Backlog, RowState } from './update-group-backlog.ts';
import type { GroupMembership } from './update-group-member.ts';
import type { GroupParts, GroupRoutes } from './update-group-routes.ts';

const NONE = 0 as OutgoingId;
const NO_ROUTE = 0 as RouteId;

export class SingleRoutes implements GroupRoutes {
  readonly #parts: GroupParts;
  readonly #secondary: boolean;
  readonly #out = new AdjRibOut();
  /** After `#choose`: the route that is sent. */
  #chosen = NO_ROUTE;
  #closeCursor = 1;
  /** After `#askWhoIsLeftOut`. */
  #owner = 0;
  #nextHop = 0;
  readonly #announced = new SlotList();
  readonly #withdrawn = new SlotList();

  constructor(parts: GroupParts, secondary: boolean) {
    this.#parts = parts;
    this.#secondary = secondary;
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
    const { table, sets, judge, audience, leftOut } = this.#parts;
    const old = this.#out.sentFor(prefix);
    const oldExcept = this.#out.exceptFor(prefix);
    const best = table.best(prefix);
    if (best === NO_ROUTE) {
      audience.count(prefix, Outcome.WithdrawReceived);
      if (old !== NONE) this.#withdraw(prefix, old, oldExcept);
      this.#out.set(prefix, NONE, AdvertisementReason.None);
      return;
    }
    const now = this.#choose(prefix, best);
    const reason = now === NONE ? judge.reason : AdvertisementReason.None;
    if (now !== NONE && old === NONE && !this.#parts.admitsOneMore(0)) {
      sets.release(now);
      this.#refuse(prefix, old, oldExcept, AdvertisementReason.ExportLimit);
      return;
    }
    if (now === NONE) {
      this.#refuse(prefix, old, oldExcept, reason);
      return;
    }
    const except = leftOut.of(table.routes.source[this.#chosen] as SourceId, now);
    audience.count(prefix, Outcome.Accepted);
    if (except !== 0) audience.uncount(prefix, except, Outcome.Accepted);
    const isSame = now === old || (old !== NONE && sets.isSame(old, now));
    if (!isSame || except !== oldExcept) {
      this.#begin(prefix, old, oldExcept);
      audience.change(prefix, 0, isSame ? now : old, oldExcept, now, except);
    }
    this.#out.set(prefix, now, except);
    if (old !== NONE) sets.release(old);
  }

  /** The set to send, with a reference; 0: refused. */
  #choose(prefix: PrefixId, best: RouteId): OutgoingId {
    const { table, judge } = this.#parts;
    this.#chosen = best;
    if (!this.#secondary) return judge.judge(prefix, best);
    let sent = this.#judgeForOne(prefix, best);
    const reason = judge.reason;
    for (let route = table.next(best); route !== NO_ROUTE && sent === NONE; route = table.next(route)) {
      if (!table.isEligible(route)) continue;
      sent = this.#judgeForOne(prefix, route);
      this.#chosen = route;
    }
    // If all are refused, what was wrong with the best one counts.
    if (sent === NONE) judge.reason = reason;
    return sent;
  }

  /** With `secondary` the member is alone: a route that it would be left out of is refused, so that the next one goes. */
  #judgeForOne(prefix: PrefixId, route: RouteId): OutgoingId {
    const { table, sets, judge, leftOut } = this.#parts;
    const sent = judge.judge(prefix, route);
    if (sent === NONE) return NONE;
    const owner = leftOut.owner(table.routes.source[route] as SourceId);
    if (owner === 0 && leftOut.nextHop(sent) === 0) return sent;
    judge.reason = owner !== 0 ? AdvertisementReason.OwnRoute : AdvertisementReason.NextHopIsNeighbor;
    sets.release(sent);
    return NONE;
  }

  #refuse(prefix: PrefixId, old: OutgoingId, oldExcept: number, reason: AdvertisementReason): void {
    this.#parts.audience.count(prefix, outcomeOf(reason));
    if (old !== NONE) this.#withdraw(prefix, old, oldExcept);
    this.#out.set(prefix, NONE, reason);
  }

  #withdraw(prefix: PrefixId, old: OutgoingId, oldExcept: number): void {
    const { sets, audience, hold } = this.#parts;
    audience.count(prefix, Outcome.WithdrawSent);
    if (oldExcept !== 0) audience.uncount(prefix, oldExcept, Outcome.WithdrawSent);
    // The row may come free as soon as the reader goes on, but the batch still has to name it.
    hold(prefix);
    this.#begin(prefix, old, oldExcept);
    audience.change(prefix, 0, old, oldExcept, NONE, 0);
    sets.release(old);
  }

  #begin(prefix: PrefixId, old: OutgoingId, oldExcept: number): void {
    const { audience } = this.#parts;
    if (audience.special.length === 0) return;
    audience.begin(prefix);
    for (const member of audience.deferring) {
      member.backlogFor(this.#parts.table).defer(prefix, old !== NONE && !isExcluded(oldExcept, member.slot));
    }
  }

  tell(prefix: PrefixId, members: readonly GroupMembership[]): void {
    const { batch } = this.#parts;
    const sent = this.#out.sentFor(prefix);
    const except = this.#out.exceptFor(prefix);
    let now = except;
    let asked = false;
    this.#announced.count = 0;
    this.#withdrawn.count = 0;
    for (let i = 0; i < members.length; i++) {
      const member = members[i];
      const state = member.backlog!.take(prefix);
      if ((state & RowState.Pending) === 0) continue;
      if (member.joining && sent !== NONE) {
        if (!asked) this.#askWhoIsLeftOut(prefix, sent);
        asked = true;
        now = this.#withJoining(now, member.slot);
      }
      const had =
        (state & RowState.Stale) !== 0
          ? (state & RowState.Sent) !== 0
          : sent !== NONE && !isExcluded(except, member.slot);
      const gets = sent !== NONE && !isExcluded(now, member.slot);
      if (gets) {
        this.#announced.push(member.slot);
        if (!had) member.missing--;
      } else if (had) {
        this.#withdrawn.push(member.slot);
        member.missing++;
      }
      if (member.countsAlone) countTold(member.own, sent, now, gets);
      if ((state & RowState.Sent) !== 0) this.#parts.unpinLater(prefix);
    }
    if (now !== except) this.#out.set(prefix, sent, now);
    if (this.#announced.count > 0) {
      batch.announce(batch.toSome(false, 0, this.#announced.slots, this.#announced.count), sent, prefix, 0);
    }
    if (this.#withdrawn.count > 0) {
      batch.withdraw(batch.toSome(false, 0, this.#withdrawn.slots, this.#withdrawn.count), prefix, 0);
    }
  }

  /** Who is left out was worked out before some members joined. */
  #askWhoIsLeftOut(prefix: PrefixId, sent: OutgoingId): void {
    const { table, leftOut } = this.#parts;
    const best = table.best(prefix);
    this.#owner = best === NO_ROUTE ? 0 : leftOut.owner(table.routes.source[best] as SourceId);
    this.#nextHop = leftOut.nextHop(sent);
  }

  /** `except`, with the member entered where it belongs. Slots of members that left mean nobody. */
  #withJoining(except: number, slot: number): number {
    if (slot !== this.#owner && slot !== this.#nextHop) return except;
    const known = except & 0xffff;
    const owner = slot === this.#owner && this.#parts.audience.members[known] === undefined ? slot : known;
    return exclusion(owner, slot === this.#nextHop ? slot : except >>> 16);
  }

  inherit(from: GroupRoutes): void {
    for (let row = 1 as PrefixId; row <= from.highWater; row++) {
      const announced = from.announced(row, 0);
      const sent = announced === NONE ? NONE : from.sets.keep(announced);
      if (sent !== NONE) this.#out.set(row, sent, NOBODY);
    }
  }

  keepSets(): void {
    const { sets } = this.#parts;
    const { sent, highWater } = this.#out;
    for (let row = 1; row <= highWater; row++) {
      const before = sent[row] as OutgoingId;
      const kept = before === NONE ? NONE : sets.keep(before);
      if (kept === NONE) continue;
      sent[row] = kept;
      sets.release(before);
    }
  }

  forgetSlots(gone: Uint8Array): void {
    const { sent, highWater } = this.#out;
    for (let row = 1 as PrefixId; row <= highWater; row++) {
      const both = this.#out.exceptFor(row);
      if (both === NOBODY || sent[row] === NONE) continue;
      let rest = both;
      if (gone[both & 0xffff] === 1) rest = withoutSlot(rest, both & 0xffff);
      if (gone[both >>> 16] === 1) rest = withoutSlot(rest, both >>> 16);
      if (rest !== both) this.#out.set(row, sent[row] as OutgoingId, rest);
    }
  }

  handOver(member: GroupMembership, target: GroupRoutes, backlog: Backlog): number {
    const last = Math.max(this.highWater, target.highWater, member.backlog?.highWater ?? 0);
    let held = 0;
    for (let row = 1 as PrefixId; row <= last; row++) {
      const has = this.isSentTo(member, row);
      if (has) held++;
      const known = has ? this.sentTo(member, row) : NONE;
      if (has ? !this.#isAnnounced(known, target, row) : target.countOf(row) > 0) backlog.defer(row, has);
    }
    return held;
  }

  /** There, the same octets go out. */
  #isAnnounced(known: OutgoingId, target: GroupRoutes, prefix: PrefixId): boolean {
    const there = target.announced(prefix, 0);
    if (known === NONE || there === NONE) return false;
    return this.#parts.sets.isSame(known, there, target.sets);
  }

  announced(prefix: PrefixId): OutgoingId {
    return this.#out.sentFor(prefix);
  }

  countOf(prefix: PrefixId): number {
    return this.#out.sentFor(prefix) === NONE ? 0 : 1;
  }

  isSentTo(member: GroupMembership, prefix: PrefixId, route: RouteId = NO_ROUTE): boolean {
    if (route !== NO_ROUTE && !this.#secondary && route !== this.#parts.table.best(prefix)) return false;
    const backlog = member.backlog;
    if (backlog?.isStale(prefix) === true) return backlog.hasPath(prefix, 0);
    return this.#out.sentFor(prefix) !== NONE && !isExcluded(this.#out.exceptFor(prefix), member.slot);
  }

  sentTo(member: GroupMembership, prefix: PrefixId): OutgoingId {
    const inSync = member.backlog?.isStale(prefix) !== true;
    return inSync && this.isSentTo(member, prefix) ? this.#out.sentFor(prefix) : NONE;
  }

  close(limit: number): boolean {
    const { sets } = this.#parts;
    const { sent, highWater } = this.#out;
    const end = Math.min(highWater, this.#closeCursor + limit - 1);
    for (let row = this.#closeCursor; row <= end; row++) if (sent[row] !== 0) sets.release(sent[row] as OutgoingId);
    this.#closeCursor = end + 1;
    return end < highWater;
  }
}
