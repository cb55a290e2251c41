/**
 * Two ends that run our code, and the TCP connections between them, without sockets and without waiting. Every step of
 * the network (a SYN arrives, a connect completes, one message arrives) is a choice, so that a test can try all orders.
 *
 * A connection is complete for the one who dials as soon as the other kernel has taken it: what is sent then waits for
 * the other process to accept. Both directions of a connection keep their own order; nothing else has an order.
 */
import assert from 'node:assert/strict';
import type { NotificationError, OpenMessage } from '../../bgp/index.ts';
import { type Action, type ConnectionId, type FsmEvent, PeerFsm, type PeerFsmConfig } from '../../fsm/index.ts';

type Packet =
  | { readonly type: 'open'; readonly open: OpenMessage }
  | { readonly type: 'keepalive' }
  | { readonly type: 'update' }
  | { readonly type: 'notification'; readonly notification: NotificationError }
  | { readonly type: 'fin' };

/** One side of a connection. */
interface Half {
  readonly end: End;
  /** 0 until this side is told of the connection. */
  connection: ConnectionId;
  /** What the process has still to be told first: that its connect is done, or that somebody connected. */
  pending: 'connect' | 'incoming' | undefined;
  /** This side has closed: what still arrives is nobody's. */
  closed: boolean;
  readonly inbox: Packet[];
}

export interface Wire {
  readonly number: number;
  readonly dialer: Half;
  readonly acceptor: Half;
  /** Notifications of collision that were sent on it. */
  collisions: number;
}

export class End {
  readonly name: string;
  readonly fsm: PeerFsm;
  readonly link: Link;
  readonly halves = new Map<ConnectionId, { readonly wire: Wire; readonly half: Half }>();
  sessionsUp = 0;
  sessionsDown = 0;
  keepalivesSent = 0;
  /** Answers `check` like a driver whose sockets are all empty. */
  constructor(name: string, config: PeerFsmConfig, random: () => number, link: Link) {
    this.name = name;
    this.fsm = new PeerFsm(config, random);
    this.link = link;
  }

  handle(event: FsmEvent): void {
    this.#carryOut(this.fsm.handle(event, this.link.now));
  }

  #carryOut(actions: readonly Action[], offered?: Wire): void {
    for (const action of actions) {
      switch (action.type) {
        case 'dial':
          this.link.dial(this, action.connection);
          break;
        case 'accept':
          assert.ok(offered, 'accept answers an offer');
          offered.acceptor.connection = action.connection;
          this.halves.set(action.connection, { wire: offered, half: offered.acceptor });
          break;
        case 'refuse':
          assert.ok(offered, 'refuse answers an offer');
          this.link.close(offered, offered.acceptor, action.notification);
          break;
        case 'send-open':
          this.#send(action.connection, { type: 'open', open: action.open });
          break;
        case 'send-keepalive':
          this.keepalivesSent++;
          this.#send(action.connection, { type: 'keepalive' });
          break;
        case 'close': {
          const { wire, half } = this.#half(action.connection);
          this.link.close(wire, half, action.notification);
          this.halves.delete(action.connection);
          break;
        }
        case 'session-up':
          this.sessionsUp++;
          assert.equal(this.fsm.isEstablished(action.connection), true);
          break;
        case 'session-down':
          this.sessionsDown++;
          if (!action.keepRoutes) this.link.later(() => this.handle({ type: 'start', manual: false }));
          break;
        case 'check': {
          const { connection, timer } = action;
          this.link.later(() => this.handle({ type: 'checked', connection, timer }));
          break;
        }
      }
    }
  }

  offer(wire: Wire): void {
    this.#carryOut(this.fsm.handle({ type: 'incoming' }, this.link.now), wire);
  }

  /** The driver's part of an arriving packet. */
  take(half: Half, packet: Packet): void {
    const { connection } = half;
    switch (packet.type) {
      case 'open':
        this.handle({ type: 'open', connection, open: packet.open });
        break;
      case 'keepalive':
        this.fsm.received(connection, this.link.now);
        this.handle({ type: 'keepalive', connection });
        break;
      case 'update':
        this.fsm.received(connection, this.link.now);
        if (!this.fsm.isEstablished(connection)) this.handle({ type: 'update', connection });
        break;
      case 'notification':
        this.handle({ type: 'notification', connection, notification: packet.notification });
        break;
      case 'fin':
        half.closed = true;
        this.halves.delete(connection);
        this.handle({ type: 'closed', connection, text: 'Connection closed' });
        break;
    }
  }

  #half(connection: ConnectionId): { readonly wire: Wire; readonly half: Half } {
    const found = this.halves.get(connection);
    assert.ok(found, `${this.name} acts on connection ${connection}, which is gone`);
    return found;
  }

  #send(connection: ConnectionId, packet: Packet): void {
    const { wire, half } = this.#half(connection);
    assert.equal(half.closed, false, 'nothing is sent after close');
    const other = half === wire.dialer ? wire.acceptor : wire.dialer;
    if (!other.closed) other.inbox.push(packet);
    if (packet.type !== 'open') this.fsm.written(connection, this.link.now);
  }
}

export class Link {
  now = 0;
  readonly ends: readonly [End, End];
  readonly wires: Wire[] = [];
  /** Connections are refused by the network: the cable is out. */
  broken = false;
  readonly #later: (() => void)[] = [];

  constructor(configs: readonly [PeerFsmConfig, PeerFsmConfig], random: () => number) {
    this.ends = [new End('P', configs[0], random, this), new End('Q', configs[1], random, this)];
  }

  start(): void {
    for (const end of this.ends) end.handle({ type: 'start', manual: true });
  }

  later(task: () => void): void {
    this.#later.push(task);
  }

  dial(from: End, connection: ConnectionId): void {
    if (this.broken) {
      this.later(() => from.handle({ type: 'connect-failed', connection, text: 'No route to host' }));
      return;
    }
    const to = this.ends[from === this.ends[0] ? 1 : 0];
    const wire: Wire = {
      number: this.wires.length,
      dialer: { end: from, connection, pending: 'connect', closed: false, inbox: [] },
      acceptor: { end: to, connection: 0, pending: 'incoming', closed: false, inbox: [] },
      collisions: 0,
    };
    this.wires.push(wire);
    from.halves.set(connection, { wire, half: wire.dialer });
  }

  close(wire: Wire, half: Half, notification: NotificationError | undefined): void {
    assert.equal(half.closed, false, 'closed once');
    half.closed = true;
    half.pending = undefined;
    const other = half === wire.dialer ? wire.acceptor : wire.dialer;
    if (notification !== undefined) {
      if (notification.code === 6 && notification.subcode === 7) wire.collisions++;
      other.inbox.push({ type: 'notification', notification });
    }
    other.inbox.push({ type: 'fin' });
  }

  /** Everything that may happen next without time passing. Work put off by a driver is always done first. */
  choices(): (() => void)[] {
    for (let task = this.#later.shift(); task !== undefined; task = this.#later.shift()) task();
    const choices: (() => void)[] = [];
    for (const wire of this.wires) {
      for (const half of [wire.dialer, wire.acceptor]) {
        if (half.closed) continue;
        if (half.pending === 'connect') {
          choices.push(() => {
            half.pending = undefined;
            half.end.handle({ type: 'connect-succeeded', connection: half.connection });
          });
        } else if (half.pending === 'incoming') {
          choices.push(() => {
            half.pending = undefined;
            half.end.offer(wire);
          });
        } else if (half.inbox.length > 0) {
          choices.push(() => {
            const packet = half.inbox.shift();
            if (packet !== undefined) half.end.take(half, packet);
          });
        }
      }
    }
    return choices;
  }

  /** Lets time pass to the next deadline, not further than `limit`; false if there is none. */
  advance(limit: number): boolean {
    const next = Math.min(...this.ends.map((end) => end.fsm.deadline));
    if (next > limit) {
      this.now = limit;
      return false;
    }
    this.now = Math.max(this.now, next);
    for (const end of this.ends) if (end.fsm.deadline <= this.now) end.handle({ type: 'timer' });
    return true;
  }

  /** Runs until `limit`, packets arriving at once and in a fixed order. */
  run(limit: number): void {
    for (;;) {
      const [first] = this.choices();
      if (first !== undefined) first();
      else if (!this.advance(limit)) return;
    }
  }

  /** What tells two situations apart (time aside). */
  key(): string {
    const ends = this.ends.map(({ fsm }) => {
      const { outgoing, incoming, phase } = fsm;
      return `${phase} ${outgoing.state}.${outgoing.connection} ${incoming.state}.${incoming.connection} ${outgoing.deadline} ${incoming.deadline} ${fsm.deadline}`;
    });
    const wires = this.wires.map(({ dialer, acceptor, collisions }) =>
      [dialer, acceptor]
        .map((half) => `${half.pending} ${half.closed} ${half.inbox.map((packet) => packet.type)}`)
        .concat(`${collisions}`)
        .join('/'),
    );
    return [this.now, ...ends, ...wires].join('|');
  }
}
