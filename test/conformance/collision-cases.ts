/** Two connections between the same two ends: RFC 4271 section 6.8, RFC 6286 section 2.3. */
import { capability } from '../support/raw-speaker.ts';
import type { NeighborSpec } from './arena.ts';
import type { Caller } from './caller.ts';
import type { SessionCase } from './case.ts';
import { KEEPALIVE, type OpenParts } from './octets.ts';
import type { Stage } from './stage.ts';

const SECTION = 'Collisions';
const SPEC = 'RFC 4271 section 6.8, RFC 6286 section 2.3';

/** Smaller and larger than 10.255.0.1, which is the daemon's. */
const LOWER: Partial<OpenParts> = { id: '1.0.0.1' };
const HIGHER: Partial<OpenParts> = { id: '200.0.0.1' };
const EQUAL: Partial<OpenParts> = { id: '10.255.0.1' };

const ACTIVE: NeighborSpec = { active: true, lines: 'connect delay time 0; connect retry time 1;' };

/** Both connections are there, and the daemon's OPEN has come on both. `ours`: the daemon dialled it. */
async function two(stage: Stage): Promise<{ theirs: Caller; ours: Caller }> {
  const ours = await stage.neighbor.answer();
  await stage.mustHear(ours, 1, 'OPEN');
  const theirs = await stage.openSent();
  return { theirs, ours };
}

/** What became of both: `up` for the one that is Established. */
async function fates(ours: Caller, theirs: Caller): Promise<string> {
  await ours.until(() => ours.ended !== '' || theirs.ended !== '', 8000);
  await theirs.until(() => ours.ended !== '' || theirs.ended !== '', 100);
  const live = ours.ended === '' ? ours : theirs;
  if (live.ended === '') {
    live.write(KEEPALIVE);
    await live.hears(2, 8000);
  }
  const word = (caller: Caller): string => (caller.ended === '' ? (caller.count(2) > 0 ? 'up' : 'open') : caller.fate);
  return `ours ${word(ours)}, theirs ${word(theirs)}`;
}

const OURS_STAYS = 'ours up, theirs N 6/7';
const THEIRS_STAYS = 'ours N 6/7, theirs up';

/** OPENs on both, one after the other. */
function order(
  id: string,
  rule: string,
  first: 'ours' | 'theirs',
  parts: Partial<OpenParts>,
  expected: string,
  neighbor: NeighborSpec = ACTIVE,
  kinds: SessionCase['kinds'] = undefined,
): SessionCase {
  return {
    id: `collision-${id}-${first}-first`,
    section: SECTION,
    rule: `${rule}; our OPEN is answered on the connection that ${first === 'ours' ? 'the daemon' : 'the peer'} opened first`,
    spec: SPEC,
    neighbor,
    ...(kinds === undefined ? {} : { kinds }),
    play: async (stage) => {
      const { ours, theirs } = await two(stage);
      const [one, other] = first === 'ours' ? [ours, theirs] : [theirs, ours];
      one.write(stage.open(parts));
      await stage.mustHear(one, 4, 'KEEPALIVE');
      other.write(stage.open(parts));
      return fates(ours, theirs);
    },
    expected,
  };
}

/** A second connection while the session is up. */
async function besideEstablished(stage: Stage): Promise<string> {
  const session = await stage.established();
  const second = await stage.neighbor.dial();
  const end = await stage.end(second);
  return `${end}, the session ${(await stage.answers(session)) ? 'up' : session.fate}`;
}

export const COLLISION_CASES: readonly SessionCase[] = [
  ...(['ours', 'theirs'] as const).flatMap((first) => [
    order('lower', 'the peer has the lower identifier', first, LOWER, OURS_STAYS),
    order('higher', 'the peer has the higher identifier', first, HIGHER, THEIRS_STAYS),
    order('equal-higher-as', 'equal identifiers, the peer has the higher AS', first, EQUAL, THEIRS_STAYS, ACTIVE, [
      'eBGP',
    ]),
    order(
      'equal-lower-as',
      'equal identifiers, the peer has the lower AS',
      first,
      EQUAL,
      OURS_STAYS,
      { ...ACTIVE, as: 64999 },
      ['eBGP'],
    ),
  ]),
  {
    id: 'collision-no-open-yet',
    section: SECTION,
    rule: 'no OPEN has come on either connection: both go on',
    spec: SPEC,
    neighbor: ACTIVE,
    play: async (stage) => {
      const { ours, theirs } = await two(stage);
      await new Promise((resolve) => setTimeout(resolve, 500));
      return `ours ${ours.fate}, theirs ${theirs.fate}`;
    },
    expected: 'ours up, theirs up',
  },
  {
    id: 'collision-not-answered',
    section: SECTION,
    rule: 'the peer answers on its own connection and never on ours, which would win: it stays, after a while',
    spec: 'choice 0006',
    neighbor: ACTIVE,
    play: async (stage) => {
      const { ours, theirs } = await two(stage);
      theirs.write(stage.open(LOWER));
      await stage.mustHear(theirs, 4, 'KEEPALIVE');
      theirs.write(KEEPALIVE);
      await theirs.hears(2, 9000);
      await stage.end(ours);
      return `ours ${ours.fate}, theirs ${theirs.count(2) > 0 ? 'up' : theirs.fate}`;
    },
    expected: THEIRS_STAYS,
  },
  {
    id: 'collision-established',
    section: SECTION,
    rule: 'a connection beside an Established session: 6/7, the session stays',
    spec: SPEC,
    play: besideEstablished,
    expected: 'N 6/7, the session up',
  },
  {
    id: 'collision-established-restart',
    section: SECTION,
    rule: 'the same where both know graceful restart, soon after the session came up: it may be the other half of a collision',
    spec: 'choice 0006',
    neighbor: { moreCapabilities: capability(64, 0, 120, 0, 1, 1, 0x80) },
    play: besideEstablished,
    expected: 'N 6/7, the session up',
  },
  {
    id: 'collision-stops-dialling',
    section: SECTION,
    rule: 'the peer opens a connection and sends OPEN: the daemon dials no more',
    spec: SPEC,
    neighbor: ACTIVE,
    play: async (stage) => {
      const { ours, theirs } = await two(stage);
      ours.crash();
      theirs.write(stage.open(LOWER));
      await stage.mustHear(theirs, 4, 'KEEPALIVE');
      theirs.write(KEEPALIVE);
      await theirs.hears(2);
      await new Promise((resolve) => setTimeout(resolve, 2500));
      return `${stage.neighbor.calls} calls, ${(await stage.answers(theirs)) ? 'up' : theirs.fate}`;
    },
    expected: '0 calls, up',
  },
];
