/**
 * Listening sockets, shared: all neighbours that may connect to the same address and port meet at one socket, which
 * exists as long as one of them does. IPv4 and IPv6 have sockets of their own, also on the wildcard.
 *
 * A connection is matched to a neighbour by the canonical remote address (and the interface of a link-local one): an
 * exact neighbour before a range, a longer range before a shorter one. Whoever is not expected is closed at once
 * without a word, counted, and named in the log at a bounded rate: nothing is kept of it.
 *
 * Keys of TCP-MD5 neighbours are set on the socket while it listens. From then on the kernel drops what is not signed,
 * and what has lost more hops than a neighbour with TTL security may be away (src/net/hop-filter.ts).
 */
import net from 'node:net';
import { type Ip, ipBytes, type Prefix, prefixAddress, prefixCovers } from '../../bgp/index.ts';
import { Connection } from './connection.ts';
import { parseEndpoint } from './endpoint.ts';
import { type HopRule, hopFilter } from './hop-filter.ts';
import { errorText } from './socket-error.ts';
import {
  type ConnectRequest,
  hostScope,
  type KeyScope,
  loadNativeSockets,
  type NativeSockets,
} from './socket-options.ts';
import type { Acceptor, ListenLease, ListenPlace, Stream, StreamHandler, Transport } from './transport.ts';

/** A connection that no neighbour claims. Called for each; the callee limits the rate. */
export type UnexpectedHandler = (remoteAddress: string, remotePort: number, localAddress: string) => void;

/** The kernel cuts it to net.core.somaxconn. */
const BACKLOG = 4096;
const MAX_TTL = 255;

export class Listeners implements Transport {
  readonly #native: NativeSockets | undefined;
  readonly #unexpected: UnexpectedHandler;
  readonly #sockets = new Map<string, ListeningSocket>();
  /** Connections that were closed because nobody expected them. */
  unexpectedCount = 0;

  constructor(unexpected: UnexpectedHandler, native: NativeSockets | undefined = loadNativeSockets()) {
    this.#unexpected = unexpected;
    this.#native = native;
  }

  /** Listens for a neighbour. What goes wrong is told by `listenFailed`, after this has returned. */
  open(place: ListenPlace, acceptor: Acceptor): ListenLease {
    const key = `${place.version} ${place.address ?? '*'} ${place.port} ${place.device ?? ''} ${place.freeBind}`;
    let socket = this.#sockets.get(key);
    if (socket === undefined) {
      socket = new ListeningSocket(place, this.#native, {
        unexpected: (address, port, local) => {
          this.unexpectedCount++;
          this.#unexpected(address, port, local);
        },
        ended: () => this.#sockets.delete(key),
      });
      this.#sockets.set(key, socket);
    }
    return socket.add(acceptor);
  }

  dial(request: ConnectRequest, handler: StreamHandler): Stream {
    return Connection.dial(request, handler, this.#native);
  }

  /** Listening sockets now, for `dump sockets`. */
  *places(): Iterable<{ readonly place: ListenPlace; readonly neighbors: number }> {
    for (const socket of this.#sockets.values()) yield { place: socket.place, neighbors: socket.acceptorCount };
  }

  close(): void {
    for (const socket of [...this.#sockets.values()]) socket.end();
  }
}

interface Owner {
  unexpected(address: string, port: number, local: string): void;
  ended(): void;
}

class ListeningSocket {
  readonly place: ListenPlace;
  readonly #native: NativeSockets | undefined;
  readonly #owner: Owner;
  readonly #acceptors = new Set<Lease>();
  readonly #server: net.Server;
  /** Valid while #native is in use and the server has not closed. */
  #fd = -1;
  #ended = false;
  #filtering = false;
  #filterDue = false;

  constructor(place: ListenPlace, native: NativeSockets | undefined, owner: Owner) {
    this.place = place;
    this.#native = native;
    this.#owner = owner;
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
    this.#server.on('error', (error) => this.#fail(errorText(error)));
    this.#listen();
  }

  get acceptorCount(): number {
    return this.#acceptors.size;
  }

  get native(): NativeSockets | undefined {
    return this.#native;
  }

  get fd(): number {
    return this.#fd;
  }

  add(acceptor: Acceptor): Lease {
    const lease = new Lease(this, acceptor);
    this.#acceptors.add(lease);
    // A socket that could not be opened says so to everybody in a moment.
    const failing = this.#native !== undefined && this.#fd < 0;
    if (acceptor.password !== undefined && !failing) {
      try {
        this.setKey(lease, acceptor.password);
      } catch (error) {
        this.#acceptors.delete(lease);
        const text = errorText(error);
        setImmediate(() => acceptor.listenFailed(text));
        this.#endIfUnused();
      }
    }
    if (acceptor.minTtl !== undefined || this.#filtering) this.#filterSoon();
    return lease;
  }

  remove(lease: Lease): void {
    if (!this.#acceptors.delete(lease)) return;
    if (lease.password !== undefined && !this.#ended) {
      try {
        this.setKey(lease, undefined);
      } catch {
        // The socket is on its way out, and the key with it.
      }
    }
    if (this.#filtering) this.#filterSoon();
    this.#endIfUnused();
  }

  /** Two neighbours may share an address (with different local ones): the key stays while one of them needs it. */
  setKey(lease: Lease, password: string | undefined): void {
    if (this.#native === undefined || this.#fd < 0) {
      if (password === undefined) return;
      throw new Error('TCP-MD5 is not available');
    }
    const scope = keyScope(lease.acceptor.remote);
    if (password === undefined) {
      for (const other of this.#acceptors) {
        const theirs = keyScope(other.acceptor.remote);
        const same = theirs.address === scope.address && theirs.prefixLength === scope.prefixLength;
        if (other !== lease && other.password !== undefined && same) return;
      }
      if (lease.password === undefined) return;
    }
    this.#native.setKey(this.#fd, scope, password);
    lease.password = password;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#fd = -1;
    this.#acceptors.clear();
    this.#server.close();
    this.#owner.ended();
  }

  #listen(): void {
    const { version, address, port, device, freeBind } = this.place;
    if (this.#native === undefined) {
      const zone = device !== undefined && address !== undefined && version === 6 ? `%${device}` : '';
      const host = address === undefined ? (version === 4 ? '0.0.0.0' : '::') : `${address}${zone}`;
      this.#server.listen({ host, port, ipv6Only: true, backlog: BACKLOG });
      return;
    }
    try {
      this.#fd = this.#native.listen({
        version,
        address,
        port,
        device,
        freeBind,
        // For SYN-ACKs: a neighbour with TTL security hears nothing smaller. Accepted connections get their own.
        ttl: MAX_TTL,
        minTtl: undefined,
        backlog: BACKLOG,
      });
    } catch (error) {
      const text = errorText(error);
      setImmediate(() => this.#fail(text));
      return;
    }
    this.#server.listen({ fd: this.#fd });
  }

  /** Neighbours come and go in crowds: the filter is made once for all of them, before the event loop goes on. */
  #filterSoon(): void {
    if (this.#filterDue) return;
    this.#filterDue = true;
    process.nextTick(() => {
      this.#filterDue = false;
      if (this.#ended || this.#native === undefined || this.#fd < 0) return;
      const program = hopFilter(this.place.version, hopRules([...this.#acceptors].map((lease) => lease.acceptor)));
      this.#filtering = program !== undefined;
      try {
        this.#native.setFilter(this.#fd, program);
      } catch {
        // Each connection is still held to its hop limit once it is accepted.
      }
    });
  }

  #endIfUnused(): void {
    if (this.#acceptors.size === 0) this.end();
  }

  #fail(text: string): void {
    if (this.#ended) return;
    const acceptors = [...this.#acceptors].map((lease) => lease.acceptor);
    this.end();
    for (const acceptor of acceptors) acceptor.listenFailed(text);
  }

  #accept(socket: net.Socket): void {
    // Until somebody takes it over, its errors are nobody's.
    const ignore = (): void => {};
    socket.on('error', ignore);
    const remote = parseEndpoint(socket.remoteAddress);
    const local = parseEndpoint(socket.localAddress);
    const remotePort = socket.remotePort ?? 0;
    if (remote === undefined || local === undefined) {
      // The peer was gone before we looked.
      socket.destroy();
      return;
    }
    const acceptor = this.#find(remote.address, local.address, remote.zone);
    if (acceptor === undefined) {
      socket.destroy();
      this.#owner.unexpected(remote.address, remotePort, local.address);
      return;
    }
    let taken = false;
    const take = (handler: StreamHandler): Stream => {
      taken = true;
      const connection = Connection.adopt(socket, handler);
      socket.off('error', ignore);
      return connection;
    };
    if (!this.#setHops(socket, acceptor)) {
      socket.destroy();
      return;
    }
    acceptor.incoming({
      remoteAddress: remote.address,
      remotePort,
      localAddress: local.address,
      zone: remote.zone,
      accept: take,
      refuse: (last) => take(DEAF).close(last),
    });
    if (!taken) socket.destroy();
  }

  /** RFC 5082: before anything is read. A neighbour whose hop limit cannot be checked is not let in. */
  #setHops(socket: net.Socket, { ttl, minTtl }: Acceptor): boolean {
    if (ttl === undefined && minTtl === undefined) return true;
    const fd = (socket as unknown as { _handle?: { fd?: number } | null })._handle?.fd;
    if (this.#native === undefined || fd === undefined || fd < 0) return minTtl === undefined;
    try {
      this.#native.setHops(fd, this.place.version, ttl, minTtl);
      return true;
    } catch {
      return minTtl === undefined;
    }
  }

  #find(remote: Ip, local: Ip, zone: string | undefined): Acceptor | undefined {
    let best: Acceptor | undefined;
    let bestLength = -1;
    const octets = ipBytes(remote);
    for (const { acceptor } of this.#acceptors) {
      if (acceptor.local !== undefined && acceptor.local !== local) continue;
      if (acceptor.zone !== undefined && zone !== undefined && acceptor.zone !== zone) continue;
      const wanted = acceptor.remote;
      let length: number;
      if (typeof wanted === 'string') {
        if (wanted !== remote) continue;
        length = 1000;
      } else {
        if (!prefixCovers(wanted, octets)) continue;
        length = wanted.length;
      }
      // Who names our address, too, is meant more than who does not.
      const precision = 2 * length + (acceptor.local === undefined ? 0 : 1);
      if (precision <= bestLength) continue;
      best = acceptor;
      bestLength = precision;
    }
    return best;
  }
}

class Lease implements ListenLease {
  readonly acceptor: Acceptor;
  /** The password that the kernel has now. */
  password: string | undefined;
  readonly #socket: ListeningSocket;

  constructor(socket: ListeningSocket, acceptor: Acceptor) {
    this.#socket = socket;
    this.acceptor = acceptor;
  }

  close(): void {
    this.#socket.remove(this);
  }

  setPassword(password: string | undefined): void {
    this.#socket.setKey(this, password);
  }
}

/**
 * What the filter has to know: whom something is demanded of, and who is spared by a range around them. Whoever is
 * matched first comes first; of neighbours with one address (and different ones of ours) the mildest counts.
 */
function hopRules(acceptors: readonly Acceptor[]): HopRule[] {
  const rules = new Map<string, HopRule>();
  for (const { remote, minTtl } of acceptors) {
    const { address, prefixLength } = keyScope(remote);
    const key = `${address}/${prefixLength}`;
    const before = rules.get(key);
    const mildest = before === undefined ? minTtl : milder(before.minTtl, minTtl);
    rules.set(key, { address: ipBytes(address), prefixLength, minTtl: mildest });
  }
  const all = [...rules.values()].sort((a, b) => b.prefixLength - a.prefixLength);
  const ranges = all.filter(
    ({ address, prefixLength, minTtl }) => minTtl !== undefined && prefixLength < 8 * address.length,
  );
  const isSpared = (rule: HopRule): boolean =>
    ranges.some(
      ({ address, prefixLength: length }) =>
        length < rule.prefixLength &&
        prefixCovers({ version: address.length === 4 ? 4 : 6, bytes: address, length }, rule.address),
    );
  return all.filter((rule) => rule.minTtl !== undefined || isSpared(rule));
}

function milder(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.min(a, b);
}

/** Hears nothing: for connections that are closed as soon as they are taken. */
const DEAF: StreamHandler = {
  connected() {},
  data() {},
  written() {},
  drained() {},
  closed() {},
};

function keyScope(remote: Ip | Prefix): KeyScope {
  return typeof remote === 'string'
    ? hostScope(remote)
    : { address: prefixAddress(remote), prefixLength: remote.length };
}
