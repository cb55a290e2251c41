/**
 * What a row of the attribute table is, and how decoding an attribute ends: with nothing, or with a fault. Faults are
 * constants, so that even a stream of bad messages allocates only what is put on record about them.
 */
import { UpdateSubcode } from '../error-code.ts';
import type { SessionOptions } from '../session-options.ts';
import type { AttributeScan } from './scan.ts';

/**
 * What an UPDATE, or one thing in it, deserves; the strongest of all faults in it counts (RFC 7606 section 3 h). The
 * fourth answer of RFC 7606, to disable the address family, is not offered: it is optional and a reset is always legal.
 */
export const UpdateVerdict = {
  /** Apply everything. As the action of a problem: worth a line in the log, without consequence. */
  Ok: 0,
  /** The attribute is left out, the rest is applied. */
  Discard: 1,
  /** Everything reachable in the UPDATE is withdrawn. */
  Withdraw: 2,
  /** NOTIFICATION, and the session ends; nothing of the UPDATE is applied. */
  Reset: 3,
} as const;
export type UpdateVerdict = (typeof UpdateVerdict)[keyof typeof UpdateVerdict];

export interface AttributeFault {
  readonly action: UpdateVerdict;
  /** Subcode of the NOTIFICATION, where it comes to that (RFC 7606 section 5.2). */
  readonly subcode: number;
  /** Where it is written. */
  readonly clause: string;
  readonly text: string;
  /** The attribute is well formed, but no route can be used with it: without routes there is no fault. */
  readonly ofRoutes: boolean;
}

export function fault(action: UpdateVerdict, subcode: number, clause: string, text: string): AttributeFault {
  return Object.freeze({ action, subcode, clause, text, ofRoutes: false });
}

/**
 * A well-formed attribute with which routes are withdrawn: by their meaning (RFC 4271 section 6.3 forbids a NOTIFICATION
 * for that) or by a choice of ours. A message without routes is not to end a session over it.
 */
export function routeFault(subcode: number, clause: string, text: string): AttributeFault {
  return Object.freeze({ action: UpdateVerdict.Withdraw, subcode, clause, text, ofRoutes: true });
}

export interface AttributeDescriptor {
  readonly code: number;
  /** The name in the RFCs. */
  readonly name: string;
  /** BIRD's display name, without the `BGP.` in front; '' for one that is shown like an unknown attribute. */
  readonly label: string;
  /** False: only its framing is checked; it travels as an unrecognised attribute does. */
  readonly recognized: boolean;
  /** The answer to the attribute's mere presence on a session, before anything of it is looked at. */
  readonly refuse?: (options: SessionOptions) => AttributeFault | undefined;
  /** Answer to wrong Optional or Transitive bits (RFC 7606 section 3 c, f). */
  readonly flagsFault: AttributeFault;
  /**
   * Validates the value `[start, end)` of `scan.bytes` and, if it counts, writes the attribute in canonical form to
   * `scan.record`. Attributes are called in ascending order of their codes.
   */
  decode(scan: AttributeScan, start: number, end: number): AttributeFault | undefined;
  /** The canonical value as `show route all` prints it. */
  format(bytes: Uint8Array, start: number, end: number): string;
}

export const FLAGS_WITHDRAW = fault(
  UpdateVerdict.Withdraw,
  UpdateSubcode.AttributeFlags,
  'RFC 7606 3(c)',
  'wrong attribute flags',
);

export const FLAGS_DISCARD = fault(
  UpdateVerdict.Discard,
  UpdateSubcode.AttributeFlags,
  'RFC 7606 3(f)',
  'wrong attribute flags',
);
