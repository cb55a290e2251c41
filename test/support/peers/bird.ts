/** BIRD 2 as a peer. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LabProcess, until } from '../../../src/lab/namespace.ts';
import { familyOfPrefix, type LearntRoute, type PeerSetup, type RealPeer, scratch } from './peer.ts';

export class Bird implements RealPeer {
  readonly kind = 'bird';
  readonly setup: PeerSetup;
  readonly #folder = scratch('bird');
  readonly #config: string | undefined;
  #process: LabProcess | undefined;

  /** @param config a whole configuration instead of the generated one. */
  constructor(setup: PeerSetup, config?: string) {
    this.setup = setup;
    this.#config = config;
  }

  get socket(): string {
    return join(this.#folder.path, 'bird.ctl');
  }
  get log(): string {
    return this.#process?.output ?? '';
  }
  get alive(): boolean {
    return this.#process !== undefined && !this.#process.exited;
  }

  async start(): Promise<void> {
    const file = join(this.#folder.path, 'bird.conf');
    writeFileSync(file, this.#config ?? birdConfig(this.setup));
    this.#process = this.setup.node.start('bird', 'bird', ['-f', '-c', file, '-s', this.socket]);
    const started = this.#process;
    await until('birdc answers', async () => {
      if (started.exited) throw new Error(`bird ended: ${started.output}`);
      return (await this.setup.node.tryRun('birdc', ['-s', this.socket, 'show', 'status'])).status === 0;
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#process?.stop(signal);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.child.kill(signal);
  }

  birdc(...words: string[]): Promise<string> {
    return this.setup.node.run('birdc', ['-s', this.socket, ...words]);
  }

  async established(neighbor: string): Promise<boolean> {
    const text = await this.birdc('show', 'protocols', this.#protocol(neighbor));
    return /Established/.test(text);
  }

  async learnt(neighbor: string): Promise<Map<string, LearntRoute>> {
    const text = await this.birdc('show', 'route', 'protocol', this.#protocol(neighbor), 'all');
    return parseBirdRoutes(text);
  }

  #protocol(neighbor: string): string {
    return `n${this.setup.neighbors.findIndex((candidate) => candidate.address === neighbor)}`;
  }
}

export function parseBirdRoutes(text: string): Map<string, LearntRoute> {
  const routes = new Map<string, LearntRoute>();
  let prefix = '';
  for (const line of text.split('\n')) {
    const head = /^([0-9a-f.:]+\/\d+)\s/.exec(line);
    if (head !== null) {
      prefix = head[1]!;
      routes.set(prefix, { prefix, nextHop: '', asPath: '' });
    }
    const attribute = /^\s+(?:BGP\.)(as_path|next_hop): ?(.*)$/.exec(line);
    const route = routes.get(prefix);
    if (attribute === null || route === undefined) continue;
    const value = attribute[2]!.trim();
    routes.set(prefix, attribute[1] === 'as_path' ? { ...route, asPath: value } : { ...route, nextHop: value });
  }
  return routes;
}

function birdConfig(setup: PeerSetup): string {
  const routes = (version: 4 | 6): string =>
    setup.announce
      .filter((prefix) => familyOfPrefix(prefix) === version)
      .map((prefix) => `\troute ${prefix} blackhole;\n`)
      .join('');
  const sessions = setup.neighbors.map((neighbor, index) => {
    const family = familyOfPrefix(neighbor.address) === 6 ? 'ipv6' : 'ipv4';
    return `protocol bgp n${index} {
	local ${neighbor.local} as ${setup.as};
	neighbor ${neighbor.address} as ${neighbor.as};
	direct;
	connect delay time 1;
	connect retry time 2;
	error wait time 1,3;
	${neighbor.holdTime === undefined ? '' : `hold time ${neighbor.holdTime};`}
	${neighbor.password === undefined ? '' : `password "${neighbor.password}";`}
	${neighbor.passive === true ? 'passive;' : ''}
	${neighbor.rrClient === true ? 'rr client;' : ''}
	${neighbor.gracefulRestart === true ? 'graceful restart on;' : ''}
	${family} { import all; export where source = RTS_STATIC || source = RTS_BGP; };
}
`;
  });
  return `log stderr all;
router id ${setup.routerId};
protocol device { scan time 1; }
protocol static s4 { ipv4; 
${routes(4)}}
protocol static s6 { ipv6;
${routes(6)}}
${sessions.join('')}`;
}
