/**
 * Numbers in network byte order at an offset of a byte array: the alphabet of every codec here. Plain functions, so
 * that V8 inlines them; no cursor object, no DataView. The caller has checked that the octets are there.
 */

export function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

/** Unsigned. */
export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Copies `[start, end)` and returns the offset behind the copy. A loop beats `set(subarray())` for short pieces. */
export function copyBytes(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  if (end - start > 96) {
    target.set(source.subarray(start, end), at);
    return at + end - start;
  }
  while (start < end) target[at++] = source[start++];
  return at;
}

/** True if `length` octets at both places are the same. */
export function equalBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

/** Two hexadecimal digits an octet; `separator` between octets. */
export function formatHex(bytes: Uint8Array, start: number, end: number, separator: string): string {
  let text = '';
  for (let i = start; i < end; i++) text += i === start ? HEX[bytes[i]] : separator + HEX[bytes[i]];
  return text;
}
