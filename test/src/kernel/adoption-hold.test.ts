import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { AdoptionHold, type AdoptionSubject } from '../../../src/kernel/adoption-hold.ts';
import type { ProtocolContext } from '../../../src/protocol/context.ts';
import { Recovery } from '../../../src/protocol/recovery.ts';

class Subject implements AdoptionSubject {
  adoptedCount: number;
  caughtUp = false;
  congested = false;
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
  const firstFeed = new Recovery(clock);
  const subject = new Subject(adopted);
  const hold = new AdoptionHold({ clock, recovery, firstFeed } as unknown as ProtocolContext, subject, ranBefore);
  const pass = (ms: number): void => {
    for (let at = 0; at < ms; at += 250) {
      clock.time += 250;
      mock.timers.tick(250);
    }
  };
  const end = (): void => {
    hold.close();
    recovery.end();
    firstFeed.end();
    mock.timers.reset();
  };
  return { hold, subject, recovery, firstFeed, pass, end };
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

  it('waits for the first feed: until every neighbour has told everything', () => {
    const { hold, subject, firstFeed, pass, end } = world(5);
    const [one, two] = [{}, {}];
    firstFeed.begin(300);
    for (const channel of [one, two]) firstFeed.waitFor(channel);
    firstFeed.allJoined();
    hold.fed();
    subject.caughtUp = true;
    pass(60_000);
    firstFeed.done(one);
    pass(60_000);
    assert.equal(subject.swept, false);
    firstFeed.done(two);
    pass(500);
    assert.equal(subject.swept, true);
    end();
  });

  it('waits for nobody where there are no neighbours, and for nobody for ever', () => {
    const alone = world(5);
    alone.firstFeed.begin(300);
    alone.firstFeed.allJoined();
    alone.hold.fed();
    alone.subject.caughtUp = true;
    alone.pass(500);
    assert.equal(alone.subject.swept, true);
    alone.end();

    const { hold, subject, firstFeed, pass, end } = world(5);
    firstFeed.begin(300);
    firstFeed.waitFor({});
    firstFeed.allJoined();
    hold.fed();
    subject.caughtUp = true;
    pass(299_000);
    assert.equal(subject.swept, false);
    pass(2_000);
    assert.equal(subject.swept, true);
    end();
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

  it('has nothing written before recovery is over and all of it has come through, unless there is no more room', () => {
    const { hold, subject, recovery, pass, end } = world(5);
    let written = 0;
    hold.whenRecovered(() => written++);
    assert.equal(written, 1, 'no recovery runs');
    recovery.begin(240);
    hold.whenRecovered(() => written++);
    pass(100_000);
    recovery.end();
    pass(10_000);
    assert.equal(written, 1);
    subject.caughtUp = true;
    pass(500);
    assert.equal(written, 2);

    recovery.begin(240);
    hold.whenRecovered(() => written++);
    subject.caughtUp = false;
    subject.congested = true;
    pass(1_000);
    assert.equal(written, 2);
    recovery.end();
    pass(500);
    assert.equal(written, 3);
    end();
  });

  it('does nothing after it is closed', () => {
    const { hold, subject, recovery, pass, end } = world(5);
    recovery.begin(240);
    hold.fed();
    hold.whenRecovered(() => assert.fail('closed'));
    hold.close();
    recovery.end();
    subject.caughtUp = true;
    pass(10_000);
    assert.equal(subject.swept, false);
    end();
  });
});
