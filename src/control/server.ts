/**
 * The control socket: a Unix stream socket with mode 0660 on which any number of clients speak BIRD's control protocol
 * (session.ts). A socket file that nobody listens on any more is replaced; one with a daemon behind it makes the start
 * fail, and so does anything that is not a socket.
 */
import fs from 'node:fs';
import net from 'node:net';
import { dirname } from 'node:path';
import type { ControlHost } from './host.ts';
import { Session } from './session.ts';

/** Why a socket cannot be had that a daemon answers on. */
export const ANOTHER_DAEMON = 'another daemon is listening on it';

/** Sessions at once; more are closed at once, so that descriptors remain for peers. */
const MAX_SESSIONS = 512;
const MODE = 0o660;
/** How long a probe of a socket file may take. A daemon that is too busy to accept within this time still lives. */
const PROBE_MS = 2000;
/** How long clients may take to read what was said when the daemon ends. */
const LAST_WORDS_MS = 500;

let births = 0;

export interface ControlServerOptions {
  readonly path: string;
  /** All sessions of this socket are restricted from the start. */
  readonly restrict?: boolean;
  /** Stands after `BIRD ` in greeting and `show status`; by default what fits the dialect. */
  readonly version?: string | undefined;
  /** Owner of the socket file; the process's by default. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

export class ControlServer {
  readonly #host: ControlHost;
  readonly #options: ControlServerOptions;
  readonly #sessions = new Set<Session>();
  #server: net.Server | undefined;
  /** Device and inode of our socket file: another daemon's is not removed. */
  #identity = '';

  constructor(host: ControlHost, options: ControlServerOptions) {
    this.#host = host;
    this.#options = options;
  }

  get path(): string {
    return this.#options.path;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Listens. Rejects with a sentence for the operator when the socket cannot be had. */
  async listen(): Promise<void> {
    const { path, owner } = this.#options;
    // Born under another name: nobody can reach it before mode and owner are right, and closing it (which removes the
    // name that it was bound to) cannot remove the file of a daemon that came after us.
    const birthName = `${dirname(path)}/.pg${process.pid}-${births++}`;
    let server: net.Server | undefined;
    try {
      // Binding into a folder that is not there fails with a misleading reason.
      if (!fs.existsSync(dirname(path))) throw new Error(`there is no folder ${dirname(path)}`);
      server = await this.#bind(birthName);
      fs.chmodSync(birthName, MODE);
      if (owner !== undefined) fs.chownSync(birthName, owner.uid, owner.gid);
      await publish(birthName, path);
      this.#identity = identityOf(path);
    } catch (error) {
      server?.close();
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`Cannot create control socket ${path}: ${message}`, { cause: error });
    } finally {
      fs.rmSync(birthName, { force: true });
    }
    // Accepting can fail for want of descriptors; the clients that are here are not concerned.
    server.on('error', (error) => this.#host.log('error', `Control socket: ${error.message}`));
    server.maxConnections = MAX_SESSIONS;
    this.#server = server;
  }

  /** Ends all sessions and removes the socket file. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    this.#removeFile();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    const timer = setTimeout(() => {
      for (const session of this.#sessions) session.destroy();
    }, LAST_WORDS_MS);
    await closed;
    clearTimeout(timer);
  }

  /** Where the folder belongs to somebody else the file stays: nobody answers there, the next start replaces it. */
  #removeFile(): void {
    try {
      if (identityOf(this.#options.path) === this.#identity) fs.rmSync(this.#options.path, { force: true });
    } catch (error) {
      this.#host.log('info', `Control socket ${this.#options.path} stays: ${(error as Error).message}`);
    }
  }

  #bind(name: string): Promise<net.Server> {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(name, () => {
        server.removeListener('error', reject);
        resolve(server);
      });
    });
  }

  #accept(socket: net.Socket): void {
    const session = new Session(socket, {
      host: this.#host,
      version: this.#options.version,
      restricted: this.#options.restrict ?? false,
      onClose: (closed) => this.#sessions.delete(closed),
    });
    this.#sessions.add(session);
  }
}

function identityOf(path: string): string {
  try {
    const stat = fs.lstatSync(path);
    return `${stat.dev}:${stat.ino}`;
  } catch {
    return '';
  }
}

/** Gives the socket its name. A link is made only where no file is, so of two daemons at most one gets it. */
async function publish(birthName: string, path: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      fs.linkSync(birthName, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 3) throw error;
    }
    await removeStale(path);
  }
}

/** Removes a socket file that nobody listens on; throws when somebody does, or when it is something else. */
async function removeStale(path: string): Promise<void> {
  const identity = identityOf(path);
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket()) throw new Error('the file exists and is not a socket');
  if (await answers(path)) throw new Error(ANOTHER_DAEMON);
  if (identityOf(path) === identity) fs.rmSync(path, { force: true });
}

/** True unless connecting is refused: only then nobody can be behind the file. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect(path);
    const settle = (alive: boolean): void => {
      clearTimeout(timer);
      probe.destroy();
      resolve(alive);
    };
    const timer = setTimeout(() => settle(true), PROBE_MS);
    probe.once('connect', () => settle(true));
    probe.once('error', (error: NodeJS.ErrnoException) =>
      settle(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}
