/**
 * AS_PATH (type 2, RFC 4271 section 5.1.2; confederation segments RFC 5065) in its canonical form: four-octet numbers.
 *
 *     segment:  type 1   count 1   count x AS number 4
 *
 * Everything here reads a path that was validated (`[start, end)` of a record) or an array that these functions made.
 * An AS_SET counts as one hop and confederation segments count as none (RFC 4271 section 9.1.2.2, RFC 5065 section 5.3).
 */
import { AS_ZERO } from '../as-number.ts';
import { readU32, writeU32 } from '../bytes.ts';

export const SegmentType = { Set: 1, Sequence: 2, ConfedSequence: 3, ConfedSet: 4 } as const;
export type SegmentType = (typeof SegmentType)[keyof typeof SegmentType];

/** AS numbers that a path may hold, sets included, before it is treated as a withdrawal; OpenBGPD has the same limit. */
export const MAX_AS_PATH_NUMBERS = 750;

/** Numbers that one segment can hold. */
export const MAX_SEGMENT_NUMBERS = 255;

export const EMPTY_AS_PATH: Uint8Array = new Uint8Array(0);

export function isConfedSegment(type: number): boolean {
  return type === SegmentType.ConfedSequence || type === SegmentType.ConfedSet;
}

/** Hops, as the decision process counts them. */
export function asPathLength(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end; at += 2 + 4 * bytes[at + 1]) {
    if (bytes[at] === SegmentType.Sequence) length += bytes[at + 1];
    else if (bytes[at] === SegmentType.Set) length++;
  }
  return length;
}

/** All AS numbers in the path, also those in sets and confederation segments. */
export function asPathNumbers(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 2 + 4 * bytes[at + 1]) count += bytes[at + 1];
  return count;
}

/** The first number of a path that starts with a sequence of either kind; 0 for other paths. */
export function firstAs(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return AS_ZERO;
  const type = bytes[start];
  return type === SegmentType.Sequence || type === SegmentType.ConfedSequence ? readU32(bytes, start + 2) : AS_ZERO;
}

/**
 * The AS that the route came from into our AS or confederation: the first number behind the confederation segments, by
 * which MULTI_EXIT_DISC values are compared (RFC 4271 section 9.1.2.2 c). 0 if there is none or it is a set.
 */
export function neighborAs(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at += 2 + 4 * bytes[at + 1]) {
    if (isConfedSegment(bytes[at])) continue;
    return bytes[at] === SegmentType.Sequence ? readU32(bytes, at + 2) : AS_ZERO;
  }
  return AS_ZERO;
}

/** The AS that originated the route: the last number; 0 if the path is empty or ends in a set (RFC 6907 section 2). */
export function originAs(bytes: Uint8Array, start: number, end: number): number {
  let last = AS_ZERO;
  for (let at = start; at < end; at += 2 + 4 * bytes[at + 1]) {
    const type = bytes[at];
    last =
      type === SegmentType.Sequence || type === SegmentType.ConfedSequence
        ? readU32(bytes, at + 2 + 4 * (bytes[at + 1] - 1))
        : AS_ZERO;
  }
  return last;
}

/** The last number before the first set: the AS that aggregated the route, or the origin (BIRD `last_nonaggregated`). */
export function lastNonAggregatedAs(bytes: Uint8Array, start: number, end: number): number {
  let last = AS_ZERO;
  for (let at = start; at < end; at += 2 + 4 * bytes[at + 1]) {
    const type = bytes[at];
    if (type === SegmentType.Set || type === SegmentType.ConfedSet) break;
    last = readU32(bytes, at + 2 + 4 * (bytes[at + 1] - 1));
  }
  return last;
}

/** How often `as` occurs anywhere in the path. */
export function countAs(bytes: Uint8Array, start: number, end: number, as: number): number {
  let found = 0;
  for (let at = start; at < end; ) {
    const next = at + 2 + 4 * bytes[at + 1];
    for (let i = at + 2; i < next; i += 4) if (readU32(bytes, i) === as) found++;
    at = next;
  }
  return found;
}

export function containsAs(bytes: Uint8Array, start: number, end: number, as: number): boolean {
  return countAs(bytes, start, end, as) > 0;
}

/** True if some segment is an AS_SET or AS_CONFED_SET (RFC 9774). */
export function hasAsSet(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 2 + 4 * bytes[at + 1]) {
    if (bytes[at] === SegmentType.Set || bytes[at] === SegmentType.ConfedSet) return true;
  }
  return false;
}

/**
 * A new path with `as` in front `times` times, in a segment of `type`: the first segment grows while it has that type
 * and room, otherwise new ones are opened (RFC 4271 section 5.1.2 b, RFC 5065 section 5.3).
 */
export function prependAs(
  segments: Uint8Array,
  as: number,
  type: SegmentType = SegmentType.Sequence,
  times = 1,
): Uint8Array {
  let path = segments;
  for (let left = times; left > 0; ) {
    const grows = path.length > 0 && path[0] === type && path[1] < MAX_SEGMENT_NUMBERS;
    const oldCount = grows ? path[1] : 0;
    const added = Math.min(left, MAX_SEGMENT_NUMBERS - oldCount);
    const rest = grows ? 2 : 0;
    const longer = new Uint8Array(2 + 4 * added + path.length - rest);
    longer[0] = type;
    longer[1] = oldCount + added;
    for (let i = 0; i < added; i++) writeU32(longer, 2 + 4 * i, as);
    longer.set(path.subarray(rest), 2 + 4 * added);
    path = longer;
    left -= added;
  }
  return path;
}

/** A new path without confederation segments: for a peer outside the confederation (RFC 5065 section 5.1 c). */
export function stripConfedSegments(segments: Uint8Array): Uint8Array {
  const kept = new Uint8Array(segments.length);
  let out = 0;
  for (let at = 0; at < segments.length; ) {
    const next = at + 2 + 4 * segments[at + 1];
    if (!isConfedSegment(segments[at])) {
      kept.set(segments.subarray(at, next), out);
      out += next - at;
    }
    at = next;
  }
  return kept.slice(0, out);
}

/** A new path that holds only the numbers for which `keep` is true; segments that become empty go. */
export function filterAsPath(segments: Uint8Array, keep: (as: number) => boolean): Uint8Array {
  const kept = new Uint8Array(segments.length);
  let out = 0;
  for (let at = 0; at < segments.length; ) {
    const next = at + 2 + 4 * segments[at + 1];
    let count = 0;
    for (let i = at + 2; i < next; i += 4) {
      const as = readU32(segments, i);
      if (!keep(as)) continue;
      writeU32(kept, out + 2 + 4 * count, as);
      count++;
    }
    if (count > 0) {
      kept[out] = segments[at];
      kept[out + 1] = count;
      out += 2 + 4 * count;
    }
    at = next;
  }
  return kept.slice(0, out);
}

const OPEN: readonly string[] = ['', '{', '', '(', '({'];
const CLOSE: readonly string[] = ['', '}', '', ')', '})'];

/** As BIRD prints it: `65003 {1 2} (3 4) ({5 6})`; sets in braces, confederation segments in parentheses. */
export function formatAsPath(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; ) {
    const type = bytes[at];
    const next = at + 2 + 4 * bytes[at + 1];
    if (at > start) text += ' ';
    text += OPEN[type] ?? '';
    for (let i = at + 2; i < next; i += 4) text += i > at + 2 ? ` ${readU32(bytes, i)}` : `${readU32(bytes, i)}`;
    text += CLOSE[type] ?? '';
    at = next;
  }
  return text;
}

/** Reads the form of `formatAsPath`; `undefined` for anything else. */
export function parseAsPath(text: string): Uint8Array | undefined {
  const path: number[] = [];
  let type: SegmentType = SegmentType.Sequence;
  let segment = -1;
  for (const [token] of text.matchAll(/\(\{|\}\)|[({})]|[^\s({})]+/g)) {
    const opened: number = OPEN.indexOf(token);
    if (opened > 0) {
      if (type !== SegmentType.Sequence) return undefined;
      type = opened as SegmentType;
      segment = -1;
    } else if (CLOSE.includes(token)) {
      if (segment < 0 || CLOSE[type] !== token) return undefined;
      type = SegmentType.Sequence;
      segment = -1;
    } else {
      const as = /^[0-9]{1,10}$/.test(token) ? Number(token) : Number.NaN;
      if (!(as <= 0xffffffff)) return undefined;
      if (segment < 0 || path[segment + 1] === MAX_SEGMENT_NUMBERS) {
        segment = path.length;
        path.push(type, 0);
      }
      path[segment + 1]++;
      path.push(as >>> 24, (as >>> 16) & 255, (as >>> 8) & 255, as & 255);
    }
  }
  return type === SegmentType.Sequence ? Uint8Array.from(path) : undefined;
}
