/**
 * The helper's side of graceful restart: what becomes of a peer's routes while the peer restarts (RFC 4724 section 4.2,
 * RFC 8538, RFC 9494 section 4). Pure state: the neighbour's machine tells what happened, `RouteAction`s come out.
 *
 *     session lost              restart time over             stale time over
 *   none ------------> regular ------------------> long-lived ---------------> none   (what is stale is removed)
 *     ^                   |  new session, F bit         |  new session, F bit
 *     +--- End-of-RIB ----+------------- End-of-RIB ----+
 *
 * A family is `regular` or `long-lived` while some of its routes may be stale, before and after the peer is back.
 */
import { type AddressFamily, ErrorCode } from '../bgp/index.ts';

import type { LastError } from './last-error.ts';
import type { RouteAction, RouteChange } from './route-action.ts';
import { Deadline, type TimerFacts } from './timer.ts';

/** One family that both ends agreed to keep. */
export interface RestartFamily {
  readonly family: AddressFamily;
  /** Listed in the peer's graceful restart capability. False: only in the long-lived one. */
  readonly regular: boolean;
  /** The peer kept forwarding: the F bit of the regular, and of the long-lived capability. */
  readonly forwarding: boolean;
  readonly longLivedForwarding: boolean;
  /** Long-lived stale time in seconds, clamped; 0: none. */
  readonly staleTime: number;
}

/** What one OPEN exchange says about restarts. */
export interface RestartAgreement {
  /** The peer's Restart Time in seconds, clamped. */
  readonly restartTime: number;
  /** Restart State bit of the peer. */
  readonly peerRestarting: boolean;
  /** Both ends set the N bit (RFC 8538). */
  readonly notification: boolean;
  readonly families: readonly RestartFamily[];
}

/** Why a session ended, as far as graceful restart cares. */
export type LossCause =
  /** TCP ended, or the peer opened a new connection. */
  | 'tcp'
  /** The hold or send-hold timer expired. */
  | 'timer'
  /** A NOTIFICATION was sent or received. */
  | 'notification'
  /** Cease, Hard Reset; or somebody switched the session off. */
  | 'hard';

/** The cause, from what is known of the end of the session. A Hard Reset has to be told apart by the caller. */
export function causeOfLoss(error: LastError): LossCause {
  switch (error.class) {
    case 'socket':
      return 'tcp';
    case 'sent': {
      const timer = error.code === ErrorCode.HoldTimerExpired || error.code === ErrorCode.SendHoldTimerExpired;
      return timer ? 'timer' : 'notification';
    }
    case 'received':
      return 'notification';
    default:
      return 'hard';
  }
}

export type RestartPhase = 'none' | 'regular' | 'long-lived';

/** How long a peer that is back may take to its End-of-RIB. RFC 4724 asks for an upper bound and gives no number. */
export const END_OF_RIB_WAIT_SECONDS = 360;

/** Whether the routes outlive the session (RFC 4724 section 4.2, RFC 8538 section 4, RFC 9494 section 4.2). */
export function keepsRoutes(agreement: RestartAgreement | undefined, cause: LossCause): boolean {
  if (agreement === undefined || agreement.families.length === 0) return false;
  switch (cause) {
    case 'tcp':
      return true;
    case 'timer':
      // Our own NOTIFICATION 4/0 ends the session, unless both ends know RFC 8538. Long-lived stale routes are meant
      // for exactly this: a peer that is gone without a word.
      return agreement.notification || agreement.families.some((entry) => entry.staleTime > 0);
    case 'notification':
      return agreement.notification;
    case 'hard':
      return false;
  }
}

interface FamilyState {
  readonly entry: RestartFamily;
  phase: RestartPhase;
  readonly staleTimer: Deadline;
}

export class GracefulRestart {
  readonly #families = new Map<AddressFamily, FamilyState>();
  readonly #restartTimer = new Deadline();
  readonly #endOfRibTimer = new Deadline();

  /** Some family still has stale routes. */
  get active(): boolean {
    return this.#families.size > 0;
  }

  phase(family: AddressFamily): RestartPhase {
    return this.#families.get(family)?.phase ?? 'none';
  }

  restartTimer(now: number): TimerFacts | undefined {
    return this.#restartTimer.facts(now);
  }

  staleTimer(family: AddressFamily, now: number): TimerFacts | undefined {
    return this.#families.get(family)?.staleTimer.facts(now);
  }

  get deadline(): number {
    let earliest = Math.min(this.#restartTimer.at, this.#endOfRibTimer.at);
    for (const state of this.#families.values()) earliest = Math.min(earliest, state.staleTimer.at);
    return earliest;
  }

  /** The routes are gone for another reason. */
  reset(): void {
    this.#families.clear();
    this.#restartTimer.stop();
    this.#endOfRibTimer.stop();
  }

  /**
   * The session ended and `keepsRoutes` said yes.
   *
   * @param families all families of the session.
   */
  sessionLost(agreement: RestartAgreement, families: readonly AddressFamily[], now: number): RouteAction[] {
    const actions: RouteAction[] = [];
    this.#endOfRibTimer.stop();
    for (const family of families) {
      const entry = agreement.families.find((candidate) => candidate.family === family);
      if (entry === undefined) {
        this.#families.delete(family);
        actions.push(change(family, 'flush'));
        continue;
      }
      const before = this.#families.get(family);
      if (before?.phase === 'long-lived') {
        // Its clock goes on: restarting again and again must not keep old routes for ever.
        actions.push(change(family, 'mark-stale'), change(family, 'long-lived'));
        continue;
      }
      // A second loss before the peer finished: what was stale already goes (RFC 4724 section 4.2).
      if (before !== undefined) actions.push(change(family, 'sweep'));
      actions.push(change(family, 'mark-stale'));
      const state: FamilyState = { entry, phase: 'regular', staleTimer: new Deadline() };
      this.#families.set(family, state);
      if (!entry.regular) this.#endOfRestartTime(state, now, actions);
    }
    this.#restartTimer.start(now, agreement.restartTime * 1000);
    return actions;
  }

  /** A new session of the same peer. `agreement` undefined: it does not know graceful restart any more. */
  sessionUp(agreement: RestartAgreement | undefined, now: number): RouteAction[] {
    const actions: RouteAction[] = [];
    this.#restartTimer.stop();
    for (const [family, state] of this.#families) {
      const entry = agreement?.families.find((candidate) => candidate.family === family);
      const kept = state.phase === 'regular' ? entry?.forwarding : entry?.longLivedForwarding;
      if (kept === true) continue;
      this.#families.delete(family);
      actions.push(change(family, 'sweep'));
    }
    if (this.#families.size > 0) this.#endOfRibTimer.start(now, END_OF_RIB_WAIT_SECONDS * 1000);
    return actions;
  }

  /** The peer has sent everything it has. */
  endOfRib(family: AddressFamily): RouteAction[] {
    if (!this.#families.delete(family)) return [];
    if (this.#families.size === 0) this.#endOfRibTimer.stop();
    return [change(family, 'sweep')];
  }

  expire(now: number): RouteAction[] {
    const actions: RouteAction[] = [];
    if (this.#restartTimer.isDue(now)) {
      this.#restartTimer.stop();
      for (const state of this.#families.values()) {
        if (state.phase === 'regular') this.#endOfRestartTime(state, now, actions);
      }
    }
    if (this.#endOfRibTimer.isDue(now)) {
      this.#endOfRibTimer.stop();
      // Long-lived stale routes have their own clock, which runs on through re-establishment.
      for (const [family, state] of this.#families) {
        if (state.phase !== 'regular') continue;
        this.#families.delete(family);
        actions.push(change(family, 'sweep'));
      }
    }
    for (const [family, state] of this.#families) {
      if (!state.staleTimer.isDue(now)) continue;
      this.#families.delete(family);
      actions.push(change(family, 'sweep'));
    }
    return actions;
  }

  #endOfRestartTime(state: FamilyState, now: number, actions: RouteAction[]): void {
    const { family, staleTime } = state.entry;
    if (staleTime > 0) {
      state.phase = 'long-lived';
      state.staleTimer.start(now, staleTime * 1000);
      actions.push(change(family, 'long-lived'));
    } else {
      this.#families.delete(family);
      actions.push(change(family, 'sweep'));
    }
  }
}

function change(family: AddressFamily, what: RouteChange): RouteAction {
  return { type: 'routes', family, change: what };
}
