/**
 * What an editor wants to be different from the record that it loaded: a short list of (id, flags, value), ascending
 * by id, in which some values stand for "taken away". Merged with the record in one walk when it is encoded.
 *
 * Values live one behind the other in one buffer, which the next record uses again: nothing is allocated for a route.
 *
 *     bytes  | value of one | replaced | value of another | room ...
 *            starts[0]      |          starts[1]          #used
 *
 * Who writes a value asks for `room`, writes it there, and names it to `put`. A new buffer is made when one is full, out
 * of the values that still count, so that a loop that sets one attribute again and again needs no more than two of them.
 */
import { copyBytes } from '../bytes.ts';

const TAKEN_AWAY = -1;

export class ChangeList {
  count = 0;
  readonly ids: number[] = [];
  readonly flags: number[] = [];
  bytes: Uint8Array = new Uint8Array(256);
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #used = 0;

  /** Index of the change of `id`, or -1. */
  indexOf(id: number): number {
    for (let i = 0; i < this.count; i++) if (this.ids[i] === id) return i;
    return -1;
  }

  isTakenAway(index: number): boolean {
    return this.#starts[index] === TAKEN_AWAY;
  }

  /** The value of a change that is not "taken away": octets `[start, end)` of `bytes`. */
  start(index: number): number {
    return this.#starts[index];
  }

  end(index: number): number {
    return this.#ends[index];
  }

  /** Where in `bytes` a value of up to `length` octets may be written. `bytes` may be another buffer afterwards. */
  room(length: number): number {
    if (this.#used + length > this.bytes.length) this.#renew(length);
    return this.#used;
  }

  /** The value is the first `length` octets of the room that was given last. */
  put(id: number, flags: number, length: number): void {
    const start = this.#used;
    this.#used += length;
    this.#place(id, flags, start, start + length);
  }

  takeAway(id: number): void {
    this.#place(id, 0, TAKEN_AWAY, TAKEN_AWAY);
  }

  clear(): void {
    this.count = 0;
    this.#used = 0;
  }

  #place(id: number, flags: number, start: number, end: number): void {
    let i = 0;
    while (i < this.count && this.ids[i] < id) i++;
    if (i === this.count || this.ids[i] !== id) {
      for (let j = this.count; j > i; j--) {
        this.ids[j] = this.ids[j - 1];
        this.flags[j] = this.flags[j - 1];
        this.#starts[j] = this.#starts[j - 1];
        this.#ends[j] = this.#ends[j - 1];
      }
      this.count++;
    }
    this.ids[i] = id;
    this.flags[i] = flags;
    this.#starts[i] = start;
    this.#ends[i] = end;
  }

  #renew(more: number): void {
    let live = more;
    for (let i = 0; i < this.count; i++) live += this.#ends[i] - this.#starts[i];
    const old = this.bytes;
    this.bytes = new Uint8Array(2 * live);
    this.#used = 0;
    for (let i = 0; i < this.count; i++) {
      if (this.isTakenAway(i)) continue;
      const start = this.#used;
      this.#used = copyBytes(old, this.#starts[i], this.#ends[i], this.bytes, start);
      this.#starts[i] = start;
      this.#ends[i] = this.#used;
    }
  }
}
