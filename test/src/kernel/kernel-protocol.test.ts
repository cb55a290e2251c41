import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import {
  ACCEPT_ALL,
  ExtensionAttribute,
  type Ip,
  ipBytes,
  type Policy,
  PolicyReads,
  type PolicyRoute,
  PolicyVerdict,
  REJECT_ALL,
} from '../../../bgp/index.ts';
import type { KernelConfig, StaticConfig, StaticRoute } from '../../../config/index.ts';
import { DeviceScan } from '../../../src/kernel/device-scan.ts';
import { KernelProtocol } from '../../../src/kernel/kernel-protocol.ts';
import { KernelRoutes } from '../../../src/kernel/kernel-routes.ts';
import { until } from '../../../src/lab/namespace.ts';
import { StaticProtocol } from '../../../src/origin/static.ts';
import { NextHopRunner } from '../../../src/protocol/next-hop-runner.ts';
import { routeMonitor } from '../../support/route-monitor.ts';
import { Bench, base, channel, prefix } from '../origin/bench.ts';
import { FibLab } from './fib-lab.ts';
import { inNamespace, noKernelReason } from './in-namespace.ts';

function kernelConfig(table: string, options: Partial<KernelConfig> = {}, exports: Policy = ACCEPT_ALL): KernelConfig {
  return {
    ...base('kernel1'),
    kind: 'kernel',
    channel: channel(table, 10, ACCEPT_ALL, exports),
    kernelTable: 254,
    scanTime: 0,
    persist: false,
    learn: 'off',
    metric: 32,
    deviceRoutes: true,
    mergePaths: 0,
    gracefulRestart: false,
    netlinkRxBuffer: 0,
    ...options,
  };
}

function staticConfig(
  name: string,
  table: string,
  routes: readonly (readonly [string, StaticRoute['target']])[],
): StaticConfig {
  return {
    ...base(name),
    kind: 'static',
    channel: channel(table, 200),
    checkLink: false,
    igpTable4: undefined,
    igpTable6: undefined,
    routes: routes.map(([text, target]) => ({
      prefix: prefix(text),
      target,
      policy: undefined,
      place: { file: 'test.conf', line: 1, column: 1 },
    })),
  };
}

function via(...gateways: readonly string[]): StaticRoute['target'] {
  return {
    kind: 'hops',
    hops: gateways.map((gateway) => ({
      gateway: gateway as Ip,
      interfaceName: undefined,
      weight: 1,
      onlink: false,
      bfd: false,
    })),
  };
}

function filter(run: (route: PolicyRoute) => boolean, reads: number = PolicyReads.Nothing): Policy {
  const made: Policy = {
    label: '(unnamed)',
    reads,
    writes: true,
    evaluate: (route) => (run(route) ? PolicyVerdict.Accept : PolicyVerdict.Reject),
    equals: (other) => other === made,
  };
  return made;
}

/** Only what static protocols brought: what most people write. */
const STATIC_ONLY = filter((route) => route.source === 1, PolicyReads.Source);

describe('protocol kernel on the real kernel', { skip: noKernelReason() }, () => {
  let lab: FibLab;
  let bench: Bench;
  let fib: KernelRoutes;
  let device: DeviceScan;
  let nextHops: NextHopRunner;
  before(async () => {
    lab = await FibLab.make();
  });
  after(async () => {
    await lab?.destroy();
  });
  beforeEach(async () => {
    bench = new Bench('other4');
    const { namespace } = lab.node;
    fib = inNamespace(namespace, () => {
      const made = new KernelRoutes((text) => bench.lines.push(text));
      // The event socket is made with the first table: make it here.
      made.open(
        { version: 4, table: 4242, receiveBufferOctets: 0 },
        { changed() {}, refused() {}, noticed() {}, lost() {}, ready() {} },
      );
      return made;
    });
    nextHops = new NextHopRunner(bench.nextHops, bench.interfaces, () => bench.tables(), bench.scheduler);
    for (const runner of bench.tables()) runner.addReader(nextHops);
    device = inNamespace(namespace, () => {
      const made = new DeviceScan(bench.interfaces, (text) => bench.lines.push(text));
      return made;
    });
    await new Promise<void>((resolve) => inNamespace(namespace, () => device.start(resolve)));
  });
  afterEach(async () => {
    device.stop();
    nextHops.close();
    fib.close();
    bench.close();
    await lab.node.ip('route flush proto bird');
    await lab.node.ip('route flush proto static');
    await lab.node.ip('-6 route flush proto bird');
    assert.deepEqual(bench.errors, []);
  });

  async function kernel(settings: KernelConfig): Promise<KernelProtocol> {
    const protocol = new KernelProtocol(settings, bench, fib);
    protocol.start();
    await until('kernel protocol up', () => protocol.state === 'up');
    return protocol;
  }
  function statics(settings: StaticConfig): StaticProtocol {
    const protocol = new StaticProtocol(settings, bench);
    protocol.start();
    return protocol;
  }
  async function shows(version: 4 | 6, selector: string, expected: string): Promise<void> {
    let last = '';
    try {
      await until('routes', async () => {
        last = (await lab.routes(version, selector)).replace(/[ \t]*\n[ \t]*/g, '\n').trim();
        return last === expected;
      });
    } catch {
      assert.equal(last, expected);
    }
  }
  async function down(...protocols: readonly { disable(): void; readonly state: string }[]): Promise<void> {
    for (const protocol of protocols) protocol.disable();
    await until('protocols down', () => protocols.every((protocol) => protocol.state === 'down'));
  }

  it('installs what the filter lets through, follows changes, and cleans up', async () => {
    const one = statics(
      staticConfig('static1', 'master4', [
        ['20.0.0.0/24', via('10.0.0.2')],
        ['20.0.1.0/24', via('10.0.0.2', '10.1.0.2')],
        ['20.0.2.0/24', { kind: 'blackhole' }],
        ['20.0.3.0/24', { kind: 'recursive', address: '99.9.9.9' as Ip }],
        ['30.0.0.0/24', via('10.0.0.2')],
      ]),
    );
    const only20 = filter((route) => route.word0 >>> 24 === 20, PolicyReads.Prefix);
    const protocol = await kernel(kernelConfig('master4', {}, only20));
    await shows(
      4,
      'proto bird',
      '20.0.0.0/24 via 10.0.0.2 dev v0 metric 32\n' +
        '20.0.1.0/24 metric 32\nnexthop via 10.0.0.2 dev v0 weight 1\nnexthop via 10.1.0.2 dev w0 weight 1\n' +
        'blackhole 20.0.2.0/24 metric 32\nunreachable 20.0.3.0/24 metric 32',
    );
    const side = protocol.channels[0].exportSide!;
    assert.equal(side.exportedCount, 4);
    assert.deepEqual([side.stats.updatesFiltered, side.stats.updatesAccepted], [1, 4]);
    one.reconfigure(staticConfig('static1', 'master4', [['20.0.0.0/24', via('10.1.0.9')]]), false);
    await shows(4, 'proto bird', '20.0.0.0/24 via 10.1.0.9 dev w0 metric 32');
    await down(protocol);
    await shows(4, 'proto bird', '');
    assert.equal(fib.bodies.count, 0);
    await down(one);
  });

  it('takes metric, source address and the like from attributes', async () => {
    const one = statics(
      staticConfig('static1', 'master4', [
        ['20.0.0.0/24', via('10.0.0.2')],
        ['20.0.1.0/24', via('10.0.0.2')],
      ]),
    );
    const marks = filter((route) => {
      if (route.word0 === 0x14000000) {
        route.attributes.setExtensionU32(ExtensionAttribute.KrtMetric, 2147483547);
        route.attributes.setExtension(ExtensionAttribute.KrtPrefSrc, ipBytes('10.1.0.1' as Ip));
        route.attributes.setExtensionU32(ExtensionAttribute.KrtMetricBase + 2, 1400);
      }
      return true;
    }, PolicyReads.Prefix);
    const protocol = await kernel(kernelConfig('master4', { metric: 0 }, marks));
    await shows(
      4,
      'proto bird',
      '20.0.0.0/24 via 10.0.0.2 dev v0 src 10.1.0.1 metric 2147483547 mtu 1400\n20.0.1.0/24 via 10.0.0.2 dev v0',
    );
    // A metric of the protocol stands above the attribute.
    assert.equal(protocol.reconfigure(kernelConfig('master4', { metric: 50 }, marks), false), true);
    await shows(
      4,
      'proto bird',
      '20.0.0.0/24 via 10.0.0.2 dev v0 src 10.1.0.1 metric 50 mtu 1400\n20.0.1.0/24 via 10.0.0.2 dev v0 metric 50',
    );
    await down(protocol, one);
  });

  it('joins equal routes where `merge paths` is on, within its limit', async () => {
    const routes = (gateway: string): StaticConfig['routes'][number]['target'] => via(gateway);
    const one = statics(staticConfig('static1', 'master4', [['20.0.0.0/24', routes('10.0.0.2')]]));
    const two = statics(staticConfig('static2', 'master4', [['20.0.0.0/24', routes('10.1.0.2')]]));
    const three = statics(staticConfig('static3', 'master4', [['20.0.0.0/24', routes('10.0.0.3')]]));
    const protocol = await kernel(kernelConfig('master4', { mergePaths: 16 }));
    await shows(
      4,
      'proto bird',
      '20.0.0.0/24 metric 32\nnexthop via 10.0.0.2 dev v0 weight 1\nnexthop via 10.0.0.3 dev v0 weight 1\n' +
        'nexthop via 10.1.0.2 dev w0 weight 1',
    );
    await down(two);
    await shows(
      4,
      'proto bird',
      '20.0.0.0/24 metric 32\nnexthop via 10.0.0.2 dev v0 weight 1\nnexthop via 10.0.0.3 dev v0 weight 1',
    );
    assert.equal(protocol.reconfigure(kernelConfig('master4', { mergePaths: 2 }), false), false);
    await down(protocol, one, three);
  });

  it('learns foreign routes at once, the lowest metric first, and does not send them back', async () => {
    const protocol = await kernel(kernelConfig('master4', { learn: 'on' }));
    await lab.node.ip('route add 20.0.0.0/24 via 10.0.0.2 metric 100 proto static');
    await lab.node.ip('route add 20.0.0.0/24 via 10.0.0.3 metric 50 proto static');
    await lab.node.ip('route add 20.0.1.0/24 proto static nexthop via 10.0.0.2 weight 2 nexthop via 10.1.0.2');
    await lab.node.ip('route add unreachable 20.0.2.0/24 proto static');
    await lab.node.ip('route add 20.0.3.1/32 dev v0 proto static scope link');
    await lab.node.ip('route add 20.0.4.0/24 via 192.0.2.1 dev v0 onlink proto static');
    const learned = [
      '20.0.0.0/24 via 10.0.0.3 on v0 [kernel1] * (10)',
      '20.0.1.0/24 via 10.0.0.2 on v0 weight 2, via 10.1.0.2 on w0 weight 1 [kernel1] * (10)',
      '20.0.2.0/24 unreachable [kernel1] * (10)',
      '20.0.3.1/32 dev v0 [kernel1] * (10)',
      '20.0.4.0/24 via 192.0.2.1 on v0 onlink [kernel1] * (10)',
    ];
    const table = (): string => bench.routes('master4').join('\n');
    await until('routes to be learned', () => table() === learned.join('\n')).catch(() =>
      assert.equal(table(), learned.join('\n')),
    );
    await lab.node.ip('route del 20.0.0.0/24 metric 50 proto static');
    await until('the next best', () => table().startsWith('20.0.0.0/24 via 10.0.0.2 on v0'));
    await lab.node.ip('route del 20.0.0.0/24 metric 100 proto static');
    await lab.node.ip('route flush proto static');
    await until('all to go', () => table() === '');
    await shows(4, 'proto bird', '');

    // Found by the scan at the start as well.
    await down(protocol);
    await lab.node.ip('route add 20.0.9.0/24 via 10.0.0.2 proto static');
    protocol.enable();
    await until('the scan', () => table() === '20.0.9.0/24 via 10.0.0.2 on v0 [kernel1] * (10)');
    const { table: rib } = bench.table('master4');
    const route = rib.best(rib.prefixes.findPrefix(prefix('20.0.9.0/24')));
    assert.equal(protocol.channels[0].exportSide!.verdict(route).stage, 'rejected');
    await down(protocol);
    assert.equal(table(), '');
  });

  it('learns what the kernel itself put there only with `learn all`', async () => {
    const some = await kernel(kernelConfig('master4', { learn: 'on' }, REJECT_ALL));
    assert.deepEqual(bench.routes('master4'), []);
    await down(some);
    const all = await kernel(kernelConfig('master4', { learn: 'all' }, REJECT_ALL));
    await until('connected routes', () => bench.routes('master4').length === 2);
    assert.deepEqual(bench.routes('master4'), [
      '10.0.0.0/24 dev v0 [kernel1] * (10)',
      '10.1.0.0/24 dev w0 [kernel1] * (10)',
    ]);
    await down(all);
  });

  it('forgets learned routes that the kernel dropped with their link', async () => {
    const protocol = await kernel(kernelConfig('master4', { learn: 'on' }, REJECT_ALL));
    await lab.node.ip('route add 20.0.0.0/24 via 10.1.0.2 proto static');
    await until('to learn', () => bench.routes('master4').length === 1);
    await lab.node.ip('link set w0 down');
    await until('to forget', () => bench.routes('master4').length === 0);
    await lab.node.ip('link set w0 up');
    await down(protocol);
  });

  it('follows next hops over link down and up, and tells what the kernel refuses', async () => {
    const one = statics(
      staticConfig('static1', 'master4', [
        ['20.0.0.0/24', via('10.1.0.2')],
        ['20.0.1.0/24', via('10.0.0.2')],
      ]),
    );
    const protocol = await kernel(kernelConfig('master4', {}, STATIC_ONLY));
    const both = '20.0.0.0/24 via 10.1.0.2 dev w0 metric 32\n20.0.1.0/24 via 10.0.0.2 dev v0 metric 32';
    await shows(4, 'proto bird', both);
    await lab.node.ip('link set w0 down');
    await shows(4, 'proto bird', '20.0.1.0/24 via 10.0.0.2 dev v0 metric 32');
    await lab.node.ip('link set w0 up');
    await shows(4, 'proto bird', both);
    await lab.node.ip('addr del 10.1.0.1/24 dev w0');
    await shows(4, 'proto bird', '20.0.1.0/24 via 10.0.0.2 dev v0 metric 32');
    await lab.node.ip('addr add 10.1.0.1/24 dev w0');
    await shows(4, 'proto bird', both);

    const { table } = bench.table('master4');
    const id = table.prefixes.findPrefix(prefix('20.0.1.0/24'));
    await lab.node.ip('route replace 20.0.1.0/24 via 10.0.0.9 metric 32 proto static');
    await until('to tell', () => protocol.syncFailed(id));
    assert.ok(
      bench.lines.some((line) => line.includes('kernel1: 20.0.1.0/24: Netlink: replaced by a route of protocol 4')),
    );
    await lab.node.ip('route del 20.0.1.0/24 proto static');
    await shows(4, 'proto bird', both);
    await until('no failure', () => !protocol.syncFailed(id));
    await down(protocol, one);
  });

  it('keeps its routes with `persist` and over a restart, and adopts them', async () => {
    const one = statics(staticConfig('static1', 'master6', [['2001:db8::/48', via('fd00::2', 'fd01::2')]]));
    const shown =
      '2001:db8::/48 metric 32 pref medium\nnexthop via fd00::2 dev v0 weight 1\nnexthop via fd01::2 dev w0 weight 1';
    const protocol = await kernel(kernelConfig('master6', { persist: true }, STATIC_ONLY));
    await shows(6, 'proto bird', shown);
    await down(protocol);
    await shows(6, 'proto bird', shown);
    const monitor = await routeMonitor(lab.node, '-6');
    protocol.enable();
    await until('up again', () => protocol.state === 'up');
    protocol.restart();
    await until('up again', () => protocol.state === 'up');
    await until('fed', () => protocol.channels[0].exportSide?.exportedCount === 1);
    await lab.node.ip('-6 route add 2001:db8:ffff::/48 via fd00::2 proto static');
    await until('the monitor', () => monitor.output.includes('2001:db8:ffff::/48'));
    await monitor.stop();
    assert.equal(monitor.output.includes('2001:db8::/48'), false, monitor.output);
    await lab.node.ip('-6 route flush proto static');
    assert.equal(protocol.reconfigure(kernelConfig('master6', { persist: false }, STATIC_ONLY), false), true);
    await down(protocol);
    await shows(6, 'proto bird', '');
    await down(one);
  });

  it('with recovery and `graceful restart` touches nothing before the neighbours are complete', async () => {
    await lab.node.ip('route add 20.0.0.0/24 via 10.0.0.2 metric 32 proto bird');
    await lab.node.ip('route add 20.0.1.0/24 via 10.0.0.2 metric 32 proto bird');
    bench.recovery.begin(60);
    const neighbour = {};
    bench.recovery.waitFor(neighbour);
    const protocol = await kernel(kernelConfig('master4', { gracefulRestart: true }, STATIC_ONLY));
    const one = statics(
      staticConfig('static1', 'master4', [
        ['20.0.0.0/24', via('10.0.0.2')],
        ['20.0.2.0/24', via('10.0.0.2')],
      ]),
    );
    await until('routes in the RIB', () => protocol.channels[0].exportSide?.exportedCount === 2);
    await shows(
      4,
      'proto bird',
      '20.0.0.0/24 via 10.0.0.2 dev v0 metric 32\n20.0.1.0/24 via 10.0.0.2 dev v0 metric 32',
    );
    bench.recovery.done(neighbour);
    await shows(
      4,
      'proto bird',
      '20.0.0.0/24 via 10.0.0.2 dev v0 metric 32\n20.0.2.0/24 via 10.0.0.2 dev v0 metric 32',
    );
    await down(protocol, one);
  });

  it('exports again when the filter changes, and keeps to `export limit`', async () => {
    const one = statics(
      staticConfig(
        'static1',
        'master4',
        Array.from({ length: 10 }, (_, i) => [`20.0.${i}.0/24`, via('10.0.0.2')] as const),
      ),
    );
    const protocol = await kernel(kernelConfig('master4', {}, REJECT_ALL));
    const limited = kernelConfig('master4', {}, ACCEPT_ALL);
    const next = { ...limited, channel: { ...limited.channel, exportLimit: { count: 3, action: 'block' as const } } };
    assert.equal(protocol.reconfigure(next, false), true);
    await until('three', async () => (await lab.routes(4, 'proto bird')).trim().split('\n').length === 3);
    assert.ok(bench.lines.some((line) => line.includes('hits route export limit (3)')));
    assert.equal(protocol.channels[0].exportSide!.limitHit, true);
    assert.equal(protocol.reconfigure(kernelConfig('master4', {}, REJECT_ALL), false), true);
    await shows(4, 'proto bird', '');
    await down(protocol, one);
  });
});
