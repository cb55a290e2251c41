/**
 * 100,000 routes of a peer go into the real kernel and out again: none is lost, no route of anybody else is touched.
 * Then the daemon is killed with -9 and started again: it adopts what it finds, and the kernel hears of no change.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Lab, type LabNode, until } from '../../src/lab/namespace.ts';
import { inNamespace } from '../support/netns.ts';
import { whyNot } from '../support/peers/peer.ts';
import { kernelRoutes, Peregrine } from '../support/peers/peregrine.ts';
import { message, RawSpeaker } from '../support/raw-speaker.ts';
import { routeMonitor } from '../support/route-monitor.ts';

const COUNT = 100_000;
const config = `
log stderr { info, warning, error, fatal, bug };
router id 10.0.1.2;
protocol device { scan time 2; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; scan time 2; persist off; }
protocol bgp feed {
  local 10.0.1.2 as 64512; neighbor 10.0.1.1 as 65001; direct; passive;
  ipv4 { import all; export none; };
}
`;

/** 20.0.0.0/24, 20.0.1.0/24, ...: number -> the three octets. */
const octets = (i: number): number[] => [20 + (i >> 16), (i >> 8) & 255, i & 255];

/** UPDATEs for the prefixes from `first` to `end`, 800 in each. */
function* updates(first: number, end: number, announce: boolean): Generator<Buffer> {
  const attributes = announce
    ? Buffer.from([0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xe9, 0x40, 3, 4, 10, 0, 1, 1])
    : Buffer.alloc(0);
  for (let i = first; i < end; i += 800) {
    const prefixes = Buffer.concat(
      Array.from({ length: Math.min(800, end - i) }, (_, k) => Buffer.from([24, ...octets(i + k)])),
    );
    const [withdrawn, nlri] = announce ? [Buffer.alloc(0), prefixes] : [prefixes, Buffer.alloc(0)];
    const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
    yield message(2, Buffer.concat([u16(withdrawn.length), withdrawn, u16(attributes.length), attributes, nlri]));
  }
}
const END_OF_RIB = message(2, Buffer.from([0, 0, 0, 0]));

describe('100,000 routes in the kernel', { skip: whyNot('birdc') ?? false }, () => {
  const lab = new Lab();
  after(() => lab.destroy());

  it('are installed, adopted after kill -9 without a flap, and removed; foreign routes stay', {
    timeout: 240_000,
  }, async (context) => {
    const load = await lab.node('load');
    const ours = await lab.node('ours');
    await lab.wire(load, 'eth0', ours, 'eth0');
    await load.address('eth0', '10.0.1.1/24');
    await ours.address('eth0', '10.0.1.2/24');
    const foreign = [
      '192.0.2.0/24 via 10.0.1.9 proto static',
      '20.0.7.0/24 via 10.0.1.9 proto static metric 5',
      '198.51.100.0/24 dev eth0 proto 99 metric 7',
    ];
    for (const route of foreign) await ours.ip(`route add ${route}`);
    const foreignNow = async (): Promise<string> =>
      [await ours.ip('-N route show proto static'), await ours.ip('-N route show proto 99')].join('');
    const foreignBefore = await foreignNow();

    const daemon = new Peregrine(ours, config);
    const speaker = new RawSpeaker({ localAddress: '10.0.1.1', remoteAddress: '10.0.1.2', as: 65001 });
    after(() => speaker.destroy());
    await daemon.start();
    await inNamespace(load, () => speaker.connect());

    let start = performance.now();
    await speaker.send(updates(0, COUNT, true));
    await speaker.send([END_OF_RIB]);
    await until('all routes are in the kernel', async () => (await count(ours)) === COUNT, 60_000, 100);
    context.diagnostic(`installed in ${Math.round(performance.now() - start)} ms, as seen from outside`);
    const before = await kernelRoutes(ours, 4, 'proto 12');
    assert.equal(before.size, COUNT);
    for (const i of [0, 1, 777, 65_535, 99_999]) {
      assert.match(before.get(`${octets(i).join('.')}.0/24`)!, /via 10\.0\.1\.1 dev eth0 metric 32/);
    }

    // The daemon dies without a word. Half of the table is announced differently by nobody: nothing may move.
    const monitor = await routeMonitor(ours, '-o');
    await daemon.stop('SIGKILL');
    speaker.destroy();
    assert.equal(await count(ours), COUNT);
    await daemon.start();
    const again = new RawSpeaker({ localAddress: '10.0.1.1', remoteAddress: '10.0.1.2', as: 65001 });
    after(() => again.destroy());
    await inNamespace(load, () => again.connect());
    // One prefix of the earlier run is not announced any more: it has to go, but not before the feed is complete.
    await again.send(updates(1, COUNT, true));
    await until(
      'the table is complete',
      async () => /^99999 of 99999/m.test(await daemon.birdc('show', 'route', 'count')),
      60_000,
      100,
    );
    await again.send([END_OF_RIB]);
    await until('the stale route is swept', async () => (await count(ours)) === COUNT - 1, 60_000, 100);
    const heard = monitor.output
      .split('\n')
      .filter((line) => line.includes(' proto bird ') || line.includes(' proto 12 '));
    assert.ok(
      heard.length <= 1,
      `the kernel heard of ${heard.length} changes, the first: ${heard.slice(0, 3).join(' | ')}`,
    );
    assert.match(heard[0] ?? '', /^Deleted 20\.0\.0\.0\/24 /);
    await monitor.stop();

    start = performance.now();
    await again.send(updates(1, COUNT, false));
    await until('all routes are out of the kernel', async () => (await count(ours)) === 0, 60_000, 100);
    context.diagnostic(`removed in ${Math.round(performance.now() - start)} ms, as seen from outside`);
    assert.equal(await foreignNow(), foreignBefore);

    // A clean end leaves nothing behind (persist off) and nothing of others out.
    await again.send(updates(0, 1000, true));
    await until('some are back', async () => (await count(ours)) === 1000, 20_000, 100);
    assert.equal(await daemon.stop('SIGTERM'), 0);
    assert.equal(await count(ours), 0);
    assert.equal(await foreignNow(), foreignBefore);
  });
});

async function count(node: LabNode): Promise<number> {
  return Number((await node.run('sh', ['-c', 'ip -4 route show proto 12 | wc -l'])).trim());
}
