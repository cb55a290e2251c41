/** How long a restarted daemon waits for each of its neighbours before it takes its own routes for complete. */
import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import { type PeerFsm, SessionState } from '../../../fsm/index.ts';
import { RecoveryShare } from '../../../src/peer/recovery-share.ts';
import { Recovery } from '../../../src/protocol/recovery.ts';

/** A neighbour with one channel in a recovery of 240 seconds. */
function neighbor(passive: boolean, range = false) {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const clock = { time: 0, now: () => clock.time, wall: () => clock.time };
  const recovery = new Recovery(clock);
  const fsm = {
    config: { passive },
    outgoing: { state: (passive ? SessionState.Idle : SessionState.Active) as SessionState, connection: 0 },
    incoming: { state: SessionState.Active as SessionState, connection: 0 },
  };
  const share = new RecoveryShare(recovery, clock, () => fsm as unknown as PeerFsm);
  recovery.begin(240);
  if (range) share.joinRange([{}]);
  else share.join([{}]);
  recovery.allJoined();
  const pass = (seconds: number): void => {
    for (let i = 0; i < 2 * seconds; i++) {
      clock.time += 500;
      mock.timers.tick(500);
    }
  };
  return { recovery, share, fsm, pass };
}

describe('recovery', () => {
  afterEach(() => mock.timers.reset());

  it('waits for a neighbour that has to call as long as its waits can be, no longer', () => {
    const { recovery, pass } = neighbor(true);
    pass(44);
    assert.equal(recovery.active, true);
    pass(2);
    assert.equal(recovery.active, false);
  });

  it('waits for one that has called until it has told everything', () => {
    const { recovery, fsm, pass, share } = neighbor(true);
    pass(20);
    fsm.incoming.connection = 1;
    fsm.incoming.state = SessionState.Established;
    pass(200);
    assert.equal(recovery.active, true);
    share.leave();
    assert.equal(recovery.active, false);
  });

  it('does not wait for one that does not answer, or refuses', () => {
    const silent = neighbor(false);
    silent.pass(30);
    assert.equal(silent.recovery.active, true, 'it is not called yet');
    silent.fsm.outgoing.state = SessionState.Connect;
    silent.pass(6);
    assert.equal(silent.recovery.active, false);
    mock.timers.reset();
    const refusing = neighbor(false);
    refusing.share.attemptFailed();
    refusing.share.attemptFailed();
    assert.equal(refusing.recovery.active, true);
    refusing.share.attemptFailed();
    assert.equal(refusing.recovery.active, false);
  });

  it('waits 20 seconds for one that closes what it accepts: it is there, and may rest a while', () => {
    const { recovery, pass, share } = neighbor(false);
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

  it('waits for a range until nobody new has called for ten seconds', () => {
    const { recovery, pass, share } = neighbor(true, true);
    pass(8);
    share.called();
    pass(9);
    share.called();
    pass(9);
    assert.equal(recovery.active, true);
    pass(2);
    assert.equal(recovery.active, false);
  });

  it('waits for a range 45 seconds at most, whether nobody calls or ever more', () => {
    const { recovery, pass, share } = neighbor(true, true);
    pass(44);
    assert.equal(recovery.active, true);
    share.called();
    pass(2);
    assert.equal(recovery.active, false);
  });

  it('ends after its time, whoever is waited for', () => {
    const { recovery, fsm, pass } = neighbor(true);
    fsm.incoming.connection = 1;
    pass(239);
    assert.equal(recovery.active, true);
    pass(2);
    assert.equal(recovery.active, false);
  });
});
