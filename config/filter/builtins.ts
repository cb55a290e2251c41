/**
 * Members, methods, functions and constructors of the filter language: `net.len`, `bgp_path.prepend(1)`,
 * `delete(list, set)`, `(65000, 1)`. Methods and two-argument functions are the same thing: the receiver is the first
 * argument.
 */
import { EMPTY_AS_PATH, prependAs } from '../../bgp/index.ts';
import * as path from './as-path.ts';
import { type Builtin, costly, failing, plain } from './builtin.ts';
import * as list from './community-list.ts';
import { type Evaluation, LONGEST_VALUE } from './evaluation.ts';
import { flowPrefix, SPECIAL_METHODS, specialAddress } from './special-network.ts';
import {
  BGPPATH,
  BOOL,
  BYTESTRING,
  CLIST,
  EC,
  ECLIST,
  ENUM_NETTYPE,
  INT,
  IP,
  LC,
  LCLIST,
  NetType,
  PAIR,
  PREFIX,
  QUAD,
  RD,
  STRING,
  setTypeOf,
  type Type,
} from './types.ts';
import {
  EMPTY_WORDS,
  ExtendedCommunity,
  extendedCommunity,
  type IpAddress,
  ipv4,
  LargeCommunity,
  maskIp,
  Network,
  networkIp,
} from './value.ts';
import type { ValueSet } from './value-set.ts';

type List = Uint32Array;

function set(element: Type): Type {
  return setTypeOf(element)!;
}

/** Refuses a list or path that no attribute could hold, and takes units for making a long one. */
function checked<T extends Uint8Array | Uint32Array | string>(run: Evaluation, line: number, value: T): T | undefined {
  const octets = typeof value === 'string' ? value.length : value.byteLength;
  if (octets > LONGEST_VALUE) return run.fail(line, 'Value is too long');
  if (octets > 255) run.spend(octets >>> 8);
  return value;
}

/** Lists against lists compare every element with every other. */
function spendProduct(run: Evaluation, a: List, b: List): void {
  if (a.length * b.length > 255) run.spend((a.length * b.length) >>> 8);
}

// ---------------------------------------------------------------------------------------------------- lists

interface ListKind {
  readonly list: Type;
  readonly element: Type;
  readonly stride: number;
  /** Sets that it can be matched with. */
  readonly sets: readonly Type[];
  readonly add: (items: List, element: never) => List;
  readonly delete: (items: List, element: never) => List;
  readonly extreme: (items: List, sign: 1 | -1) => unknown;
}

const LIST_KINDS: readonly ListKind[] = [
  {
    list: CLIST,
    element: PAIR,
    stride: 1,
    sets: [set(PAIR), set(QUAD)],
    add: list.addWord,
    delete: list.deleteWord,
    extreme: list.extremeWord,
  },
  {
    list: ECLIST,
    element: EC,
    stride: 2,
    sets: [set(EC)],
    add: list.addExtended,
    delete: list.deleteExtended,
    extreme: list.extremeExtended,
  },
  {
    list: LCLIST,
    element: LC,
    stride: 3,
    sets: [set(LC)],
    add: list.addLarge,
    delete: list.deleteLarge,
    extreme: list.extremeLarge,
  },
];

/** Types that can stand for one element; the first is the list's own. */
function elementTypes(kind: ListKind): Type[] {
  return kind.list === CLIST ? [PAIR, QUAD] : [kind.element];
}

function listMethods(kind: ListKind): [string, Builtin][] {
  const { list: type, stride } = kind;
  const methods: [string, Builtin][] = [
    ['len', plain('LEN', [type], INT, (items: List) => items.length / stride)],
    ['empty', plain('EMPTY', [type], type, () => EMPTY_WORDS)],
    ['min', plain('MIN', [type], kind.element, (items: List) => kind.extreme(items, 1))],
    ['max', plain('MAX', [type], kind.element, (items: List) => kind.extreme(items, -1))],
    [
      'add',
      failing('CLIST_ADD', [type, type], type, (run: Evaluation, line: number, a: List, b: List) => {
        spendProduct(run, a, b);
        return run.budget < 0 ? run.overBudget(line) : checked(run, line, list.union(a, b, stride));
      }),
    ],
    [
      'delete',
      failing('CLIST_DEL', [type, type], type, (run: Evaluation, line: number, a: List, b: List) => {
        spendProduct(run, a, b);
        return run.budget < 0 ? run.overBudget(line) : list.difference(a, b, stride);
      }),
    ],
    [
      'filter',
      failing('FILTER', [type, type], type, (run: Evaluation, line: number, a: List, b: List) => {
        spendProduct(run, a, b);
        return run.budget < 0 ? run.overBudget(line) : list.intersection(a, b, stride);
      }),
    ],
  ];
  for (const element of elementTypes(kind)) {
    methods.push([
      'add',
      failing('CLIST_ADD', [type, element], type, (run: Evaluation, line: number, items: List, value: never) =>
        checked(run, line, kind.add(items, value)),
      ),
    ]);
    methods.push(['delete', plain('CLIST_DEL', [type, element], type, kind.delete)]);
  }
  for (const elements of kind.sets) {
    methods.push(
      [
        'delete',
        costly('CLIST_DEL', [type, elements], type, (run: Evaluation, _line: number, items: List, drop: ValueSet) => {
          run.spend(items.length >>> 6);
          return list.deleteSet(items, drop, stride);
        }),
      ],
      [
        'filter',
        costly('FILTER', [type, elements], type, (run: Evaluation, _line: number, items: List, keep: ValueSet) => {
          run.spend(items.length >>> 6);
          return list.filterSet(items, keep, stride);
        }),
      ],
    );
  }
  return methods;
}

// ---------------------------------------------------------------------------------------------------- paths

const PATH_METHODS: readonly [string, Builtin][] = [
  ['len', plain('LEN', [BGPPATH], INT, path.pathLength)],
  ['empty', plain('EMPTY', [BGPPATH], BGPPATH, () => EMPTY_AS_PATH)],
  ['first', plain('AS_PATH_FIRST', [BGPPATH], INT, path.pathFirst)],
  ['last', plain('AS_PATH_LAST', [BGPPATH], INT, path.pathLast)],
  ['last_nonaggregated', plain('AS_PATH_LAST_NAG', [BGPPATH], INT, path.pathLastNonAggregated)],
  [
    'prepend',
    failing('PATH_PREPEND', [BGPPATH, INT], BGPPATH, (run: Evaluation, line: number, old: Uint8Array, asn: number) =>
      checked(run, line, prependAs(old, asn)),
    ),
  ],
  ['delete', plain('CLIST_DEL', [BGPPATH, INT], BGPPATH, path.pathDelete)],
  ['delete', plain('CLIST_DEL', [BGPPATH, set(INT)], BGPPATH, path.pathDeleteSet)],
  ['filter', plain('FILTER', [BGPPATH, set(INT)], BGPPATH, path.pathFilter)],
];

// ---------------------------------------------------------------------------------------------------- prefixes

function isRoa(net: Network): boolean {
  return net.type === NetType.Roa4 || net.type === NetType.Roa6;
}

/** Known by name to the generator, which asks the route itself for the length and kind of `net`. */
export const NET_TYPE = plain('TYPE', [PREFIX], ENUM_NETTYPE, (net: Network) => net.type);
export const NET_LENGTH = plain('LEN', [PREFIX], INT, (net: Network) => net.length);

const PREFIX_METHODS: readonly (readonly [string, Builtin])[] = [
  ['type', NET_TYPE],
  ['ip', plain('IP', [PREFIX], IP, (net: Network) => specialAddress(net) ?? networkIp(net))],
  ['len', NET_LENGTH],
  [
    'maxlen',
    failing('ROA_MAXLEN', [PREFIX], INT, (run: Evaluation, line: number, net: Network) =>
      isRoa(net) ? net.maxLength : run.fail(line, 'ROA expected'),
    ),
  ],
  [
    'asn',
    failing('ASN', [PREFIX], INT, (run: Evaluation, line: number, net: Network) =>
      isRoa(net) || net.type === NetType.Aspa ? net.asn : run.fail(line, 'ROA expected'),
    ),
  ],
  [
    'rd',
    failing('ROUTE_DISTINGUISHER', [PREFIX], RD, (run: Evaluation, line: number, net: Network) =>
      net.rd === undefined ? run.fail(line, 'VPN address expected') : net.rd,
    ),
  ],
  [
    'src',
    failing(
      'NET_SRC',
      [PREFIX],
      PREFIX,
      (run: Evaluation, line: number, net: Network) =>
        net.source ?? flowPrefix(net, 2) ?? run.fail(line, 'Flow or SADR expected'),
    ),
  ],
  [
    'dst',
    failing(
      'NET_DST',
      [PREFIX],
      PREFIX,
      (run: Evaluation, line: number, net: Network) =>
        flowPrefix(net, 1) ?? (net.source === undefined ? run.fail(line, 'Flow or SADR expected') : net.plain),
    ),
  ],
  ...SPECIAL_METHODS,
];

/** `P max LENGTH as ASN` */
export const MAKE_ROA = failing(
  'ROA_CONSTRUCT',
  [PREFIX, INT, INT],
  PREFIX,
  (run: Evaluation, line: number, net: Network, maxLength: number, asn: number) => {
    const v4 = net.version === 4;
    if (maxLength < net.length || maxLength > (v4 ? 32 : 128)) {
      return run.fail(line, `Invalid max prefix length ${maxLength}`);
    }
    return new Network(v4 ? NetType.Roa4 : NetType.Roa6, net, net.length, { maxLength, asn });
  },
);

// ---------------------------------------------------------------------------------------------------- the others

const OTHER_METHODS: readonly [string, Builtin][] = [
  ['is_v4', plain('IS_V4', [IP], BOOL, (ip: IpAddress) => ip.isV4)],
  ['mask', plain('IP_MASK', [IP, INT], IP, maskIp)],
  ['asn', plain('ASN', [PAIR], INT, (pair: number) => pair >>> 16)],
  ['data', plain('PAIR_DATA', [PAIR], INT, (pair: number) => pair & 0xffff)],
  ['asn', plain('ASN', [LC], INT, (value: LargeCommunity) => value.asn)],
  ['data1', plain('LC_DATA1', [LC], INT, (value: LargeCommunity) => value.data1)],
  ['data2', plain('LC_DATA2', [LC], INT, (value: LargeCommunity) => value.data2)],
  [
    'append',
    failing('APPEND', [STRING, STRING], STRING, (run: Evaluation, line: number, a: string, b: string) =>
      checked(run, line, a + b),
    ),
  ],
  [
    'append',
    failing(
      'APPEND',
      [BYTESTRING, BYTESTRING],
      BYTESTRING,
      (run: Evaluation, line: number, a: Uint8Array, b: Uint8Array) => {
        const joined = new Uint8Array(a.length + b.length);
        joined.set(a);
        joined.set(b, a.length);
        return checked(run, line, joined);
      },
    ),
  ],
];

function byName(all: readonly (readonly [string, Builtin])[]): ReadonlyMap<string, readonly Builtin[]> {
  const found = new Map<string, Builtin[]>();
  for (const [name, builtin] of all) {
    const known = found.get(name);
    if (known === undefined) found.set(name, [builtin]);
    else known.push(builtin);
  }
  return found;
}

/** Members and methods by name; the receiver is the first parameter. */
export const METHODS: ReadonlyMap<string, readonly Builtin[]> = byName([
  ...PREFIX_METHODS,
  ...PATH_METHODS,
  ...LIST_KINDS.flatMap(listMethods),
  ...OTHER_METHODS,
]);

/** Methods that can also be called as functions, with the receiver as first argument. */
export const TWO_ARGUMENT_FUNCTIONS: ReadonlySet<string> = new Set(['prepend', 'add', 'delete', 'filter', 'append']);

/** `from_hex("01:02")` */
export const FROM_HEX = failing('FROM_HEX', [STRING], BYTESTRING, (run: Evaluation, line: number, text: string) => {
  const octets = /^[0-9a-fA-F]{2}(?::?[0-9a-fA-F]{2})*$/.test(text) ? text.replaceAll(':', '') : undefined;
  if (octets === undefined && text !== '') return run.fail(line, 'Invalid hex string');
  return Uint8Array.from((octets ?? '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
});

// ---------------------------------------------------------------------------------------------------- constructors

export const MAKE_PAIR = failing(
  'PAIR_CONSTRUCT',
  [INT, INT],
  PAIR,
  (run: Evaluation, line: number, high: number, low: number) =>
    high > 0xffff || low > 0xffff
      ? run.fail(line, "Can't operate with value out of bounds in pair constructor")
      : ((high << 16) | low) >>> 0,
);

export const MAKE_LC = plain(
  'LC_CONSTRUCT',
  [INT, INT, INT],
  LC,
  (asn: number, data1: number, data2: number) => new LargeCommunity(asn, data1, data2),
);

/** `(generic, high, low)` */
export const MAKE_EC_GENERIC = plain(
  'EC_CONSTRUCT',
  [INT, INT],
  EC,
  (high: number, low: number) => new ExtendedCommunity(high, low),
);

/** `(KIND, number, value)`: kind, key, value. */
export const MAKE_EC = failing(
  'EC_CONSTRUCT',
  [INT, INT, INT],
  EC,
  (run: Evaluation, line: number, kind: number, key: number, value: number) =>
    extendedCommunity(kind & 0xffff, key, false, value) ??
    run.fail(line, `4-byte value ${value} can't be used with 4-byte ASN in extended community`),
);

/** `(KIND, address, value)` */
export const MAKE_EC_IP = failing(
  'EC_CONSTRUCT',
  [INT, QUAD, INT],
  EC,
  (run: Evaluation, line: number, kind: number, key: number, value: number) =>
    extendedCommunity(kind & 0xffff, key, true, value) ??
    run.fail(line, `4-byte value ${value} can't be used with IP-address key in extended community`),
);

// ---------------------------------------------------------------------------------------------------- conversions

/** IPv4 addresses and quads stand for each other. */
export const QUAD_OF_IP = failing('IP_TO_QUAD', [IP], QUAD, (run: Evaluation, line: number, ip: IpAddress) =>
  ip.isV4 ? ip.w3 : run.fail(line, 'IPv4 address expected'),
);
export const IP_OF_QUAD: Builtin = {
  ...plain('QUAD_TO_IP', [QUAD], IP, (quad: number) => (quad < 0 ? undefined : ipv4(quad))),
  passesVoid: true,
};
export const QUADS_OF_IPS = plain('IP_SET_TO_QUAD_SET', [set(IP)], set(QUAD), (ips: ValueSet) => ips.asQuads());
export const IPS_OF_QUADS = plain('QUAD_SET_TO_IP_SET', [set(QUAD)], set(IP), (quads: ValueSet) => quads.asIps());

/** Divides; the other operators cannot fail and are written into the generated code. */
export const DIVIDE = failing('DIVIDE', [INT, INT], INT, (run: Evaluation, line: number, a: number, b: number) =>
  b === 0 ? run.fail(line, 'Mother told me not to divide by 0') : Math.floor(a / b),
);

/** `%` of BIRD 1. */
export const MODULO = failing('MODULO', [INT, INT], INT, (run: Evaluation, line: number, a: number, b: number) =>
  b === 0 ? run.fail(line, 'Mother told me not to divide by 0') : a % b,
);

/** Turns of `for` over each list type: how to take the elements out. */
export const ITERATION: ReadonlyMap<Type, { readonly element: Type; readonly stride: number }> = new Map([
  [BGPPATH, { element: INT, stride: 1 }],
  [CLIST, { element: PAIR, stride: 1 }],
  [ECLIST, { element: EC, stride: 2 }],
  [LCLIST, { element: LC, stride: 3 }],
]);
