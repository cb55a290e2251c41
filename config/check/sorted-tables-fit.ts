/**
 * A sorted table keeps routes in one order: `secondary` needs it, whatever changes that order on the way excludes it.
 */
import type { BgpCheck } from './bgp-check.ts';

export function sortedTablesFit({ options: session, channels }: BgpCheck): void {
  for (const { options, table, gateway, words, error } of channels) {
    if (options.secondary && !table.sorted) {
      error('secondary', 'BGP with secondary option requires sorted table', `${words} table ${table.name} sorted;`);
    }
    if (!table.sorted) continue;
    if (gateway === 'recursive') error('gateway', 'BGP in recursive mode prohibits sorted table');
    if (session.deterministicMed) error('table', 'BGP with deterministic MED prohibits sorted table');
  }
}
