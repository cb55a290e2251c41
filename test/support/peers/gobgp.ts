/** GoBGP as a peer. Its routes are added through its client after the start, in one go per family. */
import { familiesOf, familyOfPrefix, type LearntRoute, type NeighborSetup, type PeerSetup } from './peer.ts';
import { PeerDaemon } from './peer-daemon.ts';

export class Gobgp extends PeerDaemon {
  readonly kind = 'gobgp';

  constructor(setup: PeerSetup) {
    super(setup, 'gobgp');
  }

  async start(): Promise<void> {
    const file = this.write('gobgpd.conf', gobgpConfig(this.setup));
    const restart = this.isRestart && this.restartsGracefully ? ['-r'] : [];
    await this.launch('gobgpd', ['-f', file, '-t', 'toml', '--api-hosts', '127.0.0.1:50051', ...restart], () =>
      this.setup.node.tryRun('gobgp', ['global']),
    );
    for (const version of [4, 6] as const) {
      const prefixes = this.setup.announce.filter((prefix) => familyOfPrefix(prefix) === version);
      if (prefixes.length === 0) continue;
      const nextHop = this.setup.neighbors.find((neighbor) => familyOfPrefix(neighbor.local) === version)?.local;
      const commands = prefixes
        .map(
          (prefix) =>
            `gobgp global rib -a ipv${version} add ${prefix}${nextHop === undefined ? '' : ` nexthop ${nextHop}`}`,
        )
        .join('\n');
      await this.setup.node.run('sh', ['-e'], commands);
    }
  }

  async gobgp(...words: string[]): Promise<unknown> {
    return JSON.parse(await this.setup.node.run('gobgp', ['-j', ...words]));
  }

  async established(neighbor: string): Promise<boolean> {
    const state = (await this.gobgp('neighbor', neighbor)) as { state?: { session_state?: number } };
    return state.state?.session_state === 6;
  }

  async paths(neighbor: string): Promise<LearntRoute[]> {
    const found: LearntRoute[] = [];
    for (const version of familiesOf(this.neighbor(neighbor))) {
      const words = ['neighbor', neighbor, 'adj-in', '-a', `ipv${version}`];
      const table = (await this.gobgp(...words)) as Record<string, GobgpPath[]> | null;
      for (const [key, paths] of Object.entries(table ?? {})) {
        for (const path of paths) found.push(learntFrom(path, key));
      }
    }
    return found;
  }

  async knows(prefix: string): Promise<boolean> {
    const found = await this.setup.node.tryRun('gobgp', [
      'global',
      'rib',
      prefix,
      '-a',
      `ipv${familyOfPrefix(prefix)}`,
    ]);
    return found.stdout.includes(prefix);
  }

  async refresh(neighbor: string): Promise<void> {
    for (const version of familiesOf(this.neighbor(neighbor))) {
      await this.setup.node.run('gobgp', ['neighbor', neighbor, 'softresetin', '-a', `ipv${version}`]);
    }
  }
}

function learntFrom(path: GobgpPath, key: string): LearntRoute {
  const attribute = (type: number) => path.attrs.find((candidate) => candidate.type === type);
  const segments = attribute(2)?.as_paths ?? [];
  const clusters = attribute(10)?.value;
  return {
    prefix: path.nlri?.prefix ?? key,
    nextHop: attribute(3)?.nexthop ?? attribute(14)?.nexthop ?? '',
    asPath: segments
      .map((segment) => (segment.segment_type === 1 ? `{${segment.asns.join(' ')}}` : segment.asns.join(' ')))
      .join(' '),
    originatorId: String(attribute(9)?.value ?? ''),
    clusterList: Array.isArray(clusters) ? clusters.join(' ') : '',
  };
}

interface GobgpPath {
  readonly nlri?: { readonly prefix?: string };
  readonly attrs: readonly {
    readonly type: number;
    readonly nexthop?: string;
    readonly value?: unknown;
    readonly as_paths?: readonly { readonly segment_type: number; readonly asns: readonly number[] }[];
  }[];
}

function gobgpConfig(setup: PeerSetup): string {
  const neighbors = setup.neighbors.map((neighbor) => gobgpNeighbor(setup, neighbor));
  return `[global.config]
  as = ${setup.as}
  router-id = "${setup.routerId}"
${confederation(setup)}${neighbors.join('')}`;
}

function confederation({ confederation: identifier, neighbors }: PeerSetup): string {
  if (identifier === undefined) return '';
  const members = neighbors.map((neighbor) => neighbor.as).join(', ');
  return `[global.confederation.config]\nenabled = true\nidentifier = ${identifier}\nmember-as-list = [${members}]\n`;
}

/** Sections of the neighbour, each with its lines. */
function gobgpNeighbor(setup: PeerSetup, neighbor: NeighborSetup): string {
  const lines: string[] = ['[[neighbors]]'];
  const section = (name: string, entries: Readonly<Record<string, string | number | boolean>>): void => {
    lines.push(`[neighbors.${name}]`, ...Object.entries(entries).map(([key, value]) => `${key} = ${toml(value)}`));
  };
  section('config', {
    'neighbor-address': neighbor.address,
    'peer-as': neighbor.as,
    ...(neighbor.password === undefined ? {} : { 'auth-password': neighbor.password }),
  });
  section('transport.config', { 'local-address': neighbor.local, 'passive-mode': neighbor.passive === true });
  section('timers.config', {
    'connect-retry': 2,
    'hold-time': neighbor.holdTime ?? 90,
    'idle-hold-time-after-reset': 1,
  });
  if (neighbor.ttlSecurity === true) section('ttl-security.config', { enabled: true, 'ttl-min': 255 });
  if (neighbor.rrClient === true) {
    section('route-reflector.config', {
      'route-reflector-client': true,
      'route-reflector-cluster-id': setup.clusterId ?? setup.routerId,
    });
  }
  if (neighbor.gracefulRestart === true) {
    section('graceful-restart.config', { enabled: true, 'restart-time': 20, 'deferral-time': 5 });
  }
  for (const version of familiesOf(neighbor)) {
    lines.push('[[neighbors.afi-safis]]');
    section('afi-safis.config', { 'afi-safi-name': `ipv${version}-unicast` });
    if (neighbor.gracefulRestart === true) section('afi-safis.mp-graceful-restart.config', { enabled: true });
    if (neighbor.addPath !== undefined) {
      section('afi-safis.add-paths.config', {
        receive: neighbor.addPath !== 'send',
        'send-max': neighbor.addPath === 'receive' ? 0 : 8,
      });
    }
    if (neighbor.maxPrefix !== undefined) {
      section('afi-safis.prefix-limit.config', { 'max-prefixes': neighbor.maxPrefix });
    }
  }
  return `${lines.join('\n')}\n`;
}

function toml(value: string | number | boolean): string {
  return typeof value === 'string' ? `"${value}"` : String(value);
}
