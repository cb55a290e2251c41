/**
 * When an AS_PATH is malformed (RFC 7606 section 7.2 and what later RFCs and the session's options add). First the
 * framing of its segments, at either width of AS numbers, then what the session allows, on four-octet numbers.
 */
import { AS_ZERO } from '../as-number.ts';
import { readU32 } from '../bytes.ts';
import { UpdateSubcode } from '../error-code.ts';
import { isConfedSegment, MAX_AS_PATH_NUMBERS, SegmentType } from './as-path.ts';
import { type AttributeFault, fault, routeFault, UpdateVerdict } from './descriptor.ts';
import type { AttributeScan } from './scan.ts';

function malformed(clause: string, text: string): AttributeFault {
  return fault(UpdateVerdict.Withdraw, UpdateSubcode.MalformedAsPath, clause, text);
}

function unwanted(clause: string, text: string): AttributeFault {
  return routeFault(UpdateSubcode.MalformedAsPath, clause, text);
}

const FRAMING = malformed('RFC 7606 7.2', 'segments do not fit the attribute');
const EMPTY_SEGMENT = malformed('RFC 7606 7.2', 'segment without AS numbers');
const SEGMENT_TYPE = malformed('RFC 7606 7.2', 'unknown segment type');
const ZERO = malformed('RFC 7607 2', 'AS number 0');
const CONFED = malformed('RFC 5065 5', 'confederation segment from outside the confederation');
const NO_CONFED = malformed('RFC 5065 5', 'no confederation sequence in front');
const FIRST_AS = unwanted('RFC 4271 6.3', 'first AS number is not the AS of the peer (enforce first as)');
const AS_SET = unwanted('RFC 9774 3', 'AS_SET or AS_CONFED_SET');
export const PATH_TOO_LONG = unwanted('local limit', `more than ${MAX_AS_PATH_NUMBERS} AS numbers`);

/** Segment types, counts and lengths. `width`: octets of an AS number. */
export function checkSegments(bytes: Uint8Array, start: number, end: number, width: 2 | 4): AttributeFault | undefined {
  let numbers = 0;
  for (let at = start; at < end; ) {
    if (at + 2 > end) return FRAMING;
    const type = bytes[at];
    const count = bytes[at + 1];
    if (type < SegmentType.Set || type > SegmentType.ConfedSet) return SEGMENT_TYPE;
    if (count === 0) return EMPTY_SEGMENT;
    at += 2 + width * count;
    if (at > end) return FRAMING;
    numbers += count;
  }
  return numbers > MAX_AS_PATH_NUMBERS ? PATH_TOO_LONG : undefined;
}

/** AS 0 anywhere in a well-framed path of four-octet numbers? */
export function holdsAsZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const next = at + 2 + 4 * bytes[at + 1];
    for (let i = at + 2; i < next; i += 4) {
      if (bytes[i + 3] === 0 && readU32(bytes, i) === AS_ZERO) return true;
    }
    at = next;
  }
  return false;
}

/** What the session allows in a well-framed path of four-octet numbers. The scan learns of sets. */
export function checkPath(
  bytes: Uint8Array,
  start: number,
  end: number,
  scan: AttributeScan,
): AttributeFault | undefined {
  const { options } = scan;
  for (let at = start; at < end; at += 2 + 4 * bytes[at + 1]) {
    const type = bytes[at];
    if (isConfedSegment(type) && !options.confederationMember) return CONFED;
    if (type === SegmentType.Set || type === SegmentType.ConfedSet) {
      if (!options.allowAsSets) return AS_SET;
      scan.asSet = true;
    }
  }
  if (holdsAsZero(bytes, start, end)) return ZERO;
  if (options.internal) return undefined;
  const wanted = options.confederationMember ? SegmentType.ConfedSequence : SegmentType.Sequence;
  const starts = start < end && bytes[start] === wanted;
  if (options.confederationMember && !starts) return NO_CONFED;
  if (options.enforceFirstAs && !(starts && readU32(bytes, start + 2) === options.peerAs)) return FIRST_AS;
  return undefined;
}
