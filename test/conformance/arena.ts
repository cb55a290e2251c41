/**
 * The daemon under test, as a process of its own on loopback, with as many neighbours as there are rows: every
 * neighbour has an address of its own on loopback. Needs no privileges.
 */
import { spawn } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { LabProcess, until } from '../../src/lab/namespace.ts';
import { ControlClient } from '../support/control-client.ts';
import { freePort } from '../support/free-port.ts';
import { DAEMON } from '../support/programs.ts';
import {
  capability,
  capabilityAs4,
  capabilityIpv4,
  capabilityIpv6,
  capabilityRefresh,
} from '../support/raw-speaker.ts';
import { scratch } from '../support/scratch.ts';
import { Caller } from './caller.ts';
import type { Kind } from './case.ts';

export const LOCAL_AS = 65001;
export const PEER_AS = 65002;
export const DAEMON_ID = '10.255.0.1';
/** Of this process alone: arenas of two runs on one machine do not meet. */
export const LOOPBACK = `127.${64 + (process.pid % 128)}`;
export const DAEMON_ADDRESS = `${LOOPBACK}.0.1`;

/** Connections to the control socket. */
const CLIENTS = 12;

/** What both families' channels have; routes come in, none go out. */
export const CHANNEL = 'import all; export none; gateway recursive; aigp off;';

export interface NeighborSpec {
  /** Lines of the protocol block. */
  readonly lines?: string;
  /** Lines of the channels; `undefined` for the usual ones, '' for no such channel. */
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** The daemon dials, too: to a port on which `Neighbor.listen` listens. */
  readonly active?: boolean;
  /** Nobody listens there (yet). */
  readonly deaf?: boolean;
  /** Instead of the usual capabilities: IPv4, IPv6, (enhanced) route refresh, four-octet AS numbers. */
  readonly capabilities?: (as: number) => Uint8Array;
  /** Besides the usual ones. */
  readonly moreCapabilities?: Uint8Array;
  readonly as4?: boolean;
  readonly addPath?: boolean;
  readonly as?: number;
  readonly holdTime?: number;
}

export function usualCapabilities(as: number): Buffer {
  return Buffer.concat([capabilityIpv4, capabilityIpv6, capabilityRefresh, capability(70), capabilityAs4(as)]);
}

export class Neighbor {
  readonly name: string;
  readonly kind: Kind;
  readonly address: string;
  readonly spec: NeighborSpec;
  readonly arena: Arena;
  /** Port on which the daemon calls it, if it does. */
  readonly port: number;
  readonly #callers: Caller[] = [];
  readonly #arrived: Caller[] = [];
  #server: Server | undefined;

  constructor(arena: Arena, name: string, kind: Kind, address: string, port: number, spec: NeighborSpec) {
    this.arena = arena;
    this.name = name;
    this.kind = kind;
    this.address = address;
    this.port = port;
    this.spec = spec;
  }

  get as(): number {
    return this.spec.as ?? (this.kind === 'iBGP' ? LOCAL_AS : PEER_AS);
  }

  get capabilities(): Uint8Array {
    const own = this.spec.capabilities?.(this.as) ?? usualCapabilities(this.as);
    return Buffer.concat([own, this.spec.moreCapabilities ?? Buffer.alloc(0)]);
  }

  /** A BGP identifier that nobody else has. */
  get id(): string {
    return this.address.replace(/^127\.77/, '10.77');
  }

  /** Lines that a reconfiguration added. */
  changes = '';
  /** A reconfiguration took it out. */
  removed = false;

  get config(): string {
    if (this.removed) return '';
    const { lines = '', ipv4 = CHANNEL, ipv6 = CHANNEL, active } = this.spec;
    const port = active === true ? `port ${this.port}` : '';
    const channels = [ipv4 === '' ? '' : `ipv4 { ${ipv4} };`, ipv6 === '' ? '' : `ipv6 { ${ipv6} };`].join(' ');
    const reach = /\bmultihop\b/.test(lines) ? '' : 'direct;';
    return `protocol bgp ${this.name} {
      local ${DAEMON_ADDRESS} port ${this.arena.port} as ${LOCAL_AS}; neighbor ${this.address} ${port} as ${this.as};
      strict bind; ${reach} ${active === true ? '' : 'passive;'} hold time 90; ${lines} ${this.changes} ${channels} }`;
  }

  /** One TCP connection to the daemon. */
  async dial(): Promise<Caller> {
    const caller = await Caller.dial(this.address, DAEMON_ADDRESS, this.arena.port);
    this.#callers.push(caller);
    return caller;
  }

  /** Waits for the daemon to dial. */
  async answer(timeoutMs = 20_000): Promise<Caller> {
    await until(`the daemon calls ${this.name}`, () => this.#arrived.length > 0, timeoutMs, 5);
    return this.#arrived.shift()!;
  }

  get calls(): number {
    return this.#arrived.length;
  }

  async listen(): Promise<void> {
    const server = createServer((socket) => {
      const caller = new Caller(socket);
      this.#callers.push(caller);
      this.#arrived.push(caller);
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: this.address, port: this.port }, resolve);
    });
  }

  /** Nobody answers there any more. */
  deafen(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  leave(): void {
    for (const caller of this.#callers.splice(0)) caller.destroy();
    this.deafen();
  }
}

export interface RouteRow {
  readonly table: string;
  readonly prefix: string;
  readonly protocol: string;
  readonly from?: string;
  readonly stale?: boolean;
  readonly primary: boolean;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export interface ProtocolRow {
  readonly name: string;
  readonly state: string;
  readonly info: string;
  readonly bgp?: Readonly<Record<string, unknown>>;
}

export class Arena {
  port = 0;
  readonly neighbors: Neighbor[] = [];
  /** Brings routes that several rows have use for. */
  readonly source: Neighbor;
  readonly #folder = scratch('conformance');
  readonly #beside: string;
  #process: LabProcess | undefined;
  /** Clients of the control socket: many rows ask at the same time. */
  #clients: { readonly control: ControlClient; last: Promise<unknown> }[] = [];
  #turn = 0;

  /** @param beside statements besides the neighbours. */
  constructor(beside = '') {
    this.#beside = beside;
    this.source = this.neighbor('eBGP');
  }

  neighbor(kind: Kind, spec: NeighborSpec = {}): Neighbor {
    const number = this.neighbors.length + 1;
    const address = `${LOOPBACK}.${1 + Math.floor(number / 250)}.${1 + (number % 250)}`;
    const made = new Neighbor(this, `n${number}`, kind, address, 20_000 + (number % 20_000), spec);
    this.neighbors.push(made);
    return made;
  }

  get socket(): string {
    return join(this.#folder.path, 'ctl');
  }

  get logFile(): string {
    return join(this.#folder.path, 'log');
  }

  /** Lines of the log, each an object. */
  log(): Record<string, unknown>[] {
    return readFileSync(this.logFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  get alive(): boolean {
    return this.#process !== undefined && !this.#process.exited;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  config(): string {
    return `router id ${DAEMON_ID};
      log "${this.logFile}" all;
      protocol device {}
      # Next hops of the tests are found here.
      protocol static hops4 { ipv4; route 192.0.2.0/24 blackhole; }
      protocol static hops6 { ipv6; route 2001:db8::/32 blackhole; }
      ${this.#beside}
      ${this.neighbors.map((neighbor) => neighbor.config).join('\n')}`;
  }

  async start(...flags: string[]): Promise<void> {
    if (this.port === 0) this.port = await freePort(DAEMON_ADDRESS);
    await Promise.all(
      this.neighbors.map((neighbor) =>
        neighbor.spec.active === true && neighbor.spec.deaf !== true ? neighbor.listen() : undefined,
      ),
    );
    const conf = join(this.#folder.path, 'conf');
    const { socket } = this;
    writeFileSync(conf, this.config());
    const child = spawn(process.execPath, ['--enable-source-maps', DAEMON, '-f', '-c', conf, '-s', socket, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new LabProcess('peregrined', child);
    this.#process = started;
    const first = await until(
      'the control socket answers',
      () => {
        if (started.exited) throw new Error(`the daemon ended: ${started.output}`);
        return ControlClient.open(socket).catch(() => undefined);
      },
      60_000,
    );
    const others = await Promise.all(Array.from({ length: CLIENTS - 1 }, () => ControlClient.open(socket)));
    this.#clients = [first, ...others].map((control) => ({ control, last: Promise.resolve() }));
  }

  /** Writes the configuration anew and has it read. */
  async configure(text: string): Promise<string[]> {
    // Others may be asking for the same at this moment: the daemon must not find half a file.
    const file = join(this.#folder.path, 'conf');
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
    return this.ask('configure');
  }

  async reconfigureWithout(neighbor: Neighbor): Promise<void> {
    neighbor.removed = true;
    await this.configure(this.config());
  }

  async reconfigureWith(neighbor: Neighbor, lines: string): Promise<void> {
    neighbor.changes = lines;
    await this.configure(this.config());
  }

  /** The lines of the reply, without codes. Throws what the daemon says where it refuses. */
  ask(request: string): Promise<string[]> {
    const client = this.#clients[this.#turn++ % this.#clients.length];
    if (client === undefined) throw new Error('the arena is not open');
    const asked = client.last.then(async () => {
      const lines = await client.control.ask(request);
      const last = lines.at(-1) ?? '';
      if (/^[89]/.test(last)) throw new Error(`${request}: ${last}`);
      return lines.map((line) => line.replace(/^(?:\d{4}[- ]| )/, ''));
    });
    client.last = asked.catch(() => {});
    return asked;
  }

  async routes(words = ''): Promise<RouteRow[]> {
    const lines = await this.ask(`json show route ${words} all`).catch((error: Error) => {
      if (error.message.includes('8001')) return [];
      throw error;
    });
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as RouteRow);
  }

  async protocol(name: string): Promise<ProtocolRow> {
    const lines = await this.ask(`json show protocols all "${name}"`);
    return JSON.parse(lines.find((line) => line.startsWith('{')) ?? '{}') as ProtocolRow;
  }

  /** Ends it without a word. */
  async kill(): Promise<void> {
    for (const { control } of this.#clients.splice(0)) control.close();
    await this.#process?.stop('SIGKILL');
  }

  /** Everything ends; answers the status of the daemon. */
  async stop(): Promise<number> {
    for (const { control } of this.#clients.splice(0)) control.close();
    // The daemon gives its neighbours ten seconds at most.
    const status = (await this.#process?.stop('SIGTERM', 20_000)) ?? 0;
    for (const neighbor of this.neighbors) neighbor.leave();
    return status;
  }

  remove(): void {
    this.#folder.remove();
  }
}
