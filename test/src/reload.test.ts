/**
 * A daemon in this process lives through random edits of its configuration: after each it is what a fresh start with the
 * same text is, and neighbours that the edit does not concern hear nothing. The same with processes of their own and the
 * real kernel is in test/interop/reload.test.ts.
 */
import { describe, it } from 'node:test';
import { runCampaign } from '../support/reload/campaign.ts';
import { startInProcess } from '../support/reload/process-world.ts';

const LONG = process.env['PEREGRINE_LONG'] === '1';

describe('random edits of a configuration', () => {
  const seeds = LONG ? [1, 2, 3, 4, 5] : [1, 2];
  for (const seed of seeds) {
    it(`from seed ${seed} lead to the state of a fresh start, and to no flap`, { timeout: 600_000 }, async () => {
      await runCampaign({ seed, edits: LONG ? 200 : 60, start: startInProcess });
    });
  }
});
