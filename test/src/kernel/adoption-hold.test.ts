import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { AdoptionHold, type AdoptionSubject } from '../../../src/kernel/adoption-hold.ts';
import type { ProtocolContext } from '../../../src/protocol/context.ts';
import { Recovery } from '../../../src/protocol/recovery.ts';

class Subject implements AdoptionSubject {
  adoptedCount: number;
  caughtUp = false;
  swept = false;
  constructor(adopted: number) {
    this.adoptedCount = adopted;
  }
  sweep(): void {
    this.swept = true;
  }
}

/** A hold in a world whose clock and timers are moved by hand. */
function world(adopted: number, ranBefore = false) {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const clock = { time: 1000, now: () => clock.time, wall: () => clock.time };
  const recovery = new Recovery(clock);
  const subject = new Subject(adopted);
  const hold = new AdoptionHold({ clock, recovery } as unknown as ProtocolContext, subject, ranBefore);
  const pass = (ms: number): void => {
    for (let at = 0; at < ms; at += 250) {
      clock.time += 250;
      mock.timers.tick(250);
    }
  };
  const end = (): void => {
    hold.close();
    recovery.end();
    mock.timers.reset();
  };
  return { hold, subject, recovery, pass, end };
}

describe('AdoptionHold', () => {
  it('has nothing to wait for where nothing was adopted, or where the daemon runs already', () => {
    for (const [adopted, ranBefore] of [
      [0, false],
      [5, true],
    ] as const) {
      const { hold, subject, end } = world(adopted, ranBefore);
      hold.fed();
      assert.equal(subject.swept, true);
      end();
    }
  });

  it('gives sessions half a minute', () => {
    const { hold, subject, pass, end } = world(5);
    hold.fed();
    pass(29_000);
    assert.equal(subject.swept, false);
    pass(2_000);
    assert.equal(subject.swept, true);
    end();
  });

  it('ends early when every route is claimed', () => {
    const { hold, subject, pass, end } = world(5);
    hold.fed();
    pass(3_000);
    subject.adoptedCount = 0;
    pass(1_000);
    assert.equal(subject.swept, true);
    end();
  });

  it('goes on as long as routes are being claimed, but not for ever', () => {
    const { hold, subject, pass, end } = world(10_000);
    hold.fed();
    for (let i = 0; i < 60; i++) {
      pass(1_000);
      subject.adoptedCount--;
    }
    assert.equal(subject.swept, false);
    pass(6_000);
    assert.equal(subject.swept, true);
    end();

    const endless = world(10_000);
    endless.hold.fed();
    for (let i = 0; i < 301; i++) {
      endless.pass(1_000);
      endless.subject.adoptedCount--;
    }
    assert.equal(endless.subject.swept, true);
    endless.end();
  });

  it('with recovery waits for its end, and for the tables to be read', () => {
    const { hold, subject, recovery, pass, end } = world(5);
    recovery.begin(240);
    hold.fed();
    pass(100_000);
    assert.equal(subject.swept, false);
    recovery.end();
    pass(2_000);
    assert.equal(subject.swept, false);
    subject.caughtUp = true;
    pass(250);
    assert.equal(subject.swept, false);
    pass(250);
    assert.equal(subject.swept, true);
    end();
  });

  it('does nothing after it is closed', () => {
    const { hold, subject, recovery, pass, end } = world(5);
    recovery.begin(240);
    hold.fed();
    hold.close();
    recovery.end();
    subject.caughtUp = true;
    pass(10_000);
    assert.equal(subject.swept, false);
    end();
  });
});
