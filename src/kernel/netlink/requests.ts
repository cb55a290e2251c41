/**
 * Changes on their way to the kernel and its answers. Messages are collected into one datagram; only the last message
 * of a datagram asks for an acknowledgement. The kernel works through a datagram in order and always reports what
 * fails, so that one answer says that everything before it which was not reported has succeeded: one wake-up for a
 * whole batch.
 *
 *   sequence   1  2  3  4 | 5  6  7  8 | 9 ...
 *              .  .  E  A   .  .  .  A         E: error of 3 arrived, A: answer to the last of the batch
 *
 * The kernel works inside the system call that sends, and a single route can take it 40 ms (it doubles a node of its
 * trie): one datagram is sent in a turn, the next ones wait in the outbox.
 *
 * Invariants: sequence numbers in flight are `[#base, #base + #sent)`, those in the writer follow; every message that
 * was begun is answered to the listener exactly once, in order.
 * Answers that the kernel had to drop (ENOBUFS) leave the fate of everything in flight open: all of it is answered with
 * ENOBUFS, and the owner has to look at the kernel's table again.
 */
import { constants } from 'node:os';
import { messageErrno, messageErrorText } from './error.ts';
import { NetlinkSocket } from './socket.ts';
import { hostU16, MessageCursor, MessageFlag, MessageType } from './wire.ts';
import { MessageWriter } from './writer.ts';

/** Messages of one datagram. The kernel handles it in one system call, about 10 us a route. */
const BATCH_MESSAGES = 64;
const BATCH_OCTETS = 65536;
/** Messages begun and not answered, at most: their answers always fit into the receive buffer. */
const IN_FLIGHT_MAX = 1024;
const RECEIVE_BUFFER_OCTETS = 4 << 20;

export interface RequestListener {
  /** The answer to the message that was begun with `tag`; errno 0: done. `text`: the kernel's own words, or ''. */
  answered(tag: number, errno: number, text: string): void;
  /** A burst of answers has been worked through: there is room. */
  idle(): void;
  /** Answers were lost: messages answered with ENOBUFS may or may not have been carried out. */
  uncertain(): void;
  /** The socket is lost; everything in flight was answered with an error. */
  failed(error: Error): void;
}

export class RequestQueue {
  readonly #listener: RequestListener;
  readonly #socket: NetlinkSocket;
  readonly #cursor = new MessageCursor();
  readonly #tags = new Uint32Array(IN_FLIGHT_MAX);
  readonly #errors = new Int32Array(IN_FLIGHT_MAX);
  /** Words of the kernel by slot, where it used any. */
  readonly #texts = new Map<number, string>();
  readonly #freeWriters: MessageWriter[] = [];
  #writer: MessageWriter;
  /** Datagrams that were not given to the socket yet, and whether it has one. */
  readonly #outbox: MessageWriter[] = [];
  #sending = false;
  /** Sequence number of the oldest message that was not answered. */
  #base = 1;
  #sent = 0;
  #open = false;
  #dead = false;

  /** Throws if the system has no netlink sockets. */
  constructor(listener: RequestListener) {
    this.#listener = listener;
    this.#writer = new MessageWriter(BATCH_OCTETS);
    this.#socket = new NetlinkSocket(
      {
        datagram: (bytes) => this.#datagram(bytes),
        overrun: () => this.#lostAnswers(),
        failed: (error) => this.#lostSocket(error),
      },
      { role: 'answers', receiveBufferOctets: RECEIVE_BUFFER_OCTETS },
    );
  }

  get port(): number {
    return this.#socket.port;
  }

  /** Messages that may still be begun before answers have to come. */
  get room(): number {
    return IN_FLIGHT_MAX - this.#sent - this.#writer.count;
  }

  /** Messages begun and not answered. */
  get pending(): number {
    return this.#sent + this.#writer.count;
  }

  /**
   * Begins a message of at most `octets`: the caller writes it into the writer with the sequence number returned by
   * `sequence`, then calls `finish`. Needs `room`.
   */
  begin(octets: number): MessageWriter {
    if (!this.#writer.fits(octets) || this.#writer.count >= BATCH_MESSAGES) this.flush();
    this.#open = true;
    return this.#writer;
  }

  /** Sequence number of the message that is being written. */
  get sequence(): number {
    return (this.#base + this.#sent + this.#writer.count) >>> 0;
  }

  finish(tag: number): void {
    this.#open = false;
    // The writer has counted the message already.
    const slot = (this.#base + this.#sent + this.#writer.count - 1) & (IN_FLIGHT_MAX - 1);
    this.#tags[slot] = tag;
    this.#errors[slot] = 0;
  }

  /** Sends what was collected, after what waits. */
  flush(): void {
    const writer = this.#writer;
    if (writer.count === 0 || this.#open || this.#dead) return;
    writer.addFlag(MessageFlag.Ack);
    this.#sent += writer.count;
    this.#writer = this.#freeWriters.pop() ?? new MessageWriter(BATCH_OCTETS);
    this.#outbox.push(writer);
    this.#sendNext();
  }

  #sendNext(): void {
    if (this.#sending || this.#dead) return;
    const writer = this.#outbox.shift();
    if (writer === undefined) return;
    this.#sending = true;
    this.#socket.send(writer.written(), (error) => {
      this.#sending = false;
      writer.clear();
      this.#freeWriters.push(writer);
      if (error !== undefined) this.#lostSocket(error);
      else this.#sendNext();
    });
  }

  /** What is under way is answered with ENOBUFS. */
  close(): void {
    this.#abandon();
    this.#socket.close();
  }

  #datagram(bytes: Uint8Array): void {
    const cursor = this.#cursor;
    cursor.open(bytes);
    while (cursor.advance()) {
      if (cursor.type !== MessageType.Error) continue;
      const index = (cursor.sequence - this.#base) >>> 0;
      if (index >= this.#sent) continue;
      const errno = messageErrno(cursor);
      const slot = cursor.sequence & (IN_FLIGHT_MAX - 1);
      if (errno !== 0) {
        this.#errors[slot] = errno;
        const text = messageErrorText(cursor);
        if (text !== '') this.#texts.set(slot, text);
      }
      if (!this.#asked(cursor)) continue;
      this.#answer(index + 1);
      this.#listener.idle();
    }
  }

  /** The error message repeats the header of the request: its flags tell whether it was the last of its batch. */
  #asked(cursor: MessageCursor): boolean {
    const { bytes, bodyStart, bodyEnd } = cursor;
    return bodyEnd - bodyStart >= 20 && (hostU16(bytes, bodyStart + 10) & MessageFlag.Ack) !== 0;
  }

  #answer(count: number): void {
    for (let i = 0; i < count; i++) {
      const slot = this.#base & (IN_FLIGHT_MAX - 1);
      const errno = this.#errors[slot]!;
      const tag = this.#tags[slot]!;
      let text = '';
      if (errno !== 0) {
        text = this.#texts.get(slot) ?? '';
        this.#texts.delete(slot);
      }
      this.#base = (this.#base + 1) >>> 0;
      this.#sent--;
      this.#listener.answered(tag, errno, text);
    }
  }

  #lostAnswers(): void {
    for (let i = 0; i < this.#sent; i++) {
      const slot = (this.#base + i) & (IN_FLIGHT_MAX - 1);
      if (this.#errors[slot] === 0) this.#errors[slot] = constants.errno.ENOBUFS;
    }
    this.#answer(this.#sent);
    this.#listener.uncertain();
    this.#listener.idle();
  }

  #lostSocket(error: Error): void {
    if (this.#dead) return;
    this.#abandon();
    this.#listener.failed(error);
  }

  /** No answers will come. Known errors are forgotten too: nobody shall try to mend them here. */
  #abandon(): void {
    this.#dead = true;
    this.#outbox.length = 0;
    this.#sent += this.#writer.count;
    this.#writer.clear();
    this.#errors.fill(constants.errno.ENOBUFS);
    this.#texts.clear();
    this.#answer(this.#sent);
  }
}
