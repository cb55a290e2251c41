/**
 * What the state machine has to know of a neighbour: a plain value of its own, so that `fsm` depends on nobody's
 * configuration. Times are in seconds.
 */
import type { AddressFamily, Role } from '../bgp/index.ts';

export interface PeerFsmFamily {
  readonly family: AddressFamily;
  /** The session is refused when the peer lacks this family. */
  readonly mandatory: boolean;
  readonly addPathReceive: boolean;
  readonly addPathSend: boolean;
  readonly requireAddPath: boolean;
  readonly extendedNextHop: boolean;
  readonly requireExtendedNextHop: boolean;
  /** Our part in restarts of this family: `off`, `aware` (we help the peer), `on` (we restart gracefully, too). */
  readonly gracefulRestart: 'off' | 'aware' | 'on';
  readonly longLived: 'off' | 'aware' | 'on';
  /** Announced with `longLived` on: how long the peer is to keep our routes. */
  readonly longLivedStaleTime: number;
  /** Bounds of what the peer may ask of us. */
  readonly minLongLivedStaleTime: number;
  readonly maxLongLivedStaleTime: number;
  /** Forwarding state of this family survived our own restart (the F bit of RFC 4724). */
  readonly forwardingPreserved: boolean;
}

export interface PeerFsmConfig {
  readonly localAs: number;
  /** Confederation identifier (RFC 5065); `undefined` outside a confederation. */
  readonly confederation: number | undefined;
  /** The neighbour is in our confederation. */
  readonly confederationMember: boolean;
  /** `undefined`: any that `neighborKind` allows. */
  readonly neighborAs: number | undefined;
  readonly neighborKind: 'internal' | 'external' | undefined;
  /** BGP Identifier, unsigned. */
  readonly localId: number;
  /** Never dial. */
  readonly passive: boolean;
  readonly families: readonly PeerFsmFamily[];

  /** Announce any capability at all (RFC 5492). */
  readonly capabilities: boolean;
  readonly as4: boolean;
  readonly extendedMessages: boolean;
  readonly routeRefresh: boolean;
  readonly enhancedRouteRefresh: boolean;
  /** Announced when not `undefined`. */
  readonly hostname: string | undefined;
  readonly role: Role | undefined;
  readonly requireRole: boolean;
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
  readonly minGracefulRestartTime: number;
  readonly maxGracefulRestartTime: number;
  /** The N bit of RFC 8538: a NOTIFICATION, too, may be the start of a graceful restart. */
  readonly gracefulNotification: boolean;
  /** We have just restarted and recover (the R bit). */
  readonly restarting: boolean;
  readonly longLivedGracefulRestart: 'off' | 'aware' | 'on';

  // How the session is to treat what it receives; handed on in SessionOptions.
  readonly enforceFirstAs: boolean;
  readonly allowLocalPref: boolean;
  readonly allowAsSets: boolean;
  readonly aigp: boolean;
  /** -1: none is added. */
  readonly defaultLocalPref: number;
  readonly linkScope: boolean;

  /** 0 or 3..65535. */
  readonly holdTime: number;
  readonly minHoldTime: number;
  /** An UPDATE without a KEEPALIVE before it brings the session up; else it is an FSM error (RFC 6608 subcode 2). */
  readonly tolerateEarlyUpdate: boolean;
  /** While OPEN has not come. */
  readonly startupHoldTime: number;
  /** `undefined`: a third of the negotiated hold time. */
  readonly keepaliveTime: number | undefined;
  readonly minKeepaliveTime: number;
  /** `undefined`: twice the negotiated hold time; 0: off (RFC 9687). */
  readonly sendHoldTime: number | undefined;
  /** Before a connection is tried (again); 0: at once the first time. */
  readonly connectDelayTime: number;
  /** How long one attempt to connect may take. */
  readonly connectRetryTime: number;
  /** Waiting for the peer's OPEN before ours is sent (RFC 4271 DelayOpenTime); 0: off. */
  readonly delayOpenTime: number;
  readonly errorWaitTimeMin: number;
  readonly errorWaitTimeMax: number;
  readonly errorForgetTime: number;
  readonly disableAfterError: boolean;
  /** Cease subcodes received from the peer after which the neighbour stays down. */
  readonly disableAfterCease: readonly number[];
}
