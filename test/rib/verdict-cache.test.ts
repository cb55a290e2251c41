import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttributeId } from '../../rib/ids.ts';
import { Line, VerdictCache } from '../../rib/verdict-cache.ts';

const put = (cache: VerdictCache, attribute: number, sourceClass: number): void => {
  const line = cache.at(attribute as AttributeId, sourceClass, 0);
  cache.words[line + Line.Attribute] = attribute;
  cache.words[line + Line.Class] = sourceClass;
  cache.words[line + Line.Result] = 2 * attribute + sourceClass;
};

test('lines keep what they say while the cache grows, up to a mebibyte', () => {
  const cache = new VerdictCache();
  for (let attribute = 1; attribute <= 20_000; attribute++) put(cache, attribute, 0);
  for (let attribute = 1; attribute <= 20_000; attribute++) {
    const line = cache.at(attribute as AttributeId, 0, 0);
    assert.equal(cache.words[line + Line.Attribute], attribute);
    assert.equal(cache.words[line + Line.Result], 2 * attribute);
  }
  put(cache, 5_000_000, 3);
  assert.equal(cache.words[cache.at(5_000_000 as AttributeId, 3, 0) + Line.Result], 10_000_003);
  assert.equal(cache.bytes, 1 << 20);
  cache.clear();
  assert.ok(cache.bytes < 10_000);
  assert.equal(cache.words[cache.at(7 as AttributeId, 0, 0) + Line.Attribute], 0);
});

test('classes of sources and of prefixes have lines of their own', () => {
  const cache = new VerdictCache();
  put(cache, 9, 0);
  put(cache, 9, 1);
  assert.notEqual(cache.at(9 as AttributeId, 0, 0), cache.at(9 as AttributeId, 1, 0));
  assert.notEqual(cache.at(9 as AttributeId, 0, 0), cache.at(9 as AttributeId, 0, 1));
});
