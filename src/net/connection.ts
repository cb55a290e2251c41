/**
 * One TCP connection to a neighbour, as octets in and octets out. Knows nothing of BGP but its manners: what is written
 * in one turn of the event loop leaves in one `writev`; a last message is flushed for a bounded time; and the owner
 * hears of the end exactly once, whatever went wrong and wherever (socket or write callback).
 *
 * Node queues without limit. `congested` says when to stop producing; `drained` says when to go on.
 */
import net from 'node:net';
import type { Ip } from '../../bgp/index.ts';
import { parseEndpoint } from './endpoint.ts';
import { errorText } from './socket-error.ts';
import { type ConnectRequest, loadNativeSockets, type NativeSockets } from './socket-options.ts';
import type { Stream, StreamHandler } from './transport.ts';

/** More queued octets than this: the peer reads slower than we write. Those who produce stop at a mark of their own. */
const HIGH_MARK = 128 * 1024;
const LOW_MARK = 64 * 1024;
/** How long a last message may take to leave. */
const LINGER_MS = 2000;

export class Connection implements Stream {
  readonly #socket: net.Socket;
  readonly #handler: StreamHandler;
  #corked = false;
  #congested = false;
  #connecting: boolean;
  #ended = false;
  #linger: NodeJS.Timeout | undefined;
  #gone: (() => void) | undefined;
  #lastQueued = 0;

  private constructor(socket: net.Socket, handler: StreamHandler, connecting: boolean) {
    this.#socket = socket;
    this.#handler = handler;
    this.#connecting = connecting;
    socket.on('data', (chunk) => {
      if (!this.#ended) handler.data(chunk);
    });
    socket.on('end', () => this.#lost('Connection closed'));
    socket.on('error', (error) => this.#lost(errorText(error)));
    socket.on('close', () => {
      this.#lost('Connection closed');
      clearTimeout(this.#linger);
      this.#gone?.();
      this.#gone = undefined;
    });
  }

  /**
   * Starts a connection. The outcome is told later, never before this returns.
   *
   * @param native `undefined`: without the options that Node does not know; a password then fails the attempt.
   */
  static dial(
    request: ConnectRequest,
    handler: StreamHandler,
    native: NativeSockets | undefined = loadNativeSockets(),
  ): Connection {
    if (native === undefined) return Connection.#dialPlain(request, handler);
    let fd: number;
    try {
      fd = native.connect(request);
    } catch (error) {
      return Connection.#failed(errorText(error), handler);
    }
    let socket: net.Socket;
    try {
      socket = new net.Socket({ fd, allowHalfOpen: true });
    } catch (error) {
      native.close(fd);
      return Connection.#failed(errorText(error), handler);
    }
    const connection = new Connection(socket, handler, true);
    // A write of nothing is done when the kernel would take something: the connection is there. Its failure is an error.
    socket.write(new Uint8Array(0), (error) => {
      if (error == null) connection.#connected();
    });
    return connection;
  }

  static #dialPlain(request: ConnectRequest, handler: StreamHandler): Connection {
    if (request.password !== undefined) return Connection.#failed('TCP-MD5 is not available', handler);
    const { remote, zone, port, local } = request;
    const socket = new net.Socket({ allowHalfOpen: true });
    const connection = new Connection(socket, handler, true);
    socket.setNoDelay(true);
    socket.once('connect', () => connection.#connected());
    socket.connect({
      host: zone === undefined ? remote : `${remote}%${zone}`,
      port,
      ...(local === undefined ? {} : { localAddress: local }),
    });
    return connection;
  }

  static #failed(text: string, handler: StreamHandler): Connection {
    const connection = new Connection(new net.Socket(), handler, true);
    setImmediate(() => connection.#lost(text));
    return connection;
  }

  /** Takes over an accepted socket. */
  static adopt(socket: net.Socket, handler: StreamHandler): Connection {
    return new Connection(socket, handler, false);
  }

  /** Our address on this connection; `undefined` before it is up. */
  get localAddress(): Ip | undefined {
    return parseEndpoint(this.#socket.localAddress)?.address;
  }
  get remotePort(): number | undefined {
    return this.#socket.remotePort;
  }
  get localPort(): number | undefined {
    return this.#socket.localPort;
  }

  /** Too much is queued: stop producing until `drained`. */
  get congested(): boolean {
    return this.#congested;
  }

  /** Octets that were written here and that are not with the kernel yet. */
  get queuedOctets(): number {
    return this.#socket.writableLength;
  }

  /** True if nothing waits, or if the kernel took octets since this was asked last: a large write progresses unseen. */
  hasProgressed(): boolean {
    // The handle's count falls while one write is under way; the stream's only when it is complete.
    const handle = (this.#socket as unknown as { _handle?: { writeQueueSize?: number } | null })._handle;
    const now = handle?.writeQueueSize ?? this.#socket.writableLength;
    const progressed = now === 0 || now !== this.#lastQueued;
    this.#lastQueued = now;
    return progressed;
  }

  /** Queues octets, which must not be changed any more. Everything of one turn leaves together. */
  write(bytes: Uint8Array): void {
    if (this.#ended) return;
    const socket = this.#socket;
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      process.nextTick(() => this.#uncork());
    }
    socket.write(bytes, this.#onWritten);
    if (socket.writableLength >= HIGH_MARK) this.#congested = true;
  }

  /** No more octets are wanted for now; TCP holds the peer back. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#ended) this.#socket.resume();
  }

  /**
   * Ends the connection from our side: nothing more is delivered; `last` goes out behind what is queued and has
   * LINGER_MS to do so. `closed` is not called any more; `gone` is, when the socket is no more.
   */
  close(last?: Uint8Array, gone?: () => void): void {
    this.#gone = gone;
    if (this.#ended) {
      if (this.#socket.closed || this.#socket.destroyed) this.#tellGone();
      return;
    }
    this.#ended = true;
    const socket = this.#socket;
    if (this.#connecting) {
      socket.destroy();
      this.#tellGone();
      return;
    }
    this.#uncork();
    // What the peer still sends is read and dropped: closing over unread octets would send RST, and RST may overtake
    // the NOTIFICATION at the other end. `end` waits for the peer's FIN, so LINGER_MS bounds that, too.
    socket.resume();
    if (last === undefined) socket.end();
    else socket.end(last);
    this.#linger = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('end', () => socket.destroySoon());
  }

  /** Ends it at once with RST, after one attempt to send `last`. What is queued is lost. */
  reset(last?: Uint8Array): void {
    if (this.#ended) return;
    this.#ended = true;
    const socket = this.#socket;
    if (last !== undefined && !this.#connecting) {
      this.#uncork();
      socket.write(last);
    }
    socket.resetAndDestroy();
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error != null || this.#ended) return;
    this.#handler.written();
    if (!this.#congested || this.#socket.writableLength > LOW_MARK) return;
    this.#congested = false;
    this.#handler.drained();
  };

  #connected(): void {
    if (this.#ended || !this.#connecting) return;
    this.#connecting = false;
    this.#handler.connected();
  }

  #uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
  }

  #lost(text: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.destroy();
    this.#handler.closed(text);
  }

  #tellGone(): void {
    const gone = this.#gone;
    this.#gone = undefined;
    if (gone !== undefined) setImmediate(gone);
  }
}
