/** What the two kinds of Adj-RIB-Out of an update group (one route a prefix, ADD-PATH) have in common. */
import type { OutgoingId, PrefixId, RouteId } from './ids.ts';
import type { OutgoingSets } from './outgoing-sets.ts';
import type { RoutingTable } from './routing-table.ts';
import type { UpdateGroupAudience } from './update-group-audience.ts';
import type { Backlog } from './update-group-backlog.ts';
import type { UpdateBatch } from './update-group-batch.ts';
import type { UpdateGroupJudge } from './update-group-judge.ts';
import type { LeftOut } from './update-group-left-out.ts';
import type { GroupMembership } from './update-group-member.ts';

/** What they use of the group. */
export interface GroupParts {
  readonly table: RoutingTable;
  /** Sets as they are sent; an Adj-RIB-Out holds a reference for each route. */
  readonly sets: OutgoingSets;
  readonly judge: UpdateGroupJudge;
  readonly audience: UpdateGroupAudience;
  readonly batch: UpdateBatch;
  readonly leftOut: LeftOut;
  /** Most routes of a row that are announced; `undefined`: all. */
  pathLimit(): number | undefined;
  /** Another route may be announced on top of what is and `ahead` more (`export limit`). */
  admitsOneMore(ahead: number): boolean;
  /** Keeps the row until the batch is encoded. */
  hold(prefix: PrefixId): void;
  /** Gives a pin back once the batch is encoded. */
  unpinLater(prefix: PrefixId): void;
}

export interface GroupRoutes {
  /** Whose ids are announced. */
  readonly sets: OutgoingSets;
  /** Announced routes. */
  readonly count: number;
  /** The largest prefix row that anything is known of. */
  readonly highWater: number;
  readonly bytes: number;
  /** The row is news: judges its routes and sends what changed. */
  process(prefix: PrefixId): void;
  /** Tells a pending row to the members that wait for it. */
  tell(prefix: PrefixId, members: readonly GroupMembership[]): void;
  /** Begins, without a member, with what another group has announced. */
  inherit(from: GroupRoutes): void;
  /** The rules change: what was announced stays what it was. */
  keepSets(): void;
  /** Slots that are 1 in `gone` will stand for other members. */
  forgetSlots(gone: Uint8Array): void;
  /**
   * The member goes to the group of `target`: enters the rows that are different there into a new backlog, with what the
   * member has of them. Returns how many routes it has.
   */
  handOver(member: GroupMembership, target: GroupRoutes, backlog: Backlog): number;
  /** The set that is announced, with ADD-PATH under that path; 0: none. */
  announced(prefix: PrefixId, path: number): OutgoingId;
  /** Announced routes of the row. */
  countOf(prefix: PrefixId): number;
  /** `route` 0: any. Which of them the member has is certain with ADD-PATH only; otherwise it is the selected one. */
  isSentTo(member: GroupMembership, prefix: PrefixId, route: RouteId): boolean;
  sentTo(member: GroupMembership, prefix: PrefixId, route: RouteId): OutgoingId;
  /** Nobody is left: gives up to `limit` references back; true if more remain. */
  close(limit: number): boolean;
}
