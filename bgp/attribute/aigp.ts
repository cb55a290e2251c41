/**
 * AIGP (26), RFC 7311: the accumulated IGP metric along the path, between ASes that trust each other with it.
 *
 *     type 1   length 2 (of the whole TLV)   value ...         type 1 is the metric: length 11, value 8
 *
 * Unknown types are kept; of several metrics the first counts.
 */
import { readU16, readU32, writeU32 } from '../bytes.ts';
import { UpdateSubcode } from '../error-code.ts';
import { AttributeCode, AttributeFlag } from './code.ts';
import { type AttributeDescriptor, FLAGS_DISCARD, fault, UpdateVerdict } from './descriptor.ts';

const METRIC = 1;
const METRIC_LENGTH = 11;
const TLV_HEADER = 3;

const MALFORMED = fault(UpdateVerdict.Discard, UpdateSubcode.OptionalAttribute, 'RFC 7311 3.2', 'malformed TLV');
const DISABLED = fault(
  UpdateVerdict.Discard,
  UpdateSubcode.OptionalAttribute,
  'RFC 7311 3.3',
  'not enabled on this session',
);

/** Offset of the first metric TLV, -1 if there is none, -2 if the value is malformed. */
function findMetric(bytes: Uint8Array, start: number, end: number): number {
  let found = -1;
  for (let at = start; at < end; ) {
    if (at + TLV_HEADER > end) return -2;
    const length = readU16(bytes, at + 1);
    if (length < TLV_HEADER || at + length > end) return -2;
    if (bytes[at] === METRIC) {
      if (length !== METRIC_LENGTH) return -2;
      if (found < 0) found = at;
    }
    at += length;
  }
  return found;
}

/** The metric of a canonical value; `undefined` if it holds none. */
export function aigpMetric(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const at = findMetric(bytes, start, end);
  if (at < 0) return undefined;
  return (BigInt(readU32(bytes, at + 3)) << 32n) | BigInt(readU32(bytes, at + 7));
}

/** A value that holds `metric` alone. */
export function encodeAigp(metric: bigint): Uint8Array {
  const value = new Uint8Array(METRIC_LENGTH);
  value[0] = METRIC;
  value[2] = METRIC_LENGTH;
  writeU32(value, 3, Number((metric >> 32n) & 0xffffffffn));
  writeU32(value, 7, Number(metric & 0xffffffffn));
  return value;
}

export const aigp: AttributeDescriptor = {
  code: AttributeCode.Aigp,
  name: 'AIGP',
  label: 'aigp',
  recognized: true,
  flagsFault: FLAGS_DISCARD,
  refuse: (options) => (options.aigp ? undefined : DISABLED),
  decode(scan, start, end) {
    if (start === end || findMetric(scan.bytes, start, end) === -2) return MALFORMED;
    scan.record.put(AttributeFlag.Optional, AttributeCode.Aigp, scan.bytes, start, end);
    return undefined;
  },
  format: (bytes, start, end) => `${aigpMetric(bytes, start, end) ?? '?'}`,
};
