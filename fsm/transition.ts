/**
 * The finite state machine of one connection as a table: RFC 4271 section 8.2.2, with RFC 4724, 6608, 7606 and 9687
 * applied. fsm/session.ts carries out what a cell says; nothing else decides about a state.
 *
 * What differs from the letter of section 8, and why:
 *  - a TCP failure never puts the neighbour into back-off, only errors of the protocol do: an operator who restarts a
 *    router does not want to wait for it. The pause before the next attempt (connect delay) bounds the rate.
 *  - a header error in OpenSent and later is answered with its own code 1/x (section 6.1), not with an FSM error.
 *  - a NOTIFICATION is never answered (section 6.4), although section 8 calls it an FSM error in OpenSent.
 *  - losing a collision is not an error and is not waited for.
 *  - events 14, 15 (SYN) are the kernel's business, 13 (IdleHoldTimer) belongs to the neighbour, not to a connection.
 */

/** In the order of progress: the state of a neighbour is the larger one of its two connections. */
export const SessionState = { Idle: 0, Connect: 1, Active: 2, OpenSent: 3, OpenConfirm: 4, Established: 5 } as const;
export type SessionState = (typeof SessionState)[keyof typeof SessionState];

export const SESSION_STATE_NAMES = ['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'] as const;

/** Events of RFC 4271 section 8.1; `, DelayOpen`: the same while DelayOpenTimer runs (or is to run). */
export type SessionEventName =
  | 'start'
  | 'start-passive'
  | 'manual-stop'
  | 'automatic-stop'
  | 'connect-retry-expired'
  | 'hold-expired'
  | 'keepalive-expired'
  | 'delay-open-expired'
  | 'tcp-up'
  | 'tcp-up, DelayOpen'
  | 'tcp-fails'
  | 'tcp-fails, DelayOpen'
  | 'open'
  | 'open, DelayOpen'
  | 'header-error'
  | 'open-error'
  | 'collision-dump'
  | 'notification-version'
  | 'notification-version, DelayOpen'
  | 'notification'
  | 'keepalive'
  | 'update'
  | 'update-error'
  | 'route-refresh'
  | 'send-hold-expired';

export type Verb =
  /** ConnectRetryTimer: starts anew, stops. In Active it is the delay before we dial, in Connect the limit of dialling. */
  | 'retry+'
  | 'retry0'
  /** DelayOpenTimer. */
  | 'delay+'
  | 'delay0'
  /** TCP and all timers end, but the session does not fall back to Idle. */
  | 'drop'
  | 'dial'
  /** Send OPEN. */
  | 'open'
  /** Send KEEPALIVE and start KeepaliveTimer. */
  | 'keepalive'
  /** HoldTimer with a large value, with the negotiated one when OPENs are exchanged, and from then on. */
  | 'hold-large'
  | 'negotiated-timers'
  | 'hold+'
  /** SendHoldTimer. */
  | 'send-hold+'
  /** ConnectRetryCounter + 1. */
  | 'count'
  /** An error of the protocol: counted, and the neighbour waits (IdleHoldTimer). */
  | 'damp';

/** Which NOTIFICATION ends the connection: the one that came with the event, or one that the event itself means. */
export type Parting = 'nothing' | 'given' | 'fsm-error' | 'hold-expired' | 'send-hold-expired' | 'collision';

/**
 * One cell. Leaving for Idle always means: all timers stop, resources are released, TCP ends, and, when leaving
 * Established, the neighbour's routes are deleted or kept for graceful restart.
 */
export interface Cell {
  /** `undefined`: the state does not change. */
  readonly next: SessionState | undefined;
  readonly verbs: readonly Verb[];
  readonly parting: Parting;
}

const { Idle, Connect, Active, OpenSent, OpenConfirm, Established } = SessionState;

const stay = (...verbs: Verb[]): Cell => ({ next: undefined, verbs, parting: 'nothing' });
const to = (next: SessionState, ...verbs: Verb[]): Cell => ({ next, verbs, parting: 'nothing' });
const end = (parting: Parting, ...verbs: Verb[]): Cell => ({ next: Idle, verbs, parting });

/** The event means nothing here. */
const ______ = stay();
/** Idle without a word: nobody's fault; a failed attempt; an error. */
const quit = end('nothing');
const miss = end('nothing', 'count');
const damp = end('nothing', 'damp');
/** Idle after the NOTIFICATION that came with the event: wanted; an error. */
const told = end('given');
const fail = end('given', 'damp');
/** Idle after the NOTIFICATION that is meant by the event. */
const fsm = end('fsm-error', 'damp');
const hold = end('hold-expired', 'damp');
const mute = end('send-hold-expired', 'damp');
const lose = end('collision');
/** The way up. */
const dial = to(Connect, 'retry+', 'dial');
const wait = to(Active, 'retry+');
const redo = stay('drop', 'retry+', 'dial');
const hush = stay('retry0', 'delay+');
const send = to(OpenSent, 'retry0', 'delay0', 'open', 'hold-large');
const okay = to(OpenConfirm, 'keepalive', 'negotiated-timers');
const both = to(OpenConfirm, 'retry0', 'delay0', 'open', 'keepalive', 'negotiated-timers');
const rise = to(Established, 'hold+', 'send-hold+');
const live = stay('hold+');
const beat = stay('keepalive');
/** TCP is lost on the way up: listen and dial again, after a while. */
const back = to(Active, 'drop', 'retry+');
const lost = to(Active, 'drop', 'retry+', 'count');

type Row = readonly [idle: Cell, connect: Cell, active: Cell, openSent: Cell, openConfirm: Cell, established: Cell];

// biome-ignore format: a table is read in columns
export const TRANSITIONS: Readonly<Record<SessionEventName, Row>> = {
  //                        event    Idle    Connect Active  OpenSent OpenConfirm Established
  'start':           /*     1, 3 */ [dial,   ______, ______, ______, ______, ______],
  'start-passive':   /*     4, 5 */ [wait,   ______, ______, ______, ______, ______],
  'manual-stop':           /*  2 */ [______, quit,   quit,   told,   told,   told],
  'automatic-stop':        /*  8 */ [______, damp,   damp,   fail,   fail,   fail],
  'connect-retry-expired': /*  9 */ [______, redo,   dial,   fsm,    fsm,    fsm],
  'hold-expired':          /* 10 */ [______, damp,   damp,   hold,   hold,   hold],
  'keepalive-expired':     /* 11 */ [______, damp,   damp,   fsm,    beat,   beat],
  'delay-open-expired':    /* 12 */ [______, send,   send,   fsm,    fsm,    fsm],
  // A second connection is the business of the neighbour's other session.
  'tcp-up':            /* 16, 17 */ [______, send,   send,   ______, ______, ______],
  'tcp-up, DelayOpen': /* 16, 17 */ [______, hush,   hush,   ______, ______, ______],
  'tcp-fails':             /* 18 */ [______, quit,   miss,   lost,   miss,   miss],
  'tcp-fails, DelayOpen':  /* 18 */ [______, back,   miss,   ______, ______, ______],
  'open':                  /* 19 */ [______, damp,   damp,   okay,   fsm,    fsm],
  'open, DelayOpen':       /* 20 */ [______, both,   both,   fsm,    fsm,    fsm],
  'header-error':          /* 21 */ [______, damp,   damp,   fail,   fail,   fail],
  'open-error':            /* 22 */ [______, damp,   damp,   fail,   fail,   fsm],
  // An Established connection is never given up for a newer one (CollisionDetectEstablishedState is off).
  'collision-dump':        /* 23 */ [______, quit,   quit,   lose,   lose,   ______],
  'notification-version':  /* 24 */ [______, damp,   damp,   quit,   quit,   miss],
  'notification-version, DelayOpen': [______, quit,  quit,   ______, ______, ______],
  'notification':          /* 25 */ [______, damp,   damp,   damp,   damp,   damp],
  'keepalive':             /* 26 */ [______, damp,   damp,   fsm,    rise,   live],
  // UPDATEs with errors that RFC 7606 does not answer by ending the session are 27, too.
  'update':                /* 27 */ [______, damp,   damp,   fsm,    fsm,    live],
  'update-error':          /* 28 */ [______, damp,   damp,   fsm,    fsm,    fail],
  // RFC 2918: as an UPDATE.
  'route-refresh':                   [______, damp,  damp,   fsm,    fsm,    live],
  // RFC 9687 section 3.
  'send-hold-expired':     /* 29 */ [______, ______, ______, ______, ______, mute],
};
