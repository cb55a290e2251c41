/** A neighbour for people: the words and timers of `show protocols all`. */
import type { AddressFamily } from '../bgp/index.ts';
import type { RestartPhase } from './graceful-restart.ts';
import type { LastError } from './last-error.ts';
import type { Negotiation } from './negotiation.ts';
import type { PeerFsm } from './peer.ts';

import type { TimerFacts } from './timer.ts';
import { SESSION_STATE_NAMES, SessionState } from './transition.ts';

/** BIRD's words: those of RFC 4271, `Passive` (idle, but listening), `Close` (routes leave), `Down` (not running). */
export type StateWord = (typeof SESSION_STATE_NAMES)[number] | 'Passive' | 'Close' | 'Down';

export interface PeerStatus {
  readonly state: StateWord;
  readonly lastError: LastError;
  readonly lastReset: LastError;
  /** Start is put off after an error. */
  readonly errorWait: TimerFacts | undefined;
  /** Until the next attempt to connect. */
  readonly connectDelay: TimerFacts | undefined;
  /** The peer restarts and its routes are kept. */
  readonly restarting: boolean;
  readonly restartTimer: TimerFacts | undefined;
  /** Only while Established. */
  readonly session:
    | {
        readonly negotiation: Negotiation;
        readonly holdTimer: TimerFacts | undefined;
        readonly keepaliveTimer: TimerFacts | undefined;
        readonly sendHoldTimer: TimerFacts | undefined;
      }
    | undefined;
}

export function peerStatus(fsm: PeerFsm, now: number): PeerStatus {
  const { established, outgoing } = fsm;
  const negotiation = established?.negotiation;
  return {
    state: stateWord(fsm),
    lastError: fsm.lastError,
    lastReset: fsm.lastReset,
    errorWait: fsm.backOff.timer.facts(now),
    connectDelay: outgoing.state === SessionState.Active ? outgoing.connectRetry.facts(now) : undefined,
    restarting: fsm.restart.active && established === undefined,
    restartTimer: fsm.restart.restartTimer(now),
    session:
      established === undefined || negotiation === undefined
        ? undefined
        : {
            negotiation,
            holdTimer: established.hold.facts(now),
            keepaliveTimer: established.keepalive.facts(now),
            sendHoldTimer: established.sendHold.facts(now),
          },
  };
}

/** What became of one family's routes, for its channel. */
export function familyRestart(
  fsm: PeerFsm,
  family: AddressFamily,
  now: number,
): { readonly phase: RestartPhase; readonly staleTimer: TimerFacts | undefined } {
  return { phase: fsm.restart.phase(family), staleTimer: fsm.restart.staleTimer(family, now) };
}

export function stateWord({ phase, outgoing, incoming, config }: PeerFsm): StateWord {
  if (phase === 'down') return 'Down';
  if (phase === 'flushing') return 'Close';
  // A listening connection without TCP is no progress.
  const answering = incoming.connection === 0 ? SessionState.Idle : incoming.state;
  const state = Math.max(outgoing.state, answering) as SessionState;
  if (state === SessionState.Idle && phase === 'running' && config.passive) return 'Passive';
  return SESSION_STATE_NAMES[state];
}
