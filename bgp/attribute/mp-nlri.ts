/** What MP_REACH_NLRI and MP_UNREACH_NLRI have in common: the family in front and prefixes at the end (RFC 4760). */
import { UpdateSubcode } from '../error-code.ts';
import type { NlriField } from '../nlri/field.ts';
import type { FamilyOptions } from '../session-options.ts';
import { type AttributeFault, fault, UpdateVerdict } from './descriptor.ts';
import type { AttributeScan } from './scan.ts';

/** RFC 4760 section 7 and RFC 7606 sections 5.3 and 7.11 leave only a reset: the prefixes cannot be found. */
export function unusable(text: string): AttributeFault {
  return fault(UpdateVerdict.Reset, UpdateSubcode.OptionalAttribute, 'RFC 7606 5.3', text);
}

export const MP_FLAGS = unusable('wrong attribute flags');

/** A peer far away may have made it, so it costs nothing but a line in the log. */
export const NOT_AGREED = fault(
  UpdateVerdict.Ok,
  UpdateSubcode.OptionalAttribute,
  'RFC 4760 7',
  'family was not agreed on and is ignored',
);

const PREFIX_LENGTH = unusable('prefix length is too long for the family');
const TRUNCATED = unusable('last prefix is cut off');

/** Checks the prefixes and fills `field`. */
export function readNlri(
  scan: AttributeScan,
  field: NlriField,
  start: number,
  end: number,
  family: FamilyOptions,
): AttributeFault | undefined {
  const check = scan.nlriScan;
  if (!check.run(scan.bytes, start, end, family.addPathReceive, family.family.version)) {
    return check.fault === 'truncated' ? TRUNCATED : PREFIX_LENGTH;
  }
  field.set(start, end, family, check);
  return undefined;
}
