/** Writes one prefix of an NLRI field (the format is drawn in cursor.ts). */
import { writeU32 } from '../bytes.ts';

/** Octets of a prefix of `length` bits, its length octet included, without path identifier. */
export function nlriLength(length: number): number {
  return 1 + ((length + 7) >> 3);
}

/** Writes length and address octets at `at`; returns the offset behind. Words carry no bits beyond `length`. */
export function writeNlri(
  bytes: Uint8Array,
  at: number,
  word0: number,
  word1: number,
  word2: number,
  word3: number,
  length: number,
): number {
  bytes[at] = length;
  let out = at + 1;
  const end = out + ((length + 7) >> 3);
  for (let word = word0, i = 0; out < end; out++, i++) {
    if (i === 4) word = word1;
    else if (i === 8) word = word2;
    else if (i === 12) word = word3;
    bytes[out] = word >>> (24 - 8 * (i & 3));
  }
  return end;
}

/** Writes a path identifier (RFC 7911 section 3) and the prefix. */
export function writeNlriWithPath(
  bytes: Uint8Array,
  at: number,
  pathId: number,
  word0: number,
  word1: number,
  word2: number,
  word3: number,
  length: number,
): number {
  writeU32(bytes, at, pathId);
  return writeNlri(bytes, at + 4, word0, word1, word2, word3, length);
}
