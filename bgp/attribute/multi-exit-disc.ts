/**
 * MULTI_EXIT_DISC (4), RFC 4271 section 5.1.4: which of several links into the neighbour AS it prefers.
 *
 *     metric 4
 */
import { readU32 } from '../bytes.ts';
import { UpdateSubcode } from '../error-code.ts';
import { AttributeCode, AttributeFlag } from './code.ts';
import { type AttributeDescriptor, FLAGS_WITHDRAW, fault, UpdateVerdict } from './descriptor.ts';

const LENGTH = fault(UpdateVerdict.Withdraw, UpdateSubcode.AttributeLength, 'RFC 7606 7.4', 'length is not 4');

export const multiExitDisc: AttributeDescriptor = {
  code: AttributeCode.MultiExitDisc,
  name: 'MULTI_EXIT_DISC',
  label: 'med',
  recognized: true,
  flagsFault: FLAGS_WITHDRAW,
  decode(scan, start, end) {
    if (end - start !== 4) return LENGTH;
    scan.record.put(AttributeFlag.Optional, AttributeCode.MultiExitDisc, scan.bytes, start, end);
    return undefined;
  },
  format: (bytes, start) => `${readU32(bytes, start)}`,
};
