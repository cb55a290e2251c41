/**
 * What a Cease NOTIFICATION carries: why an operator ended the session (RFC 9003), which limit was hit (RFC 4486), or,
 * as a Hard Reset, another error inside (RFC 8538).
 */
import { formatHex, writeU16, writeU32 } from './bytes.ts';
import { CeaseSubcode, ErrorCode } from './error-code.ts';
import type { AddressFamily } from './family.ts';
import { NO_DATA, NotificationError } from './notification.ts';
import { decodeUtf8, encodeUtf8, escapeText } from './text.ts';

/** Octets of text that every receiver takes (RFC 8203); RFC 9003 raised it to 255 for those that know it. */
export const SHUTDOWN_TEXT_SAFE_OCTETS = 128;
export const SHUTDOWN_TEXT_MAX_OCTETS = 255;

/**
 * Data of Administrative Shutdown and Administrative Reset: `length 1   UTF-8 text`. Cut to `limit` octets at the
 * border of a character. No text, no data.
 */
export function encodeShutdownText(text: string, limit: number = SHUTDOWN_TEXT_SAFE_OCTETS): Uint8Array {
  const octets = encodeUtf8(text, Math.min(limit, SHUTDOWN_TEXT_MAX_OCTETS));
  if (octets.length === 0) return NO_DATA;
  const data = new Uint8Array(1 + octets.length);
  data[0] = octets.length;
  data.set(octets, 1);
  return data;
}

/** The peer's words, safe to print; in hexadecimal if they are not what RFC 9003 describes; '' if there are none. */
export function decodeShutdownText(data: Uint8Array): string {
  if (data.length === 0 || data[0] === 0) return '';
  const end = 1 + data[0];
  const text = end <= data.length ? decodeUtf8(data, 1, end) : undefined;
  return text === undefined ? `hex:${formatHex(data, 0, data.length, '')}` : escapeText(text);
}

/** True for the two subcodes whose data is a shutdown communication. */
export function carriesShutdownText(code: number, subcode: number): boolean {
  return (
    code === ErrorCode.Cease &&
    (subcode === CeaseSubcode.AdministrativeShutdown || subcode === CeaseSubcode.AdministrativeReset)
  );
}

/** Data of Maximum Number of Prefixes Reached: `AFI 2   SAFI 1   upper bound 4`. */
export function encodePrefixLimit(family: AddressFamily, upperBound: number): Uint8Array {
  const data = new Uint8Array(7);
  writeU16(data, 0, family.afi);
  data[2] = family.safi;
  writeU32(data, 3, upperBound);
  return data;
}

/** Puts an error into a Hard Reset: the peer must not keep our routes (RFC 8538 section 3.1). */
export function hardReset(inner: NotificationError): NotificationError {
  const data = new Uint8Array(2 + inner.data.length);
  data[0] = inner.code;
  data[1] = inner.subcode;
  data.set(inner.data, 2);
  return new NotificationError(ErrorCode.Cease, CeaseSubcode.HardReset, data, inner.reason);
}

export function isHardReset(notification: NotificationError): boolean {
  return notification.code === ErrorCode.Cease && notification.subcode === CeaseSubcode.HardReset;
}

/** The error inside a Hard Reset; the notification itself if it is none, or carries too little to hold one. */
export function innerError(notification: NotificationError): NotificationError {
  if (!isHardReset(notification) || notification.data.length < 2) return notification;
  return new NotificationError(notification.data[0], notification.data[1], notification.data.slice(2));
}
