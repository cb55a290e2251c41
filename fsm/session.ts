/**
 * One connection to a neighbour: finds the cell of fsm/transition.ts for each event and carries out its verbs, and keeps
 * the connection's timers. A neighbour has two of these (fsm/peer.ts), one for the connection that we open and one for
 * the connection that it opens; the latter rests in Active while it listens.
 */
import { CeaseSubcode, ErrorCode, messageTypeName, NotificationError, type OpenMessage } from '../bgp/index.ts';
import type { Action, ConnectionId, Direction } from './action.ts';
import { type LastError, NO_ERROR, notificationSent, socketError } from './last-error.ts';
import type { Negotiation } from './negotiation.ts';
import type { PeerFsmConfig } from './peer-config.ts';
import { Deadline, jittered } from './timer.ts';
import {
  type Cell,
  type Parting,
  SESSION_STATE_NAMES,
  type SessionEventName,
  SessionState,
  TRANSITIONS,
  type Verb,
} from './transition.ts';

const { Idle, Connect, Active, Established } = SessionState;

/** What belongs to one event besides its name. */
export interface EventDetail {
  /** For `given`. */
  readonly notification?: NotificationError;
  /** Why, where it is not just the NOTIFICATION that is sent. */
  readonly error?: LastError;
  /** Type of the message that nobody expected (RFC 6608 section 3). */
  readonly messageType?: number;
  /** TCP has ended by itself: there is nothing to close. */
  readonly tcpGone?: boolean;
}

/** What a connection asks of its neighbour. */
export interface SessionHost {
  readonly config: PeerFsmConfig;
  readonly random: () => number;
  emit(action: Action): void;
  nextConnection(): ConnectionId;
  localOpen(): OpenMessage;
  /** Reached Established. */
  established(session: Session, now: number): void;
  /** Left Established; called before the connection is closed. */
  lost(session: Session, connection: ConnectionId, error: LastError, now: number): void;
  /** The connection is over, Established or not. */
  ended(session: Session, error: LastError, penalty: 'none' | 'count' | 'damp', now: number): void;
}

/** Shortest pause between two KEEPALIVEs (RFC 4271 section 4.4). */
const MIN_KEEPALIVE_MS = 1000;
/** Shortest pause before a connection is tried again. */
const MIN_CONNECT_DELAY_SECONDS = 1;
/** RFC 4271 section 8: "a large value", where the configuration says 0. */
const LARGE_HOLD_SECONDS = 240;

export class Session {
  readonly direction: Direction;
  /** Only `step` changes it. */
  state: SessionState = Idle;
  /** The TCP connection, or the attempt to open one; 0 while there is none. */
  connection: ConnectionId = 0;
  /** When TCP came up. */
  connectedAt = 0;
  /** When the session reached Established. */
  establishedAt = 0;
  /** Result of the OPEN exchange, set by the neighbour before it reports the event `open`. */
  negotiation: Negotiation | undefined;
  readonly connectRetry = new Deadline();
  readonly hold = new Deadline();
  readonly keepalive = new Deadline();
  readonly delayOpen = new Deadline();
  readonly sendHold = new Deadline();
  readonly #host: SessionHost;
  #holdCheck = false;
  #sendHoldCheck = false;

  constructor(direction: Direction, host: SessionHost) {
    this.direction = direction;
    this.#host = host;
  }

  /** Earliest deadline, Infinity for none. */
  get deadline(): number {
    return Math.min(this.connectRetry.at, this.hold.at, this.keepalive.at, this.delayOpen.at, this.sendHold.at);
  }

  /** One event: finds its cell and does what it says. */
  step(event: SessionEventName, now: number, detail: EventDetail = {}): void {
    const cell = TRANSITIONS[event][this.state];
    if (cell.next === Idle) {
      this.#end(cell, now, detail);
      return;
    }
    const next = cell.next ?? this.state;
    for (const verb of cell.verbs) this.#do(verb, next, cell, now, detail);
    if (next !== this.state) {
      this.#setState(next);
      if (next === Established) {
        this.establishedAt = now;
        this.#host.established(this, now);
      }
    }
  }

  /** TCP is up: ours was accepted, or theirs was (the caller has set `connection` for the latter). */
  tcpUp(now: number): void {
    this.connectedAt = now;
    this.step(this.#host.config.delayOpenTime > 0 ? 'tcp-up, DelayOpen' : 'tcp-up', now);
  }

  /** `name`, or its variant for the time while DelayOpenTimer runs. */
  stepDelayOpen(name: 'tcp-fails' | 'open' | 'notification-version', now: number, detail: EventDetail): void {
    this.step(this.delayOpen.running ? (`${name}, DelayOpen` as const) : name, now, detail);
  }

  /** Complete messages were read: the peer is alive. Costs one addition. */
  received(now: number): void {
    if (this.state === Established) this.#startHold(now);
  }

  /** The kernel took octets that we wrote: the peer reads. */
  written(now: number): void {
    if (this.state === Established) this.#startSendHold(now);
  }

  /** An UPDATE left: the peer's hold timer starts again there, so ours for the next KEEPALIVE may, too. */
  updateSent(now: number): void {
    if (this.state === Established) this.#startKeepalive(now);
  }

  /** Handles every deadline that has come. */
  expire(now: number): void {
    // KEEPALIVE goes first: after a standstill of our own it must leave before anybody concludes anything.
    if (this.keepalive.isDue(now)) {
      this.keepalive.stop();
      this.step('keepalive-expired', now);
    }
    if (this.connectRetry.isDue(now)) {
      this.connectRetry.stop();
      this.step('connect-retry-expired', now, { error: socketError('Connection timed out') });
    }
    if (this.delayOpen.isDue(now)) {
      this.delayOpen.stop();
      this.step('delay-open-expired', now);
    }
    // Silence is measured by our own eyes, which may have been shut: look once more before it counts.
    if (this.sendHold.isDue(now)) {
      this.sendHold.stop();
      this.#sendHoldCheck = true;
      this.#host.emit({ type: 'check', connection: this.connection, timer: 'send-hold' });
    }
    if (this.hold.isDue(now)) {
      this.hold.stop();
      this.#holdCheck = true;
      this.#host.emit({ type: 'check', connection: this.connection, timer: 'hold' });
    }
  }

  /** The driver has looked. A timer that was started again meanwhile has its answer. */
  checked(timer: 'hold' | 'send-hold', now: number): void {
    if (timer === 'hold') {
      if (!this.#holdCheck) return;
      this.#holdCheck = false;
      if (!this.hold.running) this.step('hold-expired', now);
    } else {
      if (!this.#sendHoldCheck) return;
      this.#sendHoldCheck = false;
      if (!this.sendHold.running) this.step('send-hold-expired', now);
    }
  }

  #end(cell: Cell, now: number, detail: EventDetail): void {
    const { state, connection } = this;
    const notification = this.#parting(cell.parting, detail);
    const why = detail.error ?? (notification === undefined ? unexpected(state) : notificationSent(notification));
    this.#clear();
    this.state = Idle;
    if (state === Established) this.#host.lost(this, connection, why, now);
    if (connection !== 0 && detail.tcpGone !== true) {
      const reset = cell.parting === 'send-hold-expired';
      this.#host.emit({ type: 'close', connection, notification, reset });
    }
    this.#host.emit({ type: 'state', direction: this.direction, from: state, to: Idle });
    this.negotiation = undefined;
    this.#host.ended(this, why, penaltyOf(cell), now);
  }

  #parting(parting: Parting, detail: EventDetail): NotificationError | undefined {
    switch (parting) {
      case 'nothing':
        return undefined;
      case 'given':
        return detail.notification;
      case 'hold-expired':
        return new NotificationError(ErrorCode.HoldTimerExpired, 0);
      case 'send-hold-expired':
        return new NotificationError(ErrorCode.SendHoldTimerExpired, 0);
      case 'collision':
        return new NotificationError(ErrorCode.Cease, CeaseSubcode.ConnectionCollision);
      case 'fsm-error':
        // RFC 6608: the subcode names the state, the data the message; a timer is neither.
        if (detail.messageType === undefined) return new NotificationError(ErrorCode.FiniteStateMachine, 0);
        return new NotificationError(
          ErrorCode.FiniteStateMachine,
          this.state - Active,
          Uint8Array.of(detail.messageType),
          messageTypeName(detail.messageType),
        );
    }
  }

  #do(verb: Verb, next: SessionState, cell: Cell, now: number, detail: EventDetail): void {
    const host = this.#host;
    switch (verb) {
      case 'retry+':
        this.#startConnectRetry(next, now);
        break;
      case 'retry0':
        this.connectRetry.stop();
        break;
      case 'delay+':
        this.delayOpen.start(now, jittered(host.config.delayOpenTime * 1000, host.random));
        break;
      case 'delay0':
        this.delayOpen.stop();
        break;
      case 'drop': {
        const { connection } = this;
        this.#clear();
        if (connection !== 0 && detail.tcpGone !== true) {
          host.emit({ type: 'close', connection, notification: undefined, reset: false });
        }
        host.ended(this, detail.error ?? NO_ERROR, penaltyOf(cell), now);
        break;
      }
      case 'dial':
        this.connection = host.nextConnection();
        host.emit({ type: 'dial', connection: this.connection });
        break;
      case 'open':
        host.emit({ type: 'send-open', connection: this.connection, open: host.localOpen() });
        break;
      case 'keepalive':
        host.emit({ type: 'send-keepalive', connection: this.connection });
        this.#startKeepalive(now);
        break;
      case 'hold-large':
        this.#startLargeHold(now);
        break;
      case 'negotiated-timers':
        // Without a hold time nothing would end a peer that falls silent before its first KEEPALIVE.
        if ((this.negotiation?.holdTime ?? 0) === 0) this.#startLargeHold(now);
        else this.#startHold(now);
        break;
      case 'hold+':
        this.#startHold(now);
        break;
      case 'send-hold+':
        this.#startSendHold(now);
        break;
      case 'count':
      case 'damp':
        break;
    }
  }

  #startConnectRetry(next: SessionState, now: number): void {
    // The listening connection waits for the neighbour, not for a timer.
    if (this.direction === 'incoming') return;
    const { connectDelayTime, connectRetryTime } = this.#host.config;
    const seconds = next === Connect ? connectRetryTime : Math.max(MIN_CONNECT_DELAY_SECONDS, connectDelayTime);
    this.connectRetry.start(now, jittered(seconds * 1000, this.#host.random), seconds * 1000);
  }

  #startLargeHold(now: number): void {
    const { startupHoldTime } = this.#host.config;
    this.hold.start(now, (startupHoldTime > 0 ? startupHoldTime : LARGE_HOLD_SECONDS) * 1000);
  }

  #startHold(now: number): void {
    const seconds = this.negotiation?.holdTime ?? 0;
    if (seconds > 0) this.hold.start(now, seconds * 1000);
    else this.hold.stop();
  }

  #startKeepalive(now: number): void {
    const seconds = this.negotiation?.keepaliveTime ?? 0;
    if (seconds === 0) return;
    const ms = Math.max(MIN_KEEPALIVE_MS, jittered(seconds * 1000, this.#host.random));
    this.keepalive.start(now, ms, seconds * 1000);
  }

  #startSendHold(now: number): void {
    const seconds = this.negotiation?.sendHoldTime ?? 0;
    if (seconds > 0) this.sendHold.start(now, seconds * 1000);
  }

  /** Nothing of the connection is left, whatever happens next. */
  #clear(): void {
    this.connectRetry.stop();
    this.hold.stop();
    this.keepalive.stop();
    this.delayOpen.stop();
    this.sendHold.stop();
    this.#holdCheck = false;
    this.#sendHoldCheck = false;
    this.connection = 0;
  }

  #setState(next: SessionState): void {
    const from = this.state;
    this.state = next;
    this.#host.emit({ type: 'state', direction: this.direction, from, to: next });
  }
}

function penaltyOf(cell: Cell): 'none' | 'count' | 'damp' {
  return cell.verbs.includes('damp') ? 'damp' : cell.verbs.includes('count') ? 'count' : 'none';
}

function unexpected(state: SessionState): LastError {
  return { ...NO_ERROR, class: 'misc', text: `Unexpected message in ${SESSION_STATE_NAMES[state]} state` };
}
