/**
 * Replies on the wire, in BIRD's control protocol.
 *
 *     NNNN-text    a line with code NNNN, more follow
 *      text        one blank: the same code as the line before
 *     NNNN text    the last line of the reply; its code is always written
 *     +text        a log message that has nothing to do with the reply; may stand between any two lines
 *
 * The writer collects lines and hands them to the socket in pieces; whoever produces lines stops when `congested` and
 * goes on when the socket has drained. A line is text of ours: what a peer said was escaped by the layout. As a last
 * line of defence no line feed, carriage return, NUL or escape character gets through here.
 */
import { escapeText, shortenText } from '../monitor/escape.ts';
import { Code, type Lines } from './format/lines.ts';

/** Characters handed to the socket at a time. */
const PIECE = 16 * 1024;
/** Octets that may wait in the socket before a reply pauses. */
const HIGH_WATER = 64 * 1024;
/** birdc gives up on lines of 4096 octets. JSON lines are for our own client and may be of any length. */
const WIDEST_LINE = 3900;

/** Tab is for layouts; every other control character could end a line or speak to a terminal. */
const FORBIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** Where octets go; a socket, or a list in tests. */
export interface ReplySink {
  write(text: string): void;
  /** Octets that were written and have not left yet. */
  readonly pendingOctets: number;
}

export interface Reply extends Lines {
  /** Ends the reply. Exactly once. */
  end(code: number, text?: string): void;
}

export class ReplyWriter implements Reply {
  readonly #sink: ReplySink;
  #piece = '';
  /** Code of the line before; -1 at the beginning of a reply. */
  #lastCode = -1;
  #ended = true;

  constructor(sink: ReplySink) {
    this.#sink = sink;
  }

  /** A new request: its first line has its code written out. */
  begin(): void {
    this.#lastCode = -1;
    this.#ended = false;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Nothing was said yet in this reply. */
  get untouched(): boolean {
    return this.#lastCode < 0;
  }

  line(code: number, text: string): void {
    const safe = code === Code.JsonElement || code === Code.JsonDocument ? text : guard(text);
    this.#put(code === this.#lastCode ? ` ${safe}\n` : `${digits(code)}-${safe}\n`);
    this.#lastCode = code;
  }

  end(code: number, text = ''): void {
    this.#put(`${digits(code)} ${guard(text)}\n`);
    this.#ended = true;
    this.flush();
  }

  /** Between two lines of whatever is being said. */
  asynchronous(text: string): void {
    this.#put(`+${guard(text)}\n`);
    if (this.#ended) this.flush();
  }

  /** True: let the reader catch up before producing more. */
  get congested(): boolean {
    return this.#sink.pendingOctets > HIGH_WATER;
  }

  get pendingOctets(): number {
    return this.#sink.pendingOctets + this.#piece.length;
  }

  flush(): void {
    if (this.#piece === '') return;
    const piece = this.#piece;
    this.#piece = '';
    this.#sink.write(piece);
  }

  #put(text: string): void {
    this.#piece += text;
    if (this.#piece.length >= PIECE) this.flush();
  }
}

function digits(code: number): string {
  return code < 1000 ? String(code).padStart(4, '0') : String(code);
}

function guard(text: string): string {
  const safe = FORBIDDEN.test(text) ? text.split('\t').map(escapeText).join('\t') : text;
  return safe.length > WIDEST_LINE / 3 && Buffer.byteLength(safe) > WIDEST_LINE ? cut(safe) : safe;
}

function cut(text: string): string {
  // Only text outside of ASCII has fewer characters than octets.
  let shorter = shortenText(text, WIDEST_LINE);
  while (Buffer.byteLength(shorter) > WIDEST_LINE) shorter = shortenText(shorter, shorter.length - 64);
  return shorter;
}
