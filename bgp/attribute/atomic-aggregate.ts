/** ATOMIC_AGGREGATE (6), RFC 4271 section 5.1.6: the path of an aggregate lacks ASes. No value. */
import { UpdateSubcode } from '../error-code.ts';
import { AttributeCode, AttributeFlag } from './code.ts';
import { type AttributeDescriptor, FLAGS_DISCARD, fault, UpdateVerdict } from './descriptor.ts';

const LENGTH = fault(UpdateVerdict.Discard, UpdateSubcode.AttributeLength, 'RFC 7606 7.6', 'length is not 0');

export const atomicAggregate: AttributeDescriptor = {
  code: AttributeCode.AtomicAggregate,
  name: 'ATOMIC_AGGREGATE',
  label: 'atomic_aggr',
  recognized: true,
  flagsFault: FLAGS_DISCARD,
  decode(scan, start, end) {
    if (start !== end) return LENGTH;
    scan.record.put(AttributeFlag.Transitive, AttributeCode.AtomicAggregate, scan.bytes, start, end);
    return undefined;
  },
  format: () => '',
};
