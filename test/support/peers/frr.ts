/**
 * FRR (zebra and bgpd) as a peer. bgpd stays root (-S); zebra has no such flag and runs as its own user, so the folder
 * of its sockets is open to it.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type LabProcess, until } from '../../../src/lab/namespace.ts';
import { familiesOf, familyOfPrefix, findProgram, type LearntRoute, type PeerSetup } from './peer.ts';
import { PeerDaemon } from './peer-daemon.ts';

export class Frr extends PeerDaemon {
  readonly kind = 'frr';
  readonly #extra: string;
  #zebra: LabProcess | undefined;

  /** @param extra further lines of `router bgp`. */
  constructor(setup: PeerSetup, extra = '') {
    super(setup, 'frr');
    this.#extra = extra;
  }

  async start(): Promise<void> {
    const { folder } = this;
    mkdirSync(join(folder, 'vty'), { recursive: true });
    for (const open of [folder, join(folder, 'vty')]) chmodSync(open, 0o777);
    this.write('zebra.conf', '');
    this.write('bgpd.conf', frrConfig(this.setup, this.#extra));
    const common = (name: string): string[] => [
      ...['-f', join(folder, `${name}.conf`), '-i', join(folder, `${name}.pid`), '-z', join(folder, 'zserv')],
      ...['--vty_socket', join(folder, 'vty'), '--log', 'stdout', '-A', '127.0.0.1', '-P', '0'],
    ];
    const zebra = findProgram('zebra') ?? '/usr/lib/frr/zebra';
    this.#zebra ??= this.setup.node.start('zebra', zebra, common('zebra'));
    await until('zebra answers', async () => (await this.#vtysh('zebra', 'show version')).status === 0);
    await this.launch('/usr/lib/frr/bgpd', [...common('bgpd'), '-S'], () => this.#vtysh('bgpd', 'show version'));
  }

  override async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await super.stop(signal);
    if (signal === 'SIGTERM') {
      await this.#zebra?.stop(signal);
      this.#zebra = undefined;
    }
  }

  async show(command: string): Promise<string> {
    const result = await this.#vtysh('bgpd', command);
    if (result.status !== 0) throw new Error(`vtysh ${command}: ${result.stderr}`);
    return result.stdout;
  }

  #vtysh(daemon: string, command: string) {
    return this.setup.node.tryRun('vtysh', ['--vty_socket', join(this.folder, 'vty'), '-d', daemon, '-c', command]);
  }

  async established(neighbor: string): Promise<boolean> {
    const text = await this.show(`show bgp neighbors ${neighbor} json`);
    const state = (JSON.parse(text) as Record<string, { bgpState?: string }>)[neighbor];
    return state?.bgpState === 'Established';
  }

  /** Originator and clusters come from the routes of the table, which `neighbors X routes` leaves out. */
  async paths(neighbor: string): Promise<LearntRoute[]> {
    const found: LearntRoute[] = [];
    for (const version of familiesOf(this.neighbor(neighbor))) {
      const text = await this.show(`show bgp ipv${version} unicast neighbors ${neighbor} routes json`);
      const parsed = JSON.parse(text) as { routes?: Record<string, FrrPath[]> };
      for (const [prefix, paths] of Object.entries(parsed.routes ?? {})) {
        for (const path of paths) {
          const nextHop = path.nexthops?.find((hop) => hop.scope !== 'link-local') ?? path.nexthops?.[0];
          found.push({
            prefix,
            nextHop: nextHop?.ip ?? '',
            asPath: path.path ?? '',
            originatorId: '',
            clusterList: '',
          });
        }
      }
    }
    return found.length > MANY ? found : Promise.all(found.map((path) => this.#withReflection(path, neighbor)));
  }

  async #withReflection(path: LearntRoute, neighbor: string): Promise<LearntRoute> {
    const text = await this.show(`show bgp ipv${familyOfPrefix(path.prefix)} unicast ${path.prefix} json`);
    const { paths } = JSON.parse(text) as { paths?: readonly FrrDetail[] };
    const detail = paths?.find((candidate) => candidate.peer?.peerId === neighbor);
    return {
      ...path,
      originatorId: detail?.originatorId ?? '',
      clusterList: detail?.clusterList?.list?.join(' ') ?? '',
    };
  }

  async knows(prefix: string): Promise<boolean> {
    const text = await this.show(`show bgp ipv${familyOfPrefix(prefix)} unicast ${prefix} json`);
    return ((JSON.parse(text) as { paths?: readonly unknown[] }).paths ?? []).length > 0;
  }

  async refresh(neighbor: string): Promise<void> {
    // Soft reconfiguration would answer from what was kept: FRR asks the neighbour only without it.
    await this.show(`clear bgp ${neighbor} in`);
  }
}

/** Above so many routes details are not asked for one by one. */
const MANY = 50;

interface FrrDetail {
  readonly peer?: { readonly peerId?: string };
  readonly originatorId?: string;
  readonly clusterList?: { readonly list?: readonly string[] };
}

interface FrrPath {
  readonly path?: string;
  readonly nexthops?: readonly { readonly ip: string; readonly scope?: string }[];
}

function confederation({ confederation: identifier, neighbors }: PeerSetup): string {
  if (identifier === undefined) return '';
  const members = new Set(neighbors.map((neighbor) => neighbor.as));
  return ` bgp confederation identifier ${identifier}\n bgp confederation peers ${[...members].join(' ')}\n`;
}

function frrConfig(setup: PeerSetup, extra: string): string {
  const sessions = setup.neighbors.flatMap((neighbor) => {
    const { holdTime, password, role } = neighbor;
    const options = [
      `remote-as ${neighbor.as}`,
      `update-source ${neighbor.local}`,
      'timers connect 2',
      'advertisement-interval 0',
      ...(holdTime === undefined ? [] : [`timers ${Math.max(1, Math.floor(holdTime / 3))} ${holdTime}`]),
      ...(password === undefined ? [] : [`password ${password}`]),
      ...(neighbor.passive === true ? ['passive'] : []),
      ...(neighbor.ttlSecurity === true ? ['ttl-security hops 1'] : []),
      ...(neighbor.as4 === false ? ['dont-capability-negotiate'] : []),
      ...(neighbor.extendedNextHop === true ? ['capability extended-nexthop'] : []),
      ...(role === undefined ? [] : [`local-role ${role}`]),
    ];
    return options.map((option) => ` neighbor ${neighbor.address} ${option}\n`);
  });
  const family = (version: 4 | 6): string => {
    const mine = setup.neighbors.filter((neighbor) => familiesOf(neighbor).includes(version));
    const networks = setup.announce.filter((prefix) => familyOfPrefix(prefix) === version);
    const options = mine.flatMap((neighbor) =>
      [
        'activate',
        ...(neighbor.rrClient === true ? ['route-reflector-client'] : []),
        ...(neighbor.addPath === 'send' || neighbor.addPath === 'both' ? ['addpath-tx-all-paths'] : []),
        ...(neighbor.maxPrefix === undefined ? [] : [`maximum-prefix ${neighbor.maxPrefix}`]),
      ].map((option) => `  neighbor ${neighbor.address} ${option}\n`),
    );
    return ` address-family ipv${version} unicast
${networks.map((prefix) => `  network ${prefix}\n`).join('')}${options.join('')} exit-address-family
`;
  };
  const restarts = setup.neighbors.some((neighbor) => neighbor.gracefulRestart === true);
  return `log stdout
router bgp ${setup.as}
 bgp router-id ${setup.routerId}
${setup.clusterId === undefined ? '' : ` bgp cluster-id ${setup.clusterId}\n`} no bgp ebgp-requires-policy
${confederation(setup)} no bgp network import-check
 no bgp default ipv4-unicast
 bgp log-neighbor-changes
${restarts ? ' bgp graceful-restart\n bgp graceful-restart restart-time 20\n bgp graceful-restart preserve-fw-state\n' : ''}${extra}${sessions.join('')}${family(4)}${family(6)}`;
}
