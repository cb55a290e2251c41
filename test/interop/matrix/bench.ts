/**
 * Where the rows of the matrix run: one lab for each real daemon, the same for all.
 *
 *     h1 --- peer --- ours --- h2         10.0.3.0/24   10.0.1.0/24   10.0.4.0/24
 *                       |                 fd00:3::/64   fd00:1::/64   fd00:4::/64
 *                     third               10.0.2.0/24, fd00:2::/64; a BIRD, where a row asks for one
 *
 * A row starts the two daemons with what it needs and leaves nothing running.
 */
import { Lab, type LabNode, until } from '../../../src/lab/namespace.ts';
import { inNamespace } from '../../support/netns.ts';
import { Bird } from '../../support/peers/bird.ts';
import { Exabgp } from '../../support/peers/exabgp.ts';
import { Frr } from '../../support/peers/frr.ts';
import { Gobgp } from '../../support/peers/gobgp.ts';
import { Openbgpd } from '../../support/peers/openbgpd.ts';
import type { LearntRoute, NeighborSetup, PeerSetup, RealPeer } from '../../support/peers/peer.ts';
import { Peregrine } from '../../support/peers/peregrine.ts';
import { RawSpeaker, type RawSpeakerOptions } from '../../support/raw-speaker.ts';
import { Stream } from '../../support/stream.ts';

export type PeerKind = 'BIRD' | 'FRR' | 'GoBGP' | 'OpenBGPD' | 'ExaBGP';

export interface Witness {
  readonly kind: PeerKind;
  /** Programs that have to be there. */
  readonly programs: readonly string[];
  /** Command that tells the version, and where in its words that is. */
  readonly version: { readonly command: string; readonly find: RegExp };
  make(setup: PeerSetup): RealPeer;
}

export const WITNESSES: readonly Witness[] = [
  {
    kind: 'BIRD',
    programs: ['bird', 'birdc'],
    version: { command: 'bird --version 2>&1', find: /version (\S+)/ },
    make: (setup) => new Bird(setup),
  },
  {
    kind: 'FRR',
    programs: ['zebra', 'vtysh'],
    version: { command: '/usr/lib/frr/bgpd --version', find: /version (\S+)/ },
    make: (setup) => new Frr(setup),
  },
  {
    kind: 'GoBGP',
    programs: ['gobgpd', 'gobgp'],
    version: { command: 'gobgpd --version', find: /version (\S+)/ },
    make: (setup) => new Gobgp(setup),
  },
  {
    kind: 'OpenBGPD',
    programs: ['bgpctl'],
    version: { command: 'bgpctl -V 2>&1', find: /OpenBGPD (\S+)/ },
    make: (setup) => new Openbgpd(setup),
  },
  {
    kind: 'ExaBGP',
    programs: ['exabgp'],
    version: { command: 'exabgp --version', find: /ExaBGP : (\S+)/ },
    make: (setup) => new Exabgp(setup),
  },
];

export const OUR_AS = 64512;
export const PEER_AS = 65001;
/** Addresses on the wire to the peer. */
export const OURS = { 4: '10.0.1.2', 6: 'fd00:1::2' } as const;
export const PEER = { 4: '10.0.1.1', 6: 'fd00:1::1' } as const;
/** A second address of ours, for raw speakers. */
export const BESIDE = '10.0.1.12';
export const BESIDE_TOO = '10.0.1.13';
export const THIRD = { 4: '10.0.2.3', 6: 'fd00:2::3' } as const;
/** Networks and addresses of the hosts at both ends. */
export const BEHIND_PEER = { network: '10.0.3.0/24', host: '10.0.3.2' } as const;
export const BEHIND_US = { network: '10.0.4.0/24', host: '10.0.4.2' } as const;

export interface Nodes {
  readonly peer: LabNode;
  readonly ours: LabNode;
  readonly third: LabNode;
  readonly h1: LabNode;
  readonly h2: LabNode;
}

/** What a row sets up besides the addresses. */
export interface PeerWish extends Omit<Partial<PeerSetup>, 'neighbors' | 'node'> {
  /** Sessions with us; of each the options, the addresses come by themselves. */
  readonly session?: Partial<NeighborSetup>;
  /** Versions of the addresses of the sessions with us; IPv4 alone without it. */
  readonly over?: readonly (4 | 6)[];
  /** Further neighbours. */
  readonly others?: readonly NeighborSetup[];
}

export class Bench {
  readonly witness: Witness;
  readonly lab = new Lab();
  #nodes: Promise<Nodes> | undefined;
  #ours: Peregrine | undefined;
  #peer: RealPeer | undefined;
  readonly #others: { stop(): Promise<unknown> }[] = [];

  constructor(witness: Witness) {
    this.witness = witness;
  }

  get kind(): PeerKind {
    return this.witness.kind;
  }
  get ours(): Peregrine {
    return this.#ours!;
  }
  get peer(): RealPeer {
    return this.#peer!;
  }

  nodes(): Promise<Nodes> {
    this.#nodes ??= this.#wire();
    return this.#nodes;
  }

  async #wire(): Promise<Nodes> {
    const { lab } = this;
    const [peer, ours, third, h1, h2] = await Promise.all(['p', 'o', 't', 'h1', 'h2'].map((name) => lab.node(name)));
    const nodes = { peer: peer!, ours: ours!, third: third!, h1: h1!, h2: h2! };
    await lab.wire(nodes.peer, 'eth0', nodes.ours, 'eth0');
    await lab.wire(nodes.ours, 'eth1', nodes.third, 'eth0');
    await lab.wire(nodes.peer, 'eth1', nodes.h1, 'eth0');
    await lab.wire(nodes.ours, 'eth2', nodes.h2, 'eth0');
    await nodes.peer.address('eth0', `${PEER[4]}/24`, `${PEER[6]}/64`);
    await nodes.ours.address('eth0', `${OURS[4]}/24`, `${OURS[6]}/64`, `${BESIDE}/24`, `${BESIDE_TOO}/24`);
    await nodes.ours.address('eth1', '10.0.2.2/24', 'fd00:2::2/64');
    await nodes.third.address('eth0', `${THIRD[4]}/24`, `${THIRD[6]}/64`);
    await nodes.peer.address('eth1', '10.0.3.1/24', 'fd00:3::1/64');
    await nodes.h1.address('eth0', `${BEHIND_PEER.host}/24`, 'fd00:3::2/64');
    await nodes.ours.address('eth2', '10.0.4.1/24', 'fd00:4::1/64');
    await nodes.h2.address('eth0', `${BEHIND_US.host}/24`, 'fd00:4::2/64');
    await nodes.peer.ip(`route add 10.0.2.0/24 via ${OURS[4]}`);
    await nodes.third.ip('route add 10.0.1.0/24 via 10.0.2.2');
    await nodes.h1.ip('route add default via 10.0.3.1');
    await nodes.h2.ip('route add default via 10.0.4.1');
    return nodes;
  }

  /** Starts both daemons. */
  async start(ours: string, wish: PeerWish = {}): Promise<void> {
    const nodes = await this.nodes();
    const { session = {}, over = [4], others = [], ...setup } = wish;
    this.#peer = this.witness.make({
      node: nodes.peer,
      as: PEER_AS,
      routerId: PEER[4],
      announce: [],
      ...setup,
      neighbors: [
        ...over.map((version) => ({ address: OURS[version], as: OUR_AS, local: PEER[version], ...session })),
        ...others,
      ],
    });
    this.#ours = new Peregrine(nodes.ours, `${HEAD}${ours}`);
    await Promise.all([this.#peer.start(), this.#ours.start()]);
  }

  /** Gives our daemon another configuration. */
  async reconfigure(ours: string): Promise<void> {
    this.ours.writeConfig(`${HEAD}${ours}`);
    await this.ours.birdc('configure');
  }

  /** A BIRD behind us. */
  async third(setup: Omit<PeerSetup, 'node'>): Promise<Bird> {
    const bird = new Bird({ ...setup, node: (await this.nodes()).third });
    this.#others.push(bird);
    await bird.start();
    return bird;
  }

  /** Numbered packets from one host to the other. */
  async stream(from: LabNode, to: LabNode, address: string): Promise<Stream> {
    const stream = await Stream.start(from, to, address);
    this.#others.push({ stop: () => stream.stop() });
    return stream;
  }

  /** A speaker of octets on our host that talks to the peer. */
  async raw(options: Omit<RawSpeakerOptions, 'remoteAddress'>): Promise<RawSpeaker> {
    const speaker = new RawSpeaker({ ...options, remoteAddress: PEER[4] });
    this.#others.push({ stop: async () => speaker.destroy() });
    const { ours } = await this.nodes();
    const end = performance.now() + 20_000;
    while (performance.now() < end) {
      await alone(() => inNamespace(ours, () => speaker.open()));
      await speaker.wait(() => speaker.established || speaker.closed, 5000).catch(() => {});
      if (speaker.established) return speaker;
      speaker.destroy();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    throw new Error(`${this.kind} does not let a raw speaker in: ${speaker.lastNotification}`);
  }

  async stop(): Promise<void> {
    await Promise.all([
      ...this.#others.splice(0).map((other) => other.stop()),
      this.#ours?.stop('SIGKILL'),
      this.#peer?.stop(),
    ]);
    const { ours } = await this.nodes();
    await ours.tryRun('ip', ['route', 'flush', 'proto', '12']);
    await ours.tryRun('ip', ['-6', 'route', 'flush', 'proto', '12']);
  }

  /** Waits; a failure tells what both daemons said last. */
  async until(what: string, condition: () => Promise<boolean> | boolean, timeoutMs = 20_000): Promise<void> {
    try {
      await until(what, condition, timeoutMs, 100);
    } catch (error) {
      throw new Error(`${(error as Error).message}${await this.explain()}`);
    }
  }

  async explain(): Promise<string> {
    const shown = await this.ours.tryBirdc('show', 'protocols', 'all');
    const said = [`--- ours\n${this.ours.log.slice(-2500)}`, `--- ${this.kind}\n${this.peer.log.slice(-2500)}`];
    const alive = this.peer.alive ? '' : `\n${this.kind} has ended by itself`;
    return `${alive}\n${shown.stdout.slice(0, 3000)}\n${said.join('\n')}`;
  }

  /** All sessions `p4`, `p6` of the row are up at both ends. */
  async established(...over: readonly (4 | 6)[]): Promise<void> {
    for (const version of over.length === 0 ? ([4] as const) : over) {
      await this.until(`session over IPv${version}`, async () => {
        return (await this.ours.established(`p${version}`)) && (await this.peer.established(OURS[version]));
      });
    }
  }

  /** Prefixes that we have learnt from `protocol`, with each of their routes a line of `show route ... all`. */
  async routes(protocol = 'p4'): Promise<Map<string, string[]>> {
    const text = await this.ours.birdc('show', 'route', 'protocol', protocol, 'all');
    const routes = new Map<string, string[]>();
    let prefix = '';
    for (const line of text.split('\n')) {
      const head = /^([0-9a-f.:]+\/\d+)?\s+(?:unicast|blackhole|unreachable|prohibit) \[/.exec(line);
      if (head !== null) {
        prefix = head[1] ?? prefix;
        const list = routes.get(prefix) ?? [];
        routes.set(prefix, [...list, line]);
      } else if (/^\s/.test(line)) {
        const list = routes.get(prefix);
        if (list !== undefined) list[list.length - 1] += `\n${line}`;
      }
    }
    return routes;
  }

  /** Waits until we have learnt exactly these. */
  async weHave(prefixes: readonly string[], protocol = 'p4', timeoutMs?: number): Promise<Map<string, string[]>> {
    let last = new Map<string, string[]>();
    await this.until(
      `we have ${prefixes.length} prefixes of ${protocol}`,
      async () => {
        last = await this.routes(protocol);
        return last.size === prefixes.length && prefixes.every((prefix) => last.has(prefix));
      },
      timeoutMs,
    );
    return last;
  }

  /** Waits until the peer has learnt at least these. */
  async peerHas(
    prefixes: readonly string[],
    version: 4 | 6 = 4,
    timeoutMs?: number,
  ): Promise<Map<string, LearntRoute>> {
    let last = new Map<string, LearntRoute>();
    await this.until(
      `${this.kind} has ${prefixes.length} prefixes`,
      async () => {
        last = await this.peer.learnt(OURS[version]);
        return prefixes.every((prefix) => last.has(prefix));
      },
      timeoutMs,
    );
    return last;
  }
}

export const HEAD = `log stderr all;
router id ${OURS[4]};
protocol device { scan time 1; }
`;

const FAST = 'direct; connect delay time 1; connect retry time 2; error wait time 1, 3;';
const CHANNEL = 'import all; export where source = RTS_STATIC || source = RTS_DEVICE || source = RTS_BGP;';

/** Our session with the peer; `channel` stands inside of each of its channels. */
export function session(
  options = '',
  channel = '',
  { as = OUR_AS, peerAs = PEER_AS, over = 4, families = [over] }: SessionWish = {},
): string {
  const channels = families.map((version) => `ipv${version} { ${CHANNEL} ${channel} };`).join(' ');
  return `protocol bgp p${over} { local ${OURS[over]} as ${as}; neighbor ${PEER[over]} as ${peerAs}; ${FAST} ${options} ${channels} }\n`;
}

export interface SessionWish {
  readonly as?: number;
  readonly peerAs?: number;
  readonly over?: 4 | 6;
  readonly families?: readonly (4 | 6)[];
}

/** Our session with the BIRD behind us. */
export function thirdSession(as: number, options = ''): string {
  return `protocol bgp c4 { local 10.0.2.2 as ${OUR_AS}; neighbor ${THIRD[4]} as ${as}; ${FAST} ${options} ipv4 { ${CHANNEL} }; }\n`;
}

/** Routes of our own. */
export function statics(prefixes: readonly string[], name = 's', preference?: number): string {
  const of = (version: 4 | 6): string =>
    prefixes
      .filter((prefix) => prefix.includes(':') === (version === 6))
      .map((prefix) => ` route ${prefix} blackhole;`)
      .join('');
  const channel = preference === undefined ? '' : ` { preference ${preference}; }`;
  return `protocol static ${name}4 { ipv4${channel};${of(4)} }\nprotocol static ${name}6 { ipv6${channel};${of(6)} }\n`;
}

export const KERNEL = `protocol kernel { ipv4 { export where source = RTS_BGP; }; scan time 2; }
protocol kernel { ipv6 { export where source = RTS_BGP; }; scan time 2; }
`;

/** `first`, `first` + step and so on: `count` IPv4 networks of length 24. */
export function networks(count: number, first = 20): string[] {
  return Array.from({ length: count }, (_, i) => `${first + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`);
}

/** Steps into namespaces must not overlap, also where several benches run side by side. */
let turn: Promise<unknown> = Promise.resolve();
function alone<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work, work);
  turn = mine.catch(() => {});
  return mine;
}
