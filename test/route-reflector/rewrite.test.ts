import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RouteSourceKind } from '../../bgp/index.ts';
import type { LocalRole } from '../../route-reflector/index.ts';
import { SessionAdvertisement } from '../../route-reflector/index.ts';
import { bgpSource, localSource, sent, session } from './lab.ts';

const INTERNAL = { internal: true, aigp: 'off' } as const;
const MEMBER = { interior: true, localAs: 65100, publicAs: 65000 };

describe('a route of our own', () => {
  test('to an external peer', () => {
    assert.equal(sent(session(), localSource()), 'igp path(65000) via=10.0.0.254');
  });
  test('to an internal peer', () => {
    assert.equal(sent(session(INTERNAL), localSource()), 'igp path() via=10.0.0.254 pref=100');
    assert.equal(
      sent(session({ ...INTERNAL, defaultLocalPref: 150 }), localSource()),
      'igp path() via=10.0.0.254 pref=150',
    );
  });
  test('to a member of the confederation', () => {
    assert.equal(sent(session(MEMBER), localSource()), 'igp path((65100)) via=10.0.0.254 pref=100');
  });
  test('to a client of the route server', () => {
    assert.equal(sent(session({ rsClient: true }), localSource()), 'igp path() via=10.0.0.254');
  });
});

describe('ORIGIN', () => {
  test('is added: INCOMPLETE if BGP brought the route', () => {
    assert.match(sent(session(), bgpSource(), { asPath: '1' }), /^incomplete /);
    assert.match(sent(session(), localSource(RouteSourceKind.Device)), /^igp /);
    assert.match(sent(session(), bgpSource(), { origin: 1, asPath: '1' }), /^egp /);
  });
});

describe('AS_PATH', () => {
  const path = (target: Parameters<typeof session>[0], asPath: string): string =>
    /path\((.*)\) via/.exec(sent(session(target), bgpSource(), { asPath }))![1]!;

  test('external: our AS in front, in the first sequence', () => {
    assert.equal(path({}, '65007 1'), '65000 65007 1');
    assert.equal(path({}, '{1 2} 3'), '65000 {1 2} 3');
    assert.equal(path({}, ''), '65000');
  });
  test('a sequence of 255 is full', () => {
    const full = Array.from({ length: 255 }, (_, i) => i + 1).join(' ');
    assert.equal(path({}, full), `65000 ${full}`);
    assert.equal(path({}, full.slice(2)), `65000 ${full.slice(2)}`);
  });
  test('internal and route server clients: as it is', () => {
    assert.equal(path(INTERNAL, '65007 1'), '65007 1');
    assert.equal(path({ rsClient: true }, '65007 1'), '65007 1');
    assert.equal(path(INTERNAL, '(65101) 65007'), '(65101) 65007');
  });
  test('inside the confederation: our member AS in front', () => {
    assert.equal(path(MEMBER, '(65101) 65007'), '(65100 65101) 65007');
    assert.equal(path(MEMBER, '({65101}) 65007'), '(65100) ({65101}) 65007');
    assert.equal(path(MEMBER, '65007'), '(65100) 65007');
  });
  test('leaving the confederation: its segments stay behind, wherever they stand', () => {
    assert.equal(path({}, '(65101) ({65102}) 65007 1'), '65000 65007 1');
    assert.equal(path({}, '(65101)'), '65000');
    assert.equal(path({}, '65007 (65101) {1}'), '65000 65007 {1}');
    assert.equal(path({ rsClient: true }, '(65101) 65007'), '65007');
  });
  test('the outside sees the confederation identifier', () => {
    assert.equal(path({ localAs: 65100, publicAs: 64999 }, '1'), '64999 1');
  });
});

describe('MULTI_EXIT_DISC', () => {
  const med = (target: Parameters<typeof session>[0], medWritten = false): boolean =>
    sent(session(target), bgpSource(), { asPath: '1', med: 5, medWritten }).includes('med=5');
  test('does not go to the next AS, unless the operator wants it', () => {
    assert.equal(med({}), false);
    assert.equal(med({}, true), true);
    assert.equal(med({ allowMed: true }), true);
  });
  test('that no neighbour sent is our own wish', () => {
    assert.match(sent(session(), localSource(), { med: 5 }), /med=5/);
  });
  test('stays inside, and in the hands of a route server', () => {
    assert.equal(med(INTERNAL), true);
    assert.equal(med(MEMBER), true);
    assert.equal(med({ rsClient: true }), true);
  });
});

describe('lists that a filter emptied', () => {
  test('do not go out', () => {
    const empty = { asPath: '1', communities: [], extended: [], clusterList: [] };
    for (const target of [{}, INTERNAL, MEMBER]) {
      assert.equal(sent(session(target), bgpSource(), empty), sent(session(target), bgpSource(), { asPath: '1' }));
    }
    const client = session({ ...INTERNAL, rrClient: true, clusterId: 3 });
    const source = bgpSource({ internal: true, rrClient: true, clusterId: 3 });
    assert.match(sent(client, source, empty), /clusters=3$/);
  });
});

describe('LOCAL_PREF', () => {
  const fields = { asPath: '1', localPref: 7 };
  test('stays inside', () => {
    assert.match(sent(session(INTERNAL), bgpSource(), fields), /pref=7/);
    assert.match(sent(session(MEMBER), bgpSource(), fields), /pref=7/);
    assert.doesNotMatch(sent(session(), bgpSource(), fields), /pref/);
    assert.match(sent(session({ allowLocalPref: true }), bgpSource(), fields), /pref=7/);
    assert.doesNotMatch(sent(session({ allowLocalPref: true }), bgpSource(), { asPath: '1' }), /pref/);
  });
});

describe('reflection (RFC 4456 section 8)', () => {
  const fields = { origin: 0, asPath: '1', nextHop: '10.0.0.9', localPref: 100 };
  const reflect = (sourceCluster: number, targetCluster: number, more: object = {}): string =>
    sent(
      session({ ...INTERNAL, rrClient: targetCluster !== 0, clusterId: targetCluster }),
      bgpSource({ internal: true, rrClient: sourceCluster !== 0, clusterId: sourceCluster }),
      { ...fields, ...more },
    ).replace('igp path(1) via=10.0.0.9 pref=100 ', '');

  test('client to client of one cluster', () => {
    assert.equal(reflect(3, 3), 'originator=10.0.0.7 clusters=3');
  });
  test('client to client of another cluster: both are entered, the source first', () => {
    assert.equal(reflect(3, 4), 'originator=10.0.0.7 clusters=4,3');
  });
  test('client to non-client, and back', () => {
    assert.equal(reflect(3, 0), 'originator=10.0.0.7 clusters=3');
    assert.equal(reflect(0, 4), 'originator=10.0.0.7 clusters=4');
  });
  test('what is there stays: the originator, and the clusters behind ours', () => {
    assert.equal(
      reflect(3, 4, { originatorId: 0x01020304, clusterList: [9, 8] }),
      'originator=1.2.3.4 clusters=4,3,9,8',
    );
  });
  test('a route from outside, or of our own, is no reflection', () => {
    const client = session({ ...INTERNAL, rrClient: true, clusterId: 4 });
    assert.equal(sent(client, bgpSource(), fields), 'igp path(1) via=10.0.0.9 pref=100');
    assert.equal(sent(client, localSource()), 'igp path() via=10.0.0.254 pref=100');
  });
  test('nothing of it leaves the AS', () => {
    const more = { ...fields, originatorId: 1, clusterList: [2] };
    assert.equal(sent(session(), bgpSource({ internal: true }), more), 'igp path(65000 1) via=10.0.0.254');
    assert.match(sent(session(MEMBER), bgpSource({ internal: true }), more), /pref=100$/);
  });
});

describe('a session that is about to go (RFC 8326)', () => {
  const leaving = { gracefulShutdown: true };
  test('says so in every route, in its place among the communities, once', () => {
    const communities = (list: readonly number[]): string =>
      sent(session(leaving), bgpSource(), { asPath: '1', communities: list });
    assert.match(sent(session(leaving), localSource()), /comm=\(65535,0\)/);
    assert.match(communities([0xffff0001, 5]), /comm=\(0,5\) \(65535,0\) \(65535,1\)/);
    assert.match(communities([0xffff0000]), /comm=\(65535,0\)$/);
    assert.doesNotMatch(sent(session(), localSource()), /comm/);
  });
  test('is the last choice inside the AS', () => {
    assert.match(sent(session({ ...INTERNAL, ...leaving }), bgpSource(), { asPath: '1', localPref: 7 }), /pref=0 /);
    assert.match(sent(session({ ...INTERNAL, ...leaving }), localSource()), /pref=0 /);
    assert.doesNotMatch(sent(session(leaving), bgpSource(), { asPath: '1', localPref: 7 }), /pref/);
  });
});

describe('EXTENDED COMMUNITIES (RFC 4360 section 6)', () => {
  const target = [0x00020001, 100];
  const bandwidth = [0x4004fde8, 0x41200000];
  test('those that are not transitive stay inside', () => {
    const fields = { asPath: '1', extended: [...bandwidth, ...target] };
    assert.match(sent(session(INTERNAL), bgpSource(), fields), /rt, 1, 100\).*65000/);
    assert.match(sent(session(), bgpSource(), fields), /ext=\(rt, 1, 100\)$/);
    assert.doesNotMatch(sent(session(), bgpSource(), { asPath: '1', extended: bandwidth }), /ext/);
  });
});

describe('AIGP (RFC 7311)', () => {
  const metric = (target: Parameters<typeof session>[0], source: Parameters<typeof sent>[1], more: object): string =>
    /aigp=(\w+)/.exec(sent(session(target), source, { asPath: '1', ...more }))?.[1] ?? '';
  const on = { internal: true, aigp: 'on' } as const;
  const HEAD = '0200046301000b';

  test('grows by the way behind us where we are the next hop', () => {
    const self = { ...on, nextHopSelf: 'all' } as const;
    assert.equal(metric(self, bgpSource(), { aigp: [0, 100], metric: 20 }), `${HEAD}0000000000000078`);
    assert.equal(metric(self, bgpSource(), { aigp: [0, 100], metric: 0 }), `${HEAD}0000000000000065`);
    assert.equal(metric(self, bgpSource(), { aigp: [0, 0xffffffff], metric: 2 }), `${HEAD}0000000100000001`);
    assert.equal(metric(self, bgpSource(), { aigp: [0xffffffff, 0xffffffff], metric: 2 }), `${HEAD}ffffffffffffffff`);
    assert.equal(metric(self, bgpSource(), { aigp: [0, 100], metric: 0xffffffff }), `${HEAD}ffffffffffffffff`);
    assert.equal(metric(self, bgpSource(), { aigp: [0, 100], metric: 20, igpMetric: 5 }), `${HEAD}0000000000000069`);
  });
  test('is untouched where the next hop stays', () => {
    assert.equal(
      metric(on, bgpSource(), { aigp: [0, 100], metric: 20, nextHop: '10.0.0.9' }),
      `${HEAD}0000000000000064`,
    );
  });
  test('is not sent where it is off', () => {
    assert.equal(metric({ aigp: 'off' }, bgpSource(), { aigp: [0, 100] }), '');
  });
  test('originate: routes of our own get the metric that was set, those of our links 0', () => {
    const originate = { internal: true, aigp: 'originate' } as const;
    assert.equal(metric(originate, localSource(), { igpMetric: 30 }), '01000b000000000000001e');
    assert.equal(metric(originate, localSource(), { metric: 30 }), '');
    assert.equal(metric(originate, localSource(RouteSourceKind.Device), {}), '01000b0000000000000000');
    assert.equal(metric(originate, localSource(), { igpMetric: 0xffffffff }), '');
    assert.equal(metric(originate, bgpSource(), { igpMetric: 30 }), '');
    assert.equal(metric(on, localSource(), { igpMetric: 30 }), '');
  });
});

describe('ONLY_TO_CUSTOMER (RFC 9234 section 5)', () => {
  const roles: [LocalRole, boolean][] = [
    ['provider', true],
    ['peer', true],
    ['rs_server', true],
    ['customer', false],
    ['rs_client', false],
  ];
  for (const [localRole, added] of roles) {
    test(`as ${localRole}`, () => {
      const text = sent(session({ localRole, publicAs: 64999 }), bgpSource(), { asPath: '1' });
      assert.equal(text.includes('otc=64999'), added);
    });
  }
  test('what is there stays', () => {
    assert.match(sent(session({ localRole: 'provider' }), bgpSource(), { asPath: '1', otc: 9 }), /otc=9$/);
    assert.match(sent(session(), bgpSource(), { asPath: '1', otc: 9 }), /otc=9$/);
  });
});

describe('attributes that nobody here knows', () => {
  test('the transitive ones are passed on', () => {
    const unknown = [
      [99, 0xc0, [1, 2]],
      [100, 0x80, [3]],
      [200, 0xe0, [4]],
    ] as const;
    assert.match(sent(session(), bgpSource(), { asPath: '1', unknown }), /99\/c0=1,2 200\/e0=4$/);
  });
});

test('everything at once stands in order', () => {
  const text = sent(
    session({ internal: true, rrClient: true, clusterId: 4, aigp: 'on' }),
    bgpSource({ internal: true }),
    {
      med: 5,
      communities: [65001],
      extended: [0x00020001, 100],
      aigp: [0, 1],
      unknown: [[240, 0xc0, [1]]],
      igpMetric: 1,
    },
  );
  assert.equal(
    text,
    'incomplete path() via=10.0.0.254 med=5 pref=100 comm=(0,65001) originator=10.0.0.7 clusters=4 ' +
      'ext=(rt, 1, 100) aigp=0200046301000b0000000000000002 240/c0=1',
  );
});

test('attributes far longer than the room that was there', () => {
  const communities = Array.from({ length: 9000 }, (_, i) => i);
  const text = sent(session(), bgpSource(), { asPath: '1', communities });
  assert.equal(text.split('(0,').length, 9001);
});

describe('sessions that share a group', () => {
  const key = (facts: Parameters<typeof session>[0]): string => new SessionAdvertisement(session(facts)).key;
  test('have equal keys, whatever the order of their facts', () => {
    const facts = session();
    const reversed = Object.fromEntries(Object.entries(facts).reverse()) as unknown as typeof facts;
    assert.equal(new SessionAdvertisement(reversed).key, key({}));
  });
  test('each fact makes a difference', () => {
    const keys = new Set([
      key({}),
      key({ internal: true }),
      key({ interior: true }),
      key({ localAs: 1 }),
      key({ publicAs: 1 }),
      key({ rrClient: true }),
      key({ clusterId: 1 }),
      key({ rsClient: true }),
      key({ nextHopSelf: 'all' }),
      key({ nextHopKeep: 'all' }),
      key({ ownAddress: undefined }),
      key({ linkInterface: 'eth9' }),
      key({ allowMed: true }),
      key({ aigp: 'originate' }),
      key({ localRole: 'peer' }),
      key({ llgrCapable: true }),
    ]);
    assert.equal(keys.size, 16);
  });
  test('sources of one class are told apart only where it matters', () => {
    const internal = new SessionAdvertisement(session({ internal: true }));
    const external = new SessionAdvertisement(session());
    const one = bgpSource({ internal: true, peerId: 1 });
    const two = bgpSource({ internal: true, peerId: 2 });
    assert.notEqual(internal.sourceClass(one), internal.sourceClass(two), 'ORIGINATOR_ID differs');
    assert.equal(external.sourceClass(one), external.sourceClass(two));
    assert.notEqual(external.sourceClass(one), external.sourceClass(bgpSource({ peerId: 1 })));
    assert.notEqual(external.sourceClass(bgpSource()), external.sourceClass(bgpSource({ linkInterface: 'eth1' })));
    assert.notEqual(external.sourceClass(localSource()), external.sourceClass(localSource(RouteSourceKind.Device)));
  });
});
