/**
 * The routes of one table, a row of numbers each. Rows of one prefix are chained; which one comes first is the
 * business of RoutingTable. Columns and their cost:
 *
 *     prefix u32, attribute u32, source u16, flags u8, next u32, arrival u32 s + u16 ms      21 octets a route
 *     path id u32      only once some route of the table has one (ADD-PATH)                   4 more
 *     raw attribute u32   only once some channel keeps routes as received (import table)      4 more
 *
 * Flags: why a route takes no part, whether it is suppressed or selected, and the generation in which it was last
 * announced (see AdjRibIn: marking all routes of a peer stale is one increment).
 */
import type { AttributeId, PrefixId, RouteId, SourceId } from './ids.ts';
import { nextCapacity, resized } from './storage/columns.ts';
import { FreeList } from './storage/free-list.ts';

export const RouteFlag = {
  /** The import policy refused it; kept for `show route filtered`. */
  Filtered: 1,
  /** The import policy refused it; kept only so that another policy can be asked later. */
  Held: 2,
  /** None of its hops is usable: as if it was not announced. */
  Dormant: 4,
  /** Not the best one of its neighbour AS (deterministic MED). */
  Suppressed: 8,
  /** Selected by the last decision. */
  Selected: 16,
} as const;

/** Routes with one of these take no part in the decision. */
export const INELIGIBLE: number = RouteFlag.Filtered | RouteFlag.Held | RouteFlag.Dormant;

export const GENERATION_SHIFT = 5;
export const GENERATIONS = 8;
export const GENERATION_MASK: number = (GENERATIONS - 1) << GENERATION_SHIFT;

export class RouteStore {
  /** Prefix of a row; 0 for rows that are not in use. */
  prefix: Uint32Array = new Uint32Array(1024);
  /** After the import policy. */
  attribute: Uint32Array = new Uint32Array(1024);
  source: Uint16Array = new Uint16Array(1024);
  flags: Uint8Array = new Uint8Array(1024);
  /** Next row of the same prefix; 0 ends the chain. */
  next: Uint32Array = new Uint32Array(1024);
  #arrivalSeconds = new Uint32Array(1024);
  #arrivalMs = new Uint16Array(1024);
  /** The last time that was asked for, taken apart. */
  #now = 0;
  #nowSeconds = 0;
  #nowMs = 0;
  #pathId: Uint32Array | undefined;
  #rawAttribute: Uint32Array | undefined;
  readonly #rows = new FreeList();

  get count(): number {
    return this.#rows.count;
  }

  /** The largest row number that may be in use; a walk looks at `prefix` of each row. */
  get highWater(): number {
    return this.#rows.highWater;
  }

  get bytes(): number {
    const perRow = 4 + 4 + 2 + 1 + 4 + 4 + 2 + (this.#pathId ? 4 : 0) + (this.#rawAttribute ? 4 : 0);
    return this.prefix.length * perRow + this.#rows.bytes;
  }

  /** A row that is not chained yet: its `next` is 0, as whoever takes a row out of a chain leaves it. `now`: milliseconds. */
  add(prefix: PrefixId, source: SourceId, pathId: number, attribute: AttributeId, flags: number, now: number): RouteId {
    const row = this.#rows.take() as RouteId;
    if (row >= this.prefix.length) this.#grow();
    this.prefix[row] = prefix;
    this.attribute[row] = attribute;
    this.source[row] = source;
    this.flags[row] = flags;
    this.setArrival(row, now);
    if (this.#pathId !== undefined) this.#pathId[row] = pathId;
    else if (pathId !== 0) this.#withPathIds()[row] = pathId;
    if (this.#rawAttribute !== undefined) this.#rawAttribute[row] = 0;
    return row;
  }

  free(route: RouteId): void {
    this.prefix[route] = 0;
    this.#rows.giveBack(route);
  }

  /** RFC 7911 path identifier; 0 without ADD-PATH. */
  pathId(route: RouteId): number {
    return this.#pathId === undefined ? 0 : this.#pathId[route];
  }

  /** Attributes before the import policy; 0 where the channel does not keep them. */
  rawAttribute(route: RouteId): AttributeId {
    return (this.#rawAttribute === undefined ? 0 : this.#rawAttribute[route]) as AttributeId;
  }

  setRawAttribute(route: RouteId, attribute: AttributeId): void {
    if (this.#rawAttribute === undefined) {
      if (attribute === 0) return;
      this.#rawAttribute = new Uint32Array(this.prefix.length);
    }
    this.#rawAttribute[route] = attribute;
  }

  /** When the route came or last changed: milliseconds on the caller's clock. */
  arrival(route: RouteId): number {
    return this.#arrivalSeconds[route] * 1000 + this.#arrivalMs[route];
  }

  setArrival(route: RouteId, now: number): void {
    if (now !== this.#now) {
      this.#now = now;
      this.#nowSeconds = Math.floor(now / 1000);
      this.#nowMs = Math.floor(now - this.#nowSeconds * 1000);
    }
    this.#arrivalSeconds[route] = this.#nowSeconds;
    this.#arrivalMs[route] = this.#nowMs;
  }

  #withPathIds(): Uint32Array {
    this.#pathId = new Uint32Array(this.prefix.length);
    return this.#pathId;
  }

  #grow(): void {
    const capacity = nextCapacity(this.prefix.length);
    this.prefix = resized(this.prefix, capacity);
    this.attribute = resized(this.attribute, capacity);
    this.source = resized(this.source, capacity);
    this.flags = resized(this.flags, capacity);
    this.next = resized(this.next, capacity);
    this.#arrivalSeconds = resized(this.#arrivalSeconds, capacity);
    this.#arrivalMs = resized(this.#arrivalMs, capacity);
    if (this.#pathId !== undefined) this.#pathId = resized(this.#pathId, capacity);
    if (this.#rawAttribute !== undefined) this.#rawAttribute = resized(this.#rawAttribute, capacity);
  }
}
