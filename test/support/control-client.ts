/** A client of a control socket made of a bare connection: it sends requests one by one and gives the replies whole. */
import { connect, type Socket } from 'node:net';

export class ControlClient {
  readonly #socket: Socket;
  #text = '';
  #wake: (() => void) | undefined;
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (data) => {
      this.#text += data;
      this.#wake?.();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** Connects and reads the greeting. */
  static async open(path: string): Promise<ControlClient> {
    const client = new ControlClient(connect(path));
    await client.#reply();
    return client;
  }

  /** The lines of the reply, with their codes as they stand on the wire; the last one is the final line. */
  async ask(request: string): Promise<string[]> {
    this.#socket.write(`${request}\n`);
    return this.#reply();
  }

  /** The reply without codes: what birdc would print. */
  async show(request: string): Promise<string[]> {
    return (await this.ask(request)).map((line) => line.replace(/^(?:\d{4}[- ]| )/, ''));
  }

  close(): void {
    this.#socket.destroy();
  }

  async #reply(timeoutMs = 20_000): Promise<string[]> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const match = /^(?:(?!\d{4} ).*\n)*\d{4} .*\n/.exec(this.#text);
      if (match !== null) {
        this.#text = this.#text.slice(match[0].length);
        return match[0].split('\n').slice(0, -1);
      }
      if (this.#closed) throw new Error(`the control socket was closed: ${this.#text}`);
      const left = end - performance.now();
      if (left <= 0) throw new Error(`no whole reply in ${timeoutMs} ms: ${this.#text.slice(-500)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
  }
}
