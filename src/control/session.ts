/**
 * One client of the control socket: requests are executed strictly one after another, and nothing is read while one is
 * being answered. A reply is produced in short turns and pauses while the client does not read, so neither a million
 * routes nor a sleeping client is noticed by routing.
 */
import type { Socket } from 'node:net';
import { ConfigError, type TimeFormat } from '../../config/index.ts';
import { type CommandContext, Refusal, type Run } from './command/command.ts';
import { parseCommand } from './command/parser.ts';
import { Echo } from './echo.ts';
import type { Layout } from './format/layout.ts';
import { layoutOf } from './format/layouts.ts';
import { Code } from './format/lines.ts';
import type { ControlHost } from './host.ts';
import { ReplyWriter } from './reply.ts';
import { RequestReader } from './request-reader.ts';

/** How long one turn may work before the event loop gets its turn. */
const TURN_MS = 2;

export interface SessionOptions {
  readonly host: ControlHost;
  /** Instead of the one of the layout. */
  readonly version: string | undefined;
  readonly restricted: boolean;
  readonly onClose: (session: Session) => void;
}

export class Session implements CommandContext {
  readonly host: ControlHost;
  readonly layout: Layout;
  readonly version: string;
  readonly echo: Echo;
  ownTimeFormat: TimeFormat | undefined;
  readonly #socket: Socket;
  readonly #writer: ReplyWriter;
  readonly #reader = new RequestReader();
  readonly #onClose: (session: Session) => void;
  #restricted: boolean;
  /** The request that is executed, and what is left of it. */
  #line = '';
  #run: Run | undefined;
  /** Something will call `#goOn`: the socket stays paused until then. */
  #waiting = false;
  #peerEnded = false;
  #closed = false;
  #hangUp = false;

  constructor(socket: Socket, options: SessionOptions) {
    this.host = options.host;
    // A daemon keeps the dialect that it was started with.
    this.layout = layoutOf(options.host.config.dialect);
    this.version = options.version ?? this.layout.version;
    this.#restricted = options.restricted;
    this.#onClose = options.onClose;
    this.#socket = socket;
    this.#writer = new ReplyWriter({
      write: (text) => {
        if (!this.#closed) socket.write(text);
      },
      get pendingOctets() {
        return socket.writableLength;
      },
    });
    this.echo = new Echo(options.host, this.#writer);
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      this.#advance();
    });
    socket.on('end', () => {
      this.#peerEnded = true;
      this.#advance();
    });
    // A client that goes away is its right; 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#gone());
    this.#trace(1, 'info', 'CLI connect');
    this.#writer.begin();
    this.#writer.end(Code.Welcome, `BIRD ${this.version} ready.`);
  }

  get restricted(): boolean {
    return this.#restricted;
  }

  restrict(): void {
    this.#restricted = true;
  }

  tell(text: string): void {
    if (!this.#closed) this.#writer.asynchronous(text);
  }

  hangUp(): void {
    this.#hangUp = true;
  }

  /** Ends the session; what was said already still leaves. */
  close(): void {
    if (this.#closed) return;
    this.#writer.flush();
    this.#socket.end();
    this.#socket.destroySoon();
  }

  /** Ends the session at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #gone(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.echo.close();
    this.#run?.return();
    this.#run = undefined;
    this.#trace(1, 'info', 'CLI connection closed');
    this.#onClose(this);
  }

  /** Executes what was read, as long as there is time in this turn. */
  #advance(): void {
    const end = performance.now() + TURN_MS;
    while (!this.#closed && this.#run === undefined && !this.#waiting) {
      if (this.#hangUp) {
        this.close();
        return;
      }
      if (this.#writer.congested) {
        this.#afterDrain();
        return;
      }
      const event = this.#reader.next();
      if (event === undefined) {
        if (this.#peerEnded) this.close();
        else this.#socket.resume();
        return;
      }
      if (event.kind === 'hopeless') {
        this.#socket.destroy();
        return;
      }
      this.#socket.pause();
      this.#writer.begin();
      if (event.kind === 'overlong') this.#writer.end(Code.CommandTooLong, 'Command too long');
      else this.#execute(event.text);
      if (this.#run === undefined && !this.#waiting && performance.now() >= end) this.#later();
    }
  }

  #execute(line: string): void {
    this.#line = line;
    this.#trace(2, 'trace', `CLI: ${line}`);
    try {
      const command = parseCommand(line, this);
      if (this.#restricted && !command.harmless) {
        this.#writer.end(Code.AccessDenied, 'Access denied');
        return;
      }
      this.#run = command.run(this, this.#writer);
    } catch (error) {
      if (error instanceof ConfigError) this.#writer.end(Code.ParseError, error.diagnostic.message);
      else if (error instanceof Refusal) this.#writer.end(error.code, error.message);
      else this.#fault(error);
    }
    if (this.#run === undefined) this.#writer.flush();
    else this.#step();
  }

  /** Goes on with the command under way, until it ends, has to wait, or has used its turn. */
  #step(failure?: { readonly error: unknown }): void {
    const end = performance.now() + TURN_MS;
    let thrown = failure;
    for (let steps = 1; this.#run !== undefined && !this.#waiting; steps++) {
      try {
        const result = thrown === undefined ? this.#run.next() : this.#run.throw(thrown.error);
        thrown = undefined;
        if (result.done === true) this.#run = undefined;
        else if (result.value !== undefined) this.#await(result.value);
        else if (this.#writer.congested) this.#afterDrain();
        else if ((steps & 15) === 0 && performance.now() >= end) this.#later();
      } catch (error) {
        this.#run = undefined;
        this.#fault(error);
      }
    }
    this.#writer.flush();
  }

  #await(promise: Promise<unknown>): void {
    this.#waiting = true;
    promise.then(
      () => this.#goOn(),
      (error: unknown) => this.#goOn({ error }),
    );
  }

  #later(): void {
    this.#waiting = true;
    setImmediate(() => this.#goOn());
  }

  #afterDrain(): void {
    this.#writer.flush();
    this.#waiting = true;
    this.#socket.once('drain', () => this.#goOn());
  }

  #goOn(failure?: { readonly error: unknown }): void {
    this.#waiting = false;
    if (this.#closed) return;
    if (this.#run !== undefined) this.#step(failure);
    this.#advance();
  }

  /** `debug commands`: 1 clients, 2 their commands too. */
  #trace(level: number, logClass: 'info' | 'trace', text: string): void {
    if (this.host.config.debug.commands >= level) this.host.log(logClass, text);
  }

  /** A command failed in a way that it must not: the client is told, the session goes on. */
  #fault(error: unknown): void {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.host.log('bug', `Control command failed: ${detail}`, { command: this.#line });
    if (!this.#writer.ended) this.#writer.end(Code.RuntimeError, 'Internal error, see the log');
  }
}
