/**
 * A daemon with the real kernel below it lives through random edits of its configuration: after each it is what a fresh
 * start with the same file is, in its tables, its protocols, the kernel and the eyes of six neighbours, and neighbours
 * that the edit does not concern hear nothing. A daemon inside the test process does the same in
 * test/src/reload.test.ts, with more edits.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { whyNot } from '../support/peers/peer.ts';
import { runCampaign } from '../support/reload/campaign.ts';
import { LabWorlds } from '../support/reload/lab-world.ts';

const LONG = process.env['PEREGRINE_LONG'] === '1';

describe('reload', { skip: whyNot('birdc') ?? false }, () => {
  const worlds = new LabWorlds();
  after(() => worlds.destroy());

  const edits = LONG ? 1000 : 60;
  it(`${edits} random edits lead to the state of a fresh start, and to no flap`, {
    timeout: LONG ? 3_600_000 : 240_000,
  }, async () => {
    let done = 0;
    const progress = (): void => {
      if (++done % 100 === 0) console.log(`${done} edits`);
    };
    await runCampaign({ seed: 7, edits, start: worlds.start, ahead: true, patienceMs: 20_000, progress });
    assert.equal(done, edits);
  });
});
