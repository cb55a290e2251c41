/**
 * All update groups of the daemon: finds or opens the group for a session, moves sessions whose rules changed, and lets
 * groups that lost their last member go, in slices.
 */

import { RecordTable } from './record-table.ts';
import { type GroupKeeper, UpdateGroup } from './update-group.ts';
import { UpdateBatch } from './update-group-batch.ts';
import type { GroupMember, GroupMembership } from './update-group-member.ts';
import { type GroupSpec, mayShareGroup } from './update-group-spec.ts';

/** What the owner does with groups; each one wants to run when its table has news and when it is woken. */
export interface GroupScheduler {
  opened(group: UpdateGroup): void;
  /** Call its `run` in a later turn, and again as long as that says that there is more. */
  wake(group: UpdateGroup): void;
  /** The group has no members: `run` gives its memory back until it says that there is no more. */
  closed(group: UpdateGroup): void;
  /** A line printed by an export filter. */
  print(line: string): void;
  /** Something is wrong with a route on its way out; to be logged, not too often. */
  report(message: string): void;
}

export class UpdateGroups {
  readonly #scheduler: GroupScheduler;
  /** Attribute sets as they are sent. */
  readonly sets: RecordTable = new RecordTable();
  readonly #groups: UpdateGroup[] = [];
  readonly #keeper: GroupKeeper;

  constructor(scheduler: GroupScheduler) {
    this.#scheduler = scheduler;
    this.#keeper = {
      batch: new UpdateBatch(),
      records: this.sets,
      wake: (group) => scheduler.wake(group),
      hasOther: (group, spec, member) => {
        const other = this.#find(spec, member.port);
        return other !== undefined && other !== group;
      },
      transfer: (member, spec, soft, softGroups) => this.#transfer(member, spec, soft, softGroups),
      emptied: (group) => {
        this.#groups.splice(this.#groups.indexOf(group), 1);
        scheduler.closed(group);
      },
      print: (line) => scheduler.print(line),
      report: (message) => scheduler.report(message),
    };
  }

  get groups(): readonly UpdateGroup[] {
    return this.#groups;
  }

  /** A session is established and may be told routes. */
  join(spec: GroupSpec, port: GroupMember): GroupMembership {
    return (this.#find(spec, port) ?? this.#open(spec)).join(port);
  }

  #transfer(member: GroupMembership, spec: GroupSpec, soft: boolean, softGroups: readonly UpdateGroup[]): UpdateGroup {
    const from = member.group as UpdateGroup;
    const known = soft ? softGroups.find((group) => mayShareGroup(group.spec, spec)) : this.#find(spec, member.port);
    const group = known ?? this.#open(spec, from, soft);
    group.takeOver(member, from);
    return group;
  }

  #find(spec: GroupSpec, port: GroupMember): UpdateGroup | undefined {
    return this.#groups.find((group) => mayShareGroup(group.spec, spec) && !group.hasAddress(port.peerAddress));
  }

  #open(spec: GroupSpec, parent?: UpdateGroup, soft?: boolean): UpdateGroup {
    const group = new UpdateGroup(spec, this.#keeper, parent, soft);
    this.#groups.push(group);
    this.#scheduler.opened(group);
    return group;
  }
}
