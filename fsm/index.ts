/** State machines without I/O: an event and the time go in, actions come out. */
export type { Action, ConnectionId, Direction } from './action.ts';
export type { FsmEvent } from './event.ts';
export type { RestartAgreement, RestartFamily, RestartPhase } from './graceful-restart.ts';
export type { ErrorClass, LastError } from './last-error.ts';
export {
  formatLastError,
  LocalReason,
  localError,
  MANUAL_STOP,
  NO_ERROR,
  ROUTE_LIMIT_EXCEEDED,
} from './last-error.ts';
export type { Negotiation } from './negotiation.ts';
export { buildOpen, isStillAcceptable, negotiate } from './negotiation.ts';
export type { Phase } from './peer.ts';
export { PeerFsm } from './peer.ts';
export type { PeerFsmConfig, PeerFsmFamily } from './peer-config.ts';
export type { RouteAction, RouteChange } from './route-action.ts';
export type { PeerStatus, StateWord } from './status.ts';
export { familyRestart, peerStatus, stateWord } from './status.ts';
export type { TimerFacts } from './timer.ts';
export type { Cell, SessionEventName } from './transition.ts';
export { SESSION_STATE_NAMES, SessionState, TRANSITIONS } from './transition.ts';
