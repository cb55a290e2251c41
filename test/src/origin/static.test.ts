import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Ip, type Policy, type PolicyRoute, PolicyVerdict } from '../../../bgp/index.ts';
import type { StaticConfig, StaticRoute } from '../../../config/index.ts';
import { StaticProtocol } from '../../../src/origin/static.ts';
import { Bench, base, channel, prefix } from './bench.ts';

type Target = StaticRoute['target'];

function route(text: string, target: Target, policy?: Policy): StaticRoute {
  return { prefix: prefix(text), target, policy, place: { file: 'test.conf', line: 5, column: 3 } };
}

function via(
  ...hops: readonly (string | { gateway?: string; dev?: string; weight?: number; onlink?: boolean })[]
): Target {
  return {
    kind: 'hops',
    hops: hops.map((hop) => {
      const full = typeof hop === 'string' ? { gateway: hop } : hop;
      return {
        gateway: full.gateway as Ip | undefined,
        interfaceName: 'dev' in full ? full.dev : undefined,
        weight: 'weight' in full ? (full.weight ?? 1) : 1,
        onlink: 'onlink' in full ? (full.onlink ?? false) : false,
        bfd: false,
      };
    }),
  };
}

function config(routes: readonly StaticRoute[], options: Partial<StaticConfig> = {}): StaticConfig {
  return {
    ...base('static1'),
    kind: 'static',
    channel: channel('master4', 200),
    checkLink: false,
    igpTable4: undefined,
    igpTable6: undefined,
    routes,
    ...options,
  };
}

function policy(run: (subject: PolicyRoute) => PolicyVerdict): Policy {
  const made: Policy = {
    label: '(unnamed)',
    reads: 0,
    writes: true,
    evaluate: run,
    equals: (other) => other === made,
  };
  return made;
}

describe('protocol static', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
    bench.link(2, 'eth0', ['10.0.0.1/24', '2001:db8::1/64']);
    bench.link(3, 'eth1', ['10.1.0.1/24']);
  });
  afterEach(() => bench.close());

  async function start(settings: StaticConfig): Promise<StaticProtocol> {
    const started = new StaticProtocol(settings, bench);
    started.start();
    await bench.settle();
    return started;
  }

  it('brings every kind of route', async () => {
    await start(
      config([
        route('20.0.0.0/24', via('10.0.0.2')),
        route('20.0.1.0/24', via({ gateway: '10.0.0.2', weight: 3 }, { gateway: '10.1.0.2' })),
        route('20.0.2.0/24', { kind: 'blackhole' }),
        route('20.0.3.0/24', { kind: 'unreachable' }),
        route('20.0.4.0/24', { kind: 'prohibit' }),
        route('20.0.5.0/24', via({ dev: 'eth0' })),
        route('20.0.6.0/24', { kind: 'recursive', address: '20.0.0.9' as Ip }),
        route('20.0.7.0/24', via({ gateway: '192.0.2.1', dev: 'eth1', onlink: true })),
      ]),
    );
    assert.deepEqual(bench.routes('master4'), [
      '20.0.0.0/24 via 10.0.0.2 on eth0 [static1] * (200)',
      '20.0.1.0/24 via 10.0.0.2 on eth0 weight 3, via 10.1.0.2 on eth1 weight 1 [static1] * (200)',
      '20.0.2.0/24 blackhole [static1] * (200)',
      '20.0.3.0/24 unreachable [static1] * (200)',
      '20.0.4.0/24 prohibit [static1] * (200)',
      '20.0.5.0/24 dev eth0 [static1] * (200)',
      '20.0.6.0/24 via 10.0.0.2 on eth0 [static1] * (200)',
      '20.0.7.0/24 via 192.0.2.1 on eth1 onlink [static1] * (200)',
    ]);
  });

  it('lets hops sleep while no network leads to them, and shows which', async () => {
    const started = await start(
      config([route('20.0.0.0/24', via('10.5.0.2')), route('20.0.1.0/24', via('10.0.0.2', '10.5.0.2'))]),
    );
    assert.deepEqual(bench.routes('master4'), ['20.0.1.0/24 via 10.0.0.2 on eth0 [static1] * (200)']);
    const shown = [...started.views()].map((view) =>
      view.target.kind === 'hops' ? view.target.hops.map((hop) => hop.active) : [],
    );
    assert.deepEqual(shown, [[false], [true, false]]);
    bench.link(4, 'eth2', ['10.5.0.1/24']);
    await bench.settle();
    assert.deepEqual(bench.routes('master4'), [
      '20.0.0.0/24 via 10.5.0.2 on eth2 [static1] * (200)',
      '20.0.1.0/24 via 10.0.0.2 on eth0 weight 1, via 10.5.0.2 on eth2 weight 1 [static1] * (200)',
    ]);
    bench.link(2, 'eth0', [], { up: false });
    await bench.settle();
    assert.deepEqual(bench.routes('master4'), [
      '20.0.0.0/24 via 10.5.0.2 on eth2 [static1] * (200)',
      '20.0.1.0/24 via 10.5.0.2 on eth2 [static1] * (200)',
    ]);
  });

  it('with `check link` leaves out hops whose link has no carrier', async () => {
    bench.link(3, 'eth1', [], { linkUp: false });
    const routes = [route('20.0.0.0/24', via('10.0.0.2', '10.1.0.2')), route('20.0.1.0/24', via('10.1.0.2'))];
    await start(config(routes, { checkLink: true }));
    assert.deepEqual(bench.routes('master4'), ['20.0.0.0/24 via 10.0.0.2 on eth0 [static1] * (200)']);
    bench.link(3, 'eth1', [], { linkUp: true });
    await bench.settle();
    assert.equal(bench.routes('master4').length, 2);
  });

  it('keeps several routes of one prefix', async () => {
    await start(config([route('20.0.0.0/24', via('10.0.0.2')), route('20.0.0.0/24', { kind: 'blackhole' })]));
    assert.equal(bench.routes('master4').length, 2);
  });

  it('runs the commands behind a route: preference, attributes, another gateway; rejecting has no effect', async () => {
    const block = policy((subject) => {
      subject.preference = 210;
      subject.attributes.setWords(8, Uint32Array.of((1 << 16) | 2));
      subject.nextHop = { kind: 'unreachable' };
      return PolicyVerdict.Reject;
    });
    const failing = policy((subject) => {
      subject.error = 'test.conf:9:1 division by zero';
      return PolicyVerdict.Error;
    });
    await start(
      config([route('20.0.0.0/24', via('10.0.0.2'), block), route('20.0.1.0/24', { kind: 'blackhole' }, failing)]),
    );
    assert.deepEqual(bench.routes('master4'), [
      '20.0.0.0/24 unreachable [static1] * (210)',
      '20.0.1.0/24 blackhole [static1] * (200)',
    ]);
    assert.deepEqual(bench.lines, ['error static1: route 20.0.1.0/24 (test.conf:5): test.conf:9:1 division by zero']);
  });

  it('changes only what a new configuration changes', async () => {
    const started = await start(
      config([
        route('20.0.0.0/24', via('10.0.0.2')),
        route('20.0.1.0/24', via('10.0.0.2')),
        route('20.0.2.0/24', { kind: 'blackhole' }),
      ]),
    );
    const { table } = bench.table('master4');
    const reader = table.openReader({ feed: false });
    const next = config([
      route('20.0.0.0/24', via('10.0.0.2')),
      route('20.0.2.0/24', { kind: 'prohibit' }),
      route('20.0.3.0/24', { kind: 'blackhole' }),
    ]);
    assert.equal(started.reconfigure(next, false), true);
    await bench.settle();
    assert.deepEqual(bench.routes('master4'), [
      '20.0.0.0/24 via 10.0.0.2 on eth0 [static1] * (200)',
      '20.0.2.0/24 prohibit [static1] * (200)',
      '20.0.3.0/24 blackhole [static1] * (200)',
    ]);
    const changed: string[] = [];
    for (let id = reader.next(); id !== 0; id = reader.next()) changed.push(table.prefixes.format(id));
    reader.close();
    assert.deepEqual(changed.sort(), ['20.0.1.0/24', '20.0.2.0/24', '20.0.3.0/24']);
  });

  it('takes another table or IGP table for a restart', async () => {
    const started = await start(config([]));
    assert.equal(started.reconfigure(config([], { igpTable4: 'other' }), false), false);
    assert.equal(started.reconfigure(config([], { channel: channel('other', 200) }), false), false);
  });

  it('announces a long list in pieces and withdraws it in pieces', async () => {
    const routes = Array.from({ length: 5000 }, (_, i) => route(`20.${i >> 8}.${i & 255}.0/24`, { kind: 'blackhole' }));
    const started = await start(config(routes));
    assert.equal(bench.table('master4').table.counts.networks, 5000);
    started.reconfigure(config(routes.slice(0, 10)), false);
    await bench.settle();
    assert.equal(bench.table('master4').table.counts.networks, 10);
    started.disable();
    await bench.settle();
    assert.deepEqual([started.state, bench.table('master4').table.counts.networks], ['down', 0]);
    assert.equal(bench.attributes.count, 0);
  });
});
