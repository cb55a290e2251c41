/**
 * The canonical attribute record: how a set of path attributes looks inside the daemon, in the wire's own clothes.
 *
 *     start                                        wireEnd                                  end
 *     | flags code length value | flags code ...   | id u16 length u16 value | ...          |
 *       path attributes, ascending code              extension attributes, ascending id
 *
 * Length is two octets where the Extended Length flag is set (values above 255 octets), else one. Every record is made
 * by this folder and well formed, so these readers do not check bounds. Sets are small (ten attributes or fewer as a
 * rule) and sorted, so a lookup is a short walk and needs no index.
 */
import { readU16, writeU16 } from '../bytes.ts';
import { AttributeFlag } from './code.ts';

/** The largest value that the two-octet length can tell. */
export const MAX_ATTRIBUTE_LENGTH = 0xffff;

/** Offset of the attribute's first octet (its flags), or -1. */
export function findAttribute(bytes: Uint8Array, start: number, wireEnd: number, code: number): number {
  for (let at = start; at < wireEnd; at = attributeEnd(bytes, at)) {
    const found = bytes[at + 1];
    if (found >= code) return found === code ? at : -1;
  }
  return -1;
}

/** Offset of the value of the attribute at `at`. */
export function valueStart(bytes: Uint8Array, at: number): number {
  return at + ((bytes[at] & AttributeFlag.ExtendedLength) === 0 ? 3 : 4);
}

/** Offset behind the attribute at `at`: of the next one. */
export function attributeEnd(bytes: Uint8Array, at: number): number {
  return (bytes[at] & AttributeFlag.ExtendedLength) === 0 ? at + 3 + bytes[at + 2] : at + 4 + readU16(bytes, at + 2);
}

/** Writes flags, code and length of a value of `length` octets; returns where the value goes. */
export function writeAttributeHeader(
  bytes: Uint8Array,
  at: number,
  flags: number,
  code: number,
  length: number,
): number {
  bytes[at + 1] = code;
  if (length > 255) {
    bytes[at] = flags | AttributeFlag.ExtendedLength;
    writeU16(bytes, at + 2, length);
    return at + 4;
  }
  bytes[at] = flags & ~AttributeFlag.ExtendedLength;
  bytes[at + 2] = length;
  return at + 3;
}

/** Offset of the extension attribute's first octet (its id), or -1. Its value starts 4 octets later. */
export function findExtension(bytes: Uint8Array, wireEnd: number, end: number, id: number): number {
  for (let at = wireEnd; at < end; at = extensionEnd(bytes, at)) {
    const found = readU16(bytes, at);
    if (found >= id) return found === id ? at : -1;
  }
  return -1;
}

/** Offset behind the extension attribute at `at`. */
export function extensionEnd(bytes: Uint8Array, at: number): number {
  return at + 4 + readU16(bytes, at + 2);
}
