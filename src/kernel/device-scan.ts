/**
 * Keeps the InterfaceTable equal to the kernel's links and addresses: a dump at the beginning, at every `scan time` and
 * whenever notifications were lost, and notifications in between.
 *
 * Order: notifications are subscribed to before the first dump, so nothing falls between them. A notification that is
 * read while a dump runs may be newer or older than what the dump says: then nothing is concluded from what the dump
 * does not mention, and another one follows.
 */
import { constants } from 'node:os';
import { type Ip, ipBytes, isLinkLocal, RouteScope } from '../../bgp/index.ts';
import type { InterfaceTable } from '../../rib/index.ts';
import { AddressFlag, AddressMessage, encodeDumpAddresses } from './netlink/address.ts';
import { DumpQueue } from './netlink/dump.ts';
import { errnoText } from './netlink/error.ts';
import { encodeDumpLinks, LinkFlag, LinkMessage } from './netlink/link.ts';
import { NetlinkSocket } from './netlink/socket.ts';
import { MessageCursor, MessageType, RouteGroup } from './netlink/wire.ts';

const EVENT_BUFFER_OCTETS = 4 << 20;

/** Where interfaces come from; `DeviceScan` reads the kernel, tests fill the table by hand. */
export interface InterfaceSource {
  /** `ready` is called once, when the table is complete for the first time. */
  start(ready: () => void): void;
  /** Compares everything again, soon. */
  scan(): void;
  stop(): void;
}

export class DeviceScan implements InterfaceSource {
  readonly #interfaces: InterfaceTable;
  readonly #report: (text: string) => void;
  readonly #cursor = new MessageCursor();
  readonly #link = new LinkMessage();
  readonly #address = new AddressMessage();
  readonly #seenLinks = new Set<number>();
  readonly #seenAddresses = new Set<string>();
  #dumps: DumpQueue | undefined;
  #events: NetlinkSocket | undefined;
  #ready: (() => void) | undefined;
  #running = false;
  #again = false;
  #retry: NodeJS.Timeout | undefined;

  /** `report` hears of what does not work. */
  constructor(interfaces: InterfaceTable, report: (text: string) => void) {
    this.#interfaces = interfaces;
    this.#report = report;
  }

  start(ready: () => void): void {
    this.#ready = ready;
    this.#open();
  }

  scan(): void {
    if (this.#dumps === undefined) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    this.#again = false;
    this.#dumpLinks(this.#dumps);
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#events?.close();
    this.#dumps?.close();
    this.#events = undefined;
    this.#dumps = undefined;
    this.#ready = undefined;
    this.#running = false;
  }

  #open(): void {
    try {
      this.#events = new NetlinkSocket(
        {
          datagram: (bytes) => this.#notified(bytes),
          overrun: () => {
            this.#report('Kernel dropped some netlink messages, scanning interfaces again');
            this.scan();
          },
          failed: (error) => this.#lost(error),
        },
        {
          role: 'events',
          receiveBufferOctets: EVENT_BUFFER_OCTETS,
          groups: [RouteGroup.Link, RouteGroup.Ipv4Address, RouteGroup.Ipv6Address],
        },
      );
      this.#dumps = new DumpQueue((error) => this.#lost(error));
    } catch (error) {
      this.#lost(error as Error);
      return;
    }
    this.scan();
  }

  /** Without sockets nothing can be known; they are opened again until it works. */
  #lost(error: Error): void {
    this.#report(`Netlink: ${error.message}`);
    this.#events?.close();
    this.#dumps?.close();
    this.#events = undefined;
    this.#dumps = undefined;
    this.#running = false;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#open(), 1000);
    this.#retry.unref();
  }

  #dumpLinks(dumps: DumpQueue): void {
    dumps.run({
      request: encodeDumpLinks,
      begin: () => this.#seenLinks.clear(),
      entry: (message) => {
        if (message.type !== MessageType.NewLink) return;
        const link = this.#link;
        if (!link.decode(message.bytes, message.bodyStart, message.bodyEnd) || link.family !== 0) return;
        this.#seenLinks.add(link.index);
        this.#setLink(link);
      },
      done: (errno, text, consistent) => {
        if (dumps !== this.#dumps) return;
        if (errno !== 0) {
          this.#ended(errno, text);
          return;
        }
        if (consistent && !this.#again) this.#dropUnseenLinks();
        this.#dumpAddresses(dumps);
      },
    });
  }

  #dumpAddresses(dumps: DumpQueue): void {
    dumps.run({
      request: encodeDumpAddresses,
      begin: () => this.#seenAddresses.clear(),
      entry: (message) => {
        if (message.type !== MessageType.NewAddress) return;
        const address = this.#address;
        if (!address.decode(message.bytes, message.bodyStart, message.bodyEnd)) return;
        this.#seenAddresses.add(addressKey(address.index, address.address!, address.length, address.peer));
        this.#setAddress(address);
      },
      done: (errno, text, consistent) => {
        if (dumps !== this.#dumps) return;
        if (errno === 0 && consistent && !this.#again) this.#dropUnseenAddresses();
        this.#ended(errno, text);
      },
    });
  }

  #ended(errno: number, text: string): void {
    this.#running = false;
    if (errno !== 0) {
      this.#report(`Scanning interfaces failed: ${text || errnoText(errno)}`);
      if (errno !== constants.errno.EIO) this.#retry = setTimeout(() => this.scan(), 1000).unref();
      return;
    }
    const ready = this.#ready;
    this.#ready = undefined;
    ready?.();
    if (this.#again) this.scan();
  }

  #notified(bytes: Uint8Array): void {
    const cursor = this.#cursor;
    if (this.#running) this.#again = true;
    cursor.open(bytes);
    while (cursor.advance()) {
      const { bodyStart, bodyEnd } = cursor;
      switch (cursor.type) {
        case MessageType.NewLink:
        case MessageType.DelLink: {
          const link = this.#link;
          // Ports of a bridge are told of in another family: the link itself did not change.
          if (!link.decode(bytes, bodyStart, bodyEnd) || link.family !== 0) break;
          if (cursor.type === MessageType.NewLink) this.#setLink(link);
          else this.#interfaces.remove(link.index);
          break;
        }
        case MessageType.NewAddress:
          if (this.#address.decode(bytes, bodyStart, bodyEnd)) this.#setAddress(this.#address);
          break;
        case MessageType.DelAddress:
          if (this.#address.decode(bytes, bodyStart, bodyEnd)) this.#removeAddress();
          break;
      }
    }
  }

  #setLink(link: LinkMessage): void {
    this.#interfaces.set({
      index: link.index,
      name: link.name,
      up: (link.flags & LinkFlag.Up) !== 0,
      linkUp: (link.flags & LinkFlag.LowerUp) !== 0,
      loopback: (link.flags & LinkFlag.Loopback) !== 0,
      broadcast: (link.flags & LinkFlag.Broadcast) !== 0,
      multicast: (link.flags & LinkFlag.Multicast) !== 0,
      pointToPoint: (link.flags & LinkFlag.PointToPoint) !== 0,
      mtu: link.mtu,
      master: link.master,
    });
  }

  /** An address that duplicate address detection has not passed cannot be used, nor be relied on. */
  #setAddress(message: AddressMessage): void {
    if ((message.flags & (AddressFlag.Tentative | AddressFlag.DadFailed)) !== 0) {
      this.#removeAddress();
      return;
    }
    this.#interfaces.setAddress(message.index, {
      address: message.address!,
      length: message.length,
      scope: scopeOfAddress(message.address!),
      secondary: (message.flags & AddressFlag.Secondary) !== 0,
      peer: message.peer,
    });
  }

  #removeAddress(): void {
    const { index, address, length, peer } = this.#address;
    this.#interfaces.removeAddress(index, address!, length, peer);
  }

  #dropUnseenLinks(): void {
    for (const link of this.#interfaces.list()) {
      if (!this.#seenLinks.has(link.index)) this.#interfaces.remove(link.index);
    }
  }

  #dropUnseenAddresses(): void {
    for (const link of this.#interfaces.list()) {
      for (const { address, length, peer } of [...link.addresses]) {
        if (this.#seenAddresses.has(addressKey(link.index, address, length, peer))) continue;
        this.#interfaces.removeAddress(link.index, address, length, peer);
      }
    }
  }
}

function addressKey(index: number, address: Ip, length: number, peer: Ip | undefined): string {
  return `${index} ${address}/${length} ${peer ?? ''}`;
}

/**
 * How far an address is of use, told by its kind (RFC 1122, 1918, 3927, 4291, 4193; 240.0.0.0/4 counts as private):
 * what the kernel says of it is `global` for most.
 */
export function scopeOfAddress(ip: Ip): number {
  const bytes = ipBytes(ip);
  const [a, b] = [bytes[0]!, bytes[1]!];
  if (bytes.length === 4) {
    if (a === 127) return RouteScope.Host;
    if (a === 169 && b === 254) return RouteScope.Link;
    const isPrivate = a === 10 || a >= 240 || (a === 172 && b >> 4 === 1) || (a === 192 && b === 168);
    return isPrivate ? RouteScope.Site : RouteScope.Universe;
  }
  if (ip === '::1') return RouteScope.Host;
  if (isLinkLocal(ip)) return RouteScope.Link;
  const isSite = a >> 1 === 0x7e || (a === 0xfe && b >> 6 === 3);
  return isSite ? RouteScope.Site : RouteScope.Universe;
}
