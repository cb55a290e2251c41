/**
 * Next hops, each kept once and resolved: which interface and neighbour packets go to now, and how far that is.
 *
 *     NextHop value  --intern-->  id  --resolve-->  Forwarding { unicast, hops, igpMetric }
 *                                        ^
 *                    interfaces (direct, hops)  or  the covering route of another table (recursive, one level)
 *
 * `update` resolves again what a change of interfaces or of a table may have touched; what really changed is stamped
 * with a new version, and each routing table then looks for the routes that use it (RoutingTable.nextHopsChanged).
 * Objects and strings are fine here: counted in next hops. Only the columns are read per route.
 */
import { type Ip, ipVersion, type NextHop } from '../bgp/index.ts';
import type { NextHopId } from './ids.ts';
import { addressWords, IgpWatch, type WatchedTable } from './igp-watch.ts';
import type { InterfaceTable } from './interface-table.ts';
import { type CoveringRoute, type Forwarding, NextHopResolver, sameForwarding } from './next-hop-resolver.ts';
import { resized } from './storage/columns.ts';
import { FreeList } from './storage/free-list.ts';

export type { Forwarding } from './next-hop-resolver.ts';

/** A table that recursive next hops are looked up in. */
export interface IgpTable extends WatchedTable {
  readonly name: string;
  /** The route that packets to the address take; `undefined`: none. */
  covering(word0: number, word1: number, word2: number, word3: number): CoveringRoute | undefined;
}

const NextHopFlag = { Recursive: 1, Hops: 2 } as const;

export class NextHopTable {
  /** 1 where packets have somewhere to go, also on purpose into a blackhole. */
  reachable: Uint8Array = new Uint8Array(64);
  /** Distance of the BGP next hop for the decision; UNKNOWN_METRIC if nobody knows. */
  igpMetric: Uint32Array = new Uint32Array(64);
  /** The version in which the forwarding last changed; 0: not since the next hop was made. */
  changedAt: Float64Array = new Float64Array(64);
  readonly #interfaces: InterfaceTable;
  readonly #resolver: NextHopResolver;
  readonly #rows = new FreeList();
  readonly #byKey = new Map<string, NextHopId>();
  readonly #values: NextHop[] = [];
  readonly #keys: string[] = [];
  readonly #forwardings: Forwarding[] = [];
  #references = new Uint32Array(64);
  #flags = new Uint8Array(64);
  readonly #tables = new Map<string, { readonly table: IgpTable; readonly watch: IgpWatch }>();
  #version = 0;
  #interfacesSeen: number;
  /** Next id to look at again after a change of interfaces; 0: nothing to do. */
  #recheck = 0;

  constructor(interfaces: InterfaceTable) {
    this.#interfaces = interfaces;
    this.#interfacesSeen = interfaces.version;
    this.#resolver = new NextHopResolver(interfaces, (address, table) => this.#covering(address, table));
  }

  get count(): number {
    return this.#rows.count;
  }

  /** Grows when the forwarding of some next hop changes; `changedAt` says which. */
  get version(): number {
    return this.#version;
  }

  /** The id of a next hop, with one more reference for the caller; a new one is resolved at once. */
  intern(nextHop: NextHop): NextHopId {
    const key = keyOf(nextHop);
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      this.#references[known]++;
      return known;
    }
    const id = this.#rows.take() as NextHopId;
    if (id >= this.reachable.length) this.#grow();
    this.#byKey.set(key, id);
    this.#keys[id] = key;
    this.#values[id] = nextHop;
    this.#references[id] = 1;
    const recursive = nextHop.kind === 'gateway' && nextHop.resolve === 'recursive';
    this.#flags[id] = recursive ? NextHopFlag.Recursive : nextHop.kind === 'hops' ? NextHopFlag.Hops : 0;
    this.changedAt[id] = 0;
    if (recursive) this.#tables.get(nextHop.igpTable)?.watch.add(id, nextHop.address);
    this.#store(id, this.#resolver.resolve(nextHop));
    return id;
  }

  retain(id: NextHopId): void {
    this.#references[id]++;
  }

  release(id: NextHopId): void {
    if (--this.#references[id] > 0) return;
    const value = this.#values[id];
    this.#byKey.delete(this.#keys[id]);
    if (value.kind === 'gateway') this.#tables.get(value.igpTable)?.watch.remove(id);
    this.#flags[id] = 0;
    this.#rows.giveBack(id);
  }

  value(id: NextHopId): NextHop {
    return this.#values[id];
  }

  /** Where packets go now. The object stays the same until that changes. */
  forwarding(id: NextHopId): Forwarding {
    return this.#forwardings[id];
  }

  /** Looked up in another table: a route that cannot itself carry a recursive one (one level). */
  isRecursive(id: NextHopId): boolean {
    return this.#flags[id] === NextHopFlag.Recursive;
  }

  /** Explicit hops of which none is usable: the route counts as not announced. */
  isDormant(id: NextHopId): boolean {
    return this.#flags[id] === NextHopFlag.Hops && this.reachable[id] === 0;
  }

  /** Makes a table known by its name to recursive next hops, also to those that are here already. */
  addTable(table: IgpTable): void {
    const watch = new IgpWatch(table);
    this.#tables.set(table.name, { table, watch });
    for (let id = 1 as NextHopId; id <= this.#rows.highWater; id++) {
      if (this.#references[id] === 0 || !this.isRecursive(id)) continue;
      const value = this.#values[id];
      if (value.kind !== 'gateway' || value.igpTable !== table.name) continue;
      watch.add(id, value.address);
      this.#resolveAgain(id);
    }
  }

  removeTable(table: IgpTable): void {
    const known = this.#tables.get(table.name);
    if (known?.table !== table) return;
    this.#tables.delete(table.name);
    known.watch.close();
    for (const id of known.watch.ids()) this.#resolveAgain(id);
  }

  /**
   * Resolves again what changes of interfaces and tables may have touched; at most about `limit` steps. True if more
   * remains. Routes learn of it by RoutingTable.nextHopsChanged.
   */
  update(limit: number): boolean {
    let left = limit;
    if (this.#interfacesSeen !== this.#interfaces.version) {
      this.#interfacesSeen = this.#interfaces.version;
      this.#recheck = 1;
    }
    while (this.#recheck !== 0) {
      const id = this.#recheck as NextHopId;
      if (id > this.#rows.highWater) {
        this.#recheck = 0;
        break;
      }
      if (left-- <= 0) return true;
      this.#recheck = id + 1;
      if (this.#references[id] > 0) this.#resolveAgain(id);
    }
    for (const { watch } of this.#tables.values()) {
      while (left > 0 && watch.next()) {
        left -= 1 + watch.touchedCount;
        for (let i = 0; i < watch.touchedCount; i++) this.#resolveAgain(watch.touched[i] as NextHopId);
      }
    }
    return left <= 0;
  }

  #resolveAgain(id: NextHopId): void {
    const forwarding = this.#resolver.resolve(this.#values[id]);
    if (sameForwarding(forwarding, this.#forwardings[id])) return;
    this.#store(id, forwarding);
    this.changedAt[id] = ++this.#version;
  }

  #store(id: NextHopId, forwarding: Forwarding): void {
    this.#forwardings[id] = forwarding;
    this.reachable[id] = forwarding.kind === 'unreachable' || forwarding.kind === 'unresolved' ? 0 : 1;
    this.igpMetric[id] = forwarding.igpMetric;
  }

  #covering(address: Ip, table: string): CoveringRoute | undefined {
    const igp = this.#tables.get(table)?.table;
    if (igp === undefined || igp.prefixes.family.version !== ipVersion(address)) return undefined;
    const words = addressWords(address);
    return igp.covering(words[0], words[1], words[2], words[3]);
  }

  #grow(): void {
    const capacity = 2 * this.reachable.length;
    this.reachable = resized(this.reachable, capacity);
    this.igpMetric = resized(this.igpMetric, capacity);
    this.changedAt = resized(this.changedAt, capacity);
    this.#references = resized(this.#references, capacity);
    this.#flags = resized(this.#flags, capacity);
  }
}

/** Equal next hops have equal keys and no others have. */
function keyOf(nextHop: NextHop): string {
  switch (nextHop.kind) {
    case 'gateway':
      return `g ${nextHop.address} ${nextHop.linkLocal ?? ''} ${nextHop.resolve} ${JSON.stringify([nextHop.interfaceName, nextHop.igpTable])}`;
    case 'hops':
      return JSON.stringify(nextHop.hops.map((hop) => [hop.gateway, hop.interfaceName, hop.weight, hop.onlink]));
    default:
      return nextHop.kind;
  }
}
