/**
 * AS4_PATH (17), RFC 6793 sections 3 and 6: the real numbers of a path that went through speakers of two-octet ones. Not
 * part of a record: it is merged into AS_PATH (as4-merge.ts) on receipt and made again for a peer that needs it.
 *
 *     segment:  type 1   count 1   count x AS number 4
 */
import { UpdateSubcode } from '../error-code.ts';
import { formatAsPath } from './as-path.ts';
import { checkSegments, holdsAsZero } from './as-path-check.ts';
import { AttributeCode } from './code.ts';
import { type AttributeDescriptor, type AttributeFault, FLAGS_DISCARD, fault, UpdateVerdict } from './descriptor.ts';

function discard(clause: string, text: string): AttributeFault {
  return fault(UpdateVerdict.Discard, UpdateSubcode.OptionalAttribute, clause, text);
}

const UNEXPECTED = discard('RFC 6793 6', 'from a peer that has four-octet AS numbers');
const MALFORMED = discard('RFC 6793 6', 'malformed path');
const ZERO = discard('RFC 7607 2', 'AS number 0');

/** `undefined` if the value is a path that can be merged. */
export function checkAs4Path(bytes: Uint8Array, start: number, end: number): AttributeFault | undefined {
  if (end - start < 6 || checkSegments(bytes, start, end, 4) !== undefined) return MALFORMED;
  return holdsAsZero(bytes, start, end) ? ZERO : undefined;
}

export const as4Path: AttributeDescriptor = {
  code: AttributeCode.As4Path,
  name: 'AS4_PATH',
  label: 'as4_path',
  recognized: true,
  flagsFault: FLAGS_DISCARD,
  decode: (scan, start, end) => (scan.options.as4 ? UNEXPECTED : checkAs4Path(scan.bytes, start, end)),
  format: formatAsPath,
};
