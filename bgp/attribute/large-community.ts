/**
 * LARGE_COMMUNITY (32), RFC 8092: a set of tags that have room for a four-octet AS number. Repetitions are removed
 * without a word (section 5).
 *
 *     global administrator 4   local data 4   local data 4  ...
 */
import { formatCommunityList } from '../community.ts';
import { UpdateSubcode } from '../error-code.ts';
import { AttributeCode, knownFlags } from './code.ts';
import { putWordSet } from './community-set.ts';
import { type AttributeDescriptor, FLAGS_WITHDRAW, fault, UpdateVerdict } from './descriptor.ts';

const CODE = AttributeCode.LargeCommunity;
const LENGTH = fault(
  UpdateVerdict.Withdraw,
  UpdateSubcode.OptionalAttribute,
  'RFC 8092 6',
  'length is 0 or not a multiple of 12',
);

export const largeCommunity: AttributeDescriptor = {
  code: CODE,
  name: 'LARGE_COMMUNITY',
  label: 'large_community',
  recognized: true,
  flagsFault: FLAGS_WITHDRAW,
  decode(scan, start, end) {
    if (start === end || (end - start) % 12 !== 0) return LENGTH;
    putWordSet(scan, scan.keptFlags(CODE, knownFlags(CODE)), CODE, start, end, 3);
    return undefined;
  },
  format: (bytes, start, end) => formatCommunityList(bytes, start, end, 3),
};
