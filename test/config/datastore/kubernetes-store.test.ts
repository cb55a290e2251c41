/** The API of Kubernetes, as a stand-in serves it, keeps the promises of a store; and what only Kubernetes does is met. */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  Follower,
  idText,
  type JsonObject,
  openStore,
  parseJson,
  readResource,
  type Store,
  StoreConflict,
  StoreRefused,
  StoreUnavailable,
} from '../../../config/index.ts';
import { findProgram } from '../../support/peers/peer.ts';
import { scratch } from '../../support/scratch.ts';
import { pool, type StoreHarness, storeCompliance, until } from './compliance.ts';
import { CuttingProxy } from './cutting-proxy.ts';
import { KubernetesServer } from './kubernetes-server.ts';

const home = scratch('kubernetes').path;
const never = new AbortController().signal;
const servers: KubernetesServer[] = [];
after(async () => {
  for (const server of servers) await server.stop();
});

let count = 0;
async function serve(
  options: ConstructorParameters<typeof KubernetesServer>[0] = {},
): Promise<{ server: KubernetesServer; url: string }> {
  const server = new KubernetesServer(options);
  servers.push(server);
  await server.start();
  const path = join(home, `kubeconfig-${count++}`);
  writeFileSync(path, server.kubeconfig());
  return { server, url: `kubernetes:${path}` };
}

storeCompliance('kubernetes', async (): Promise<StoreHarness> => {
  const { server } = await serve({ token: 'secret' });
  const proxy = await CuttingProxy.to(server.port);
  const path = join(home, 'kubeconfig-proxy');
  writeFileSync(path, server.kubeconfig(proxy.port));
  return {
    open: () => openStore(`kubernetes:${path}`),
    stop: () => server.stop(),
    start: () => server.start(),
    restartEmpty: async () => {
      await server.stop();
      server.wipe();
      await server.start();
    },
    compact: async () => server.compact(),
    poison: async () => server.plant('crd.projectcalico.org/v1/ippools', 'zz', { kind: 'IPPool', metadata: {} }),
    cut: async () => proxy.cut(),
    delay: (milliseconds) => {
      proxy.delayMs = milliseconds;
    },
    close: async () => {
      await proxy.close();
      await server.stop();
    },
  };
});

const node = (name: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  metadata: {
    name,
    annotations: {
      'projectcalico.org/IPv4Address': '10.0.0.1/24',
      'kubectl.kubernetes.io/last-applied-configuration': 'x',
    },
  },
  spec: { podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24'] },
  status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }], images: [{ sizeBytes: 1 }] },
  ...more,
});

async function listed(store: Store): Promise<string[]> {
  return (await store.list(never)).items.map((item) => idText(item.id)).sort();
}

it('reads nodes without what changes all the time, and writes only what it knows of them', async () => {
  const { server, url } = await serve();
  server.plant('v1/nodes', 'a', node('a'));
  const store = await openStore(url);
  const [item] = (await store.list(never)).items;
  assert.equal(
    JSON.stringify(item?.value),
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'a', annotations: { 'projectcalico.org/IPv4Address': '10.0.0.1/24' } },
      spec: { podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24'] },
      status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] },
    }),
  );
  const { resource } = readResource(item!.value);
  assert.ok(resource?.kind === 'Node' && resource.ipv4?.address === '10.0.0.1');
  const id = { kind: 'Node', namespace: '', name: 'a' } as const;
  const labelled = { kind: 'Node', apiVersion: 'v1', metadata: { name: 'a', labels: { rack: '1' } } };
  await store.put(id, parseJson(JSON.stringify(labelled)) as JsonObject, { revision: item!.revision });
  const text = JSON.stringify((await store.get(id))?.value);
  assert.match(text, /"rack":"1"/);
  assert.match(text, /"projectcalico.org\/IPv4Address":"10.0.0.1\/24"/);
  const calico = { kind: 'Node', apiVersion: 'projectcalico.org/v3', metadata: { name: 'a' } };
  await assert.rejects(store.put(id, parseJson(JSON.stringify(calico)) as JsonObject, 'any'), StoreRefused);
  await store.close();
});

it('finds Calico in either group, in its v3 form, or not at all', async () => {
  for (const groups of [['crd.projectcalico.org/v1'], ['projectcalico.org/v3'], []]) {
    const { server, url } = await serve({ groups });
    server.plant('v1/nodes', 'a', node('a'));
    const store = await openStore(url);
    if (groups.length > 0) {
      await store.put(...pool('p'), 'absent');
      assert.equal((await store.get(pool('p')[0]))?.value['apiVersion'], 'projectcalico.org/v3');
      assert.ok(server.asked.includes(`POST /apis/${groups[0]}/ippools`));
    } else await assert.rejects(store.put(...pool('p'), 'absent'), StoreRefused);
    assert.deepEqual(await listed(store), groups.length > 0 ? ['IPPool/p', 'Node/a'] : ['Node/a']);
    await store.close();
  }
});

it('takes labels and annotations from where Calico keeps those of its v3 form', async () => {
  const { server, url } = await serve();
  const inner = JSON.stringify({ labels: { a: 'b' }, annotations: { c: 'd' }, name: 'evil' });
  server.plant('crd.projectcalico.org/v1/ippools', 'p', {
    metadata: { name: 'p', annotations: { 'projectcalico.org/metadata': inner } },
    spec: { cidr: '10.0.0.0/8' },
  });
  const store = await openStore(url);
  const [item] = (await store.list(never)).items;
  assert.equal(JSON.stringify(item?.value['metadata']), '{"name":"p","annotations":{"c":"d"},"labels":{"a":"b"}}');
  await store.close();
});

it('lists in pages, and begins again when a page is too old', async () => {
  const { server, url } = await serve();
  for (let i = 0; i < 1234; i++) server.plant('v1/nodes', `n${i}`, node(`n${i}`));
  const store = await openStore(url);
  assert.equal((await store.list(never)).items.length, 1234);
  assert.equal(server.asked.filter((line) => line === 'GET /api/v1/nodes').length, 3);
  await store.close();
});

it('goes on from the last bookmark when the server ends a watch, also after what it knew at first is forgotten', async () => {
  const { server, url } = await serve();
  server.bookmarkMs = 20;
  server.plant('v1/nodes', 'a', node('a'));
  const store = await openStore(url);
  const words: string[] = [];
  const follower = new Follower(store, {
    changed: (changes) =>
      words.push(...changes.map((change) => (change.type === 'put' ? change.item.id.name : `-${change.id.name}`))),
    ready: () => words.push('ready'),
    away: (reason) => words.push(`away ${reason}`),
    back: () => words.push('back'),
    fault: () => {},
  });
  follower.start();
  await until('ready', () => words.includes('ready'));
  // Pools change; nodes stay as they are, and only bookmarks bring their watch on.
  for (let i = 0; i < 5; i++)
    server.plant('crd.projectcalico.org/v1/ippools', `p${i}`, {
      metadata: { name: `p${i}` },
      spec: { cidr: '10.0.0.0/8' },
    });
  await until('told', () => words.includes('p4'));
  const bookmarked = Date.now();
  await until('a bookmark', () => Date.now() - bookmarked > 150);
  const lists = (): number => server.asked.filter((line) => line === 'GET /api/v1/nodes').length;
  const before = lists();
  server.compact();
  server.plant('v1/nodes', 'b', node('b'));
  await until('b', () => words.includes('b'));
  // Watches were asked for again (they have the same path), but nothing had to be listed: no word came twice.
  assert.ok(lists() > before);
  assert.deepEqual(
    words.filter((word) => /^[ab-]/.test(word)),
    ['a', 'b'],
  );
  await follower.stop();
  await store.close();
});

it('does without what it may not read, but takes a later refusal for an outage', async () => {
  const { server, url } = await serve({ forbidden: ['secrets'] });
  server.plant('v1/nodes', 'a', node('a'));
  server.plant('v1/services', 'default/s', { metadata: { name: 's', namespace: 'default' }, spec: {} });
  const store = await openStore(url);
  const { items, faults } = await store.list(never);
  assert.deepEqual(items.map((item) => idText(item.id)).sort(), ['Node/a', 'Service/default/s']);
  assert.deepEqual(
    faults.map((fault) => fault.where),
    ['/api/v1/namespaces/kube-system/secrets'],
  );
  server.forbidden.add('services');
  await assert.rejects(store.list(never), StoreUnavailable);
  server.forbidden = new Set(['nodes']);
  await assert.rejects(store.list(never), StoreRefused);
  await store.close();
});

it('reads secrets of one namespace', async () => {
  const { server, url } = await serve();
  for (const namespace of ['kube-system', 'calico', 'default']) {
    server.plant('v1/secrets', `${namespace}/s`, { metadata: { name: 's', namespace }, data: {} });
  }
  const own = await openStore(url);
  assert.deepEqual(await listed(own), ['Secret/kube-system/s']);
  await own.close();
  const other = await openStore(`${url}?namespace=calico`);
  assert.deepEqual(await listed(other), ['Secret/calico/s']);
  await other.close();
  const environment = await openStore(url, { NAMESPACE: 'default' });
  assert.deepEqual(await listed(environment), ['Secret/default/s']);
  await environment.close();
});

it('is refused with a wrong token, and let in when the file has the right one', async () => {
  const server = new KubernetesServer({ token: 'right' });
  servers.push(server);
  await server.start();
  const path = join(home, 'rotating');
  writeFileSync(path, server.kubeconfig().replace('right', 'wrong'));
  const store = await openStore(`kubernetes:${path}`);
  await assert.rejects(store.list(never), StoreRefused);
  writeFileSync(path, server.kubeconfig());
  assert.deepEqual(await listed(store), []);
  await store.close();
  for (const bad of ['kubernetes:/nowhere/at/all', `kubernetes:${path}?context=other`]) {
    const none = await openStore(bad);
    await assert.rejects(none.list(never), StoreRefused);
    await none.close();
  }
});

it('ends a watch that says what is no event, and one that says an error', async () => {
  const { server, url } = await serve();
  const store = await openStore(url);
  for (const text of ['not json', '[]', '{"type":"ERROR","object":{"code":500,"message":"etcd is slow"}}']) {
    const { cursor } = await store.list(never);
    let stands = false;
    const watching = store.watch(cursor, () => (stands = true), never);
    await until('stands', () => stands);
    server.say('v1/nodes|', text);
    await assert.rejects(watching, StoreUnavailable);
  }
  await store.close();
});

/** A certificate for this machine, and its key. */
function certificate(): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(home, 'cert.pem'), join(home, 'key.pem')];
  const curve = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=kube', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', [...curve, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

const withoutOpenssl = findProgram('openssl') === undefined && 'openssl is not installed';

it('speaks TLS with the authority of the kubeconfig', { skip: withoutOpenssl }, async () => {
  const { server, url } = await serve({ tls: certificate(), token: 't' });
  server.plant('v1/nodes', 'a', node('a'));
  const store = await openStore(url);
  assert.deepEqual(await listed(store), ['Node/a']);
  await store.close();
});

it('finds the server, its authority and our token where a pod has them', {
  skip: withoutOpenssl || (process.getuid?.() !== 0 && 'needs root for mounts of its own'),
}, async () => {
  const tls = certificate();
  const { server } = await serve({ tls, token: 'of the pod' });
  server.plant('v1/nodes', 'a', node('a'));
  writeFileSync(join(home, 'ca.crt'), tls.cert);
  writeFileSync(join(home, 'token'), 'of the pod');
  writeFileSync(join(home, 'namespace'), 'calico-system');
  const account = '/var/run/secrets/kubernetes.io/serviceaccount';
  const client = join(dirname(fileURLToPath(import.meta.url)), '../../../src/cli/main.js');
  // Mounts that nobody else sees: the folder is of the whole machine.
  const steps = [
    'mount -t tmpfs none /var/run/',
    `mkdir -p ${account}`,
    `cp ${home}/ca.crt ${home}/token ${home}/namespace ${account}`,
    `exec ${process.execPath} ${client} datastore get nodes --datastore kubernetes:`,
  ];
  const { KUBECONFIG: _, ...environment } = process.env;
  const { stdout } = await promisify(execFile)('unshare', ['-m', 'sh', '-ec', steps.join(' && ')], {
    env: {
      ...environment,
      HOME: home,
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String(server.port),
    },
  });
  assert.equal(stdout, 'Node/a\n');
});

it('writes a report where the cluster has its place, and nothing else with it', async () => {
  for (const statusApart of [[], ['caliconodestatuses']]) {
    const { server, url } = await serve({ statusApart });
    const collection = 'crd.projectcalico.org/v1/caliconodestatuses';
    const annotations = { 'projectcalico.org/metadata': '{"labels":{"a":"b"}}' };
    server.plant(collection, 's', {
      apiVersion: 'crd.projectcalico.org/v1',
      kind: 'CalicoNodeStatus',
      metadata: { name: 's', uid: 'u', annotations },
      spec: { node: 'a', classes: ['BGP'], updatePeriodSeconds: 10 },
    });
    const store = await openStore(url);
    const id = { kind: 'CalicoNodeStatus', namespace: '', name: 's' } as const;
    const seen = (await store.get(id))!;
    const value = { ...seen.value, status: { lastUpdated: 'now' } };
    const revision = await store.put(id, value, { revision: seen.revision }, 'status');
    await assert.rejects(store.put(id, value, { revision: seen.revision }, 'status'), StoreConflict);
    const raw = server.raw(collection, 's') as { metadata: Record<string, unknown>; status: unknown };
    assert.deepEqual(raw.status, { lastUpdated: 'now' });
    assert.deepEqual([raw.metadata['uid'], raw.metadata['annotations']], ['u', annotations]);
    // Another wish leaves the report where it is.
    const wish = { ...value, spec: { node: 'b', classes: ['BGP'] } };
    await store.put(id, wish, { revision });
    assert.deepEqual((server.raw(collection, 's') as { status: unknown }).status, { lastUpdated: 'now' });
    await store.delete(id, 'any');
    await assert.rejects(store.put(id, value, { revision }, 'status'), StoreConflict);
    await store.close();
  }
});
