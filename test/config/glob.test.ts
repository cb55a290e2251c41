import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchesGlob } from '../../config/glob.ts';

describe('shell patterns', () => {
  const cases: readonly [string, string, boolean][] = [
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['eth*', 'eth0', true],
    ['eth*', 'et', false],
    ['eth?', 'eth0', true],
    ['eth?', 'eth', false],
    ['eth?', 'eth10', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['*a*b*', 'xxbxxaxx', false],
    ['*ab', 'aab', true],
    ['a**b', 'ab', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['a\\?', 'a?', true],
    ['a\\?', 'ab', false],
    ['a\\', 'a\\', true],
    ['[ab]', 'a', false],
    ['[ab]', '[ab]', true],
    ['node1', 'node10', false],
  ];
  for (const [pattern, text, expected] of cases) {
    it(`${JSON.stringify(pattern)} ${expected ? 'fits' : 'does not fit'} ${JSON.stringify(text)}`, () => {
      assert.equal(matchesGlob(pattern, text), expected);
    });
  }

  it('many stars cost no more than the product of both lengths', () => {
    assert.equal(matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(20_000)), false);
  });
});
