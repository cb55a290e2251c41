/**
 * Protocols as the control side sees them: the generic part, what each kind has to tell, and channels with their
 * counters. Part of the port (host.ts); data only, see there for the units.
 */
import type { Ip, Prefix } from '../../bgp/index.ts';
import type { LimitAction } from '../../config/index.ts';

/** The words of the `Proto` column. */
export type ProtocolKindWord =
  | 'BGP'
  | 'Kernel'
  | 'Static'
  | 'Direct'
  | 'Device'
  | 'Pipe'
  | 'Calico'
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
  /** In the order of the configuration; `pri` and `sec` of a pipe. Empty for device and inactive protocols. */
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
  /** The session is about to go and says so in its routes (RFC 8326). */
  readonly gracefulShutdown: boolean;
  /** Start-up is put off after an error; `undefined` when the timer does not run. */
  readonly errorWait: TimerView | undefined;
  readonly connectDelay: TimerView | undefined;
  /** Remaining restart time of the peer, milliseconds. */
  readonly restartTimerMs: number | undefined;
  /** Only while Established. */
  readonly session: BgpSessionDetail | undefined;
  /** What ended the last session or attempt; class `none` clears it. */
  readonly lastError: { readonly class: BgpErrorClass; readonly text: string };
  /** What came in with this session, or the last one, and was refused; `undefined`: nothing. */
  readonly refused: BgpRefusedView | undefined;
}

/** Prefixes that no route was made of, and that no filter refused. */
export interface BgpRefusedView {
  /** Because of errors in their attributes (RFC 7606 section 2). */
  readonly treatedAsWithdrawn: number;
  /** Because they had been here before (our AS, identifier or cluster is in them). */
  readonly looped: number;
  /** The newest of them; `at` in milliseconds since 1970. */
  readonly last: { readonly prefix: string; readonly reason: string; readonly at: number } | undefined;
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

/** A pipe is shown as one block with one pair of counters, not by its channels. */
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
  /** Name in the protocol: `ipv4`, `ipv6`; of a pipe `pri` and `sec`. */
  readonly name: string;
  readonly state: 'DOWN' | 'START' | 'UP' | 'FLUSHING';
  readonly table: string;
  readonly preference: number;
  readonly inputFilter: string;
  readonly outputFilter: string;
  /** Recovery of the daemon runs: this channel blocks its end (`pending`), its way out waits for it (`waiting`). */
  readonly recovery: { readonly pending: boolean; readonly waiting: boolean } | undefined;
  readonly receiveLimit: LimitView | undefined;
  readonly importLimit: LimitView | undefined;
  readonly exportLimit: LimitView | undefined;
  /** The outgoing half runs: `show route export` can be asked of it. */
  readonly exporting: boolean;
  /** Not everything that was there when the outgoing half began has been passed on. */
  readonly feeding: boolean;
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
