/**
 * FRR (zebra and bgpd) as a peer. bgpd stays root (-S); zebra has no such flag and runs as its own user, so the folder
 * of its sockets is open to it.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LabProcess, until } from '../../../src/lab/namespace.ts';
import { familyOfPrefix, findProgram, type LearntRoute, type PeerSetup, type RealPeer, scratch } from './peer.ts';

export class Frr implements RealPeer {
  readonly kind = 'frr';
  readonly setup: PeerSetup;
  readonly #folder = scratch('frr');
  readonly #extra: string;
  #zebra: LabProcess | undefined;
  #bgpd: LabProcess | undefined;

  /** @param extra further lines of `router bgp`. */
  constructor(setup: PeerSetup, extra = '') {
    this.setup = setup;
    this.#extra = extra;
  }

  get log(): string {
    return this.#bgpd?.output ?? '';
  }
  get alive(): boolean {
    return this.#bgpd !== undefined && !this.#bgpd.exited;
  }

  async start(): Promise<void> {
    const folder = this.#folder.path;
    mkdirSync(join(folder, 'vty'), { recursive: true });
    for (const open of [folder, join(folder, 'vty')]) chmodSync(open, 0o777);
    writeFileSync(join(folder, 'zebra.conf'), '');
    writeFileSync(join(folder, 'bgpd.conf'), frrConfig(this.setup, this.#extra));
    const common = (name: string): string[] => [
      ...['-f', join(folder, `${name}.conf`), '-i', join(folder, `${name}.pid`), '-z', join(folder, 'zserv')],
      ...['--vty_socket', join(folder, 'vty'), '--log', 'stdout', '-A', '127.0.0.1', '-P', '0'],
    ];
    const zebra = findProgram('zebra') ?? '/usr/lib/frr/zebra';
    this.#zebra ??= this.setup.node.start('zebra', zebra, common('zebra'));
    await until('zebra answers', async () => (await this.#vtysh('zebra', 'show version')).status === 0);
    this.#bgpd = this.setup.node.start('bgpd', '/usr/lib/frr/bgpd', [...common('bgpd'), '-S']);
    const started = this.#bgpd;
    await until('bgpd answers', async () => {
      if (started.exited) throw new Error(`bgpd ended: ${started.output}`);
      return (await this.#vtysh('bgpd', 'show version')).status === 0;
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#bgpd?.stop(signal);
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
    return this.setup.node.tryRun('vtysh', [
      '--vty_socket',
      join(this.#folder.path, 'vty'),
      '-d',
      daemon,
      '-c',
      command,
    ]);
  }

  async established(neighbor: string): Promise<boolean> {
    const text = await this.show(`show bgp neighbors ${neighbor} json`);
    const state = (JSON.parse(text) as Record<string, { bgpState?: string }>)[neighbor];
    return state?.bgpState === 'Established';
  }

  async learnt(neighbor: string): Promise<Map<string, LearntRoute>> {
    const family = familyOfPrefix(neighbor) === 6 ? 'ipv6' : 'ipv4';
    const text = await this.show(`show bgp ${family} unicast neighbors ${neighbor} routes json`);
    const parsed = JSON.parse(text) as { routes?: Record<string, FrrPath[]> };
    const routes = new Map<string, LearntRoute>();
    for (const [prefix, paths] of Object.entries(parsed.routes ?? {})) {
      const path = paths[0]!;
      const nextHop = path.nexthops?.find((hop) => hop.used === true) ?? path.nexthops?.[0];
      routes.set(prefix, { prefix, nextHop: nextHop?.ip ?? '', asPath: path.path ?? '' });
    }
    return routes;
  }
}

interface FrrPath {
  readonly path?: string;
  readonly nexthops?: readonly { readonly ip: string; readonly used?: boolean }[];
}

function frrConfig(setup: PeerSetup, extra: string): string {
  const neighbors = setup.neighbors
    .map(
      (neighbor) => ` neighbor ${neighbor.address} remote-as ${neighbor.as}
 neighbor ${neighbor.address} update-source ${neighbor.local}
 neighbor ${neighbor.address} timers connect 2
 neighbor ${neighbor.address} advertisement-interval 0
${neighbor.holdTime === undefined ? '' : ` neighbor ${neighbor.address} timers ${Math.max(1, Math.floor(neighbor.holdTime / 3))} ${neighbor.holdTime}\n`}${neighbor.password === undefined ? '' : ` neighbor ${neighbor.address} password ${neighbor.password}\n`}${neighbor.passive === true ? ` neighbor ${neighbor.address} passive\n` : ''}`,
    )
    .join('');
  const family = (version: 4 | 6): string => {
    const mine = setup.neighbors.filter((neighbor) => familyOfPrefix(neighbor.address) === version);
    const networks = setup.announce.filter((prefix) => familyOfPrefix(prefix) === version);
    return ` address-family ipv${version} unicast
${networks.map((prefix) => `  network ${prefix}\n`).join('')}${mine
  .map(
    (neighbor) =>
      `  neighbor ${neighbor.address} activate\n  neighbor ${neighbor.address} soft-reconfiguration inbound\n${neighbor.rrClient === true ? `  neighbor ${neighbor.address} route-reflector-client\n` : ''}`,
  )
  .join('')} exit-address-family
`;
  };
  return `log stdout
router bgp ${setup.as}
 bgp router-id ${setup.routerId}
 no bgp ebgp-requires-policy
 no bgp network import-check
 no bgp default ipv4-unicast
 bgp log-neighbor-changes
${setup.neighbors.some((neighbor) => neighbor.gracefulRestart === true) ? ' bgp graceful-restart\n' : ''}${extra}${neighbors}${family(4)}${family(6)}`;
}
