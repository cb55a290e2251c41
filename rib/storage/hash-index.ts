/**
 * Open addressing over row numbers: which row has this key?
 *
 *     slots   | 0 | 5a 000017 | c3 000003 | 0 | ff 000000 | 17 000009 | ...
 *                   tag row                   removed
 *
 * The keys live in the owner's columns; the index knows rows only. A slot holds some bits of the hash (the tag) beside
 * the row: nearly all rows that are not the one asked for are passed over without a look at their keys, which are
 * somewhere else in memory. How many bits a row takes grows with the rows. A lookup is the owner's own loop, so that
 * comparing keys costs no call:
 *
 *     const { slots, mask, rowMask } = index;
 *     const tag = index.tagOf(hash);
 *     let slot = hash & mask;
 *     for (let entry = slots[slot]; entry !== 0; entry = slots[slot = (slot + 1) & mask]) {
 *       if ((entry & ~rowMask) === tag && sameKey(entry & rowMask)) return entry & rowMask;
 *     }
 *
 * Invariants: at most half of the slots are not empty; between a row's home slot and its slot no slot is empty. A slot
 * whose row was removed is marked, unless an empty one follows; marks are taken away from behind as soon as that is so,
 * and no tag equals the one of the mark. Cost: 8 to 16 octets a row.
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

/** Bits for rows in a small index. */
const LEAST_ROW_BITS = 16;
/** Small indexes never shrink. */
const MIN_SHRINK = 4096;

export class HashIndex {
  slots: Int32Array = new Int32Array(16);
  mask = 15;
  /** Bits of a slot that hold the row; the others hold the tag. */
  rowMask: number = (1 << LEAST_ROW_BITS) - 1;
  #count = 0;
  /** Slots that are not empty: rows and marks. */
  #taken = 0;
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
    return this.slots.byteLength;
  }

  /** The tag of a hash, where it stands in a slot. */
  tagOf(hash: number): number {
    const tag = hash & ~this.rowMask;
    return tag === ~this.rowMask ? 0 : tag;
  }

  /** Adds a row whose key is not in the index and already stands in the owner's columns. */
  insert(hash: number, row: number): void {
    const size = this.slots.length;
    if (2 * (this.#taken + 1) > size || row > this.rowMask) {
      // Many marks and few rows: the same size is enough.
      this.#rebuild(4 * (this.#count + 1) > size ? 2 * size : size, row);
      // The rows that were just read include the new one.
      if (this.#rows !== undefined) return;
    }
    this.#place(hash, row);
    this.#count++;
  }

  /** Removes a row that is in the index; its key still stands in the owner's columns, though it is no longer in use. */
  remove(hash: number, row: number): void {
    const { slots, mask, rowMask } = this;
    let slot = hash & mask;
    while ((slots[slot] & rowMask) !== row) {
      // Half of the slots are empty: a row that is not there is a fault that is seen, and not a loop without an end.
      if (slots[slot] === 0) throw new Error(`row ${row} is not in the index`);
      slot = (slot + 1) & mask;
    }
    this.#count--;
    if (slots[(slot + 1) & mask] !== 0) {
      slots[slot] = ~rowMask;
    } else {
      do {
        slots[slot] = 0;
        this.#taken--;
        slot = (slot - 1) & mask;
      } while (slots[slot] === ~rowMask);
    }
    if (slots.length > MIN_SHRINK && 16 * this.#count < slots.length) this.#rebuild(slots.length >>> 2, 0);
  }

  /** `row`: one that comes on top of those that are there. */
  #rebuild(size: number, row: number): void {
    const old = this.slots;
    const oldRowMask = this.rowMask;
    const rows = this.#rows;
    const largest = Math.max(row, rows === undefined ? oldRowMask >>> 1 : rows.highWater);
    this.rowMask = (1 << Math.max(LEAST_ROW_BITS, 33 - Math.clz32(largest))) - 1;
    // Written before it is read: a page that is read first costs two faults.
    this.slots = new Int32Array(size).fill(0);
    this.mask = size - 1;
    this.#taken = 0;
    if (rows === undefined) {
      for (let i = 0; i < old.length; i++) {
        const kept = old[i] & oldRowMask;
        if (kept !== 0) this.#place(this.#owner.hashOf(kept), kept);
      }
      return;
    }
    const last = rows.highWater;
    for (let kept = 1; kept <= last; kept++) if (rows.isInUse(kept)) this.#place(rows.hashOf(kept), kept);
    this.#count = this.#taken;
  }

  #place(hash: number, row: number): void {
    const { slots, mask, rowMask } = this;
    let slot = hash & mask;
    while ((slots[slot] & rowMask) !== 0) slot = (slot + 1) & mask;
    if (slots[slot] === 0) this.#taken++;
    slots[slot] = this.tagOf(hash) | row;
  }
}

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
