/**
 * CLUSTER_LIST (10), RFC 4456 section 8: the reflection clusters that the route has passed, newest first. An order, not a
 * set. Means nothing from outside.
 *
 *     cluster id 4  ...
 */
import { formatIp } from '../address.ts';
import { UpdateSubcode } from '../error-code.ts';
import { AttributeCode, AttributeFlag } from './code.ts';
import { type AttributeDescriptor, FLAGS_WITHDRAW, fault, UpdateVerdict } from './descriptor.ts';

const LENGTH = fault(
  UpdateVerdict.Withdraw,
  UpdateSubcode.AttributeLength,
  'RFC 7606 7.10',
  'length is 0 or not a multiple of 4',
);
const EXTERNAL = fault(UpdateVerdict.Discard, UpdateSubcode.AttributeLength, 'RFC 7606 7.10', 'from an external peer');

export const clusterList: AttributeDescriptor = {
  code: AttributeCode.ClusterList,
  name: 'CLUSTER_LIST',
  label: 'cluster_list',
  recognized: true,
  flagsFault: FLAGS_WITHDRAW,
  refuse: (options) => (options.internal ? undefined : EXTERNAL),
  decode(scan, start, end) {
    if (start === end || (end - start) % 4 !== 0) return LENGTH;
    scan.record.put(AttributeFlag.Optional, AttributeCode.ClusterList, scan.bytes, start, end);
    return undefined;
  },
  format(bytes, start, end) {
    const ids: string[] = [];
    for (let at = start; at + 4 <= end; at += 4) ids.push(formatIp(bytes, at, 4));
    return ids.join(' ');
  },
};
