/**
 * Which members of a group are not sent a route although the others are: the one whose protocol brought it (split
 * horizon), and the one whose address is its next hop (RFC 4271 section 5.1.3). Answers are remembered by source, and
 * for the last attribute set; both memories know when their id stands for something else.
 */
import { AttributeCode, attributeEnd, findAttribute, ipBytes, valueStart } from '../bgp/index.ts';
import { exclusion } from './adj-rib-out.ts';
import type { OutgoingId, SourceId } from './ids.ts';
import type { OutgoingSets } from './outgoing-sets.ts';
import type { RouteSource } from './route-source.ts';
import type { RoutingTable } from './routing-table.ts';
import type { GroupMembership } from './update-group-member.ts';

export class LeftOut {
  readonly #table: RoutingTable;
  readonly #sets: OutgoingSets;
  readonly #byProtocol = new Map<string, GroupMembership>();
  /** By hash of the neighbour's address. */
  readonly #byAddress = new Map<number, { readonly octets: Uint8Array; readonly member: GroupMembership }[]>();
  readonly #sources: (RouteSource | undefined)[] = [];
  readonly #slots: number[] = [];
  #lastSent = 0;
  #lastSerial = 0;
  #lastSlot = 0;

  constructor(table: RoutingTable, sets: OutgoingSets) {
    this.#table = table;
    this.#sets = sets;
  }

  add(member: GroupMembership): void {
    this.#byProtocol.set(member.port.protocol, member);
    const octets = ipBytes(member.port.peerAddress);
    const key = hashOctets(octets, 0, octets.length);
    const bucket = this.#byAddress.get(key);
    if (bucket === undefined) this.#byAddress.set(key, [{ octets, member }]);
    else bucket.push({ octets, member });
    this.#forget();
  }

  remove(member: GroupMembership): void {
    if (this.#byProtocol.get(member.port.protocol) === member) this.#byProtocol.delete(member.port.protocol);
    const octets = ipBytes(member.port.peerAddress);
    const key = hashOctets(octets, 0, octets.length);
    const rest = this.#byAddress.get(key)?.filter((entry) => entry.member !== member) ?? [];
    if (rest.length === 0) this.#byAddress.delete(key);
    else this.#byAddress.set(key, rest);
    this.#forget();
  }

  /** Some member has that address. */
  hasAddress(address: GroupMembership['port']['peerAddress']): boolean {
    const octets = ipBytes(address);
    return this.#find(octets, 0, octets.length) !== 0;
  }

  /** Both, as AdjRibOut keeps them. */
  of(source: SourceId, sent: OutgoingId): number {
    return exclusion(this.owner(source), this.nextHop(sent));
  }

  /** Slot of the member that brought the route; 0: none of these. */
  owner(id: SourceId): number {
    const source = this.#table.sources.get(id);
    if (this.#sources[id] === source) return this.#slots[id];
    const slot = this.#byProtocol.get(source.protocol)?.slot ?? 0;
    this.#sources[id] = source;
    this.#slots[id] = slot;
    return slot;
  }

  /** Slot of the member that is the next hop; 0: none of these. */
  nextHop(sent: OutgoingId): number {
    const sets = this.#sets;
    const serial = sets.serial(sent);
    if (sent === this.#lastSent && serial === this.#lastSerial) return this.#lastSlot;
    this.#lastSent = sent;
    this.#lastSerial = serial;
    this.#lastSlot = sets.loadNextHop(sent) ? this.nextHopOf(sets.bytes, sets.start, sets.end) : 0;
    return this.#lastSlot;
  }

  /** The same for a record that has no id. */
  nextHopOf(bytes: Uint8Array, start: number, wireEnd: number): number {
    const at = findAttribute(bytes, start, wireEnd, AttributeCode.NextHop);
    if (at < 0) return 0;
    const value = valueStart(bytes, at);
    const end = attributeEnd(bytes, at);
    if (end - value !== 32) return this.#find(bytes, value, end);
    return this.#find(bytes, value, value + 16) || this.#find(bytes, value + 16, end);
  }

  #find(bytes: Uint8Array, start: number, end: number): number {
    const bucket = this.#byAddress.get(hashOctets(bytes, start, end));
    if (bucket === undefined) return 0;
    for (const { octets, member } of bucket) {
      let i = 0;
      while (i < octets.length && octets[i] === bytes[start + i]) i++;
      if (i === octets.length && i === end - start) return member.slot;
    }
    return 0;
  }

  #forget(): void {
    this.#sources.length = 0;
    this.#lastSent = 0;
  }
}

function hashOctets(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0;
  return hash;
}
