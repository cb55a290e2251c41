/**
 * Mistakes that state machines of other daemons have made, one test each. What is a row of a table or a test of the
 * machine itself has a line in `ELSEWHERE`; that it is there is checked.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { until } from '../../src/lab/namespace.ts';
import { NEXT_HOP, ORIGIN } from '../bgp/wire.ts';
import { Arena, CHANNEL, type Neighbor } from './arena.ts';
import { asPath, KEEPALIVE, notification, update } from './octets.ts';
import { Stage } from './stage.ts';

/** From dist/test/conformance. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const ELSEWHERE: readonly (readonly [pitfall: string, file: string, words: string])[] = [
  ['1 a connection for a neighbour that is switched off', 'test/conformance/fsm-cases.ts', "'fsm-idle-refuses'"],
  ['2 OpenConfirm without a hold timer', 'test/conformance/timer-cases.ts', "'hold-expires-OpenConfirm'"],
  ['3 state copied between two connections', 'test/fsm/model.test.ts', 'random sequences'],
  ['4 messages behind a NOTIFICATION', 'test/conformance/notification-cases.ts', "'notif-then-more'"],
  [
    '7 a hold timer that expires because nobody read',
    'test/fsm/peer.test.ts',
    'never expires before the driver has looked',
  ],
  ['8 KEEPALIVE behind a queue that does not move', 'test/src/peer/hostile.test.ts', 'ended by the send hold timer'],
  ['9 KEEPALIVE twice or never on entering OpenConfirm', 'test/conformance/timer-cases.ts', "'keepalive-once'"],
  ['10 routes before the KEEPALIVE of the peer', 'test/conformance/fsm-cases.ts', "'fsm-no-feed-before-keepalive'"],
  ['11 an OPEN that never comes', 'test/conformance/timer-cases.ts', "'hold-expires-OpenSent'"],
  [
    '14 two neighbours with one address',
    'test/src/net/socket.test.ts',
    'two neighbours with one address are told apart by ours',
  ],
  ['14 mapped and scoped addresses', 'test/src/net/socket.test.ts', 'mapped and scoped addresses'],
  ['16 the last reset is remembered', 'test/fsm/peer.test.ts', 'the last reset is remembered'],
];

describe('pitfalls', () => {
  for (const [pitfall, file, words] of ELSEWHERE) {
    it(`${pitfall}: ${file}`, () => assert.ok(readFileSync(join(ROOT, file), 'utf8').includes(words), words));
  }

  it('17 a machine that is half advanced: nothing in it can be waited for', () => {
    for (const name of readdirSync(join(ROOT, 'fsm'))) {
      if (!name.endsWith('.ts')) continue;
      const code = readFileSync(join(ROOT, 'fsm', name), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      assert.doesNotMatch(code, /\b(?:async|await|Promise|then\()/, name);
    }
  });
});

describe('pitfalls over the wire', () => {
  const FAST = 'connect delay time 0; connect retry time 1; error wait time 1, 4;';
  /** 60,000 routes of the daemon's own. */
  const many = Array.from({ length: 60_000 }, (_, i) => `route 60.${i >> 8}.${i & 255}.0/24 blackhole;`).join('\n');
  const arena = new Arena(`ipv4 table many4; protocol static many { ipv4 { table many4; }; ${many} }`);
  const fed = arena.neighbor('eBGP', { lines: FAST, ipv4: 'table many4; import none; export all;', ipv6: '' });
  const refusing = arena.neighbor('eBGP', { active: true, lines: FAST });
  const stalled = arena.neighbor('eBGP');
  // It has a port, so that calling would be possible.
  const passive = arena.neighbor('eBGP', { lines: `passive; ${FAST}`, active: true });
  const limited = arena.neighbor('eBGP', { ipv4: `${CHANNEL} receive limit 10 action disable;` });
  const changing = arena.neighbor('eBGP', { lines: 'error wait time 1, 1;' });
  const stage = (neighbor: Neighbor): Stage => new Stage(neighbor);

  before(() => arena.start());
  after(async () => {
    await delay(300);
    const bugs = arena.log().filter((line) => line['class'] === 'bug' || line['class'] === 'fatal');
    const alive = arena.alive;
    await arena.kill();
    for (const neighbor of arena.neighbors) neighbor.leave();
    arena.remove();
    assert.deepEqual(bugs, []);
    assert.ok(alive);
  });

  it('5 a session that ends in the middle of the first feed leaves nothing that goes on', async () => {
    const one = stage(fed);
    for (let round = 0; round < 15; round++) {
      const caller = await one.openConfirm();
      caller.write(KEEPALIVE);
      const enough = round * 3;
      await caller.until(() => caller.count(2) > enough || caller.ended !== '');
      if (round % 3 === 0) caller.crash();
      else if (round % 3 === 1) caller.hangUp();
      else caller.write(notification(6, 4));
      await one.end(caller, 3000);
    }
    await until('the protocol rests or waits', async () => (await arena.protocol(fed.name)).state !== 'up');
    // A whole feed, once: 60,000 prefixes and End-of-RIB.
    const caller = await one.established();
    await caller.until(() => caller.heard.some(({ type, body }) => type === 2 && body.length === 4), 30_000);
    const prefixes = new Set<string>();
    for (const { type, body } of caller.heard) if (type === 2) for (const one of announced(body)) prefixes.add(one);
    assert.equal(prefixes.size, 60_000);
  });

  it('6 a peer that always refuses is called less and less often', async () => {
    const times: number[] = [];
    const end = performance.now() + 9000;
    while (performance.now() < end) {
      const caller = await refusing.answer(9000).catch(() => undefined);
      if (caller === undefined) break;
      times.push(performance.now());
      caller.write(notification(2, 2));
      await stage(refusing).end(caller, 3000);
    }
    // At once, then after 1, 2, 4, 4 ... seconds, shortened by up to a quarter.
    assert.ok(times.length >= 2 && times.length <= 7, `${times.length} calls in 9 s`);
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    assert.ok(Math.min(...gaps) > 600, gaps.join(' '));
  });

  it('7 the daemon stands still for longer than the hold time: what waits in the socket counts', async () => {
    const one = stage(stalled);
    const caller = await one.established({ holdTime: 3 });
    caller.keepAlive(KEEPALIVE, 500);
    process.kill(arena.pid, 'SIGSTOP');
    await delay(4500);
    process.kill(arena.pid, 'SIGCONT');
    await delay(1500);
    assert.equal(caller.fate, 'up');
    assert.ok(await one.answers(caller));
  });

  it('12 a passive neighbour is never called, also not after a reload or the end of a session', async () => {
    const one = stage(passive);
    (await one.established()).crash();
    await arena.configure(`${arena.config()}\n# read again`);
    const second = await one.established();
    await arena.ask(`restart "${passive.name}"`);
    await one.end(second);
    await delay(2500);
    assert.equal(passive.calls, 0);
    await one.established();
  });

  it('13 a change of what a session stands on costs exactly one new session, with 6/6', async () => {
    const one = stage(changing);
    for (const lines of ['hold time 75;', 'ttl security off; multihop 3;', 'local role peer;', 'enable as4 off;', '']) {
      const caller = await one.established();
      await arena.reconfigureWith(changing, lines);
      assert.equal(await one.end(caller), 'N 6/6', lines);
      const again = await one.established();
      await delay(300);
      assert.equal(again.fate, 'up', lines);
      // Nothing changes any more: the same text again.
      await arena.configure(arena.config());
      await delay(200);
      assert.equal(again.fate, 'up', lines);
      again.destroy();
    }
  });

  it('15 UPDATEs behind the one that met the limit are not taken', async () => {
    const one = stage(limited);
    const caller = await one.established();
    const attributes = [ORIGIN, asPath(4, 65002), NEXT_HOP];
    const updates = Array.from({ length: 500 }, (_, i) =>
      update({ attributes, nlri: Uint8Array.of(24, 61, i >> 8, i & 255) }),
    );
    caller.write(...updates);
    assert.equal(await one.end(caller), 'N 6/1 0001010000000a');
    assert.equal(await one.becomes('0', async () => `${(await one.routes()).length}`), '0');
    await delay(300);
    assert.equal((await one.routes()).length, 0);
    assert.equal((await arena.protocol(limited.name)).state, 'down');
  });
});

/** Prefixes of the NLRI field. */
function* announced(body: Buffer): Generator<string> {
  const withdrawnEnd = 2 + body.readUInt16BE(0);
  for (let at = withdrawnEnd + 2 + body.readUInt16BE(withdrawnEnd); at < body.length; ) {
    const next = at + 1 + ((body[at]! + 7) >> 3);
    yield body.subarray(at, next).toString('hex');
    at = next;
  }
}
