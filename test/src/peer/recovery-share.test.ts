/** Whom a recovery waits for, and for how long; time is made up. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { IPV4_UNICAST } from '../../../bgp/index.ts';
import { PeerFsm } from '../../../fsm/index.ts';
import { RecoveryShare } from '../../../src/peer/recovery-share.ts';
import { Recovery } from '../../../src/protocol/recovery.ts';
import { familyConfig, peerConfig } from '../../fsm/harness.ts';

interface Bench {
  readonly recovery: Recovery;
  readonly share: RecoveryShare;
  readonly fsm: PeerFsm;
  readonly channel: object;
  pass(seconds: number): void;
}

function bench(t: TestContext, passive = false): Bench {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  let now = 1000;
  const clock = { now: () => now, wall: () => now };
  const recovery = new Recovery(clock);
  recovery.begin(240);
  const fsm = new PeerFsm(peerConfig({ passive, families: [familyConfig({ family: IPV4_UNICAST })] }), () => 0.5);
  fsm.handle({ type: 'start', manual: true }, now);
  const share = new RecoveryShare(recovery, clock, () => fsm);
  const channel = {};
  const pass = (seconds: number): void => {
    for (let i = 0; i < 10 * seconds; i++) {
      now += 100;
      t.mock.timers.tick(100);
    }
  };
  return { recovery, share, fsm, channel, pass };
}

describe('a neighbour in the recovery of the daemon', () => {
  it('is waited for until its End-of-RIB', (t) => {
    const { recovery, share, channel, pass } = bench(t);
    share.join([channel]);
    pass(100);
    assert.equal(recovery.active, true);
    share.done(channel);
    assert.equal(recovery.active, false);
  });

  it('is given up after three attempts that fail', (t) => {
    const { recovery, share, channel } = bench(t);
    share.join([channel]);
    share.attemptFailed();
    share.attemptFailed();
    assert.equal(recovery.active, true);
    share.attemptFailed();
    assert.equal(recovery.active, false);
  });

  it('is given up after an attempt that nobody answers', (t) => {
    const { recovery, share, channel, fsm, pass } = bench(t);
    share.join([channel]);
    // The connect delay is over: TCP is being opened.
    fsm.handle({ type: 'timer' }, 10_000);
    pass(4);
    assert.equal(recovery.active, true);
    pass(2);
    assert.equal(recovery.active, false);
  });

  it('is there though it closes what it accepts: 20 seconds, unless it takes the session before', (t) => {
    const { recovery, share, channel, pass } = bench(t);
    share.join([channel]);
    for (let i = 0; i < 6; i++) {
      share.turnedAway();
      pass(3);
    }
    assert.equal(recovery.active, true);
    share.admitted();
    pass(60);
    assert.equal(recovery.active, true, 'a session is up: its End-of-RIB counts');
    share.turnedAway();
    pass(21);
    assert.equal(recovery.active, false);
  });

  it('that has to call us is given 45 seconds', (t) => {
    const { recovery, share, channel, pass } = bench(t, true);
    share.join([channel]);
    pass(44);
    assert.equal(recovery.active, true);
    pass(2);
    assert.equal(recovery.active, false);
  });
});

describe('a range in the recovery of the daemon', () => {
  it('is waited for until nobody has called for ten seconds', (t) => {
    const { recovery, share, channel, pass } = bench(t);
    share.joinRange([channel]);
    pass(8);
    share.called();
    pass(9);
    share.called();
    pass(9);
    assert.equal(recovery.active, true);
    pass(2);
    assert.equal(recovery.active, false);
  });

  it('is not waited for without an end: 45 seconds, whether nobody calls or ever more', (t) => {
    const { recovery, share, channel, pass } = bench(t);
    share.joinRange([channel]);
    pass(44);
    assert.equal(recovery.active, true);
    share.called();
    pass(2);
    assert.equal(recovery.active, false);
  });
});
