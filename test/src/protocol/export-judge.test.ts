import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  ACCEPT_ALL,
  type Policy,
  PolicyReads,
  type PolicyRoute,
  PolicyVerdict,
  RouteSourceKind,
} from '../../../bgp/index.ts';
import { AdjRibIn, AdvertisementReason, type RouteId } from '../../../rib/index.ts';
import { internBare } from '../../../src/origin/bare-route.ts';
import { ExportJudge } from '../../../src/protocol/export-judge.ts';
import { Bench, prefix } from '../origin/bench.ts';

function policy(reads: number, evaluate: (route: PolicyRoute) => PolicyVerdict): Policy {
  const made: Policy = { label: '(unnamed)', reads, writes: true, evaluate, equals: (other) => other === made };
  return made;
}

describe('ExportJudge', () => {
  let bench: Bench;
  let calls: number;
  let reports: string[];
  let refused: RouteId | undefined;
  beforeEach(() => {
    bench = new Bench();
    calls = 0;
    reports = [];
    refused = undefined;
  });
  afterEach(() => bench.close());

  function channel(name: string): AdjRibIn {
    const source = bench.sources.add({
      protocol: name,
      channel: `${name}.ipv4`,
      kind: RouteSourceKind.Static,
      preference: 200,
      bgp: undefined,
    })!;
    return new AdjRibIn(bench.table('master4').table, source, {
      policy: ACCEPT_ALL,
      keepFiltered: false,
      importTable: false,
      receiveLimit: undefined,
      importLimit: undefined,
      onLimit: () => {},
      report: () => {},
      print: () => {},
    });
  }

  function announce(adjRibIn: AdjRibIn, text: string, kind: 'blackhole' | 'unreachable' = 'blackhole'): RouteId {
    const attribute = internBare(bench, { kind });
    adjRibIn.announce(prefix(text), 0, attribute, 1000);
    bench.attributes.release(attribute);
    const { table } = bench.table('master4');
    while (table.decide(100));
    return table.best(table.prefixes.findPrefix(prefix(text)));
  }

  function judge(filter: Policy): ExportJudge {
    return new ExportJudge(bench.table('master4').table, filter, {
      admits: (route) => (route === refused ? AdvertisementReason.OwnRoute : AdvertisementReason.None),
      report: (text) => reports.push(text),
      print: () => {},
    });
  }

  it('asks a filter that looks at attributes alone once for each attribute set and source', () => {
    const [one, two] = [channel('one'), channel('two')];
    const a = announce(one, '20.0.0.0/24');
    const b = announce(one, '20.0.1.0/24');
    const c = announce(one, '20.0.2.0/24', 'unreachable');
    const d = announce(two, '20.0.3.0/24');
    const made = judge(
      policy(PolicyReads.Source, (route) => {
        calls++;
        if (route.nextHop.kind === 'unreachable') return PolicyVerdict.Reject;
        route.preference = 77;
        return PolicyVerdict.Accept;
      }),
    );
    const first = made.judge(a);
    assert.equal(bench.attributes.preference[first], 77);
    assert.equal(made.judge(b), first);
    assert.equal(calls, 1);
    assert.deepEqual([made.judge(c), made.reason, calls], [0, AdvertisementReason.Filter, 2]);
    assert.deepEqual([made.judge(c), made.reason, calls], [0, AdvertisementReason.Filter, 2]);
    assert.equal(made.judge(d), first);
    assert.equal(calls, 3);
    // Nobody holds the result any more: the remembered answer is worth nothing then, and must not be used.
    for (let i = 0; i < 3; i++) bench.attributes.release(first);
    announce(one, '20.0.9.0/24', 'unreachable');
    const again = made.judge(a);
    assert.equal(bench.attributes.preference[again], 77);
    bench.attributes.release(again);
  });

  it('asks each time where the answer depends on the prefix', () => {
    const one = channel('one');
    const a = announce(one, '20.0.0.0/24');
    const b = announce(one, '20.0.1.0/24');
    const made = judge(
      policy(PolicyReads.Prefix, (route) => {
        calls++;
        return route.word0 === 0x14000000 ? PolicyVerdict.Accept : PolicyVerdict.Reject;
      }),
    );
    assert.equal(made.judge(a), bench.table('master4').table.attributeOf(a));
    assert.deepEqual([made.judge(b), made.reason, calls], [0, AdvertisementReason.Filter, 2]);
  });

  it('forgets its answers with a new filter', () => {
    const a = announce(channel('one'), '20.0.0.0/24');
    const made = judge(policy(PolicyReads.Nothing, () => PolicyVerdict.Reject));
    assert.equal(made.judge(a), 0);
    made.setPolicy(policy(PolicyReads.Nothing, () => PolicyVerdict.Accept));
    assert.notEqual(made.judge(a), 0);
    made.setPolicy(ACCEPT_ALL);
    assert.notEqual(made.judge(a), 0);
  });

  it('says at which stage a route was stopped, and tells each error', () => {
    const a = announce(channel('one'), '20.0.0.0/24');
    const made = judge(
      policy(PolicyReads.Nothing, (route) => {
        route.error = 'x.conf:3:1 not a number';
        return PolicyVerdict.Error;
      }),
    );
    assert.deepEqual(made.verdict(a), { stage: 'filtered', reason: AdvertisementReason.FilterError, attributes: 0 });
    made.judge(a);
    assert.deepEqual(reports, ['x.conf:3:1 not a number', 'x.conf:3:1 not a number']);
    refused = a;
    assert.deepEqual(made.verdict(a), { stage: 'rejected', reason: AdvertisementReason.OwnRoute, attributes: 0 });
  });
});
