/**
 * What a codec has to know of an established session: the outcome of capability negotiation (RFC 5492) and the kind of
 * the peer. Made once per session by `fsm/negotiation`; all fields always present, so that one shape reaches the codec.
 */
import { type AddressFamily, Afi, Safi } from './family.ts';

/** What the two ends agreed on for one family. */
export interface FamilyOptions {
  readonly family: AddressFamily;
  /** NLRI that we receive carry a path identifier (RFC 7911). */
  readonly addPathReceive: boolean;
  /** NLRI that we send carry a path identifier. */
  readonly addPathSend: boolean;
  /** IPv4 NLRI may have IPv6 next hops, both ways (RFC 8950). */
  readonly extendedNextHop: boolean;
}

export interface SessionOptions {
  /** Same AS at both ends (iBGP). */
  readonly internal: boolean;
  /** The peer is inside our confederation, in our member AS or another (RFC 5065): AS_CONFED segments are legal. */
  readonly confederationMember: boolean;
  readonly localAs: number;
  readonly peerAs: number;
  /** The peer's BGP Identifier, as an unsigned 32-bit number. */
  readonly peerId: number;
  /** AS numbers in AS_PATH and AGGREGATOR are four octets wide (RFC 6793). */
  readonly as4: boolean;
  /** Longest message that the peer may send: 4096, or 65535 when we advertised Extended Message (RFC 8654). */
  readonly maxReceiveLength: number;
  /** Longest message that we may send: 65535 only when the peer advertised it. */
  readonly maxSendLength: number;
  /** `undefined` where the family was not agreed. */
  readonly ipv4: FamilyOptions | undefined;
  readonly ipv6: FamilyOptions | undefined;
  /** BIRD `enforce first as`. */
  readonly enforceFirstAs: boolean;
  /** BIRD `allow bgp_local_pref`: LOCAL_PREF is carried on external sessions. */
  readonly allowLocalPref: boolean;
  /** BIRD `allow as sets`; false makes AS_SET and AS_CONFED_SET treat-as-withdraw (RFC 9774). */
  readonly allowAsSets: boolean;
  /** BIRD `aigp`: AIGP is accepted (RFC 7311). */
  readonly aigp: boolean;
  /** LOCAL_PREF for routes that arrive without (BIRD `default bgp_local_pref`); -1: they stay without. */
  readonly defaultLocalPref: number;
  /** Our role towards the peer (RFC 9234, bgp/capability/role.ts); -1: none configured, OTC is left alone. */
  readonly localRole: number;
  /** The interface towards the peer is known (a direct session), so that link-local next hops mean something. */
  readonly linkScope: boolean;
}

/** What was agreed for an (AFI, SAFI) pair on the wire; `undefined` if nothing was. */
export function sessionFamily(options: SessionOptions, afi: number, safi: number): FamilyOptions | undefined {
  if (safi !== Safi.Unicast) return undefined;
  return afi === Afi.IPv4 ? options.ipv4 : afi === Afi.IPv6 ? options.ipv6 : undefined;
}
