/**
 * What all BGP messages have in common (RFC 4271 section 4.1):
 *
 *     marker 16 (all ones)   length 2 (header included)   type 1
 */
import { writeU16 } from './bytes.ts';

export const MessageType = { Open: 1, Update: 2, Notification: 3, Keepalive: 4, RouteRefresh: 5 } as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

export const HEADER_LENGTH = 19;
export const MAX_MESSAGE_LENGTH = 4096;
/** RFC 8654; never for OPEN and KEEPALIVE. */
export const MAX_EXTENDED_MESSAGE_LENGTH = 65535;

/** Shortest message of each type, by type. */
const MIN_LENGTHS: readonly number[] = [0, 29, 23, 21, HEADER_LENGTH, 23];
const NAMES: readonly string[] = ['', 'OPEN', 'UPDATE', 'NOTIFICATION', 'KEEPALIVE', 'ROUTE-REFRESH'];

/** Octets that a message of a known type has at least; 0 for an unknown type. */
export function minMessageLength(type: number): number {
  return MIN_LENGTHS[type] ?? 0;
}

/** For people. */
export function messageTypeName(type: number): string {
  return NAMES[type] || `message type ${type}`;
}

/** Writes the header at `at`; returns the offset behind it. */
export function writeHeader(bytes: Uint8Array, at: number, length: number, type: MessageType): number {
  bytes.fill(0xff, at, at + 16);
  writeU16(bytes, at + 16, length);
  bytes[at + 18] = type;
  return at + HEADER_LENGTH;
}
