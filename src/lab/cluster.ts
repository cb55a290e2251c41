/**
 * `npm start -- --nodes 5 --store redis`: a cluster that has nothing but a datastore. Nodes without any configuration file
 * follow it; two of them reflect, a top-of-rack router brings the world, nodes join and leave while everything runs, and
 * pods reach each other all the time.
 *
 *      pod-1 ... pod-N                outside
 *        |         |                     |
 *     node-1 ... node-N     store       tor          AS 64512: nodes, AS 65000: tor
 *        +---------+----------+----------+
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runDatastore } from '../cli/datastore.ts';
import { ask } from './ask.ts';
import { type Lab, type LabNode, type LabProcess, until } from './namespace.ts';
import { CLIENT, DAEMON } from './programs.ts';
import { heading, step, table, verdict } from './report.ts';

export type LabStore = 'redis' | 'file' | 'etcd';
export const LAB_STORES: readonly LabStore[] = ['redis', 'file', 'etcd'];

const STORE_ADDRESS = '172.30.0.250';
const TOR_ADDRESS = '172.30.0.254';
const OUTSIDE = '198.51.100.9';
/** The first two reflect. */
const REFLECTORS = 2;
/** Packets of a flow that may have no answer yet when it is ended. */
const IN_FLIGHT = 2;

interface Member {
  readonly number: number;
  readonly node: LabNode;
  readonly pod: LabNode;
  readonly socket: string;
  readonly daemon: LabProcess;
}

export async function clusterLab(lab: Lab, folder: string, count: number, kind: LabStore): Promise<boolean> {
  heading(
    `A cluster out of a datastore (${kind}): ${count} nodes, ${REFLECTORS} of them reflectors, a top-of-rack router`,
  );
  const cluster = new ClusterLab(lab, folder, kind);
  await step('network namespaces', () => cluster.prepare());
  await step(`the datastore (${kind})`, () => cluster.startStore());
  await step('resources of the cluster', () => cluster.writeCluster(count));
  await step('the top-of-rack router', () => cluster.startTor());
  await step(`${count} nodes without a configuration file`, async () => {
    for (let number = 1; number <= count; number++) await cluster.join(number);
  });
  await step('sessions are established', () => cluster.established());
  let good = await step('pods and the world reach each other', () => cluster.reachable());
  await cluster.show();
  const next = count + 1;
  const before = await cluster.sessionTimes();
  heading('A node joins and leaves while packets flow');
  const flows = cluster.startFlows();
  await step(`node-${next} joins`, async () => {
    await cluster.writeNode(next);
    await cluster.join(next);
    await cluster.established();
  });
  good = (await step('its pod reaches everybody, and everybody it', () => cluster.reachable())) && good;
  await step(`node-${next} leaves`, () => cluster.leave(next));
  await cluster.established();
  const calm = (await cluster.sessionTimes()) === before;
  good = (await cluster.reachable()) && calm && good;
  process.stdout.write(`  no session of the other nodes has changed: ${verdict(calm)}\n`);
  const lost = await showFlows(flows);
  return good && lost === 0;
}

class ClusterLab {
  readonly #lab: Lab;
  readonly #folder: string;
  readonly #kind: LabStore;
  readonly #members: Member[] = [];
  #segment: LabNode | undefined;
  #store: LabNode | undefined;
  #outside: LabNode | undefined;

  constructor(lab: Lab, folder: string, kind: LabStore) {
    this.#lab = lab;
    this.#folder = folder;
    this.#kind = kind;
  }

  get #url(): string {
    const urls: Readonly<Record<LabStore, string>> = {
      redis: `redis://${STORE_ADDRESS}:6379/0`,
      etcd: `etcd://${STORE_ADDRESS}:2379`,
      file: `file:${join(this.#folder, 'store')}`,
    };
    return urls[this.#kind];
  }

  async prepare(): Promise<void> {
    this.#segment = await this.#lab.bridge('segment');
    this.#store = await this.#plugged('store', `${STORE_ADDRESS}/24`);
  }

  async #plugged(name: string, ...addresses: string[]): Promise<LabNode> {
    const node = await this.#lab.node(name);
    await this.#lab.plug(this.#segment!, node, 'eth0');
    await node.address('eth0', ...addresses);
    return node;
  }

  async startStore(): Promise<void> {
    const data = join(this.#folder, 'store');
    mkdirSync(data);
    if (this.#kind === 'file') return;
    const client = `http://${STORE_ADDRESS}:2379`;
    const peer = 'http://127.0.0.1:2380';
    const [command, words, ready] =
      this.#kind === 'redis'
        ? [
            'redis-server',
            ['--bind', STORE_ADDRESS, '--protected-mode', 'no', '--dir', data, '--save', ''],
            'Ready to accept',
          ]
        : [
            'etcd',
            [
              '--data-dir',
              data,
              '--listen-client-urls',
              client,
              '--advertise-client-urls',
              client,
              '--listen-peer-urls',
              peer,
              '--initial-advertise-peer-urls',
              peer,
              '--initial-cluster',
              `default=${peer}`,
            ],
            'ready to serve',
          ];
    const server = this.#store!.start('store', command as string, words as string[]);
    await until(`${command} is ready`, () => {
      if (server.exited) throw new Error(`${command} ended: ${server.output}`);
      return server.output.includes(ready as string);
    });
  }

  /** As an operator writes: with `peregrinec datastore apply`, beside the store. */
  async #write(...resources: readonly object[]): Promise<void> {
    const file = join(this.#folder, 'resources.yaml');
    writeFileSync(file, resources.map((resource) => JSON.stringify(resource)).join('\n---\n'));
    await this.#datastore('apply', '-f', file);
  }

  async #datastore(...words: readonly string[]): Promise<void> {
    const args = [...words, '--datastore', this.#url];
    if (this.#kind !== 'file') {
      await this.#store!.run(process.execPath, [CLIENT, 'datastore', ...args]);
      return;
    }
    const said: string[] = [];
    const say = (text: string): void => void said.push(text);
    const status = await runDatastore(args, { environment: {}, out: say, error: say, stdin: () => '' });
    if (status !== 0) throw new Error(said.join('\n'));
  }

  async writeCluster(count: number): Promise<void> {
    const numbers = Array.from({ length: count }, (_, i) => i + 1);
    await this.#write(
      {
        kind: 'BGPConfiguration',
        metadata: { name: 'default' },
        spec: { nodeToNodeMeshEnabled: false, asNumber: 64512 },
      },
      { kind: 'IPPool', metadata: { name: 'pods' }, spec: { cidr: '10.244.0.0/16' } },
      {
        kind: 'BGPPeer',
        metadata: { name: 'reflectors' },
        spec: { nodeSelector: 'all()', peerSelector: 'has(reflector)' },
      },
      { kind: 'BGPPeer', metadata: { name: 'tor' }, spec: { peerIP: TOR_ADDRESS, asNumber: 65000 } },
      ...numbers.flatMap(nodeResources),
    );
  }

  writeNode(number: number): Promise<void> {
    return this.#write(...nodeResources(number));
  }

  async startTor(): Promise<void> {
    const tor = await this.#plugged('tor', `${TOR_ADDRESS}/24`);
    const outside = await this.#lab.node('outside');
    await this.#lab.wire(tor, 'world0', outside, 'eth0');
    await tor.address('world0', '198.51.100.1/24');
    await outside.address('eth0', `${OUTSIDE}/24`);
    await outside.ip('route add default via 198.51.100.1');
    await tor.sysctl('net.ipv4.ip_forward', '1');
    this.#outside = outside;
    const config = join(this.#folder, 'tor.conf');
    // Whoever of the segment connects is a node.
    writeFileSync(
      config,
      `router id ${TOR_ADDRESS};
protocol device { scan time 5; }
protocol direct { ipv4; interface "world0"; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; merge paths on; }
protocol bgp nodes {
  local ${TOR_ADDRESS} as 65000; neighbor range 172.30.0.0/24 as 64512; direct;
  ipv4 { import all; export where source = RTS_DEVICE; };
}
`,
    );
    await this.#daemon(tor, 'tor', ['-c', config]);
  }

  async #daemon(
    node: LabNode,
    name: string,
    words: readonly string[],
  ): Promise<{ socket: string; daemon: LabProcess }> {
    const socket = join(this.#folder, `${name}.ctl`);
    const daemon = node.start('peregrined', process.execPath, [DAEMON, '-f', '-s', socket, ...words]);
    await until(`${name} answers`, async () => {
      if (daemon.exited) throw new Error(`peregrined on ${name} ended: ${daemon.output}`);
      return (await ask(socket, 'show status').catch(() => [])).length > 0;
    });
    return { socket, daemon };
  }

  async join(number: number): Promise<void> {
    const name = `node-${number}`;
    const node = await this.#plugged(name, `172.30.0.${number}/24`);
    await node.sysctl('net.ipv4.ip_forward', '1');
    // As Calico wires a pod: a host route to it, and a next hop that answers for everything.
    const pod = await this.#lab.node(`pod-${number}`);
    await this.#lab.wire(node, 'cali0', pod, 'eth0');
    await node.address('cali0', '169.254.1.1/32');
    await node.ip(`route add ${podAddress(number)}/32 dev cali0 scope link metric 1024`);
    await pod.address('eth0', `${podAddress(number)}/32`);
    await pod.ip('route add 169.254.1.1 dev eth0 scope link');
    await pod.ip('route add default via 169.254.1.1');
    const words = ['--node', name, '--datastore', this.#url];
    this.#members.push({ number, node, pod, ...(await this.#daemon(node, name, words)) });
  }

  async leave(number: number): Promise<void> {
    const at = this.#members.findIndex((member) => member.number === number);
    const [member] = this.#members.splice(at, 1);
    await member!.daemon.stop();
    for (const kind of ['Node', 'BlockAffinity']) await this.#datastore('delete', kind, nameOf(kind, number));
  }

  async established(): Promise<void> {
    const others = this.#members.length - 1;
    for (const { number, socket } of this.#members) {
      const wanted = (number <= REFLECTORS ? others : REFLECTORS) + 1;
      await until(
        `sessions of node-${number}`,
        async () => {
          const rows = await sessionsOf(socket);
          return rows.length === wanted && rows.every((row) => row.info.startsWith('Established'));
        },
        60_000,
      );
    }
  }

  /** Names and times of the last change; without those of who came later. */
  async sessionTimes(): Promise<string> {
    const all = await Promise.all(this.#members.map(({ socket }) => sessionsOf(socket)));
    return JSON.stringify(all.map((rows) => rows.map(({ name, since }) => `${name} ${since}`)));
  }

  async reachable(): Promise<boolean> {
    const ends = [
      ...this.#members.map(({ pod, number }) => [pod, podAddress(number)] as const),
      [this.#outside!, OUTSIDE] as const,
    ];
    const answers = ends.flatMap(([from]) =>
      ends.map(([to, address]) =>
        from === to
          ? Promise.resolve(true)
          : until(
              `${from.name} reaches ${to.name}`,
              async () => (await from.tryRun('ping', ['-n', '-c', '1', '-W', '1', address])).status === 0,
              30_000,
            ).then(
              () => true,
              (error: Error) => {
                process.stdout.write(`  ${error.message}\n`);
                return false;
              },
            ),
      ),
    );
    return (await Promise.all(answers)).every((answer) => answer);
  }

  /** A ping without end from each pod to the next one, and from and to the world. */
  startFlows(): readonly Flow[] {
    const ends = [
      ...this.#members.map(({ pod, number }) => ({ node: pod, address: podAddress(number) })),
      { node: this.#outside!, address: OUTSIDE },
    ];
    return ends.map(({ node }, i) => {
      const { node: to, address } = ends[(i + 1) % ends.length]!;
      return {
        from: node.name,
        to: to.name,
        ping: node.start('ping', 'ping', ['-n', '-i', '0.1', '-W', '1', address]),
      };
    });
  }

  async show(): Promise<void> {
    heading('Sessions, and the resource that made each');
    const rows: string[][] = [];
    for (const { number, socket } of this.#members) {
      const [view] = await ask<{ peers: readonly Record<string, string>[] }>(socket, 'show calico peers');
      for (const peer of view?.peers ?? []) {
        rows.push([
          `node-${number}`,
          peer['name'] ?? '',
          String(peer['asNumber']),
          peer['state'] ?? '',
          peer['origin'] ?? '',
        ]);
      }
    }
    table(['on', 'session', 'AS', 'state', 'made by'], rows);
    const last = this.#members.at(-1)!;
    heading(`The kernel of node-${last.number} (ip route show proto bird)`);
    const routes = await last.node.ip('route show proto 12');
    process.stdout.write(routes.replace(/^(?=.)/gm, '  '));
  }
}

interface Flow {
  readonly from: string;
  readonly to: string;
  readonly ping: LabProcess;
}

/** Ends the flows; the result is how many packets did not come back. */
async function showFlows(flows: readonly Flow[]): Promise<number> {
  const rows: string[][] = [];
  let all = 0;
  for (const { from, to, ping } of flows) {
    await ping.stop('SIGINT');
    const sent = Number(/(\d+) packets transmitted/.exec(ping.output)?.[1] ?? 0);
    const answers = [...ping.output.matchAll(/icmp_seq=(\d+) ttl/g)].map(([, number]) => Number(number));
    const last = Math.max(0, ...answers);
    // The last ones may be on their way back.
    const lost = last - answers.length + Math.max(0, sent - last - IN_FLIGHT);
    all += sent === 0 ? 1 : lost;
    rows.push([from, to, String(sent), String(lost)]);
  }
  table(['from', 'to', 'packets', 'lost'], rows);
  return all;
}

interface SessionRow {
  readonly name: string;
  readonly kind: string;
  readonly info: string;
  readonly since: string;
}

async function sessionsOf(socket: string): Promise<SessionRow[]> {
  return (await ask<SessionRow>(socket, 'show protocols')).filter((row) => row.kind === 'BGP');
}

function podAddress(number: number): string {
  return `10.244.${number}.10`;
}

function nameOf(kind: string, number: number): string {
  return kind === 'Node' ? `node-${number}` : `node-${number}-10-244-${number}-0-24`;
}

function nodeResources(number: number): object[] {
  const reflects = number <= REFLECTORS;
  const cluster = reflects ? { routeReflectorClusterID: '244.0.0.1' } : {};
  return [
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'Node',
      metadata: { name: nameOf('Node', number), labels: reflects ? { reflector: 'yes' } : {} },
      spec: { bgp: { ipv4Address: `172.30.0.${number}/24`, ...cluster } },
    },
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'BlockAffinity',
      metadata: { name: nameOf('BlockAffinity', number) },
      spec: { cidr: `10.244.${number}.0/24`, node: nameOf('Node', number), state: 'confirmed' },
    },
  ];
}
