/**
 * LOCAL_PREF (5), RFC 4271 section 5.1.5: the AS's own degree of preference. Means nothing from outside.
 *
 *     preference 4
 */
import { readU32 } from '../bytes.ts';
import { UpdateSubcode } from '../error-code.ts';
import { AttributeCode, AttributeFlag } from './code.ts';
import { type AttributeDescriptor, FLAGS_WITHDRAW, fault, UpdateVerdict } from './descriptor.ts';
import type { AttributeScan } from './scan.ts';

const LENGTH = fault(UpdateVerdict.Withdraw, UpdateSubcode.AttributeLength, 'RFC 7606 7.5', 'length is not 4');
const EXTERNAL = fault(UpdateVerdict.Discard, UpdateSubcode.AttributeLength, 'RFC 7606 7.5', 'from an external peer');

export const localPref: AttributeDescriptor = {
  code: AttributeCode.LocalPref,
  name: 'LOCAL_PREF',
  label: 'local_pref',
  recognized: true,
  flagsFault: FLAGS_WITHDRAW,
  refuse: (options) =>
    options.internal || options.confederationMember || options.allowLocalPref ? undefined : EXTERNAL,
  decode(scan, start, end) {
    if (end - start !== 4) return LENGTH;
    scan.record.put(AttributeFlag.Transitive, AttributeCode.LocalPref, scan.bytes, start, end);
    return undefined;
  },
  format: (bytes, start) => `${readU32(bytes, start)}`,
};

/** What a route gets that came without, where the session has something to give. */
export function putDefaultLocalPref(scan: AttributeScan): void {
  const preference = scan.options.defaultLocalPref;
  if (preference >= 0) scan.record.putU32(AttributeFlag.Transitive, AttributeCode.LocalPref, preference);
}
