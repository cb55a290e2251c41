/**
 * One member of an update group: the port to its session, and what makes its view differ from the group's.
 */
import type { Ip, Policy } from '../bgp/index.ts';
import type { ExportVerdict } from './export-stats.ts';
import { ExportStats } from './export-stats.ts';
import type { OutgoingId, PrefixId, RouteId } from './ids.ts';
import type { RouteLimitSetting } from './route-limit.ts';
import { Backlog, type PrefixPins } from './update-group-backlog.ts';
import type { GroupSpec } from './update-group-spec.ts';

/**
 * What a group needs of a session. None of these calls may call back into a group or a table: what a session finds out
 * meanwhile (a dead socket) it acts on in a later turn.
 */
export interface GroupMember {
  /** Name of the protocol: routes that it brought, also through pipes, are not sent back. */
  readonly protocol: string;
  /** Of the neighbour; a route whose next hop it is is not sent. */
  readonly peerAddress: Ip;
  /** Octets that were handed to `send` and are not written yet. */
  readonly queuedOctets: number;
  /** Whole messages, to be written in the order of the calls. The buffer is shared: it must never be changed. */
  send(buffer: Uint8Array, messages: number): void;
  /** All that was there when the member joined has been sent (RFC 4724 section 2). */
  endOfRib(): void;
  /** What follows up to `refreshEnded` is a refresh (RFC 7313: BoRR, EoRR); not called for plain refreshes. */
  refreshStarted(): void;
  refreshEnded(): void;
  /** `export limit` is met; the session logs it, and for `restart` and `disable` goes down. */
  exportLimitReached(setting: RouteLimitSetting): void;
}

/** The group, as its members see it. */
export interface MemberHome {
  readonly stats: ExportStats;
  /** Routes in Adj-RIB-Out. */
  readonly advertisedCount: number;
  /** `export limit` was crossed; a member with a limit is alone. */
  readonly limitHit: boolean;
  verdictFor(member: GroupMembership, route: RouteId, policy?: Policy): ExportVerdict;
  isSentTo(member: GroupMembership, prefix: PrefixId, route: RouteId): boolean;
  sentTo(member: GroupMembership, prefix: PrefixId, route: RouteId): OutgoingId;
  refeed(member: GroupMembership): void;
  startRefresh(member: GroupMembership, refresh: Refresh): void;
  changeRules(member: GroupMembership, spec: GroupSpec, soft: boolean): void;
  leave(member: GroupMembership): void;
  wake(): void;
}

/** State of a refresh: none, plain, or with markers. */
export const Refresh = { None: 0, Plain: 1, Marked: 2 } as const;
export type Refresh = (typeof Refresh)[keyof typeof Refresh];

export class GroupMembership {
  readonly port: GroupMember;
  /** Undefined once the member left. */
  group: MemberHome | undefined;
  slot = 0;
  /** What it still has to be told beside the changes that everybody gets; undefined: nothing. */
  backlog: Backlog | undefined = undefined;
  /** It is told changes of the row at hand now. */
  told = true;
  /** Its queue has room. */
  open = true;
  /** It is slower than the others, which do not wait for it until it has caught up. */
  lagging = false;
  /** End-of-RIB has not been sent. */
  greeting = true;
  /** The backlog comes from joining the group: who is left out has not been worked out for this member. */
  joining = false;
  /** It came from another group, with what it was sent there. */
  handedOver = false;
  /** Not counted with the others, as it has not been told what they have. */
  countsAlone = false;
  refresh: Refresh = Refresh.None;
  /** Another refresh was asked for meanwhile. */
  nextRefresh: Refresh = Refresh.None;
  /** Rules to move to, at the next run; `softly`: they are not asked about what was sent already. */
  nextSpec: GroupSpec | undefined = undefined;
  softly = false;
  /** Routes in Adj-RIB-Out less those that the member has. */
  missing = 0;
  /** What differs from the counters of the group since `base` was taken. */
  readonly own = new ExportStats();
  readonly base = new ExportStats();

  constructor(port: GroupMember, group: MemberHome) {
    this.port = port;
    this.group = group;
  }

  get stats(): ExportStats {
    const stats = new ExportStats();
    stats.add(this.own, 1);
    if (this.group !== undefined && !this.countsAlone) {
      stats.add(this.group.stats, 1);
      stats.add(this.base, -1);
    }
    return stats;
  }

  /** Routes that the member has. */
  get exportedCount(): number {
    return this.group === undefined ? 0 : this.group.advertisedCount - this.missing;
  }

  get limitHit(): boolean {
    return this.group?.limitHit ?? false;
  }

  /** The first feed, a refresh, or what came while its queue was full is not told completely. */
  get behind(): boolean {
    return this.backlog !== undefined || this.greeting;
  }

  /** What rules and filter say about a route now; see `UpdateGroupJudge.verdict`. */
  verdict(route: RouteId, policy?: Policy): ExportVerdict {
    return this.group!.verdictFor(this, route, policy);
  }

  /** The member has a route to the prefix, and as far as that can be told this one. */
  wasExported(prefix: PrefixId, route: RouteId = 0 as RouteId): boolean {
    return this.group?.isSentTo(this, prefix, route) ?? false;
  }

  /**
   * The attribute set that was sent; 0: the member does not have the route, or what it has is about to be replaced. The
   * group keeps the reference.
   */
  sentAttributes(prefix: PrefixId, route: RouteId = 0 as RouteId): OutgoingId {
    return this.group === undefined ? (0 as OutgoingId) : this.group.sentTo(this, prefix, route);
  }

  /** Asks the filter again about every route and sends everything again. */
  refeed(): void {
    this.group?.refeed(this);
  }

  /** The peer asks for everything again; `marked`: enhanced refresh was agreed on (RFC 7313). */
  startRefresh(marked: boolean): void {
    this.group?.startRefresh(this, marked ? Refresh.Marked : Refresh.Plain);
  }

  /** The queue became shorter: the group may go on. */
  drained(): void {
    this.group?.wake();
  }

  /**
   * Other rules from now on; what the wire looks like has to stay the same. `soft`: what was sent stays as it is until
   * the route changes.
   */
  changeRules(spec: GroupSpec, soft = false): void {
    this.group?.changeRules(this, spec, soft);
  }

  /** The session is over: nothing is sent any more. */
  leave(): void {
    this.group?.leave(this);
  }

  backlogFor(pins: PrefixPins): Backlog {
    this.backlog ??= new Backlog(pins);
    return this.backlog;
  }

  /** From now on the member is counted with the others. */
  countWithGroup(group: ExportStats): void {
    this.countsAlone = false;
    this.base.reset();
    this.base.add(group, 1);
  }
}
