/**
 * Which of many ranges holds a value: sorted, non-overlapping ranges in typed arrays, found by binary search. Elements
 * are one to four words (a number, an extended community, a large community, an address), compared word by word.
 *
 * Each range carries a label, so one index answers both "is it in the set" and "which arm of the `case`".
 */

export interface LabelledRange {
  readonly from: readonly number[];
  /** Included. */
  readonly to: readonly number[];
  readonly label: number;
}

export const NOT_FOUND = -1;

export class RangeIndex {
  readonly stride: number;
  readonly count: number;
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly label: Int32Array;
  /** Ranges of different labels overlap: the index is not a function and must not be used. */
  readonly ambiguous: boolean;

  /** Overlapping ranges of one label become one; ranges that only touch stay as they were written. */
  constructor(stride: number, ranges: readonly LabelledRange[]) {
    this.stride = stride;
    const sorted = [...ranges].sort((a, b) => compareWords(a.from, b.from) || compareWords(a.to, b.to));
    const merged: LabelledRange[] = [];
    let ambiguous = false;
    for (const range of sorted) {
      const last = merged.at(-1);
      if (last === undefined || compareWords(last.to, range.from) < 0) {
        merged.push(range);
        continue;
      }
      if (last.label !== range.label) ambiguous = true;
      if (compareWords(last.to, range.to) < 0) merged[merged.length - 1] = { ...last, to: range.to };
    }
    this.ambiguous = ambiguous;
    this.count = merged.length;
    this.from = new Uint32Array(stride * merged.length);
    this.to = new Uint32Array(stride * merged.length);
    this.label = new Int32Array(merged.length);
    merged.forEach((range, i) => {
      this.from.set(range.from, stride * i);
      this.to.set(range.to, stride * i);
      this.label[i] = range.label;
    });
  }

  find1(w0: number): number {
    const { from } = this;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (from[middle]! <= w0) low = middle + 1;
      else high = middle;
    }
    return low > 0 && w0 <= this.to[low - 1]! ? this.label[low - 1]! : NOT_FOUND;
  }

  find2(w0: number, w1: number): number {
    return this.find(w0, w1, 0, 0);
  }

  find3(w0: number, w1: number, w2: number): number {
    return this.find(w0, w1, w2, 0);
  }

  find4(w0: number, w1: number, w2: number, w3: number): number {
    return this.find(w0, w1, w2, w3);
  }

  private find(w0: number, w1: number, w2: number, w3: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.atMost(this.from, middle, w0, w1, w2, w3)) low = middle + 1;
      else high = middle;
    }
    if (low === 0 || !this.atLeast(this.to, low - 1, w0, w1, w2, w3)) return NOT_FOUND;
    return this.label[low - 1]!;
  }

  /** Element `index` of `bounds` <= the value. */
  private atMost(bounds: Uint32Array, index: number, w0: number, w1: number, w2: number, w3: number): boolean {
    return this.order(bounds, index, w0, w1, w2, w3) <= 0;
  }

  private atLeast(bounds: Uint32Array, index: number, w0: number, w1: number, w2: number, w3: number): boolean {
    return this.order(bounds, index, w0, w1, w2, w3) >= 0;
  }

  private order(bounds: Uint32Array, index: number, w0: number, w1: number, w2: number, w3: number): number {
    const { stride } = this;
    const at = stride * index;
    let difference = bounds[at]! - w0;
    if (difference === 0 && stride > 1) difference = bounds[at + 1]! - w1;
    if (difference === 0 && stride > 2) difference = bounds[at + 2]! - w2;
    if (difference === 0 && stride > 3) difference = bounds[at + 3]! - w3;
    return difference;
  }
}

export function compareWords(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
