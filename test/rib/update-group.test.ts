import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  AttributeCode,
  AttributeEditor,
  IPV6_UNICAST,
  PolicyReads,
  REJECT_ALL,
  WellKnownCommunity,
} from '../../bgp/index.ts';
import { AdvertisementReason, ExportStats, QUEUE_HIGH, QUEUE_LOW } from '../../rib/index.ts';
import { expectedTable, GroupLab, type Neighbor, STATIC } from './group-lab.ts';
import { Accept, Lab, NOTHING_LEFT, policy, Reject } from './lab.ts';

const FULL = QUEUE_HIGH + 1;
const CLIENT = { bgp: { internal: true, rrClient: true, clusterId: 5, peerAs: 65000 } } as const;

/** Prefixes only, without attributes. */
function brief(events: readonly string[]): string[] {
  return events.map((event) => event.split(' ')[0]!);
}

function statsOf(neighbor: Neighbor): string {
  const s = neighbor.membership!.stats;
  const updates = [s.updatesReceived, s.updatesRejected, s.updatesFiltered, s.updatesAccepted];
  return `${updates.join(' ')} | ${s.withdrawsReceived} ${s.withdrawsAccepted}`;
}

function checkTables(...neighbors: Neighbor[]): void {
  for (const neighbor of neighbors) {
    assert.deepEqual([...neighbor.table].sort(), [...expectedTable(neighbor)].sort(), neighbor.protocol);
    assert.equal(neighbor.membership!.exportedCount, neighbor.table.size, `${neighbor.protocol}: count`);
    assert.deepEqual(neighbor.idleWithdrawals, [], `${neighbor.protocol}: withdrawals of nothing`);
  }
}

/** Everything leaves; nothing may stay behind. */
function checkNothingLeft(groupLab: GroupLab, ...neighbors: Neighbor[]): void {
  for (const neighbor of neighbors) neighbor.leave();
  for (const neighbor of neighbors) neighbor.peer.clear();
  groupLab.settle();
  assert.equal(groupLab.opened, groupLab.closed);
  assert.deepEqual(groupLab.lab.leftovers(), NOTHING_LEFT);
}

describe('one group', () => {
  test('is shared by sessions with equal facts, and encodes once', () => {
    const groupLab = new GroupLab();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => groupLab.neighbor(name, CLIENT).join()) as [
      Neighbor,
      Neighbor,
      Neighbor,
    ];
    const other = groupLab.neighbor('x').join();
    assert.equal(a.group, b.group);
    assert.notEqual(a.group, other.group);
    const owner = groupLab.neighbor('o');
    for (let i = 0; i < 50; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [65007] });
    groupLab.settle();
    checkTables(a, b, c, other);
    assert.equal(a.buffers.length, 1);
    assert.equal(a.buffers[0], b.buffers[0], 'the same buffer');
    assert.equal(a.buffers[0], c.buffers[0]);
    assert.equal(a.messages, 1);
    assert.equal(a.countedMessages, 1);
    checkNothingLeft(groupLab, a, b, c, other, owner);
  });

  test('says the same thing only once', () => {
    const groupLab = new GroupLab();
    const a = groupLab.neighbor('a').join();
    const owner = groupLab.neighbor('o', { bgp: { peerAs: 65007 } });
    owner.peer.announce('198.51.100.0/24', { asPath: [65007], med: 1 });
    groupLab.settle();
    assert.deepEqual(brief(a.news()), ['+198.51.100.0/24']);
    // Another MED is another route, but the neighbour does not see MEDs of other ASes.
    owner.peer.announce('198.51.100.0/24', { asPath: [65007], med: 2 });
    groupLab.settle();
    assert.deepEqual(a.news(), []);
    owner.peer.announce('198.51.100.0/24', { asPath: [65007, 1], med: 2 });
    groupLab.settle();
    assert.deepEqual(brief(a.news()), ['+198.51.100.0/24']);
    owner.peer.withdraw('198.51.100.0/24');
    groupLab.settle();
    assert.deepEqual(a.news(), ['-198.51.100.0/24']);
    checkNothingLeft(groupLab, a, owner);
  });

  test('withdraws only what it announced', () => {
    const groupLab = new GroupLab();
    const a = groupLab.neighbor('a').join();
    const owner = groupLab.neighbor('o');
    owner.peer.announce('198.51.100.0/24', { asPath: [1], communities: [WellKnownCommunity.NoExport] });
    groupLab.settle();
    owner.peer.withdraw('198.51.100.0/24');
    groupLab.settle();
    assert.deepEqual(a.news(), []);
    assert.equal(statsOf(a), '1 1 0 0 | 1 0');
    owner.peer.announce('198.51.100.0/24', { asPath: [1] });
    groupLab.settle();
    owner.peer.announce('198.51.100.0/24', { asPath: [1], communities: [WellKnownCommunity.NoExport] });
    groupLab.settle();
    assert.deepEqual(brief(a.news()), ['+198.51.100.0/24', '-198.51.100.0/24']);
    checkNothingLeft(groupLab, a, owner);
  });

  test('two sessions to one address are told apart by having a group each', () => {
    const groupLab = new GroupLab();
    const address = { bgp: { peerAddress: groupLab.neighbor('z').peerAddress } };
    const a = groupLab.neighbor('a', address).join();
    const b = groupLab.neighbor('b', address).join();
    assert.notEqual(a.group, b.group);
    checkNothingLeft(groupLab, a, b);
  });
});

describe('split horizon', () => {
  test('the best route moves from one member to another', () => {
    const groupLab = new GroupLab();
    const a = groupLab.neighbor('a', CLIENT).join();
    const b = groupLab.neighbor('b', CLIENT).join();
    const c = groupLab.neighbor('c', CLIENT).join();
    const net = '198.51.100.0/24';
    a.peer.announce(net, { asPath: [1], localPref: 200 });
    groupLab.settle();
    assert.deepEqual(
      [a, b, c].map((n) => brief(n.news())),
      [[], [`+${net}`], [`+${net}`]],
    );
    b.peer.announce(net, { asPath: [1], localPref: 300 });
    groupLab.settle();
    assert.deepEqual(
      [a, b, c].map((n) => brief(n.news())),
      [[`+${net}`], [`-${net}`], [`+${net}`]],
    );
    checkTables(a, b, c);
    b.peer.withdraw(net);
    groupLab.settle();
    assert.deepEqual(
      [a, b, c].map((n) => brief(n.news())),
      [[`-${net}`], [`+${net}`], [`+${net}`]],
    );
    a.peer.withdraw(net);
    groupLab.settle();
    assert.deepEqual(
      [a, b, c].map((n) => brief(n.news())),
      [[], [`-${net}`], [`-${net}`]],
    );
    checkNothingLeft(groupLab, a, b, c);
  });

  test('two sources of octet for octet the same route: only the two hear of the move', () => {
    const groupLab = new GroupLab();
    // No ORIGINATOR_ID tells external sources apart, and MED does not leave the AS.
    const [a, b, c] = ['a', 'b', 'c'].map((name) =>
      groupLab.neighbor(name, { session: { nextHopSelf: 'all' } }).join(),
    );
    const net = '198.51.100.0/24';
    a!.peer.announce(net, { asPath: [65001], med: 5 });
    groupLab.settle();
    for (const n of [a!, b!, c!]) n.news();
    b!.peer.announce(net, { asPath: [65001], med: 1 });
    groupLab.settle();
    assert.deepEqual(
      [a!, b!, c!].map((n) => brief(n.news())),
      [[`+${net}`], [`-${net}`], []],
    );
    checkTables(a!, b!, c!);
    checkNothingLeft(groupLab, a!, b!, c!);
  });

  test('a member that is the next hop is left out, and told when it no longer is', () => {
    const groupLab = new GroupLab();
    const a = groupLab.neighbor('a').join();
    const b = groupLab.neighbor('b').join();
    const owner = groupLab.neighbor('o');
    const net = '198.51.100.0/24';
    const via = (neighbor: Neighbor): void => {
      const editor = new AttributeEditor();
      editor.loadEmpty();
      editor.setNextHop(neighbor.peerAddress);
      editor.setAsPath(new Uint8Array(0));
      editor.encodeRecord();
      const hop = groupLab.lab.nextHops.intern({ kind: 'blackhole' });
      const { bytes, start, wireEnd, end } = editor;
      const set = groupLab.lab.attributes.intern(bytes, start, wireEnd, end, hop);
      groupLab.lab.nextHops.release(hop);
      owner.peer.in.announce(prefixOfText(net), 0, set, 1000);
      groupLab.lab.attributes.release(set);
    };
    via(a);
    groupLab.settle();
    assert.deepEqual([brief(a.news()), brief(b.news())], [[], [`+${net}`]]);
    via(b);
    groupLab.settle();
    assert.deepEqual([brief(a.news()), brief(b.news())], [[`+${net}`], [`-${net}`]]);
    const route = owner.peer.route(net);
    assert.equal(a.membership!.verdict(route).stage, 'accepted');
    assert.equal(b.membership!.verdict(route).reason, AdvertisementReason.NextHopIsNeighbor);
    groupLab.lab.attributes.release(a.membership!.verdict(route).attributes);
    groupLab.lab.attributes.release(groupLab.lab.table.attributeOf(route));
    groupLab.lab.attributes.retain(groupLab.lab.table.attributeOf(route));
    via(owner);
    groupLab.settle();
    checkTables(a, b);
  });
});

describe('joining', () => {
  test('a late member is told everything, then End-of-RIB, then changes', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const first = groupLab.neighbor('first').join();
    for (let i = 0; i < 200; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [65007] });
    groupLab.settle();
    const late = groupLab.neighbor('late').join();
    assert.equal(late.group, first.group);
    assert.equal(late.membership!.exportedCount, 0);
    groupLab.step(50);
    assert.equal(late.table.size, 50);
    assert.equal(late.membership!.exportedCount, 50);
    assert.equal(late.membership!.behind, true);
    // One change on either side of the walk.
    owner.peer.announce('198.51.3.0/24', { asPath: [65007, 3] });
    owner.peer.announce('198.51.150.0/24', { asPath: [65007, 150] });
    owner.peer.withdraw('198.51.4.0/24');
    owner.peer.withdraw('198.51.151.0/24');
    groupLab.settle(50);
    checkTables(first, late);
    assert.equal(late.events.at(-1), 'EoR');
    assert.equal(
      late.events.filter((event) => event.includes('198.51.150.0')).length,
      1,
      'told once, the newest state',
    );
    assert.equal(late.membership!.behind, false);
    assert.equal(statsOf(late), '200 0 0 200 | 1 1');
    owner.peer.withdraw('198.51.5.0/24');
    groupLab.settle();
    checkTables(first, late);
    checkNothingLeft(groupLab, first, late, owner);
  });

  test('five that come one after the other share what is left to encode', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const first = groupLab.neighbor('first').join();
    for (let i = 0; i < 250; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [65007] });
    groupLab.settle();
    const late: Neighbor[] = [];
    for (let i = 0; i < 5; i++) {
      late.push(groupLab.neighbor(`late${i}`).join());
      groupLab.step(20);
    }
    groupLab.settle(20);
    checkTables(first, ...late);
    const distinct = new Set(late.flatMap((neighbor) => neighbor.buffers));
    const all = late.reduce((sum, neighbor) => sum + neighbor.buffers.length, 0);
    // 250 rows in pieces of 20 make 13 buffers for one; the walk goes round once and a bit for all five.
    assert.ok(distinct.size <= 22, `${distinct.size} buffers`);
    assert.ok(all >= 5 * 13, `${all} deliveries`);
    for (const neighbor of late) assert.equal(neighbor.events.filter((event) => event === 'EoR').length, 1);
    checkNothingLeft(groupLab, first, owner, ...late);
  });

  test('its own routes are not among what it is told, and are counted as rejected', () => {
    const groupLab = new GroupLab();
    const first = groupLab.neighbor('first', CLIENT).join();
    const late = groupLab.neighbor('late', CLIENT);
    for (let i = 0; i < 10; i++) late.peer.announce(`198.51.${i}.0/24`, { asPath: [1] });
    first.peer.announce('203.0.113.0/24', { asPath: [1] });
    first.peer.announce('203.0.114.0/24', { asPath: [1], communities: [WellKnownCommunity.NoAdvertise] });
    groupLab.settle();
    assert.equal(first.table.size, 10);
    late.join();
    groupLab.settle();
    assert.deepEqual(brief(late.news()), ['+203.0.113.0/24', 'EoR']);
    checkTables(first, late);
    assert.equal(statsOf(late), '12 11 0 1 | 0 0');
    assert.equal(statsOf(first), '12 2 0 10 | 0 0');
    late.peer.withdraw('198.51.3.0/24');
    groupLab.settle();
    checkTables(first, late);
    assert.equal(statsOf(late), '12 11 0 1 | 1 0');
    assert.equal(statsOf(first), '12 2 0 10 | 1 1');
    checkNothingLeft(groupLab, first, late);
  });

  test('an empty table has its End-of-RIB too', () => {
    const groupLab = new GroupLab();
    const sessions = ['a', 'b'].map((name) => {
      const neighbor = groupLab.neighbor(name);
      neighbor.membership = groupLab.groups.join(neighbor.spec, neighbor);
      groupLab.settle();
      return neighbor;
    });
    assert.deepEqual(
      sessions.map((neighbor) => neighbor.news()),
      [['EoR'], ['EoR']],
    );
    checkNothingLeft(groupLab, ...sessions);
  });

  test('a member that leaves and comes back starts over', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const a = groupLab.neighbor('a').join();
    const b = groupLab.neighbor('b').join();
    a.peer.announce('198.51.100.0/24', { asPath: [1] });
    owner.peer.announce('203.0.113.0/24', { asPath: [1] });
    groupLab.settle();
    a.leave();
    groupLab.settle();
    checkTables(b);
    a.join();
    groupLab.settle();
    checkTables(a, b);
    for (let i = 0; i < 600; i++) {
      // Far more often than slots of members that left may pile up.
      a.leave();
      a.join();
      groupLab.step();
    }
    groupLab.settle();
    checkTables(a, b);
    checkNothingLeft(groupLab, a, b, owner);
  });
});

describe('a slow member', () => {
  function setUp(options = {}): { groupLab: GroupLab; owner: Neighbor; slow: Neighbor; quick: Neighbor } {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const slow = groupLab.neighbor('slow', options).join();
    const quick = groupLab.neighbor('quick', options).join();
    for (let i = 0; i < 60; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [1] });
    groupLab.settle();
    slow.news();
    quick.news();
    return { groupLab, owner, slow, quick };
  }

  for (const addPath of [false, true]) {
    test(`does not hold back the others, and converges${addPath ? ' (ADD-PATH)' : ''}`, () => {
      const { groupLab, owner, slow, quick } = setUp({ addPath });
      slow.setQueue(FULL);
      const steps: (() => void)[] = [
        () => owner.peer.announce('198.51.1.0/24', { asPath: [1, 2] }),
        () => owner.peer.withdraw('198.51.2.0/24'),
        () => owner.peer.announce('203.0.113.0/24', { asPath: [3] }),
        () => owner.peer.announce('198.51.1.0/24', { asPath: [1, 2, 3] }),
        () => owner.peer.announce('203.0.114.0/24', { asPath: [3] }),
        () => owner.peer.withdraw('203.0.114.0/24'),
        // The row of a withdrawn prefix must not serve another one before the slow member has heard.
        () => owner.peer.announce('203.0.115.0/24', { asPath: [4] }),
        () => owner.peer.withdraw('198.51.3.0/24'),
        () => owner.peer.announce('198.51.3.0/24', { asPath: [9] }),
      ];
      for (const step of steps) {
        step();
        groupLab.settle();
        assert.deepEqual([...quick.table].sort(), [...expectedTable(quick)].sort());
      }
      assert.deepEqual(slow.news(), []);
      assert.equal(slow.membership!.exportedCount, 60);
      if (!addPath) assert.equal(slow.membership!.wasExported(groupLab.lab.row('198.51.2.0/24')), true);
      slow.setQueue(QUEUE_LOW + 1);
      groupLab.settle();
      assert.deepEqual(slow.news(), [], 'it is not asked again before its queue has run nearly dry');
      slow.setQueue(0);
      groupLab.settle();
      checkTables(slow, quick);
      // An ADD-PATH route that went and came again has another path identifier, or the old one: five or six events.
      assert.ok(slow.events.length >= 5 && slow.events.length <= 6, slow.events.join('\n'));
      owner.peer.announce('198.51.1.0/24', { asPath: [7] });
      groupLab.settle();
      checkTables(slow, quick);
      assert.equal(slow.buffers.at(-1), quick.buffers.at(-1), 'it is up to date and shares again');
      checkNothingLeft(groupLab, slow, quick, owner);
    });
  }

  test('that leaves while it is behind lets go of the rows it had to hear of', () => {
    const { groupLab, owner, slow, quick } = setUp();
    slow.setQueue(FULL);
    for (let i = 0; i < 60; i++) owner.peer.withdraw(`198.51.${i}.0/24`);
    groupLab.settle();
    assert.ok(groupLab.lab.table.prefixes.count > 0, 'rows wait for it');
    slow.leave();
    groupLab.settle();
    assert.equal(groupLab.lab.table.prefixes.count, 0);
    checkNothingLeft(groupLab, slow, quick, owner);
  });

  test('that is alone just waits: the journal remembers', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const a = groupLab.neighbor('a').join();
    groupLab.settle();
    a.setQueue(FULL);
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 20; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [1 + round] });
      groupLab.settle();
    }
    assert.deepEqual(a.news(), []);
    a.setQueue(0);
    groupLab.settle();
    assert.equal(a.events.length, 20);
    checkTables(a);
    checkNothingLeft(groupLab, a, owner);
  });

  test('members of one speed go on together: the others wait until the full one has room', () => {
    const { groupLab, owner, slow, quick } = setUp();
    slow.setQueue(FULL);
    quick.setQueue(QUEUE_HIGH);
    owner.peer.announce('203.0.113.0/24', { asPath: [3] });
    groupLab.settle();
    assert.deepEqual(quick.news(), []);
    slow.setQueue(QUEUE_HIGH - 1);
    groupLab.settle();
    assert.equal(slow.events.length, 1);
    assert.equal(slow.buffers.at(-1), quick.buffers.at(-1));
    checkNothingLeft(groupLab, slow, quick, owner);
  });

  test('a feed waits for its member without keeping changes from the others', () => {
    const { groupLab, owner, slow, quick } = setUp();
    slow.leave();
    slow.join();
    groupLab.step(20);
    slow.setQueue(FULL);
    groupLab.settle(20);
    assert.equal(slow.table.size, 20);
    owner.peer.announce('203.0.113.0/24', { asPath: [3] });
    owner.peer.withdraw('198.51.1.0/24');
    owner.peer.withdraw('198.51.59.0/24');
    groupLab.settle();
    assert.equal(quick.events.length, 3);
    assert.equal(slow.table.size, 20);
    slow.setQueue(0);
    groupLab.settle(20);
    checkTables(slow, quick);
    assert.equal(slow.events.at(-1), 'EoR');
    checkNothingLeft(groupLab, slow, quick, owner);
  });
});

describe('route refresh', () => {
  test('plain: everything again', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const a = groupLab.neighbor('a').join();
    const b = groupLab.neighbor('b').join();
    for (let i = 0; i < 30; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [1] });
    groupLab.settle();
    a.news();
    b.news();
    a.membership!.startRefresh(false);
    groupLab.settle();
    assert.equal(a.news().length, 30);
    assert.deepEqual(b.news(), []);
    checkTables(a, b);
    checkNothingLeft(groupLab, a, b, owner);
  });

  test('enhanced: between markers, also while routes change (RFC 7313)', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    for (let i = 0; i < 30; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [1] });
    const a = groupLab.neighbor('a').join();
    // Asked for before End-of-RIB: it has to wait for that.
    a.membership!.startRefresh(true);
    a.membership!.startRefresh(true);
    groupLab.settle();
    const events = brief(a.news());
    assert.equal(events[30], 'EoR');
    assert.equal(events[31], 'BoRR');
    assert.equal(events.length, 30 + 1 + 1 + 30 + 1, 'two requests became one refresh');
    assert.equal(events.at(-1), 'EoRR');
    a.membership!.startRefresh(true);
    groupLab.step(10);
    a.membership!.startRefresh(true);
    owner.peer.withdraw('198.51.20.0/24');
    owner.peer.withdraw('198.51.1.0/24');
    owner.peer.announce('198.51.21.0/24', { asPath: [2] });
    groupLab.settle(10);
    const again = brief(a.news());
    const markers = again.filter((event) => event.startsWith('BoRR') || event.startsWith('EoRR'));
    assert.deepEqual(markers, ['BoRR', 'EoRR', 'BoRR', 'EoRR'], 'a request in the middle starts over afterwards');
    const second = again.slice(again.lastIndexOf('BoRR'));
    assert.equal(second.length, 28 + 2);
    checkTables(a);
    checkNothingLeft(groupLab, a, owner);
  });

  test('a slow member gets its end marker last', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const a = groupLab.neighbor('a').join();
    const b = groupLab.neighbor('b').join();
    for (let i = 0; i < 30; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [1] });
    groupLab.settle();
    a.news();
    a.membership!.startRefresh(true);
    groupLab.step(10);
    a.setQueue(FULL);
    owner.peer.withdraw('198.51.29.0/24');
    owner.peer.withdraw('198.51.2.0/24');
    groupLab.settle(10);
    assert.equal(a.events.includes('EoRR'), false);
    a.setQueue(0);
    groupLab.settle(10);
    assert.equal(a.events.at(-1), 'EoRR');
    checkTables(a, b);
    checkNothingLeft(groupLab, a, b, owner);
  });
});

describe('ADD-PATH', () => {
  test('every route that is accepted, each under its own number', () => {
    const groupLab = new GroupLab();
    const [o, p, q] = ['o', 'p', 'q'].map((name) => groupLab.neighbor(name));
    const a = groupLab.neighbor('a', { addPath: true }).join();
    const net = '198.51.100.0/24';
    o!.peer.announce(net, { asPath: [1] });
    p!.peer.announce(net, { asPath: [1, 2] });
    q!.peer.announce(net, { asPath: [1, 2, 3], communities: [WellKnownCommunity.NoExport] });
    groupLab.settle();
    assert.equal(a.table.size, 2);
    checkTables(a);
    assert.equal(statsOf(a), '3 1 0 2 | 0 0');
    assert.equal(a.membership!.wasExported(groupLab.lab.row(net), o!.peer.route(net)), true);
    assert.equal(a.membership!.wasExported(groupLab.lab.row(net), q!.peer.route(net)), false);
    a.news();
    // The best one changes; the others are what they were.
    p!.peer.announce(net, { asPath: [2] });
    groupLab.settle();
    assert.equal(a.events.length, 1);
    o!.peer.withdraw(net);
    q!.peer.announce(net, { asPath: [1, 2, 3] });
    groupLab.settle();
    checkTables(a);
    const late = groupLab.neighbor('late', { addPath: true });
    late.peer.announce(net, { asPath: [6] });
    groupLab.settle();
    late.join();
    groupLab.settle();
    assert.equal(late.table.size, 2, 'not its own');
    assert.equal(a.table.size, 3);
    checkTables(a, late);
    checkNothingLeft(groupLab, a, late, o!, p!, q!);
  });
});

describe('ADD-PATH with a limit', () => {
  const net = '198.51.100.0/24';

  test('the best ones of those that the filter accepts; who comes after moves up', () => {
    const groupLab = new GroupLab();
    const sources = ['o', 'p', 'q', 'r'].map((name) => groupLab.neighbor(name));
    const [o, p, q, r] = sources as [Neighbor, Neighbor, Neighbor, Neighbor];
    const a = groupLab.neighbor('a', { addPath: true, pathLimit: 2 }).join();
    const all = groupLab.neighbor('all', { addPath: true }).join();
    const sent = (): string[] =>
      sources
        .filter((source) => {
          const route = source.peer.route(net);
          return route !== 0 && a.membership!.wasExported(groupLab.lab.row(net), route);
        })
        .map((source) => source.protocol);
    // The order of arrival is not the order of preference.
    q.peer.announce(net, { asPath: [1, 2, 3] });
    r.peer.announce(net, { asPath: [1, 2, 3, 4] });
    groupLab.settle();
    assert.deepEqual(sent(), ['q', 'r']);
    p.peer.announce(net, { asPath: [1, 2] });
    o.peer.announce(net, { asPath: [1], communities: [WellKnownCommunity.NoExport] });
    groupLab.settle();
    assert.deepEqual(sent(), ['p', 'q'], 'the best of all may not be told');
    o.peer.announce(net, { asPath: [1] });
    groupLab.settle();
    assert.deepEqual(sent(), ['o', 'p']);
    assert.equal(a.table.size, 2);
    assert.equal(all.table.size, 4);
    p.peer.withdraw(net);
    groupLab.settle();
    assert.deepEqual(sent(), ['o', 'q']);
    // Nothing of it changes but how good it is.
    r.peer.announce(net, { asPath: [1, 2, 3, 4], localPref: 900 });
    groupLab.settle();
    assert.deepEqual(sent(), ['o', 'r']);
    const late = groupLab.neighbor('late', { addPath: true, pathLimit: 2 }).join();
    groupLab.settle();
    assert.equal(late.group, a.group);
    assert.equal(late.table.size, 2);
    a.change({ pathLimit: 1 });
    groupLab.settle();
    assert.deepEqual(sent(), ['r']);
    a.change({ pathLimit: undefined });
    groupLab.settle();
    assert.deepEqual(sent(), ['o', 'q', 'r']);
    assert.equal(late.table.size, 2);
    assert.deepEqual(
      [a, all, late].flatMap((neighbor) => neighbor.idleWithdrawals),
      [],
    );
    checkNothingLeft(groupLab, a, all, late, ...sources);
  });
});

describe('secondary', () => {
  test('the next best route goes where the filter refuses the best one', () => {
    const groupLab = new GroupLab(new Lab(undefined, true));
    const [o, p, q] = ['o', 'p', 'q'].map((name) => groupLab.neighbor(name));
    const notLong = policy(
      'short',
      (route) => (route.attributes.asPath()!.length > 6 ? Accept : Reject),
      PolicyReads.Nothing,
    );
    const a = groupLab.neighbor('a', { policy: notLong, secondary: true }).join();
    const b = groupLab.neighbor('b', { policy: notLong }).join();
    const net = '198.51.100.0/24';
    o!.peer.announce(net, { asPath: [1] });
    p!.peer.announce(net, { asPath: [1, 2] });
    q!.peer.announce(net, { asPath: [1, 2, 3] });
    groupLab.settle();
    assert.equal(b.table.size, 0);
    checkTables(a, b);
    p!.peer.withdraw(net);
    groupLab.settle();
    checkTables(a, b);
    q!.peer.withdraw(net);
    groupLab.settle();
    assert.equal(a.table.size, 0);
    checkTables(a, b);
    checkNothingLeft(groupLab, a, b, o!, p!, q!);
  });
});

describe('export limit', () => {
  test('block: no more than that; a route that goes makes room', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const a = groupLab.neighbor('a', { exportLimit: { count: 3, action: 'block' } }).join();
    const b = groupLab.neighbor('b').join();
    assert.notEqual(a.group, b.group);
    for (let i = 0; i < 5; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [1] });
    groupLab.settle();
    assert.equal(a.table.size, 3);
    assert.equal(b.table.size, 5);
    assert.deepEqual(a.limits, ['3 block']);
    assert.equal(statsOf(a), '5 2 0 3 | 0 0');
    owner.peer.withdraw('198.51.0.0/24');
    owner.peer.announce('198.51.4.0/24', { asPath: [2] });
    groupLab.settle();
    assert.deepEqual([...a.table.keys()].sort(), ['198.51.1.0/24', '198.51.2.0/24', '198.51.4.0/24']);
    checkNothingLeft(groupLab, a, b, owner);
  });

  test('warn: said once, nothing is kept back', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const a = groupLab.neighbor('a', { addPath: true, exportLimit: { count: 3, action: 'warn' } }).join();
    for (let i = 0; i < 5; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [1] });
    groupLab.settle();
    assert.equal(a.table.size, 5);
    assert.deepEqual(a.limits, ['3 warn']);
    checkNothingLeft(groupLab, a, owner);
  });
});

describe('filters', () => {
  test('one that reads only attributes runs once for each set', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const tag = policy(
      'tag',
      (route) => {
        route.attributes.setWords(AttributeCode.Communities, Uint32Array.of(7));
        return Accept;
      },
      PolicyReads.Nothing,
    );
    const a = groupLab.neighbor('a', { policy: tag }).join();
    for (let i = 0; i < 100; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [1 + (i % 2)] });
    groupLab.settle();
    assert.equal(tag.runs, 2);
    checkTables(a);
    checkNothingLeft(groupLab, a, owner);
  });

  test('one that reads the prefix is asked for each', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const odd = policy('odd', (route) => {
      if ((route.word0 & 0x100) === 0) return Reject;
      if ((route.word0 & 0x200) !== 0) route.attributes.setU32(AttributeCode.MultiExitDisc, 77);
      return Accept;
    });
    const a = groupLab.neighbor('a', { policy: odd }).join();
    for (let i = 0; i < 100; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [1], med: 77 });
    groupLab.settle();
    assert.equal(odd.runs, 100);
    assert.equal(a.table.size, 50);
    checkTables(a);
    assert.equal(statsOf(a), '100 0 50 50 | 0 0');
    checkNothingLeft(groupLab, a, owner);
  });

  test('one that knows classes of prefixes runs once for each set and class', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const odd = policy(
      'odd',
      (route) => {
        if ((route.word0 & 0x100) === 0) return Reject;
        route.attributes.setU32(AttributeCode.MultiExitDisc, 77);
        return Accept;
      },
      PolicyReads.Prefix,
      (route) => (route.word0 >>> 8) & 1,
    );
    const a = groupLab.neighbor('a', { policy: odd }).join();
    for (let i = 0; i < 100; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [1 + ((i >> 1) % 2)] });
    groupLab.settle();
    assert.equal(odd.runs, 4);
    assert.equal(a.table.size, 50);
    checkTables(a);
    assert.equal(statsOf(a), '100 0 50 50 | 0 0');
    checkNothingLeft(groupLab, a, owner);
  });

  test('verdicts are explained', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const net = '198.51.100.0/24';
    const a = groupLab.neighbor('a').join();
    const b = groupLab.neighbor('b', { policy: REJECT_ALL }).join();
    owner.peer.announce(net, { asPath: [1] });
    a.peer.announce('203.0.113.0/24', { asPath: [1] });
    owner.peer.announce('203.0.114.0/24', { asPath: [1], communities: [WellKnownCommunity.NoExport] });
    groupLab.settle();
    const accepted = a.membership!.verdict(owner.peer.route(net));
    assert.deepEqual([accepted.stage, accepted.reason], ['accepted', AdvertisementReason.None]);
    assert.equal(accepted.attributes, groupLab.lab.table.attributeOf(owner.peer.route(net)));
    groupLab.lab.attributes.release(accepted.attributes);
    const rejected = { stage: 'rejected', attributes: 0 };
    assert.deepEqual(b.membership!.verdict(owner.peer.route(net)), {
      stage: 'filtered',
      reason: AdvertisementReason.Filter,
      attributes: 0,
    });
    assert.deepEqual(a.membership!.verdict(a.peer.route('203.0.113.0/24')), {
      ...rejected,
      reason: AdvertisementReason.OwnRoute,
    });
    assert.deepEqual(a.membership!.verdict(owner.peer.route('203.0.114.0/24')), {
      ...rejected,
      reason: AdvertisementReason.NoExport,
    });
    assert.equal(a.membership!.wasExported(groupLab.lab.row(net)), true);
    assert.equal(b.membership!.wasExported(groupLab.lab.row(net)), false);
    assert.notEqual(a.membership!.sentAttributes(groupLab.lab.row(net)), 0);
    checkNothingLeft(groupLab, a, b, owner);
  });
});

describe('rules that change', () => {
  const none = policy('only short', (route) => (route.length <= 20 ? Accept : Reject));
  const med = policy('med', (route) => {
    if ((route.word0 & 0x100) !== 0) route.attributes.setU32(AttributeCode.MultiExitDisc, 9);
    return Accept;
  });

  test('for all members: the group follows, and sends only what is different', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const a = groupLab.neighbor('a').join();
    const b = groupLab.neighbor('b').join();
    for (let i = 0; i < 40; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [1] });
    groupLab.settle();
    a.news();
    const { group } = a;
    a.change({ policy: med });
    b.change({ policy: med });
    groupLab.settle();
    assert.equal(a.group, group);
    assert.equal(a.news().length, 20);
    checkTables(a, b);
    a.change({ policy: none });
    b.change({ policy: none });
    groupLab.settle();
    assert.equal(a.news().filter((event) => event.startsWith('-')).length, 40);
    checkTables(a, b);
    checkNothingLeft(groupLab, a, b, owner);
  });

  test('of the session: only routes that look different under them are sent again, together and alone', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const a = groupLab.neighbor('a').join();
    const b = groupLab.neighbor('b').join();
    for (let i = 0; i < 30; i++)
      owner.peer.announce(`198.51.${i}.0/24`, { asPath: [i + 1], ...(i < 10 ? { med: 5 } : {}) });
    groupLab.settle();
    a.news();
    const { group } = a;
    for (const neighbor of [a, b]) neighbor.change({ session: { allowMed: true } });
    groupLab.settle();
    assert.equal(a.group, group);
    assert.equal(a.news().length, 10);
    checkTables(a, b);
    a.change({ session: { allowMed: false } });
    groupLab.settle(7);
    assert.notEqual(a.group, b.group);
    assert.equal(a.news().length, 10);
    checkTables(a, b);
    a.change({ session: { allowMed: true } });
    groupLab.settle(7);
    assert.equal(a.group, b.group);
    assert.equal(a.news().length, 10);
    // Softly: what was sent stays as it is until the route changes.
    for (const neighbor of [a, b]) {
      neighbor.options = { ...neighbor.options, session: { allowMed: false } };
      neighbor.membership!.changeRules(neighbor.spec, true);
    }
    groupLab.settle();
    assert.deepEqual(a.news(), []);
    for (let i = 0; i < 30; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [i + 1], med: 7 });
    groupLab.settle();
    assert.equal(a.news().length, 10);
    checkTables(a, b);
    checkNothingLeft(groupLab, a, b, owner);
  });

  for (const addPath of [false, true]) {
    test(`for one of them: it moves, and hears only what is different${addPath ? ' (ADD-PATH)' : ''}`, () => {
      const groupLab = new GroupLab();
      const owner = groupLab.neighbor('o');
      const a = groupLab.neighbor('a', { addPath }).join();
      const b = groupLab.neighbor('b', { addPath }).join();
      for (let i = 0; i < 40; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [1] });
      a.peer.announce('203.0.113.0/24', { asPath: [1] });
      groupLab.settle(7);
      a.news();
      a.change({ policy: med });
      groupLab.settle(7);
      assert.notEqual(a.group, b.group);
      checkTables(a, b);
      const news = a.news();
      assert.equal(news.length, 20);
      assert.ok(news.every((event) => event.startsWith('+')));
      // What the group before has not told yet is not lost on the way.
      owner.peer.withdraw('198.51.8.0/24');
      owner.peer.announce('198.51.9.0/24', { asPath: [2] });
      groupLab.lab.settle();
      a.change({ policy: policy('all', () => Accept) });
      groupLab.settle(7);
      checkTables(a, b);
      assert.equal(a.news().length, 21);
      a.change({ policy: policy('none', () => Reject) });
      groupLab.settle(7);
      assert.equal(a.table.size, 0);
      checkTables(a, b);
      a.change({ policy: undefined as never });
      groupLab.settle(7);
      assert.equal(a.group, b.group, 'and back');
      checkTables(a, b);
      assert.equal(a.events.filter((event) => event === 'EoR').length, 0);
      owner.peer.withdraw('198.51.3.0/24');
      groupLab.settle(7);
      checkTables(a, b);
      checkNothingLeft(groupLab, a, b, owner);
    });
  }

  test('a reload out sends everything again', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const a = groupLab.neighbor('a').join();
    for (let i = 0; i < 10; i++) owner.peer.announce(`198.51.${i}.0/24`, { asPath: [1] });
    groupLab.settle();
    a.news();
    a.membership!.refeed();
    groupLab.settle();
    assert.equal(a.news().length, 10);
    checkTables(a);
    checkNothingLeft(groupLab, a, owner);
  });
});

describe('messages', () => {
  for (const [family, lengths] of [
    ['IPv4', [4096, 65535]],
    ['IPv6', [4096, 65535]],
  ] as const) {
    for (const maxLength of lengths) {
      test(`${family}: full to ${maxLength} octets and not longer`, () => {
        const v6 = family === 'IPv6';
        const groupLab = new GroupLab(v6 ? new Lab(IPV6_UNICAST) : new Lab());
        const owner = groupLab.neighbor('o');
        const a = groupLab.neighbor('a', { maxLength }).join();
        const count = maxLength > 4096 ? 30_000 : 3000;
        const set = groupLab.lab.set({ asPath: [1] });
        for (let i = 0; i < count; i++) {
          const word = v6 ? 0x20010db8 : 0xb0000000 + i * 256;
          owner.peer.in.announceWords(word >>> 0, v6 ? i << 8 : 0, 0, 0, v6 ? 56 : 24, 0, set, 1000);
        }
        groupLab.lab.attributes.release(set);
        groupLab.settle(100_000);
        checkTables(a);
        assert.ok(a.longestMessage <= maxLength && a.longestMessage > maxLength - 9, `${a.longestMessage}`);
        assert.equal(a.messages, Math.ceil((count * (v6 ? 8 : 4)) / (maxLength - (v6 ? 90 : 60))));
        assert.equal(a.countedMessages, a.messages);
        checkNothingLeft(groupLab, a, owner);
      });
    }
  }

  test('of one batch carry each their own attributes, whatever field the prefixes are in', () => {
    const groupLab = new GroupLab(new Lab(IPV6_UNICAST));
    const owner = groupLab.neighbor('o');
    const a = groupLab.neighbor('a').join();
    for (let i = 1; i <= 5; i++) {
      owner.peer.announce(`2001:db8:${i}::/48`, { asPath: [65000 + i], communities: i === 3 ? [1, 2, 3] : [] });
      owner.peer.announce(`2001:db8:1${i}::/48`, { asPath: [65000 + i], communities: i === 3 ? [1, 2, 3] : [] });
    }
    groupLab.settle();
    assert.equal(new Set(a.table.values()).size, 5);
    checkTables(a);
    checkNothingLeft(groupLab, a, owner);
  });

  test('a route whose attributes leave no room is withdrawn there, and said so once (RFC 8654 section 4)', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const small = groupLab.neighbor('small', { maxLength: 4096 }).join();
    const narrow = groupLab.neighbor('narrow', { maxLength: 4096, as4: false }).join();
    const large = groupLab.neighbor('large', { maxLength: 65535 }).join();
    const net = '198.51.100.0/24';
    let lastFit = 0;
    for (let count = 980; count < 1020; count++) {
      owner.peer.announce(net, { asPath: [1], communities: Array.from({ length: count }, (_, i) => i) });
      groupLab.settle();
      assert.equal(large.table.size, 1);
      const octets = 19 + 4 + 4 + 13 + 7 + 4 + 4 * count;
      assert.equal(small.table.size, octets + 5 <= 4096 ? 1 : 0, `${count} communities, ${octets} octets`);
      if (small.table.size === 1) lastFit = count;
      assert.equal(narrow.table.size, octets + 5 - 2 * 2 <= 4096 ? 1 : 0);
    }
    assert.ok(lastFit > 0);
    assert.match(groupLab.reports[0]!, /198\.51\.100\.0\/24 is not sent: attributes do not fit/);
    owner.peer.announce(net, { asPath: [1] });
    groupLab.settle();
    checkTables(small, large);
    checkNothingLeft(groupLab, small, narrow, large, owner);
  });

  test('a neighbour with two-octet AS numbers gets AS_TRANS and the rest beside it', () => {
    const groupLab = new GroupLab();
    const owner = groupLab.neighbor('o');
    const a = groupLab.neighbor('a', { as4: false }).join();
    owner.peer.announce('198.51.100.0/24', { asPath: [4_200_000_000, 7] });
    groupLab.settle();
    // The decoder puts the path together again.
    checkTables(a);
    checkNothingLeft(groupLab, a, owner);
  });
});

test('routes of our own go out with our address, or by their gateway', () => {
  const groupLab = new GroupLab();
  const own = groupLab.lab.peer('static1', STATIC);
  const a = groupLab.neighbor('a', { session: { linkInterface: 'eth1' } }).join();
  const b = groupLab.neighbor('b', { bgp: { internal: true } }).join();
  own.announce('198.51.100.0/24', {});
  own.announce('203.0.113.0/24', { via: { kind: 'blackhole' } });
  groupLab.settle();
  checkTables(a, b);
  assert.equal(a.table.size, 2);
  // The gateway moves to another link: the answer changes although the attribute set is the same.
  const c = groupLab.neighbor('c', { bgp: { linkInterface: 'eth0' } }).join();
  groupLab.settle();
  checkTables(a, b, c);
  groupLab.lab.setLink(2, 'eth0', false);
  groupLab.settle();
  checkTables(a, b, c);
  own.clear();
  checkNothingLeft(groupLab, a, b, c);
});

test('counters that nobody touched are zero', () => {
  const stats = new ExportStats();
  stats.updatesAccepted = 3;
  stats.reset();
  assert.deepEqual({ ...stats }, { ...new ExportStats() });
});

function prefixOfText(text: string): Parameters<Neighbor['peer']['in']['announce']>[0] {
  const [address, length] = text.split('/');
  return { version: 4, bytes: Uint8Array.from(address!.split('.').map(Number)), length: Number(length) };
}
