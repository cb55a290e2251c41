import { capacityFor, resized } from './columns.ts';

/** A set of row numbers that knows its size and can be walked in order. One bit a row up to the largest one. */
export class RowSet {
  #words = new Uint32Array(16);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  has(row: number): boolean {
    const word = row >>> 5;
    return word < this.#words.length && (this.#words[word] & (1 << (row & 31))) !== 0;
  }

  add(row: number): void {
    const word = row >>> 5;
    if (word >= this.#words.length) this.#words = resized(this.#words, capacityFor(word, this.#words.length));
    const bit = 1 << (row & 31);
    if ((this.#words[word] & bit) !== 0) return;
    this.#words[word] |= bit;
    this.#count++;
  }

  /** Adds 1 to `last`. */
  addUpTo(last: number): void {
    if (last <= 0) return;
    const words = last >>> 5;
    if (words >= this.#words.length) this.#words = resized(this.#words, capacityFor(words, this.#words.length));
    for (let row = 1; row <= Math.min(last, 31); row++) this.add(row);
    for (let word = 1; word < words; word++) {
      this.#count += 32 - bitCount(this.#words[word]);
      this.#words[word] = 0xffff_ffff;
    }
    for (let row = Math.max(32, 32 * words); row <= last; row++) this.add(row);
  }

  /** Removes the row and tells whether it was there. */
  remove(row: number): boolean {
    const word = row >>> 5;
    if (word >= this.#words.length) return false;
    const bit = 1 << (row & 31);
    if ((this.#words[word] & bit) === 0) return false;
    this.#words[word] &= ~bit;
    this.#count--;
    return true;
  }

  /** The first row of the set that is not below `from`; 0 if there is none. */
  next(from: number): number {
    const words = this.#words;
    let word = from >>> 5;
    if (this.#count === 0 || word >= words.length) return 0;
    let bits = words[word] & (-1 << (from & 31));
    while (bits === 0) {
      if (++word === words.length) return 0;
      bits = words[word];
    }
    return 32 * word + 31 - Math.clz32(bits & -bits);
  }

  clear(): void {
    if (this.#count > 0) this.#words.fill(0);
    this.#count = 0;
  }
}

function bitCount(word: number): number {
  let v = word - ((word >>> 1) & 0x5555_5555);
  v = (v & 0x3333_3333) + ((v >>> 2) & 0x3333_3333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
