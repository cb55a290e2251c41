/** What the three kinds of communities have in common: a set of equally long elements, written sorted and once each. */
import { readU32, writeU32 } from '../bytes.ts';
import { writeAttributeHeader } from './record.ts';
import type { AttributeScan } from './scan.ts';
import { isWordSet, sortWordSet } from './word-set.ts';

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
  const words = new Uint32Array((end - start) >> 2);
  for (let i = 0; i < words.length; i++) words[i] = readU32(bytes, start + 4 * i);
  const count = sortWordSet(words, words.length, width);
  let at = writeAttributeHeader(record.bytes, record.at, flags, code, 4 * count);
  for (let i = 0; i < count; i++, at += 4) writeU32(record.bytes, at, words[i]);
  record.at = at;
}
