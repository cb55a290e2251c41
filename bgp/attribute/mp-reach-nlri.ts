/**
 * MP_REACH_NLRI (14), RFC 4760 section 3: prefixes of any family with their next hop. Not part of a record: the next hop
 * moves to NEXT_HOP, the prefixes to the Update.
 *
 *     AFI 2   SAFI 1   next hop length 1   next hop 4, 16 or 32   reserved 1   prefixes ...
 *
 * Next hops of IPv6 are one address, or a global and a link-local one (RFC 2545 section 3). IPv4 prefixes may have the
 * same where that was agreed (RFC 8950).
 */
import { copyBytes, readU16 } from '../bytes.ts';
import { familyName } from '../capability/family-name.ts';
import { UpdateSubcode } from '../error-code.ts';
import { type FamilyOptions, sessionFamily } from '../session-options.ts';
import { AttributeCode } from './code.ts';
import { type AttributeDescriptor, type AttributeFault, routeFault } from './descriptor.ts';
import { MP_FLAGS, NOT_AGREED, readNlri, unusable } from './mp-nlri.ts';
import {
  isIpv4Mapped,
  isLinkLocalIpv6,
  isMartianIpv4NextHop,
  isMartianIpv6NextHop,
  isUnspecifiedIpv6,
} from './next-hop.ts';
import type { AttributeScan } from './scan.ts';

const SHORT = unusable('shorter than 5 octets');
const NEXT_HOP_LENGTH = unusable('next hop length does not fit the family');
const NEXT_HOP_OVERRUN = unusable('next hop runs over the attribute');

function badNextHop(text: string): AttributeFault {
  return routeFault(UpdateSubcode.OptionalAttribute, 'RFC 7606 7.11', text);
}

const MARTIAN = badNextHop('next hop is not the address of a host');
const NOT_LINK_LOCAL = badNextHop('second next hop is not link-local');
const NO_SCOPE = badNextHop('link-local next hop from a peer that is not on a known interface');

function lengthFits(length: number, family: FamilyOptions): boolean {
  if (length === 4) return family.family.version === 4;
  return (length === 16 || length === 32) && (family.family.version === 6 || family.extendedNextHop);
}

/** Puts `[at, at + length)` of the message behind what `reachNextHop` already holds. */
function take(scan: AttributeScan, at: number, length: number): undefined {
  scan.reachNextHopLength = copyBytes(scan.bytes, at, at + length, scan.reachNextHop, scan.reachNextHopLength);
}

function readIpv6NextHop(
  scan: AttributeScan,
  at: number,
  length: number,
  family: FamilyOptions,
): AttributeFault | undefined {
  const { bytes } = scan;
  if (family.family.version === 6 && family.extendedNextHop && length === 16 && isIpv4Mapped(bytes, at)) {
    // An IPv4 next hop in the only clothes that MP_REACH_NLRI has for it (RFC 4798 section 2).
    return isMartianIpv4NextHop(bytes, at + 12) ? MARTIAN : take(scan, at + 12, 4);
  }
  const second = at + 16;
  // Some senders fill the place of the link-local address with zeros.
  const paired = length === 32 && !isUnspecifiedIpv6(bytes, second);
  if (paired && !isLinkLocalIpv6(bytes, second)) return NOT_LINK_LOCAL;
  const global = !isLinkLocalIpv6(bytes, at) && !(paired && isUnspecifiedIpv6(bytes, at));
  if (!global) return scan.options.linkScope ? take(scan, paired ? second : at, 16) : NO_SCOPE;
  if (isMartianIpv6NextHop(bytes, at)) return MARTIAN;
  take(scan, at, 16);
  return paired && scan.options.linkScope ? take(scan, second, 16) : undefined;
}

export const mpReachNlri: AttributeDescriptor = {
  code: AttributeCode.MpReachNlri,
  name: 'MP_REACH_NLRI',
  label: 'mp_reach_nlri',
  recognized: true,
  flagsFault: MP_FLAGS,
  decode(scan, start, end) {
    if (end - start < 5) return SHORT;
    const { bytes } = scan;
    const nextHopLength = bytes[start + 3];
    const nextHop = start + 4;
    const prefixes = nextHop + nextHopLength + 1;
    const family = sessionFamily(scan.options, readU16(bytes, start), bytes[start + 2]);
    if (family === undefined) {
      scan.hasReachNlri = prefixes < end;
      return NOT_AGREED;
    }
    if (!lengthFits(nextHopLength, family)) return NEXT_HOP_LENGTH;
    if (prefixes > end) return NEXT_HOP_OVERRUN;
    const broken = readNlri(scan, scan.reach, prefixes, end, family);
    if (broken !== undefined || prefixes === end) return broken;
    scan.hasReachNlri = true;
    if (nextHopLength > 4) return readIpv6NextHop(scan, nextHop, nextHopLength, family);
    return isMartianIpv4NextHop(bytes, nextHop) ? MARTIAN : take(scan, nextHop, 4);
  },
  format: (bytes, start) => familyName(readU16(bytes, start), bytes[start + 2]),
};
