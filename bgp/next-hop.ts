/**
 * Where packets of a route go, as a value: the vocabulary that origins, filters, the RIB and the kernel share.
 * Counted in next hops, never in routes; the RIB interns them and routes carry an id.
 */
import type { Ip } from './address.ts';

/** One way out of this machine. */
export interface Hop {
  /** `undefined` for a route straight onto the link. */
  readonly gateway: Ip | undefined;
  /** `undefined` while the interface has to be found from the gateway (a directly connected neighbour). */
  readonly interfaceName: string | undefined;
  /** 1..256, relative to the other hops (RFC 2992 style multipath). */
  readonly weight: number;
  /** The gateway is reachable on the interface though no prefix covers it (RTNH_F_ONLINK). */
  readonly onlink: boolean;
}

/** A gateway that still has to be resolved, by the interfaces or through another table. */
export interface GatewayNextHop {
  readonly kind: 'gateway';
  /** The BGP NEXT_HOP, or the address of a recursive static route. */
  readonly address: Ip;
  /** Link-local companion of an IPv6 next hop (RFC 2545 section 3). */
  readonly linkLocal: Ip | undefined;
  /** Interface of a link-local or interface-bound peer. */
  readonly interfaceName: string | undefined;
  /** BIRD `gateway direct` or `gateway recursive`. */
  readonly resolve: 'direct' | 'recursive';
  /** Table in which a recursive gateway is looked up; '' for direct ones. */
  readonly igpTable: string;
}

export interface HopsNextHop {
  readonly kind: 'hops';
  readonly hops: readonly Hop[];
}

/** Packets are not forwarded. Kinds as in the Linux route types of the same names. */
export interface NullNextHop {
  readonly kind: 'blackhole' | 'unreachable' | 'prohibit';
}

export type NextHop = GatewayNextHop | HopsNextHop | NullNextHop;
