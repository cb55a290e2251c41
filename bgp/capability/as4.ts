/**
 * Four-octet AS number (65), RFC 6793 section 3: the sender's AS.
 *
 *     AS number 4
 */
import { readU32, writeU32 } from '../bytes.ts';
import { CapabilityCode } from './code.ts';
import { type CapabilityDescriptor, NO_INSTANCE } from './descriptor.ts';

export const as4: CapabilityDescriptor = {
  code: CapabilityCode.As4,
  name: '4-octet AS numbers',
  decode(bytes, start, end, into) {
    if (end - start !== 4) return `4-octet AS capability of ${end - start} octets`;
    into.as4 = readU32(bytes, start);
    return '';
  },
  encode(capabilities) {
    if (capabilities.as4 < 0) return NO_INSTANCE;
    const value = new Uint8Array(4);
    writeU32(value, 0, capabilities.as4);
    return [value];
  },
  format: (capabilities) => (capabilities.as4 < 0 ? [] : ['4-octet AS numbers']),
};
