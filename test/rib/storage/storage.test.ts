import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ARENA_LIMIT, Arena } from '../../../rib/storage/arena.ts';
import { BitSet } from '../../../rib/storage/bitset.ts';
import { capacityFor, resized } from '../../../rib/storage/columns.ts';
import { FreeList } from '../../../rib/storage/free-list.ts';
import { RowQueue } from '../../../rib/storage/row-queue.ts';

test('strings in an arena keep their octets while others come and go', () => {
  const operation = fc.record({ free: fc.boolean(), length: fc.integer({ min: 1, max: 3000 }), pick: fc.nat() });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const arena = new Arena();
      const live: { address: number; length: number; fill: number }[] = [];
      let fill = 0;
      for (const { free, length, pick } of operations) {
        const victim = free ? live.splice(pick % Math.max(live.length, 1), 1)[0] : undefined;
        if (victim !== undefined) arena.free(victim.address, victim.length);
        else {
          fill = (fill + 1) & 255;
          const address = arena.allocate(length);
          const at = arena.offset(address);
          arena.chunk(address).fill(fill, at, at + length);
          live.push({ address, length, fill });
        }
        for (const { address, length: octets, fill: value } of live) {
          const at = arena.offset(address);
          const chunk = arena.chunk(address);
          assert.equal(chunk[at], value);
          assert.equal(chunk[at + octets - 1], value);
        }
        const octets = live.reduce((sum, entry) => sum + entry.length, 0);
        assert.ok(arena.bytesUsed >= octets && arena.bytesUsed <= 1.25 * octets + 8 * live.length);
      }
      for (const { address, length } of live) arena.free(address, length);
      assert.equal(arena.bytesUsed, 0);
    }),
    { seed: 42, numRuns: 50 },
  );
});

test('an arena reuses what was freed, takes its longest string, and starts over when empty', () => {
  const arena = new Arena();
  const first = arena.allocate(100);
  const second = arena.allocate(100);
  arena.free(first, 100);
  assert.equal(arena.allocate(97), first, 'same class, same block');
  assert.notEqual(arena.allocate(100), second);
  const long = arena.allocate(ARENA_LIMIT);
  assert.equal(arena.offset(long), 0);
  const held = arena.bytes;
  arena.free(long, ARENA_LIMIT);
  assert.equal(arena.allocate(ARENA_LIMIT), long);
  assert.equal(arena.bytes, held);
});

test('every length gets a block that holds it and wastes at most a quarter', () => {
  const arena = new Arena();
  for (let length = 1; length <= 9000; length++) {
    const before = arena.bytesUsed;
    arena.allocate(length);
    const size = arena.bytesUsed - before;
    assert.ok(size >= length && size <= Math.max(length + 7, 1.25 * length), `${length} -> ${size}`);
  }
});

test('a free list hands out each number once and starts over when all are back', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat()), { maxLength: 300 }), (operations) => {
      const list = new FreeList();
      const out: number[] = [];
      for (const [take, pick] of operations) {
        if (take) {
          const row = list.take();
          assert.ok(row >= 1 && row <= list.highWater && !out.includes(row));
          out.push(row);
        } else if (out.length > 0) {
          list.giveBack(out.splice(pick % out.length, 1)[0] ?? 0);
        }
        assert.equal(list.count, out.length);
        if (out.length === 0) assert.equal(list.highWater, 0);
      }
    }),
    { seed: 43, numRuns: 100 },
  );
});

test('a bit set answers like a Set', () => {
  const operation = fc.tuple(fc.constantFrom('set', 'clear', 'take'), fc.integer({ min: 0, max: 5000 }));
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const bits = new BitSet();
      const model = new Set<number>();
      for (const [what, row] of operations) {
        if (what === 'set') {
          bits.set(row);
          model.add(row);
        } else if (what === 'clear') {
          bits.clear(row);
          model.delete(row);
        } else {
          assert.equal(bits.take(row), model.delete(row));
        }
        assert.equal(bits.has(row), model.has(row));
      }
      for (let row = 0; row <= 5001; row++) assert.equal(bits.has(row), model.has(row));
    }),
    { seed: 44, numRuns: 50 },
  );
  const bits = new BitSet();
  bits.set(3);
  bits.clearAll();
  assert.equal(bits.has(3), false);
});

test('a queue of rows keeps the order through growing and running dry', () => {
  const queue = new RowQueue();
  const model: number[] = [];
  let row = 0;
  for (let round = 0; round < 400; round++) {
    for (let i = 0; i < (round * 7) % 200; i++) {
      queue.push(++row);
      model.push(row);
    }
    for (let i = 0; i < (round * 5) % 190; i++) assert.equal(queue.take(), model.shift() ?? 0);
    assert.equal(queue.length, model.length);
  }
  while (model.length > 0) assert.equal(queue.take(), model.shift());
  assert.equal(queue.take(), 0);
});

test('a column keeps its rows when it grows, and its first ones when it shrinks', () => {
  const column = Uint16Array.of(1, 2, 3, 4);
  assert.deepEqual([...resized(column, 6)], [1, 2, 3, 4, 0, 0]);
  assert.deepEqual([...resized(column, 2)], [1, 2]);
  assert.ok(capacityFor(1000, 16) > 1000);
  assert.equal(capacityFor(3, 16), 16);
});
