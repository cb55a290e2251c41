/** What makes sessions share an update group: everything that changes an octet of what they are sent. */
import type { Policy } from '../bgp/index.ts';
import type { Advertisement } from './advertisement.ts';
import { type RouteLimitSetting, sameLimit } from './route-limit.ts';
import type { RoutingTable } from './routing-table.ts';
import type { WireFacts } from './update-group-batch.ts';

export interface GroupSpec {
  readonly table: RoutingTable;
  readonly wire: WireFacts;
  readonly policy: Policy;
  readonly advertisement: Advertisement;
  /** The next best route goes where the best one is refused; the table has to be sorted. Such a session is alone. */
  readonly secondary: boolean;
  /** Counts one session's routes: a session with a limit is alone in its group. */
  readonly exportLimit: RouteLimitSetting | undefined;
  /** Most routes of a prefix that are sent with ADD-PATH, the best ones; `undefined`: all. */
  readonly pathLimit: number | undefined;
}

/** The same octets on the wire, given the same rules. */
export function sameWire(a: GroupSpec, b: GroupSpec): boolean {
  return (
    a.table === b.table &&
    a.wire.family.family === b.wire.family.family &&
    a.wire.family.addPathSend === b.wire.family.addPathSend &&
    a.wire.family.extendedNextHop === b.wire.family.extendedNextHop &&
    a.wire.as4 === b.wire.as4 &&
    a.wire.maxLength === b.wire.maxLength
  );
}

export function sameRules(a: GroupSpec, b: GroupSpec): boolean {
  return (
    a.secondary === b.secondary &&
    a.pathLimit === b.pathLimit &&
    sameLimit(a.exportLimit, b.exportLimit) &&
    a.advertisement.key === b.advertisement.key &&
    a.policy.equals(b.policy)
  );
}

/** What counts or chooses for one session alone is never shared. */
export function mayShareGroup(a: GroupSpec, b: GroupSpec): boolean {
  return !isAlone(a) && !isAlone(b) && sameWire(a, b) && sameRules(a, b);
}

export function isAlone(spec: GroupSpec): boolean {
  return spec.secondary || spec.exportLimit !== undefined;
}
