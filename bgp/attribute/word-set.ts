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

/** Fills `words` with those that begin at `start`. */
export function readWords(bytes: Uint8Array, start: number, words: Uint32Array): void {
  for (let i = 0; i < words.length; i++) words[i] = readU32(bytes, start + 4 * i);
}

/** Writes the first `count` words at `at`; returns the offset behind them. */
export function writeWords(words: Uint32Array, count: number, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < count; i++) writeU32(bytes, at + 4 * i, words[i]);
  return at + 4 * count;
}

/** Up to so many words insertion beats everything else. */
const FEW_WORDS = 48;

/**
 * Sorts the elements of `4 * width` octets in `[start, end)` in place and drops repetitions; returns the offset behind
 * what remains. O(n log n) whatever the peer sent: 16,000 communities in reverse order are a legal message.
 */
export function sortWordSet(bytes: Uint8Array, start: number, end: number, width: number): number {
  if (end - start > 4 * FEW_WORDS) return sortMany(bytes, start, end, width);
  if (width === 1) insertWords(bytes, start, end);
  else insertElements(bytes, start, end, 4 * width);
  return dropRepeated(bytes, start, end, 4 * width);
}

function insertWords(bytes: Uint8Array, start: number, end: number): void {
  for (let i = start + 4; i < end; i += 4) {
    const word = readU32(bytes, i);
    let at = i;
    for (; at > start; at -= 4) {
      const before = readU32(bytes, at - 4);
      if (before <= word) break;
      writeU32(bytes, at, before);
    }
    if (at !== i) writeU32(bytes, at, word);
  }
}

function insertElements(bytes: Uint8Array, start: number, end: number, step: number): void {
  for (let i = start + step; i < end; i += step) {
    for (let at = i; at > start && compareOctets(bytes, at - step, at, step) > 0; at -= step) {
      for (let k = at - step; k < at; k++) {
        const octet = bytes[k];
        bytes[k] = bytes[k + step];
        bytes[k + step] = octet;
      }
    }
  }
}

function dropRepeated(bytes: Uint8Array, start: number, end: number, step: number): number {
  let kept = start + step;
  for (let at = start + step; at < end; at += step) {
    if (compareOctets(bytes, kept - step, at, step) === 0) continue;
    if (kept !== at) for (let i = 0; i < step; i++) bytes[kept + i] = bytes[at + i];
    kept += step;
  }
  return Math.min(kept, end);
}

/** The first octet that differs decides, as in the order of the words themselves. */
function compareOctets(bytes: Uint8Array, a: number, b: number, length: number): number {
  for (let i = 0; i < length; i++) {
    const difference = bytes[a + i] - bytes[b + i];
    if (difference !== 0) return difference;
  }
  return 0;
}

function sortMany(bytes: Uint8Array, start: number, end: number, width: number): number {
  const words = new Uint32Array((end - start) >> 2);
  readWords(bytes, start, words);
  if (width === 1) {
    words.sort();
    writeWords(words, words.length, bytes, start);
  } else {
    const order = new Uint32Array(words.length / width);
    for (let i = 0; i < order.length; i++) order[i] = i * width;
    order.sort((a, b) => compareElements(words, a, b, width));
    let at = start;
    for (let i = 0; i < order.length; i++) {
      for (let j = 0; j < width; j++, at += 4) writeU32(bytes, at, words[order[i] + j]);
    }
  }
  return dropRepeated(bytes, start, end, 4 * width);
}

function compareElements(words: Uint32Array, a: number, b: number, width: number): number {
  for (let i = 0; i < width; i++) {
    const difference = words[a + i] - words[b + i];
    if (difference !== 0) return difference;
  }
  return 0;
}
