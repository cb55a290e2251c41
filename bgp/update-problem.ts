/** What was wrong with an UPDATE: a list for the log, and the one problem that decides (RFC 7606 section 3 h). */
import { UpdateVerdict } from './attribute/descriptor.ts';
import { attributeName } from './attribute/table.ts';

export interface UpdateProblem {
  /** Type code of the attribute; -1 if it was none. */
  readonly attribute: number;
  /** What it led to; `Ok` for what was merely ignored. */
  readonly action: UpdateVerdict;
  /** Subcode of the NOTIFICATION, where it comes to that. */
  readonly subcode: number;
  /** Where it is written. */
  readonly clause: string;
  readonly text: string;
}

/** `AS_PATH: unknown segment type (RFC 7606 7.2)` */
export function formatProblem(problem: UpdateProblem): string {
  const place = problem.attribute < 0 ? '' : `${attributeName(problem.attribute)}: `;
  return `${place}${problem.text} (${problem.clause})`;
}

const NONE: readonly UpdateProblem[] = Object.freeze([]);

export class ProblemList {
  /** In the order in which they were found. Shared and empty while there are none. */
  all: readonly UpdateProblem[] = NONE;
  /** The first of those with the strongest action above `Ok`. */
  strongest: UpdateProblem | undefined = undefined;
  #own: UpdateProblem[] = [];

  clear(): void {
    if (this.all === NONE) return;
    this.all = NONE;
    this.strongest = undefined;
  }

  note(attribute: number, action: UpdateVerdict, subcode: number, clause: string, text: string): UpdateProblem {
    const problem = { attribute, action, subcode, clause, text };
    if (this.all === NONE) {
      this.#own = [];
      this.all = this.#own;
    }
    this.#own.push(problem);
    if (action > (this.strongest?.action ?? UpdateVerdict.Ok)) this.strongest = problem;
    return problem;
  }
}
