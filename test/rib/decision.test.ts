import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RouteSourceKind, WellKnownCommunity } from '../../bgp/index.ts';
import { DECISION_STEP_NAMES, DecisionStep, INELIGIBLE_REASON_NAMES, IneligibleReason } from '../../rib/index.ts';
import {
  type BgpFields,
  direct,
  ip,
  Lab,
  type Peer,
  policy,
  Reject,
  recursive,
  type SetFields,
  segment,
} from './lab.ts';

const NET = '198.51.100.0/24';

interface Side {
  readonly set?: SetFields;
  readonly bgp?: BgpFields;
  readonly preference?: number;
  readonly kind?: RouteSourceKind;
  readonly now?: number;
  readonly pathId?: number;
}

/** Lets `winner` and `loser` meet in both orders of arrival; the loser has to lose at `step` both times. */
function duel(winner: Side, loser: Side, step: DecisionStep, lab: () => Lab = () => new Lab()): void {
  for (const first of ['winner', 'loser']) {
    const here = lab();
    const join = (name: string, side: Side): Peer => {
      const peer = here.peer(name, {
        ...(side.kind === undefined ? {} : { kind: side.kind }),
        ...(side.preference === undefined ? {} : { preference: side.preference }),
        // Without anything else said the winner has the higher router id and address: it does not win by them.
        bgp: {
          peerId: name === 'winner' ? 9 : 1,
          peerAddress: ip(name === 'winner' ? '10.0.0.9' : '10.0.0.1'),
          ...side.bgp,
        },
      });
      return peer;
    };
    const a = join('winner', winner);
    const b = join('loser', loser);
    const tell = (peer: Peer, side: Side): void =>
      peer.announce(NET, { origin: 0, asPath: [65001], ...side.set }, side.now ?? 1000, side.pathId ?? 0);
    if (first === 'winner') {
      tell(a, winner);
      tell(b, loser);
    } else {
      tell(b, loser);
      tell(a, winner);
    }
    here.settle();
    const table = here.table;
    assert.equal(here.bestOf(NET), 'winner', `${first} first`);
    const lost = table.lostAt(b.route(NET, loser.pathId ?? 0));
    assert.equal(lost, step, `lost as ${DECISION_STEP_NAMES[lost]}, not as ${DECISION_STEP_NAMES[step]}`);
    assert.equal(table.lostAt(a.route(NET, winner.pathId ?? 0)), DecisionStep.None);
  }
}

/** Next hop 10.0.0.1 is at hand, 10.99.0.1 is not. */
const AWAY = direct('10.99.0.1');

describe('the steps, each where all before it tie', () => {
  test('preference', () => {
    duel({ preference: 101 }, { preference: 100, set: { localPref: 500 } }, DecisionStep.Preference);
    duel({ set: { preference: 150 } }, { preference: 120 }, DecisionStep.Preference);
  });

  test('kind of protocol: a fixed order', () => {
    duel(
      { kind: RouteSourceKind.Static, preference: 100 },
      { kind: RouteSourceKind.Bgp, preference: 100 },
      DecisionStep.ProtocolKind,
    );
  });

  test('reachable next hop, whatever LOCAL_PREF says', () => {
    duel({}, { set: { via: AWAY, localPref: 900 } }, DecisionStep.NextHopReachable);
    duel({}, { set: { via: { kind: 'unreachable' } } }, DecisionStep.NextHopReachable);
    duel({ set: { via: { kind: 'blackhole' }, localPref: 101 } }, {}, DecisionStep.LocalPref);
  });

  test('not long-lived stale', () => {
    duel({}, { set: { communities: [WellKnownCommunity.LlgrStale], localPref: 900 } }, DecisionStep.LlgrStale);
  });

  test('higher LOCAL_PREF, with the default for those without', () => {
    duel({ set: { localPref: 101 } }, {}, DecisionStep.LocalPref);
    duel({}, { set: { localPref: 99 } }, DecisionStep.LocalPref);
    duel({ bgp: { defaultLocalPref: 150 } }, { set: { localPref: 149 } }, DecisionStep.LocalPref);
    duel({ set: { localPref: 4_000_000_000 } }, { set: { localPref: 1 } }, DecisionStep.LocalPref);
  });

  test('lower total AIGP, the next hop included; any before none', () => {
    duel({ set: { aigp: 10 } }, { set: { aigp: 11 } }, DecisionStep.Aigp);
    duel({ set: { aigp: 10, asPath: [1, 2, 3] } }, { set: { asPath: [1] } }, DecisionStep.Aigp);
    duel({ set: { aigp: 15, igpMetric: 1 } }, { set: { aigp: 10, igpMetric: 7 } }, DecisionStep.Aigp);
    duel({ set: { aigp: 2 ** 50 } }, { set: { aigp: 2 ** 50 + 1 } }, DecisionStep.Aigp);
  });

  test('shorter AS path; sets count one, confederation segments nothing, no path is the longest', () => {
    duel({ set: { asPath: [1] } }, { set: { asPath: [1, 2] } }, DecisionStep.AsPathLength);
    duel({ set: { asPath: [] } }, { set: { asPath: [1] } }, DecisionStep.AsPathLength);
    const set = Uint8Array.of(...segment(2, 65001), ...segment(1, 5, 6, 7));
    duel({ set: { segments: set } }, { set: { asPath: [65001, 2, 3] } }, DecisionStep.AsPathLength);
    const confed = Uint8Array.of(...segment(3, 64512, 64513), ...segment(2, 65001));
    duel({ set: { segments: confed } }, { set: { asPath: [65001, 2] } }, DecisionStep.AsPathLength);
  });

  test('AS path length is skipped if neither side asks for it, counts if one does', () => {
    const off = { pathMetric: false };
    duel(
      { bgp: off, set: { asPath: [65001, 2], origin: 0 } },
      { bgp: off, set: { asPath: [65001], origin: 1 } },
      DecisionStep.Origin,
    );
    duel({ bgp: off, set: { asPath: [65001] } }, { set: { asPath: [65001, 2] } }, DecisionStep.AsPathLength);
  });

  test('lower ORIGIN, a missing one is INCOMPLETE', () => {
    duel({ set: { origin: 0 } }, { set: { origin: 1 } }, DecisionStep.Origin);
    duel({ set: { origin: 1 } }, { set: { origin: 2 } }, DecisionStep.Origin);
  });

  test('lower MED between routes of one neighbour AS, with the default for those without', () => {
    duel({ set: { med: 1 } }, { set: { med: 2 } }, DecisionStep.Med);
    duel({}, { set: { med: 1 } }, DecisionStep.Med);
    duel({ set: { med: 4 } }, { bgp: { defaultMed: 5 } }, DecisionStep.Med);
    const confed = Uint8Array.of(...segment(3, 64512), ...segment(2, 65001));
    duel({ set: { segments: confed, med: 1 } }, { set: { med: 2 } }, DecisionStep.Med);
  });

  test('MED between other neighbours only with med metric on either side', () => {
    duel(
      { bgp: { peerId: 1 }, set: { asPath: [65001], med: 9 } },
      { bgp: { peerId: 2 }, set: { asPath: [65002], med: 1 } },
      DecisionStep.RouterId,
    );
    duel(
      { bgp: { medMetric: true }, set: { asPath: [65001], med: 1 } },
      { set: { asPath: [65002], med: 9 } },
      DecisionStep.Med,
    );
  });

  test('routes of our own AS are neighbours of each other', () => {
    duel({ set: { asPath: [], med: 1 } }, { set: { asPath: [], med: 2 } }, DecisionStep.Med);
  });

  test('external before interior', () => {
    duel({}, { bgp: { internal: true, interior: true } }, DecisionStep.External);
    duel({}, { bgp: { internal: false, interior: true } }, DecisionStep.External);
  });

  test('nearer next hop, unless it does not count', () => {
    duel({ set: { igpMetric: 10 } }, { set: { igpMetric: 20 } }, DecisionStep.IgpMetric);
    duel(
      { bgp: { igpMetric: false, peerId: 1 }, set: { igpMetric: 20 } },
      { bgp: { igpMetric: false, peerId: 2 }, set: { igpMetric: 10 } },
      DecisionStep.RouterId,
    );
  });

  test('the metric of the covering route counts', () => {
    const lab = (): Lab => {
      const made = new Lab();
      made.nextHops.addTable(made.table);
      const igp = made.peer('static1', { kind: RouteSourceKind.Static });
      igp.announce('192.0.2.1/32', { via: direct('10.0.0.1'), igpMetric: 10 });
      igp.announce('192.0.2.2/32', { via: direct('10.1.0.1'), igpMetric: 20 });
      made.settle();
      return made;
    };
    duel(
      { set: { via: recursive('192.0.2.1', 'master4') } },
      { set: { via: recursive('192.0.2.2', 'master4') } },
      DecisionStep.IgpMetric,
      lab,
    );
  });

  test('older, where asked for, between external routes of different routers', () => {
    duel({ bgp: { preferOlder: true }, now: 5000 }, { now: 6000 }, DecisionStep.Older);
    duel({ now: 5000 }, { bgp: { preferOlder: true }, now: 5001 }, DecisionStep.Older);
    const inside = { internal: true, interior: true };
    duel(
      { bgp: { ...inside, preferOlder: true, peerId: 1 }, now: 6000 },
      { bgp: { ...inside, peerId: 2 }, now: 5000 },
      DecisionStep.RouterId,
    );
    duel(
      { bgp: { preferOlder: true, peerId: 4, peerAddress: ip('10.0.0.1') }, now: 6000 },
      { bgp: { preferOlder: true, peerId: 4, peerAddress: ip('10.0.0.2') }, now: 5000 },
      DecisionStep.PeerAddress,
    );
  });

  test('lower router id, ORIGINATOR_ID in its place', () => {
    duel({ bgp: { peerId: 1 } }, { bgp: { peerId: 2 } }, DecisionStep.RouterId);
    duel({ bgp: { peerId: 0x7fffffff } }, { bgp: { peerId: 0x80000000 } }, DecisionStep.RouterId);
    duel({ bgp: { peerId: 9 }, set: { originatorId: 1 } }, { bgp: { peerId: 2 } }, DecisionStep.RouterId);
  });

  test('shorter CLUSTER_LIST, none is the shortest', () => {
    const id = { peerId: 5 };
    duel(
      { bgp: id, set: { clusterList: [1] } },
      { bgp: id, set: { clusterList: [1, 2] } },
      DecisionStep.ClusterListLength,
    );
    duel({ bgp: id }, { bgp: id, set: { clusterList: [1] } }, DecisionStep.ClusterListLength);
  });

  test('lower peer address, IPv4 before other IPv6', () => {
    const peer = (address: string): BgpFields => ({ peerId: 5, peerAddress: ip(address) });
    duel({ bgp: peer('10.0.0.1') }, { bgp: peer('10.0.0.2') }, DecisionStep.PeerAddress);
    duel({ bgp: peer('127.255.255.255') }, { bgp: peer('128.0.0.0') }, DecisionStep.PeerAddress);
    duel({ bgp: peer('200.0.0.1') }, { bgp: peer('2001:db8::1') }, DecisionStep.PeerAddress);
    duel({ bgp: peer('2001:db8::1') }, { bgp: peer('2001:db8:0:0:8000::1') }, DecisionStep.PeerAddress);
  });

  test('the one that is there already', () => {
    const same = { peerId: 5, peerAddress: ip('10.0.0.5') };
    duel({ bgp: same, now: 1000 }, { bgp: same, now: 2000 }, DecisionStep.Existing);
    duel(
      { kind: RouteSourceKind.Static, preference: 100, now: 1000 },
      { kind: RouteSourceKind.Static, preference: 100, now: 2000 },
      DecisionStep.Existing,
    );
  });

  test('static routes by their metric', () => {
    const kind = RouteSourceKind.Static;
    duel({ kind, set: { igpMetric: 1 } }, { kind, set: { igpMetric: 2 } }, DecisionStep.IgpMetric);
  });
});

test('add-path routes of one peer keep their order of arrival, and the path id tells those of one burst apart', () => {
  const lab = new Lab();
  const peer = lab.peer('p');
  peer.announce(NET, { asPath: [1] }, 2000, 7);
  peer.announce(NET, { asPath: [2] }, 1000, 9);
  peer.announce(NET, { asPath: [3] }, 1000, 8);
  lab.settle();
  assert.equal(lab.table.best(lab.row(NET)), peer.route(NET, 8));
  assert.equal(lab.table.lostAt(peer.route(NET, 9)), DecisionStep.Existing);
  peer.withdraw(NET, 8);
  lab.settle();
  assert.equal(lab.table.best(lab.row(NET)), peer.route(NET, 9));
});

test('routes that take no part say why, and never win', () => {
  const lab = new Lab();
  const none = policy('none', () => Reject);
  const filtered = lab.peer('filtered', { options: { policy: none, keepFiltered: true } });
  const held = lab.peer('held', { options: { policy: none, importTable: true } });
  const dormant = lab.peer('dormant', { kind: RouteSourceKind.Static });
  const poor = lab.peer('poor');
  filtered.announce(NET, { localPref: 900 });
  held.announce(NET, { localPref: 900 });
  dormant.announce(NET, {
    via: { kind: 'hops', hops: [{ gateway: ip('10.99.0.1'), interfaceName: undefined, weight: 1, onlink: false }] },
  });
  lab.settle();
  assert.equal(lab.bestOf(NET), '');
  poor.announce(NET, { via: AWAY, localPref: 1 });
  lab.settle();
  assert.equal(lab.bestOf(NET), 'poor', 'unreachable, but it takes part');
  const reasons = [filtered, held, dormant, poor].map((peer) => lab.table.ineligibleReason(peer.route(NET)));
  assert.deepEqual(reasons, [
    IneligibleReason.Filtered,
    IneligibleReason.Held,
    IneligibleReason.Dormant,
    IneligibleReason.None,
  ]);
  assert.equal(lab.table.lostAt(filtered.route(NET)), DecisionStep.Eligible);
  assert.equal(INELIGIBLE_REASON_NAMES.length, Object.keys(IneligibleReason).length);
  assert.equal(DECISION_STEP_NAMES.length, Object.keys(DecisionStep).length);
});

describe('deterministic MED', () => {
  // The classic: A and B of AS 1 (MED 10 and 5), C of AS 2. Router ids make A < C < B.
  const fields = (as: number, med: number): SetFields => ({ origin: 0, asPath: [as], med });
  const orders = [
    ['a', 'b', 'c'],
    ['a', 'c', 'b'],
    ['b', 'a', 'c'],
    ['b', 'c', 'a'],
    ['c', 'a', 'b'],
    ['c', 'b', 'a'],
  ];

  function run(deterministicMed: boolean, order: readonly string[]): { lab: Lab; peers: Map<string, Peer> } {
    const lab = new Lab();
    const peers = new Map([
      ['a', lab.peer('a', { bgp: { deterministicMed, peerId: 1 } })],
      ['b', lab.peer('b', { bgp: { deterministicMed, peerId: 3 } })],
      ['c', lab.peer('c', { bgp: { deterministicMed, peerId: 2 } })],
    ]);
    const sets: Record<string, SetFields> = { a: fields(1, 10), b: fields(1, 5), c: fields(2, 0) };
    for (const name of order) {
      peers.get(name)?.announce(NET, sets[name]);
      lab.settle();
    }
    return { lab, peers };
  }

  test('the best of each neighbour AS is picked first, the others are suppressed', () => {
    for (const order of orders) {
      const { lab, peers } = run(true, order);
      assert.equal(lab.bestOf(NET), 'c', order.join());
      const lost = (name: string): DecisionStep => lab.table.lostAt(peers.get(name)?.route(NET) ?? (0 as never));
      assert.equal(lost('a'), DecisionStep.Suppressed);
      assert.equal(lost('b'), DecisionStep.RouterId);
    }
  });

  test('suppression ends when the better one of the group goes', () => {
    const { lab, peers } = run(true, ['a', 'b', 'c']);
    peers.get('b')?.withdraw(NET);
    lab.settle();
    assert.equal(lab.bestOf(NET), 'a');
    assert.equal(lab.table.lostAt(peers.get('c')?.route(NET) ?? (0 as never)), DecisionStep.RouterId);
    peers.get('c')?.withdraw(NET);
    lab.settle();
    assert.equal(lab.bestOf(NET), 'a');
  });

  test('groups are of one preference', () => {
    const lab = new Lab();
    const bgp = { deterministicMed: true };
    const high = lab.peer('high', { bgp, preference: 110 });
    const low = lab.peer('low', { bgp, preference: 100 });
    high.announce(NET, fields(1, 10));
    low.announce(NET, fields(1, 5));
    lab.settle();
    assert.equal(lab.bestOf(NET), 'high');
    assert.equal(lab.table.lostAt(low.route(NET)), DecisionStep.Preference);
  });

  test('without it the winner still does not depend on the order of arrival', () => {
    const winners = new Set(orders.map((order) => run(false, order).lab.bestOf(NET)));
    assert.equal(winners.size, 1);
  });
});

describe('equal cost', () => {
  function equal(a: Side, b: Side): boolean {
    const lab = new Lab();
    const join = (name: string, side: Side): Peer =>
      lab.peer(name, {
        ...(side.kind === undefined ? {} : { kind: side.kind }),
        ...(side.preference === undefined ? {} : { preference: side.preference }),
        bgp: side.bgp ?? {},
      });
    const x = join('x', a);
    const y = join('y', b);
    x.announce(NET, { origin: 0, asPath: [65001], ...a.set }, a.now);
    y.announce(NET, { origin: 0, asPath: [65001], ...b.set }, b.now);
    lab.settle();
    const result = lab.table.decision.isEqualCost(x.route(NET), y.route(NET));
    assert.equal(lab.table.decision.isEqualCost(y.route(NET), x.route(NET)), result, 'symmetric');
    return result;
  }

  test('what says nothing about the way may differ', () => {
    assert.ok(equal({}, {}));
    assert.ok(equal({ set: { asPath: [65001, 1] } }, { set: { asPath: [65001, 2] } }), 'contents of paths');
    assert.ok(equal({ set: { aigp: 1 } }, { set: { aigp: 2 } }));
    assert.ok(equal({ now: 1 }, { now: 2 }));
    assert.ok(equal({ set: { clusterList: [1] } }, {}));
    assert.ok(equal({ set: { via: direct('10.0.0.1') } }, { set: { via: direct('10.1.0.1') } }));
    assert.ok(equal({ set: { asPath: [1], med: 1 } }, { set: { asPath: [2], med: 2 } }), 'other neighbours');
    const kind = RouteSourceKind.Static;
    assert.ok(equal({ kind }, { kind }));
  });

  test('what says something must not', () => {
    assert.ok(!equal({ set: { localPref: 1 } }, {}));
    assert.ok(!equal({ preference: 1 }, {}));
    assert.ok(!equal({ set: { asPath: [1, 2] } }, {}));
    assert.ok(!equal({ set: { origin: 1 } }, {}));
    assert.ok(!equal({ set: { med: 1 } }, {}));
    assert.ok(!equal({ set: { igpMetric: 1 } }, {}));
    assert.ok(!equal({ bgp: { interior: true } }, {}));
    assert.ok(!equal({ set: { via: AWAY } }, { set: { via: AWAY } }), 'nowhere to go');
    assert.ok(!equal({ set: { via: AWAY } }, {}));
    assert.ok(!equal({ set: { communities: [WellKnownCommunity.LlgrStale] } }, {}));
    assert.ok(!equal({ kind: RouteSourceKind.Static, preference: 100 }, { preference: 100 }));
    const kind = RouteSourceKind.Static;
    assert.ok(!equal({ kind, set: { igpMetric: 1 } }, { kind }));
    const device = { kind: RouteSourceKind.Device };
    assert.ok(!equal(device, device));
  });
});

test('comparing is a strict order: antisymmetric, and transitive where MED is compared among all', () => {
  const side = fc.record({
    localPref: fc.integer({ min: 99, max: 101 }),
    origin: fc.integer({ min: 0, max: 1 }),
    asPath: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 0, maxLength: 2 }),
    med: fc.integer({ min: 0, max: 1 }),
    igpMetric: fc.integer({ min: 0, max: 1 }),
    peerId: fc.integer({ min: 1, max: 2 }),
    interior: fc.boolean(),
    preferOlder: fc.boolean(),
    now: fc.integer({ min: 1, max: 2 }),
  });
  fc.assert(
    fc.property(fc.array(side, { minLength: 3, maxLength: 5 }), fc.boolean(), (sides, preferOlder) => {
      const lab = new Lab();
      const routes = sides.map((s, i) => {
        const bgp = { peerId: s.peerId, interior: s.interior, internal: s.interior, preferOlder, medMetric: true };
        const peer = lab.peer(`p${i}`, { bgp });
        const { localPref, origin, asPath, med, igpMetric } = s;
        peer.announce(NET, { localPref, origin, asPath, med, igpMetric }, s.now);
        return peer.route(NET);
      });
      const { decision } = lab.table;
      for (const a of routes) {
        for (const b of routes) {
          const ab = Math.sign(decision.compare(a, b));
          if (a === b) continue;
          assert.notEqual(ab, 0);
          assert.equal(Math.sign(decision.compare(b, a)), -ab);
          for (const c of routes) {
            if (c !== a && c !== b && ab < 0 && decision.compare(b, c) < 0) assert.ok(decision.compare(a, c) < 0);
          }
        }
      }
      lab.settle();
      const best = lab.table.best(lab.row(NET));
      for (const route of routes) if (route !== best) assert.ok(decision.compare(best, route) < 0);
    }),
    { seed: 48, numRuns: 200 },
  );
});

test('a sorted table chains its routes in full order of preference', () => {
  const lab = new Lab(undefined, true);
  const sides: [string, SetFields][] = [
    ['third', { localPref: 80 }],
    ['first', { localPref: 120 }],
    ['fourth', { localPref: 70 }],
    ['second', { localPref: 90 }],
  ];
  const peers = sides.map(([name, set]) => {
    const peer = lab.peer(name);
    peer.announce(NET, set);
    lab.settle();
    return peer;
  });
  assert.deepEqual(lab.chain(NET), ['first', 'second', 'third', 'fourth']);
  peers[0]?.announce(NET, { localPref: 200 });
  lab.settle();
  assert.deepEqual(lab.chain(NET), ['third', 'first', 'second', 'fourth']);
  peers[1]?.withdraw(NET);
  lab.settle();
  assert.deepEqual(lab.chain(NET), ['third', 'second', 'fourth']);
  for (const peer of peers) peer.clear();
  lab.settle();
  assert.deepEqual(lab.chain(NET), []);
});
