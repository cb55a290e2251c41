/** A real etcd keeps the promises of a store, in the keys that Calico uses. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { openStore, parseJson, StoreRefused, StoreUnavailable } from '../../../config/index.ts';
import { freePort } from '../../support/free-port.ts';
import { findProgram } from '../../support/peers/peer.ts';
import { scratch } from '../../support/scratch.ts';
import { pool, type StoreHarness, storeCompliance, until } from './compliance.ts';
import { CuttingProxy } from './cutting-proxy.ts';
import { ServerProcess } from './server-process.ts';

const program = findProgram('etcd');
const skip = program === undefined ? 'etcd is not installed' : false;
const home = scratch('etcd').path;
const servers: ServerProcess[] = [];
const never = new AbortController().signal;
after(async () => {
  for (const server of servers) await server.stop();
});

async function server(
  scheme = 'http',
  ...args: readonly string[]
): Promise<{ etcd: ServerProcess; port: number; folder: string }> {
  const port = await freePort();
  const peers = `http://127.0.0.1:${await freePort()}`;
  const url = `${scheme}://127.0.0.1:${port}`;
  const folder = join(home, String(port));
  const own = [
    '--data-dir',
    folder,
    '--listen-client-urls',
    url,
    '--advertise-client-urls',
    url,
    '--listen-peer-urls',
    peers,
  ];
  const cluster = [
    '--initial-advertise-peer-urls',
    peers,
    '--initial-cluster',
    `default=${peers}`,
    '--log-level',
    'error',
  ];
  const etcd = new ServerProcess(
    program!,
    [...own, ...cluster, '--unsafe-no-fsync', ...args].filter((arg) => arg !== '--unsafe-no-fsync'),
    port,
  );
  servers.push(etcd);
  await etcd.start();
  return { etcd, port, folder };
}

async function post(port: number, path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return (await answer.json()) as Record<string, unknown>;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const put = (port: number, key: string, value: string): Promise<unknown> =>
  post(port, '/v3/kv/put', { key: base64(key), value: base64(value) });

async function textAt(port: number, key: string): Promise<string | undefined> {
  const answer = await post(port, '/v3/kv/range', { key: base64(key) });
  const [entry] = (answer['kvs'] ?? []) as { value: string }[];
  return entry === undefined ? undefined : Buffer.from(entry.value, 'base64').toString();
}

storeCompliance(
  'etcd',
  async (): Promise<StoreHarness> => {
    const { etcd, port, folder } = await server();
    const proxy = await CuttingProxy.to(port);
    return {
      open: () => openStore(`etcd://127.0.0.1:${proxy.port}`),
      stop: () => etcd.stop(),
      start: () => etcd.start(),
      restartEmpty: async () => {
        await etcd.stop();
        rmSync(folder, { recursive: true });
        await etcd.start();
      },
      compact: async () => {
        const { header } = (await post(port, '/v3/kv/range', { key: base64('x') })) as { header: { revision: string } };
        await post(port, '/v3/kv/compaction', { revision: header.revision, physical: true });
      },
      poison: async () => void (await put(port, '/calico/resources/v3/projectcalico.org/ippools/zz', '{"kind":')),
      cut: async () => proxy.cut(),
      delay: (milliseconds) => {
        proxy.delayMs = milliseconds;
      },
      close: async () => {
        await proxy.close();
        await etcd.stop();
      },
    };
  },
  skip,
);

it('reads and writes what Calico reads and writes', { skip }, async () => {
  const { etcd, port } = await server();
  await put(port, '/calico/ipam/v2/host/node-1/ipv4/block/10.65.3.0-26', '{"state":"confirmed","deleted":false}');
  await put(port, '/calico/ipam/v2/host/node-1/ipv6/block/fd00:65::-122', '{"state":"pendingDeletion"}');
  await put(port, '/calico/ipam/v2/host/node-1/config', '{"strict":true}');
  await put(
    port,
    '/calico/ipam/v2/assignment/ipv4/block/10.65.3.0-26',
    '{"cidr":"10.65.3.0/26","affinity":"host:node-1","allocations":[null]}',
  );
  await put(port, '/calico/resources/v3/projectcalico.org/workloadendpoints/x', '{"kind":"WorkloadEndpoint"}');
  const store = await openStore(`etcd://127.0.0.1:${port}`);
  await store.put(...pool('p'), 'absent');
  const { items, faults } = await store.list(never);
  assert.deepEqual(faults, []);
  assert.deepEqual(
    items.map((item) => `${item.id.kind} ${item.id.name} ${JSON.stringify(item.value['spec'])}`).sort(),
    [
      'BlockAffinity node-1-10-65-3-0-26 {"state":"confirmed","deleted":false,"cidr":"10.65.3.0/26","node":"node-1"}',
      'BlockAffinity node-1-fd00-65---122 {"state":"pendingDeletion","cidr":"fd00:65::/122","node":"node-1"}',
      'IPAMBlock 10-65-3-0-26 {"cidr":"10.65.3.0/26","affinity":"host:node-1","allocations":[null]}',
      'IPPool p {"cidr":"10.0.0.0/8"}',
    ],
  );
  assert.match((await textAt(port, '/calico/resources/v3/projectcalico.org/ippools/p'))!, /"kind":"IPPool"/);
  const id = { kind: 'BlockAffinity', namespace: '', name: 'node-2-10-65-4-0-26' } as const;
  const affinity = {
    kind: 'BlockAffinity',
    metadata: { name: id.name },
    spec: { cidr: '10.65.4.0/26', node: 'node-2', state: 'confirmed', deleted: 'false' },
  };
  await store.put(id, parseJson(JSON.stringify(affinity)) as never, 'absent');
  assert.equal(
    await textAt(port, '/calico/ipam/v2/host/node-2/ipv4/block/10.65.4.0-26'),
    '{"state":"confirmed","deleted":false}',
  );
  await assert.rejects(
    store.put({ ...id, name: 'other' }, parseJson(JSON.stringify(affinity)) as never, 'any'),
    StoreRefused,
  );
  assert.equal(await store.delete(id, 'any'), true);
  assert.equal(await textAt(port, '/calico/ipam/v2/host/node-2/ipv4/block/10.65.4.0-26'), undefined);
  await store.close();
  await etcd.stop();
});

it('asks the next member when one does not answer', { skip }, async () => {
  const { etcd, port } = await server();
  const store = await openStore(`etcd://127.0.0.1:${await freePort()},127.0.0.1:${port}`);
  assert.deepEqual((await store.list(never)).items, []);
  await store.close();
  await etcd.stop();
});

it('reads long prefixes in pages, all at one revision', { skip }, async () => {
  const { etcd, port } = await server();
  for (let i = 0; i < 25; i++) {
    const operations = Array.from({ length: 100 }, (_, j) => ({
      request_put: {
        key: base64(`/calico/ipam/v2/host/n${i}/ipv4/block/10.${i}.${j}.0-26`),
        value: base64('{"state":"confirmed"}'),
      },
    }));
    await post(port, '/v3/kv/txn', { success: operations });
  }
  const store = await openStore(`etcd://127.0.0.1:${port}`);
  const { items } = await store.list(never);
  assert.equal(new Set(items.map((item) => item.id.name)).size, 2500);
  await store.close();
  await etcd.stop();
});

it('logs in, again when the token is no longer good, and says when it may not', { skip, timeout: 30_000 }, async () => {
  const { etcd, port } = await server('http', '--auth-token-ttl', '1');
  const call = (path: string, body: object): Promise<unknown> => post(port, `/v3/auth/${path}`, body);
  await call('user/add', { name: 'root', password: 'top' });
  await call('user/grant', { user: 'root', role: 'root' });
  await call('user/add', { name: 'calico', password: 'secret' });
  await call('role/add', { name: 'calico' });
  await call('role/grant', {
    name: 'calico',
    perm: { permType: 'READWRITE', key: base64('/calico/'), range_end: base64('/calico0') },
  });
  await call('role/grant', {
    name: 'calico',
    perm: { permType: 'READWRITE', key: base64('/peregrine/'), range_end: base64('/peregrine0') },
  });
  await call('user/grant', { user: 'calico', role: 'calico' });
  await call('role/add', { name: 'nothing' });
  await call('user/add', { name: 'nobody', password: 'none' });
  await call('user/grant', { user: 'nobody', role: 'nothing' });
  await call('enable', {});
  const store = await openStore(`etcd://calico:secret@127.0.0.1:${port}`);
  await store.put(...pool('p'), 'absent');
  const issued = Date.now();
  // The token lives for a second.
  await until('the token is old', () => Date.now() - issued > 2_500);
  assert.equal((await store.list(never)).items.length, 1);
  await store.close();
  for (const user of ['calico:wrong', 'nobody:none', 'stranger:x']) {
    const refused = await openStore(`etcd://${user}@127.0.0.1:${port}`);
    await assert.rejects(refused.list(never), StoreRefused, user);
    await refused.close();
  }
  await etcd.stop();
});

it('speaks TLS with certificates on both sides', {
  skip: skip || (findProgram('openssl') === undefined && 'openssl is not installed'),
}, async () => {
  const [cert, key] = [join(home, 'cert.pem'), join(home, 'key.pem')];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=etcd',
  ];
  execFileSync('openssl', [...args, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  const { etcd, port } = await server(
    'https',
    '--cert-file',
    cert,
    '--key-file',
    key,
    '--client-cert-auth',
    '--trusted-ca-file',
    cert,
  );
  const store = await openStore(`etcds://127.0.0.1:${port}?ca=${cert}&cert=${cert}&key=${key}`);
  await store.put(...pool('p'), 'absent');
  assert.equal((await store.list(never)).items.length, 1);
  await store.close();
  const stranger = await openStore(`etcds://127.0.0.1:${port}?ca=${cert}`);
  await assert.rejects(stranger.list(never), StoreUnavailable);
  await stranger.close();
  await etcd.stop();
});
