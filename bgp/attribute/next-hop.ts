/**
 * NEXT_HOP (3), RFC 4271 section 5.1.3, and what makes any next hop unusable.
 *
 *     on the wire:   IPv4 address 4, for the prefixes of the NLRI field
 *     in a record:   the next hop of any family: 4, or 16, or 32 octets (global, then link-local)
 */
import { formatIp } from '../address.ts';
import { readU16, readU32 } from '../bytes.ts';
import { UpdateSubcode } from '../error-code.ts';
import { AttributeCode, AttributeFlag } from './code.ts';
import {
  type AttributeDescriptor,
  type AttributeFault,
  FLAGS_WITHDRAW,
  fault,
  routeFault,
  UpdateVerdict,
} from './descriptor.ts';
import type { AttributeScan } from './scan.ts';

const LENGTH = fault(UpdateVerdict.Withdraw, UpdateSubcode.AttributeLength, 'RFC 7606 7.3', 'length is not 4');
const MARTIAN = routeFault(UpdateSubcode.InvalidNextHop, 'RFC 4271 6.3', 'not the address of a host');

/** 0/8, 127/8, 224/4 and everything above. */
export function isMartianIpv4NextHop(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at];
  return first === 0 || first === 127 || first >= 224;
}

/** ::, ::1, IPv4-mapped and multicast. */
export function isMartianIpv6NextHop(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === 0xff) return true;
  if (readU32(bytes, at) !== 0 || readU32(bytes, at + 4) !== 0) return false;
  const low = readU32(bytes, at + 12);
  return (readU32(bytes, at + 8) === 0 && low <= 1) || isIpv4Mapped(bytes, at);
}

/** ::ffff:0:0/96. */
export function isIpv4Mapped(bytes: Uint8Array, at: number): boolean {
  return readU32(bytes, at) === 0 && readU32(bytes, at + 4) === 0 && readU32(bytes, at + 8) === 0xffff;
}

export function isUnspecifiedIpv6(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 16; i++) if (bytes[at + i] !== 0) return false;
  return true;
}

/** fe80::/10. */
export function isLinkLocalIpv6(bytes: Uint8Array, at: number): boolean {
  return (readU16(bytes, at) & 0xffc0) === 0xfe80;
}

function write(scan: AttributeScan, source: Uint8Array, start: number, end: number): undefined {
  scan.nextHopAttribute = scan.record.at;
  scan.record.put(AttributeFlag.Transitive, AttributeCode.NextHop, source, start, end);
}

export const nextHop: AttributeDescriptor = {
  code: AttributeCode.NextHop,
  name: 'NEXT_HOP',
  label: 'next_hop',
  recognized: true,
  flagsFault: FLAGS_WITHDRAW,
  decode(scan, start, end): AttributeFault | undefined {
    if (!scan.hasNlri && scan.reachNextHopLength > 0) {
      return write(scan, scan.reachNextHop, 0, scan.reachNextHopLength);
    }
    if (start < 0 || ignoresNextHop(scan)) return undefined;
    if (end - start !== 4) return LENGTH;
    if (isMartianIpv4NextHop(scan.bytes, start)) return MARTIAN;
    return write(scan, scan.bytes, start, end);
  },
  format(bytes, start, end) {
    if (end - start === 4) return formatIp(bytes, start, 4);
    const first = formatIp(bytes, start, 16);
    return end - start === 32 ? `${first} ${formatIp(bytes, start + 16, 16)}` : first;
  },
};

/**
 * NEXT_HOP beside prefixes that stand only in MP_REACH_NLRI says nothing and is not looked at, flags and length included
 * (RFC 4760 section 3).
 */
export function ignoresNextHop(scan: AttributeScan): boolean {
  return !scan.hasNlri && scan.hasReachNlri;
}
