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
import type { Ip, Policy, Prefix, RouteSourceKind } from '../../bgp/index.ts';
import type { DaemonConfig, LimitAction, LogClass, SymbolEntry, TokenStream } from '../../config/index.ts';

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

  /**
   * Walks one table. See `RouteWalk` for how it yields. The caller may stop early (`return()`), which must release
   * whatever the walk holds (a cursor, a reference).
   */
  routes(query: RouteQuery): RouteWalk;

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

// ---------------------------------------------------------------------------------------------------- protocols

/** The words of the `Proto` column. */
export type ProtocolKindWord =
  | 'BGP'
  | 'Kernel'
  | 'Static'
  | 'Direct'
  | 'Device'
  | 'Pipe'
  | 'BFD'
  | 'RPKI'
  | 'MRT'
  | 'BMP'
  | 'OSPF'
  | 'RIP'
  | 'Babel'
  | 'RAdv'
  | 'Perf'
  | 'L3VPN'
  | 'Aggregator';

export interface ProtocolView {
  readonly name: string;
  readonly kind: ProtocolKindWord;
  /** Main table of a protocol with one main channel (kernel, static); `undefined` shows `---`. */
  readonly table: string | undefined;
  readonly state: 'down' | 'start' | 'up' | 'stop' | 'flush';
  /** When it entered that state. */
  readonly since: number;
  /** The operator switched it off. */
  readonly disabled: boolean;
  /** Text of the `Info` column; for BGP and pipes leave it empty, it is made from `detail`. */
  readonly info: string;
  readonly description: string | undefined;
  /** Text given with disable/enable/restart, '' when none; also the peer's shutdown communication (RFC 9003). */
  readonly message: string;
  /** Own `router id` of the protocol, unsigned; `undefined` when it uses the daemon's. */
  readonly routerId: number | undefined;
  readonly vrf: string | undefined;
  readonly debug: number;
  readonly mrtdump: number;
  readonly detail: ProtocolDetail | undefined;
  /** In the order of the configuration. Empty for device, pipes and inactive protocols. */
  readonly channels: readonly ChannelView[];
}

export type ProtocolDetail = BgpDetail | PipeDetail;

/** Everything BGP shows about a neighbour between the generic lines and its channels. */
export interface BgpDetail {
  readonly type: 'bgp';
  /** Word of the most advanced connection; `Passive`: idle but listening; `Down`: not running. */
  readonly state: BgpStateWord;
  readonly neighborAddress: Ip | undefined;
  /** Interface of a link-local neighbour; shown as `fe80::1%eth0`. */
  readonly neighborInterface: string | undefined;
  readonly onlink: boolean;
  /** `neighbor range` of a parent of dynamic neighbours; then `neighborAddress` is undefined. */
  readonly neighborRange: Prefix | undefined;
  /** Shown when it is not 179 and we are (or were) the side that connects. */
  readonly neighborPort: number | undefined;
  /** 0 while unknown (`external`, dynamic). */
  readonly neighborAs: number;
  readonly localAs: number;
  /** The peer restarts gracefully and its routes are kept. */
  readonly neighborRestarting: boolean;
  /** Start-up is put off after an error; `undefined` when the timer does not run. */
  readonly errorWait: TimerView | undefined;
  readonly connectDelay: TimerView | undefined;
  /** Remaining restart time of the peer, milliseconds. */
  readonly restartTimerMs: number | undefined;
  /** Only while Established. */
  readonly session: BgpSessionDetail | undefined;
  /** What ended the last session or attempt; class `none` clears it. */
  readonly lastError: { readonly class: BgpErrorClass; readonly text: string };
}

export type BgpStateWord =
  | 'Idle'
  | 'Connect'
  | 'Active'
  | 'OpenSent'
  | 'OpenConfirm'
  | 'Established'
  | 'Close'
  | 'Passive'
  | 'Down';

/**
 * Who is to blame, and so the words before the text: `misc` "Error: ", `socket` "Socket: ", `received` "Received: "
 * (a NOTIFICATION of the peer), `sent` "BGP Error: " (ours), `automatic` "Automatic shutdown: ", `manual` nothing.
 */
export type BgpErrorClass = 'none' | 'misc' | 'socket' | 'received' | 'sent' | 'automatic' | 'manual';

/** A running timer: what is left, and the whole time as configured or negotiated. */
export interface TimerView {
  readonly remainingMs: number;
  readonly totalSeconds: number;
}

export interface BgpSessionDetail {
  /** Unsigned. */
  readonly neighborId: number;
  readonly localCapabilities: CapabilitiesView;
  readonly neighborCapabilities: CapabilitiesView;
  readonly internal: boolean;
  readonly multihop: boolean;
  readonly routeReflector: boolean;
  readonly routeServer: boolean;
  readonly as4: boolean;
  readonly sourceAddress: Ip;
  /** `undefined` when the negotiated hold time is 0. */
  readonly holdTimer: TimerView | undefined;
  readonly keepaliveTimer: TimerView | undefined;
  readonly sendHoldTimer: TimerView | undefined;
}

/** One (AFI, SAFI); shown as `ipv4`, `ipv6`, or `<afi/safi>` where it is not routed here. */
export interface FamilyPair {
  readonly afi: number;
  readonly safi: number;
}

/** What an OPEN carried. Families in the order in which they are to be shown. */
export interface CapabilitiesView {
  /** `undefined`: the capability was absent. Same for every other object here. */
  readonly multiprotocol: readonly FamilyPair[] | undefined;
  readonly routeRefresh: boolean;
  /** Families whose IPv4 NLRI may have IPv6 next hops (RFC 8950). */
  readonly extendedNextHop: readonly FamilyPair[] | undefined;
  readonly extendedMessage: boolean;
  readonly gracefulRestart:
    | {
        readonly restartTimeSeconds: number;
        /** The Restart State flag. */
        readonly recovering: boolean;
        readonly supported: readonly FamilyPair[];
        readonly preserved: readonly FamilyPair[];
      }
    | undefined;
  readonly as4: boolean;
  readonly addPath: { readonly receive: readonly FamilyPair[]; readonly send: readonly FamilyPair[] } | undefined;
  readonly enhancedRefresh: boolean;
  readonly longLivedGracefulRestart:
    | {
        /** The stale time that all families have; `undefined` where they differ. */
        readonly staleTimeSeconds: number | undefined;
        readonly supported: readonly FamilyPair[];
        readonly preserved: readonly FamilyPair[];
      }
    | undefined;
  /** As received: the layouts escape it. */
  readonly hostname: string | undefined;
  /** RFC 9234 section 4.1: 0 provider, 1 rs-server, 2 rs-client, 3 customer, 4 peer. */
  readonly role: number | undefined;
}

/** A pipe has no channels of its own in BIRD's output: one block and one pair of counters. */
export interface PipeDetail {
  readonly type: 'pipe';
  readonly table: string;
  readonly peerTable: string;
  readonly importState: 'down' | 'feed' | 'up';
  readonly exportState: 'down' | 'feed' | 'up';
  readonly importFilter: string;
  readonly exportFilter: string;
  readonly importLimit: LimitView | undefined;
  readonly exportLimit: LimitView | undefined;
  readonly imported: number;
  readonly exported: number;
  readonly importCounters: DirectionCounters;
  readonly exportCounters: DirectionCounters;
}

export interface ChannelView {
  /** Name in the protocol: `ipv4`, `ipv6`. */
  readonly name: string;
  readonly state: 'DOWN' | 'START' | 'UP' | 'FLUSHING';
  readonly table: string;
  readonly preference: number;
  readonly inputFilter: string;
  readonly outputFilter: string;
  /** Recovery of the daemon runs: this channel blocks its end (`pending`), or waits for it (`waiting`). */
  readonly recovery: { readonly pending: boolean; readonly waiting: boolean } | undefined;
  readonly receiveLimit: LimitView | undefined;
  readonly importLimit: LimitView | undefined;
  readonly exportLimit: LimitView | undefined;
  /** The outgoing half runs: `show route export` can be asked of it. */
  readonly exporting: boolean;
  readonly routes: {
    readonly imported: number;
    /** `undefined` unless `import keep filtered`. */
    readonly filtered: number | undefined;
    readonly exported: number;
    readonly preferred: number;
  };
  readonly importCounters: DirectionCounters;
  readonly exportCounters: DirectionCounters;
  /** The channel keeps routes as received (`import table`) or as sent (`export table`). */
  readonly hasImportTable: boolean;
  readonly hasExportTable: boolean;
  readonly bgp: BgpChannelDetail | undefined;
}

export interface BgpChannelDetail {
  /** Shown while the peer restarts: `none`, `regular` (RFC 4724), `longlived` (RFC 9494). */
  readonly neighborRestart: 'none' | 'regular' | 'longlived' | undefined;
  readonly staleTimerMs: number | undefined;
  /** Ours on this channel; shown while it is UP. */
  readonly nextHop: Ip | undefined;
  readonly nextHopLinkLocal: Ip | undefined;
  readonly igpTable4: string | undefined;
  readonly igpTable6: string | undefined;
}

export interface LimitView {
  readonly count: number;
  readonly action: LimitAction;
  readonly hit: boolean;
}

/** One direction of the five-column table. A column that does not exist for a row is shown as `---`. */
export interface DirectionCounters {
  readonly updates: ColumnCounters;
  readonly withdraws: ColumnCounters;
}

export interface ColumnCounters {
  readonly received: number;
  readonly rejected: number;
  readonly filtered: number;
  readonly ignored: number;
  readonly accepted: number;
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

export interface RouteView {
  /** `10.0.0.0/8`. */
  readonly prefix: string;
  readonly destination: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit';
  readonly nextHops: readonly RouteHopView[];
  /** Name of the protocol that brought the route. */
  readonly protocol: string;
  readonly kind: RouteSourceKind;
  /** Selected for its network (`*`). */
  readonly primary: boolean;
  /** The kernel did not take it (`!` instead of `*`). */
  readonly syncFailed: boolean;
  /** Last change. */
  readonly changedAt: number;
  /** The advertising router, where it is not the gateway (the layout compares). */
  readonly from: Ip | undefined;
  readonly preference: number;
  /** `RouteScope`. */
  readonly scope: number;
  /** The BGP part of `(100s/20)`; `undefined` for other origins. */
  readonly bgp: BgpRouteView | undefined;
  /** `igp_metric`, of the route or of its resolved next hop; `undefined` when there is none. */
  readonly igpMetric: number | undefined;
  /**
   * The canonical attribute record (docs/architecture.md): path attributes from `start` to `wireEnd`, extension
   * attributes from there to `end`. Valid until the walk goes on. `undefined`: no attributes.
   */
  readonly record: AttributeRecord | undefined;
  /** RFC 7911 path identifier received with it; 0 for none. */
  readonly pathId: number;
  /** Kept though refused by the import filter. */
  readonly filtered: boolean;
  /** Why it is not the selected one: a `DecisionStep` or reason it cannot be used, as a word; `undefined` if it is. */
  readonly lostAt: string | undefined;
}

export interface AttributeRecord {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly wireEnd: number;
  readonly end: number;
}

export interface RouteHopView {
  readonly gateway: Ip | undefined;
  readonly interfaceName: string;
  readonly onlink: boolean;
  readonly weight: number;
}

export interface BgpRouteView {
  /** Left out of the comparison by deterministic MED. */
  readonly suppressed: boolean;
  /** Kept over a restart of the peer. */
  readonly stale: boolean;
  /** The BGP next hop is recursive or checked: the IGP metric is shown after the preference. */
  readonly metric:
    | { readonly kind: 'aigp'; readonly value: bigint }
    | { readonly kind: 'igp'; readonly value: number }
    | { readonly kind: 'unknown' }
    | { readonly kind: 'unresolvable' }
    | undefined;
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

export type ProtocolOperation = 'enable' | 'disable' | 'restart' | 'reload' | 'reload-in' | 'reload-out';

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
  /** `check` found nothing to complain about. */
  | { readonly result: 'valid' }
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
    };

export interface ConfigureStatus {
  readonly state: 'running' | 'in-progress' | 'queued' | 'shutting-down';
  /** Time left until an unconfirmed configuration is taken back. */
  readonly undoInMs: number | undefined;
}
