/** NOTIFICATION, received and sent: RFC 4271 section 6.4, RFC 4486, 8203, 8538, 9003. */
import { NEXT_HOP, ORIGIN } from '../bgp/wire.ts';
import { rowsOf, type SessionCase } from './case.ts';
import { asPath, notification, update } from './octets.ts';
import type { Stage } from './stage.ts';

const SECTION = 'NOTIFICATION';

const CODES: readonly (readonly [code: number, subcode: number, name: string])[] = [
  [1, 1, 'Connection not synchronized'],
  [2, 2, 'Bad peer AS'],
  [3, 1, 'Malformed attribute list'],
  [4, 0, 'Hold timer expired'],
  [5, 3, 'Unexpected message in Established state'],
  [6, 1, 'Maximum number of prefixes reached'],
  [6, 2, 'Administrative shutdown'],
  [6, 3, 'Peer de-configured'],
  [6, 4, 'Administrative reset'],
  [6, 5, 'Connection rejected'],
  [6, 6, 'Other configuration change'],
  [6, 7, 'Connection collision resolution'],
  [6, 8, 'Out of Resources'],
  [6, 9, 'Hard Reset'],
  [6, 10, 'BFD session down'],
  [7, 1, 'Invalid ROUTE-REFRESH message length'],
  [8, 0, 'Send hold timer expired'],
  [9, 9, ''],
  [0, 0, ''],
  [255, 255, ''],
];

/** What `show protocols all` says about the end of the last session. */
async function shown(stage: Stage): Promise<string> {
  const lines = await stage.arena.ask(`show protocols all "${stage.neighbor.name}"`);
  const at = lines.findIndex((line) => line.includes('Last error:'));
  const message = lines.find((line) => line.includes('Message:'));
  const text = at < 0 ? 'nothing' : lines[at]!.replace(/.*Last error: */, '');
  return message === undefined ? text : `${text}, message ${message.replace(/.*Message: */, '')}`;
}

function received(code: number, subcode: number, name: string): SessionCase {
  return {
    id: `notif-${code}-${subcode}`,
    section: SECTION,
    rule: `${code}/${subcode} is received: the end, without an answer, and shown`,
    spec: 'RFC 4271 section 6.4',
    play: async (stage) => {
      const caller = await stage.established();
      caller.write(notification(code, subcode));
      const end = await stage.end(caller);
      const words = await shown(stage);
      const numbers = name === '' ? words.includes(String(code)) && words.includes('Received') : undefined;
      if (numbers !== undefined) return `${end}, ${numbers ? 'its numbers' : words}`;
      return `${end}, ${words.toLowerCase() === `received: ${name.toLowerCase()}` ? 'its name' : words}`;
    },
    expected: name === '' ? 'closed, its numbers' : 'closed, its name',
  };
}

function words(id: string, rule: string, data: Uint8Array, expected: string, subcode = 2): SessionCase {
  return {
    id: `notif-text-${id}`,
    section: SECTION,
    rule,
    spec: 'RFC 9003',
    play: async (stage) => {
      const caller = await stage.established();
      caller.write(notification(6, subcode, data));
      const end = await stage.end(caller);
      const lines = await stage.arena.ask(`show protocols all "${stage.neighbor.name}"`);
      const protocols = lines.filter((line) => line.startsWith(`${stage.neighbor.name} `)).length;
      return `${end}, ${protocols} protocol, ${(await shown(stage)).replace(/^Received: /, '')}`;
    },
    expected,
  };
}

const text = (bytes: Uint8Array): Uint8Array => Uint8Array.of(bytes.length, ...bytes);
const SHUTDOWN = 'closed, 1 protocol, Administrative shutdown';

const row = rowsOf(SECTION);

export const NOTIFICATION_CASES: readonly SessionCase[] = [
  ...CODES.map(([code, subcode, name]) => received(code, subcode, name)),
  words(
    'plain',
    'words with a shutdown are shown',
    text(Buffer.from('night shift')),
    `${SHUTDOWN}, message night shift`,
  ),
  words('none', 'length 0', Uint8Array.of(0), SHUTDOWN),
  words('255', '255 octets', text(Buffer.alloc(255, 'a')), `${SHUTDOWN}, message ${'a'.repeat(255)}`),
  words(
    'overrun',
    'a length beyond the data: hexadecimal',
    Uint8Array.of(9, 65, 66),
    `${SHUTDOWN}, message hex:094142`,
  ),
  words('not-utf8', 'not UTF-8: hexadecimal', text(Buffer.from([0xff, 0xfe])), `${SHUTDOWN}, message hex:02fffe`),
  words(
    'forged',
    'words that look like lines of a reply stay in their line',
    text(Buffer.from('x\r\n0000 \n1002-evil BGP')),
    `${SHUTDOWN}, message x\\x0d\\x0a0000 \\x0a1002-evil BGP`,
  ),
  words(
    'reset',
    'words with a reset',
    text(Buffer.from('back soon')),
    'closed, 1 protocol, Administrative reset, message back soon',
    4,
  ),
  row(
    'notif-then-more',
    'what stands behind a NOTIFICATION in the same segment is not heard',
    'RFC 4271 section 6.4',
    async (stage) => {
      const caller = await stage.established();
      const number = Number(stage.neighbor.name.slice(1));
      const path = stage.kind === 'iBGP' ? asPath(4) : asPath(4, stage.as);
      const late = update({
        attributes: [ORIGIN, path, NEXT_HOP],
        nlri: Uint8Array.of(24, 42, number >> 8, number & 255),
      });
      caller.write(notification(6, 4), late, late, Buffer.alloc(19));
      const end = await stage.end(caller);
      const routes = await stage.routes();
      return `${end}, ${routes.length} routes`;
    },
    'closed, 0 routes',
  ),
  row(
    'notif-hard-reset-empty',
    'a Hard Reset with nothing in it',
    'RFC 8538 section 3.1',
    async (stage) => {
      const caller = await stage.established();
      caller.write(notification(6, 9));
      return `${await stage.end(caller)}, ${await shown(stage)}`;
    },
    'closed, Received: Hard reset',
  ),
  row(
    'notif-hard-reset-inner',
    'a Hard Reset tells the error inside',
    'RFC 8538 section 3.1',
    async (stage) => {
      const caller = await stage.established();
      caller.write(notification(6, 9, Uint8Array.of(6, 2, 3, 98, 121, 101)));
      return `${await stage.end(caller)}, ${await shown(stage)}`;
    },
    'closed, Received: Administrative shutdown, message bye',
  ),
  row(
    'notif-sent-removed',
    'a neighbour that is taken out of the configuration',
    'RFC 4486',
    async (stage) => {
      const caller = await stage.established();
      await stage.arena.reconfigureWithout(stage.neighbor);
      return stage.end(caller);
    },
    'N 6/3',
  ),
  row(
    'notif-sent-changed',
    'a change that needs a new session',
    'RFC 4486',
    async (stage) => {
      const caller = await stage.established();
      await stage.arena.reconfigureWith(stage.neighbor, 'hold time 77;');
      return stage.end(caller);
    },
    'N 6/6',
  ),
];
