/**
 * Which NEXT_HOP a route is sent with (RFC 4271 section 5.1.3, RFC 2545 section 3, RFC 8950). In this order:
 *
 *     next hop self covers the source        our own address
 *     next hop keep covers the source        as it is
 *     the export filter wrote it             as it is
 *     interior peer                          as it is
 *     both sessions on the same link         as it is (third party)
 *     one global gateway, and interior peer or peer on the gateway's link      the gateway
 *     otherwise                              our own address
 *
 * A next hop that the session cannot carry, or that means nothing beyond the link it was heard on, is never "as it is"
 * unless the operator said so. Values are octets as in the attribute record: 4, 16, or 32 with the link-local address;
 * the encoder makes IPv4-mapped ones where an IPv6 route goes to an IPv4 next hop.
 */
import { type AddressFamily, type Ip, ipBytes, ipVersion, isLinkLocal } from '../bgp/index.ts';
import { AdvertisementReason, type OutgoingRoute, type RouteSource } from '../rib/index.ts';
import type { ExportSession, NextHopMode } from './session.ts';

/** Distinct gateways are few; their octets are kept, up to this many. */
const GATEWAY_MEMO = 1024;

/** The decision of one session; the fields hold the last answer. */
export class NextHopRule {
  /** Octets `[start, end)` of `bytes` are the value to send. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** We put ourselves: AIGP grows by what lies behind us (RFC 7311 section 3.4). */
  own = false;
  readonly #session: ExportSession;
  readonly #own: Uint8Array | undefined;
  readonly #gateways = new Map<Ip, Uint8Array>();

  constructor(session: ExportSession) {
    this.#session = session;
    this.#own = ownNextHopOctets(session);
  }

  /** `[start, end)` of the route's octets: the value of its NEXT_HOP; both 0 if it has none. */
  decide(route: OutgoingRoute, start: number, end: number): AdvertisementReason {
    this.own = false;
    const bgp = route.source.bgp;
    if (covers(this.#session.nextHopSelf, bgp)) return this.putOwn();
    if (end > start) {
      const configured = covers(this.#session.nextHopKeep, bgp) || route.nextHopWritten;
      const sameLink = bgp !== undefined && this.#sharesLink(bgp);
      if (configured) return this.#keep(route.bytes, start, end, true);
      if (this.#canPassOn(route.bytes, start, end, sameLink)) return this.#keep(route.bytes, start, end, sameLink);
    }
    const gateway = this.#usableGateway(route);
    if (gateway !== undefined) return this.#putGateway(gateway);
    return this.putOwn();
  }

  /** Both sessions are one hop long on the same link. */
  #sharesLink(source: NonNullable<RouteSource['bgp']>): boolean {
    const link = this.#session.linkInterface;
    return link !== undefined && !source.multihop && source.linkInterface === link;
  }

  #canPassOn(bytes: Uint8Array, start: number, end: number, sameLink: boolean): boolean {
    if (!this.#carries(end - start === 4 ? 4 : 6)) return false;
    if (sameLink) return true;
    return this.#session.interior && hasGlobal(bytes, start, end);
  }

  #carries(version: 4 | 6): boolean {
    return version === this.#session.family.version || this.#session.extendedNextHop;
  }

  #keep(bytes: Uint8Array, start: number, end: number, withLinkLocal: boolean): AdvertisementReason {
    if (!this.#carries(end - start === 4 ? 4 : 6) || isZero(bytes, start, end))
      return AdvertisementReason.InvalidNextHop;
    const length = end - start === 32 && !withLinkLocal ? 16 : end - start;
    return this.put(bytes, start, start + length);
  }

  /** The gateway of a route that has exactly one, with a global address that the session can carry. */
  #usableGateway(route: OutgoingRoute): Ip | undefined {
    const session = this.#session;
    const kept = session.prepares && session.nextHopKeep === 'all' && route.source.bgp === undefined;
    // Without a common link only interior peers may be pointed at a gateway of ours.
    if (!kept && !session.interior && session.linkInterface === undefined) return undefined;
    const forwarding = route.forwarding();
    if (forwarding.kind !== 'unicast' || forwarding.hops.length !== 1) return undefined;
    const hop = forwarding.hops[0]!;
    if (hop.gateway === undefined || isLinkLocal(hop.gateway) || !this.#carries(ipVersion(hop.gateway))) {
      return undefined;
    }
    return kept || session.interior || hop.interfaceName === session.linkInterface ? hop.gateway : undefined;
  }

  #putGateway(gateway: Ip): AdvertisementReason {
    let octets = this.#gateways.get(gateway);
    if (octets === undefined) {
      octets = ipBytes(gateway);
      if (this.#gateways.size >= GATEWAY_MEMO) this.#gateways.clear();
      this.#gateways.set(gateway, octets);
    }
    return this.put(octets, 0, octets.length);
  }

  /** Our own address. */
  putOwn(): AdvertisementReason {
    if (this.#own === undefined) return AdvertisementReason.InvalidNextHop;
    this.own = true;
    return this.put(this.#own, 0, this.#own.length);
  }

  /** These octets. */
  put(bytes: Uint8Array, start: number, end: number): AdvertisementReason {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    return AdvertisementReason.None;
  }
}

/**
 * The address that we put as next hop: the configured one, else the session's source address, else an address of the
 * link. It has the version that the family wants; with `extendedNextHop` the other one will do, and for IPv4 routes an
 * IPv6 source address comes before IPv4 addresses of the link: it is what RFC 8950 was agreed on for.
 */
export function ownNextHop(
  family: AddressFamily,
  extendedNextHop: boolean,
  candidates: {
    readonly configured: Ip | undefined;
    readonly source: Ip;
    /** Global addresses of the interface to a directly connected peer. */
    readonly onLink: readonly Ip[];
  },
): Ip | undefined {
  const carried = (ip: Ip): boolean => ipVersion(ip) === family.version || extendedNextHop;
  if (candidates.configured !== undefined && carried(candidates.configured)) return candidates.configured;
  const { source } = candidates;
  const fits = ipVersion(source) === family.version || (family.version === 4 && extendedNextHop);
  if (fits && !isLinkLocal(source)) return source;
  const global = [source, ...candidates.onLink].filter((ip) => !isLinkLocal(ip));
  return global.find((ip) => ipVersion(ip) === family.version) ?? global.find(carried);
}

/** True if `mode` covers routes of that source; only BGP brings routes that `ibgp` or `ebgp` could mean. */
export function covers(mode: NextHopMode, source: RouteSource['bgp']): boolean {
  switch (mode) {
    case 'off':
      return false;
    case 'all':
      return true;
    case 'ibgp':
      return source?.internal === true;
    case 'ebgp':
      return source?.internal === false;
  }
}

function ownNextHopOctets(session: ExportSession): Uint8Array | undefined {
  const { family, ownAddress, extendedNextHop } = session;
  const linkLocal = session.linkInterface === undefined ? undefined : session.ownLinkLocal;
  if (ownAddress !== undefined) {
    const version = ipVersion(ownAddress);
    if (version !== family.version && !extendedNextHop) return undefined;
    if (version === 6) return pair(ipBytes(ownAddress), linkLocal);
    return ipBytes(ownAddress);
  }
  if (linkLocal === undefined || (family.version === 4 && !extendedNextHop)) return undefined;
  const alone = ipBytes(linkLocal);
  if (session.linkLocalFormat === 'single') return alone;
  return pair(session.linkLocalFormat === 'double' ? alone : new Uint8Array(16), linkLocal);
}

function pair(global: Uint8Array, linkLocal: Ip | undefined): Uint8Array {
  if (linkLocal === undefined) return global;
  const octets = new Uint8Array(32);
  octets.set(global);
  octets.set(ipBytes(linkLocal), 16);
  return octets;
}

/** False for the unspecified address and for one that is link-local, alone or in both places. */
function hasGlobal(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start === 4 ? 4 : 16;
  if (isZero(bytes, start, start + length)) return false;
  return length === 4 || !(bytes[start] === 0xfe && (bytes[start + 1]! & 0xc0) === 0x80);
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}
