/**
 * Attribute sets, each kept once. A set is a canonical record of octets (docs/architecture.md, bgp/attribute/record)
 * together with the forwarding next hop; equal ones share one counted id, so routes compare and carry a number.
 *
 * What the decision process asks for is decoded once, when a set is interned, into one column each. Cost: the record
 * plus about 60 octets a set; interning a set of 65 octets takes 200 to 300 ns.
 *
 * An id is used again after its last reference went. Whoever remembers ids without holding references (a cache) keeps
 * the `serial` beside the id: another set under the same id has another serial.
 */
import { type AttributeEditor, copyBytes, equalBytes } from '../bgp/index.ts';
import { AttributeTrait, DecisionFacts } from './attribute-facts.ts';
import type { AttributeId, NextHopId } from './ids.ts';
import { ARENA_LIMIT, Arena } from './storage/arena.ts';
import { nextCapacity, resized } from './storage/columns.ts';
import { FreeList } from './storage/free-list.ts';
import { finishHash, HASH_SEED, HashIndex, mixWord, tagOf } from './storage/hash-index.ts';

/** What the attribute table asks of the owner of next hops. */
export interface CountedNextHops {
  retain(id: NextHopId): void;
  release(id: NextHopId): void;
}

const INITIAL_CAPACITY = 256;

export class AttributeTable {
  /** Bits of AttributeTrait: which of the values below are there, and communities that rules ask for. */
  traits: Uint16Array = new Uint16Array(INITIAL_CAPACITY);
  localPref: Uint32Array = new Uint32Array(INITIAL_CAPACITY);
  med: Uint32Array = new Uint32Array(INITIAL_CAPACITY);
  /** AS_PATH hops; NO_AS_PATH without the attribute. */
  asPathLength: Uint16Array = new Uint16Array(INITIAL_CAPACITY);
  /** 0 IGP, 1 EGP, 2 INCOMPLETE (also when missing). */
  origin: Uint8Array = new Uint8Array(INITIAL_CAPACITY);
  /** First AS of the path behind confederation segments; 0: none. */
  neighborAs: Uint32Array = new Uint32Array(INITIAL_CAPACITY);
  originatorId: Uint32Array = new Uint32Array(INITIAL_CAPACITY);
  clusterListLength: Uint16Array = new Uint16Array(INITIAL_CAPACITY);
  /** Set by a filter; otherwise the source's counts. */
  preference: Uint16Array = new Uint16Array(INITIAL_CAPACITY);
  /** Set by a filter or the channel's cost; otherwise the next hop's counts. */
  igpMetric: Uint32Array = new Uint32Array(INITIAL_CAPACITY);
  nextHop: Uint32Array = new Uint32Array(INITIAL_CAPACITY);
  /** Tells sets apart that had the same id one after the other; 0 while the id is not in use. */
  serial: Uint32Array = new Uint32Array(INITIAL_CAPACITY);
  /** Only once some set has AIGP; Infinity for sets without. */
  #aigp: Float64Array | undefined;

  #references = new Uint32Array(INITIAL_CAPACITY);
  #hashes = new Uint32Array(INITIAL_CAPACITY);
  #address = new Uint32Array(INITIAL_CAPACITY);
  #wireLength = new Uint32Array(INITIAL_CAPACITY);
  #length = new Uint32Array(INITIAL_CAPACITY);
  #nextSerial = 0;
  readonly #arena = new Arena();
  readonly #rows = new FreeList();
  readonly #index = new HashIndex(this, this);
  readonly #facts = new DecisionFacts();
  readonly #nextHops: CountedNextHops;

  constructor(nextHops: CountedNextHops) {
    this.#nextHops = nextHops;
  }

  /** Attribute sets in use. */
  get count(): number {
    return this.#rows.count;
  }

  /** The largest id that may be in use. */
  get highWater(): number {
    return this.#rows.highWater;
  }

  /** Octets of the records in use. */
  get bytesUsed(): number {
    return this.#arena.bytesUsed;
  }

  /** Octets held: chunks, columns and index. */
  get bytes(): number {
    const perRow = 2 + 4 + 4 + 2 + 1 + 4 + 4 + 2 + 2 + 4 + 4 + 4 + 20 + (this.#aigp === undefined ? 0 : 8);
    return this.#arena.bytes + this.serial.length * perRow + this.#index.bytes + this.#rows.bytes;
  }

  /**
   * The id of a set, with one more reference for the caller. A new set takes its own reference to the next hop. 0 if
   * the record is longer than any message can make it, or there is no room; such a route has to be refused.
   */
  intern(bytes: Uint8Array, start: number, wireEnd: number, end: number, nextHop: NextHopId): AttributeId {
    const length = end - start;
    const hash = hashRecord(bytes, start, end, nextHop);
    const { slots, tags, mask } = this.#index;
    const tag = tagOf(hash);
    for (let slot = hash & mask; tags[slot] !== 0; slot = (slot + 1) & mask) {
      const row = slots[slot] as AttributeId;
      if (
        tags[slot] === tag &&
        this.#hashes[row] === hash &&
        this.nextHop[row] === nextHop &&
        this.#length[row] === length &&
        this.#wireLength[row] === wireEnd - start &&
        equalBytes(bytes, start, this.chunk(row), this.start(row), length)
      ) {
        this.#references[row]++;
        return row;
      }
    }
    if (length > ARENA_LIMIT) return 0 as AttributeId;
    return this.#add(hash, bytes, start, wireEnd, end, nextHop);
  }

  /** The same set with another next hop. One more reference for the caller. */
  withNextHop(id: AttributeId, nextHop: NextHopId): AttributeId {
    return this.intern(this.chunk(id), this.start(id), this.wireEnd(id), this.end(id), nextHop);
  }

  retain(id: AttributeId): void {
    this.#references[id]++;
  }

  /** Takes `count` more references at once. */
  retainMany(id: AttributeId, count: number): void {
    this.#references[id] += count;
  }

  release(id: AttributeId): void {
    if (--this.#references[id] > 0) return;
    this.serial[id] = 0;
    this.#index.remove(this.#hashes[id], id);
    this.#arena.free(this.#address[id], blockLength(this.#length[id]));
    this.#rows.giveBack(id);
    this.#nextHops.release(this.nextHop[id] as NextHopId);
  }

  /** The octets around the record; it stands from `start` to `end` in them. They stay while the id is referenced. */
  chunk(id: AttributeId): Uint8Array {
    return this.#arena.chunk(this.#address[id]);
  }

  start(id: AttributeId): number {
    return this.#arena.offset(this.#address[id]);
  }

  /** Where the path attributes end and the extension attributes begin. */
  wireEnd(id: AttributeId): number {
    return this.start(id) + this.#wireLength[id];
  }

  end(id: AttributeId): number {
    return this.start(id) + this.#length[id];
  }

  /** Shows the set to an editor. The editor looks at the table's own octets: keep a reference meanwhile. */
  load(id: AttributeId, editor: AttributeEditor): void {
    const start = this.start(id);
    editor.load(this.chunk(id), start, start + this.#wireLength[id], start + this.#length[id]);
  }

  nextHopId(id: AttributeId): NextHopId {
    return this.nextHop[id] as NextHopId;
  }

  /** Accumulated IGP metric (RFC 7311); Infinity without the attribute. */
  aigp(id: AttributeId): number {
    return this.#aigp === undefined ? Number.POSITIVE_INFINITY : this.#aigp[id];
  }

  has(id: AttributeId, trait: number): boolean {
    return (this.traits[id] & trait) !== 0;
  }

  isInUse(row: number): boolean {
    return this.#references[row] !== 0;
  }

  hashOf(row: number): number {
    return this.#hashes[row];
  }

  #add(hash: number, bytes: Uint8Array, start: number, wireEnd: number, end: number, nextHop: NextHopId): AttributeId {
    const address = this.#arena.allocate(blockLength(end - start));
    if (address < 0) return 0 as AttributeId;
    const row = this.#rows.take();
    if (row >= this.serial.length) this.#grow();
    copyBytes(bytes, start, end, this.#arena.chunk(address), this.#arena.offset(address));
    this.#address[row] = address;
    this.#length[row] = end - start;
    this.#wireLength[row] = wireEnd - start;
    this.#hashes[row] = hash;
    this.#references[row] = 1;
    this.serial[row] = ++this.#nextSerial;
    this.nextHop[row] = nextHop;
    this.#nextHops.retain(nextHop);
    this.#index.insert(hash, row);
    this.#decode(row, bytes, start, wireEnd, end);
    return row as AttributeId;
  }

  #decode(row: number, bytes: Uint8Array, start: number, wireEnd: number, end: number): void {
    const facts = this.#facts;
    facts.read(bytes, start, wireEnd, end);
    this.traits[row] = facts.traits;
    this.localPref[row] = facts.localPref;
    this.med[row] = facts.med;
    this.asPathLength[row] = facts.asPathLength;
    this.origin[row] = facts.origin;
    this.neighborAs[row] = facts.neighborAs;
    this.originatorId[row] = facts.originatorId;
    this.clusterListLength[row] = facts.clusterListLength;
    this.preference[row] = facts.preference;
    this.igpMetric[row] = facts.igpMetric;
    if ((facts.traits & AttributeTrait.Aigp) !== 0 && this.#aigp === undefined) {
      this.#aigp = new Float64Array(this.serial.length).fill(Number.POSITIVE_INFINITY);
    }
    if (this.#aigp !== undefined) this.#aigp[row] = facts.aigp;
  }

  #grow(): void {
    const capacity = nextCapacity(this.serial.length);
    this.traits = resized(this.traits, capacity);
    this.localPref = resized(this.localPref, capacity);
    this.med = resized(this.med, capacity);
    this.asPathLength = resized(this.asPathLength, capacity);
    this.origin = resized(this.origin, capacity);
    this.neighborAs = resized(this.neighborAs, capacity);
    this.originatorId = resized(this.originatorId, capacity);
    this.clusterListLength = resized(this.clusterListLength, capacity);
    this.preference = resized(this.preference, capacity);
    this.igpMetric = resized(this.igpMetric, capacity);
    this.nextHop = resized(this.nextHop, capacity);
    this.serial = resized(this.serial, capacity);
    if (this.#aigp !== undefined) this.#aigp = resized(this.#aigp, capacity);
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

function hashRecord(bytes: Uint8Array, start: number, end: number, nextHop: NextHopId): number {
  let hash = mixWord(HASH_SEED, nextHop);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    hash = mixWord(hash, bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
  }
  let tail = end - start;
  for (; at < end; at++) tail = (tail << 8) | bytes[at];
  return finishHash(mixWord(hash, tail)) >>> 0;
}
