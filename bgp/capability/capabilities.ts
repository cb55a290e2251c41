/**
 * What one end of a session says it can do: the decoded Capabilities optional parameters of an OPEN (RFC 5492), or the
 * ones that we want to send. Families stay number pairs here, because a peer may name families that are not routed by
 * this daemon. How each capability looks on the wire stands in its own file; table.ts knows them all.
 */

/** (AFI, SAFI) as on the wire. */
export interface FamilyPair {
  readonly afi: number;
  readonly safi: number;
}

/** RFC 8950: NLRI of (afi, safi) may have next hops of `nextHopAfi`. */
export interface ExtendedNextHopTuple extends FamilyPair {
  readonly nextHopAfi: number;
}

/** RFC 7911 section 4; bits. */
export const AddPathMode = { Receive: 1, Send: 2, Both: 3 } as const;

export interface AddPathTuple extends FamilyPair {
  readonly mode: number;
}

export interface GracefulRestartFamily extends FamilyPair {
  /** F bit: forwarding state was preserved. */
  readonly forwarding: boolean;
}

/** RFC 4724 section 3, RFC 8538 section 2. */
export interface GracefulRestart {
  /** R bit: this end has restarted. */
  readonly restarting: boolean;
  /** N bit: NOTIFICATIONs do not end graceful restart, Hard Reset does. */
  readonly notification: boolean;
  /** Seconds, 0..4095. */
  readonly restartTime: number;
  readonly families: readonly GracefulRestartFamily[];
}

export interface LongLivedFamily extends GracefulRestartFamily {
  /** Seconds, 0..2^24-1. */
  readonly staleTime: number;
}

export interface Hostname {
  /** As on the wire; for people use `safeText`. */
  readonly host: Uint8Array;
  readonly domain: Uint8Array;
}

export interface UnknownCapability {
  readonly code: number;
  readonly value: Uint8Array;
}

/** Fresh and empty: an OPEN without capabilities. */
export class Capabilities {
  multiprotocol: FamilyPair[] = [];
  routeRefresh = false;
  extendedNextHop: ExtendedNextHopTuple[] = [];
  extendedMessage = false;
  /** RFC 9234; a `Role`, or a number that is none. -1: absent. */
  role = -1;
  /** Two Role capabilities with different values were in one OPEN: always a role mismatch. */
  roleConflict = false;
  gracefulRestart: GracefulRestart | undefined = undefined;
  /** RFC 6793: the sender's AS number. -1: absent. */
  as4 = -1;
  addPath: AddPathTuple[] = [];
  enhancedRefresh = false;
  longLived: readonly LongLivedFamily[] | undefined = undefined;
  hostname: Hostname | undefined = undefined;
  unknown: UnknownCapability[] = [];
  /** What was ignored, for the log. */
  warnings: string[] = [];
}
