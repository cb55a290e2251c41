/**
 * Export rewriting: the attributes of an accepted route turned into those that go to the peer, in one walk over the
 * record. Attributes stand in ascending order of code, so what is missing is added when the walk passes its place.
 *
 *     code                  interior peer                     external peer
 *      1 ORIGIN             added: IGP, INCOMPLETE for BGP    same
 *      2 AS_PATH            as it is; confederation member:   without confederation segments, our public AS in front;
 *                           our member AS in front            as it is for clients of a route server
 *      3 NEXT_HOP           next-hop.ts                       next-hop.ts
 *      4 MULTI_EXIT_DISC    as it is                          gone, unless the filter wrote it, `allow bgp_med`, or it
 *                                                             came from no neighbour
 *      5 LOCAL_PREF         added: `default bgp_local_pref`   gone, unless `allow bgp_local_pref`
 *      8 COMMUNITIES        GRACEFUL_SHUTDOWN is added, and LOCAL_PREF is 0, before a session is shut down
 *      9 ORIGINATOR_ID      added when reflecting             gone
 *     10 CLUSTER_LIST       cluster ids in front, reflecting  gone
 *     16 EXTENDED COMMUN.   as they are                       transitive ones only
 *     26 AIGP               grows by our metric where we are the next hop; gone where AIGP is off
 *     35 ONLY_TO_CUSTOMER                                     added towards customers, peers, route server clients
 *     unknown               transitive ones                   same
 *
 * Sections: RFC 4271 5.1, RFC 5065 5.1, RFC 4456 8, RFC 4360 6, RFC 7311 3.4, RFC 9234 5, RFC 7947 2.2,
 * RFC 8326 4.
 * AS4_PATH, AS4_AGGREGATOR and the Partial flag are the encoder's affair. Extension attributes stay inside the daemon.
 *
 * For a session that prepares, the export filter is still to come: LOCAL_PREF is there on external sessions too, a MED
 * that would be gone is 0, and the extension attributes follow. What may not be sent is taken out in finish.ts.
 */
import {
  AttributeCode,
  AttributeFlag,
  attributeEnd,
  copyBytes,
  ExtensionAttribute,
  findAttribute,
  findExtension,
  knownFlags,
  RouteSourceKind,
  readU16,
  readU32,
  SegmentType,
  valueStart,
  WellKnownCommunity,
  writeAttributeHeader,
  writeU16,
  writeU32,
} from '../bgp/index.ts';
import { AdvertisementReason, type OutgoingRoute, RewriteForm } from '../rib/index.ts';
import { isEmptyList } from './empty-list.ts';
import { NextHopRule } from './next-hop.ts';
import { isReflection, sourceClusterId, targetClusterId } from './reflection.ts';
import type { ExportSession } from './session.ts';

/** Attributes that are added where they are missing, ascending. */
const ADDED: readonly number[] = [
  AttributeCode.Origin,
  AttributeCode.AsPath,
  AttributeCode.NextHop,
  AttributeCode.LocalPref,
  AttributeCode.Communities,
  AttributeCode.OriginatorId,
  AttributeCode.ClusterList,
  AttributeCode.Aigp,
  AttributeCode.OnlyToCustomer,
];

/** Octets that all additions together can take. */
export const ADDED_OCTETS = 160;

const Origin = { Igp: 0, Incomplete: 2 } as const;

/** First TLV of AIGP (RFC 7311 section 3): type 1, length 11, metric in eight octets. */
const AIGP_METRIC = 1;
const AIGP_METRIC_LENGTH = 11;

const UNKNOWN_METRIC = 0xffff_ffff;

export class AttributeRewriter {
  record: Uint8Array = new Uint8Array(1024);
  recordEnd = 0;
  /** End of the extension attributes; `recordEnd` where there are none for a filter. */
  extensionEnd = 0;
  readonly #session: ExportSession;
  readonly #nextHop: NextHopRule;
  readonly #keepsMed: boolean;
  readonly #keepsLocalPref: boolean;
  readonly #prepended: { readonly type: SegmentType; readonly as: number } | undefined;
  readonly #addsOnlyToCustomer: boolean;
  /** Of the route that is being rewritten: MED goes where others' would not, and a neighbour sent it. */
  #medStays = false;
  #fromNeighbor = true;

  constructor(session: ExportSession) {
    this.#session = session;
    this.#nextHop = new NextHopRule(session);
    this.#keepsMed = session.interior || session.rsClient || session.allowMed;
    this.#keepsLocalPref = session.interior || session.allowLocalPref || session.prepares;
    this.#addsOnlyToCustomer =
      session.localRole === 'provider' || session.localRole === 'peer' || session.localRole === 'rs_server';
    if (!session.internal && !session.rsClient) {
      this.#prepended = session.interior
        ? { type: SegmentType.ConfedSequence, as: session.localAs }
        : { type: SegmentType.Sequence, as: session.publicAs };
    }
  }

  rewrite(route: OutgoingRoute): AdvertisementReason {
    const { bytes, start, wireEnd } = route;
    const nextHop = findAttribute(bytes, start, wireEnd, AttributeCode.NextHop);
    const reason =
      nextHop < 0
        ? this.#nextHop.decide(route, 0, 0)
        : this.#nextHop.decide(route, valueStart(bytes, nextHop), attributeEnd(bytes, nextHop));
    if (reason !== AdvertisementReason.None) return reason;

    this.#fromNeighbor = route.source.bgp !== undefined;
    // One that no neighbour sent is our own wish.
    this.#medStays = route.medWritten || !this.#fromNeighbor;
    this.#walk(bytes, start, wireEnd, route.end, route, isReflection(route.source, this.#session));
    this.extensionEnd = this.recordEnd;
    if (this.#session.prepares) {
      this.extensionEnd = copyBytes(bytes, wireEnd, route.end, this.record, this.recordEnd);
    }
    return AdvertisementReason.None;
  }

  /** How `rewriteAs` makes the same of the set alone; 0: it does not. */
  formOf(route: OutgoingRoute): RewriteForm | 0 {
    const session = this.#session;
    const { bytes, start, wireEnd, source } = route;
    if (source.bgp === undefined || session.prepares || session.aigp !== 'off') return 0;
    if (route.medWritten || route.nextHopWritten || isReflection(source, session)) return 0;
    const at = findAttribute(bytes, start, wireEnd, AttributeCode.NextHop);
    if (at < 0) return 0;
    const value = valueStart(bytes, at);
    const end = attributeEnd(bytes, at);
    const nextHop = this.#nextHop;
    if (nextHop.decide(route, value, end) !== AdvertisementReason.None) return 0;
    if (nextHop.own) return RewriteForm.OwnNextHop;
    return nextHop.bytes === bytes && nextHop.start === value && nextHop.end === end ? RewriteForm.SameNextHop : 0;
  }

  /** What `rewrite` makes of a route that a neighbour sent and that `formOf` gave this form. */
  rewriteAs(form: RewriteForm, bytes: Uint8Array, start: number, wireEnd: number): void {
    if (form === RewriteForm.OwnNextHop) {
      this.#nextHop.putOwn();
    } else {
      const at = findAttribute(bytes, start, wireEnd, AttributeCode.NextHop);
      this.#nextHop.put(bytes, valueStart(bytes, at), attributeEnd(bytes, at));
    }
    this.#fromNeighbor = true;
    this.#medStays = false;
    this.#walk(bytes, start, wireEnd, wireEnd, undefined, false);
    this.extensionEnd = this.recordEnd;
  }

  /** `route` is asked only about reflection and AIGP. */
  #walk(
    bytes: Uint8Array,
    start: number,
    wireEnd: number,
    end: number,
    route: OutgoingRoute | undefined,
    reflected: boolean,
  ): void {
    const room = end - start + ADDED_OCTETS;
    if (this.record.length < room) this.record = new Uint8Array(2 * room);
    this.recordEnd = 0;
    let missing = 0;
    for (let at = start; at < wireEnd; ) {
      const code = bytes[at + 1]!;
      const next = attributeEnd(bytes, at);
      while (missing < ADDED.length && ADDED[missing]! < code) this.#add(ADDED[missing++]!, bytes, route, reflected);
      if (ADDED[missing] === code) missing++;
      if (isEmptyList(bytes, at, next)) this.#add(code, bytes, route, reflected);
      else this.#carry(code, bytes, at, next, route, reflected);
      at = next;
    }
    while (missing < ADDED.length) this.#add(ADDED[missing++]!, bytes, route, reflected);
  }

  /** An attribute that the route has. */
  #carry(
    code: number,
    bytes: Uint8Array,
    at: number,
    next: number,
    route: OutgoingRoute | undefined,
    reflected: boolean,
  ): void {
    switch (code) {
      case AttributeCode.AsPath:
        this.#putAsPath(bytes, valueStart(bytes, at), next);
        return;
      case AttributeCode.NextHop:
        this.#putNextHop();
        return;
      case AttributeCode.MultiExitDisc:
        if (this.#keepsMed || this.#medStays) this.#copy(bytes, at, next);
        else if (this.#session.prepares) this.#putU32(AttributeFlag.Optional, code, 0);
        return;
      case AttributeCode.LocalPref:
        if (this.#keepsLocalPref) this.#putLocalPref(readU32(bytes, valueStart(bytes, at)));
        return;
      case AttributeCode.Communities:
        if (this.#session.gracefulShutdown) this.#putCommunities(bytes[at]!, bytes, valueStart(bytes, at), next);
        else this.#copy(bytes, at, next);
        return;
      case AttributeCode.OriginatorId:
        if (this.#session.internal) this.#copy(bytes, at, next);
        return;
      case AttributeCode.ClusterList:
        if (route !== undefined && reflected) this.#putClusterList(route, valueStart(bytes, at), next);
        else if (this.#session.internal) this.#copy(bytes, at, next);
        return;
      case AttributeCode.ExtendedCommunities:
        if (this.#session.interior) this.#copy(bytes, at, next);
        else this.#putTransitiveCommunities(bytes, at, next);
        return;
      case AttributeCode.Aigp:
        if (route !== undefined && this.#session.aigp !== 'off') this.#putAigp(route, at, next);
        return;
      default:
        if (knownFlags(code) !== 0) this.#copy(bytes, at, next);
        else if ((bytes[at]! & AttributeFlag.Transitive) !== 0) this.#copy(bytes, at, next);
    }
  }

  /** An attribute that the route lacks. */
  #add(code: number, bytes: Uint8Array, route: OutgoingRoute | undefined, reflected: boolean): void {
    const session = this.#session;
    switch (code) {
      case AttributeCode.Origin:
        this.#open(AttributeFlag.Transitive, code, 1);
        this.record[this.recordEnd++] = this.#fromNeighbor ? Origin.Incomplete : Origin.Igp;
        return;
      case AttributeCode.AsPath:
        this.#putAsPath(bytes, 0, 0);
        return;
      case AttributeCode.NextHop:
        this.#putNextHop();
        return;
      case AttributeCode.LocalPref:
        if (session.interior || session.prepares) this.#putLocalPref(session.defaultLocalPref);
        return;
      case AttributeCode.Communities:
        if (session.gracefulShutdown) {
          this.#putCommunities(AttributeFlag.Optional | AttributeFlag.Transitive, bytes, 0, 0);
        }
        return;
      case AttributeCode.OriginatorId:
        if (reflected && route?.source.bgp !== undefined) {
          this.#putU32(AttributeFlag.Optional, code, route.source.bgp.peerId);
        }
        return;
      case AttributeCode.ClusterList:
        if (route !== undefined && reflected) this.#putClusterList(route, 0, 0);
        return;
      case AttributeCode.Aigp:
        if (route !== undefined && session.aigp === 'originate') this.#originateAigp(route);
        return;
      case AttributeCode.OnlyToCustomer:
        if (this.#addsOnlyToCustomer) {
          this.#putU32(AttributeFlag.Optional | AttributeFlag.Transitive, code, session.publicAs);
        }
    }
  }

  /** `[start, end)`: the segments of the route. */
  #putAsPath(bytes: Uint8Array, start: number, end: number): void {
    // Confederation segments stand in front of all others (RFC 5065 section 5.3): leaving, they are skipped.
    let from = start;
    let confedOctets = 0;
    if (!this.#session.interior) {
      while (from < end && isConfed(bytes[from]!)) from += 2 + 4 * bytes[from + 1]!;
      for (let at = from; at < end; at += 2 + 4 * bytes[at + 1]!) {
        if (isConfed(bytes[at]!)) confedOctets += 2 + 4 * bytes[at + 1]!;
      }
    }
    const prepended = this.#prepended;
    const grows = prepended !== undefined && from < end && bytes[from] === prepended.type && bytes[from + 1]! < 255;
    const added = prepended === undefined ? 0 : grows ? 4 : 6;
    this.#open(AttributeFlag.Transitive, AttributeCode.AsPath, end - from - confedOctets + added);
    if (prepended !== undefined) {
      this.record[this.recordEnd] = prepended.type;
      this.record[this.recordEnd + 1] = grows ? bytes[from + 1]! + 1 : 1;
      writeU32(this.record, this.recordEnd + 2, prepended.as);
      this.recordEnd += 6;
      if (grows) {
        const next = from + 2 + 4 * bytes[from + 1]!;
        this.#copy(bytes, from + 2, next);
        from = next;
      }
    }
    if (confedOctets === 0) {
      this.#copy(bytes, from, end);
      return;
    }
    for (let at = from; at < end; ) {
      const next = at + 2 + 4 * bytes[at + 1]!;
      if (!isConfed(bytes[at]!)) this.#copy(bytes, at, next);
      at = next;
    }
  }

  #putLocalPref(value: number): void {
    this.#putU32(AttributeFlag.Transitive, AttributeCode.LocalPref, this.#session.gracefulShutdown ? 0 : value);
  }

  /** `[start, end)`: the sorted communities of the route. */
  #putCommunities(flags: number, bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end && readU32(bytes, at) < WellKnownCommunity.GracefulShutdown) at += 4;
    const there = at < end && readU32(bytes, at) === WellKnownCommunity.GracefulShutdown;
    this.#open(flags, AttributeCode.Communities, end - start + (there ? 0 : 4));
    this.#copy(bytes, start, at);
    if (!there) this.#word(WellKnownCommunity.GracefulShutdown);
    this.#copy(bytes, at, end);
  }

  #putNextHop(): void {
    const { bytes, start, end } = this.#nextHop;
    this.#open(AttributeFlag.Transitive, AttributeCode.NextHop, end - start);
    this.#copy(bytes, start, end);
  }

  /** `[start, end)`: the list so far. The cluster of the source is entered first, so the target's stands in front. */
  #putClusterList(route: OutgoingRoute, start: number, end: number): void {
    const sourceId = sourceClusterId(route.source);
    let targetId = targetClusterId(this.#session);
    if (targetId === sourceId) targetId = 0;
    const length = end - start + (sourceId !== 0 ? 4 : 0) + (targetId !== 0 ? 4 : 0);
    if (length === 0) return;
    this.#open(AttributeFlag.Optional, AttributeCode.ClusterList, length);
    if (targetId !== 0) this.#word(targetId);
    if (sourceId !== 0) this.#word(sourceId);
    this.#copy(route.bytes, start, end);
  }

  #putTransitiveCommunities(bytes: Uint8Array, at: number, next: number): void {
    const first = valueStart(bytes, at);
    let kept = 0;
    for (let i = first; i < next; i += 8) if (isTransitive(bytes[i]!)) kept += 8;
    if (kept === next - first) {
      this.#copy(bytes, at, next);
      return;
    }
    if (kept === 0) return;
    this.#open(bytes[at]!, AttributeCode.ExtendedCommunities, kept);
    for (let i = first; i < next; i += 8) if (isTransitive(bytes[i]!)) this.#copy(bytes, i, i + 8);
  }

  #putAigp(route: OutgoingRoute, at: number, next: number): void {
    const copyStart = this.recordEnd;
    this.#copy(route.bytes, at, next);
    if (!this.#nextHop.own) return;
    for (let tlv = copyStart + valueStart(route.bytes, at) - at; tlv + 3 <= this.recordEnd; ) {
      const length = readU16(this.record, tlv + 1);
      if (this.record[tlv] === AIGP_METRIC && length === AIGP_METRIC_LENGTH) {
        this.#growMetric(tlv + 3, metricOf(route));
        return;
      }
      if (length < 3) return;
      tlv += length;
    }
  }

  /** What lies behind us counts at least 1; the sum stays at the largest value instead of wrapping. */
  #growMetric(at: number, metric: number): void {
    let high = readU32(this.record, at);
    let low = readU32(this.record, at + 4) + Math.max(metric, 1);
    if (low > 0xffff_ffff) {
      low -= 0x1_0000_0000;
      high++;
    }
    if (high > 0xffff_ffff || metric === UNKNOWN_METRIC) {
      high = 0xffff_ffff;
      low = 0xffff_ffff;
    }
    writeU32(this.record, at, high);
    writeU32(this.record, at + 4, low);
  }

  #originateAigp(route: OutgoingRoute): void {
    if (!this.#nextHop.own || route.source.kind === RouteSourceKind.Bgp) return;
    const metric = ownMetric(route);
    if (metric === UNKNOWN_METRIC) return;
    this.#open(AttributeFlag.Optional, AttributeCode.Aigp, AIGP_METRIC_LENGTH);
    this.record[this.recordEnd] = AIGP_METRIC;
    writeU16(this.record, this.recordEnd + 1, AIGP_METRIC_LENGTH);
    this.recordEnd += 3;
    this.#word(0);
    this.#word(metric);
  }

  #open(flags: number, code: number, length: number): void {
    this.recordEnd = writeAttributeHeader(this.record, this.recordEnd, flags, code, length);
  }

  #putU32(flags: number, code: number, value: number): void {
    this.#open(flags, code, 4);
    this.#word(value);
  }

  #word(value: number): void {
    writeU32(this.record, this.recordEnd, value);
    this.recordEnd += 4;
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    this.recordEnd = copyBytes(bytes, start, end, this.record, this.recordEnd);
  }
}

function isConfed(segmentType: number): boolean {
  return segmentType === SegmentType.ConfedSequence || segmentType === SegmentType.ConfedSet;
}

/** RFC 4360 section 2: the second bit of the type. */
function isTransitive(type: number): boolean {
  return (type & 0x40) === 0;
}

/** Metric to the route's next hop: the one that a filter or protocol set, or that of the resolved next hop. */
function metricOf(route: OutgoingRoute): number {
  return writtenMetric(route) ?? route.forwarding().igpMetric;
}

/**
 * How far away a network is that BGP has not told of: our own links are at hand, and of what a static route leads to
 * nobody knows unless a filter says it (RFC 7311 section 3.4.1 leaves it to policy; this is BIRD's).
 */
function ownMetric(route: OutgoingRoute): number {
  return writtenMetric(route) ?? (route.source.kind === RouteSourceKind.Device ? 0 : UNKNOWN_METRIC);
}

function writtenMetric(route: OutgoingRoute): number | undefined {
  const at = findExtension(route.bytes, route.wireEnd, route.end, ExtensionAttribute.IgpMetric);
  return at < 0 ? undefined : readU32(route.bytes, at + 4);
}
