import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { finishHash, type HashedRows, HashIndex, mixWord } from '../../../rib/storage/hash-index.ts';

/** Keys in an array; `spread` false puts every key into one of four home slots. */
class Owner implements HashedRows {
  readonly keys: number[] = [0];
  readonly used: boolean[] = [false];
  readonly spread: boolean;
  readonly index: HashIndex;

  constructor(spread: boolean, ordered: boolean) {
    this.spread = spread;
    this.index = ordered ? new HashIndex(this, this) : new HashIndex(this);
  }

  get highWater(): number {
    return this.keys.length - 1;
  }

  isInUse(row: number): boolean {
    return this.used[row] === true;
  }

  hashOf(row: number): number {
    return this.hash(this.keys[row] ?? 0);
  }

  hash(key: number): number {
    return this.spread ? finishHash(mixWord(7, key)) : key & 3;
  }

  find(key: number): number {
    const { slots, mask, rowMask } = this.index;
    const hash = this.hash(key);
    const tag = this.index.tagOf(hash);
    let slot = hash & mask;
    for (let entry = slots[slot] ?? 0; entry !== 0; entry = slots[slot] ?? 0) {
      const row = entry & rowMask;
      if ((entry & ~rowMask) === tag && this.keys[row] === key) return row;
      slot = (slot + 1) & mask;
    }
    return 0;
  }

  add(key: number): number {
    const row = this.keys.length;
    this.keys.push(key);
    this.used.push(true);
    this.index.insert(this.hash(key), row);
    return row;
  }

  remove(row: number): void {
    this.used[row] = false;
    this.index.remove(this.hashOf(row), row);
  }
}

const KINDS = [
  { spread: true, ordered: true },
  { spread: true, ordered: false },
  { spread: false, ordered: true },
  { spread: false, ordered: false },
];

test('an index answers like a Map, whatever is added and removed, also when all keys collide', () => {
  const operation = fc.record({ add: fc.boolean(), key: fc.integer({ min: 0, max: 300 }) });
  for (const { spread, ordered } of KINDS) {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 400 }), (operations) => {
        const owner = new Owner(spread, ordered);
        const model = new Map<number, number>();
        for (const { add, key } of operations) {
          const row = model.get(key);
          if (add && row === undefined) model.set(key, owner.add(key));
          if (!add && row !== undefined) {
            owner.remove(row);
            model.delete(key);
          }
        }
        assert.equal(owner.index.count, model.size);
        for (let key = 0; key <= 300; key++) assert.equal(owner.find(key), model.get(key) ?? 0);
      }),
      { seed: 41, numRuns: 60 },
    );
  }
});

test('an index that lost most of its rows gives memory back and still finds the rest', () => {
  for (const ordered of [true, false]) {
    const owner = new Owner(true, ordered);
    for (let key = 0; key < 20_000; key++) owner.add(key);
    const full = owner.index.bytes;
    for (let row = 1; row <= 19_900; row++) owner.remove(row);
    assert.ok(owner.index.bytes < full / 8, `${owner.index.bytes} of ${full}`);
    assert.equal(owner.index.count, 100);
    for (let key = 0; key < 20_000; key++) assert.equal(owner.find(key), key < 19_900 ? 0 : key + 1);
  }
});

test('slots stay at most half taken', () => {
  const owner = new Owner(true, true);
  for (let key = 0; key < 5000; key++) {
    owner.add(key);
    assert.ok(2 * owner.index.count <= owner.index.slots.length);
  }
});

test('rows beyond what a slot has bits for make room for themselves', () => {
  for (const ordered of [true, false]) {
    const owner = new Owner(true, ordered);
    for (let key = 0; key < 70_000; key++) owner.add(key);
    assert.ok(owner.index.rowMask >= 70_000);
    for (let key = 0; key < 70_000; key += 999) assert.equal(owner.find(key), key + 1);
    assert.equal(owner.find(70_000), 0);
  }
});

test('rows that come and go for ever leave no marks behind that slow a lookup', () => {
  const owner = new Owner(true, true);
  for (let key = 0; key < 100; key++) owner.add(key);
  for (let key = 100; key < 50_000; key++) {
    owner.add(key);
    owner.remove(owner.find(key - 50));
  }
  assert.equal(owner.index.count, 100);
  assert.ok(owner.index.slots.length <= 512, `${owner.index.slots.length} slots`);
});

test('a row that is not there cannot be removed, and nobody looks for it for ever', () => {
  const owner = new Owner(true, false);
  for (let key = 1; key <= 100; key++) owner.add(key);
  const row = owner.find(50);
  owner.index.remove(owner.hashOf(row), row);
  assert.throws(() => owner.index.remove(owner.hashOf(row), row), /is not in the index/);
  assert.equal(owner.index.count, 99);
});
