/**
 * AGGREGATOR (7), RFC 4271 section 5.1.7: who made the aggregate.
 *
 *     AS number 2 or 4   IPv4 address 4
 *
 * From a two-octet peer the AS may be AS_TRANS and the real one stand in AS4_AGGREGATOR (RFC 6793 section 4.2.3).
 */
import { formatIp } from '../address.ts';
import { AS_TRANS, AS_ZERO } from '../as-number.ts';
import { copyBytes, readU16, readU32, writeU32 } from '../bytes.ts';
import { UpdateSubcode } from '../error-code.ts';
import { usableAs4Aggregator } from './as4-aggregator.ts';
import { AttributeCode, AttributeFlag } from './code.ts';
import { type AttributeDescriptor, FLAGS_DISCARD, fault, UpdateVerdict } from './descriptor.ts';
import { writeAttributeHeader } from './record.ts';

const FLAGS = AttributeFlag.Optional | AttributeFlag.Transitive;
const LENGTH = fault(
  UpdateVerdict.Discard,
  UpdateSubcode.AttributeLength,
  'RFC 7606 7.7',
  'length does not fit the width of AS numbers',
);
const ZERO = fault(UpdateVerdict.Discard, UpdateSubcode.OptionalAttribute, 'RFC 7607 2', 'AS number 0');

export const aggregator: AttributeDescriptor = {
  code: AttributeCode.Aggregator,
  name: 'AGGREGATOR',
  label: 'aggregator',
  recognized: true,
  flagsFault: FLAGS_DISCARD,
  decode(scan, start, end) {
    const { bytes, record } = scan;
    const wide = scan.options.as4;
    if (end - start !== (wide ? 8 : 6)) return LENGTH;
    let as = wide ? readU32(bytes, start) : readU16(bytes, start);
    let address = end - 4;
    if (as === AS_ZERO) return ZERO;
    if (as === AS_TRANS && !wide && usableAs4Aggregator(scan)) {
      const real = scan.start(AttributeCode.As4Aggregator);
      as = readU32(bytes, real);
      address = real + 4;
    }
    const flags = scan.keptFlags(AttributeCode.Aggregator, FLAGS);
    const value = writeAttributeHeader(record.bytes, record.at, flags, AttributeCode.Aggregator, 8);
    writeU32(record.bytes, value, as);
    record.at = copyBytes(bytes, address, address + 4, record.bytes, value + 4);
    return undefined;
  },
  format: (bytes, start) => `${formatIp(bytes, start + 4, 4)} AS${readU32(bytes, start)}`,
};
