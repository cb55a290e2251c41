/** `show memory`: what the daemon's parts take, in BIRD's rows. */
import type { MemoryView } from '../control/host.ts';
import type { Daemon } from '../daemon.ts';

/** Rough sizes of objects that are counted in protocols; V8 does not tell. */
const OCTETS_PER_PROTOCOL = 4096;
const OCTETS_PER_SYMBOL = 256;

export function memoryView(daemon: Daemon): MemoryView {
  let tables = 0;
  for (const { table } of daemon.tables()) tables += table.bytes;
  const groups = daemon.updateGroups.groups.reduce((sum, group) => sum + group.bytes, 0);
  const { attributes } = daemon;
  const { sets } = daemon.updateGroups;
  const setsUsed = attributes.bytesUsed + sets.bytesUsed;
  const setsHeld = attributes.bytes + sets.bytes;
  const protocols = daemon.protocols.length * OCTETS_PER_PROTOCOL + groups;
  const configuration = daemon.config.symbols.length * OCTETS_PER_SYMBOL;
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  const known = tables + setsHeld + protocols + configuration;
  return {
    routingTables: { effective: tables, overhead: 0 },
    routeAttributes: { effective: setsUsed, overhead: setsHeld - setsUsed },
    protocols: { effective: protocols, overhead: 0 },
    configuration: { effective: configuration, overhead: 0 },
    standby: { effective: 0, overhead: heapTotal - heapUsed },
    total: { effective: known, overhead: Math.max(0, rss - known) },
  };
}
