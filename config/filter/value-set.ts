/**
 * Sets of everything but prefixes: `[ 1, 5..7 ]`, `[ (65000,*), (1..5,10) ]`, `[ (rt,1,*) ]`, `[ RTS_BGP ]`.
 *
 * A set is an index of ranges over the words of its elements. Pairs need one thing more: `(*,5)` is 65536 ranges, so
 * wide rectangles over (first half) x (second half) stay rectangles, kept beside the ranges and tried one by one.
 */
import { compareWords, NOT_FOUND, RangeIndex } from './range-index.ts';
import { IP, QUAD, type Type } from './types.ts';
import type { ExtendedCommunity, IpAddress, LargeCommunity, RouteDistinguisher } from './value.ts';

export interface ValueRange {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Pairs whose first half is in one range and whose second half is in another. */
export interface PairBlock {
  readonly asnFrom: number;
  readonly asnTo: number;
  readonly dataFrom: number;
  readonly dataTo: number;
}

/** First halves up to which a block is written out as ranges. */
const NARROW_BLOCK = 64;

const MAPPED_FIRST = [0, 0, 0xffff, 0];
const MAPPED_LAST = [0, 0, 0xffff, 0xffffffff];

/** Words of one element of a type. */
export function elementWords(type: Type): number {
  switch (type.kind) {
    case 'ip':
      return 4;
    case 'lc':
      return 3;
    case 'ec':
    case 'rd':
    case 'mac':
      return 2;
    default:
      return 1;
  }
}

export class ValueSet {
  /** `undefined`: the empty set. */
  readonly element: Type | undefined;
  readonly ranges: RangeIndex;
  readonly blocks: readonly PairBlock[];
  /** Conversions, made when they are first asked for. */
  private quads: ValueSet | undefined;
  private ips: ValueSet | undefined;

  constructor(element: Type | undefined, ranges: readonly ValueRange[], blocks: readonly PairBlock[] = []) {
    this.element = element;
    const all = ranges.map((range) => ({ from: range.from, to: range.to, label: 0 }));
    const wide: PairBlock[] = [];
    for (const block of blocks) {
      if (block.dataFrom === 0 && block.dataTo === 0xffff) {
        all.push({ ...blockRange(block.asnFrom, block.asnTo, 0, 0xffff), label: 0 });
      } else if (block.asnTo - block.asnFrom >= NARROW_BLOCK) {
        wide.push(block);
      } else {
        for (let asn = block.asnFrom; asn <= block.asnTo; asn++) {
          all.push({ ...blockRange(asn, asn, block.dataFrom, block.dataTo), label: 0 });
        }
      }
    }
    this.ranges = new RangeIndex(element === undefined ? 1 : elementWords(element), all);
    this.blocks = wide.sort((a, b) => a.dataFrom - b.dataFrom || a.asnFrom - b.asnFrom || a.asnTo - b.asnTo);
  }

  hasNumber(value: number): boolean {
    return this.ranges.find1(value) !== NOT_FOUND || (this.blocks.length > 0 && this.inBlock(value));
  }

  hasIp(ip: IpAddress): boolean {
    return this.ranges.find4(ip.w0, ip.w1, ip.w2, ip.w3) !== NOT_FOUND;
  }

  has64(value: ExtendedCommunity | RouteDistinguisher): boolean {
    return this.ranges.find2(value.high, value.low) !== NOT_FOUND;
  }

  hasLarge(value: LargeCommunity): boolean {
    return this.ranges.find3(value.asn, value.data1, value.data2) !== NOT_FOUND;
  }

  hasMac(value: number): boolean {
    return this.ranges.find2(Math.floor(value / 0x100000000), value >>> 0) !== NOT_FOUND;
  }

  /** The element of a clist, eclist or lclist that begins at `index`. */
  hasElement(words: Uint32Array, index: number): boolean {
    switch (this.ranges.stride) {
      case 1:
        return this.hasNumber(words[index]!);
      case 2:
        return this.ranges.find2(words[index]!, words[index + 1]!) !== NOT_FOUND;
      default:
        return this.ranges.find3(words[index]!, words[index + 1]!, words[index + 2]!) !== NOT_FOUND;
    }
  }

  /** The IPv4 addresses of a set of addresses, as quads. */
  asQuads(): ValueSet {
    if (this.quads === undefined) {
      const quads: ValueRange[] = [];
      for (const { from, to } of rangesOf(this)) {
        // The part of the range inside ::ffff:0:0/96.
        const low = compareWords(from, MAPPED_FIRST) < 0 ? MAPPED_FIRST : from;
        const high = compareWords(to, MAPPED_LAST) > 0 ? MAPPED_LAST : to;
        if (compareWords(low, high) <= 0) quads.push({ from: [low[3]!], to: [high[3]!] });
      }
      this.quads = new ValueSet(QUAD, quads);
    }
    return this.quads;
  }

  /** The addresses that the quads of a set stand for. */
  asIps(): ValueSet {
    this.ips ??= new ValueSet(
      IP,
      rangesOf(this).map(({ from, to }) => ({ from: [0, 0, 0xffff, from[0]!], to: [0, 0, 0xffff, to[0]!] })),
    );
    return this.ips;
  }

  private inBlock(pair: number): boolean {
    const asn = pair >>> 16;
    const data = pair & 0xffff;
    for (const block of this.blocks) {
      if (data < block.dataFrom) return false;
      if (data <= block.dataTo && asn >= block.asnFrom && asn <= block.asnTo) return true;
    }
    return false;
  }

  equals(other: ValueSet): boolean {
    return this.key() === other.key();
  }

  /** Canonical text of the content: equal sets have equal keys. */
  key(): string {
    const blocks = this.blocks.map((b) => `${b.asnFrom}-${b.asnTo}:${b.dataFrom}-${b.dataTo}`);
    return `${this.ranges.from.join(',')}|${this.ranges.to.join(',')}|${blocks.join(',')}`;
  }
}

function blockRange(asnFrom: number, asnTo: number, dataFrom: number, dataTo: number): ValueRange {
  return { from: [((asnFrom << 16) | dataFrom) >>> 0], to: [((asnTo << 16) | dataTo) >>> 0] };
}

/** Which arm of a `case` a value belongs to. */
export class CaseTable {
  private readonly ranges: RangeIndex;
  private readonly blocks: readonly { readonly set: ValueSet; readonly arm: number }[];

  constructor(arms: readonly ValueSet[]) {
    this.ranges = new RangeIndex(
      arms[0]?.ranges.stride ?? 1,
      arms.flatMap((arm, label) => rangesOf(arm).map((range) => ({ ...range, label }))),
    );
    this.blocks = arms.flatMap((set, arm) => (set.blocks.length > 0 ? [{ set, arm }] : []));
  }

  armOfNumber(value: number): number {
    const arm = this.ranges.find1(value);
    // A missing value, -1, has no arm.
    if (arm !== NOT_FOUND || this.blocks.length === 0 || value < 0) return arm;
    for (const block of this.blocks) if (block.set.hasNumber(value)) return block.arm;
    return NOT_FOUND;
  }

  armOfIp(ip: IpAddress): number {
    return this.ranges.find4(ip.w0, ip.w1, ip.w2, ip.w3);
  }

  armOf64(value: ExtendedCommunity | RouteDistinguisher): number {
    return this.ranges.find2(value.high, value.low);
  }

  armOfLarge(value: LargeCommunity): number {
    return this.ranges.find3(value.asn, value.data1, value.data2);
  }

  armOfMac(value: number): number {
    return this.ranges.find2(Math.floor(value / 0x100000000), value >>> 0);
  }

  key(): string {
    return `${this.ranges.from.join(',')}|${this.ranges.to.join(',')}|${this.ranges.label.join(',')}|${this.blocks
      .map((block) => `${block.arm}=${block.set.key()}`)
      .join(',')}`;
  }

  /** True if a value can belong to two arms. */
  get ambiguous(): boolean {
    if (this.ranges.ambiguous) return true;
    return this.blocks.some(({ set, arm }) =>
      set.blocks.some(
        (block) =>
          this.rangesMeet(block, arm) || this.blocks.some((other) => other.arm > arm && blocksMeet(block, other.set)),
      ),
    );
  }

  private rangesMeet(block: PairBlock, arm: number): boolean {
    for (let i = 0; i < this.ranges.count; i++) {
      if (this.ranges.label[i] === arm) continue;
      const first = this.ranges.from[i]!;
      const last = this.ranges.to[i]!;
      const asnFrom = Math.max(block.asnFrom, first >>> 16);
      const asnTo = Math.min(block.asnTo, last >>> 16);
      // The first, the last and any inner value of the first half: inner ones have every second half.
      for (const asn of new Set([asnFrom, Math.min(asnFrom + 1, asnTo), asnTo])) {
        if (asn < asnFrom || asn > asnTo) continue;
        const dataFrom = asn === first >>> 16 ? first & 0xffff : 0;
        const dataTo = asn === last >>> 16 ? last & 0xffff : 0xffff;
        if (dataFrom <= block.dataTo && block.dataFrom <= dataTo) return true;
      }
    }
    return false;
  }
}

function blocksMeet(block: PairBlock, other: ValueSet): boolean {
  return other.blocks.some(
    (b) =>
      b.asnFrom <= block.asnTo && block.asnFrom <= b.asnTo && b.dataFrom <= block.dataTo && block.dataFrom <= b.dataTo,
  );
}

function rangesOf(set: ValueSet): ValueRange[] {
  const { from, to, stride, count } = set.ranges;
  const ranges: ValueRange[] = [];
  for (let i = 0; i < count; i++) {
    ranges.push({
      from: Array.from(from.subarray(stride * i, stride * (i + 1))),
      to: Array.from(to.subarray(stride * i, stride * (i + 1))),
    });
  }
  return ranges;
}
