/**
 * ORIGIN (1), RFC 4271 section 5.1.1: how the route entered BGP.
 *
 *     value 1 (0 IGP, 1 EGP, 2 INCOMPLETE)
 */
import { UpdateSubcode } from '../error-code.ts';
import { AttributeCode, AttributeFlag } from './code.ts';
import { type AttributeDescriptor, FLAGS_WITHDRAW, fault, UpdateVerdict } from './descriptor.ts';

export const Origin = { Igp: 0, Egp: 1, Incomplete: 2 } as const;
export type Origin = (typeof Origin)[keyof typeof Origin];

const NAMES: readonly string[] = ['IGP', 'EGP', 'Incomplete'];
const LENGTH = fault(UpdateVerdict.Withdraw, UpdateSubcode.AttributeLength, 'RFC 7606 7.1', 'length is not 1');
const VALUE = fault(UpdateVerdict.Withdraw, UpdateSubcode.InvalidOrigin, 'RFC 7606 7.1', 'value above 2');

export const origin: AttributeDescriptor = {
  code: AttributeCode.Origin,
  name: 'ORIGIN',
  label: 'origin',
  recognized: true,
  flagsFault: FLAGS_WITHDRAW,
  decode(scan, start, end) {
    if (end - start !== 1) return LENGTH;
    if (scan.bytes[start] > Origin.Incomplete) return VALUE;
    scan.record.put(AttributeFlag.Transitive, AttributeCode.Origin, scan.bytes, start, end);
    return undefined;
  },
  format: (bytes, start) => NAMES[bytes[start]] ?? `${bytes[start]}`,
};
