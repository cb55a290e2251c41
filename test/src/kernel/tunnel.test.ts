/** Routes through tunnels (`krt_tunnel`) and routes onto links, on the real kernel; a bridge stands in for the tunnel. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { ExtensionAttribute, type Ip, type Policy, PolicyReads, PolicyVerdict } from '../../../bgp/index.ts';
import type { KernelConfig, StaticRoute } from '../../../config/index.ts';
import { DeviceScan } from '../../../src/kernel/device-scan.ts';
import { KernelProtocol } from '../../../src/kernel/kernel-protocol.ts';
import { KernelRoutes } from '../../../src/kernel/kernel-routes.ts';
import { until } from '../../../src/lab/namespace.ts';
import { DirectProtocol } from '../../../src/origin/direct.ts';
import { StaticProtocol } from '../../../src/origin/static.ts';
import { NextHopRunner } from '../../../src/protocol/next-hop-runner.ts';
import { routeMonitor } from '../../support/route-monitor.ts';
import { Bench, base, channel, prefix } from '../origin/bench.ts';
import { FibLab } from './fib-lab.ts';
import { inNamespace, noKernelReason } from './in-namespace.ts';

/** What an export filter wrote: the BGP next hop and the name of the tunnel; '' for none. */
function through(tunnel: string, nextHop: string): Policy {
  const made: Policy = {
    label: '(unnamed)',
    reads: PolicyReads.Nothing,
    writes: true,
    evaluate: (route) => {
      route.attributes.setNextHop(nextHop as Ip);
      route.attributes.setExtension(ExtensionAttribute.KrtTunnel, new TextEncoder().encode(tunnel));
      route.attributes.setExtensionU32(ExtensionAttribute.KrtMetric, 1024);
      return PolicyVerdict.Accept;
    },
    equals: (other) => other === made,
  };
  return made;
}

function kernelConfig(table: string, exports: Policy, options: Partial<KernelConfig> = {}): KernelConfig {
  return {
    ...base('kernel1'),
    kind: 'kernel',
    channel: channel(table, 10, undefined, exports),
    kernelTable: 254,
    scanTime: 0,
    persist: false,
    learn: 'off',
    metric: 0,
    deviceRoutes: false,
    mergePaths: 16,
    gracefulRestart: false,
    netlinkRxBuffer: 0,
    ...options,
  };
}

describe('routes through a tunnel', { skip: noKernelReason() }, () => {
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
    await lab.node.ip('link add tunl0 type bridge');
    await lab.node.ip('link set tunl0 up');
    bench = new Bench();
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
    device = inNamespace(namespace, () => new DeviceScan(bench.interfaces, (text) => bench.lines.push(text)));
    await new Promise<void>((resolve) => inNamespace(namespace, () => device.start(resolve)));
  });
  afterEach(async () => {
    device.stop();
    nextHops.close();
    fib.close();
    bench.close();
    await lab.node.ip('route flush proto bird');
    await lab.node.ip('-6 route flush proto bird');
    await lab.node.tryRun('ip', ['link', 'del', 'tunl0']);
    assert.deepEqual(bench.errors, []);
  });

  async function kernel(settings: KernelConfig): Promise<KernelProtocol> {
    const protocol = new KernelProtocol(settings, bench, fib);
    protocol.start();
    await until('kernel protocol up', () => protocol.state === 'up');
    return protocol;
  }
  function statics(name: string, table: string, net: string, ...gateways: string[]): StaticProtocol {
    const hops = gateways.map((gateway) => ({
      ...{ gateway: gateway as Ip, interfaceName: undefined, weight: 1 },
      ...{ onlink: false, bfd: false },
    }));
    const target: StaticRoute['target'] = { kind: 'hops', hops };
    const place = { file: 'test.conf', line: 1, column: 1 };
    const protocol = new StaticProtocol(
      {
        ...base(name),
        ...{ kind: 'static', channel: channel(table, 200), checkLink: false },
        ...{ igpTable4: undefined, igpTable6: undefined },
        routes: [{ prefix: prefix(net), target, policy: undefined, place }],
      },
      bench,
    );
    protocol.start();
    return protocol;
  }
  async function shows(version: 4 | 6, expected: string): Promise<void> {
    let last = '';
    const look = async (): Promise<boolean> => {
      last = (await lab.routes(version, 'proto bird')).replace(/[ \t]*\n[ \t]*/g, '\n').trim();
      return last === expected;
    };
    await until('routes', look).catch(() => assert.equal(last, expected));
  }
  async function down(...protocols: readonly { disable(): void; readonly state: string }[]): Promise<void> {
    for (const protocol of protocols) protocol.disable();
    await until('protocols down', () => protocols.every((protocol) => protocol.state === 'down'));
  }

  it('go straight to the BGP next hop, whatever the way of the packets around them', async () => {
    const one = statics('static1', 'master4', '10.65.1.0/26', '10.0.0.2');
    const protocol = await kernel(kernelConfig('master4', through('tunl0', '172.16.1.4')));
    await shows(4, '10.65.1.0/26 via 172.16.1.4 dev tunl0 metric 1024 onlink');
    // A scan finds what was written, and leaves it alone.
    const monitor = await routeMonitor(lab.node);
    protocol.reload('out');
    await lab.node.ip('route add 20.0.9.0/24 via 10.0.0.2 proto static');
    await until('the monitor', () => monitor.output.includes('20.0.9.0/24'));
    await lab.node.ip('route del 20.0.9.0/24 proto static');
    await monitor.stop();
    assert.equal(monitor.output.includes('10.65.1.0/26'), false, monitor.output);
    await down(protocol, one);
    await shows(4, '');
  });

  it('leave it when the filter says so, and come back', async () => {
    const one = statics('static1', 'master4', '10.65.1.0/26', '10.0.0.2');
    const protocol = await kernel(kernelConfig('master4', through('tunl0', '172.16.1.4')));
    await shows(4, '10.65.1.0/26 via 172.16.1.4 dev tunl0 metric 1024 onlink');
    protocol.reconfigure(kernelConfig('master4', through('', '172.16.1.4')), false);
    await shows(4, '10.65.1.0/26 via 10.0.0.2 dev v0 metric 1024');
    protocol.reconfigure(kernelConfig('master4', through('tunl0', '172.16.1.5')), false);
    await shows(4, '10.65.1.0/26 via 172.16.1.5 dev tunl0 metric 1024 onlink');
    await down(protocol, one);
  });

  it('take their ordinary way while the tunnel is not there', async () => {
    const one = statics('static1', 'master4', '10.65.1.0/26', '10.0.0.2');
    const protocol = await kernel(kernelConfig('master4', through('tunl0', '172.16.1.4')));
    await shows(4, '10.65.1.0/26 via 172.16.1.4 dev tunl0 metric 1024 onlink');
    await lab.node.ip('link del tunl0');
    await shows(4, '10.65.1.0/26 via 10.0.0.2 dev v0 metric 1024');
    await lab.node.ip('link add tunl0 type bridge');
    await lab.node.ip('link set tunl0 up');
    await shows(4, '10.65.1.0/26 via 172.16.1.4 dev tunl0 metric 1024 onlink');
    await down(protocol, one);
  });

  it('with several ways take these', async () => {
    const one = statics('static1', 'master4', '10.65.1.0/26', '10.0.0.2', '10.1.0.2');
    const two = statics('static2', 'master4', '10.65.2.0/26', '10.0.0.2');
    const three = statics('static3', 'master4', '10.65.2.0/26', '10.1.0.2');
    const protocol = await kernel(kernelConfig('master4', through('tunl0', '172.16.1.4')));
    const ways = 'nexthop via 10.0.0.2 dev v0 weight 1\nnexthop via 10.1.0.2 dev w0 weight 1';
    await shows(4, `10.65.1.0/26 metric 1024\n${ways}\n10.65.2.0/26 metric 1024\n${ways}`);
    await down(protocol, one, two, three);
  });

  it('are IPv6 routes as well', async () => {
    const one = statics('static1', 'master6', '2001:db8:65::/122', 'fd00::2');
    const protocol = await kernel(kernelConfig('master6', through('tunl0', 'fd99::4')));
    await shows(6, '2001:db8:65::/122 via fd99::4 dev tunl0 metric 1024 onlink pref medium');
    await down(protocol, one);
  });

  it('a next hop of the other family is no way', async () => {
    const one = statics('static1', 'master4', '10.65.1.0/26', '10.0.0.2');
    const protocol = await kernel(kernelConfig('master4', through('tunl0', 'fd99::4')));
    await shows(4, '10.65.1.0/26 via 10.0.0.2 dev v0 metric 1024');
    await down(protocol, one);
  });

  it('routes onto links stay out of the kernel unless they are static or asked for', async () => {
    const direct = new DirectProtocol(
      {
        ...base('direct1'),
        ...{ kind: 'direct', channels: [channel('master4', 240)], interfaces: [], checkLink: false },
      },
      bench,
    );
    direct.start();
    const one = statics('static1', 'master4', '10.65.1.0/26', '10.0.0.2');
    const plain = through('', '172.16.1.4');
    const without = await kernel(kernelConfig('master4', plain));
    await until('the direct routes', () => bench.routes('master4').length === 3);
    await shows(4, '10.65.1.0/26 via 10.0.0.2 dev v0 metric 1024');
    const { table } = bench.table('master4');
    const connected = table.best(table.prefixes.findPrefix(prefix('10.0.0.0/24')));
    const verdict = without.channels[0].exportSide!.verdict(connected);
    assert.equal(verdict.stage, 'rejected');
    assert.equal(without.reconfigure(kernelConfig('master4', plain, { deviceRoutes: true }), false), false);
    await down(without);
    const withDevices = await kernel(kernelConfig('master4', plain, { deviceRoutes: true }));
    await shows(
      4,
      '10.0.0.0/24 dev v0 scope link metric 1024\n10.1.0.0/24 dev w0 scope link metric 1024\n' +
        '10.65.1.0/26 via 10.0.0.2 dev v0 metric 1024',
    );
    await down(withDevices, one, direct);
  });
});
