/**
 * Open addressing over row numbers: which row has this key?
 *
 *     tags    | 0 | 5a | c3 | 0 | 0 | 17 | ...     8 bits of the hash; 0 is an empty slot
 *     slots   | 0 | 17 |  3 | 0 | 0 |  9 | ...     the row; 0 is an empty slot
 *                    ^ home of 17 and of 3
 *
 * The keys live in the owner's columns; the index knows rows only. A lookup is the owner's own loop, so that comparing
 * keys costs no call:
 *
 *     const tag = tagOf(hash);
 *     for (let slot = hash & index.mask; tags[slot] !== 0; slot = (slot + 1) & index.mask) {
 *       if (tags[slot] === tag && sameKey(slots[slot])) return slots[slot];
 *     }
 *
 * Tags are small enough to stay in the processor's cache, and all but one in 255 of the rows that are not the one
 * asked for are passed over without a look at their keys, which are somewhere else in memory.
 *
 * Invariants: at most half of the slots are taken; between a row's home slot and its slot no slot is empty (deletion
 * shifts later rows back, there are no tombstones). Cost: 10 to 20 octets a row.
 */
export interface HashOwner {
  /** Hash of the key in a row: any 32 bits, well mixed in the low ones. */
  hashOf(row: number): number;
}

/** An owner all of whose rows in use are in the index, or about to be inserted. */
export interface HashedRows extends HashOwner {
  /** No row beyond this one is in use. */
  readonly highWater: number;
  isInUse(row: number): boolean;
}

export class HashIndex {
  slots: Uint32Array = new Uint32Array(16);
  tags: Uint8Array = new Uint8Array(16);
  mask = 15;
  #count = 0;
  readonly #owner: HashOwner;
  readonly #rows: HashedRows | undefined;

  /** With `rows` (the owner again) growing reads the keys in the order of rows, which is several times faster. */
  constructor(owner: HashOwner, rows?: HashedRows) {
    this.#owner = owner;
    this.#rows = rows;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.slots.byteLength + this.tags.byteLength;
  }

  /** Adds a row whose key is not in the index and already stands in the owner's columns. */
  insert(hash: number, row: number): void {
    if (2 * (this.#count + 1) > this.slots.length) {
      this.#rebuild(2 * this.slots.length);
      // The rows that were just read include the new one.
      if (this.#rows !== undefined) return;
    }
    this.#place(hash, row);
    this.#count++;
  }

  /** Removes a row that is in the index; its key still stands in the owner's columns, though it is no longer in use. */
  remove(hash: number, row: number): void {
    const { slots, tags, mask } = this;
    let hole = hash & mask;
    while (slots[hole] !== row) hole = (hole + 1) & mask;
    // Rows after the hole that may stand at the hole move back into it, until a slot is empty.
    for (let slot = (hole + 1) & mask; tags[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#owner.hashOf(slots[slot]) & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        slots[hole] = slots[slot];
        tags[hole] = tags[slot];
        hole = slot;
      }
    }
    tags[hole] = 0;
    slots[hole] = 0;
    this.#count--;
    if (slots.length > MIN_SHRINK && 16 * this.#count < slots.length) this.#rebuild(slots.length >>> 2);
  }

  #rebuild(size: number): void {
    const old = this.slots;
    this.slots = new Uint32Array(size);
    this.tags = new Uint8Array(size);
    this.mask = size - 1;
    const rows = this.#rows;
    if (rows === undefined) {
      for (let i = 0; i < old.length; i++) if (old[i] !== 0) this.#place(this.#owner.hashOf(old[i]), old[i]);
      return;
    }
    const last = rows.highWater;
    let count = 0;
    for (let row = 1; row <= last; row++) {
      if (!rows.isInUse(row)) continue;
      this.#place(rows.hashOf(row), row);
      count++;
    }
    this.#count = count;
  }

  #place(hash: number, row: number): void {
    const { tags, mask } = this;
    let slot = hash & mask;
    while (tags[slot] !== 0) slot = (slot + 1) & mask;
    tags[slot] = tagOf(hash);
    this.slots[slot] = row;
  }
}

/** The tag of a hash: 1..255, from bits that do not choose the slot. */
export function tagOf(hash: number): number {
  return hash >>> 24 || 1;
}

/** Small indexes never shrink. */
const MIN_SHRINK = 4096;

/**
 * Unpredictable start of every hash, so that nobody can send keys that all fall into one slot. It changes no answer of
 * any table: rows are numbered, walked and compared without it.
 */
export const HASH_SEED = (Math.random() * 0x1_0000_0000) >>> 0;

/** Mixes one more word into a hash (the rounds of Murmur3). */
export function mixWord(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** Spreads all bits of a hash over all bits. */
export function finishHash(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
