/**
 * NOTIFICATION (RFC 4271 section 4.5): the last message of a connection.
 *
 *     header 19   error code 1   error subcode 1   data ...
 *
 * `NotificationError` is the value that stands for one, whoever sends it. Decoders return it; nothing throws it. It
 * holds plain data only, so that reporting an error can never fail on what was wrong with the message.
 */
import { notificationText } from './error-code.ts';
import { HEADER_LENGTH, MAX_MESSAGE_LENGTH, MessageType, writeHeader } from './message.ts';

export const NO_DATA: Uint8Array = new Uint8Array(0);

export class NotificationError {
  readonly code: number;
  readonly subcode: number;
  /** Own copy: never a view of the peer's message or of a socket buffer. */
  readonly data: Uint8Array;
  /** For our log: what exactly was wrong. Not on the wire. '' if code and subcode say it all. */
  readonly reason: string;

  constructor(code: number, subcode: number, data: Uint8Array = NO_DATA, reason = '') {
    this.code = code;
    this.subcode = subcode;
    this.data = data;
    this.reason = reason;
  }

  /** `Malformed AS_PATH`, or with a reason `Malformed AS_PATH: segment of type 9`. */
  toString(): string {
    const text = notificationText(this.code, this.subcode);
    return this.reason === '' ? text : `${text}: ${this.reason}`;
  }
}

/** `maxLength`: 65535 only if the peer advertised Extended Message (RFC 8654 section 5). Longer data is cut. */
export function encodeNotification(notification: NotificationError, maxLength = MAX_MESSAGE_LENGTH): Uint8Array {
  const dataLength = Math.min(notification.data.length, maxLength - HEADER_LENGTH - 2);
  const bytes = new Uint8Array(HEADER_LENGTH + 2 + dataLength);
  const at = writeHeader(bytes, 0, bytes.length, MessageType.Notification);
  bytes[at] = notification.code;
  bytes[at + 1] = notification.subcode;
  bytes.set(notification.data.subarray(0, dataLength), at + 2);
  return bytes;
}

/** `[start, end)` is a whole message that framing let pass, so code and subcode are there. */
export function decodeNotification(bytes: Uint8Array, start: number, end: number): NotificationError {
  const at = start + HEADER_LENGTH;
  return new NotificationError(bytes[at], bytes[at + 1], bytes.slice(at + 2, end));
}
