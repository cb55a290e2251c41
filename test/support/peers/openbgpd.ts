/** OpenBGPD as a peer. It needs /run/openbgpd and /var/empty. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { familiesOf, findProgram, type LearntRoute, type NeighborSetup, type PeerSetup } from './peer.ts';
import { PeerDaemon } from './peer-daemon.ts';

export class Openbgpd extends PeerDaemon {
  readonly kind = 'openbgpd';

  constructor(setup: PeerSetup) {
    super(setup, 'openbgpd');
  }

  get #socket(): string {
    return join(this.folder, 'bgpd.sock');
  }

  async start(): Promise<void> {
    for (const folder of ['/run/openbgpd', '/var/empty']) mkdirSync(folder, { recursive: true });
    const file = this.write('bgpd.conf', openbgpdConfig(this.setup, this.#socket));
    chmodSync(file, 0o600);
    const program = findProgram('openbgpd') ?? '/usr/sbin/bgpd';
    await this.launch(program, ['-d', '-v', '-f', file], () => this.#bgpctl('show'));
  }

  override async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.alive) return;
    if (signal === 'SIGKILL') {
      // Three processes: the parent alone would leave the session engine behind.
      const { pid } = this;
      await this.setup.node.tryRun('sh', ['-c', `kill -9 ${pid} $(cat /proc/${pid}/task/${pid}/children)`]);
    }
    await super.stop(signal);
  }

  #bgpctl(...words: string[]) {
    return this.setup.node.tryRun('bgpctl', ['-s', this.#socket, ...words]);
  }

  async established(neighbor: string): Promise<boolean> {
    const result = await this.#bgpctl('-j', 'show', 'neighbor', neighbor);
    if (result.status !== 0) return false;
    const parsed = JSON.parse(result.stdout) as { neighbors?: { state?: string }[] };
    return parsed.neighbors?.[0]?.state === 'Established';
  }

  async paths(neighbor: string): Promise<LearntRoute[]> {
    const result = await this.#bgpctl('-j', 'show', 'rib', 'detail', 'in', 'neighbor', neighbor);
    const parsed = JSON.parse(result.stdout || '{}') as { rib?: readonly OpenbgpdRoute[] };
    return (parsed.rib ?? []).map((entry) => ({
      prefix: entry.prefix,
      nextHop: entry.exit_nexthop ?? entry.true_nexthop ?? '',
      asPath: entry.aspath ?? '',
      originatorId: entry.attributes?.find((one) => one.type === 'Originator Id')?.originator ?? '',
      clusterList: entry.attributes?.find((one) => one.type === 'Cluster Id List')?.cluster_list?.join(' ') ?? '',
    }));
  }

  async knows(prefix: string): Promise<boolean> {
    return (await this.#bgpctl('show', 'rib', prefix)).stdout.includes(prefix);
  }

  async refresh(neighbor: string): Promise<void> {
    const result = await this.#bgpctl('neighbor', neighbor, 'refresh');
    if (result.status !== 0) throw new Error(`bgpctl refresh: ${result.stderr}`);
  }
}

interface OpenbgpdRoute {
  readonly prefix: string;
  readonly exit_nexthop?: string;
  readonly true_nexthop?: string;
  readonly aspath?: string;
  readonly attributes?: readonly {
    readonly type: string;
    readonly originator?: string;
    readonly cluster_list?: readonly string[];
  }[];
}

function openbgpdConfig(setup: PeerSetup, socket: string): string {
  const neighbors = setup.neighbors.map((neighbor) => {
    const options = openbgpdOptions(setup, neighbor);
    return `neighbor ${neighbor.address} {\n${options.map((option) => `\t${option}\n`).join('')}}\n`;
  });
  return `AS ${setup.as}
router-id ${setup.routerId}
socket "${socket}"
fib-update no
connect-retry 2
nexthop qualify via default
${setup.announce.map((prefix) => `network ${prefix}\n`).join('')}${neighbors.join('')}allow from any
allow to any
`;
}

function openbgpdOptions(setup: PeerSetup, neighbor: NeighborSetup): string[] {
  const { password, holdTime, addPath } = neighbor;
  const families = familiesOf(neighbor);
  return [
    `remote-as ${neighbor.as}`,
    `local-address ${neighbor.local}`,
    ...([4, 6] as const).map((version) => `announce IPv${version} ${families.includes(version) ? 'unicast' : 'none'}`),
    ...(password === undefined ? [] : [`tcp md5sig password "${password}"`]),
    ...(neighbor.passive === true ? ['passive'] : []),
    ...(neighbor.ttlSecurity === true ? ['ttl-security yes'] : []),
    ...(neighbor.as4 === false ? ['announce as-4byte no'] : []),
    ...(neighbor.role === undefined ? [] : [`announce policy ${neighbor.role}`]),
    ...(neighbor.rrClient === true ? [`route-reflector ${setup.clusterId ?? setup.routerId}`] : []),
    ...(neighbor.maxPrefix === undefined ? [] : [`max-prefix ${neighbor.maxPrefix}`]),
    ...(addPath === undefined || addPath === 'send' ? [] : ['announce add-path recv yes']),
    ...(addPath === undefined || addPath === 'receive' ? [] : ['announce add-path send all']),
    ...(holdTime === undefined ? [] : [`holdtime ${holdTime}`]),
  ];
}
