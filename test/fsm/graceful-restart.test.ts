import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../bgp/index.ts';
import {
  END_OF_RIB_WAIT_SECONDS,
  GracefulRestart,
  keepsRoutes,
  type RestartAgreement,
  type RestartFamily,
} from '../../fsm/graceful-restart.ts';
import { brief } from './harness.ts';

const entry = (overrides: Partial<RestartFamily> = {}): RestartFamily => ({
  family: IPV4_UNICAST,
  regular: true,
  forwarding: true,
  longLivedForwarding: true,
  staleTime: 0,
  ...overrides,
});

const agreement = (
  families: readonly RestartFamily[],
  overrides: Partial<RestartAgreement> = {},
): RestartAgreement => ({
  restartTime: 120,
  peerRestarting: false,
  notification: false,
  families,
  ...overrides,
});

const v4 = [IPV4_UNICAST];

describe('whether routes outlive the session', () => {
  it('TCP loss: where a family was listed', () => {
    assert.equal(keepsRoutes(undefined, 'tcp'), false);
    assert.equal(keepsRoutes(agreement([]), 'tcp'), false);
    assert.equal(keepsRoutes(agreement([entry()]), 'tcp'), true);
  });
  it('hold timer: with RFC 8538 or long-lived graceful restart', () => {
    assert.equal(keepsRoutes(agreement([entry()]), 'timer'), false);
    assert.equal(keepsRoutes(agreement([entry()], { notification: true }), 'timer'), true);
    assert.equal(keepsRoutes(agreement([entry({ staleTime: 60 })]), 'timer'), true);
  });
  it('NOTIFICATION: with RFC 8538; switched off: never', () => {
    assert.equal(keepsRoutes(agreement([entry()]), 'notification'), false);
    assert.equal(keepsRoutes(agreement([entry()], { notification: true }), 'notification'), true);
    assert.equal(keepsRoutes(agreement([entry()], { notification: true }), 'hard'), false);
  });
});

describe('stale routes', () => {
  it('go when the restart time is over', () => {
    const state = new GracefulRestart();
    assert.deepEqual(brief(state.sessionLost(agreement([entry()]), v4, 0)), ['routes ipv4 mark-stale']);
    assert.equal(state.deadline, 120_000);
    assert.deepEqual(state.expire(119_999), []);
    assert.deepEqual(brief(state.expire(120_000)), ['routes ipv4 sweep']);
    assert.equal(state.active, false);
    assert.equal(state.deadline, Number.POSITIVE_INFINITY);
  });

  it('a restart time of 0 has no length', () => {
    const state = new GracefulRestart();
    state.sessionLost(agreement([entry()], { restartTime: 0 }), v4, 5);
    assert.equal(state.deadline, 5);
    assert.deepEqual(brief(state.expire(5)), ['routes ipv4 sweep']);
  });

  it('a second loss before End-of-RIB removes what was stale already', () => {
    const state = new GracefulRestart();
    state.sessionLost(agreement([entry()]), v4, 0);
    state.sessionUp(agreement([entry()]), 1000);
    assert.deepEqual(brief(state.sessionLost(agreement([entry()]), v4, 2000)), [
      'routes ipv4 sweep',
      'routes ipv4 mark-stale',
    ]);
    assert.equal(state.deadline, 122_000);
  });

  it('End-of-RIB that never comes is not waited for without limit', () => {
    const state = new GracefulRestart();
    state.sessionLost(agreement([entry()]), v4, 0);
    assert.deepEqual(state.sessionUp(agreement([entry()]), 1000), []);
    assert.equal(state.deadline, 1000 + END_OF_RIB_WAIT_SECONDS * 1000);
    assert.deepEqual(brief(state.expire(state.deadline)), ['routes ipv4 sweep']);
  });

  it('a family that the new session lacks, and a peer that knows no graceful restart any more: at once', () => {
    const state = new GracefulRestart();
    state.sessionLost(agreement([entry(), entry({ family: IPV6_UNICAST })]), [IPV4_UNICAST, IPV6_UNICAST], 0);
    assert.deepEqual(brief(state.sessionUp(agreement([entry()]), 0)), ['routes ipv6 sweep']);
    assert.deepEqual(brief(state.sessionUp(undefined, 0)), ['routes ipv4 sweep']);
  });

  it('End-of-RIB of a family that was never stale means nothing', () => {
    assert.deepEqual(new GracefulRestart().endOfRib(IPV4_UNICAST), []);
  });
});

describe('long-lived stale routes (RFC 9494)', () => {
  const longLived = agreement([entry({ staleTime: 3600 })]);

  it('follow the restart time and last for the stale time', () => {
    const state = new GracefulRestart();
    state.sessionLost(longLived, v4, 0);
    assert.deepEqual(brief(state.expire(120_000)), ['routes ipv4 long-lived']);
    assert.equal(state.phase(IPV4_UNICAST), 'long-lived');
    assert.equal(state.deadline, 120_000 + 3_600_000);
    assert.equal(state.staleTimer(IPV4_UNICAST, 120_000)?.remainingMs, 3_600_000);
    assert.deepEqual(brief(state.expire(3_720_000)), ['routes ipv4 sweep']);
  });

  it('the stale time runs on through a new session, until End-of-RIB', () => {
    const state = new GracefulRestart();
    state.sessionLost(longLived, v4, 0);
    state.expire(120_000);
    assert.deepEqual(state.sessionUp(longLived, 200_000), []);
    assert.equal(state.staleTimer(IPV4_UNICAST, 200_000)?.remainingMs, 3_520_000);
    assert.deepEqual(brief(state.endOfRib(IPV4_UNICAST)), ['routes ipv4 sweep']);
  });

  it('the stale time is not started again by a second loss', () => {
    const state = new GracefulRestart();
    state.sessionLost(longLived, v4, 0);
    state.expire(120_000);
    state.sessionUp(longLived, 200_000);
    state.sessionLost(longLived, v4, 300_000);
    assert.equal(state.staleTimer(IPV4_UNICAST, 300_000)?.remainingMs, 3_420_000);
  });

  it('a family that only the long-lived capability lists starts there', () => {
    const state = new GracefulRestart();
    const only = agreement([entry({ regular: false, staleTime: 60 })]);
    assert.deepEqual(brief(state.sessionLost(only, v4, 0)), ['routes ipv4 mark-stale', 'routes ipv4 long-lived']);
  });

  it('194 days of stale time are as good a number as any', () => {
    const state = new GracefulRestart();
    state.sessionLost(agreement([entry({ staleTime: 0xffffff })], { restartTime: 0 }), v4, 0);
    state.expire(0);
    assert.equal(state.deadline, 0xffffff * 1000);
  });
});
