/** The state machine as a peer sees it: RFC 4271 section 8.2.2 with RFC 4724, 6608, 7606 applied. */
import { attribute, hex } from '../bgp/wire.ts';
import type { NeighborSpec } from './arena.ts';
import type { Caller } from './caller.ts';
import type { SessionCase } from './case.ts';
import { KEEPALIVE, notification, refresh, update } from './octets.ts';
import { STATES, type Stage, type StateName } from './stage.ts';

const SECTION = 'State machine';
const SPEC = 'RFC 4271 section 8.2.2';

/** An UPDATE whose error ends a session (RFC 7606 section 5.3). */
const BAD_UPDATE = update({ attributes: [attribute(0x80, 14, '0002')] });
const BAD_UPDATE_ANSWER = 'N 3/9 800e020002';
const GOOD_UPDATE = update({ withdrawn: hex('18 1e0000') });

type Answers = Readonly<Record<StateName, string>>;

/** A message in each state; KEEPALIVE in OpenConfirm and the like lead to `up`. */
function event(
  id: string,
  rule: string,
  bytes: (stage: Stage) => Uint8Array,
  answers: Answers,
  spec = SPEC,
): SessionCase[] {
  return STATES.map((state) => ({
    id: `fsm-${id}-${state}`,
    section: SECTION,
    rule: `${rule} in ${state}`,
    spec,
    play: async (stage) => stage.react(state, await stage.reach(state), bytes(stage)),
    expected: answers[state],
  }));
}

/** What meets a connection that is made at once: an OPEN, or the end without a word. */
async function next(stage: Stage): Promise<string> {
  const caller = await stage.neighbor.dial();
  return (await caller.hears(1)) ? 'OPEN' : caller.fate;
}

type Ending = (stage: Stage, caller: Caller) => Promise<void> | void;

/** An end in each state, and how the next connection is met: with back-off it is turned away. */
function ending(
  id: string,
  rule: string,
  end: Ending,
  answers: Answers,
  met: 'OPEN' | 'closed' | Readonly<Record<StateName, 'OPEN' | 'closed'>>,
  neighbor: NeighborSpec = {},
  states: readonly StateName[] = STATES,
): SessionCase[] {
  return states.map((state) => ({
    id: `fsm-${id}-${state}`,
    section: SECTION,
    rule: `${rule} in ${state}; then a new connection`,
    spec: SPEC,
    neighbor,
    play: async (stage) => {
      const caller = await stage.reach(state);
      await end(stage, caller);
      if (answers[state] !== '') await stage.end(caller);
      return `${answers[state] === '' ? '' : caller.fate}, then ${await metEventually(stage, met === 'OPEN' || (typeof met !== 'string' && met[state] === 'OPEN'))}`;
    },
    expected: `${answers[state]}, then ${typeof met === 'string' ? met : met[state]}`,
  }));
}

/** The end of a connection of ours reaches the daemon a moment later: where an OPEN is due, it may take that moment. */
async function metEventually(stage: Stage, due: boolean): Promise<string> {
  const end = performance.now() + 3000;
  for (;;) {
    const met = await next(stage);
    if (!due || met === 'OPEN' || performance.now() > end) return met;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const silent: Answers = { OpenSent: 'closed', OpenConfirm: 'closed', Established: 'closed' };
const all = (words: string): Answers => ({ OpenSent: words, OpenConfirm: words, Established: words });

/** How an Established session can end, and that its routes end with it. */
function routesGo(id: string, rule: string, end: Ending, neighbor: NeighborSpec = {}): SessionCase {
  return {
    id: `fsm-routes-go-${id}`,
    section: SECTION,
    rule: `${rule}: the routes of the peer go`,
    spec: SPEC,
    neighbor,
    play: async (stage) => {
      const caller = await stage.established(neighbor.holdTime === undefined ? {} : { holdTime: neighbor.holdTime });
      if (!(await stage.takesRoutes(caller))) return caller.fate;
      await end(stage, caller);
      return stage.becomes('gone', async () => ((await stage.routes()).length === 0 ? 'gone' : 'still there'));
    },
    expected: 'gone',
  };
}

const BAD_HEADER = Buffer.alloc(19, 0);

export const FSM_CASES: readonly SessionCase[] = [
  ...event(
    'keepalive',
    'KEEPALIVE',
    () => KEEPALIVE,
    { OpenSent: 'N 5/1 04', OpenConfirm: 'up', Established: 'up' },
    'RFC 6608',
  ),
  ...event(
    'update',
    'UPDATE',
    () => GOOD_UPDATE,
    { OpenSent: 'N 5/1 02', OpenConfirm: 'N 5/2 02', Established: 'up' },
    'RFC 6608',
  ),
  ...event(
    'bad-update',
    'UPDATE with an error',
    () => BAD_UPDATE,
    { OpenSent: 'N 5/1 02', OpenConfirm: 'N 5/2 02', Established: BAD_UPDATE_ANSWER },
    'RFC 6608',
  ),
  ...event(
    'refresh',
    'ROUTE-REFRESH',
    () => refresh(0),
    { OpenSent: 'N 5/1 05', OpenConfirm: 'N 5/2 05', Established: 'up' },
    'RFC 6608',
  ),
  ...event(
    'open',
    'OPEN',
    (stage) => stage.open(),
    { OpenSent: 'accepted', OpenConfirm: 'N 5/2 01', Established: 'N 5/3 01' },
    'RFC 6608',
  ),
  ...event('bad-open', 'OPEN of version 3', (stage) => stage.open({ version: 3 }), {
    OpenSent: 'N 2/1 0004',
    OpenConfirm: 'N 2/1 0004',
    Established: 'N 5/3 01',
  }),
  ...event('notification', 'NOTIFICATION', () => notification(6, 6), silent, 'RFC 4271 section 6.4'),
  ...event('notification-version', 'NOTIFICATION 2/1', () => notification(2, 1), silent, 'RFC 4271 section 6.4'),
  ...event('header', 'an error in the header', () => BAD_HEADER, all('N 1/1'), 'RFC 4271 section 6.1'),
  ...ending('tcp-fails', 'the peer ends TCP', (_, caller) => caller.hangUp(), all(''), 'OPEN'),
  ...ending('tcp-reset', 'the peer resets TCP', (_, caller) => caller.crash(), all(''), 'OPEN'),
  ...ending('header-rests', 'an error in the header', (_, caller) => caller.write(BAD_HEADER), all('N 1/1'), 'closed'),
  ...ending('notification-rests', 'NOTIFICATION', (_, caller) => caller.write(notification(6, 2)), silent, 'closed'),
  ...ending('version-rests-not', 'NOTIFICATION 2/1', (_, caller) => caller.write(notification(2, 1)), silent, {
    OpenSent: 'OPEN',
    OpenConfirm: 'OPEN',
    Established: 'OPEN',
  }),
  ...ending('collision-rests-not', 'NOTIFICATION 6/7', (_, caller) => caller.write(notification(6, 7)), silent, 'OPEN'),
  ...ending(
    'manual-stop',
    'the operator restarts the protocol',
    async (stage) => void (await stage.arena.ask(`restart "${stage.neighbor.name}"`)),
    all('N 6/4'),
    'OPEN',
  ),
  {
    id: 'fsm-manual-stop-words',
    section: SECTION,
    rule: 'the operator disables the protocol, with words for the peer',
    spec: 'RFC 9003',
    play: async (stage) => {
      const caller = await stage.established();
      await stage.arena.ask(`disable "${stage.neighbor.name}" "night shift"`);
      return stage.end(caller);
    },
    expected: `N 6/2 0b${Buffer.from('night shift').toString('hex')}`,
  },
  {
    id: 'fsm-idle-refuses',
    section: SECTION,
    rule: 'a connection for a protocol that is switched off is closed without a word',
    spec: 'choice 0005',
    neighbor: { lines: 'disabled yes;' },
    play: async (stage) => {
      const met = await next(stage);
      const { state } = await stage.arena.protocol(stage.neighbor.name);
      return `${met}, ${state}`;
    },
    expected: 'closed, down',
  },
  {
    id: 'fsm-back-off-ends',
    section: SECTION,
    rule: 'after an error the peer is turned away for the error wait time, and no longer',
    spec: SPEC,
    neighbor: { lines: 'error wait time 4, 4;' },
    play: async (stage) => {
      const caller = await stage.established();
      caller.write(BAD_HEADER);
      await stage.end(caller);
      const from = performance.now();
      const first = await next(stage);
      await stage.openSent();
      const waited = performance.now() - from;
      return `${first}, ${waited >= 2000 && waited < 15_000 ? 'then OPEN' : `OPEN after ${waited} ms`}`;
    },
    expected: 'closed, then OPEN',
  },
  {
    id: 'fsm-connect-open-at-once',
    section: SECTION,
    rule: 'the daemon dials: OPEN as soon as TCP is there',
    spec: SPEC,
    neighbor: { active: true, lines: 'connect delay time 0; connect retry time 1;' },
    play: async (stage) => {
      const caller = await stage.neighbor.answer();
      return (await caller.hears(1)) ? 'OPEN' : caller.fate;
    },
    expected: 'OPEN',
  },
  {
    id: 'fsm-connect-retry',
    section: SECTION,
    rule: 'nobody answers: the daemon dials again',
    spec: SPEC,
    neighbor: { active: true, lines: 'connect delay time 1; connect retry time 1;' },
    play: async (stage) => {
      const caller = await stage.neighbor.answer();
      await stage.mustHear(caller, 1, 'OPEN');
      stage.neighbor.deafen();
      caller.crash();
      await new Promise((resolve) => setTimeout(resolve, 2500));
      await stage.neighbor.listen();
      const again = await stage.neighbor.answer();
      return (await again.hears(1)) ? 'OPEN again' : again.fate;
    },
    expected: 'OPEN again',
  },
  {
    id: 'fsm-no-feed-before-keepalive',
    section: SECTION,
    rule: 'nothing but KEEPALIVE is sent before the peer has confirmed',
    spec: SPEC,
    neighbor: { ipv4: 'import none; export all;', ipv6: '', capabilities: () => Buffer.alloc(0) },
    play: async (stage) => {
      const caller = await stage.openConfirm();
      await new Promise((resolve) => setTimeout(resolve, 500));
      return caller.heard.map((one) => one.type).join(' ');
    },
    expected: '1 4',
  },
  routesGo('notification', 'a NOTIFICATION is received', (_, caller) => caller.write(notification(6, 2))),
  routesGo('header-error', 'an error in the header', (_, caller) => caller.write(BAD_HEADER)),
  routesGo('update-error', 'an UPDATE with an error', (_, caller) => caller.write(BAD_UPDATE)),
  routesGo('open', 'an OPEN', (stage, caller) => caller.write(stage.open())),
  routesGo('tcp', 'TCP fails', (_, caller) => caller.crash()),
  routesGo('hold', 'the hold timer expires', () => {}, { holdTime: 3 }),
  routesGo(
    'stop',
    'the operator stops the protocol',
    async (stage) => void (await stage.arena.ask(`disable "${stage.neighbor.name}"`)),
  ),
];
