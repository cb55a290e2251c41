import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { NetlinkSocket } from '../../../src/kernel/netlink/socket.ts';
import { RouteGroup } from '../../../src/kernel/netlink/wire.ts';
import { until } from '../../../src/lab/namespace.ts';
import { FibLab, nth24, type Spec } from './fib-lab.ts';
import { inNamespace, noKernelReason } from './in-namespace.ts';

/** Counts route notifications in a namespace, whoever causes them. */
class RouteMonitor {
  count = 0;
  readonly #socket: NetlinkSocket;
  constructor(namespace: string) {
    this.#socket = inNamespace(
      namespace,
      () =>
        new NetlinkSocket(
          {
            datagram: () => {
              this.count++;
            },
            overrun: () => {
              this.count = Number.NaN;
            },
            failed: (error) => {
              throw error;
            },
          },
          {
            role: 'events',
            receiveBufferOctets: 64 << 20,
            groups: [RouteGroup.Ipv4Route, RouteGroup.Ipv6Route],
          },
        ),
    );
  }
  close(): void {
    this.#socket.close();
  }
}

/** Lines for `ip -batch`: the first `count` routes go, one after the other. */
function removals(count: number): string {
  return Array.from({ length: count }, (_, i) => `route del ${nth24(i)} proto bird`).join('\n');
}

describe('routes in the real kernel', { skip: noKernelReason() }, () => {
  let lab: FibLab;
  before(async () => {
    lab = await FibLab.make();
  });
  after(async () => {
    await lab?.destroy();
  });

  it('installs each kind of IPv4 route, changes it into each other kind, and removes it', async () => {
    const daemon = lab.daemon(4);
    await daemon.start();
    const kinds: readonly (readonly [Spec, string])[] = [
      [{ via: ['10.0.0.2'] }, '20.0.0.0/24 via 10.0.0.2 dev v0 metric 32'],
      [
        { via: ['10.0.0.3', { gateway: '10.1.0.2', dev: 'w0' }] },
        '20.0.0.0/24 metric 32 nexthop via 10.0.0.3 dev v0 weight 1 nexthop via 10.1.0.2 dev w0 weight 1',
      ],
      [
        {
          via: [
            { gateway: '10.0.0.3', weight: 2 },
            { gateway: '10.0.0.4', weight: 7 },
          ],
        },
        '20.0.0.0/24 metric 32 nexthop via 10.0.0.4 dev v0 weight 7 nexthop via 10.0.0.3 dev v0 weight 2',
      ],
      [{ via: ['10.0.0.2'], metric: 0 }, '20.0.0.0/24 via 10.0.0.2 dev v0'],
      [{ type: 6 }, 'blackhole 20.0.0.0/24 metric 32'],
      [{ type: 7, metric: 0 }, 'unreachable 20.0.0.0/24'],
      [{ type: 8 }, 'prohibit 20.0.0.0/24 metric 32'],
      [{ dev: 'v0' }, '20.0.0.0/24 dev v0 scope link metric 32'],
      [{ via: ['fd00::9'] }, '20.0.0.0/24 via inet6 fd00::9 dev v0 metric 32'],
      [{ via: ['1.2.3.4'], onlink: true }, '20.0.0.0/24 via 1.2.3.4 dev v0 metric 32 onlink'],
      [{ via: ['10.0.0.2'], prefSrc: '10.1.0.1' }, '20.0.0.0/24 via 10.0.0.2 dev v0 src 10.1.0.1 metric 32'],
      [{ via: ['10.0.0.2'], metric: 4294967295 }, '20.0.0.0/24 via 10.0.0.2 dev v0 metric 4294967295'],
    ];
    for (const from of kinds) {
      for (const to of kinds) {
        daemon.want('20.0.0.0/24', from[0]);
        await daemon.settled();
        daemon.want('20.0.0.0/24', to[0]);
        await daemon.settled();
        assert.equal(oneLine(await lab.routes(4, 'proto bird')), to[1], `from ${from[1]}`);
      }
    }
    daemon.want('20.0.0.0/24', undefined);
    await daemon.settled();
    assert.equal(await lab.routes(4, 'proto bird'), '');
    assert.deepEqual([daemon.diary.refusals, daemon.errors, daemon.sync.installedCount], [[], [], 0]);
    daemon.kill();
  });

  it('does the same for IPv6', async () => {
    const daemon = lab.daemon(6);
    await daemon.start();
    const kinds: readonly (readonly [Spec, string])[] = [
      [{ via: ['fd00::2'] }, '2001:db8::/48 via fd00::2 dev v0 metric 32 pref medium'],
      [
        { via: ['fd00::3', { gateway: 'fd01::2', dev: 'w0' }, 'fd00::4'] },
        '2001:db8::/48 metric 32 pref medium nexthop via fd00::3 dev v0 weight 1 nexthop via fd00::4 dev v0 weight 1 nexthop via fd01::2 dev w0 weight 1',
      ],
      [
        { via: [{ gateway: 'fd00::3', weight: 9 }, 'fd00::7'] },
        '2001:db8::/48 metric 32 pref medium nexthop via fd00::3 dev v0 weight 9 nexthop via fd00::7 dev v0 weight 1',
      ],
      [{ via: ['fd00::2'], metric: 0 }, '2001:db8::/48 via fd00::2 dev v0 metric 1024 pref medium'],
      [{ type: 6 }, 'blackhole 2001:db8::/48 dev lo metric 32 pref medium'],
      [{ type: 7 }, 'unreachable 2001:db8::/48 dev lo metric 32 pref medium'],
      [{ dev: 'v0' }, '2001:db8::/48 dev v0 metric 32 pref medium'],
      [{ via: ['fe80::2'] }, '2001:db8::/48 via fe80::2 dev v0 metric 32 pref medium'],
      [
        { via: ['2001:db8:ff::1'], onlink: true },
        '2001:db8::/48 via 2001:db8:ff::1 dev v0 metric 32 onlink pref medium',
      ],
    ];
    for (const from of kinds) {
      for (const to of kinds) {
        daemon.want('2001:db8::/48', from[0]);
        await daemon.settled();
        daemon.want('2001:db8::/48', to[0]);
        await daemon.settled();
        assert.equal(oneLine(await lab.routes(6, 'proto bird')), to[1], `from ${from[1]}`);
      }
    }
    daemon.want('2001:db8::/48', undefined);
    await daemon.settled();
    assert.equal(await lab.routes(6, 'proto bird'), '');
    assert.deepEqual([daemon.diary.refusals, daemon.errors, daemon.sync.installedCount], [[], [], 0]);
    daemon.kill();
  });

  it('installs 100,000 routes and removes them, none lost, no foreign route touched', async (t) => {
    const count = 100_000;
    const foreign = Array.from(
      { length: 250 },
      (_, i) => `route add ${nth24(i * 400)} via 10.0.0.9 metric 77 proto static`,
    );
    await lab.node.run('ip', ['-batch', '-'], foreign.join('\n'));
    const foreignBefore = await lab.routes(4, 'proto static');
    const daemon = lab.daemon(4);
    await daemon.start();
    const begin = performance.now();
    for (let i = 0; i < count; i++) daemon.want(nth24(i), { via: ['10.0.0.2'] });
    const wanted = performance.now();
    await daemon.settled(60_000);
    const added = performance.now();
    assert.equal(lineCount(await lab.routes(4, 'proto bird')), count);
    assert.equal(daemon.sync.installedCount, count);
    const removing = performance.now();
    await new Promise<void>((resolve) => daemon.sync.removeAll(resolve));
    const removed = performance.now();
    assert.equal(await lab.routes(4, 'proto bird'), '');
    assert.equal(await lab.routes(4, 'proto static'), foreignBefore);
    assert.deepEqual([daemon.diary.refusals, daemon.errors], [[], []]);
    const rate = (ms: number): string => `${Math.round(count / ms)} routes/ms`;
    t.diagnostic(`wanted ${rate(wanted - begin)}, added ${rate(added - wanted)}, removed ${rate(removed - removing)}`);
    await lab.node.ip('route flush proto static');
    daemon.kill();
  });

  it('adopts the routes of an earlier run without a single notification, and sweeps the rest afterwards', async () => {
    const first = lab.daemon(4);
    const first6 = lab.daemon(6);
    await first.start();
    await first6.start();
    for (let i = 0; i < 2000; i++) first.want(nth24(i), { via: ['10.0.0.2', '10.0.0.3'] });
    first6.want('2001:db8:1::/48', { via: ['fd00::2', 'fd00::3'] });
    first6.want('2001:db8:2::/48', { type: 6, metric: 0 });
    await first.settled();
    await first6.settled();
    first.kill();
    first6.kill();

    const monitor = new RouteMonitor(lab.node.namespace);
    const second = lab.daemon(4);
    const second6 = lab.daemon(6);
    await second.start();
    await second6.start();
    for (let i = 0; i < 1990; i++) second.want(nth24(i), { via: ['10.0.0.3', '10.0.0.2'] });
    second6.want('2001:db8:1::/48', { via: ['fd00::3', 'fd00::2'] });
    second6.want('2001:db8:2::/48', { type: 6, metric: 0 });
    await second.settled();
    await second6.settled();
    // Whatever the kernel had to say has been said by the time a scan has come back.
    const scans = second.diary.scans;
    second.sync.scan();
    await until('another scan', () => second.diary.scans > scans);
    assert.equal(monitor.count, 0);
    assert.equal(lineCount(await lab.routes(4, 'proto bird')), 6000, '2000 routes, three lines each');

    second.want(nth24(0), { via: ['10.0.0.4'] });
    await second.settled();
    second.sync.sweep();
    await until('the sweep', async () => lineCount(await lab.routes(4, 'proto bird')) === 1989 * 3 + 1);
    await until('11 notifications', () => monitor.count === 11);
    monitor.close();
    await new Promise<void>((resolve) => second.sync.removeAll(resolve));
    await new Promise<void>((resolve) => second6.sync.removeAll(resolve));
    second.kill();
    second6.kill();
  });

  it('removes a second route of ours that was left under another metric, and keeps the wanted one untouched', async () => {
    await lab.node.ip('route add 20.0.0.0/24 via 10.0.0.2 metric 5 proto bird');
    await lab.node.ip('route add 20.0.0.0/24 via 10.0.0.2 metric 32 proto bird');
    const monitor = new RouteMonitor(lab.node.namespace);
    const daemon = lab.daemon(4);
    await daemon.start();
    daemon.want('20.0.0.0/24', { via: ['10.0.0.2'] });
    daemon.sync.sweep();
    await until(
      'the other to go',
      async () => oneLine(await lab.routes(4, 'proto bird')) === '20.0.0.0/24 via 10.0.0.2 dev v0 metric 32',
    );
    assert.equal(monitor.count, 1);
    monitor.close();
    await new Promise<void>((resolve) => daemon.sync.removeAll(resolve));
    daemon.kill();
  });

  it('puts back what somebody else deletes or changes, at once', async () => {
    const daemon = lab.daemon(4);
    await daemon.start();
    for (let i = 0; i < 3000; i++) daemon.want(nth24(i), { via: ['10.0.0.2'] });
    await daemon.settled();
    const { scans } = daemon.diary;
    // One by one: a flush starts over as long as it finds any, and would fight with the repair.
    await lab.node.run('ip', ['-batch', '-'], removals(3000));
    await until('all to be back', async () => lineCount(await lab.routes(4, 'proto bird')) === 3000);
    await daemon.settled();
    assert.equal(daemon.diary.scans, scans, 'notifications alone told of it');
    await lab.node.ip(`route replace ${nth24(7)} via 10.0.0.99 metric 32 proto bird`);
    await until('the right gateway', async () => (await lab.routes(4, nth24(7))).includes('via 10.0.0.2 '));
    await lab.node.ip(`route add ${nth24(5000)} via 10.0.0.2 metric 32 proto bird`);
    daemon.sync.sweep();
    await until('the stranger to go', async () => (await lab.routes(4, nth24(5000))) === '');
    await new Promise<void>((resolve) => daemon.sync.removeAll(resolve));
    daemon.kill();
  });

  it('leaves a foreign route alone that has its prefix and metric, says so once, and takes over when it goes', async () => {
    const daemon = lab.daemon(4);
    const daemon6 = lab.daemon(6);
    await daemon.start();
    await daemon6.start();
    await lab.node.ip('route add 20.0.0.0/24 via 10.0.0.9 metric 32 proto static');
    await lab.node.ip('-6 route add 2001:db8::/48 via fd00::9 metric 32 proto static');
    daemon.want('20.0.0.0/24', { via: ['10.0.0.2'] });
    daemon6.want('2001:db8::/48', { via: ['fd00::2'] });
    await daemon.settled();
    await daemon6.settled();
    for (let i = 0; i < 2; i++) {
      const { scans } = daemon.diary;
      daemon.sync.scan();
      daemon6.sync.scan();
      await until('a scan', () => daemon.diary.scans > scans);
      await daemon.settled();
    }
    assert.equal(daemon.failed('20.0.0.0/24'), true);
    assert.equal(daemon6.failed('2001:db8::/48'), true);
    assert.match(await lab.routes(4, '20.0.0.0/24'), /^20.0.0.0\/24 via 10.0.0.9 dev v0 proto static metric 32 \n$/);
    assert.match(await lab.routes(6, '2001:db8::/48'), /^2001:db8::\/48 via fd00::9 dev v0 proto static metric 32 /);
    assert.equal(daemon.diary.refusals.length, 1);
    assert.match(daemon.diary.refusals[0]!, /^20.0.0.0\/24 exists /);
    await lab.node.ip('route del 20.0.0.0/24 metric 32 proto static');
    await lab.node.ip('-6 route del 2001:db8::/48 metric 32 proto static');
    await until('ours', async () => (await lab.routes(4, '20.0.0.0/24')).includes('via 10.0.0.2 dev v0 proto bird'));
    await until('ours', async () => (await lab.routes(6, '2001:db8::/48')).includes('via fd00::2 dev v0 proto bird'));
    await until('no failure', () => !daemon.failed('20.0.0.0/24') && !daemon6.failed('2001:db8::/48'));

    await lab.node.ip('route replace 20.0.0.0/24 via 10.0.0.9 metric 32 proto static');
    await until('to notice', () => daemon.failed('20.0.0.0/24'));
    daemon.want('20.0.0.0/24', undefined);
    await daemon.settled();
    assert.match(await lab.routes(4, '20.0.0.0/24'), /proto static/);
    await lab.node.ip('route del 20.0.0.0/24');
    await new Promise<void>((resolve) => daemon6.sync.removeAll(resolve));
    daemon.kill();
    daemon6.kill();
  });

  it('finds by a scan what the kernel drops without a word: link down and up, address removed', async () => {
    const daemon = lab.daemon(4);
    const daemon6 = lab.daemon(6);
    await daemon.start();
    await daemon6.start();
    for (let i = 0; i < 100; i++) daemon.want(nth24(i), { via: ['10.1.0.2'], dev: 'w0' });
    daemon.want('20.9.0.0/24', { via: ['10.0.0.2'] });
    daemon6.want('2001:db8::/48', { via: ['fd01::2'], dev: 'w0' });
    await daemon.settled();
    await daemon6.settled();
    await lab.node.ip('link set w0 down');
    daemon.sync.linksChanged();
    daemon6.sync.linksChanged();
    await until('the scan', () => daemon.sync.failedCount === 100 && daemon6.sync.failedCount === 1);
    assert.equal(lineCount(await lab.routes(4, 'proto bird')), 1);
    await lab.node.ip('link set w0 up');
    daemon.sync.linksChanged();
    daemon6.sync.linksChanged();
    await until('all to be back', async () => lineCount(await lab.routes(4, 'proto bird')) === 101);
    await until('IPv6 to be back', async () => lineCount(await lab.routes(6, 'proto bird')) === 1);
    assert.equal(daemon.sync.failedCount, 0);

    await lab.node.ip('addr del 10.1.0.1/24 dev w0');
    daemon.sync.linksChanged();
    await until('the scan', () => daemon.sync.failedCount === 100);
    await lab.node.ip('addr add 10.1.0.1/24 dev w0');
    daemon.sync.linksChanged();
    await until('all to be back', async () => lineCount(await lab.routes(4, 'proto bird')) === 101);
    await new Promise<void>((resolve) => daemon.sync.removeAll(resolve));
    await new Promise<void>((resolve) => daemon6.sync.removeAll(resolve));
    daemon.kill();
    daemon6.kill();
  });

  it('survives lost notifications: a small buffer, 20,000 routes go at once', async () => {
    const daemon = lab.daemon(4, { receiveBufferOctets: 4096 });
    await daemon.start();
    for (let i = 0; i < 20_000; i++) daemon.want(nth24(i), { via: ['10.0.0.2'] });
    await daemon.settled();
    // Nothing is read here while they go; one by one, since a flush starts over as long as it finds any.
    execFileSync('ip', ['-n', lab.node.namespace, '-batch', '-'], { input: removals(20_000) });
    await until('all to be back', async () => lineCount(await lab.routes(4, 'proto bird')) === 20_000);
    assert.ok(daemon.diary.reports.some((line) => line.includes('dropped some netlink messages')));
    await new Promise<void>((resolve) => daemon.sync.removeAll(resolve));
    daemon.kill();
  });

  it('survives lost notifications while 20,000 routes change, whoever is faster', async () => {
    const daemon = lab.daemon(4, { receiveBufferOctets: 4096 });
    await daemon.start();
    for (let i = 0; i < 20_000; i++) daemon.want(nth24(i), { via: ['10.0.0.2'] });
    await daemon.settled();
    for (let i = 0; i < 20_000; i++) daemon.want(nth24(i), { via: ['10.0.0.3'] });
    await lab.node.tryRun('ip', ['-force', '-batch', '-'], removals(20_000));
    await until('all to be back', async () => lineCount(await lab.routes(4, 'via 10.0.0.3 proto bird')) === 20_000);
    await new Promise<void>((resolve) => daemon.sync.removeAll(resolve));
    daemon.kill();
  });

  it('keeps to its own table', async () => {
    const daemon = lab.daemon(4, { table: 1000 });
    await daemon.start();
    await lab.node.ip('route add 20.0.1.0/24 via 10.0.0.2 proto bird');
    daemon.want('20.0.0.0/24', { via: ['10.0.0.2'] });
    await daemon.settled();
    daemon.sync.sweep();
    await daemon.settled();
    assert.equal(oneLine(await lab.routes(4, 'table 1000')), '20.0.0.0/24 via 10.0.0.2 dev v0 proto bird metric 32');
    assert.equal(oneLine(await lab.routes(4, 'proto bird')), '20.0.1.0/24 via 10.0.0.2 dev v0');
    await lab.node.ip('route del 20.0.1.0/24');
    await new Promise<void>((resolve) => daemon.sync.removeAll(resolve));
    assert.equal(await lab.routes(4, 'table 1000'), '');
    daemon.kill();
  });

  it('ends with the newest wish, however fast wishes change', async () => {
    const daemon = lab.daemon(6);
    await daemon.start();
    daemon.sync.sweep();
    const specs: readonly (Spec | undefined)[] = [
      { via: ['fd00::2'] },
      { via: ['fd00::3', 'fd00::4'] },
      undefined,
      { type: 6 },
      { via: ['fd00::5'], metric: 99 },
    ];
    let seed = 1;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % n;
    };
    const last = new Map<string, Spec | undefined>();
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 50; i++) {
        const prefix = `2001:db8:${random(60).toString(16)}00::/40`;
        const spec = specs[random(specs.length)];
        daemon.want(prefix, spec);
        last.set(prefix, spec);
      }
      if (round % 8 === 7) daemon.sync.scan();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await daemon.settled();
    const kept = [...last.values()].filter((spec) => spec !== undefined).length;
    const shown = (await lab.routes(6, 'proto bird'))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('\t'));
    assert.equal(shown.length, kept);
    assert.equal(daemon.sync.installedCount, kept);
    const { scans } = daemon.diary;
    daemon.sync.scan();
    await until('a scan', () => daemon.diary.scans > scans);
    assert.equal(daemon.sync.pending, 0);
    assert.deepEqual([daemon.diary.refusals, daemon.errors], [[], []]);
    await new Promise<void>((resolve) => daemon.sync.removeAll(resolve));
    assert.equal(daemon.fib.bodies.count, 0);
    daemon.kill();
  });
});

function lineCount(text: string): number {
  return text === '' ? 0 : text.trimEnd().split('\n').length;
}

/** Blanks and line breaks as one blank; `proto bird` is not printed where one asks for it. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
