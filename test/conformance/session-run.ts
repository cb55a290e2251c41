/** Plays the rows about sessions, all at once: every row has a neighbour of its own. */
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
const AT_ONCE = 100;

export class SessionRun {
  readonly #plays: { readonly row: SessionCase; readonly kind: Kind; readonly neighbor: Neighbor }[] = [];

  /** Registers the neighbours; the arena has to be started afterwards. */
  constructor(arena: Arena, rows: readonly SessionCase[]) {
    for (const row of rows) {
      for (const kind of row.kinds ?? KINDS) {
        this.#plays.push({ row, kind, neighbor: arena.neighbor(kind, row.neighbor) });
      }
    }
  }

  async run(): Promise<SessionVerdict[]> {
    const verdicts: SessionVerdict[] = [];
    const waiting = [...this.#plays];
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { row, kind, neighbor } = next;
        const seen = await row.play(new Stage(neighbor)).catch((error: Error) => `failed: ${error.message}`);
        verdicts.push({ row, kind, seen });
        neighbor.leave();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return verdicts;
  }
}
