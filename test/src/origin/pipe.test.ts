import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  ACCEPT_ALL,
  type Policy,
  PolicyReads,
  PolicyVerdict,
  REJECT_ALL,
  RouteSourceKind,
} from '../../../bgp/index.ts';
import type { PipeConfig } from '../../../config/index.ts';
import { AdjRibIn, type RouteSource } from '../../../rib/index.ts';
import { internBare } from '../../../src/origin/bare-route.ts';
import { PipeProtocol } from '../../../src/origin/pipe.ts';
import { Bench, base, prefix } from './bench.ts';

function config(name: string, table: string, peerTable: string, options: Partial<PipeConfig> = {}): PipeConfig {
  return {
    ...base(name),
    kind: 'pipe',
    table,
    peerTable,
    family: 'ipv4',
    importPolicy: ACCEPT_ALL,
    exportPolicy: ACCEPT_ALL,
    importLimit: undefined,
    exportLimit: undefined,
    rpkiReload: true,
    ...options,
  };
}

/** Accepts prefixes of at most that length, and marks what it accepts with a preference. */
function shorterThan(length: number, preference?: number): Policy {
  const made: Policy = {
    label: `shorter than ${length}`,
    reads: PolicyReads.Prefix,
    writes: preference !== undefined,
    evaluate: (route) => {
      if (route.length > length) return PolicyVerdict.Reject;
      if (preference !== undefined) route.preference = preference;
      return PolicyVerdict.Accept;
    },
    equals: (other) => other === made,
  };
  return made;
}

describe('protocol pipe', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench('a4', 'b4', 'c4');
    bench.link(2, 'eth0', ['10.0.0.1/24']);
  });
  afterEach(() => bench.close());

  function origin(name: string, table: string): { adjRibIn: AdjRibIn; source: RouteSource } {
    const source = bench.sources.add({
      protocol: name,
      channel: `${name}.ipv4`,
      kind: RouteSourceKind.Static,
      preference: 200,
      bgp: undefined,
    })!;
    const adjRibIn = new AdjRibIn(bench.table(table).table, source, {
      policy: ACCEPT_ALL,
      keepFiltered: false,
      importTable: false,
      receiveLimit: undefined,
      importLimit: undefined,
      onLimit: () => {},
      report: () => {},
      print: () => {},
    });
    return { adjRibIn, source };
  }

  function announce(adjRibIn: AdjRibIn, text: string, gateway: string, pathId = 0): void {
    const attribute = internBare(bench, {
      kind: 'hops',
      hops: [{ gateway: gateway as never, interfaceName: 'eth0', weight: 1, onlink: false }],
    });
    adjRibIn.announce(prefix(text), pathId, attribute, 1000);
    bench.attributes.release(attribute);
  }

  async function start(settings: PipeConfig): Promise<PipeProtocol> {
    const pipe = new PipeProtocol(settings, bench);
    pipe.start();
    await bench.settle();
    return pipe;
  }

  it('carries routes both ways, keeps who brought them, and never sends them back', async () => {
    const a = origin('s1', 'a4');
    const b = origin('s2', 'b4');
    announce(a.adjRibIn, '20.0.0.0/24', '10.0.0.2');
    announce(b.adjRibIn, '20.0.1.0/24', '10.0.0.3');
    const pipe = await start(config('pipe1', 'a4', 'b4'));
    const all = ['20.0.0.0/24 via 10.0.0.2 on eth0 [s1] * (200)', '20.0.1.0/24 via 10.0.0.3 on eth0 [s2] * (200)'];
    assert.deepEqual(bench.routes('a4'), all);
    assert.deepEqual(bench.routes('b4'), all);
    const { imported, exported, importState, exportState } = pipe.detail();
    assert.deepEqual([imported, exported, importState, exportState], [1, 1, 'up', 'up']);

    a.adjRibIn.withdraw(prefix('20.0.0.0/24'), 0);
    await bench.settle();
    assert.deepEqual(bench.routes('a4'), all.slice(1));
    assert.deepEqual(bench.routes('b4'), all.slice(1));
  });

  it('carries every route of a prefix, and follows each of them', async () => {
    const one = origin('s1', 'a4');
    const two = origin('s2', 'a4');
    announce(one.adjRibIn, '20.0.0.0/24', '10.0.0.2');
    announce(one.adjRibIn, '20.0.0.0/24', '10.0.0.4', 7);
    announce(two.adjRibIn, '20.0.0.0/24', '10.0.0.3');
    await start(config('pipe1', 'a4', 'b4'));
    assert.deepEqual(bench.routes('b4'), bench.routes('a4'));
    assert.equal(bench.routes('b4').length, 3);
    one.adjRibIn.withdraw(prefix('20.0.0.0/24'), 7);
    announce(two.adjRibIn, '20.0.0.0/24', '10.0.0.5');
    await bench.settle();
    assert.deepEqual(bench.routes('b4'), bench.routes('a4'));
    assert.equal(bench.routes('b4').length, 2);
  });

  it('filters each direction by its own filter, again after a change', async () => {
    const a = origin('s1', 'a4');
    const b = origin('s2', 'b4');
    announce(a.adjRibIn, '20.0.0.0/16', '10.0.0.2');
    announce(a.adjRibIn, '20.1.0.0/24', '10.0.0.2');
    announce(b.adjRibIn, '30.0.0.0/16', '10.0.0.3');
    const pipe = await start(
      config('pipe1', 'a4', 'b4', { exportPolicy: shorterThan(16, 77), importPolicy: REJECT_ALL }),
    );
    assert.deepEqual(bench.routes('a4').length, 2);
    assert.deepEqual(bench.routes('b4'), [
      '20.0.0.0/16 via 10.0.0.2 on eth0 [s1] * (77)',
      '30.0.0.0/16 via 10.0.0.3 on eth0 [s2] * (200)',
    ]);
    assert.equal(pipe.detail().exportCounters.updates.filtered, 1);
    assert.equal(pipe.reconfigure(config('pipe1', 'a4', 'b4', { exportPolicy: shorterThan(8) }), false), true);
    await bench.settle();
    assert.equal(bench.routes('a4').length, 3);
    assert.deepEqual(bench.routes('b4'), ['30.0.0.0/16 via 10.0.0.3 on eth0 [s2] * (200)']);
    assert.equal(pipe.reconfigure(config('pipe1', 'a4', 'c4'), false), false);
  });

  it('stays calm in a circle of three pipes', async () => {
    const a = origin('s1', 'a4');
    await start(config('ab', 'a4', 'b4'));
    await start(config('bc', 'b4', 'c4'));
    await start(config('ca', 'c4', 'a4'));
    announce(a.adjRibIn, '20.0.0.0/24', '10.0.0.2');
    await bench.settle();
    for (const table of ['a4', 'b4', 'c4']) {
      assert.deepEqual(bench.routes(table), ['20.0.0.0/24 via 10.0.0.2 on eth0 [s1] * (200)'], table);
    }
    a.adjRibIn.withdraw(prefix('20.0.0.0/24'), 0);
    await bench.settle();
    for (const table of ['a4', 'b4', 'c4']) assert.deepEqual(bench.routes(table), [], table);
  });

  it('takes back what it carried when it is disabled, and lets go of every attribute', async () => {
    const a = origin('s1', 'a4');
    for (let i = 0; i < 2000; i++) announce(a.adjRibIn, `20.${i >> 8}.${i & 255}.0/24`, '10.0.0.2');
    const pipe = await start(config('pipe1', 'a4', 'b4'));
    assert.equal(bench.table('b4').table.counts.routes, 2000);
    pipe.disable();
    await bench.settle();
    assert.equal(bench.table('b4').table.counts.routes, 0);
    while (a.adjRibIn.clear(1000));
    bench.table('a4').changed();
    await bench.settle();
    assert.equal(bench.attributes.count, 0);
  });

  it('keeps to its limits', async () => {
    const a = origin('s1', 'a4');
    for (let i = 0; i < 10; i++) announce(a.adjRibIn, `20.0.${i}.0/24`, '10.0.0.2');
    const pipe = await start(config('pipe1', 'a4', 'b4', { exportLimit: { count: 4, action: 'block' } }));
    assert.equal(bench.routes('b4').length, 4);
    assert.deepEqual(pipe.detail().exportLimit, { count: 4, action: 'block', hit: true });
    assert.ok(bench.lines.some((line) => line.includes('hits route export limit (4)')));
  });
});
