/**
 * One NETLINK_ROUTE socket: datagrams out, datagrams in, and the three things that can go wrong with it told apart.
 *
 * The package calls its listeners from native code, where an exception would end the process at once. Nothing leaves
 * these listeners: a fault of ours is thrown again from an ordinary turn of the event loop, where it is reported like
 * any other. For the same reason the socket is never closed inside a listener.
 */
import netlink from 'node-netlink';
import { checkStrictly, explainErrors, forceReceiveBuffer, muteOwnEchoes, netlinkDescriptor } from './socket-option.ts';

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

export class NetlinkSocket {
  readonly port: number;
  /** The kernel honours the filters of a dump. */
  readonly strict: boolean;
  readonly #socket: InstanceType<typeof netlink.RawNetlinkSocket>;
  readonly #listener: NetlinkListener;
  #closed = false;

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
    this.strict = fd !== undefined && options.role === 'dump' && checkStrictly(fd);
    if (fd !== undefined) {
      forceReceiveBuffer(fd, options.receiveBufferOctets);
      if (options.role !== 'events') explainErrors(fd);
      if (options.muted !== undefined) muteOwnEchoes(fd, options.muted);
    }
    socket.on('message', (bytes, from) => {
      // Any process may send to a netlink port; only the kernel's word counts.
      if (from.port !== 0 || this.#closed) return;
      try {
        this.#listener.datagram(bytes);
      } catch (fault) {
        throwLater(fault);
      }
    });
    socket.on('truncatedMessage', () => this.#guard(() => this.#listener.overrun()));
    socket.on('error', (error) => this.#guard(() => this.#fault(error)));
    for (const group of options.groups ?? []) socket.addMembership(group);
  }

  /** `bytes` must not change before `sent`. */
  send(bytes: Uint8Array, sent: (error: Error | undefined) => void): void {
    this.#socket.send(bytes, undefined, (error) => this.#guard(() => sent(error)));
  }

  receiveBufferOctets(): number {
    return this.#socket.getRecvBufferSize();
  }

  /** Does not keep the process alive. */
  unref(): void {
    this.#socket.unref();
  }

  /** Nothing is delivered after this. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    setImmediate(() => this.#socket.close());
  }

  #fault(error: Error & { readonly code?: string }): void {
    if (error.code === 'ENOBUFS') this.#listener.overrun();
    else this.#listener.failed(error);
  }

  #guard(work: () => void): void {
    if (this.#closed) return;
    try {
      work();
    } catch (fault) {
      throwLater(fault);
    }
  }
}

function throwLater(fault: unknown): void {
  setImmediate(() => {
    throw fault;
  });
}
