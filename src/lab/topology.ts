/**
 * The demonstration: two nodes with a pod each, a route reflector and a top-of-rack router on one segment.
 *
 *      pod-1            pod-2                     outside
 *     10.244.1.10      10.244.2.10               198.51.100.9
 *        |                |                          |
 *     node-1           node-2           rr          tor
 *     172.30.0.1       172.30.0.2   172.30.0.9   172.30.0.254        AS 64512: nodes and reflector, AS 65000: tor
 *        +----------------+------------+-------------+               (IPv6: fd00:30::, fd00:244:N::, 2001:db8:c::)
 *
 * The reflector has no routes of its own and no kernel; the nodes learn each other's pods from it, and the world from
 * the top-of-rack router.
 */

export const CLUSTER_AS = 64512;
export const TOR_AS = 65000;

export interface LabHost {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
  /** What hangs behind it: the network of its pods, or the world. */
  readonly behind:
    | {
        readonly name: string;
        readonly ipv4: string;
        readonly ipv6: string;
        readonly gateway4: string;
        readonly gateway6: string;
      }
    | undefined;
}

export const HOSTS: readonly LabHost[] = [
  {
    name: 'node-1',
    ipv4: '172.30.0.1',
    ipv6: 'fd00:30::1',
    behind: {
      name: 'pod-1',
      ipv4: '10.244.1.10',
      ipv6: 'fd00:244:1::10',
      gateway4: '10.244.1.1',
      gateway6: 'fd00:244:1::1',
    },
  },
  {
    name: 'node-2',
    ipv4: '172.30.0.2',
    ipv6: 'fd00:30::2',
    behind: {
      name: 'pod-2',
      ipv4: '10.244.2.10',
      ipv6: 'fd00:244:2::10',
      gateway4: '10.244.2.1',
      gateway6: 'fd00:244:2::1',
    },
  },
  { name: 'rr', ipv4: '172.30.0.9', ipv6: 'fd00:30::9', behind: undefined },
  {
    name: 'tor',
    ipv4: '172.30.0.254',
    ipv6: 'fd00:30::254',
    behind: {
      name: 'outside',
      ipv4: '198.51.100.9',
      ipv6: '2001:db8:c::9',
      gateway4: '198.51.100.1',
      gateway6: '2001:db8:c::1',
    },
  },
];

const hosts = new Map(HOSTS.map((host) => [host.name, host]));
const RR = hosts.get('rr')!;
const TOR = hosts.get('tor')!;
const NODES = [hosts.get('node-1')!, hosts.get('node-2')!];

/** Configuration of one of the four, in the namespaces of the lab. */
export function labConfig(host: LabHost): string {
  const common = `log stderr { info, warning, error, fatal, bug };
router id ${host.ipv4};
protocol device { scan time 5; }
template bgp fast { direct; connect delay time 1; connect retry time 2; error wait time 1, 4; hold time 9; }
`;
  const session = (
    name: string,
    peer: LabHost,
    version: 4 | 6,
    local: number,
    remote: number,
    more: string,
    rules: string,
  ): string => {
    const address = version === 4 ? 'ipv4' : 'ipv6';
    return `protocol bgp ${name}${version} from fast {
  local ${host[address]} as ${local};
  neighbor ${peer[address]} as ${remote};
${more}  ${address} { ${rules} };
}
`;
  };
  const both = (name: string, peer: LabHost, local: number, remote: number, more: string, rules: string): string =>
    session(name, peer, 4, local, remote, more, rules) + session(name, peer, 6, local, remote, more, rules);

  if (host === RR) {
    const clients = NODES.map((node) =>
      both(node.name.replace('-', '_'), node, CLUSTER_AS, CLUSTER_AS, '  rr client;\n', 'import all; export all;'),
    );
    return common + clients.join('');
  }
  const kernel = `protocol direct { ipv4; ipv6; interface "${host === TOR ? 'world' : 'pod'}0"; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; merge paths on; scan time 5; }
protocol kernel { ipv6 { export where source = RTS_BGP; }; merge paths on; scan time 5; }
`;
  if (host === TOR) {
    const nodes = NODES.map((node) =>
      both(node.name.replace('-', '_'), node, TOR_AS, CLUSTER_AS, '', 'import all; export where source = RTS_DEVICE;'),
    );
    return common + kernel + nodes.join('');
  }
  const rules = 'import all; export where source = RTS_DEVICE;';
  return (
    common +
    kernel +
    both('rr', RR, CLUSTER_AS, CLUSTER_AS, '', rules) +
    both('tor', TOR, CLUSTER_AS, TOR_AS, '', rules)
  );
}

/**
 * The same exchange without root: four daemons on loopback addresses, pods as blackhole routes, no kernel. Packets to
 * 127/8 cannot be routed, so next hops are the addresses that the hosts would have.
 */
export function loopbackConfig(host: LabHost): string {
  const at = (other: LabHost): string => `127.0.30.${HOSTS.indexOf(other) + 1}`;
  const port = 1790;
  const mine = host.behind;
  const routes = (version: 4 | 6): string => {
    if (mine === undefined) return '';
    return version === 4 ? `route ${network4(mine.ipv4)} blackhole;` : `route ${network6(mine.ipv6)} blackhole;`;
  };
  const session = (
    name: string,
    peer: LabHost,
    local: number,
    remote: number,
    more: string,
    rules: string,
  ): string => `protocol bgp ${name} {
  local ${at(host)} port ${port} as ${local};
  neighbor ${at(peer)} port ${port} as ${remote};
  strict bind; multihop 2; connect delay time 1; connect retry time 2; error wait time 1, 4;
${more}  ipv4 { ${rules} next hop address ${host.ipv4}; gateway recursive; igp table reach4; };
  ipv6 { ${rules} next hop address ${host.ipv6}; gateway recursive; igp table reach6; };
}
`;
  const head = `log stderr { info, warning, error, fatal, bug };
router id ${host.ipv4};
ipv4 table reach4;
ipv6 table reach6;
protocol static { ipv4 { table reach4; }; route 172.30.0.0/24 blackhole; }
protocol static { ipv6 { table reach6; }; route fd00:30::/64 blackhole; }
protocol static pods4 { ipv4; ${routes(4)} }
protocol static pods6 { ipv6; ${routes(6)} }
`;
  if (host === RR) {
    return (
      head +
      NODES.map((node) =>
        session(node.name.replace('-', '_'), node, CLUSTER_AS, CLUSTER_AS, '  rr client;\n', 'import all; export all;'),
      ).join('')
    );
  }
  const rules = 'import all; export where source = RTS_STATIC;';
  if (host === TOR)
    return (
      head + NODES.map((node) => session(node.name.replace('-', '_'), node, TOR_AS, CLUSTER_AS, '', rules)).join('')
    );
  return (
    head + session('rr', RR, CLUSTER_AS, CLUSTER_AS, '', rules) + session('tor', TOR, CLUSTER_AS, TOR_AS, '', rules)
  );
}

export function network4(address: string): string {
  return `${address.split('.').slice(0, 3).join('.')}.0/24`;
}

export function network6(address: string): string {
  return `${address.slice(0, address.indexOf('::'))}::/64`;
}

/** Networks that a host has to learn from the others. */
export function expectedNetworks(host: LabHost): readonly string[] {
  const others = HOSTS.filter((other) => other !== host && other.behind !== undefined);
  // The reflector has no session with the top-of-rack router, and nodes pass on only what is their own.
  const heard = host === RR ? others.filter((other) => other !== TOR) : others;
  return heard.flatMap((other) => [network4(other.behind!.ipv4), network6(other.behind!.ipv6)]);
}
