/**
 * COMMUNITIES (8), RFC 1997: a set of tags.
 *
 *     community 4  ...
 */
import { formatCommunityList } from '../community.ts';
import { UpdateSubcode } from '../error-code.ts';
import { AttributeCode, knownFlags } from './code.ts';
import { putWordSet } from './community-set.ts';
import { type AttributeDescriptor, FLAGS_WITHDRAW, fault, UpdateVerdict } from './descriptor.ts';

const CODE = AttributeCode.Communities;
const LENGTH = fault(
  UpdateVerdict.Withdraw,
  UpdateSubcode.OptionalAttribute,
  'RFC 7606 7.8',
  'length is 0 or not a multiple of 4',
);

export const communities: AttributeDescriptor = {
  code: CODE,
  name: 'COMMUNITIES',
  label: 'community',
  recognized: true,
  flagsFault: FLAGS_WITHDRAW,
  decode(scan, start, end) {
    if (start === end || (end - start) % 4 !== 0) return LENGTH;
    putWordSet(scan, scan.keptFlags(CODE, knownFlags(CODE)), CODE, start, end, 1);
    return undefined;
  },
  format: (bytes, start, end) => formatCommunityList(bytes, start, end, 1),
};
