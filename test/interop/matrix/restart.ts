/** Rows about graceful restart: either end is killed while numbered packets pass; none may get lost. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Stream, StreamResult } from '../../support/stream.ts';
import { BEHIND_PEER, BEHIND_US, type Bench, KERNEL, OURS, session } from './bench.ts';
import type { Row } from './row.ts';

const DIRECT = 'protocol direct { ipv4; interface "eth2"; }\n';
const TEXT = `${DIRECT}${KERNEL.replaceAll('scan time 2;', 'scan time 2; graceful restart;')}${session('graceful restart; graceful restart time 20;')}`;

/** Both networks are known at both ends, and packets find their way in both directions. */
async function begin(bench: Bench): Promise<Stream[]> {
  const { peer, h1, h2 } = await bench.nodes();
  // Not every daemon programs the kernel; what is under test there is whether it keeps our route.
  await peer.tryRun('ip', ['route', 'replace', BEHIND_US.network, 'via', OURS[4], 'metric', '50']);
  await bench.start(TEXT, { announce: [BEHIND_PEER.network], session: { gracefulRestart: true } });
  await bench.established();
  await bench.until('our kernel knows the way', async () =>
    (await bench.ours.kernelRoutes(4)).has(BEHIND_PEER.network),
  );
  await bench.peerHas([BEHIND_US.network]);
  return [await bench.stream(h2, h1, BEHIND_PEER.host), await bench.stream(h1, h2, BEHIND_US.host)];
}

/** Packets pass so long before and after, one a millisecond: a loss that comes late is seen, too. */
const MARGIN_MS = 700;

function none(result: StreamResult, direction: string): void {
  assert.ok(result.sent > MARGIN_MS, `${direction}: ${result.sent} packets were sent`);
  assert.deepEqual(result.missing, [], `${direction}: all of ${result.sent} packets arrive`);
}

const helper: Row = {
  title: 'graceful restart of the peer, no packet lost',
  without: {
    OpenBGPD: 'names no families and cannot restart gracefully',
  },
  async run(bench) {
    const [towards, back] = await begin(bench);
    await delay(MARGIN_MS);
    await bench.peer.stop('SIGKILL');
    await bench.until('it is expected back', async () =>
      /Neighbor graceful restart active/.test(await bench.ours.birdc('show', 'protocols', 'all', 'p4')),
    );
    // GoBGP gets its routes from its client after the start: until then it must not be heard. Packets pass all the same.
    const { peer } = await bench.nodes();
    if (bench.kind === 'GoBGP') await peer.ip(`route add unreachable ${OURS[4]}/32`);
    await bench.peer.start();
    if (bench.kind === 'GoBGP') await peer.ip(`route del unreachable ${OURS[4]}/32`);
    await bench.established();
    await bench.until('it is back', async () => {
      const detail = await bench.ours.birdc('show', 'protocols', 'all', 'p4');
      return !/graceful restart active|Neighbor GR/.test(detail) && (await bench.routes()).has(BEHIND_PEER.network);
    });
    await delay(MARGIN_MS);
    none(await towards!.stop(), 'towards the peer');
    none(await back!.stop(), 'from the peer');
  },
};

const restarter: Row = {
  title: 'graceful restart of ours, no packet lost, no route withdrawn',
  without: { ExaBGP: 'has no table' },
  async run(bench) {
    const [towards, back] = await begin(bench);
    await delay(MARGIN_MS);
    let watching = true;
    let withdrawn = 0;
    const watch = (async () => {
      while (watching) if (!(await bench.peer.knows(BEHIND_US.network))) withdrawn++;
    })();
    await bench.ours.stop('SIGKILL');
    await bench.ours.start('-R');
    await bench.established();
    await bench.until('we have recovered', async () => {
      const status = await bench.ours.birdc('show', 'status');
      return /Daemon is up/.test(status) && !/recovery/i.test(status);
    });
    await bench.weHave([BEHIND_PEER.network]);
    watching = false;
    await watch;
    await delay(MARGIN_MS);
    none(await towards!.stop(), 'towards the peer');
    none(await back!.stop(), 'from the peer');
    assert.equal(withdrawn, 0, 'the peer keeps our route');
  },
};

export const RESTARTS: readonly Row[] = [helper, restarter];
