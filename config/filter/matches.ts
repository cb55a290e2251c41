/**
 * The `~` operator: which types it takes and what it does with them. A pair of types that is not here is an error when
 * the filter is read.
 */
import { matchesGlob } from '../glob.ts';
import { pathHas, pathHasAny } from './as-path.ts';
import { type Builtin, costly, plain } from './builtin.ts';
import { hasAnyOf, hasExtended, hasLarge, hasWord } from './community-list.ts';
import type { Evaluation } from './evaluation.ts';
import type { PathMask } from './path-mask.ts';
import type { PrefixSet } from './prefix-set.ts';
import {
  BGPMASK,
  BGPPATH,
  BOOL,
  CLIST,
  EC,
  ECLIST,
  ENUMS,
  INT,
  IP,
  LC,
  LCLIST,
  MAC,
  PAIR,
  PREFIX,
  PREFIX_SET,
  QUAD,
  RD,
  STRING,
  setTypeOf,
  type Type,
} from './types.ts';
import {
  type ExtendedCommunity,
  type IpAddress,
  ipInside,
  type LargeCommunity,
  type Network,
  networkInside,
  type RouteDistinguisher,
} from './value.ts';
import type { ValueSet } from './value-set.ts';

function globInRun(run: Evaluation, _line: number, text: string, pattern: string): boolean {
  run.spend((text.length * pattern.length) >>> 10);
  return matchesGlob(pattern, text);
}

function matchesMask(run: Evaluation, _line: number, path: Uint8Array, mask: PathMask): boolean {
  run.spend((path.length * mask.items.length) >>> 10);
  return mask.matches(path);
}

function set(element: Type): Type {
  return setTypeOf(element)!;
}

function match(left: Type, right: Type, run: (...args: never[]) => boolean): Builtin {
  return plain('~', [left, right], BOOL, run);
}

const inNumbers = (value: number, numbers: ValueSet): boolean => numbers.hasNumber(value);
const in64 = (value: ExtendedCommunity | RouteDistinguisher, values: ValueSet): boolean => values.has64(value);
const inWords = (word: number, words: Uint32Array): boolean => hasWord(words, word);

/** Known by name to the generator, which asks the route itself where `net` is matched. */
export const IN_PREFIX_SET = match(PREFIX, PREFIX_SET, (net: Network, prefixes: PrefixSet) => prefixes.matches(net));
export const INSIDE_NETWORK = match(PREFIX, PREFIX, networkInside);

export const MATCHES: readonly Builtin[] = [
  IN_PREFIX_SET,
  INSIDE_NETWORK,
  match(IP, PREFIX, (ip: IpAddress, net: Network) => ipInside(ip, net)),
  costly('~', [BGPPATH, BGPMASK], BOOL, matchesMask),
  match(INT, BGPPATH, (asn: number, path: Uint8Array) => pathHas(path, asn)),
  match(BGPPATH, set(INT), (path: Uint8Array, numbers: ValueSet) => pathHasAny(path, numbers)),
  match(PAIR, CLIST, inWords),
  match(QUAD, CLIST, inWords),
  match(INT, CLIST, inWords),
  match(EC, ECLIST, (value: ExtendedCommunity, values: Uint32Array) => hasExtended(values, value)),
  match(LC, LCLIST, (value: LargeCommunity, values: Uint32Array) => hasLarge(values, value)),
  match(CLIST, set(PAIR), hasAnyOf),
  match(CLIST, set(QUAD), hasAnyOf),
  match(CLIST, set(INT), hasAnyOf),
  match(ECLIST, set(EC), hasAnyOf),
  match(LCLIST, set(LC), hasAnyOf),
  costly('~', [STRING, STRING], BOOL, globInRun),
  ...[INT, PAIR, QUAD, ...ENUMS].map((type) => match(type, set(type), inNumbers)),
  match(IP, set(IP), (ip: IpAddress, addresses: ValueSet) => addresses.hasIp(ip)),
  match(EC, set(EC), in64),
  match(RD, set(RD), in64),
  match(LC, set(LC), (value: LargeCommunity, values: ValueSet) => values.hasLarge(value)),
  match(MAC, set(MAC), (mac: number, macs: ValueSet) => macs.hasMac(mac)),
];
