/** Selectors select what Calico's documentation says, say where they are wrong, and cannot be made to hurt. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseSelector, SelectorError } from '../../../../config/index.ts';

const labels = (object: Record<string, string>): Map<string, string> => new Map(Object.entries(object));

/** selector, labels, whether it holds */
const CASES: readonly (readonly [string, Record<string, string>, boolean])[] = [
  ['', {}, true],
  ['  ', { a: 'b' }, true],
  ['all()', {}, true],
  [' all( ) ', {}, true],
  ['global()', {}, true],
  ['!all()', {}, false],
  ["a == 'b'", { a: 'b' }, true],
  ["a == 'b'", { a: 'c' }, false],
  ["a == 'b'", {}, false],
  ["a=='b'", { a: 'b' }, true],
  ["a != 'b'", { a: 'c' }, true],
  ["a != 'b'", {}, true],
  ["a!='b'", { a: 'b' }, false],
  ['a == ""', { a: '' }, true],
  ['has(a)', { a: '' }, true],
  ['has( a )', {}, false],
  ['!has(a)', {}, true],
  ['!!has(a)', { a: 'x' }, true],
  ['! ! !has(a)', { a: 'x' }, false],
  ["a in {'x', 'y'}", { a: 'y' }, true],
  ["a in {'x','y'}", {}, false],
  ['a in { "it\'s" , \'"\' }', { a: "it's" }, true],
  ['a in {}', { a: 'x' }, false],
  ["a not in {'x'}", { a: 'y' }, true],
  ["a not  in {'x'}", {}, true],
  ["a not in {'x'}", { a: 'x' }, false],
  ['a not in {}', { a: 'x' }, true],
  ["a contains 'bc'", { a: 'abcd' }, true],
  ["a contains 'bc'", { a: 'acbd' }, false],
  ["a contains 'x'", {}, false],
  ["a starts with 'ab'", { a: 'abc' }, true],
  ["a starts with 'bc'", { a: 'abc' }, false],
  ["a startswith 'ab'", { a: 'abc' }, true],
  ["a ends with 'bc'", { a: 'abc' }, true],
  ["a endswith 'ab'", { a: 'abc' }, false],
  ["a == 'x' && b == 'y'", { a: 'x', b: 'y' }, true],
  ["a == 'x' && b == 'y'", { a: 'x' }, false],
  ["a == 'x' || b == 'y'", { b: 'y' }, true],
  // && binds tighter than ||
  ["a == '1' || b == '2' && c == '3'", { a: '1' }, true],
  ["(a == '1' || b == '2') && c == '3'", { a: '1' }, false],
  ["a == '1' && b == '2' || c == '3'", { c: '3' }, true],
  // ! takes only what follows it
  ["!a == 'x' && b == 'y'", { b: 'y' }, true],
  ["!(a == 'x' || b == 'y')", { b: 'y' }, false],
  ["kubernetes.io/hostname == 'node-1'", { 'kubernetes.io/hostname': 'node-1' }, true],
  ["projectcalico.org/x.y_z-1 contains '.'", { 'projectcalico.org/x.y_z-1': 'a.b' }, true],
  // words of the language are labels where a label stands
  ["in in {'x'}", { in: 'x' }, true],
  ["all == 'x'", { all: 'x' }, true],
  ["has == 'x'", { has: 'x' }, true],
  ["contains contains 'x'", { contains: 'axb' }, true],
  ["not not in {'x'}", { not: 'y' }, true],
  ["__proto__ == 'x'", {}, false],
  ['has(constructor)', {}, false],
];

/** selector, offset of the fault */
const FAULTS: readonly (readonly [string, number])[] = [
  ['b == b', 5],
  ['b contains b', 11],
  ["'b1' == b", 0],
  ['b', 1],
  ['a b', 2],
  ['!', 1],
  ['foo == "bar" &', 13],
  ['foo != ||', 7],
  ['foo in {"", ||', 12],
  ['foo in ""', 7],
  ['"FOO', 0],
  ["a == 'FOO", 5],
  ['(', 1],
  ['(a == "foo"', 11],
  [')', 0],
  ['()', 1],
  ['a == "b" && %', 12],
  ['has(foo) &&', 11],
  ['has()', 4],
  ['all', 3],
  ["a inn {'x'}", 2],
  ["a == 'x' all()", 9],
];

describe('selectors', () => {
  for (const [text, given, expected] of CASES) {
    it(`${text || '(empty)'} ${expected ? 'selects' : 'leaves'} ${JSON.stringify(given)}`, () => {
      const selector = parseSelector(text);
      assert.equal(selector.matches(labels(given)), expected);
      const again = parseSelector(selector.toString());
      assert.equal(again.matches(labels(given)), expected, selector.toString());
      assert.equal(again.toString(), selector.toString());
    });
  }

  for (const [text, at] of FAULTS) {
    it(`refuses ${text} at ${at}`, () => {
      assert.throws(
        () => parseSelector(text),
        (error: unknown) => error instanceof SelectorError && error.at === at,
      );
    });
  }

  it('writes one text for one meaning', () => {
    assert.equal(
      parseSelector("!(has( b)||! has(a )) && c in {'z','a', 'z'}").toString(),
      '!(has(b) || !has(a)) && c in {"a", "z"}',
    );
    assert.equal(parseSelector(`a == '"' && b starts  with "'"`).toString(), `a == '"' && b starts with "'"`);
  });

  it('refuses nesting without end, and takes long texts in time', () => {
    assert.throws(() => parseSelector(`${'('.repeat(5000)}has(a)${')'.repeat(5000)}`), SelectorError);
    assert.throws(() => parseSelector('a'.repeat(100_000)), SelectorError);
    const many = Array.from({ length: 2000 }, (_, i) => `has(l${i})`).join(' || ');
    assert.equal(parseSelector(many).matches(labels({ l1999: '' })), true);
    assert.equal(parseSelector(`${'!'.repeat(40_001)}has(a)`).matches(labels({})), true);
  });

  it('never fails otherwise than with a place', () => {
    const piece = fc.constantFrom(
      'a',
      ' ',
      '==',
      '!=',
      '!',
      '&&',
      '||',
      '(',
      ')',
      '{',
      '}',
      ',',
      "'x'",
      '"y"',
      'in',
      'not in',
      'has(',
      'all()',
      'starts with',
      '%',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          const selector = parseSelector(pieces.join(''));
          assert.equal(parseSelector(selector.toString()).toString(), selector.toString());
        } catch (error) {
          assert.ok(
            error instanceof SelectorError && error.at >= 0 && error.at <= pieces.join('').length,
            String(error),
          );
        }
      }),
      { seed: 6, numRuns: 3000 },
    );
  });
});
