/**
 * Links and addresses of this machine as the RIB sees them: a plain model, fed by src/kernel from netlink, asked by the
 * next-hop table, the origins and `show interfaces`. Objects: counted in interfaces.
 */
import { type Ip, ipBytes, ipVersion, isLinkLocal, type Prefix, prefixCovers, prefixOf } from '../bgp/index.ts';

/** What rtnetlink says of a link, without its addresses. */
export interface LinkFacts {
  readonly index: number;
  readonly name: string;
  /** Administratively up (IFF_UP). */
  readonly up: boolean;
  /** Operationally up (IFF_LOWER_UP). */
  readonly linkUp: boolean;
  readonly loopback: boolean;
  readonly broadcast: boolean;
  readonly multicast: boolean;
  readonly pointToPoint: boolean;
  readonly mtu: number;
  /** Index of the bridge, bond or VRF it belongs to; 0: none. */
  readonly master: number;
}

export interface AddressFacts {
  readonly address: Ip;
  readonly length: number;
  /** RouteScope of the address. */
  readonly scope: number;
  /** IFA_F_SECONDARY: a further IPv4 address inside the prefix of another one. */
  readonly secondary: boolean;
  /** The other end of a point-to-point address. */
  readonly peer: Ip | undefined;
}

export interface InterfaceAddress extends AddressFacts {
  /** The connected prefix: of the address, or of the other end. */
  readonly prefix: Prefix;
}

export interface Interface extends LinkFacts {
  readonly addresses: readonly InterfaceAddress[];
}

interface MutableInterface extends Interface {
  addresses: InterfaceAddress[];
}

export class InterfaceTable {
  readonly #byIndex = new Map<number, MutableInterface>();
  readonly #byName = new Map<string, MutableInterface>();
  readonly #localAddresses = new Map<Ip, number>();
  readonly #listeners = new Set<() => void>();
  #version = 0;

  /** Grows with each change that says something new. */
  get version(): number {
    return this.#version;
  }

  /** Adds a link or takes over its new facts; addresses stay. */
  set(link: LinkFacts): void {
    const known = this.#byIndex.get(link.index);
    if (known !== undefined && sameLink(known, link)) return;
    if (known !== undefined && this.#byName.get(known.name) === known) this.#byName.delete(known.name);
    const facts: MutableInterface = {
      index: link.index,
      name: link.name,
      up: link.up,
      linkUp: link.linkUp,
      loopback: link.loopback,
      broadcast: link.broadcast,
      multicast: link.multicast,
      pointToPoint: link.pointToPoint,
      mtu: link.mtu,
      master: link.master,
      addresses: known?.addresses ?? [],
    };
    this.#byIndex.set(link.index, facts);
    this.#byName.set(link.name, facts);
    this.#changed();
  }

  remove(index: number): void {
    const known = this.#byIndex.get(index);
    if (known === undefined) return;
    for (const address of known.addresses) this.#countLocal(address.address, -1);
    this.#byIndex.delete(index);
    if (this.#byName.get(known.name) === known) this.#byName.delete(known.name);
    this.#changed();
  }

  /** Adds or replaces an address. An address of an unknown link is forgotten: its link message comes first. */
  setAddress(index: number, facts: AddressFacts): void {
    const link = this.#byIndex.get(index);
    if (link === undefined) return;
    const entry: InterfaceAddress = {
      address: facts.address,
      length: facts.length,
      scope: facts.scope,
      secondary: facts.secondary,
      peer: facts.peer,
      prefix: prefixOf(facts.peer ?? facts.address, facts.length),
    };
    const at = link.addresses.findIndex((other) => sameAddress(other, facts.address, facts.length, facts.peer));
    if (at >= 0) {
      const other = link.addresses[at];
      if (other.scope === facts.scope && other.secondary === facts.secondary) return;
      link.addresses[at] = entry;
    } else {
      link.addresses.push(entry);
      this.#countLocal(facts.address, 1);
    }
    this.#changed();
  }

  removeAddress(index: number, address: Ip, length: number, peer?: Ip): void {
    const link = this.#byIndex.get(index);
    const at = link?.addresses.findIndex((other) => sameAddress(other, address, length, peer)) ?? -1;
    if (link === undefined || at < 0) return;
    link.addresses.splice(at, 1);
    this.#countLocal(address, -1);
    this.#changed();
  }

  byName(name: string): Interface | undefined {
    return this.#byName.get(name);
  }

  byIndex(index: number): Interface | undefined {
    return this.#byIndex.get(index);
  }

  /** In the order of their indexes. */
  list(): readonly Interface[] {
    return [...this.#byIndex.values()].sort((a, b) => a.index - b.index);
  }

  /** True if packets to `ip` end in this machine. */
  isLocalAddress(ip: Ip): boolean {
    return this.#localAddresses.has(ip);
  }

  /**
   * The interface on whose link the neighbour `ip` is: the one with the longest connected prefix that covers it, or
   * the other end of a point-to-point address. Links that are down connect nothing. A link-local address says nothing
   * about its link and needs a name. Our own addresses, and the network and broadcast addresses of a prefix, are
   * nobody's neighbours.
   */
  connected(ip: Ip, interfaceName?: string): Interface | undefined {
    if (interfaceName !== undefined) {
      const link = this.#byName.get(interfaceName);
      if (link === undefined || !link.up) return undefined;
      if (isLinkLocal(ip)) return this.isLocalAddress(ip) ? undefined : link;
      return coverLength(link, ip, ipBytes(ip)) >= 0 ? link : undefined;
    }
    if (isLinkLocal(ip)) return undefined;
    const bytes = ipBytes(ip);
    let best: Interface | undefined;
    let bestLength = -1;
    for (const link of this.#byIndex.values()) {
      if (!link.up) continue;
      const length = coverLength(link, ip, bytes);
      if (length > bestLength) {
        best = link;
        bestLength = length;
      }
    }
    return best;
  }

  /** Calls `listener` after each change; returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #countLocal(address: Ip, step: 1 | -1): void {
    const count = (this.#localAddresses.get(address) ?? 0) + step;
    if (count > 0) this.#localAddresses.set(address, count);
    else this.#localAddresses.delete(address);
  }

  #changed(): void {
    this.#version++;
    for (const listener of this.#listeners) listener();
  }
}

/** Length of the longest connected prefix of the link that has `ip` as a neighbour; -1: none. */
function coverLength(link: Interface, ip: Ip, bytes: Uint8Array): number {
  let longest = -1;
  for (const entry of link.addresses) {
    if (entry.address === ip) return -1;
    if (entry.peer === ip) {
      longest = bytes.length * 8;
    } else if (entry.length > longest && prefixCovers(entry.prefix, bytes) && isHost(entry, bytes)) {
      longest = entry.length;
    }
  }
  return longest;
}

/** False for the all-zeros and all-ones host part of an IPv4 prefix shorter than /31 (RFC 1122 3.2.1.3, RFC 3021). */
function isHost(entry: InterfaceAddress, bytes: Uint8Array): boolean {
  if (ipVersion(entry.address) === 6 || entry.length >= 31) return true;
  const word = ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;
  const hostMask = entry.length === 0 ? 0xffff_ffff : 0xffff_ffff >>> entry.length;
  const host = (word & hostMask) >>> 0;
  return host !== 0 && host !== hostMask;
}

function sameAddress(entry: InterfaceAddress, address: Ip, length: number, peer: Ip | undefined): boolean {
  return entry.address === address && entry.length === length && entry.peer === peer;
}

function sameLink(a: LinkFacts, b: LinkFacts): boolean {
  return (
    a.name === b.name &&
    a.up === b.up &&
    a.linkUp === b.linkUp &&
    a.loopback === b.loopback &&
    a.broadcast === b.broadcast &&
    a.multicast === b.multicast &&
    a.pointToPoint === b.pointToPoint &&
    a.mtu === b.mtu &&
    a.master === b.master
  );
}
