/**
 * The client's end of the control protocol: sends one request at a time and hands over the lines of its reply as they
 * come, as fast as they are taken and no faster.
 */
import net from 'node:net';

export type ReplyLine =
  /** `code` of a continuation is that of the line before; `raw` is what came over the socket. */
  | {
      readonly kind: 'line';
      readonly code: number;
      readonly text: string;
      readonly final: boolean;
      readonly raw: string;
    }
  /** A log message that belongs to no reply. */
  | { readonly kind: 'asynchronous'; readonly text: string }
  /** Neither of these: not one of our servers. */
  | { readonly kind: 'strange'; readonly text: string };

/** Takes a line; a promise makes the rest of the reply wait. */
export type LineHandler = (line: ReplyLine) => void | Promise<void>;

/** More without a line feed is not the control protocol. JSON of a route with very many communities fits. */
const LONGEST_LINE = 16 * 1024 * 1024;

export class ControlClient {
  readonly #socket: net.Socket;
  /** Takes what comes while no request is under way. */
  readonly #onIdleLine: LineHandler;
  /** Takes the lines of the reply under way. */
  #onLine: LineHandler | undefined;
  #lastCode = 0;
  #finish: ((code: number) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;
  #error: Error | undefined;
  #onClose: (() => void) | undefined;

  private constructor(socket: net.Socket, onIdleLine: LineHandler) {
    this.#socket = socket;
    this.#onIdleLine = onIdleLine;
  }

  /**
   * Connects and waits for the greeting, which goes to `onIdleLine` like everything else that comes while no request is
   * under way.
   */
  static async connect(path: string, onIdleLine: LineHandler): Promise<ControlClient> {
    const socket = net.connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    }).catch((error: NodeJS.ErrnoException) => {
      throw new Error(`Unable to connect to server control socket (${path}): ${reason(error)}`);
    });
    const client = new ControlClient(socket, onIdleLine);
    const greeting = client.#expect();
    void client.#read();
    await greeting;
    return client;
  }

  /** Sends a request; resolves to the code of the last line of its reply. */
  request(text: string, onLine: LineHandler): Promise<number> {
    if (this.#finish !== undefined) return Promise.reject(new Error('A request is under way'));
    if (this.#error !== undefined) return Promise.reject(this.#error);
    this.#onLine = onLine;
    const reply = this.#expect();
    this.#socket.write(`${text}\n`);
    return reply;
  }

  /** Called once when the connection is gone. */
  onClose(listener: () => void): void {
    if (this.#error !== undefined) listener();
    else this.#onClose = listener;
  }

  close(): void {
    this.#socket.destroy();
  }

  #expect(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
  }

  async #read(): Promise<void> {
    let rest = '';
    try {
      this.#socket.setEncoding('utf8');
      for await (const chunk of this.#socket as AsyncIterable<string>) {
        rest += chunk;
        let from = 0;
        for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
          await this.#take(rest.slice(from, end));
          from = end + 1;
        }
        rest = rest.slice(from);
        if (rest.length > LONGEST_LINE) throw new Error('Reply line too long');
      }
      this.#lost(new Error('Connection closed by server'));
    } catch (error) {
      this.#lost(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #take(raw: string): Promise<void> {
    const line = this.#parse(raw);
    await (this.#onLine ?? this.#onIdleLine)(line);
    if (line.kind !== 'line' || !line.final) return;
    const finish = this.#finish;
    this.#onLine = undefined;
    this.#finish = undefined;
    this.#fail = undefined;
    finish?.(line.code);
  }

  #parse(raw: string): ReplyLine {
    if (raw.startsWith('+')) return { kind: 'asynchronous', text: raw.slice(1) };
    if (raw.startsWith(' ')) return { kind: 'line', code: this.#lastCode, text: raw.slice(1), final: false, raw };
    const match = /^([0-9]{4})([ -])/.exec(raw);
    if (match === null) return { kind: 'strange', text: raw };
    this.#lastCode = Number(match[1]);
    return { kind: 'line', code: this.#lastCode, text: raw.slice(5), final: match[2] === ' ', raw };
  }

  #lost(error: Error): void {
    this.#error = error;
    this.#socket.destroy();
    this.#fail?.(error);
    this.#onClose?.();
  }
}

function reason(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return 'No such file or directory';
    case 'ECONNREFUSED':
      return 'Connection refused';
    case 'EACCES':
      return 'Permission denied';
    default:
      return error.message;
  }
}
