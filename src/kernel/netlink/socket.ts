/**
 * One NETLINK_ROUTE socket: datagrams out, datagrams in, and the three things that can go wrong with it told apart.
 *
 * The package calls its listeners from native code, and ends the process at once if anything throws there, be it a
 * listener or whatever runs when Node drains promises and ticks behind it. So nothing is done there: what comes is put
 * into an inbox, and the inbox is emptied from an ordinary turn of the event loop, right after the poll phase. For the
 * same reason the socket is never closed inside a listener, and reads never fail: the kernel counts what it drops, and
 * the count is looked at with every inbox. Something was in the full buffer when it dropped, so an inbox always follows.
 */
// Only the raw sockets: the rest of the package is as large as half of this daemon.
import netlink from 'node-netlink/dist/raw.js';
import {
  checkStrictly,
  countOverruns,
  explainErrors,
  forceReceiveBuffer,
  muteOwnEchoes,
  netlinkDescriptor,
  overruns,
} from './socket-option.ts';

const NETLINK_ROUTE = 0;
/** Replies to a dump come in pieces of at most this size when the reader offers so much. */
const DUMP_BUFFER_OCTETS = 32768;

export interface NetlinkListener {
  /** The octets belong to the listener. */
  datagram(bytes: Uint8Array): void;
  /** The kernel dropped messages for want of room: what was heard so far is incomplete. */
  overrun(): void;
  /** The socket is of no use any more. */
  failed(error: Error): void;
}

export interface NetlinkSocketOptions {
  /**
   * `answers`: many small messages, each read at its size. `dump`: few large ones, filtered by the kernel.
   * `events`: notifications.
   */
  readonly role: 'answers' | 'dump' | 'events';
  readonly receiveBufferOctets: number;
  readonly groups?: readonly number[];
  /** Port of the socket whose own changes are not worth a notification. */
  readonly muted?: number;
}

type Letter =
  | { readonly kind: 'datagram'; readonly bytes: Uint8Array }
  | { readonly kind: 'overrun' }
  | { readonly kind: 'error'; readonly error: Error }
  | { readonly kind: 'sent'; readonly sent: (error: Error | undefined) => void; readonly error: Error | undefined };

export class NetlinkSocket {
  readonly port: number;
  /** The kernel honours the filters of a dump. */
  readonly strict: boolean;
  readonly #socket: InstanceType<typeof netlink.RawNetlinkSocket>;
  readonly #listener: NetlinkListener;
  #inbox: Letter[] = [];
  #collecting = false;
  #closed = false;
  readonly #fd: number;
  #overruns = 0;

  /** Throws if the system has no such sockets. */
  constructor(listener: NetlinkListener, options: NetlinkSocketOptions) {
    this.#listener = listener;
    const socket = new netlink.RawNetlinkSocket(NETLINK_ROUTE, {
      messagePeeking: options.role !== 'dump',
      msgBufferSize: DUMP_BUFFER_OCTETS,
      recvBufferSize: options.receiveBufferOctets,
      sendBufferSize: 1 << 20,
    });
    this.#socket = socket;
    this.port = socket.address().port;
    const fd = netlinkDescriptor(this.port);
    if (fd === undefined || !countOverruns(fd)) {
      socket.close();
      throw new Error('options of netlink sockets cannot be set');
    }
    this.#fd = fd;
    this.strict = options.role === 'dump' && checkStrictly(fd);
    forceReceiveBuffer(fd, options.receiveBufferOctets);
    if (options.role !== 'events') explainErrors(fd);
    if (options.muted !== undefined) muteOwnEchoes(fd, options.muted);
    socket.on('message', (bytes, from) => {
      // Any process may send to a netlink port; only the kernel's word counts.
      if (from.port === 0) this.#put({ kind: 'datagram', bytes });
    });
    socket.on('truncatedMessage', () => this.#put({ kind: 'overrun' }));
    socket.on('error', (error) => this.#put({ kind: 'error', error }));
    for (const group of options.groups ?? []) socket.addMembership(group);
  }

  /** `bytes` must not change before `sent`. */
  send(bytes: Uint8Array, sent: (error: Error | undefined) => void): void {
    this.#socket.send(bytes, undefined, (error) => this.#put({ kind: 'sent', sent, error }));
  }

  receiveBufferOctets(): number {
    return this.#socket.getRecvBufferSize();
  }

  /** Nothing is delivered after this. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbox = [];
    setImmediate(() => this.#socket.close());
  }

  #put(letter: Letter): void {
    if (this.#closed) return;
    this.#inbox.push(letter);
    this.#collect();
  }

  #collect(): void {
    if (this.#collecting) return;
    this.#collecting = true;
    setImmediate(() => this.#deliver());
  }

  #deliver(): void {
    this.#collecting = false;
    const letters = this.#inbox;
    this.#inbox = [];
    let next = 0;
    const dropped = overruns(this.#fd);
    if (dropped !== this.#overruns) {
      this.#overruns = dropped;
      letters.push({ kind: 'overrun' });
    }
    try {
      while (next < letters.length && !this.#closed) this.#open(letters[next++]!);
    } finally {
      // A listener threw: the rest is not lost.
      if (next < letters.length && !this.#closed) {
        this.#inbox = [...letters.slice(next), ...this.#inbox];
        this.#collect();
      }
    }
  }

  #open(letter: Letter): void {
    switch (letter.kind) {
      case 'datagram':
        this.#listener.datagram(letter.bytes);
        break;
      case 'overrun':
        this.#listener.overrun();
        break;
      case 'sent':
        letter.sent(letter.error);
        break;
      case 'error':
        this.#listener.failed(letter.error);
        break;
    }
  }
}
