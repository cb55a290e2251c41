/**
 * From a next hop to what packets do: the rules, without memory.
 *
 *  - A direct gateway has to be a neighbour on a link that is up. If the global address is none, the link-local
 *    companion on the named interface serves (RFC 2545 section 3).
 *  - A recursive gateway takes the hops of the route that covers it. That route has to be resolved itself, without
 *    another table look-up (one level), and must not end in this machine. Over a connected route the gateway is the
 *    neighbour itself: the link-local companion where there is one.
 *  - Explicit hops: each that is usable counts, the others sleep; none usable means unresolved.
 */
import { type GatewayNextHop, type Hop, type HopsNextHop, type Ip, isLinkLocal, type NextHop } from '../bgp/index.ts';
import type { Interface, InterfaceTable } from './interface-table.ts';

export interface ResolvedHop {
  /** `undefined`: the destination itself is on the link. */
  readonly gateway: Ip | undefined;
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly weight: number;
  readonly onlink: boolean;
}

/** `unresolved`: nowhere to go at the moment; `unreachable` and the others: on purpose, or the covering route's kind. */
export type ForwardingKind = 'unicast' | 'blackhole' | 'unreachable' | 'prohibit' | 'unresolved';

export interface Forwarding {
  readonly kind: ForwardingKind;
  /** Not empty for `unicast`, empty for the others. */
  readonly hops: readonly ResolvedHop[];
  /** Distance of the next hop; UNKNOWN_METRIC if nobody knows. */
  readonly igpMetric: number;
}

/** The route of a table that covers the address of a recursive next hop. */
export interface CoveringRoute {
  readonly forwarding: Forwarding;
  /** Some route of that prefix, as preferred as the best one, is recursive itself. */
  readonly recursive: boolean;
  /** Distance that the route itself tells; UNKNOWN_METRIC if it does not. */
  readonly igpMetric: number;
}

/** Metric of a next hop whose distance nobody knows. */
export const UNKNOWN_METRIC = 0xffff_ffff;
const UNRESOLVED: Forwarding = Object.freeze({ kind: 'unresolved', hops: [], igpMetric: UNKNOWN_METRIC });

export class NextHopResolver {
  readonly #interfaces: InterfaceTable;
  readonly #covering: (address: Ip, table: string) => CoveringRoute | undefined;

  constructor(interfaces: InterfaceTable, covering: (address: Ip, table: string) => CoveringRoute | undefined) {
    this.#interfaces = interfaces;
    this.#covering = covering;
  }

  resolve(nextHop: NextHop): Forwarding {
    switch (nextHop.kind) {
      case 'gateway':
        return nextHop.resolve === 'direct' ? this.#direct(nextHop) : this.#recursive(nextHop);
      case 'hops':
        return this.#hops(nextHop);
      default:
        return { kind: nextHop.kind, hops: [], igpMetric: 0 };
    }
  }

  #direct(nextHop: GatewayNextHop): Forwarding {
    const interfaces = this.#interfaces;
    let gateway = nextHop.address;
    let link = this.#neighbourLink(gateway, nextHop.interfaceName);
    if (link === undefined && nextHop.linkLocal !== undefined) {
      gateway = nextHop.linkLocal;
      link = this.#neighbourLink(gateway, nextHop.interfaceName);
    }
    if (link === undefined || interfaces.isLocalAddress(gateway)) return UNRESOLVED;
    return { kind: 'unicast', hops: [hopOn(link, gateway, 1, false)], igpMetric: 0 };
  }

  /** A global address may be on any link; a link-local one only on its own. */
  #neighbourLink(gateway: Ip, interfaceName: string | undefined): Interface | undefined {
    const named = interfaceName === undefined ? undefined : this.#interfaces.connected(gateway, interfaceName);
    if (named !== undefined || isLinkLocal(gateway)) return named;
    return this.#interfaces.connected(gateway);
  }

  #recursive(nextHop: GatewayNextHop): Forwarding {
    const { address, linkLocal } = nextHop;
    if (this.#interfaces.isLocalAddress(address)) return UNRESOLVED;
    const covering = this.#covering(address, nextHop.igpTable);
    if (covering === undefined || covering.recursive || covering.forwarding.kind === 'unresolved') return UNRESOLVED;
    const { kind, hops } = covering.forwarding;
    if (kind !== 'unicast') return { kind, hops: [], igpMetric: covering.igpMetric };
    return {
      kind,
      hops: hops.map((hop) => (hop.gateway === undefined ? { ...hop, gateway: linkLocal ?? address } : hop)),
      igpMetric: covering.igpMetric,
    };
  }

  #hops(nextHop: HopsNextHop): Forwarding {
    const hops: ResolvedHop[] = [];
    for (const hop of nextHop.hops) {
      const link = this.#hopLink(hop);
      if (link !== undefined) hops.push(hopOn(link, hop.gateway, hop.weight, hop.onlink));
    }
    return hops.length === 0 ? UNRESOLVED : { kind: 'unicast', hops, igpMetric: 0 };
  }

  #hopLink(hop: Hop): Interface | undefined {
    if (hop.gateway === undefined || hop.onlink) {
      const link = hop.interfaceName === undefined ? undefined : this.#interfaces.byName(hop.interfaceName);
      return link?.up ? link : undefined;
    }
    return this.#interfaces.connected(hop.gateway, hop.interfaceName);
  }
}

export function sameForwarding(a: Forwarding, b: Forwarding): boolean {
  if (a.kind !== b.kind || a.igpMetric !== b.igpMetric || a.hops.length !== b.hops.length) return false;
  for (let i = 0; i < a.hops.length; i++) {
    const x = a.hops[i];
    const y = b.hops[i];
    if (
      x.gateway !== y.gateway ||
      x.interfaceIndex !== y.interfaceIndex ||
      x.interfaceName !== y.interfaceName ||
      x.weight !== y.weight ||
      x.onlink !== y.onlink
    ) {
      return false;
    }
  }
  return true;
}

function hopOn(link: Interface, gateway: Ip | undefined, weight: number, onlink: boolean): ResolvedHop {
  return { gateway, interfaceName: link.name, interfaceIndex: link.index, weight, onlink };
}
