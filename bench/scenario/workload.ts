/**
 * Tables made up for measuring: prefixes with the lengths of a full Internet table and attribute sets that repeat as
 * they do there. The same arguments give the same octets. A prefix is numbered: its number can be told from its
 * address, so a receiver counts what arrived with one bit each.
 */

/** Share of each prefix length, in thousandths; about what route collectors show. */
const LENGTHS: readonly (readonly [length: number, share: number])[] = [
  [24, 600],
  [23, 100],
  [22, 110],
  [21, 50],
  [20, 45],
  [19, 30],
  [18, 20],
  [17, 15],
  [16, 30],
];

/** The classes stand one behind the other in the address space from 16.0.0.0 up. */
interface LengthClass {
  readonly length: number;
  readonly count: number;
  readonly firstIndex: number;
  readonly base: number;
}

export interface Workload {
  readonly prefixes: number;
  readonly attributeSets: number;
  readonly classes: readonly LengthClass[];
}

export function workload(prefixes: number, attributeSets = Math.ceil(prefixes * 0.175)): Workload {
  const classes: LengthClass[] = [];
  let firstIndex = 0;
  let base = 16 * 2 ** 24;
  // Shorter prefixes would not fit beside each other in large tables: the share of the short ones shrinks with size.
  for (const [length, share] of LENGTHS) {
    const room = length <= 19 ? 2 ** (length - 5) : Number.POSITIVE_INFINITY;
    const count = Math.min(Math.floor((prefixes * share) / 1000), room);
    classes.push({ length, count, firstIndex, base });
    firstIndex += count;
    base += count * 2 ** (32 - length);
    base = Math.ceil(base / 2 ** 16) * 2 ** 16;
  }
  // What rounding left over becomes /24s at the end.
  classes.push({ length: 24, count: prefixes - firstIndex, firstIndex, base });
  return { prefixes, attributeSets, classes };
}

/** Number of a prefix, or -1 for one that is not of this workload. */
export function indexOf(load: Workload, address: number, length: number): number {
  for (const candidate of load.classes) {
    if (candidate.length !== length) continue;
    const step = 2 ** (32 - length);
    const position = (address - candidate.base) / step;
    if (position >= 0 && position < candidate.count && Number.isInteger(position))
      return candidate.firstIndex + position;
  }
  return -1;
}

export interface FeedOptions {
  readonly localAs: number;
  readonly nextHop: readonly [number, number, number, number];
  /** Internal session: LOCAL_PREF is sent and the path does not start with our AS. */
  readonly internal?: boolean;
  /** Varies paths between feeds of the same prefixes. */
  readonly salt?: number;
}

/** UPDATEs that announce `count` prefixes from number `first`, packed by attribute set, in chunks of about 64 KiB. */
export function announcements(load: Workload, options: FeedOptions, first = 0, count = load.prefixes): Buffer[] {
  const out = new Chunks();
  const perSet = Math.max(1, Math.round(load.prefixes / load.attributeSets));
  let index = first;
  const end = first + count;
  while (index < end) {
    const set = Math.floor(index / perSet);
    const setEnd = Math.min(end, (set + 1) * perSet);
    const attributes = attributeBlock(set, options);
    while (index < setEnd) {
      const start = out.begin(4096);
      let at = out.header(start, 2);
      at = out.u16(at, 0);
      at = out.u16(at, attributes.length);
      attributes.copy(out.chunk, at);
      at += attributes.length;
      while (index < setEnd && at - start < 4096 - 5) at = out.prefix(at, load, index++);
      out.end(start, at);
    }
  }
  return out.finish();
}

/** UPDATEs that withdraw `count` prefixes from number `first`. */
export function withdrawals(load: Workload, first = 0, count = load.prefixes): Buffer[] {
  const out = new Chunks();
  let index = first;
  const end = first + count;
  while (index < end) {
    const start = out.begin(4096);
    const lengthAt = out.header(start, 2);
    let at = lengthAt + 2;
    while (index < end && at - start < 4096 - 7) at = out.prefix(at, load, index++);
    out.u16(lengthAt, at - lengthAt - 2);
    at = out.u16(at, 0);
    out.end(start, at);
  }
  return out.finish();
}

/** End-of-RIB for IPv4 unicast (RFC 4724 section 2). */
export const END_OF_RIB = Buffer.from('ffffffffffffffffffffffffffffffff00170200000000', 'hex');

/** A cheap mixer (murmur3's finaliser): repeatable variety. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** ORIGIN, AS_PATH of 2 to 7 numbers, NEXT_HOP, sometimes MED, some communities. */
function attributeBlock(set: number, options: FeedOptions): Buffer {
  const seed = mix(set * 2654435761 + (options.salt ?? 0) * 97);
  const hops = 2 + (seed % 6);
  const path: number[] = options.internal === true ? [] : [options.localAs];
  for (let i = path.length; i < hops; i++) path.push(100_000 + (mix(seed + i) % 290_000));
  const bytes: number[] = [0x40, 1, 1, seed % 50 === 0 ? 2 : 0];
  bytes.push(0x40, 2, 2 + 4 * path.length, 2, path.length);
  for (const as of path) bytes.push(as >>> 24, (as >>> 16) & 255, (as >>> 8) & 255, as & 255);
  bytes.push(0x40, 3, 4, ...options.nextHop);
  if (seed % 4 === 0) bytes.push(0x80, 4, 4, 0, 0, (seed >>> 8) & 255, (seed >>> 16) & 255);
  if (options.internal === true) bytes.push(0x40, 5, 4, 0, 0, 0, 100);
  const communities = seed % 5;
  if (communities > 0) {
    bytes.push(0xc0, 8, 4 * communities);
    // The set's number is in the first community: no two sets are equal.
    bytes.push((set >>> 24) & 255, (set >>> 16) & 255, (set >>> 8) & 255, set & 255);
    for (let i = 1; i < communities; i++) {
      const value = mix(seed * 31 + i);
      bytes.push((value >>> 24) & 127, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
    }
  } else {
    bytes.push(
      0xc0,
      32,
      12,
      0,
      0,
      255,
      1,
      (set >>> 24) & 255,
      (set >>> 16) & 255,
      (set >>> 8) & 255,
      set & 255,
      0,
      0,
      0,
      1,
    );
  }
  return Buffer.from(bytes);
}

class Chunks {
  chunk = Buffer.alloc(1 << 16);
  #used = 0;
  readonly #done: Buffer[] = [];

  begin(room: number): number {
    if (this.#used + room > this.chunk.length) {
      this.#done.push(this.chunk.subarray(0, this.#used));
      this.chunk = Buffer.alloc(1 << 16);
      this.#used = 0;
    }
    return this.#used;
  }
  header(start: number, type: number): number {
    this.chunk.fill(0xff, start, start + 16);
    this.chunk[start + 18] = type;
    return start + 19;
  }
  u16(at: number, value: number): number {
    this.chunk[at] = value >> 8;
    this.chunk[at + 1] = value & 255;
    return at + 2;
  }
  prefix(at: number, load: Workload, index: number): number {
    let k = load.classes.length - 1;
    while (load.classes[k]!.firstIndex > index) k--;
    const { length, base, firstIndex } = load.classes[k]!;
    const address = base + (index - firstIndex) * 2 ** (32 - length);
    this.chunk[at++] = length;
    for (let octet = 0; octet < length; octet += 8) this.chunk[at++] = Math.floor(address / 2 ** (24 - octet)) & 255;
    return at;
  }
  end(start: number, at: number): void {
    this.u16(start + 16, at - start);
    this.#used = at;
  }
  finish(): Buffer[] {
    if (this.#used > 0) this.#done.push(this.chunk.subarray(0, this.#used));
    this.#used = 0;
    return this.#done;
  }
}
