/**
 * Every prefix that some route of one table has, as a row of numbers; readers, queues and bitmaps speak of prefixes by
 * row. The columns:
 *
 *     word0 [word1 word2 word3]   the address, most significant word first; IPv6 tables have all four
 *     length                      bits; FREE_ROW marks a row that is not in use
 *
 * Cost: 5 octets (IPv6: 17) and 8 to 16 of hash slots a prefix.
 * Rows are numbered in the order of their making and used again, so a walk by row number meets every prefix that stays.
 */
import { type AddressFamily, formatIp, formatIpv4Word, NlriCursor, type Prefix } from '../bgp/index.ts';
import type { PrefixId } from './ids.ts';
import { nextCapacity, resized } from './storage/columns.ts';
import { FreeList } from './storage/free-list.ts';
import { finishHash, HASH_SEED, HashIndex, mixWord } from './storage/hash-index.ts';

const FREE_ROW = 0xff;
const NO_WORDS = new Uint32Array(0);

/**
 * A prefix on its way in. Passed as an object that its owner fills again and again (the NLRI cursor): a word above
 * 2^31 handed over as an argument would cost an allocation.
 */
export interface PrefixKey {
  word0: number;
  word1: number;
  word2: number;
  word3: number;
  length: number;
}

export class PrefixTable {
  readonly family: AddressFamily;
  /** Address words; the last three are empty in IPv4 tables. */
  word0: Uint32Array = new Uint32Array(1024);
  word1: Uint32Array = NO_WORDS;
  word2: Uint32Array = NO_WORDS;
  word3: Uint32Array = NO_WORDS;
  /** Bits; not a length for rows that are not in use (see `has`). */
  length: Uint8Array = new Uint8Array(1024);

  readonly #wide: boolean;
  readonly #rows = new FreeList();
  readonly #index = new HashIndex(this, this);
  /** How many prefixes have each length: longest match probes only the lengths that exist. */
  readonly #perLength = new Uint32Array(129);
  #pins: Uint16Array | undefined;
  readonly #key: PrefixKey = new NlriCursor();

  constructor(family: AddressFamily) {
    this.family = family;
    this.#wide = family.version === 6;
    if (this.#wide) {
      this.word1 = new Uint32Array(1024);
      this.word2 = new Uint32Array(1024);
      this.word3 = new Uint32Array(1024);
    }
  }

  /** Rows in use. */
  get count(): number {
    return this.#rows.count;
  }

  /** The largest row number that may be in use; a walk goes from 1 to here and asks `has`. */
  get highWater(): number {
    return this.#rows.highWater;
  }

  /** Octets of all columns and of the index. */
  get bytes(): number {
    const columns = this.word0.byteLength + 3 * this.word1.byteLength + this.length.byteLength;
    return columns + this.#index.bytes + this.#rows.bytes + (this.#pins?.byteLength ?? 0);
  }

  has(prefix: PrefixId): boolean {
    return prefix <= this.#rows.highWater && this.length[prefix] !== FREE_ROW;
  }

  isInUse(row: number): boolean {
    return this.length[row] !== FREE_ROW;
  }

  /** The row of a prefix, a new one if there is none. Words carry no bits beyond `length`. */
  intern(word0: number, word1: number, word2: number, word3: number, length: number): PrefixId {
    return this.internKey(this.#keyOf(word0, word1, word2, word3, length));
  }

  /** The row of a prefix; 0 if there is none. */
  find(word0: number, word1: number, word2: number, word3: number, length: number): PrefixId {
    return this.findKey(this.#keyOf(word0, word1, word2, word3, length));
  }

  internKey(key: PrefixKey): PrefixId {
    const hash = this.#hash(key);
    const found = this.#probe(hash, key);
    if (found !== 0) return found;
    const row = this.#rows.take();
    if (row >= this.length.length) this.#grow();
    this.word0[row] = key.word0;
    if (this.#wide) {
      this.word1[row] = key.word1;
      this.word2[row] = key.word2;
      this.word3[row] = key.word3;
    }
    this.length[row] = key.length;
    this.#perLength[key.length]++;
    this.#index.insert(hash, row);
    return row as PrefixId;
  }

  findKey(key: PrefixKey): PrefixId {
    return this.#probe(this.#hash(key), key);
  }

  internPrefix(prefix: Prefix): PrefixId {
    const b = prefix.bytes;
    if (!this.#wide) return this.intern(wordAt(b, 0), 0, 0, 0, prefix.length);
    return this.intern(wordAt(b, 0), wordAt(b, 4), wordAt(b, 8), wordAt(b, 12), prefix.length);
  }

  /** 0 also for a prefix of the other family. */
  findPrefix(prefix: Prefix): PrefixId {
    const b = prefix.bytes;
    if (prefix.version !== this.family.version) return 0 as PrefixId;
    if (!this.#wide) return this.find(wordAt(b, 0), 0, 0, 0, prefix.length);
    return this.find(wordAt(b, 0), wordAt(b, 4), wordAt(b, 8), wordAt(b, 12), prefix.length);
  }

  /**
   * The longest prefix that covers the address, is at most `maxLength` long and for which `usable` is true; 0 if none.
   * Costs one probe for each length that occurs in the table.
   */
  longestMatch(
    word0: number,
    word1: number,
    word2: number,
    word3: number,
    maxLength: number,
    usable: (prefix: PrefixId) => boolean,
  ): PrefixId {
    for (let length = Math.min(maxLength, this.family.maxPrefixLength); length >= 0; length--) {
      if (this.#perLength[length] === 0) continue;
      const found = this.find(
        maskWord(word0, length),
        maskWord(word1, length - 32),
        maskWord(word2, length - 64),
        maskWord(word3, length - 96),
        length,
      );
      if (found !== 0 && usable(found)) return found;
    }
    return 0 as PrefixId;
  }

  /**
   * Keeps the row from being used for another prefix although its last route went. For those who remember a row beyond
   * the call that handed it to them and may not hear of the withdrawal before they use it.
   */
  pin(prefix: PrefixId): void {
    let pins = this.#pins;
    if (pins === undefined || pins.length < this.length.length) {
      pins = pins === undefined ? new Uint16Array(this.length.length) : resized(pins, this.length.length);
      this.#pins = pins;
    }
    // A full counter stays full: the row is then kept for good, which is safe.
    if (pins[prefix] < 0xffff) pins[prefix]++;
  }

  /** Takes one pin back; true if it was the last one. The owner of the table then frees the row if nothing uses it. */
  unpin(prefix: PrefixId): boolean {
    const pins = this.#pins!;
    if (pins[prefix] === 0xffff) return false;
    return --pins[prefix] === 0;
  }

  isPinned(prefix: PrefixId): boolean {
    const pins = this.#pins;
    return pins !== undefined && prefix < pins.length && pins[prefix] !== 0;
  }

  /** Gives the row back. */
  free(prefix: PrefixId): void {
    const hash = this.hashOf(prefix);
    this.#perLength[this.length[prefix]]--;
    this.length[prefix] = FREE_ROW;
    this.#index.remove(hash, prefix);
    this.#rows.giveBack(prefix);
  }

  /** `192.0.2.0/24` */
  format(prefix: PrefixId): string {
    if (!this.#wide) return `${formatIpv4Word(this.word0[prefix])}/${this.length[prefix]}`;
    return `${formatIp(this.#addressBytes(prefix), 0, 16)}/${this.length[prefix]}`;
  }

  /** For doors only: allocates. */
  value(prefix: PrefixId): Prefix {
    const bytes = this.#addressBytes(prefix);
    return { version: this.family.version, bytes, length: this.length[prefix] };
  }

  /** True if the row's prefix lies inside `outer`, or is it. */
  isWithin(prefix: PrefixId, outer: Prefix): boolean {
    const length = outer.length;
    if (this.length[prefix] < length) return false;
    const b = outer.bytes;
    if (maskWord(this.word0[prefix] ^ wordAt(b, 0), length) !== 0) return false;
    if (!this.#wide || length <= 32) return true;
    return (
      maskWord(this.word1[prefix] ^ wordAt(b, 4), length - 32) === 0 &&
      maskWord(this.word2[prefix] ^ wordAt(b, 8), length - 64) === 0 &&
      maskWord(this.word3[prefix] ^ wordAt(b, 12), length - 96) === 0
    );
  }

  hashOf(row: number): number {
    const length = this.length[row];
    if (!this.#wide) return hashOf4(this.word0[row] | 0, length);
    return hashOf6(this.word0[row] | 0, this.word1[row] | 0, this.word2[row] | 0, this.word3[row] | 0, length);
  }

  #hash(key: PrefixKey): number {
    if (!this.#wide) return hashOf4(key.word0 | 0, key.length);
    return hashOf6(key.word0 | 0, key.word1 | 0, key.word2 | 0, key.word3 | 0, key.length);
  }

  #probe(hash: number, key: PrefixKey): PrefixId {
    const { slots, mask, rowMask } = this.#index;
    const words = this.word0;
    const word0 = key.word0 | 0;
    const length = key.length;
    const tag = this.#index.tagOf(hash);
    let slot = hash & mask;
    for (let entry = slots[slot]; entry !== 0; entry = slots[slot]) {
      const row = entry & rowMask;
      if (
        (entry & ~rowMask) === tag &&
        (words[row] | 0) === word0 &&
        this.length[row] === length &&
        (!this.#wide || this.#sameTail(row, key))
      ) {
        return row as PrefixId;
      }
      slot = (slot + 1) & mask;
    }
    return 0 as PrefixId;
  }

  #sameTail(row: number, key: PrefixKey): boolean {
    return this.word1[row] === key.word1 && this.word2[row] === key.word2 && this.word3[row] === key.word3;
  }

  #keyOf(word0: number, word1: number, word2: number, word3: number, length: number): PrefixKey {
    const key = this.#key;
    key.word0 = word0;
    key.word1 = word1;
    key.word2 = word2;
    key.word3 = word3;
    key.length = length;
    return key;
  }

  #grow(): void {
    const capacity = nextCapacity(this.length.length);
    this.word0 = resized(this.word0, capacity);
    if (this.#wide) {
      this.word1 = resized(this.word1, capacity);
      this.word2 = resized(this.word2, capacity);
      this.word3 = resized(this.word3, capacity);
    }
    this.length = resized(this.length, capacity);
  }

  #addressBytes(prefix: PrefixId): Uint8Array {
    const bytes = new Uint8Array(this.family.addressLength);
    for (let i = 0; i < bytes.length; i++) {
      const column = i < 4 ? this.word0 : i < 8 ? this.word1 : i < 12 ? this.word2 : this.word3;
      bytes[i] = column[prefix] >>> (24 - 8 * (i & 3));
    }
    return bytes;
  }
}

/** Prefixes of one length whose numbers differ in these bits alone share a line of the processor's cache. */
const NEIGHBORS = 7;

/**
 * Neighbours stand beside each other in the index, as they do in most feeds: the slot of a block of eight is chosen by
 * a hash of the block, the place in it by the last bits of the prefix, which also make their tags different.
 */
function hashOf4(word0: number, length: number): number {
  const shift = (32 - length) & 31;
  const place = (word0 >>> shift) & NEIGHBORS;
  return inBlock(mixWord(HASH_SEED ^ length, word0 & ~(NEIGHBORS << shift)), place);
}

function hashOf6(word0: number, word1: number, word2: number, word3: number, length: number): number {
  // Where the last bits stand at the beginning of a word, there are fewer of them.
  const shift = (128 - length) & 31;
  const last = (length - 1) >> 5;
  const bits = NEIGHBORS << shift;
  const word = last === 0 ? word0 : last === 1 ? word1 : last === 2 ? word2 : last === 3 ? word3 : 0;
  let hash = mixWord(HASH_SEED ^ length, last === 0 ? word0 & ~bits : word0);
  hash = mixWord(hash, last === 1 ? word1 & ~bits : word1);
  hash = mixWord(hash, last === 2 ? word2 & ~bits : word2);
  return inBlock(mixWord(hash, last === 3 ? word3 & ~bits : word3), (word >>> shift) & NEIGHBORS);
}

function inBlock(hash: number, place: number): number {
  return ((finishHash(hash) & ~NEIGHBORS) ^ (place << 28)) | place;
}

/** The big-endian word at `at`; octets that are not there read as zero. */
function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** The word with only its `bits` high bits (none at 0 or less, all from 32 up). */
function maskWord(word: number, bits: number): number {
  if (bits >= 32) return word >>> 0;
  return bits <= 0 ? 0 : (word & (-1 << (32 - bits))) >>> 0;
}
