/**
 * A router between two others is killed without warning, again and again, while numbered packets pass through it both
 * ways: the kernel keeps its routes, the neighbours keep theirs (RFC 4724), and not a packet is lost.
 *
 *     h1 --- BIRD --- ours --- FRR --- h2       10.0.3.0/24   10.0.1.0/24   10.0.2.0/24   10.0.4.0/24
 */
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Lab, type LabNode, until } from '../../src/lab/namespace.ts';
import { Bird } from '../support/peers/bird.ts';
import { Frr } from '../support/peers/frr.ts';
import { whyNot } from '../support/peers/peer.ts';
import { Peregrine } from '../support/peers/peregrine.ts';
import { Stream } from '../support/stream.ts';

const KILLS = Number(process.env['PEREGRINE_KILLS'] ?? (process.env['PEREGRINE_LONG'] === '1' ? 100 : 4));
/** Packets pass so long before the first kill and after the last: a loss that comes late is seen, too. */
const MARGIN_MS = 1500;

const BEHIND_BIRD = '10.0.3.0/24';
const BEHIND_FRR = '10.0.4.0/24';

const OURS = `log stderr all;
router id 10.0.1.2;
graceful restart wait 30;
protocol device { scan time 1; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; graceful restart; scan time 2; }
template bgp session {
  direct; connect delay time 0; connect retry time 1; error wait time 1, 3; graceful restart; graceful restart time 30;
  ipv4 { import all; export all; next hop self; };
}
protocol bgp to_bird from session { local 10.0.1.2 as 64512; neighbor 10.0.1.1 as 65001; }
protocol bgp to_frr from session { local 10.0.2.2 as 64512; neighbor 10.0.2.3 as 65002; }
`;

const BIRD = `log stderr all;
router id 10.0.1.1;
protocol device { scan time 1; }
protocol static { ipv4; route ${BEHIND_BIRD} via "eth1"; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; scan time 2; }
protocol bgp n0 {
  local 10.0.1.1 as 65001; neighbor 10.0.1.2 as 64512; direct;
  connect delay time 1; connect retry time 1; error wait time 1, 3; graceful restart aware;
  ipv4 { import all; export all; };
}
`;

const lab = new Lab('pgk');
after(() => lab.destroy());

async function wire(): Promise<Record<'h1' | 'bird' | 'ours' | 'frr' | 'h2', LabNode>> {
  const [h1, bird, ours, frr, h2] = await Promise.all(['h1', 'b', 'o', 'f', 'h2'].map((name) => lab.node(name)));
  const nodes = { h1: h1!, bird: bird!, ours: ours!, frr: frr!, h2: h2! };
  await lab.wire(nodes.h1, 'eth0', nodes.bird, 'eth1');
  await lab.wire(nodes.bird, 'eth0', nodes.ours, 'eth0');
  await lab.wire(nodes.ours, 'eth1', nodes.frr, 'eth0');
  await lab.wire(nodes.frr, 'eth1', nodes.h2, 'eth0');
  await nodes.h1.address('eth0', '10.0.3.2/24');
  await nodes.bird.address('eth1', '10.0.3.1/24');
  await nodes.bird.address('eth0', '10.0.1.1/24');
  await nodes.ours.address('eth0', '10.0.1.2/24');
  await nodes.ours.address('eth1', '10.0.2.2/24');
  await nodes.frr.address('eth0', '10.0.2.3/24');
  await nodes.frr.address('eth1', '10.0.4.1/24');
  await nodes.h2.address('eth0', '10.0.4.2/24');
  await nodes.h1.ip('route add default via 10.0.3.1');
  await nodes.h2.ip('route add default via 10.0.4.1');
  return nodes;
}

const reason = whyNot('bird', 'birdc', 'zebra', 'vtysh');

it(`${KILLS} times kill -9 between BIRD and FRR: no packet lost`, {
  skip: reason ?? false,
  timeout: 1_800_000,
}, async (t) => {
  const nodes = await wire();
  const ours = new Peregrine(nodes.ours, OURS);
  const bird = new Bird(
    {
      node: nodes.bird,
      as: 65001,
      routerId: '10.0.1.1',
      neighbors: [{ address: '10.0.1.2', as: 64512, local: '10.0.1.1' }],
      announce: [],
    },
    BIRD,
  );
  const frr = new Frr({
    node: nodes.frr,
    as: 65002,
    routerId: '10.0.2.3',
    neighbors: [{ address: '10.0.2.2', as: 64512, local: '10.0.2.3' }],
    announce: [BEHIND_FRR],
  });
  const settled = async (): Promise<boolean> => {
    const [status, seen] = await Promise.all([
      ours.tryBirdc('show', 'status'),
      bird.birdc('show', 'protocols', 'all', 'n0'),
    ]);
    if (!/Daemon is up/.test(status.stdout) || /recovery/i.test(status.stdout)) return false;
    // The helpers are through as well: until then another restart would be one too many (RFC 4724 section 4.2).
    if (!/Established/.test(seen) || /graceful restart active/i.test(seen)) return false;
    if (!(await frr.established('10.0.2.2'))) return false;
    const detail = JSON.parse(await frr.show('show bgp ipv4 unicast 10.0.3.0/24 json')) as {
      paths?: readonly { readonly stale?: boolean }[];
    };
    if (detail.paths?.length !== 1 || detail.paths[0]?.stale === true) return false;
    return (await ours.kernelRoutes(4)).size === 2;
  };
  const explain = (error: Error): never => {
    throw new Error(`${error.message}\n--- ours\n${ours.log.slice(-4000)}\n--- BIRD\n${bird.log.slice(-2000)}`);
  };
  await Promise.all([bird.start(), frr.start(), ours.start()]);
  try {
    await until('everybody knows everything', settled, 40_000, 100).catch(explain);
    // FRR hands routes to the kernel in its own time.
    await until('FRR forwards', async () => (await nodes.frr.ip('route show 10.0.3.0/24')).includes('via'));
    await until('BIRD forwards', async () => (await nodes.bird.ip('route show 10.0.4.0/24')).includes('via'));
    const streams = [
      ['to FRR', await Stream.start(nodes.h1, nodes.h2, '10.0.4.2')],
      ['to BIRD', await Stream.start(nodes.h2, nodes.h1, '10.0.3.2')],
    ] as const;
    await delay(MARGIN_MS);
    const took: number[] = [];
    for (let kill = 1; kill <= KILLS; kill++) {
      const from = performance.now();
      await ours.stop('SIGKILL');
      await ours.start('-R');
      await until(`kill ${kill}: everything is as before`, settled, 40_000, 100).catch(explain);
      took.push(performance.now() - from);
    }
    await delay(MARGIN_MS);
    for (const [direction, stream] of streams) {
      const { sent, missing } = await stream.stop();
      assert.ok(sent > KILLS * 500, `${direction}: ${sent} packets were sent`);
      assert.deepEqual(missing, [], `${direction}: all of ${sent} packets arrive`);
      t.diagnostic(`${direction}: ${sent} packets, none lost`);
    }
    took.sort((a, b) => a - b);
    t.diagnostic(
      `back to normal after ${Math.round(took[took.length >> 1]!)} ms, at most ${Math.round(took.at(-1)!)} ms`,
    );
    // The control: without the daemon, and with nobody who keeps its routes, packets do get lost.
    const control = await Stream.start(nodes.h1, nodes.h2, '10.0.4.2');
    await nodes.ours.ip('route flush proto 12');
    await delay(300);
    assert.ok((await control.stop()).missing.length > 0, 'lost packets would be seen');
  } finally {
    await Promise.all([ours.stop('SIGKILL'), bird.stop(), frr.stop()]);
  }
});
