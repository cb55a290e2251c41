/** BIRD 2 as a peer. */
import { join } from 'node:path';
import { familiesOf, familyOfPrefix, type LearntRoute, type NeighborSetup, type PeerSetup } from './peer.ts';
import { PeerDaemon } from './peer-daemon.ts';

export class Bird extends PeerDaemon {
  readonly kind = 'bird';
  readonly #config: string | undefined;

  /** @param config a whole configuration instead of the generated one. */
  constructor(setup: PeerSetup, config?: string) {
    super(setup, 'bird');
    this.#config = config;
  }

  get socket(): string {
    return join(this.folder, 'bird.ctl');
  }

  /** After `stop('SIGKILL')` it comes back as a graceful restart where any session has that. */
  async start(): Promise<void> {
    const file = this.write('bird.conf', this.#config ?? birdConfig(this.setup));
    const restart = this.isRestart && this.restartsGracefully ? ['-R'] : [];
    await this.launch('bird', ['-f', '-c', file, '-s', this.socket, ...restart], () =>
      this.setup.node.tryRun('birdc', ['-s', this.socket, 'show', 'status']),
    );
  }

  birdc(...words: string[]): Promise<string> {
    return this.setup.node.run('birdc', ['-s', this.socket, ...words]);
  }

  async established(neighbor: string): Promise<boolean> {
    const text = await this.birdc('show', 'protocols', this.#protocol(neighbor));
    return /Established/.test(text);
  }

  async paths(neighbor: string): Promise<LearntRoute[]> {
    return parseBirdRoutes(await this.birdc('show', 'route', 'protocol', this.#protocol(neighbor), 'all'));
  }

  async knows(prefix: string): Promise<boolean> {
    return (await this.birdc('show', 'route', prefix)).includes(prefix);
  }

  async refresh(neighbor: string): Promise<void> {
    await this.birdc('reload', 'in', this.#protocol(neighbor));
  }

  #protocol(neighbor: string): string {
    return `n${this.setup.neighbors.findIndex((candidate) => candidate.address === neighbor)}`;
  }
}

export function parseBirdRoutes(text: string): LearntRoute[] {
  const routes: { -readonly [K in keyof LearntRoute]: LearntRoute[K] }[] = [];
  let prefix = '';
  for (const line of text.split('\n')) {
    // Further routes of a prefix begin with blanks instead of it.
    const head = /^([0-9a-f.:]+\/\d+)?\s+(?:unicast|blackhole|unreachable|prohibit) \[/.exec(line);
    if (head !== null) {
      prefix = head[1] ?? prefix;
      routes.push({ prefix, nextHop: '', asPath: '', originatorId: '', clusterList: '' });
    }
    const attribute = /^\s+BGP\.(\w+): ?(.*)$/.exec(line);
    const route = routes.at(-1);
    if (attribute === null || route === undefined) continue;
    const value = attribute[2]!.trim();
    switch (attribute[1]) {
      case 'as_path':
        route.asPath = value;
        break;
      case 'next_hop':
        route.nextHop = value;
        break;
      case 'originator_id':
        route.originatorId = value;
        break;
      case 'cluster_list':
        route.clusterList = value;
    }
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
    const { address, local, holdTime, password, role } = neighbor;
    const options = [
      `local ${local} as ${setup.as}`,
      `neighbor ${address} as ${neighbor.as}`,
      'direct',
      'connect delay time 1',
      'connect retry time 2',
      'error wait time 1,3',
      ...(holdTime === undefined ? [] : [`hold time ${holdTime}`]),
      ...(password === undefined ? [] : [`password "${password}"`]),
      ...(neighbor.passive === true ? ['passive'] : []),
      ...(neighbor.ttlSecurity === true ? ['ttl security'] : []),
      ...(setup.confederation === undefined ? [] : [`confederation ${setup.confederation}`, 'confederation member']),
      ...(neighbor.as4 === false ? ['enable as4 off'] : []),
      ...(neighbor.extendedMessages === true ? ['enable extended messages'] : []),
      ...(role === undefined ? [] : [`local role ${role}`]),
      ...(neighbor.rrClient === true ? ['rr client', `rr cluster id ${setup.clusterId ?? setup.routerId}`] : []),
      ...(neighbor.gracefulRestart === true ? ['graceful restart', 'graceful restart time 20'] : []),
      ...familiesOf(neighbor).map((version) => birdChannel(setup, neighbor, version)),
    ];
    return `protocol bgp n${index} {\n${options.map((option) => `\t${option};\n`).join('')}}\n`;
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

function birdChannel(setup: PeerSetup, neighbor: NeighborSetup, version: 4 | 6): string {
  const addPaths = { receive: 'rx', send: 'tx', both: 'on' } as const;
  const options = [
    'import all',
    'export where source = RTS_STATIC || source = RTS_BGP',
    // Inside an AS next hops may be further away than the neighbour.
    ...(neighbor.as === setup.as ? ['gateway recursive'] : []),
    ...(neighbor.addPath === undefined ? [] : [`add paths ${addPaths[neighbor.addPath]}`]),
    ...(neighbor.extendedNextHop === true ? ['extended next hop'] : []),
    ...(neighbor.maxPrefix === undefined ? [] : [`receive limit ${neighbor.maxPrefix} action restart`]),
  ];
  return `ipv${version} { ${options.map((option) => `${option};`).join(' ')} }`;
}
