import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RowFlags } from '../../../rib/storage/row-flags.ts';

const ROWS = 300;

test('flags of rows against a map', () => {
  const operation = fc.record({
    what: fc.constantFrom('add', 'take', 'addUpTo'),
    row: fc.integer({ min: 1, max: ROWS }),
    flags: fc.integer({ min: 1, max: 7 }),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const rows = new RowFlags();
      const model = new Map<number, number>();
      for (const { what, row, flags } of operations) {
        if (what === 'add') {
          rows.add(row, flags);
          model.set(row, (model.get(row) ?? 0) | flags);
        } else if (what === 'addUpTo') {
          rows.addUpTo(row, flags);
          for (let each = 1; each <= row; each++) model.set(each, (model.get(each) ?? 0) | flags);
        } else {
          assert.equal(rows.take(row), model.get(row) ?? 0);
          model.delete(row);
        }
        const first = [...model].filter(([, value]) => (value & 1) !== 0).map(([each]) => each);
        first.sort((a, b) => a - b);
        assert.equal(rows.count, first.length);
        const walked: number[] = [];
        for (let at = rows.next(1); at !== 0; at = rows.next(at + 1)) walked.push(at);
        assert.deepEqual(walked, first);
      }
      for (let row = 1; row <= ROWS; row++) assert.equal(rows.get(row), model.get(row) ?? 0);
    }),
    { seed: 7, numRuns: 150 },
  );
});

test('rows that were never touched, far out', () => {
  const rows = new RowFlags();
  assert.equal(rows.get(1_000_000), 0);
  assert.equal(rows.take(1_000_000), 0);
  assert.equal(rows.next(1_000_000), 0);
  rows.add(1_000_000, 1);
  assert.equal(rows.next(1), 1_000_000);
  rows.addUpTo(0, 7);
  assert.equal(rows.count, 1);
});
