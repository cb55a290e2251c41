/**
 * A neighbour: both of its connections, and what they share. Pure: events and the time go in, actions come out.
 *
 *          start                 error of the protocol                  error wait is over
 *   down --------> running  ------------------------------> waiting ----------------------> running
 *    ^   \--------------------------------------------------^            (start after an error waits, too)
 *    |              | session lost, its routes have to go
 *    +---- stop     +-----------> flushing ------ start (the driver has removed the routes) ------> waiting or running
 *
 * While running, `outgoing` dials (unless passive) and `incoming` listens. Per-connection state lives in `Session`,
 * per-neighbour state here; nothing is ever copied between the two sessions.
 *
 * Collisions (RFC 4271 section 6.8, RFC 6286 section 2.3): when OPENs have come on both connections, the one that was
 * opened by the end with the higher identifier stays. One step goes beyond the letter: a connection whose KEEPALIVE
 * has come is not Established at once while the other one, which would win, is open and only its OPEN is on the way.
 * Two independent TCP streams may deliver in any order; without this pause each end can kill the connection that the
 * other end has chosen, and none is left. The pause ends with that OPEN, with the next message, or after a moment.
 */
import {
  CeaseSubcode,
  carriesShutdownText,
  decodeShutdownText,
  ErrorCode,
  hardReset,
  innerError,
  isHardReset,
  MessageType,
  NotificationError,
  type OpenMessage,
  OpenSubcode,
} from '../bgp/index.ts';
import type { Action, ConnectionId } from './action.ts';
import { BackOff } from './back-off.ts';
import { COLLISION_WINDOW_MS, INCOMING_PATIENCE_MS, winsCollision } from './collision.ts';
import type { FsmEvent } from './event.ts';
import { causeOfLoss, GracefulRestart, keepsRoutes, type LossCause } from './graceful-restart.ts';
import { type LastError, LocalReason, localError, NO_ERROR, notificationReceived, socketError } from './last-error.ts';
import { buildOpen, negotiate } from './negotiation.ts';
import type { PeerFsmConfig } from './peer-config.ts';
import { Session, type SessionHost } from './session.ts';
import { Deadline } from './timer.ts';
import { SessionState } from './transition.ts';

export type Phase = 'down' | 'waiting' | 'running' | 'flushing';

export class PeerFsm {
  /** Replaced by the driver when something changes that needs no restart; used from the next OPEN on. */
  config: PeerFsmConfig;
  readonly outgoing: Session;
  readonly incoming: Session;
  readonly restart = new GracefulRestart();
  readonly backOff = new BackOff();
  /** When `handle({ type: 'timer' })` is due; Infinity for never. May be early, never late. */
  deadline = Number.POSITIVE_INFINITY;
  /** What ended the last session or attempt; cleared by the next Established session. */
  lastError: LastError = NO_ERROR;
  /** What ended the last Established session; stays. */
  lastReset: LastError = NO_ERROR;
  /** RFC 4271 ConnectRetryCounter: failed attempts since the operator's last start. */
  connectRetryCounter = 0;
  /** Sessions that reached Established. */
  establishedCount = 0;

  readonly #random: () => number;
  readonly #host: SessionHost;
  #phase: Phase = 'down';
  #actions: Action[] = [];
  #lastConnection: ConnectionId = 0;
  /** The session whose step to Established is put off. */
  #contested: Session | undefined;
  readonly #collisionTimer = new Deadline();
  /** The neighbour is being stopped as a whole: ends of single connections are not errors. */
  #stopping = false;
  #lossCause: LossCause | undefined;
  /** What `#lost` found out, for `#ended` that follows it. */
  #flushNeeded = false;
  #routesKept = false;

  /** @param random yields 0 <= x < 1; the only source of chance. */
  constructor(config: PeerFsmConfig, random: () => number) {
    this.config = config;
    this.#random = random;
    this.#host = this.#makeHost();
    this.outgoing = new Session('outgoing', this.#host);
    this.incoming = new Session('incoming', this.#host);
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** The Established session, if there is one. */
  get established(): Session | undefined {
    if (this.outgoing.state === SessionState.Established) return this.outgoing;
    return this.incoming.state === SessionState.Established ? this.incoming : undefined;
  }

  isEstablished(connection: ConnectionId): boolean {
    return connection !== 0 && this.established?.connection === connection;
  }

  /** The connection is still one of ours: octets from any other are not to be looked at. */
  isOpen(connection: ConnectionId): boolean {
    return this.#find(connection) !== undefined;
  }

  /** Complete messages came. Called when they are read, before they are worked on; as cheap as a store. */
  received(connection: ConnectionId, now: number): void {
    this.#find(connection)?.received(now);
  }

  /** The kernel took octets of ours. */
  written(connection: ConnectionId, now: number): void {
    this.#find(connection)?.written(now);
  }

  /** UPDATEs were handed to TCP: no KEEPALIVE is needed for a while. */
  updateSent(connection: ConnectionId, now: number): void {
    this.#find(connection)?.updateSent(now);
  }

  /** One event; the actions are to be carried out in order. `now`: monotonic milliseconds. */
  handle(event: FsmEvent, now: number): readonly Action[] {
    this.#actions = [];
    this.#dispatch(event, now);
    this.#settle(now);
    return this.#actions;
  }

  #dispatch(event: FsmEvent, now: number): void {
    switch (event.type) {
      case 'start':
        this.#start(event.manual, now);
        return;
      case 'stop':
        this.#stop(event.notification, event.error, event.backOff, now);
        return;
      case 'timer':
        this.#expire(now);
        return;
      case 'incoming':
        this.#incoming(now);
        return;
      default: {
        // A connection that was given up may have had events under way.
        const session = this.#find(event.connection);
        if (session !== undefined) this.#onConnection(session, event, now);
      }
    }
  }

  #onConnection(
    session: Session,
    event: Exclude<FsmEvent, { type: 'start' | 'stop' | 'timer' | 'incoming' }>,
    now: number,
  ) {
    switch (event.type) {
      case 'checked':
        session.checked(event.timer, now);
        break;
      case 'connect-succeeded':
        session.tcpUp(now);
        break;
      case 'connect-failed':
      case 'closed':
        session.stepDelayOpen('tcp-fails', now, { error: socketError(event.text), tcpGone: true });
        break;
      case 'open':
        this.#open(session, event.open, now);
        break;
      case 'keepalive':
        this.#keepalive(session, now);
        break;
      case 'update':
        this.#settleCollision(session, now);
        if (this.config.tolerateEarlyUpdate && session.state === SessionState.OpenConfirm) {
          // It says as much as the KEEPALIVE that is missing, and that the peer takes this connection.
          this.#keepalive(session, now);
          this.#settleCollision(session, now);
        }
        session.step('update', now, { messageType: MessageType.Update });
        break;
      case 'route-refresh':
        this.#settleCollision(session, now);
        session.step('route-refresh', now, { messageType: MessageType.RouteRefresh });
        break;
      case 'notification':
        this.#notification(session, event.notification, now);
        break;
      case 'header-error':
        session.step('header-error', now, { notification: event.error });
        break;
      case 'open-error':
        session.step('open-error', now, { notification: event.error, messageType: MessageType.Open });
        break;
      case 'update-error':
        session.step('update-error', now, { notification: event.error, messageType: MessageType.Update });
        break;
      case 'end-of-rib':
        if (session.state === SessionState.Established) this.#emitAll(this.restart.endOfRib(event.family));
        break;
    }
  }

  // ------------------------------------------------------------------------------------------------ start and stop

  #start(manual: boolean, now: number): void {
    if (this.#phase !== 'down' && this.#phase !== 'flushing') return;
    if (manual) {
      this.backOff.forget();
      this.connectRetryCounter = 0;
    }
    if (this.backOff.due) this.#wait(now);
    else this.#run(now);
  }

  #run(now: number): void {
    this.#phase = 'running';
    this.backOff.timer.stop();
    this.incoming.step('start-passive', now);
    if (this.config.passive) return;
    this.outgoing.step(this.config.connectDelayTime === 0 ? 'start' : 'start-passive', now);
  }

  #wait(now: number): void {
    this.#phase = 'waiting';
    this.backOff.start(now, this.#random);
  }

  #stop(notification: NotificationError | undefined, error: LastError, backOff: boolean, now: number): void {
    if (this.#phase === 'down') return;
    this.#lossCause = 'hard';
    this.#stopSessions(backOff ? 'automatic-stop' : 'manual-stop', notification, error, now);
    this.#lossCause = undefined;
    this.restart.reset();
    this.backOff.timer.stop();
    this.#phase = 'down';
    this.lastError = error;
    if (backOff) {
      this.connectRetryCounter++;
      this.backOff.record(this.config, now);
      this.#emit({ type: 'error', error, waitSeconds: this.backOff.seconds });
    } else {
      this.backOff.forget();
      this.connectRetryCounter = 0;
    }
  }

  #stopSessions(
    event: 'manual-stop' | 'automatic-stop',
    notification: NotificationError | undefined,
    error: LastError,
    now: number,
  ): void {
    const nested = this.#stopping;
    this.#stopping = true;
    for (const session of [this.outgoing, this.incoming]) {
      // RFC 8538: a peer that keeps routes over a NOTIFICATION has to be told that it must not.
      const hard = session.state === SessionState.Established && session.negotiation?.restart?.notification === true;
      const parting = notification !== undefined && hard ? hardReset(notification) : notification;
      session.step(event, now, parting === undefined ? { error } : { error, notification: parting });
    }
    this.#stopping = nested;
  }

  // ------------------------------------------------------------------------------------------------------- timers

  #expire(now: number): void {
    if (this.backOff.timer.isDue(now)) this.#run(now);
    this.outgoing.expire(now);
    this.incoming.expire(now);
    if (this.#collisionTimer.isDue(now) && this.#contested !== undefined) this.#settleCollision(this.#contested, now);
    this.#emitAll(this.restart.expire(now));
  }

  /** What follows from the state as it is now, whatever the event was. */
  #settle(now: number): void {
    const contested = this.#contested;
    if (contested !== undefined) {
      if (contested.state !== SessionState.OpenConfirm) this.#forgetCollision();
      else if (this.#other(contested).state < SessionState.OpenSent) this.#settleCollision(contested, now);
    }
    if (this.#phase === 'running') {
      const { outgoing, incoming } = this;
      if (incoming.state === SessionState.Idle) incoming.step('start-passive', now);
      const dials = !this.config.passive && incoming.state < SessionState.OpenConfirm;
      if (dials && outgoing.state === SessionState.Idle) outgoing.step('start-passive', now);
    }
    this.deadline = Math.min(
      this.outgoing.deadline,
      this.incoming.deadline,
      this.backOff.timer.at,
      this.#collisionTimer.at,
      this.restart.deadline,
    );
  }

  // ----------------------------------------------------------------------------------- connections and collisions

  #incoming(now: number): void {
    if (this.#phase !== 'running') {
      this.#emit({ type: 'refuse', notification: undefined, reason: `neighbor is ${this.#phase}` });
      return;
    }
    const { established, incoming } = this;
    if (established !== undefined) {
      // Only a peer that has lost its side of the session opens another one; where routes survive that, it is let in
      // and takes the place of the old connection (RFC 4724 section 5). Otherwise the old one stands until it ends.
      const young = now - established.establishedAt < COLLISION_WINDOW_MS;
      if (young || !keepsRoutes(established.negotiation?.restart, 'tcp')) {
        this.#refuse(CeaseSubcode.ConnectionCollision, 'session is Established');
        return;
      }
      this.#lossCause = 'tcp';
      established.step('tcp-fails', now, { error: localError(LocalReason.GracefulRestart) });
      this.#lossCause = undefined;
      if (incoming.state === SessionState.Idle) incoming.step('start-passive', now);
    }
    if (incoming.connection !== 0) {
      const silent = incoming.state < SessionState.OpenConfirm && now - incoming.connectedAt >= INCOMING_PATIENCE_MS;
      if (!silent) {
        this.#emit({ type: 'refuse', notification: undefined, reason: 'another connection is being set up' });
        return;
      }
      this.#stopping = true;
      incoming.step('manual-stop', now, { error: socketError('Connection replaced') });
      this.#stopping = false;
      incoming.step('start-passive', now);
    }
    incoming.connection = this.#nextConnection();
    this.#emit({ type: 'accept', connection: incoming.connection });
    incoming.tcpUp(now);
  }

  #refuse(subcode: number, reason: string): void {
    this.#emit({ type: 'refuse', notification: new NotificationError(ErrorCode.Cease, subcode), reason });
  }

  #open(session: Session, open: OpenMessage, now: number): void {
    const expected = session.state === SessionState.OpenSent || session.delayOpen.running;
    if (!expected) {
      session.step('open', now, { messageType: MessageType.Open });
      return;
    }
    const negotiation = negotiate(this.config, open);
    if (negotiation instanceof NotificationError) {
      session.step('open-error', now, { notification: negotiation, messageType: MessageType.Open });
      return;
    }
    session.negotiation = negotiation;
    const other = this.#other(session);
    switch (other.state) {
      case SessionState.Established:
        session.step('collision-dump', now);
        return;
      case SessionState.OpenConfirm:
        if (!winsCollision(session.direction, this.config, negotiation)) {
          session.step('collision-dump', now);
          return;
        }
        other.step('collision-dump', now);
        break;
      case SessionState.Connect:
      case SessionState.Active:
        // No OPEN of ours has left there: there is nothing to collide with. Listening goes on.
        if (other === this.outgoing) other.step('collision-dump', now, { error: NO_ERROR });
        break;
    }
    session.stepDelayOpen('open', now, {});
  }

  #keepalive(session: Session, now: number): void {
    const other = this.#other(session);
    const collides =
      session.state === SessionState.OpenConfirm &&
      session !== this.#contested &&
      other.state === SessionState.OpenSent &&
      session.negotiation !== undefined &&
      winsCollision(other.direction, this.config, session.negotiation);
    if (collides) {
      this.#contested = session;
      this.#collisionTimer.start(now, COLLISION_WINDOW_MS);
      return;
    }
    if (session === this.#contested) this.#settleCollision(session, now);
    session.step('keepalive', now, { messageType: MessageType.Keepalive });
  }

  /** The contested session is the one: the other goes, and the step that was put off is taken. */
  #settleCollision(session: Session, now: number): void {
    if (session !== this.#contested) return;
    this.#forgetCollision();
    const other = this.#other(session);
    if (other.state === SessionState.OpenSent) other.step('collision-dump', now);
    session.step('keepalive', now, { messageType: MessageType.Keepalive });
  }

  #forgetCollision(): void {
    this.#contested = undefined;
    this.#collisionTimer.stop();
  }

  #notification(session: Session, notification: NotificationError, now: number): void {
    const inner = innerError(notification);
    const communication = carriesShutdownText(inner.code, inner.subcode) ? decodeShutdownText(inner.data) : '';
    const error = notificationReceived(inner, communication);
    const isVersionError = inner.code === ErrorCode.Open && inner.subcode === OpenSubcode.UnsupportedVersion;
    if (isHardReset(notification)) this.#lossCause = 'hard';
    if (isVersionError) session.stepDelayOpen('notification-version', now, { error });
    else session.step('notification', now, { error });
    this.#lossCause = undefined;
  }

  // ------------------------------------------------------------------------------------- what the sessions ask for

  #makeHost(): SessionHost {
    const self = this;
    return {
      get config() {
        return self.config;
      },
      random: this.#random,
      emit: (action) => this.#emit(action),
      nextConnection: () => this.#nextConnection(),
      localOpen: () => buildOpen(this.config),
      established: (session, now) => this.#established(session, now),
      lost: (session, connection, error, now) => this.#lost(session, connection, error, now),
      ended: (session, error, penalty, now) => this.#ended(session, error, penalty, now),
    };
  }

  #established(session: Session, now: number): void {
    const { negotiation } = session;
    if (negotiation === undefined) return;
    this.establishedCount++;
    this.lastError = NO_ERROR;
    this.#emit({ type: 'session-up', connection: session.connection, negotiation });
    this.#forgetCollision();
    this.#emitAll(this.restart.sessionUp(negotiation.restart, now));
  }

  #lost(session: Session, connection: ConnectionId, error: LastError, now: number): void {
    const { negotiation } = session;
    const restart = negotiation?.restart;
    const keep = restart !== undefined && keepsRoutes(restart, this.#lossCause ?? causeOfLoss(error));
    this.lastReset = error;
    this.#emit({ type: 'session-down', connection, error, keepRoutes: keep });
    this.#routesKept = keep;
    if (keep) {
      this.#emitAll(this.restart.sessionLost(restart, negotiation?.families ?? [], now));
    } else {
      this.restart.reset();
      this.#flushNeeded = true;
    }
  }

  #ended(session: Session, error: LastError, penalty: 'none' | 'count' | 'damp', now: number): void {
    const flush = this.#flushNeeded;
    const expectedBack = this.#routesKept && error.code === ErrorCode.Cease;
    this.#flushNeeded = false;
    this.#routesKept = false;
    if (this.#stopping) return;
    if (penalty !== 'none' && !isCollision(error)) this.connectRetryCounter++;
    const other = this.#other(session);
    // A peer that chose its other connection is not at fault; nor is a good connection, whatever befalls the other.
    const spared = expectedBack || isCollision(error) || other.state >= SessionState.OpenConfirm;
    const punished = penalty === 'damp' && !spared;
    const disable = punished && (this.config.disableAfterError || this.#disablesAfter(error));
    if (punished && !disable) this.backOff.record(this.config, now);
    if (error.class !== 'none') {
      if (other.state !== SessionState.Established) this.lastError = error;
      this.#emit({ type: 'error', error, waitSeconds: punished && !disable ? this.backOff.seconds : 0 });
    }
    if (flush || punished) {
      // The same words on both connections, so that the peer's operator reads the reason and not its consequence.
      const parting = error.class === 'sent' ? new NotificationError(error.code, error.subcode) : undefined;
      this.#stopSessions('manual-stop', parting, error, now);
    }
    if (disable) {
      this.#phase = 'down';
      this.backOff.forget();
      this.restart.reset();
      this.#emit({ type: 'disable', error });
    } else if (flush) {
      this.#phase = 'flushing';
    } else if (punished && this.backOff.due) {
      this.#wait(now);
    }
  }

  #disablesAfter(error: LastError): boolean {
    return (
      error.class === 'received' &&
      error.code === ErrorCode.Cease &&
      this.config.disableAfterCease.includes(error.subcode)
    );
  }

  #find(connection: ConnectionId): Session | undefined {
    if (connection === 0) return undefined;
    if (this.outgoing.connection === connection) return this.outgoing;
    return this.incoming.connection === connection ? this.incoming : undefined;
  }

  #other(session: Session): Session {
    return session === this.outgoing ? this.incoming : this.outgoing;
  }

  #nextConnection(): ConnectionId {
    return ++this.#lastConnection;
  }

  #emit(action: Action): void {
    this.#actions.push(action);
  }

  #emitAll(actions: readonly Action[]): void {
    for (const action of actions) this.#actions.push(action);
  }
}

function isCollision(error: LastError): boolean {
  return error.code === ErrorCode.Cease && error.subcode === CeaseSubcode.ConnectionCollision;
}
