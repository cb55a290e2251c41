/**
 * The port by which the control side sees the daemon. `src/daemon.ts` implements it; commands, layouts and the JSON
 * form are written against it and against nothing else, so they can be tested without a daemon.
 *
 * Everything here is data: numbers, addresses, words of the protocol. No padding, no labels, no formatted times. Wall
 * clock times are milliseconds since 1970; durations are milliseconds unless the name says seconds. A text that came
 * from a peer (hostname, shutdown message) is handed over as it is; the layouts escape it.
 *
 * Views are snapshots: the caller reads them at once and keeps nothing. Nothing here may throw for want of an object:
 * a protocol that vanished meanwhile answers `undefined` or an outcome word.
 */
import type { Ip, Policy, Prefix } from '../../bgp/index.ts';
import type { DaemonConfig, LogClass, SymbolEntry, TokenStream } from '../../config/index.ts';
import type { CalicoView } from './calico-views.ts';
import type { ProtocolView } from './protocol-views.ts';
import type { RouteView } from './route-views.ts';
import type { WhyAnswer, WhyQuery } from './why-views.ts';

// Half of the port is about protocols and has a file of its own; whoever uses the port finds all of it here.
export type {
  BgpChannelDetail,
  BgpDetail,
  BgpErrorClass,
  BgpSessionDetail,
  CapabilitiesView,
  ChannelView,
  ColumnCounters,
  DirectionCounters,
  FamilyPair,
  LimitView,
  PipeDetail,
  ProtocolDetail,
  ProtocolKindWord,
  ProtocolView,
  TimerView,
} from './protocol-views.ts';

export type { AttributeRecord, BgpRouteView, RouteHopView, RouteView } from './route-views.ts';
export type { ExportOutcome, ImportOutcome, WhyAnswer, WhyFilter, WhyFinding, WhyQuery } from './why-views.ts';

export interface ControlHost {
  /** The running configuration: symbols, custom attributes, time formats, tables. Changes with a reconfiguration. */
  readonly config: DaemonConfig;
  /** The filter language with the names of the running configuration. */
  readonly language: FilterLanguage;
  /** Milliseconds since 1970; the only clock the control side uses for what it shows. */
  now(): number;

  status(): StatusView;
  /** All protocols in the order of `show protocols`: as configured, those born at run time after them. */
  protocols(): Iterable<ProtocolView>;
  protocol(name: string): ProtocolView | undefined;
  /** All tables, in the order of the configuration (the two default ones first). */
  tables(): readonly TableView[];
  interfaces(): Iterable<InterfaceView>;
  /** Routes of one static protocol; `undefined` when it is not one. */
  staticRoutes(protocol: string): Iterable<StaticRouteView> | undefined;
  memory(): MemoryView;
  /** Sessions of one BFD protocol; `undefined` when there is none of that name. */
  bfdSessions(protocol: string): Iterable<BfdSessionView> | undefined;
  /** Clusters that are followed, each by a protocol. */
  calico(): readonly CalicoView[];

  /**
   * Walks one table. See `RouteWalk` for how it yields. The caller may stop early (`return()`), which must release
   * whatever the walk holds (a cursor, a reference).
   */
  routes(query: RouteQuery): RouteWalk;
  /**
   * Why a protocol was told of a network or not, and what became of what it said: an answer for each route, and one for
   * what is not there. None at all: there is no such network, or the channel is gone. As with a walk, stopping early
   * must be said.
   */
  why(query: WhyQuery): Generator<WhyAnswer, void, void>;

  // ------------------------------------------------------------------------------------------------- operations

  configure(request: ConfigureRequest): Promise<ConfigureOutcome>;
  configureStatus(): ConfigureStatus;
  /** Acts on one protocol. `undefined`: there is no such protocol (any more). */
  operate(protocol: string, operation: ProtocolOperation, message: string): OperationOutcome | undefined;
  /** Sets the debug mask of a protocol, or of one of its channels; false: no such protocol or channel. */
  setDebug(protocol: string, channel: string | undefined, mask: number): boolean;
  /** Sets the MRT dump mask of a protocol (1 states, 2 messages); false: no such protocol. */
  setMrtdump(protocol: string, mask: number): boolean;
  /** Lines that describe the inside of the daemon, produced lazily (`dump KIND`). */
  dump(kind: DumpKind): Iterable<string>;
  /** Every later log message, until the returned function is called. The listener must neither throw nor log. */
  subscribeLog(listener: (message: EchoMessage) => void): () => void;
  /** Writes one line into the daemon's log. */
  log(logClass: LogClass, text: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Orderly end of the daemon; answers before it is complete. */
  shutdown(): void;
  /** End for graceful restart (RFC 4724): sessions are dropped without a NOTIFICATION, kernel routes stay. */
  gracefulRestart(): void;
}

/**
 * What commands need of the language of the configuration (config-language.ts is the real one). All `read*` throw
 * `ConfigError` for text that is wrong.
 */
export interface FilterLanguage {
  /** What a name stands for; `undefined` for one that is not defined. */
  symbol(name: string): SymbolEntry['kind'] | undefined;
  /** `filter NAME`, `filter { ... }`, `where CONDITION`. */
  readPolicy(stream: TokenStream): Policy;
  /** An expression and the end of the text. Its value as `print` shows it, or why there is none. */
  readValue(stream: TokenStream): { readonly value: string } | { readonly error: string };
  /** `NUM | constant | '(' expression ')'` */
  readNumber(stream: TokenStream): number;
  /** Value of a constant that is a network or an address (then of full length); `undefined` for everything else. */
  constantNetwork(name: string): Prefix | undefined;
}

// ------------------------------------------------------------------------------------------------------- status

export interface StatusView {
  /** Unsigned; 0 while none is known. */
  readonly routerId: number;
  readonly hostname: string;
  readonly startedAt: number;
  readonly configuredAt: number;
  readonly state: 'up' | 'shutdown' | 'reconfiguring';
  /** Graceful restart recovery; `undefined` when none runs. */
  readonly recovery: { readonly waiting: number; readonly remainingMs: number; readonly totalMs: number } | undefined;
}

export interface MemoryView {
  /** BIRD's rows by role; octets used, octets of overhead (allocated but not used, or bookkeeping). */
  readonly routingTables: MemoryUse;
  readonly routeAttributes: MemoryUse;
  readonly protocols: MemoryUse;
  readonly configuration: MemoryUse;
  readonly standby: MemoryUse;
  readonly total: MemoryUse;
}

export interface MemoryUse {
  readonly effective: number;
  readonly overhead: number;
}

export interface TableView {
  readonly name: string;
  readonly family: 'ipv4' | 'ipv6';
  /** `master4`, `master6`: what `show route` walks when no table is named. */
  readonly isDefault: boolean;
  readonly networks: number;
  readonly routes: number;
}

// ------------------------------------------------------------------------------------------------------- routes

/** Which routes of a table, relative to a channel: BIRD's `preexport`, `export`, `noexport`, `exported`. */
export type ExportMode =
  /** Before the export filter, after the protocol's own rules (split horizon, reflection). */
  | 'preexport'
  /** Accepted by the present filter; shown as they would be sent. */
  | 'export'
  /** Not accepted by the present filter. */
  | 'noexport'
  /** Really sent. */
  | 'exported';

export interface RouteQuery {
  /** Where the rows come from. `import-table` and `export-table` take `channel`. */
  readonly from: 'table' | 'import-table' | 'export-table';
  /** The table to walk; for `import-table` and `export-table` the channel's. */
  readonly table: string;
  /** One network only, or all that lie in one. `undefined`: all. */
  readonly match:
    | { readonly kind: 'exact'; readonly prefix: Prefix }
    /** The longest match that has a usable route. A prefix stands for its first address with its length. */
    | { readonly kind: 'longest'; readonly prefix: Prefix }
    | { readonly kind: 'in'; readonly prefix: Prefix }
    | undefined;
  /** `primary`: only the first route of each network is looked at. */
  readonly primaryOnly: boolean;
  /** Only routes that the import filter refused and `import keep filtered` kept. */
  readonly filteredOnly: boolean;
  /** Only routes of that protocol (the origin, through pipes). */
  readonly protocol: string | undefined;
  /** `protocol.channel` whose export rules are asked. */
  readonly exportChannel:
    | { readonly protocol: string; readonly channel: string; readonly mode: ExportMode }
    | undefined;
  /** The channel of `import-table` and `export-table`. */
  readonly channel: { readonly protocol: string; readonly channel: string } | undefined;
  /** `filter`, `where`: accepted routes are shown, with what the filter changed. */
  readonly policy: Policy | undefined;
  /** Only the counts are wanted: the walk yields no views, and answers at once where it can. */
  readonly countOnly: boolean;
}

/**
 * Yields a view of each route, routes of one network one after another, the selected one first. Yields `undefined`
 * after a bounded number of routes that gave nothing (a filter that refuses everything), so that others may run.
 * Returns the counts. The table may change between two steps: what is yielded is each network's state when its turn
 * comes; a network that vanished is skipped.
 *
 * A view may be one object that is filled again for each step: read it before asking for the next one.
 */
export type RouteWalk = Generator<RouteView | undefined, RouteCounts, void>;

/** `SHOWN of EXAMINED routes for NETWORKS networks`. */
export interface RouteCounts {
  readonly shown: number;
  /** Routes that were looked at, before export rules, `protocol` and the filter. */
  readonly examined: number;
  /** Networks with at least one such route. */
  readonly networks: number;
}

// --------------------------------------------------------------------------------------- interfaces, static, bfd

export interface InterfaceView {
  readonly name: string;
  readonly index: number;
  /** Name of the bridge, bond or VRF it belongs to. */
  readonly master: string | undefined;
  /** Usable: up, with link where that is asked for. */
  readonly up: boolean;
  readonly multiAccess: boolean;
  readonly broadcast: boolean;
  readonly multicast: boolean;
  readonly adminUp: boolean;
  readonly linkUp: boolean;
  readonly loopback: boolean;
  /** Not used by protocols (loopback). */
  readonly ignored: boolean;
  readonly mtu: number;
  /** IPv4 first, then IPv6; the preferred one of a version before the others. */
  readonly addresses: readonly InterfaceAddressView[];
}

export interface InterfaceAddressView {
  readonly address: Ip;
  readonly length: number;
  readonly preferred: boolean;
  readonly secondary: boolean;
  /** Other end of a point-to-point link. */
  readonly opposite: Ip | undefined;
  /** `RouteScope`. */
  readonly scope: number;
}

export interface StaticRouteView {
  readonly prefix: string;
  readonly target:
    | { readonly kind: 'blackhole' | 'unreachable' | 'prohibit' }
    | { readonly kind: 'recursive'; readonly address: Ip }
    | { readonly kind: 'hops'; readonly hops: readonly StaticHopView[] };
}

export interface StaticHopView {
  /** `undefined`: `dev`. */
  readonly gateway: Ip | undefined;
  readonly interfaceName: string | undefined;
  readonly onlink: boolean;
  readonly bfd: boolean;
  readonly weight: number;
  /** It takes part now: the neighbour is reachable. */
  readonly active: boolean;
}

export interface BfdSessionView {
  readonly address: Ip;
  readonly interfaceName: string | undefined;
  readonly state: 'Up' | 'Down' | 'Init' | 'AdminDown';
  readonly since: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

// --------------------------------------------------------------------------------------------------- operations

export type ProtocolOperation =
  | 'enable'
  | 'disable'
  | 'restart'
  | 'reload'
  | 'reload-in'
  | 'reload-out'
  | 'graceful-shutdown'
  | 'graceful-shutdown-off';

/**
 * `already`: it is as it was asked to be (enabled, disabled); `disabled`: asked to restart or reload what is switched
 * off; `not-up`: asked to reload what is not up; `failed`: a reload that this protocol cannot do.
 */
export type OperationOutcome = 'done' | 'already' | 'disabled' | 'not-up' | 'failed';

export type DumpKind =
  | 'resources'
  | 'sockets'
  | 'events'
  | 'interfaces'
  | 'neighbors'
  | 'attributes'
  | 'routes'
  | 'protocols'
  | 'filter all';

export interface EchoMessage {
  readonly class: LogClass;
  /** One line, already escaped. */
  readonly text: string;
}

export type ConfigureRequest =
  /** Read and check, change nothing. */
  | { readonly action: 'check'; readonly file: string | undefined }
  | {
      readonly action: 'load';
      /** Instead of the file given at start. */
      readonly file: string | undefined;
      /** Filters that changed do not cause a reload. */
      readonly soft: boolean;
      /** Go back by itself after so many seconds unless confirmed; `undefined`: never. */
      readonly undoAfterSeconds: number | undefined;
      /** Called when that happens; the session that asked is told. */
      readonly onUndo: () => void;
    }
  | { readonly action: 'undo' }
  | { readonly action: 'confirm' };

export type ConfigureOutcome =
  /** `check` found nothing to complain about. `plan`: what taking the configuration over would do, a line a step. */
  | { readonly result: 'valid'; readonly plan: readonly string[] }
  | { readonly result: 'reconfigured' }
  /** Accepted; protocols are still shutting down. */
  | { readonly result: 'in-progress' }
  /** Accepted; waits for the reconfiguration that runs. */
  | { readonly result: 'queued' }
  /** An undo took back the configuration that was waiting. */
  | { readonly result: 'unqueued' }
  | { readonly result: 'confirmed' }
  /** Nothing to confirm, or nothing to go back to. */
  | { readonly result: 'nothing' }
  /** The daemon is on its way down. */
  | { readonly result: 'shutting-down' }
  /** The text was refused; nothing changed. `line` 0: the file itself could not be read. */
  | {
      readonly result: 'refused';
      readonly file: string;
      readonly line: number;
      readonly column: number;
      readonly text: string;
      /** Every mistake with its line, a caret and a hint, for people. */
      readonly details: readonly string[];
    };

export interface ConfigureStatus {
  readonly state: 'running' | 'in-progress' | 'queued' | 'shutting-down';
  /** Time left until an unconfirmed configuration is taken back. */
  readonly undoInMs: number | undefined;
}
