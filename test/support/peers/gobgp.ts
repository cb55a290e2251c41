/** GoBGP as a peer. Its routes are added through its client after the start, in one go per family. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LabProcess, until } from '../../../src/lab/namespace.ts';
import { familyOfPrefix, type LearntRoute, type PeerSetup, type RealPeer, scratch } from './peer.ts';

export class Gobgp implements RealPeer {
  readonly kind = 'gobgp';
  readonly setup: PeerSetup;
  readonly #folder = scratch('gobgp');
  #process: LabProcess | undefined;

  constructor(setup: PeerSetup) {
    this.setup = setup;
  }

  get log(): string {
    return this.#process?.output ?? '';
  }
  get alive(): boolean {
    return this.#process !== undefined && !this.#process.exited;
  }

  async start(): Promise<void> {
    const file = join(this.#folder.path, 'gobgpd.conf');
    writeFileSync(file, gobgpConfig(this.setup));
    this.#process = this.setup.node.start('gobgpd', 'gobgpd', [
      '-f',
      file,
      '-t',
      'toml',
      '--api-hosts',
      '127.0.0.1:50051',
    ]);
    const started = this.#process;
    await until('gobgp answers', async () => {
      if (started.exited) throw new Error(`gobgpd ended: ${started.output}`);
      return (await this.setup.node.tryRun('gobgp', ['global'])).status === 0;
    });
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

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#process?.stop(signal);
  }

  async gobgp(...words: string[]): Promise<unknown> {
    return JSON.parse(await this.setup.node.run('gobgp', ['-j', ...words]));
  }

  async established(neighbor: string): Promise<boolean> {
    const state = (await this.gobgp('neighbor', neighbor)) as { state?: { session_state?: number } };
    return state.state?.session_state === 6;
  }

  async learnt(neighbor: string): Promise<Map<string, LearntRoute>> {
    const family = familyOfPrefix(neighbor) === 6 ? 'ipv6' : 'ipv4';
    const table = (await this.gobgp('neighbor', neighbor, 'adj-in', '-a', family)) as Record<string, GobgpPath[]>;
    const routes = new Map<string, LearntRoute>();
    for (const [key, paths] of Object.entries(table ?? {})) {
      const path = paths[0]!;
      const prefix = path.nlri?.prefix ?? key;
      const attribute = (type: number) => path.attrs.find((candidate) => candidate.type === type);
      const nextHop = attribute(3)?.nexthop ?? attribute(14)?.nexthop ?? '';
      const segments = attribute(2)?.as_paths ?? [];
      const asPath = segments
        .map((segment) => (segment.segment_type === 1 ? `{${segment.asns.join(' ')}}` : segment.asns.join(' ')))
        .join(' ');
      routes.set(prefix, { prefix, nextHop, asPath });
    }
    return routes;
  }
}

interface GobgpPath {
  readonly nlri?: { readonly prefix?: string };
  readonly attrs: readonly {
    readonly type: number;
    readonly nexthop?: string;
    readonly as_paths?: readonly { readonly segment_type: number; readonly asns: readonly number[] }[];
  }[];
}

function gobgpConfig(setup: PeerSetup): string {
  const neighbors = setup.neighbors.map(
    (neighbor) => `
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${neighbor.address}"
    peer-as = ${neighbor.as}
${neighbor.password === undefined ? '' : `    auth-password = "${neighbor.password}"\n`}  [neighbors.transport.config]
    local-address = "${neighbor.local}"
    passive-mode = ${neighbor.passive === true}
  [neighbors.timers.config]
    connect-retry = 2
    hold-time = ${neighbor.holdTime ?? 90}
    idle-hold-time-after-reset = 1
${neighbor.rrClient === true ? `  [neighbors.route-reflector.config]\n    route-reflector-client = true\n    route-reflector-cluster-id = "${setup.routerId}"\n` : ''}${neighbor.gracefulRestart === true ? '  [neighbors.graceful-restart.config]\n    enabled = true\n    restart-time = 20\n' : ''}  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv${familyOfPrefix(neighbor.address)}-unicast"
${neighbor.gracefulRestart === true ? '    [neighbors.afi-safis.mp-graceful-restart.config]\n      enabled = true\n' : ''}`,
  );
  return `[global.config]
  as = ${setup.as}
  router-id = "${setup.routerId}"
${neighbors.join('')}`;
}
