/**
 * Multiprotocol Extensions (1), RFC 4760 section 8: one instance a family.
 *
 *     AFI 2   reserved 1   SAFI 1
 */
import { readU16, writeU16 } from '../bytes.ts';
import { CapabilityCode } from './code.ts';
import type { CapabilityDescriptor } from './descriptor.ts';
import { familyLine } from './family-name.ts';

export const multiprotocol: CapabilityDescriptor = {
  code: CapabilityCode.Multiprotocol,
  name: 'Multiprotocol',
  decode(bytes, start, end, into) {
    if (end - start !== 4) return `Multiprotocol capability of ${end - start} octets`;
    const afi = readU16(bytes, start);
    const safi = bytes[start + 3];
    if (!into.multiprotocol.some((family) => family.afi === afi && family.safi === safi)) {
      into.multiprotocol.push({ afi, safi });
    }
    return '';
  },
  encode: ({ multiprotocol: families }) =>
    families.map(({ afi, safi }) => {
      const value = new Uint8Array(4);
      writeU16(value, 0, afi);
      value[3] = safi;
      return value;
    }),
  format: ({ multiprotocol: families }) =>
    families.length === 0 ? [] : ['Multiprotocol', `  ${familyLine('AF announced:', families)}`],
};
