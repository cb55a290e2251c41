/**
 * RTM_NEWROUTE, RTM_DELROUTE and RTM_GETROUTE (rtnetlink(7), linux/rtnetlink.h).
 *
 *   rtmsg:  family u8, destination length u8, source length u8, TOS u8,
 *           table u8, protocol u8, scope u8, type u8, flags u32
 *   attributes: RTA_TABLE u32, RTA_DST address, RTA_PRIORITY u32, RTA_PREFSRC address, RTA_FLOW u32, RTA_METRICS (nested
 *           RTAX_*), then one way out (RTA_GATEWAY or RTA_VIA, RTA_OIF) or several in RTA_MULTIPATH
 *   rtnexthop in RTA_MULTIPATH: length u16, flags u8, weight - 1 u8, interface u32, attributes of its own
 *   rtvia:  family u16, address (a gateway of the other family, RFC 8950 forwarding)
 */
import { formatIp, type Ip } from '../../../bgp/index.ts';
import { AF_INET, AF_INET6, AttributeCursor, hostI32, hostU16, hostU32, MessageType, networkU32 } from './wire.ts';
import type { MessageWriter } from './writer.ts';

export const RTMSG_LENGTH = 12;
const RTNEXTHOP_LENGTH = 8;

/** rtm_protocol: who put the route there. */
export const RouteProtocol = { Unspec: 0, Redirect: 1, Kernel: 2, Boot: 3, Static: 4, Bird: 12 } as const;

export const RouteType = {
  Unspec: 0,
  Unicast: 1,
  Local: 2,
  Broadcast: 3,
  Anycast: 4,
  Multicast: 5,
  Blackhole: 6,
  Unreachable: 7,
  Prohibit: 8,
  Throw: 9,
} as const;

export const RouteScopeNumber = { Universe: 0, Site: 200, Link: 253, Host: 254, Nowhere: 255 } as const;

export const RouteAttribute = {
  Destination: 1,
  Source: 2,
  InputInterface: 3,
  OutputInterface: 4,
  Gateway: 5,
  Priority: 6,
  PreferredSource: 7,
  Metrics: 8,
  Multipath: 9,
  Flow: 11,
  Table: 15,
  Via: 18,
} as const;

export const RouteFlag = { Cloned: 0x200 } as const;
/** Flags of a hop; the others tell its state. */
export const HopFlag = { Dead: 1, OnLink: 4, LinkDown: 16 } as const;

/** rtm_table of a table whose number stands in RTA_TABLE. */
const TABLE_COMPAT = 252;

/** RTAX_*: metrics of a route. */
export const ROUTE_METRIC_MAX = 17;
export const RouteMetric = { Lock: 1, CongestionAlgorithm: 16 } as const;

/** One way out in a decoded route. Objects are reused from message to message. */
export interface DecodedHop {
  interfaceIndex: number;
  /** 1..256 */
  weight: number;
  flags: number;
  /** AF_INET, AF_INET6, or 0: no gateway. */
  gatewayFamily: number;
  gateway0: number;
  gateway1: number;
  gateway2: number;
  gateway3: number;
}

/** A route in the kernel's terms, decoded in place or filled by hand: one object per user, filled again and again. */
export class RouteMessage {
  /** AF_INET or AF_INET6. */
  family = 0;
  length = 0;
  sourceLength = 0;
  tos = 0;
  table = 0;
  protocol = 0;
  scope = 0;
  type = 0;
  flags = 0;
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;
  priority = 0;
  /** Route applies to packets that came in there; 0: any. */
  inputInterface = 0;
  flow = 0;
  /** Offsets of the preferred source address in `bytes`; equal when there is none. */
  prefSrcStart = 0;
  prefSrcEnd = 0;
  /** Bit n: RTAX_n is present. */
  metricMask = 0;
  readonly metrics = new Uint32Array(ROUTE_METRIC_MAX + 1);
  congestionAlgorithm = '';
  hopCount = 0;
  readonly hops: DecodedHop[] = [];
  bytes: Uint8Array = new Uint8Array(0);
  readonly #attributes = new AttributeCursor();
  readonly #inner = new AttributeCursor();
  readonly #hopAttributes = new AttributeCursor();

  /** Reads the octets of one message's body. False: it is no route that can be read; nothing in it may be used. */
  decode(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < RTMSG_LENGTH) return false;
    this.bytes = bytes;
    this.family = bytes[start]!;
    if (this.family !== AF_INET && this.family !== AF_INET6) return false;
    this.length = bytes[start + 1]!;
    this.sourceLength = bytes[start + 2]!;
    this.tos = bytes[start + 3]!;
    this.table = bytes[start + 4]!;
    this.protocol = bytes[start + 5]!;
    this.scope = bytes[start + 6]!;
    this.type = bytes[start + 7]!;
    this.flags = hostU32(bytes, start + 8);
    this.#forget();
    const addressLength = this.family === AF_INET ? 4 : 16;
    if (this.length > 8 * addressLength) return false;
    return this.#decodeAttributes(start + RTMSG_LENGTH, end, addressLength);
  }

  /** Starts a route by hand: unicast, no hops, no metrics. */
  reset(family: typeof AF_INET | typeof AF_INET6): void {
    this.family = family;
    this.length = this.sourceLength = this.tos = this.table = this.protocol = this.flags = 0;
    this.scope = RouteScopeNumber.Universe;
    this.type = RouteType.Unicast;
    this.#forget();
  }

  #forget(): void {
    this.word0 = this.word1 = this.word2 = this.word3 = 0;
    this.priority = this.inputInterface = this.flow = 0;
    this.prefSrcStart = this.prefSrcEnd = 0;
    this.metricMask = 0;
    this.congestionAlgorithm = '';
    this.hopCount = 0;
  }

  #decodeAttributes(start: number, end: number, addressLength: number): boolean {
    const bytes = this.bytes;
    const attributes = this.#attributes;
    let single: DecodedHop | undefined;
    attributes.open(bytes, start, end);
    while (attributes.advance()) {
      const at = attributes.start;
      switch (attributes.type) {
        case RouteAttribute.Destination:
          if (attributes.length !== addressLength) return false;
          this.word0 = networkU32(bytes, at);
          if (addressLength === 16) {
            this.word1 = networkU32(bytes, at + 4);
            this.word2 = networkU32(bytes, at + 8);
            this.word3 = networkU32(bytes, at + 12);
          }
          break;
        case RouteAttribute.InputInterface:
          if (attributes.length < 4) return false;
          this.inputInterface = hostU32(bytes, at);
          break;
        case RouteAttribute.OutputInterface:
          if (attributes.length < 4) return false;
          single ??= this.addHop();
          single.interfaceIndex = hostU32(bytes, at);
          break;
        case RouteAttribute.Gateway:
        case RouteAttribute.Via:
          single ??= this.addHop();
          if (!this.#decodeGateway(single, attributes)) return false;
          break;
        case RouteAttribute.Priority:
          if (attributes.length < 4) return false;
          this.priority = hostU32(bytes, at);
          break;
        case RouteAttribute.PreferredSource:
          if (attributes.length !== addressLength) return false;
          this.prefSrcStart = at;
          this.prefSrcEnd = attributes.end;
          break;
        case RouteAttribute.Metrics:
          if (!this.#decodeMetrics(at, attributes.end)) return false;
          break;
        case RouteAttribute.Multipath:
          if (!this.#decodeMultipath(at, attributes.end)) return false;
          break;
        case RouteAttribute.Flow:
          if (attributes.length < 4) return false;
          this.flow = hostU32(bytes, at);
          break;
        case RouteAttribute.Table:
          if (attributes.length < 4) return false;
          this.table = hostU32(bytes, at);
          break;
      }
    }
    // The flags of a single way out stand in the header.
    if (single !== undefined) single.flags = this.flags & 0xff;
    return !attributes.malformed;
  }

  /** RTA_GATEWAY: an address of the route's family. RTA_VIA: family, then the address. */
  #decodeGateway(hop: DecodedHop, attribute: AttributeCursor): boolean {
    const bytes = this.bytes;
    let at = attribute.start;
    let family = this.family;
    if (attribute.type === RouteAttribute.Via) {
      if (attribute.length < 2) return false;
      family = hostU16(bytes, at);
      at += 2;
    }
    const length = attribute.end - at;
    if (family === AF_INET ? length !== 4 : family !== AF_INET6 || length !== 16) return false;
    hop.gatewayFamily = family;
    hop.gateway0 = networkU32(bytes, at);
    if (length === 16) {
      hop.gateway1 = networkU32(bytes, at + 4);
      hop.gateway2 = networkU32(bytes, at + 8);
      hop.gateway3 = networkU32(bytes, at + 12);
    }
    return true;
  }

  #decodeMetrics(start: number, end: number): boolean {
    const inner = this.#inner;
    inner.open(this.bytes, start, end);
    while (inner.advance()) {
      const { type } = inner;
      if (type === RouteMetric.CongestionAlgorithm) {
        let stop = inner.start;
        while (stop < inner.end && this.bytes[stop] !== 0) stop++;
        this.congestionAlgorithm = String.fromCharCode(...this.bytes.subarray(inner.start, stop));
        this.metricMask |= 1 << type;
      } else if (type > 0 && type <= ROUTE_METRIC_MAX) {
        if (inner.length < 4) return false;
        this.metrics[type] = hostU32(this.bytes, inner.start);
        this.metricMask |= 1 << type;
      }
    }
    return !inner.malformed;
  }

  #decodeMultipath(start: number, end: number): boolean {
    const bytes = this.bytes;
    let at = start;
    while (end - at >= RTNEXTHOP_LENGTH) {
      const length = hostU16(bytes, at);
      if (length < RTNEXTHOP_LENGTH || length > end - at) return false;
      const hop = this.addHop();
      hop.flags = bytes[at + 2]!;
      hop.weight = bytes[at + 3]! + 1;
      hop.interfaceIndex = hostI32(bytes, at + 4);
      const attributes = this.#hopAttributes;
      attributes.open(bytes, at + RTNEXTHOP_LENGTH, at + length);
      while (attributes.advance()) {
        if (attributes.type !== RouteAttribute.Gateway && attributes.type !== RouteAttribute.Via) continue;
        if (!this.#decodeGateway(hop, attributes)) return false;
      }
      if (attributes.malformed) return false;
      at += (length + 3) & ~3;
    }
    return true;
  }

  /** One more way out, cleared: no gateway, weight 1. */
  addHop(): DecodedHop {
    let hop = this.hops[this.hopCount];
    if (hop === undefined) {
      hop = {
        interfaceIndex: 0,
        weight: 1,
        flags: 0,
        gatewayFamily: 0,
        gateway0: 0,
        gateway1: 0,
        gateway2: 0,
        gateway3: 0,
      };
      this.hops.push(hop);
    }
    this.hopCount++;
    hop.interfaceIndex = hop.flags = hop.gatewayFamily = 0;
    hop.gateway0 = hop.gateway1 = hop.gateway2 = hop.gateway3 = 0;
    hop.weight = 1;
    return hop;
  }

  setPrefSrc(address: Uint8Array): void {
    this.bytes = address;
    this.prefSrcStart = 0;
    this.prefSrcEnd = address.length;
  }

  prefSrc(): Ip | undefined {
    const length = this.prefSrcEnd - this.prefSrcStart;
    return length === 4 || length === 16 ? formatIp(this.bytes, this.prefSrcStart, length) : undefined;
  }
}

/** The gateway of a decoded hop as text, for people and for what is learned. */
export function hopGateway(hop: DecodedHop): Ip | undefined {
  if (hop.gatewayFamily === 0) return undefined;
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, hop.gateway0);
  view.setUint32(4, hop.gateway1);
  view.setUint32(8, hop.gateway2);
  view.setUint32(12, hop.gateway3);
  return formatIp(bytes, 0, hop.gatewayFamily === AF_INET ? 4 : 16);
}

/** The prefix of a route message that is being written. Addresses are words, most significant first. */
export interface Destination {
  readonly family: typeof AF_INET | typeof AF_INET6;
  word0: number;
  word1: number;
  word2: number;
  word3: number;
  length: number;
}

/** Largest octets that a message takes beside the attributes of its body. */
export const ROUTE_MESSAGE_ROOM = 16 + RTMSG_LENGTH + 20 + 8 + 8;

/**
 * RTM_NEWROUTE. `body` are the attributes that do not depend on the prefix, as `RouteBody` keeps them, so a table that
 * has few distinct next hops is written by copies.
 */
export function encodeNewRoute(
  writer: MessageWriter,
  flags: number,
  sequence: number,
  to: Destination,
  table: number,
  protocol: number,
  scope: number,
  type: number,
  routeFlags: number,
  body: Uint8Array,
): void {
  writer.begin(MessageType.NewRoute, flags, sequence);
  writer.octets(to.family, to.length, 0, 0);
  writer.octets(table < 256 ? table : TABLE_COMPAT, protocol, scope, type);
  writer.u32(routeFlags);
  destination(writer, to);
  if (table >= 256) writer.attributeU32(RouteAttribute.Table, table);
  writer.raw(body);
  writer.end();
}

/**
 * RTM_DELROUTE of what `protocol` put there under a metric, whatever its next hops. The kernel compares the protocol,
 * so a route of somebody else is never removed. Metric 0 removes the route with the lowest metric for IPv4.
 */
export function encodeDelRoute(
  writer: MessageWriter,
  flags: number,
  sequence: number,
  to: Destination,
  table: number,
  protocol: number,
  metric: number,
): void {
  writer.begin(MessageType.DelRoute, flags, sequence);
  writer.octets(to.family, to.length, 0, 0);
  writer.octets(table < 256 ? table : TABLE_COMPAT, protocol, RouteScopeNumber.Nowhere, RouteType.Unspec);
  writer.u32(0);
  destination(writer, to);
  if (table >= 256) writer.attributeU32(RouteAttribute.Table, table);
  if (metric !== 0) writer.attributeU32(RouteAttribute.Priority, metric);
  writer.end();
}

/**
 * RTM_GETROUTE, everything. Table 0 and protocol 0 mean any; the kernel looks at them only with strict checking, so
 * the reader compares again.
 */
export function encodeDumpRoutes(
  writer: MessageWriter,
  flags: number,
  sequence: number,
  family: number,
  table: number,
  protocol: number,
): void {
  writer.begin(MessageType.GetRoute, flags, sequence);
  writer.octets(family, 0, 0, 0);
  writer.octets(table < 256 ? table : TABLE_COMPAT, protocol, 0, 0);
  writer.u32(0);
  if (table >= 256) writer.attributeU32(RouteAttribute.Table, table);
  writer.end();
}

function destination(writer: MessageWriter, to: Destination): void {
  const words = to.family === AF_INET ? 1 : 4;
  writer.attributeAddress(RouteAttribute.Destination, words, to.word0, to.word1, to.word2, to.word3);
}
