/**
 * What the tests of update groups share: neighbours that bring routes and hear others, which decode every octet they are
 * sent with the real decoder, and the table that each of them should have, worked out route by route without any of the
 * machinery under test.
 */
import {
  ACCEPT_ALL,
  AttributeEditor,
  decodeUpdate,
  type FamilyOptions,
  formatIpv4Word,
  IPV4_UNICAST,
  NlriCursor,
  type NlriField,
  type Policy,
  type PolicyRoute,
  PolicyVerdict,
  RouteScope,
  RouteSourceKind,
  readU16,
  type SessionOptions,
  Update,
} from '../../bgp/index.ts';
import {
  AdvertisementReason,
  type GroupMember,
  type GroupMembership,
  type GroupSpec,
  type OutgoingRoute,
  type PrefixId,
  type RouteId,
  type RouteLimitSetting,
  type UpdateGroup,
  UpdateGroups,
} from '../../rib/index.ts';
import { type ExportSession, SessionAdvertisement } from '../../route-reflector/index.ts';
import { type BgpFields, ip, Lab, type Peer } from './lab.ts';

export interface NeighborOptions {
  readonly bgp?: BgpFields;
  readonly session?: Partial<ExportSession>;
  readonly policy?: Policy;
  readonly addPath?: boolean;
  readonly pathLimit?: number | undefined;
  readonly as4?: boolean;
  readonly maxLength?: number;
  readonly secondary?: boolean;
  readonly exportLimit?: RouteLimitSetting;
}

/** Groups on one table, run by hand. */
export class GroupLab {
  readonly lab: Lab;
  readonly awake = new Set<UpdateGroup>();
  readonly reports: string[] = [];
  readonly printed: string[] = [];
  readonly groups: UpdateGroups;
  opened = 0;
  closed = 0;

  constructor(lab = new Lab()) {
    this.lab = lab;
    this.groups = new UpdateGroups({
      opened: () => {
        this.opened++;
      },
      wake: (group) => this.awake.add(group),
      closed: (group) => {
        this.closed++;
        this.awake.add(group);
      },
      print: (line) => this.printed.push(line),
      report: (message) => this.reports.push(message),
    });
  }

  neighbor(name: string, options: NeighborOptions = {}): Neighbor {
    return new Neighbor(this, name, options);
  }

  /** One piece of work for each group that may have any. */
  step(limit = 64): boolean {
    let more = false;
    const closing = [...this.awake];
    this.awake.clear();
    for (const group of new Set([...this.groups.groups, ...closing])) {
      if (!group.run(limit)) continue;
      more = true;
      this.awake.add(group);
    }
    return more;
  }

  /** Decides and sends until nothing changes. */
  settle(limit = 64): void {
    this.lab.settle();
    for (let i = 0; this.step(limit) || this.awake.size > 0; i++) if (i > 100_000) throw new Error('never ends');
  }
}

/** A BGP neighbour: source of routes, and after `join` a member of a group. */
export class Neighbor implements GroupMember {
  readonly protocol: string;
  readonly peerAddress;
  readonly groupLab: GroupLab;
  readonly peer: Peer;
  options: NeighborOptions;
  membership: GroupMembership | undefined;
  /** Set by tests: how full its queue is. */
  queuedOctets = 0;
  /** What it was sent, in order: `+prefix attributes`, `-prefix`, markers. */
  readonly events: string[] = [];
  /** What it has now, by prefix, with ADD-PATH by `prefix#path`. */
  readonly table = new Map<string, string>();
  /** Withdrawals of what it did not have. */
  readonly idleWithdrawals: string[] = [];
  /** What it had at the end of a marked refresh that the refresh did not bring. */
  readonly notRefreshed: string[] = [];
  #refreshed: Set<string> | undefined;
  readonly limits: string[] = [];
  readonly buffers: Uint8Array[] = [];
  messages = 0;
  countedMessages = 0;
  longestMessage = 0;
  readonly #update = new Update();
  readonly #cursor = new NlriCursor();

  constructor(groupLab: GroupLab, name: string, options: NeighborOptions) {
    this.groupLab = groupLab;
    this.options = options;
    this.protocol = name;
    const bgp = { linkInterface: options.bgp?.internal === true ? undefined : 'eth0', ...options.bgp };
    this.peer = groupLab.lab.peer(name, { bgp: { ...bgp, multihop: bgp.linkInterface === undefined } });
    this.peerAddress = this.peer.in.source.bgp!.peerAddress;
  }

  /** The session as the export rules see it: facts of the source, and what the test adds. */
  get session(): ExportSession {
    const bgp = this.peer.in.source.bgp!;
    return {
      family: this.groupLab.lab.table.family,
      internal: bgp.internal,
      interior: bgp.interior || bgp.internal,
      localAs: bgp.localAs,
      publicAs: bgp.localAs,
      rrClient: bgp.rrClient,
      clusterId: bgp.clusterId,
      rsClient: bgp.rsClient,
      nextHopSelf: 'off',
      nextHopKeep: 'off',
      ownAddress: ip(this.groupLab.lab.table.family === IPV4_UNICAST ? '10.0.0.254' : '2001:db8::fe'),
      ownLinkLocal: undefined,
      linkLocalFormat: 'native',
      linkInterface: bgp.linkInterface,
      extendedNextHop: false,
      allowLocalPref: false,
      allowMed: false,
      defaultLocalPref: 100,
      gracefulShutdown: false,
      aigp: 'off',
      localRole: undefined,
      interpretCommunities: true,
      prepares: false,
      llgrCapable: false,
      ...this.options.session,
    };
  }

  get familyOptions(): FamilyOptions {
    return {
      family: this.groupLab.lab.table.family,
      addPathReceive: this.options.addPath ?? false,
      addPathSend: this.options.addPath ?? false,
      extendedNextHop: this.session.extendedNextHop,
    };
  }

  get spec(): GroupSpec {
    return {
      table: this.groupLab.lab.table,
      wire: {
        family: this.familyOptions,
        as4: this.options.as4 ?? true,
        maxLength: this.options.maxLength ?? 4096,
      },
      policy: this.options.policy ?? ACCEPT_ALL,
      advertisement: new SessionAdvertisement(this.session),
      secondary: this.options.secondary ?? false,
      pathLimit: this.options.pathLimit,
      exportLimit: this.options.exportLimit,
    };
  }

  /** With an empty table the first feed is over at once, and of no interest. */
  join(): this {
    this.table.clear();
    this.queuedOctets = 0;
    this.membership = this.groupLab.groups.join(this.spec, this);
    if (this.groupLab.lab.table.prefixes.count === 0) {
      this.groupLab.settle();
      this.events.length = 0;
    }
    return this;
  }

  leave(): void {
    this.membership?.leave();
    this.membership = undefined;
  }

  /** Other rules for the running session. */
  change(options: NeighborOptions): void {
    this.options = { ...this.options, ...options };
    this.membership?.changeRules(this.spec);
  }

  setQueue(octets: number): void {
    this.queuedOctets = octets;
    this.membership?.drained();
  }

  get group(): UpdateGroup {
    return this.membership!.group as UpdateGroup;
  }

  // ----------------------------------------------------------------------------------------------------- GroupMember

  send(buffer: Uint8Array, messages: number): void {
    this.buffers.push(buffer);
    this.countedMessages += messages;
    for (let at = 0; at < buffer.length; ) {
      const length = readU16(buffer, at + 16);
      this.longestMessage = Math.max(this.longestMessage, length);
      this.messages++;
      this.#receive(buffer, at, at + length);
      at += length;
    }
  }

  endOfRib(): void {
    this.events.push('EoR');
  }

  refreshStarted(): void {
    this.#refreshed = new Set();
    this.events.push('BoRR');
  }

  refreshEnded(): void {
    for (const key of this.table.keys()) if (this.#refreshed?.has(key) !== true) this.notRefreshed.push(key);
    this.#refreshed = undefined;
    this.events.push('EoRR');
  }

  exportLimitReached(setting: RouteLimitSetting): void {
    this.limits.push(`${setting.count} ${setting.action}`);
  }

  /** Events since the last call. */
  news(): string[] {
    return this.events.splice(0);
  }

  #receive(buffer: Uint8Array, start: number, end: number): void {
    const family = { ...this.familyOptions };
    const { internal, peerAs, localAs, peerId } = this.peer.in.source.bgp!;
    // Seen from the other end: what we send is what the neighbour receives.
    const options: SessionOptions = {
      internal,
      confederationMember: this.session.interior && !internal,
      localAs: peerAs,
      peerAs: localAs,
      peerId,
      as4: this.options.as4 ?? true,
      maxReceiveLength: 65535,
      maxSendLength: 65535,
      ipv4: family.family.version === 4 ? family : undefined,
      ipv6: family.family.version === 6 ? family : undefined,
      enforceFirstAs: false,
      allowLocalPref: true,
      allowAsSets: true,
      aigp: true,
      defaultLocalPref: -1,
      localRole: -1,
      linkScope: true,
    };
    const update = this.#update;
    decodeUpdate(buffer, start, end, options, update);
    if (update.verdict !== 0) throw new Error(`bad message: ${JSON.stringify(update.problems)}`);
    for (const field of [update.withdrawn, update.unreach]) this.#each(field, (key) => this.#withdrawn(key));
    for (const field of [update.nlri, update.reach]) {
      if (field.family === undefined) continue;
      const text = describeSet(update.record, field.recordStart, field.recordEnd);
      this.#each(field, (key) => {
        this.table.set(key, text);
        this.#refreshed?.add(key);
        this.events.push(`+${key} ${text}`);
      });
    }
  }

  #withdrawn(key: string): void {
    if (!this.table.delete(key)) this.idleWithdrawals.push(key);
    this.events.push(`-${key}`);
  }

  #each(field: NlriField, visit: (key: string) => void): void {
    if (field.family === undefined) return;
    const cursor = this.#cursor;
    cursor.reset(this.#update.bytes, field.start, field.end, field.addPath, field.family.version);
    while (cursor.next()) {
      const words = [cursor.word0, cursor.word1, cursor.word2, cursor.word3];
      const address =
        field.family.version === 4 ? formatIpv4Word(cursor.word0) : words.map((w) => w.toString(16)).join(':');
      visit(`${address}/${cursor.length}${field.addPath ? `#${cursor.pathId}` : ''}`);
    }
  }
}

/** A set in hexadecimal: what is compared is octets. */
export function describeSet(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start, end)).toString('hex');
}

/** The table that the neighbour should have, route by route. Keys as in `Neighbor.table`. */
export function expectedTable(neighbor: Neighbor): Map<string, string> {
  const { table } = neighbor.groupLab.lab;
  const expected = new Map<string, string>();
  for (let row = 1; row <= table.prefixes.highWater; row++) {
    const prefix = row as PrefixId;
    if (!table.prefixes.has(prefix) || table.best(prefix) === 0) continue;
    const words = [table.prefixes.word0, table.prefixes.word1, table.prefixes.word2, table.prefixes.word3];
    const address =
      table.family.version === 4
        ? formatIpv4Word(table.prefixes.word0[row]!)
        : words.map((column) => column[row]!.toString(16)).join(':');
    const text = `${address}/${table.prefixes.length[row]}`;
    let room = neighbor.options.pathLimit ?? Number.POSITIVE_INFINITY;
    for (const route of bestFirst(neighbor, prefix)) {
      const set = expectedSet(neighbor, route);
      if (neighbor.options.addPath === true) {
        // A place is taken by what the group tells, whether or not this member is left out of it.
        if (expectedSet(neighbor, route, true) !== undefined && room-- <= 0) break;
        if (set !== undefined) expected.set(`${text}#${route}`, set);
        continue;
      }
      if (set !== undefined) expected.set(text, set);
      if (set !== undefined || neighbor.options.secondary !== true) break;
    }
  }
  return expected;
}

/** The selected route of a prefix, and the others from the best on. */
function bestFirst({ groupLab }: Neighbor, prefix: PrefixId): RouteId[] {
  const { table } = groupLab.lab;
  const rest: RouteId[] = [];
  const best = table.best(prefix);
  for (let route = table.first(prefix); route !== 0; route = table.next(route)) {
    if (table.isEligible(route) && route !== best) rest.push(route);
  }
  return [best, ...rest.sort((a, b) => table.decision.compare(a, b))];
}

/**
 * The octets of the set that the neighbour should be sent for the route; undefined: it should not hear of it. `anybody`:
 * what a member of its group is sent that neither brought the route nor is its next hop.
 */
export function expectedSet(neighbor: Neighbor, route: RouteId, anybody = false): string | undefined {
  const { table, attributes, nextHops } = neighbor.groupLab.lab;
  const advertisement = new SessionAdvertisement(neighbor.session);
  const source = table.sourceOf(route);
  if (!anybody && source.protocol === neighbor.protocol) return undefined;
  const attribute = table.attributeOf(route);
  const outgoing: OutgoingRoute = {
    bytes: attributes.chunk(attribute),
    start: attributes.start(attribute),
    wireEnd: attributes.wireEnd(attribute),
    end: attributes.end(attribute),
    source,
    nextHop: nextHops.value(attributes.nextHopId(attribute)),
    medWritten: false,
    nextHopWritten: false,
    forwarding: () => table.forwardingOf(route),
  };
  if (advertisement.admits(outgoing) !== AdvertisementReason.None) return undefined;
  const editor = new AttributeEditor();
  const { prepares } = advertisement;
  if (prepares) {
    if (advertisement.rewrite(outgoing) !== AdvertisementReason.None) return undefined;
    editor.load(advertisement.record.slice(), 0, advertisement.recordEnd, advertisement.extensionEnd);
  } else {
    attributes.load(attribute, editor);
  }
  const asked = policyRoute(neighbor, route, editor);
  if ((neighbor.options.policy ?? ACCEPT_ALL).evaluate(asked) !== PolicyVerdict.Accept) return undefined;
  editor.encodeRecord();
  outgoing.bytes = editor.bytes;
  outgoing.start = editor.start;
  outgoing.wireEnd = editor.wireEnd;
  outgoing.end = editor.end;
  outgoing.medWritten = editor.wasWritten(4);
  outgoing.nextHopWritten = editor.wasWritten(3);
  const reason = prepares ? advertisement.finish(outgoing) : advertisement.rewrite(outgoing);
  if (reason !== AdvertisementReason.None) return undefined;
  const bytes = prepares ? advertisement.finished : advertisement.record;
  const end = prepares ? advertisement.finishedEnd : advertisement.recordEnd;
  const result = new AttributeEditor();
  result.load(bytes, 0, end, end);
  if (!anybody && result.nextHop() === neighbor.peerAddress) return undefined;
  return describeSet(bytes, 0, end);
}

function policyRoute(neighbor: Neighbor, route: RouteId, editor: AttributeEditor): PolicyRoute {
  const { table } = neighbor.groupLab.lab;
  const source = table.sourceOf(route);
  const row = table.prefixOf(route);
  return {
    version: table.family.version,
    word0: table.prefixes.word0[row]!,
    word1: 0,
    word2: 0,
    word3: 0,
    length: table.prefixes.length[row]!,
    source: source.kind,
    protocol: source.protocol,
    attributes: editor,
    from: source.bgp?.peerAddress ?? '',
    preference: source.preference,
    scope: RouteScope.Universe,
    nextHop: { kind: 'unreachable' },
    error: '',
    print: () => {},
  };
}

export const STATIC = { kind: RouteSourceKind.Static } as const;
