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
import { finishHash, HashIndex, type HashOwner, tagOf } from './storage/hash-index.ts';
import { RowSet } from './storage/row-set.ts';

/** Keeps prefix rows from being used again. */
export interface PrefixPins {
  pin(prefix: PrefixId): void;
  unpin(prefix: PrefixId): void;
}

export class Backlog {
  readonly pending: RowSet = new RowSet();
  readonly stale: RowSet = new RowSet();
  readonly sent: RowSet = new RowSet();
  /** No row beyond this one was ever stale. */
  highWater = 0;
  readonly #pins: PrefixPins;
  readonly #paths = new PathLists();

  constructor(pins: PrefixPins) {
    this.#pins = pins;
  }

  get bytes(): number {
    return this.pending.bytes + this.stale.bytes + this.sent.bytes + this.#paths.bytes;
  }

  /** A member that was sent nothing has to be told rows 1 to `last`. */
  addUnknown(last: number): void {
    this.pending.addUpTo(last);
    this.stale.addUpTo(last);
    this.highWater = Math.max(this.highWater, last);
  }

  /** The member is not told a change of this row now. `sent`: it has the state before the change. */
  defer(prefix: PrefixId, sent: boolean): void {
    this.pending.add(prefix);
    this.stale.add(prefix);
    if (prefix > this.highWater) this.highWater = prefix;
    if (!sent) return;
    this.sent.add(prefix);
    this.#pins.pin(prefix);
  }

  /** ADD-PATH: before the change, the member has this path of a row that is deferred. */
  deferPath(prefix: PrefixId, path: number): void {
    if (!this.sent.has(prefix)) {
      this.sent.add(prefix);
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
    return path === 0 ? this.sent.has(prefix) : this.#paths.has(prefix, path);
  }

  /**
   * The row is told. True: the caller has to unpin it once the octets that tell it are made; the pin may be the last
   * hold on the row.
   */
  settle(prefix: PrefixId): boolean {
    this.pending.remove(prefix);
    this.stale.remove(prefix);
    return this.sent.remove(prefix);
  }

  /** The member leaves: pins go. */
  close(): void {
    for (let row = this.sent.next(1); row !== 0; row = this.sent.next(row + 1)) this.#pins.unpin(row as PrefixId);
    this.pending.clear();
    this.stale.clear();
    this.sent.clear();
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
    const { slots, tags, mask } = this.#index;
    const hash = finishHash(prefix);
    const tag = tagOf(hash);
    for (let slot = hash & mask; tags[slot] !== 0; slot = (slot + 1) & mask) {
      if (tags[slot] === tag && this.#prefix[slots[slot]] === prefix) return slots[slot];
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
