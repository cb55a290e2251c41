/**
 * A cluster of 500 nodes and 2,000 blocks in a real Redis and a real etcd: how long one node takes from a store that it
 * never saw to the protocols that it is to run, and what a node that joins and a block that changes cost it. The daemon
 * itself is not part of it: what is measured ends where a configuration would be taken over.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ClusterModel,
  Follower,
  idOf,
  type JsonObject,
  NodeConfigMaker,
  type NodeNames,
  openStore,
  parseJson,
  planNode,
  type Store,
} from '../../config/index.ts';

const NODES = 500;
const BLOCKS = 2_000;
const ROUNDS = 5;
const NAMES: NodeNames = { table: () => 'master4', protocol: (kind) => `${kind}1` };

function node(index: number): object {
  const bgp = { ipv4Address: `10.0.${index >> 8}.${index & 255}/16` };
  return { apiVersion: 'projectcalico.org/v3', kind: 'Node', metadata: { name: `n-${index}` }, spec: { bgp } };
}

function block(index: number, state = 'confirmed'): object {
  const cidr = `10.${64 + (index >> 10)}.${(index >> 2) & 255}.${(index & 3) * 64}/26`;
  const owner = `n-${index % NODES}`;
  const metadata = { name: `${owner}-${cidr.replace(/[./]/g, '-')}` };
  return { apiVersion: 'projectcalico.org/v3', kind: 'BlockAffinity', metadata, spec: { cidr, node: owner, state } };
}

async function put(store: Store, resource: object): Promise<void> {
  const value = parseJson(JSON.stringify(resource)) as JsonObject;
  await store.put(idOf(value)!, value, 'any');
}

interface Measured {
  readonly wallMs: number;
  readonly cpuMs: number;
}

class Observer {
  readonly #model = new ClusterModel();
  readonly #maker = new NodeConfigMaker();
  readonly #follower: Follower;
  #ready = false;
  #told: (() => void) | undefined;
  sessions = 0;

  constructor(store: Store) {
    this.#follower = new Follower(store, {
      changed: (changes) => {
        this.#model.apply(changes);
        if (this.#ready) this.#look();
      },
      ready: () => {
        this.#ready = true;
        this.#look();
      },
      away: (reason) => console.log(`  away: ${reason}`),
      back: () => {},
      fault: () => {},
    });
  }

  start(): void {
    this.#follower.start();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /** From `work` to the protocols that come of it. */
  async measure(work: () => Promise<void> | void): Promise<Measured> {
    const cpu = process.cpuUsage();
    const begin = performance.now();
    const seen = new Promise<void>((resolve) => {
      this.#told = resolve;
    });
    await work();
    await seen;
    const { user, system } = process.cpuUsage(cpu);
    return { wallMs: performance.now() - begin, cpuMs: (user + system) / 1000 };
  }

  #look(): void {
    const plan = planNode(this.#model, { node: 'n-7' });
    if (typeof plan === 'string') throw new Error(plan);
    this.sessions = this.#maker.make(plan, 4, NAMES).protocols.filter(({ kind }) => kind === 'bgp').length;
    this.#told?.();
  }
}

function median(values: readonly number[]): string {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!.toFixed(1);
}

async function bench(name: string, url: string): Promise<void> {
  const writer = await openStore(url);
  await put(writer, { kind: 'IPPool', metadata: { name: 'p' }, spec: { cidr: '10.64.0.0/10' } });
  for (let i = 0; i < NODES; i++) await put(writer, node(i));
  for (let i = 0; i < BLOCKS; i++) await put(writer, block(i));
  const first: Measured[] = [];
  const joins: Measured[] = [];
  const change: Measured[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const store = await openStore(url);
    const observer = new Observer(store);
    first.push(await observer.measure(() => observer.start()));
    if (observer.sessions !== NODES - 1 + round) throw new Error(`${observer.sessions} sessions`);
    joins.push(await observer.measure(() => put(writer, node(NODES + round))));
    change.push(await observer.measure(() => put(writer, block(7, round % 2 === 0 ? 'pendingDeletion' : 'confirmed'))));
    await observer.stop();
    await store.close();
  }
  await writer.close();
  for (const [what, list] of [
    ['first convergence', first],
    ['a node joins', joins],
    ['a block changes', change],
  ] as const) {
    const wall = median(list.map(({ wallMs }) => wallMs));
    const cpu = median(list.map(({ cpuMs }) => cpuMs));
    console.log(`${name.padEnd(6)} ${what.padEnd(18)} ${wall.padStart(8)} ms wall ${cpu.padStart(8)} ms CPU`);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function started(command: string, args: readonly string[], port: number): Promise<ChildProcess | undefined> {
  const child = spawn(command, args, { stdio: 'ignore' });
  const failed = new Promise<boolean>((resolve) => child.once('error', () => resolve(true)));
  for (let attempt = 0; attempt < 500; attempt++) {
    const answer = new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (await answer) return child;
    const pause = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 20));
    if (await Promise.race([failed, pause])) return undefined;
  }
  child.kill('SIGKILL');
  return undefined;
}

const folder = mkdtempSync(join(tmpdir(), 'peregrine-bench-'));
const [redisPort, etcdPort, peerPort] = [await freePort(), await freePort(), await freePort()];
const etcd = `http://127.0.0.1:${etcdPort}`;
const servers = [
  [
    'redis',
    'redis-server',
    ['--port', String(redisPort), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    redisPort,
    `redis://127.0.0.1:${redisPort}`,
  ],
  [
    'etcd',
    'etcd',
    [
      '--data-dir',
      join(folder, 'etcd'),
      '--listen-client-urls',
      etcd,
      '--advertise-client-urls',
      etcd,
      '--listen-peer-urls',
      `http://127.0.0.1:${peerPort}`,
      '--log-level',
      'error',
    ],
    etcdPort,
    `etcd://127.0.0.1:${etcdPort}`,
  ],
] as const;
try {
  for (const [name, command, args, port, url] of servers) {
    const child = await started(command, args, port);
    if (child === undefined) {
      console.log(`${name}: ${command} is not installed or does not start`);
      continue;
    }
    try {
      await bench(name, url);
    } finally {
      child.kill('SIGKILL');
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
