/**
 * The path as it really was, from AS_PATH (two-octet numbers, complete) and AS4_PATH (real numbers, perhaps shorter,
 * because speakers of two-octet numbers prepended only to the former): RFC 6793 section 4.2.3.
 *
 *     AS_PATH    100 23456 23456 300         AS4_PATH         70000 70001 300
 *     merged     100 70000 70001 300         what AS4_PATH lacks in front comes from AS_PATH
 *
 * Hops are counted as in the decision process: a set is one, confederation segments are none.
 */
import { AS_TRANS } from '../as-number.ts';
import { copyBytes, readU16 } from '../bytes.ts';
import { asPathLength, isConfedSegment, MAX_SEGMENT_NUMBERS, SegmentType } from './as-path.ts';
import { widenSegments } from './as-path-width.ts';
import { usableAs4Aggregator } from './as4-aggregator.ts';
import { checkAs4Path } from './as4-path.ts';
import { AttributeCode } from './code.ts';
import type { AttributeScan } from './scan.ts';

/** Hops of a path of two-octet numbers. */
function twoOctetLength(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end; at += 2 + 2 * bytes[at + 1]) {
    if (bytes[at] === SegmentType.Sequence) length += bytes[at + 1];
    else if (bytes[at] === SegmentType.Set) length++;
  }
  return length;
}

/** Is there an AS4_PATH to be merged? */
function usableAs4Path(scan: AttributeScan): boolean {
  const code = AttributeCode.As4Path;
  if (!scan.has(code) || !scan.hasKnownFlags(code)) return false;
  if (checkAs4Path(scan.bytes, scan.start(code), scan.end(code)) !== undefined) return false;
  // An AGGREGATOR with a real number beside AS4_AGGREGATOR was set by a two-octet speaker after both AS4 attributes:
  // they are out of date.
  const aggregator = AttributeCode.Aggregator;
  const outOfDate =
    usableAs4Aggregator(scan) &&
    scan.has(aggregator) &&
    scan.end(aggregator) - scan.start(aggregator) === 6 &&
    readU16(scan.bytes, scan.start(aggregator)) !== AS_TRANS;
  return !outOfDate;
}

/**
 * Writes the merged path of four-octet numbers at `target[at]` and returns the offset behind it. `[start, end)` is the
 * well-framed AS_PATH. Needs at most twice the octets of both attributes.
 */
export function mergeAs4Path(scan: AttributeScan, start: number, end: number, target: Uint8Array, at: number): number {
  const { bytes } = scan;
  if (!usableAs4Path(scan)) return widenSegments(bytes, start, end, target, at);
  const as4Start = scan.start(AttributeCode.As4Path);
  const as4End = scan.end(AttributeCode.As4Path);
  let lead = twoOctetLength(bytes, start, end) - asPathLength(bytes, as4Start, as4End);
  // A longer AS4_PATH cannot belong to this AS_PATH.
  if (lead < 0) return widenSegments(bytes, start, end, target, at);

  let out = at;
  let lastSegment = -1;
  for (let from = start; from < end; ) {
    const type = bytes[from];
    const count = bytes[from + 1];
    const next = from + 2 + 2 * count;
    // Confederation segments count nothing and are kept where they lead or touch the leading part.
    if (lead === 0 && !isConfedSegment(type)) break;
    lastSegment = out;
    if (type === SegmentType.Sequence && count > lead) {
      out = widenSegments(bytes, from, next, target, out) - 4 * (count - lead);
      target[lastSegment + 1] = lead;
      lead = 0;
      break;
    }
    out = widenSegments(bytes, from, next, target, out);
    if (type === SegmentType.Sequence) lead -= count;
    else if (type === SegmentType.Set) lead--;
    from = next;
  }
  // The two parts join into one segment where they would have been one.
  let seam = lastSegment;
  for (let from = as4Start; from < as4End; ) {
    const count = bytes[from + 1];
    const next = from + 2 + 4 * count;
    if (!isConfedSegment(bytes[from])) {
      const joins =
        seam >= 0 &&
        bytes[from] === SegmentType.Sequence &&
        target[seam] === SegmentType.Sequence &&
        target[seam + 1] + count <= MAX_SEGMENT_NUMBERS;
      if (joins) target[seam + 1] += count;
      out = copyBytes(bytes, joins ? from + 2 : from, next, target, out);
      seam = -1;
    }
    from = next;
  }
  return out;
}
