/**
 * The meaning of a configuration: what the checked text says, with every default filled in. Immutable. `config` makes
 * it, `src` lives by it, `reconfigure` compares two of them. All times are in seconds unless a name says otherwise;
 * `source` fields name the place in the file (for messages about a running protocol).
 */
import type { FamilyName, Hop, Ip, Policy, Prefix } from '../bgp/index.ts';
import type { Dialect } from './dialect.ts';

/** A place in a configuration file; line and column count from 1. */
export interface ConfigPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface DaemonConfig {
  readonly path: string;
  /** The language that it was written in. */
  readonly dialect: Dialect;
  /** The only address family of a daemon that speaks BIRD 1; `undefined`: all families. */
  readonly family: FamilyName | undefined;
  /** BGP Identifier as an unsigned number; `undefined`: the lowest usable IPv4 address of the interfaces. */
  readonly routerId: number | undefined;
  /** `router id from`: interfaces whose addresses may become the BGP Identifier; `undefined`: all but loopback. */
  readonly routerIdFrom: readonly InterfacePattern[] | undefined;
  readonly hostname: string | undefined;
  readonly log: readonly LogTarget[];
  readonly debug: DebugDefaults;
  readonly timeFormats: TimeFormats;
  readonly watchdogWarningMs: number;
  readonly watchdogTimeoutMs: number;
  readonly gracefulRestartWait: number;
  readonly mrtdump: { readonly file: string | undefined; readonly mask: number };
  readonly controlSockets: readonly { readonly path: string; readonly restrict: boolean }[];
  readonly tables: readonly TableConfig[];
  /** In the order of the file. */
  readonly protocols: readonly ProtocolConfig[];
  /** Everything that has a name, for `show symbols`. */
  readonly symbols: readonly SymbolEntry[];
  /** Extra attribute names: `attribute int my_tag;`. */
  readonly customAttributes: readonly CustomAttribute[];
  /** Statements that were read and checked but whose machinery is not in this version; reported once in the log. */
  readonly notActive: readonly { readonly what: string; readonly place: ConfigPlace }[];
}

/** Log classes of BIRD. */
export type LogClass = 'debug' | 'trace' | 'info' | 'remote' | 'warning' | 'error' | 'auth' | 'fatal' | 'bug';

export type LogTarget = {
  readonly classes: readonly LogClass[];
} & (
  | { readonly to: 'stderr' }
  | {
      readonly to: 'file';
      readonly path: string;
      readonly limitBytes: number | undefined;
      readonly backup: string | undefined;
    }
  | { readonly to: 'syslog'; readonly name: string | undefined }
  | { readonly to: 'udp'; readonly address: Ip; readonly port: number }
);

/** Bits of `debug`: BIRD's words in its order. */
export const DebugMask = { states: 1, routes: 2, filters: 4, interfaces: 8, events: 16, packets: 32, all: 63 } as const;

export interface DebugDefaults {
  readonly protocols: number;
  readonly channels: number;
  readonly tables: number;
  /** 0 nothing, 1 commands, 2 more. */
  readonly commands: number;
  /** Log turns of the main loop that last longer than `latencyLimitMs`. */
  readonly latency: boolean;
  readonly latencyLimitMs: number;
}

/** One `timeformat`: strftime text, or BIRD's iso forms; `limitSeconds` after which `limitFormat` is used instead. */
export interface TimeFormat {
  readonly format: string;
  readonly limitSeconds: number | undefined;
  readonly limitFormat: string | undefined;
}

export interface TimeFormats {
  readonly route: TimeFormat;
  readonly protocol: TimeFormat;
  readonly base: TimeFormat;
  readonly log: TimeFormat;
}

export interface TableConfig {
  readonly name: string;
  readonly family: FamilyName;
  readonly sorted: boolean;
}

export interface SymbolEntry {
  readonly name: string;
  readonly kind: 'constant' | 'variable' | 'filter' | 'function' | 'protocol' | 'template' | 'table' | 'attribute';
}

export interface CustomAttribute {
  readonly name: string;
  /** Filter language type word: int, ip, quad, pair, bytestring, ... */
  readonly type: string;
  /** Id in the extension space (bgp/policy). */
  readonly id: number;
}

// ---------------------------------------------------------------------------------------------------- protocols

export type ProtocolConfig =
  | DeviceConfig
  | DirectConfig
  | KernelConfig
  | StaticConfig
  | OriginsConfig
  | PipeConfig
  | BgpConfig
  | CalicoConfig
  | InactiveConfig;

export interface ProtocolBase {
  readonly name: string;
  /** The name was generated (`bgp1`), not written. */
  readonly unnamed: boolean;
  readonly description: string | undefined;
  readonly disabled: boolean;
  readonly debug: number;
  /** Own `router id`; `undefined`: the daemon's. */
  readonly routerId: number | undefined;
  readonly vrf: string | undefined;
  readonly mrtdump: number;
  readonly place: ConfigPlace;
}

/** One item of `interface "eth*", -"lo", 10.0.0.0/8 { ... };`. The first item that matches decides. */
export interface InterfacePattern {
  readonly negative: boolean;
  /** Shell glob of names; `undefined`: any. */
  readonly glob: string | undefined;
  /** An address of the interface has to lie in it; `undefined`: any. */
  readonly prefix: Prefix | undefined;
}

export interface DeviceConfig extends ProtocolBase {
  readonly kind: 'device';
  readonly scanTime: number;
  readonly interfaces: readonly {
    readonly patterns: readonly InterfacePattern[];
    readonly preferred: readonly Ip[];
    /** Addresses inside one of these are preferred, too. */
    readonly networks: readonly Prefix[];
  }[];
}

export interface DirectConfig extends ProtocolBase {
  readonly kind: 'direct';
  readonly channels: readonly ChannelConfig[];
  /** Empty: all interfaces. */
  readonly interfaces: readonly InterfacePattern[];
  readonly checkLink: boolean;
}

export interface KernelConfig extends ProtocolBase {
  readonly kind: 'kernel';
  /** Exactly one. */
  readonly channel: ChannelConfig;
  readonly kernelTable: number;
  readonly scanTime: number;
  readonly persist: boolean;
  readonly learn: 'off' | 'on' | 'all';
  /** RTA_PRIORITY of what is exported; 0: from krt_metric. */
  readonly metric: number;
  /** Routes straight onto a link are exported, too. */
  readonly deviceRoutes: boolean;
  /** 0: off; otherwise the largest number of hops. */
  readonly mergePaths: number;
  readonly gracefulRestart: boolean;
  readonly netlinkRxBuffer: number;
}

export interface StaticConfig extends ProtocolBase {
  readonly kind: 'static';
  readonly channel: ChannelConfig;
  readonly checkLink: boolean;
  /** Tables for recursive routes; `undefined`: the channel's own. */
  readonly igpTable4: string | undefined;
  readonly igpTable6: string | undefined;
  readonly routes: readonly StaticRoute[];
}

export interface StaticRoute {
  readonly prefix: Prefix;
  readonly target:
    | { readonly kind: 'blackhole' | 'unreachable' | 'prohibit' }
    | { readonly kind: 'recursive'; readonly address: Ip }
    | { readonly kind: 'hops'; readonly hops: readonly (Hop & { readonly bfd: boolean })[] };
  /** `{ ... }` after the route: a filter block run on it; `undefined`: none. */
  readonly policy: Policy | undefined;
  readonly place: ConfigPlace;
}

/** Who may originate a prefix (RFC 6482). */
export interface RoaEntry {
  readonly prefix: Prefix;
  /** Of the longest prefix that may be announced. */
  readonly maxLength: number;
  readonly asn: number;
}

/** Who may pass on what a customer announces (ASPA). */
export interface AspaEntry {
  readonly customer: number;
  readonly providers: readonly number[];
}

/** A static protocol whose entries are no routes: filters ask them by `roa_check` and `aspa_check`. */
export interface OriginsConfig extends ProtocolBase {
  readonly kind: 'origins';
  readonly table: string;
  readonly roas: readonly RoaEntry[];
  readonly aspas: readonly AspaEntry[];
}

export interface PipeConfig extends ProtocolBase {
  readonly kind: 'pipe';
  readonly table: string;
  readonly peerTable: string;
  readonly family: FamilyName;
  /** From `peerTable` into `table`. */
  readonly importPolicy: Policy;
  /** From `table` into `peerTable`. */
  readonly exportPolicy: Policy;
  readonly importLimit: RouteLimit | undefined;
  readonly exportLimit: RouteLimit | undefined;
  readonly rpkiReload: boolean;
}

/** A node of a cluster: what it runs besides comes from a datastore. */
export interface CalicoConfig extends ProtocolBase {
  readonly kind: 'calico';
  readonly node: string;
  /** URL. */
  readonly datastore: string;
  /** `undefined`: as `node`. */
  readonly kubernetesNode: string | undefined;
  readonly secretNamespace: string;
  /** `undefined`: where the datastore has nothing of Calico. */
  readonly usePodCidr: boolean | undefined;
  readonly routerIdFromName: boolean;
  /** `undefined`: as the datastore says. */
  readonly clusterIps: Prefix | undefined;
  /** Folder. */
  readonly workloads: string;
  /** Write into CalicoNodeStatus resources. */
  readonly reportStatus: boolean;
}

/** A protocol that is read and checked but not run by this version (bfd, rpki, mrt, bmp, ...). */
export interface InactiveConfig extends ProtocolBase {
  readonly kind: 'inactive';
  /** The protocol's word in the file. */
  readonly protocol: string;
}

export type LimitAction = 'warn' | 'block' | 'restart' | 'disable';

export interface RouteLimit {
  readonly count: number;
  readonly action: LimitAction;
}

export interface ChannelConfig {
  readonly family: FamilyName;
  readonly table: string;
  readonly preference: number;
  readonly importPolicy: Policy;
  readonly exportPolicy: Policy;
  readonly importKeepFiltered: boolean;
  readonly receiveLimit: RouteLimit | undefined;
  readonly importLimit: RouteLimit | undefined;
  readonly exportLimit: RouteLimit | undefined;
  readonly rpkiReload: boolean;
  readonly debug: number;
  readonly place: ConfigPlace;
}

export type NextHopMode = 'off' | 'ibgp' | 'ebgp' | 'all';

export interface BgpChannelConfig extends ChannelConfig {
  readonly mandatory: boolean;
  readonly nextHopKeep: NextHopMode;
  readonly nextHopSelf: NextHopMode;
  readonly nextHopAddress: Ip | undefined;
  readonly nextHopPrefer: 'global' | 'local';
  readonly linkLocalNextHopFormat: 'native' | 'single' | 'double';
  readonly gateway: 'direct' | 'recursive';
  readonly igpTable4: string | undefined;
  readonly igpTable6: string | undefined;
  readonly importTable: boolean;
  readonly exportTable: boolean;
  readonly secondary: boolean;
  readonly extendedNextHop: boolean;
  readonly requireExtendedNextHop: boolean;
  /**
   * The export filter sees each route as the session would carry it (BIRD 1): our AS is in the path, LOCAL_PREF and
   * NEXT_HOP are there. Otherwise it sees routes as the table has them.
   */
  readonly preparedExport: boolean;
  readonly addPathsReceive: boolean;
  readonly addPathsSend: boolean;
  /** Most routes of a prefix that are sent with ADD-PATH; `undefined`: all. */
  readonly addPathsBest: number | undefined;
  readonly requireAddPaths: boolean;
  readonly aigp: 'off' | 'on' | 'originate';
  readonly cost: number;
  readonly gracefulRestart: boolean | undefined;
  readonly longLivedGracefulRestart: boolean | undefined;
  readonly longLivedStaleTime: number | undefined;
  readonly minLongLivedStaleTime: number | undefined;
  readonly maxLongLivedStaleTime: number | undefined;
}

export type BgpRole = 'provider' | 'rs_server' | 'rs_client' | 'customer' | 'peer';

export interface BgpConfig extends ProtocolBase {
  readonly kind: 'bgp';
  readonly localAs: number;
  /** Source address (`local`, `source address`). */
  readonly localAddress: Ip | undefined;
  readonly localPort: number;
  /** Address to listen on, shared by all sessions (`listen bgp`); `undefined`: what `strictBind` says. */
  readonly listenAddress: Ip | undefined;
  /** A connection is ours only if it came to `localAddress`, where that is known. */
  readonly matchLocalAddress: boolean;
  /** `undefined` with `neighborRange`. */
  readonly neighborAddress: Ip | undefined;
  readonly neighborRange: Prefix | undefined;
  readonly neighborPort: number;
  /** `undefined`: decided by `neighborKind`. */
  readonly neighborAs: number | undefined;
  readonly neighborKind: 'internal' | 'external' | undefined;
  readonly interfaceName: string | undefined;
  readonly onlink: boolean;
  /** `undefined`: direct; otherwise the TTL, 1..255. */
  readonly multihop: number | undefined;
  readonly dynamicName: string;
  /** Names with `%a` (address), `%i` (interface), `%n` (number) in them; `undefined`: `dynamicName` and a number. */
  readonly dynamicNamePattern: string | undefined;
  readonly dynamicNameDigits: number;
  /** Most dynamic sessions at a time; `undefined`: any number. */
  readonly dynamicLimit: number | undefined;
  readonly strictBind: boolean;
  readonly freeBind: boolean;
  readonly checkLink: boolean;
  readonly bfd: boolean;
  readonly ttlSecurity: boolean;
  readonly password: string | undefined;
  readonly passive: boolean;
  readonly confederation: number | undefined;
  readonly confederationMember: boolean;
  readonly rrClient: boolean;
  /** Unsigned number; `undefined`: the router id. */
  readonly rrClusterId: number | undefined;
  readonly rsClient: boolean;
  readonly allowLocalPref: boolean;
  readonly allowMed: boolean;
  /** Tolerated occurrences of our AS in AS_PATH; 0: none; Infinity: any number. */
  readonly allowLocalAs: number;
  readonly allowAsSets: boolean;
  readonly enforceFirstAs: boolean;
  readonly enableRouteRefresh: boolean;
  readonly enableEnhancedRouteRefresh: boolean;
  readonly enableAs4: boolean;
  readonly enableExtendedMessages: boolean;
  readonly capabilities: boolean;
  readonly advertiseHostname: boolean;
  /** Capabilities that the peer must have; OPEN is refused with 2/7 otherwise. */
  readonly require: {
    readonly routeRefresh: boolean;
    readonly enhancedRouteRefresh: boolean;
    readonly as4: boolean;
    readonly extendedMessages: boolean;
    readonly hostname: boolean;
    readonly gracefulRestart: boolean;
    readonly longLivedGracefulRestart: boolean;
  };
  readonly gracefulRestart: 'off' | 'aware' | 'on';
  readonly gracefulRestartTime: number;
  /** The N bit of RFC 8538. */
  readonly gracefulRestartNotification: boolean;
  readonly minGracefulRestartTime: number | undefined;
  readonly maxGracefulRestartTime: number | undefined;
  readonly longLivedGracefulRestart: 'off' | 'aware' | 'on';
  readonly longLivedStaleTime: number;
  readonly minLongLivedStaleTime: number | undefined;
  readonly maxLongLivedStaleTime: number | undefined;
  readonly interpretCommunities: boolean;
  /** The session is about to go: its routes say so, both ways (RFC 8326). */
  readonly gracefulShutdown: boolean;
  readonly disableAfterError: boolean;
  /** Cease subcodes after which the protocol stays down. */
  readonly disableAfterCease: readonly number[];
  readonly holdTime: number;
  readonly minHoldTime: number;
  readonly startupHoldTime: number;
  readonly tolerateEarlyUpdate: boolean;
  /** `undefined`: a third of the negotiated hold time. */
  readonly keepaliveTime: number | undefined;
  readonly minKeepaliveTime: number;
  /** `undefined`: twice the negotiated hold time; 0: off. */
  readonly sendHoldTime: number | undefined;
  readonly disableRx: boolean;
  readonly connectDelayTime: number;
  readonly connectRetryTime: number;
  readonly errorWaitTimeMin: number;
  readonly errorWaitTimeMax: number;
  readonly errorForgetTime: number;
  readonly pathMetric: boolean;
  readonly medMetric: boolean;
  readonly deterministicMed: boolean;
  readonly igpMetric: boolean;
  readonly preferOlder: boolean;
  readonly defaultMed: number;
  readonly defaultLocalPref: number;
  readonly localRole: BgpRole | undefined;
  readonly requireRoles: boolean;
  readonly channels: readonly BgpChannelConfig[];
}
