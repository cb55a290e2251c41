/**
 * The other side of a scenario, in a namespace of its own: speakers that feed the daemon and speakers that listen.
 * Started by `feed.ts`; says `ready` when all sessions are up, waits for a line `go`, and prints the result as JSON.
 */
import { createInterface } from 'node:readline';
import { Speaker } from './speaker.ts';
import { announcements, END_OF_RIB, withdrawals, workload } from './workload.ts';

export interface LoadOrder {
  readonly target: string;
  readonly prefixes: number;
  readonly feeders: readonly { readonly address: string; readonly as: number }[];
  readonly receivers: readonly { readonly address: string; readonly as: number }[];
  readonly timeoutMs: number;
}

export interface LoadResult {
  /** Until every receiver has every prefix. */
  readonly announceMs: number;
  /** Until every receiver has lost every prefix again. */
  readonly withdrawMs: number;
  /** UPDATEs and prefixes of the first receiver. */
  readonly updates: number;
  readonly announced: number;
  readonly error: string;
}

async function main(): Promise<void> {
  const order = JSON.parse(process.argv[2] ?? '{}') as LoadOrder;
  const load = workload(order.prefixes);
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const base = { remoteAddress: order.target, port: 179 };
  const feeders = order.feeders.map((peer) => new Speaker({ ...base, localAddress: peer.address, as: peer.as }));
  const receivers = order.receivers.map(
    (peer) => new Speaker({ ...base, localAddress: peer.address, as: peer.as, expect: load }),
  );
  const feeds = order.feeders.map((peer, salt) => {
    const nextHop = peer.address.split('.').map(Number) as [number, number, number, number];
    return announcements(load, { localAs: peer.as, nextHop, salt });
  });
  await Promise.all([...feeders, ...receivers].map((speaker) => speaker.connect()));

  const reached = async (have: number): Promise<void> => {
    const end = performance.now() + order.timeoutMs;
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        if (receivers.every((receiver) => receiver.have === have)) finish();
        else if ([...feeders, ...receivers].some((speaker) => speaker.closed)) finish(new Error('a session was lost'));
      };
      const timer = setInterval(() => performance.now() > end && finish(new Error('it took too long')), 500);
      const finish = (error?: Error): void => {
        clearInterval(timer);
        for (const speaker of [...feeders, ...receivers]) speaker.onChange = () => {};
        if (error === undefined) resolve();
        else reject(error);
      };
      for (const speaker of [...feeders, ...receivers]) speaker.onChange = check;
      check();
    });
  };

  console.log('ready');
  await lines.next();
  let announceMs = Number.NaN;
  let withdrawMs = Number.NaN;
  let error = '';
  try {
    let start = performance.now();
    for (const [i, feeder] of feeders.entries()) void feeder.send([...feeds[i]!, END_OF_RIB]);
    await reached(order.prefixes);
    announceMs = performance.now() - start;
    console.log('announced');
    await lines.next();
    const gone = withdrawals(load);
    start = performance.now();
    for (const feeder of feeders) void feeder.send(gone);
    await reached(0);
    withdrawMs = performance.now() - start;
  } catch (caught) {
    error = `${(caught as Error).message}; ${receivers.map((receiver) => receiver.have).join(' ')} of ${order.prefixes}`;
  }
  const strangers = receivers.reduce((sum, receiver) => sum + receiver.strangers, 0);
  if (strangers > 0) error = `${strangers} prefixes arrived that nobody sent`;
  const first = receivers[0]!;
  const result: LoadResult = { announceMs, withdrawMs, updates: first.updates, announced: first.announced, error };
  console.log(JSON.stringify(result));
  for (const speaker of [...feeders, ...receivers]) speaker.close();
  process.exit(0);
}

void main();
