import { capacityFor, resized } from './columns.ts';

/**
 * Three flags for each of many rows, which are asked for together, and a walk over the rows that have the first one.
 *
 *     words   | first 0..31 | second 0..31 | third 0..31 | first 32..63 | ...      3 bits a row up to the largest one
 */
export class RowFlags {
  static readonly First = 1;
  static readonly Second = 2;
  static readonly Third = 4;
  #words = new Uint32Array(48);
  #count = 0;

  /** Rows that have the first flag. */
  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  get(row: number): number {
    const word = 3 * (row >>> 5);
    const words = this.#words;
    if (word >= words.length) return 0;
    const bit = row & 31;
    return (
      ((words[word] >>> bit) & 1) | (((words[word + 1] >>> bit) & 1) << 1) | (((words[word + 2] >>> bit) & 1) << 2)
    );
  }

  add(row: number, flags: number): void {
    const word = 3 * (row >>> 5);
    if (word >= this.#words.length) this.#grow(word);
    const words = this.#words;
    const bit = 1 << (row & 31);
    if ((flags & 1) !== 0 && (words[word] & bit) === 0) {
      words[word] |= bit;
      this.#count++;
    }
    if ((flags & 2) !== 0) words[word + 1] |= bit;
    if ((flags & 4) !== 0) words[word + 2] |= bit;
  }

  /** Adds flags to the rows 1 to `last`. */
  addUpTo(last: number, flags: number): void {
    const whole = last >>> 5;
    for (let row = 1; row <= Math.min(last, 31); row++) this.add(row, flags);
    for (let row = Math.max(32, 32 * whole); row <= last; row++) this.add(row, flags);
    const words = this.#words;
    for (let word = 3; word < 3 * whole; word += 3) {
      if ((flags & 1) !== 0) {
        this.#count += 32 - bitCount(words[word]);
        words[word] = 0xffff_ffff;
      }
      if ((flags & 2) !== 0) words[word + 1] = 0xffff_ffff;
      if ((flags & 4) !== 0) words[word + 2] = 0xffff_ffff;
    }
  }

  /** Clears the flags of a row and tells what they were. */
  take(row: number): number {
    const flags = this.get(row);
    if (flags === 0) return 0;
    const word = 3 * (row >>> 5);
    const words = this.#words;
    const others = ~(1 << (row & 31));
    this.#count -= flags & 1;
    words[word] &= others;
    words[word + 1] &= others;
    words[word + 2] &= others;
    return flags;
  }

  /** The first row with the first flag that is not below `from`; 0 if there is none. */
  next(from: number): number {
    const words = this.#words;
    let word = 3 * (from >>> 5);
    if (this.#count === 0 || word >= words.length) return 0;
    let bits = words[word] & (-1 << (from & 31));
    while (bits === 0) {
      word += 3;
      if (word >= words.length) return 0;
      bits = words[word];
    }
    return 32 * (word / 3) + 31 - Math.clz32(bits & -bits);
  }

  #grow(word: number): void {
    this.#words = resized(this.#words, 3 * capacityFor(word / 3, this.#words.length / 3));
  }
}

function bitCount(word: number): number {
  let v = word - ((word >>> 1) & 0x5555_5555);
  v = (v & 0x3333_3333) + ((v >>> 2) & 0x3333_3333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
