/** Plays the rows about sessions, many at once: every row has a neighbour of its own. */
import type { Arena, Neighbor } from './arena.ts';
import { KINDS, type Kind, type SessionCase } from './case.ts';
import { Stage } from './stage.ts';

export interface SessionVerdict {
  readonly row: SessionCase;
  readonly kind: Kind;
  /** What was seen. */
  readonly seen: string;
}

/** Plays that go on at the same time; most of them wait. */
const AT_ONCE = 60;

/** A row on one kind of session. */
interface Play {
  readonly row: SessionCase;
  readonly kind: Kind;
  /** Who plays; the second one only if the first one saw something else than expected. */
  readonly neighbors: readonly [Neighbor, Neighbor];
}

/**
 * All rows at once are more than a busy machine can do in time, and some rows are about time. So a row that failed in
 * the crowd is played again by itself, by another neighbour, and that counts: what is wrong is wrong again.
 */
export class SessionRun {
  readonly #plays: Play[] = [];

  /** Registers the neighbours; the arena has to be started afterwards. */
  constructor(arena: Arena, rows: readonly SessionCase[]) {
    for (const row of rows) {
      for (const kind of row.kinds ?? KINDS) {
        const neighbors = [arena.neighbor(kind, row.neighbor), arena.neighbor(kind, row.neighbor)] as const;
        this.#plays.push({ row, kind, neighbors });
      }
    }
  }

  async run(): Promise<SessionVerdict[]> {
    const verdicts: SessionVerdict[] = [];
    const failed: Play[] = [];
    const waiting = [...this.#plays];
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const seen = await play(next, 0);
        if (seen === next.row.expected) verdicts.push({ row: next.row, kind: next.kind, seen });
        else failed.push(next);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    for (const one of failed) verdicts.push({ row: one.row, kind: one.kind, seen: await play(one, 1) });
    return verdicts;
  }
}

async function play({ row, neighbors }: Play, time: 0 | 1): Promise<string> {
  const neighbor = neighbors[time];
  const seen = await row.play(new Stage(neighbor)).catch((error: Error) => `failed: ${error.message}`);
  neighbor.leave();
  return seen;
}
