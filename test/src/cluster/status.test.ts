/**
 * A node reports of itself into the CalicoNodeStatus resources that ask it to: in Calico's words, no more often than it
 * may, over nobody's changes, and not at all unless it was told to.
 */
import assert from 'node:assert/strict';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import {
  type JsonObject,
  MemoryStore,
  type NodeStatusResource,
  parseJson,
  type ResourceId,
  readResource,
  StoreConflict,
  StoreRefused,
  type Waiter,
} from '../../../config/index.ts';
import { StatusReporter } from '../../../src/cluster/status-reporter.ts';
import { WholeDaemon } from '../view/whole-daemon.ts';
import { Cluster, start, until } from './cluster-folder.ts';

/** Time that passes only when somebody waits for it. */
class SimulatedTime implements Waiter {
  now = 1_000_000;
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (!signal.aborted) this.now += Math.min(milliseconds, 60_000);
  }
  random(): number {
    return 0.5;
  }
}

const idOf = (name: string): ResourceId => ({ kind: 'CalicoNodeStatus', namespace: '', name });

function wish(name: string, spec: object = {}): JsonObject {
  const value = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'CalicoNodeStatus',
    metadata: { name, annotations: { kept: 'yes' } },
    spec: { node: 'node-1', classes: ['BGP'], updatePeriodSeconds: 10, ...spec },
  };
  return parseJson(JSON.stringify(value)) as JsonObject;
}

function resource(value: JsonObject): NodeStatusResource {
  const { resource: read } = readResource(value);
  assert.ok(read?.kind === 'CalicoNodeStatus');
  return read;
}

interface Bench {
  readonly store: MemoryStore;
  readonly time: SimulatedTime;
  readonly reporter: StatusReporter;
  /** Times of reports, in seconds. */
  readonly reports: number[];
  readonly failures: string[];
}

function bench(store = new MemoryStore()): Bench {
  const time = new SimulatedTime();
  const reports: number[] = [];
  const failures: string[] = [];
  const reporter = new StatusReporter({
    store,
    node: 'node-1',
    waiter: time,
    now: () => time.now,
    report: (classes) => {
      reports.push(time.now / 1000);
      return Promise.resolve({ lastUpdated: String(time.now), classes });
    },
    failed: (what, reason) => void failures.push(`${what}: ${reason}`),
  });
  reporter.start();
  return { store, time, reporter, reports, failures };
}

async function statusOf(store: MemoryStore, name: string): Promise<JsonObject | undefined> {
  return (await store.get(idOf(name)))?.value['status'] as JsonObject | undefined;
}

const gaps = (times: readonly number[]): number[] => times.slice(1).map((time, i) => time - times[i]!);

it('writes as often as it is asked to, never twice within seconds, and only where this node is asked', async () => {
  const { store, reporter, reports } = bench();
  const asked = [
    wish('slow', { updatePeriodSeconds: 60 }),
    wish('other', { node: 'node-2' }),
    wish('never', { updatePeriodSeconds: 0 }),
  ];
  for (const value of asked) await store.put(idOf(resource(value).name), value, 'any');
  reporter.follow(asked.map(resource));
  await until('some', () => reports.length >= 5);
  assert.ok(
    gaps(reports).every((gap) => gap >= 60 && gap < 121),
    gaps(reports).join(),
  );
  for (const name of ['other', 'never']) assert.equal(await statusOf(store, name), undefined);
  assert.deepEqual((await statusOf(store, 'slow'))?.['classes'], ['BGP']);
  // Everything else of the resource is as it was.
  assert.deepEqual((await store.get(idOf('slow')))?.value['metadata'], asked[0]!['metadata']);
  const fast = wish('slow', { updatePeriodSeconds: 1, classes: ['Agent', 'BGP'] });
  await store.put(idOf('slow'), fast, 'any');
  reporter.follow([resource(fast)]);
  reports.length = 0;
  await until('more', () => reports.length >= 5);
  assert.ok(
    gaps(reports).every((gap) => gap >= 5 && gap < 11),
    gaps(reports).join(),
  );
  assert.deepEqual((await statusOf(store, 'slow'))?.['classes'], ['Agent', 'BGP']);
  await reporter.stop();
  const count = reports.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(reports.length, count);
});

it('writes nothing while the store is away, and goes on when it is back', async () => {
  const { store, time, reporter, reports, failures } = bench();
  const value = wish('s');
  await store.put(idOf('s'), value, 'any');
  reporter.follow([resource(value)]);
  await until('one', () => reports.length >= 1);
  reporter.setAway(true);
  store.setAway(true);
  const gone = time.now;
  reports.length = 0;
  await until('an hour', () => time.now - gone > 3_600_000);
  assert.deepEqual([reports, failures], [[], []]);
  store.setAway(false);
  reporter.setAway(false);
  await until('again', () => reports.length >= 3);
  assert.deepEqual(failures, []);
  await reporter.stop();
});

it('reads again what others changed meanwhile, and never writes over it', async () => {
  const store = new MemoryStore();
  let rivals = 0;
  const put = store.put.bind(store);
  store.put = async (id, value, expected) => {
    // Somebody is faster, three times.
    if (expected !== 'any' && rivals++ < 3) await put(id, wish('s', { updatePeriodSeconds: 100 + rivals }), 'any');
    return put(id, value, expected);
  };
  const { reporter, reports, failures } = bench(store);
  await put(idOf('s'), wish('s'), 'any');
  reporter.follow([resource(wish('s'))]);
  await until('four attempts', () => reports.length >= 4);
  const written = (): Promise<JsonObject | undefined> => statusOf(store, 's');
  const end = Date.now() + 5_000;
  while ((await written()) === undefined && Date.now() < end) await new Promise((resolve) => setImmediate(resolve));
  assert.notEqual(await written(), undefined);
  assert.equal(((await store.get(idOf('s')))!.value['spec'] as JsonObject)['updatePeriodSeconds'], 103);
  assert.deepEqual(failures, []);
  await reporter.stop();
});

it('waits longer and longer after a refusal, and says it once', async () => {
  const store = new MemoryStore();
  const put = store.put.bind(store);
  await put(idOf('s'), wish('s'), 'any');
  let refusing = true;
  store.put = (...args) => (refusing ? Promise.reject(new StoreRefused('no permission')) : put(...args));
  const { reporter, reports, failures } = bench(store);
  reporter.follow([resource(wish('s'))]);
  await until('tries', () => reports.length >= 8);
  const all = gaps(reports);
  assert.ok(all[0]! >= 10 && all.at(-1)! >= 150, all.join());
  assert.deepEqual(failures, ['CalicoNodeStatus/s: no permission']);
  refusing = false;
  const before = reports.length;
  await until('as asked', () => reports.length >= before + 3);
  assert.ok(
    gaps(reports.slice(-2)).every((gap) => gap <= 21),
    gaps(reports).join(),
  );
  store.put = () => Promise.reject(new StoreConflict('for ever'));
  await until('given up for now', () => failures.length === 2);
  await reporter.stop();
});

it('tells of the daemon, its sessions and its routes, and only when it may', async (t) => {
  const cluster = new Cluster('report');
  cluster.node(1);
  cluster.node(2);
  cluster.put('BGPPeer', 'tor', { peerIP: '127.0.1.9', asNumber: 65009 });
  cluster.put('BGPPeer', 'mine', { node: 'node-1', peerIP: '127.0.1.8', asNumber: 65008 });
  cluster.put('BlockAffinity', 'b', { cidr: '10.65.1.0/26', node: 'node-1', state: 'confirmed' });
  const ask = (name: string, spec: object): void =>
    cluster.put('CalicoNodeStatus', name, { node: 'node-1', updatePeriodSeconds: 10, ...spec });
  ask('all', { classes: ['Agent', 'BGP', 'Routes'] });
  ask('agent', { classes: ['Agent'] });
  ask('other', { node: 'node-2', classes: ['Agent'] });
  const read = (name: string): JsonObject =>
    JSON.parse(readFileSync(join(cluster.folder, `CalicoNodeStatus-${name}.json`), 'utf8')) as JsonObject;
  const whole = await start(t, cluster);
  await whole.until('show route', /10\.65\.1\.0\/26/);
  assert.equal(read('all')['status'], undefined);
  assert.match(await whole.ask('show calico'), /^ {2}Reports: +2, not written: report status is off$/m);
  await whole.reload(cluster.text.replace('calico {', 'calico { report status on;'));
  await until('both', () => read('all')['status'] !== undefined && read('agent')['status'] !== undefined, whole);
  const status = JSON.parse(JSON.stringify(read('all')['status'])) as Record<string, Record<string, object>>;
  assert.match(String(status['lastUpdated']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const four = status['agent']!['birdV4'] as Record<string, string>;
  assert.deepEqual([four['state'], four['routerID']], ['Ready', '127.0.1.1']);
  assert.match(four['lastBootTime']!, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  assert.deepEqual(status['agent']!['birdV6'], {});
  const { peersV4, ...counts } = status['bgp'] as unknown as { peersV4: Record<string, string>[] };
  assert.deepEqual(counts, {
    numberEstablishedV4: 0,
    numberNotEstablishedV4: 3,
    numberEstablishedV6: 0,
    numberNotEstablishedV6: 0,
    peersV6: [],
  });
  assert.deepEqual(
    peersV4.map((peer) => `${peer['type']} ${peer['peerIP']}`),
    ['GlobalPeer 127.0.1.9', 'NodeMesh 127.0.1.2', 'NodePeer 127.0.1.8'],
  );
  assert.ok(peersV4.every(({ state, since }) => /^(Idle|Connect|Active)$/.test(state!) && /^\d\d:\d\d/.test(since!)));
  const routes = status['routes']!['routesV4'] as Record<string, unknown>[];
  assert.deepEqual(
    routes.find((route) => route['destination'] === '10.65.1.0/26'),
    {
      type: 'FIB',
      destination: '10.65.1.0/26',
      gateway: 'N/A',
      interface: 'blackhole',
      learnedFrom: { sourceType: 'Static' },
    },
  );
  assert.ok(routes.some((route) => (route['learnedFrom'] as JsonObject)['sourceType'] === 'Direct'));
  assert.deepEqual(read('agent')['status'], {
    ...(read('agent')['status'] as JsonObject),
    bgp: { ...counts, numberNotEstablishedV4: 0, peersV4: [] },
    routes: { routesV4: [], routesV6: [] },
  });
  assert.equal(read('other')['status'], undefined);
  assert.match(await whole.ask('show calico'), /CalicoNodeStatus: *3$[\s\S]*^ {2}Reports: +2$/m);
  // Reports are nobody's wish: nothing is planned anew for them.
  const configured = whole.daemon.configuredAt;
  renameSync(cluster.folder, `${cluster.folder}-away`);
  await whole.until('show protocols', /Datastore is away: /);
  renameSync(`${cluster.folder}-away`, cluster.folder);
  await whole.until('show protocols', /Node node-1, 3 sessions/);
  assert.equal(whole.daemon.configuredAt, configured);
  assert.ok(
    whole.logged.every((line) => !/cannot be written|internal/i.test(line)),
    whole.logged.join('\n'),
  );
});

it('tells of established sessions', async (t) => {
  const cluster = new Cluster('report-up');
  cluster.node(1);
  cluster.node(2);
  cluster.put('CalicoNodeStatus', 's', { node: 'node-1', classes: ['BGP'], updatePeriodSeconds: 5 });
  const [one] = await Promise.all(
    [1, 2].map((number) =>
      WholeDaemon.start(
        t,
        cluster.text.replace('"node-1"', `"node-${number}"`).replace('calico {', 'calico { report status on;'),
        `10.0.0.${number}`,
      ),
    ),
  );
  const text = (): string => readFileSync(join(cluster.folder, 'CalicoNodeStatus-s.json'), 'utf8');
  await until('established', () => /"state":\s*"Established"/.test(text()), one);
  const value = JSON.parse(text()) as { status: { bgp: Record<string, unknown> } };
  assert.deepEqual([value.status.bgp['numberEstablishedV4'], value.status.bgp['numberNotEstablishedV4']], [1, 0]);
});
