/**
 * AS4_AGGREGATOR (18), RFC 6793 section 3: the real AS number of AGGREGATOR. Not part of a record, as AS4_PATH.
 *
 *     AS number 4   IPv4 address 4
 */
import { formatIp } from '../address.ts';
import { AS_ZERO } from '../as-number.ts';
import { readU32 } from '../bytes.ts';
import { UpdateSubcode } from '../error-code.ts';
import { AttributeCode } from './code.ts';
import { type AttributeDescriptor, type AttributeFault, FLAGS_DISCARD, fault, UpdateVerdict } from './descriptor.ts';
import type { AttributeScan } from './scan.ts';

function discard(clause: string, text: string): AttributeFault {
  return fault(UpdateVerdict.Discard, UpdateSubcode.OptionalAttribute, clause, text);
}

const UNEXPECTED = discard('RFC 6793 6', 'from a peer that has four-octet AS numbers');
const LENGTH = discard('RFC 6793 6', 'length is not 8');
const ZERO = discard('RFC 7607 2', 'AS number 0');

function check(scan: AttributeScan, start: number, end: number): AttributeFault | undefined {
  if (scan.options.as4) return UNEXPECTED;
  if (end - start !== 8) return LENGTH;
  return readU32(scan.bytes, start) === AS_ZERO ? ZERO : undefined;
}

/** True if the UPDATE has one that says something. */
export function usableAs4Aggregator(scan: AttributeScan): boolean {
  const code = AttributeCode.As4Aggregator;
  if (!scan.has(code) || !scan.hasKnownFlags(code)) return false;
  return check(scan, scan.start(code), scan.end(code)) === undefined;
}

export const as4Aggregator: AttributeDescriptor = {
  code: AttributeCode.As4Aggregator,
  name: 'AS4_AGGREGATOR',
  label: 'as4_aggregator',
  recognized: true,
  flagsFault: FLAGS_DISCARD,
  decode: check,
  format: (bytes, start) => `${formatIp(bytes, start + 4, 4)} AS${readU32(bytes, start)}`,
};
