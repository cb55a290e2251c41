/**
 * Connections to Redis: alone, behind Sentinel, or a Cluster. A connection that broke is not mended behind our back: the
 * next question makes a new one, and whoever waits for the old one is told.
 */
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { passwordOf, readSecretFile, tlsOptions } from './credentials.ts';
import { StoreRefused, StoreUnavailable } from './store.ts';
import type { StoreUrl } from './store-url.ts';

export type RedisClient = Redis | Cluster;

const CONNECT_MS = 5_000;
const KEEPALIVE_MS = 10_000;

export class RedisConnection {
  readonly #url: StoreUrl;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #commandMs: number | undefined;
  #client: RedisClient | undefined;
  #connecting: Promise<RedisClient> | undefined;

  /** `commandMs`: a command that has no answer by then has failed; `undefined` for blocking reads. */
  constructor(url: StoreUrl, environment: Readonly<Record<string, string | undefined>>, commandMs: number | undefined) {
    this.#url = url;
    this.#environment = environment;
    this.#commandMs = commandMs;
  }

  /** Runs one command. Throws `StoreUnavailable` or `StoreRefused`. */
  async run<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    try {
      return await command(await this.#connected());
    } catch (error) {
      throw this.#translate(error as Error);
    }
  }

  drop(): void {
    const client = this.#client;
    this.#client = undefined;
    this.#connecting = undefined;
    client?.disconnect();
  }

  #connected(): Promise<RedisClient> {
    if (this.#client !== undefined && this.#client.status !== 'ready' && this.#connecting === undefined) this.drop();
    if (this.#client !== undefined && this.#connecting === undefined) return Promise.resolve(this.#client);
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connect(): Promise<RedisClient> {
    const client = this.#make();
    this.#client = client;
    let last: Error | undefined;
    // Without a listener the package writes to the console. The last one says more than "Connection is closed".
    client.on('error', (error: Error) => {
      last = error;
    });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (this.#client === client) this.drop();
      throw last ?? error;
    }
  }

  #make(): RedisClient {
    const { scheme, hosts, path, username } = this.#url;
    const password = passwordOf(this.#url, this.#environment);
    const tls = tlsOptions(this.#url);
    const common = {
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      connectTimeout: CONNECT_MS,
      keepAlive: KEEPALIVE_MS,
      ...(this.#commandMs === undefined ? {} : { commandTimeout: this.#commandMs }),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(tls === undefined ? {} : { tls }),
    } satisfies RedisOptions;
    if (scheme === 'redis+cluster') {
      return new Cluster(
        hosts.map(({ host, port }) => ({ host, port: port ?? 6379 })),
        {
          lazyConnect: true,
          enableOfflineQueue: false,
          clusterRetryStrategy: () => null,
          // Certificates are made out for the names that the cluster tells.
          dnsLookup: (address, callback) => callback(null, address),
          redisOptions: common,
        },
      );
    }
    if (scheme === 'redis+sentinel') {
      const [name, db] = path.split('/');
      const own = this.#url.options.get('sentinelpasswordfile');
      return new Redis({
        ...common,
        name: name!,
        db: Number(db ?? 0),
        sentinels: hosts.map(({ host, port }) => ({ host, port: port ?? 26379 })),
        sentinelRetryStrategy: () => null,
        ...(tls === undefined ? {} : { enableTLSForSentinelMode: true, sentinelTLS: tls }),
        ...(own === undefined ? {} : { sentinelPassword: readSecretFile(own).trim() }),
      });
    }
    const [{ host, port } = { host: '127.0.0.1', port: undefined }] = hosts;
    return new Redis({ ...common, host, port: port ?? 6379, db: Number(path || 0) });
  }

  #translate(error: Error): Error {
    if (error instanceof StoreUnavailable || error instanceof StoreRefused) return error;
    const text = error.message;
    if (/^(NOAUTH|WRONGPASS|NOPERM|ERR (invalid password|Client sent AUTH|AUTH|DB index))/.test(text)) {
      return new StoreRefused(text);
    }
    return new StoreUnavailable(text === '' ? error.name : text);
  }
}
