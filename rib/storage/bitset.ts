import { capacityFor, resized } from './columns.ts';

/** One bit a row, growing. A row that was never set reads as clear. */
export class BitSet {
  #words = new Uint32Array(16);

  get bytes(): number {
    return this.#words.byteLength;
  }

  has(row: number): boolean {
    const word = row >>> 5;
    return word < this.#words.length && (this.#words[word] & (1 << (row & 31))) !== 0;
  }

  set(row: number): void {
    const word = row >>> 5;
    if (word >= this.#words.length) this.#words = resized(this.#words, capacityFor(word, this.#words.length));
    this.#words[word] |= 1 << (row & 31);
  }

  clear(row: number): void {
    const word = row >>> 5;
    if (word < this.#words.length) this.#words[word] &= ~(1 << (row & 31));
  }

  /** Clears the bit and tells whether it was set. */
  take(row: number): boolean {
    const word = row >>> 5;
    if (word >= this.#words.length) return false;
    const bit = 1 << (row & 31);
    if ((this.#words[word] & bit) === 0) return false;
    this.#words[word] &= ~bit;
    return true;
  }

  clearAll(): void {
    this.#words.fill(0);
  }
}
