/** AS paths between two-octet and four-octet numbers (RFC 6793 section 4.2.2): same segments, other width. */
import { AS_TRANS, MAX_TWO_OCTET_AS } from '../as-number.ts';
import { readU32, writeU16, writeU32 } from '../bytes.ts';
import { isConfedSegment } from './as-path.ts';

/** Writes a well-framed path of two-octet numbers as four-octet ones; returns the offset behind it. */
export function widenSegments(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  let out = at;
  for (let i = start; i < end; ) {
    const count = bytes[i + 1];
    target[out++] = bytes[i++];
    target[out++] = bytes[i++];
    for (let left = count; left > 0; left--, i += 2, out += 4) writeU32(target, out, (bytes[i] << 8) | bytes[i + 1]);
  }
  return out;
}

/** The other way round; numbers that do not fit become AS_TRANS. */
export function narrowSegments(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  let out = at;
  for (let i = start; i < end; ) {
    const count = bytes[i + 1];
    target[out++] = bytes[i++];
    target[out++] = bytes[i++];
    for (let left = count; left > 0; left--, i += 4, out += 2) {
      const as = readU32(bytes, i);
      writeU16(target, out, as > MAX_TWO_OCTET_AS ? AS_TRANS : as);
    }
  }
  return out;
}

/** True if narrowing the path loses a number outside its confederation segments, so that AS4_PATH has to tell it. */
export function needsAs4Path(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const next = at + 2 + 4 * bytes[at + 1];
    if (!isConfedSegment(bytes[at])) {
      for (let i = at + 2; i < next; i += 4) if (readU32(bytes, i) > MAX_TWO_OCTET_AS) return true;
    }
    at = next;
  }
  return false;
}
