/**
 * Mutations of real and made messages, with fixed seeds: nothing that a peer sends makes the daemon throw, leak, send
 * nonsense or stand still. Here in process, with tables; test/conformance/fuzz-wire.test.ts does it over TCP.
 * PEREGRINE_LONG makes ten million of them, PEREGRINE_FUZZ another number.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../bgp/wire.ts';
import { Random } from '../support/random.ts';
import { captured, corpus, hasCaptures } from './fuzz/corpus.ts';
import { mutate } from './fuzz/mutate.ts';
import { Pipeline, SESSIONS, type Tally } from './fuzz/pipeline.ts';
import { Stopwatch } from './fuzz/stopwatch.ts';

const INPUTS = Number(process.env['PEREGRINE_FUZZ'] ?? (process.env['PEREGRINE_LONG'] === undefined ? 200_000 : 1e7));
/** What was selected is sent again after so many inputs, and everything is cleared after so many. */
const SEND_EVERY = 8;
const CLEAR_EVERY = 4096;
describe('fuzz', () => {
  it('the captures are at hand', { skip: hasCaptures ? false : 'no captures beside the repository' }, () => {
    assert.equal(captured().length, 778);
  });

  it(`${INPUTS} mutated messages: no input takes long, nothing throws, nothing is left behind`, (context) => {
    const tally: Tally = {
      inputs: 0,
      framingErrors: 0,
      opens: 0,
      refused: 0,
      applied: 0,
      discarded: 0,
      withdrawn: 0,
      resets: 0,
      sentAgain: 0,
    };
    const seed = Number(process.env['PEREGRINE_FUZZ_SEED'] ?? 1);
    const random = new Random(seed);
    const originals = corpus(random);
    const pipelines = SESSIONS.map((options) => new Pipeline(options, tally));
    const watch = new Stopwatch();
    const from = performance.now();
    for (let i = 0; i < INPUTS; i++) {
      // Long ones are few: each costs as much as a hundred others.
      const original = random.pick(originals);
      if (original.length > 8192 && !random.once(20)) continue;
      const bytes = random.once(16) ? original : mutate(random, original, originals);
      const pipeline = pipelines[i % pipelines.length]!;
      try {
        watch.time(bytes, (one) => pipeline.take(one));
        if (random.once(SEND_EVERY)) pipeline.sendAgain();
        if (random.once(CLEAR_EVERY)) pipeline.clear();
      } catch (error) {
        throw new Error(`seed ${seed}, input ${i}, session ${i % pipelines.length}: ${toHex(bytes)}`, { cause: error });
      }
    }
    for (const pipeline of pipelines) pipeline.clear();
    const seconds = (performance.now() - from) / 1000;
    context.diagnostic(`${JSON.stringify(tally)}, ${Math.round(tally.inputs / seconds)} a second`);
    assert.deepEqual(
      watch.slow.map((one) => `${one.ms} ms instead of ${one.medianMs} ms for ${toHex(one.bytes.subarray(0, 2000))}`),
      [],
    );
    // A run that only ever sees the door is none.
    for (const [what, count] of Object.entries(tally)) {
      assert.ok(count > INPUTS / 2000, `${what}: ${count}`);
    }
  });
});
