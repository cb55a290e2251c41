/**
 * The daemon: the only file that knows every part. It makes the tables and the shared machinery, one protocol for each
 * block of the configuration, keeps them alive, and takes them down in the right order.
 *
 *   start   tables -> device protocol -> (interfaces and router id known) -> all other protocols
 *   apply   the difference between two configurations, carried out protocol by protocol
 *   stop    kernel protocols (they clean or keep the kernel's routes) -> all other protocols -> device
 */
import { FAMILIES, type Ip } from '../bgp/index.ts';
import {
  type DaemonConfig,
  DebugMask,
  interfaceMatches,
  openStore,
  type ProtocolConfig,
  type ProtocolStep,
  planReconfiguration,
  type ReconfigurationPlan,
  sameMeaning,
  type TableConfig,
} from '../config/index.ts';
import { AttributeTable, InterfaceTable, NextHopTable, RoutingTable, SourceTable, UpdateGroups } from '../rib/index.ts';
import { CalicoProtocol } from './cluster/calico-protocol.ts';
import { layOver, type OverlayMaker } from './cluster/overlay.ts';
import { DeviceScan, type InterfaceSource } from './kernel/device-scan.ts';
import type { KernelFib } from './kernel/kernel-fib.ts';
import { KernelProtocol } from './kernel/kernel-protocol.ts';
import type { DaemonLog } from './monitor/log.ts';
import { LogLimiter } from './monitor/log-limiter.ts';
import { LoopWatchdog } from './monitor/loop-watchdog.ts';
import { Listeners } from './net/listener.ts';
import type { Transport } from './net/transport.ts';
import { DeviceProtocol } from './origin/device.ts';
import { DirectProtocol } from './origin/direct.ts';
import { PipeProtocol } from './origin/pipe.ts';
import { StaticProtocol } from './origin/static.ts';
import { BgpProtocol } from './peer/bgp-protocol.ts';
import type { Clock } from './protocol/clock.ts';
import type { ProtocolContext } from './protocol/context.ts';
import { GroupRunner } from './protocol/group-runner.ts';
import { InactiveProtocol } from './protocol/inactive.ts';
import { NextHopRunner } from './protocol/next-hop-runner.ts';
import { OriginsProtocol } from './protocol/origins.ts';
import type { Protocol, ShutdownReason } from './protocol/protocol.ts';
import { Recovery } from './protocol/recovery.ts';
import { TableRunner } from './protocol/table-runner.ts';
import { chooseRouterId } from './router-id.ts';
import { Scheduler } from './scheduler.ts';

export interface DaemonOptions {
  readonly config: DaemonConfig;
  readonly log: DaemonLog;
  readonly clock: Clock;
  readonly hostname: string;
  /** `-R`: take part in graceful restart recovery. */
  readonly recover: boolean;
  /** The kernel's routing tables, or a stand-in that changes nothing. */
  readonly fib: KernelFib;
  /** Where interfaces come from; the kernel by default. */
  readonly interfaceSource?: InterfaceSource;
  /** Who opens connections; the kernel's sockets by default. */
  readonly transport?: Transport;
  /** Opens the datastore of a URL; those that the URL names by default. */
  readonly openStore?: typeof openStore;
}

/** How long the start waits for the first look at the interfaces before it goes on without. */
const INTERFACE_PATIENCE_MS = 3_000;
/** Longest time that kernel routes of an earlier run are kept for want of news about them. */
const FIRST_FEED_SECONDS = 300;
/** How long a stop waits for protocols to come down before it ends all the same. */
const STOP_PATIENCE_MS = 10_000;

export class Daemon implements ProtocolContext {
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly log: DaemonLog;
  readonly limiter: LogLimiter;
  readonly interfaces = new InterfaceTable();
  readonly nextHops = new NextHopTable(this.interfaces);
  readonly attributes = new AttributeTable(this.nextHops);
  readonly sources = new SourceTable();
  readonly recovery: Recovery;
  readonly firstFeed: Recovery;
  readonly updateGroups: UpdateGroups;
  readonly startedAt: number;
  readonly watchdog: LoopWatchdog;
  readonly #options: DaemonOptions;
  readonly #interfaceSource: InterfaceSource;
  readonly #transport: Transport;
  readonly #tables = new Map<string, TableRunner>();
  readonly #nextHopRunner: NextHopRunner;
  /** In the order of `show protocols`. */
  #protocols: Protocol[] = [];
  /** What takes the place of a protocol that is going down, by name. */
  readonly #successors = new Map<string, ProtocolConfig>();
  /** Tables that go when the last protocol that uses them has gone. */
  #leavingTables = new Set<string>();
  /** What the configuration says, and what runs: that with everything that protocols brought laid over it. */
  #base: DaemonConfig;
  #config: DaemonConfig;
  readonly #overlays = new Map<string, OverlayMaker>();
  #whenLaid: Promise<void> | undefined;
  readonly #leftOut = new Set<string>();
  readonly #saidInactive = new Set<string>();
  #configuredAt: number;
  #routerId = 0;
  #started = false;
  #stopping = false;
  readonly #whenSettled: (() => void)[] = [];
  readonly #whenDown: (() => void)[] = [];

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#base = options.config;
    this.#config = options.config;
    this.clock = options.clock;
    this.log = options.log;
    this.limiter = new LogLimiter(this.log, { now: () => this.clock.now() });
    this.startedAt = this.clock.wall();
    this.#configuredAt = this.startedAt;
    this.recovery = new Recovery(this.clock);
    this.firstFeed = new Recovery(this.clock);
    this.scheduler = new Scheduler((task, error) => {
      this.log.write(
        'bug',
        `${task.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    });
    this.watchdog = new LoopWatchdog({ log: this.log, currentTask: () => this.scheduler.currentTask });
    this.#interfaceSource =
      options.interfaceSource ?? new DeviceScan(this.interfaces, (text) => this.log.write('error', text));
    this.#transport =
      options.transport ?? new Listeners((address, port, local) => this.#unexpected(address, port, local));
    this.updateGroups = new UpdateGroups(
      new GroupRunner((name) => this.findTable(name), this.scheduler, this.log, this.limiter),
    );
    this.#nextHopRunner = new NextHopRunner(this.nextHops, this.interfaces, () => this.tables(), this.scheduler);
  }

  // --------------------------------------------------------------------------------------- what protocols may use

  get config(): DaemonConfig {
    return this.#config;
  }
  get configuredAt(): number {
    return this.#configuredAt;
  }
  get routerId(): number {
    return this.#routerId;
  }
  get hostname(): string {
    return this.#config.hostname ?? this.#options.hostname;
  }
  get protocols(): readonly Protocol[] {
    return this.#protocols;
  }
  get stopping(): boolean {
    return this.#stopping;
  }
  /** Protocols of the last reconfiguration that are still going down. */
  get reconfiguring(): boolean {
    return this.#successors.size > 0 || this.#protocols.some((protocol) => protocol.removed);
  }
  get transport(): Transport {
    return this.#transport;
  }

  protocol(name: string): Protocol | undefined {
    return this.#protocols.find((protocol) => protocol.name === name);
  }

  table(name: string): TableRunner {
    const runner = this.#tables.get(name);
    if (runner === undefined) throw new Error(`no table ${name}`);
    return runner;
  }

  get openStore(): typeof openStore {
    return this.#options.openStore ?? openStore;
  }

  findTable(name: string): TableRunner | undefined {
    return this.#tables.get(name);
  }

  tables(): Iterable<TableRunner> {
    return this.#tables.values();
  }

  spawn(child: Protocol): void {
    this.#protocols.push(child);
    child.start();
  }

  protocolChanged(protocol: Protocol): void {
    if ((protocol.debug & DebugMask.states) !== 0)
      this.log.write('trace', `${protocol.name}: State changed to ${protocol.state}`, {
        protocol: protocol.name,
        state: protocol.state,
      });
  }

  protocolGone(protocol: Protocol): void {
    const at = this.#protocols.indexOf(protocol);
    if (at >= 0) this.#protocols.splice(at, 1);
    this.#dropTables();
    if (!this.#stopping) this.#startSuccessors();
    if (this.reconfiguring) return;
    for (const done of this.#whenSettled.splice(0)) done();
  }

  // --------------------------------------------------------------------------------------------------------- life

  async start(): Promise<void> {
    this.log.configure(this.#config.log);
    this.#applySettings();
    for (const table of this.#config.tables) this.#addTable(table);
    this.#sayInactive();
    if (this.#options.recover) {
      this.recovery.begin(this.#config.gracefulRestartWait);
      this.log.write('info', 'Graceful restart started');
      this.recovery.whenOver(() => this.log.write('info', 'Graceful restart done'));
    }
    this.firstFeed.begin(FIRST_FEED_SECONDS);
    this.#protocols = this.#config.protocols.map((config) => this.#make(config));
    await this.#startDevice();
    this.#started = true;
    this.#chooseRouterId();
    // Kernel protocols first: they have to know what was left in the kernel before the first route arrives.
    const kernelFirst = [...this.#protocols].sort(
      (a, b) => Number(b.label === 'Kernel') - Number(a.label === 'Kernel'),
    );
    for (const protocol of kernelFirst) protocol.start();
    this.firstFeed.allJoined();
    // Nobody is waited for where no neighbour takes part.
    this.recovery.allJoined();
    this.log.write('info', 'Started');
  }

  /** Takes over a configuration; what has to go down first goes on after this returns (see `settled`). */
  apply(next: DaemonConfig, soft: boolean): ReconfigurationPlan {
    this.#base = next;
    this.#configuredAt = this.clock.wall();
    // What somebody brought goes with it.
    for (const owner of this.#overlays.keys()) {
      const brings = next.protocols.some((protocol) => protocol.name === owner && protocol.kind === 'calico');
      if (!brings) this.#overlays.delete(owner);
    }
    return this.#take(this.#laidOver(next), soft);
  }

  #laidOver(base: DaemonConfig): DaemonConfig {
    const overlays = [...this.#overlays.values()].map((make) => make(base));
    return layOver(base, overlays, (text) => {
      // Each change of what is laid over would say it again.
      if (this.#leftOut.has(text)) return;
      this.#leftOut.add(text);
      this.log.write('warning', text);
    });
  }

  /** Sets what a protocol brings. Later in this turn: a reconfiguration may be in the middle of its work. */
  #setOverlay(owner: string, maker: OverlayMaker | undefined): Promise<void> {
    const before = this.#overlays.get(owner);
    if (maker !== undefined) this.#overlays.set(owner, maker);
    else if (!this.#overlays.delete(owner)) return Promise.resolve();
    this.#whenLaid ??= Promise.resolve().then(() => {
      this.#whenLaid = undefined;
      if (this.#stopping) return;
      try {
        this.#take(this.#laidOver(this.#base), false);
      } catch (error) {
        // What ran before goes on.
        if (before !== undefined) this.#overlays.set(owner, before);
        else this.#overlays.delete(owner);
        throw error;
      }
    });
    return this.#whenLaid;
  }

  #take(next: DaemonConfig, soft: boolean): ReconfigurationPlan {
    const plan = planReconfiguration(this.#config, next, { soft });
    const before = this.#config;
    this.#config = next;
    this.log.configure(next.log);
    this.#applySettings();
    this.#sayInactive();
    for (const table of plan.removedTables) this.#leavingTables.add(table.name);
    for (const table of plan.addedTables) if (!this.#tables.has(table.name)) this.#addTable(table);
    if (before.routerId !== next.routerId || !sameMeaning(before.routerIdFrom, next.routerIdFrom))
      this.#chooseRouterId();
    for (const step of plan.protocols) this.#carryOut(step, soft);
    this.#sort(next);
    this.#dropTables();
    return plan;
  }

  /** Resolves when nothing of the last reconfiguration is under way. */
  settled(): Promise<void> {
    if (!this.reconfiguring) return Promise.resolve();
    return new Promise((resolve) => this.#whenSettled.push(resolve));
  }

  /** Ends everything in order; resolves when it is done. */
  async stop(reason: ShutdownReason = 'daemon-stop'): Promise<void> {
    if (this.#stopping) return new Promise((resolve) => this.#whenDown.push(resolve));
    this.#stopping = true;
    this.#successors.clear();
    this.log.write('info', reason === 'graceful-restart' ? 'Shutting down for graceful restart' : 'Shutting down');
    const kernels = this.#protocols.filter((protocol) => protocol.label === 'Kernel');
    const others = this.#protocols.filter((protocol) => protocol.label !== 'Kernel' && protocol.label !== 'Device');
    const devices = this.#protocols.filter((protocol) => protocol.label === 'Device');
    const end = this.clock.now() + STOP_PATIENCE_MS;
    for (const group of [kernels, others, devices]) {
      for (const protocol of group) protocol.remove(reason);
      await this.#gone(group, end);
    }
    this.scheduler.close();
    this.#nextHopRunner.close();
    this.watchdog.configure(0, 0);
    this.log.write('info', 'Shutdown completed');
    for (const done of this.#whenDown.splice(0)) done();
  }

  #gone(group: readonly Protocol[], end: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        const left = group.filter((protocol) => this.#protocols.includes(protocol));
        if (left.length === 0 || this.clock.now() >= end) resolve();
        else setTimeout(look, 5);
      };
      look();
    });
  }

  // ------------------------------------------------------------------------------------------------------ protocols

  #make(config: ProtocolConfig): Protocol {
    switch (config.kind) {
      case 'device':
        return new DeviceProtocol(config, this, this.#interfaceSource);
      case 'direct':
        return new DirectProtocol(config, this);
      case 'static':
        return new StaticProtocol(config, this);
      case 'kernel':
        return new KernelProtocol(config, this, this.#options.fib);
      case 'pipe':
        return new PipeProtocol(config, this);
      case 'bgp':
        return new BgpProtocol(config, this, this.#transport);
      case 'calico':
        return new CalicoProtocol(config, this, { set: (owner, maker) => this.#setOverlay(owner, maker) }, this);
      case 'origins':
        return new OriginsProtocol(config, this);
      case 'inactive':
        return new InactiveProtocol(config, this);
    }
  }

  #startOne(protocol: Protocol): void {
    if (this.#started || protocol.label === 'Device') protocol.start();
  }

  #carryOut(step: ProtocolStep, soft: boolean): void {
    const running = this.protocol(step.name);
    if (step.action === 'add' && step.after !== undefined) {
      // A protocol of that name may still be going down from the reconfiguration before.
      if (running !== undefined) this.#successors.set(step.name, step.after);
      else this.#addProtocol(step.after);
      return;
    }
    if (running === undefined) {
      if (step.after !== undefined) this.#addProtocol(step.after);
      return;
    }
    if (running.removed) {
      // It is on its way down already: only what comes after it changes.
      if (step.after === undefined) this.#successors.delete(step.name);
      else this.#successors.set(step.name, step.after);
      return;
    }
    if (step.action === 'remove' || step.after === undefined) {
      this.#say(running, `Removing protocol ${running.name}`);
      running.remove();
      return;
    }
    if (step.action !== 'restart' && running.reconfigure(step.after, soft, step)) {
      if (step.action === 'soft') this.#say(running, `${running.name}: Reconfigured`);
      return;
    }
    this.#say(running, `Restarting protocol ${running.name}`);
    this.#successors.set(step.name, step.after);
    running.remove('reconfigure');
  }

  #addProtocol(config: ProtocolConfig): void {
    const protocol = this.#make(config);
    this.#protocols.push(protocol);
    this.#say(protocol, `Adding protocol ${protocol.name}`);
    this.#startOne(protocol);
  }

  /** Those whose place is free now: the predecessor is gone, and so are old forms of the tables that they use. */
  #startSuccessors(): void {
    let some = false;
    for (const [name, config] of this.#successors) {
      if (this.protocol(name) !== undefined) continue;
      if (tablesOf(config).some((table) => this.#leavingTables.has(table))) continue;
      this.#successors.delete(name);
      const next = this.#make(config);
      this.#protocols.push(next);
      this.#startOne(next);
      some = true;
    }
    if (some) this.#sort(this.#config);
  }

  #say(protocol: Protocol, text: string): void {
    this.log.write('info', text, { protocol: protocol.name });
  }

  /** Protocols in the order of the configuration; those that are leaving and those born at run time behind them. */
  #sort(config: DaemonConfig): void {
    const order = new Map(config.protocols.map((protocol, index) => [protocol.name, index]));
    const place = (protocol: Protocol): number => order.get(protocol.name) ?? Number.MAX_SAFE_INTEGER;
    this.#protocols.sort((a, b) => place(a) - place(b));
  }

  async #startDevice(): Promise<void> {
    const device = this.#protocols.find((protocol) => protocol.label === 'Device');
    if (device === undefined || device.disabled) return;
    device.start();
    const end = this.clock.now() + INTERFACE_PATIENCE_MS;
    while (device.state !== 'up' && this.clock.now() < end) await new Promise((resolve) => setTimeout(resolve, 2));
    if (device.state !== 'up') this.log.write('warning', 'The interfaces are not known yet; starting without them');
  }

  // --------------------------------------------------------------------------------------------- tables, settings

  #addTable(config: TableConfig): void {
    const family = FAMILIES.find((candidate) => candidate.name === config.family)!;
    const table = new RoutingTable(
      config.name,
      family,
      { attributes: this.attributes, nextHops: this.nextHops, sources: this.sources },
      config.sorted,
    );
    const runner = new TableRunner(table, this.scheduler);
    this.#tables.set(config.name, runner);
    this.nextHops.addTable(table);
    runner.addReader(this.#nextHopRunner);
    this.#leavingTables.delete(config.name);
  }

  /** Removes tables that the configuration no longer has, once nobody uses them; one that changed comes back anew. */
  #dropTables(): void {
    for (const name of this.#leavingTables) {
      const used = this.#protocols.some((protocol) => protocol.usesTable(name));
      const runner = this.#tables.get(name);
      if (used || runner === undefined) continue;
      this.#leavingTables.delete(name);
      this.#tables.delete(name);
      runner.close();
      this.nextHops.removeTable(runner.table);
      const again = this.#config.tables.find((table) => table.name === name);
      if (again !== undefined) this.#addTable(again);
    }
  }

  #applySettings(): void {
    this.watchdog.configure(this.#config.watchdogWarningMs, this.#config.watchdogTimeoutMs);
  }

  #chooseRouterId(): void {
    const patterns = this.#config.routerIdFrom;
    const matches =
      patterns === undefined
        ? undefined
        : (name: string, addresses: readonly Ip[]) => interfaceMatches(patterns, name, addresses);
    const chosen = this.#config.routerId ?? chooseRouterId(this.interfaces, matches);
    if (chosen === undefined) this.log.write('error', 'Cannot determine router id, please configure it manually');
    this.#routerId = chosen ?? 0;
  }

  /** What was read and checked but has no machinery in this version is said once, however often it is read. */
  #sayInactive(): void {
    for (const { what, place } of this.#config.notActive) {
      if (this.#saidInactive.has(what)) continue;
      this.#saidInactive.add(what);
      this.log.write('warning', `${place.file}:${place.line}: ${what} is not active in this version`);
    }
  }

  /** Somebody who is no neighbour connected and was closed. */
  #unexpected(address: string, port: number, local: string): void {
    const text = `Unexpected connect from unknown address ${address} (port ${port}) to ${local}`;
    this.limiter.write('unknown address', 'connect', 'warning', text);
  }
}

/** Tables that a protocol of this configuration reads or fills. */
function tablesOf(config: ProtocolConfig): readonly string[] {
  switch (config.kind) {
    case 'bgp':
    case 'direct':
      return config.channels.map((channel) => channel.table);
    case 'kernel':
    case 'static':
      return [config.channel.table];
    case 'pipe':
      return [config.table, config.peerTable];
    default:
      return [];
  }
}
