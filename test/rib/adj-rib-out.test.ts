import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AdjRibOut, exclusion, isExcluded, NOBODY, withoutSlot } from '../../rib/adj-rib-out.ts';
import { AdjRibOutPaths } from '../../rib/adj-rib-out-paths.ts';
import { AdvertisementReason } from '../../rib/advertisement.ts';
import type { OutgoingId, PrefixId } from '../../rib/ids.ts';
import { Backlog, RowState } from '../../rib/update-group-backlog.ts';
import type { GroupMembership } from '../../rib/update-group-member.ts';
import { pace, QUEUE_HIGH, QUEUE_LOW } from '../../rib/update-group-pace.ts';

const p = (row: number): PrefixId => row as PrefixId;
const a = (id: number): OutgoingId => id as OutgoingId;

describe('who is left out', () => {
  test('the owner, the next hop, both, or one that is both', () => {
    assert.equal(exclusion(0, 0), NOBODY);
    assert.equal(exclusion(5, 5), 5);
    for (const [owner, nextHop] of [
      [5, 0],
      [0, 5],
      [5, 0xffff],
      [0xffff, 5],
    ] as const) {
      const except = exclusion(owner, nextHop);
      assert.ok(except >= 0);
      for (const slot of [1, 5, 0xffff]) {
        assert.equal(isExcluded(except, slot), slot === owner || slot === nextHop, `${owner} ${nextHop} ${slot}`);
      }
      assert.equal(isExcluded(withoutSlot(except, 5), 5), false);
      assert.equal(isExcluded(withoutSlot(except, 5), 0xffff), isExcluded(except, 0xffff));
    }
  });
});

describe('one route a prefix', () => {
  test('counts what is announced and remembers why the rest is not', () => {
    const out = new AdjRibOut();
    out.set(p(1000), a(0), AdvertisementReason.None);
    assert.equal(out.highWater, 0, 'nothing to remember');
    out.set(p(1000), a(3), exclusion(2, 0));
    out.set(p(7), a(0), AdvertisementReason.Filter);
    assert.deepEqual([out.count, out.highWater, out.sentFor(p(1000)), out.exceptFor(p(7))], [1, 1000, 3, 13]);
    assert.deepEqual([out.sentFor(p(1001)), out.exceptFor(p(1001))], [0, 0]);
    out.set(p(1000), a(4), 0);
    assert.equal(out.count, 1);
    out.set(p(900), a(4), exclusion(2, 0));
    for (const both of [exclusion(2, 5), exclusion(0, 5), exclusion(0xffff, 0xfffe), exclusion(3, 0)]) {
      out.set(p(1000), a(4), both);
      assert.deepEqual([out.exceptFor(p(1000)), out.exceptFor(p(900))], [both, exclusion(2, 0)]);
    }
    out.set(p(9000), a(4), exclusion(7, 8));
    assert.deepEqual([out.exceptFor(p(9000)), out.exceptFor(p(1000))], [exclusion(7, 8), exclusion(3, 0)]);
    out.set(p(9000), a(0), 0);
    out.set(p(900), a(0), 0);
    out.set(p(1000), a(0), 0);
    assert.equal(out.count, 0);
  });
});

describe('any number of routes a prefix', () => {
  test('entries are found, changed and removed, first, middle and last', () => {
    const out = new AdjRibOutPaths();
    for (let path = 1; path <= 300; path++) out.add(p(1 + (path % 3)), path, a(path % 2), 0);
    assert.equal(out.count, 150);
    for (const path of [3, 150, 300, 6]) out.remove(p(1), out.find(p(1), path));
    assert.equal(out.find(p(1), 150), 0);
    assert.equal(out.count, 149);
    const kept: number[] = [];
    for (let entry = out.first(p(1)); entry !== 0; entry = out.next[entry]!) kept.push(out.path[entry]!);
    assert.equal(kept.length, 96);
    const entry = out.find(p(1), 9);
    out.set(entry, a(0), AdvertisementReason.Filter);
    out.set(entry, a(0), AdvertisementReason.NoExport);
    assert.equal(out.count, 148);
    out.set(entry, a(2), 0);
    assert.equal(out.count, 149);
    assert.equal(out.first(p(99)), 0);
  });
});

describe('a backlog', () => {
  test('pins the rows that a member has to hear of, once each', () => {
    const pins: string[] = [];
    const backlog = new Backlog({ pin: (row) => pins.push(`+${row}`), unpin: (row) => pins.push(`-${row}`) });
    backlog.addUnknown(3);
    backlog.defer(p(5), true);
    backlog.defer(p(9), false);
    backlog.deferPath(p(9), 90);
    backlog.deferPath(p(9), 91);
    backlog.deferPath(p(9), 92);
    backlog.addAgain(6);
    assert.deepEqual(pins, ['+5', '+9']);
    assert.equal(backlog.next(1), 1);
    assert.equal(backlog.next(7), 9);
    assert.equal(backlog.isStale(p(4)), false);
    assert.equal(backlog.isPending(p(4)), true);
    assert.equal(backlog.hasPath(p(9), 91), true);
    assert.equal(backlog.hasPath(p(9), 93), false);
    const paths = [backlog.takePath(p(9)), backlog.takePath(p(9)), backlog.takePath(p(9)), backlog.takePath(p(9))];
    assert.deepEqual(paths.sort(), [0, 90, 91, 92]);
    assert.equal(backlog.take(p(9)), RowState.Pending | RowState.Stale | RowState.Sent);
    assert.equal(backlog.take(p(9)), 0);
    assert.equal(backlog.isEmpty, false);
    backlog.close();
    assert.deepEqual(pins, ['+5', '+9', '-5']);
    assert.equal(backlog.isEmpty, true);
  });

  test('lists of paths of many rows', () => {
    const backlog = new Backlog({ pin: () => {}, unpin: () => {} });
    for (let row = 1; row <= 500; row++) {
      for (let path = 0; path < row % 4; path++) backlog.deferPath(p(row), 10 * row + path);
    }
    for (let row = 500; row >= 1; row -= 2) while (backlog.takePath(p(row)) !== 0);
    for (let row = 1; row <= 500; row++) {
      const found: number[] = [];
      for (let path = backlog.takePath(p(row)); path !== 0; path = backlog.takePath(p(row))) found.push(path);
      const expected = row % 2 === 0 ? [] : Array.from({ length: row % 4 }, (_, i) => 10 * row + i);
      assert.deepEqual(found.sort(), expected, `${row}`);
    }
  });
});

describe('the pace of members that go together', () => {
  function members(...queued: number[]): GroupMembership[] {
    return queued.map((octets) => ({ port: { queuedOctets: octets }, open: true, lagging: false }) as never);
  }
  const states = (list: readonly GroupMembership[]): string =>
    list.map(({ open, lagging }) => (lagging ? 'lagging' : open ? 'open' : 'waits')).join(' ');

  test('all have room', () => {
    const list = members(0, QUEUE_HIGH);
    assert.equal(pace(list), false);
    assert.equal(states(list), 'open open');
  });
  test('one is full while the others have something to write: they wait for it', () => {
    const list = members(QUEUE_LOW + 1, QUEUE_HIGH + 1);
    assert.equal(pace(list), true);
    assert.equal(states(list), 'open waits');
  });
  test('one is full while another one has run dry: it lags until it has run dry itself', () => {
    const list = members(QUEUE_LOW, QUEUE_HIGH + 1, QUEUE_HIGH);
    assert.equal(pace(list), false);
    assert.equal(states(list), 'open lagging open');
    Object.assign(list[1]!.port, { queuedOctets: QUEUE_LOW + 1 });
    assert.equal(pace(list), false);
    assert.equal(states(list), 'open lagging open');
    Object.assign(list[1]!.port, { queuedOctets: QUEUE_LOW });
    assert.equal(pace(list), false);
    assert.equal(states(list), 'open open open');
  });
  test('alone, or all full: nobody lags', () => {
    const list = members(QUEUE_HIGH + 1);
    assert.equal(pace(list), true);
    const both = members(QUEUE_HIGH + 1, QUEUE_HIGH + 2);
    assert.equal(pace(both), true);
    assert.equal(states(both), 'waits waits');
  });
});
