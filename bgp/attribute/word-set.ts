/**
 * Sets of communities as words: sorted ascending by unsigned value, each element once. One canonical order makes equal
 * sets equal octets, so that they share one attribute id. An element is 1, 2 or 3 words (RFC 1997, 4360, 8092).
 */
import { readU32, writeU32 } from '../bytes.ts';

/** True if the elements of `4 * width` octets in `[start, end)` strictly ascend: nothing to sort, nothing repeated. */
export function isWordSet(bytes: Uint8Array, start: number, end: number, width: number): boolean {
  const step = 4 * width;
  for (let at = start + step; at < end; at += step) {
    let i = 0;
    // The first octet that differs decides, as in the order of the words themselves.
    while (i < step && bytes[at + i] === bytes[at - step + i]) i++;
    if (i === step || bytes[at + i] < bytes[at - step + i]) return false;
  }
  return true;
}

/** The words of `[start, end)`. */
export function readWords(bytes: Uint8Array, start: number, end: number): Uint32Array {
  const words = new Uint32Array((end - start) >> 2);
  for (let i = 0; i < words.length; i++) words[i] = readU32(bytes, start + 4 * i);
  return words;
}

/** Writes the first `count` words at `at`; returns the offset behind them. */
export function writeWords(words: Uint32Array, count: number, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < count; i++) writeU32(bytes, at + 4 * i, words[i]);
  return at + 4 * count;
}

function compareElements(words: Uint32Array, a: number, b: number, width: number): number {
  for (let i = 0; i < width; i++) {
    const difference = words[a + i] - words[b + i];
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Sorts the elements of the first `count` words in place and drops repetitions; returns how many words remain.
 * O(n log n) whatever the peer sent: 16,000 communities in reverse order are a legal message.
 */
export function sortWordSet(words: Uint32Array, count: number, width: number): number {
  if (width === 1) {
    words.subarray(0, count).sort();
  } else {
    const order = new Uint32Array(count / width);
    for (let i = 0; i < order.length; i++) order[i] = i * width;
    order.sort((a, b) => compareElements(words, a, b, width));
    const sorted = new Uint32Array(count);
    for (let i = 0; i < order.length; i++) {
      for (let j = 0; j < width; j++) sorted[i * width + j] = words[order[i] + j];
    }
    words.set(sorted);
  }
  let kept = 0;
  for (let at = 0; at < count; at += width) {
    if (kept > 0 && compareElements(words, at, kept - width, width) === 0) continue;
    words.copyWithin(kept, at, at + width);
    kept += width;
  }
  return kept;
}
