/**
 * Tables made up for measuring: prefixes with the lengths of a full Internet table and attribute sets that repeat as
 * they do there. The same arguments give the same octets. A prefix's number can be told from its address.
 */
import type { Numbering } from './numbering.ts';

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
  /** Addresses of a prefix. */
  readonly step: number;
}

export class Workload implements Numbering {
  readonly count: number;
  readonly attributeSets: number;
  readonly #classes: readonly LengthClass[];
  /** Classes by length; /24s stand in two. */
  readonly #byLength: readonly (readonly LengthClass[])[];

  constructor(count: number, attributeSets = Math.ceil(count * 0.175)) {
    this.count = count;
    this.attributeSets = attributeSets;
    const classes: LengthClass[] = [];
    let firstIndex = 0;
    let base = 16 * 2 ** 24;
    const add = (length: number, members: number): void => {
      const step = 2 ** (32 - length);
      classes.push({ length, count: members, firstIndex, base, step });
      firstIndex += members;
      base = Math.ceil((base + members * step) / 2 ** 16) * 2 ** 16;
    };
    for (const [length, share] of LENGTHS) {
      // Short prefixes would not fit beside each other in large tables: their share shrinks with size.
      const room = length <= 19 ? 2 ** (length - 5) : Number.POSITIVE_INFINITY;
      add(length, Math.min(Math.floor((count * share) / 1000), room));
    }
    // What rounding left over becomes /24s at the end.
    add(24, count - firstIndex);
    this.#classes = classes;
    this.#byLength = Array.from({ length: 33 }, (_, length) => classes.filter((one) => one.length === length));
  }

  indexOf(address: number, length: number): number {
    for (const { base, step, count, firstIndex } of this.#byLength[length] ?? []) {
      const position = (address - base) / step;
      if (position >= 0 && position < count && Number.isInteger(position)) return firstIndex + position;
    }
    return -1;
  }

  addressOf(index: number): number {
    const { base, firstIndex, step } = this.#classOf(index);
    return base + (index - firstIndex) * step;
  }

  lengthOf(index: number): number {
    return this.#classOf(index).length;
  }

  #classOf(index: number): LengthClass {
    let k = this.#classes.length - 1;
    while (this.#classes[k]!.firstIndex > index) k--;
    return this.#classes[k]!;
  }
}

export interface FeedOptions {
  /** First AS of every path; `undefined` on internal sessions: the path does not start with the sender, and LOCAL_PREF is there. */
  readonly as: number | undefined;
  readonly nextHop: string;
  /** Varies paths between feeds of the same prefixes. */
  readonly salt?: number;
}

/** UPDATEs that announce `count` prefixes from number `first`, packed by attribute set, in chunks of about 64 KiB. */
export function announcements(load: Workload, options: FeedOptions, first = 0, count = load.count): Buffer[] {
  const out = new UpdateChunks();
  const perSet = Math.max(1, Math.round(load.count / load.attributeSets));
  const end = first + count;
  for (let index = first; index < end; ) {
    const set = Math.floor(index / perSet);
    const setEnd = Math.min(end, (set + 1) * perSet);
    const attributes = attributeBlock(set, options);
    while (index < setEnd) {
      out.begin();
      out.u16(0);
      out.u16(attributes.length);
      out.bytes(attributes);
      while (index < setEnd && out.hasRoom) {
        out.prefix(load.addressOf(index), load.lengthOf(index));
        index++;
      }
      out.end();
    }
  }
  return out.finish();
}

/** UPDATEs that withdraw `count` prefixes from number `first`. */
export function withdrawals(numbering: Numbering, first = 0, count = numbering.count): Buffer[] {
  const out = new UpdateChunks();
  const end = first + count;
  for (let index = first; index < end; ) {
    out.begin();
    const lengthAt = out.at;
    out.u16(0);
    while (index < end && out.hasRoom) {
      out.prefix(numbering.addressOf(index), numbering.lengthOf(index));
      index++;
    }
    out.chunk.writeUInt16BE(out.at - lengthAt - 2, lengthAt);
    out.u16(0);
    out.end();
  }
  return out.finish();
}

/** End-of-RIB for IPv4 unicast (RFC 4724 section 2). */
export const END_OF_RIB = Buffer.from('ffffffffffffffffffffffffffffffff00170200000000', 'hex');

/** A cheap mixer (murmur3's finaliser): repeatable variety. */
export function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

/** ORIGIN, AS_PATH of 2 to 7 numbers, NEXT_HOP, sometimes MED, some communities. */
function attributeBlock(set: number, options: FeedOptions): Buffer {
  const seed = mix(set * 2654435761 + (options.salt ?? 0) * 97);
  const hops = 2 + (seed % 6);
  const path: number[] = options.as === undefined ? [] : [options.as];
  for (let i = path.length; i < hops; i++) path.push(100_000 + (mix(seed + i) % 290_000));
  const bytes: number[] = [0x40, 1, 1, seed % 50 === 0 ? 2 : 0];
  bytes.push(0x40, 2, 2 + 4 * path.length, 2, path.length, ...path.flatMap(u32));
  bytes.push(0x40, 3, 4, ...options.nextHop.split('.').map(Number));
  if (seed % 4 === 0) bytes.push(0x80, 4, 4, 0, 0, (seed >>> 8) & 255, (seed >>> 16) & 255);
  if (options.as === undefined) bytes.push(0x40, 5, 4, 0, 0, 0, 100);
  const communities = seed % 5;
  // The set's number is in the first community: no two sets are equal.
  if (communities > 0) {
    bytes.push(0xc0, 8, 4 * communities, ...u32(set));
    for (let i = 1; i < communities; i++) bytes.push(...u32(mix(seed * 31 + i) & 0x7fff_ffff));
  } else {
    bytes.push(0xc0, 32, 12, ...u32(65281), ...u32(set), ...u32(1));
  }
  return Buffer.from(bytes);
}

/** Builds messages one behind the other in large chunks. */
export class UpdateChunks {
  chunk: Buffer = Buffer.alloc(1 << 16);
  /** Where the next octet goes. */
  at = 0;
  #start = 0;
  readonly #done: Buffer[] = [];

  begin(): void {
    if (this.at + 4096 > this.chunk.length) this.#next();
    this.#start = this.at;
    this.chunk.fill(0xff, this.at, this.at + 16);
    this.chunk[this.at + 18] = 2;
    this.at += 19;
  }

  /** The message takes one more prefix and the length of an empty field. */
  get hasRoom(): boolean {
    return this.at - this.#start < 4096 - 7;
  }

  u16(value: number): void {
    this.chunk[this.at++] = value >> 8;
    this.chunk[this.at++] = value & 255;
  }

  bytes(octets: Uint8Array): void {
    this.chunk.set(octets, this.at);
    this.at += octets.length;
  }

  prefix(address: number, length: number): void {
    this.chunk[this.at++] = length;
    for (let bits = 0; bits < length; bits += 8) this.chunk[this.at++] = Math.floor(address / 2 ** (24 - bits)) & 255;
  }

  end(): void {
    this.chunk.writeUInt16BE(this.at - this.#start, this.#start + 16);
  }

  finish(): Buffer[] {
    this.#next();
    return this.#done.splice(0);
  }

  #next(): void {
    if (this.at > 0) this.#done.push(this.chunk.subarray(0, this.at));
    this.chunk = Buffer.alloc(1 << 16);
    this.at = 0;
  }
}
