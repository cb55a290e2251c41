/**
 * Between the state machine of a neighbour and the world: sockets, octets and time become events, actions become
 * sockets, octets and calls to the protocol. Decides nothing.
 *
 *     Stream -> PeerConnection -> message -> FsmEvent -> PeerFsm -> Action -> Stream
 *                                        |                      |
 *                        UPDATE, ROUTE-REFRESH            session up, down, routes
 *                        of an Established session -> SessionPorts (the protocol)
 */
import {
  type AddressFamily,
  decodeNotification,
  decodeOpen,
  encodeNotification,
  encodeOpen,
  KEEPALIVE,
  MessageType,
  messageTypeName,
  NotificationError,
} from '../../bgp/index.ts';
import {
  type Action,
  type ConnectionId,
  type FsmEvent,
  type LastError,
  type Negotiation,
  PeerFsm,
  type PeerFsmConfig,
  type RouteChange,
  SESSION_STATE_NAMES,
} from '../../fsm/index.ts';
import type { IncomingConnection, Stream, StreamHandler } from '../net/transport.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Scheduler } from '../scheduler.ts';
import { PeerConnection, type PeerConnectionOwner } from './peer-connection.ts';
import type { Ticker, Ticking } from './ticker.ts';

export interface SessionPorts {
  /** Calls the neighbour as its configuration is now. */
  dial(handler: StreamHandler): Stream;
  sessionUp(connection: PeerConnection, negotiation: Negotiation): void;
  sessionDown(error: LastError, keepRoutes: boolean): void;
  routes(family: AddressFamily, change: RouteChange): void;
  /** An UPDATE of the Established session. The NOTIFICATION if the session has to end. */
  update(bytes: Uint8Array, start: number, end: number): NotificationError | undefined;
  routeRefresh(bytes: Uint8Array, start: number, end: number): NotificationError | undefined;
  /** The connection of the Established session has room again. */
  drained(): void;
  /** TCP could not be opened. */
  unreachable(): void;
  /** The peer let us in and closed the connection before there was a session: it is there. */
  turnedAway(): void;
  /** A connection or session ended for this reason. */
  failed(error: LastError, waitSeconds: number): void;
  /** It has to stay down until the operator acts. */
  mustStayDown(error: LastError): void;
  /** All actions of an event are carried out. */
  settled(): void;
  /** When the peer's refresh counts as over; Infinity for never. */
  refreshDeadline(): number;
  expireRefresh(now: number): void;
  /** For `debug { events }` and `debug { packets }`; `text` is made only if somebody listens. */
  trace(kind: 'events' | 'packets', text: () => string): void;
}

/** How often a session with queued octets is asked whether they become fewer. */
const PROGRESS_MS = 1000;

export class SessionDriver implements PeerConnectionOwner, Ticking {
  readonly fsm: PeerFsm;
  readonly #name: string;
  readonly #ports: SessionPorts;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #ticker: Ticker;
  readonly #connections = new Map<ConnectionId, PeerConnection>();
  /** Connections that are still saying goodbye. */
  #leaving = 0;
  #whenQuiet: (() => void) | undefined;
  #offer: IncomingConnection | undefined;
  readonly #events: FsmEvent[] = [];
  #handling = false;
  #progressAt = Number.POSITIVE_INFINITY;

  constructor(
    name: string,
    config: PeerFsmConfig,
    ports: SessionPorts,
    parts: {
      readonly clock: Clock;
      readonly scheduler: Scheduler;
      readonly ticker: Ticker;
      readonly random: () => number;
    },
  ) {
    this.#name = name;
    this.#ports = ports;
    this.#clock = parts.clock;
    this.#scheduler = parts.scheduler;
    this.#ticker = parts.ticker;
    this.fsm = new PeerFsm(config, parts.random);
  }

  start(manual: boolean): void {
    this.#ticker.add(this);
    this.#handle({ type: 'start', manual });
  }

  /** Ends everything; `done` when the peer has been told or the time for that is over. */
  stop(notification: NotificationError | undefined, error: LastError, backOff: boolean, done: () => void): void {
    this.#handle({ type: 'stop', notification, error, backOff });
    this.#ticker.remove(this);
    if (this.#leaving === 0) done();
    else this.#whenQuiet = done;
  }

  /** Nothing is due until the next start: the machine has ended the session by itself. */
  rest(): void {
    this.#ticker.remove(this);
  }

  /** The neighbour connected to us. */
  offer(offer: IncomingConnection): void {
    this.#offer = offer;
    this.#handle({ type: 'incoming' });
    this.#offer = undefined;
  }

  endOfRib(family: AddressFamily): void {
    const { established } = this.fsm;
    if (established !== undefined) {
      this.#handle({ type: 'end-of-rib', connection: established.connection, family });
    }
  }

  updateSent(): void {
    const { established } = this.fsm;
    if (established !== undefined) this.fsm.updateSent(established.connection, this.#clock.now());
  }

  /** The connection of the Established session. */
  get established(): PeerConnection | undefined {
    const { established } = this.fsm;
    return established === undefined ? undefined : this.#connections.get(established.connection);
  }

  // ------------------------------------------------------------------------------------------------------------ time

  get deadline(): number {
    return Math.min(this.fsm.deadline, this.#progressAt, this.#ports.refreshDeadline());
  }

  tick(now: number): void {
    if (this.#progressAt <= now) {
      const connection = this.established;
      this.#progressAt = connection === undefined ? Number.POSITIVE_INFINITY : now + PROGRESS_MS;
      if (connection?.socket?.hasProgressed()) this.fsm.written(connection.id, now);
    }
    this.#ports.expireRefresh(now);
    if (this.fsm.deadline <= now) this.#handle({ type: 'timer' });
  }

  // ---------------------------------------------------------------------------------------------- from the connections

  connected(connection: PeerConnection): void {
    this.#ports.trace('events', () => 'Connected');
    this.#handle({ type: 'connect-succeeded', connection: connection.id });
  }

  received(connection: PeerConnection): void {
    this.fsm.received(connection.id, this.#clock.now());
  }

  message(connection: PeerConnection, type: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { id } = connection;
    if (type !== MessageType.Update) {
      this.#ports.trace('packets', () => `Got ${messageTypeName(type)} of ${end - start} octets`);
    }
    switch (type) {
      case MessageType.Open:
        this.#openCame(connection, bytes, start, end);
        break;
      case MessageType.Keepalive:
        if (!this.fsm.isEstablished(id)) this.#handle({ type: 'keepalive', connection: id });
        break;
      case MessageType.Update:
        // The machine may take an UPDATE for the sign that the session is up.
        if (!this.fsm.isEstablished(id)) this.#handle({ type: 'update', connection: id });
        if (this.fsm.isEstablished(id)) this.#judge(id, this.#ports.update(bytes, start, end));
        break;
      case MessageType.RouteRefresh:
        if (!this.fsm.isEstablished(id)) this.#handle({ type: 'route-refresh', connection: id });
        if (this.fsm.isEstablished(id)) this.#judge(id, this.#ports.routeRefresh(bytes, start, end));
        break;
      case MessageType.Notification:
        this.#handle({ type: 'notification', connection: id, notification: decodeNotification(bytes, start, end) });
        break;
    }
    return this.fsm.isOpen(id);
  }

  framingError(connection: PeerConnection, error: NotificationError, answer: boolean): void {
    const { id } = connection;
    if (answer) this.#handle({ type: 'header-error', connection: id, error });
    else this.#handle({ type: 'notification', connection: id, notification: new NotificationError(0, 0) });
  }

  written(connection: PeerConnection): void {
    this.fsm.written(connection.id, this.#clock.now());
  }

  drained(connection: PeerConnection): void {
    if (this.fsm.isEstablished(connection.id)) this.#ports.drained();
  }

  closed(connection: PeerConnection, text: string): void {
    this.#connections.delete(connection.id);
    if (!connection.wasConnected) this.#ports.unreachable();
    else if (this.fsm.established === undefined) this.#ports.turnedAway();
    this.#ports.trace('events', () => `Connection lost (${text})`);
    this.#handle({ type: connection.wasConnected ? 'closed' : 'connect-failed', connection: connection.id, text });
  }

  #openCame(connection: PeerConnection, bytes: Uint8Array, start: number, end: number): void {
    const open = decodeOpen(bytes, start, end);
    if (open instanceof NotificationError) {
      this.#handle({ type: 'open-error', connection: connection.id, error: open });
      return;
    }
    for (const warning of open.capabilities.warnings) this.#ports.trace('events', () => `OPEN: ${warning}`);
    this.#handle({ type: 'open', connection: connection.id, open });
    const session = [this.fsm.outgoing, this.fsm.incoming].find((one) => one.connection === connection.id);
    if (session?.negotiation !== undefined) {
      connection.allowLength(session.negotiation.options.maxReceiveLength);
    }
  }

  #judge(connection: ConnectionId, error: NotificationError | undefined): void {
    if (error !== undefined) this.#handle({ type: 'update-error', connection, error });
  }

  // ------------------------------------------------------------------------------------------------------ the machine

  /**
   * Events that come up while actions are being carried out (a protocol that stops because of one) wait until those are
   * through: the machine's actions are never mixed up.
   */
  #handle(event: FsmEvent): void {
    this.#events.push(event);
    if (this.#handling) return;
    this.#handling = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        const now = this.#clock.now();
        for (const action of this.fsm.handle(next, now)) this.#carryOut(action);
      }
    } finally {
      this.#handling = false;
    }
    this.#ports.settled();
  }

  #carryOut(action: Action): void {
    switch (action.type) {
      case 'dial':
        this.#dial(action.connection);
        break;
      case 'accept':
        this.#accept(action.connection);
        break;
      case 'refuse':
        this.#ports.trace('events', () => `Connection refused: ${action.reason}`);
        this.#offer?.refuse(action.notification === undefined ? undefined : encodeNotification(action.notification));
        break;
      case 'send-open':
        this.#ports.trace('packets', () => 'Sending OPEN');
        this.#connections.get(action.connection)?.write(encodeOpen(action.open));
        break;
      case 'send-keepalive':
        this.#ports.trace('packets', () => 'Sending KEEPALIVE');
        this.#connections.get(action.connection)?.write(KEEPALIVE);
        break;
      case 'close':
        this.#close(action.connection, action.notification, action.reset);
        break;
      case 'session-up': {
        const connection = this.#connections.get(action.connection);
        if (connection === undefined) break;
        this.#progressAt = this.#clock.now() + PROGRESS_MS;
        connection.startSlicing();
        this.#ports.sessionUp(connection, action.negotiation);
        break;
      }
      case 'session-down':
        this.#progressAt = Number.POSITIVE_INFINITY;
        this.#ports.sessionDown(action.error, action.keepRoutes);
        break;
      case 'routes':
        this.#ports.routes(action.family, action.change);
        break;
      case 'check':
        this.#check(action.connection, action.timer);
        break;
      case 'state':
        this.#ports.trace(
          'events',
          () => `${action.direction}: ${SESSION_STATE_NAMES[action.from]} -> ${SESSION_STATE_NAMES[action.to]}`,
        );
        break;
      case 'error':
        this.#ports.failed(action.error, action.waitSeconds);
        break;
      case 'disable':
        this.#ports.mustStayDown(action.error);
        break;
    }
  }

  #dial(id: ConnectionId): void {
    const connection = new PeerConnection(id, `messages of ${this.#name}`, this, this.#scheduler);
    this.#connections.set(id, connection);
    connection.socket = this.#ports.dial(connection);
  }

  #accept(id: ConnectionId): void {
    const connection = new PeerConnection(id, `messages of ${this.#name}`, this, this.#scheduler);
    this.#connections.set(id, connection);
    connection.wasConnected = true;
    connection.socket = this.#offer?.accept(connection);
  }

  #close(id: ConnectionId, notification: NotificationError | undefined, reset: boolean): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    this.#connections.delete(id);
    const last = notification === undefined ? undefined : encodeNotification(notification);
    if (reset) {
      connection.reset(last);
      return;
    }
    this.#leaving++;
    connection.close(last, () => {
      this.#leaving--;
      if (this.#leaving > 0) return;
      const done = this.#whenQuiet;
      this.#whenQuiet = undefined;
      done?.();
    });
  }

  /**
   * Silence is concluded only after the event loop has read and written every socket once more: the poll phase lies
   * between two turns of `setImmediate`.
   */
  #check(id: ConnectionId, timer: 'hold' | 'send-hold'): void {
    setImmediate(() => {
      setImmediate(() => {
        const connection = this.#connections.get(id);
        const now = this.#clock.now();
        if (timer === 'hold' && connection?.hasUnread === true) this.fsm.received(id, now);
        if (timer === 'send-hold' && connection?.socket?.hasProgressed() === true) this.fsm.written(id, now);
        this.#handle({ type: 'checked', connection: id, timer });
      });
    });
  }
}
