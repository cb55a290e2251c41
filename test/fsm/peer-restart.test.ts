import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IPV4_UNICAST, IPV6_UNICAST, NotificationError } from '../../bgp/index.ts';
import { formatLastError, MANUAL_STOP, type PeerFsmConfig, peerStatus } from '../../fsm/index.ts';
import { Bench } from './bench.ts';
import { brief, familyConfig } from './harness.ts';

const restartable: Partial<PeerFsmConfig> = {
  gracefulRestart: 'on',
  families: [
    familyConfig({ gracefulRestart: 'on', forwardingPreserved: true }),
    familyConfig({ family: IPV6_UNICAST, gracefulRestart: 'off' }),
  ],
};

describe('send hold timer (RFC 9687)', () => {
  it('ends a session whose peer reads nothing, with RST, though its KEEPALIVEs come', () => {
    const bench = new Bench({ holdTime: 9, passive: true });
    const connection = bench.establish();
    for (let second = 3; second < 18; second += 3) {
      bench.now = second * 1000;
      bench.fsm.received(connection, bench.now);
      bench.do({ type: 'timer' });
    }
    bench.now = 18_000;
    bench.fsm.received(connection, bench.now);
    assert.deepEqual(bench.do({ type: 'timer' }), [`send-keepalive ${connection}`, `check send-hold ${connection}`]);
    assert.deepEqual(bench.do({ type: 'checked', connection, timer: 'send-hold' }), [
      `session-down ${connection}`,
      `close ${connection} N 8/0 RST`,
    ]);
    assert.equal(formatLastError(bench.fsm.lastError), 'BGP Error: Send hold timer expired');
  });

  it('goes on as long as the kernel takes octets', () => {
    const bench = new Bench({ holdTime: 9, passive: true });
    const connection = bench.establish();
    bench.now = 17_000;
    bench.fsm.received(connection, bench.now);
    bench.fsm.written(connection, bench.now);
    assert.equal(peerStatus(bench.fsm, bench.now).session?.sendHoldTimer?.remainingMs, 18_000);
  });
});

describe('graceful restart, as the helper', () => {
  it('TCP is lost: routes stay, marked; the peer is expected back within its restart time', () => {
    const bench = new Bench(restartable);
    const connection = bench.establish();
    assert.deepEqual(bench.do({ type: 'closed', connection, text: 'Connection reset by peer' }), [
      `session-down ${connection} keep`,
      'routes ipv4 mark-stale',
      'routes ipv6 flush',
    ]);
    const status = peerStatus(bench.fsm, 0);
    assert.equal(status.restarting, true);
    assert.equal(status.restartTimer?.totalSeconds, 120);
    assert.equal(status.state, 'Active');
  });

  it('the peer is back with its forwarding state: stale routes go at End-of-RIB', () => {
    const bench = new Bench(restartable);
    bench.do({ type: 'closed', connection: bench.establish(), text: '' });
    const again = bench.establish({ restarting: true });
    assert.equal(peerStatus(bench.fsm, 0).restartTimer, undefined);
    assert.deepEqual(bench.do({ type: 'end-of-rib', connection: again, family: IPV4_UNICAST }), ['routes ipv4 sweep']);
    assert.equal(bench.fsm.restart.active, false);
  });

  it('the peer is back without it: stale routes go at once', () => {
    const bench = new Bench(restartable);
    bench.do({ type: 'closed', connection: bench.establish(), text: '' });
    bench.establish({ restarting: false });
    assert.ok(brief(bench.all).includes('routes ipv4 sweep'));
  });

  it('a new connection of an Established peer takes the place of the old one, which ends without a word', () => {
    const bench = new Bench(restartable);
    const connection = bench.establish();
    bench.now = 60_000;
    const words = bench.do({ type: 'incoming' });
    assert.deepEqual(words.slice(0, 4), [
      `session-down ${connection} keep`,
      'routes ipv4 mark-stale',
      'routes ipv6 flush',
      `close ${connection}`,
    ]);
    assert.match(words[4] ?? '', /^accept/);
    assert.equal(formatLastError(bench.fsm.lastError), 'Error: Graceful restart');
  });

  it('a NOTIFICATION ends it for good, unless both ends know RFC 8538; Hard Reset always does', () => {
    const plain = new Bench(restartable);
    assert.match(plain.notify(plain.establish(), 6, 4).join(), /^session-down \d+,/);
    const soft = new Bench({ ...restartable, gracefulNotification: true });
    assert.match(soft.notify(soft.establish(), 6, 4).join(), /^session-down \d+ keep,/);
    assert.equal(soft.fsm.phase, 'running');
    const hard = new Bench({ ...restartable, gracefulNotification: true });
    assert.match(hard.notify(hard.establish(), 6, 9, Uint8Array.of(6, 2)).join(), /^session-down \d+,/);
    assert.equal(formatLastError(hard.fsm.lastError), 'Received: Administrative shutdown');
  });

  it('our own stop is wrapped in a Hard Reset where a plain NOTIFICATION would be taken for a restart', () => {
    const bench = new Bench({ ...restartable, gracefulNotification: true });
    const connection = bench.establish();
    const notification = new NotificationError(6, 2);
    assert.deepEqual(bench.do({ type: 'stop', notification, error: MANUAL_STOP, backOff: false }), [
      `session-down ${connection}`,
      `close ${connection} N 6/9 0602`,
    ]);
  });
});
