/** Route distinguishers as text; apart from the other forms because networks show them, too. */
import { formatIpv4Word } from '../../bgp/index.ts';
import type { RouteDistinguisher } from './value.ts';

/** RFC 4364 section 4.2: type 0 AS:number, 1 address:number, 2 four-octet AS:number. */
export function rdText({ high, low }: RouteDistinguisher): string {
  const type = high >>> 16;
  if (type === 0) return `${high & 0xffff}:${low}`;
  const key = ((high << 16) | (low >>> 16)) >>> 0;
  if (type === 1) return `${formatIpv4Word(key)}:${low & 0xffff}`;
  // A number that fits two octets would read as type 0.
  return `${type === 2 && key > 0xffff ? '' : `${type}:`}${key}:${low & 0xffff}`;
}
