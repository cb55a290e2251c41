/** What scenes are made of: manifests of nodes, blocks and services, a top-of-rack router, devices. */
import type { Manifest, Scene, Stage } from './stage.ts';

export const TOR = '172.31.0.254';

export function spec(kind: string, name: string, fields: object): Manifest {
  return { kind, metadata: { name }, spec: fields };
}

/** A node with one block of each family. */
export function node(number: number, bgp: object = {}, labels: Readonly<Record<string, string>> = {}): Manifest[] {
  const name = `node-${number}`;
  const addresses = { ipv4Address: `172.31.0.${number}/24`, ipv6Address: `fd00:31::${number}/64` };
  return [
    { kind: 'Node', metadata: { name, labels }, spec: { bgp: { ...addresses, ...bgp } } },
    block(number, `10.65.${number}.0/26`),
    block(number, `fd00:65:0:${number}::/122`),
  ];
}

export function block(number: number, cidr: string): Manifest {
  const name = `node-${number}-${cidr.replace(/[.:/]/g, '-')}`;
  return spec('BlockAffinity', name, { cidr, node: `node-${number}`, state: 'confirmed' });
}

export function secret(name: string, value: string): Manifest {
  const metadata = { name, namespace: 'kube-system' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { k: value } };
}

export const settings = (fields: object): Manifest => spec('BGPConfiguration', 'default', fields);
export const NO_MESH = settings({ nodeToNodeMeshEnabled: false });
export const POOLS = [
  spec('IPPool', 'plain-4', { cidr: '10.65.0.0/16' }),
  spec('IPPool', 'plain-6', { cidr: 'fd00:65::/48' }),
];
export const passwordIn = (name: string): object => ({ secretKeyRef: { name, key: 'k' } });

/** A top-of-rack router without a kernel: it hears everything and says two networks. */
export function tor(
  nodes: readonly number[],
  more = 'direct;',
  address = TOR,
  nodeAs = 64512,
): NonNullable<Scene['routers']> {
  const sessions = nodes.map(
    (number) => `protocol bgp n${number} {
  local ${address} as 65000; neighbor 172.31.0.${number} as ${nodeAs}; ${more} connect retry time 2; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; };
}`,
  );
  const config = `router id ${TOR};
protocol device { scan time 2; }
protocol direct { ipv4; }
protocol static { ipv4; route 198.51.100.0/24 blackhole; route 203.0.113.0/24 blackhole; }
${sessions.join('\n')}
`;
  return [{ name: 'tor', addresses: [`${TOR}/24`], config }];
}

/** Sessions of a node in a mesh of both families. */
export function mesh(own: number, all: readonly number[]): string[] {
  return all.filter((n) => n !== own).flatMap((n) => [`Mesh_172_31_0_${n}`, `Mesh_fd00_31__${n}`]);
}

export async function meshStands(stage: Stage, all: readonly number[]): Promise<void> {
  for (const own of all) await stage.sessions(`node-${own}`, ...mesh(own, all));
}

/** The kernel at hand may have no IPIP: a device of that name takes the routes all the same. */
export function tunnels(...numbers: readonly number[]): (stage: Stage) => Promise<void> {
  return async (stage) => {
    for (const number of numbers) {
      await stage.node(`node-${number}`).ip('link add tunl0 type veth peer name tunl0-end');
      await stage.node(`node-${number}`).ip('link set tunl0-end up');
      await stage.node(`node-${number}`).address('tunl0', `10.65.${number}.1/32`);
    }
  };
}

/** The only endpoint of the service, on one node. */
export function endpoint(number: number): Manifest {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'a', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [`10.65.${number}.7`], nodeName: `node-${number}` }],
  } as Manifest;
}
