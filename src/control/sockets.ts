/**
 * The control sockets of the daemon: the one of the command line for good, and those that the configuration names as
 * long as it names them. A further one that cannot be had is logged; the daemon runs without it.
 */
import type { ControlHost } from './host.ts';
import { ControlServer, type ControlServerOptions } from './server.ts';

export type SocketOptions = Omit<ControlServerOptions, 'path' | 'restrict'>;

interface Named {
  readonly path: string;
  readonly restrict: boolean;
}

export class ControlSockets {
  readonly #host: ControlHost;
  readonly #options: SocketOptions;
  /** By path and what clients may do there. */
  readonly #further = new Map<string, ControlServer>();
  #main: ControlServer | undefined;
  /** Changes follow each other: a path may be given up and taken again. */
  #changes: Promise<void> = Promise.resolve();

  constructor(host: ControlHost, options: SocketOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Opens the main socket; rejects where another daemon answers there, or it cannot be had. */
  async open(path: string): Promise<void> {
    const server = new ControlServer(this.#host, { ...this.#options, path });
    await server.listen();
    this.#main = server;
  }

  /** From now on these are the further ones; resolves when they are open. Clients of others are cut off. */
  follow(sockets: readonly Named[]): Promise<void> {
    this.#changes = this.#changes.then(() => this.#change(sockets));
    return this.#changes;
  }

  async close(): Promise<void> {
    await this.follow([]);
    await this.#main?.close();
  }

  async #change(sockets: readonly Named[]): Promise<void> {
    const wanted = new Map(sockets.map((socket) => [`${socket.restrict} ${socket.path}`, socket]));
    for (const [key, server] of this.#further) {
      if (wanted.has(key)) continue;
      this.#further.delete(key);
      await server.close();
    }
    for (const [key, { path, restrict }] of wanted) {
      if (this.#further.has(key)) continue;
      const server = new ControlServer(this.#host, { ...this.#options, path, restrict });
      try {
        await server.listen();
        this.#further.set(key, server);
      } catch (error) {
        this.#host.log('error', error instanceof Error ? error.message : String(error));
      }
    }
  }
}
