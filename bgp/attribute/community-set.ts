/** What the three kinds of communities have in common: a set of equally long elements, written sorted and once each. */
import { writeAttributeHeader } from './record.ts';
import type { AttributeScan } from './scan.ts';
import { isWordSet, readWords, sortWordSet, writeWords } from './word-set.ts';

/** Copies a value whose elements are `width` words into the record, in canonical order. */
export function putWordSet(
  scan: AttributeScan,
  flags: number,
  code: number,
  start: number,
  end: number,
  width: 1 | 2 | 3,
): void {
  const { bytes, record } = scan;
  if (isWordSet(bytes, start, end, width)) {
    record.put(flags, code, bytes, start, end);
    return;
  }
  const words = readWords(bytes, start, end);
  const count = sortWordSet(words, words.length, width);
  const at = writeAttributeHeader(record.bytes, record.at, flags, code, 4 * count);
  record.at = writeWords(words, count, record.bytes, at);
}
