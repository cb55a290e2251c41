/** A client that knows nothing but octets: sends lines, and gives back every octet of a reply. */
import net from 'node:net';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { ControlHost } from '../../../src/control/host.ts';
import { ControlServer, type ControlServerOptions } from '../../../src/control/server.ts';
import { scratch } from '../../support/scratch.ts';

const FINAL = /^\d{4} /;

export class RawClient {
  readonly socket: net.Socket;
  /** Everything that came and was not asked for yet. */
  buffer = '';
  ended = false;
  #wake: (() => void) | undefined;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      this.buffer += text;
      this.#wake?.();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.ended = true;
      this.#wake?.();
    });
  }

  /** Connects and reads the greeting. */
  static async connect(socketPath: string): Promise<{ client: RawClient; greeting: string }> {
    const socket = net.connect(socketPath);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const client = new RawClient(socket);
    return { client, greeting: await client.reply() };
  }

  /** The lines up to and with the next final one. */
  async reply(timeoutMs = 5000): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    for (let from = 0; ; ) {
      for (let end = this.buffer.indexOf('\n', from); end >= 0; end = this.buffer.indexOf('\n', from)) {
        const line = this.buffer.slice(from, end);
        from = end + 1;
        if (!FINAL.test(line)) continue;
        const text = this.buffer.slice(0, from);
        this.buffer = this.buffer.slice(from);
        return text;
      }
      if (this.ended) throw new Error(`connection closed after ${JSON.stringify(this.buffer)}`);
      await this.#more(deadline);
    }
  }

  async send(line: string): Promise<string> {
    this.socket.write(`${line}\n`);
    return this.reply();
  }

  /** Waits until what came matches, and returns it. */
  async until(pattern: RegExp, timeoutMs = 5000): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    while (!pattern.test(this.buffer)) {
      if (this.ended) throw new Error(`connection closed after ${JSON.stringify(this.buffer)}`);
      await this.#more(deadline);
    }
    const text = this.buffer;
    this.buffer = '';
    return text;
  }

  /** Waits until the other side has closed. */
  async closed(timeoutMs = 5000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!this.ended) await this.#more(deadline);
  }

  close(): void {
    this.socket.destroy();
  }

  #more(deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`nothing more after ${JSON.stringify(this.buffer.slice(-300))}`)),
        Math.max(1, deadline - Date.now()),
      );
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** A folder that goes away with the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = scratch('control');
  t.after(() => folder.remove());
  return folder.path;
}

/** A server that goes away with the test. */
export async function startServer(
  t: TestContext,
  host: ControlHost,
  options: Partial<ControlServerOptions> = {},
): Promise<ControlServer> {
  const socketPath = options.path ?? path.join(temporaryFolder(t), 'bird.ctl');
  const server = new ControlServer(host, { version: '2.0.12', ...options, path: socketPath });
  await server.listen();
  t.after(() => server.close());
  return server;
}

export async function connect(t: TestContext, server: ControlServer): Promise<RawClient> {
  const { client } = await RawClient.connect(server.path);
  t.after(() => client.close());
  return client;
}

/** Waits until something is so; fails loudly when it never is. */
export async function eventually(what: string, condition: () => boolean, timeoutMs = 5000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
