/**
 * Lists of communities as filters see them: clist (RFC 1997 communities and cluster lists, one word an element),
 * eclist (RFC 4360, two words), lclist (RFC 8092, three words). Order is kept, nothing is in a list twice by `add`.
 * Every function leaves its arguments alone; what does not change is returned as it is.
 */
import { EMPTY_WORDS, ExtendedCommunity, LargeCommunity } from './value.ts';
import type { ValueSet } from './value-set.ts';

export function hasWord(list: Uint32Array, word: number): boolean {
  for (let i = 0; i < list.length; i++) if (list[i] === word) return true;
  return false;
}

export function hasExtended(list: Uint32Array, value: ExtendedCommunity): boolean {
  for (let i = 0; i + 1 < list.length; i += 2) if (list[i] === value.high && list[i + 1] === value.low) return true;
  return false;
}

export function hasLarge(list: Uint32Array, value: LargeCommunity): boolean {
  for (let i = 0; i + 2 < list.length; i += 3) {
    if (list[i] === value.asn && list[i + 1] === value.data1 && list[i + 2] === value.data2) return true;
  }
  return false;
}

/** True if at least one element is in the set. */
export function hasAnyOf(list: Uint32Array, set: ValueSet): boolean {
  const { stride } = set.ranges;
  for (let i = 0; i + stride <= list.length; i += stride) if (set.hasElement(list, i)) return true;
  return false;
}

export function addWord(list: Uint32Array, word: number): Uint32Array {
  if (hasWord(list, word)) return list;
  const result = lengthened(list, 1);
  result[list.length] = word;
  return result;
}

export function addExtended(list: Uint32Array, value: ExtendedCommunity): Uint32Array {
  if (hasExtended(list, value)) return list;
  const result = lengthened(list, 2);
  result[list.length] = value.high;
  result[list.length + 1] = value.low;
  return result;
}

export function addLarge(list: Uint32Array, value: LargeCommunity): Uint32Array {
  if (hasLarge(list, value)) return list;
  const result = lengthened(list, 3);
  result[list.length] = value.asn;
  result[list.length + 1] = value.data1;
  result[list.length + 2] = value.data2;
  return result;
}

/** A copy with room for `more` words. Lists are short: a loop beats `set`. */
function lengthened(list: Uint32Array, more: number): Uint32Array {
  const result = new Uint32Array(list.length + more);
  for (let i = 0; i < list.length; i++) result[i] = list[i]!;
  return result;
}

function hasElementOf(list: Uint32Array, other: Uint32Array, at: number, stride: number): boolean {
  for (let i = 0; i + stride <= list.length; i += stride) {
    if (list[i] !== other[at]) continue;
    if (stride > 1 && list[i + 1] !== other[at + 1]) continue;
    if (stride > 2 && list[i + 2] !== other[at + 2]) continue;
    return true;
  }
  return false;
}

/** Elements of `list` for which `keep` holds. Nothing is made as long as that is all of them, or none. */
function kept(list: Uint32Array, stride: number, keep: (index: number) => boolean): Uint32Array {
  let at = 0;
  while (at + stride <= list.length && keep(at)) at += stride;
  if (at === list.length) return list;
  let result: Uint32Array | undefined;
  let length = at;
  for (at += stride; at + stride <= list.length; at += stride) {
    if (!keep(at)) continue;
    if (result === undefined) {
      result = new Uint32Array(list.length);
      for (let i = 0; i < length; i++) result[i] = list[i]!;
    }
    for (let k = 0; k < stride; k++) result[length++] = list[at + k]!;
  }
  if (length === 0) return EMPTY_WORDS;
  return (result ?? list).slice(0, length);
}

/** `list` and those elements of `other` that it does not have. */
export function union(list: Uint32Array, other: Uint32Array, stride: number): Uint32Array {
  const more = kept(other, stride, (index) => !hasElementOf(list, other, index, stride));
  if (more.length === 0) return list;
  const result = lengthened(list, more.length);
  result.set(more, list.length);
  return result;
}

export function difference(list: Uint32Array, other: Uint32Array, stride: number): Uint32Array {
  return kept(list, stride, (index) => !hasElementOf(other, list, index, stride));
}

export function intersection(list: Uint32Array, other: Uint32Array, stride: number): Uint32Array {
  return kept(list, stride, (index) => hasElementOf(other, list, index, stride));
}

export function filterSet(list: Uint32Array, set: ValueSet, stride: number): Uint32Array {
  return kept(list, stride, (index) => set.hasElement(list, index));
}

export function deleteSet(list: Uint32Array, set: ValueSet, stride: number): Uint32Array {
  return kept(list, stride, (index) => !set.hasElement(list, index));
}

export function deleteWord(list: Uint32Array, word: number): Uint32Array {
  return kept(list, 1, (index) => list[index] !== word);
}

export function deleteExtended(list: Uint32Array, value: ExtendedCommunity): Uint32Array {
  return kept(list, 2, (index) => list[index] !== value.high || list[index + 1] !== value.low);
}

export function deleteLarge(list: Uint32Array, value: LargeCommunity): Uint32Array {
  return kept(list, 3, (i) => list[i] !== value.asn || list[i + 1] !== value.data1 || list[i + 2] !== value.data2);
}

/** Index of the least element, or of the greatest with `sign` -1; -1 in an empty list. */
function extreme(list: Uint32Array, stride: number, sign: 1 | -1): number {
  let best = -1;
  for (let i = 0; i + stride <= list.length; i += stride) {
    if (best < 0) {
      best = i;
      continue;
    }
    let order = 0;
    for (let k = 0; k < stride && order === 0; k++) order = list[i + k]! - list[best + k]!;
    if (order * sign < 0) best = i;
  }
  return best;
}

/** The least (`sign` 1) or greatest element; zero where there is none. */
export function extremeWord(list: Uint32Array, sign: 1 | -1): number {
  const at = extreme(list, 1, sign);
  return at < 0 ? 0 : list[at]!;
}

export function extremeExtended(list: Uint32Array, sign: 1 | -1): ExtendedCommunity {
  const at = extreme(list, 2, sign);
  return at < 0 ? new ExtendedCommunity(0, 0) : new ExtendedCommunity(list[at]!, list[at + 1]!);
}

export function extremeLarge(list: Uint32Array, sign: 1 | -1): LargeCommunity {
  const at = extreme(list, 3, sign);
  return at < 0 ? new LargeCommunity(0, 0, 0) : new LargeCommunity(list[at]!, list[at + 1]!, list[at + 2]!);
}
