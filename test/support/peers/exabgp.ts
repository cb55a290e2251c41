/** ExaBGP as a peer: announces from its file and writes what it hears as JSON lines. */
import { appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabProcess } from '../../../src/lab/namespace.ts';
import { scratch } from '../scratch.ts';
import {
  familiesOf,
  familyOfPrefix,
  firstOfEach,
  type LearntRoute,
  type NeighborSetup,
  type PeerSetup,
  type RealPeer,
} from './peer.ts';

export class Exabgp implements RealPeer {
  readonly kind = 'exabgp';
  readonly setup: PeerSetup;
  readonly #folder = scratch('exabgp');
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
  get #heard(): string {
    return join(this.#folder.path, 'heard.jsonl');
  }
  /** Lines for its API. */
  get #commands(): string {
    return join(this.#folder.path, 'commands');
  }

  async start(): Promise<void> {
    // ExaBGP takes a closed standard output for a dead program: descriptor 4 keeps its pipe open.
    const script = join(this.#folder.path, 'hear.sh');
    writeFileSync(this.#commands, '');
    writeFileSync(script, `#!/bin/sh\ntail -n +1 -f ${this.#commands} &\nexec cat 4>&1 > ${this.#heard}\n`);
    chmodSync(script, 0o755);
    const file = join(this.#folder.path, 'exabgp.conf');
    writeFileSync(file, exabgpConfig(this.setup, script));
    this.#process = this.setup.node.start('exabgp', 'exabgp', [file], {
      exabgp_daemon_user: 'root',
      exabgp_daemon_daemonize: 'false',
      exabgp_log_destination: 'stdout',
      exabgp_api_cli: 'false',
      exabgp_api_ack: 'false',
      exabgp_tcp_attempts: '0',
    });
    await Promise.resolve();
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#process?.stop(signal);
  }

  async established(neighbor: string): Promise<boolean> {
    let up = false;
    for (const event of this.#events(neighbor)) if (event.type === 'state') up = event.neighbor.state === 'up';
    return up;
  }

  async learnt(neighbor: string): Promise<Map<string, LearntRoute>> {
    return firstOfEach(await this.paths(neighbor));
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
    for (const version of familiesOf(this.setup.neighbors.find((one) => one.address === neighbor)!)) {
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
