/**
 * MP_UNREACH_NLRI (15), RFC 4760 section 4: withdrawn prefixes of any family. Not part of a record.
 *
 *     AFI 2   SAFI 1   prefixes ...
 */
import { readU16 } from '../bytes.ts';
import { familyName } from '../capability/family-name.ts';
import { sessionFamily } from '../session-options.ts';
import { AttributeCode } from './code.ts';
import type { AttributeDescriptor } from './descriptor.ts';
import { MP_FLAGS, NOT_AGREED, readNlri, unusable } from './mp-nlri.ts';

const SHORT = unusable('shorter than 3 octets');

export const mpUnreachNlri: AttributeDescriptor = {
  code: AttributeCode.MpUnreachNlri,
  name: 'MP_UNREACH_NLRI',
  label: 'mp_unreach_nlri',
  recognized: true,
  flagsFault: MP_FLAGS,
  decode(scan, start, end) {
    if (end - start < 3) return SHORT;
    const family = sessionFamily(scan.options, readU16(scan.bytes, start), scan.bytes[start + 2]);
    return family === undefined ? NOT_AGREED : readNlri(scan, scan.unreach, start + 3, end, family);
  },
  format: (bytes, start) => familyName(readU16(bytes, start), bytes[start + 2]),
};
