/**
 * Who among the members of a group is told a change, now or later.
 *
 *     regular     up to date, with room in its queue: belongs to every destination that says `everybody`
 *     special     behind, or its queue is full: asked for each row. It is told now if it has what the group had before
 *                 the change and has room; it is told later (Backlog) if it has no room; it is told when its turn
 *                 comes if the row waits in its backlog already
 *
 * Usually nobody is special, and a change costs the same for any number of members.
 */
import { isExcluded } from './adj-rib-out.ts';
import { AdvertisementReason } from './advertisement.ts';
import { ExportStats } from './export-stats.ts';
import type { OutgoingId, PrefixId } from './ids.ts';
import { resized } from './storage/columns.ts';
import type { UpdateBatch } from './update-group-batch.ts';
import type { GroupMembership } from './update-group-member.ts';

/** How a change is counted; see ExportStats. */
export const Outcome = { Accepted: 0, Rejected: 1, Filtered: 2, WithdrawReceived: 3, WithdrawSent: 4 } as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** A short list of slots that is filled again and again. */
export class SlotList {
  slots = new Uint16Array(16);
  count = 0;

  push(slot: number): void {
    if (this.count === this.slots.length) this.slots = resized(this.slots, 2 * this.count);
    this.slots[this.count++] = slot;
  }
}

export class UpdateGroupAudience {
  /** Counts for a member that is left out of nothing. */
  readonly stats = new ExportStats();
  /** By slot, from 1. */
  readonly members: (GroupMembership | undefined)[] = [undefined];
  readonly regular: GroupMembership[] = [];
  readonly special: GroupMembership[] = [];
  /** After `begin`: members that are told later and have to remember what they have. */
  readonly deferring: GroupMembership[] = [];
  readonly #batch: UpdateBatch;
  /** After `begin`: slots of special members that are told now. */
  readonly #receivers = new SlotList();
  readonly #chosen = new SlotList();

  constructor(batch: UpdateBatch) {
    this.#batch = batch;
  }

  /** Sorts the members; at the beginning of a run. */
  sort(): void {
    this.regular.length = 0;
    this.special.length = 0;
    for (const member of this.members) {
      if (member === undefined) continue;
      member.told = member.backlog === undefined && member.open;
      (member.told ? this.regular : this.special).push(member);
    }
  }

  /** A change of this row follows: who is told now, and who has to be told later? */
  begin(prefix: PrefixId): void {
    this.#receivers.count = 0;
    this.deferring.length = 0;
    for (const member of this.special) {
      const waits = member.backlog?.isStale(prefix) === true;
      member.told = member.open && !waits;
      if (member.told) this.#receivers.push(member.slot);
      else if (!waits) this.deferring.push(member);
    }
  }

  /** One route of the row changed from (`old`, `oldExcept`) to (`now`, `nowExcept`); attribute 0: not announced. */
  change(prefix: PrefixId, path: number, old: OutgoingId, oldExcept: number, now: OutgoingId, nowExcept: number): void {
    const batch = this.#batch;
    if (now === 0) {
      if (old !== 0) batch.withdraw(this.#allBut(oldExcept), prefix, path);
    } else if (now !== old) {
      batch.announce(this.#allBut(nowExcept), now, prefix, path);
      if (old !== 0) this.#forNewlyLeftOut(oldExcept, nowExcept, prefix, path);
    } else if (oldExcept !== nowExcept) {
      this.#forNoLongerLeftOut(now, oldExcept, nowExcept, prefix, path);
      this.#forNewlyLeftOut(oldExcept, nowExcept, prefix, path);
    }
    this.#account(old, oldExcept, now, nowExcept);
  }

  /** The batch's destination for one member. */
  only(slot: number): number {
    this.#chosen.count = 0;
    this.#chosen.push(slot);
    return this.#batch.toSome(false, 0, this.#chosen.slots, 1);
  }

  /** Everybody who has been told what the group has of the row. */
  count(prefix: PrefixId, outcome: Outcome): void {
    add(this.stats, outcome, 1);
    for (const member of this.special) {
      if (member.countsAlone && member.backlog?.isStale(prefix) !== true) add(member.own, outcome, 1);
    }
  }

  /** An accepted update that these members did not get, or a withdrawal that was none for them. */
  uncount(prefix: PrefixId, except: number, outcome: Outcome): void {
    this.#uncountOne(prefix, except & 0xffff, outcome);
    this.#uncountOne(prefix, except >>> 16, outcome);
  }

  #uncountOne(prefix: PrefixId, slot: number, outcome: Outcome): void {
    const member = this.members[slot];
    if (member === undefined || (member.countsAlone && member.backlog?.isStale(prefix) === true)) return;
    if (outcome === Outcome.Accepted) {
      member.own.updatesAccepted--;
      member.own.updatesRejected++;
    } else {
      member.own.withdrawsAccepted--;
    }
  }

  /** Everybody who is told changes of the row now, without those in `except`. */
  #allBut(except: number): number {
    if (this.special.length === 0) return this.#batch.toAllBut(except);
    const { slots, count } = this.#receivers;
    this.#chosen.count = 0;
    for (let i = 0; i < count; i++) if (!isExcluded(except, slots[i])) this.#chosen.push(slots[i]);
    return this.#batch.toSome(true, except, this.#chosen.slots, this.#chosen.count);
  }

  #forNewlyLeftOut(oldExcept: number, nowExcept: number, prefix: PrefixId, path: number): void {
    this.#withdrawFromOne(nowExcept & 0xffff, oldExcept, prefix, path);
    this.#withdrawFromOne(nowExcept >>> 16, oldExcept, prefix, path);
  }

  #withdrawFromOne(slot: number, oldExcept: number, prefix: PrefixId, path: number): void {
    if (slot === 0 || isExcluded(oldExcept, slot) || !this.#isTold(slot)) return;
    this.#batch.withdraw(this.only(slot), prefix, path);
    add(this.members[slot]!.own, Outcome.WithdrawSent, 1);
  }

  #forNoLongerLeftOut(now: OutgoingId, oldExcept: number, nowExcept: number, prefix: PrefixId, path: number): void {
    this.#announceToOne(oldExcept & 0xffff, now, nowExcept, prefix, path);
    this.#announceToOne(oldExcept >>> 16, now, nowExcept, prefix, path);
  }

  #announceToOne(slot: number, now: OutgoingId, nowExcept: number, prefix: PrefixId, path: number): void {
    if (slot === 0 || isExcluded(nowExcept, slot) || !this.#isTold(slot)) return;
    this.#batch.announce(this.only(slot), now, prefix, path);
  }

  /** The member is still here, and is told changes of the row now. */
  #isTold(slot: number): boolean {
    return this.members[slot]?.told === true;
  }

  /** Keeps `missing` true for everybody whose share differs from the group's. */
  #account(old: OutgoingId, oldExcept: number, now: OutgoingId, nowExcept: number): void {
    const grown = (now !== 0 ? 1 : 0) - (old !== 0 ? 1 : 0);
    if (this.special.length > 0 && grown !== 0) {
      for (const member of this.special) if (!member.told) member.missing += grown;
    }
    const oldLeftOut = old === 0 ? 0 : oldExcept;
    const nowLeftOut = now === 0 ? 0 : nowExcept;
    if (oldLeftOut === nowLeftOut) return;
    this.#leftOut(oldLeftOut & 0xffff, nowLeftOut, -1);
    this.#leftOut(oldLeftOut >>> 16, nowLeftOut, -1);
    this.#leftOut(nowLeftOut & 0xffff, oldLeftOut, 1);
    this.#leftOut(nowLeftOut >>> 16, oldLeftOut, 1);
  }

  /** `slot` is left out on one side of the change; if it is on the other side as well, nothing changed for it. */
  #leftOut(slot: number, otherSide: number, step: 1 | -1): void {
    if (slot === 0 || isExcluded(otherSide, slot) || !this.#isTold(slot)) return;
    this.members[slot]!.missing += step;
  }
}

/** How a refusal is counted. */
export function outcomeOf(reason: AdvertisementReason): Outcome {
  return reason === AdvertisementReason.Filter || reason === AdvertisementReason.FilterError
    ? Outcome.Filtered
    : Outcome.Rejected;
}

/** A member that is counted alone is told a row of Adj-RIB-Out; see AdjRibOut for `except`. */
export function countTold(stats: ExportStats, sent: OutgoingId, except: number, gets: boolean): void {
  if (sent !== 0) add(stats, gets ? Outcome.Accepted : Outcome.Rejected, 1);
  else if (except !== 0) add(stats, outcomeOf(except as AdvertisementReason), 1);
}

export function add(stats: ExportStats, outcome: Outcome, step: number): void {
  switch (outcome) {
    case Outcome.Accepted:
      stats.updatesReceived += step;
      stats.updatesAccepted += step;
      return;
    case Outcome.Rejected:
      stats.updatesReceived += step;
      stats.updatesRejected += step;
      return;
    case Outcome.Filtered:
      stats.updatesReceived += step;
      stats.updatesFiltered += step;
      return;
    case Outcome.WithdrawReceived:
      stats.withdrawsReceived += step;
      return;
    case Outcome.WithdrawSent:
      stats.withdrawsAccepted += step;
  }
}
