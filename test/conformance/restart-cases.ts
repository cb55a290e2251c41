/** Graceful restart of the peer, its long-lived form, and over NOTIFICATIONs: RFC 4724 section 4.2, RFC 8538, RFC 9494. */
import { setTimeout as wait } from 'node:timers/promises';
import { attribute, NEXT_HOP, ORIGIN } from '../bgp/wire.ts';
import { capability } from '../support/raw-speaker.ts';
import type { Caller } from './caller.ts';
import { rowsOf, type SessionCase } from './case.ts';
import { asPath, END_OF_RIB_IPV4, KEEPALIVE, notification, update } from './octets.ts';
import type { Stage } from './stage.ts';

const SECTION = 'Graceful restart';

interface RestartParts {
  readonly seconds?: number;
  /** The F bit of IPv4. */
  readonly forwarding?: boolean;
  /** The N bit. */
  readonly notification?: boolean;
  readonly ipv4?: boolean;
  /** Seconds; 0: not announced. */
  readonly stale?: number;
}

function restart(parts: RestartParts = {}): Buffer {
  const { seconds = 30, forwarding = true, notification: n = false, ipv4 = true, stale = 0 } = parts;
  const family = ipv4 ? [0, 1, 1, forwarding ? 0x80 : 0] : [];
  const regular = capability(64, (n ? 0x40 : 0) | (seconds >> 8), seconds & 255, ...family);
  const f = forwarding ? 0x80 : 0;
  return stale === 0 ? regular : Buffer.concat([regular, capability(71, 0, 1, 1, f, 0, stale >> 8, stale & 255)]);
}

const row = rowsOf(SECTION, 'gr-');

/** A session with this restart capability; `undefined`: without. */
async function session(stage: Stage, parts: RestartParts | undefined): Promise<Caller> {
  const { capabilities } = stage.neighbor;
  return stage.established(parts === undefined ? {} : { capabilities: Buffer.concat([capabilities, restart(parts)]) });
}

/** The three prefixes of a neighbour. */
const nlri = (stage: Stage, ...which: number[]): Buffer => stage.nlri(0x32, ...which);

function announce(stage: Stage, which: number[], ...more: Uint8Array[]): Buffer {
  const path = stage.kind === 'iBGP' ? asPath(4) : asPath(4, stage.as);
  return update({ attributes: [ORIGIN, path, NEXT_HOP, ...more], nlri: nlri(stage, ...which) });
}

/** Which of the prefixes are there: `0 1*`, a star for a stale one. */
async function there(stage: Stage): Promise<string> {
  const routes = await stage.routes();
  const words = routes.map(({ prefix, stale }) => `${Number(prefix.split('.')[0]) - 50}${stale === true ? '*' : ''}`);
  return words.length === 0 ? 'none' : words.sort().join(' ');
}

/** Waits until these are there; tells what is there in the end. */
const becomes = (stage: Stage, expected: string, timeoutMs = 10_000): Promise<string> =>
  stage.becomes(expected, () => there(stage), timeoutMs);

/** The same with the communities that the routes have. */
async function marked(stage: Stage): Promise<string> {
  const communities = (await stage.routes()).map((route) => String(route.attributes?.['communities'] ?? ''));
  return `${await there(stage)} ${[...new Set(communities)].join()}`;
}

/** A session that brought prefixes 0 and 1 and said End-of-RIB. */
async function fed(stage: Stage, parts: RestartParts | undefined, ...more: Uint8Array[]): Promise<Caller> {
  const caller = await session(stage, parts);
  caller.write(announce(stage, [0, 1], ...more), END_OF_RIB_IPV4);
  await stage.answers(caller);
  return caller;
}

const NO_LLGR = attribute(0xc0, 8, 'ffff0007');

export const RESTART_CASES: readonly SessionCase[] = [
  row(
    'tcp-lost',
    'TCP is lost: routes stay and are marked',
    'RFC 4724 section 4.2',
    async (stage) => {
      (await fed(stage, {})).crash();
      return becomes(stage, '0* 1*');
    },
    '0* 1*',
  ),
  row(
    'tcp-closed',
    'TCP is closed without a NOTIFICATION: the same',
    'RFC 4724 section 4.2',
    async (stage) => {
      (await fed(stage, {})).hangUp();
      return becomes(stage, '0* 1*');
    },
    '0* 1*',
  ),
  row(
    'not-agreed',
    'TCP is lost, the peer knows no graceful restart: routes go',
    'RFC 4271 section 8.2.2',
    async (stage) => {
      (await fed(stage, undefined)).crash();
      return becomes(stage, 'none');
    },
    'none',
  ),
  row(
    'not-offered',
    'TCP is lost, we do not offer it: routes go',
    'RFC 4724 section 4.2',
    async (stage) => {
      (await fed(stage, {})).crash();
      return becomes(stage, 'none');
    },
    'none',
    { lines: 'graceful restart off;' },
  ),
  row(
    'family-not-listed',
    'TCP is lost, the peer did not list the family: routes go',
    'RFC 4724 section 4.2',
    async (stage) => {
      (await fed(stage, { ipv4: false })).crash();
      return becomes(stage, 'none');
    },
    'none',
  ),
  row(
    'restart-time',
    'the peer does not come back in its restart time, here 8 s: routes go then',
    'RFC 4724 section 4.2',
    async (stage) => {
      (await fed(stage, { seconds: 8 })).crash();
      const lost = performance.now();
      const at = await becomes(stage, '0* 1*');
      const left = await becomes(stage, 'none', 30_000);
      const took = performance.now() - lost;
      return `${at}, then ${left}${took < 7500 || took > 20_000 ? ` after ${Math.round(took)} ms` : ''}`;
    },
    '0* 1*, then none',
  ),
  row(
    'restart-time-0',
    'a restart time of 0: routes go at once',
    'RFC 4724 section 3',
    async (stage) => {
      (await fed(stage, { seconds: 0 })).crash();
      return becomes(stage, 'none', 3000);
    },
    'none',
  ),
  row(
    'restart-time-limit',
    'the restart time is longer than we grant, 6 s',
    'RFC 4724 section 4.2',
    async (stage) => {
      (await fed(stage, { seconds: 120 })).crash();
      return `${await becomes(stage, '0* 1*')}, then ${await becomes(stage, 'none')}`;
    },
    '0* 1*, then none',
    { lines: 'max graceful restart time 6;' },
  ),
  row(
    'back-with-state',
    'the peer is back with its forwarding state: routes stay until its End-of-RIB, then what it did not tell again goes',
    'RFC 4724 section 4.2',
    async (stage) => {
      (await fed(stage, {})).crash();
      const before = await becomes(stage, '0* 1*');
      const again = await session(stage, {});
      again.write(announce(stage, [0]));
      await stage.answers(again);
      const between = await becomes(stage, '0 1*');
      again.write(END_OF_RIB_IPV4);
      await stage.answers(again);
      return `${before}, ${between}, ${await becomes(stage, '0')}`;
    },
    '0* 1*, 0 1*, 0',
  ),
  row(
    'back-without-state',
    'the peer is back, the F bit is clear: stale routes go at once',
    'RFC 4724 section 4.2',
    async (stage) => {
      (await fed(stage, {})).crash();
      await becomes(stage, '0* 1*');
      await session(stage, { forwarding: false });
      return becomes(stage, 'none');
    },
    'none',
  ),
  row(
    'back-without-family',
    'the peer is back and does not list the family: the same',
    'RFC 4724 section 4.2',
    async (stage) => {
      (await fed(stage, {})).crash();
      await becomes(stage, '0* 1*');
      await session(stage, { ipv4: false });
      return becomes(stage, 'none');
    },
    'none',
  ),
  row(
    'back-without-capability',
    'the peer is back without graceful restart: the same',
    'RFC 4724 section 4.2',
    async (stage) => {
      (await fed(stage, {})).crash();
      await becomes(stage, '0* 1*');
      await session(stage, undefined);
      return becomes(stage, 'none');
    },
    'none',
  ),
  row(
    'lost-again',
    'TCP is lost again before End-of-RIB: what was stale already goes',
    'RFC 4724 section 4.2',
    async (stage) => {
      (await fed(stage, {})).crash();
      await becomes(stage, '0* 1*');
      const again = await session(stage, {});
      again.write(announce(stage, [2]));
      await stage.answers(again);
      again.crash();
      return becomes(stage, '2*');
    },
    '2*',
  ),
  row(
    'new-connection',
    'a new connection of the peer beside the old one: that ends without a word, routes stay',
    'RFC 4724 section 5',
    async (stage) => {
      const old = await fed(stage, {});
      // A younger session may be half of a collision.
      await wait(5300);
      const again = await stage.openSent();
      const end = await stage.end(old);
      const kept = await becomes(stage, '0* 1*');
      again.write(stage.open({ capabilities: Buffer.concat([stage.neighbor.capabilities, restart()]) }));
      await stage.mustHear(again, 4, 'KEEPALIVE');
      again.write(KEEPALIVE, announce(stage, [0]), END_OF_RIB_IPV4);
      return `${end}, ${kept}, then ${await becomes(stage, '0')}`;
    },
    'closed, 0* 1*, then 0',
  ),
  ...([false, true] as const).flatMap((n) => {
    const words = n ? 'both know RFC 8538' : 'the peer does not know RFC 8538';
    const kept = n ? '0* 1*' : 'none';
    const spec = 'RFC 8538 section 4';
    const id = n ? 'n-bit' : 'no-n-bit';
    return [
      row(
        `notification-received-${id}`,
        `a NOTIFICATION comes, ${words}`,
        spec,
        async (stage) => {
          (await fed(stage, { notification: n })).write(notification(6, 4));
          return becomes(stage, kept);
        },
        kept,
      ),
      row(
        `notification-sent-${id}`,
        `we send a NOTIFICATION, ${words}`,
        spec,
        async (stage) => {
          (await fed(stage, { notification: n })).write(Buffer.alloc(19));
          return becomes(stage, kept);
        },
        kept,
      ),
      row(
        `hold-expired-${id}`,
        `the hold timer expires, ${words}`,
        spec,
        async (stage) => {
          const { capabilities } = stage.neighbor;
          const caller = await stage.established({
            holdTime: 3,
            capabilities: Buffer.concat([capabilities, restart({ notification: n })]),
          });
          caller.write(announce(stage, [0, 1]), END_OF_RIB_IPV4);
          await stage.answers(caller);
          return `${await stage.end(caller)}, ${await becomes(stage, kept)}`;
        },
        `N 4/0, ${kept}`,
      ),
      row(
        `hard-reset-${id}`,
        `a Hard Reset comes, ${words}: routes go`,
        spec,
        async (stage) => {
          (await fed(stage, { notification: n })).write(notification(6, 9, Uint8Array.of(6, 2)));
          return becomes(stage, 'none');
        },
        'none',
      ),
    ];
  }),
  row(
    'our-stop-is-hard',
    'the operator stops the session, both know RFC 8538: a Hard Reset',
    'RFC 8538 section 3.1',
    async (stage) => {
      const caller = await fed(stage, { notification: true });
      await stage.arena.ask(`disable "${stage.neighbor.name}"`);
      return `${await stage.end(caller)}, ${await becomes(stage, 'none')}`;
    },
    'N 6/9 0602, none',
  ),
  row(
    'n-bit-off',
    'the N bit is not offered: a NOTIFICATION ends it all',
    'RFC 8538 section 4',
    async (stage) => {
      (await fed(stage, { notification: true })).write(notification(6, 4));
      return becomes(stage, 'none');
    },
    'none',
    { lines: 'graceful restart notification off;' },
  ),
  row(
    'n-bit-in-open',
    'our OPEN has the N bit',
    'RFC 8538 section 2',
    async (stage) => {
      const caller = await stage.openSent();
      const { body } = caller.heard[0]!;
      const at = body.indexOf(Buffer.from([64, 2]));
      return at < 0 ? 'no capability' : body.subarray(at, at + 4).toString('hex');
    },
    '40024078',
  ),
  row(
    'long-lived',
    'the restart time is over, long-lived stale time is not: routes stay, marked with LLGR_STALE, without NO_LLGR ones',
    'RFC 9494 section 4.2',
    async (stage) => {
      const caller = await fed(stage, { seconds: 1, stale: 60 });
      caller.write(announce(stage, [2], NO_LLGR));
      await stage.answers(caller);
      caller.crash();
      return stage.becomes('0* 1* 65535:6', () => marked(stage));
    },
    '0* 1* 65535:6',
  ),
  row(
    'long-lived-ends',
    'the long-lived stale time, here 2 s, is over: routes go',
    'RFC 9494 section 4.2',
    async (stage) => {
      (await fed(stage, { seconds: 1, stale: 2 })).crash();
      await becomes(stage, '0* 1*');
      return becomes(stage, 'none');
    },
    'none',
  ),
  row(
    'long-lived-at-once',
    'a restart time of 0: the long-lived time begins at once',
    'RFC 9494 section 4.2',
    async (stage) => {
      (await fed(stage, { seconds: 0, stale: 60 })).crash();
      return stage.becomes('0* 1* 65535:6', () => marked(stage));
    },
    '0* 1* 65535:6',
  ),
  row(
    'long-lived-lost-again',
    'lost again while long-lived stale: those routes stay',
    'RFC 9494 section 4.2',
    async (stage) => {
      (await fed(stage, { seconds: 1, stale: 60 })).crash();
      await stage.becomes('0* 1* 65535:6', () => marked(stage));
      const again = await session(stage, { seconds: 1, stale: 60 });
      again.write(announce(stage, [2]));
      await stage.answers(again);
      again.crash();
      return becomes(stage, '0* 1* 2*');
    },
    '0* 1* 2*',
  ),
];
