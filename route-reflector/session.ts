/**
 * What export rules have to know of a BGP session, and nothing else: two sessions with equal facts are sent equal
 * octets and share an update group. Facts that differ between members of one group (the neighbour's address and name)
 * stay with the member. `src/peer` fills it when a session is established.
 */
import type { AddressFamily, Ip } from '../bgp/index.ts';

/** Which routes `next hop self` and `next hop keep` cover, by the session that brought them. */
export type NextHopMode = 'off' | 'ibgp' | 'ebgp' | 'all';

/** RFC 9234 section 4; the role of our end. */
export type LocalRole = 'provider' | 'rs_server' | 'rs_client' | 'customer' | 'peer';

export interface ExportSession {
  readonly family: AddressFamily;
  /** Same AS at both ends. */
  readonly internal: boolean;
  /** Internal, or a member of our confederation. */
  readonly interior: boolean;
  /** Our AS on this session; inside a confederation the member AS. */
  readonly localAs: number;
  /** Our AS as the outside sees it: the confederation identifier, or `localAs`. */
  readonly publicAs: number;
  /** The peer is our route reflection client. */
  readonly rrClient: boolean;
  /** Used when `rrClient`; unsigned. */
  readonly clusterId: number;
  /** The peer is a client of our route server (RFC 7947). */
  readonly rsClient: boolean;
  readonly nextHopSelf: NextHopMode;
  readonly nextHopKeep: NextHopMode;
  /**
   * Our own address as it goes into NEXT_HOP, of the version that the family asks for or, with `extendedNextHop`, of
   * the other one; `undefined` where we have none but perhaps `ownLinkLocal`. See `ownNextHop`.
   */
  readonly ownAddress: Ip | undefined;
  /** Our link-local address on the link to a directly connected peer. */
  readonly ownLinkLocal: Ip | undefined;
  /** How a next hop without a global address looks: `::` and it, it alone, it twice. */
  readonly linkLocalFormat: 'native' | 'single' | 'double';
  /** Interface of a directly connected peer; `undefined` for multihop. */
  readonly linkInterface: string | undefined;
  /** IPv4 routes may have IPv6 next hops (RFC 8950), IPv6 routes IPv4-mapped ones. */
  readonly extendedNextHop: boolean;
  /** LOCAL_PREF goes to external peers too. */
  readonly allowLocalPref: boolean;
  /** MULTI_EXIT_DISC of other ASes goes to external peers. */
  readonly allowMed: boolean;
  readonly defaultLocalPref: number;
  /** The session is about to go (RFC 8326): what it is sent carries GRACEFUL_SHUTDOWN, and LOCAL_PREF 0 where it may. */
  readonly gracefulShutdown: boolean;
  readonly aigp: 'off' | 'on' | 'originate';
  readonly localRole: LocalRole | undefined;
  /** NO_EXPORT and its like are obeyed. */
  readonly interpretCommunities: boolean;
  /**
   * The export filter sees routes as the session would carry them (BIRD 1). LOCAL_PREF is there on external sessions, too,
   * MED of others is 0 instead of gone, and `next hop keep` keeps gateways of routes that BGP did not bring.
   */
  readonly prepares: boolean;
  /** Both ends announced long-lived graceful restart (RFC 9494). */
  readonly llgrCapable: boolean;
}
