/**
 * AS_PATH (2) on the wire, RFC 4271 sections 4.3 and 5.1.2, with numbers of four octets, or of two from a peer that
 * does not know more (RFC 6793).
 *
 *     segment:  type 1   count 1   count x AS number 2 or 4
 *
 * From a two-octet peer the real numbers come beside it in AS4_PATH; both are merged here, once and for all.
 */
import { writeU16 } from '../bytes.ts';
import { formatAsPath } from './as-path.ts';
import { checkPath, checkSegments, PATH_TOO_LONG } from './as-path-check.ts';
import { mergeAs4Path } from './as4-merge.ts';
import { AttributeCode, AttributeFlag } from './code.ts';
import { type AttributeDescriptor, type AttributeFault, FLAGS_WITHDRAW } from './descriptor.ts';
import { MAX_ATTRIBUTE_LENGTH } from './record.ts';
import type { AttributeScan } from './scan.ts';

/** Widens and merges straight into the record, behind a header whose length is known only afterwards. */
function decodeTwoOctet(scan: AttributeScan, start: number, end: number): AttributeFault | undefined {
  const broken = checkSegments(scan.bytes, start, end, 2);
  if (broken !== undefined) return broken;
  const record = scan.record;
  const header = record.at;
  const path = header + 4;
  const pathEnd = mergeAs4Path(scan, start, end, record.bytes, path);
  const length = pathEnd - path;
  if (length > MAX_ATTRIBUTE_LENGTH) return PATH_TOO_LONG;
  const refused = checkSegments(record.bytes, path, pathEnd, 4) ?? checkPath(record.bytes, path, pathEnd, scan);
  if (refused !== undefined) return refused;
  record.bytes[header + 1] = AttributeCode.AsPath;
  if (length > 255) {
    record.bytes[header] = AttributeFlag.Transitive | AttributeFlag.ExtendedLength;
    writeU16(record.bytes, header + 2, length);
    record.at = pathEnd;
  } else {
    record.bytes[header] = AttributeFlag.Transitive;
    record.bytes[header + 2] = length;
    record.bytes.copyWithin(path - 1, path, pathEnd);
    record.at = pathEnd - 1;
  }
  return undefined;
}

export const asPath: AttributeDescriptor = {
  code: AttributeCode.AsPath,
  name: 'AS_PATH',
  label: 'as_path',
  recognized: true,
  flagsFault: FLAGS_WITHDRAW,
  decode(scan, start, end) {
    if (!scan.options.as4) return decodeTwoOctet(scan, start, end);
    const broken = checkSegments(scan.bytes, start, end, 4) ?? checkPath(scan.bytes, start, end, scan);
    if (broken !== undefined) return broken;
    scan.record.put(AttributeFlag.Transitive, AttributeCode.AsPath, scan.bytes, start, end);
    return undefined;
  },
  format: formatAsPath,
};
