/** ExaBGP as a peer: announces from its file and writes what it hears as JSON lines. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabProcess } from '../../../src/lab/namespace.ts';
import { familyOfPrefix, type LearntRoute, type PeerSetup, type RealPeer, scratch } from './peer.ts';

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

  async start(): Promise<void> {
    // ExaBGP takes a closed standard output for a dead program: descriptor 4 keeps its pipe open.
    const script = join(this.#folder.path, 'hear.sh');
    writeFileSync(script, `#!/bin/sh\nexec cat 4>&1 > ${this.#heard}\n`);
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
    const routes = new Map<string, LearntRoute>();
    for (const event of this.#events(neighbor)) {
      if (event.type === 'state' && event.neighbor.state === 'down') routes.clear();
      const update = event.neighbor.message?.update;
      if (update === undefined) continue;
      for (const entries of Object.values(update.withdraw ?? {})) {
        for (const entry of entries) routes.delete(typeof entry === 'string' ? entry : entry.nlri);
      }
      const path = update.attribute?.['as-path'];
      const asPath = Array.isArray(path)
        ? path.flat().join(' ')
        : Object.values(path ?? {})
            .flatMap(segment)
            .join(' ');
      for (const byNextHop of Object.values(update.announce ?? {})) {
        for (const [nextHop, entries] of Object.entries(byNextHop)) {
          if (!Array.isArray(entries)) continue;
          for (const entry of entries) {
            const prefix = typeof entry === 'string' ? entry : entry.nlri;
            routes.set(prefix, { prefix, nextHop, asPath });
          }
        }
      }
    }
    return routes;
  }

  *#events(neighbor: string): Generator<ExaEvent> {
    if (!existsSync(this.#heard)) return;
    for (const line of readFileSync(this.#heard, 'utf8').split('\n')) {
      if (!line.startsWith('{') || !line.endsWith('}')) continue;
      const event = JSON.parse(line) as ExaEvent;
      if (event.neighbor?.address?.peer === neighbor) yield event;
    }
  }
}

type ExaNlri = string | { readonly nlri: string };
interface ExaEvent {
  readonly type: string;
  readonly neighbor: {
    readonly address: { readonly peer: string };
    readonly state?: string;
    readonly message?: {
      readonly update?: {
        readonly attribute?: { readonly 'as-path'?: readonly unknown[] | Record<string, unknown> };
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

function exabgpConfig(setup: PeerSetup, script: string): string {
  const neighbors = setup.neighbors.map((neighbor) => {
    const version = familyOfPrefix(neighbor.address);
    const routes = setup.announce
      .filter((prefix) => familyOfPrefix(prefix) === version)
      .map((prefix) => `			unicast ${prefix} next-hop ${neighbor.local};\n`)
      .join('');
    return `neighbor ${neighbor.address} {
	router-id ${setup.routerId};
	local-address ${neighbor.local};
	local-as ${setup.as};
	peer-as ${neighbor.as};
	hold-time ${neighbor.holdTime ?? 30};
	${neighbor.password === undefined ? '' : `md5-password "${neighbor.password}";`}
	family { ipv${version} unicast; }
	api { processes [ hear ]; neighbor-changes; receive { parsed; update; } }
	announce {
		ipv${version} {
${routes}		}
	}
}
`;
  });
  return `process hear { run ${script}; encoder json; }
${neighbors.join('')}`;
}
