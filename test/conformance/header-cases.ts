/** The message header: RFC 4271 section 6.1, RFC 8654. */

import { attribute, NEXT_HOP, ORIGIN } from '../bgp/wire.ts';
import { capability, message } from '../support/raw-speaker.ts';
import type { NeighborSpec } from './arena.ts';
import type { SessionCase } from './case.ts';
import { asPath, KEEPALIVE, lyingMessage, notification, refresh, update } from './octets.ts';
import { STATES, type Stage, type StateName } from './stage.ts';

const SECTION = 'Message header';
const SPEC = 'RFC 4271 section 6.1';

function inState(
  id: string,
  rule: string,
  state: StateName,
  bytes: (stage: Stage) => Uint8Array,
  expected: string,
  neighbor: NeighborSpec = {},
  spec = SPEC,
): SessionCase {
  return {
    id: `${id}-${state}`,
    section: SECTION,
    rule: `${rule}, in ${state}`,
    spec,
    neighbor,
    play: async (stage) => stage.react(state, await stage.reach(state), bytes(stage)),
    expected,
  };
}

const everywhere = (id: string, rule: string, bytes: Uint8Array, expected: string): SessionCase[] =>
  STATES.map((state) => inState(id, rule, state, () => bytes, expected));

function marker(octet: number): Uint8Array {
  const bytes = Buffer.from(KEEPALIVE);
  bytes[octet] = 0xfe;
  return bytes;
}

/** An UPDATE of exactly this length, filled with an unknown attribute. */
function updateOf(length: number, stage: Stage): Uint8Array {
  const mandatory = [ORIGIN, stage.kind === 'iBGP' ? asPath(4) : asPath(4, stage.as), NEXT_HOP];
  const nlri = Uint8Array.of(24, 31, 0, 0);
  const rest = length - update({ attributes: mandatory, nlri }).length - 4;
  return update({ attributes: [...mandatory, attribute(0xc0, 99, new Uint8Array(rest))], nlri });
}

const LONG: NeighborSpec = { lines: 'enable extended messages;' };
const LONG_BOTH: NeighborSpec = { ...LONG, moreCapabilities: capability(6) };

/** Sends the two halves apart, for every place where the octets can be cut. */
async function splitEverywhere(stage: Stage, bytes: Uint8Array): Promise<string> {
  const caller = await stage.established();
  for (let at = 1; at < bytes.length; at++) {
    caller.write(bytes.subarray(0, at));
    await new Promise((resolve) => setTimeout(resolve, 1));
    caller.write(bytes.subarray(at));
  }
  return (await stage.takesRoutes(caller)) ? 'up' : caller.fate;
}

export const HEADER_CASES: readonly SessionCase[] = [
  ...Array.from({ length: 16 }, (_, octet) => {
    const state = STATES[octet % 3] ?? 'Established';
    return inState(
      `hdr-marker-bad-${octet}`,
      `octet ${octet} of the marker is not ff`,
      state,
      () => marker(octet),
      'N 1/1',
    );
  }),
  ...everywhere('hdr-len-0', 'length 0', lyingMessage(4, 0), 'N 1/2 0000'),
  ...everywhere('hdr-len-18', 'length 18', lyingMessage(4, 18), 'N 1/2 0012'),
  ...everywhere('hdr-len-65535', 'length 65535, Extended Message not announced', lyingMessage(2, 65535), 'N 1/2 ffff'),
  inState('hdr-len-4097-open', 'OPEN of 4097 octets', 'OpenSent', () => lyingMessage(1, 4097), 'N 1/2 1001'),
  inState(
    'hdr-len-4097-open-extended',
    'OPEN of 4097 octets, Extended Message announced',
    'OpenSent',
    () => lyingMessage(1, 4097),
    'N 1/2 1001',
    LONG,
    'RFC 8654 section 4',
  ),
  inState(
    'hdr-len-4097-keepalive-extended',
    'KEEPALIVE of 4097 octets, Extended Message announced',
    'Established',
    () => lyingMessage(4, 4097),
    'N 1/2 1001',
    LONG_BOTH,
    'RFC 8654 section 4',
  ),
  ...(['announced by both', 'announced by us alone'] as const).flatMap((who, i) => {
    const neighbor = i === 0 ? LONG_BOTH : LONG;
    const id = i === 0 ? 'extended-both' : 'extended-ours';
    return [
      inState(
        `${id}-update-4097`,
        `UPDATE of 4097 octets, Extended Message ${who}`,
        'Established',
        (stage) => updateOf(4097, stage),
        'up',
        neighbor,
        'RFC 8654 section 4',
      ),
      inState(
        `${id}-update-65535`,
        `UPDATE of 65535 octets, Extended Message ${who}`,
        'Established',
        (stage) => updateOf(65535, stage),
        'up',
        neighbor,
        'RFC 8654 section 4',
      ),
      inState(
        `${id}-refresh-4097`,
        `ROUTE-REFRESH of 4097 octets, Extended Message ${who}`,
        'Established',
        () => message(5, Buffer.concat([Buffer.from([0, 1, 0, 1]), Buffer.alloc(4074)])),
        'up',
        neighbor,
        'RFC 8654 section 4',
      ),
      inState(
        `${id}-notification-4097`,
        `NOTIFICATION of 4097 octets, Extended Message ${who}`,
        'Established',
        () => notification(6, 6, new Uint8Array(4076)),
        'closed',
        neighbor,
        'RFC 8654 section 4',
      ),
    ];
  }),
  inState(
    'hdr-open-len28',
    'OPEN of 28 octets',
    'OpenSent',
    () => lyingMessage(1, 28, new Uint8Array(9)),
    'N 1/2 001c',
  ),
  ...STATES.map((state) =>
    inState('upd-len22', 'UPDATE of 22 octets', state, () => lyingMessage(2, 22, new Uint8Array(3)), 'N 1/2 0016'),
  ),
  ...STATES.map((state) =>
    inState('ka-len20', 'KEEPALIVE of 20 octets', state, () => lyingMessage(4, 20, new Uint8Array(1)), 'N 1/2 0014'),
  ),
  ...STATES.map((state) =>
    inState(
      'notif-len20',
      'NOTIFICATION of 20 octets: never answered',
      state,
      () => lyingMessage(3, 20, new Uint8Array(1)),
      'closed',
      {},
      'RFC 4271 section 6.4',
    ),
  ),
  ...STATES.map((state) =>
    inState(
      'type5-len22',
      'ROUTE-REFRESH of 22 octets',
      state,
      () => lyingMessage(5, 22, new Uint8Array(3)),
      'N 1/2 0016',
    ),
  ),
  ...everywhere('hdr-type-0', 'type 0', lyingMessage(0, 19), 'N 1/3 00'),
  ...everywhere('hdr-type-6', 'type 6', lyingMessage(6, 19), 'N 1/3 06'),
  ...everywhere('hdr-type-255', 'type 255', lyingMessage(255, 19), 'N 1/3 ff'),
  {
    id: 'refresh-not-announced',
    section: SECTION,
    rule: 'ROUTE-REFRESH though we did not announce it: ignored',
    spec: 'choice 0005',
    neighbor: { lines: 'enable route refresh off;' },
    play: async (stage) => {
      const caller = await stage.established();
      caller.write(refresh(0));
      return (await stage.takesRoutes(caller)) ? 'up' : caller.fate;
    },
    expected: 'up',
  },
  {
    id: 'split-keepalive',
    section: SECTION,
    rule: 'a KEEPALIVE cut at every octet',
    spec: SPEC,
    play: (stage) => splitEverywhere(stage, KEEPALIVE),
    expected: 'up',
  },
  {
    id: 'split-update',
    section: SECTION,
    rule: 'an UPDATE cut at every octet',
    spec: SPEC,
    play: (stage) => splitEverywhere(stage, updateOf(120, stage)),
    expected: 'up',
  },
  {
    id: 'many-in-one-segment',
    section: SECTION,
    rule: 'hundreds of messages in one segment',
    spec: SPEC,
    play: async (stage) => {
      const caller = await stage.established();
      const some = [KEEPALIVE, updateOf(80, stage), KEEPALIVE];
      caller.write(...Array.from({ length: 200 }, () => some).flat());
      return (await stage.takesRoutes(caller)) ? 'up' : caller.fate;
    },
    expected: 'up',
  },
  {
    id: 'message-then-garbage',
    section: SECTION,
    rule: 'a good OPEN, then garbage: the OPEN is answered, then 1/1',
    spec: SPEC,
    play: async (stage) => {
      const caller = await stage.openSent();
      caller.write(stage.open(), Buffer.alloc(40, 0x41));
      const end = await stage.end(caller);
      return `${caller.count(4)} KEEPALIVE, ${end}`;
    },
    expected: '1 KEEPALIVE, N 1/1',
  },
];
