/** ROUTE-REFRESH: RFC 2918, 7313, 5291. */
import { hex, NEXT_HOP, ORIGIN, toHex } from '../bgp/wire.ts';
import { capability, message } from '../support/raw-speaker.ts';
import type { NeighborSpec } from './arena.ts';
import type { Caller } from './caller.ts';
import { rowsOf, type SessionCase } from './case.ts';
import { asPath, END_OF_RIB_IPV4, refresh, update } from './octets.ts';
import type { Stage } from './stage.ts';

const SECTION = 'ROUTE-REFRESH';

const row = rowsOf(SECTION);

const sent = (id: string, rule: string, spec: string, bytes: Uint8Array, expected: string): SessionCase =>
  row(id, rule, spec, async (stage) => stage.react('Established', await stage.established(), bytes), expected);

/** Tells one prefix: that of the static route by which next hops are found. */
const ONE_ROUTE: NeighborSpec = { ipv4: 'import all; export where net = 192.0.2.0/24;', ipv6: '' };
const RESTARTS: NeighborSpec = { moreCapabilities: capability(64, 0, 120, 0, 1, 1, 0) };

const shortMarker = message(5, Buffer.from([0, 1, 1, 1, 0]));
const shortEnd = message(5, Buffer.from([0, 1, 2, 1, 0]));

/** What the daemon said after `from`: `B` begin, `E` end of refresh, `R` End-of-RIB, `u` an UPDATE with something in it. */
function letters(caller: Caller, from = 0): string {
  return caller.heard
    .slice(from)
    .map(({ type, body }) => (type === 5 ? ' BE'[body[2]!] : type === 2 ? (body.length === 4 ? 'R' : 'u') : ''))
    .join('');
}

function announce(stage: Stage, ...prefixes: string[]): Buffer {
  const path = stage.kind === 'iBGP' ? asPath(4) : asPath(4, stage.as);
  return update({ attributes: [ORIGIN, path, NEXT_HOP], nlri: Buffer.concat(prefixes.map((one) => hex(one))) });
}

/** Waits until so many prefixes of the neighbour are in the table. */
const left = (stage: Stage, count: number): Promise<string> =>
  stage.becomes(`${count} routes`, async () => `${(await stage.routes()).length} routes`, 3000);

const two = (stage: Stage): [string, string] => {
  const number = Number(stage.neighbor.name.slice(1));
  const octets = toHex(Uint8Array.of(number >> 8, number & 255));
  return [`18 28${octets}`, `18 29${octets}`];
};

export const REFRESH_CASES: readonly SessionCase[] = [
  row(
    'rr-normal',
    'a request: everything again, between markers',
    'RFC 2918, RFC 7313',
    async (stage) => {
      const caller = await stage.established();
      await caller.until(() => letters(caller).endsWith('R'));
      const from = caller.heard.length;
      await stage.answers(caller);
      return letters(caller, from);
    },
    'BuE',
    ONE_ROUTE,
  ),
  row(
    'rr-plain',
    'a request of a peer that knows no markers: everything again',
    'RFC 2918',
    async (stage) => {
      const caller = await stage.established();
      await caller.until(() => letters(caller).endsWith('R'));
      const from = caller.heard.length;
      caller.write(refresh(0));
      await caller.until(() => letters(caller, from).includes('u'));
      return letters(caller, from).replace('R', '');
    },
    'u',
    {
      ...ONE_ROUTE,
      capabilities: () => Buffer.concat([capability(1, 0, 1, 0, 1), capability(2), capability(65, 0, 0, 0xfd, 0xea)]),
      as: 65002,
    },
  ),
  row(
    'rr-collapse',
    'fifty requests at once are few',
    'RFC 2918',
    async (stage) => {
      const caller = await stage.established();
      caller.write(...Array.from({ length: 50 }, () => refresh(0)));
      await stage.answers(caller);
      const answers = letters(caller).split('B').length - 1;
      return answers >= 1 && answers <= 4 ? 'few' : `${answers} answers`;
    },
    'few',
    ONE_ROUTE,
  ),
  row(
    'rr-flood',
    'two thousand requests in a second: the session lives',
    'RFC 2918',
    async (stage) => {
      const caller = await stage.established({ holdTime: 3 });
      for (let i = 0; i < 100; i++) {
        caller.write(...Array.from({ length: 20 }, () => refresh(0)));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return (await stage.answers(caller)) ? 'up' : caller.fate;
    },
    'up',
    ONE_ROUTE,
  ),
  row(
    'rr-early',
    'a request before our first End-of-RIB: no marker goes out before that',
    'RFC 7313 section 4',
    async (stage) => {
      const caller = await stage.openConfirm();
      caller.write(message(4, Buffer.alloc(0)), refresh(0));
      await caller.until(() => letters(caller).includes('E'));
      return letters(caller).replace(/^u/, '');
    },
    'RBuE',
    ONE_ROUTE,
  ),
  sent('rr-unknown-afi', 'a family that was not agreed on: ignored', 'RFC 2918', refresh(0, 25, 70), 'up'),
  sent(
    'rr-borr-len5',
    'a begin of refresh of another length',
    'RFC 7313 section 5',
    shortMarker,
    `N 7/1 ${shortMarker.toString('hex')}`,
  ),
  sent(
    'rr-eorr-len5',
    'an end of refresh of another length',
    'RFC 7313 section 5',
    shortEnd,
    `N 7/1 ${shortEnd.toString('hex')}`,
  ),
  sent('rr-subtype-7', 'an unknown subtype: ignored', 'RFC 7313 section 5', refresh(7), 'up'),
  sent('rr-eorr-alone', 'an end of refresh without its begin: ignored', 'RFC 7313 section 4', refresh(2), 'up'),
  sent(
    'rr-orf-malformed',
    'filters (RFC 5291), which are not offered: ignored, broken or not',
    'choice 0005',
    message(5, Buffer.from('0001000101400900aaff', 'hex')),
    'up',
  ),
  row(
    'rr-borr-eorr',
    'what the peer does not announce again between the markers goes',
    'RFC 7313 section 4',
    async (stage) => {
      const caller = await stage.established();
      const [one, other] = two(stage);
      caller.write(announce(stage, one, other), END_OF_RIB_IPV4, refresh(1), announce(stage, one), refresh(2));
      await stage.answers(caller);
      return left(stage, 1);
    },
    '1 routes',
  ),
  row(
    'rr-borr-before-eor',
    'a begin of refresh before End-of-RIB of a peer with graceful restart: ignored',
    'RFC 7313 section 4',
    async (stage) => {
      const caller = await stage.established();
      const [one, other] = two(stage);
      caller.write(announce(stage, one, other), refresh(1), announce(stage, one), refresh(2));
      await stage.answers(caller);
      return left(stage, 2);
    },
    '2 routes',
    RESTARTS,
  ),
  row(
    'rr-borr-then-drop',
    'the session ends between the markers: no mark outlives it',
    'RFC 7313 section 4',
    async (stage) => {
      const first = await stage.established();
      const [one, other] = two(stage);
      first.write(announce(stage, one, other), END_OF_RIB_IPV4, refresh(1));
      await stage.answers(first);
      first.crash();
      const second = await stage.established();
      second.write(announce(stage, one, other), END_OF_RIB_IPV4, refresh(2));
      await stage.answers(second);
      return left(stage, 2);
    },
    '2 routes',
  ),
];
