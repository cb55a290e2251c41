/**
 * ORIGINATOR_ID (9), RFC 4456 section 8: who brought the route into the AS. Means nothing from outside.
 *
 *     BGP identifier 4
 */
import { formatIp } from '../address.ts';
import { UpdateSubcode } from '../error-code.ts';
import { AttributeCode, AttributeFlag } from './code.ts';
import { type AttributeDescriptor, FLAGS_WITHDRAW, fault, UpdateVerdict } from './descriptor.ts';

const LENGTH = fault(UpdateVerdict.Withdraw, UpdateSubcode.AttributeLength, 'RFC 7606 7.9', 'length is not 4');
const EXTERNAL = fault(UpdateVerdict.Discard, UpdateSubcode.AttributeLength, 'RFC 7606 7.9', 'from an external peer');

export const originatorId: AttributeDescriptor = {
  code: AttributeCode.OriginatorId,
  name: 'ORIGINATOR_ID',
  label: 'originator_id',
  recognized: true,
  flagsFault: FLAGS_WITHDRAW,
  refuse: (options) => (options.internal ? undefined : EXTERNAL),
  decode(scan, start, end) {
    if (end - start !== 4) return LENGTH;
    scan.record.put(AttributeFlag.Optional, AttributeCode.OriginatorId, scan.bytes, start, end);
    return undefined;
  },
  format: (bytes, start) => formatIp(bytes, start, 4),
};
