/** Timers: RFC 4271 sections 4.4, 6.5 and 10, RFC 9687. */
import { setTimeout as wait } from 'node:timers/promises';
import { hex } from '../bgp/wire.ts';
import type { Caller } from './caller.ts';
import { rowsOf, type SessionCase } from './case.ts';
import { KEEPALIVE, refresh, update } from './octets.ts';
import type { Stage } from './stage.ts';

const SECTION = 'Timers';

const row = rowsOf(SECTION);

/** Waits for the end and tells whether it came in time after `from`. */
async function endsAfter(stage: Stage, caller: Caller, from: number, least: number, most: number): Promise<string> {
  const fate = await stage.end(caller, most + 5000);
  const took = caller.endedAt - from;
  return caller.ended !== '' && (took < least || took > most) ? `${fate} after ${Math.round(took)} ms` : fate;
}

/** Says something every second for five seconds and nothing else. */
async function kept(stage: Stage, bytes: Uint8Array): Promise<string> {
  const caller = await stage.established({ holdTime: 3 });
  for (let i = 0; i < 5; i++) {
    await wait(1000);
    caller.write(bytes);
  }
  return (await stage.answers(caller)) ? 'up' : caller.fate;
}

const keepalives = (caller: Caller): number => caller.count(4);

export const TIMER_CASES: readonly SessionCase[] = [
  row(
    'hold-expires',
    'nothing is heard for the hold time',
    'RFC 4271 section 6.5',
    async (stage) => {
      const caller = await stage.established({ holdTime: 3 });
      return endsAfter(stage, caller, performance.now(), 2700, 15_000);
    },
    'N 4/0',
  ),
  row(
    'hold-expires-OpenConfirm',
    'no KEEPALIVE comes',
    'RFC 4271 section 6.5',
    async (stage) => {
      const caller = await stage.openConfirm({ holdTime: 3 });
      return endsAfter(stage, caller, performance.now(), 2700, 15_000);
    },
    'N 4/0',
  ),
  row(
    'hold-expires-OpenSent',
    'no OPEN comes: the large hold time, here 3 s',
    'RFC 4271 section 8.2.2',
    async (stage) => {
      const caller = await stage.openSent();
      return endsAfter(stage, caller, performance.now(), 2500, 15_000);
    },
    'N 4/0',
    { lines: 'startup hold time 3;' },
  ),
  row(
    'hold-partial-message',
    'part of a message, then nothing: no reaction before the hold time',
    'RFC 4271 section 6.5',
    async (stage) => {
      const caller = await stage.established({ holdTime: 3 });
      caller.write(KEEPALIVE.subarray(0, 10));
      return endsAfter(stage, caller, performance.now(), 2700, 15_000);
    },
    'N 4/0',
  ),
  row(
    'hold-by-keepalive',
    'KEEPALIVE restarts the hold timer',
    'RFC 4271 section 8.2.2',
    (stage) => kept(stage, KEEPALIVE),
    'up',
  ),
  row(
    'hold-by-update',
    'UPDATE restarts the hold timer',
    'RFC 4271 section 8.2.2',
    (stage) => kept(stage, update({ withdrawn: hex('18 1e0000') })),
    'up',
  ),
  row(
    'hold-by-refresh',
    'ROUTE-REFRESH restarts the hold timer',
    'choice 0005',
    (stage) => kept(stage, refresh(0)),
    'up',
  ),
  row(
    'hold-0',
    'hold time 0: no KEEPALIVE is sent, and silence ends nothing',
    'RFC 4271 section 4.4',
    async (stage) => {
      const caller = await stage.established({ holdTime: 0 });
      const before = keepalives(caller);
      await wait(4500);
      return `${keepalives(caller) - before} KEEPALIVE, ${(await stage.answers(caller)) ? 'up' : caller.fate}`;
    },
    '0 KEEPALIVE, up',
  ),
  row(
    'keepalive-rate',
    'hold time 3: a KEEPALIVE a second, never faster',
    'RFC 4271 section 4.4',
    async (stage) => {
      const caller = await stage.established({ holdTime: 3 });
      caller.keepAlive(KEEPALIVE, 900);
      const before = keepalives(caller);
      await wait(5000);
      const came = caller.heard.filter((one) => one.type === 4).slice(before);
      const gaps = came.slice(1).map((one, i) => one.at - came[i]!.at);
      // A busy machine delays them, and the one after is early then by as much.
      const longest = Math.max(...gaps, performance.now() - came.at(-1)!.at);
      if (came.length < 2 || came.length > 6 || longest > 3500) return `gaps ${gaps.map(Math.round).join(' ')}`;
      return Math.min(...gaps) > 500 ? 'one a second' : `gaps ${gaps.map(Math.round).join(' ')}`;
    },
    'one a second',
  ),
  row(
    'keepalive-once',
    'exactly one KEEPALIVE on entering OpenConfirm',
    'RFC 4271 section 8.2.2',
    async (stage) => {
      const caller = await stage.openConfirm();
      await wait(400);
      return `${keepalives(caller)} KEEPALIVE`;
    },
    '1 KEEPALIVE',
  ),
  row(
    'keepalive-scaled',
    'a configured KEEPALIVE time shrinks with the agreed hold time',
    'RFC 4271 section 10',
    async (stage) => {
      await stage.established({ holdTime: 30 });
      const { bgp } = await stage.arena.protocol(stage.neighbor.name);
      const session = bgp?.['session'] as { keepaliveTimer?: { totalSeconds?: number } } | undefined;
      return `${session?.keepaliveTimer?.totalSeconds} s`;
    },
    '10 s',
    { lines: 'hold time 60; keepalive time 20;' },
  ),
  row(
    'hold-negotiated',
    'the smaller hold time counts',
    'RFC 4271 section 4.2',
    async (stage) => {
      await stage.established({ holdTime: 30 });
      const { bgp } = await stage.arena.protocol(stage.neighbor.name);
      const session = bgp?.['session'] as { holdTimer?: { totalSeconds?: number } } | undefined;
      return `${session?.holdTimer?.totalSeconds} s`;
    },
    '30 s',
    { lines: 'hold time 60;' },
  ),
];
