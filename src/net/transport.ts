/**
 * What sessions need of TCP, as a port: streams of octets, and somebody who opens them. The kernel's sockets implement it
 * (listener.ts, connection.ts); so can anything else that keeps octets in order.
 */
import type { Ip, Prefix } from '../../bgp/index.ts';
import type { ConnectRequest } from './socket-options.ts';

/** Hears what happens on a stream. */
export interface StreamHandler {
  /** Only for a connection that we dial. */
  connected(): void;
  /** Octets came; they are the receiver's to keep. */
  data(chunk: Uint8Array): void;
  /** The kernel took something that was written: the peer reads. */
  written(): void;
  /** The queue is short again after `congested`. */
  drained(): void;
  /** The connection ended without our doing; `Connection closed` for an orderly end. */
  closed(text: string): void;
}

/** A connection, until either end has ended it. */
export interface Stream {
  /** Our address on this connection; `undefined` before it is up. */
  readonly localAddress: Ip | undefined;
  readonly remotePort: number | undefined;
  readonly localPort: number | undefined;
  /** Too much is queued: stop producing until `drained`. */
  readonly congested: boolean;
  /** Octets that were written here and that are not with the kernel yet. */
  readonly queuedOctets: number;
  /** True if nothing waits, or if the kernel took octets since this was asked last: a large write progresses unseen. */
  hasProgressed(): boolean;
  /** Queues octets, which must not be changed any more. Everything of one turn leaves together. */
  write(bytes: Uint8Array): void;
  /** No more octets are wanted for now; the peer is held back. */
  pause(): void;
  resume(): void;
  /**
   * Ends the connection from our side: nothing more is delivered; `last` goes out behind what is queued and has a
   * bounded time to do so. `closed` is not called any more; `gone` is, when the connection is no more.
   */
  close(last?: Uint8Array, gone?: () => void): void;
  /** Ends it at once, after one attempt to send `last`. What is queued is lost. */
  reset(last?: Uint8Array): void;
}

export interface Transport {
  /** Listens for a neighbour. What goes wrong is told by `listenFailed`, after this has returned. */
  open(place: ListenPlace, acceptor: Acceptor): ListenLease;
  /** Starts a connection. The outcome is told later, never before this returns. */
  dial(request: ConnectRequest, handler: StreamHandler): Stream;
  /** Connections that were closed because nobody expected them. */
  readonly unexpectedCount: number;
  /** Nobody is let in any more. */
  close(): void;
}

/** Where to listen. Equal places share a socket. */
export interface ListenPlace {
  readonly version: 4 | 6;
  /** `undefined`: all addresses. */
  readonly address: Ip | undefined;
  readonly port: number;
  /** Interface or VRF to listen on; also gives a link-local `address` its scope. */
  readonly device: string | undefined;
  readonly freeBind: boolean;
}

/** A neighbour that may connect to us. */
export interface Acceptor {
  readonly remote: Ip | Prefix;
  /** Only connections to this address of ours; `undefined`: to any. */
  readonly local: Ip | undefined;
  /** Interface of a link-local neighbour. */
  readonly zone: string | undefined;
  readonly password: string | undefined;
  readonly ttl: number | undefined;
  readonly minTtl: number | undefined;
  /** Somebody connected; `offer.accept` or `offer.refuse` is called before this returns, or it is closed. */
  incoming(offer: IncomingConnection): void;
  /** The socket could not be opened, or was lost. The lease is void. */
  listenFailed(text: string): void;
}

export interface IncomingConnection {
  readonly remoteAddress: Ip;
  readonly remotePort: number;
  readonly localAddress: Ip;
  readonly zone: string | undefined;
  accept(handler: StreamHandler): Stream;
  /** Closes it, with a last message if there is one. */
  refuse(last?: Uint8Array): void;
}

export interface ListenLease {
  /** Gives the place up; connections that were accepted live on. */
  close(): void;
  /** A new password from now on. Throws `SocketError`. */
  setPassword(password: string | undefined): void;
}
