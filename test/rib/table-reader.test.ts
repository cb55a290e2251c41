import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RouteSourceKind } from '../../bgp/index.ts';
import type { RoutingTable, TableReader } from '../../rib/index.ts';
import { direct, Lab, NOTHING_LEFT } from './lab.ts';

/** `prefix=protocol`, or `prefix=` for a withdrawal, until nothing is left to read (or `count` are read). */
function read(table: RoutingTable, reader: TableReader, count = Number.POSITIVE_INFINITY): string[] {
  const seen: string[] = [];
  while (seen.length < count) {
    const row = reader.next();
    if (row === 0) break;
    const best = table.best(row);
    seen.push(`${table.prefixes.format(row)}=${best === 0 ? '' : table.sourceOf(best).protocol}`);
  }
  return seen;
}

test('a new reader is fed the table, then told changes', () => {
  const lab = new Lab();
  const peer = lab.peer('p');
  peer.announce('10.1.0.0/16');
  peer.announce('10.2.0.0/16');
  lab.settle();
  const reader = lab.table.openReader();
  assert.ok(reader.feeding);
  assert.deepEqual(read(lab.table, reader), ['10.1.0.0/16=p', '10.2.0.0/16=p']);
  assert.ok(!reader.feeding);
  peer.withdraw('10.1.0.0/16');
  peer.announce('10.3.0.0/16');
  lab.settle();
  assert.deepEqual(read(lab.table, reader), ['10.1.0.0/16=', '10.3.0.0/16=p']);
  assert.deepEqual(read(lab.table, reader), []);
  reader.close();
  peer.clear();
  lab.settle();
  assert.deepEqual(read(lab.table, reader), [], 'closed');
  assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
});

test('during the feed a change before the cursor is told by the journal, one behind it by the walk', () => {
  const lab = new Lab();
  const peer = lab.peer('p');
  for (let i = 1; i <= 6; i++) peer.announce(`10.${i}.0.0/16`);
  lab.settle();
  const reader = lab.table.openReader();
  assert.deepEqual(read(lab.table, reader, 3), ['10.1.0.0/16=p', '10.2.0.0/16=p', '10.3.0.0/16=p']);
  peer.announce('10.2.0.0/16', { med: 1 });
  peer.withdraw('10.3.0.0/16');
  peer.announce('10.5.0.0/16', { med: 1 });
  lab.settle();
  const rest = new Set(read(lab.table, reader));
  assert.deepEqual([...rest].sort(), [
    '10.2.0.0/16=p',
    '10.3.0.0/16=',
    '10.4.0.0/16=p',
    '10.5.0.0/16=p',
    '10.6.0.0/16=p',
  ]);
  reader.close();
});

test('a second feed tells everything again, and the withdrawal of what it would have come to', () => {
  const lab = new Lab();
  const peer = lab.peer('p');
  for (let i = 1; i <= 4; i++) peer.announce(`10.${i}.0.0/16`);
  lab.settle();
  const reader = lab.table.openReader();
  read(lab.table, reader);
  reader.refeed();
  assert.deepEqual(read(lab.table, reader, 1), ['10.1.0.0/16=p']);
  peer.withdraw('10.4.0.0/16');
  lab.settle();
  assert.deepEqual(read(lab.table, reader).sort(), ['10.2.0.0/16=p', '10.3.0.0/16=p', '10.4.0.0/16=']);
  reader.close();
});

test('a prefix row stays until every reader has heard of the withdrawal, then it is used again', () => {
  const lab = new Lab();
  const peer = lab.peer('p');
  peer.announce('10.1.0.0/16');
  lab.settle();
  const fast = lab.table.openReader();
  const slow = lab.table.openReader();
  read(lab.table, fast);
  read(lab.table, slow);
  const row = lab.row('10.1.0.0/16');
  peer.withdraw('10.1.0.0/16');
  lab.settle();
  assert.deepEqual(read(lab.table, fast), ['10.1.0.0/16=']);
  peer.announce('10.2.0.0/16');
  lab.settle();
  assert.notEqual(lab.row('10.2.0.0/16'), row);
  assert.equal(lab.table.prefixes.count, 2);
  assert.deepEqual(read(lab.table, slow), ['10.1.0.0/16=', '10.2.0.0/16=p']);
  assert.equal(lab.table.prefixes.count, 1);
  assert.equal(lab.row('10.1.0.0/16'), 0);
  fast.close();
  slow.close();
});

test('a pin keeps a row beyond that', () => {
  const lab = new Lab();
  const peer = lab.peer('p');
  peer.announce('10.1.0.0/16');
  lab.settle();
  const row = lab.row('10.1.0.0/16');
  lab.table.pin(row);
  peer.withdraw('10.1.0.0/16');
  lab.settle();
  assert.equal(lab.row('10.1.0.0/16'), row);
  lab.table.unpin(row);
  assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
});

test('an unpinned row that a reader has yet to hear of stays until it has', () => {
  const lab = new Lab();
  const peer = lab.peer('p');
  peer.announce('10.1.0.0/16');
  lab.settle();
  const reader = lab.table.openReader();
  read(lab.table, reader);
  lab.table.pin(lab.row('10.1.0.0/16'));
  peer.withdraw('10.1.0.0/16');
  lab.settle();
  lab.table.unpin(lab.row('10.1.0.0/16'));
  assert.deepEqual(read(lab.table, reader), ['10.1.0.0/16=']);
  assert.equal(lab.table.prefixes.count, 0);
  reader.close();
});

test('a reader of selected routes does not hear of the others', () => {
  const lab = new Lab();
  const good = lab.peer('good');
  const poor = lab.peer('poor');
  good.announce('10.1.0.0/16', { localPref: 200 });
  lab.settle();
  const all = lab.table.openReader();
  const best = lab.table.openReader({ bestOnly: true });
  read(lab.table, all);
  read(lab.table, best);
  poor.announce('10.1.0.0/16', { localPref: 50 });
  lab.settle();
  assert.deepEqual(read(lab.table, all), ['10.1.0.0/16=good']);
  assert.deepEqual(read(lab.table, best), []);
  good.announce('10.1.0.0/16', { localPref: 201 });
  lab.settle();
  poor.announce('10.1.0.0/16', { localPref: 51 });
  lab.settle();
  assert.deepEqual(read(lab.table, best), ['10.1.0.0/16=good'], 'the later change does not hide the earlier one');
  good.withdraw('10.1.0.0/16');
  lab.settle();
  assert.deepEqual(read(lab.table, best), ['10.1.0.0/16=poor']);
  all.close();
  best.close();
});

test('prefixes that wait for the decision are left out and come with its result, also for readers of selected routes', () => {
  const lab = new Lab();
  const peer = lab.peer('p');
  const other = lab.peer('q');
  peer.announce('10.1.0.0/16', { localPref: 200 });
  lab.settle();
  const reader = lab.table.openReader({ bestOnly: true });
  read(lab.table, reader);
  peer.announce('10.1.0.0/16', { localPref: 201 });
  lab.settle();
  // The change of the selected route is in the journal; before it is read, another one waits for the decision.
  other.announce('10.1.0.0/16', { localPref: 1 });
  assert.deepEqual(read(lab.table, reader), []);
  lab.settle();
  assert.deepEqual(read(lab.table, reader), ['10.1.0.0/16=p']);
  const fresh = lab.table.openReader();
  peer.withdraw('10.1.0.0/16');
  assert.deepEqual(read(lab.table, fresh), [], 'the feed leaves it out as well');
  lab.settle();
  assert.deepEqual(read(lab.table, fresh), ['10.1.0.0/16=q']);
  reader.close();
  fresh.close();
});

test('the feed and constant change share the reader', () => {
  const lab = new Lab();
  const peer = lab.peer('p');
  for (let i = 1; i <= 50; i++) peer.announce(`10.${i}.0.0/16`);
  lab.settle();
  const reader = lab.table.openReader();
  read(lab.table, reader, 10);
  let told = 0;
  for (let i = 0; reader.feeding; i++) {
    assert.ok(i < 200, 'the feed gets nowhere');
    peer.announce('10.1.0.0/16', { med: i });
    lab.settle();
    told += read(lab.table, reader, 2).filter((line) => line.startsWith('10.1.')).length;
  }
  assert.ok(told >= 30, `${told} changes told meanwhile`);
  reader.close();
});

test('routes that take no part are not fed', () => {
  const lab = new Lab();
  const away = lab.peer('s', { kind: RouteSourceKind.Static });
  away.announce('10.1.0.0/16', {
    via: { kind: 'hops', hops: [{ gateway: undefined, interfaceName: 'eth9', weight: 1, onlink: false }] },
  });
  away.announce('10.2.0.0/16', { via: direct('10.0.0.1') });
  lab.settle();
  const reader = lab.table.openReader();
  assert.deepEqual(read(lab.table, reader), ['10.2.0.0/16=s']);
  lab.setLink(9, 'eth9', true);
  lab.settle();
  assert.deepEqual(read(lab.table, reader), ['10.1.0.0/16=s']);
  lab.setLink(9, 'eth9', false);
  lab.settle();
  assert.deepEqual(read(lab.table, reader), ['10.1.0.0/16=']);
  reader.close();
});
