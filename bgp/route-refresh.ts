/**
 * ROUTE-REFRESH (RFC 2918, with the subtypes of RFC 7313).
 *
 *     header 19   AFI 2   subtype 1   SAFI 1
 *
 * RFC 2918 calls the subtype octet reserved: without Enhanced Route Refresh every message is a plain request.
 */
import { readU16, writeU16 } from './bytes.ts';
import { ErrorCode, RouteRefreshSubcode } from './error-code.ts';
import { type AddressFamily, familyOf } from './family.ts';
import { HEADER_LENGTH, MessageType, writeHeader } from './message.ts';
import { NotificationError } from './notification.ts';

export const RefreshSubtype = {
  /** Send everything again. */
  Request: 0,
  /** BoRR: everything follows. */
  Begin: 1,
  /** EoRR: that was everything. */
  End: 2,
} as const;
export type RefreshSubtype = (typeof RefreshSubtype)[keyof typeof RefreshSubtype];

export interface RouteRefresh {
  readonly afi: number;
  readonly safi: number;
  /** `undefined` for a family that is not routed here. */
  readonly family: AddressFamily | undefined;
  readonly subtype: number;
  /** Why the message has to be ignored, for the log; '' if it counts. */
  readonly ignored: string;
}

const LENGTH = HEADER_LENGTH + 4;

/** `enhanced`: Enhanced Route Refresh was agreed. `[start, end)` is a whole message that framing let pass. */
export function decodeRouteRefresh(
  bytes: Uint8Array,
  start: number,
  end: number,
  enhanced: boolean,
): RouteRefresh | NotificationError {
  const at = start + HEADER_LENGTH;
  const afi = readU16(bytes, at);
  const safi = bytes[at + 3];
  const subtype = enhanced ? bytes[at + 2] : RefreshSubtype.Request;
  const whole = end - start === LENGTH;
  if (!whole && (subtype === RefreshSubtype.Begin || subtype === RefreshSubtype.End)) {
    // RFC 7313 section 5: with the complete message as data.
    const reason = `${end - start} octets with subtype ${subtype}`;
    return new NotificationError(
      ErrorCode.RouteRefresh,
      RouteRefreshSubcode.InvalidLength,
      bytes.slice(start, end),
      reason,
    );
  }
  let ignored = '';
  if (subtype > RefreshSubtype.End) ignored = `unknown subtype ${subtype}`;
  // RFC 5291 puts filters behind the SAFI; they were not offered, so they are not looked at.
  else if (!whole) ignored = 'route filters were not agreed';
  return { afi, safi, family: familyOf(afi, safi), subtype, ignored };
}

export function encodeRouteRefresh(family: AddressFamily, subtype: RefreshSubtype): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const at = writeHeader(bytes, 0, LENGTH, MessageType.RouteRefresh);
  writeU16(bytes, at, family.afi);
  bytes[at + 2] = subtype;
  bytes[at + 3] = family.safi;
  return bytes;
}
