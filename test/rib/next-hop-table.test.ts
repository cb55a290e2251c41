import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Hop, IPV6_UNICAST, type NextHop, RouteSourceKind } from '../../bgp/index.ts';
import { type NextHopId, UNKNOWN_METRIC } from '../../rib/index.ts';
import { direct, ip, Lab, recursive } from './lab.ts';

function hop(gateway: string | undefined, interfaceName?: string, weight = 1, onlink = false): Hop {
  return { gateway: gateway === undefined ? undefined : ip(gateway), interfaceName, weight, onlink };
}

/** `unicast 10.0.0.1@eth0*1` and the like. */
function shown(lab: Lab, id: NextHopId): string {
  const { kind, hops } = lab.nextHops.forwarding(id);
  const list = hops.map((h) => `${h.gateway ?? 'link'}@${h.interfaceName}${h.onlink ? '!' : ''}*${h.weight}`);
  assert.equal(lab.nextHops.reachable[id], kind === 'unresolved' || kind === 'unreachable' ? 0 : 1);
  return [kind, ...list].join(' ');
}

function update(lab: Lab): void {
  while (lab.nextHops.update(1)) {
    // One step at a time, to try the slicing.
  }
}

test('equal next hops share an id until the last reference goes', () => {
  const { nextHops } = new Lab();
  const a = nextHops.intern(direct('10.0.0.1'));
  assert.equal(nextHops.intern(direct('10.0.0.1')), a);
  assert.notEqual(nextHops.intern(direct('10.0.0.2')), a);
  assert.notEqual(nextHops.intern(recursive('10.0.0.1', 'master4')), a);
  assert.notEqual(nextHops.intern(direct('10.0.0.1', 'eth0')), a);
  assert.equal(nextHops.intern({ kind: 'blackhole' }), nextHops.intern({ kind: 'blackhole' }));
  assert.equal(nextHops.count, 5);
  nextHops.release(a);
  assert.equal(nextHops.count, 5);
  nextHops.release(a);
  assert.equal(nextHops.count, 4);
  assert.deepEqual(nextHops.value(nextHops.intern(direct('10.0.0.7'))), direct('10.0.0.7'));
});

test('a direct gateway is a neighbour or nothing, and follows the link', () => {
  const lab = new Lab();
  const near = lab.nextHops.intern(direct('10.0.0.1'));
  const far = lab.nextHops.intern(direct('10.5.0.1'));
  const self = lab.nextHops.intern(direct('10.0.0.254'));
  assert.equal(shown(lab, near), 'unicast 10.0.0.1@eth0*1');
  assert.equal(shown(lab, far), 'unresolved');
  assert.equal(shown(lab, self), 'unresolved');
  const held = lab.nextHops.forwarding(near);
  lab.setAddress(3, '10.5.0.254', 16);
  update(lab);
  assert.equal(shown(lab, far), 'unicast 10.5.0.1@eth1*1');
  assert.equal(lab.nextHops.forwarding(near), held, 'what did not change is the same object');
  assert.equal(lab.nextHops.version, 1);
  assert.equal(lab.nextHops.changedAt[far], 1);
  assert.equal(lab.nextHops.changedAt[near], 0);
  lab.setLink(2, 'eth0', false);
  update(lab);
  assert.equal(shown(lab, near), 'unresolved');
});

test('a link-local companion serves on its interface where the global address is no neighbour', () => {
  const lab = new Lab();
  const pair = (address: string, interfaceName: string | undefined): NextHop => ({
    kind: 'gateway',
    address: ip(address),
    linkLocal: ip('fe80::9'),
    interfaceName,
    resolve: 'direct',
    igpTable: '',
  });
  assert.equal(shown(lab, lab.nextHops.intern(pair('2001:db8::1', 'eth0'))), 'unicast 2001:db8::1@eth0*1');
  assert.equal(shown(lab, lab.nextHops.intern(pair('2001:db9::1', 'eth1'))), 'unicast fe80::9@eth1*1');
  assert.equal(shown(lab, lab.nextHops.intern(pair('2001:db9::1', undefined))), 'unresolved');
  assert.equal(shown(lab, lab.nextHops.intern(direct('fe80::9', 'eth1'))), 'unicast fe80::9@eth1*1');
  assert.equal(shown(lab, lab.nextHops.intern(direct('fe80::9'))), 'unresolved');
});

test('explicit hops: the usable ones count, with weight and onlink; none is dormant', () => {
  const lab = new Lab();
  const id = lab.nextHops.intern({
    kind: 'hops',
    hops: [
      hop('10.0.0.1', undefined, 2),
      hop('10.1.0.1', 'eth1', 3),
      hop(undefined, 'eth1'),
      hop('192.0.2.1', 'eth0', 4, true),
    ],
  });
  assert.equal(shown(lab, id), 'unicast 10.0.0.1@eth0*2 10.1.0.1@eth1*3 link@eth1*1 192.0.2.1@eth0!*4');
  lab.setLink(2, 'eth0', false);
  update(lab);
  assert.equal(shown(lab, id), 'unicast 10.1.0.1@eth1*3 link@eth1*1');
  assert.ok(!lab.nextHops.isDormant(id));
  lab.setLink(3, 'eth1', false);
  update(lab);
  assert.equal(shown(lab, id), 'unresolved');
  assert.ok(lab.nextHops.isDormant(id));
});

test('null kinds resolve to themselves; only unreachable is not reachable', () => {
  const lab = new Lab();
  for (const kind of ['blackhole', 'unreachable', 'prohibit'] as const) {
    assert.equal(shown(lab, lab.nextHops.intern({ kind })), kind);
  }
});

test('a recursive gateway follows the route that covers it', () => {
  const lab = new Lab();
  lab.nextHops.addTable(lab.table);
  const igp = lab.peer('static1', { kind: RouteSourceKind.Static });
  const id = lab.nextHops.intern(recursive('192.0.2.77', 'master4'));
  assert.equal(shown(lab, id), 'unresolved');
  igp.announce('192.0.2.0/24', { via: direct('10.0.0.1') });
  lab.settle();
  assert.equal(shown(lab, id), 'unicast 10.0.0.1@eth0*1');
  assert.equal(lab.nextHops.igpMetric[id], UNKNOWN_METRIC);
  igp.announce('192.0.2.64/26', { via: { kind: 'hops', hops: [hop('10.1.0.1', undefined, 3)] }, igpMetric: 20 });
  lab.settle();
  assert.equal(shown(lab, id), 'unicast 10.1.0.1@eth1*3');
  assert.equal(lab.nextHops.igpMetric[id], 20);
  igp.announce('192.0.2.128/26', { via: { kind: 'blackhole' } });
  lab.settle();
  assert.equal(shown(lab, id), 'unicast 10.1.0.1@eth1*3', 'a neighbouring prefix does not matter');
  igp.announce('192.0.2.77/32', { via: { kind: 'prohibit' } });
  lab.settle();
  assert.equal(shown(lab, id), 'prohibit');
  igp.withdraw('192.0.2.77/32');
  igp.withdraw('192.0.2.64/26');
  lab.settle();
  assert.equal(shown(lab, id), 'unicast 10.0.0.1@eth0*1');
  igp.withdraw('192.0.2.0/24');
  lab.settle();
  assert.equal(shown(lab, id), 'unresolved');
});

test('over a connected route the gateway is the neighbour itself, at distance 0', () => {
  const lab = new Lab(IPV6_UNICAST);
  lab.nextHops.addTable(lab.table);
  const device = lab.peer('direct1', { kind: RouteSourceKind.Device, preference: 240 });
  device.announce('2001:db8::/64', { via: { kind: 'hops', hops: [hop(undefined, 'eth0')] } });
  lab.settle();
  const plain = lab.nextHops.intern(recursive('2001:db8::1', 'master6'));
  const pair = lab.nextHops.intern(recursive('2001:db8::2', 'master6', 'fe80::2'));
  const self = lab.nextHops.intern(recursive('2001:db8::fe', 'master6'));
  assert.equal(shown(lab, plain), 'unicast 2001:db8::1@eth0*1');
  assert.equal(shown(lab, pair), 'unicast fe80::2@eth0*1');
  assert.equal(shown(lab, self), 'unresolved', 'packets would end here');
  assert.equal(lab.nextHops.igpMetric[plain], 0);
});

test('one level only: a recursive route, even one as preferred as the best, carries no other one', () => {
  const lab = new Lab();
  lab.nextHops.addTable(lab.table);
  const igp = lab.peer('static1', { kind: RouteSourceKind.Static });
  const bgp = lab.peer('bgp1', { preference: 200 });
  igp.announce('10.9.0.0/16', { via: direct('10.0.0.1') });
  bgp.announce('192.0.2.0/24', { via: recursive('10.9.0.1', 'master4') });
  lab.settle();
  const id = lab.nextHops.intern(recursive('192.0.2.1', 'master4'));
  assert.equal(shown(lab, id), 'unresolved');
  igp.announce('192.0.2.0/24', { via: direct('10.0.0.2') });
  lab.settle();
  assert.equal(shown(lab, id), 'unresolved');
  igp.announce('192.0.2.0/24', { via: direct('10.0.0.2'), preference: 201 });
  lab.settle();
  assert.equal(shown(lab, id), 'unicast 10.0.0.2@eth0*1');
});

test("a change of the covering route's own next hop reaches what is resolved through it", () => {
  const lab = new Lab();
  lab.nextHops.addTable(lab.table);
  const igp = lab.peer('static1', { kind: RouteSourceKind.Static });
  igp.announce('10.9.0.0/16', { via: { kind: 'hops', hops: [hop('10.0.0.1'), hop('10.1.0.1')] } });
  const peer = lab.peer('bgp1');
  peer.announce('198.51.100.0/24', { via: recursive('10.9.0.1', 'master4') });
  lab.settle();
  const table = lab.table;
  const gateways = (): string =>
    table
      .forwardingOf(table.best(lab.row('198.51.100.0/24')))
      .hops.map((h) => h.gateway)
      .join(' ');
  assert.equal(gateways(), '10.0.0.1 10.1.0.1');
  const reader = table.openReader({ feed: false, bestOnly: true });
  lab.setLink(3, 'eth1', false);
  lab.settle();
  assert.equal(gateways(), '10.0.0.1');
  const told = new Set<string>();
  for (let row = reader.next(); row !== 0; row = reader.next()) told.add(table.prefixes.format(row));
  assert.deepEqual([...told].sort(), ['10.9.0.0/16', '198.51.100.0/24']);
  reader.close();
});

test('tables may come after the next hops that name them, and go', () => {
  const lab = new Lab();
  const other = lab.newTable('igp', lab.table.family);
  const igp = lab.peer('static1', { kind: RouteSourceKind.Static, table: other });
  igp.announce('192.0.2.0/24', { via: direct('10.0.0.1') });
  lab.settle(other);
  const id = lab.nextHops.intern(recursive('192.0.2.1', 'igp'));
  assert.equal(shown(lab, id), 'unresolved');
  lab.nextHops.addTable(other);
  assert.equal(shown(lab, id), 'unicast 10.0.0.1@eth0*1');
  lab.nextHops.removeTable(other);
  assert.equal(shown(lab, id), 'unresolved');
  assert.equal(other.journal.readers, 0);
});

test("a table's journal is read only while some next hop is looked up in it", () => {
  const lab = new Lab();
  lab.nextHops.addTable(lab.table);
  assert.equal(lab.table.journal.readers, 0);
  const a = lab.nextHops.intern(recursive('192.0.2.1', 'master4'));
  const b = lab.nextHops.intern(recursive('192.0.2.2', 'master4'));
  assert.equal(lab.table.journal.readers, 1);
  lab.nextHops.release(a);
  lab.nextHops.release(b);
  assert.equal(lab.table.journal.readers, 0);
  assert.equal(lab.nextHops.intern(recursive('2001:db8::1', 'master4')) > 0, true);
  assert.equal(lab.table.journal.readers, 0, 'no address of that family can be found there');
});

test('a change touches the next hops that it covers and no others', () => {
  const lab = new Lab();
  lab.nextHops.addTable(lab.table);
  const igp = lab.peer('static1', { kind: RouteSourceKind.Static });
  const addresses = ['9.255.255.255', '10.16.0.0', '10.16.0.1', '10.16.255.255', '10.17.0.0', '250.1.1.1'];
  const ids = addresses.map((address) => lab.nextHops.intern(recursive(address, 'master4')));
  igp.announce('10.16.0.0/16', { via: direct('10.0.0.1') });
  lab.settle();
  assert.deepEqual(
    ids.map((id) => lab.nextHops.forwarding(id).kind === 'unicast'),
    [false, true, true, true, false, false],
  );
  igp.announce('0.0.0.0/0', { via: direct('10.0.0.2') });
  lab.settle();
  assert.ok(ids.every((id) => lab.nextHops.reachable[id] === 1));
});
