/**
 * EXTENDED COMMUNITIES (16), RFC 4360: a set of typed tags. An unknown type is no error (RFC 7606 section 7.14).
 *
 *     type 1 or 2   value 7 or 6  ...
 */
import { formatCommunityList } from '../community.ts';
import { UpdateSubcode } from '../error-code.ts';
import { AttributeCode, knownFlags } from './code.ts';
import { putWordSet } from './community-set.ts';
import { type AttributeDescriptor, FLAGS_WITHDRAW, fault, UpdateVerdict } from './descriptor.ts';

const CODE = AttributeCode.ExtendedCommunities;
const LENGTH = fault(
  UpdateVerdict.Withdraw,
  UpdateSubcode.OptionalAttribute,
  'RFC 7606 7.14',
  'length is 0 or not a multiple of 8',
);

export const extendedCommunities: AttributeDescriptor = {
  code: CODE,
  name: 'EXTENDED COMMUNITIES',
  label: 'ext_community',
  recognized: true,
  flagsFault: FLAGS_WITHDRAW,
  decode(scan, start, end) {
    if (start === end || (end - start) % 8 !== 0) return LENGTH;
    putWordSet(scan, scan.keptFlags(CODE, knownFlags(CODE)), CODE, start, end, 2);
    return undefined;
  },
  format: (bytes, start, end) => formatCommunityList(bytes, start, end, 2),
};
