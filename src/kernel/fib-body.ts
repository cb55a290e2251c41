/**
 * Everything about a kernel route but its prefix: kind, hops, metrics. Few distinct ones stand behind many routes, so
 * they are interned: what is wanted, what is installed and what a scan found are compared as numbers, and writing a
 * route copies octets that were encoded once.
 *
 * Two routes are the same body when the kernel treats them the same. The canonical key therefore leaves out the state of
 * hops (dead, link down), sorts the hops, drops one that is there twice, and knows the defaults that the kernel fills in.
 */
import { equalBytes } from '../../bgp/index.ts';
import {
  type DecodedHop,
  HopFlag,
  ROUTE_METRIC_MAX,
  RouteAttribute,
  type RouteMessage,
  RouteMetric,
  RouteScopeNumber,
  RouteType,
} from './netlink/route.ts';
import { AF_INET, AF_INET6 } from './netlink/wire.ts';
import { MessageWriter } from './netlink/writer.ts';

/** Metric that the kernel gives to an IPv6 route without one (IP6_RT_PRIO_USER). */
const IPV6_DEFAULT_METRIC = 1024;
/** Octets of attributes that one hop takes at most: rtnexthop and RTA_VIA with an IPv6 address. */
const HOP_OCTETS = 8 + 24;
/** More hops than any sensible route has; what is beyond is left out. */
const HOPS_MAX = 512;
const FIXED_OCTETS = 8 + 8 + 20 + 4 + 8 * (ROUTE_METRIC_MAX + 1) + 264;

export interface FibBody {
  readonly id: number;
  readonly family: number;
  readonly type: number;
  readonly scope: number;
  readonly metric: number;
  readonly hopCount: number;
  /** It has hops, all with a gateway: IPv6 can replace such a route in place. */
  readonly viaGateways: boolean;
  /** rtm_flags. */
  readonly flags: number;
  /** Interfaces of the hops. */
  readonly interfaces: readonly number[];
  /** RTA_PRIORITY, RTA_METRICS and the hops, ready to be copied behind RTA_DST. */
  readonly attributes: Uint8Array;
}

interface Entry extends FibBody {
  references: number;
  readonly key: string;
}

export class FibBodies {
  readonly #byKey = new Map<string, Entry>();
  readonly #byId: (Entry | undefined)[] = [undefined];
  readonly #free: number[] = [];
  readonly #key = Buffer.alloc(FIXED_OCTETS + 256 + 24 * HOPS_MAX);
  /** The key of `#last`: most routes of a scan are like the one before. */
  readonly #lastKey = Buffer.alloc(this.#key.length);
  #lastLength = 0;
  readonly #order: DecodedHop[] = [];
  #last: Entry | undefined;

  /** Distinct bodies in use. */
  get count(): number {
    return this.#byKey.size;
  }

  /** Some route goes out there. */
  usesInterface(index: number): boolean {
    for (const entry of this.#byKey.values()) if (entry.interfaces.includes(index)) return true;
    return false;
  }

  get(id: number): FibBody {
    return this.#byId[id]!;
  }

  /** The id of the route's body, with one reference more. Of more than `hopLimit` hops the first ones in order count. */
  intern(route: RouteMessage, hopLimit: number = HOPS_MAX): number {
    const length = this.#canonicalKey(route, hopLimit);
    const bytes = this.#key;
    let entry = this.#last;
    if (entry === undefined || length !== this.#lastLength || !equalBytes(bytes, 0, this.#lastKey, 0, length)) {
      const key = bytes.toString('latin1', 0, length);
      entry = this.#byKey.get(key) ?? this.#add(route, key);
      bytes.copy(this.#lastKey, 0, 0, length);
      this.#lastLength = length;
      this.#last = entry;
    }
    entry.references++;
    return entry.id;
  }

  retain(id: number): void {
    if (id !== 0) this.#byId[id]!.references++;
  }

  release(id: number): void {
    if (id === 0) return;
    const entry = this.#byId[id]!;
    if (--entry.references > 0) return;
    this.#byKey.delete(entry.key);
    this.#byId[id] = undefined;
    this.#free.push(id);
    if (this.#last === entry) this.#last = undefined;
  }

  #add(route: RouteMessage, key: string): Entry {
    const hops = this.#order;
    const writer = new MessageWriter(FIXED_OCTETS + HOP_OCTETS * hops.length);
    const metric = metricOf(route);
    writeAttributes(writer, route, metric, hops);
    const entry: Entry = {
      id: this.#free.pop() ?? this.#byId.length,
      family: route.family,
      type: route.type,
      scope: scopeOf(route),
      metric,
      hopCount: hops.length,
      viaGateways: hops.length > 0 && hops.every((hop) => hop.gatewayFamily !== 0),
      interfaces: hops.map((hop) => hop.interfaceIndex),
      flags: hops.length === 1 ? hops[0]!.flags & HopFlag.OnLink : 0,
      attributes: writer.written().slice(),
      references: 0,
      key,
    };
    this.#byKey.set(key, entry);
    this.#byId[entry.id] = entry;
    return entry;
  }

  /**
   * Writes octets that are equal exactly for equal bodies into `#key`, and says how many. Leaves the hops that count in `#order`, sorted.
   * Layout: type, scope, family, metric, flow, preferred source, metrics, hops; each part has a fixed or stated length.
   */
  #canonicalKey(route: RouteMessage, hopLimit: number): number {
    const key = this.#key;
    key[0] = route.type;
    key[1] = scopeOf(route);
    key[2] = route.family;
    let at = putWord(key, 3, metricOf(route));
    at = putWord(key, at, route.flow);
    key[at++] = route.prefSrcEnd - route.prefSrcStart;
    for (let i = route.prefSrcStart; i < route.prefSrcEnd; i++) key[at++] = route.bytes[i]!;
    at = putWord(key, at, route.metricMask);
    for (let metric = 1; route.metricMask !== 0 && metric <= ROUTE_METRIC_MAX; metric++) {
      if ((route.metricMask & (1 << metric)) === 0) continue;
      if (metric !== RouteMetric.CongestionAlgorithm) {
        at = putWord(key, at, route.metrics[metric]!);
        continue;
      }
      key[at++] = route.congestionAlgorithm.length;
      at += key.write(route.congestionAlgorithm, at, 255, 'latin1');
    }
    this.#sortHops(route, hopLimit);
    const single = this.#order.length === 1;
    for (const hop of this.#order) {
      at = putWord(key, at, hop.interfaceIndex);
      key[at++] = single ? 0 : hop.weight - 1;
      key[at++] = hop.flags & HopFlag.OnLink;
      key[at++] = hop.gatewayFamily;
      if (hop.gatewayFamily === 0) continue;
      at = putWord(key, at, hop.gateway0);
      if (hop.gatewayFamily !== AF_INET6) continue;
      at = putWord(key, at, hop.gateway1);
      at = putWord(key, at, hop.gateway2);
      at = putWord(key, at, hop.gateway3);
    }
    return at;
  }

  /** Heaviest first, then by gateway and interface; the kernel has no use for one way given twice. */
  #sortHops(route: RouteMessage, hopLimit: number): void {
    const order = this.#order;
    order.length = 0;
    if (route.type !== RouteType.Unicast) return;
    const count = Math.min(route.hopCount, HOPS_MAX);
    for (let i = 0; i < count; i++) order.push(route.hops[i]!);
    if (order.length < 2) return;
    order.sort(compareHops);
    let kept = 1;
    for (let i = 1; i < order.length; i++) {
      const hop = order[i]!;
      let twice = false;
      for (let j = 0; j < kept && !twice; j++) twice = sameWay(order[j]!, hop);
      if (!twice) order[kept++] = hop;
    }
    order.length = Math.min(kept, hopLimit);
  }
}

function compareHops(a: DecodedHop, b: DecodedHop): number {
  return (
    b.weight - a.weight ||
    a.gatewayFamily - b.gatewayFamily ||
    a.gateway0 - b.gateway0 ||
    a.gateway1 - b.gateway1 ||
    a.gateway2 - b.gateway2 ||
    a.gateway3 - b.gateway3 ||
    a.interfaceIndex - b.interfaceIndex
  );
}

function sameWay(a: DecodedHop, b: DecodedHop): boolean {
  return (
    a.interfaceIndex === b.interfaceIndex &&
    a.gatewayFamily === b.gatewayFamily &&
    a.gateway0 === b.gateway0 &&
    a.gateway1 === b.gateway1 &&
    a.gateway2 === b.gateway2 &&
    a.gateway3 === b.gateway3
  );
}

function metricOf(route: RouteMessage): number {
  return route.priority === 0 && route.family === AF_INET6 ? IPV6_DEFAULT_METRIC : route.priority;
}

/** IPv6 has no scopes. */
function scopeOf(route: RouteMessage): number {
  return route.family === AF_INET ? route.scope : RouteScopeNumber.Universe;
}

function writeAttributes(
  writer: MessageWriter,
  route: RouteMessage,
  metric: number,
  hops: readonly DecodedHop[],
): void {
  if (metric !== 0) writer.attributeU32(RouteAttribute.Priority, metric);
  if (route.flow !== 0) writer.attributeU32(RouteAttribute.Flow, route.flow);
  if (route.prefSrcEnd > route.prefSrcStart) {
    writer.attribute(RouteAttribute.PreferredSource, route.bytes.subarray(route.prefSrcStart, route.prefSrcEnd));
  }
  if (route.metricMask !== 0) {
    const nested = writer.beginNested(RouteAttribute.Metrics);
    for (let metric = 1; metric <= ROUTE_METRIC_MAX; metric++) {
      if ((route.metricMask & (1 << metric)) === 0) continue;
      if (metric !== RouteMetric.CongestionAlgorithm) writer.attributeU32(metric, route.metrics[metric]!);
      else writer.attribute(metric, Buffer.from(`${route.congestionAlgorithm}\0`, 'latin1'));
    }
    writer.endNested(nested);
  }
  if (hops.length === 1) {
    writeGateway(writer, route.family, hops[0]!);
    writer.attributeU32(RouteAttribute.OutputInterface, hops[0]!.interfaceIndex);
  } else if (hops.length > 1) {
    const nested = writer.beginNested(RouteAttribute.Multipath);
    for (const hop of hops) {
      const start = writer.length;
      writer.u16Octets(0, hop.flags & HopFlag.OnLink, hop.weight - 1);
      writer.u32(hop.interfaceIndex);
      writeGateway(writer, route.family, hop);
      writer.endNested(start);
    }
    writer.endNested(nested);
  }
}

function writeGateway(writer: MessageWriter, family: number, hop: DecodedHop): void {
  if (hop.gatewayFamily === 0) return;
  const words = hop.gatewayFamily === AF_INET ? 1 : 4;
  if (hop.gatewayFamily === family) {
    writer.attributeAddress(RouteAttribute.Gateway, words, hop.gateway0, hop.gateway1, hop.gateway2, hop.gateway3);
  } else {
    writer.attributeVia(hop.gatewayFamily, words, hop.gateway0, hop.gateway1, hop.gateway2, hop.gateway3);
  }
}

function putWord(bytes: Uint8Array, at: number, word: number): number {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
  return at + 4;
}
