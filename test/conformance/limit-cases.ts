/** Limits and guards of sessions: RFC 4486, 5082, 2385, 8212. */

import { Socket } from 'node:net';
import { loadNativeSockets } from '../../src/net/socket-options.ts';
import { hex, NEXT_HOP, ORIGIN } from '../bgp/wire.ts';
import { CHANNEL, DAEMON_ADDRESS, LOOPBACK, type NeighborSpec } from './arena.ts';
import { Caller } from './caller.ts';
import { rowsOf, type SessionCase } from './case.ts';
import { asPath, update } from './octets.ts';
import type { Stage } from './stage.ts';

const SECTION = 'Limits and guards';

const row = rowsOf(SECTION);

const limited = (limit: string): NeighborSpec => ({ ipv4: `${CHANNEL} ${limit}` });

const nlri = (stage: Stage, ...which: number[]): Buffer => stage.nlri(0x46, ...which);

function announce(stage: Stage, which: number[], withdrawn: number[] = [], origin = ORIGIN): Buffer {
  const path = stage.kind === 'iBGP' ? asPath(4) : asPath(4, stage.as);
  return update({
    withdrawn: nlri(stage, ...withdrawn),
    attributes: [origin, path, NEXT_HOP],
    nlri: nlri(stage, ...which),
  });
}

/** Sends one UPDATE after the other and counts the routes that are there in the end. */
async function outcome(stage: Stage, ...updates: Buffer[]): Promise<string> {
  const caller = await stage.established();
  for (const one of updates) {
    caller.write(one);
    await stage.answers(caller);
  }
  return `${caller.fate}, ${(await stage.routes()).length} routes`;
}

/** The same, where it ends the session. */
async function ends(stage: Stage, ...updates: Buffer[]): Promise<string> {
  const caller = await stage.established();
  caller.write(...updates);
  const fate = await stage.end(caller);
  return stage.becomes(`${fate}, 0 routes`, async () => `${fate}, ${(await stage.routes()).length} routes`);
}

const BAD_ORIGIN = hex('400101 09');

/** A connection whose packets the kernel makes special: a hop limit, a key. */
async function special(
  stage: Stage,
  ttl: number | undefined,
  password: string | undefined,
): Promise<Caller | undefined> {
  const native = loadNativeSockets();
  if (native === undefined) return undefined;
  const fd = native.connect({
    remote: DAEMON_ADDRESS as never,
    port: stage.arena.port,
    zone: undefined,
    local: stage.neighbor.address as never,
    password,
    device: undefined,
    freeBind: false,
    ttl,
    minTtl: undefined,
  });
  return new Caller(new Socket({ fd }));
}

/** Whether such a connection gets as far as KEEPALIVE. */
function talks(
  id: string,
  rule: string,
  spec: string,
  neighbor: NeighborSpec,
  how: { readonly ttl?: number; readonly password?: string },
  expected: 'KEEPALIVE' | 'nothing',
): SessionCase {
  const patience = expected === 'KEEPALIVE' ? 10_000 : 2500;
  const play = async (stage: Stage): Promise<string> => {
    const caller = await special(stage, how.ttl, how.password);
    if (caller === undefined) return expected;
    const end = performance.now() + patience;
    caller.write(stage.open());
    const heard = await caller.hears(4, end - performance.now());
    caller.destroy();
    return heard ? 'KEEPALIVE' : 'nothing';
  };
  return row(id, rule, spec, play, expected, neighbor);
}

const GTSM: NeighborSpec = { lines: 'ttl security;' };
const KEY: NeighborSpec = { lines: 'password "open sesame";' };

export const LIMIT_CASES: readonly SessionCase[] = [
  row(
    'limit-disable',
    'one prefix too many: 6/1 with family and limit',
    'RFC 4486 section 4',
    (stage) => ends(stage, announce(stage, [0, 1]), announce(stage, [2])),
    'N 6/1 00010100000002, 0 routes',
    limited('receive limit 2 action disable;'),
  ),
  row(
    'limit-restart',
    'the same, and later again',
    'RFC 4486 section 4',
    (stage) => ends(stage, announce(stage, [0, 1, 2])),
    'N 6/1 00010100000002, 0 routes',
    limited('import limit 2 action restart;'),
  ),
  row(
    'limit-block',
    'one prefix too many is left out',
    'RFC 4486 section 4',
    (stage) => outcome(stage, announce(stage, [0, 1, 2])),
    'up, 2 routes',
    limited('import limit 2 action block;'),
  ),
  row(
    'limit-warn',
    'one prefix too many is only told',
    'RFC 4486 section 4',
    (stage) => outcome(stage, announce(stage, [0, 1, 2])),
    'up, 3 routes',
    limited('import limit 2 action warn;'),
  ),
  row(
    'limit-reached',
    'as many as the limit',
    'RFC 4486 section 4',
    (stage) => outcome(stage, announce(stage, [0, 1])),
    'up, 2 routes',
    limited('receive limit 2 action disable;'),
  ),
  row(
    'limit-after-withdraw',
    'withdrawals of the same UPDATE count first',
    'choice 0005',
    (stage) => outcome(stage, announce(stage, [0, 1]), announce(stage, [2], [0])),
    'up, 2 routes',
    limited('receive limit 2 action disable;'),
  ),
  row(
    'limit-again',
    'the same prefixes again do not count twice',
    'choice 0005',
    (stage) => outcome(stage, announce(stage, [0, 1]), announce(stage, [0, 1]), announce(stage, [1, 0])),
    'up, 2 routes',
    limited('receive limit 2 action disable;'),
  ),
  row(
    'limit-treat-as-withdraw',
    'prefixes that were treated as withdrawn do not count',
    'RFC 7606 section 2',
    (stage) => outcome(stage, announce(stage, [0, 1]), announce(stage, [0], [], BAD_ORIGIN), announce(stage, [2])),
    'up, 2 routes',
    limited('receive limit 2 action disable;'),
  ),
  talks('gtsm-255', 'TTL security, packets with TTL 255', 'RFC 5082', GTSM, { ttl: 255 }, 'KEEPALIVE'),
  talks('gtsm-254', 'TTL security, packets with TTL 254', 'RFC 5082', GTSM, { ttl: 254 }, 'nothing'),
  talks('gtsm-default', 'TTL security, packets of an ordinary sender', 'RFC 5082', GTSM, {}, 'nothing'),
  talks('md5-right', 'a key, and the same key', 'RFC 2385', KEY, { password: 'open sesame' }, 'KEEPALIVE'),
  talks('md5-wrong', 'a key, and another key', 'RFC 2385', KEY, { password: 'open barley' }, 'nothing'),
  talks('md5-none', 'a key, and none', 'RFC 2385', KEY, {}, 'nothing'),
  talks('md5-unasked', 'no key, and one', 'RFC 2385', {}, { password: 'open sesame' }, 'nothing'),
  row(
    'stranger',
    'a connection from an address that is no neighbour: closed without a word',
    'RFC 4271 section 8.2.2',
    async (stage) => {
      const caller = await Caller.dial(`${LOOPBACK}.250.250`, DAEMON_ADDRESS, stage.arena.port);
      const end = await stage.end(caller);
      caller.destroy();
      return end;
    },
    'closed',
  ),
];
