/** A TCP proxy that can cut what goes through it, in the middle of whatever is said, let it wait, or let nothing through. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class CuttingProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** How long everything is held back, in either direction; `Infinity`: for ever. */
  delayMs = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async to(port: number): Promise<CuttingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const proxy = new CuttingProxy(server, typeof address === 'object' && address !== null ? address.port : 0);
    server.on('connection', (near) => {
      const far = connect(port, '127.0.0.1');
      for (const socket of [near, far]) {
        proxy.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          proxy.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      proxy.#forward(near, far);
      proxy.#forward(far, near);
    });
    return proxy;
  }

  /** In order, each piece as late as it is to be when it comes. */
  #forward(from: Socket, to: Socket): void {
    let before = Promise.resolve();
    const next = (work: () => void): void => {
      const { delayMs } = this;
      if (delayMs === Number.POSITIVE_INFINITY) before = new Promise(() => {});
      else if (delayMs > 0) before = before.then(() => new Promise((resolve) => setTimeout(resolve, delayMs)));
      before = before.then(work);
    };
    from.on('data', (chunk) => next(() => void to.write(chunk)));
    from.on('end', () => next(() => void to.end()));
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
