/**
 * Octets from a client to request lines. Memory is bounded whatever arrives: a line that does not fit `LONGEST_LINE`
 * octets is reported once, at the moment it gets too long, and thrown away up to its end.
 */

/** BIRD's request buffer. */
export const LONGEST_LINE = 4096;
/** Octets of one line that are thrown away before the client is given up. */
export const PATIENCE = 64 * 1024 * 1024;

/** `overlong`: answer 9000. `hopeless`: this is no client; close. */
export type ReadEvent =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'overlong' }
  | { readonly kind: 'hopeless' };

const NEWLINE = 10;

export class RequestReader {
  #buffer: Buffer = Buffer.alloc(0);
  /** Octets thrown away of the line that is too long; -1 when there is none. */
  #draining = -1;

  /** Takes what arrived. The chunk is not kept beyond what belongs to unfinished lines. */
  push(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
  }

  /** The next thing that happened, or `undefined` when more octets are needed. */
  next(): ReadEvent | undefined {
    if (this.#draining >= 0 && !this.#drain()) {
      return this.#draining > PATIENCE ? { kind: 'hopeless' } : undefined;
    }
    const end = this.#buffer.indexOf(NEWLINE);
    const length = end < 0 ? this.#buffer.length : end;
    if (length > LONGEST_LINE) {
      this.#draining = 0;
      this.#drain();
      return { kind: 'overlong' };
    }
    if (end < 0) return undefined;
    const text = this.#buffer.toString('utf8', 0, end);
    this.#buffer = this.#buffer.subarray(end + 1);
    return { kind: 'line', text };
  }

  /** Throws away up to the end of the line; true if the end was there. */
  #drain(): boolean {
    const end = this.#buffer.indexOf(NEWLINE);
    if (end < 0) {
      this.#draining += this.#buffer.length;
      this.#buffer = Buffer.alloc(0);
      return false;
    }
    this.#buffer = this.#buffer.subarray(end + 1);
    this.#draining = -1;
    return true;
  }
}
