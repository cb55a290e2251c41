import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WellKnownCommunity } from '../../bgp/index.ts';
import type { BgpSource } from '../../rib/index.ts';
import type { ExportSession, LocalRole } from '../../route-reflector/index.ts';
import { bgpSource, localSource, refusal, session } from './lab.ts';

const TARGETS: Readonly<Record<string, Partial<ExportSession>>> = {
  client: { internal: true, rrClient: true, clusterId: 1 },
  'non-client': { internal: true },
  external: {},
  'confederation member': { interior: true, localAs: 65100, publicAs: 65000 },
  'route server client': { rsClient: true },
};
const SOURCES: Readonly<Record<string, Partial<BgpSource>>> = {
  client: { internal: true, rrClient: true, clusterId: 1 },
  'non-client': { internal: true },
  external: {},
  'confederation member': { interior: true, localAs: 65100, peerAs: 65101 },
  'route server client': { rsClient: true },
};

describe('who hears whom (RFC 4456 section 6)', () => {
  for (const [from, source] of Object.entries(SOURCES)) {
    for (const [to, target] of Object.entries(TARGETS)) {
      const refused = from === 'non-client' && to === 'non-client';
      test(`${from} to ${to}: ${refused ? 'no' : 'yes'}`, () => {
        assert.equal(refusal(session(target), bgpSource(source)), refused ? 'InternalToInternal' : '');
      });
    }
  }

  for (const [to, target] of Object.entries(TARGETS)) {
    test(`a route of our own to ${to}: yes`, () => {
      assert.equal(refusal(session(target), localSource()), '');
    });
  }

  test('two internal sessions in different ASes of ours are no reflection', () => {
    assert.equal(refusal(session({ internal: true, localAs: 65009 }), bgpSource({ internal: true })), '');
  });
});

describe('clusters (RFC 4456 section 8)', () => {
  const source = bgpSource({ internal: true });
  const target = session({ internal: true, rrClient: true, clusterId: 7 });

  test('a route that passed our cluster stays here', () => {
    assert.equal(refusal(target, source, { clusterList: [3, 7, 9] }), 'ClusterLoop');
    assert.equal(refusal(target, source, { clusterList: [3, 9] }), '');
  });

  test('a target that is no client has no cluster to loop through', () => {
    const from = bgpSource({ internal: true, rrClient: true, clusterId: 5 });
    assert.equal(refusal(session({ internal: true, clusterId: 7 }), from, { clusterList: [7] }), '');
  });

  test('CLUSTER_LIST of a route from outside says nothing', () => {
    assert.equal(refusal(target, bgpSource(), { clusterList: [7] }), '');
  });
});

describe('communities that everybody obeys (RFC 1997, RFC 9494)', () => {
  const { NoExport, NoAdvertise, NoExportSubconfed, LlgrStale, NoLlgr } = WellKnownCommunity;
  const internal = session({ internal: true, rrClient: true, clusterId: 1 });
  const member = session(TARGETS['confederation member']);
  const external = session();
  const cases: [string, number, string, string, string][] = [
    ['NO_ADVERTISE', NoAdvertise, 'NoAdvertise', 'NoAdvertise', 'NoAdvertise'],
    ['NO_EXPORT', NoExport, '', '', 'NoExport'],
    ['NO_EXPORT_SUBCONFED', NoExportSubconfed, '', 'NoExportSubconfed', 'NoExportSubconfed'],
    ['LLGR_STALE', LlgrStale, 'LongLivedStale', 'LongLivedStale', 'LongLivedStale'],
    ['NO_LLGR', NoLlgr, '', '', ''],
    ['a community below them', 0xfffe_ffff, '', '', ''],
  ];
  for (const [name, community, toInternal, toMember, toExternal] of cases) {
    test(name, () => {
      // Others stand around it: the look-up must not depend on the place.
      const fields = { communities: [65001 * 65536, community, 0xffff_fff0] };
      assert.equal(refusal(internal, bgpSource(), fields), toInternal);
      assert.equal(refusal(member, bgpSource(), fields), toMember);
      assert.equal(refusal(external, bgpSource(), fields), toExternal);
    });
  }

  test('LLGR_STALE goes to a neighbour that announced long-lived graceful restart', () => {
    assert.equal(refusal(session({ llgrCapable: true }), bgpSource(), { communities: [LlgrStale] }), '');
  });

  test('interpret communities off: all of them pass', () => {
    const communities = [NoAdvertise, NoExport, NoExportSubconfed, LlgrStale];
    assert.equal(refusal(session({ interpretCommunities: false }), bgpSource(), { communities }), '');
  });

  test('on a route of our own they are for the neighbours to obey', () => {
    assert.equal(refusal(external, localSource(), { communities: [NoExport] }), '');
  });
});

describe('ONLY_TO_CUSTOMER (RFC 9234 section 5)', () => {
  const roles: [LocalRole, string][] = [
    ['provider', ''],
    ['rs_server', ''],
    ['rs_client', 'OnlyToCustomer'],
    ['customer', 'OnlyToCustomer'],
    ['peer', 'OnlyToCustomer'],
  ];
  for (const [localRole, refused] of roles) {
    test(`as ${localRole}`, () => {
      assert.equal(refusal(session({ localRole }), bgpSource(), { otc: 65007 }), refused);
      assert.equal(refusal(session({ localRole }), bgpSource(), {}), '');
    });
  }

  test('without a role nobody asks', () => {
    assert.equal(refusal(session(), bgpSource(), { otc: 65007 }), '');
  });
});
