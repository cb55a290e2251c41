/**
 * What changed in one table, in the order of change: a ring of prefix rows that any number of readers follow, each at
 * its own pace.
 *
 *     position    base                              head
 *                  | p7 | p3 | p7 | p9 | p3 | ...    |          p7 changed twice: the older entry is skipped,
 *                         ^ reader A    ^ reader B               because `latest[p7]` names the newer one
 *
 * Invariants: an entry is live if `latest` of its prefix is its position; a reader sees a prefix once, with its newest
 * state, however often it changed meanwhile. Entries behind the slowest reader are dropped. When the ring is full it
 * first drops dead entries, so it never holds much more than one entry a prefix: a slow reader costs no more than
 * that, and is compressed for free.
 *
 * A prefix without routes keeps its row until every reader has passed its last entry (`onPassed`), so that the
 * withdrawal still has a name.
 *
 * Positions grow for ever (53 bits); `latest` keeps the low 32 bits, which cannot be ambiguous in a ring that is
 * smaller than 2^32.
 */
import type { PrefixId } from './ids.ts';
import { capacityFor, resized } from './storage/columns.ts';

/** In entries: the selected route of the prefix changed, not just some other one. */
export const BEST_CHANGED = 0x8000_0000;
const PREFIX_MASK = 0x7fff_ffff;

/** The place of one reader; `position` is the next entry to look at. */
export interface JournalCursor {
  position: number;
}

export class Journal {
  #ring = new Uint32Array(64);
  #base = 0;
  #head = 0;
  /** Low 32 bits of the position of the newest entry, by prefix row. */
  #latest = new Uint32Array(1024);
  readonly #cursors = new Set<JournalCursor>();
  readonly #onPassed: (prefix: PrefixId) => void;

  /** `onPassed` hears of every live entry that all readers have passed. */
  constructor(onPassed: (prefix: PrefixId) => void) {
    this.#onPassed = onPassed;
  }

  get head(): number {
    return this.#head;
  }

  /** Entries held for the slowest reader. */
  get length(): number {
    return this.#head - this.#base;
  }

  get readers(): number {
    return this.#cursors.size;
  }

  get bytes(): number {
    return this.#ring.byteLength + this.#latest.byteLength;
  }

  /** A cursor at the end, which sees what changes from now on; or where another one is. */
  open(beside?: JournalCursor): JournalCursor {
    const cursor = { position: beside?.position ?? this.#head };
    this.#cursors.add(cursor);
    return cursor;
  }

  close(cursor: JournalCursor): void {
    if (this.#cursors.delete(cursor)) this.trim();
  }

  /**
   * Adds a change. Readers of selected routes skip entries that do not say `bestChanged`; an older entry that does and
   * that somebody may still have to read hands the mark on to the new one.
   */
  append(prefix: PrefixId, bestChanged: boolean): void {
    if (this.#cursors.size === 0) {
      this.#onPassed(prefix);
      return;
    }
    if (prefix >= this.#latest.length) {
      this.#latest = resized(this.#latest, capacityFor(prefix, this.#latest.length));
    }
    let mark = bestChanged ? BEST_CHANGED : 0;
    if (mark === 0) {
      const age = (this.#head - this.#latest[prefix]) >>> 0;
      if (age !== 0 && age <= this.#head - this.#base) {
        const older = this.#ring[(this.#head - age) & (this.#ring.length - 1)];
        if ((older & PREFIX_MASK) === prefix) mark = older & BEST_CHANGED;
      }
    }
    if (this.#head - this.#base === this.#ring.length) {
      // Its older entry is dead from here on: what makes room must not tell that the prefix is passed.
      this.#latest[prefix] = this.#base - 1;
      this.#makeRoom();
    }
    this.#ring[this.#head & (this.#ring.length - 1)] = (prefix | mark) >>> 0;
    this.#latest[prefix] = this.#head;
    this.#head++;
  }

  /**
   * The next live entry at or behind the cursor, which moves past it: the prefix with its `BEST_CHANGED` bit, or 0 at
   * the end.
   */
  next(cursor: JournalCursor): number {
    const ring = this.#ring;
    const mask = ring.length - 1;
    const head = this.#head;
    let position = cursor.position;
    while (position < head) {
      const entry = ring[position & mask];
      const live = this.#latest[entry & PREFIX_MASK] === position >>> 0;
      position++;
      if (live) {
        cursor.position = position;
        return entry;
      }
    }
    cursor.position = position;
    return 0;
  }

  /** True if some reader has yet to look at the newest entry of the prefix. */
  isPending(prefix: PrefixId): boolean {
    if (prefix >= this.#latest.length) return false;
    const age = (this.#head - this.#latest[prefix]) >>> 0;
    if (age === 0 || age > this.#head - this.#base) return false;
    return (this.#ring[(this.#head - age) & (this.#ring.length - 1)] & PREFIX_MASK) === prefix;
  }

  /** Drops what all readers have passed. Costs a look at each reader, so readers call it when they run dry. */
  trim(): void {
    let slowest = this.#head;
    for (const cursor of this.#cursors) if (cursor.position < slowest) slowest = cursor.position;
    const mask = this.#ring.length - 1;
    while (this.#base < slowest) {
      const prefix = this.#ring[this.#base & mask] & PREFIX_MASK;
      const live = this.#latest[prefix] === this.#base >>> 0;
      this.#base++;
      if (live) this.#onPassed(prefix as PrefixId);
    }
    if (this.#base === this.#head && this.#ring.length > IDLE_CAPACITY) this.#ring = new Uint32Array(IDLE_CAPACITY);
  }

  /** The ring is full: drop what was read, then what is dead, and only then grow. */
  #makeRoom(): void {
    this.trim();
    if (this.length <= this.#ring.length >>> 1) return;
    const cursors = [...this.#cursors].sort((a, b) => a.position - b.position);
    const old = this.#ring;
    const oldMask = old.length - 1;
    const compact = new Uint32Array(old.length);
    // New positions start at the old head, so that no number is ever used twice.
    const newBase = this.#head;
    let count = 0;
    let c = 0;
    for (let position = this.#base; position < this.#head; position++) {
      while (c < cursors.length && cursors[c].position === position) cursors[c++].position = newBase + count;
      const entry = old[position & oldMask];
      const prefix = entry & PREFIX_MASK;
      if (this.#latest[prefix] !== position >>> 0) continue;
      compact[(newBase + count) & oldMask] = entry;
      this.#latest[prefix] = newBase + count;
      count++;
    }
    while (c < cursors.length) cursors[c++].position = newBase + count;
    this.#base = newBase;
    this.#head = newBase + count;
    this.#ring = compact;
    if (count > compact.length >>> 1) this.#enlarge();
  }

  #enlarge(): void {
    const old = this.#ring;
    const larger = new Uint32Array(2 * old.length);
    for (let position = this.#base; position < this.#head; position++) {
      larger[position & (larger.length - 1)] = old[position & (old.length - 1)];
    }
    this.#ring = larger;
  }
}

/** A drained ring that grew beyond this gives its memory back. */
const IDLE_CAPACITY = 1 << 16;
