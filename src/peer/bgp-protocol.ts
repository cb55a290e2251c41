/**
 * A BGP neighbour as the daemon sees it: the life of a protocol (start, up, stop, flush) around the life of a session.
 * SessionDriver runs the session, BgpChannel a family's routes, UpdateImport the UPDATEs.
 *
 *   start   waits for a router id, a listening socket and, for a direct session, the neighbour's link; then the state
 *           machine runs. A lost session whose routes are kept (graceful restart) is in this state, too.
 *   up      the session is Established
 *   stop    the peer is being told; then routes leave the tables and, unless it is switched off, it starts again
 */
import {
  type AddressFamily,
  decodeRouteRefresh,
  IPV4_UNICAST,
  IPV6_UNICAST,
  NotificationError,
  type Prefix,
  RefreshSubtype,
} from '../../bgp/index.ts';
import type { BgpConfig, ProtocolConfig, ProtocolStep } from '../../config/index.ts';
import {
  isStillAcceptable,
  type LastError,
  LocalReason,
  localError,
  type Negotiation,
  type RouteChange,
  SessionState,
} from '../../fsm/index.ts';
import type { BgpChannelDetail, BgpDetail } from '../control/host.ts';
import type { IncomingConnection, ListenLease, Stream, StreamHandler, Transport } from '../net/transport.ts';
import type { Channel } from '../protocol/channel.ts';
import type { ProtocolContext } from '../protocol/context.ts';
import { Protocol, type ProtocolLabel, type ReloadDirection, type ShutdownReason } from '../protocol/protocol.ts';
import { BgpChannel } from './bgp-channel.ts';
import { BgpHub } from './bgp-hub.ts';
import { BgpLog } from './bgp-log.ts';
import { bgpChannelDetail, bgpDetail } from './bgp-view.ts';
import { DynamicNeighbors } from './dynamic-neighbors.ts';
import { farewell } from './farewell.ts';
import {
  childConfigAgain,
  connectRequest,
  listenPlace,
  neighborAcceptor,
  sameListenPlace,
} from './neighbor-sockets.ts';
import { NeighborWatch } from './neighbor-watch.ts';
import type { PeerConnection } from './peer-connection.ts';
import { RecoveryShare } from './recovery-share.ts';
import { SessionDriver, type SessionPorts } from './session-driver.ts';
import { clusterIdOf, fsmConfig, type SessionFacts } from './session-facts.ts';
import { UpdateImport, type UpdateImportPorts } from './update-import.ts';

/** How long a peer without graceful restart (RFC 4724), which need not send End-of-RIB, is taken to feed us at first. */
const FEED_WITHOUT_END_MS = 10_000;

/**
 * Peers whose End-of-RIB must not be waited for (RFC 4724 section 4.1) get this long all the same: what they send at once
 * belongs in what we tell others, who drop what they had from us at our End-of-RIB.
 */
const FEED_OF_OTHERS_MS = 2_000;

/** After the listening socket could not be opened. */
const LISTEN_RETRY_MS = 5000;

export class BgpProtocol extends Protocol implements SessionPorts {
  readonly label: ProtocolLabel = 'BGP';
  readonly channels: readonly Channel[];
  readonly #families: readonly BgpChannel[];
  readonly #hub: BgpHub;
  readonly #transport: Transport;
  readonly #log: BgpLog;
  readonly #recovery: RecoveryShare;
  /** Its share in the first feed after the start of the daemon. */
  readonly #firstFeed: RecoveryShare;
  #bgp: BgpConfig;
  #driver: SessionDriver | undefined;
  #watch: NeighborWatch | undefined;
  #lease: ListenLease | undefined;
  #listenRetry: NodeJS.Timeout | undefined;
  /** The state machine runs (or keeps routes). */
  #running = false;
  #linkInterface: string | undefined;
  #session: SessionFacts | undefined;
  #import: UpdateImport | undefined;
  /** The same after the session: what it refused can still be asked for. */
  #lastImport: UpdateImport | undefined;
  /** The next start is the operator's: errors before it are forgotten. */
  #manualStart = true;
  /** Why the protocol stops, where it is not the operator who says so. */
  #stopCause: LastError | undefined;
  /** The state machine has ended the session; the protocol has to follow. */
  #restartDue = false;
  /** The session is gone and its routes are here. */
  #keepsRoutes = false;
  /** Where routes of each family go, while a session is up. */
  #target4: BgpChannel | undefined;
  #target6: BgpChannel | undefined;
  /** The operator said that the session is about to go (RFC 8326); until it is switched off. */
  #leaving = false;
  /** Neighbours that were born of this range. */
  readonly #children: DynamicNeighbors<BgpProtocol>;
  readonly #parent: BgpProtocol | undefined;
  /** A dynamic neighbour has been handed the connection that it was born for. */
  #hasCaller = false;

  constructor(config: BgpConfig, context: ProtocolContext, transport: Transport, parent?: BgpProtocol) {
    super(config, context);
    this.#bgp = config;
    this.#transport = transport;
    this.#parent = parent;
    this.#hub = BgpHub.of(context, transport);
    this.#log = new BgpLog(this, context, context.limiter);
    this.#children = new DynamicNeighbors(
      this.#hub,
      this.#log,
      (own) => new BgpProtocol(own, context, transport, this),
    );
    this.#families = config.channels.map((channel) => new BgpChannel(this, config, channel, context));
    this.channels = this.#families.map((family) => family.channel);
    this.#recovery = new RecoveryShare(context.recovery, context.clock, () => this.#driver?.fsm);
    this.#firstFeed = new RecoveryShare(context.firstFeed, context.clock, () => this.#driver?.fsm);
  }

  // ------------------------------------------------------------------------------------------------------------ life

  protected onStart(): void {
    if (this.#bgp.neighborRange === undefined) {
      this.#recovery.join(this.#recovering());
      this.#firstFeed.join(this.channels);
    } else {
      this.#recovery.joinRange(this.#recovering());
      this.#firstFeed.joinRange(this.channels);
    }
    this.#watch = new NeighborWatch(
      this.context.interfaces,
      () => this.#bgp,
      () => this.#neighborMoved(),
    );
    this.#watch.start();
    this.#tryToRun();
  }

  protected onStop(reason: ShutdownReason): void {
    this.#watch?.stop();
    this.#watch = undefined;
    // Across a restart of its own the socket stays: others may share it, and the peer may call at any time.
    if (reason !== 'restart' && reason !== 'limit-restart') this.#closeListener();
    for (const child of this.#children) child.remove(reason);
    const cause = this.#stopCause;
    this.#stopCause = undefined;
    const driver = this.#driver;
    if (driver === undefined || !this.#running) {
      this.finished();
      return;
    }
    this.#running = false;
    if (this.#restartDue) {
      // The state machine has said goodbye already.
      this.#restartDue = false;
      this.#manualStart = false;
      driver.rest();
      this.finished();
      return;
    }
    this.#recovery.leave();
    this.#firstFeed.leave();
    const parting = farewell(reason, this.message, cause, this.#families);
    this.#manualStart = !parting.backOff && cause === undefined;
    driver.stop(parting.notification, parting.error, parting.backOff, () => this.finished());
  }

  protected override onDown(): void {
    if (this.disabled || this.removed) {
      this.#recovery.leave();
      this.#firstFeed.leave();
      // What the operator announced has happened: the next session is one like any other.
      if (this.#leaving) this.gracefulShutdown(false);
    }
    if (this.removed) this.#parent?.childGone(this);
  }

  /** Everything that a session needs before it can be tried. */
  #tryToRun(): void {
    if (this.state !== 'start' || this.#running || this.routerId === 0) return;
    if (!this.#listen()) return;
    // The parent of dynamic neighbours only listens.
    if (this.#bgp.neighborRange !== undefined) return;
    const place = this.#watch?.place();
    if (place?.state !== 'present') return;
    this.#linkInterface = place.link?.name;
    this.#running = true;
    this.#driver ??= new SessionDriver(this.name, this.#fsmConfig(), this, {
      clock: this.context.clock,
      scheduler: this.context.scheduler,
      ticker: this.#hub.ticker,
      random: this.#hub.random,
    });
    this.#driver.fsm.config = this.#fsmConfig();
    this.#driver.start(this.#manualStart);
    this.#manualStart = false;
  }

  #fsmConfig() {
    return fsmConfig(this.#bgp, {
      routerId: this.routerId,
      hostname: this.context.hostname,
      recovering: this.context.recovery.active,
    });
  }

  /** Channels that restart gracefully with the daemon. */
  #recovering(): readonly Channel[] {
    if (this.#bgp.gracefulRestart !== 'on') return [];
    return this.#families.filter((family) => family.config.gracefulRestart !== false).map(({ channel }) => channel);
  }

  #neighborMoved(): void {
    const place = this.#watch?.place();
    if (place === undefined) return;
    if (!this.#running) {
      this.#tryToRun();
    } else if (place.state === 'absent') {
      this.#dropSession(LocalReason.NeighborLost);
    } else if (place.state === 'link-down') {
      this.#dropSession(LocalReason.LinkDown);
    } else if (place.link?.name !== this.#linkInterface) {
      this.#dropSession(LocalReason.NeighborLost);
    }
  }

  #dropSession(reason: LocalReason): void {
    this.#log.event('info', reason);
    this.#stopCause = localError(reason);
    this.restart(this.message);
  }

  // --------------------------------------------------------------------------------------------------------- sockets

  /** True if the listening socket is there. */
  #listen(): boolean {
    if (this.#lease !== undefined) return true;
    if (this.#listenRetry !== undefined) return false;
    this.#lease = this.#transport.open(
      listenPlace(this.#bgp),
      neighborAcceptor(this.#bgp, {
        incoming: (offer) => this.#incoming(offer),
        listenFailed: (text) => this.#listenFailed(text),
      }),
    );
    return true;
  }

  #closeListener(): void {
    this.#lease?.close();
    this.#lease = undefined;
    clearTimeout(this.#listenRetry);
    this.#listenRetry = undefined;
  }

  /**
   * Listens at another place; the session stays. The old socket may stand in the way of the new one, so everybody who
   * moves lets go of it first.
   */
  #moveListener(): void {
    if (this.#lease === undefined && this.#listenRetry === undefined) return;
    this.#closeListener();
    setImmediate(() => {
      if (this.#running) this.#listen();
      else this.#tryToRun();
    });
  }

  #listenFailed(text: string): void {
    this.#lease = undefined;
    this.#log.event('error', `Cannot open listening socket: ${text}`);
    this.#listenRetry = setTimeout(() => {
      this.#listenRetry = undefined;
      if (this.#running) this.#listen();
      else this.#tryToRun();
    }, LISTEN_RETRY_MS);
    const reason = text.includes('MD5') ? LocalReason.AuthenticationFailed : LocalReason.NoListeningSocket;
    if (this.#running && this.#session === undefined) this.#dropSession(reason);
  }

  #incoming(offer: IncomingConnection): void {
    if (this.#bgp.neighborRange !== undefined) this.#bear(offer);
    else if (this.#running && this.#driver !== undefined) this.#driver.offer(offer);
    else offer.refuse();
  }

  dial(handler: StreamHandler): Stream {
    return this.#transport.dial(connectRequest(this.#bgp), handler);
  }

  // ------------------------------------------------------------------------------------------------ dynamic neighbours

  /** Somebody of the range connected: a neighbour of its own, as long as its session lasts. */
  #bear(offer: IncomingConnection): void {
    if (this.state !== 'start') {
      offer.refuse();
      return;
    }
    const child = this.#children.bear(this.#withShutdown(this.#bgp, false), offer);
    if (child === undefined) return;
    for (const share of [this.#recovery, this.#firstFeed]) share.called();
    if (this.#leaving) child.gracefulShutdown(true);
    this.context.spawn(child);
    child.#incoming(offer);
    child.#hasCaller = true;
    child.#removeIfAlone();
  }

  childGone(child: BgpProtocol): void {
    this.#children.gone(child);
  }

  /** A dynamic neighbour ends with its session; routes that are kept for a restart keep it, too. */
  #removeIfAlone(): void {
    if (!this.#hasCaller || this.removed) return;
    const fsm = this.#driver?.fsm;
    const alone = fsm === undefined || (fsm.outgoing.connection === 0 && fsm.incoming.connection === 0);
    if (alone && fsm?.restart.active !== true) this.remove();
  }

  // ----------------------------------------------------------------------------------- what the session has to say

  sessionUp(connection: PeerConnection, negotiation: Negotiation): void {
    const { localAddress } = connection.socket ?? {};
    const { neighborAddress } = this.#bgp;
    if (localAddress === undefined || neighborAddress === undefined) return;
    const linkInterface = this.#linkInterface;
    const session = { negotiation, routerId: this.routerId, neighborAddress, localAddress, linkInterface };
    this.#session = session;
    this.#keepsRoutes = false;
    this.#import = new UpdateImport(
      negotiation.options,
      {
        localAs: this.#bgp.localAs,
        confederation: this.#bgp.confederation,
        allowLocalAs: this.#bgp.allowLocalAs,
        routerId: this.routerId,
        clusterId: clusterIdOf(this.#bgp, this.routerId),
      },
      this.context,
      this.#importPorts,
    );
    this.#lastImport = this.#import;
    const attached = this.#families.filter(
      (family) => negotiation.families.includes(family.family) && family.attach(session, connection),
    );
    this.#target4 = attached.find((family) => family.family === IPV4_UNICAST);
    this.#target6 = attached.find((family) => family.family === IPV6_UNICAST);
    this.#settleRecovery(negotiation);
    // A test aid of BIRD: a peer that is not heard.
    if (this.#bgp.disableRx) connection.socket?.pause();
    this.setState('up');
    this.#log.sessionUp(negotiation, attached);
    this.context.recovery.whenOver(() => {
      if (this.#session !== session) return;
      for (const family of attached) family.startExport({ updateSent: () => this.#driver?.updateSent() });
    });
  }

  /**
   * RFC 4724 section 4.1: a peer that has restarted itself, or knows no graceful restart, is not waited for: just long
   * enough to hear what it has at hand.
   */
  #settleRecovery(negotiation: Negotiation): void {
    const { restart } = negotiation;
    for (const share of [this.#recovery, this.#firstFeed]) share.admitted();
    if (restart === undefined) this.#firstFeed.giveTime(FEED_WITHOUT_END_MS);
    if (restart === undefined || restart.peerRestarting) this.#recovery.giveTime(FEED_OF_OTHERS_MS);
    const listed = restart?.families.map((entry) => entry.family) ?? [];
    for (const { family, channel } of this.#families) {
      const negotiated = negotiation.families.includes(family);
      if (!negotiated) this.#firstFeed.done(channel);
      if (!negotiated || (listed.length > 0 && !listed.includes(family))) this.#recovery.done(channel);
    }
  }

  sessionDown(error: LastError, keepRoutes: boolean): void {
    this.#import?.forget();
    this.#import = undefined;
    this.#session = undefined;
    this.#target4 = undefined;
    this.#target6 = undefined;
    for (const family of this.#families) family.detach(keepRoutes);
    this.#log.sessionDown(error, keepRoutes);
    this.#keepsRoutes = keepRoutes;
    if (keepRoutes) this.setState('start');
    else this.#restartDue = true;
  }

  routes(family: AddressFamily, change: RouteChange): void {
    this.#families.find((candidate) => candidate.family === family)?.changeRoutes(change);
  }

  update(bytes: Uint8Array, start: number, end: number): NotificationError | undefined {
    return this.#import?.take(bytes, start, end, this.context.clock.now());
  }

  routeRefresh(bytes: Uint8Array, start: number, end: number): NotificationError | undefined {
    const negotiation = this.#session?.negotiation;
    if (negotiation === undefined) return undefined;
    const message = decodeRouteRefresh(bytes, start, end, negotiation.enhancedRefresh);
    if (message instanceof NotificationError) return message;
    const family = this.#families.find((candidate) => candidate.family === message.family);
    let ignored = message.ignored;
    if (family === undefined || !negotiation.families.includes(family.family)) ignored ||= 'family was not agreed on';
    else if (message.subtype === RefreshSubtype.Request && !negotiation.refreshToPeer)
      ignored ||= 'not announced by us';
    else if (message.subtype === RefreshSubtype.Begin && !family.complete && negotiation.restart !== undefined) {
      ignored ||= 'begin of refresh before End-of-RIB';
    }
    if (ignored !== '') this.#log.ignoredRefresh(message, ignored);
    else family?.refresh(message.subtype, negotiation.enhancedRefresh, this.context.clock.now());
    return undefined;
  }

  drained(): void {
    for (const family of this.#families) family.member?.drained();
  }

  failed(error: LastError, waitSeconds: number): void {
    this.#log.failed(error, waitSeconds);
  }

  unreachable(): void {
    for (const share of [this.#recovery, this.#firstFeed]) share.attemptFailed();
  }

  turnedAway(): void {
    for (const share of [this.#recovery, this.#firstFeed]) share.turnedAway();
  }

  mustStayDown(error: LastError): void {
    this.#log.event('info', 'Shutting down: disabled after error');
    this.disable(error.communication);
  }

  settled(): void {
    if (this.#restartDue) {
      const { communication } = this.#driver?.fsm.lastReset ?? { communication: '' };
      if (this.#parent !== undefined) this.remove();
      else if (this.disabled) this.#restartDue = false;
      else this.restart(communication);
    } else {
      this.#endRestartHelp();
      this.#removeIfAlone();
    }
  }

  /** The peer did not come back in time and no stale route is left: from now on this is a neighbour like any other. */
  #endRestartHelp(): void {
    const fsm = this.#driver?.fsm;
    if (!this.#keepsRoutes || fsm === undefined || fsm.restart.active) return;
    if (Math.max(fsm.outgoing.state, fsm.incoming.state) >= SessionState.OpenSent) return;
    this.#keepsRoutes = false;
    this.#stopCause = fsm.lastError;
    this.restart(this.message);
  }

  refreshDeadline(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const family of this.#families) earliest = Math.min(earliest, family.refreshDeadline);
    return earliest;
  }

  expireRefresh(now: number): void {
    for (const family of this.#families) if (family.refreshDeadline <= now) family.endRefresh();
  }

  trace(kind: 'events' | 'packets', text: () => string): void {
    this.#log.trace(kind, text);
  }

  readonly #importPorts: UpdateImportPorts = {
    target: (family) => (family === IPV4_UNICAST ? this.#target4 : this.#target6),
    report: (problems, verdict, update, start, end) => this.#log.updateProblems(problems, verdict, update, start, end),
    asSet: (update) => this.#log.asSet(update),
    wallClock: () => this.context.clock.wall(),
    endOfRib: (family) => {
      const found = this.#families.find((candidate) => candidate.family === family);
      if (found === undefined) return;
      found.complete = true;
      this.trace('events', () => `Got END-OF-RIB of ${family.name}`);
      this.#driver?.endOfRib(family);
      this.#recovery.done(found.channel);
      this.#firstFeed.done(found.channel);
    },
  };

  // ------------------------------------------------------------------------------------------------ for the operator

  override reload(direction: ReloadDirection): string | undefined {
    if (direction !== 'out') {
      for (const family of this.#families) {
        if (!family.reloadIn()) return `${this.name}: neighbor cannot be asked to send its routes again`;
      }
    }
    if (direction !== 'in') for (const family of this.#families) family.channel.reloadOut();
    return undefined;
  }

  protected onReconfigure(next: ProtocolConfig, { channels }: ProtocolStep, soft: boolean): void {
    if (next.kind !== 'bgp') return;
    const moves = !sameListenPlace(this.#bgp, next);
    this.#bgp = this.#withShutdown(next, this.#leaving);
    if (moves) this.#moveListener();
    if (this.#driver !== undefined) this.#driver.fsm.config = this.#fsmConfig();
    this.#import?.forget();
    let complete = true;
    for (const family of this.#families) {
      const isOurs = (one: { readonly family: string }): boolean => one.family === family.config.family;
      const config = next.channels.find(isOurs);
      if (config === undefined) continue;
      if (!family.reconfigure(this.#bgp, config, channels.find(isOurs), soft)) complete = false;
    }
    for (const child of this.#children) {
      if (!child.reconfigure(childConfigAgain(next, child.#bgp), soft)) child.remove('reconfigure');
    }
    const session = this.#session;
    if (session !== undefined && !isStillAcceptable(this.#fsmConfig(), session.negotiation)) complete = false;
    if (!complete) this.restart('', 'reconfigure');
    // `check link` may see the same links with other eyes.
    else this.#neighborMoved();
  }

  override gracefulShutdown(on: boolean): boolean {
    this.#leaving = on;
    this.#bgp = this.#withShutdown(this.#bgp, on);
    this.#log.event('info', `Graceful shutdown ${this.#bgp.gracefulShutdown ? 'begins' : 'is taken back'}`);
    this.#import?.forget();
    for (const family of this.#families) family.reconfigure(this.#bgp, family.config, undefined, false);
    for (const child of this.#children) child.gracefulShutdown(on);
    return true;
  }

  /** On where the operator or the file wants it. */
  #withShutdown(config: BgpConfig, wanted: boolean): BgpConfig {
    const written = this.config.kind === 'bgp' && this.config.gracefulShutdown;
    return { ...config, gracefulShutdown: wanted || written };
  }

  /** For `show protocols`. */
  detail(): BgpDetail {
    return bgpDetail({
      config: this.#bgp,
      state: this.state,
      fsm: this.#driver?.fsm,
      localAddress: this.#session?.localAddress,
      import: this.#lastImport,
      waiting: !this.#running,
      now: this.context.clock.now(),
    });
  }

  override refusalOf(channel: Channel, prefix: Prefix): string | undefined {
    const family = this.#families.find((candidate) => candidate.channel === channel)?.family;
    return family === undefined ? undefined : this.#import?.refusals.of(family, prefix)?.reason;
  }

  channelDetail(channel: Channel): BgpChannelDetail | undefined {
    const family = this.#families.find((candidate) => candidate.channel === channel);
    return family === undefined ? undefined : bgpChannelDetail(family, this.#driver?.fsm, this.context.clock.now());
  }
}
