/**
 * One TCP connection of a neighbour as BGP sees it: octets in, whole messages out, in the order in which they came.
 *
 * Messages before Established are few and are handled as they come. Afterwards a backlog may build up: it is worked off
 * in pieces by the scheduler, reading pauses while it is long, and the end of the connection waits for its turn behind
 * it, so that a NOTIFICATION is heard before the FIN that follows it.
 */
import { FrameResult, type NotificationError, ReceiveWindow } from '../../bgp/index.ts';
import type { ConnectionId } from '../../fsm/index.ts';
import type { Stream, StreamHandler } from '../net/transport.ts';
import type { Scheduler, Task } from '../scheduler.ts';

export interface PeerConnectionOwner {
  connected(connection: PeerConnection): void;
  /** Octets came: the peer is alive. */
  received(connection: PeerConnection): void;
  /** A whole message, `bytes[start, end)`; valid during the call. False: nothing more of this connection is wanted. */
  message(connection: PeerConnection, type: number, bytes: Uint8Array, start: number, end: number): boolean;
  /** Framing is lost; `answer` false: it was lost in a NOTIFICATION, which is not answered. */
  framingError(connection: PeerConnection, error: NotificationError, answer: boolean): void;
  written(connection: PeerConnection): void;
  drained(connection: PeerConnection): void;
  closed(connection: PeerConnection, text: string): void;
}

/** Octets waiting to be worked on above which nothing more is read, and below which reading goes on. */
const BACKLOG_HIGH = 512 * 1024;
const BACKLOG_LOW = 128 * 1024;
/** Octets worked on in one piece: some tenths of a millisecond. */
const PIECE_OCTETS = 32 * 1024;

export class PeerConnection implements StreamHandler, Task {
  readonly id: ConnectionId;
  readonly name: string;
  /** Set once, by whoever dialled or accepted. */
  socket: Stream | undefined;
  /** TCP was up: its end is not the failure of an attempt. */
  wasConnected = false;
  readonly #owner: PeerConnectionOwner;
  readonly #scheduler: Scheduler;
  readonly #window = new ReceiveWindow();
  /** Messages may be many: work in pieces. */
  #sliced = false;
  #scheduled = false;
  #paused = false;
  #done = false;
  /** The end that waits behind the backlog. */
  #end: string | undefined;

  constructor(id: ConnectionId, name: string, owner: PeerConnectionOwner, scheduler: Scheduler) {
    this.id = id;
    this.name = name;
    this.#owner = owner;
    this.#scheduler = scheduler;
  }

  /** The session is Established. */
  startSlicing(): void {
    this.#sliced = true;
  }

  /** The peer may send messages of this length from now on. */
  allowLength(octets: number): void {
    this.#window.maxReceiveLength = octets;
  }

  /** Something came that nobody has looked at yet: silence cannot be concluded. */
  get hasUnread(): boolean {
    return this.#scheduled || this.#paused;
  }

  // ------------------------------------------------------------------------------------------------ from the socket

  connected(): void {
    this.wasConnected = true;
    this.#owner.connected(this);
  }

  data(chunk: Uint8Array): void {
    if (this.#done) return;
    this.#owner.received(this);
    this.#window.push(chunk);
    if (!this.#sliced) {
      this.#work(Number.POSITIVE_INFINITY);
      return;
    }
    this.#schedule();
    if (!this.#paused && this.#window.pending > BACKLOG_HIGH) {
      this.#paused = true;
      this.socket?.pause();
    }
  }

  written(): void {
    this.#owner.written(this);
  }

  drained(): void {
    this.#owner.drained(this);
  }

  closed(text: string): void {
    if (this.#done) return;
    if (this.#scheduled) this.#end = text;
    else this.#finish(text);
  }

  // --------------------------------------------------------------------------------------------------- to the socket

  write(bytes: Uint8Array): void {
    this.socket?.write(bytes);
  }

  /** Ends it; nothing is heard of it any more. `gone` is called when the socket is no more. */
  close(last: Uint8Array | undefined, gone?: () => void): void {
    this.#stop();
    if (this.socket === undefined) gone?.();
    else this.socket.close(last, gone);
  }

  reset(last: Uint8Array | undefined): void {
    this.#stop();
    this.socket?.reset(last);
  }

  // ----------------------------------------------------------------------------------------------------------- work

  run(): boolean {
    this.#scheduled = false;
    if (this.#done) return false;
    const more = this.#work(PIECE_OCTETS);
    if (this.#paused && !this.#done && this.#window.pending < BACKLOG_LOW) {
      this.#paused = false;
      this.socket?.resume();
    }
    this.#scheduled = more && !this.#done;
    if (!this.#scheduled && this.#end !== undefined) this.#finish(this.#end);
    return this.#scheduled;
  }

  /** Hands messages out; true if it stopped at `limit` octets. */
  #work(limit: number): boolean {
    const window = this.#window;
    let octets = 0;
    let more = false;
    while (!this.#done) {
      const result = window.next();
      if (result === FrameResult.More) break;
      if (result !== FrameResult.Message) {
        this.#framingFailed(result === FrameResult.Error);
        break;
      }
      octets += window.end - window.start;
      if (!this.#owner.message(this, window.type, window.bytes, window.start, window.end)) this.#stop();
      if (octets >= limit) {
        more = true;
        break;
      }
      // The first messages may have brought the session up: the rest of the chunk is worked on like any other.
      if (this.#sliced && limit === Number.POSITIVE_INFINITY) {
        this.#schedule();
        break;
      }
    }
    return more;
  }

  #framingFailed(answer: boolean): void {
    const { error } = this.#window;
    if (error === undefined) return;
    this.#owner.framingError(this, error, answer);
    this.#stop();
  }

  #schedule(): void {
    this.#scheduled = true;
    this.#scheduler.schedule(this);
  }

  #finish(text: string): void {
    this.#stop();
    this.#owner.closed(this, text);
  }

  #stop(): void {
    this.#done = true;
    this.#scheduled = false;
    this.#scheduler.cancel(this);
  }
}
