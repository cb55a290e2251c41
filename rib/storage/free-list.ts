import { resized } from './columns.ts';

/**
 * Row numbers that are given out, taken back and given out again, the last one returned first (its cache lines are
 * warm). Numbers count from 1. Once every number is back the list starts over from 1, so that walks over the rows stay
 * as short as the largest population since the last time the table was empty.
 */
export class FreeList {
  #free = new Uint32Array(16);
  #freeCount = 0;
  #highWater = 0;

  /** Largest number given out since the list was last empty: rows beyond it were never written since. */
  get highWater(): number {
    return this.#highWater;
  }

  /** Numbers in use. */
  get count(): number {
    return this.#highWater - this.#freeCount;
  }

  get bytes(): number {
    return this.#free.byteLength;
  }

  take(): number {
    if (this.#freeCount > 0) return this.#free[--this.#freeCount];
    return ++this.#highWater;
  }

  giveBack(row: number): void {
    if (this.#freeCount + 1 === this.#highWater) {
      this.#freeCount = 0;
      this.#highWater = 0;
      return;
    }
    if (this.#freeCount === this.#free.length) this.#free = resized(this.#free, 2 * this.#free.length);
    this.#free[this.#freeCount++] = row;
  }
}
