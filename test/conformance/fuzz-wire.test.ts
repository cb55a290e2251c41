/**
 * The same mutations over TCP: many peers talk nonsense to the running daemon in every state of their sessions, while
 * one that behaves must neither lose its session nor a single route. PEREGRINE_LONG makes a million messages of it,
 * PEREGRINE_FUZZ_WIRE another number.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { type SessionOptions, Update, UpdateVerdict } from '../../bgp/index.ts';
import { hex, NEXT_HOP, ORIGIN } from '../bgp/wire.ts';
import { Random } from '../support/random.ts';
import { Arena, CHANNEL, type Neighbor, type NeighborSpec, type RouteRow } from './arena.ts';
import type { Caller } from './caller.ts';
import type { Kind } from './case.ts';
import { corpus } from './fuzz/corpus.ts';
import { mutate } from './fuzz/mutate.ts';
import { SESSIONS } from './fuzz/pipeline.ts';
import { asPath, END_OF_RIB_IPV4, KEEPALIVE, med, notification, refresh, update } from './octets.ts';
import { Stage } from './stage.ts';

const MESSAGES = Number(
  process.env['PEREGRINE_FUZZ_WIRE'] ?? (process.env['PEREGRINE_LONG'] === undefined ? 20_000 : 1_000_000),
);
const SEED = Number(process.env['PEREGRINE_FUZZ_SEED'] ?? 1);
const PEERS = 24;
const CONTROL_ROUTES = 200;
/** Messages between two questions whether the session lives. */
const BATCH = 25;
/** Of messages that end a session, one in so many is sent: otherwise hardly anything else would be. */
const RESETS_KEPT = 12;
/** An error is not waited for: there is more to come. */
const HASTY = 'error wait time 0, 0; hold time 60; enable extended messages;';
const arena = new Arena();
const control = arena.neighbor('eBGP', { lines: 'hold time 9;', holdTime: 9 });
/** Hears everything that the daemon makes of the nonsense. */
const all = 'import none; export all; next hop self; gateway recursive;';
const listener = arena.neighbor('iBGP', { lines: 'rr client; hold time 60;', ipv4: all, ipv6: all });
const peers = Array.from({ length: PEERS }, (_, i) => {
  const kind: Kind = i % 2 === 0 ? 'eBGP' : 'iBGP';
  // Real octets begin with any AS, and most of them are to get further than that.
  const internalLines = i % 3 === 0 ? 'rr client;' : '';
  const externalLines = i % 6 === 0 ? '' : 'enforce first as off;';
  const spec: NeighborSpec = {
    lines: `${HASTY} ${kind === 'iBGP' ? internalLines : externalLines}`,
    ipv4: `${CHANNEL} ${i % 4 === 0 ? 'import table;' : ''}`,
  };
  return arena.neighbor(kind, spec);
});

let controlCaller: Caller;
let listening: Caller;
let routesBefore: readonly RouteRow[] = [];
before(async () => {
  await arena.start();
  const stage = new Stage(control);
  controlCaller = await stage.established({ holdTime: 9 });
  controlCaller.keepAlive(KEEPALIVE, 2000);
  for (let i = 0; i < CONTROL_ROUTES; i++) {
    const attributes = [ORIGIN, asPath(4, 65002, 65100 + i), NEXT_HOP, med(i)];
    controlCaller.write(update({ attributes, nlri: Uint8Array.of(24, 99, 0, i) }));
  }
  controlCaller.write(END_OF_RIB_IPV4);
  assert.ok(await stage.answers(controlCaller));
  routesBefore = await stage.routes();
  listening = await new Stage(listener).established();
  listening.keepAlive(KEEPALIVE, 10_000);
});

after(async () => {
  await arena.kill();
  arena.remove();
});

/** Whether a message would end an Established session of this kind; the daemon is not asked. */
function ends(bytes: Uint8Array, options: SessionOptions, update: Update): boolean {
  if (bytes[18] !== 2) return bytes[18] !== 4;
  const length = (bytes[16]! << 8) | bytes[17]!;
  if (length !== bytes.length || length < 23) return true;
  return update.decode(bytes, 0, bytes.length, options) === UpdateVerdict.Reset;
}

/** One peer: session after session until nothing is left to send. */
async function torment(
  neighbor: Neighbor,
  random: Random,
  originals: readonly Uint8Array[],
  count: { left: number; sent: number; sessions: number; ended: number },
): Promise<void> {
  const stage = new Stage(neighbor);
  const options = SESSIONS[neighbor.kind === 'eBGP' ? 0 : 1]!;
  const scratch = new Update();
  const next = (): Buffer => {
    count.left--;
    count.sent++;
    for (;;) {
      const original = random.pick(originals);
      if (original.length > 8192 && !random.once(50)) continue;
      const bytes = mutate(random, original, originals);
      if (!ends(bytes, options, scratch) || random.once(RESETS_KEPT)) return bytes;
    }
  };
  while (count.left > 0) {
    count.sessions++;
    const caller = await stage.openSent();
    if (random.once(8)) caller.write(next());
    if (caller.ended === '') caller.write(stage.open());
    await caller.until(() => caller.count(4) > 0 || caller.ended !== '');
    if (random.once(8)) caller.write(next());
    caller.write(KEEPALIVE);
    await caller.until(() => caller.count(2) > 0 || caller.ended !== '');
    while (caller.ended === '' && count.left > 0 && !random.once(200)) {
      const batch = Array.from({ length: random.between(1, BATCH) }, next);
      caller.write(...batch);
      if (!(await stage.answers(caller))) break;
    }
    if (caller.ended !== '') count.ended++;
    else if (random.once(2)) caller.crash();
    else caller.write(random.once(2) ? notification(6, random.below(12)) : Buffer.alloc(19));
    await stage.end(caller, 5000);
    caller.destroy();
  }
}

it(`${MESSAGES} mutated messages over TCP leave the daemon and its other neighbours as they were`, async (context) => {
  const random = new Random(SEED);
  const originals = corpus(random);
  const count = { left: MESSAGES, sent: 0, sessions: 0, ended: 0 };
  const memory = residentMegabytes();
  const from = performance.now();
  await Promise.all(peers.map((peer, i) => torment(peer, new Random(SEED * 1000 + i), originals, count)));
  const seconds = (performance.now() - from) / 1000;
  context.diagnostic(
    `${JSON.stringify(count)}, ${Math.round(count.sent / seconds)} messages a second, ` +
      `${Math.round(residentMegabytes() - memory)} MB more`,
  );
  assert.ok(arena.alive, 'the daemon lives');
  assert.deepEqual(
    arena.log().filter((line) => line['class'] === 'bug' || line['class'] === 'fatal'),
    [],
  );
  assert.equal(controlCaller.fate, 'up');
  assert.equal(listening.fate, 'up', 'what the daemon made of it could be told');
  assert.ok(await new Stage(control).answers(controlCaller));
  assert.deepEqual(plain(await new Stage(control).routes()), plain(routesBefore), 'not a route has changed');
  assert.ok(count.sessions > 20 && count.ended > 10, JSON.stringify(count));
  // Nothing of the tormentors is left, and each of them is welcome when it behaves.
  await Promise.all(
    peers.map(async (peer) => {
      const stage = new Stage(peer);
      assert.equal(await stage.becomes('0', async () => `${(await stage.routes()).length}`), '0', peer.name);
      const caller = await stage.established();
      caller.write(update({ attributes: [ORIGIN, asPath(4, 65002), NEXT_HOP], nlri: hex('18 620000') }), refresh(0));
      assert.ok(await stage.answers(caller), `${peer.name}: ${caller.fate}`);
      assert.equal((await stage.routes()).length, 1);
    }),
  );
});

/** Without what depends on time and on other routes. */
function plain(routes: readonly RouteRow[]): unknown[] {
  return routes
    .map(({ prefix, attributes }) => ({ prefix, attributes }))
    .sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
}

function residentMegabytes(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${arena.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
