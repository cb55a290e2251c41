/**
 * The way out: a full table (1,000,000 IPv4 prefixes in 175,000 attribute sets, from a fixed seed) through rules,
 * filter and encoder into the queues of sessions, and a reflector with 200 clients that bring 250 prefixes each.
 */
import { bench, do_not_optimize, run, summary } from 'mitata';
import {
  ACCEPT_ALL,
  AttributeCode,
  AttributeEditor,
  IPV4_UNICAST,
  type Ip,
  parseIp,
  RouteSourceKind,
  writeU32,
} from '../../bgp/index.ts';
import {
  AdjRibIn,
  AttributeTable,
  type GroupMember,
  type GroupMembership,
  type GroupSpec,
  InterfaceTable,
  NextHopTable,
  RoutingTable,
  SourceTable,
  type UpdateGroup,
  UpdateGroups,
} from '../../rib/index.ts';
import { type ExportSession, SessionAdvertisement } from '../../route-reflector/index.ts';

const PREFIXES = 1_000_000;
const SETS = 175_000;
const CLIENTS = 200;
const CLIENT_PREFIXES = 250;
const PIECE = 512;

let state = 20260101;
function random(): number {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return state >>> 3;
}

class World {
  readonly nextHops: NextHopTable;
  readonly attributes: AttributeTable;
  readonly sources = new SourceTable();
  readonly table: RoutingTable;
  readonly groups: UpdateGroups;
  readonly #awake = new Set<UpdateGroup>();
  readonly #editor = new AttributeEditor();

  constructor() {
    this.nextHops = new NextHopTable(new InterfaceTable());
    this.attributes = new AttributeTable(this.nextHops);
    const { attributes, nextHops, sources } = this;
    this.table = new RoutingTable('master4', IPV4_UNICAST, { attributes, nextHops, sources });
    this.groups = new UpdateGroups({
      opened: () => {},
      wake: (group) => this.#awake.add(group),
      closed: (group) => this.#awake.add(group),
      print: () => {},
      report: (message) => console.error(message),
    });
  }

  adjRibIn(number: number, internal: boolean): AdjRibIn {
    const source = this.sources.add({
      protocol: `bgp${number}`,
      channel: `bgp${number}.ipv4`,
      kind: RouteSourceKind.Bgp,
      preference: 100,
      bgp: {
        internal,
        interior: internal,
        localAs: 65000,
        peerAs: internal ? 65000 : 65001,
        peerId: number,
        peerAddress: addressOf(number),
        localId: 1,
        rrClient: internal,
        rsClient: false,
        clusterId: 1,
        defaultLocalPref: 100,
        defaultMed: 0,
        medMetric: false,
        deterministicMed: false,
        pathMetric: true,
        igpMetric: true,
        preferOlder: false,
        linkInterface: undefined,
        multihop: true,
      },
    })!;
    return new AdjRibIn(this.table, source, {
      policy: ACCEPT_ALL,
      keepFiltered: false,
      importTable: false,
      receiveLimit: undefined,
      importLimit: undefined,
      onLimit: () => {},
      report: () => {},
      print: () => {},
    });
  }

  /** `set` distinguishes the attribute sets of one peer. */
  announce(adjIn: AdjRibIn, set: number, nextHop: Ip, words: readonly number[], length: number): void {
    const editor = this.#editor;
    const hops = 2 + (random() % 5);
    const path = new Uint8Array(2 + 4 * hops);
    path[0] = 2;
    path[1] = hops;
    for (let i = 0; i < hops; i++) writeU32(path, 2 + 4 * i, i === hops - 1 ? 1 + set : 1 + (random() % 70_000));
    editor.loadEmpty();
    editor.setU32(AttributeCode.Origin, 0);
    editor.setAsPath(path);
    editor.setNextHop(nextHop);
    editor.setU32(AttributeCode.LocalPref, 100);
    editor.setWords(AttributeCode.Communities, Uint32Array.of(0xfde80000 + (set % 100), 0xfde90000 + (random() % 50)));
    editor.encodeRecord();
    const hop = this.nextHops.intern({ kind: 'blackhole' });
    const id = this.attributes.intern(editor.bytes, editor.start, editor.wireEnd, editor.end, hop);
    for (const word of words) adjIn.announceWords(word, 0, 0, 0, length, 0, id, 1000);
    this.attributes.release(id);
    this.nextHops.release(hop);
  }

  /** Runs groups until they have nothing left to do. */
  settle(piece = PIECE): void {
    while (this.table.decide(1 << 30)) {
      // All of it at once.
    }
    for (;;) {
      const due = new Set([...this.groups.groups, ...this.#awake]);
      this.#awake.clear();
      let more = false;
      for (const group of due) {
        if (!group.run(piece)) continue;
        more = true;
        this.#awake.add(group);
      }
      if (!more && this.#awake.size === 0) return;
    }
  }
}

class Sink implements GroupMember {
  readonly queuedOctets = 0;
  readonly protocol: string;
  readonly peerAddress: Ip;
  octets = 0;
  buffers = 0;

  constructor(number: number) {
    this.protocol = `bgp${number}`;
    this.peerAddress = addressOf(number);
  }

  send(buffer: Uint8Array): void {
    this.octets += buffer.length;
    this.buffers++;
  }

  endOfRib(): void {}
  refreshStarted(): void {}
  refreshEnded(): void {}
  exportLimitReached(): void {}
}

function addressOf(number: number): Ip {
  return parseIp(`10.0.${number >> 8}.${number & 255}`)!;
}

function spec(world: World, internal: boolean): GroupSpec {
  const session: ExportSession = {
    family: IPV4_UNICAST,
    internal,
    interior: internal,
    localAs: 65000,
    publicAs: 65000,
    rrClient: internal,
    clusterId: 1,
    rsClient: false,
    nextHopSelf: 'off',
    nextHopKeep: 'off',
    ownAddress: parseIp('10.9.9.9')!,
    ownLinkLocal: undefined,
    linkLocalFormat: 'native',
    linkInterface: undefined,
    extendedNextHop: false,
    allowLocalPref: false,
    allowMed: false,
    defaultLocalPref: 100,
    gracefulShutdown: false,
    aigp: 'off',
    localRole: undefined,
    interpretCommunities: true,
    llgrCapable: false,
    prepares: false,
  };
  return {
    table: world.table,
    wire: {
      family: { family: IPV4_UNICAST, addPathReceive: false, addPathSend: false, extendedNextHop: false },
      as4: true,
      maxLength: 4096,
    },
    policy: ACCEPT_ALL,
    advertisement: new SessionAdvertisement(session),
    secondary: false,
    pathLimit: undefined,
    exportLimit: undefined,
  };
}

const full = new World();
{
  const owner = full.adjRibIn(1, false);
  for (let set = 0, prefix = 0; set < SETS; set++) {
    const words: number[] = [];
    for (const last = Math.floor(((set + 1) * PREFIXES) / SETS); prefix < last; prefix++) {
      // Every /24 from 1.0.0.0 on; the order in memory is that of arrival, as in a real feed.
      words.push((0x01000000 + prefix * 256) >>> 0);
    }
    full.announce(owner, set, addressOf(1), words, 24);
  }
  full.settle();
}

summary(() => {
  for (const [name, internal] of [
    ['an external', false],
    ['an internal', true],
  ] as const) {
    bench(`1 M prefixes out to ${name} peer, nothing known before`, () => {
      const sink = new Sink(2);
      const member = full.groups.join(spec(full, internal), sink);
      full.settle();
      member.leave();
      full.settle(100_000);
      return do_not_optimize(sink.octets);
    }).gc('inner');
  }

  const first = full.groups.join(spec(full, false), new Sink(3));
  full.settle();
  bench('1 M prefixes out to five that join later', () => {
    const late: GroupMembership[] = [];
    let octets = 0;
    for (let i = 0; i < 5; i++) {
      const sink = new Sink(10 + i);
      late.push(full.groups.join(spec(full, false), sink));
      full.groups.groups[0]!.run(PIECE);
      octets += sink.octets;
    }
    full.settle();
    for (const member of late) member.leave();
    return do_not_optimize(octets);
  }).gc('inner');
  bench('1 M prefixes judged again, nothing new', () => {
    (first.group as UpdateGroup).refeed(first);
    full.settle();
  });
});

summary(() => {
  bench('reflector: 200 clients bring 250 prefixes each (10 M deliveries)', () => {
    const world = new World();
    const sinks: Sink[] = [];
    const channels: AdjRibIn[] = [];
    for (let i = 0; i < CLIENTS; i++) {
      channels.push(world.adjRibIn(i + 1, true));
      sinks.push(new Sink(i + 1));
      world.groups.join(spec(world, true), sinks[i]!);
    }
    world.settle();
    for (let i = 0; i < CLIENTS; i++) {
      const words = Array.from(
        { length: CLIENT_PREFIXES },
        (_, k) => (0x0b000000 + (i * CLIENT_PREFIXES + k) * 256) >>> 0,
      );
      world.announce(channels[i]!, i, addressOf(i + 1), words, 24);
    }
    world.settle();
    return do_not_optimize(sinks.reduce((sum, sink) => sum + sink.octets, 0));
  }).gc('inner');
});

await run();
