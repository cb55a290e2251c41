/**
 * A full table of which some prefixes flap all the time: each is withdrawn, and announced again a second later. For each
 * of the two the time from the UPDATE in to the UPDATE out is taken.
 */
import { quantile } from './accounting.ts';
import { compare, RouteState } from './audit.ts';
import { type Load, listen } from './load-session.ts';
import { announcements, END_OF_RIB, Workload, withdrawals } from './workload.ts';

/** Prefixes are taken in blocks of neighbours, blocks in an order that jumps about. */
const BLOCK = 100;
const STRIDE = 7919;
const BACK_AFTER_MS = 1000;

export async function runChurn(load: Load): Promise<void> {
  const { scenario, daemonAs } = load.order;
  const { flapsPerSecond = 10_000, seconds = 60 } = scenario;
  const table = new Workload(scenario.prefixes);
  const feederPeer = load.peers('feeder')[0]!;
  const feed = { as: feederPeer.as, nextHop: feederPeer.address };
  const feeder = load.speaker(feederPeer);
  const withdrawnAt = new Float64Array(table.count);
  const announcedAt = new Float64Array(table.count);
  const latencies: number[] = [];
  const receiver = load.speaker(load.peers('receiver')[0]!, {
    expect: table,
    onPrefix: (index, announced) => {
      const sentAt = announced ? announcedAt : withdrawnAt;
      if (sentAt[index] === 0) return;
      latencies.push(performance.now() - sentAt[index]!);
      sentAt[index] = 0;
    },
  });
  const chunks = announcements(table, feed);
  await Promise.all([feeder.connect(), receiver.connect()]);
  const sent = new RouteState(table);
  sent.sent(chunks, 4);

  await load.phase('announce', async () => {
    void feeder.send([...chunks, END_OF_RIB]);
    return { at: await load.settled([receiver], () => table.count) };
  });
  load.audit(compare(listen(new RouteState(table), receiver, daemonAs), [sent]));

  const blocks = Math.floor(table.count / BLOCK);
  const tickMs = (1000 * BLOCK) / flapsPerSecond;
  const total = Math.round((seconds * 1000) / tickMs);
  const delay = Math.round(BACK_AFTER_MS / tickMs);
  // Made before the clock runs: making them is work.
  const order = Array.from({ length: total }, (_, i) => ((i * STRIDE) % blocks) * BLOCK);
  const gone = order.map((first) => withdrawals(table, first, BLOCK));
  const back = order.map((first) => announcements(table, feed, first, BLOCK));
  await load.phase('churn', async (start) => {
    for (let tick = 0; tick < total + delay; tick++) {
      const due = start + tick * tickMs;
      while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
      const now = performance.now();
      if (tick < total) {
        withdrawnAt.fill(now, order[tick]!, order[tick]! + BLOCK);
        void feeder.send(gone[tick]!);
      }
      if (tick >= delay) {
        const first = order[tick - delay]!;
        announcedAt.fill(now, first, first + BLOCK);
        void feeder.send(back[tick - delay]!);
      }
    }
    const at = await load.settled([receiver], () => table.count);
    const figures = {
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
      maxMs: latencies.reduce((worst, latency) => Math.max(worst, latency), 0),
      told: latencies.length / (2 * total * BLOCK),
    };
    return { at, figures };
  });
  const state = new RouteState(table);
  for (let i = 0; i < table.count; i++) state.fingerprints[i] = sent.fingerprints[i]!;
  load.audit(compare(listen(state, receiver, daemonAs), [sent]));
}
