/**
 * Reading whole tables from the kernel, one after the other on a socket of its own: the kernel allows one dump per
 * socket at a time. A dump that the kernel marks as interrupted (something changed while it was read) is begun again;
 * after a few attempts the last one is taken as it is, so that a table that changes all the time is still read.
 */
import { constants } from 'node:os';
import { messageErrno, messageErrorText } from './error.ts';
import { NetlinkSocket } from './socket.ts';
import { MessageCursor, MessageFlag, MessageType } from './wire.ts';
import { MessageWriter } from './writer.ts';

const ATTEMPTS = 5;
const RECEIVE_BUFFER_OCTETS = 1 << 20;

export interface Dump {
  /** Writes the request into `writer` with these flags and this sequence number. */
  request(writer: MessageWriter, flags: number, sequence: number): void;
  /** What follows is the table from its beginning; forget what an earlier attempt told. */
  begin(): void;
  /** One entry. */
  entry(message: MessageCursor): void;
  /** errno 0: all was told. `consistent`: nothing changed meanwhile, as far as the kernel knows. */
  done(errno: number, text: string, consistent: boolean): void;
}

export class DumpQueue {
  readonly #socket: NetlinkSocket;
  readonly #cursor = new MessageCursor();
  readonly #writer = new MessageWriter(256);
  readonly #waiting: Dump[] = [];
  readonly #failed: (error: Error) => void;
  #current: Dump | undefined;
  #sequence = 0;
  #attempt = 0;
  #interrupted = false;
  #dead = false;

  /** Throws if the system has no netlink sockets. `failed`: every dump was answered with an error, none will run. */
  constructor(failed: (error: Error) => void) {
    this.#failed = failed;
    this.#socket = new NetlinkSocket(
      {
        datagram: (bytes) => this.#datagram(bytes),
        overrun: () => {
          this.#interrupted = true;
        },
        failed: (error) => this.#lost(error),
      },
      { role: 'dump', receiveBufferOctets: RECEIVE_BUFFER_OCTETS },
    );
  }

  /** The kernel filters by what the request asks for; otherwise everything of the family comes. */
  get strict(): boolean {
    return this.#socket.strict;
  }

  run(dump: Dump): void {
    if (this.#dead) {
      dump.done(constants.errno.EIO, 'closed', false);
      return;
    }
    this.#waiting.push(dump);
    if (this.#current === undefined) this.#next();
  }

  /** Dumps under way are answered with an error. */
  close(): void {
    this.#abandon('closed');
    this.#socket.close();
  }

  #next(): void {
    this.#current = this.#waiting.shift();
    this.#attempt = 0;
    if (this.#current !== undefined) this.#request(this.#current);
  }

  #request(dump: Dump): void {
    this.#attempt++;
    this.#interrupted = false;
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#writer.clear();
    dump.request(this.#writer, MessageFlag.Request | MessageFlag.Dump, this.#sequence);
    dump.begin();
    this.#socket.send(this.#writer.written().slice(), (error) => {
      if (error !== undefined) this.#lost(error);
    });
  }

  #datagram(bytes: Uint8Array): void {
    const cursor = this.#cursor;
    cursor.open(bytes);
    while (cursor.advance()) {
      const dump = this.#current;
      if (dump === undefined || cursor.sequence !== this.#sequence) continue;
      if ((cursor.flags & MessageFlag.DumpInterrupted) !== 0) this.#interrupted = true;
      if (cursor.type === MessageType.Done || cursor.type === MessageType.Error) {
        this.#ended(dump, messageErrno(cursor), messageErrorText(cursor));
      } else {
        dump.entry(cursor);
      }
    }
  }

  #ended(dump: Dump, errno: number, text: string): void {
    const again = errno === 0 ? this.#interrupted : errno === constants.errno.EINTR || errno === constants.errno.EBUSY;
    if (again && this.#attempt < ATTEMPTS) {
      this.#request(dump);
      return;
    }
    const consistent = !this.#interrupted;
    this.#current = undefined;
    dump.done(errno, text, consistent);
    if (this.#current === undefined && !this.#dead) this.#next();
  }

  #lost(error: Error): void {
    if (this.#dead) return;
    this.#abandon(error.message);
    this.#failed(error);
  }

  #abandon(text: string): void {
    this.#dead = true;
    const dumps = this.#current === undefined ? [] : [this.#current];
    dumps.push(...this.#waiting.splice(0));
    this.#current = undefined;
    for (const dump of dumps) dump.done(constants.errno.EIO, text, false);
  }
}
