/**
 * The decision process (RFC 4271 section 9.1.2.2), in the order and with the options of BIRD. Two routes to one prefix
 * are compared step by step; the first step at which they differ decides, and the loser can say at which one it lost.
 *
 *   taking part > preference > kind of protocol > [BGP] not suppressed > next hop reachable > not LLGR stale
 *   > LOCAL_PREF > AIGP > AS_PATH length > ORIGIN > MED > external > IGP metric > older > router id > cluster list
 *   > peer address > existing
 *
 * What differs from the RFC: weight by `preference` first, long-lived stale routes (RFC 9494) and AIGP (RFC 7311) have
 * steps of their own, the age step is RFC 5004.
 *
 * The last steps make it total: two routes never tie, and nothing depends on the order of arrival but the two steps
 * that say so. One thing is not transitive, in every BGP: MED counts only between routes of one neighbour AS. With
 * three routes the winner then depends on the order of comparing; selection.ts therefore compares in the order of
 * sources, not of arrival.
 */
import { RouteSourceKind } from '../bgp/index.ts';
import { AttributeTrait } from './attribute-facts.ts';
import type { AttributeTable } from './attribute-table.ts';
import type { AttributeId, RouteId, SourceId } from './ids.ts';
import { UNKNOWN_METRIC } from './next-hop-resolver.ts';
import type { NextHopTable } from './next-hop-table.ts';
import type { BgpSource, RouteSource, SourceTable } from './route-source.ts';
import { INELIGIBLE, RouteFlag, type RouteStore } from './route-store.ts';

/** Where a route lost. */
export const DecisionStep = {
  /** It did not lose: it is the selected one, or there is none to lose against. */
  None: 0,
  /** It takes no part (see IneligibleReason). */
  Eligible: 1,
  Preference: 2,
  ProtocolKind: 3,
  Suppressed: 4,
  NextHopReachable: 5,
  LlgrStale: 6,
  LocalPref: 7,
  Aigp: 8,
  AsPathLength: 9,
  Origin: 10,
  Med: 11,
  External: 12,
  IgpMetric: 13,
  Older: 14,
  RouterId: 15,
  ClusterListLength: 16,
  PeerAddress: 17,
  Existing: 18,
} as const;
export type DecisionStep = (typeof DecisionStep)[keyof typeof DecisionStep];

/** The steps for people: "lost by ...". */
export const DECISION_STEP_NAMES: readonly string[] = Object.freeze([
  'selected',
  'not eligible',
  'lower preference',
  'kind of protocol',
  'not the best of its neighbour AS',
  'unreachable next hop',
  'long-lived stale',
  'lower local preference',
  'higher accumulated IGP metric',
  'longer AS path',
  'higher origin',
  'higher MED',
  'internal, not external',
  'higher IGP metric to the next hop',
  'younger',
  'higher router id',
  'longer cluster list',
  'higher peer address',
  'the other one was first',
]);

/** Why a route takes no part in the decision at all. */
export const IneligibleReason = { None: 0, Filtered: 1, Held: 2, Dormant: 3 } as const;
export type IneligibleReason = (typeof IneligibleReason)[keyof typeof IneligibleReason];

export const INELIGIBLE_REASON_NAMES: readonly string[] = Object.freeze([
  '',
  'rejected by the import filter',
  'rejected by the import filter, kept in the import table',
  'no usable next hop',
]);

export class Decision {
  /** After `compare`: the step that decided. */
  step: DecisionStep = DecisionStep.None;
  readonly #routes: RouteStore;
  readonly #attributes: AttributeTable;
  readonly #nextHops: NextHopTable;
  readonly #sources: SourceTable;

  constructor(routes: RouteStore, attributes: AttributeTable, nextHops: NextHopTable, sources: SourceTable) {
    this.#routes = routes;
    this.#attributes = attributes;
    this.#nextHops = nextHops;
    this.#sources = sources;
  }

  /** Negative if `a` is preferred over `b`, positive the other way; never 0 for two routes. Sets `step`. */
  compare(a: RouteId, b: RouteId): number {
    const routes = this.#routes;
    const flagsA = routes.flags[a];
    const flagsB = routes.flags[b];
    const eligible = (flagsA & INELIGIBLE ? 1 : 0) - (flagsB & INELIGIBLE ? 1 : 0);
    if (eligible !== 0) return this.#decided(DecisionStep.Eligible, eligible);

    const sourceA = this.#sources.get(routes.source[a] as SourceId);
    const sourceB = this.#sources.get(routes.source[b] as SourceId);
    const attributeA = routes.attribute[a] as AttributeId;
    const attributeB = routes.attribute[b] as AttributeId;

    const preference = this.#preference(attributeB, sourceB) - this.#preference(attributeA, sourceA);
    if (preference !== 0) return this.#decided(DecisionStep.Preference, preference);

    if (sourceA.kind !== sourceB.kind) return this.#decided(DecisionStep.ProtocolKind, sourceA.kind - sourceB.kind);

    let result = 0;
    if (sourceA.bgp !== undefined && sourceB.bgp !== undefined) {
      result = this.#compareBgp(a, b, attributeA, attributeB, sourceA.bgp, sourceB.bgp);
    } else if (sourceA.kind === RouteSourceKind.Static) {
      result = this.#igpMetric(attributeA) - this.#igpMetric(attributeB);
      this.step = DecisionStep.IgpMetric;
    }
    return result !== 0 ? result : this.#existing(a, b);
  }

  /** Preference of a route: its own, set by a filter, or else its channel's. */
  preference(route: RouteId): number {
    const routes = this.#routes;
    return this.#preference(
      routes.attribute[route] as AttributeId,
      this.#sources.get(routes.source[route] as SourceId),
    );
  }

  /** Distance of the next hop; UNKNOWN_METRIC if nobody knows. */
  igpMetric(route: RouteId): number {
    return this.#igpMetric(this.#routes.attribute[route] as AttributeId);
  }

  /** AIGP and the way to the next hop (RFC 7311 section 4); Infinity without AIGP. */
  totalAigp(route: RouteId): number {
    return this.#totalAigp(this.#routes.attribute[route] as AttributeId);
  }

  /**
   * True if packets may be shared between the two: both take part, come from protocols of one kind with the same
   * preference, and tie in everything that says something about the way. AIGP and what stands below the IGP metric
   * do not count, nor do the contents of the AS paths.
   */
  isEqualCost(a: RouteId, b: RouteId): boolean {
    const routes = this.#routes;
    if (((routes.flags[a] | routes.flags[b]) & INELIGIBLE) !== 0) return false;
    const sourceA = this.#sources.get(routes.source[a] as SourceId);
    const sourceB = this.#sources.get(routes.source[b] as SourceId);
    const attributeA = routes.attribute[a] as AttributeId;
    const attributeB = routes.attribute[b] as AttributeId;
    if (sourceA.kind !== sourceB.kind) return false;
    if (this.#preference(attributeA, sourceA) !== this.#preference(attributeB, sourceB)) return false;
    if (sourceA.bgp !== undefined && sourceB.bgp !== undefined) {
      return (
        this.#compareStanding(a, b, attributeA, attributeB) === 0 &&
        this.#nextHops.reachable[this.#attributes.nextHop[attributeB]] === 1 &&
        this.#compareLocalPref(attributeA, attributeB, sourceA.bgp, sourceB.bgp) === 0 &&
        this.#compareWay(attributeA, attributeB, sourceA.bgp, sourceB.bgp) === 0
      );
    }
    return sourceA.kind === RouteSourceKind.Static && this.#igpMetric(attributeA) === this.#igpMetric(attributeB);
  }

  /** The AS by which MEDs are compared; a path without one is our own (RFC 4271 section 9.1.2.2 c). */
  neighborAs(route: RouteId): number {
    const routes = this.#routes;
    const as = this.#attributes.neighborAs[routes.attribute[route]];
    return as !== 0 ? as : (this.#sources.get(routes.source[route] as SourceId).bgp?.localAs ?? 0);
  }

  #compareBgp(
    a: RouteId,
    b: RouteId,
    attributeA: AttributeId,
    attributeB: AttributeId,
    bgpA: BgpSource,
    bgpB: BgpSource,
  ): number {
    const attributes = this.#attributes;
    let result = this.#compareStanding(a, b, attributeA, attributeB);
    if (result !== 0) return result;

    result = this.#compareLocalPref(attributeA, attributeB, bgpA, bgpB);
    if (result !== 0) return result;

    const aigpA = this.#totalAigp(attributeA);
    const aigpB = this.#totalAigp(attributeB);
    if (aigpA !== aigpB) return this.#decided(DecisionStep.Aigp, aigpA < aigpB ? -1 : 1);

    result = this.#compareWay(attributeA, attributeB, bgpA, bgpB);
    if (result !== 0) return result;

    const idA = attributes.has(attributeA, AttributeTrait.OriginatorId)
      ? attributes.originatorId[attributeA]
      : bgpA.peerId;
    const idB = attributes.has(attributeB, AttributeTrait.OriginatorId)
      ? attributes.originatorId[attributeB]
      : bgpB.peerId;
    // RFC 5004: between external routes of different routers the one that is there already stays.
    if ((bgpA.preferOlder || bgpB.preferOlder) && !bgpA.internal && !bgpB.internal && idA !== idB) {
      const age = this.#routes.arrival(a) - this.#routes.arrival(b);
      if (age !== 0) return this.#decided(DecisionStep.Older, age);
    }
    if (idA !== idB) return this.#decided(DecisionStep.RouterId, idA - idB);

    // RFC 4456 section 9; no CLUSTER_LIST has length 0.
    result = attributes.clusterListLength[attributeA] - attributes.clusterListLength[attributeB];
    if (result !== 0) return this.#decided(DecisionStep.ClusterListLength, result);

    return this.#comparePeerAddress(this.#routes.source[a], this.#routes.source[b]);
  }

  /** Is the route fit for use at all? */
  #compareStanding(a: RouteId, b: RouteId, attributeA: AttributeId, attributeB: AttributeId): number {
    const flags = this.#routes.flags;
    let result = (flags[a] & RouteFlag.Suppressed) - (flags[b] & RouteFlag.Suppressed);
    if (result !== 0) return this.#decided(DecisionStep.Suppressed, result);

    const attributes = this.#attributes;
    const reachable = this.#nextHops.reachable;
    result = reachable[attributes.nextHop[attributeB]] - reachable[attributes.nextHop[attributeA]];
    if (result !== 0) return this.#decided(DecisionStep.NextHopReachable, result);

    const traits = attributes.traits;
    result = (traits[attributeA] & AttributeTrait.LlgrStale) - (traits[attributeB] & AttributeTrait.LlgrStale);
    if (result !== 0) return this.#decided(DecisionStep.LlgrStale, result);
    return 0;
  }

  #compareLocalPref(a: AttributeId, b: AttributeId, bgpA: BgpSource, bgpB: BgpSource): number {
    const attributes = this.#attributes;
    const localPrefA = attributes.has(a, AttributeTrait.LocalPref) ? attributes.localPref[a] : bgpA.defaultLocalPref;
    const localPrefB = attributes.has(b, AttributeTrait.LocalPref) ? attributes.localPref[b] : bgpB.defaultLocalPref;
    return localPrefA === localPrefB ? 0 : this.#decided(DecisionStep.LocalPref, localPrefB - localPrefA);
  }

  /** The steps about the way itself, from the length of the path to the distance of the exit. */
  #compareWay(a: AttributeId, b: AttributeId, bgpA: BgpSource, bgpB: BgpSource): number {
    const attributes = this.#attributes;
    if (bgpA.pathMetric || bgpB.pathMetric) {
      const length = attributes.asPathLength[a] - attributes.asPathLength[b];
      if (length !== 0) return this.#decided(DecisionStep.AsPathLength, length);
    }

    const origin = attributes.origin[a] - attributes.origin[b];
    if (origin !== 0) return this.#decided(DecisionStep.Origin, origin);

    if (bgpA.medMetric || bgpB.medMetric || this.#sameNeighborAs(a, b, bgpA, bgpB)) {
      const medA = attributes.has(a, AttributeTrait.Med) ? attributes.med[a] : bgpA.defaultMed;
      const medB = attributes.has(b, AttributeTrait.Med) ? attributes.med[b] : bgpB.defaultMed;
      if (medA !== medB) return this.#decided(DecisionStep.Med, medA - medB);
    }

    if (bgpA.interior !== bgpB.interior) return this.#decided(DecisionStep.External, bgpA.interior ? 1 : -1);

    const metric = (bgpA.igpMetric ? this.#igpMetric(a) : 0) - (bgpB.igpMetric ? this.#igpMetric(b) : 0);
    return metric === 0 ? 0 : this.#decided(DecisionStep.IgpMetric, metric);
  }

  #sameNeighborAs(a: AttributeId, b: AttributeId, bgpA: BgpSource, bgpB: BgpSource): boolean {
    const neighborAs = this.#attributes.neighborAs;
    return (neighborAs[a] || bgpA.localAs) === (neighborAs[b] || bgpB.localAs);
  }

  #comparePeerAddress(a: number, b: number): number {
    const words = this.#sources.addressWords;
    for (let i = 0; i < 4; i++) {
      const difference = words[4 * a + i] - words[4 * b + i];
      if (difference !== 0) return this.#decided(DecisionStep.PeerAddress, difference);
    }
    return 0;
  }

  /** Equal in all that counts: the one that was there first stays. Path ids and rows tell routes of one burst apart. */
  #existing(a: RouteId, b: RouteId): number {
    const routes = this.#routes;
    const age = routes.arrival(a) - routes.arrival(b);
    if (age !== 0) return this.#decided(DecisionStep.Existing, age);
    const source = routes.source[a] - routes.source[b];
    if (source !== 0) return this.#decided(DecisionStep.Existing, source);
    return this.#decided(DecisionStep.Existing, routes.pathId(a) - routes.pathId(b));
  }

  #preference(attribute: AttributeId, source: RouteSource): number {
    return this.#attributes.has(attribute, AttributeTrait.Preference)
      ? this.#attributes.preference[attribute]
      : source.preference;
  }

  #igpMetric(attribute: AttributeId): number {
    const attributes = this.#attributes;
    return attributes.has(attribute, AttributeTrait.IgpMetric)
      ? attributes.igpMetric[attribute]
      : this.#nextHops.igpMetric[attributes.nextHop[attribute]];
  }

  #totalAigp(attribute: AttributeId): number {
    const aigp = this.#attributes.aigp(attribute);
    if (aigp === Number.POSITIVE_INFINITY) return aigp;
    const metric = this.#igpMetric(attribute);
    // Each hop costs at least 1, so that a loop of AIGP routers cannot be free.
    return metric === UNKNOWN_METRIC ? Number.POSITIVE_INFINITY : aigp + Math.max(metric, 1);
  }

  #decided(step: DecisionStep, result: number): number {
    this.step = step;
    return result;
  }
}
