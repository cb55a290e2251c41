/**
 * Which recursive next hops does a changed route touch? The addresses of all next hops that are looked up in one table
 * stand in ascending order, so the ones that a changed prefix covers are a run that a binary search finds: a change
 * costs the logarithm of the next hops, however many routes change. The table's journal is read only while there is
 * a next hop to watch for.
 */
import { type Ip, ipBytes, ipVersion } from '../bgp/index.ts';
import type { NextHopId, PrefixId } from './ids.ts';
import type { PrefixTable } from './prefix-table.ts';

/** What the watch reads: the changes of a table. */
export interface WatchedTable {
  readonly prefixes: PrefixTable;
  openReader(options: { readonly feed: false }): { next(): PrefixId; close(): void };
}

interface WatchedAddress {
  readonly id: NextHopId;
  readonly words: Uint32Array;
}

export class IgpWatch {
  /** After `next`: the next hops that the change may touch, `touchedCount` of them. */
  readonly touched: NextHopId[] = [];
  touchedCount = 0;
  readonly #table: WatchedTable;
  readonly #addresses: WatchedAddress[] = [];
  #reader: { next(): PrefixId; close(): void } | undefined;

  constructor(table: WatchedTable) {
    this.#table = table;
  }

  /** Watches for changes of the route to `address` from now on. */
  add(id: NextHopId, address: Ip): void {
    if (ipVersion(address) !== this.#table.prefixes.family.version) return;
    this.#reader ??= this.#table.openReader({ feed: false });
    const words = addressWords(address);
    this.#addresses.splice(this.#lowerBound(words), 0, { id, words });
  }

  remove(id: NextHopId): void {
    const at = this.#addresses.findIndex((entry) => entry.id === id);
    if (at < 0) return;
    this.#addresses.splice(at, 1);
    if (this.#addresses.length === 0) this.close();
  }

  ids(): readonly NextHopId[] {
    return this.#addresses.map((entry) => entry.id);
  }

  /** Reads one change; false if there is none. */
  next(): boolean {
    const prefix = this.#reader?.next() ?? 0;
    if (prefix === 0) return false;
    this.#findTouched(prefix as PrefixId);
    return true;
  }

  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  #findTouched(prefix: PrefixId): void {
    const { word0, word1, word2, word3, length } = this.#table.prefixes;
    const wide = word1.length > 0;
    const low = [word0[prefix], wide ? word1[prefix] : 0, wide ? word2[prefix] : 0, wide ? word3[prefix] : 0];
    const bits = length[prefix];
    const addresses = this.#addresses;
    this.touchedCount = 0;
    for (let i = this.#lowerBound(low); i < addresses.length; i++) {
      if (!samePrefixBits(addresses[i].words, low, bits)) break;
      this.touched[this.touchedCount++] = addresses[i].id;
    }
  }

  /** Index of the first address that is not below. */
  #lowerBound(words: ArrayLike<number>): number {
    let low = 0;
    let high = this.#addresses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareWords(this.#addresses[middle].words, words) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Four words, most significant first; IPv4 uses the first. */
export function addressWords(address: Ip): Uint32Array {
  const bytes = ipBytes(address);
  const words = new Uint32Array(4);
  for (let i = 0; i < bytes.length; i++) words[i >> 2] |= bytes[i] << (24 - 8 * (i & 3));
  return words;
}

function compareWords(a: ArrayLike<number>, b: ArrayLike<number>): number {
  for (let i = 0; i < 4; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
  return 0;
}

function samePrefixBits(a: ArrayLike<number>, b: ArrayLike<number>, bits: number): boolean {
  for (let i = 0; 32 * i < bits; i++) {
    const inWord = bits - 32 * i;
    const mask = inWord >= 32 ? -1 : -1 << (32 - inWord);
    if (((a[i] ^ b[i]) & mask) !== 0) return false;
  }
  return true;
}
