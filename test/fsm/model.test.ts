import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IPV4_UNICAST, IPV6_UNICAST, NotificationError, type OpenMessage } from '../../bgp/index.ts';
import {
  type Action,
  buildOpen,
  type ConnectionId,
  type FsmEvent,
  LocalReason,
  localError,
  MANUAL_STOP,
  PeerFsm,
  type PeerFsmConfig,
  SessionState,
  TRANSITIONS,
} from '../../fsm/index.ts';
import { familyConfig, mirrored, peerConfig, peerOpen, seeded } from './harness.ts';
import { Link } from './link.ts';

const SEQUENCES = 20_000;
const EVENTS = 50;

/** Keeps book on what the machine asks for and checks that it never asks for nonsense. */
class Bookkeeper {
  readonly fsm: PeerFsm;
  readonly config: PeerFsmConfig;
  readonly random: () => number;
  now = 0;
  /** Connections that exist, by number. */
  readonly open = new Set<ConnectionId>();
  readonly dialling = new Set<ConnectionId>();
  readonly gone: ConnectionId[] = [];
  readonly checks: { readonly connection: ConnectionId; readonly timer: 'hold' | 'send-hold' }[] = [];
  established: ConnectionId = 0;
  routesKept = false;
  offered = false;
  sessions = 0;
  readonly opens: readonly OpenMessage[];

  constructor(config: PeerFsmConfig, random: () => number) {
    this.config = config;
    this.random = random;
    this.fsm = new PeerFsm(config, random);
    const peer = mirrored(config, 0x0a000002);
    this.opens = [
      buildOpen(peer),
      buildOpen(peer),
      buildOpen(peer),
      buildOpen({ ...peer, localId: 1 }),
      buildOpen({ ...peer, localAs: 64999 }),
      buildOpen({ ...peer, gracefulRestart: 'off' }),
      peerOpen({ families: [] }),
    ];
  }

  handle(event: FsmEvent): void {
    const before = [this.fsm.outgoing.state, this.fsm.incoming.state] as const;
    this.offered = event.type === 'incoming';
    const actions = this.fsm.handle(event, this.now);
    const current = { outgoing: before[0], incoming: before[1] };
    for (const action of actions) {
      if (action.type === 'state') {
        assert.equal(action.from, current[action.direction], 'state changes form a chain');
        assert.ok(isInTable(action.from, action.to), `${action.from} -> ${action.to} is in the table`);
        current[action.direction] = action.to;
      }
      this.#note(action);
    }
    this.checkInvariants();
  }

  #note(action: Action): void {
    switch (action.type) {
      case 'dial':
        assert.equal(this.config.passive, false, 'a passive neighbour is never dialled');
        this.#isNew(action.connection);
        this.dialling.add(action.connection);
        break;
      case 'accept':
        assert.ok(this.offered);
        this.offered = false;
        this.#isNew(action.connection);
        this.open.add(action.connection);
        break;
      case 'refuse':
        assert.ok(this.offered);
        this.offered = false;
        break;
      case 'send-open':
      case 'send-keepalive':
        assert.ok(this.open.has(action.connection), 'nothing is sent on a connection that is not open');
        break;
      case 'close':
        assert.ok(
          this.open.delete(action.connection) || this.dialling.delete(action.connection),
          'only what exists is closed, and once',
        );
        this.gone.push(action.connection);
        break;
      case 'session-up':
        assert.equal(this.established, 0, 'never two sessions');
        assert.ok(this.open.has(action.connection));
        this.established = action.connection;
        this.sessions++;
        this.routesKept = false;
        break;
      case 'session-down':
        assert.equal(action.connection, this.established);
        this.established = 0;
        this.routesKept = action.keepRoutes;
        break;
      case 'routes':
        if (this.established === 0) assert.ok(this.routesKept, 'routes that were dropped are not spoken of');
        break;
      case 'check':
        this.checks.push({ connection: action.connection, timer: action.timer });
        break;
    }
  }

  #isNew(connection: ConnectionId): void {
    assert.ok(!this.open.has(connection) && !this.dialling.has(connection) && !this.gone.includes(connection));
  }

  checkInvariants(): void {
    const { fsm } = this;
    const sessions = [fsm.outgoing, fsm.incoming];
    assert.ok(sessions.filter((session) => session.state === SessionState.Established).length <= 1);
    assert.equal(fsm.established?.connection ?? 0, this.established);
    for (const session of sessions) {
      if (session.state === SessionState.Idle) {
        assert.equal(session.deadline, Number.POSITIVE_INFINITY, 'no timer in Idle');
        assert.equal(session.connection, 0, 'no connection in Idle');
      }
      if (session.connection !== 0) {
        assert.ok(this.open.has(session.connection) || this.dialling.has(session.connection));
      }
      // What is waited for has a limit, unless a hold time of 0 was agreed: then Established waits for ever.
      if (session.state >= SessionState.OpenSent && session.negotiation?.holdTime !== 0) {
        const checking = this.checks.some((check) => check.connection === session.connection);
        assert.ok(session.hold.running || checking, 'a hold timer runs');
      }
    }
    assert.equal(this.open.size + this.dialling.size, sessions.filter((session) => session.connection !== 0).length);
    if (fsm.phase !== 'running') {
      for (const session of sessions) assert.ok(session.state === SessionState.Idle || fsm.phase === 'waiting');
    }
    if (fsm.phase === 'down') assert.equal(fsm.deadline, Number.POSITIVE_INFINITY, 'nothing is due when down');
    assert.ok(!Number.isNaN(fsm.deadline));
    assert.ok(!this.offered, 'an offer is answered');
  }

  tcpEnded(connection: ConnectionId): void {
    this.open.delete(connection);
    this.dialling.delete(connection);
    this.gone.push(connection);
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.random() * items.length)];
  }

  /** What would bring the session up, so that the random events meet every state often. */
  #help(): void {
    const [dialled] = this.dialling;
    if (dialled !== undefined) {
      this.dialling.delete(dialled);
      this.open.add(dialled);
      this.handle({ type: 'connect-succeeded', connection: dialled });
      return;
    }
    for (const { state, connection } of [this.fsm.outgoing, this.fsm.incoming]) {
      const open = this.opens[0];
      if (state === SessionState.OpenSent && open !== undefined) {
        this.handle({ type: 'open', connection, open });
        return;
      }
      if (state === SessionState.OpenConfirm) {
        this.handle({ type: 'keepalive', connection });
        return;
      }
    }
    this.handle({ type: 'incoming' });
  }

  step(): void {
    if (this.random() < 0.3) {
      this.#help();
      return;
    }
    const event = this.#anything();
    if (event !== undefined) this.handle(event);
  }

  /** One random thing that a driver, a peer or the network might do. */
  #anything(): FsmEvent | undefined {
    const { random } = this;
    const late = random() < 0.1 ? this.#pick(this.gone) : undefined;
    const connection = late ?? this.#pick([...this.open]) ?? 0;
    const error = new NotificationError(1 + Math.floor(random() * 8), Math.floor(random() * 11));
    switch (Math.floor(random() * 22)) {
      case 0:
        return { type: 'start', manual: random() < 0.5 };
      case 1:
        if (random() < 0.7) return undefined;
        return {
          type: 'stop',
          notification: random() < 0.5 ? new NotificationError(6, 2) : undefined,
          error: random() < 0.5 ? MANUAL_STOP : localError(LocalReason.LinkDown),
          backOff: random() < 0.5,
        };
      case 2:
      case 3:
      case 4:
      case 5: {
        // Time passes: to the next deadline, or a little.
        const { deadline } = this.fsm;
        const wait = random() < 0.7 && deadline !== Number.POSITIVE_INFINITY ? deadline - this.now : random() * 3000;
        this.now += Math.max(0, wait);
        return { type: 'timer' };
      }
      case 6: {
        const check = this.checks.shift();
        if (check === undefined) return undefined;
        return { type: 'checked', ...check };
      }
      case 7:
      case 8: {
        const dialled = this.#pick([...this.dialling]);
        if (dialled === undefined) return undefined;
        this.dialling.delete(dialled);
        if (random() < 0.8) {
          this.open.add(dialled);
          return { type: 'connect-succeeded', connection: dialled };
        }
        this.tcpEnded(dialled);
        return { type: 'connect-failed', connection: dialled, text: 'Connection refused' };
      }
      case 9:
      case 10:
        return { type: 'incoming' };
      case 11:
        if (random() < 0.5) return undefined;
        this.tcpEnded(connection);
        return { type: 'closed', connection, text: 'Connection reset by peer' };
      case 12:
      case 13:
      case 14: {
        const open = this.#pick(this.opens);
        return open === undefined ? undefined : { type: 'open', connection, open };
      }
      case 15:
      case 16:
      case 17:
        this.fsm.received(connection, this.now);
        return { type: 'keepalive', connection };
      case 18:
        this.fsm.written(connection, this.now);
        this.fsm.updateSent(connection, this.now);
        return { type: random() < 0.5 ? 'update' : 'route-refresh', connection };
      case 19:
        if (random() < 0.5) return undefined;
        return { type: 'notification', connection, notification: error };
      case 20:
        if (random() < 0.5) return undefined;
        return {
          type: this.#pick(['header-error', 'open-error', 'update-error'] as const) ?? 'header-error',
          connection,
          error,
        };
      default:
        return { type: 'end-of-rib', connection, family: IPV4_UNICAST };
    }
  }
}

function isInTable(from: SessionState, to: SessionState): boolean {
  return Object.values(TRANSITIONS).some((row) => row[from].next === to);
}

const VARIANTS: readonly Partial<PeerFsmConfig>[] = [
  {},
  { connectDelayTime: 0, holdTime: 9 },
  { passive: true, delayOpenTime: 3 },
  { holdTime: 0, delayOpenTime: 2 },
  {
    gracefulRestart: 'on',
    gracefulNotification: true,
    longLivedGracefulRestart: 'on',
    families: [
      familyConfig({ gracefulRestart: 'on', longLived: 'on', forwardingPreserved: true }),
      familyConfig({ family: IPV6_UNICAST, gracefulRestart: 'on' }),
    ],
  },
  { disableAfterError: true, tolerateEarlyUpdate: true },
  { disableAfterCease: [1, 2, 4], errorWaitTimeMin: 0 },
  { neighborAs: 65001, localId: 0xffffffff },
];

describe('model of a neighbour', () => {
  it(`${SEQUENCES} random sequences of ${EVENTS} events keep every invariant`, () => {
    let sessions = 0;
    const states = new Set<string>();
    for (let seed = 0; seed < SEQUENCES; seed++) {
      const variant = VARIANTS[seed % VARIANTS.length];
      const keeper = new Bookkeeper(peerConfig(variant), seeded(seed));
      try {
        keeper.handle({ type: 'start', manual: true });
        for (let i = 0; i < EVENTS; i++) {
          keeper.step();
          states.add(`${keeper.fsm.phase} ${keeper.fsm.outgoing.state} ${keeper.fsm.incoming.state}`);
        }
        keeper.handle({ type: 'stop', notification: undefined, error: MANUAL_STOP, backOff: false });
        assert.equal(keeper.open.size + keeper.dialling.size, 0, 'stop closes everything');
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
      sessions += keeper.sessions;
    }
    // Random events that never get anywhere would prove nothing.
    assert.ok(sessions > SEQUENCES / 2, `${sessions} sessions came up`);
    assert.ok(states.size > 20, `${states.size} different situations`);
  });
});

describe('two machines and a link', () => {
  it('live through two hours: KEEPALIVEs in time, no session lost', () => {
    const local = peerConfig({ holdTime: 9, connectDelayTime: 1 });
    const random = seeded(1);
    const link = new Link([local, mirrored(local, 0x0a000002)], random);
    link.start();
    link.run(2 * 3600 * 1000);
    for (const end of link.ends) {
      assert.equal(end.sessionsUp, 1);
      assert.equal(end.sessionsDown, 0);
      // Every 3 s, shortened by up to a quarter: on average 2.625 s.
      const expected = (2 * 3600) / 2.625;
      assert.ok(Math.abs(end.keepalivesSent - expected) < expected / 20, `${end.keepalivesSent} KEEPALIVEs`);
    }
  });

  it('end the session within the hold time when the link goes dead, and are back when it returns', () => {
    const local = peerConfig({ holdTime: 9, connectDelayTime: 1, errorWaitTimeMin: 10 });
    const link = new Link([local, mirrored(local, 0x0a000002)], seeded(2));
    link.start();
    link.run(60_000);
    assert.ok(link.ends.every((end) => end.fsm.established !== undefined));
    // Nothing arrives any more: both ends are deaf.
    link.broken = true;
    for (const wire of link.wires) {
      for (const half of [wire.dialer, wire.acceptor])
        Object.assign(half, { inbox: { length: 0, push() {}, shift() {} } });
    }
    // The last KEEPALIVE came at most 3 s before the end of the link.
    link.run(60_000 + 5900);
    assert.ok(
      link.ends.every((end) => end.fsm.established !== undefined),
      'not before its time',
    );
    link.run(60_000 + 9100);
    for (const end of link.ends) {
      assert.equal(end.fsm.established, undefined);
      assert.equal(end.fsm.lastError.text, 'Hold timer expired');
    }
    link.run(300_000);
    link.broken = false;
    link.run(360_000);
    for (const end of link.ends) assert.ok(end.fsm.established, `${end.name} is back`);
  });
});
