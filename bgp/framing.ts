/**
 * From socket chunks to whole messages (RFC 4271 sections 4.1 and 6.1, RFC 8654).
 *
 *     chunk   |..........|....................|.....          a message inside one chunk is handed out in place
 *     chunk                                    ....|......|   one that straddles chunks is put together in `carry`
 *
 * A message is `bytes[start, end)` until the next call of `next`. Nothing is copied but the pieces of straddling
 * messages. At most one unfinished message is kept: `carry` never grows beyond the longest legal message, whatever the
 * peer claims. The header is checked as soon as it is whole, before its length is believed.
 */
import { readU16 } from './bytes.ts';
import { ErrorCode, HeaderSubcode } from './error-code.ts';
import { HEADER_LENGTH, MAX_MESSAGE_LENGTH, MessageType, messageTypeName, minMessageLength } from './message.ts';
import { NotificationError } from './notification.ts';

export const FrameResult = {
  /** Nothing more to hand out until the next chunk. */
  More: 0,
  Message: 1,
  /** `error` has to be sent and the connection closed. Final. */
  Error: 2,
  /** `error` says what was wrong, but it is not answered: the message was a NOTIFICATION (section 6.4). Final. */
  Silent: 3,
} as const;
export type FrameResult = (typeof FrameResult)[keyof typeof FrameResult];

const EMPTY = new Uint8Array(0);

export class ReceiveWindow {
  /** Longest message that we let the peer send: 65535 once we have advertised Extended Message and got its OPEN. */
  maxReceiveLength = MAX_MESSAGE_LENGTH;
  /** The message, after `FrameResult.Message`. */
  bytes: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  type = 0;
  error: NotificationError | undefined = undefined;

  #chunk: Uint8Array = EMPTY;
  #position = 0;
  /** Chunks that came before the earlier ones were used up. */
  readonly #waiting: Uint8Array[] = [];
  #carry = EMPTY;
  #carryLength = 0;
  #failure: FrameResult = FrameResult.More;

  /** Octets that were pushed and not yet handed out; a driver that pauses its socket by this bounds memory. */
  get pending(): number {
    let octets = this.#carryLength + this.#chunk.length - this.#position;
    for (const chunk of this.#waiting) octets += chunk.length;
    return octets;
  }

  /** Takes what a socket gave. The octets must not change until `next` has answered `More`. */
  push(chunk: Uint8Array): void {
    // A Buffer has another hidden class than a Uint8Array; with plain ones only, every decoder stays monomorphic.
    const plain =
      chunk.constructor === Uint8Array ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#position < this.#chunk.length || this.#waiting.length > 0) {
      this.#waiting.push(plain);
      return;
    }
    this.#chunk = plain;
    this.#position = 0;
  }

  /** Moves to the next whole message. */
  next(): FrameResult {
    if (this.#failure !== FrameResult.More) return this.#failure;
    if (this.#carryLength > 0) return this.#nextFromCarry();
    const start = this.#position;
    const available = this.#chunk.length - start;
    if (available >= HEADER_LENGTH) {
      const length = this.#checkHeader(this.#chunk, start);
      if (length < 0) return this.#failure;
      if (available >= length) {
        this.#position = start + length;
        return this.#deliver(this.#chunk, start, length);
      }
    }
    return available === 0 && this.#waiting.length === 0 ? this.#release() : this.#nextFromCarry();
  }

  /** Puts a message together from the pieces in several chunks. */
  #nextFromCarry(): FrameResult {
    if (!this.#fillCarry(HEADER_LENGTH)) return this.#release();
    const length = this.#checkHeader(this.#carry, 0);
    if (length < 0) return this.#failure;
    if (!this.#fillCarry(length)) return this.#release();
    this.#carryLength = 0;
    return this.#deliver(this.#carry, 0, length);
  }

  /** Copies from the chunks until `carry` holds `length` octets; false if they do not suffice. */
  #fillCarry(length: number): boolean {
    if (this.#carry.length < length) {
      const larger = new Uint8Array(length > MAX_MESSAGE_LENGTH ? this.maxReceiveLength : MAX_MESSAGE_LENGTH);
      larger.set(this.#carry.subarray(0, this.#carryLength));
      this.#carry = larger;
    }
    while (this.#carryLength < length) {
      if (this.#position === this.#chunk.length) {
        const waiting = this.#waiting.shift();
        if (waiting === undefined) return false;
        this.#chunk = waiting;
        this.#position = 0;
        continue;
      }
      const taken = Math.min(length - this.#carryLength, this.#chunk.length - this.#position);
      this.#carry.set(this.#chunk.subarray(this.#position, this.#position + taken), this.#carryLength);
      this.#carryLength += taken;
      this.#position += taken;
    }
    return true;
  }

  #deliver(bytes: Uint8Array, start: number, length: number): FrameResult {
    this.bytes = bytes;
    this.start = start;
    this.end = start + length;
    this.type = bytes[start + HEADER_LENGTH - 1];
    return FrameResult.Message;
  }

  /** All chunks are used up: lets go of the last one, so that an idle connection holds no socket buffer. */
  #release(): FrameResult {
    this.#chunk = EMPTY;
    this.#position = 0;
    this.bytes = EMPTY;
    this.start = 0;
    this.end = 0;
    return FrameResult.More;
  }

  /** The message's length, or -1 after noting what is wrong with its header. */
  #checkHeader(bytes: Uint8Array, at: number): number {
    let marker = 0xff;
    for (let i = 0; i < 16; i++) marker &= bytes[at + i];
    if (marker !== 0xff) {
      return this.#fail(HeaderSubcode.NotSynchronized, EMPTY, 'marker is not all ones');
    }
    const length = readU16(bytes, at + 16);
    const type = bytes[at + 18];
    if (length < HEADER_LENGTH || length > this.maxReceiveLength) return this.#failLength(bytes, at, length, type);
    const shortest = minMessageLength(type);
    if (shortest === 0) {
      return this.#fail(HeaderSubcode.BadType, bytes.slice(at + 18, at + 19), `message type ${type}`);
    }
    if (length < shortest) return this.#failLength(bytes, at, length, type);
    if (type === MessageType.Keepalive && length > HEADER_LENGTH) return this.#failLength(bytes, at, length, type);
    if (type === MessageType.Open && length > MAX_MESSAGE_LENGTH) return this.#failLength(bytes, at, length, type);
    return length;
  }

  #failLength(bytes: Uint8Array, at: number, length: number, type: number): -1 {
    const reason = `${messageTypeName(type)} of ${length} octets`;
    this.#fail(HeaderSubcode.BadLength, bytes.slice(at + 16, at + 18), reason);
    if (type === MessageType.Notification && length >= HEADER_LENGTH && length < minMessageLength(type)) {
      this.#failure = FrameResult.Silent;
    }
    return -1;
  }

  #fail(subcode: number, data: Uint8Array, reason: string): -1 {
    this.error = new NotificationError(ErrorCode.MessageHeader, subcode, data, reason);
    this.#failure = FrameResult.Error;
    return -1;
  }
}
