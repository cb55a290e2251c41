import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asPathLength,
  asPathNumbers,
  containsAs,
  countAs,
  EMPTY_AS_PATH,
  filterAsPath,
  firstAs,
  formatAsPath,
  hasAsSet,
  lastNonAggregatedAs,
  neighborAs,
  originAs,
  parseAsPath,
  prependAs,
  SegmentType,
  stripConfedSegments,
} from '../../../bgp/index.ts';
import { hex, toHex } from '../wire.ts';

function path(text: string): Uint8Array {
  const parsed = parseAsPath(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

function text(segments: Uint8Array): string {
  return formatAsPath(segments, 0, segments.length);
}

/** A helper over the whole of a path. */
function of<Result>(helper: (bytes: Uint8Array, start: number, end: number) => Result, from: string): Result {
  const segments = path(from);
  // Octets around the path must not count, whatever segment they look like.
  const results = [1, 2, 3, 4].map((poison) => {
    const framed = new Uint8Array(segments.length + 40).fill(poison);
    framed.set(segments, 20);
    return helper(framed, 20, 20 + segments.length);
  });
  for (const result of results) assert.deepEqual(result, results[0]);
  return results[0]!;
}

test('paths are printed and read in the same form', () => {
  for (const form of [
    '',
    '65003',
    '65003 65101 65100',
    '65003 {1 2}',
    '{1 2}',
    '(3 4) 65003 {1 2}',
    '65003 {1 2} (3 4) ({5 6})',
    '4294967295 0',
  ]) {
    assert.equal(text(path(form)), form);
  }
  assert.equal(text(path('  7   {1\t2}8 ')), '7 {1 2} 8');
});

test('what is no path is not read', () => {
  for (const form of [
    'x',
    '1 {2',
    '1 2}',
    '{}',
    '()',
    '({})',
    '{1 (2)}',
    '({1)',
    '(1})',
    '4294967296',
    '-1',
    '1,2',
    '1.2',
  ]) {
    assert.equal(parseAsPath(form), undefined, form);
  }
});

test('a text with more than 255 numbers makes several segments', () => {
  const numbers = Array.from({ length: 600 }, (_, i) => i + 1).join(' ');
  const segments = path(numbers);
  assert.equal(asPathLength(segments, 0, segments.length), 600);
  assert.equal(segments.length, 600 * 4 + 3 * 2);
  assert.equal(text(segments), numbers);
});

test('length: a set is one hop, confederation segments are none', () => {
  assert.equal(of(asPathLength, ''), 0);
  assert.equal(of(asPathLength, '1 2 3'), 3);
  assert.equal(of(asPathLength, '1 {2 3 4} 5'), 3);
  assert.equal(of(asPathLength, '(1 2) ({3}) 4'), 1);
  assert.equal(of(asPathNumbers, '(1 2) ({3}) 4 {5 6}'), 6);
});

test('first, neighbour, origin and last non-aggregated AS', () => {
  const rows: readonly [string, number, number, number, number][] = [
    ['', 0, 0, 0, 0],
    ['7', 7, 7, 7, 7],
    ['7 8 9', 7, 7, 9, 9],
    ['7 8 {9}', 7, 7, 0, 8],
    ['{7} 8', 0, 0, 8, 0],
    ['(5 6) 7 8', 5, 7, 8, 8],
    ['({5}) 7', 0, 7, 7, 0],
    ['(5) {6}', 5, 0, 0, 5],
    ['(5 6)', 5, 0, 6, 6],
  ];
  for (const [form, first, neighbor, origin, last] of rows) {
    assert.deepEqual(
      [of(firstAs, form), of(neighborAs, form), of(originAs, form), of(lastNonAggregatedAs, form)],
      [first, neighbor, origin, last],
      form,
    );
  }
});

test('counting looks into every segment', () => {
  const count = (form: string, as: number) => of((bytes, start, end) => countAs(bytes, start, end, as), form);
  assert.equal(count('1 2 1 {1 3} (1) ({1})', 1), 5);
  assert.equal(count('1 2', 3), 0);
  assert.equal(count('16777216 1', 1), 1);
  assert.equal(
    of((bytes, start, end) => containsAs(bytes, start, end, 3), '1 {2 3}'),
    true,
  );
  assert.equal(of(hasAsSet, '1 (2)'), false);
  assert.equal(of(hasAsSet, '1 {2}'), true);
  assert.equal(of(hasAsSet, '({2}) 1'), true);
});

test('prepending grows the first segment of the same type, or opens one', () => {
  assert.equal(text(prependAs(EMPTY_AS_PATH, 9)), '9');
  assert.equal(toHex(prependAs(path('7'), 9)), '02020000000900000007');
  assert.equal(toHex(prependAs(path('{7}'), 9)), '020100000009010100000007');
  assert.equal(text(prependAs(path('(7) 8'), 9)), '9 (7) 8');
  assert.equal(text(prependAs(path('7'), 9, SegmentType.ConfedSequence)), '(9) 7');
  assert.equal(text(prependAs(path('(7) 8'), 9, SegmentType.ConfedSequence, 2)), '(9 9 7) 8');
  assert.equal(text(prependAs(path('7'), 4200000000, SegmentType.Sequence, 3)), '4200000000 4200000000 4200000000 7');
});

test('a segment never holds more than 255 numbers', () => {
  let segments = path(Array.from({ length: 254 }, () => 1).join(' '));
  segments = prependAs(segments, 2);
  assert.equal(segments.length, 2 + 4 * 255);
  segments = prependAs(segments, 3);
  assert.equal(segments.length, 2 + 4 * 255 + 2 + 4);
  assert.deepEqual([segments[0], segments[1]], [2, 1]);
  const many = prependAs(path('7'), 9, SegmentType.Sequence, 600);
  assert.equal(asPathLength(many, 0, many.length), 601);
  assert.equal(firstAs(many, 0, many.length), 9);
  assert.equal(prependAs(segments, 1, SegmentType.Sequence, 0), segments);
});

test('confederation segments are taken out', () => {
  assert.equal(text(stripConfedSegments(path('(1 2) 3 ({4}) {5}'))), '3 {5}');
  assert.equal(stripConfedSegments(path('(1 2)')).length, 0);
  assert.equal(text(stripConfedSegments(path('1 2'))), '1 2');
});

test('filtering drops numbers, and segments that become empty', () => {
  assert.equal(text(filterAsPath(path('1 2 3 {1 4} (1)'), (as) => as !== 1)), '2 3 {4}');
  assert.equal(filterAsPath(path('1 1'), () => false).length, 0);
  assert.equal(toHex(filterAsPath(path('1'), () => true)), toHex(hex('02 01 00000001')));
});
