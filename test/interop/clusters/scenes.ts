/** Clusters, and what their nodes make of them: sessions, routes in the kernel, what neighbours hear. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  block,
  endpoint,
  mesh,
  meshStands,
  NO_MESH,
  node,
  POOLS,
  passwordIn,
  secret,
  settings,
  spec,
  TOR,
  tor,
  tunnels,
} from './parts.ts';
import type { Scene } from './stage.ts';

const TEN = Array.from({ length: 10 }, (_, i) => i + 1);

export const SCENES: readonly Scene[] = [
  {
    about: 'ten nodes in a mesh of both families',
    nodes: TEN,
    resources: [...POOLS, ...TEN.flatMap((n) => node(n))],
    check: async (stage) => {
      await meshStands(stage, TEN);
      for (const own of TEN) {
        for (const other of TEN) {
          if (other === own) continue;
          await stage.kernel(`node-${own}`, `10.65.${other}.0/26`, new RegExp(`via 172\\.31\\.0\\.${other} dev eth0`));
          await stage.kernel(`node-${own}`, `fd00:65:0:${other}::/122`, new RegExp(`via fd00:31::${other} dev eth0`));
        }
      }
    },
  },
  {
    about: 'a mesh of both families on a port of its own, with a password that is changed while it runs',
    nodes: [1, 2, 3],
    options: 'report status on;',
    resources: [
      settings({ listenPort: 1790, nodeMeshPassword: passwordIn('mesh'), nodeMeshMaxRestartTime: '90s' }),
      secret('mesh', 'say "no" to \\ and #'),
      spec('CalicoNodeStatus', 'report', { node: 'node-1', classes: ['BGP', 'Routes'], updatePeriodSeconds: 5 }),
      ...POOLS,
      ...[1, 2, 3].flatMap((n) => node(n)),
    ],
    check: async (stage) => {
      await meshStands(stage, [1, 2, 3]);
      await stage.kernel('node-1', '10.65.2.0/26', /via 172\.31\.0\.2 dev eth0 .*metric 1024/);
      await stage.kernel('node-1', 'fd00:65:0:3::/122', /via fd00:31::3 dev eth0 .*metric 1024/);
      await stage.kernel('node-1', '10.65.1.0/26', /^blackhole/);
      const report = (): string => readFileSync(stage.pathOf('CalicoNodeStatus', 'report'), 'utf8');
      await stage.becomes('the report tells of it', () => {
        const { status } = JSON.parse(report()) as {
          status?: {
            bgp: Record<string, unknown>;
            routes: { routesV4: { destination: string; gateway: string; learnedFrom: { sourceType: string } }[] };
          };
        };
        const far = status?.routes.routesV4.find(({ destination }) => destination === '10.65.2.0/26');
        return (
          status?.bgp['numberEstablishedV4'] === 2 &&
          status.bgp['numberEstablishedV6'] === 2 &&
          far?.gateway === '172.31.0.2' &&
          far.learnedFrom.sourceType === 'NodeMesh'
        );
      });
      stage.apply(secret('mesh', 'another'));
      await stage.becomes('the sessions begin anew', async () => {
        const { stdout } = await stage.daemon('node-1').tryBirdc('show', 'protocols', 'Mesh_172_31_0_2');
        return !stdout.includes('Established');
      });
      await meshStands(stage, [1, 2, 3]);
      await stage.kernel('node-1', '10.65.2.0/26', /via 172\.31\.0\.2 dev eth0/);
    },
  },
  {
    about: 'two reflectors and their clients, which hear of each other with the next hop of who has the block',
    nodes: [1, 2, 3, 4],
    resources: [
      NO_MESH,
      ...POOLS,
      ...[1, 2].flatMap((n) => node(n, { routeReflectorClusterID: '244.0.0.1' }, { reflector: 'yes' })),
      ...[3, 4].flatMap((n) => node(n)),
      spec('BGPPeer', 'reflectors', { nodeSelector: 'all()', peerSelector: 'has(reflector)' }),
    ],
    check: async (stage) => {
      const with4and6 = (...numbers: number[]): string[] =>
        numbers.flatMap((n) => [`Node_172_31_0_${n}`, `Node_fd00_31__${n}`]);
      await stage.sessions('node-1', ...with4and6(2, 3, 4));
      await stage.sessions('node-3', ...with4and6(1, 2));
      await stage.sessions('node-4', ...with4and6(1, 2));
      await stage.route(
        'node-3',
        '10.65.4.0/26',
        /BGP\.originator_id: 172\.31\.0\.4[\s\S]*BGP\.cluster_list: 244\.0\.0\.1/,
      );
      await stage.kernel('node-3', '10.65.4.0/26', /via 172\.31\.0\.4 dev eth0/);
      await stage.kernel('node-3', 'fd00:65:0:4::/122', /via fd00:31::4 dev eth0/);
      await stage.kernel('node-1', '10.65.4.0/26', /via 172\.31\.0\.4 dev eth0/);
    },
  },
  {
    about: 'a top-of-rack router with a password and TTL security hears blocks with communities from every node',
    nodes: [1, 2],
    resources: [
      settings({
        communities: [{ name: 'pods', value: '64512:100' }],
        prefixAdvertisements: [{ cidr: '10.65.0.0/16', communities: ['pods', '64512:1:2'] }],
      }),
      secret('tor', 'secret'),
      ...POOLS,
      ...[1, 2].flatMap((n) => node(n)),
      spec('BGPPeer', 'tor', { peerIP: TOR, asNumber: 65000, password: passwordIn('tor'), ttlSecurity: 1 }),
    ],
    routers: tor([1, 2], 'direct; ttl security on; password "secret";'),
    check: async (stage) => {
      for (const n of [1, 2]) await stage.sessions(`node-${n}`, ...mesh(n, [1, 2]), 'Global_172_31_0_254');
      for (const from of ['n1', 'n2']) await stage.route('tor', '10.65.1.0/26', new RegExp(`\\[${from} `));
      const text = await stage.route('tor', '10.65.2.0/26', /\[n1 [\s\S]*\[n2 |\[n2 [\s\S]*\[n1 /);
      for (const word of [/BGP\.community: \(64512,100\)/, /BGP\.large_community: \(64512, 1, 2\)/, /as_path: 64512$/m])
        if (!word.test(text)) throw new Error(`${word} is not in\n${text}`);
      for (const n of [1, 2])
        await stage.kernel(`node-${n}`, '203.0.113.0/24', /via 172\.31\.0\.254 dev eth0 .*metric 2147483547/);
    },
  },
  {
    about: 'filters towards a router change what is heard and what is said',
    nodes: [1],
    resources: [
      NO_MESH,
      ...POOLS,
      ...node(1),
      block(1, '10.65.1.64/26'),
      spec('BGPFilter', 'border', {
        importV4: [
          { action: 'Reject', cidr: '203.0.113.0/24', matchOperator: 'In' },
          {
            action: 'Accept',
            cidr: '198.51.100.0/24',
            matchOperator: 'Equal',
            operations: [{ setPriority: { value: 512 } }],
          },
        ],
        exportV4: [
          { action: 'Reject', cidr: '10.65.1.64/26', matchOperator: 'Equal' },
          {
            action: 'Accept',
            cidr: '10.65.1.0/26',
            matchOperator: 'Equal',
            operations: [{ addCommunity: { value: '64512:7' } }, { prependASPath: { prefix: [64512, 64513] } }],
          },
        ],
      }),
      spec('BGPPeer', 'tor', { peerIP: TOR, asNumber: 65000, filters: ['border'] }),
    ],
    routers: tor([1]),
    check: async (stage) => {
      await stage.sessions('node-1', 'Global_172_31_0_254');
      await stage.kernel('node-1', '198.51.100.0/24', /via 172\.31\.0\.254 dev eth0 .*metric 512/);
      await stage.notInKernel('node-1', '203.0.113.0/24');
      await stage.route('tor', '10.65.1.0/26', /as_path: 64512 64513 64512$[\s\S]*BGP\.community: \(64512,7\)/m);
      await stage.noRoute('tor', '10.65.1.64/26');
      // Without the filter both are as they were made; the session stays.
      stage.apply(spec('BGPFilter', 'border', {}));
      await stage.route('tor', '10.65.1.64/26', /\[n1 /);
      await stage.kernel('node-1', '203.0.113.0/24', /via 172\.31\.0\.254/);
    },
  },
  {
    about: 'IPIP everywhere: every route to another node goes by the tunnel',
    nodes: [1, 2],
    resources: [
      settings({ programClusterRoutes: 'Enabled' }),
      spec('IPPool', 'ipip', { cidr: '10.65.0.0/16', ipipMode: 'Always' }),
      POOLS[1]!,
      ...[1, 2].flatMap((n) => node(n)),
    ],
    prepare: tunnels(1, 2),
    check: async (stage) => {
      await meshStands(stage, [1, 2]);
      await stage.kernel('node-1', '10.65.2.0/26', /via 172\.31\.0\.2 dev tunl0 .*onlink/);
      await stage.kernel('node-2', '10.65.1.0/26', /via 172\.31\.0\.1 dev tunl0 .*onlink/);
      await stage.kernel('node-1', 'fd00:65:0:2::/122', /via fd00:31::2 dev eth0/);
      await stage.kernel('node-1', '10.65.1.0/26', /^blackhole/);
    },
  },
  {
    about: 'IPIP across subnets alone: plain routes on the own one, the tunnel to the other one',
    nodes: [1, 2, 3],
    resources: [
      settings({ programClusterRoutes: 'Enabled' }),
      spec('IPPool', 'ipip', { cidr: '10.65.0.0/16', ipipMode: 'CrossSubnet' }),
      ...[1, 2].flatMap((n) => node(n, { ipv6Address: undefined })),
      ...node(3, { ipv4Address: '172.32.0.3/24', ipv6Address: undefined }),
    ],
    prepare: async (stage) => {
      await tunnels(1, 2, 3)(stage);
      const router = await stage.lab.node('router');
      const third = stage.node('node-3');
      await third.ip('addr flush dev eth0');
      await stage.lab.plug(stage.node('segment'), router, 'eth0');
      await router.address('eth0', '172.31.0.250/24');
      await stage.lab.wire(router, 'far0', third, 'eth1');
      await router.address('far0', '172.32.0.250/24');
      await third.address('eth1', '172.32.0.3/24');
      await third.ip('route add default via 172.32.0.250');
      for (const n of [1, 2]) await stage.node(`node-${n}`).ip('route add 172.32.0.0/24 via 172.31.0.250');
    },
    check: async (stage) => {
      await stage.sessions('node-1', 'Mesh_172_31_0_2', 'Mesh_172_32_0_3');
      await stage.sessions('node-3', 'Mesh_172_31_0_1', 'Mesh_172_31_0_2');
      await stage.kernel('node-1', '10.65.2.0/26', /via 172\.31\.0\.2 dev eth0/);
      await stage.kernel('node-1', '10.65.3.0/26', /via 172\.32\.0\.3 dev tunl0 .*onlink/);
      await stage.kernel('node-3', '10.65.1.0/26', /via 172\.31\.0\.1 dev tunl0 .*onlink/);
    },
  },
  {
    about: 'pools that are VXLAN, disabled, or not to be exported',
    nodes: [1, 2],
    resources: [
      ...POOLS,
      spec('IPPool', 'vxlan', { cidr: '10.66.0.0/16', vxlanMode: 'Always' }),
      spec('IPPool', 'disabled', { cidr: '10.67.0.0/16', disabled: true }),
      spec('IPPool', 'secret', { cidr: '10.68.0.0/16', disableBGPExport: true }),
      ...[1, 2].flatMap((n) => [...node(n), ...[66, 67, 68].map((net) => block(n, `10.${net}.${n}.0/26`))]),
      spec('BGPPeer', 'tor', { peerIP: TOR, asNumber: 65000 }),
    ],
    routers: tor([1, 2]),
    check: async (stage) => {
      await stage.sessions('node-1', ...mesh(1, [1, 2]), 'Global_172_31_0_254');
      await stage.kernel('node-1', '10.65.2.0/26', /via 172\.31\.0\.2 dev eth0/);
      await stage.kernel('node-1', '10.67.2.0/26', /via 172\.31\.0\.2 dev eth0/);
      // The agent of the node programs these; the router has to know them all the same.
      await stage.route('node-1', '10.66.2.0/26', /via 172\.31\.0\.2 on eth0/);
      await stage.notInKernel('node-1', '10.66.2.0/26', '10.66.1.0/26', '10.68.2.0/26');
      for (const prefix of ['10.65.1.0/26', '10.66.1.0/26', '10.67.1.0/26']) await stage.route('tor', prefix, /\[n1 /);
      await stage.noRoute('tor', '10.68.1.0/26');
      await stage.noRoute('node-1', '10.68.2.0/26');
      stage.apply(spec('IPPool', 'secret', { cidr: '10.68.0.0/16' }));
      await stage.kernel('node-1', '10.68.2.0/26', /via 172\.31\.0\.2 dev eth0/);
      stage.apply(spec('IPPool', 'secret', { cidr: '10.68.0.0/16', disableBGPExport: true }));
      await stage.becomes('it is gone again', async () => {
        const { stdout } = await stage.daemon('tor').tryBirdc('show', 'route', '10.68.1.0/26');
        return stdout.includes('Network not found');
      });
    },
  },
  {
    about: 'services: ranges from every node, addresses from where traffic has to end, nothing of it in the kernels',
    nodes: [1, 2],
    resources: [
      settings({
        nodeToNodeMeshEnabled: false,
        serviceLoadBalancerIPs: [{ cidr: '192.0.2.0/24' }],
        serviceClusterIPs: [{ cidr: '10.96.0.0/12' }],
      }),
      ...POOLS,
      ...[1, 2].flatMap((n) => node(n)),
      spec('BGPPeer', 'tor', { peerIP: TOR, asNumber: 65000 }),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web', namespace: 'a' },
        spec: { type: 'LoadBalancer', clusterIP: '10.96.0.7', externalTrafficPolicy: 'Local' },
        status: { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } },
      },
      endpoint(2),
    ],
    routers: tor([1, 2]),
    check: async (stage) => {
      await stage.sessions('node-1', 'Global_172_31_0_254');
      for (const from of ['n1', 'n2']) await stage.route('tor', '192.0.2.0/24', new RegExp(`\\[${from} `));
      await stage.route('tor', '192.0.2.7/32', /\[n2 /);
      await stage.kernel('node-1', '10.65.1.0/26', /^blackhole/);
      await stage.notInKernel('node-1', '192.0.2.0/24', '192.0.2.7/32', '10.96.0.0/12', '10.96.0.7/32');
      const senders = async (): Promise<string> => {
        const { stdout } = await stage.daemon('tor').tryBirdc('show', 'route', '192.0.2.7/32');
        return [...stdout.matchAll(/\[(n\d) /g)].map(([, name]) => name).join();
      };
      await stage.becomes('node-2 alone says it', async () => (await senders()) === 'n2');
      stage.apply(endpoint(1));
      await stage.becomes('node-1 alone says it', async () => (await senders()) === 'n1');
      stage.remove(endpoint(1));
      await stage.becomes('nobody says it', async () => (await senders()) === '');
      await stage.route('tor', '192.0.2.0/24', /\[n1 /);
    },
  },
  {
    about: 'racks of their own AS, peered by selectors, one side saying so, next hops kept',
    nodes: [1, 2, 3],
    resources: [
      NO_MESH,
      ...POOLS,
      ...node(1, { asNumber: 65001 }, { rack: 'a' }),
      ...node(2, { asNumber: 65002 }, { rack: 'b' }),
      ...node(3, { asNumber: 65003 }, { rack: 'c' }),
      spec('BGPPeer', 'spine', {
        nodeSelector: "rack == 'b'",
        peerSelector: "rack in {'a', 'c'}",
        nextHopMode: 'Keep',
        keepaliveTime: '20s',
      }),
    ],
    check: async (stage) => {
      await stage.sessions('node-1', 'Node_172_31_0_2', 'Node_fd00_31__2');
      await stage.sessions('node-2', ...[1, 3].flatMap((n) => [`Node_172_31_0_${n}`, `Node_fd00_31__${n}`]));
      await stage.route('node-1', '10.65.3.0/26', /as_path: 65002 65003$/m);
      await stage.kernel('node-1', '10.65.3.0/26', /via 172\.31\.0\.3 dev eth0/);
      await stage.kernel('node-1', 'fd00:65:0:3::/122', /via fd00:31::3 dev eth0/);
      await stage.kernel('node-3', '10.65.1.0/26', /via 172\.31\.0\.1 dev eth0/);
    },
  },
  {
    about: 'a router behind another address, reached by a static route, under an AS of its own',
    nodes: [1],
    resources: [
      NO_MESH,
      ...POOLS,
      ...node(1),
      spec('BGPPeer', 'far', {
        node: 'node-1',
        peerIP: '172.33.0.9',
        asNumber: 65000,
        localASNumber: 64999,
        reachableBy: TOR,
        numAllowedLocalASNumbers: 1,
      }),
    ],
    routers: tor([1], 'multihop;', '172.33.0.9', 64999),
    prepare: async (stage) => {
      await stage.node('tor').address('lo', '172.33.0.9/32');
    },
    check: async (stage) => {
      await stage.sessions('node-1', 'Node_172_33_0_9');
      await stage.kernel('node-1', '172.33.0.9/32', /via 172\.31\.0\.254 dev eth0/);
      await stage.route('tor', '10.65.1.0/26', /as_path: 64999$/m);
      await stage.kernel('node-1', '203.0.113.0/24', /via 172\.31\.0\.254 dev eth0/);
    },
  },
  {
    about: 'a workload that peers with its node announces a network to the whole cluster, until it is gone',
    nodes: [1, 2],
    options: 'workloads "FOLDER";',
    resources: [
      ...POOLS,
      ...[1, 2].flatMap((n) => node(n)),
      NO_MESH,
      spec('BGPPeer', 'machine', { localWorkloadSelector: 'all()', asNumber: 65401 }),
      // The address of a pod is no next hop for others: it lies in a block, which is itself reached by a next hop.
      spec('BGPPeer', 'nodes', { nodeSelector: 'all()', peerSelector: 'all()', nextHopMode: 'Self' }),
    ],
    routers: [
      {
        name: 'machine',
        addresses: [],
        config: `router id 10.65.1.9;
protocol device { scan time 2; }
protocol direct { ipv4; }
protocol static { ipv4; route 10.65.77.0/26 blackhole; }
protocol kernel { ipv4 { export where source = RTS_BGP; import all; }; learn; }
protocol bgp node {
  local 10.65.1.9 as 65401; neighbor 10.65.1.1 as 64512; multihop; connect retry time 2; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; };
}
`,
      },
    ],
    prepare: async (stage) => {
      const [own, machine] = [stage.node('node-1'), stage.node('machine')];
      await stage.lab.wire(own, 'cali0', machine, 'eth0');
      await own.address('lo', '10.65.1.1/32');
      await own.ip('route add 10.65.1.9/32 dev cali0 scope link metric 1024');
      await machine.address('eth0', '10.65.1.9/32');
      await machine.ip('route add 10.65.1.1 dev eth0 scope link');
      const endpoint = { ifaceName: 'cali0', ipv4Nets: ['10.65.1.9/32'], bgpPeerName: 'machine' };
      writeFileSync(join(stage.folder, 'endpoint.json'), JSON.stringify(endpoint));
    },
    check: async (stage) => {
      await stage.sessions('node-1', 'Node_172_31_0_2', 'Node_fd00_31__2', 'Local_Workload_10_65_1_9');
      await stage.kernel('node-1', '10.65.77.0/26', /via 10\.65\.1\.9 dev cali0/);
      await stage.route('node-2', '10.65.77.0/26', /Node_172_31_0_1[\s\S]*as_path: 65401$/m);
      await stage.kernel('node-2', '10.65.77.0/26', /via 172\.31\.0\.1 dev eth0/);
      rmSync(join(stage.folder, 'endpoint.json'));
      await stage.sessions('node-1', 'Node_172_31_0_2', 'Node_fd00_31__2');
      await stage.becomes('nobody knows it any more', async () => {
        const { stdout } = await stage.daemon('node-2').tryBirdc('show', 'route', '10.65.77.0/26');
        return stdout.includes('Network not found');
      });
    },
  },
  {
    about: 'nodes with WireGuard leave the ways to each other to it',
    nodes: [1, 2, 3],
    resources: [
      ...POOLS,
      ...[1, 2].flatMap((n) =>
        node(n).map((manifest) =>
          manifest.kind === 'Node'
            ? {
                ...manifest,
                spec: { ...(manifest['spec'] as object), wireguard: { interfaceIPv4Address: `10.65.${n}.5` } },
              }
            : manifest,
        ),
      ),
      ...node(3),
    ],
    check: async (stage) => {
      await meshStands(stage, [1, 2, 3]);
      await stage.kernel('node-1', '10.65.3.0/26', /via 172\.31\.0\.3 dev eth0/);
      await stage.kernel('node-1', 'fd00:65:0:2::/122', /via fd00:31::2 dev eth0/);
      await stage.route('node-1', '10.65.2.0/26', /via 172\.31\.0\.2 on eth0/);
      await stage.notInKernel('node-1', '10.65.2.0/26');
      await stage.kernel('node-3', '10.65.2.0/26', /via 172\.31\.0\.2 dev eth0/);
    },
  },
  {
    about: 'nothing of Calico: nodes of Kubernetes with networks for their pods',
    nodes: [1, 2, 3],
    resources: [1, 2, 3].map((n) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `node-${n}` },
      spec: { podCIDRs: [`10.244.${n}.0/24`, `fd00:244:0:${n}::/64`] },
      status: {
        addresses: [
          { type: 'InternalIP', address: `172.31.0.${n}` },
          { type: 'InternalIP', address: `fd00:31::${n}` },
        ],
      },
    })),
    check: async (stage) => {
      await meshStands(stage, [1, 2, 3]);
      await stage.kernel('node-1', '10.244.2.0/24', /via 172\.31\.0\.2 dev eth0/);
      await stage.kernel('node-3', 'fd00:244:0:1::/64', /via fd00:31::1 dev eth0/);
      await stage.kernel('node-1', '10.244.1.0/24', /^blackhole/);
    },
  },
];
