/** ExaBGP as a peer: announces from its file and writes what it hears as JSON lines. */
import { appendFileSync, chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { familiesOf, familyOfPrefix, type LearntRoute, type NeighborSetup, type PeerSetup } from './peer.ts';
import { PeerDaemon } from './peer-daemon.ts';

export class Exabgp extends PeerDaemon {
  readonly kind = 'exabgp';

  constructor(setup: PeerSetup) {
    super(setup, 'exabgp');
  }

  get #heard(): string {
    return join(this.folder, 'heard.jsonl');
  }
  /** Lines for its API. */
  get #commands(): string {
    return join(this.folder, 'commands');
  }

  async start(): Promise<void> {
    this.write('commands', '');
    // ExaBGP takes a closed standard output for a dead program: descriptor 4 keeps its pipe open.
    const script = this.write(
      'hear.sh',
      `#!/bin/sh\ntail -n +1 -f ${this.#commands} &\nexec cat 4>&1 > ${this.#heard}\n`,
    );
    chmodSync(script, 0o755);
    await this.launch('exabgp', [this.write('exabgp.conf', exabgpConfig(this.setup, script))], undefined, {
      exabgp_daemon_user: 'root',
      exabgp_daemon_daemonize: 'false',
      exabgp_log_destination: 'stdout',
      exabgp_api_cli: 'false',
      exabgp_api_ack: 'false',
      exabgp_tcp_attempts: '0',
    });
  }

  async established(neighbor: string): Promise<boolean> {
    let up = false;
    for (const event of this.#events(neighbor)) if (event.type === 'state') up = event.neighbor.state === 'up';
    return up;
  }

  async paths(neighbor: string): Promise<LearntRoute[]> {
    const routes = new Map<string, LearntRoute>();
    for (const event of this.#events(neighbor)) {
      if (event.type === 'state' && event.neighbor.state === 'down') routes.clear();
      const update = event.neighbor.message?.update;
      if (update === undefined) continue;
      for (const entries of Object.values(update.withdraw ?? {})) {
        for (const entry of entries) routes.delete(keyOf(entry));
      }
      const path = update.attribute?.['as-path'];
      const asPath = Array.isArray(path)
        ? path.flat().join(' ')
        : Object.values(path ?? {})
            .flatMap(segment)
            .join(' ');
      const originatorId = update.attribute?.['originator-id'] ?? '';
      const clusterList = (update.attribute?.['cluster-list'] ?? []).join(' ');
      for (const byNextHop of Object.values(update.announce ?? {})) {
        // Both addresses of an IPv6 next hop are listed, each with all prefixes.
        const hops = Object.keys(byNextHop);
        for (const [nextHop, entries] of Object.entries(byNextHop)) {
          if (!Array.isArray(entries) || (nextHop.startsWith('fe80') && hops.length > 1)) continue;
          for (const entry of entries) {
            const prefix = typeof entry === 'string' ? entry : entry.nlri;
            routes.set(keyOf(entry), { prefix, nextHop, asPath, originatorId, clusterList });
          }
        }
      }
    }
    return [...routes.values()];
  }

  async knows(prefix: string): Promise<boolean> {
    for (const { address } of this.setup.neighbors) if ((await this.learnt(address)).has(prefix)) return true;
    return false;
  }

  async refresh(neighbor: string): Promise<void> {
    for (const version of familiesOf(this.neighbor(neighbor))) {
      appendFileSync(this.#commands, `neighbor ${neighbor} announce route-refresh ipv${version} unicast\n`);
    }
    await Promise.resolve();
  }

  *#events(neighbor: string): Generator<ExaEvent> {
    if (!existsSync(this.#heard)) return;
    for (const line of readFileSync(this.#heard, 'utf8').split('\n')) {
      if (!line.startsWith('{') || !line.endsWith('}')) continue;
      const event = parseEvent(line);
      if (event?.neighbor?.address?.peer === neighbor) yield event;
    }
  }
}

/** What a NOTIFICATION carried stands unescaped in its lines. */
function parseEvent(line: string): ExaEvent | undefined {
  try {
    return JSON.parse(line) as ExaEvent;
  } catch {
    return undefined;
  }
}

type ExaNlri = string | { readonly nlri: string; readonly 'path-information'?: string };
interface ExaEvent {
  readonly type: string;
  readonly neighbor: {
    readonly address: { readonly peer: string };
    readonly state?: string;
    readonly message?: {
      readonly update?: {
        readonly attribute?: {
          readonly 'as-path'?: readonly unknown[] | Record<string, unknown>;
          readonly 'originator-id'?: string;
          readonly 'cluster-list'?: readonly string[];
        };
        readonly announce?: Record<string, Record<string, readonly ExaNlri[]>>;
        readonly withdraw?: Record<string, readonly ExaNlri[]>;
      };
    };
  };
}

function segment(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  const inner = (value as { value?: unknown }).value;
  return Array.isArray(inner) ? inner : [];
}

function keyOf(entry: ExaNlri): string {
  return typeof entry === 'string' ? entry : `${entry.nlri} ${entry['path-information'] ?? ''}`;
}

function exabgpConfig(setup: PeerSetup, script: string): string {
  return `process hear { run ${script}; encoder json; }
${setup.neighbors.map((neighbor) => exabgpNeighbor(setup, neighbor)).join('')}`;
}

function exabgpNeighbor(setup: PeerSetup, neighbor: NeighborSetup): string {
  const families = familiesOf(neighbor);
  const addPath = { receive: 'receive', send: 'send', both: 'send/receive' } as const;
  const capabilities = [
    'route-refresh enable',
    ...(neighbor.as4 === false ? ['asn4 disable'] : []),
    ...(neighbor.addPath === undefined ? [] : [`add-path ${addPath[neighbor.addPath]}`]),
    ...(neighbor.extendedNextHop === true ? ['nexthop enable'] : []),
    ...(neighbor.gracefulRestart === true ? ['graceful-restart 20'] : []),
  ];
  const options = [
    `router-id ${setup.routerId}`,
    `local-address ${neighbor.local}`,
    `local-as ${setup.as}`,
    `peer-as ${neighbor.as}`,
    `hold-time ${neighbor.holdTime ?? 30}`,
    ...(neighbor.password === undefined ? [] : [`md5-password "${neighbor.password}"`]),
    ...(neighbor.passive === true ? ['passive true'] : []),
    ...(neighbor.ttlSecurity === true ? ['outgoing-ttl 255', 'incoming-ttl 255'] : []),
  ];
  const blocks = [
    `capability { ${capabilities.map((one) => `${one};`).join(' ')} }`,
    // Next hops of a family are only agreed on where the family itself is.
    `family { ${(neighbor.extendedNextHop === true ? [4, 6] : families).map((version) => `ipv${version} unicast;`).join(' ')} }`,
    ...(neighbor.addPath === undefined
      ? []
      : [`add-path { ${families.map((one) => `ipv${one} unicast;`).join(' ')} }`]),
    ...(neighbor.extendedNextHop === true ? ['nexthop { ipv4 unicast ipv6; }'] : []),
    'api { processes [ hear ]; neighbor-changes; receive { parsed; update; } }',
    `announce { ${families.map((version) => `ipv${version} {\n${exabgpRoutes(setup, neighbor, version)}}`).join(' ')} }`,
  ];
  return `neighbor ${neighbor.address} {
${options.map((option) => `\t${option};\n`).join('')}${blocks.map((block) => `\t${block}\n`).join('')}}
`;
}

/** A prefix that is announced twice has two paths. */
function exabgpRoutes(setup: PeerSetup, neighbor: NeighborSetup, version: 4 | 6): string {
  const seen = new Map<string, number>();
  return setup.announce
    .filter((prefix) => familyOfPrefix(prefix) === version)
    .map((prefix) => {
      const path = (seen.get(prefix) ?? 0) + 1;
      seen.set(prefix, path);
      const information = neighbor.addPath === undefined ? '' : ` path-information 0.0.0.${path} med ${path}`;
      return `unicast ${prefix} next-hop ${neighbor.local}${information};\n`;
    })
    .join('');
}
