/**
 * Extended Next Hop Encoding (5), RFC 8950 section 4: tuples of
 *
 *     NLRI AFI 2   NLRI SAFI 2   next hop AFI 2
 */
import { readU16, writeU16 } from '../bytes.ts';
import { Afi } from '../family.ts';
import { CapabilityCode } from './code.ts';
import { type CapabilityDescriptor, encodeTuples } from './descriptor.ts';
import { familyLine } from './family-name.ts';

const TUPLE = 6;

export const extendedNextHop: CapabilityDescriptor = {
  code: CapabilityCode.ExtendedNextHop,
  name: 'Extended next hop',
  decode(bytes, start, end, into) {
    if ((end - start) % TUPLE !== 0) return `Extended Next Hop capability of ${end - start} octets`;
    for (let at = start; at < end; at += TUPLE) {
      into.extendedNextHop.push({
        afi: readU16(bytes, at),
        safi: readU16(bytes, at + 2),
        nextHopAfi: readU16(bytes, at + 4),
      });
    }
    return '';
  },
  encode: ({ extendedNextHop: tuples }) =>
    encodeTuples(tuples, TUPLE, (bytes, at, tuple) => {
      writeU16(bytes, at, tuple.afi);
      writeU16(bytes, at + 2, tuple.safi);
      writeU16(bytes, at + 4, tuple.nextHopAfi);
    }),
  format({ extendedNextHop: tuples }) {
    if (tuples.length === 0) return [];
    const overIpv6 = tuples.filter((tuple) => tuple.nextHopAfi === Afi.IPv6);
    return ['Extended next hop', `  ${familyLine('IPv6 nexthop:', overIpv6)}`];
  },
};
