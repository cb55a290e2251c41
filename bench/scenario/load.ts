/**
 * The other side of a scenario, in a namespace of its own: speakers that feed the daemon and speakers that listen.
 * Started by run.ts. A phase is timed from the first octet sent to the last prefix heard; the audit follows when the
 * clock has stopped.
 */
import { compare, RouteState } from './audit.ts';
import { runChurn } from './load-churn.ts';
import { runKernel } from './load-kernel.ts';
import { runReplay } from './load-replay.ts';
import { Load, listen } from './load-session.ts';
import type { LoadOrder } from './order.ts';
import { expectedPolicy } from './policy.ts';
import type { Speaker } from './speaker.ts';
import { announcements, END_OF_RIB, Workload, withdrawals } from './workload.ts';

async function runFeed(load: Load): Promise<void> {
  const { scenario, daemonAs } = load.order;
  const table = new Workload(scenario.prefixes);
  const feeds = load.peers('feeder').map((peer, salt) => {
    const speaker = load.speaker(peer);
    return { speaker, chunks: announcements(table, { as: peer.as, nextHop: peer.address, salt }) };
  });
  const receivers = load.peers('receiver').map((peer) => load.speaker(peer, { expect: table }));
  const late = load.peers('late').map((peer) => load.speaker(peer, { expect: table }));
  await Promise.all([...feeds.map(({ speaker }) => speaker), ...receivers].map((speaker) => speaker.connect()));

  const sent = feeds.map(({ chunks }) => {
    const state = new RouteState(table);
    state.sent(chunks, 4, scenario.policy === true ? expectedPolicy : undefined);
    return state;
  });
  const nobody = sent.map(() => new RouteState(table));
  const wanted = sent[0]!.count;
  const states = new Map([...receivers, ...late].map((receiver) => [receiver, new RouteState(table)]));
  const check = (who: readonly Speaker[], expected: readonly RouteState[]): void => {
    const found = who.map((one) => compare(listen(states.get(one)!, one, daemonAs), expected));
    load.audit(found.find((text) => text !== '') ?? '');
  };

  await load.phase('announce', async () => {
    for (const { speaker, chunks } of feeds) void speaker.send([...chunks, END_OF_RIB]);
    return { at: await load.settled(receivers, () => wanted) };
  });
  check(receivers, sent);
  if (late.length > 0) {
    await load.phase('join', async () => {
      await Promise.all(late.map((speaker) => speaker.connect()));
      return { at: await load.settled(late, () => wanted) };
    });
    check(late, sent);
  }
  const gone = withdrawals(table);
  await load.phase('withdraw', async () => {
    for (const { speaker } of feeds) void speaker.send(gone);
    return { at: await load.settled([...receivers, ...late], () => 0) };
  });
  check([...receivers, ...late], nobody);
}

async function runReflect(load: Load): Promise<void> {
  const { scenario } = load.order;
  const peers = load.peers('client');
  const share = scenario.prefixes / peers.length;
  const table = new Workload(scenario.prefixes);
  const clients = peers.map((peer) => load.speaker(peer, { expect: table }));
  const feeds = peers.map((peer, i) =>
    announcements(table, { as: undefined, nextHop: peer.address }, i * share, share),
  );
  await Promise.all(clients.map((client) => client.connect()));
  const everything = new RouteState(table);
  for (const feed of feeds) everything.sent(feed, 4);
  const nothing = new RouteState(table);
  const states = clients.map(() => new RouteState(table));
  const check = (expected: RouteState, who: readonly Speaker[]): void => {
    let found = '';
    for (const [i, client] of clients.entries()) {
      const heard = listen(states[i]!, client, undefined);
      if (found === '' && who.includes(client)) {
        found = compare(heard, [expected], { first: i * share, count: share });
      }
    }
    load.audit(found);
  };
  const slow = scenario.shape === 'slow' ? clients[0]! : undefined;
  const reading = clients.filter((client) => client !== slow);
  const wanted = scenario.prefixes - share;
  slow?.pause();
  await load.phase('announce', async () => {
    for (const [i, client] of clients.entries()) void client.send([...feeds[i]!, END_OF_RIB]);
    return { at: await load.settled(reading, () => wanted) };
  });
  check(everything, reading);
  if (slow !== undefined) {
    await load.phase('resume', async () => {
      slow.resume();
      return { at: await load.settled([slow], () => wanted) };
    });
    check(everything, clients);
  }
  await load.phase('withdraw', async () => {
    for (const [i, client] of clients.entries()) void client.send(withdrawals(table, i * share, share));
    return { at: await load.settled(clients, () => 0) };
  });
  check(nothing, clients);
}

async function main(): Promise<void> {
  const load = new Load(JSON.parse(process.argv[2] ?? '{}') as LoadOrder);
  try {
    switch (load.order.scenario.shape) {
      case 'feed':
      case 'late':
        await runFeed(load);
        break;
      case 'reflect':
      case 'slow':
        await runReflect(load);
        break;
      case 'kernel':
        await runKernel(load);
        break;
      case 'churn':
        await runChurn(load);
        break;
      case 'replay':
        await runReplay(load);
        break;
      case 'start':
        break;
    }
    load.say({ end: '' });
  } catch (error) {
    load.say({ end: (error as Error).stack ?? String(error) });
  }
  for (const speaker of load.speakers) speaker.close();
  process.exit(0);
}

void main();
