/** The protocols of a node's plan as an overlay of a configuration: its tables, and names that are free in it. */
import { ipBytes } from '../../bgp/index.ts';
import type { DaemonConfig, NodeConfigMaker, NodeNames, NodePlan, PlanNote } from '../../config/index.ts';
import type { Overlay } from './overlay.ts';

export interface NodeOverlay extends Overlay {
  /** Sessions that cannot be. */
  readonly refused: readonly PlanNote[];
}

const FAMILIES = [
  [4, 'ipv4'],
  [6, 'ipv6'],
] as const;

/** `owner`: the protocol of the configuration that follows the datastore. */
export function nodeOverlay(base: DaemonConfig, owner: string, plan: NodePlan, maker: NodeConfigMaker): NodeOverlay {
  const taken = new Set(base.protocols.map((protocol) => protocol.name));
  const families = FAMILIES.filter(([, family]) => base.family === undefined || base.family === family);
  const names: NodeNames = {
    table: (version) => tableOf(base, version),
    protocol: (kind, version) => {
      // The numbers that they have in a daemon with nothing else in it; `device` is one for both families.
      const number = kind === 'device' || families.length === 1 || version === 4 ? 1 : 2;
      const usual = `${kind}${number}`;
      return taken.has(usual) ? `${owner}_${kind}${version}` : usual;
    },
  };
  const made = families.map(([version]) => maker.make(plan, version, names));
  const [a, b, c, d] = ipBytes(plan.routerId);
  return {
    protocols: made.flatMap(({ protocols }) => protocols),
    refused: made.flatMap(({ refused }) => refused),
    routerId: ((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0 || undefined,
  };
}

/** The main table of the family. */
export function tableOf(base: DaemonConfig, version: 4 | 6): string {
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const usual = base.dialect === 'bird1' ? 'master' : `master${version}`;
  const found =
    base.tables.find((table) => table.name === usual) ?? base.tables.find((table) => table.family === family);
  return found?.name ?? usual;
}
