/**
 * The port between tables and export rules: may a peer hear a route, and with which attributes? `route-reflector`
 * implements `Advertisement`, one object for all sessions that would be sent the same octets; update groups ask it.
 *
 *     admits -> export filter -> rewrite             (refusals carry an `AdvertisementReason`, for the CLI to show)
 *     admits -> rewrite -> export filter -> finish   where the filter is to see what the session would carry (BIRD 1)
 *
 * Cost: both questions depend on the attribute set and the class of the source alone, never on the prefix, so a group
 * asks once per attribute set and keeps the answer.
 */
import type { NextHop } from '../bgp/index.ts';
import type { Forwarding } from './next-hop-table.ts';
import type { RouteSource } from './route-source.ts';

/** Why a route is not sent, or not taken over by a channel. The first ones are found before the export filter. */
export const AdvertisementReason = {
  None: 0,
  /** The route came from the neighbour itself (split horizon). */
  OwnRoute: 1,
  /** iBGP to iBGP, and neither end is a client (RFC 4456 section 6). */
  InternalToInternal: 2,
  /** CLUSTER_LIST holds our cluster id (RFC 4456 section 8). */
  ClusterLoop: 3,
  NoAdvertise: 4,
  NoExport: 5,
  NoExportSubconfed: 6,
  /** Long-lived stale, and the neighbour has not announced RFC 9494. */
  LongLivedStale: 7,
  /** ONLY_TO_CUSTOMER, towards a provider, peer or route server (RFC 9234 section 5). */
  OnlyToCustomer: 8,
  /** The next hop would be the neighbour itself (RFC 4271 section 5.1.3). */
  NextHopIsNeighbor: 9,
  /** No address of ours, or none of a kind that the session can carry, to stand as the next hop. */
  InvalidNextHop: 10,
  /** The attributes leave no room for a prefix in the longest message (RFC 8654 section 4). */
  AttributesTooLong: 11,
  /** `export limit` with action block. */
  ExportLimit: 12,
  /** The filter refused it. */
  Filter: 13,
  /** The filter failed while it ran. */
  FilterError: 14,
  /** Straight onto a link, and the kernel protocol does not export such routes. */
  LinkRoute: 15,
  /** Enough better routes of the prefix are sent (`add paths best`). */
  PathLimit: 16,
} as const;
export type AdvertisementReason = (typeof AdvertisementReason)[keyof typeof AdvertisementReason];

/** For people; empty for `None`. */
export const ADVERTISEMENT_REASONS: readonly string[] = Object.freeze([
  '',
  'learned from this neighbor',
  'internal route to an internal neighbor that is no reflection client',
  'own cluster id in CLUSTER_LIST',
  'community NO_ADVERTISE',
  'community NO_EXPORT',
  'community NO_EXPORT_SUBCONFED',
  'community LLGR_STALE to a neighbor without long-lived graceful restart',
  'ONLY_TO_CUSTOMER towards a provider, peer or route server',
  'next hop is the neighbor itself',
  'invalid next hop',
  'attributes do not fit into a message',
  'export limit',
  'export filter',
  'error in the export filter',
  'route onto a link, which the kernel has by itself',
  'not among the best routes of its prefix',
]);

/**
 * What becomes of the next hop of a set of which everything else that is sent follows from the set and the facts of the
 * session; see `Advertisement.formOf`.
 */
export const RewriteForm = { OwnNextHop: 1, SameNextHop: 2 } as const;
export type RewriteForm = (typeof RewriteForm)[keyof typeof RewriteForm];

/** A route on its way out. The caller owns one and fills it again for each question. */
export interface OutgoingRoute {
  /** Attribute record (docs/architecture.md); for `rewrite` as the export filter left it. */
  bytes: Uint8Array;
  start: number;
  wireEnd: number;
  end: number;
  source: RouteSource;
  /** Where packets go, as the export filter left it. */
  nextHop: NextHop;
  /** The export filter wrote MULTI_EXIT_DISC, be it the old value. */
  medWritten: boolean;
  /** The export filter wrote NEXT_HOP. */
  nextHopWritten: boolean;
  /** `nextHop` resolved; worked out on demand. */
  forwarding(): Forwarding;
}

export interface Advertisement {
  /** Every fact of the session that changes an octet or an answer: sessions with equal keys may share a group. */
  readonly key: string;
  /** Sources of equal class get equal answers for the same attribute set and next hop. */
  sourceClass(source: RouteSource): string;
  /** Before the export filter. Split horizon is not asked here: it differs between the members of a group. */
  admits(route: OutgoingRoute): AdvertisementReason;
  /**
   * After the export filter. With `None`, `record[0..recordEnd)` holds the path attributes to send, in canonical form
   * without extension attributes, until the next call.
   */
  rewrite(route: OutgoingRoute): AdvertisementReason;
  readonly record: Uint8Array;
  readonly recordEnd: number;
  /**
   * Instead of `rewrite`, for a route that no filter touched: how `rewriteAs` will make the same record out of the set
   * alone, now or later; 0: it cannot, or `rewrite` would refuse.
   */
  formOf(route: OutgoingRoute): RewriteForm | 0;
  /** Leaves the record as `rewrite` does. */
  rewriteAs(form: RewriteForm, bytes: Uint8Array, start: number, wireEnd: number): void;
  /** Octets by which a record is longer than the set at most. */
  readonly addedOctets: number;
  /**
   * `rewrite` comes before the export filter, and leaves the extension attributes behind the others, up to `extensionEnd`;
   * what the filter makes of it goes through `finish`, whose result stands in `finished[0..finishedEnd)`.
   */
  readonly prepares: boolean;
  readonly extensionEnd: number;
  finish(route: OutgoingRoute): AdvertisementReason;
  readonly finished: Uint8Array;
  readonly finishedEnd: number;
}
