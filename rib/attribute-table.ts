/**
 * Attribute sets, each kept once. A set is a canonical record of octets (docs/architecture.md, bgp/attribute/record)
 * together with the forwarding next hop; equal ones share one counted id, so routes compare and carry a number.
 *
 * What the decision process asks for is decoded once, when a set is interned, into one column each. A value is written
 * only where the column says something else, so pages of columns that nobody uses (a table without ORIGINATOR_ID) stay
 * what the system gives for nothing. Cost: the record (record-table.ts) plus about 33 octets a set at most.
 *
 * An id is used again after its last reference went. Whoever remembers ids without holding references (a cache) keeps
 * the `serial` beside the id: another set under the same id has another serial.
 */
import type { AttributeEditor } from '../bgp/index.ts';
import { AttributeTrait, DecisionFacts } from './attribute-facts.ts';
import type { AttributeId, NextHopId } from './ids.ts';
import { RecordTable } from './record-table.ts';
import { ARENA_LIMIT } from './storage/arena.ts';
import { resized } from './storage/columns.ts';

/** What the attribute table asks of the owner of next hops. */
export interface CountedNextHops {
  retain(id: NextHopId): void;
  release(id: NextHopId): void;
}

const INITIAL_CAPACITY = 256;
/** Octets of the longest record that the table takes: longer than any message can make one. */
export const LONGEST_RECORD: number = ARENA_LIMIT;

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
  /** Only once some set has AIGP; Infinity for sets without. */
  #aigp: Float64Array | undefined;

  /** The key of a record is the next hop. */
  readonly #records = new RecordTable();
  readonly #facts = new DecisionFacts();
  readonly #nextHops: CountedNextHops;

  constructor(nextHops: CountedNextHops) {
    this.#nextHops = nextHops;
  }

  /** Attribute sets in use. */
  get count(): number {
    return this.#records.count;
  }

  /** The largest id that may be in use. */
  get highWater(): number {
    return this.#records.highWater;
  }

  /** Octets of the records in use. */
  get bytesUsed(): number {
    return this.#records.bytesUsed;
  }

  /** Octets held: chunks, columns and index. */
  get bytes(): number {
    const perRow = 2 + 4 + 4 + 2 + 1 + 4 + 4 + 2 + 2 + 4 + (this.#aigp === undefined ? 0 : 8);
    return this.#records.bytes + this.traits.length * perRow;
  }

  /** Next hops by id. */
  get nextHop(): Uint32Array {
    return this.#records.key;
  }

  /** Tells sets apart that had the same id one after the other; 0 while the id is not in use. */
  get serial(): Uint32Array {
    return this.#records.serial;
  }

  /** A serial that no set has had, for one that has no id yet. */
  takeSerial(): number {
    return this.#records.takeSerial();
  }

  /**
   * The id of a set, with one more reference for the caller. A new set takes its own reference to the next hop. 0 if
   * the record is longer than any message can make it, or there is no room; such a route has to be refused.
   */
  intern(bytes: Uint8Array, start: number, wireEnd: number, end: number, nextHop: NextHopId): AttributeId {
    const records = this.#records;
    const id = records.intern(bytes, start, wireEnd, end, nextHop) as AttributeId;
    if (records.added) {
      if (id >= this.traits.length) this.#grow();
      this.#nextHops.retain(nextHop);
      this.#decode(id, bytes, start, wireEnd, end);
    }
    return id;
  }

  /** The same set with another next hop. One more reference for the caller. */
  withNextHop(id: AttributeId, nextHop: NextHopId): AttributeId {
    return this.intern(this.chunk(id), this.start(id), this.wireEnd(id), this.end(id), nextHop);
  }

  retain(id: AttributeId): void {
    this.#records.retain(id);
  }

  /** Takes `count` more references at once. */
  retainMany(id: AttributeId, count: number): void {
    this.#records.retainMany(id, count);
  }

  release(id: AttributeId): void {
    if (this.#records.release(id)) this.#nextHops.release(this.#records.key[id] as NextHopId);
  }

  /** The octets around the record; it stands from `start` to `end` in them. They stay while the id is referenced. */
  chunk(id: AttributeId): Uint8Array {
    return this.#records.chunk(id);
  }

  start(id: AttributeId): number {
    return this.#records.start(id);
  }

  /** Where the path attributes end and the extension attributes begin. */
  wireEnd(id: AttributeId): number {
    return this.#records.wireEnd(id);
  }

  end(id: AttributeId): number {
    return this.#records.end(id);
  }

  /** Shows the set to an editor. The editor looks at the table's own octets: keep a reference meanwhile. */
  load(id: AttributeId, editor: AttributeEditor): void {
    const records = this.#records;
    editor.load(records.chunk(id), records.start(id), records.wireEnd(id), records.end(id));
  }

  nextHopId(id: AttributeId): NextHopId {
    return this.#records.key[id] as NextHopId;
  }

  /** Accumulated IGP metric (RFC 7311); Infinity without the attribute. */
  aigp(id: AttributeId): number {
    return this.#aigp === undefined ? Number.POSITIVE_INFINITY : this.#aigp[id];
  }

  has(id: AttributeId, trait: number): boolean {
    return (this.traits[id] & trait) !== 0;
  }

  #decode(id: AttributeId, bytes: Uint8Array, start: number, wireEnd: number, end: number): void {
    const facts = this.#facts;
    facts.read(bytes, start, wireEnd, end);
    this.traits[id] = facts.traits;
    put32(this.localPref, id, facts.localPref);
    put32(this.med, id, facts.med);
    this.asPathLength[id] = facts.asPathLength;
    put8(this.origin, id, facts.origin);
    this.neighborAs[id] = facts.neighborAs;
    put32(this.originatorId, id, facts.originatorId);
    put16(this.clusterListLength, id, facts.clusterListLength);
    put16(this.preference, id, facts.preference);
    put32(this.igpMetric, id, facts.igpMetric);
    if ((facts.traits & AttributeTrait.Aigp) !== 0 && this.#aigp === undefined) {
      this.#aigp = new Float64Array(this.traits.length).fill(Number.POSITIVE_INFINITY);
    }
    if (this.#aigp !== undefined) this.#aigp[id] = facts.aigp;
  }

  #grow(): void {
    const { capacity } = this.#records;
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
    if (this.#aigp !== undefined) this.#aigp = resized(this.#aigp, capacity);
  }
}

// One function for each kind of column: V8 makes the store as fast as a plain one.

function put8(column: Uint8Array, row: number, value: number): void {
  if (column[row] !== value) column[row] = value;
}

function put16(column: Uint16Array, row: number, value: number): void {
  if (column[row] !== value) column[row] = value;
}

function put32(column: Uint32Array, row: number, value: number): void {
  if (column[row] !== value) column[row] = value;
}
