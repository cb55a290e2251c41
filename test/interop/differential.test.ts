/**
 * The real BIRD and ours get the same random configuration with the same random filters, hear the same octets from six
 * neighbours, and have to have the same tables and say the same to the neighbours.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { differences, observe } from '../support/differential/observe.ts';
import { randomScenario, type Scenario } from '../support/differential/scenario.ts';
import { randomVoice } from '../support/differential/voice.ts';
import { whyNot } from '../support/peers/peer.ts';
import { LabWorlds } from '../support/router/lab-world.ts';

const LONG = process.env['PEREGRINE_LONG'] === '1';
const FILTERS = 10;
const ROUNDS = LONG ? 50 : 3;
/** Another one for other scenarios. */
const FIRST_SEED = Number(process.env['PEREGRINE_SEED'] ?? 1);

describe('BIRD and ours', { skip: whyNot('bird', 'birdc') ?? false }, () => {
  // The voices of a round are those of its seed.
  let seed = FIRST_SEED;
  const voice = (n: number) => randomVoice(seed, n);
  const ours = new LabWorlds(voice);
  const birds = new LabWorlds(voice, 'bird');
  after(async () => {
    await ours.destroy();
    await birds.destroy();
  });

  for (let round = 0; round < ROUNDS; round++) {
    it(`make the same of ${FILTERS} random filters, seed ${FIRST_SEED + round}`, {
      timeout: 240_000,
    }, async (context) => {
      // BIRD 2.0.12 does not survive every filter: then another one is asked of both.
      for (seed = FIRST_SEED + round; ; seed += 100_000) {
        const done = await compare(seed);
        if (done) return;
        context.diagnostic(`seed ${seed} ended BIRD`);
        assert.ok(seed < 1_000_000, 'BIRD ends again and again');
      }
    });
  }

  /** False if BIRD has ended meanwhile. */
  async function compare(scenarioSeed: number): Promise<boolean> {
    const scenario = randomScenario(scenarioSeed, FILTERS);
    const tables = [...scenario.text.matchAll(/^ipv[46] table (\w+)/gm)].map((match) => match[1]!);
    const all = ['master4', 'master6', ...tables];
    const started = birds.start(scenario.text).catch((error: Error) => {
      // Refused: the text is wrong, and so is the test.
      if (/:\d+:\d+ /.test(error.message)) throw error;
      return undefined;
    });
    const mine = await ours.start(scenario.text);
    const theirs = await started;
    try {
      if (theirs === undefined) return false;
      const found = observe(mine, all);
      const expected = await observe(theirs, all).catch((error: Error) => {
        if (theirs.daemon.alive) throw error;
        return undefined;
      });
      const different = differences(expected ?? (await found), await found);
      if (different.size > 0) assert.fail(explain(scenario, different));
      assert.ok(mine.daemon.alive);
      return expected !== undefined;
    } finally {
      await Promise.all([mine.stop(), theirs?.stop()]);
    }
  }
});

/** What differs, behind the filter that shows it. */
function explain(scenario: Scenario, different: ReadonlyMap<string, string>): string {
  const texts = [...different].map(([part, text]) => {
    const filter = scenario.filters.get(part.replace(/^(?:table|filtered) /, ''));
    return `### ${part}\n${filter ?? ''}\n${text}`;
  });
  return `seed ${scenario.seed}: BIRD (-) and ours (+) differ\n${texts.join('\n\n')}\n\n${scenario.text}`;
}
