/**
 * What one node is to do, as a plan without text: sessions, static routes, rules of filters, and who is not a peer and
 * why. Printing and running it are two readings of the same plan.
 */
import type { Ip, Prefix } from '../../../bgp/index.ts';
import type { ProgramClusterRoutes } from '../resource/bgp-configuration.ts';
import type { FilterRule } from '../resource/bgp-filter.ts';
import type { Community } from '../resource/community.ts';

export type SessionKind = 'Mesh' | 'Global' | 'Node' | 'Local_Workload';

/** The resource that something comes from: `BGPPeer/rack-1`, `BGPConfiguration/default`. */
export type Origin = string;

export interface Session {
  readonly kind: SessionKind;
  readonly name: string;
  readonly origin: Origin;
  /** The node on the other side, where it is one. */
  readonly peerNode: string | undefined;
  readonly address: Ip;
  readonly port: number | undefined;
  readonly peerAs: number;
  /** Our AS on this session, where it is said for it alone. */
  readonly localAs: number | undefined;
  /** Both sides are of one AS. */
  readonly internal: boolean;
  readonly sourceAddress: Ip | undefined;
  /** Hops; 0: off. */
  readonly ttlSecurity: number;
  readonly passive: boolean;
  readonly restartTime: number | undefined;
  readonly keepaliveTime: number | undefined;
  /** Not `undefined`: the peer is a client of us, in this cluster. */
  readonly clusterId: string | undefined;
  readonly password: string | undefined;
  readonly nextHop: 'keep' | 'self' | undefined;
  readonly allowLocalAs: number;
  /** Functions of BGPFilters, in the order in which they are asked. */
  readonly importFilters: readonly FilterFunction[];
  readonly exportFilters: readonly FilterFunction[];
}

/** The rules of one BGPFilter for one direction and family. */
export interface FilterFunction {
  readonly filter: string;
  /** The name in the language of filters. */
  readonly name: string;
  /** A rule asks whether both sides are of one AS. */
  readonly asksSameAs: boolean;
  readonly rules: readonly FilterRule[];
}

export interface StaticRoute {
  readonly prefix: Prefix;
  /** `undefined`: blackhole. */
  readonly via: Ip | undefined;
  readonly origin: Origin;
}

export type PoolRule = 'vxlan' | 'felix' | 'tunnel' | 'tunnel-across-subnets' | 'accept';

export interface PoolPlan {
  readonly cidr: Prefix;
  readonly exported: boolean;
  readonly rule: PoolRule;
  readonly origin: Origin;
}

export interface BlockPlan {
  readonly cidr: Prefix;
  readonly state: 'confirmed' | 'pendingDeletion';
  readonly origin: Origin;
}

export interface FamilyPlan {
  readonly version: 4 | 6;
  /** `undefined`: the node takes no part in the family. */
  readonly address: Ip | undefined;
  readonly network: Prefix | undefined;
  readonly sessions: readonly Session[];
  readonly blocks: readonly BlockPlan[];
  readonly staticRoutes: readonly StaticRoute[];
  /** Service ranges and addresses that are announced to everybody. */
  readonly announced: readonly Prefix[];
  /** Service ranges that never go into the own kernel. */
  readonly rejected: readonly Prefix[];
  /** What a reflector passes on besides pools. */
  readonly reflected: readonly Prefix[];
  readonly pools: readonly PoolPlan[];
  readonly communities: readonly { readonly cidr: Prefix; readonly values: readonly Community[] }[];
  /** BGP next hops that WireGuard reaches. */
  readonly wireguardPeers: readonly Ip[];
  readonly functions: readonly FilterFunction[];
  readonly normalPriority: number;
}

/** Someone who might be expected among the peers, and why it is not there, or not quite so. */
export interface PlanNote {
  readonly subject: string;
  readonly version: 4 | 6 | undefined;
  readonly reason: string;
}

export interface NodePlan {
  readonly node: string;
  readonly asNumber: number;
  /** Text of an IPv4 address. */
  readonly routerId: Ip;
  /** Not empty: this node is a reflector. */
  readonly clusterId: string;
  readonly logLevel: 'debug' | 'info' | 'none';
  readonly listenPort: number | undefined;
  readonly bindToNodeIp: boolean;
  readonly ignoredInterfaces: readonly string[];
  readonly programs: ProgramClusterRoutes;
  readonly families: readonly [FamilyPlan, FamilyPlan];
  readonly notes: readonly PlanNote[];
}
