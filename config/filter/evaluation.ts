/**
 * One run of a filter over one route: what generated code works on. There is one `Evaluation`, used again and again;
 * runs do not nest.
 *
 * Errors and verdicts are values: whatever ends the run sets `stop`, and generated code returns after every call that
 * may have set it. Nothing is thrown.
 *
 * Paths and community lists are read once a run and written back at its end, when the route is accepted, so a filter
 * that adds five communities encodes one list. A rejected route keeps the lists that it came with.
 *
 * Every run has a budget: each call of a function and each turn of a loop takes one unit, work on long values takes
 * units by length. A run out of budget ends with an error: no filter, however it was written, holds up the daemon.
 */
import {
  type Hop,
  type NextHop,
  type PolicyPlace,
  type PolicyRoute,
  PolicyVerdict,
  type RouteAttributes,
  RouteSourceKind,
} from '../../bgp/index.ts';
import type { FilterHost } from './environment.ts';
import { Destination, DestinationOf1 } from './types.ts';
import {
  EMPTY_BYTES,
  EMPTY_WORDS,
  type IpAddress,
  ipFromBytes,
  ipFromText,
  ipOctets,
  ipText,
  type Network,
  networkOfRoute,
} from './value.ts';

/** Values of `Evaluation.stop`. */
export const Stop = { Running: 0, Accept: 1, Reject: 2, Error: 3 } as const;

/** Calls and loop turns of one run; some milliseconds of work. */
const BUDGET = 100_000;
/** Nested calls of functions that call themselves. */
const DEEPEST_RECURSION = 1000;
/** Octets of the longest path, list or text that a run may make; no attribute is longer. */
export const LONGEST_VALUE = 65535;
/** Characters of one printed line. */
const LONGEST_LINE = 8192;

/** Path attributes that are cached as lists; their place in the cache is their index here. */
const LIST_CODES = [8, 10, 16, 32] as const;
const PATH_CODE = 2;
const PATH_BIT = 1 << LIST_CODES.length;
const OPTIONAL_TRANSITIVE = 0xc0;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export class Evaluation {
  route!: PolicyRoute;
  attributes!: RouteAttributes;
  host: FilterHost | undefined;
  stop: number = Stop.Running;
  /** Of the statement that ended the run, unless it was an error. */
  place: PolicyPlace | undefined = undefined;
  /** Why the run ended with an error, and in which line; line 0 for an error of the filter as a whole. */
  errorMessage = '';
  errorLine = 0;
  budget = 0;
  depth = 0;
  /** Failed `bt_assert`s, as lines of the file, collected while tests run. */
  failedAsserts: number[] | undefined;
  private printed = '';
  private cachedPath: Uint8Array = EMPTY_BYTES;
  private readonly cachedLists: Uint32Array[] = LIST_CODES.map(() => EMPTY_WORDS);
  /** What is in the cache, and what of it has to be written back: a bit for each list, and one for the path. */
  private cached = 0;
  private changed = 0;

  begin(route: PolicyRoute, host: FilterHost | undefined): void {
    this.route = route;
    this.attributes = route.attributes;
    this.host = host;
    this.reset();
  }

  /** Begins a run without a route: `eval`, constants. */
  beginWithout(route: PolicyRoute, host: FilterHost | undefined): void {
    this.route = route;
    this.attributes = route as unknown as RouteAttributes;
    this.host = host;
    this.reset();
  }

  private reset(): void {
    this.stop = Stop.Running;
    this.budget = BUDGET;
    this.depth = 0;
    this.printed = '';
    this.cached = 0;
    this.changed = 0;
  }

  /** Ends a run: writes lists back if the route is accepted, prints what was not ended by `print`. */
  finish(): PolicyVerdict {
    this.flushRest();
    if (this.stop === Stop.Accept) {
      if (this.changed !== 0) this.writeBack();
      return PolicyVerdict.Accept;
    }
    if (this.stop === Stop.Reject) return PolicyVerdict.Reject;
    this.route.error = this.error();
    return PolicyVerdict.Error;
  }

  /** The error as the log shows it. */
  error(): string {
    return this.errorLine === 0 ? this.errorMessage : `filters, line ${this.errorLine}: ${this.errorMessage}`;
  }

  private writeBack(): void {
    if ((this.changed & PATH_BIT) !== 0) this.attributes.setAsPath(this.cachedPath);
    for (let i = 0; i < LIST_CODES.length; i++) {
      if (((this.changed >>> i) & 1) !== 0) this.attributes.setWords(LIST_CODES[i]!, this.cachedLists[i]!);
    }
  }

  // ------------------------------------------------------------------------------------------------- ends of the run

  accept(place?: PolicyPlace): undefined {
    this.place = place;
    this.stop = Stop.Accept;
    return undefined;
  }

  reject(place: PolicyPlace): undefined {
    this.place = place;
    this.stop = Stop.Reject;
    return undefined;
  }

  /** `error ...;` */
  refuse(line: number): undefined {
    return this.fail(line, 'Filter ended with error');
  }

  /** Ends the run with an error. */
  fail(line: number, message: string): undefined {
    this.stop = Stop.Error;
    this.errorLine = line;
    this.errorMessage = message;
    return undefined;
  }

  /** The end of a filter without a verdict. */
  noVerdict(label: string): undefined {
    return this.fail(0, `Filter ${label} did not return accept nor reject. Make up your mind`);
  }

  /** Takes units for work on long values; the next call or turn notices when they are used up. */
  spend(units: number): void {
    this.budget -= units;
  }

  overBudget(line: number): undefined {
    return this.fail(line, 'Too many steps');
  }

  /** Enters a function that can call itself. */
  enter(line: number): boolean {
    if (++this.depth <= DEEPEST_RECURSION) return true;
    this.fail(line, 'Too deep recursion');
    return false;
  }

  /** `bt_assert` of something false: noted where tests run, an error elsewhere. */
  assertFailed(line: number): void {
    if (this.failedAsserts === undefined) this.fail(line, 'Assertion failed');
    else this.failedAsserts.push(line);
  }

  // ------------------------------------------------------------------------------------------------- printing

  put(text: string): void {
    if (this.printed.length < LONGEST_LINE) this.printed += text;
  }

  /** Prints what `printn` left. */
  flushRest(): void {
    if (this.printed !== '') this.flush();
  }

  flush(): void {
    const line = this.printed;
    this.printed = '';
    this.route.print(line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)} ...` : line);
  }

  // ------------------------------------------------------------------------------------------------- the route itself

  net(): Network {
    return networkOfRoute(this.route);
  }

  from(): IpAddress {
    return ipFromText(this.route.from);
  }

  setFrom(address: IpAddress): void {
    this.route.from = isNone(address) ? '' : ipText(address);
  }

  /** Ways that packets take now; a next hop that nobody can resolve counts as it is written. */
  private hopsNow(): readonly Hop[] {
    const forwarding = this.route.forwarding?.();
    return forwarding === undefined ? (this.hops() ?? NO_HOPS) : forwarding.hops;
  }

  gateway(): IpAddress {
    return ipFromText(this.hopsNow()[0]?.gateway ?? '');
  }

  interfaceName(): string {
    return this.hopsNow()[0]?.interfaceName ?? '';
  }

  /** BIRD 1 says nothing of the ways where there are several. */
  onlyGateway(): IpAddress {
    return ipFromText(onlyOne(this.hopsNow())?.gateway ?? '');
  }

  onlyInterfaceName(): string {
    return onlyOne(this.hopsNow())?.interfaceName ?? '';
  }

  interfaceIndex(): number {
    const name = this.interfaceName();
    return name === '' ? 0 : (this.host?.interfaceIndex(name) ?? 0);
  }

  destination(): number {
    switch (this.route.forwarding?.()?.kind ?? this.route.nextHop.kind) {
      case 'blackhole':
        return Destination.Blackhole;
      case 'unreachable':
      case 'unresolved':
        return Destination.Unreachable;
      case 'prohibit':
        return Destination.Prohibit;
      default:
        return Destination.Unicast;
    }
  }

  /** `dest` by the numbers of BIRD 1, which tells apart what BIRD 2 calls unicast. */
  destinationOf1(): number {
    const destination = this.destination();
    if (destination !== Destination.Unicast) return destination;
    const hops = this.hopsNow();
    if (hops.length > 1) return DestinationOf1.Multipath;
    return hops[0]?.gateway === undefined ? DestinationOf1.Device : DestinationOf1.Router;
  }

  /** BIRD 1 has a source of its own for static routes onto a link. */
  sourceOf1(): number {
    const { source } = this.route;
    const isDevice = source === RouteSourceKind.Static && this.destinationOf1() === DestinationOf1.Device;
    return isDevice ? STATIC_DEVICE : source;
  }

  weight(): number {
    return this.hopsNow()[0]?.weight ?? 1;
  }

  onlink(): boolean {
    return this.hopsNow()[0]?.onlink ?? false;
  }

  /** One hop to a neighbour; a link-local one stays on the interface of the old hop. */
  setGateway(line: number, address: IpAddress): void {
    if (isNone(address)) {
      this.fail(line, 'Invalid gw address');
      return;
    }
    const linkLocal = address.w0 >>> 22 === 0x3fa;
    const old = this.interfaceName();
    if (linkLocal && old === '') {
      this.fail(line, 'Invalid gw address');
      return;
    }
    this.route.nextHop = singleHop({ gateway: ipText(address), interfaceName: linkLocal ? old : undefined });
  }

  setInterface(line: number, name: string): void {
    if (name === '') {
      this.fail(line, 'Invalid iface name');
      return;
    }
    this.route.nextHop = singleHop({ gateway: undefined, interfaceName: name });
  }

  setDestination(line: number, destination: number): void {
    const kind = NULL_KINDS[destination];
    if (kind === undefined) {
      this.fail(line, 'Destination can be changed only to blackhole, unreachable or prohibit');
      return;
    }
    this.route.nextHop = { kind };
  }

  setWeight(line: number, weight: number): void {
    if (weight < 1 || weight > 256) {
      this.fail(line, 'Setting weight value out of bounds');
      return;
    }
    const hops = this.hops();
    if (hops === undefined) this.fail(line, 'Setting weight needs regular nexthop');
    else this.route.nextHop = { kind: 'hops', hops: hops.map((hop) => ({ ...hop, weight })) };
  }

  /** Without effect where there is no gateway. */
  setOnlink(onlink: boolean): void {
    const hops = this.hops();
    if (hops === undefined || !hops.some((hop) => hop.gateway !== undefined && hop.onlink !== onlink)) return;
    this.route.nextHop = { kind: 'hops', hops: hops.map((hop) => ({ ...hop, onlink })) };
  }

  private hops(): readonly Hop[] | undefined {
    const { nextHop } = this.route;
    if (nextHop.kind === 'hops') return nextHop.hops;
    if (nextHop.kind !== 'gateway') return undefined;
    const { address: gateway, interfaceName } = nextHop;
    return [{ gateway, interfaceName, weight: 1, onlink: false }];
  }

  setPreference(line: number, preference: number): void {
    if (preference > 0xffff) this.fail(line, 'Setting preference value out of bounds');
    else this.route.preference = preference;
  }

  // ------------------------------------------------------------------------------------------------- path attributes

  nextHop(): IpAddress | undefined {
    const address = this.attributes.nextHop();
    return address === undefined ? undefined : ipFromText(address);
  }

  setNextHop(address: IpAddress): void {
    this.attributes.setNextHop(ipText(address));
  }

  path(): Uint8Array {
    if ((this.cached & PATH_BIT) === 0) {
      this.cachedPath = this.attributes.asPath() ?? EMPTY_BYTES;
      this.cached |= PATH_BIT;
    }
    return this.cachedPath;
  }

  setPath(path: Uint8Array): void {
    this.cachedPath = path;
    this.cached |= PATH_BIT;
    this.changed |= PATH_BIT;
  }

  hasPath(): boolean {
    return (this.changed & PATH_BIT) !== 0 || this.attributes.has(PATH_CODE);
  }

  unsetPath(): void {
    this.attributes.unset(PATH_CODE);
    this.cachedPath = EMPTY_BYTES;
    this.cached |= PATH_BIT;
    this.changed &= ~PATH_BIT;
  }

  /** `index`: see `listIndex`. */
  list(index: number): Uint32Array {
    if (((this.cached >>> index) & 1) === 0) {
      this.cachedLists[index] = this.attributes.words(LIST_CODES[index]!) ?? EMPTY_WORDS;
      this.cached |= 1 << index;
    }
    return this.cachedLists[index]!;
  }

  setList(index: number, list: Uint32Array): void {
    this.cachedLists[index] = list;
    this.cached |= 1 << index;
    this.changed |= 1 << index;
  }

  hasList(index: number): boolean {
    return ((this.changed >>> index) & 1) !== 0 || this.attributes.has(LIST_CODES[index]!);
  }

  unsetList(index: number): void {
    this.attributes.unset(LIST_CODES[index]!);
    this.cachedLists[index] = EMPTY_WORDS;
    this.cached |= 1 << index;
    this.changed &= ~(1 << index);
  }

  octets(code: number): Uint8Array | undefined {
    return this.attributes.raw(code);
  }

  /** What this daemon does not understand is passed on: optional and transitive. */
  setOctets(code: number, value: Uint8Array): void {
    this.attributes.setRaw(code, OPTIONAL_TRANSITIVE, value);
  }

  // ------------------------------------------------------------------------------------------------- extensions

  hasExtension(id: number): boolean {
    return this.attributes.extension(id) !== undefined;
  }

  getExtensionIp(id: number): IpAddress | undefined {
    const value = this.attributes.extension(id);
    return value === undefined || value.length < 4 ? undefined : ipFromBytes(value, 0, value.length < 16 ? 4 : 16);
  }

  setExtensionIp(id: number, address: IpAddress): void {
    this.attributes.setExtension(id, ipOctets(address));
  }

  getExtensionText(id: number): string | undefined {
    const value = this.attributes.extension(id);
    return value === undefined ? undefined : decoder.decode(value);
  }

  setExtensionText(id: number, text: string): void {
    this.attributes.setExtension(id, encoder.encode(text));
  }

  getExtensionOctets(id: number): Uint8Array | undefined {
    return this.attributes.extension(id);
  }

  getExtensionPath(id: number): Uint8Array {
    return this.attributes.extension(id) ?? EMPTY_BYTES;
  }

  setExtensionPath(id: number, value: Uint8Array): void {
    this.attributes.setExtension(id, value);
  }

  setExtensionOctets(id: number, value: Uint8Array): void {
    this.attributes.setExtension(id, value);
  }

  getExtensionList(id: number): Uint32Array {
    const value = this.attributes.extension(id);
    if (value === undefined) return EMPTY_WORDS;
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    return Uint32Array.from({ length: value.length >>> 2 }, (_, i) => view.getUint32(4 * i));
  }

  setExtensionList(id: number, list: Uint32Array): void {
    const value = new Uint8Array(4 * list.length);
    const view = new DataView(value.buffer);
    for (let i = 0; i < list.length; i++) view.setUint32(4 * i, list[i]!);
    this.attributes.setExtension(id, value);
  }

  extensionBit(id: number, bit: number): boolean | undefined {
    const value = this.attributes.extensionU32(id);
    return value < 0 ? undefined : ((value >>> bit) & 1) !== 0;
  }

  setExtensionBit(id: number, bit: number, on: boolean): void {
    const value = Math.max(0, this.attributes.extensionU32(id));
    this.attributes.setExtensionU32(id, (on ? value | (1 << bit) : value & ~(1 << bit)) >>> 0);
  }

  roaCheck(table: string, net: Network, asn: number): number {
    return this.host?.roaCheck(table, net, asn) ?? 0;
  }

  aspaCheck(table: string, path: Uint8Array, upstream: boolean): number {
    this.spend(path.length >>> 6);
    return this.host?.aspaCheck(table, path, upstream) ?? 0;
  }
}

/** Place of a path attribute's list in the cache of `Evaluation`, by type code. */
export function listIndex(code: number): number {
  return LIST_CODES.indexOf(code as (typeof LIST_CODES)[number]);
}

/** RTS_STATIC_DEVICE. */
const STATIC_DEVICE = 4;
const NO_HOPS: readonly Hop[] = [];

function onlyOne(hops: readonly Hop[]): Hop | undefined {
  return hops.length === 1 ? hops[0] : undefined;
}

function isNone(address: IpAddress): boolean {
  return (address.w0 | address.w1 | address.w2 | address.w3) === 0;
}

const NULL_KINDS: Readonly<Record<number, 'blackhole' | 'unreachable' | 'prohibit'>> = {
  [Destination.Blackhole]: 'blackhole',
  [Destination.Unreachable]: 'unreachable',
  [Destination.Prohibit]: 'prohibit',
};

function singleHop(hop: Pick<Hop, 'gateway' | 'interfaceName'>): NextHop {
  return { kind: 'hops', hops: [{ ...hop, weight: 1, onlink: false }] };
}
