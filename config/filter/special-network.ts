/**
 * Networks that are no prefixes: MPLS labels, customers of ASPA, Ethernet addresses, EVPN routes, neighbours. No table
 * of this daemon holds them as routes; filters can name them, compare them and take them apart.
 *
 * EVPN routes as octets (RFC 7432 section 7; labels are no part of the key):
 *
 *     kind (1) | RD (8) | ead:  ESI (10) tag (4)
 *                       | mac:  tag (4) MAC (6) [ address (4 or 16) ]
 *                       | imet: tag (4) address
 *                       | es:   ESI (10) address
 */
import { type Builtin, failing, plain } from './builtin.ts';
import type { Evaluation } from './evaluation.ts';
import { FlowRule } from './flow.ts';
import { rdText } from './rd-text.ts';
import { BYTESTRING, ENUM_EVPN, INT, IP, MAC, NetType, PREFIX, RD } from './types.ts';
import {
  type IpAddress,
  ipOctets,
  ipText,
  Network,
  NO_ADDRESS,
  type RouteDistinguisher,
  type SpecialPart,
} from './value.ts';

const NO_WORDS = { w0: 0, w1: 0, w2: 0, w3: 0 };
const LABEL_BITS = 20;
const ESI_OCTETS = 10;

function octets(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(value / 2 ** (8 * (count - 1 - i))) % 256);
}

export function macText(mac: number): string {
  return hexText(octets(mac, 6));
}

function hexText(bytes: Iterable<number>): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join(':');
}

/** One number: a label, a customer. */
class NumberPart implements SpecialPart {
  readonly value: number;
  readonly octets: Uint8Array;

  constructor(value: number) {
    this.value = value;
    this.octets = Uint8Array.from(octets(value, 4));
  }

  toString(): string {
    return String(this.value);
  }
}

class EthernetPart implements SpecialPart {
  readonly mac: number;
  /** 0: none. */
  readonly vlan: number;
  readonly octets: Uint8Array;

  constructor(mac: number, vlan: number) {
    this.mac = mac;
    this.vlan = vlan;
    this.octets = Uint8Array.from([...octets(mac, 6), ...octets(vlan, 2)]);
  }

  toString(): string {
    return this.vlan === 0 ? macText(this.mac) : `${macText(this.mac)} vlan ${this.vlan}`;
  }
}

class NeighborPart implements SpecialPart {
  readonly address: IpAddress;
  readonly octets: Uint8Array;

  constructor(address: IpAddress) {
    this.address = address;
    this.octets = ipOctets(address);
  }

  toString(): string {
    return `neighbor ${ipText(this.address)}`;
  }
}

const EvpnKind = { Ead: 1, Mac: 2, Imet: 3, Es: 4 } as const;

interface EvpnParts {
  readonly kind: number;
  readonly rd: RouteDistinguisher;
  readonly tag?: number;
  readonly mac?: number;
  readonly esi?: Uint8Array;
  /** Of a host (mac), of the router that announces (imet, es). */
  readonly address?: IpAddress;
}

class EvpnPart implements SpecialPart {
  readonly parts: EvpnParts;
  readonly octets: Uint8Array;

  constructor(parts: EvpnParts) {
    this.parts = parts;
    const { kind, rd, tag, mac, esi, address } = parts;
    const ofTag = tag === undefined ? [] : octets(tag, 4);
    this.octets = Uint8Array.from([
      ...[kind, ...octets(rd.high, 4), ...octets(rd.low, 4)],
      ...(kind === EvpnKind.Ead ? [...esi!, ...ofTag] : [...ofTag, ...(esi ?? [])]),
      ...(mac === undefined ? [] : octets(mac, 6)),
      ...(address === undefined ? [] : ipOctets(address)),
    ]);
  }

  toString(): string {
    const { kind, rd, tag, mac, esi, address } = this.parts;
    const head = (word: string): string => `evpn ${word} ${rdText(rd)}`;
    switch (kind) {
      case EvpnKind.Ead:
        return `${head('ead')} ${tag} ${hexText(esi!)}`;
      case EvpnKind.Mac:
        return `${head('mac')} ${tag} ${macText(mac!)} ${address === undefined ? '*' : ipText(address)}`;
      case EvpnKind.Imet:
        return `${head('imet')} ${tag} ${ipText(address!)}`;
      default:
        return `${head('es')} ${hexText(esi!)} ${ipText(address!)}`;
    }
  }
}

// ---------------------------------------------------------------------------------------------------- constructors

function evpn(run: Evaluation, line: number, parts: EvpnParts): Network | undefined {
  if (parts.esi !== undefined && parts.esi.length !== ESI_OCTETS) {
    return run.fail(line, `An ESI has ${ESI_OCTETS} octets`);
  }
  return new Network(NetType.Evpn, NO_WORDS, 0, { rd: parts.rd, special: new EvpnPart(parts) });
}

function ethernet(run: Evaluation, line: number, mac: number, vlan: number): Network | undefined {
  if (vlan > 4095) return run.fail(line, `VLAN ID ${vlan} out of range (0-4095)`);
  return new Network(NetType.Eth, NO_WORDS, 48, { special: new EthernetPart(mac, vlan) });
}

type Rd = RouteDistinguisher;

/** Constructors by the words of the literal, one for each number of operands. */
export const MAKE_NETWORK: ReadonlyMap<string, readonly Builtin[]> = new Map([
  [
    'mpls',
    [
      failing('MPLS_CONSTRUCT', [INT], PREFIX, (run: Evaluation, line: number, label: number) =>
        label >= 1 << LABEL_BITS
          ? run.fail(line, `MPLS label ${label} out of range (0-${(1 << LABEL_BITS) - 1})`)
          : new Network(NetType.Mpls, NO_WORDS, LABEL_BITS, { special: new NumberPart(label) }),
      ),
    ],
  ],
  [
    'aspa',
    [
      plain(
        'ASPA_CONSTRUCT',
        [INT],
        PREFIX,
        (asn: number) => new Network(NetType.Aspa, NO_WORDS, 32, { asn, special: new NumberPart(asn) }),
      ),
    ],
  ],
  [
    'eth',
    [
      failing('ETH_CONSTRUCT', [MAC], PREFIX, (run: Evaluation, line: number, mac: number) =>
        ethernet(run, line, mac, 0),
      ),
      failing('ETH_CONSTRUCT', [MAC, INT], PREFIX, ethernet),
    ],
  ],
  [
    'neighbor',
    [
      plain(
        'NEIGHBOR_CONSTRUCT',
        [IP],
        PREFIX,
        (address: IpAddress) =>
          new Network(NetType.Neighbor, NO_WORDS, address.isV4 ? 32 : 128, { special: new NeighborPart(address) }),
      ),
    ],
  ],
  [
    'evpn ead',
    [
      failing(
        'EVPN_CONSTRUCT',
        [RD, INT, BYTESTRING],
        PREFIX,
        (run: Evaluation, line: number, rd: Rd, tag: number, esi: Uint8Array) =>
          evpn(run, line, { kind: EvpnKind.Ead, rd, tag, esi }),
      ),
    ],
  ],
  [
    'evpn mac',
    [
      failing(
        'EVPN_CONSTRUCT',
        [RD, INT, MAC],
        PREFIX,
        (run: Evaluation, line: number, rd: Rd, tag: number, mac: number) =>
          evpn(run, line, { kind: EvpnKind.Mac, rd, tag, mac }),
      ),
      failing(
        'EVPN_CONSTRUCT',
        [RD, INT, MAC, IP],
        PREFIX,
        (run: Evaluation, line: number, rd: Rd, tag: number, mac: number, address: IpAddress) =>
          evpn(run, line, { kind: EvpnKind.Mac, rd, tag, mac, address }),
      ),
    ],
  ],
  [
    'evpn imet',
    [
      failing(
        'EVPN_CONSTRUCT',
        [RD, INT, IP],
        PREFIX,
        (run: Evaluation, line: number, rd: Rd, tag: number, address: IpAddress) =>
          evpn(run, line, { kind: EvpnKind.Imet, rd, tag, address }),
      ),
    ],
  ],
  [
    'evpn es',
    [
      failing(
        'EVPN_CONSTRUCT',
        [RD, BYTESTRING, IP],
        PREFIX,
        (run: Evaluation, line: number, rd: Rd, esi: Uint8Array, address: IpAddress) =>
          evpn(run, line, { kind: EvpnKind.Es, rd, esi, address }),
      ),
    ],
  ],
]);

// ---------------------------------------------------------------------------------------------------- members

function ofEvpn<T>(expected: string, take: (parts: EvpnParts) => T | undefined) {
  return (run: Evaluation, line: number, net: Network): T | undefined => {
    const value = net.special instanceof EvpnPart ? take(net.special.parts) : undefined;
    return value ?? run.fail(line, expected);
  };
}

/** The prefix of a flow specification; one that asks for any is of length 0. */
export function flowPrefix(net: Network, type: 1 | 2): Network | undefined {
  if (!(net.special instanceof FlowRule)) return undefined;
  const prefix = net.special.prefix(type);
  const isV4 = net.version === 4;
  const plainType = isV4 ? NetType.Ip4 : NetType.Ip6;
  if (prefix === undefined) return new Network(plainType, NO_WORDS, 0);
  const { w0, w1, w2, w3 } = prefix.address;
  return new Network(plainType, isV4 ? { ...NO_WORDS, w0: w3 } : { w0, w1, w2, w3 }, prefix.length);
}

/** The address that a network is about; `undefined` for prefixes. */
export function specialAddress(net: Network): IpAddress | undefined {
  if (net.isPrefix) return undefined;
  if (net.special instanceof NeighborPart) return net.special.address;
  const ofHost = net.special instanceof EvpnPart && net.special.parts.kind === EvpnKind.Mac;
  return (ofHost ? net.special.parts.address : undefined) ?? NO_ADDRESS;
}

export const SPECIAL_METHODS: readonly (readonly [string, Builtin])[] = [
  [
    'mac',
    failing('NET_MAC', [PREFIX], MAC, (run: Evaluation, line: number, net: Network) =>
      net.special instanceof EthernetPart
        ? net.special.mac
        : ofEvpn('Ethernet or EVPN MAC expected', ({ mac }) => mac)(run, line, net),
    ),
  ],
  [
    'vlan_id',
    failing('NET_VLAN_ID', [PREFIX], INT, (run: Evaluation, line: number, net: Network) =>
      net.special instanceof EthernetPart
        ? net.special.vlan
        : ofEvpn('Ethernet or EVPN expected', ({ tag }) => tag)(run, line, net),
    ),
  ],
  [
    'evpn_type',
    failing(
      'NET_EVPN_TYPE',
      [PREFIX],
      ENUM_EVPN,
      ofEvpn('EVPN expected', ({ kind }) => kind),
    ),
  ],
  [
    'evpn_tag',
    failing(
      'NET_EVPN_TAG',
      [PREFIX],
      INT,
      ofEvpn('EVPN with a tag expected', ({ tag }) => tag),
    ),
  ],
  [
    'evpn_esi',
    failing(
      'NET_EVPN_ESI',
      [PREFIX],
      BYTESTRING,
      ofEvpn('EVPN EAD or ES expected', ({ esi }) => esi),
    ),
  ],
  [
    'router_ip',
    failing(
      'NET_ROUTER_IP',
      [PREFIX],
      IP,
      ofEvpn('EVPN IMET or ES expected', ({ kind, address }) => (kind === EvpnKind.Mac ? undefined : address)),
    ),
  ],
];
