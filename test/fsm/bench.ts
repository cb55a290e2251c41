import assert from 'node:assert/strict';
import { NotificationError } from '../../bgp/index.ts';
import { type Action, type ConnectionId, type FsmEvent, PeerFsm, type PeerFsmConfig } from '../../fsm/index.ts';
import { brief, never, peerConfig, peerOpen } from './harness.ts';

/** A neighbour at a clock that the test turns by hand. */
export class Bench {
  readonly fsm: PeerFsm;
  now = 0;
  all: Action[] = [];
  readonly overrides: Partial<PeerFsmConfig>;

  constructor(overrides: Partial<PeerFsmConfig> = {}, random: () => number = never) {
    this.overrides = overrides;
    this.fsm = new PeerFsm(peerConfig(overrides), random);
  }

  do(event: FsmEvent): string[] {
    const actions = this.fsm.handle(event, this.now);
    this.all.push(...actions);
    return brief(actions);
  }

  start(manual = true): string[] {
    return this.do({ type: 'start', manual });
  }

  /** To the next deadline, which is expected after `ms`. */
  wait(ms: number): string[] {
    assert.equal(this.fsm.deadline - this.now, ms, 'next deadline');
    this.now += ms;
    return this.do({ type: 'timer' });
  }

  notify(connection: ConnectionId, code: number, subcode: number, data?: Uint8Array): string[] {
    return this.do({ type: 'notification', connection, notification: new NotificationError(code, subcode, data) });
  }

  open(connection: ConnectionId, overrides: Partial<PeerFsmConfig> = {}): string[] {
    return this.do({
      type: 'open',
      connection,
      open: peerOpen({ ...this.overrides, localId: 0x0a000002, ...overrides }),
    });
  }

  /** An Established session on an incoming connection. */
  establish(overrides: Partial<PeerFsmConfig> = {}): ConnectionId {
    if (this.fsm.phase === 'down') this.start();
    assert.match(this.do({ type: 'incoming' }).join(), /^accept/);
    const { connection } = this.fsm.incoming;
    this.open(connection, overrides);
    this.do({ type: 'keepalive', connection });
    assert.equal(this.fsm.isEstablished(connection), true);
    return connection;
  }
}
