/**
 * What one member of an update group still has to be told: rows of the prefix table, each once, whatever happened to
 * them meanwhile. A new member has every row in it, a slow one those that changed while its queue was full, one that
 * asked for a refresh all that it was sent.
 *
 *     pending   the member has to be told the row's state
 *     stale     a pending row of which the member does not have what Adj-RIB-Out says; other rows it does have
 *     sent      a stale row of which the member has something, so that a withdrawal is owed if the row is gone;
 *               with ADD-PATH the paths that it has are listed instead
 *
 * A stale row that was sent is pinned in the prefix table: when it is withdrawn, its number must not name another
 * prefix before this member has heard of it. Cost: three bits a prefix, and 12 octets a path of stale rows.
 */
import type { PrefixId } from './ids.ts';
import { capacityFor, resized } from './storage/columns.ts';
import { FreeList } from './storage/free-list.ts';
import { finishHash, HashIndex, type HashOwner } from './storage/hash-index.ts';
import { RowFlags } from './storage/row-flags.ts';

/** Keeps prefix rows from being used again. */
export interface PrefixPins {
  pin(prefix: PrefixId): void;
  unpin(prefix: PrefixId): void;
}

/** Flags of a row; see above. */
export const RowState = { Pending: 1, Stale: 2, Sent: 4 } as const;

export class Backlog {
  /** No row beyond this one was ever stale. */
  highWater = 0;
  readonly #rows = new RowFlags();
  readonly #pins: PrefixPins;
  readonly #paths = new PathLists();

  constructor(pins: PrefixPins) {
    this.#pins = pins;
  }

  get bytes(): number {
    return this.#rows.bytes + this.#paths.bytes;
  }

  get isEmpty(): boolean {
    return this.#rows.count === 0;
  }

  /** Bits of RowState. */
  state(prefix: PrefixId): number {
    return this.#rows.get(prefix);
  }

  isPending(prefix: PrefixId): boolean {
    return (this.#rows.get(prefix) & RowState.Pending) !== 0;
  }

  isStale(prefix: PrefixId): boolean {
    return (this.#rows.get(prefix) & RowState.Stale) !== 0;
  }

  /** The first pending row that is not below `from`; 0 if there is none. */
  next(from: number): number {
    return this.#rows.next(from);
  }

  /** A member that was sent nothing has to be told rows 1 to `last`. */
  addUnknown(last: number): void {
    this.#rows.addUpTo(last, RowState.Pending | RowState.Stale);
    this.highWater = Math.max(this.highWater, last);
  }

  /** The member has to be told rows 1 to `last` again. */
  addAgain(last: number): void {
    this.#rows.addUpTo(last, RowState.Pending);
  }

  /** The member is not told a change of this row now. `sent`: it has the state before the change. */
  defer(prefix: PrefixId, sent: boolean): void {
    if (prefix > this.highWater) this.highWater = prefix;
    if (!sent) {
      this.#rows.add(prefix, RowState.Pending | RowState.Stale);
      return;
    }
    this.#rows.add(prefix, RowState.Pending | RowState.Stale | RowState.Sent);
    this.#pins.pin(prefix);
  }

  /** ADD-PATH: before the change, the member has this path of a row that is deferred. */
  deferPath(prefix: PrefixId, path: number): void {
    if ((this.#rows.get(prefix) & RowState.Sent) === 0) {
      this.#rows.add(prefix, RowState.Sent);
      this.#pins.pin(prefix);
    }
    this.#paths.add(prefix, path);
  }

  /** ADD-PATH: paths of a stale row that the member has; call until 0. */
  takePath(prefix: PrefixId): number {
    return this.#paths.take(prefix);
  }

  /** ADD-PATH: a stale row of which the member has this path, or any if 0. */
  hasPath(prefix: PrefixId, path: number): boolean {
    return path === 0 ? (this.#rows.get(prefix) & RowState.Sent) !== 0 : this.#paths.has(prefix, path);
  }

  /**
   * The row is told: forgets it and returns what was known of it. If that says `Sent`, the caller has to unpin the row
   * once the octets that tell it are made; the pin may be the last hold on the row.
   */
  take(prefix: PrefixId): number {
    return this.#rows.take(prefix);
  }

  /** The member leaves: pins go. */
  close(): void {
    for (let row = this.#rows.next(1) as PrefixId; row !== 0; row = this.#rows.next(row + 1) as PrefixId) {
      if ((this.#rows.take(row) & RowState.Sent) !== 0) this.#pins.unpin(row);
    }
    this.#paths.clear();
  }
}

/** A short list of path identifiers for each of some prefixes, in columns. The index names the first of each list. */
class PathLists implements HashOwner {
  #prefix = new Uint32Array(16);
  #path = new Uint32Array(16);
  /** The next element of the same prefix. */
  #next = new Uint32Array(16);
  /** 1 for rows that the index names. */
  #isFirst = new Uint8Array(16);
  #rows = new FreeList();
  #index = new HashIndex(this);

  get bytes(): number {
    return 13 * this.#path.length + this.#rows.bytes + this.#index.bytes;
  }

  get highWater(): number {
    return this.#rows.highWater;
  }

  isInUse(row: number): boolean {
    return this.#isFirst[row] === 1;
  }

  hashOf(row: number): number {
    return finishHash(this.#prefix[row]);
  }

  add(prefix: PrefixId, path: number): void {
    const row = this.#rows.take();
    if (row >= this.#path.length) this.#grow(row);
    this.#prefix[row] = prefix;
    this.#path[row] = path;
    const first = this.#find(prefix);
    if (first === 0) {
      this.#next[row] = 0;
      this.#isFirst[row] = 1;
      this.#index.insert(this.hashOf(row), row);
    } else {
      this.#next[row] = this.#next[first];
      this.#next[first] = row;
    }
  }

  has(prefix: PrefixId, path: number): boolean {
    let row = this.#find(prefix);
    while (row !== 0 && this.#path[row] !== path) row = this.#next[row];
    return row !== 0;
  }

  /** Removes one path of the prefix; 0 if there is none left. */
  take(prefix: PrefixId): number {
    const first = this.#find(prefix);
    if (first === 0) return 0;
    const second = this.#next[first];
    const row = second === 0 ? first : second;
    if (second === 0) {
      this.#isFirst[first] = 0;
      this.#index.remove(this.hashOf(first), first);
    } else {
      this.#next[first] = this.#next[second];
    }
    const path = this.#path[row];
    this.#rows.giveBack(row);
    return path;
  }

  clear(): void {
    this.#isFirst.fill(0);
    this.#rows = new FreeList();
    this.#index = new HashIndex(this);
  }

  #find(prefix: number): number {
    const { slots, mask, rowMask } = this.#index;
    const hash = finishHash(prefix);
    const tag = this.#index.tagOf(hash);
    let slot = hash & mask;
    for (let entry = slots[slot]; entry !== 0; entry = slots[slot]) {
      if ((entry & ~rowMask) === tag && this.#prefix[entry & rowMask] === prefix) return entry & rowMask;
      slot = (slot + 1) & mask;
    }
    return 0;
  }

  #grow(row: number): void {
    const capacity = capacityFor(row, this.#path.length);
    this.#prefix = resized(this.#prefix, capacity);
    this.#path = resized(this.#path, capacity);
    this.#next = resized(this.#next, capacity);
    this.#isFirst = resized(this.#isFirst, capacity);
  }
}
