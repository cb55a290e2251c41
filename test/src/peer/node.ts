/**
 * A small daemon in the test process: real tables, scheduler, update groups and sockets on loopback around the BGP and
 * static protocols of a configuration text. Interfaces are made up: what the kernel thinks does not matter here.
 *
 * Next hops on loopback are martians, so each node has an address on a link that exists only in its interface table.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AttributeCode,
  attributeEnd,
  type FamilyName,
  findAttribute,
  formatAsPath,
  formatIp,
  IPV4_UNICAST,
  IPV6_UNICAST,
  parseIp,
  valueStart,
} from '../../../bgp/index.ts';
import {
  type DaemonConfig,
  FilterEnvironment,
  formatDiagnostic,
  type ProtocolConfig,
  parseConfig,
  Source,
} from '../../../config/index.ts';
import {
  AttributeTable,
  InterfaceTable,
  NextHopTable,
  type PrefixId,
  RouteFlag,
  RoutingTable,
  SourceTable,
  UpdateGroups,
} from '../../../rib/index.ts';
import { LogLimiter } from '../../../src/monitor/log-limiter.ts';
import { Listeners } from '../../../src/net/listener.ts';
import { StaticProtocol } from '../../../src/origin/static.ts';
import { BgpProtocol } from '../../../src/peer/bgp-protocol.ts';
import { SYSTEM_CLOCK } from '../../../src/protocol/clock.ts';
import type { ProtocolContext } from '../../../src/protocol/context.ts';
import { GroupRunner } from '../../../src/protocol/group-runner.ts';
import { NextHopRunner } from '../../../src/protocol/next-hop-runner.ts';
import type { Protocol } from '../../../src/protocol/protocol.ts';
import { Recovery } from '../../../src/protocol/recovery.ts';
import { TableRunner } from '../../../src/protocol/table-runner.ts';
import { Scheduler } from '../../../src/scheduler.ts';

const NO_FILES = {
  readFile: () => ({ error: 'no files here' }),
  glob: () => ({ error: 'no files here' }),
};
const filters = new FilterEnvironment();

export function readConfig(text: string): DaemonConfig {
  const loaded = parseConfig(new Source('test.conf', text), NO_FILES, { filters });
  if ('diagnostics' in loaded) throw new Error(loaded.diagnostics.map(formatDiagnostic).join('\n'));
  return loaded.config;
}

/** Below those that the kernel gives to connections, and far from those of a process that began just before. */
let nextPort = 10_000 + ((process.pid * 97) % 20_000);
export const freshPort = (): number => nextPort++;

export interface NodeOptions {
  /** `10.0.0.1`: the address on the made-up link eth0 (/24, and fd00::N/64 with the same last octet). */
  readonly address: string;
  readonly recover?: boolean;
}

export class Node implements ProtocolContext {
  readonly lines: string[] = [];
  readonly errors: string[] = [];
  readonly clock = SYSTEM_CLOCK;
  readonly scheduler = new Scheduler((task, error) => {
    this.errors.push(`${task.name}: ${error instanceof Error ? error.stack : String(error)}`);
  });
  readonly log = {
    write: (logClass: string, text: string): void => {
      this.lines.push(`<${logClass}> ${text}`);
    },
  };
  readonly limiter = new LogLimiter(this.log);
  readonly interfaces = new InterfaceTable();
  readonly nextHops = new NextHopTable(this.interfaces);
  readonly attributes = new AttributeTable(this.nextHops);
  readonly sources = new SourceTable();
  readonly recovery = new Recovery(this.clock);
  readonly firstFeed: Recovery = new Recovery(this.clock);
  readonly updateGroups = new UpdateGroups(
    new GroupRunner((name) => this.#runners.get(name), this.scheduler, this.log, this.limiter),
  );
  readonly listeners = new Listeners((address) => this.unexpected.push(address));
  readonly unexpected: string[] = [];
  readonly protocols: Protocol[] = [];
  readonly gone: string[] = [];
  readonly hostname = 'node';
  routerId: number;
  readonly #runners = new Map<string, TableRunner>();

  constructor(text: string, options: NodeOptions) {
    const config = readConfig(text);
    this.routerId = config.routerId ?? 0;
    this.link(1, 'lo', ['127.0.0.1/8', '::1/128']);
    const last = options.address.split('.').at(-1);
    this.link(2, 'eth0', [`${options.address}/24`, `fd00::${last}/64`]);
    const nextHopRunner = new NextHopRunner(this.nextHops, this.interfaces, () => this.tables(), this.scheduler);
    for (const { name, family } of config.tables) {
      const table = new RoutingTable(name, family === 'ipv4' ? IPV4_UNICAST : IPV6_UNICAST, this);
      this.nextHops.addTable(table);
      const runner = new TableRunner(table, this.scheduler);
      this.#runners.set(name, runner);
      runner.addReader(nextHopRunner);
    }
    if (options.recover === true) this.recovery.begin(60);
    for (const protocol of config.protocols) this.add(protocol);
  }

  add(config: ProtocolConfig): void {
    if (config.kind === 'bgp') this.protocols.push(new BgpProtocol(config, this, this.listeners));
    if (config.kind === 'static') this.protocols.push(new StaticProtocol(config, this));
  }

  start(): this {
    for (const protocol of [...this.protocols]) protocol.start();
    return this;
  }

  /** Takes the configuration over; answers whether each BGP protocol could do it in place. */
  reconfigure(text: string): boolean {
    let inPlace = true;
    for (const config of readConfig(text).protocols) {
      const running = this.protocols.find((protocol) => protocol.name === config.name);
      if (running !== undefined && !running.reconfigure(config, false)) inPlace = false;
    }
    return inPlace;
  }

  bgp(name = 'bgp1'): BgpProtocol {
    const found = this.protocols.find((protocol) => protocol.name === name);
    assert.ok(found instanceof BgpProtocol, `protocol ${name}`);
    return found;
  }

  isUp(name = 'bgp1'): boolean {
    return this.protocols.some((protocol) => protocol.name === name && protocol.state === 'up');
  }

  table(name: string): TableRunner {
    const runner = this.#runners.get(name);
    if (runner === undefined) throw new Error(`no table ${name}`);
    return runner;
  }
  tables(): Iterable<TableRunner> {
    return this.#runners.values();
  }
  spawn(child: Protocol): void {
    this.protocols.push(child);
    child.start();
  }
  protocolChanged(): void {}
  protocolGone(protocol: Protocol): void {
    this.gone.push(protocol.name);
    this.protocols.splice(this.protocols.indexOf(protocol), 1);
  }

  link(index: number, name: string, addresses: readonly string[], up = true, linkUp = up): void {
    this.interfaces.set({
      index,
      name,
      up,
      linkUp,
      loopback: name === 'lo',
      broadcast: true,
      multicast: true,
      pointToPoint: false,
      mtu: 1500,
      master: 0,
    });
    for (const text of addresses) {
      const [address = '', length] = text.split('/');
      const parsed = parseIp(address);
      assert.ok(parsed);
      this.interfaces.setAddress(index, {
        address: parsed,
        length: Number(length),
        scope: 4,
        secondary: false,
        peer: undefined,
      });
    }
  }

  /** `10.1.0.0/16 via 10.0.0.2 path 65002 from bgp1 stale` of every route, selected ones first, in order of prefix. */
  routes(family: FamilyName = 'ipv4'): string[] {
    const { table } = this.table(family === 'ipv4' ? 'master4' : 'master6');
    const lines: string[] = [];
    for (let prefix = 1 as PrefixId; prefix <= table.prefixes.highWater; prefix++) {
      for (let route = table.first(prefix); route !== 0; route = table.next(route)) {
        const attribute = table.routes.attribute[route] as never;
        const bytes = this.attributes.chunk(attribute);
        const start = this.attributes.start(attribute);
        const end = this.attributes.wireEnd(attribute);
        const words = [table.prefixes.format(prefix)];
        const nextHop = findAttribute(bytes, start, end, AttributeCode.NextHop);
        if (nextHop >= 0) {
          const at = valueStart(bytes, nextHop);
          words.push(`via ${formatIp(bytes, at, attributeEnd(bytes, nextHop) - at === 4 ? 4 : 16)}`);
        }
        const path = findAttribute(bytes, start, end, AttributeCode.AsPath);
        if (path >= 0)
          words.push(`path ${formatAsPath(bytes, valueStart(bytes, path), attributeEnd(bytes, path))}`.trim());
        words.push(`from ${table.sourceOf(route).protocol}`);
        if ((table.routes.flags[route]! & RouteFlag.Filtered) !== 0) words.push('filtered');
        lines.push(words.join(' '));
      }
    }
    return lines.sort();
  }

  /** Value octets of an attribute of the selected route, in hexadecimal; '' without it. */
  attribute(prefix: string, code: number): string {
    const { table } = this.table('master4');
    for (let row = 1 as PrefixId; row <= table.prefixes.highWater; row++) {
      const route = table.best(row);
      if (route === 0 || table.prefixes.format(row) !== prefix) continue;
      const attribute = table.attributeOf(route);
      const bytes = this.attributes.chunk(attribute);
      const at = findAttribute(bytes, this.attributes.start(attribute), this.attributes.wireEnd(attribute), code);
      return at < 0 ? '' : Buffer.from(bytes.subarray(valueStart(bytes, at), attributeEnd(bytes, at))).toString('hex');
    }
    return '';
  }

  has(text: string, family: FamilyName = 'ipv4'): boolean {
    return this.routes(family).some((line) => line.startsWith(text));
  }

  logged(text: string): boolean {
    return this.lines.some((line) => line.includes(text));
  }

  /** Everything ends; answers what went wrong inside. */
  async stop(): Promise<string[]> {
    for (const protocol of [...this.protocols]) protocol.remove('daemon-stop');
    await until('all protocols are gone', () => this.protocols.length === 0);
    this.listeners.close();
    this.limiter.close();
    this.scheduler.close();
    return this.errors;
  }
}

/** Polls until `condition` holds. */
export async function until(what: string, condition: () => boolean, ms = 10_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    assert.ok(Date.now() < end, `in time: ${what}`);
    await delay(5);
  }
}
