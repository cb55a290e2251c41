/**
 * A daemon without a daemon: tables, scheduler and log around the protocols under test, with time that stands still
 * and interfaces that the test makes up.
 */
import {
  ACCEPT_ALL,
  IPV4_UNICAST,
  IPV6_UNICAST,
  type Policy,
  parseIp,
  parsePrefix,
  REJECT_ALL,
} from '../../../bgp/index.ts';
import type { ChannelConfig, ConfigPlace, ProtocolBase } from '../../../config/index.ts';
import {
  AttributeTable,
  InterfaceTable,
  NextHopTable,
  type PrefixId,
  RoutingTable,
  SourceTable,
  UpdateGroups,
} from '../../../rib/index.ts';
import { LogLimiter } from '../../../src/monitor/log-limiter.ts';
import type { Clock } from '../../../src/protocol/clock.ts';
import { SYSTEM_CLOCK } from '../../../src/protocol/clock.ts';
import type { ProtocolContext } from '../../../src/protocol/context.ts';
import type { Protocol } from '../../../src/protocol/protocol.ts';
import { Recovery } from '../../../src/protocol/recovery.ts';
import { TableRunner } from '../../../src/protocol/table-runner.ts';
import { Scheduler } from '../../../src/scheduler.ts';

const PLACE: ConfigPlace = { file: 'test.conf', line: 1, column: 1 };

export class Bench implements ProtocolContext {
  readonly lines: string[] = [];
  readonly errors: unknown[] = [];
  readonly scheduler = new Scheduler((_task, error) => {
    this.errors.push(error);
  });
  readonly clock: Clock = SYSTEM_CLOCK;
  readonly log = {
    write: (logClass: string, text: string): void => {
      this.lines.push(`${logClass} ${text}`);
    },
  };
  readonly limiter = new LogLimiter(this.log);
  readonly updateGroups = new UpdateGroups({
    opened: () => {},
    wake: () => {},
    closed: () => {},
    print: () => {},
    report: () => {},
  });
  readonly interfaces = new InterfaceTable();
  readonly nextHops = new NextHopTable(this.interfaces);
  readonly attributes = new AttributeTable(this.nextHops);
  readonly sources = new SourceTable();
  readonly recovery = new Recovery(this.clock);
  readonly firstFeed: Recovery = new Recovery(this.clock);
  readonly routerId = 0x0a000001;
  readonly hostname = 'bench';
  readonly gone: Protocol[] = [];
  readonly #runners = new Map<string, TableRunner>();

  constructor(...extraTables: readonly string[]) {
    for (const name of ['master4', 'master6', ...extraTables]) {
      const family = name.endsWith('6') ? IPV6_UNICAST : IPV4_UNICAST;
      const table = new RoutingTable(name, family, this);
      this.nextHops.addTable(table);
      this.#runners.set(name, new TableRunner(table, this.scheduler));
    }
  }

  table(name: string): TableRunner {
    const runner = this.#runners.get(name);
    if (runner === undefined) throw new Error(`no table ${name}`);
    return runner;
  }
  tables(): Iterable<TableRunner> {
    return this.#runners.values();
  }
  spawn(): void {}
  protocolChanged(): void {}
  protocolGone(protocol: Protocol): void {
    this.gone.push(protocol);
  }

  /** Adds an interface that is up, with addresses `10.0.0.1/24`. */
  link(
    index: number,
    name: string,
    addresses: readonly string[],
    facts: { up?: boolean; linkUp?: boolean } = {},
  ): void {
    this.interfaces.set({
      index,
      name,
      up: facts.up ?? true,
      linkUp: facts.linkUp ?? true,
      loopback: name === 'lo',
      broadcast: true,
      multicast: true,
      pointToPoint: false,
      mtu: 1500,
      master: 0,
    });
    for (const text of addresses) {
      const [address, length] = text.split('/');
      this.interfaces.setAddress(index, {
        address: parseIp(address!)!,
        length: Number(length),
        scope: text.startsWith('fe80') ? 1 : text.startsWith('127.') || address === '::1' ? 0 : 4,
        secondary: false,
        peer: undefined,
      });
    }
  }

  /** Runs everything that is queued, next hops included, until nothing is left. */
  async settle(): Promise<void> {
    for (;;) {
      while (this.nextHops.update(1000));
      for (const runner of this.#runners.values()) {
        while (runner.table.nextHopsChanged(1000));
        if (runner.table.isDirty) runner.changed();
      }
      if (this.scheduler.idle) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (this.errors.length > 0) throw this.errors[0];
  }

  /** The routes of a table, a line each: prefix, where packets go, who brought it, `*` for the selected one. */
  routes(name: string): string[] {
    const { table } = this.table(name);
    const lines: string[] = [];
    for (let prefix = 1 as PrefixId; prefix <= table.prefixes.highWater; prefix++) {
      if (!table.prefixes.has(prefix)) continue;
      const best = table.best(prefix);
      for (let route = table.first(prefix); route !== 0; route = table.next(route)) {
        if (!table.isEligible(route)) continue;
        const { kind, hops } = table.forwardingOf(route);
        const where = hops.map(
          (hop) =>
            `${hop.gateway === undefined ? 'dev' : `via ${hop.gateway} on`} ${hop.interfaceName}` +
            `${hop.onlink ? ' onlink' : ''}${hops.length > 1 ? ` weight ${hop.weight}` : ''}`,
        );
        const { protocol } = table.sourceOf(route);
        lines.push(
          `${table.prefixes.format(prefix)} ${kind === 'unicast' ? where.join(', ') : kind} [${protocol}]` +
            `${route === best ? ' *' : ''} (${table.decision.preference(route)})`,
        );
      }
    }
    return lines.sort();
  }

  close(): void {
    this.scheduler.close();
    this.recovery.end();
  }
}

export function base(name: string): ProtocolBase {
  return {
    name,
    unnamed: false,
    description: undefined,
    disabled: false,
    debug: 0,
    routerId: undefined,
    vrf: undefined,
    mrtdump: 0,
    place: PLACE,
  };
}

export function channel(
  table: string,
  preference: number,
  importPolicy: Policy = ACCEPT_ALL,
  exportPolicy: Policy = REJECT_ALL,
): ChannelConfig {
  return {
    family: table.endsWith('6') ? 'ipv6' : 'ipv4',
    table,
    preference,
    importPolicy,
    exportPolicy,
    importKeepFiltered: false,
    receiveLimit: undefined,
    importLimit: undefined,
    exportLimit: undefined,
    rpkiReload: true,
    debug: 0,
    place: PLACE,
  };
}

export function prefix(text: string): NonNullable<ReturnType<typeof parsePrefix>> {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}
