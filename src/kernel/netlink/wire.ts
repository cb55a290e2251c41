/**
 * The framing that all netlink messages share (RFC 3549 section 2.3, linux/netlink.h): a datagram holds messages, a
 * message is a header, a fixed structure of its type, and attributes. Integers are in host byte order, everything is
 * aligned to four octets. Addresses inside attributes stay in network order.
 *
 *    0                   1                   2                   3
 *   +---------------------------------------------------------------+
 *   |                  length, header included                      |
 *   +-------------------------------+-------------------------------+
 *   |            type               |            flags              |
 *   +-------------------------------+-------------------------------+
 *   |                       sequence number                         |
 *   +---------------------------------------------------------------+
 *   |               port id of the requester, or 0                  |
 *   +---------------------------------------------------------------+
 *
 *   attribute:  length u16 (these four octets included), type u16, value, padding
 */
import { endianness } from 'node:os';

export const MESSAGE_HEADER_LENGTH = 16;
export const ATTRIBUTE_HEADER_LENGTH = 4;

export const MessageType = {
  Noop: 1,
  Error: 2,
  Done: 3,
  Overrun: 4,
  NewLink: 16,
  DelLink: 17,
  GetLink: 18,
  NewAddress: 20,
  DelAddress: 21,
  GetAddress: 22,
  NewRoute: 24,
  DelRoute: 25,
  GetRoute: 26,
} as const;

/** Flags; what a bit above 0xff means depends on the type of the message. */
export const MessageFlag = {
  Request: 0x001,
  Multi: 0x002,
  Ack: 0x004,
  /** The table changed while it was dumped: what was read is not one state. */
  DumpInterrupted: 0x010,
  /** GET: everything. */
  Dump: 0x300,
  /** NEW: take the place of what is there. Also set on the notification of such a change. */
  Replace: 0x100,
  /** NEW: fail with EEXIST if something is there. */
  Exclusive: 0x200,
  Create: 0x400,
  Append: 0x800,
  /** ERROR: the request is not repeated beyond its header. */
  Capped: 0x100,
  /** ERROR: attributes with the extended acknowledgement follow. */
  AckAttributes: 0x200,
} as const;

/** Multicast groups (enum rtnetlink_groups). */
export const RouteGroup = { Link: 1, Ipv4Address: 5, Ipv4Route: 7, Ipv6Address: 9, Ipv6Route: 11 } as const;

/** Address families as the kernel numbers them. */
export const AF_INET = 2;
export const AF_INET6 = 10;

/** The two upper bits of an attribute type are flags (NLA_F_NESTED, NLA_F_NET_BYTEORDER). */
const ATTRIBUTE_TYPE_MASK = 0x3fff;

const LITTLE_ENDIAN = endianness() === 'LE';

export function align4(length: number): number {
  return (length + 3) & ~3;
}

export function hostU16(bytes: Uint8Array, at: number): number {
  return LITTLE_ENDIAN ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at]! << 8) | bytes[at + 1]!;
}

export function hostU32(bytes: Uint8Array, at: number): number {
  return LITTLE_ENDIAN
    ? (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
    : networkU32(bytes, at);
}

export function hostI32(bytes: Uint8Array, at: number): number {
  return hostU32(bytes, at) | 0;
}

export function networkU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** A message inside a datagram, as offsets. One is reused by each reader. */
export class MessageCursor {
  bytes: Uint8Array = new Uint8Array(0);
  type = 0;
  flags = 0;
  sequence = 0;
  /** Who asked for it; 0: the kernel by itself. */
  port = 0;
  /** The fixed structure of the type and its attributes: `[bodyStart, bodyEnd)`. */
  bodyStart = 0;
  bodyEnd = 0;
  #next = 0;

  open(datagram: Uint8Array): void {
    this.bytes = datagram;
    this.#next = 0;
  }

  /** False at the end, and where the rest is no message. */
  advance(): boolean {
    const { bytes } = this;
    const start = this.#next;
    if (start + MESSAGE_HEADER_LENGTH > bytes.length) return false;
    const length = hostU32(bytes, start);
    if (length < MESSAGE_HEADER_LENGTH || length > bytes.length - start) return false;
    this.type = hostU16(bytes, start + 4);
    this.flags = hostU16(bytes, start + 6);
    this.sequence = hostU32(bytes, start + 8);
    this.port = hostU32(bytes, start + 12);
    this.bodyStart = start + MESSAGE_HEADER_LENGTH;
    this.bodyEnd = start + length;
    this.#next = start + align4(length);
    return true;
  }
}

/** Walks attributes: `while (cursor.advance()) switch (cursor.type)`. Values are `[start, end)`. */
export class AttributeCursor {
  type = 0;
  start = 0;
  end = 0;
  /** A length field did not fit; the walk stopped there. */
  malformed = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #next = 0;
  #limit = 0;

  open(bytes: Uint8Array, start: number, limit: number): void {
    this.#bytes = bytes;
    this.#next = start;
    this.#limit = limit;
    this.malformed = false;
  }

  advance(): boolean {
    const at = this.#next;
    const room = this.#limit - at;
    if (room < ATTRIBUTE_HEADER_LENGTH) {
      // Fewer than four octets after the last attribute are padding.
      return false;
    }
    const length = hostU16(this.#bytes, at);
    if (length < ATTRIBUTE_HEADER_LENGTH || length > room) {
      this.malformed = true;
      return false;
    }
    this.type = hostU16(this.#bytes, at + 2) & ATTRIBUTE_TYPE_MASK;
    this.start = at + ATTRIBUTE_HEADER_LENGTH;
    this.end = at + length;
    this.#next = at + align4(length);
    return true;
  }

  get length(): number {
    return this.end - this.start;
  }
}
