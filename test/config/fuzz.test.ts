/** Broken text of every kind gives diagnostics with places, never an exception, and never takes long. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatDiagnostic, parseConfig, Source } from '../../config/index.ts';
import { Random } from '../support/random.ts';
import { NO_FILES } from './config-texts.ts';
import { mutatedText, SEEDS } from './mutation.ts';

const LONG = process.env['PEREGRINE_LONG'] === '1';
const COUNT = LONG ? 1_000_000 : 5_000;
/** Another one for other texts: a million can be run in parts. */
const FIRST_SEED = Number(process.env['PEREGRINE_SEED'] ?? 20240917);
/** A text of some kilobytes takes a millisecond; the rest is patience with the machine. */
const PATIENCE_MS = 3_000;

function parse(text: string): ReturnType<typeof parseConfig> {
  try {
    return parseConfig(new Source('fuzz.conf', text), NO_FILES);
  } catch (error) {
    throw new Error(`thrown over ${JSON.stringify(text)}`, { cause: error });
  }
}

/** Parses; asserts that the answer is a configuration or places. */
function check(text: string): boolean {
  const result = parse(text);
  if ('config' in result) return true;
  assert.ok(result.diagnostics.length > 0, 'refused without a reason');
  for (const diagnostic of result.diagnostics) {
    const { line, column } = diagnostic.place;
    assert.ok(line >= 1 && column >= 1, formatDiagnostic(diagnostic));
    assert.match(formatDiagnostic(diagnostic), /^fuzz\.conf:\d+:\d+ \S/);
  }
  return false;
}

describe('mutated configurations', () => {
  it('start from valid ones', () => {
    assert.ok(check(SEEDS[0]!));
    assert.ok(check(`ipv4 table aux; roa4 table r4; ${SEEDS[1]!}`));
  });

  it(`never throw and never take long, ${COUNT} times`, { timeout: 12 * 3_600_000 }, async () => {
    const random = new Random(FIRST_SEED);
    let taken = 0;
    let longest = 0;
    for (let round = 1; round <= COUNT; round++) {
      const text = mutatedText(random);
      const start = performance.now();
      if (check(text)) taken++;
      const took = performance.now() - start;
      longest = Math.max(longest, took);
      assert.ok(took < PATIENCE_MS, `${took} ms for ${JSON.stringify(text)}`);
      if (round % 50_000 === 0) {
        console.log(`${round} texts, ${taken} of them taken, the longest took ${longest.toFixed(1)} ms`);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    // Some mutations hit comments and names: if none were taken, the parser would be refusing for other reasons.
    assert.ok(taken > COUNT / 100 && taken < COUNT / 2, `${taken} of ${COUNT} were taken`);
  });

  it('end at every length', () => {
    for (const seed of SEEDS) for (let length = 0; length < seed.length; length += 3) check(seed.slice(0, length));
  });

  it('of absurd depth give a diagnostic', () => {
    for (const piece of [
      '{',
      '(',
      '[',
      'if true then ',
      'protocol bgp { ',
      '! ',
      '((((',
      'filter f { if true then {',
    ]) {
      assert.equal(check(`filter f { if ${piece.repeat(20_000)}`), false);
      assert.equal(check(`protocol bgp { local as ${piece.repeat(20_000)}`), false);
      assert.equal(check(piece.repeat(20_000)), false);
      assert.equal(check(`protocol bfd { x ${piece.repeat(20_000)}`), false);
    }
  });
});
