/**
 * From a route of the RIB to the kernel's terms: where packets go now, the metric, and the krt_* attributes that a
 * filter may have set. The last answers are remembered by attribute id, so that a table with few attribute sets costs a
 * lookup a prefix.
 *
 * A route that a filter gave a tunnel (`krt_tunnel`) goes through that interface straight to its BGP next hop, which
 * counts as being on the link: the resolved gateway is only the way of the packets around it. Where the interface is
 * missing, or the route has several ways or none, the route goes its ordinary way.
 */
import {
  AttributeCode,
  attributeEnd,
  ExtensionAttribute,
  extensionEnd,
  findAttribute,
  findExtension,
  formatIp,
  type Ip,
  ipBytes,
  readU16,
  readU32,
  valueStart,
} from '../../bgp/index.ts';
import type { AttributeId, AttributeTable, Forwarding, InterfaceTable, ResolvedHop } from '../../rib/index.ts';
import type { FibBodies } from './fib-body.ts';
import { HopFlag, ROUTE_METRIC_MAX, RouteMessage, RouteMetric, RouteScopeNumber, RouteType } from './netlink/route.ts';
import { AF_INET, AF_INET6 } from './netlink/wire.ts';

const CACHE_LINES = 1024;
/** The kernel numbers weights in one octet. */
const WEIGHT_MAX = 256;

/** Nowhere to go is said to the kernel as unreachable: packets must not take a shorter prefix instead. */
const TYPES = {
  unicast: RouteType.Unicast,
  blackhole: RouteType.Blackhole,
  unreachable: RouteType.Unreachable,
  prohibit: RouteType.Prohibit,
  unresolved: RouteType.Unreachable,
} as const;

export class WantedRoute {
  readonly #attributes: AttributeTable;
  readonly #bodies: FibBodies;
  readonly #family: typeof AF_INET | typeof AF_INET6;
  readonly #route = new RouteMessage();
  /** RTA_PRIORITY of every route; 0: as krt_metric says. */
  #metric: number;
  readonly #gateways = new Map<Ip, Uint32Array>();
  readonly #interfaces: InterfaceTable;
  /** Tunnels that were asked for, and the index of each as the bodies have it; 0: it was not there. */
  readonly #tunnels = new Map<string, number>();

  // A line of the cache: attribute id, its serial, the forwarding it was made with, and the body (with a reference).
  readonly #ids = new Uint32Array(CACHE_LINES);
  readonly #serials = new Uint32Array(CACHE_LINES);
  readonly #forwardings: (Forwarding | undefined)[] = new Array(CACHE_LINES).fill(undefined);
  readonly #cached = new Uint32Array(CACHE_LINES);

  constructor(
    attributes: AttributeTable,
    interfaces: InterfaceTable,
    bodies: FibBodies,
    version: 4 | 6,
    metric: number,
  ) {
    this.#attributes = attributes;
    this.#interfaces = interfaces;
    this.#bodies = bodies;
    this.#family = version === 4 ? AF_INET : AF_INET6;
    this.#metric = metric;
  }

  /** The body of a route with one way of forwarding, with a reference for the caller. */
  body(attribute: AttributeId, forwarding: Forwarding): number {
    const line = attribute & (CACHE_LINES - 1);
    const serial = this.#attributes.serial[attribute]!;
    if (
      this.#ids[line] === attribute &&
      this.#serials[line] === serial &&
      this.#forwardings[line] === forwarding &&
      this.#cached[line] !== 0
    ) {
      const known = this.#cached[line]!;
      this.#bodies.retain(known);
      return known;
    }
    const body = this.#make(attribute, TYPES[forwarding.kind], forwarding.hops);
    this.#bodies.release(this.#cached[line]!);
    this.#bodies.retain(body);
    this.#ids[line] = attribute;
    this.#serials[line] = serial;
    this.#forwardings[line] = forwarding;
    this.#cached[line] = body;
    return body;
  }

  /** The same over several routes whose hops are joined, `limit` of them; the attributes are those of the first. */
  merged(attribute: AttributeId, hops: readonly ResolvedHop[], limit: number): number {
    return this.#make(attribute, RouteType.Unicast, hops, limit);
  }

  /** True if a tunnel came, went or was made anew: bodies that were given out may be wrong, and all is asked again. */
  tunnelsChanged(): boolean {
    for (const [name, index] of this.#tunnels) {
      if ((this.#interfaces.byName(name)?.index ?? 0) === index) continue;
      this.#tunnels.clear();
      this.clear();
      return true;
    }
    return false;
  }

  setMetric(metric: number): void {
    if (metric === this.#metric) return;
    this.#metric = metric;
    this.clear();
  }

  /** Lets go of what is remembered. */
  clear(): void {
    for (let line = 0; line < CACHE_LINES; line++) {
      this.#bodies.release(this.#cached[line]!);
      this.#cached[line] = 0;
      this.#forwardings[line] = undefined;
    }
    this.#gateways.clear();
  }

  #make(attribute: AttributeId, type: number, hops: readonly ResolvedHop[], limit?: number): number {
    const route = this.#route;
    route.reset(this.#family);
    route.type = type;
    const { wireEnd, end } = this.#extent(attribute);
    let isDevice = type === RouteType.Unicast;
    if (type === RouteType.Unicast) {
      const only = hops.length === 1 && limit === undefined ? hops[0] : undefined;
      const tunnel = only?.gateway !== undefined && wireEnd !== end ? this.#tunnelHop(attribute) : undefined;
      for (const hop of tunnel === undefined ? hops : [tunnel]) {
        this.#addHop(hop);
        if (hop.gateway !== undefined) isDevice = false;
      }
    }
    if (isDevice) route.scope = RouteScopeNumber.Link;
    if (wireEnd !== end) this.#readExtensions(this.#attributes.chunk(attribute), wireEnd, end);
    if (this.#metric !== 0) route.priority = this.#metric;
    return this.#bodies.intern(route, limit);
  }

  #extent(attribute: AttributeId): { readonly wireEnd: number; readonly end: number } {
    return { wireEnd: this.#attributes.wireEnd(attribute), end: this.#attributes.end(attribute) };
  }

  /** The way through the tunnel that the route names; `undefined`: none, or it is not there. */
  #tunnelHop(attribute: AttributeId): ResolvedHop | undefined {
    const attributes = this.#attributes;
    const bytes = attributes.chunk(attribute);
    const wireEnd = attributes.wireEnd(attribute);
    const named = findExtension(bytes, wireEnd, attributes.end(attribute), ExtensionAttribute.KrtTunnel);
    const nextHop = findAttribute(bytes, attributes.start(attribute), wireEnd, AttributeCode.NextHop);
    if (named < 0 || nextHop < 0) return undefined;
    const interfaceName = String.fromCharCode(...bytes.subarray(named + 4, extensionEnd(bytes, named)));
    if (interfaceName === '') return undefined;
    const start = valueStart(bytes, nextHop);
    const version = attributeEnd(bytes, nextHop) - start === 4 ? 4 : 16;
    if (version !== (this.#family === AF_INET ? 4 : 16)) return undefined;
    const interfaceIndex = this.#interfaces.byName(interfaceName)?.index ?? 0;
    this.#tunnels.set(interfaceName, interfaceIndex);
    if (interfaceIndex === 0) return undefined;
    return { gateway: formatIp(bytes, start, version), interfaceName, interfaceIndex, weight: 1, onlink: true };
  }

  #addHop(hop: ResolvedHop): void {
    const target = this.#route.addHop();
    target.interfaceIndex = hop.interfaceIndex;
    target.weight = Math.min(Math.max(hop.weight, 1), WEIGHT_MAX);
    target.flags = hop.onlink ? HopFlag.OnLink : 0;
    if (hop.gateway === undefined) return;
    const words = this.#wordsOf(hop.gateway);
    target.gateway0 = words[0]!;
    if (words.length === 1) {
      target.gatewayFamily = AF_INET;
      return;
    }
    target.gatewayFamily = AF_INET6;
    target.gateway1 = words[1]!;
    target.gateway2 = words[2]!;
    target.gateway3 = words[3]!;
  }

  #wordsOf(gateway: Ip): Uint32Array {
    let words = this.#gateways.get(gateway);
    if (words === undefined) {
      const bytes = ipBytes(gateway);
      words = Uint32Array.from({ length: bytes.length / 4 }, (_, i) => readU32(bytes, 4 * i));
      if (this.#gateways.size >= CACHE_LINES) this.#gateways.clear();
      this.#gateways.set(gateway, words);
    }
    return words;
  }

  #readExtensions(bytes: Uint8Array, start: number, end: number): void {
    const route = this.#route;
    for (let at = start; at < end; at = extensionEnd(bytes, at)) {
      const id = readU16(bytes, at);
      const value = at + 4;
      const valueEnd = extensionEnd(bytes, at);
      if (id === ExtensionAttribute.KrtPrefSrc) {
        this.#setPrefSrc(bytes.slice(value, valueEnd));
      } else if (id === ExtensionAttribute.KrtMetricBase + RouteMetric.CongestionAlgorithm) {
        route.congestionAlgorithm = String.fromCharCode(...bytes.subarray(value, valueEnd)).slice(0, 15);
        route.metricMask |= 1 << RouteMetric.CongestionAlgorithm;
      } else if (valueEnd - value === 4) {
        this.#setNumber(id, readU32(bytes, value));
      }
    }
  }

  #setNumber(id: number, value: number): void {
    const route = this.#route;
    const metric = id - ExtensionAttribute.KrtMetricBase;
    if (id === ExtensionAttribute.KrtMetric) route.priority = value;
    else if (id === ExtensionAttribute.KrtRealm) route.flow = value;
    else if (id === ExtensionAttribute.KrtScope) route.scope = value & 0xff;
    else if (metric > 0 && metric <= ROUTE_METRIC_MAX) {
      route.metrics[metric] = value;
      route.metricMask |= 1 << metric;
    }
  }

  /** Filters may keep an IPv4 address as IPv4-mapped IPv6; one of the other family is of no use to the kernel. */
  #setPrefSrc(address: Uint8Array): void {
    const wanted = this.#family === AF_INET ? 4 : 16;
    const mapped = wanted === 4 && address.length === 16 && address[10] === 0xff && address[11] === 0xff;
    const own = mapped ? address.subarray(12) : address;
    if (own.length === wanted) this.#route.setPrefSrc(own);
  }
}
