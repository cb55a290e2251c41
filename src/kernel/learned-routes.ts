/**
 * `learn`: routes that others put into the kernel table, brought into the RIB. Of several routes to one prefix the one
 * with the lowest metric is announced; the others stand by for when it goes.
 *
 *   row   prefix | metric | attribute id | next row of the prefix | number of the scan that saw it last
 *
 * Notifications keep the rows up to date, scans put right what they missed. Cost: 17 octets a route, beside 13 to 33
 * for its prefix; attributes are shared.
 */
import {
  AttributeEditor,
  ExtensionAttribute,
  type Hop,
  isMartianIpv4,
  isMartianIpv6,
  type NextHop,
} from '../../bgp/index.ts';
import { type AdjRibIn, type AttributeId, type PrefixId, PrefixTable } from '../../rib/index.ts';
import type { ProtocolContext } from '../protocol/context.ts';
import {
  HopFlag,
  hopGateway,
  ROUTE_METRIC_MAX,
  RouteFlag,
  type RouteMessage,
  RouteMetric,
  RouteProtocol,
  RouteScopeNumber,
  RouteType,
} from './netlink/route.ts';

const NULL_KINDS: Readonly<Record<number, 'blackhole' | 'unreachable' | 'prohibit'>> = {
  [RouteType.Blackhole]: 'blackhole',
  [RouteType.Unreachable]: 'unreachable',
  [RouteType.Prohibit]: 'prohibit',
};

export class LearnedRoutes {
  readonly #context: ProtocolContext;
  readonly #adjRibIn: AdjRibIn;
  /** Routes of the kernel itself count too. */
  readonly #all: boolean;
  readonly #report: (text: string) => void;
  readonly #prefixes: PrefixTable;
  readonly #editor = new AttributeEditor();
  /** First row of a prefix; 0: none. */
  #head = new Uint32Array(64);
  #prefix = new Uint32Array(64);
  #metric = new Uint32Array(64);
  #attribute = new Uint32Array(64);
  #next = new Uint32Array(64);
  #seen = new Uint8Array(64);
  readonly #free: number[] = [];
  #highWater = 0;
  #scan = 0;

  /** `report` hears of routes that cannot be understood. */
  constructor(context: ProtocolContext, adjRibIn: AdjRibIn, all: boolean, report: (text: string) => void) {
    this.#context = context;
    this.#adjRibIn = adjRibIn;
    this.#all = all;
    this.#report = report;
    this.#prefixes = new PrefixTable(adjRibIn.table.family);
  }

  /** Routes known, of all metrics. */
  get count(): number {
    return this.#highWater - this.#free.length;
  }

  /** A notification. False: only a scan can tell what is there now. */
  noticed(route: RouteMessage, event: 'added' | 'replaced' | 'removed'): boolean {
    if (!this.#counts(route)) return true;
    // A route may be told of before its interface is.
    if (event !== 'removed') return this.#learn(route, false);
    const prefix = this.#find(route);
    const row = prefix === 0 ? 0 : this.#rowOf(prefix, route.priority);
    if (row === 0) return true;
    const attribute = this.#intern(route, false);
    // Two routes of one prefix and metric are one row: this one may be the other.
    const same = attribute === 0 || attribute === this.#attribute[row];
    if (attribute !== 0) this.#context.attributes.release(attribute);
    if (!same) return false;
    this.#remove(prefix, row);
    this.#announce(prefix);
    return true;
  }

  scanBegins(): void {
    this.#scan = (this.#scan & 0x7f) + 1;
  }

  scanned(route: RouteMessage): void {
    if (this.#counts(route)) this.#learn(route, true);
  }

  /** `complete`: what was not seen is not there. */
  scanEnds(complete: boolean): void {
    if (!complete) return;
    for (let row = 1; row <= this.#highWater; row++) {
      const prefix = this.#prefix[row]! as PrefixId;
      if (prefix === 0 || this.#seen[row] === this.#scan) continue;
      this.#remove(prefix, row);
      this.#announce(prefix);
    }
  }

  /** Announces everything again, for another import filter. */
  announceAll(): void {
    for (let row = 1; row <= this.#highWater; row++) {
      const prefix = this.#prefix[row]! as PrefixId;
      if (prefix !== 0 && this.#head[prefix] === row) this.#announce(prefix);
    }
  }

  /** Forgets everything; the routes leave the table with their channel. */
  clear(): void {
    for (let row = 1; row <= this.#highWater; row++) {
      if (this.#prefix[row] !== 0) this.#remove(this.#prefix[row]! as PrefixId, row);
    }
  }

  #counts(route: RouteMessage): boolean {
    if ((route.flags & RouteFlag.Cloned) !== 0 || route.tos !== 0) return false;
    if (route.sourceLength !== 0 || route.inputInterface !== 0) return false;
    switch (route.protocol) {
      case RouteProtocol.Bird:
      case RouteProtocol.Unspec:
      case RouteProtocol.Redirect:
        return false;
      case RouteProtocol.Kernel:
        if (!this.#all) return false;
    }
    if (route.type !== RouteType.Unicast && NULL_KINDS[route.type] === undefined) return false;
    const { word0, word1, word2, length } = route;
    return this.#prefixes.family.version === 4
      ? !isMartianIpv4(word0, length)
      : !isMartianIpv6(word0, word1, word2, length);
  }

  /** False if the route cannot be understood; `loud`: that is told. */
  #learn(route: RouteMessage, loud: boolean): boolean {
    const attribute = this.#intern(route, loud);
    if (attribute === 0) return false;
    const prefix = this.#prefixes.intern(route.word0, route.word1, route.word2, route.word3, route.length);
    this.#growPrefixes(prefix);
    let row = this.#rowOf(prefix, route.priority);
    if (row === 0) {
      row = this.#take();
      this.#prefix[row] = prefix;
      this.#metric[row] = route.priority;
      this.#attribute[row] = attribute;
      this.#chainIn(prefix, row);
    } else {
      this.#context.attributes.release(this.#attribute[row]! as AttributeId);
      this.#attribute[row] = attribute;
    }
    this.#seen[row] = this.#scan;
    this.#announce(prefix);
    return true;
  }

  /** The first row of the prefix goes to the RIB; saying nothing new costs a lookup there. */
  #announce(prefix: PrefixId): void {
    const prefixes = this.#prefixes;
    const wide = prefixes.family.version === 6;
    const word0 = prefixes.word0[prefix]!;
    const word1 = wide ? prefixes.word1[prefix]! : 0;
    const word2 = wide ? prefixes.word2[prefix]! : 0;
    const word3 = wide ? prefixes.word3[prefix]! : 0;
    const length = prefixes.length[prefix]!;
    const row = this.#head[prefix]!;
    if (row === 0) {
      this.#adjRibIn.withdrawWords(word0, word1, word2, word3, length, 0);
      prefixes.free(prefix);
    } else {
      const attribute = this.#attribute[row]! as AttributeId;
      const now = this.#context.clock.now();
      this.#adjRibIn.announceWords(word0, word1, word2, word3, length, 0, attribute, now);
    }
  }

  // ------------------------------------------------------------------------------------------------- translation

  /** The route's attributes and next hop, with one reference; 0 where it cannot be understood. */
  #intern(route: RouteMessage, loud: boolean): AttributeId {
    const nextHop = this.#nextHop(route, loud);
    if (nextHop === undefined) return 0 as AttributeId;
    const { attributes, nextHops } = this.#context;
    const editor = this.#editor;
    editor.loadEmpty();
    editor.setExtensionU32(ExtensionAttribute.KrtSource, route.protocol);
    editor.setExtensionU32(ExtensionAttribute.KrtMetric, route.priority);
    if (route.prefSrcEnd > route.prefSrcStart) {
      const address = route.bytes.subarray(route.prefSrcStart, route.prefSrcEnd);
      editor.setExtension(ExtensionAttribute.KrtPrefSrc, address);
    }
    if (route.flow !== 0) editor.setExtensionU32(ExtensionAttribute.KrtRealm, route.flow);
    const isDevice = nextHop.kind === 'hops' && nextHop.hops.every((hop) => hop.gateway === undefined);
    const usualScope = isDevice ? RouteScopeNumber.Link : RouteScopeNumber.Universe;
    if (this.#prefixes.family.version === 4 && route.scope !== usualScope) {
      editor.setExtensionU32(ExtensionAttribute.KrtScope, route.scope);
    }
    for (let metric = 1; route.metricMask !== 0 && metric <= ROUTE_METRIC_MAX; metric++) {
      if ((route.metricMask & (1 << metric)) === 0) continue;
      const id = ExtensionAttribute.KrtMetricBase + metric;
      if (metric !== RouteMetric.CongestionAlgorithm) editor.setExtensionU32(id, route.metrics[metric]!);
      else editor.setExtension(id, Buffer.from(route.congestionAlgorithm, 'latin1'));
    }
    if (!editor.encodeRecord()) return 0 as AttributeId;
    const id = nextHops.intern(nextHop);
    const attribute = attributes.intern(editor.bytes, editor.start, editor.wireEnd, editor.end, id);
    nextHops.release(id);
    return attribute;
  }

  #nextHop(route: RouteMessage, loud: boolean): NextHop | undefined {
    const kind = NULL_KINDS[route.type];
    if (kind !== undefined) return { kind };
    const { interfaces } = this.#context;
    const hops: Hop[] = [];
    for (let i = 0; i < route.hopCount; i++) {
      const decoded = route.hops[i]!;
      const link = interfaces.byIndex(decoded.interfaceIndex);
      const gateway = hopGateway(decoded);
      if (link === undefined) {
        if (loud) this.#report(`Received route ${describe(route)} with unknown interface ${decoded.interfaceIndex}`);
        return undefined;
      }
      if (gateway !== undefined && interfaces.isLocalAddress(gateway)) {
        if (loud) this.#report(`Received route ${describe(route)} with strange next hop ${gateway}`);
        return undefined;
      }
      // The kernel took the gateway: where our model has no network for it, it is reachable all the same.
      const onlink =
        gateway !== undefined &&
        ((decoded.flags & HopFlag.OnLink) !== 0 || interfaces.connected(gateway, link.name) === undefined);
      hops.push({ gateway, interfaceName: link.name, weight: decoded.weight, onlink });
    }
    if (hops.length === 0) {
      if (loud) this.#report(`Received route ${describe(route)} without a next hop`);
      return undefined;
    }
    return { kind: 'hops', hops };
  }

  // -------------------------------------------------------------------------------------------------------- rows

  #find(route: RouteMessage): PrefixId {
    return this.#prefixes.find(route.word0, route.word1, route.word2, route.word3, route.length);
  }

  #rowOf(prefix: PrefixId, metric: number): number {
    let row = this.#head[prefix]!;
    while (row !== 0 && this.#metric[row] !== metric) row = this.#next[row]!;
    return row;
  }

  #chainIn(prefix: PrefixId, row: number): void {
    const metric = this.#metric[row]!;
    let before = 0;
    let behind = this.#head[prefix]!;
    while (behind !== 0 && this.#metric[behind]! < metric) {
      before = behind;
      behind = this.#next[behind]!;
    }
    this.#next[row] = behind;
    if (before === 0) this.#head[prefix] = row;
    else this.#next[before] = row;
  }

  #remove(prefix: PrefixId, row: number): void {
    if (this.#head[prefix] === row) {
      this.#head[prefix] = this.#next[row]!;
    } else {
      let before = this.#head[prefix]!;
      while (this.#next[before] !== row) before = this.#next[before]!;
      this.#next[before] = this.#next[row]!;
    }
    this.#context.attributes.release(this.#attribute[row]! as AttributeId);
    this.#prefix[row] = this.#attribute[row] = this.#next[row] = 0;
    this.#free.push(row);
  }

  #take(): number {
    const row = this.#free.pop() ?? ++this.#highWater;
    if (row >= this.#prefix.length) {
      this.#prefix = doubled(this.#prefix);
      this.#metric = doubled(this.#metric);
      this.#attribute = doubled(this.#attribute);
      this.#next = doubled(this.#next);
      const seen = new Uint8Array(2 * this.#seen.length);
      seen.set(this.#seen);
      this.#seen = seen;
    }
    return row;
  }

  #growPrefixes(prefix: PrefixId): void {
    while (prefix >= this.#head.length) this.#head = doubled(this.#head);
  }
}

function doubled(column: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * column.length);
  larger.set(column);
  return larger;
}

function describe(route: RouteMessage): string {
  const hop = { interfaceIndex: 0, weight: 1, flags: 0, gatewayFamily: route.family };
  const { word0: gateway0, word1: gateway1, word2: gateway2, word3: gateway3 } = route;
  return `${hopGateway({ ...hop, gateway0, gateway1, gateway2, gateway3 })}/${route.length}`;
}
