/** One route as the control side sees it. Part of the port (host.ts); data only, see there for the units. */
import type { Ip, RouteSourceKind } from '../../bgp/index.ts';

export interface RouteView {
  /** `10.0.0.0/8`. */
  readonly prefix: string;
  readonly destination: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit';
  readonly nextHops: readonly RouteHopView[];
  /** Name of the protocol that brought the route. */
  readonly protocol: string;
  readonly kind: RouteSourceKind;
  /** Selected for its network (`*`); where every route was refused by filters, the first one that was kept. */
  readonly primary: boolean;
  /** The kernel did not take it (`!` instead of `*`). */
  readonly syncFailed: boolean;
  /** Last change. */
  readonly changedAt: number;
  /** The advertising router, where it is not the gateway (the layout compares). */
  readonly from: Ip | undefined;
  readonly preference: number;
  /** `RouteScope`. */
  readonly scope: number;
  /** The BGP part of `(100s/20)`; `undefined` for other origins. */
  readonly bgp: BgpRouteView | undefined;
  /** `igp_metric`, of the route or of its resolved next hop; `undefined` when there is none. */
  readonly igpMetric: number | undefined;
  /**
   * The canonical attribute record (docs/architecture.md): path attributes from `start` to `wireEnd`, extension
   * attributes from there to `end`. Valid until the walk goes on. `undefined`: no attributes.
   */
  readonly record: AttributeRecord | undefined;
  /** RFC 7911 path identifier received with it; 0 for none. */
  readonly pathId: number;
  /** Kept though refused by the import filter. */
  readonly filtered: boolean;
  /** Why it is not the selected one: a `DecisionStep` or reason it cannot be used, as a word; `undefined` if it is. */
  readonly lostAt: string | undefined;
}

export interface AttributeRecord {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly wireEnd: number;
  readonly end: number;
}

export interface RouteHopView {
  readonly gateway: Ip | undefined;
  readonly interfaceName: string;
  readonly onlink: boolean;
  readonly weight: number;
}

export interface BgpRouteView {
  /** Left out of the comparison by deterministic MED. */
  readonly suppressed: boolean;
  /** Kept over a restart of the peer. */
  readonly stale: boolean;
  /** The BGP next hop is recursive or checked: the IGP metric is shown after the preference. */
  readonly metric:
    | { readonly kind: 'aigp'; readonly value: bigint }
    | { readonly kind: 'igp'; readonly value: number }
    | { readonly kind: 'unknown' }
    /** The way to the next hop ends in an unreachable route. */
    | { readonly kind: 'unresolvable' }
    /** There is no way to the next hop. */
    | { readonly kind: 'unresolved' }
    | undefined;
}
