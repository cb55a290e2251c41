/**
 * A cluster in namespaces that has nothing but a Redis and pods made by the reference CNI plugins: pods on different nodes
 * reach each other under their own addresses, by plain routes and over a VXLAN device, a node that joins disturbs nobody,
 * and a datastore that goes away for a while changes neither a session nor a route.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { idOf, type JsonObject, openStore, parseJson, type Store } from '../../config/index.ts';
import { Lab, type LabNode, type LabProcess, until } from '../../src/lab/namespace.ts';
import { inNamespace } from '../support/netns.ts';
import { whyNot } from '../support/peers/peer.ts';
import { Peregrine } from '../support/peers/peregrine.ts';
import { scratch } from '../support/scratch.ts';

const CNI = '/usr/lib/cni';
const POD = fileURLToPath(new URL('../../src/lab/pod.js', import.meta.url));
const POD_PORT = 7007;
const STORE = '172.31.0.250';
const OUTAGE_MS = process.env['PEREGRINE_LONG'] === '1' ? 60_000 : 8_000;
const skip =
  whyNot('birdc', 'redis-server') ?? (existsSync(`${CNI}/ptp`) ? false : 'the reference CNI plugins are not installed');

interface Member {
  readonly number: number;
  readonly node: LabNode;
  readonly pod: LabNode;
  readonly podAddress: string;
  readonly daemon: Peregrine;
}

describe('a cluster out of Redis', { skip, concurrency: false }, () => {
  const lab = new Lab();
  const folder = scratch('cluster-lab').path;
  const members: Member[] = [];
  let segment: LabNode;
  let storeNode: LabNode;
  let redis: LabProcess;

  const startRedis = async (): Promise<void> => {
    const words = [
      '--bind',
      STORE,
      '--protected-mode',
      'no',
      '--dir',
      folder,
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
      '--save',
      '',
    ];
    redis = storeNode.start('redis', 'redis-server', words);
    await until('redis answers', () => redis.output.includes('Ready to accept connections'));
  };
  /** Writes from beside the server. */
  const write = (...resources: object[]): Promise<void> =>
    inNamespace(storeNode, async () => {
      const store: Store = await openStore(`redis://${STORE}`);
      try {
        for (const resource of resources) {
          const value = parseJson(JSON.stringify(resource)) as JsonObject;
          await store.put(idOf(value)!, value, 'any');
        }
      } finally {
        await store.close();
      }
    });
  const nodeResources = (number: number): object[] => [
    {
      kind: 'Node',
      metadata: { name: `node-${number}` },
      spec: { bgp: { ipv4Address: `172.31.0.${number}/24`, ipv6Address: `fd00:31::${number}/64` } },
    },
    {
      kind: 'BlockAffinity',
      metadata: { name: `b4-${number}` },
      spec: { cidr: `10.65.${number}.0/26`, node: `node-${number}`, state: 'confirmed' },
    },
    {
      kind: 'BlockAffinity',
      metadata: { name: `b6-${number}` },
      spec: { cidr: `fd00:65:0:${number}::/122`, node: `node-${number}`, state: 'confirmed' },
    },
  ];
  const joinNode = async (number: number): Promise<Member> => {
    const node = await lab.node(`node-${number}`);
    await lab.plug(segment, node, 'eth0');
    await node.address('eth0', `172.31.0.${number}/24`, `fd00:31::${number}/64`);
    await node.run('sysctl', ['-qw', 'net.ipv6.conf.all.forwarding=1']);
    const pod = await lab.node(`pod-${number}`);
    const network = {
      cniVersion: '0.4.0',
      name: `pods-${number}`,
      type: 'ptp',
      ipMasq: false,
      ipam: {
        type: 'host-local',
        dataDir: join(folder, `cni-${number}`),
        ranges: [[{ subnet: `10.65.${number}.0/26` }], [{ subnet: `fd00:65:0:${number}::/122` }]],
        routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
      },
    };
    const environment = [
      `CNI_COMMAND=ADD`,
      `CNI_CONTAINERID=pod${number}`,
      `CNI_NETNS=/run/netns/${pod.namespace}`,
      'CNI_IFNAME=eth0',
      `CNI_PATH=${CNI}`,
    ];
    const made = await node.run('env', [...environment, `${CNI}/ptp`], JSON.stringify(network));
    const server = pod.start('server', process.execPath, [POD, 'serve', String(POD_PORT)]);
    await until(`pod-${number} listens`, () => server.output.includes('ready'));
    const podAddress = (JSON.parse(made) as { ips: { address: string }[] }).ips[0]!.address.split('/')[0]!;
    const config = `log stderr { info, warning, error, fatal, bug };
protocol device { scan time 2; }
protocol calico { node "node-${number}"; datastore "redis://${STORE}"; }
`;
    const daemon = new Peregrine(node, config);
    await daemon.start();
    const member = { number, node, pod, podAddress, daemon };
    members.push(member);
    return member;
  };
  const sessions = async ({ daemon }: Member): Promise<string[]> =>
    (await daemon.birdc('show', 'protocols')).split('\n').filter((line) => line.startsWith('Mesh_'));
  const kernel = ({ node }: Member, version: 4 | 6): Promise<string> => node.ip(`-${version} route show proto 12`);
  const established = async (): Promise<void> => {
    for (const member of members) {
      await until(`sessions of node-${member.number}`, async () => {
        const rows = await sessions(member);
        return rows.length === 2 * (members.length - 1) && rows.every((row) => row.includes('Established'));
      });
    }
  };
  const routed = async (): Promise<void> => {
    for (const member of members) {
      for (const version of [4, 6] as const) {
        const wanted = members.map(({ number }) =>
          version === 4 ? `10.65.${number}.0/26` : `fd00:65:0:${number}::/122`,
        );
        await until(`kernel of node-${member.number}`, async () => {
          const routes = await kernel(member, version);
          return wanted.every((prefix) => routes.includes(`${prefix} `));
        });
      }
    }
  };
  const pods = async (): Promise<void> => {
    for (const from of members) {
      for (const to of members) {
        if (from === to) continue;
        const target = to.podAddress;
        await until(`pod-${from.number} reaches pod-${to.number}`, async () => {
          const ping = await from.pod.tryRun('ping', ['-n', '-c', '1', '-W', '2', target]);
          return ping.status === 0;
        });
        const seen = await from.pod.tryRun(process.execPath, [POD, 'ask', target, String(POD_PORT)]);
        assert.equal(seen.stdout.trim(), from.podAddress, `pod-${from.number} as pod-${to.number} sees it`);
      }
    }
  };

  before(async () => {
    segment = await lab.bridge('segment');
    storeNode = await lab.node('store');
    await lab.plug(segment, storeNode, 'eth0');
    await storeNode.address('eth0', `${STORE}/24`);
    await startRedis();
    await write(
      { kind: 'IPPool', metadata: { name: 'pool-4' }, spec: { cidr: '10.65.0.0/16' } },
      { kind: 'IPPool', metadata: { name: 'pool-6' }, spec: { cidr: 'fd00:65::/48' } },
      ...[1, 2, 3].flatMap(nodeResources),
    );
  });
  after(async () => {
    for (const { daemon } of members) {
      await daemon.stop();
      daemon.remove();
    }
    await lab.destroy();
  });

  it('three nodes find each other, and their pods too, without anybody translating addresses', {
    timeout: 120_000,
  }, async () => {
    for (const number of [1, 2, 3]) await joinNode(number);
    await established();
    await routed();
    await pods();
    const [first] = members;
    const routes = await kernel(first!, 4);
    assert.match(routes, /^10\.65\.2\.0\/26 via 172\.31\.0\.2 dev eth0 metric 1024 $/m);
    assert.match(routes, /^blackhole 10\.65\.1\.0\/26 $/m);
    assert.match(
      (await first!.daemon.client('show', 'calico', 'peers')).stdout,
      /Mesh_172_31_0_2 +64512 +Established +Node\/node-2/,
    );
  });

  it('a fourth node joins and leaves, and nobody else notices', { timeout: 120_000 }, async () => {
    const times = async (): Promise<string[]> => {
      const rows = await Promise.all(members.slice(0, 3).map(sessions));
      // Name and time of the last change.
      return rows
        .flat()
        .filter((row) => !row.includes('0_4') && !row.includes('__4'))
        .map((row) => row.split(/\s+/).slice(0, 5).join(' '));
    };
    const earlier = await times();
    await write(...nodeResources(4));
    const fourth = await joinNode(4);
    await established();
    await routed();
    await pods();
    assert.deepEqual(await times(), earlier);
    await fourth.daemon.stop();
    fourth.daemon.remove();
    members.splice(members.indexOf(fourth), 1);
    await inNamespace(storeNode, async () => {
      const store = await openStore(`redis://${STORE}`);
      for (const resource of nodeResources(4)) await store.delete(idOf(parseJson(JSON.stringify(resource)))!, 'any');
      await store.close();
    });
    await established();
    assert.deepEqual(await times(), earlier);
  });

  it('no session and no route changes while the datastore is away, and it is followed again after', {
    timeout: OUTAGE_MS + 90_000,
  }, async () => {
    const state = async (): Promise<string> => {
      const parts = await Promise.all(
        members.map(async (member) => [await sessions(member), await kernel(member, 4), await kernel(member, 6)]),
      );
      return JSON.stringify(parts);
    };
    const earlier = await state();
    const monitors = members.map(({ node }) => node.start('monitor', 'ip', ['monitor', 'route']));
    await redis.stop('SIGKILL');
    for (const { daemon } of members) {
      await until('it is noticed', async () =>
        (await daemon.birdc('show', 'protocols', 'calico1')).includes('Datastore is away'),
      );
    }
    const gone = Date.now();
    await until('the outage is long enough', () => Date.now() - gone > OUTAGE_MS, OUTAGE_MS + 10_000);
    assert.equal(await state(), earlier);
    await pods();
    for (const monitor of monitors) {
      assert.equal(
        monitor.output
          .split('\n')
          .filter((line) => /proto (bird|12)/.test(line))
          .join('\n'),
        '',
      );
      await monitor.stop();
    }
    await startRedis();
    await write({
      kind: 'BlockAffinity',
      metadata: { name: 'late' },
      spec: { cidr: '10.65.1.64/26', node: 'node-1', state: 'confirmed' },
    });
    await until(
      'the difference arrives',
      async () => (await kernel(members[1]!, 4)).includes('10.65.1.64/26 '),
      60_000,
    );
    for (const member of members) {
      const rows = await sessions(member);
      assert.deepEqual(rows, (JSON.parse(earlier) as [string[]][])[members.indexOf(member)]![0]);
    }
  });

  it('the same pods reach each other over a VXLAN device, by on-link routes through it', {
    timeout: 120_000,
  }, async () => {
    const macOf = (number: number): string => `02:00:00:00:01:0${number}`;
    for (const { node, number } of members) {
      await node.ip(`link add tunl0 type vxlan id 42 dstport 4789 nolearning local 172.31.0.${number}`);
      await node.ip(`link set tunl0 address ${macOf(number)} mtu 1450`);
      await node.address('tunl0', `10.65.${number}.1/32`);
      // What the agent of a node says of the others: who answers for their addresses, and where that one is.
      for (const other of members) {
        if (other === members.find((one) => one.number === number)) continue;
        const address = `172.31.0.${other.number}`;
        await node.ip(`neigh add ${address} lladdr ${macOf(other.number)} dev tunl0 nud permanent`);
        await node.run('bridge', ['fdb', 'add', macOf(other.number), 'dev', 'tunl0', 'dst', address]);
      }
    }
    const received = async ({ node }: Member): Promise<number> =>
      Number(await node.run('cat', ['/sys/class/net/tunl0/statistics/rx_packets']));
    await pods();
    assert.deepEqual(await Promise.all(members.map(received)), [0, 0, 0]);
    const before = await Promise.all(members.map(sessions));
    await write(
      { kind: 'BGPConfiguration', metadata: { name: 'default' }, spec: { programClusterRoutes: 'Enabled' } },
      { kind: 'IPPool', metadata: { name: 'pool-4' }, spec: { cidr: '10.65.0.0/16', ipipMode: 'Always' } },
    );
    for (const member of members) {
      await until(`tunnel routes of node-${member.number}`, async () => {
        const routes = await kernel(member, 4);
        return members.every(
          ({ number }) =>
            number === member.number ||
            routes.includes(`10.65.${number}.0/26 via 172.31.0.${number} dev tunl0 metric 1024 onlink`),
        );
      });
    }
    await pods();
    for (const member of members) assert.ok((await received(member)) > 0, `node-${member.number}`);
    assert.deepEqual(await Promise.all(members.map(sessions)), before);
    // And back: plain routes take their place.
    await write({ kind: 'IPPool', metadata: { name: 'pool-4' }, spec: { cidr: '10.65.0.0/16' } });
    await until('plain routes', async () =>
      (await Promise.all(members.map((member) => kernel(member, 4)))).every((routes) => !routes.includes('tunl0')),
    );
    await pods();
  });
});
