/** OpenBGPD as a peer. It needs /run/openbgpd and /var/empty. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LabProcess, until } from '../../../src/lab/namespace.ts';
import { familyOfPrefix, findProgram, type LearntRoute, type PeerSetup, type RealPeer, scratch } from './peer.ts';

export class Openbgpd implements RealPeer {
  readonly kind = 'openbgpd';
  readonly setup: PeerSetup;
  readonly #folder = scratch('openbgpd');
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
    for (const folder of ['/run/openbgpd', '/var/empty']) mkdirSync(folder, { recursive: true });
    const file = join(this.#folder.path, 'bgpd.conf');
    writeFileSync(file, openbgpdConfig(this.setup, this.#socket));
    chmodSync(file, 0o600);
    this.#process = this.setup.node.start('openbgpd', findProgram('openbgpd') ?? '/usr/sbin/bgpd', [
      '-d',
      '-v',
      '-f',
      file,
    ]);
    const started = this.#process;
    await until('bgpctl answers', async () => {
      if (started.exited) throw new Error(`openbgpd ended: ${started.output}`);
      return (await this.#bgpctl('show')).status === 0;
    });
  }

  get #socket(): string {
    return join(this.#folder.path, 'bgpd.sock');
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#process === undefined || this.#process.exited) return;
    if (signal === 'SIGKILL') {
      // Three processes: the parent alone would leave the session engine behind.
      const { pid } = this.#process;
      await this.setup.node.tryRun('sh', ['-c', `kill -9 ${pid} $(cat /proc/${pid}/task/${pid}/children)`]);
    }
    await this.#process.stop(signal);
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

  async learnt(neighbor: string): Promise<Map<string, LearntRoute>> {
    const result = await this.#bgpctl('-j', 'show', 'rib', 'in', 'neighbor', neighbor);
    const parsed = JSON.parse(result.stdout || '{}') as {
      rib?: { prefix: string; exit_nexthop?: string; true_nexthop?: string; aspath?: string }[];
    };
    const routes = new Map<string, LearntRoute>();
    for (const entry of parsed.rib ?? []) {
      const nextHop = entry.exit_nexthop ?? entry.true_nexthop ?? '';
      routes.set(entry.prefix, { prefix: entry.prefix, nextHop, asPath: entry.aspath ?? '' });
    }
    return routes;
  }
}

function openbgpdConfig(setup: PeerSetup, socket: string): string {
  const neighbors = setup.neighbors.map(
    (neighbor) => `neighbor ${neighbor.address} {
	remote-as ${neighbor.as}
	local-address ${neighbor.local}
	announce IPv${familyOfPrefix(neighbor.address)} unicast
${neighbor.password === undefined ? '' : `	tcp md5sig password "${neighbor.password}"\n`}${neighbor.passive === true ? '	passive\n' : ''}${neighbor.rrClient === true ? '	route-reflector\n' : ''}${neighbor.holdTime === undefined ? '' : `	holdtime ${neighbor.holdTime}\n`}}
`,
  );
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
