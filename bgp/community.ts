/**
 * Communities of the three kinds as people see them, in BIRD's forms, and the ones whose meaning is agreed worldwide.
 * Values are words: one for a community (RFC 1997), two for an extended (RFC 4360), three for a large one (RFC 8092).
 */
import { formatIpv4Word } from './address.ts';
import { readU32 } from './bytes.ts';

/** Well-known communities (IANA bgp-well-known-communities). */
export const WellKnownCommunity = {
  /** RFC 8326. */
  GracefulShutdown: 0xffff0000,
  /** RFC 7611. */
  AcceptOwn: 0xffff0001,
  /** RFC 9494. */
  LlgrStale: 0xffff0006,
  /** RFC 9494. */
  NoLlgr: 0xffff0007,
  /** RFC 7999. */
  Blackhole: 0xffff029a,
  /** RFC 1997. */
  NoExport: 0xffffff01,
  NoAdvertise: 0xffffff02,
  NoExportSubconfed: 0xffffff03,
  /** RFC 3765. */
  NoPeer: 0xffffff04,
} as const;

/** `(64512,100)` */
export function formatCommunity(word: number): string {
  return `(${word >>> 16},${word & 0xffff})`;
}

/** `(64512, 1, 100)` */
export function formatLargeCommunity(global: number, local1: number, local2: number): string {
  return `(${global}, ${local1}, ${local2})`;
}

/** Sub-types with a name of their own: route target and route origin (RFC 4360 sections 4 and 5). */
const EXTENDED_KINDS: ReadonlyMap<number, string> = new Map([
  [0x0002, 'rt'],
  [0x0003, 'ro'],
]);

/**
 * `(rt, 64512, 100)`. Key and value are cut as the type says: two-octet AS (0x00), IPv4 address (0x01), four-octet AS
 * (0x02), each with its non-transitive twin (0x40 more); other types are shown as two raw words.
 */
export function formatExtendedCommunity(high: number, low: number): string {
  const type = high >>> 16;
  const structure = type >>> 8;
  const kind = EXTENDED_KINDS.get(type & 0xf0ff) ?? `unknown 0x${type.toString(16)}`;
  switch (structure & ~0x40) {
    case 0x00:
      return `(${kind}, ${high & 0xffff}, ${low})`;
    case 0x01:
      return `(${kind}, ${formatIpv4Word((((high & 0xffff) << 16) | (low >>> 16)) >>> 0)}, ${low & 0xffff})`;
    case 0x02:
      return `(${kind}, ${(((high & 0xffff) << 16) | (low >>> 16)) >>> 0}, ${low & 0xffff})`;
    default:
      return `(generic, 0x${high.toString(16)}, 0x${low.toString(16)})`;
  }
}

/** Extended communities that stay inside the AS have this bit in their type (RFC 4360 section 2). */
export function isTransitiveExtendedCommunity(high: number): boolean {
  return (high & 0x40000000) === 0;
}

/** All elements of a value, with a blank between. `width`: words an element. */
export function formatCommunityList(bytes: Uint8Array, start: number, end: number, width: 1 | 2 | 3): string {
  let text = '';
  for (let at = start; at + 4 * width <= end; at += 4 * width) {
    if (at > start) text += ' ';
    const first = readU32(bytes, at);
    if (width === 1) text += formatCommunity(first);
    else if (width === 2) text += formatExtendedCommunity(first, readU32(bytes, at + 4));
    else text += formatLargeCommunity(first, readU32(bytes, at + 4), readU32(bytes, at + 8));
  }
  return text;
}
