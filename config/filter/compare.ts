/** Equality and order of the types whose values are not plain numbers, by type; void is a value like the others. */
import type { PathMask } from './path-mask.ts';
import type { PrefixSet } from './prefix-set.ts';
import type { Type } from './types.ts';
import {
  compare64,
  compareBool,
  compareElements,
  compareIp,
  compareLarge,
  compareNetwork,
  compareText,
  same64,
  sameElements,
  sameIp,
  sameLarge,
  sameNetwork,
} from './value.ts';
import type { ValueSet } from './value-set.ts';

type Same = (a: never, b: never) => boolean;
type Order = (a: never, b: never) => number;

interface Comparable<T> {
  equals(other: T): boolean;
}

function sameObject<T extends Comparable<T>>(a: T | undefined, b: T | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.equals(b));
}

/** `undefined`: values are compared with `===`. */
export function equality(type: Type): Same | undefined {
  switch (type.kind) {
    case 'ip':
      return sameIp;
    case 'prefix':
      return sameNetwork;
    case 'ec':
    case 'rd':
      return same64;
    case 'lc':
      return sameLarge;
    case 'bytestring':
    case 'bgppath':
    case 'clist':
    case 'eclist':
    case 'lclist':
      return sameElements;
    case 'set':
      return sameObject<ValueSet>;
    case 'prefix set':
      return sameObject<PrefixSet>;
    case 'bgpmask':
      return sameObject<PathMask>;
    default:
      return undefined;
  }
}

/** `'number'`: values are numbers. `undefined`: the type has no order. */
export function order(type: Type): Order | 'number' | undefined {
  switch (type.kind) {
    case 'int':
    case 'pair':
    case 'quad':
    case 'enum':
    case 'mac':
      return 'number';
    case 'bool':
      return compareBool;
    case 'string':
      return compareText;
    case 'ip':
      return compareIp;
    case 'prefix':
      return compareNetwork;
    case 'ec':
    case 'rd':
      return compare64;
    case 'lc':
      return compareLarge;
    case 'bgppath':
      return compareElements;
    default:
      return undefined;
  }
}
