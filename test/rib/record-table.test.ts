import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RecordTable } from '../../rib/record-table.ts';

const octets = fc.uint8Array({ minLength: 0, maxLength: 40 });

test('a record is the same wherever in an array it stands, and comes back as it was', () => {
  fc.assert(
    fc.property(octets, fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 40 }), (record, offset, wire) => {
      const table = new RecordTable();
      const wireLength = Math.min(wire, record.length);
      const first = table.intern(record, 0, wireLength, record.length, 7);
      assert.ok(table.added);
      const around = new Uint8Array(60).fill(0xee);
      around.set(record, offset);
      const end = offset + record.length;
      assert.equal(table.intern(around, offset, offset + wireLength, end, 7), first);
      assert.equal(table.added, false);
      assert.deepEqual(table.chunk(first).slice(table.start(first), table.end(first)), record);
      assert.equal(table.wireEnd(first) - table.start(first), wireLength);
      assert.notEqual(table.intern(around, offset, offset + wireLength, end, 8), first);
      assert.ok(table.added);
      assert.equal(table.release(first), false);
      assert.equal(table.release(first), true);
      assert.equal(table.serial[first], 0);
    }),
    { seed: 5, numRuns: 300 },
  );
});

test('records that differ in one octet, in length or in the boundary are different', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (record, place) => {
      const table = new RecordTable();
      const first = table.intern(record, 0, record.length, record.length, 0);
      const other = record.slice();
      const at = place % other.length;
      other[at] = (other[at] ?? 0) ^ 1;
      const rest = [
        table.intern(other, 0, other.length, other.length, 0),
        table.intern(record, 0, record.length - 1, record.length - 1, 0),
        table.intern(record, 0, record.length - 1, record.length, 0),
      ];
      assert.equal(new Set([first, ...rest]).size, 4);
      for (const row of [first, ...rest]) assert.ok(table.release(row));
      assert.equal(table.count, 0);
      assert.equal(table.bytesUsed, 0);
    }),
    { seed: 6, numRuns: 200 },
  );
});

test('three makers of records in turn are told apart', () => {
  const table = new RecordTable();
  const arrays = [1, 2, 3].map((octet) => new Uint8Array(16).fill(octet));
  const rows = arrays.map((array) => table.intern(array, 0, 16, 16, 0));
  for (let i = 0; i < 9; i++) assert.equal(table.intern(arrays[i % 3] ?? new Uint8Array(0), 0, 16, 16, 0), rows[i % 3]);
  assert.equal(table.count, 3);
});
