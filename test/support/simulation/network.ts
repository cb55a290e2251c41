/**
 * TCP between simulated hosts: octets in order, held back while the way is cut (as TCP would send them again), and the
 * ends of connections, orderly or not. A host whose daemon has died answers with resets.
 */
import { type Ip, ipBytes, prefixCovers } from '../../../bgp/index.ts';
import type { ConnectRequest } from '../../../src/net/socket-options.ts';
import type {
  Acceptor,
  ListenLease,
  ListenPlace,
  Stream,
  StreamHandler,
  Transport,
} from '../../../src/net/transport.ts';
import type { Owner, Timeline } from './timeline.ts';

/** What the kernel takes off the daemon's hands while nothing moves. */
const KERNEL_OCTETS = 64 * 1024;
const HIGH_MARK = 128 * 1024;
const LOW_MARK = 64 * 1024;
const LINGER_MS = 2000;
const FIRST_PORT = 40_000;

const FIN = 'Connection closed';
const RST = 'Connection reset by peer';

export class Network {
  readonly timeline: Timeline;
  readonly #hosts = new Map<Ip, Host>();
  readonly #cut = new Set<string>();
  /** Connections and attempts that may have to wait for a way. */
  readonly #waiting = new Set<() => void>();
  /** Octets that arrived. */
  octets = 0;

  constructor(timeline: Timeline) {
    this.timeline = timeline;
  }

  host(owner: Owner, address: Ip): Host {
    const made = new Host(this, owner, address);
    this.#hosts.set(address, made);
    return made;
  }

  find(address: Ip): Host | undefined {
    return this.#hosts.get(address);
  }

  isOpen(a: Ip, b: Ip): boolean {
    return !this.#cut.has(between(a, b));
  }

  cut(a: Ip, b: Ip): void {
    this.#cut.add(between(a, b));
  }

  mend(a: Ip, b: Ip): void {
    this.#cut.delete(between(a, b));
    for (const retry of [...this.#waiting]) retry();
  }

  whenMended(retry: () => void): void {
    this.#waiting.add(retry);
  }

  forget(retry: () => void): void {
    this.#waiting.delete(retry);
  }
}

const between = (a: Ip, b: Ip): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

/** What a daemon has of its machine, for as long as it lives. */
export class Host implements Transport {
  readonly network: Network;
  readonly address: Ip;
  readonly owner: Owner;
  unexpectedCount = 0;
  readonly #acceptors = new Set<{ readonly place: ListenPlace; readonly acceptor: Acceptor }>();
  readonly #streams = new Set<End>();
  #nextPort = FIRST_PORT;

  constructor(network: Network, owner: Owner, address: Ip) {
    this.network = network;
    this.owner = owner;
    this.address = address;
  }

  open(place: ListenPlace, acceptor: Acceptor): ListenLease {
    const lease = { place, acceptor };
    this.#acceptors.add(lease);
    return { close: () => void this.#acceptors.delete(lease), setPassword: () => {} };
  }

  dial(request: ConnectRequest, handler: StreamHandler): Stream {
    const { network, owner } = this;
    const local = request.local ?? this.address;
    const end = new End(this, handler, local, request.remote, this.#nextPort++, request.port);
    this.#streams.add(end);
    const attempt = (): void => {
      if (end.ended || owner.dead) network.forget(attempt);
      else if (network.isOpen(local, request.remote)) {
        network.forget(attempt);
        this.#connect(end, request);
      }
    };
    network.whenMended(attempt);
    network.timeline.soon(owner, attempt);
    return end;
  }

  #connect(end: End, request: ConnectRequest): void {
    const { timeline } = this.network;
    const remote = this.network.find(request.remote);
    const listens = [...(remote?.acceptors() ?? [])].some(({ place }) => place.port === request.port);
    if (remote === undefined || remote.owner.dead || !listens) {
      timeline.soon(this.owner, () => end.lost('Connection refused'));
      return;
    }
    timeline.soon(this.owner, () => end.connected());
    timeline.soon(remote.owner, () => remote.#accept(end, request.port));
  }

  *acceptors(): Iterable<{ readonly place: ListenPlace; readonly acceptor: Acceptor }> {
    yield* this.#acceptors;
  }

  #accept(from: End, port: number): void {
    if (this.owner.dead) {
      from.hear(RST);
      return;
    }
    const { local: remoteAddress } = from;
    const acceptor = this.#find(remoteAddress, port);
    const take = (handler: StreamHandler): End => {
      const end = new End(this, handler, this.address, remoteAddress, port, from.port);
      end.pair(from);
      this.#streams.add(end);
      return end;
    };
    if (acceptor === undefined) {
      this.unexpectedCount++;
      take(DEAF).close();
      return;
    }
    let taken = false;
    acceptor.incoming({
      remoteAddress,
      remotePort: from.port,
      localAddress: this.address,
      zone: undefined,
      accept: (handler) => {
        taken = true;
        return take(handler);
      },
      refuse: (last) => {
        taken = true;
        take(DEAF).close(last);
      },
    });
    if (!taken) take(DEAF).close();
  }

  /** An exact neighbour before a range, a longer range before a shorter one. */
  #find(remote: Ip, port: number): Acceptor | undefined {
    let best: Acceptor | undefined;
    let bestLength = -1;
    for (const { place, acceptor } of this.#acceptors) {
      if (place.port !== port) continue;
      const wanted = acceptor.remote;
      const fits = typeof wanted === 'string' ? wanted === remote : prefixCovers(wanted, ipBytes(remote));
      const length = typeof wanted === 'string' ? 1000 : wanted.length;
      if (!fits || length <= bestLength) continue;
      best = acceptor;
      bestLength = length;
    }
    return best;
  }

  /** The daemon is no more: the kernel ends what it has left. */
  crash(): void {
    this.#acceptors.clear();
    for (const end of [...this.#streams]) end.die();
  }

  close(): void {
    this.#acceptors.clear();
  }

  gone(end: End): void {
    this.#streams.delete(end);
  }
}

/** One end of a connection. */
class End implements Stream {
  readonly localAddress: Ip;
  readonly remotePort: number;
  readonly localPort: number;
  readonly local: Ip;
  readonly port: number;
  congested = false;
  ended = false;
  readonly #host: Host;
  readonly #handler: StreamHandler;
  readonly #remote: Ip;
  #peer: End | undefined;
  #connecting: boolean;
  /** Octets on their way, and how it ends behind them. */
  #sent: Uint8Array[] = [];
  #octets = 0;
  #ending: string | undefined;
  #paused = false;
  #due = false;
  #lastQueued = 0;
  #gone: (() => void) | undefined;
  readonly #retry = (): void => this.#deliverSoon();

  constructor(host: Host, handler: StreamHandler, local: Ip, remote: Ip, localPort: number, remotePort: number) {
    this.#host = host;
    this.#handler = handler;
    this.localAddress = local;
    this.local = local;
    this.#remote = remote;
    this.localPort = localPort;
    this.port = localPort;
    this.remotePort = remotePort;
    this.#connecting = true;
  }

  pair(peer: End): void {
    this.#peer = peer;
    this.#connecting = false;
    peer.#peer = this;
    peer.#deliverSoon();
  }

  get queuedOctets(): number {
    return Math.max(0, this.#octets - KERNEL_OCTETS);
  }

  hasProgressed(): boolean {
    const now = this.queuedOctets;
    const progressed = now === 0 || now !== this.#lastQueued;
    this.#lastQueued = now;
    return progressed;
  }

  write(bytes: Uint8Array): void {
    if (this.ended) return;
    this.#sent.push(bytes.slice());
    this.#octets += bytes.length;
    if (this.queuedOctets >= HIGH_MARK) this.congested = true;
    this.#deliverSoon();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#peer !== undefined) this.#peer.#deliverSoon();
  }

  close(last?: Uint8Array, gone?: () => void): void {
    this.#gone = gone;
    const { timeline } = this.#host.network;
    if (this.ended || this.#connecting) {
      this.ended = true;
      this.#host.gone(this);
      if (gone !== undefined) timeline.soon(this.#host.owner, gone);
      return;
    }
    if (last !== undefined) this.write(last);
    this.ended = true;
    this.#ending = FIN;
    this.#deliverSoon();
    timeline.as(this.#host.owner, () => setTimeout(() => this.#tellGone(), LINGER_MS));
  }

  reset(last?: Uint8Array): void {
    if (this.ended) return;
    if (last !== undefined) this.write(last);
    this.ended = true;
    this.#ending = RST;
    this.#deliverSoon();
  }

  connected(): void {
    if (this.ended) return;
    this.#connecting = false;
    this.#handler.connected();
  }

  lost(text: string): void {
    if (this.ended) return;
    this.ended = true;
    this.#host.gone(this);
    this.#handler.closed(text);
  }

  /** Nobody is here any more to be told. */
  die(): void {
    this.ended = true;
    this.#sent = [];
    this.#octets = 0;
    this.#ending = RST;
    this.#deliverSoon();
  }

  /** The other end has gone before it was one. */
  hear(text: string): void {
    this.#host.network.timeline.soon(this.#host.owner, () => this.lost(text));
  }

  #deliverSoon(): void {
    const peer = this.#peer;
    if (this.#due || peer === undefined) return;
    this.#due = true;
    const { network } = this.#host;
    network.timeline.soon(DELIVERY, () => {
      this.#due = false;
      this.#deliver(peer);
    });
  }

  #deliver(peer: End): void {
    const { network } = this.#host;
    const { timeline } = network;
    if (!network.isOpen(this.localAddress, this.#remote)) {
      network.whenMended(this.#retry);
      return;
    }
    network.forget(this.#retry);
    const receiver = peer.#host.owner;
    while (this.#sent.length > 0 && !peer.#paused) {
      const bytes = this.#sent.shift()!;
      this.#octets -= bytes.length;
      network.octets += bytes.length;
      if (!peer.ended && !receiver.dead) timeline.as(receiver, () => peer.#handler.data(bytes));
      if (!this.ended && !this.#host.owner.dead) timeline.as(this.#host.owner, () => this.#taken());
    }
    if (this.#sent.length > 0 || this.#ending === undefined) return;
    const text = this.#ending;
    this.#ending = undefined;
    if (!receiver.dead) timeline.as(receiver, () => peer.lost(text));
    if (!this.#host.owner.dead) timeline.as(this.#host.owner, () => this.#tellGone());
    this.#host.gone(this);
  }

  #taken(): void {
    this.#handler.written();
    if (!this.congested || this.queuedOctets > LOW_MARK) return;
    this.congested = false;
    this.#handler.drained();
  }

  #tellGone(): void {
    const gone = this.#gone;
    this.#gone = undefined;
    gone?.();
  }
}

/** What is on the wire belongs to nobody who could die. */
const DELIVERY: Owner = { name: 'the network', dead: false };

const DEAF: StreamHandler = { connected() {}, data() {}, written() {}, drained() {}, closed() {} };
