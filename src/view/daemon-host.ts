/** The daemon as the control side sees it: every method of `ControlHost`, by looking at what runs. */
import { ipVersion, RouteScope } from '../../bgp/index.ts';
import type { DaemonConfig, Dialect, LogClass } from '../../config/index.ts';
import type { PrefixId, RoutingTable } from '../../rib/index.ts';
import { CalicoProtocol } from '../cluster/calico-protocol.ts';
import type { Configuration } from '../configuration.ts';
import type { CalicoView } from '../control/calico-views.ts';
import { ConfigLanguage } from '../control/config-language.ts';
import type {
  BfdSessionView,
  ConfigureOutcome,
  ConfigureRequest,
  ConfigureStatus,
  ControlHost,
  DumpKind,
  EchoMessage,
  FilterLanguage,
  InterfaceView,
  MemoryView,
  OperationOutcome,
  ProtocolOperation,
  ProtocolView,
  RouteQuery,
  RouteWalk,
  StaticRouteView,
  StatusView,
  TableView,
  WhyAnswer,
  WhyQuery,
} from '../control/host.ts';
import type { Daemon } from '../daemon.ts';
import { KernelProtocol } from '../kernel/kernel-protocol.ts';
import { preferredAddresses } from '../origin/device.ts';
import { StaticProtocol } from '../origin/static.ts';
import type { Channel } from '../protocol/channel.ts';
import type { Protocol } from '../protocol/protocol.ts';
import { calicoView } from './calico-view.ts';
import { dumpLines } from './dump.ts';
import { memoryView } from './memory.ts';
import { protocolView } from './protocol-view.ts';
import type { RouteViewHost } from './route-view.ts';
import { walkRoutes } from './route-walk.ts';
import { explainNetwork } from './route-why.ts';

/** What `show route` is about when no table is named. */
const MASTERS: Readonly<Record<Dialect, readonly string[]>> = { bird1: ['master'], bird2: ['master4', 'master6'] };

/** How the process ends on request; `main` decides what that means. */
export interface ProcessControl {
  shutdown(): void;
  gracefulRestart(): void;
}

export class DaemonHost implements ControlHost {
  readonly #daemon: Daemon;
  readonly #configuration: Configuration;
  readonly #process: ProcessControl;
  readonly #mrtdump = new Map<string, number>();

  constructor(daemon: Daemon, configuration: Configuration, process: ProcessControl) {
    this.#daemon = daemon;
    this.#configuration = configuration;
    this.#process = process;
  }

  get config(): DaemonConfig {
    return this.#configuration.config;
  }
  get configuration(): Configuration {
    return this.#configuration;
  }

  get language(): FilterLanguage {
    const { scope, filters } = this.#configuration;
    return new ConfigLanguage({ scope, filters, report: (line) => this.#daemon.log.write('info', line) });
  }

  now(): number {
    return this.#daemon.clock.wall();
  }

  status(): StatusView {
    const { recovery } = this.#daemon;
    return {
      routerId: this.#daemon.routerId,
      hostname: this.#daemon.hostname,
      startedAt: this.#daemon.startedAt,
      configuredAt: this.#daemon.configuredAt,
      state: this.#daemon.stopping ? 'shutdown' : this.#daemon.reconfiguring ? 'reconfiguring' : 'up',
      recovery: recovery.active ? recovery.progress : undefined,
    };
  }

  calico(): readonly CalicoView[] {
    return this.#daemon.protocols.flatMap((protocol) =>
      protocol instanceof CalicoProtocol ? [calicoView(protocol, this.#daemon)] : [],
    );
  }

  *protocols(): Iterable<ProtocolView> {
    for (const protocol of this.#daemon.protocols) yield this.#view(protocol);
  }

  protocol(name: string): ProtocolView | undefined {
    const protocol = this.#daemon.protocol(name);
    return protocol === undefined ? undefined : this.#view(protocol);
  }

  #view(protocol: Protocol): ProtocolView {
    return protocolView(protocol, this.#mrtdump.get(protocol.name) ?? protocol.config.mrtdump, this.#daemon.recovery);
  }

  tables(): readonly TableView[] {
    const masters = MASTERS[this.config.dialect];
    return [...this.#daemon.tables()].map(({ table }) => {
      const { networks, routes } = table.counts;
      const isDefault = masters.includes(table.name);
      return { name: table.name, family: table.family.name, isDefault, networks, routes };
    });
  }

  *interfaces(): Iterable<InterfaceView> {
    const { interfaces } = this.#daemon;
    const device = this.#daemon.config.protocols.find((protocol) => protocol.kind === 'device');
    for (const link of interfaces.list()) {
      const preferred = preferredAddresses(link, device);
      const addresses = link.addresses.map((entry) => ({
        address: entry.address,
        length: entry.length,
        preferred: preferred.includes(entry.address),
        secondary: entry.secondary,
        opposite: entry.peer,
        scope: entry.scope,
      }));
      const rank = (address: (typeof addresses)[number]): number =>
        (ipVersion(address.address) === 4 ? 0 : 4) +
        (address.preferred ? 0 : 2) +
        (address.scope === RouteScope.Link ? 1 : 0);
      yield {
        name: link.name,
        index: link.index,
        master: link.master === 0 ? undefined : interfaces.byIndex(link.master)?.name,
        up: link.up && link.linkUp,
        multiAccess: !link.pointToPoint,
        broadcast: link.broadcast,
        multicast: link.multicast,
        adminUp: link.up,
        linkUp: link.linkUp,
        loopback: link.loopback,
        ignored: link.loopback,
        mtu: link.mtu,
        addresses: addresses.sort((a, b) => rank(a) - rank(b)),
      };
    }
  }

  staticRoutes(name: string): Iterable<StaticRouteView> | undefined {
    const protocol = this.#daemon.protocol(name);
    return protocol instanceof StaticProtocol ? protocol.views() : undefined;
  }

  memory(): MemoryView {
    return memoryView(this.#daemon);
  }

  bfdSessions(name: string): Iterable<BfdSessionView> | undefined {
    return this.#daemon.protocol(name)?.label === 'BFD' ? [] : undefined;
  }

  routes(query: RouteQuery): RouteWalk {
    const runner = this.#daemon.findTable(query.table);
    const asked = query.exportChannel ?? query.channel;
    const channel = asked === undefined ? undefined : this.#channel(asked.protocol, asked.channel);
    if (runner === undefined) return noRoutes();
    const { table } = runner;
    return walkRoutes(query, {
      ...this.#viewHost(table),
      table,
      channel,
      report: (text) => this.#daemon.limiter.write('show route', 'filter', 'error', text),
    });
  }

  *why(query: WhyQuery): Generator<WhyAnswer, void, void> {
    const protocol = this.#daemon.protocol(query.protocol);
    const channel = this.#channel(query.protocol, query.channel);
    if (protocol === undefined || channel === undefined) return;
    yield* explainNetwork(query, { ...this.#viewHost(channel.runner.table), protocol, channel });
  }

  #viewHost(table: RoutingTable): RouteViewHost {
    const kernels = this.#daemon.protocols.filter(
      (protocol): protocol is KernelProtocol => protocol instanceof KernelProtocol && protocol.usesTable(table.name),
    );
    const offset = this.#daemon.clock.wall() - this.#daemon.clock.now();
    return {
      channelOf: (name) => this.#owner(table, name),
      syncFailed: (prefix: PrefixId) => kernels.some((kernel) => kernel.syncFailed(prefix)),
      wallTime: (arrival) => arrival + offset,
    };
  }

  #channel(protocol: string, channel: string): Channel | undefined {
    return this.#daemon.protocol(protocol)?.channels.find((candidate) => candidate.name === channel);
  }

  #owner(table: RoutingTable, protocol: string): Channel | undefined {
    return this.#daemon.protocol(protocol)?.channels.find((candidate) => candidate.runner.table === table);
  }

  // --------------------------------------------------------------------------------------------------- operations

  configure(request: ConfigureRequest): Promise<ConfigureOutcome> {
    return this.#configuration.configure(request);
  }

  configureStatus(): ConfigureStatus {
    return this.#configuration.status();
  }

  operate(name: string, operation: ProtocolOperation, message: string): OperationOutcome | undefined {
    const protocol = this.#daemon.protocol(name);
    if (protocol === undefined || protocol.removed) return undefined;
    switch (operation) {
      case 'enable':
        if (!protocol.disabled) return 'already';
        this.#say('Enabling', name);
        protocol.enable(message);
        return 'done';
      case 'disable':
        if (protocol.disabled) return 'already';
        this.#say('Disabling', name);
        protocol.disable(message);
        return 'done';
      case 'restart':
        if (protocol.disabled) return 'disabled';
        this.#say('Restarting', name);
        protocol.restart(message);
        return 'done';
      case 'reload':
      case 'reload-in':
      case 'reload-out': {
        if (protocol.disabled) return 'disabled';
        if (protocol.state !== 'up') return 'not-up';
        this.#say('Reloading', name);
        const direction = operation === 'reload' ? 'both' : operation === 'reload-in' ? 'in' : 'out';
        return protocol.reload(direction) === undefined ? 'done' : 'failed';
      }
      case 'graceful-shutdown':
      case 'graceful-shutdown-off':
        if (protocol.disabled) return 'disabled';
        return protocol.gracefulShutdown(operation === 'graceful-shutdown') ? 'done' : 'not-up';
    }
  }

  #say(doing: string, protocol: string): void {
    this.#daemon.log.write('info', `${doing} protocol ${protocol}`, { protocol });
  }

  setDebug(name: string, channel: string | undefined, mask: number): boolean {
    const protocol = this.#daemon.protocol(name);
    if (protocol === undefined) return false;
    if (channel !== undefined) {
      const found = this.#channel(name, channel);
      if (found === undefined) return false;
      found.debug = mask;
      return true;
    }
    protocol.debug = mask;
    return true;
  }

  setMrtdump(name: string, mask: number): boolean {
    if (this.#daemon.protocol(name) === undefined) return false;
    this.#mrtdump.set(name, mask);
    return true;
  }

  dump(kind: DumpKind): Iterable<string> {
    return dumpLines(this.#daemon, kind);
  }

  subscribeLog(listener: (message: EchoMessage) => void): () => void {
    return this.#daemon.log.subscribe(listener);
  }

  log(logClass: LogClass, text: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#daemon.log.write(logClass, text, fields);
  }

  shutdown(): void {
    this.#process.shutdown();
  }

  gracefulRestart(): void {
    this.#process.gracefulRestart();
  }
}

// biome-ignore lint/correctness/useYield: a table that is not there has no routes.
function* noRoutes(): RouteWalk {
  return { shown: 0, examined: 0, networks: 0 };
}
