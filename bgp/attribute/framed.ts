/**
 * Attributes that this daemon does not use but whose framing has a standard answer: PMSI_TUNNEL (22, RFC 6514), IPv6
 * EXTENDED COMMUNITIES (25, RFC 5701) and ATTR_SET (128, RFC 6368). A sound value is kept octet by octet and travels as
 * any unrecognised attribute; it is never interpreted.
 */
import { formatHex, readU16 } from '../bytes.ts';
import { UpdateSubcode } from '../error-code.ts';
import { AttributeCode, AttributeFlag, knownFlags } from './code.ts';
import { type AttributeDescriptor, FLAGS_WITHDRAW, fault, UpdateVerdict } from './descriptor.ts';

function framed(
  code: AttributeCode,
  name: string,
  clause: string,
  text: string,
  isSound: (bytes: Uint8Array, start: number, end: number) => boolean,
): AttributeDescriptor {
  const broken = fault(UpdateVerdict.Withdraw, UpdateSubcode.OptionalAttribute, clause, text);
  return {
    code,
    name,
    label: '',
    recognized: false,
    flagsFault: FLAGS_WITHDRAW,
    decode(scan, start, end) {
      if (!isSound(scan.bytes, start, end)) return broken;
      scan.record.put(scan.keptFlags(code, knownFlags(code)), code, scan.bytes, start, end);
      return undefined;
    },
    format: (bytes, start, end) => formatHex(bytes, start, end, ' '),
  };
}

export const pmsiTunnel: AttributeDescriptor = framed(
  AttributeCode.PmsiTunnel,
  'PMSI_TUNNEL',
  'RFC 7606 8',
  'shorter than 5 octets',
  (_bytes, start, end) => end - start >= 5,
);

export const ipv6ExtendedCommunities: AttributeDescriptor = framed(
  AttributeCode.Ipv6ExtendedCommunities,
  'IPv6 EXTENDED COMMUNITIES',
  'RFC 7606 7.15',
  'length is 0 or not a multiple of 20',
  (_bytes, start, end) => start < end && (end - start) % 20 === 0,
);

/** Origin AS 4, then path attributes whose framing must come out even. */
export const attrSet: AttributeDescriptor = framed(
  AttributeCode.AttrSet,
  'ATTR_SET',
  'RFC 7606 8',
  'the attributes inside do not fit',
  (bytes, start, end) => {
    if (end - start < 4) return false;
    let at = start + 4;
    while (at < end) {
      const long = (bytes[at] & AttributeFlag.ExtendedLength) !== 0;
      const header = long ? 4 : 3;
      if (at + header > end) return false;
      at += header + (long ? readU16(bytes, at + 2) : bytes[at + 2]);
    }
    return at === end;
  },
);
