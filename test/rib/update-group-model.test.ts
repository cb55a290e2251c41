/**
 * Random routes, sessions that come and go, slow ones, refreshes and changes of rules, in random slices; whenever
 * everything has come to rest, each neighbour must have exactly the table that the rules give route by route.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AttributeCode,
  AttributeEditor,
  type Policy,
  PolicyReads,
  PolicyVerdict,
  WellKnownCommunity,
} from '../../bgp/index.ts';
import { type AttributeId, QUEUE_HIGH, QUEUE_LOW } from '../../rib/index.ts';
import { expectedTable, GroupLab, type Neighbor, STATIC } from './group-lab.ts';
import { Accept, direct, Lab, NOTHING_LEFT, type Peer, policy, prefix, Reject, segment } from './lab.ts';

const RUNS = 24;
const STEPS = 400;
const NETS = Array.from({ length: 24 }, (_, i) => `198.51.${i}.0/24`);

class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 0 to `bound` - 1. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

const POLICIES: readonly (Policy | undefined)[] = [
  undefined,
  policy('odd', (route) => ((route.word0 & 0x100) === 0 ? Reject : Accept)),
  policy('long', (route) => ((route.attributes.asPath()?.length ?? 0) > 10 ? Reject : Accept), PolicyReads.Nothing),
  policy(
    'tag',
    (route) => {
      route.attributes.setU32(AttributeCode.MultiExitDisc, 5);
      return Accept;
    },
    PolicyReads.Nothing,
  ),
  policy('source', (route) => (route.protocol === 'c1' ? Reject : Accept), PolicyReads.Source),
  policy('prefix med', (route) => {
    if ((route.word0 & 0x400) !== 0) route.attributes.setU32(AttributeCode.MultiExitDisc, route.word0 >>> 8);
    return (route.word0 & 0x800) === 0 ? Accept : PolicyVerdict.Reject;
  }),
  policy(
    'classes',
    (route) => {
      if ((route.word0 & 0x100) !== 0) route.attributes.setU32(AttributeCode.MultiExitDisc, 9);
      return (route.word0 & 0x200) === 0 ? Accept : PolicyVerdict.Reject;
    },
    PolicyReads.Prefix,
    (route) => (route.word0 >>> 8) & 3,
  ),
];

function world(groupLab: GroupLab, addPath: boolean): { neighbors: Neighbor[]; own: Peer } {
  const client = { internal: true, rrClient: true, clusterId: 5, peerAs: 65000 };
  const neighbors = [
    ...['c1', 'c2', 'c3'].map((name) => groupLab.neighbor(name, { bgp: client, addPath })),
    ...['n1', 'n2'].map((name) => groupLab.neighbor(name, { bgp: { internal: true, peerAs: 65000 }, addPath })),
    ...['e1', 'e2', 'e3'].map((name) => groupLab.neighbor(name, { addPath })),
    ...['p1', 'p2'].map((name) => groupLab.neighbor(name, { session: { prepares: true }, addPath })),
    groupLab.neighbor('pc', { bgp: client, session: { prepares: true }, addPath }),
    groupLab.neighbor('s', { session: { nextHopSelf: 'all' }, addPath, as4: false }),
  ];
  return { neighbors, own: groupLab.lab.peer('static1', STATIC) };
}

function randomSet(groupLab: GroupLab, neighbors: readonly Neighbor[], random: Random): AttributeId {
  const editor = new AttributeEditor();
  editor.loadEmpty();
  const { lab } = groupLab;
  const nextHop = random.chance(70) ? random.of(neighbors).peerAddress : undefined;
  editor.setU32(AttributeCode.Origin, random.below(3));
  const length = random.below(4);
  editor.setAsPath(length === 0 ? new Uint8Array(0) : segment(2, ...Array.from({ length }, () => 1 + random.below(3))));
  if (nextHop !== undefined) editor.setNextHop(nextHop);
  if (random.chance(30)) editor.setU32(AttributeCode.MultiExitDisc, random.below(3));
  if (random.chance(50)) editor.setU32(AttributeCode.LocalPref, 100 + random.below(2));
  if (random.chance(15)) {
    const { NoExport, NoAdvertise } = WellKnownCommunity;
    editor.setWords(AttributeCode.Communities, Uint32Array.of(random.of([NoExport, NoAdvertise, 7])));
  }
  editor.encodeRecord();
  const hop = lab.nextHops.intern(direct(nextHop ?? '10.0.0.1'));
  const set = lab.attributes.intern(editor.bytes, editor.start, editor.wireEnd, editor.end, hop);
  lab.nextHops.release(hop);
  return set;
}

function act(groupLab: GroupLab, neighbors: readonly Neighbor[], own: Peer, random: Random): void {
  const what = random.below(100);
  const net = random.of(NETS);
  const neighbor = random.of(neighbors);
  const membership = neighbor.membership;
  if (what < 40) {
    const source = random.chance(10) ? own : neighbor.peer;
    const set = randomSet(groupLab, neighbors, random);
    source.in.announce(prefix(net), random.chance(20) ? 1 : 0, set, random.below(1000));
    groupLab.lab.attributes.release(set);
  } else if (what < 58) {
    (random.chance(10) ? own : neighbor.peer).withdraw(net, random.chance(20) ? 1 : 0);
  } else if (what < 66) {
    if (membership === undefined) neighbor.join();
    else if (random.chance(30)) neighbor.leave();
  } else if (what < 76) {
    if (membership !== undefined) neighbor.setQueue(random.of([0, 0, QUEUE_LOW + 1, QUEUE_HIGH, QUEUE_HIGH + 1]));
  } else if (what < 79) {
    membership?.startRefresh(random.chance(60));
  } else if (what < 81) {
    const changed = random.chance(50) ? [neighbor] : neighbors;
    const limited = neighbor.options.addPath === true && random.chance(50);
    if (random.chance(30)) {
      const session = { allowMed: random.chance(50), nextHopSelf: random.of(['off', 'all'] as const) };
      for (const each of changed) each.change({ session: { ...each.options.session, ...session } });
      return;
    }
    const change = limited ? { pathLimit: random.of([undefined, 1, 2, 3]) } : { policy: random.of(POLICIES) as Policy };
    for (const each of changed) each.change(change);
  } else if (what < 82) {
    groupLab.lab.setLink(2, 'eth0', random.chance(70));
    groupLab.lab.nextHops.update(1000);
    groupLab.lab.table.nextHopsChanged(1000);
  } else if (what < 83) {
    membership?.refeed();
  } else if (what < 90) {
    groupLab.lab.table.decide(1 + random.below(6));
  } else {
    groupLab.step(1 + random.below(8));
  }
}

function check(groupLab: GroupLab, neighbors: readonly Neighbor[], label: string): void {
  groupLab.lab.setLink(2, 'eth0', true);
  for (const neighbor of neighbors) neighbor.setQueue(0);
  groupLab.settle(5);
  for (const neighbor of neighbors) {
    const { membership } = neighbor;
    if (membership === undefined) continue;
    const name = `${label}: ${neighbor.protocol}`;
    assert.deepEqual([...neighbor.table].sort(), [...expectedTable(neighbor)].sort(), name);
    assert.equal(membership.exportedCount, neighbor.table.size, `${name}: count`);
    assert.equal(membership.behind, false, name);
    assert.deepEqual(neighbor.idleWithdrawals, [], `${name}: withdrawals of nothing`);
    assert.deepEqual(neighbor.notRefreshed, [], `${name}: left out by a refresh`);
    const { lab } = groupLab;
    for (const net of NETS) {
      const row = lab.row(net);
      const has = [...neighbor.table.keys()].some((key) => key.startsWith(net));
      assert.equal(row !== 0 && membership.wasExported(row), has, `${name}: ${net}`);
    }
  }
}

for (const [addPath, sorted] of [
  [false, false],
  [true, false],
  [false, true],
] as const) {
  test(`random histories${addPath ? ' with ADD-PATH' : ''}${sorted ? ' with secondary' : ''}`, () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const random = new Random(seed);
      const groupLab = new GroupLab(new Lab(undefined, sorted));
      const { neighbors, own } = world(groupLab, addPath);
      if (sorted) for (const neighbor of neighbors) neighbor.change({ secondary: true });
      for (let step = 1; step <= STEPS; step++) {
        act(groupLab, neighbors, own, random);
        if (step % 100 === 0) check(groupLab, neighbors, `seed ${seed} step ${step}`);
      }
      for (const neighbor of neighbors) if (random.chance(50)) neighbor.leave();
      own.clear();
      for (const neighbor of neighbors) neighbor.peer.clear();
      check(groupLab, neighbors, `seed ${seed} cleared`);
      for (const neighbor of neighbors) neighbor.leave();
      groupLab.settle();
      assert.deepEqual(groupLab.lab.leftovers(), NOTHING_LEFT, `seed ${seed}`);
    }
  });
}
