/**
 * Prefixes as numbers 0 to count - 1: what a receiver counts with one bit each and an audit compares row by row.
 */
export interface Numbering {
  readonly count: number;
  /** The number of a prefix, or -1 for one that nobody sent. */
  indexOf(address: number, length: number): number;
  /** The first address of a prefix (unsigned), and its length in bits. */
  addressOf(index: number): number;
  lengthOf(index: number): number;
}

/** Numbers in the order in which prefixes are met: for real tables. */
export class MetPrefixes implements Numbering {
  readonly #index = new Map<number, number>();
  readonly #keys: number[] = [];

  get count(): number {
    return this.#keys.length;
  }

  add(address: number, length: number): number {
    const key = address * 64 + length;
    let index = this.#index.get(key);
    if (index === undefined) {
      index = this.#keys.push(key) - 1;
      this.#index.set(key, index);
    }
    return index;
  }

  indexOf(address: number, length: number): number {
    return this.#index.get(address * 64 + length) ?? -1;
  }

  addressOf(index: number): number {
    return Math.floor(this.#keys[index]! / 64);
  }

  lengthOf(index: number): number {
    return this.#keys[index]! % 64;
  }
}
