/** What the three kinds of communities have in common: a set of equally long elements, written sorted and once each. */
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
  const header = record.at;
  record.put(flags, code, bytes, start, end);
  if (isWordSet(bytes, start, end, width)) return;
  const value = record.at - (end - start);
  const valueEnd = sortWordSet(record.bytes, value, record.at, width);
  if (valueEnd === record.at) return;
  // Repetitions went: the header says less, and may be shorter.
  const at = writeAttributeHeader(record.bytes, header, flags, code, valueEnd - value);
  if (at !== value) record.bytes.copyWithin(at, value, valueEnd);
  record.at = at + valueEnd - value;
}
