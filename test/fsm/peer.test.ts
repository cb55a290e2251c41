import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeShutdownText, NotificationError } from '../../bgp/index.ts';
import {
  formatLastError,
  MANUAL_STOP,
  peerStatus,
  ROUTE_LIMIT_EXCEEDED,
  SessionState,
  stateWord,
} from '../../fsm/index.ts';
import { Bench } from './bench.ts';
import { peerOpen, seeded } from './harness.ts';

describe('starting and dialling', () => {
  it('waits for the connect delay, then dials, sends OPEN and KEEPALIVE, and comes up', () => {
    const bench = new Bench();
    assert.deepEqual(bench.start(), []);
    assert.equal(stateWord(bench.fsm), 'Active');
    assert.equal(peerStatus(bench.fsm, 2000).connectDelay?.remainingMs, 3000);
    assert.deepEqual(bench.wait(5000), ['dial 1']);
    assert.equal(stateWord(bench.fsm), 'Connect');
    assert.deepEqual(bench.do({ type: 'connect-succeeded', connection: 1 }), ['send-open 1']);
    assert.equal(stateWord(bench.fsm), 'OpenSent');
    assert.deepEqual(bench.open(1), ['send-keepalive 1']);
    assert.equal(stateWord(bench.fsm), 'OpenConfirm');
    assert.deepEqual(bench.do({ type: 'keepalive', connection: 1 }), ['session-up 1']);
    assert.equal(stateWord(bench.fsm), 'Established');
  });

  it('dials at once where the connect delay is 0, but never faster than once a second', () => {
    const bench = new Bench({ connectDelayTime: 0 });
    assert.deepEqual(bench.start(), ['dial 1']);
    bench.do({ type: 'connect-failed', connection: 1, text: 'Connection refused' });
    assert.equal(stateWord(bench.fsm), 'Active');
    assert.deepEqual(bench.wait(1000), ['dial 2']);
  });

  it('gives an attempt up after the connect retry time and tries again', () => {
    const bench = new Bench();
    bench.start();
    bench.wait(5000);
    assert.deepEqual(bench.wait(120_000), ['close 1', 'dial 2']);
    assert.equal(bench.fsm.lastError.text, 'Connection timed out');
  });

  it('shows the socket error and tries again after the connect delay: TCP failures are not errors of the peer', () => {
    const bench = new Bench();
    bench.start();
    bench.wait(5000);
    bench.do({ type: 'connect-failed', connection: 1, text: 'No route to host' });
    assert.equal(formatLastError(bench.fsm.lastError), 'Socket: No route to host');
    assert.deepEqual(bench.wait(5000), ['dial 2']);
  });

  it('shortens what many start together by up to a quarter, drawn anew', () => {
    const random = seeded(7);
    const bench = new Bench({}, random);
    bench.start();
    const delays = new Set<number>();
    for (let i = 0; i < 50; i++) {
      const delay = bench.fsm.deadline - bench.now;
      assert.ok(delay > 3750 && delay <= 5000, `${delay}`);
      delays.add(delay);
      bench.now = bench.fsm.deadline;
      bench.do({ type: 'timer' });
      bench.do({ type: 'connect-failed', connection: bench.fsm.outgoing.connection, text: 'x' });
    }
    assert.ok(delays.size > 40);
  });

  it('a passive neighbour never dials, also not after it lost a connection', () => {
    const bench = new Bench({ passive: true });
    bench.start();
    assert.equal(stateWord(bench.fsm), 'Passive');
    assert.equal(bench.fsm.deadline, Number.POSITIVE_INFINITY);
    const connection = bench.establish();
    bench.do({ type: 'closed', connection, text: 'Connection closed' });
    bench.start(false);
    assert.equal(stateWord(bench.fsm), 'Passive');
    assert.equal(bench.all.filter((action) => action.type === 'dial').length, 0);
  });
});

describe('pitfalls of other implementations', () => {
  it('a connection for a neighbour that is down, waiting or flushing is closed and leaves nothing', () => {
    const bench = new Bench();
    assert.deepEqual(bench.do({ type: 'incoming' }), ['refuse']);
    bench.start();
    bench.do({ type: 'incoming' });
    bench.notify(1, 2, 2);
    assert.equal(bench.fsm.phase, 'waiting');
    assert.deepEqual(bench.do({ type: 'incoming' }), ['refuse']);
    assert.equal(bench.fsm.incoming.connection, 0);
    const other = new Bench();
    const connection = other.establish();
    other.do({ type: 'closed', connection, text: 'Connection closed' });
    assert.equal(other.fsm.phase, 'flushing');
    assert.equal(stateWord(other.fsm), 'Close');
    assert.deepEqual(other.do({ type: 'incoming' }), ['refuse']);
  });

  it('OpenConfirm has a hold timer, also where the agreed hold time is 0', () => {
    for (const holdTime of [0, 30]) {
      const bench = new Bench({ holdTime, passive: true });
      bench.start();
      bench.do({ type: 'incoming' });
      bench.open(1);
      assert.equal(stateWord(bench.fsm), 'OpenConfirm');
      assert.equal(bench.fsm.incoming.hold.at, holdTime === 0 ? 240_000 : 30_000);
    }
  });

  it('an agreed hold time of 0 means no hold, KEEPALIVE and send-hold timers', () => {
    const bench = new Bench({ holdTime: 0, passive: true });
    bench.establish();
    assert.equal(bench.fsm.deadline, Number.POSITIVE_INFINITY);
    assert.equal(peerStatus(bench.fsm, 0).session?.holdTimer, undefined);
  });

  it('what arrives after a NOTIFICATION in the same segment belongs to a connection that is gone', () => {
    const bench = new Bench();
    const connection = bench.establish();
    assert.deepEqual(bench.notify(connection, 6, 4), [`session-down ${connection}`, `close ${connection}`]);
    assert.equal(bench.fsm.isOpen(connection), false);
    for (const type of ['keepalive', 'update', 'route-refresh'] as const) {
      assert.deepEqual(bench.do({ type, connection }), []);
    }
    assert.deepEqual(bench.open(connection), []);
    assert.deepEqual(bench.notify(connection, 6, 4), []);
  });

  it('a peer that always rejects our OPEN is tried less and less often', () => {
    const bench = new Bench({ connectDelayTime: 1 });
    bench.start();
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      bench.now = bench.fsm.deadline;
      bench.do({ type: 'timer' });
      const { connection } = bench.fsm.outgoing;
      bench.do({ type: 'connect-succeeded', connection });
      bench.notify(connection, 2, 2);
      assert.equal(stateWord(bench.fsm), 'Idle');
      waits.push(peerStatus(bench.fsm, bench.now).errorWait?.totalSeconds ?? 0);
      bench.now = bench.fsm.deadline;
      bench.do({ type: 'timer' });
    }
    assert.deepEqual(waits, [60, 120, 240, 300, 300]);
    assert.equal(bench.fsm.connectRetryCounter, 5);
    assert.equal(formatLastError(bench.fsm.lastError), 'Received: Bad peer AS');
  });

  it('errors are forgiven after the error forget time, and by the operator', () => {
    const bench = new Bench({ passive: true });
    bench.start();
    bench.do({ type: 'incoming' });
    bench.notify(1, 2, 2);
    bench.now = 60_000;
    bench.do({ type: 'timer' });
    bench.now = 360_000;
    bench.do({ type: 'incoming' });
    bench.notify(2, 2, 2);
    assert.equal(bench.fsm.backOff.seconds, 60);
    bench.do({ type: 'stop', notification: undefined, error: MANUAL_STOP, backOff: false });
    bench.start();
    assert.equal(bench.fsm.phase, 'running');
    assert.equal(bench.fsm.connectRetryCounter, 0);
  });

  it('the hold timer never expires before the driver has looked at the socket', () => {
    const bench = new Bench({ holdTime: 9, passive: true });
    const connection = bench.establish();
    bench.now = 9000;
    assert.deepEqual(bench.do({ type: 'timer' }), [`send-keepalive ${connection}`, `check hold ${connection}`]);
    // A KEEPALIVE had been waiting in the socket all the time.
    bench.fsm.received(connection, bench.now);
    assert.deepEqual(bench.do({ type: 'checked', connection, timer: 'hold' }), []);
    assert.equal(stateWord(bench.fsm), 'Established');
    bench.now = 18_000;
    bench.do({ type: 'timer' });
    assert.deepEqual(bench.do({ type: 'checked', connection, timer: 'hold' }), [
      `session-down ${connection}`,
      `close ${connection} N 4/0`,
    ]);
    assert.equal(formatLastError(bench.fsm.lastError), 'BGP Error: Hold timer expired');
  });

  it('KEEPALIVE is sent exactly once on entering OpenConfirm', () => {
    const bench = new Bench({ passive: true });
    bench.start();
    bench.do({ type: 'incoming' });
    assert.deepEqual(bench.open(1), ['send-keepalive 1']);
  });

  it('the session is not up before the peer has said KEEPALIVE', () => {
    const bench = new Bench({ passive: true });
    bench.start();
    bench.do({ type: 'incoming' });
    assert.deepEqual(bench.open(1), ['send-keepalive 1']);
    assert.equal(bench.fsm.established, undefined);
    assert.deepEqual(bench.do({ type: 'update', connection: 1 }), ['close 1 N 5/2 02']);
  });

  it('an UPDATE says as much as the KEEPALIVE that it overtook, where that is tolerated', () => {
    const bench = new Bench({ passive: true, tolerateEarlyUpdate: true });
    bench.start();
    bench.do({ type: 'incoming' });
    bench.open(1);
    bench.do({ type: 'update', connection: 1 });
    assert.notEqual(bench.fsm.established, undefined);
    // Before OPEN it is what it always was.
    const early = new Bench({ passive: true, tolerateEarlyUpdate: true });
    early.start();
    early.do({ type: 'incoming' });
    assert.deepEqual(early.do({ type: 'update', connection: 1 }), ['close 1 N 5/1 02']);
  });

  it('a silent TCP client is dropped after the startup hold time', () => {
    const bench = new Bench({ passive: true, startupHoldTime: 240 });
    bench.start();
    bench.do({ type: 'incoming' });
    assert.deepEqual(bench.wait(240_000), ['check hold 1']);
    assert.deepEqual(bench.do({ type: 'checked', connection: 1, timer: 'hold' }), ['close 1 N 4/0']);
  });

  it('octets of a silent client do not keep it alive before its OPEN', () => {
    const bench = new Bench({ passive: true });
    bench.start();
    bench.do({ type: 'incoming' });
    bench.fsm.received(1, 200_000);
    assert.equal(bench.fsm.incoming.hold.at, 240_000);
  });

  it('the last reset is remembered when the last error is long cleared', () => {
    const bench = new Bench({ passive: true, errorWaitTimeMin: 0 });
    const connection = bench.establish();
    bench.notify(connection, 3, 1);
    bench.start(false);
    bench.establish();
    assert.equal(bench.fsm.lastError.class, 'none');
    assert.equal(formatLastError(bench.fsm.lastReset), 'Received: Malformed attribute list');
    assert.equal(bench.fsm.establishedCount, 2);
  });
});

describe('two connections', () => {
  it('only one incoming connection is kept at a time', () => {
    const bench = new Bench({ passive: true });
    bench.start();
    assert.deepEqual(bench.do({ type: 'incoming' }), ['accept 1', 'send-open 1']);
    assert.deepEqual(bench.do({ type: 'incoming' }), ['refuse']);
  });

  it('one that stayed silent gives way to a newer one: the peer has rebooted', () => {
    const bench = new Bench({ passive: true });
    bench.start();
    bench.do({ type: 'incoming' });
    bench.now = 10_000;
    assert.deepEqual(bench.do({ type: 'incoming' }), ['close 1', 'accept 2', 'send-open 2']);
    assert.equal(bench.fsm.phase, 'running');
  });

  it('a connection beside an Established session is told 6/7, without graceful restart', () => {
    const bench = new Bench();
    bench.establish();
    bench.now = 60_000;
    assert.deepEqual(bench.do({ type: 'incoming' }), ['refuse N 6/7']);
  });

  it('the dialled connection is given up when the incoming one gets its OPEN first', () => {
    const bench = new Bench();
    bench.start();
    bench.wait(5000);
    bench.do({ type: 'incoming' });
    assert.deepEqual(bench.open(2), ['close 1', 'send-keepalive 2']);
    assert.equal(bench.fsm.outgoing.state, SessionState.Idle);
  });

  it('dialling that has become needless is no error', () => {
    const bench = new Bench();
    bench.start();
    bench.do({ type: 'incoming' });
    bench.open(bench.fsm.incoming.connection);
    assert.equal(bench.fsm.outgoing.state, SessionState.Idle);
    assert.equal(bench.fsm.lastError.class, 'none');
    assert.ok(bench.all.every(({ type }) => type !== 'error'));
  });

  it('losing a collision is not waited for, whoever says so', () => {
    const bench = new Bench({ connectDelayTime: 0 });
    bench.start();
    bench.do({ type: 'connect-succeeded', connection: 1 });
    assert.deepEqual(bench.notify(1, 6, 7), ['close 1']);
    assert.equal(bench.fsm.phase, 'running');
    assert.equal(bench.fsm.backOff.seconds, 0);
  });

  it('a bad second connection does not hurt the good one', () => {
    const bench = new Bench({ connectDelayTime: 0 });
    bench.start();
    bench.do({ type: 'connect-succeeded', connection: 1 });
    bench.do({ type: 'incoming' });
    bench.open(1);
    const open = peerOpen();
    open.capabilities.as4 = 64999;
    assert.deepEqual(bench.do({ type: 'open', connection: 2, open }), ['close 2 N 2/2 0000fde7']);
    bench.do({ type: 'keepalive', connection: 1 });
    assert.equal(stateWord(bench.fsm), 'Established');
    assert.equal(bench.fsm.lastError.class, 'none');
  });

  it('an error on one connection ends the other with the same words, when neither is any further', () => {
    const bench = new Bench({ connectDelayTime: 0 });
    bench.start();
    bench.do({ type: 'connect-succeeded', connection: 1 });
    bench.do({ type: 'incoming' });
    const open = peerOpen();
    open.capabilities.as4 = 64999;
    assert.deepEqual(bench.do({ type: 'open', connection: 1, open }), ['close 1 N 2/2 0000fde7', 'close 2 N 2/2']);
    assert.equal(stateWord(bench.fsm), 'Idle');
    assert.equal(formatLastError(bench.fsm.lastError), 'BGP Error: Bad peer AS');
  });
});

describe('stopping', () => {
  it('tells an Established peer, not a connection that is only dialled', () => {
    const bench = new Bench();
    const connection = bench.establish();
    const notification = new NotificationError(6, 2, encodeShutdownText('maintenance'));
    const words = bench.do({ type: 'stop', notification, error: MANUAL_STOP, backOff: false });
    assert.equal(words[0], `session-down ${connection}`);
    assert.match(words[1] ?? '', /^close \d+ N 6\/2 0b6d61696e74656e616e6365$/);
    assert.equal(stateWord(bench.fsm), 'Down');
    assert.equal(formatLastError(bench.fsm.lastError), '');
    const dialling = new Bench();
    dialling.start();
    dialling.wait(5000);
    assert.deepEqual(dialling.do({ type: 'stop', notification, error: MANUAL_STOP, backOff: false }), ['close 1']);
  });

  it('a route limit that restarts is waited for, and shows', () => {
    const bench = new Bench();
    bench.establish();
    const notification = new NotificationError(6, 1);
    bench.do({ type: 'stop', notification, error: ROUTE_LIMIT_EXCEEDED, backOff: true });
    bench.start(false);
    assert.equal(stateWord(bench.fsm), 'Idle');
    assert.equal(peerStatus(bench.fsm, 0).errorWait?.totalSeconds, 60);
    assert.equal(formatLastError(bench.fsm.lastError), 'Automatic shutdown: Route limit exceeded');
  });

  it('disable after cease, disable after error: down until the operator acts', () => {
    const bench = new Bench({ disableAfterCease: [2] });
    const connection = bench.establish();
    assert.deepEqual(bench.notify(connection, 6, 2, encodeShutdownText('bye')), [
      `session-down ${connection}`,
      `close ${connection}`,
      'disable',
    ]);
    assert.equal(bench.fsm.lastError.communication, 'bye');
    assert.equal(bench.fsm.deadline, Number.POSITIVE_INFINITY);
    const strict = new Bench({ disableAfterError: true, passive: true });
    strict.start();
    strict.do({ type: 'incoming' });
    assert.deepEqual(strict.notify(1, 2, 7), ['close 1', 'disable']);
    strict.start();
    assert.equal(strict.fsm.phase, 'running');
  });
});
