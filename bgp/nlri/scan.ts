/**
 * Checks one NLRI field from end to end before any of it is applied, so that a field which breaks in the middle changes
 * nothing (RFC 7606 section 5.3: a prefix that is too long or runs over the field makes the whole field unusable).
 */
import { readU16, readU32 } from '../bytes.ts';
import { isMartianIpv4, isMartianIpv6 } from './martian.ts';

/** Results of one scan; reused, so that scanning allocates nothing. */
export class NlriScan {
  /** Prefixes in the field. */
  count = 0;
  /** How many of them can never be routed and are skipped by the cursor. */
  martians = 0;
  /** Offset of the first of those (of its length octet). */
  firstMartian = 0;
  /** What is wrong with the field; '' if nothing. */
  fault: '' | 'prefix length' | 'truncated' = '';

  /** True if the field is well formed. */
  run(bytes: Uint8Array, start: number, end: number, addPath: boolean, version: 4 | 6): boolean {
    this.count = 0;
    this.martians = 0;
    this.firstMartian = 0;
    this.fault = '';
    const maxLength = version === 4 ? 32 : 128;
    for (let at = start; at < end; ) {
      if (addPath) at += 4;
      if (at >= end) return this.#fail('truncated');
      const length = bytes[at];
      if (length > maxLength) return this.#fail('prefix length');
      const next = at + 1 + ((length + 7) >> 3);
      if (next > end) return this.#fail('truncated');
      // Only prefixes whose first octet is one of these can be martians (martian.ts).
      if (length >= 3) {
        const first = bytes[at + 1];
        if ((first === 0 || first === 127 || first >= 224) && martianAt(bytes, at, length, version)) {
          if (this.martians++ === 0) this.firstMartian = at;
        }
      }
      this.count++;
      at = next;
    }
    return true;
  }

  #fail(fault: 'prefix length' | 'truncated'): false {
    this.fault = fault;
    return false;
  }
}

/** `at`: the length octet of a prefix that is whole. */
function martianAt(bytes: Uint8Array, at: number, length: number, version: 4 | 6): boolean {
  if (version === 4) return isMartianIpv4(length === 32 ? readU32(bytes, at + 1) : (bytes[at + 1] << 24) >>> 0, length);
  if (length < 8) return false;
  if (length < 96) {
    // Enough octets for multicast and link-local; nothing longer is decided below 96 bits.
    return isMartianIpv6(((bytes[at + 1] << 24) | (length > 8 ? bytes[at + 2] << 16 : 0)) >>> 0, 0, 0, length);
  }
  return isMartianIpv6(
    readU32(bytes, at + 1),
    readU32(bytes, at + 5),
    readU16(bytes, at + 9) * 65536 + readU16(bytes, at + 11),
    length,
  );
}
