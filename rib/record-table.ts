/**
 * Attribute records (bgp/attribute/record.ts), each kept once in an arena, under a number with counted references. Equal
 * octets with the same key and the same boundary between path attributes and extensions share a number. What a record
 * means is nobody's business here: AttributeTable reads columns out of those that routes have, update groups keep those
 * that they send.
 *
 * Octets are hashed, compared and copied four at a time: blocks of the arena start at multiples of 8, and so does the
 * scratch of whoever makes records. Cost: 28 octets a record and 10 to 20 of hash slots beside its octets.
 */
import { ARENA_LIMIT, Arena } from './storage/arena.ts';
import { nextCapacity, resized } from './storage/columns.ts';
import { FreeList } from './storage/free-list.ts';
import { finishHash, HASH_SEED, HashIndex, mixWord } from './storage/hash-index.ts';

const INITIAL_CAPACITY = 256;
const NO_WORDS: Uint32Array = new Uint32Array(0);
/** Views of words read octets as this file composes them elsewhere. */
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

export class RecordTable {
  /** What belongs to the identity of a record beside its octets, by row. */
  key: Uint32Array = new Uint32Array(INITIAL_CAPACITY);
  /** Tells records apart that had the same number one after the other; 0 while the number is not in use. */
  serial: Uint32Array = new Uint32Array(INITIAL_CAPACITY);
  /** After `intern`: the record is new. */
  added = false;

  #references = new Uint32Array(INITIAL_CAPACITY);
  #hashes = new Uint32Array(INITIAL_CAPACITY);
  #address = new Uint32Array(INITIAL_CAPACITY);
  #wireLength = new Uint32Array(INITIAL_CAPACITY);
  #length = new Uint32Array(INITIAL_CAPACITY);
  #lastSerial = 0;
  readonly #arena = new Arena();
  readonly #rows = new FreeList();
  readonly #index = new HashIndex(this, this);
  /** The last arrays that records came in, and their words. */
  #source: Uint8Array | undefined;
  #sourceWords: Uint32Array = NO_WORDS;
  #otherSource: Uint8Array | undefined;
  #otherWords: Uint32Array = NO_WORDS;

  /** Records in use. */
  get count(): number {
    return this.#rows.count;
  }

  /** The largest number that may be in use. */
  get highWater(): number {
    return this.#rows.highWater;
  }

  /** Rows that there is room for: the length of `key` and `serial`. */
  get capacity(): number {
    return this.serial.length;
  }

  /** Octets of the records in use. */
  get bytesUsed(): number {
    return this.#arena.bytesUsed;
  }

  /** Octets held: chunks, columns and index. */
  get bytes(): number {
    return this.#arena.bytes + 28 * this.serial.length + this.#index.bytes + this.#rows.bytes;
  }

  /**
   * The number of a record, with one more reference for the caller. 0 if the record is longer than any message can make
   * it, or there is no room.
   */
  intern(bytes: Uint8Array, start: number, wireEnd: number, end: number, key: number): number {
    const words = (start & 3) === 0 && LITTLE_ENDIAN ? this.#wordsOf(bytes) : NO_WORDS;
    const length = end - start;
    const hash = words.length > 0 ? hashWords(words, bytes, start, end, key) : hashOctets(bytes, start, end, key);
    const { slots, mask, rowMask } = this.#index;
    const tag = this.#index.tagOf(hash);
    let slot = hash & mask;
    for (let entry = slots[slot]; entry !== 0; entry = slots[slot]) {
      const row = entry & rowMask;
      if (
        (entry & ~rowMask) === tag &&
        this.#hashes[row] === hash &&
        this.key[row] === key &&
        this.#length[row] === length &&
        this.#wireLength[row] === wireEnd - start &&
        this.#hasOctets(row, words, bytes, start, length)
      ) {
        this.#references[row]++;
        this.added = false;
        return row;
      }
      slot = (slot + 1) & mask;
    }
    this.added = length <= ARENA_LIMIT;
    return this.added ? this.#add(hash, words, bytes, start, wireEnd, end, key) : 0;
  }

  /** One that no record has had, for what may become one: never 0. */
  takeSerial(): number {
    this.#lastSerial = (this.#lastSerial + 1) >>> 0 || 1;
    return this.#lastSerial;
  }

  retain(row: number): void {
    this.#references[row]++;
  }

  /** Takes `count` more references at once. */
  retainMany(row: number, count: number): void {
    this.#references[row] += count;
  }

  /** True if it was the last reference: the number is free, its `key` still stands. */
  release(row: number): boolean {
    if (--this.#references[row] > 0) return false;
    this.serial[row] = 0;
    this.#index.remove(this.#hashes[row], row);
    this.#arena.free(this.#address[row], blockLength(this.#length[row]));
    this.#rows.giveBack(row);
    return true;
  }

  /** The octets around the record; it stands from `start` to `end` in them. They stay while the row is referenced. */
  chunk(row: number): Uint8Array {
    return this.#arena.chunk(this.#address[row]);
  }

  start(row: number): number {
    return this.#arena.offset(this.#address[row]);
  }

  /** Where the path attributes end and the extension attributes begin. */
  wireEnd(row: number): number {
    return this.start(row) + this.#wireLength[row];
  }

  end(row: number): number {
    return this.start(row) + this.#length[row];
  }

  isInUse(row: number): boolean {
    return this.#references[row] !== 0;
  }

  hashOf(row: number): number {
    return this.#hashes[row];
  }

  #add(
    hash: number,
    words: Uint32Array,
    bytes: Uint8Array,
    start: number,
    wireEnd: number,
    end: number,
    key: number,
  ): number {
    const length = end - start;
    const address = this.#arena.allocate(blockLength(length));
    if (address < 0) {
      this.added = false;
      return 0;
    }
    const row = this.#rows.take();
    if (row >= this.serial.length) this.#grow();
    this.#copy(address, words, bytes, start, end);
    this.#address[row] = address;
    this.#length[row] = length;
    this.#wireLength[row] = wireEnd - start;
    this.#hashes[row] = hash;
    this.#references[row] = 1;
    this.serial[row] = this.takeSerial();
    this.key[row] = key;
    this.#index.insert(hash, row);
    return row;
  }

  #copy(address: number, words: Uint32Array, bytes: Uint8Array, start: number, end: number): void {
    let from = start;
    let at = this.#arena.offset(address);
    if (words.length > 0) {
      const target = this.#arena.words(address);
      const wordsEnd = end >> 2;
      for (let to = at >> 2, word = start >> 2; word < wordsEnd; word++, to++) target[to] = words[word];
      from = wordsEnd << 2;
      at += from - start;
    }
    const target = this.#arena.chunk(address);
    for (; from < end; from++, at++) target[at] = bytes[from];
  }

  #hasOctets(row: number, words: Uint32Array, bytes: Uint8Array, start: number, length: number): boolean {
    const address = this.#address[row];
    let at = this.#arena.offset(address);
    let from = start;
    const end = start + length;
    if (words.length > 0) {
      const known = this.#arena.words(address);
      const wordsEnd = end >> 2;
      for (let to = at >> 2, word = start >> 2; word < wordsEnd; word++, to++) {
        if (known[to] !== words[word]) return false;
      }
      from = wordsEnd << 2;
      at += from - start;
    }
    const known = this.#arena.chunk(address);
    for (; from < end; from++, at++) if (known[at] !== bytes[from]) return false;
    return true;
  }

  /** The words of an array of octets; empty if it has none at such an offset. Two makers of records take turns here. */
  #wordsOf(bytes: Uint8Array): Uint32Array {
    if (bytes === this.#source) return this.#sourceWords;
    if (bytes === this.#otherSource) return this.#otherWords;
    this.#otherSource = this.#source;
    this.#otherWords = this.#sourceWords;
    this.#source = bytes;
    const aligned = (bytes.byteOffset & 3) === 0;
    this.#sourceWords = aligned ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2) : NO_WORDS;
    return this.#sourceWords;
  }

  #grow(): void {
    const capacity = nextCapacity(this.serial.length);
    this.key = resized(this.key, capacity);
    this.serial = resized(this.serial, capacity);
    this.#references = resized(this.#references, capacity);
    this.#hashes = resized(this.#hashes, capacity);
    this.#address = resized(this.#address, capacity);
    this.#wireLength = resized(this.#wireLength, capacity);
    this.#length = resized(this.#length, capacity);
  }
}

/** A static route may have no attributes at all; its block is the smallest one. */
function blockLength(length: number): number {
  return length === 0 ? 1 : length;
}

function hashWords(words: Uint32Array, bytes: Uint8Array, start: number, end: number, key: number): number {
  let hash = mixWord(HASH_SEED, key);
  const wordsEnd = end >> 2;
  for (let word = start >> 2; word < wordsEnd; word++) hash = mixWord(hash, words[word] | 0);
  return finish(hash, bytes, wordsEnd << 2, start, end);
}

/** The same, octet by octet. */
function hashOctets(bytes: Uint8Array, start: number, end: number, key: number): number {
  let hash = mixWord(HASH_SEED, key);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    hash = mixWord(hash, bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
  }
  return finish(hash, bytes, at, start, end);
}

function finish(hash: number, bytes: Uint8Array, from: number, start: number, end: number): number {
  let tail = end - start;
  for (let at = from; at < end; at++) tail = (tail << 8) | bytes[at];
  return finishHash(mixWord(hash, tail)) >>> 0;
}
