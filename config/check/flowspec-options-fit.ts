/** RFC 9117: validation is of flowspec routes, with unicast routes of the same family. */
import type { BgpCheck } from './bgp-check.ts';

export function flowspecOptionsFit({ channels }: BgpCheck): void {
  for (const { options, words, error } of channels) {
    const base = words === 'flow4' ? 'ipv4' : words === 'flow6' ? 'ipv6' : undefined;
    if (options.validate && base === undefined) error('validate', 'Validate option limited to flowspec channels');
    if (options.baseTable === undefined) continue;
    if (base === undefined) error('baseTable', 'Base table option limited to flowspec channels');
    else if (options.baseTable.type !== base) error('baseTable', 'Mismatched base table type');
  }
}
