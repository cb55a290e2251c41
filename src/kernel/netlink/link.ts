/**
 * RTM_NEWLINK, RTM_DELLINK and RTM_GETLINK: network interfaces (rtnetlink(7), linux/if_link.h).
 *
 *   ifinfomsg:  family u8, pad u8, device type u16, index s32, flags u32, change mask u32
 *   attributes: IFLA_IFNAME string, IFLA_MTU u32, IFLA_MASTER u32
 */
import { AttributeCursor, hostI32, hostU32, MessageType } from './wire.ts';
import type { MessageWriter } from './writer.ts';

const IFINFOMSG_LENGTH = 16;

const LinkAttribute = { Name: 3, Mtu: 4, Master: 10, ExtendedMask: 29 } as const;

/** net_device_flags (linux/if.h). */
export const LinkFlag = {
  Up: 0x1,
  Broadcast: 0x2,
  Loopback: 0x8,
  PointToPoint: 0x10,
  Multicast: 0x1000,
  /** Operational: the carrier is there and nothing else keeps the link down. */
  LowerUp: 0x10000,
  Running: 0x40,
} as const;

/** RTEXT_FILTER_SKIP_STATS: counters of every link would be most of a dump. */
const SKIP_STATS = 8;

/** A link message, decoded in place; filled again and again. */
export class LinkMessage {
  index = 0;
  flags = 0;
  name = '';
  mtu = 0;
  /** Index of the bridge, bond or VRF it belongs to; 0: none. */
  master = 0;
  /** The message tells of a bridge port or the like (family not AF_UNSPEC): the link itself did not change. */
  family = 0;
  readonly #attributes = new AttributeCursor();

  decode(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < IFINFOMSG_LENGTH) return false;
    this.family = bytes[start]!;
    this.index = hostI32(bytes, start + 4);
    this.flags = hostU32(bytes, start + 8);
    this.name = '';
    this.mtu = this.master = 0;
    const attributes = this.#attributes;
    attributes.open(bytes, start + IFINFOMSG_LENGTH, end);
    while (attributes.advance()) {
      switch (attributes.type) {
        case LinkAttribute.Name:
          this.name = cString(bytes, attributes.start, attributes.end);
          break;
        case LinkAttribute.Mtu:
          if (attributes.length < 4) return false;
          this.mtu = hostU32(bytes, attributes.start);
          break;
        case LinkAttribute.Master:
          if (attributes.length < 4) return false;
          this.master = hostU32(bytes, attributes.start);
          break;
      }
    }
    return !attributes.malformed && this.index > 0;
  }
}

/** Interface names are octets to the kernel; anything beyond ASCII is taken as Latin-1 and stays distinct. */
function cString(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end && bytes[at] !== 0; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

export function encodeDumpLinks(writer: MessageWriter, flags: number, sequence: number): void {
  writer.begin(MessageType.GetLink, flags, sequence);
  writer.octets(0, 0, 0, 0);
  writer.u32(0);
  writer.u32(0);
  writer.u32(0);
  writer.attributeU32(LinkAttribute.ExtendedMask, SKIP_STATS);
  writer.end();
}
