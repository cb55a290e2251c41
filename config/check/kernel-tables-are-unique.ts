/**
 * A routing table of the kernel belongs to one kernel protocol of each family, and so does a table of ours: two would
 * undo each other's work at every scan.
 */
import type { WholeCheck } from './whole-check.ts';

export function kernelTablesAreUnique({ protocols, error }: WholeCheck): void {
  const ours = new Map<string, string>();
  const theirs = new Map<string, string>();
  for (const { config, token } of protocols) {
    if (config.kind !== 'kernel') continue;
    const { table, family } = config.channel;
    const attached = ours.get(table);
    if (attached !== undefined) error(token, `Kernel syncer (${attached}) already attached to table ${table}`);
    const key = `${family} ${config.kernelTable}`;
    const owner = theirs.get(key);
    if (owner !== undefined && attached === undefined) {
      error(
        token,
        `Kernel table ${config.kernelTable} already used by ${owner}`,
        `Choose another with "kernel table".`,
      );
    }
    ours.set(table, config.name);
    theirs.set(key, config.name);
  }
}
