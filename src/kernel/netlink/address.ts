/**
 * RTM_NEWADDR, RTM_DELADDR and RTM_GETADDR: addresses of interfaces (rtnetlink(7), linux/if_addr.h).
 *
 *   ifaddrmsg:  family u8, prefix length u8, flags u8, scope u8, interface index u32
 *   attributes: IFA_ADDRESS, IFA_LOCAL, IFA_FLAGS u32 (the flags again, all of them)
 *
 * On a point-to-point link IFA_LOCAL is the own address and IFA_ADDRESS the one opposite; on others they are equal, and
 * IPv6 sends IFA_ADDRESS alone.
 */
import { formatIp, type Ip } from '../../../bgp/index.ts';
import { AF_INET, AF_INET6, AttributeCursor, hostU32, MessageType } from './wire.ts';
import type { MessageWriter } from './writer.ts';

const IFADDRMSG_LENGTH = 8;

const AddressAttribute = { Address: 1, Local: 2, Flags: 8 } as const;

export const AddressFlag = {
  Secondary: 0x01,
  /** Duplicate address detection failed: the address is not ours. */
  DadFailed: 0x08,
  /** Duplicate address detection has not ended: it cannot be used yet. */
  Tentative: 0x40,
} as const;

/** An address message, decoded in place; filled again and again. */
export class AddressMessage {
  family = 0;
  length = 0;
  flags = 0;
  /** As rtm_scope: 0 universe, 253 link, 254 host. */
  scope = 0;
  index = 0;
  address: Ip | undefined = undefined;
  /** Other end of a point-to-point link; `undefined`: there is none. */
  peer: Ip | undefined = undefined;
  readonly #attributes = new AttributeCursor();

  decode(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < IFADDRMSG_LENGTH) return false;
    this.family = bytes[start]!;
    if (this.family !== AF_INET && this.family !== AF_INET6) return false;
    const addressLength = this.family === AF_INET ? 4 : 16;
    this.length = bytes[start + 1]!;
    if (this.length > 8 * addressLength) return false;
    this.flags = bytes[start + 2]!;
    this.scope = bytes[start + 3]!;
    this.index = hostU32(bytes, start + 4);
    let local: Ip | undefined;
    let address: Ip | undefined;
    const attributes = this.#attributes;
    attributes.open(bytes, start + IFADDRMSG_LENGTH, end);
    while (attributes.advance()) {
      switch (attributes.type) {
        case AddressAttribute.Address:
          if (attributes.length !== addressLength) return false;
          address = formatIp(bytes, attributes.start, addressLength);
          break;
        case AddressAttribute.Local:
          if (attributes.length !== addressLength) return false;
          local = formatIp(bytes, attributes.start, addressLength);
          break;
        case AddressAttribute.Flags:
          if (attributes.length < 4) return false;
          this.flags = hostU32(bytes, attributes.start);
          break;
      }
    }
    this.address = local ?? address;
    this.peer = local !== undefined && address !== undefined && local !== address ? address : undefined;
    return !attributes.malformed && this.address !== undefined;
  }
}

export function encodeDumpAddresses(writer: MessageWriter, flags: number, sequence: number): void {
  writer.begin(MessageType.GetAddress, flags, sequence);
  writer.octets(0, 0, 0, 0);
  writer.u32(0);
  writer.end();
}
