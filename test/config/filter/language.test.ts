/** The statements with which filters test themselves; test/filter has the tests of the language made with them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTexts } from './support.ts';

describe('the test statements of the language', () => {
  it('reports the lines of assertions that fail, and goes on', () => {
    const texts = readTexts(`
      function bad() { bt_assert(1 = 2);
        bt_assert(true);
        bt_assert(false); }
      bt_test_suite(bad, "bad");`);
    const [result] = texts.tests.run(undefined, () => {});
    assert.equal(result!.passed, false);
    assert.deepEqual(result!.failures, ['line 2: assertion failed', 'line 4: assertion failed']);
    assert.equal(result!.place.line, 5);
  });

  it('reports the error that ends a test', () => {
    const texts = readTexts('function bad(){ int z = 0; bt_assert(1 / z = 1); } bt_test_suite(bad, "bad");');
    assert.deepEqual(
      texts.tests.run(undefined, () => {}).map((result) => result.failures),
      [['filters, line 1: Mother told me not to divide by 0']],
    );
  });

  it('reports functions that are the same and should not be', () => {
    const texts = readTexts('function a() { return 1; } function b() { return 1; } bt_test_same(a, b, 0);');
    assert.deepEqual(texts.tests.run(undefined, () => {})[0]!.failures, ['a and b are the same']);
  });

  it('evaluates while it reads', () => {
    assert.deepEqual(readTexts('define x = 6; eval x * 7; eval "a" ++ "b";').output, ['42', 'ab']);
  });
});
