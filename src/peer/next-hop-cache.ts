/**
 * From the octets of a BGP next hop to a counted id, without making an object for each UPDATE: a session hears few
 * distinct next hops, over and over.
 *
 * What a next hop means here (BIRD `gateway`, `next hop prefer`, `igp table`, `onlink`): a neighbour on the link, or an
 * address that another table has to resolve. A link-local one means something on the session's own link only.
 */
import { formatIp, type Ip, ipVersion, isLinkLocal, type NextHop } from '../../bgp/index.ts';
import type { InterfaceTable, NextHopId, NextHopTable } from '../../rib/index.ts';

export interface NextHopRules {
  readonly gateway: 'direct' | 'recursive';
  readonly prefer: 'global' | 'local';
  readonly onlink: boolean;
  /** Interface of a directly connected session. */
  readonly linkInterface: string | undefined;
  /** Tables that resolve recursive next hops of each version. */
  readonly igpTable4: string;
  readonly igpTable6: string;
}

/** Entries remembered; a power of two. */
const SLOTS = 64;
const LONGEST = 32;
const NONE = 0 as NextHopId;

export class NextHopCache {
  readonly #table: NextHopTable;
  readonly #interfaces: InterfaceTable;
  readonly #rules: NextHopRules;
  /** The interfaces for which the entries hold: which addresses are our own. */
  #interfacesSeen: number;
  /** Each slot: one next hop, its length, its octets and its id (one reference is ours). */
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #octets = new Uint8Array(SLOTS * LONGEST);
  readonly #ids = new Uint32Array(SLOTS);

  constructor(table: NextHopTable, interfaces: InterfaceTable, rules: NextHopRules) {
    this.#table = table;
    this.#interfaces = interfaces;
    this.#interfacesSeen = interfaces.version;
    this.#rules = rules;
  }

  /**
   * The id of 4, 16 or 32 octets (global, then link-local); 0 for an address of our own, which is no next hop (RFC 4271
   * section 5.1.3). The reference stays with the cache until `clear`, or until the slot is needed: intern at once.
   */
  find(bytes: Uint8Array, start: number, length: number): NextHopId {
    if (this.#interfaces.version !== this.#interfacesSeen) {
      this.clear();
      this.#interfacesSeen = this.#interfaces.version;
    }
    let hash = length;
    for (let i = start; i < start + length; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
    const slot = (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (SLOTS - 1);
    const at = slot * LONGEST;
    if (this.#lengths[slot] === length && this.#matches(at, bytes, start, length)) {
      return this.#ids[slot] as NextHopId;
    }
    if (this.#ids[slot] !== NONE) this.#table.release(this.#ids[slot] as NextHopId);
    const own = this.#interfaces.isLocalAddress(formatIp(bytes, start, length === 4 ? 4 : 16));
    const id = own ? NONE : this.#table.intern(readNextHop(bytes, start, length, this.#rules));
    this.#ids[slot] = id;
    this.#lengths[slot] = length;
    for (let i = 0; i < length; i++) this.#octets[at + i] = bytes[start + i]!;
    return id;
  }

  clear(): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.#ids[slot] !== NONE) this.#table.release(this.#ids[slot] as NextHopId);
      this.#ids[slot] = NONE;
      this.#lengths[slot] = 0;
    }
  }

  #matches(at: number, bytes: Uint8Array, start: number, length: number): boolean {
    for (let i = 0; i < length; i++) if (this.#octets[at + i] !== bytes[start + i]) return false;
    return true;
  }
}

/** The meaning of a next hop on a session. */
export function readNextHop(bytes: Uint8Array, start: number, length: number, rules: NextHopRules): NextHop {
  const first = formatIp(bytes, start, length === 4 ? 4 : 16);
  const second = length === LONGEST ? formatIp(bytes, start + 16, 16) : undefined;
  const global = isLinkLocal(first) || first === '::' ? undefined : first;
  const linkLocal = [second, first].find((ip) => ip !== undefined && isLinkLocal(ip));
  const { linkInterface, prefer, onlink } = rules;

  // Nothing but a link-local address: it can only be a neighbour.
  if (global === undefined) return direct(linkLocal ?? first, undefined, linkInterface);
  if (onlink && linkInterface !== undefined) {
    const gateway = prefer === 'local' && linkLocal !== undefined ? linkLocal : global;
    return { kind: 'hops', hops: [{ gateway, interfaceName: linkInterface, weight: 1, onlink: true }] };
  }
  if (rules.gateway === 'direct') {
    if (prefer === 'local' && linkLocal !== undefined) return direct(linkLocal, undefined, linkInterface);
    return direct(global, linkLocal, linkInterface);
  }
  return {
    kind: 'gateway',
    address: global,
    // Where the global address turns out to be on a link, the link-local one may be the better gateway.
    linkLocal: prefer === 'local' ? linkLocal : undefined,
    interfaceName: linkInterface,
    resolve: 'recursive',
    igpTable: ipVersion(global) === 4 ? rules.igpTable4 : rules.igpTable6,
  };
}

function direct(address: Ip, linkLocal: Ip | undefined, interfaceName: string | undefined): NextHop {
  return { kind: 'gateway', address, linkLocal, interfaceName, resolve: 'direct', igpTable: '' };
}
