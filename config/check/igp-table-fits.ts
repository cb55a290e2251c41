/** Next hops of a channel are of its family, unless RFC 8950 brings others: the IGP table has to be of that family. */
import type { BgpCheck } from './bgp-check.ts';

export function igpTableFits({ channels }: BgpCheck): void {
  for (const { options, table, gateway, error } of channels) {
    if (gateway !== 'recursive' || options.extendedNextHop) continue;
    const { igpTable4, igpTable6 } = options;
    if (table.type === 'ipv4' && igpTable4 === undefined && igpTable6 !== undefined) {
      error('igpTable6', 'Mismatched IGP table type');
    }
    if (table.type === 'ipv6' && igpTable6 === undefined && igpTable4 !== undefined) {
      error('igpTable4', 'Mismatched IGP table type');
    }
  }
}
