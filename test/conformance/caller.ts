/**
 * One TCP connection to the daemon that does only what it is told and remembers all it hears: it never answers by
 * itself, so that every state of the other end can be reached and stayed in.
 */
import { connect, type Socket } from 'node:net';
import { MARKER } from '../support/raw-speaker.ts';

export interface Heard {
  readonly type: number;
  readonly body: Buffer;
  readonly at: number;
}

/** Longest that anything here is waited for, where nobody says otherwise. */
const PATIENCE_MS = 20_000;

export class Caller {
  readonly heard: Heard[] = [];
  /** How the other end left; '' while it has not. */
  ended: '' | 'closed' | 'reset' = '';
  endedAt = 0;
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  readonly #waiting = new Set<() => void>();
  #beat: NodeJS.Timeout | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#end(error.code === 'ECONNRESET' ? 'reset' : 'closed'));
    socket.on('end', () => this.#end('closed'));
    socket.on('close', () => this.#end('closed'));
  }

  /** Rejects where nobody listens. */
  static dial(from: string, to: string, port: number): Promise<Caller> {
    return new Promise((resolve, reject) => {
      const socket = connect({ localAddress: from, host: to, port, allowHalfOpen: false });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Caller(socket));
      });
    });
  }

  write(...messages: readonly Uint8Array[]): void {
    if (!this.#socket.destroyed) this.#socket.write(Buffer.concat(messages));
  }

  /** Says KEEPALIVE every so often from now on. */
  keepAlive(message: Uint8Array, everyMs: number): void {
    this.#beat ??= setInterval(() => this.write(message), everyMs);
  }

  stopKeepAlive(): void {
    clearInterval(this.#beat);
    this.#beat = undefined;
  }

  /** Waits until `condition` holds; asked after each message and at the end. False: it never did. */
  async until(condition: () => boolean, timeoutMs = PATIENCE_MS): Promise<boolean> {
    const end = performance.now() + timeoutMs;
    while (!condition()) {
      const left = end - performance.now();
      if (left <= 0) return false;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, Math.min(left, 1000));
        this.#waiting.add(wake);
      });
    }
    return true;
  }

  /** Waits for a message of this type; false if the other end left before one came. */
  async hears(type: number, timeoutMs = PATIENCE_MS): Promise<boolean> {
    const came = (): boolean => this.heard.some((one) => one.type === type);
    await this.until(() => came() || this.ended !== '', timeoutMs);
    return came();
  }

  count(type: number): number {
    return this.heard.filter((one) => one.type === type).length;
  }

  /** `N 3/5 400101`, `closed` or `reset` where nothing was said before the end, `up` while it lasts. */
  get fate(): string {
    const said = this.heard.filter((one) => one.type === 3);
    const words = said.map(({ body }) => `N ${body[0]}/${body[1]} ${body.subarray(2).toString('hex')}`.trim());
    if (this.ended === '') return said.length === 0 ? 'up' : `${words.join(', ')}, not closed`;
    return said.length === 0 ? this.ended : words.join(', ');
  }

  /** An orderly end from this side. */
  hangUp(): void {
    this.stopKeepAlive();
    this.#socket.end();
  }

  /** RST from this side. */
  crash(): void {
    this.stopKeepAlive();
    this.#socket.resetAndDestroy();
  }

  destroy(): void {
    this.stopKeepAlive();
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  #end(how: 'closed' | 'reset'): void {
    if (this.ended !== '') return;
    this.ended = how;
    this.endedAt = performance.now();
    this.stopKeepAlive();
    this.#wake();
  }

  #receive(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length >= 19) {
      if (!this.#buffer.subarray(0, 16).equals(MARKER)) throw new Error('the daemon sent a wrong marker');
      const length = this.#buffer.readUInt16BE(16);
      if (length < 19) throw new Error(`the daemon sent a length of ${length}`);
      if (this.#buffer.length < length) break;
      this.heard.push({
        type: this.#buffer[18]!,
        body: Buffer.from(this.#buffer.subarray(19, length)),
        at: performance.now(),
      });
      this.#buffer = this.#buffer.subarray(length);
    }
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
