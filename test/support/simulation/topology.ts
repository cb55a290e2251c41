/**
 * Reflectors and nodes in a ring of clusters, everybody on one wire:
 *
 *        nodes 0      nodes 1           nodes n-1       a node is a client of the reflectors of its own cluster
 *       /     \      /     \           /                and of the next one
 *     cluster 0 --- cluster 1 --- ... cluster n-1 -- cluster 0
 *
 * Reflectors of neighbouring clusters are each other's clients: routes go round both ways, and nothing but CLUSTER_LIST
 * and ORIGINATOR_ID ends that. Each node announces networks of its own, one that all nodes announce, and one that two of
 * them announce with different preference; of both families.
 */

import type { RouterSetup } from './router.ts';
import { readText } from './router.ts';

export interface Shape {
  readonly clusters: number;
  /** With one cluster id. */
  readonly reflectorsPerCluster: number;
  readonly nodesPerCluster: number;
  readonly addPaths: boolean;
}

/** A session between two routers, under its names at either end. */
export interface Session {
  readonly a: number;
  readonly b: number;
  readonly nameAtA: string;
  readonly nameAtB: string;
}

interface Member {
  readonly cluster: number;
  readonly reflector: boolean;
  readonly name: string;
  readonly address: string;
  readonly address6: string;
}

export interface Topology {
  readonly shape: Shape;
  readonly setups: readonly RouterSetup[];
  /** Configuration files of the routers. */
  readonly texts: readonly string[];
  readonly reflectors: number;
  readonly sessions: readonly Session[];
  /** Networks that a router announces, with what makes it better than another that announces the same. */
  announced(router: number): ReadonlyMap<string, number>;
}

const SETTINGS = `hold time 9; connect delay time 1; connect retry time 2; error wait time 1, 4; direct;
  graceful restart on; graceful restart time 6;`;

export function ringOfClusters(shape: Shape): Topology {
  const members: Member[] = [];
  const add = (cluster: number, reflector: boolean, number: number): void => {
    const third = reflector ? 1 : 2;
    members.push({
      cluster,
      reflector,
      name: `${reflector ? 'rr' : 'node'}${cluster}${String.fromCharCode(97 + number)}`,
      address: `10.0.${third}.${1 + cluster * 8 + number}`,
      address6: `fd00::${third}:${1 + cluster * 8 + number}`,
    });
  };
  for (let cluster = 0; cluster < shape.clusters; cluster++)
    for (let i = 0; i < shape.reflectorsPerCluster; i++) add(cluster, true, i);
  const reflectors = members.length;
  for (let cluster = 0; cluster < shape.clusters; cluster++)
    for (let i = 0; i < shape.nodesPerCluster; i++) add(cluster, false, i);

  const sessions: Session[] = [];
  const next = (cluster: number): number => (cluster + 1) % shape.clusters;
  for (const [a, one] of members.entries()) {
    for (const [b, other] of members.entries()) {
      if (a === b || !other.reflector) continue;
      const inRing = one.reflector && other.cluster === next(one.cluster);
      const beside = one.reflector && other.cluster === one.cluster && a < b;
      const up = !one.reflector && (other.cluster === one.cluster || other.cluster === next(one.cluster));
      if (inRing || beside || up) sessions.push({ a, b, nameAtA: `to_${other.name}`, nameAtB: `to_${one.name}` });
    }
  }

  const announced = members.map((_, router) => networksOf(members, router, reflectors));
  const texts = members.map((_, router) => configOf(shape, members, sessions, router, announced[router]!));
  const setups = members.map((member, router) => ({
    name: member.name,
    config: readText(texts[router]!),
    addresses: [`${member.address}/16`, `${member.address6}/64`],
  }));
  return {
    shape,
    setups,
    texts,
    reflectors,
    sessions,
    announced: (router) => announced[router]!,
  };
}

function networksOf(members: readonly Member[], router: number, reflectors: number): ReadonlyMap<string, number> {
  const networks = new Map<string, number>();
  if (members[router]!.reflector) return networks;
  const node = router - reflectors;
  const pair = node >> 1;
  networks.set(`10.${100 + node}.0.0/24`, 100).set(`fd00:${100 + node}::/64`, 100);
  networks.set('10.200.0.0/24', 100).set('fd00:200::/64', 100);
  networks.set(`10.201.${pair}.0/24`, 100 + (node & 1)).set(`fd00:201:${1 + pair}::/64`, 100 + (node & 1));
  return networks;
}

function configOf(
  { addPaths }: Shape,
  members: readonly Member[],
  sessions: readonly Session[],
  router: number,
  networks: ReadonlyMap<string, number>,
): string {
  const own = members[router]!;
  const statics = ([4, 6] as const).map((version) => {
    const routes = [...networks]
      .filter(([network]) => network.includes(':') === (version === 6))
      .map(([network, preference]) => `route ${network} blackhole { bgp_local_pref = ${preference}; };`);
    return routes.length === 0 ? '' : `protocol static own${version} { ipv${version}; ${routes.join(' ')} }`;
  });
  const paths = addPaths && own.reflector ? 'add paths on;' : addPaths ? 'add paths rx;' : '';
  const channels = own.reflector
    ? `ipv4 { import all; export all; ${paths} }; ipv6 { import all; export all; ${paths} };`
    : `ipv4 { import all; export where source = RTS_STATIC; ${paths} };
       ipv6 { import all; export where source = RTS_STATIC; next hop address ${own.address6}; ${paths} };`;
  const blocks = sessions
    .filter(({ a, b }) => a === router || b === router)
    .map(({ a, b, nameAtA, nameAtB }) => {
      const other = members[a === router ? b : a]!;
      // Two reflectors of one cluster are no clients of each other.
      const client = own.reflector && !(other.reflector && other.cluster === own.cluster);
      return `protocol bgp ${a === router ? nameAtA : nameAtB} { local ${own.address} as 65000;
        neighbor ${other.address} as 65000; ${SETTINGS} ${channels}
        ${client ? `rr client; rr cluster id 10.255.0.${1 + own.cluster};` : ''} }`;
    });
  return `router id ${own.address}; graceful restart wait 20;
    protocol device {}
    ${statics.join('\n')}
    ${blocks.join('\n')}`;
}
