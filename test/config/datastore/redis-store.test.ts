/** A real Redis keeps the promises of a store: alone, with users and TLS, behind Sentinel, and as a Cluster. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { Redis } from 'ioredis';
import {
  Follower,
  openStore,
  type Store,
  StoreConflict,
  StoreRefused,
  StoreUnavailable,
} from '../../../config/index.ts';
import { freePort } from '../../support/free-port.ts';
import { findProgram } from '../../support/peers/peer.ts';
import { scratch } from '../../support/scratch.ts';
import { pool, type StoreHarness, storeCompliance, until } from './compliance.ts';
import { CuttingProxy } from './cutting-proxy.ts';
import { ServerProcess } from './server-process.ts';

const program = findProgram('redis-server');
const skip = program === undefined ? 'redis-server is not installed' : false;
const home = scratch('redis').path;
const servers: ServerProcess[] = [];
const never = new AbortController().signal;
after(async () => {
  for (const server of servers) await server.stop();
});

function server(port: number, ...args: readonly string[]): ServerProcess {
  const folder = join(home, String(port));
  mkdirSync(folder, { recursive: true });
  const own = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no', '--daemonize', 'no'];
  const made = new ServerProcess(program!, ['--port', String(port), ...own, ...args], port);
  servers.push(made);
  return made;
}

async function raw(port: number, work: (client: Redis) => Promise<unknown>): Promise<void> {
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true });
  try {
    await client.connect();
    await work(client);
  } finally {
    client.disconnect();
  }
}

storeCompliance(
  'redis',
  async (): Promise<StoreHarness> => {
    const port = await freePort();
    // Every write is on the disk before it is answered, so that a kill loses nothing.
    const redis = server(port, '--appendonly', 'yes', '--appendfsync', 'always');
    await redis.start();
    const proxy = await CuttingProxy.to(port);
    return {
      open: () => openStore(`redis://127.0.0.1:${proxy.port}/0`),
      stop: () => redis.stop(),
      start: () => redis.start(),
      restartEmpty: async () => {
        await redis.stop();
        rmSync(join(home, String(port)), { recursive: true });
        mkdirSync(join(home, String(port)));
        await redis.start();
      },
      compact: () => raw(port, (client) => client.xtrim('{peregrine}:log', 'MAXLEN', 0)),
      poison: () =>
        raw(port, async (client) => {
          const number = await client.incr('{peregrine}:seq');
          await client.set('{peregrine}:r:IPPool/zz', '{"kind":');
          await client.hset('{peregrine}:index', 'IPPool/zz', String(number));
          const epoch = (await client.get('{peregrine}:epoch'))!;
          await client.xadd('{peregrine}:log', '*', 'n', number, 'e', epoch, 'id', 'IPPool/zz', 'value', '{"kind":');
        }),
      cut: async () => proxy.cut(),
      delay: (milliseconds) => {
        proxy.delayMs = milliseconds;
      },
      close: async () => {
        await proxy.close();
        await redis.stop();
      },
    };
  },
  skip,
);

async function works(store: Store): Promise<void> {
  const seen: string[] = [];
  const { cursor } = await store.list(never);
  const abort = new AbortController();
  const watching = store.watch(
    cursor,
    ({ changes }) => seen.push(...changes.map((change) => change.type)),
    abort.signal,
  );
  const revision = await store.put(...pool('works'), 'absent');
  await assert.rejects(store.put(...pool('works'), 'absent'), StoreConflict);
  await until('told', () => seen.includes('put'));
  assert.equal((await store.get(pool('works')[0]))?.revision, revision);
  assert.equal(await store.delete(pool('works')[0], { revision }), true);
  await until('told', () => seen.includes('delete'));
  abort.abort();
  assert.equal(await watching, 'ended');
}

it('takes back what a server has lost that comes back as it was earlier, whatever is written then', {
  skip,
}, async () => {
  for (const writes of [0, 1, 3]) {
    const port = await freePort();
    const redis = server(port);
    await redis.start();
    const store = await openStore(`redis://127.0.0.1:${port}`);
    await store.put(...pool('kept'), 'any');
    // As a replica that was behind when it took over.
    await raw(port, (client) => client.save());
    await store.put(...pool('lost'), 'any');
    const words: string[] = [];
    const follower = new Follower(store, {
      changed: (changes) =>
        words.push(
          ...changes.map((change) => (change.type === 'put' ? `+${change.item.id.name}` : `-${change.id.name}`)),
        ),
      ready: () => words.push('ready'),
      away: () => words.push('away'),
      back: () => words.push('back'),
      fault: () => {},
    });
    follower.start();
    await until('ready', () => words.includes('ready'));
    await redis.stop();
    await redis.start();
    // Their numbers are those of changes that the follower has seen.
    const other = await openStore(`redis://127.0.0.1:${port}`);
    for (let i = 0; i < writes; i++) await other.put(...pool(`new-${i}`), 'any');
    await until('taken back', () => words.includes('-lost'));
    for (let i = 0; i < writes; i++) await until(`new-${i}`, () => words.includes(`+new-${i}`));
    assert.deepEqual([...follower.held.keys()].sort(), [
      'IPPool/kept',
      ...Array.from({ length: writes }, (_, i) => `IPPool/new-${i}`),
    ]);
    await follower.stop();
    for (const one of [store, other]) await one.close();
    await redis.stop();
  }
});

it('keeps clusters with other prefixes and in other databases apart', { skip }, async () => {
  const port = await freePort();
  const redis = server(port);
  await redis.start();
  const stores = await Promise.all(
    ['/0', '/1', '/0?prefix=other'].map((path) => openStore(`redis://127.0.0.1:${port}${path}`)),
  );
  await stores[0]!.put(...pool('mine'), 'any');
  const found = await Promise.all(stores.map(async (store) => (await store.list(never)).items.length));
  assert.deepEqual(found, [1, 0, 0]);
  for (const store of stores) await store.close();
  await redis.stop();
});

it('speaks TLS, with a user of its own and no more rights than it needs', {
  skip: skip || (findProgram('openssl') === undefined && 'openssl is not installed'),
}, async () => {
  const port = await freePort();
  const plain = await freePort();
  const folder = join(home, 'tls');
  mkdirSync(folder);
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync(
    'openssl',
    [...args, '-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  );
  writeFileSync(ca, execFileSync('cat', [cert]));
  const acl = join(folder, 'users.acl');
  const rights =
    '~{peregrine}* +@connection +info +eval +get +set +del +incr +hget +hset +hdel +hgetall +xadd +xrevrange +xread +mget';
  writeFileSync(acl, `user default off\nuser calico on >secret resetchannels -@all ${rights}\n`);
  const redis = server(
    plain,
    '--tls-port',
    String(port),
    '--tls-cert-file',
    cert,
    '--tls-key-file',
    key,
    '--tls-ca-cert-file',
    ca,
    '--tls-auth-clients',
    'no',
    '--aclfile',
    acl,
  );
  await redis.start();
  const store = await openStore(`rediss://calico:secret@127.0.0.1:${port}/0?ca=${ca}`);
  await works(store);
  await store.close();
  writeFileSync(join(folder, 'password'), 'secret\n');
  const byFile = await openStore(
    `rediss://calico@127.0.0.1:${port}/0?ca=${ca}&passwordfile=${join(folder, 'password')}`,
  );
  assert.deepEqual((await byFile.list(never)).items, []);
  await byFile.close();
  const byEnvironment = await openStore(`rediss://calico@127.0.0.1:${port}/0?ca=${ca}`, {
    PEREGRINE_DATASTORE_PASSWORD: 'secret',
  });
  assert.deepEqual((await byEnvironment.list(never)).items, []);
  await byEnvironment.close();
  const wrong = await openStore(`rediss://calico:wrong@127.0.0.1:${port}/0?ca=${ca}`);
  await assert.rejects(wrong.list(never), StoreRefused);
  await wrong.close();
  const stranger = await openStore(`rediss://calico:secret@127.0.0.1:${port}/0`);
  await assert.rejects(stranger.list(never), StoreUnavailable);
  await stranger.close();
  await redis.stop();
});

it('takes a server that says nothing for one that is away', { skip, timeout: 60_000 }, async () => {
  const port = await freePort();
  const redis = server(port);
  await redis.start();
  const store = await openStore(`redis://127.0.0.1:${port}`);
  await store.put(...pool('x'), 'any');
  redis.freeze(true);
  await assert.rejects(store.list(never), StoreUnavailable);
  await assert.rejects(store.list(AbortSignal.timeout(100)), StoreUnavailable);
  redis.freeze(false);
  assert.equal((await store.list(never)).items.length, 1);
  await store.close();
  await redis.stop();
});

it('finds the master through sentinels, and the new one after a failover', { skip, timeout: 60_000 }, async () => {
  const [master, replica, watcher] = [await freePort(), await freePort(), await freePort()];
  const first = server(master);
  await first.start();
  const second = server(replica, '--replicaof', '127.0.0.1', String(master));
  await second.start();
  await raw(replica, (client) =>
    until('in step', async () => (await client.info('replication')).includes('master_link_status:up')),
  );
  const config = join(home, 'sentinel.conf');
  writeFileSync(
    config,
    `port ${watcher}\nbind 127.0.0.1\ndir ${home}\nsentinel monitor mine 127.0.0.1 ${master} 1\nsentinel down-after-milliseconds mine 500\nsentinel failover-timeout mine 3000\n`,
  );
  const sentinel = new ServerProcess(program!, [config, '--sentinel'], watcher);
  servers.push(sentinel);
  await sentinel.start();
  const store = await openStore(`redis+sentinel://127.0.0.1:${watcher}/mine`);
  await works(store);
  await store.put(...pool('kept'), 'any');
  await raw(replica, (client) => until('copied', async () => (await client.exists('{peregrine}:r:IPPool/kept')) === 1));
  await raw(watcher, (client) =>
    until('known', async () => String(await client.call('SENTINEL', 'replicas', 'mine')).includes(String(replica))),
  );
  await first.stop();
  await until(
    'the other one leads',
    () =>
      store.put(...pool('after'), 'any').then(
        () => true,
        () => false,
      ),
    30_000,
  );
  assert.deepEqual((await store.list(never)).items.map((item) => item.id.name).sort(), ['after', 'kept']);
  await store.close();
  await sentinel.stop();
  await second.stop();
});

it('lives in a Cluster, all in one slot', { skip, timeout: 60_000 }, async () => {
  const ports = [await freePort(), await freePort(), await freePort()];
  for (const port of ports)
    await server(port, '--cluster-enabled', 'yes', '--cluster-port', String(await freePort())).start();
  const clients = ports.map((port) => new Redis({ port, host: '127.0.0.1' }));
  const [one] = clients;
  const step = Math.ceil(16384 / ports.length);
  for (const [i, client] of clients.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', String(i * step), String(Math.min(16383, (i + 1) * step - 1)));
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1));
  }
  for (const [i, port] of ports.entries()) {
    const bus = /tcp (\d+)|cluster-port[\s,]+(\d+)/.exec(
      `cluster-port ${String(await clients[i]!.call('CONFIG', 'GET', 'cluster-port')).split(',')[1]}`,
    )![2]!;
    await one!.call('CLUSTER', 'MEET', '127.0.0.1', String(port), bus);
  }
  for (const client of clients) {
    await until(
      'the cluster stands',
      async () => String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok'),
      30_000,
    );
  }
  const store = await openStore(`redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`);
  await works(store);
  for (let i = 0; i < 20; i++) await store.put(...pool(`c${i}`), 'any');
  assert.equal((await store.list(never)).items.length, 20);
  await store.close();
  for (const client of clients) client.disconnect();
});
