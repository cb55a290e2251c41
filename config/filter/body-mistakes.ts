/**
 * What is wrong with the body of a filter or function. Statements that cannot be read leave holes, and the others are
 * checked all the same: one reading finds the mistakes of all of them. They are told in the order of the text, so that
 * the first one is the one that everybody else would have stopped at.
 */
import type { Diagnostic } from '../syntax/diagnostic.ts';
import type { CheckNotes } from './checker.ts';

export class BodyMistakes {
  private readonly found: Diagnostic[] = [];
  private readonly notes: CheckNotes;

  constructor(notes: CheckNotes) {
    this.notes = notes;
  }

  add(diagnostic: Diagnostic): void {
    this.found.push(diagnostic);
  }

  /** `holes`: a name that nobody knows may have been declared in one of them. */
  ofChecker(holes: boolean): CheckNotes {
    if (!holes) return { error: (diagnostic) => this.add(diagnostic), warnings: this.notes.warnings };
    return {
      error: (diagnostic) => {
        if (!diagnostic.message.startsWith('syntax error, unexpected')) this.add(diagnostic);
      },
      warnings: [],
    };
  }

  tell(): void {
    const ofOneFile = this.found.every(({ place }) => place.file === this.found[0]!.place.file);
    if (ofOneFile) this.found.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
    for (const diagnostic of this.found) this.notes.error(diagnostic);
  }
}
