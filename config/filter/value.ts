/**
 * Values of the filter language that are more than a number or a string, with their order. All are immutable.
 *
 * Addresses of both families live in one space of 128 bits, IPv4 as IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2), so
 * comparing and masking has one form. Prefixes keep the words of `PolicyRoute`: IPv4 uses `w0` alone.
 */
import { formatIpv4Word, formatIpv6Words, type Ip, ipBytes, type PolicyRoute, type Prefix } from '../../bgp/index.ts';
import { NetType } from './types.ts';

const MAPPED = 0xffff;

export class IpAddress {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;

  constructor(w0: number, w1: number, w2: number, w3: number) {
    this.w0 = w0;
    this.w1 = w1;
    this.w2 = w2;
    this.w3 = w3;
  }

  get isV4(): boolean {
    return this.w2 === MAPPED && this.w1 === 0 && this.w0 === 0;
  }
}

/** What `gw` and `from` are when there is none: all zero, which is not 0.0.0.0. */
export const NO_ADDRESS = new IpAddress(0, 0, 0, 0);

export function ipv4(word: number): IpAddress {
  return new IpAddress(0, 0, MAPPED, word >>> 0);
}

export function ipFromBytes(bytes: Uint8Array, start: number, length: number): IpAddress {
  if (length === 4) return ipv4(wordAt(bytes, start));
  return new IpAddress(
    wordAt(bytes, start),
    wordAt(bytes, start + 4),
    wordAt(bytes, start + 8),
    wordAt(bytes, start + 12),
  );
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** Next hops are few and routes are many: the conversion from text is remembered, up to a bound. */
const fromText = new Map<string, IpAddress>();
const REMEMBERED = 4096;

export function ipFromText(text: Ip | ''): IpAddress {
  const known = fromText.get(text);
  if (known !== undefined) return known;
  if (fromText.size >= REMEMBERED) fromText.clear();
  const value = text === '' ? NO_ADDRESS : ipOfBytes(ipBytes(text));
  fromText.set(text, value);
  return value;
}

function ipOfBytes(bytes: Uint8Array): IpAddress {
  return ipFromBytes(bytes, 0, bytes.length);
}

export function ipText(ip: IpAddress): Ip {
  if (ip.isV4) return formatIpv4Word(ip.w3);
  const { w0, w1, w2, w3 } = ip;
  return formatIpv6Words([
    w0 >>> 16,
    w0 & 0xffff,
    w1 >>> 16,
    w1 & 0xffff,
    w2 >>> 16,
    w2 & 0xffff,
    w3 >>> 16,
    w3 & 0xffff,
  ]);
}

/** The 4 or 16 octets of an address. */
export function ipOctets(ip: IpAddress): Uint8Array {
  return octetsOf(ip.isV4 ? [ip.w3] : [ip.w0, ip.w1, ip.w2, ip.w3]);
}

export function sameIp(a: IpAddress | undefined, b: IpAddress | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return a.w3 === b.w3 && a.w2 === b.w2 && a.w1 === b.w1 && a.w0 === b.w0;
}

export function compareIp(a: IpAddress | undefined, b: IpAddress | undefined): number {
  if (a === undefined || b === undefined) return voidOrder(a, b);
  return a.w0 - b.w0 || a.w1 - b.w1 || a.w2 - b.w2 || a.w3 - b.w3;
}

/** Void is below every value. */
function voidOrder(a: unknown, b: unknown): number {
  return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
}

/** The leading `bits` bits of a word set. */
export function wordMask(bits: number): number {
  return bits <= 0 ? 0 : bits >= 32 ? 0xffffffff : ~(0xffffffff >>> bits) >>> 0;
}

/** Clears all bits beyond `length`; lengths of IPv4 addresses count from their own first bit. */
export function maskIp(ip: IpAddress, length: number): IpAddress {
  const bits = ip.isV4 ? Math.min(length, 32) + 96 : length;
  return new IpAddress(
    (ip.w0 & wordMask(bits)) >>> 0,
    (ip.w1 & wordMask(bits - 32)) >>> 0,
    (ip.w2 & wordMask(bits - 64)) >>> 0,
    (ip.w3 & wordMask(bits - 96)) >>> 0,
  );
}

// ---------------------------------------------------------------------------------------------------- two and three words

/** Route distinguisher (RFC 4364 section 4.2): type in the upper half of `high`. */
export class RouteDistinguisher {
  readonly high: number;
  readonly low: number;

  constructor(high: number, low: number) {
    this.high = high;
    this.low = low;
  }
}

/** Extended community (RFC 4360): eight octets as two words. */
export class ExtendedCommunity {
  readonly high: number;
  readonly low: number;

  constructor(high: number, low: number) {
    this.high = high;
    this.low = low;
  }
}

interface Pair64 {
  readonly high: number;
  readonly low: number;
}

export function same64(a: Pair64 | undefined, b: Pair64 | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && a.high === b.high && a.low === b.low;
}

export function compare64(a: Pair64 | undefined, b: Pair64 | undefined): number {
  if (a === undefined || b === undefined) return voidOrder(a, b);
  return a.high - b.high || a.low - b.low;
}

/** Large community (RFC 8092). */
export class LargeCommunity {
  readonly asn: number;
  readonly data1: number;
  readonly data2: number;

  constructor(asn: number, data1: number, data2: number) {
    this.asn = asn;
    this.data1 = data1;
    this.data2 = data2;
  }
}

export function sameLarge(a: LargeCommunity | undefined, b: LargeCommunity | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return a.asn === b.asn && a.data1 === b.data1 && a.data2 === b.data2;
}

export function compareLarge(a: LargeCommunity | undefined, b: LargeCommunity | undefined): number {
  if (a === undefined || b === undefined) return voidOrder(a, b);
  return a.asn - b.asn || a.data1 - b.data1 || a.data2 - b.data2;
}

/**
 * The numbers of extended community constructors: kind word, then the encoding by value (RFC 4360 section 3, RFC 5668,
 * RFC 7153). `undefined`: the value does not fit beside a key of four octets.
 */
export function extendedCommunity(
  kind: number,
  key: number,
  keyIsIp: boolean,
  value: number,
): ExtendedCommunity | undefined {
  const wide = keyIsIp || key > 0xffff;
  if (!wide) return new ExtendedCommunity(((kind << 16) | key) >>> 0, value);
  if (value > 0xffff) return undefined;
  const form = keyIsIp ? 0x0100 : 0x0200;
  return new ExtendedCommunity((((kind | form) << 16) | (key >>> 16)) >>> 0, ((key << 16) | value) >>> 0);
}

// ---------------------------------------------------------------------------------------------------- prefixes

/** What a network is made of that is more than a prefix, or none; see special-network.ts and flow.ts. */
export interface SpecialPart {
  /** Equal parts have equal octets. */
  readonly octets: Uint8Array;
  toString(): string;
}

/** A network of any kind that tables hold. Bits beyond `length` are zero. */
export class Network {
  readonly type: NetType;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly length: number;
  /** VPN networks only. */
  readonly rd: RouteDistinguisher | undefined;
  /** ROA only. */
  readonly maxLength: number;
  /** ROA only. */
  readonly asn: number;
  /** Source-specific (RFC 8678 style) networks only: the source prefix. */
  readonly source: Network | undefined;
  /** Flow specifications, and everything that is no prefix: its words are zero then. */
  readonly special: SpecialPart | undefined;

  constructor(
    type: NetType,
    words: { readonly w0: number; readonly w1: number; readonly w2: number; readonly w3: number },
    length: number,
    extra: {
      rd?: RouteDistinguisher;
      maxLength?: number;
      asn?: number;
      source?: Network;
      special?: SpecialPart;
    } = {},
  ) {
    this.type = type;
    this.w0 = words.w0;
    this.w1 = words.w1;
    this.w2 = words.w2;
    this.w3 = words.w3;
    this.length = length;
    this.rd = extra.rd;
    this.maxLength = extra.maxLength ?? 0;
    this.asn = extra.asn ?? 0;
    this.source = extra.source;
    this.special = extra.special;
  }

  /** Of the prefix; 6 for what has none. */
  get version(): 4 | 6 {
    switch (this.type) {
      case NetType.Ip4:
      case NetType.Vpn4:
      case NetType.Roa4:
      case NetType.Flow4:
        return 4;
      default:
        return 6;
    }
  }

  /** True if it is a prefix, perhaps with more around it. */
  get isPrefix(): boolean {
    return this.type <= NetType.Sadr6;
  }

  /** The prefix alone, of a plain type. */
  get plain(): Network {
    const type = this.version === 4 ? NetType.Ip4 : NetType.Ip6;
    return this.type === type ? this : new Network(type, this, this.length);
  }
}

export function networkOfPrefix(prefix: Prefix): Network {
  const { bytes, length } = prefix;
  if (prefix.version === 4) return new Network(NetType.Ip4, { w0: wordAt(bytes, 0), w1: 0, w2: 0, w3: 0 }, length);
  const words = { w0: wordAt(bytes, 0), w1: wordAt(bytes, 4), w2: wordAt(bytes, 8), w3: wordAt(bytes, 12) };
  return new Network(NetType.Ip6, words, length);
}

export function networkOfRoute(route: PolicyRoute): Network {
  const { word0: w0 } = route;
  if (route.version === 4) return new Network(NetType.Ip4, { w0, w1: 0, w2: 0, w3: 0 }, route.length);
  return new Network(NetType.Ip6, { w0, w1: route.word1, w2: route.word2, w3: route.word3 }, route.length);
}

/** The prefix of a network; the route distinguisher and what else is special to its kind is left out. */
export function prefixOfNetwork(net: Network): Prefix {
  const words = net.version === 4 ? [net.w0] : [net.w0, net.w1, net.w2, net.w3];
  return { version: net.version, bytes: octetsOf(words), length: net.length };
}

function octetsOf(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i]!);
  return bytes;
}

/** The first address of a network. */
export function networkIp(net: Network): IpAddress {
  return net.version === 4 ? ipv4(net.w0) : new IpAddress(net.w0, net.w1, net.w2, net.w3);
}

export function sameNetwork(a: Network | undefined, b: Network | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return a.length === b.length && a.w0 === b.w0 && compareNetwork(a, b) === 0;
}

/** Order of networks: kind, route distinguisher, address, length, then what is special to the kind. */
export function compareNetwork(a: Network | undefined, b: Network | undefined): number {
  if (a === undefined || b === undefined) return voidOrder(a, b);
  return (
    a.type - b.type ||
    compare64(a.rd, b.rd) ||
    a.w0 - b.w0 ||
    a.w1 - b.w1 ||
    a.w2 - b.w2 ||
    a.w3 - b.w3 ||
    a.length - b.length ||
    a.maxLength - b.maxLength ||
    a.asn - b.asn ||
    compareNetwork(a.source, b.source) ||
    compareElements(a.special?.octets, b.special?.octets)
  );
}

/** True for the network of a route, compared word by word without making an object. */
export function isRouteNetwork(net: Network, route: PolicyRoute): boolean {
  if (net.length !== route.length || net.w0 !== route.word0) return false;
  if (route.version === 4) return net.type === NetType.Ip4;
  return net.type === NetType.Ip6 && net.w1 === route.word1 && net.w2 === route.word2 && net.w3 === route.word3;
}

/** `route ~ P`: equal to the network or inside it. */
export function coversRoute(net: Network, route: PolicyRoute): boolean {
  const bits = net.length;
  if (bits > route.length) return false;
  if (route.version === 4) return net.type === NetType.Ip4 && ((net.w0 ^ route.word0) & wordMask(bits)) === 0;
  if (net.type !== NetType.Ip6) return false;
  return sameBits(net, route.word0, route.word1, route.word2, route.word3, bits);
}

function sameBits(net: Network, w0: number, w1: number, w2: number, w3: number, bits: number): boolean {
  if (((net.w0 ^ w0) & wordMask(bits)) !== 0) return false;
  if (bits <= 32) return true;
  if (((net.w1 ^ w1) & wordMask(bits - 32)) !== 0) return false;
  if (bits <= 64) return true;
  if (((net.w2 ^ w2) & wordMask(bits - 64)) !== 0) return false;
  return bits <= 96 || ((net.w3 ^ w3) & wordMask(bits - 96)) === 0;
}

/** `inner ~ outer`: equal or more specific. Networks of different kinds are never inside each other. */
export function networkInside(inner: Network, outer: Network): boolean {
  if (!inner.isPrefix) return false;
  if (inner.type !== outer.type || outer.length > inner.length || !same64(inner.rd, outer.rd)) return false;
  return sameBits(outer, inner.w0, inner.w1, inner.w2, inner.w3, outer.length);
}

/** `ip ~ P`. An IPv4 address is inside IPv4 prefixes only. */
export function ipInside(ip: IpAddress, net: Network): boolean {
  if (!net.isPrefix) return false;
  if (net.version === 4) return ip.isV4 && ((ip.w3 ^ net.w0) & wordMask(net.length)) === 0;
  return !ip.isV4 && sameBits(net, ip.w0, ip.w1, ip.w2, ip.w3, net.length);
}

// ---------------------------------------------------------------------------------------------------- octets and words

export const EMPTY_BYTES = new Uint8Array(0);
export const EMPTY_WORDS = new Uint32Array(0);

type Elements = Uint8Array | Uint32Array;

export function sameElements(a: Elements | undefined, b: Elements | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Shorter is less; then element by element. */
export function compareElements(a: Elements | undefined, b: Elements | undefined): number {
  if (a === undefined || b === undefined) return voidOrder(a, b);
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

export function compareText(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return voidOrder(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

export function compareBool(a: boolean | undefined, b: boolean | undefined): number {
  const order = (value: boolean | undefined): number => (value === undefined ? 0 : value ? 2 : 1);
  return order(a) - order(b);
}
