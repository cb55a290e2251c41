/**
 * Sessions that are sent the same octets: rules and filter are asked once, messages are encoded once, and each buffer
 * goes to every member.
 *
 *     table --reader--> process: judge, compare with Adj-RIB-Out --+
 *                                                                  +--> batch --> encode --> members
 *     backlogs of members that are behind --walk--> tell ----------+
 *
 * A change reaches the members that have what Adj-RIB-Out said before it. For a member that does not (it has just
 * joined, or its queue was full), the row waits in its backlog until the walk comes by; then it is told what
 * Adj-RIB-Out says at that moment, without asking any rule again. The walk goes round and round over the rows and serves
 * all backlogs at once, so members that join together share its encoding, whenever each of them came.
 *
 * Invariants: a member has been sent of a row what Adj-RIB-Out says (less what it is left out of), unless the row is
 * stale in its backlog. Nothing is queued per member but octets, up to the limits in update-group-pace.ts and one run.
 * `run` never leaves anything unsent in the batch.
 */
import type { Policy } from '../bgp/index.ts';
import { AdvertisementReason } from './advertisement.ts';
import type { ExportStats, ExportVerdict } from './export-stats.ts';
import type { AttributeId, OutgoingId, PrefixId, RouteId } from './ids.ts';
import { OutgoingSets } from './outgoing-sets.ts';
import type { RecordTable } from './record-table.ts';
import { RouteLimit } from './route-limit.ts';
import type { TableReader } from './table-reader.ts';
import { UpdateGroupAudience } from './update-group-audience.ts';
import { Backlog } from './update-group-backlog.ts';
import type { Destination, UpdateBatch } from './update-group-batch.ts';
import { UpdateGroupJudge } from './update-group-judge.ts';
import { LeftOut } from './update-group-left-out.ts';
import { type GroupMember, GroupMembership, type MemberHome, Refresh } from './update-group-member.ts';
import { pace } from './update-group-pace.ts';
import { PathRoutes } from './update-group-paths.ts';
import type { GroupRoutes } from './update-group-routes.ts';
import { SingleRoutes } from './update-group-single.ts';
import { type GroupSpec, isAlone, sameRules } from './update-group-spec.ts';

/** What a group asks of those who keep the groups. */
export interface GroupKeeper {
  readonly batch: UpdateBatch;
  /** The records that all groups share; see OutgoingSets. */
  readonly records: RecordTable;
  /** The group has something to do. */
  wake(group: UpdateGroup): void;
  /** Another group follows `spec` and may take the member. */
  hasOther(group: UpdateGroup, spec: GroupSpec, member: GroupMembership): boolean;
  /**
   * The member goes to a group that follows `spec`, which is returned; `soft`: to one of `softGroups`, or to a new one
   * that leaves alone what was sent.
   */
  transfer(member: GroupMembership, spec: GroupSpec, soft: boolean, softGroups: readonly UpdateGroup[]): UpdateGroup;
  /** The last member left. */
  emptied(group: UpdateGroup): void;
  print(line: string): void;
  report(message: string): void;
}

/** Slots of members that left are given to others only after a walk over Adj-RIB-Out; this many at a time. */
const GONE_SLOTS = 256;

export class UpdateGroup implements MemberHome {
  #spec: GroupSpec;
  readonly #keeper: GroupKeeper;
  readonly #batch: UpdateBatch;
  readonly #sets: OutgoingSets;
  readonly #audience: UpdateGroupAudience;
  readonly #judge: UpdateGroupJudge;
  readonly #leftOut: LeftOut;
  readonly #routes: GroupRoutes;
  readonly #reader: TableReader;
  readonly #limit: RouteLimit;
  #freeSlots: number[] = [];
  #goneSlots: number[] = [];
  #memberCount = 0;
  #walkCursor = 1;
  #closed = false;
  /** Closed, and everything given back. */
  #gone = false;
  /** Members without a backlog, and with one; filled by each run. */
  readonly #current: GroupMembership[] = [];
  readonly #behind: GroupMembership[] = [];
  readonly #told: GroupMembership[] = [];
  readonly #unpins: PrefixId[] = [];
  readonly #deliver = (destination: Destination, buffer: Uint8Array, messages: number): void => {
    this.#send(destination, buffer, messages);
  };

  /**
   * @param parent members of this group will come from that one: it begins with what that has announced, so that they are
   *               told only what the rules here make different. @param soft not even that, but what changes from now on
   */
  constructor(spec: GroupSpec, keeper: GroupKeeper, parent?: UpdateGroup, soft = false) {
    const { table, wire } = spec;
    const { addPathSend } = wire.family;
    this.#spec = spec;
    this.#keeper = keeper;
    this.#batch = keeper.batch;
    this.#audience = new UpdateGroupAudience(keeper.batch);
    this.#sets = new OutgoingSets(keeper.records, table.attributes, spec.advertisement);
    this.#judge = new UpdateGroupJudge(table, this.#sets, !addPathSend, spec, {
      fits: (bytes, start, end) => keeper.batch.fits(wire, bytes, start, end),
      fitsAny: (octets) => keeper.batch.fitsAny(wire, octets),
      print: (line) => keeper.print(line),
      report: (message) => keeper.report(message),
    });
    this.#leftOut = new LeftOut(table, this.#sets);
    this.#limit = new RouteLimit('export', spec.exportLimit, (_kind, setting) => this.#limitReached(setting));
    const parts = {
      table,
      sets: this.#sets,
      judge: this.#judge,
      audience: this.#audience,
      batch: keeper.batch,
      leftOut: this.#leftOut,
      pathLimit: (): number | undefined => this.#spec.pathLimit,
      admitsOneMore: (ahead: number): boolean => this.#admitsOneMore(ahead),
      hold: (prefix: PrefixId): void => {
        table.pin(prefix);
        this.#unpins.push(prefix);
      },
      unpinLater: (prefix: PrefixId): void => {
        this.#unpins.push(prefix);
      },
    };
    this.#routes = addPathSend ? new PathRoutes(parts) : new SingleRoutes(parts, spec.secondary);
    if (parent === undefined) {
      this.#reader = table.openReader({ bestOnly: !addPathSend && !spec.secondary });
    } else {
      // The reader stands where that one stands: what has not been announced there will be here.
      this.#routes.inherit(parent.#routes);
      this.#reader = parent.#reader.fork();
      if (!soft) this.#reader.refeed();
    }
  }

  get spec(): GroupSpec {
    return this.#spec;
  }

  get stats(): ExportStats {
    return this.#audience.stats;
  }

  get advertisedCount(): number {
    return this.#routes.count;
  }

  get limitHit(): boolean {
    return this.#limit.hit;
  }

  get memberCount(): number {
    return this.#memberCount;
  }

  /** Octets of Adj-RIB-Out, the cache of answers and the backlogs. */
  get bytes(): number {
    let bytes = this.#routes.bytes + this.#judge.bytes;
    for (const member of this.#audience.members) bytes += member?.backlog?.bytes ?? 0;
    return bytes;
  }

  members(): GroupMembership[] {
    return this.#audience.members.filter((member) => member !== undefined);
  }

  /** Another member has the address: the two could not be told apart as next hops. */
  hasAddress(address: GroupMember['peerAddress']): boolean {
    return this.#leftOut.hasAddress(address);
  }

  // --------------------------------------------------------------------------------------------------------- members

  /** A session is established. It is told everything, then sent End-of-RIB, then told every change. */
  join(port: GroupMember): GroupMembership {
    const member = new GroupMembership(port, this);
    member.countsAlone = true;
    this.#admit(member);
    member.missing = this.#routes.count;
    const { highWater } = this.#routes;
    if (highWater > 0) {
      member.joining = true;
      member.backlogFor(this.#spec.table).addUnknown(highWater);
    } else {
      member.countWithGroup(this.stats);
    }
    this.wake();
    return member;
  }

  /**
   * A member comes from another group, with what it was sent there. Walks all rows at once: rules of a part of a group
   * change when an operator says so, not when routes do.
   */
  takeOver(member: GroupMembership, from: UpdateGroup): void {
    const backlog = new Backlog(this.#spec.table);
    const held = from.#routes.handOver(member, this.#routes, backlog);
    const stats = member.stats;
    from.leave(member);
    member.own.reset();
    member.own.add(stats, 1);
    member.group = this;
    this.#admit(member);
    member.backlog = backlog;
    member.joining = true;
    member.handedOver = true;
    member.missing = this.#routes.count - held;
    this.#limit.reset(held);
    // A refresh that is under way starts over here.
    if (member.refresh !== Refresh.None) backlog.addAgain(this.#routes.highWater);
    member.countWithGroup(this.stats);
    this.wake();
  }

  leave(member: GroupMembership): void {
    if (this.#audience.members[member.slot] !== member) return;
    member.backlog?.close();
    member.backlog = undefined;
    member.group = undefined;
    this.#audience.members[member.slot] = undefined;
    this.#leftOut.remove(member);
    this.#goneSlots.push(member.slot);
    if (--this.#memberCount === 0) {
      this.#closed = true;
      this.#reader.close();
      this.#keeper.emptied(this);
    }
    this.wake();
  }

  #admit(member: GroupMembership): void {
    if (this.#freeSlots.length === 0 && this.#goneSlots.length >= GONE_SLOTS) this.#reuseSlots();
    const { members } = this.#audience;
    member.slot = this.#freeSlots.pop() ?? members.length;
    members[member.slot] = member;
    this.#memberCount++;
    this.#leftOut.add(member);
  }

  #reuseSlots(): void {
    const gone = new Uint8Array(0x10000);
    for (const slot of this.#goneSlots) gone[slot] = 1;
    this.#routes.forgetSlots(gone);
    this.#freeSlots = this.#goneSlots;
    this.#goneSlots = [];
  }

  wake(): void {
    this.#keeper.wake(this);
  }

  startRefresh(member: GroupMembership, refresh: Refresh): void {
    // Before End-of-RIB no refresh may start (RFC 7313 section 4); requests that come meanwhile become one.
    if (member.greeting || member.refresh === Refresh.Marked) {
      member.nextRefresh = Math.max(member.nextRefresh, refresh) as Refresh;
      return;
    }
    this.#beginRefresh(member, refresh);
  }

  #beginRefresh(member: GroupMembership, refresh: Refresh): void {
    member.refresh = refresh;
    member.nextRefresh = Refresh.None;
    if (refresh === Refresh.Marked) member.port.refreshStarted();
    member.backlogFor(this.#spec.table).addAgain(this.#routes.highWater);
    this.wake();
  }

  refeed(member: GroupMembership): void {
    this.#reader.refeed();
    this.startRefresh(member, Refresh.Plain);
    this.wake();
  }

  changeRules(member: GroupMembership, spec: GroupSpec, soft: boolean): void {
    // What an earlier change asked for has to be done, whatever comes after it.
    member.softly = soft && (member.nextSpec === undefined || member.softly);
    member.nextSpec = spec;
    this.wake();
  }

  // --------------------------------------------------------------------------------------------------------- running

  /** Handles up to about `limit` rows; true if there is more to do now. */
  run(limit: number): boolean {
    if (!this.#closed) this.#settleRules();
    if (this.#closed) return this.#giveBack(limit);
    this.#current.length = 0;
    this.#behind.length = 0;
    for (const member of this.#audience.members) {
      if (member !== undefined) (member.backlog === undefined ? this.#current : this.#behind).push(member);
    }
    const paused = pace(this.#current);
    const walkPaused = pace(this.#behind);
    this.#audience.sort();
    const more = !paused && this.#readTable(limit);
    const moreToTell = !walkPaused && this.#walk(limit);
    this.#flush();
    this.#conclude();
    return more || moreToTell;
  }

  #giveBack(limit: number): boolean {
    if (this.#gone || this.#routes.close(limit)) return !this.#gone;
    this.#judge.close();
    this.#gone = true;
    return false;
  }

  #readTable(limit: number): boolean {
    const reader = this.#reader;
    for (let i = 0; i < limit; i++) {
      const prefix = reader.next();
      if (prefix === 0) return false;
      this.#routes.process(prefix);
    }
    return true;
  }

  /** Tells rows of backlogs; true if there are more for members that have room. */
  #walk(limit: number): boolean {
    const told = this.#told;
    told.length = 0;
    const { feeding } = this.#reader;
    for (const member of this.#behind) {
      // What this group has not looked at yet must not be taken for withdrawn.
      if (member.open && !(feeding && member.handedOver)) told.push(member);
    }
    if (told.length === 0) return false;
    let wrapped = false;
    for (let i = 0; i < limit; i++) {
      let row = this.#nextPending(told, this.#walkCursor);
      if (row === 0) {
        if (wrapped || this.#walkCursor === 1) return false;
        wrapped = true;
        row = this.#nextPending(told, 1);
        if (row === 0) return false;
      }
      this.#routes.tell(row as PrefixId, told);
      this.#walkCursor = row + 1;
    }
    return true;
  }

  #nextPending(members: readonly GroupMembership[], from: number): number {
    let first = 0;
    for (const { backlog } of members) {
      const row = backlog!.next(from);
      if (row === from) return row;
      if (row !== 0 && (first === 0 || row < first)) first = row;
    }
    return first;
  }

  #flush(): void {
    const { table, wire } = this.#spec;
    this.#batch.flush(wire, this.#sets, table.prefixes, this.#deliver);
    for (const prefix of this.#unpins) table.unpin(prefix);
    this.#unpins.length = 0;
  }

  #send(destination: Destination, buffer: Uint8Array, messages: number): void {
    const { except } = destination;
    if (destination.everybody) {
      const owner = except & 0xffff;
      const nextHop = except >>> 16;
      for (const member of this.#audience.regular) {
        if (member.slot !== owner && (member.slot !== nextHop || nextHop === 0)) member.port.send(buffer, messages);
      }
    }
    for (const slot of destination.slots) this.#audience.members[slot]?.port.send(buffer, messages);
  }

  /** Members whose backlog is empty are up to date: markers that waited for that are due. */
  #conclude(): void {
    for (const member of this.#behind) {
      const { backlog } = member;
      if (backlog === undefined || !backlog.isEmpty) continue;
      member.backlog = undefined;
      member.joining = false;
      member.handedOver = false;
      if (member.countsAlone) member.countWithGroup(this.stats);
      if (member.refresh === Refresh.Marked) member.port.refreshEnded();
      member.refresh = Refresh.None;
      this.#greet(member);
      if (member.nextRefresh !== Refresh.None && !member.greeting) this.#beginRefresh(member, member.nextRefresh);
    }
    for (const member of this.#current) this.#greet(member);
  }

  #greet(member: GroupMembership): void {
    if (!member.greeting || member.backlog !== undefined || this.#reader.feeding) return;
    member.greeting = false;
    member.port.endOfRib();
    if (member.nextRefresh !== Refresh.None) this.#beginRefresh(member, member.nextRefresh);
  }

  // ----------------------------------------------------------------------------------------------------------- rules

  /** Members got other rules: if all of them got the same, the group follows; otherwise those leave for another one. */
  #settleRules(): void {
    const changed: GroupMembership[] = [];
    for (const member of this.#audience.members) {
      if (member?.nextSpec === undefined) continue;
      if (sameRules(member.nextSpec, this.#spec)) member.nextSpec = undefined;
      else changed.push(member);
    }
    if (changed.length === 0) return;
    const next = changed[0].nextSpec!;
    const together =
      changed.length === this.#memberCount &&
      next.secondary === this.#spec.secondary &&
      (this.#memberCount === 1 || !isAlone(next)) &&
      changed.every((member) => sameRules(member.nextSpec!, next) && member.softly === changed[0].softly) &&
      (changed[0].softly || !changed.some((member) => this.#keeper.hasOther(this, next, member)));
    const softGroups: UpdateGroup[] = [];
    for (const member of changed) {
      const spec = member.nextSpec!;
      member.nextSpec = undefined;
      if (together) continue;
      const group = this.#keeper.transfer(member, spec, member.softly, softGroups);
      if (member.softly) softGroups.push(group);
    }
    if (!together) return;
    if (next.advertisement.key !== this.#spec.advertisement.key) this.#routes.keepSets();
    this.#sets.setRules(next.advertisement);
    this.#spec = next;
    this.#judge.setRules(next);
    this.#limit.set(next.exportLimit, this.#sentCount());
    if (!changed[0].softly) this.#reader.refeed();
  }

  #admitsOneMore(ahead: number): boolean {
    return this.#spec.exportLimit === undefined || this.#limit.admits(this.#sentCount() + ahead);
  }

  /** What a limit counts; it has one member. */
  #sentCount(): number {
    let sent = 0;
    for (const member of this.#audience.members) sent += member?.exportedCount ?? 0;
    return sent;
  }

  #limitReached(setting: NonNullable<GroupSpec['exportLimit']>): void {
    for (const member of this.#audience.members) member?.port.exportLimitReached(setting);
  }

  // ------------------------------------------------------------------------------------------------------- explaining

  verdictFor(member: GroupMembership, route: RouteId, policy?: Policy): ExportVerdict {
    const { table } = this.#spec;
    const source = table.sourceOf(route);
    if (source.protocol === member.port.protocol) {
      return { stage: 'rejected', reason: AdvertisementReason.OwnRoute, attributes: 0 as AttributeId };
    }
    const verdict = this.#judge.verdict(table.prefixOf(route), route, policy);
    const { record, recordEnd } = this.#spec.advertisement;
    if (verdict.stage === 'accepted' && this.#leftOut.nextHopOf(record, 0, recordEnd) === member.slot) {
      if (verdict.attributes !== 0) table.attributes.release(verdict.attributes);
      return { stage: 'rejected', reason: AdvertisementReason.NextHopIsNeighbor, attributes: 0 as AttributeId };
    }
    return verdict;
  }

  isSentTo(member: GroupMembership, prefix: PrefixId, route: RouteId): boolean {
    return this.#routes.isSentTo(member, prefix, route);
  }

  sentTo(member: GroupMembership, prefix: PrefixId, route: RouteId): OutgoingId {
    return this.#routes.sentTo(member, prefix, route);
  }
}
