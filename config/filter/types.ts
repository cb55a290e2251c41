/**
 * The types of the filter language. Every expression has one type, known when the text is read; a value that may be
 * missing at run time (an attribute that the route does not carry, a variable without a value) is void of that type.
 *
 * How values are represented, so that generated code stays on numbers where it can:
 *
 *     int, pair, quad, enumerations   unsigned 32-bit number      void: -1
 *     mac                             48-bit number               void: -1
 *     bool                            boolean                     void: undefined
 *     string                          string                      void: undefined
 *     ip, prefix, ec, lc, rd          value objects (value.ts)    void: undefined
 *     bytestring, bgppath             Uint8Array (path: segments as in RFC 4271 section 4.3 with four-octet numbers)
 *     clist, eclist, lclist           Uint32Array of one, two, three words an element
 *     sets, masks                     ValueSet, PrefixSet, PathMask
 *
 * Paths and lists are never void: what is missing reads as empty. -1 is below every number, as void has to be for `<`.
 */

export type TypeKind =
  | 'void'
  | 'bool'
  | 'int'
  | 'pair'
  | 'quad'
  | 'enum'
  | 'mac'
  | 'ip'
  | 'prefix'
  | 'rd'
  | 'ec'
  | 'lc'
  | 'string'
  | 'bytestring'
  | 'bgppath'
  | 'bgpmask'
  | 'clist'
  | 'eclist'
  | 'lclist'
  | 'set'
  | 'prefix set'
  /** Type of an attribute that can only be asked for and removed (bgp_aggregator). */
  | 'opaque';

export interface Type {
  readonly kind: TypeKind;
  /** As messages write it. */
  readonly name: string;
  /** Type code of an enumeration, as it is displayed: `(enum 30)11`. 0 for other types. */
  readonly code: number;
  /** Type of the elements of a set. */
  readonly element: Type | undefined;
}

function plain(kind: TypeKind, name: string = kind): Type {
  return Object.freeze({ kind, name, code: 0, element: undefined });
}

function enumeration(code: number, name: string): Type {
  return Object.freeze({ kind: 'enum', name: `enum ${name}`, code, element: undefined });
}

function setOf(element: Type): Type {
  return Object.freeze({ kind: 'set', name: `${element.name} set`, code: 0, element });
}

export const VOID = plain('void');
export const BOOL = plain('bool');
export const INT = plain('int');
export const PAIR = plain('pair');
export const QUAD = plain('quad');
export const MAC = plain('mac');
export const IP = plain('ip');
export const PREFIX = plain('prefix');
export const RD = plain('rd');
export const EC = plain('ec');
export const LC = plain('lc');
export const STRING = plain('string');
export const BYTESTRING = plain('bytestring');
export const BGPPATH = plain('bgppath');
export const BGPMASK = plain('bgpmask');
export const CLIST = plain('clist');
export const ECLIST = plain('eclist');
export const LCLIST = plain('lclist');
export const OPAQUE = plain('opaque');
export const PREFIX_SET = plain('prefix set');
/** Type of `[]`, which goes wherever a set goes. */
export const EMPTY_SET: Type = Object.freeze({ kind: 'set', name: 'set', code: 0, element: undefined });

export const ENUM_RTS = enumeration(0x30, 'rts');
export const ENUM_ORIGIN = enumeration(0x31, 'bgp_origin');
export const ENUM_SCOPE = enumeration(0x32, 'scope');
/** Ways of casting and destinations, as BIRD 1 has them. */
export const ENUM_RTC = enumeration(0x33, 'rtc');
export const ENUM_RTD_OF_1 = enumeration(0x34, 'rtd');
export const ENUM_RTD = enumeration(0x34, 'rtd');
export const ENUM_ROA = enumeration(0x35, 'roa');
export const ENUM_NETTYPE = enumeration(0x36, 'nettype');
export const ENUM_RA_PREFERENCE = enumeration(0x37, 'ra_preference');
export const ENUM_AF = enumeration(0x38, 'af');
export const ENUM_ASPA = enumeration(0x39, 'aspa');
export const ENUM_MPLS_POLICY = enumeration(0x3a, 'mpls_policy');
export const ENUM_EVPN = enumeration(0x3b, 'net_evpn');

export const ENUMS: readonly Type[] = [
  ENUM_RTS,
  ENUM_ORIGIN,
  ENUM_SCOPE,
  ENUM_RTD,
  ENUM_ROA,
  ENUM_NETTYPE,
  ENUM_RA_PREFERENCE,
  ENUM_AF,
  ENUM_ASPA,
  ENUM_MPLS_POLICY,
  ENUM_EVPN,
  ENUM_RTC,
  ENUM_RTD_OF_1,
];

const SETS = new Map<Type, Type>(
  [INT, PAIR, QUAD, MAC, IP, RD, EC, LC, ...ENUMS].map((element): [Type, Type] => [element, setOf(element)]),
);

/** The set type of an element type; `undefined` if there are no sets of it. One object per element type. */
export function setTypeOf(element: Type): Type | undefined {
  return element === PREFIX ? PREFIX_SET : SETS.get(element);
}

/** Words that begin a declaration, by their type. `enum NAME` is handled by the parser. */
export const TYPE_WORDS: ReadonlyMap<string, Type> = new Map(
  [BOOL, INT, PAIR, QUAD, MAC, IP, PREFIX, RD, EC, LC, STRING, BYTESTRING, BGPPATH, BGPMASK, CLIST, ECLIST, LCLIST].map(
    (type): [string, Type] => [type.name, type],
  ),
);

/** The enumeration that `enum NAME` names. */
export function enumNamed(name: string): Type | undefined {
  return ENUMS.find((type) => type.name === `enum ${name}`);
}

/** True if values are numbers and void is -1. */
export function isNumeric(type: Type): boolean {
  switch (type.kind) {
    case 'int':
    case 'pair':
    case 'quad':
    case 'enum':
    case 'mac':
      return true;
    default:
      return false;
  }
}

/** True for types whose missing value reads as an empty one. */
export function isList(type: Type): boolean {
  switch (type.kind) {
    case 'bgppath':
    case 'clist':
    case 'eclist':
    case 'lclist':
      return true;
    default:
      return false;
  }
}

/** True if a value of type `from` can stand where `to` is asked for, without conversion. */
export function isAssignable(from: Type, to: Type): boolean {
  return from === to || (from === EMPTY_SET && (to.kind === 'set' || to === PREFIX_SET));
}

interface EnumLiteral {
  readonly type: Type;
  readonly value: number;
}

function literals(type: Type, prefix: string, values: Readonly<Record<string, number>>): [string, EnumLiteral][] {
  return Object.entries(values).map(([name, value]) => [prefix + name, { type, value }]);
}

/** Values of the enumerations by name. */
export const ENUM_LITERALS: ReadonlyMap<string, EnumLiteral> = new Map([
  ...literals(ENUM_RTS, 'RTS_', {
    STATIC: 1,
    INHERIT: 2,
    DEVICE: 3,
    STATIC_DEVICE: 4,
    REDIRECT: 5,
    RIP: 6,
    OSPF: 7,
    OSPF_IA: 8,
    OSPF_EXT1: 9,
    OSPF_EXT2: 10,
    BGP: 11,
    PIPE: 12,
    BABEL: 13,
    RPKI: 14,
    PERF: 15,
    AGGREGATED: 16,
    L3VPN: 17,
    EVPN: 18,
  }),
  ...literals(ENUM_ORIGIN, 'ORIGIN_', { IGP: 0, EGP: 1, INCOMPLETE: 2 }),
  ...literals(ENUM_SCOPE, 'SCOPE_', { HOST: 0, LINK: 1, SITE: 2, ORGANIZATION: 3, UNIVERSE: 4, UNDEFINED: 5 }),
  ...literals(ENUM_RTD, 'RTD_', { UNICAST: 1, BLACKHOLE: 2, UNREACHABLE: 3, PROHIBIT: 4 }),
  ...literals(ENUM_ROA, 'ROA_', { UNKNOWN: 0, VALID: 1, INVALID: 2 }),
  ...literals(ENUM_ASPA, 'ASPA_', { UNKNOWN: 0, VALID: 1, INVALID: 2 }),
  ...literals(ENUM_NETTYPE, 'NET_', {
    IP4: 1,
    IP6: 2,
    VPN4: 3,
    VPN6: 4,
    ROA4: 5,
    ROA6: 6,
    FLOW4: 7,
    FLOW6: 8,
    IP6_SADR: 9,
    MPLS: 10,
    ASPA: 11,
    ETH: 12,
    EVPN: 13,
    NEIGHBOR: 14,
  }),
  ...literals(ENUM_MPLS_POLICY, 'MPLS_POLICY_', { NONE: 0, STATIC: 1, PREFIX: 2, AGGREGATE: 3, VRF: 4 }),
  ...literals(ENUM_EVPN, 'NET_EVPN_', { EAD: 1, MAC: 2, IMET: 3, ES: 4 }),
  ...literals(ENUM_RA_PREFERENCE, 'RA_PREF_', { LOW: 0x18, MEDIUM: 0, HIGH: 0x08 }),
  ...literals(ENUM_AF, 'AF_', { IPV4: 1, IPV6: 2 }),
]);

/** Kinds of networks, as numbers of the `NET_*` enumeration. */
export const NetType = {
  Ip4: 1,
  Ip6: 2,
  Vpn4: 3,
  Vpn6: 4,
  Roa4: 5,
  Roa6: 6,
  Flow4: 7,
  Flow6: 8,
  Sadr6: 9,
  Mpls: 10,
  Aspa: 11,
  Eth: 12,
  Evpn: 13,
  Neighbor: 14,
} as const;
export type NetType = (typeof NetType)[keyof typeof NetType];

/** Kinds of destinations, as numbers of the `RTD_*` enumeration. */
export const Destination = { Unicast: 1, Blackhole: 2, Unreachable: 3, Prohibit: 4 } as const;

/** The same in BIRD 1; those that packets do not pass have the same numbers. */
export const DestinationOf1 = {
  Router: 0,
  Device: 1,
  Blackhole: 2,
  Unreachable: 3,
  Prohibit: 4,
  Multipath: 5,
} as const;
