/**
 * What filters do with an AS path, over the helpers of `bgp/attribute/as-path`: whole paths in, whole paths out, sets
 * of the filter language. A path that does not change is returned as it is.
 */
import {
  asPathLength,
  asPathNumbers,
  containsAs,
  filterAsPath,
  firstAs,
  formatAsPath,
  lastNonAggregatedAs,
  originAs,
  readU32,
} from '../../bgp/index.ts';
import type { ValueSet } from './value-set.ts';

/** Path length as the decision process counts it: a set is one, confederation segments are none (RFC 5065). */
export function pathLength(path: Uint8Array): number {
  return asPathLength(path, 0, path.length);
}

/** The neighbour's AS number: the first of a path that begins with a sequence, otherwise 0. */
export function pathFirst(path: Uint8Array): number {
  return firstAs(path, 0, path.length);
}

/** The originator's AS number: the last of a path that ends in a sequence, otherwise 0. */
export function pathLast(path: Uint8Array): number {
  return originAs(path, 0, path.length);
}

export function pathLastNonAggregated(path: Uint8Array): number {
  return lastNonAggregatedAs(path, 0, path.length);
}

export function pathHas(path: Uint8Array, asn: number): boolean {
  return containsAs(path, 0, path.length, asn);
}

export function pathHasAny(path: Uint8Array, set: ValueSet): boolean {
  for (let at = 0; at < path.length; ) {
    const next = at + 2 + 4 * path[at + 1]!;
    for (let i = at + 2; i < next; i += 4) if (set.hasNumber(readU32(path, i))) return true;
    at = next;
  }
  return false;
}

/** All AS numbers in order, those of sets too. */
export function pathNumbers(path: Uint8Array): Uint32Array {
  const numbers = new Uint32Array(asPathNumbers(path, 0, path.length));
  let count = 0;
  for (let at = 0; at < path.length; ) {
    const next = at + 2 + 4 * path[at + 1]!;
    for (let i = at + 2; i < next; i += 4) numbers[count++] = readU32(path, i);
    at = next;
  }
  return numbers;
}

function unlessSame(path: Uint8Array, changed: Uint8Array): Uint8Array {
  return changed.length === path.length ? path : changed;
}

export function pathDelete(path: Uint8Array, asn: number): Uint8Array {
  return unlessSame(
    path,
    filterAsPath(path, (other) => other !== asn),
  );
}

export function pathDeleteSet(path: Uint8Array, set: ValueSet): Uint8Array {
  return unlessSame(
    path,
    filterAsPath(path, (asn) => !set.hasNumber(asn)),
  );
}

export function pathFilter(path: Uint8Array, set: ValueSet): Uint8Array {
  return unlessSame(
    path,
    filterAsPath(path, (asn) => set.hasNumber(asn)),
  );
}

/** `65001 65002 {65003 65004} (65005 65006) ({65007})`. */
export function pathText(path: Uint8Array): string {
  return formatAsPath(path, 0, path.length);
}
