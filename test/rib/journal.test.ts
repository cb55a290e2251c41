import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PrefixId } from '../../rib/index.ts';
import { BEST_CHANGED, Journal } from '../../rib/journal.ts';

const row = (n: number): PrefixId => n as PrefixId;

test('a reader sees what changed after it came, each prefix once, in the order of the last change', () => {
  const journal = new Journal(() => {});
  const early = journal.open();
  journal.append(row(7), true);
  const late = journal.open();
  for (const n of [3, 7, 9, 3]) journal.append(row(n), true);
  const read = (cursor: { position: number }): number[] => {
    const seen: number[] = [];
    for (let entry = journal.next(cursor); entry !== 0; entry = journal.next(cursor)) seen.push(entry - BEST_CHANGED);
    return seen;
  };
  assert.deepEqual(read(early), [7, 9, 3]);
  assert.deepEqual(read(late), [7, 9, 3]);
  assert.deepEqual(read(late), []);
});

test('an entry that replaces one with a change of the selected route inherits the mark while that may be unread', () => {
  const journal = new Journal(() => {});
  const cursor = journal.open();
  journal.append(row(5), true);
  journal.append(row(5), false);
  assert.equal(journal.next(cursor), 5 + BEST_CHANGED);
  journal.trim();
  journal.append(row(5), false);
  assert.equal(journal.next(cursor), 5);
});

test('a prefix is passed when the slowest reader has passed its newest entry, or at once without readers', () => {
  const passed: number[] = [];
  const journal = new Journal((prefix) => passed.push(prefix));
  journal.append(row(1), true);
  assert.deepEqual(passed, [1]);
  const fast = journal.open();
  const slow = journal.open();
  journal.append(row(2), true);
  journal.append(row(3), true);
  assert.equal(journal.next(fast) - BEST_CHANGED, 2);
  assert.equal(journal.next(fast) - BEST_CHANGED, 3);
  journal.trim();
  assert.deepEqual(passed, [1]);
  assert.ok(journal.isPending(row(2)));
  journal.next(slow);
  journal.trim();
  assert.deepEqual(passed, [1, 2]);
  assert.ok(!journal.isPending(row(2)));
  journal.close(slow);
  assert.deepEqual(passed, [1, 2, 3]);
  assert.equal(journal.length, 0);
});

test('a reader that never reads costs one entry a prefix, however often they change', () => {
  const journal = new Journal(() => {});
  const stuck = journal.open();
  for (let round = 0; round < 2000; round++) {
    for (let n = 1; n <= 50; n++) journal.append(row(n), true);
  }
  assert.ok(journal.length <= 256, `${journal.length} entries`);
  const seen = new Set<number>();
  for (let entry = journal.next(stuck); entry !== 0; entry = journal.next(stuck)) {
    assert.ok(!seen.has(entry));
    seen.add(entry);
  }
  assert.equal(seen.size, 50);
});

test('a ring that grew under a slow reader gives its memory back when all was read', () => {
  const journal = new Journal(() => {});
  const cursor = journal.open();
  const before = journal.bytes;
  for (let n = 1; n <= 300_000; n++) journal.append(row(n), true);
  const grown = journal.bytes;
  while (journal.next(cursor) !== 0) {
    // Reads everything.
  }
  journal.trim();
  assert.ok(grown - journal.bytes > 1_000_000, `${before} ${grown} ${journal.bytes}`);
});

test('readers at any pace never miss the newest state and never see one twice', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 40 }), best: fc.boolean() }) },
    {
      weight: 3,
      arbitrary: fc.record({ read: fc.integer({ min: 0, max: 3 }), count: fc.integer({ min: 1, max: 60 }) }),
    },
    { weight: 1, arbitrary: fc.record({ reopen: fc.integer({ min: 0, max: 3 }) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
      const journal = new Journal(() => {});
      // A reader and what it has to see: prefixes, and which of them with the mark.
      const open = () => ({ cursor: journal.open(), due: new Map<number, boolean>() });
      const readers = [open(), open(), open(), open()];
      for (const action of steps) {
        if ('append' in action) {
          journal.append(row(action.append), action.best);
          for (const { due } of readers) due.set(action.append, (due.get(action.append) ?? false) || action.best);
        } else if ('read' in action) {
          const reader = readers[action.read];
          for (let i = 0; reader !== undefined && i < action.count; i++) {
            const entry = journal.next(reader.cursor);
            if (entry === 0) {
              assert.equal(reader.due.size, 0);
              journal.trim();
              break;
            }
            const prefix = entry >= BEST_CHANGED ? entry - BEST_CHANGED : entry;
            const marked = reader.due.get(prefix);
            assert.notEqual(marked, undefined, 'told twice, or of nothing');
            // A mark too many is allowed: another reader may still need it.
            if (marked === true) assert.ok(entry >= BEST_CHANGED, 'the mark got lost');
            reader.due.delete(prefix);
          }
        } else {
          const old = readers[action.reopen];
          if (old !== undefined) journal.close(old.cursor);
          readers[action.reopen] = open();
        }
      }
      for (const reader of readers) {
        while (journal.next(reader.cursor) !== 0) reader.due.delete(-1);
        journal.close(reader.cursor);
      }
      assert.equal(journal.length, 0);
    }),
    { seed: 45, numRuns: 150 },
  );
});

test('a prefix whose older entry everybody has passed is in use while its new one needs room', () => {
  const passed: number[] = [];
  const journal = new Journal((prefix) => passed.push(prefix));
  const cursor = journal.open();
  journal.append(row(1), true);
  journal.next(cursor);
  // The ring has room for 64: the next entry has to make some, and finds that of row 1 first.
  for (let n = 2; n <= 64; n++) journal.append(row(n), true);
  journal.append(row(1), true);
  assert.deepEqual(passed, []);
  assert.ok(journal.isPending(row(1)));
  while (journal.next(cursor) !== 0);
  journal.trim();
  assert.deepEqual(passed, [...Array.from({ length: 63 }, (_, i) => i + 2), 1]);
});
