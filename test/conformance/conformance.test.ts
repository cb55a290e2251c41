/**
 * Every row of the conformance tables as a test of its own, over TCP against one running daemon. All rows are played at
 * the same time, before the first of them is judged; docs/conformance.md is written from the results.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Arena } from './arena.ts';
import { ATTRIBUTE_CASES } from './attribute-cases.ts';
import { KINDS, type Kind, reset, type SessionCase, UNCHANGED, type UpdateCase } from './case.ts';
import { COLLISION_CASES } from './collision-cases.ts';
import { FRAMING_CASES } from './framing-cases.ts';
import { FSM_CASES } from './fsm-cases.ts';
import { HEADER_CASES } from './header-cases.ts';
import { LIMIT_CASES } from './limit-cases.ts';
import { MP_CASES } from './mp-cases.ts';
import { NOTIFICATION_CASES } from './notification-cases.ts';
import { OPEN_CASES } from './open-cases.ts';
import { REFRESH_CASES } from './refresh-cases.ts';
import { type Result, updateWords, write } from './report.ts';
import { RESTART_CASES } from './restart-cases.ts';
import { ROLE_SESSION_CASES, ROLE_UPDATE_CASES } from './role-cases.ts';
import { SessionRun } from './session-run.ts';
import { TIMER_CASES } from './timer-cases.ts';
import { UpdateRun } from './update-run.ts';

const UPDATES: readonly UpdateCase[] = [...FRAMING_CASES, ...ATTRIBUTE_CASES, ...MP_CASES, ...ROLE_UPDATE_CASES];
const SESSIONS: readonly SessionCase[] = [
  ...HEADER_CASES,
  ...OPEN_CASES,
  ...REFRESH_CASES,
  ...NOTIFICATION_CASES,
  ...TIMER_CASES,
  ...ROLE_SESSION_CASES,
  ...RESTART_CASES,
  ...LIMIT_CASES,
  ...FSM_CASES,
  ...COLLISION_CASES,
];

/** The same rows with expectations that are wrong: whoever cannot see that sees nothing. */
const CONTROLS: readonly UpdateCase[] = UPDATES.filter((row) =>
  ['framing-1-trailing', 'announce', 'bad-origin-no-nlri', 'aggregator-len7', 'unknown-254-passed-on'].includes(row.id),
).map((row) => ({
  ...row,
  outcome: (kind) => ('reset' in row.outcome(kind) ? reset('N 3/1') : UNCHANGED),
}));

const key = (id: string, kind: Kind): string => `${id} ${kind}`;

describe('conformance over TCP', () => {
  const arena = new Arena();
  const updates = new UpdateRun(arena, UPDATES);
  const controls = new UpdateRun(arena, CONTROLS);
  const sessions = new SessionRun(arena, SESSIONS);
  const faults = new Map<string, readonly string[]>();
  const controlFaults: string[][] = [];
  const seen = new Map<string, string>();
  let status = -1;
  let bugs: unknown[] = [];

  before(async () => {
    await arena.start();
    // Timers first: the others make the daemon work.
    for (const { row, kind, seen: words } of await sessions.run()) seen.set(key(row.id, kind), words);
    for (const { row, kind, faults: found } of await updates.run()) faults.set(key(row.id, kind), found);
    for (const { faults: found } of await controls.run()) controlFaults.push([...found]);
    bugs = arena.log().filter((line) => line['class'] === 'bug' || line['class'] === 'fatal');
    status = await arena.stop();
  });
  after(async () => {
    await arena.kill();
    arena.remove();
    // A run that broke off says nothing.
    if (status === 0) write(results());
  });

  function results(): Result[] {
    const all: Result[] = [];
    for (const row of UPDATES) {
      for (const kind of row.kinds ?? KINDS) {
        const holds = faults.get(key(row.id, kind))?.length === 0;
        all.push({ row, kind, holds, expected: updateWords(row, kind) });
      }
    }
    for (const row of SESSIONS) {
      for (const kind of row.kinds ?? KINDS) {
        all.push({ row, kind, holds: seen.get(key(row.id, kind)) === row.expected, expected: row.expected });
      }
    }
    return all;
  }

  it('each row has a name of its own', () => {
    const ids = [...UPDATES, ...SESSIONS].map((row) => row.id);
    assert.deepEqual(
      ids.filter((id, i) => ids.indexOf(id) !== i),
      [],
    );
    assert.ok(ids.length > 500, `${ids.length} rows`);
  });

  it('wrong expectations are seen', () => {
    assert.ok(controlFaults.length >= 2 * CONTROLS.length && CONTROLS.length === 5);
    for (const found of controlFaults) assert.ok(found.length > 0);
  });

  for (const row of UPDATES) {
    for (const kind of row.kinds ?? KINDS) {
      it(`${row.id} (${kind}): ${updateWords(row, kind)}`, () => assert.deepEqual(faults.get(key(row.id, kind)), []));
    }
  }
  for (const row of SESSIONS) {
    for (const kind of row.kinds ?? KINDS) {
      it(`${row.id} (${kind}): ${row.expected}`, () => assert.equal(seen.get(key(row.id, kind)), row.expected));
    }
  }

  it('none of it was a fault of the daemon, and it ends in order', () => {
    assert.deepEqual(bugs, []);
    assert.equal(status, 0);
  });
});
