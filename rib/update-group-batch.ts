/**
 * What one run of an update group has to send, sorted before it is encoded:
 *
 *     destination   a set of members that are sent the same        all but those left out, or a list
 *       bucket      prefixes that are sent with one attribute set  (one bucket for withdrawals)
 *         prefix, path
 *
 * Each bucket is encoded once, and the octets of one destination go to all its members as the same buffers. Everything
 * is columns that are used again by the next run; one batch serves all groups, as runs do not overlap.
 *
 * Order: a run meets each prefix in one state, so no member is sent two different things about a prefix within a
 * batch, and batches are sent one after the other: a withdrawal never overtakes an announcement.
 */
import { AttributeBlock, EncodeFault, type FamilyOptions, UpdateEncoder } from '../bgp/index.ts';
import type { OutgoingId, PrefixId } from './ids.ts';
import type { OutgoingSets } from './outgoing-sets.ts';
import type { PrefixTable } from './prefix-table.ts';
import { capacityFor, resized } from './storage/columns.ts';

/** What is the same for all members of a group on the wire. */
export interface WireFacts {
  readonly family: FamilyOptions;
  readonly as4: boolean;
  /** Longest message that the members take. */
  readonly maxLength: number;
}

/** A set of members. */
export interface Destination {
  /** The members that are up to date belong to it, without those in `except`. */
  readonly everybody: boolean;
  /** As in AdjRibOut. */
  readonly except: number;
  /** Further members, by slot. */
  readonly slots: readonly number[];
}

/** Smaller pieces are copied, so that a buffer that waits in a queue does not hold a whole chunk. */
const SMALL_PIECE = 16384;
const NO_SLOTS: readonly number[] = Object.freeze([]);
const WITHDRAWN = 0 as OutgoingId;

export class UpdateBatch {
  readonly #encoder = new UpdateEncoder();
  readonly #block = new AttributeBlock();

  #destinations: Destination[] = [];
  /** First bucket of each destination, the last one, and its bucket of withdrawals; 0: none. */
  #firstBucket: number[] = [];
  #lastBucket: number[] = [];
  #withdrawals: number[] = [];
  readonly #byExcept = new Map<number, number>();
  readonly #byMembers = new Map<string, number>();
  #lastExcept = -1;
  #lastOfAll = 0;
  #lastOfSome = -1;

  /** Buckets count from 1. */
  #bucketCount = 0;
  #bucketAttribute = new Uint32Array(256);
  #bucketDestination = new Uint32Array(256);
  #bucketHead = new Uint32Array(256);
  #bucketTail = new Uint32Array(256);
  /** The next bucket of the destination, and the next one with the same attributes. */
  #bucketNext = new Uint32Array(256);
  #bucketTwin = new Uint32Array(256);
  /** First bucket with an attribute set, by what its id is the fourfold of, or a little more. */
  #bucketOf = new Uint32Array(256);

  /** Entries count from 1. */
  #entryCount = 0;
  #entryPrefix = new Uint32Array(1024);
  #entryPath = new Uint32Array(1024);
  #entryNext = new Uint32Array(1024);

  get isEmpty(): boolean {
    return this.#entryCount === 0;
  }

  /** All members that are up to date, without those in `except`. */
  toAllBut(except: number): number {
    if (except === this.#lastExcept) return this.#lastOfAll;
    let destination = this.#byExcept.get(except);
    if (destination === undefined) {
      destination = this.#addDestination({ everybody: true, except, slots: NO_SLOTS });
      this.#byExcept.set(except, destination);
    }
    this.#lastExcept = except;
    this.#lastOfAll = destination;
    return destination;
  }

  /** The first `count` of `slots`, and with `everybody` the members that are up to date without those in `except`. */
  toSome(everybody: boolean, except: number, slots: Uint16Array, count: number): number {
    if (everybody && count === 0) return this.toAllBut(except);
    if (this.#lastOfSome >= 0 && sameMembers(this.#destinations[this.#lastOfSome], everybody, except, slots, count)) {
      return this.#lastOfSome;
    }
    const key = `${everybody ? except : ''} ${slots.subarray(0, count).join(' ')}`;
    let destination = this.#byMembers.get(key);
    if (destination === undefined) {
      const members = Array.from(slots.subarray(0, count));
      destination = this.#addDestination({ everybody, except: everybody ? except : 0, slots: members });
      this.#byMembers.set(key, destination);
    }
    this.#lastOfSome = destination;
    return destination;
  }

  announce(destination: number, attribute: OutgoingId, prefix: PrefixId, path: number): void {
    const set = attribute >>> 2;
    if (set >= this.#bucketOf.length) this.#bucketOf = resized(this.#bucketOf, capacityFor(set, this.#bucketOf.length));
    const first = this.#bucketOf[set];
    let bucket = first;
    while (
      bucket !== 0 &&
      (this.#bucketDestination[bucket] !== destination || this.#bucketAttribute[bucket] !== attribute)
    ) {
      bucket = this.#bucketTwin[bucket];
    }
    if (bucket === 0) {
      bucket = this.#addBucket(destination, attribute);
      this.#bucketTwin[bucket] = first;
      this.#bucketOf[set] = bucket;
    }
    this.#append(bucket, prefix, path);
  }

  withdraw(destination: number, prefix: PrefixId, path: number): void {
    let bucket = this.#withdrawals[destination];
    if (bucket === 0) {
      bucket = this.#addBucket(destination, WITHDRAWN);
      this.#withdrawals[destination] = bucket;
    }
    this.#append(bucket, prefix, path);
  }

  /** True if it has room for one prefix and any attributes of so many octets. */
  fitsAny(wire: WireFacts, octets: number): boolean {
    // Everything around the attributes takes less than 128 octets, and narrowing them for a peer with two-octet AS
    // numbers at most doubles them.
    return 128 + (wire.as4 ? 1 : 2) * octets <= wire.maxLength;
  }

  /** True if a message of that kind has room for the attributes and one prefix. */
  fits(wire: WireFacts, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.fitsAny(wire, end - start)) return true;
    if (this.#block.encode(bytes, start, end, wire.family, wire.as4) !== EncodeFault.None) return false;
    return this.#encoder.beginReach(wire.family, this.#block, wire.maxLength) === EncodeFault.None;
  }

  /** Encodes everything and hands it out; the batch is empty then. The buffers never change afterwards. */
  flush(
    wire: WireFacts,
    sets: OutgoingSets,
    prefixes: PrefixTable,
    deliver: (destination: Destination, buffer: Uint8Array, messages: number) => void,
  ): void {
    if (this.#entryCount === 0 && this.#destinations.length === 0) return;
    const encoder = this.#encoder;
    for (let i = 0; i < this.#destinations.length; i++) {
      const before = encoder.messages;
      if (this.#withdrawals[i] !== 0) {
        encoder.beginUnreach(wire.family, wire.maxLength);
        this.#encodePrefixes(this.#withdrawals[i], prefixes);
      }
      for (let bucket = this.#firstBucket[i]; bucket !== 0; bucket = this.#bucketNext[bucket]) {
        const attribute = this.#bucketAttribute[bucket] as OutgoingId;
        if (attribute === WITHDRAWN) continue;
        this.#bucketOf[attribute >>> 2] = 0;
        // Neither can fail: what does not fit, and next hops that the session cannot carry, were refused before.
        sets.load(attribute);
        this.#block.encode(sets.bytes, sets.start, sets.end, wire.family, wire.as4);
        encoder.beginReach(wire.family, this.#block, wire.maxLength);
        this.#encodePrefixes(bucket, prefixes);
        // The block is made anew for the next bucket.
        encoder.end();
      }
      const pieces = encoder.drain();
      let messages = encoder.messages - before;
      for (const piece of pieces) {
        deliver(this.#destinations[i], piece.length < SMALL_PIECE ? piece.slice() : piece, messages);
        messages = 0;
      }
    }
    this.#clear();
  }

  #encodePrefixes(bucket: number, prefixes: PrefixTable): void {
    const encoder = this.#encoder;
    const { word0, word1, word2, word3, length } = prefixes;
    const wide = word1.length > 0;
    for (let entry = this.#bucketHead[bucket]; entry !== 0; entry = this.#entryNext[entry]) {
      const row = this.#entryPrefix[entry];
      if (wide) {
        encoder.add(word0[row], word1[row], word2[row], word3[row], length[row], this.#entryPath[entry]);
      } else {
        encoder.add(word0[row], 0, 0, 0, length[row], this.#entryPath[entry]);
      }
    }
  }

  #append(bucket: number, prefix: PrefixId, path: number): void {
    const entry = ++this.#entryCount;
    if (entry >= this.#entryPrefix.length) this.#growEntries();
    this.#entryPrefix[entry] = prefix;
    this.#entryPath[entry] = path;
    this.#entryNext[entry] = 0;
    const tail = this.#bucketTail[bucket];
    if (tail === 0) this.#bucketHead[bucket] = entry;
    else this.#entryNext[tail] = entry;
    this.#bucketTail[bucket] = entry;
  }

  #addDestination(destination: Destination): number {
    this.#firstBucket.push(0);
    this.#lastBucket.push(0);
    this.#withdrawals.push(0);
    return this.#destinations.push(destination) - 1;
  }

  #addBucket(destination: number, attribute: OutgoingId): number {
    const bucket = ++this.#bucketCount;
    if (bucket >= this.#bucketAttribute.length) this.#growBuckets();
    this.#bucketAttribute[bucket] = attribute;
    this.#bucketDestination[bucket] = destination;
    this.#bucketHead[bucket] = 0;
    this.#bucketTail[bucket] = 0;
    this.#bucketNext[bucket] = 0;
    this.#bucketTwin[bucket] = 0;
    if (this.#lastBucket[destination] === 0) this.#firstBucket[destination] = bucket;
    else this.#bucketNext[this.#lastBucket[destination]] = bucket;
    this.#lastBucket[destination] = bucket;
    return bucket;
  }

  #clear(): void {
    this.#destinations = [];
    this.#firstBucket = [];
    this.#lastBucket = [];
    this.#withdrawals = [];
    this.#byExcept.clear();
    this.#byMembers.clear();
    this.#lastExcept = -1;
    this.#lastOfSome = -1;
    this.#bucketCount = 0;
    this.#entryCount = 0;
  }

  #growBuckets(): void {
    const capacity = 2 * this.#bucketAttribute.length;
    this.#bucketAttribute = resized(this.#bucketAttribute, capacity);
    this.#bucketDestination = resized(this.#bucketDestination, capacity);
    this.#bucketHead = resized(this.#bucketHead, capacity);
    this.#bucketTail = resized(this.#bucketTail, capacity);
    this.#bucketNext = resized(this.#bucketNext, capacity);
    this.#bucketTwin = resized(this.#bucketTwin, capacity);
  }

  #growEntries(): void {
    const capacity = 2 * this.#entryPrefix.length;
    this.#entryPrefix = resized(this.#entryPrefix, capacity);
    this.#entryPath = resized(this.#entryPath, capacity);
    this.#entryNext = resized(this.#entryNext, capacity);
  }
}

function sameMembers(
  known: Destination,
  everybody: boolean,
  except: number,
  slots: Uint16Array,
  count: number,
): boolean {
  if (known.everybody !== everybody || known.slots.length !== count) return false;
  if (everybody && known.except !== except) return false;
  for (let i = 0; i < count; i++) if (known.slots[i] !== slots[i]) return false;
  return true;
}
