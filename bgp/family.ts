/**
 * Address families: the (AFI, SAFI) pairs of RFC 4760 that Peregrine routes.
 *
 * A family is one frozen object, compared with `===`. Code that meets a pair on the wire asks `familyOf`; a pair that
 * is not routed here gives `undefined` and stays two numbers.
 */

/** Address Family Identifiers (IANA address-family-numbers). */
export const Afi = { IPv4: 1, IPv6: 2 } as const;

/** Subsequent Address Family Identifiers (RFC 4760 section 6). */
export const Safi = { Unicast: 1, Multicast: 2 } as const;

/** BIRD's channel words for the families that are routed. */
export type FamilyName = 'ipv4' | 'ipv6';

export interface AddressFamily {
  readonly name: FamilyName;
  readonly afi: number;
  readonly safi: number;
  /** IP version of the NLRI. */
  readonly version: 4 | 6;
  /** Octets of an address. */
  readonly addressLength: 4 | 16;
  /** Longest prefix, in bits. */
  readonly maxPrefixLength: 32 | 128;
}

export const IPV4_UNICAST: AddressFamily = Object.freeze({
  name: 'ipv4',
  afi: Afi.IPv4,
  safi: Safi.Unicast,
  version: 4,
  addressLength: 4,
  maxPrefixLength: 32,
});

export const IPV6_UNICAST: AddressFamily = Object.freeze({
  name: 'ipv6',
  afi: Afi.IPv6,
  safi: Safi.Unicast,
  version: 6,
  addressLength: 16,
  maxPrefixLength: 128,
});

/** Every routed family, in the order in which OPEN announces them. */
export const FAMILIES: readonly AddressFamily[] = Object.freeze([IPV4_UNICAST, IPV6_UNICAST]);

/** The family of an (AFI, SAFI) pair, or `undefined` for one that is not routed here. */
export function familyOf(afi: number, safi: number): AddressFamily | undefined {
  if (safi !== Safi.Unicast) return undefined;
  return afi === Afi.IPv4 ? IPV4_UNICAST : afi === Afi.IPv6 ? IPV6_UNICAST : undefined;
}
