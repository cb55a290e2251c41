/**
 * Attributes that are not in the table: what becomes of them stands in their flags (RFC 4271 section 5 and section 9).
 * Optional transitive ones are kept octet by octet, whatever they hold, and never interpreted; optional non-transitive
 * ones are quietly left out; the others claim that everybody must know them.
 */
import { UpdateSubcode } from '../error-code.ts';
import { AttributeFlag } from './code.ts';
import { type AttributeFault, fault, UpdateVerdict } from './descriptor.ts';
import type { AttributeScan } from './scan.ts';

/** RFC 4271 would reset the session, which a speaker far away could then do at will; RFC 7606 section 3 speaks for this. */
const WELL_KNOWN = fault(
  UpdateVerdict.Withdraw,
  UpdateSubcode.UnrecognizedWellKnown,
  'RFC 4271 6.3',
  'unrecognized well-known attribute',
);

const RESERVED = fault(UpdateVerdict.Discard, UpdateSubcode.OptionalAttribute, 'RFC 7606 2', 'reserved type code');

const KEPT = AttributeFlag.Optional | AttributeFlag.Transitive | AttributeFlag.Partial;

export function decodeUnknown(scan: AttributeScan, code: number): AttributeFault | undefined {
  if (code === 0) return RESERVED;
  const flags = scan.flags(code);
  if ((flags & AttributeFlag.Optional) === 0) return WELL_KNOWN;
  if ((flags & AttributeFlag.Transitive) === 0) return undefined;
  scan.record.put(flags & KEPT, code, scan.bytes, scan.start(code), scan.end(code));
  return undefined;
}
