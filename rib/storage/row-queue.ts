/** Row numbers waiting for something, first in first out. Rows of 0 do not occur, so 0 says that the queue is empty. */
import { resized } from './columns.ts';

const IDLE_CAPACITY = 1 << 14;

export class RowQueue {
  #rows = new Uint32Array(256);
  #read = 0;
  #write = 0;

  get length(): number {
    return this.#write - this.#read;
  }

  get bytes(): number {
    return this.#rows.byteLength;
  }

  push(row: number): void {
    if (this.#write === this.#rows.length) this.#makeRoom();
    this.#rows[this.#write++] = row;
  }

  /** The row that waits longest; 0 if none does. */
  take(): number {
    if (this.#read === this.#write) {
      this.#read = 0;
      this.#write = 0;
      if (this.#rows.length > IDLE_CAPACITY) this.#rows = new Uint32Array(IDLE_CAPACITY);
      return 0;
    }
    return this.#rows[this.#read++];
  }

  #makeRoom(): void {
    const waiting = this.length;
    if (this.#read >= this.#rows.length >>> 1) {
      this.#rows.copyWithin(0, this.#read, this.#write);
    } else {
      const larger = resized(this.#rows, 2 * this.#rows.length);
      larger.copyWithin(0, this.#read, this.#write);
      this.#rows = larger;
    }
    this.#read = 0;
    this.#write = waiting;
  }
}
