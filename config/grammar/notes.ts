/**
 * What is collected while a configuration is read: everything that is wrong, what is doubtful, and what was understood
 * but does nothing in this version.
 */
import type { ConfigPlace } from '../model.ts';
import { type Diagnostic, diagnosticOf } from '../syntax/diagnostic.ts';
import type { Token } from '../syntax/token.ts';

/** More than this helps nobody: the first ones have to be repaired anyway. */
const MOST_ERRORS = 20;

export interface NotActive {
  readonly what: string;
  readonly place: ConfigPlace;
}

export class Notes {
  readonly errors: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];
  readonly notActive: NotActive[] = [];
  /** Lines printed while reading (`eval`). */
  readonly output: string[] = [];
  /** Names whose definition was wrong: complaints about their uses would only repeat that. */
  private readonly broken = new Set<string>();

  /** Errors met so far, with those that were not worth showing. */
  count = 0;

  get failed(): boolean {
    return this.count > 0;
  }

  /** Notes an error, unless it only follows from an earlier one: same place, or a use of a broken name. */
  error(diagnostic: Diagnostic): void {
    this.count++;
    if (this.errors.length >= MOST_ERRORS) return;
    const { file, line, column } = diagnostic.place;
    const known = this.errors.at(-1)?.place;
    if (known !== undefined && known.file === file && known.line === line && known.column === column) return;
    const from = diagnostic.place.column - 1;
    const about = diagnostic.lineText.slice(from, from + diagnostic.length);
    if (this.errors.length > 0 && this.broken.has(about)) return;
    this.errors.push(diagnostic);
  }

  errorAt(token: Token, message: string, hint?: string): void {
    this.error(diagnosticOf(token, message, { hint }));
  }

  warnAt(token: Token, message: string, hint?: string): void {
    this.warnings.push(diagnosticOf(token, message, { severity: 'warning', hint }));
  }

  inactive(what: string, token: Token): void {
    this.notActive.push({ what, place: token.source.place(token.start) });
  }

  markBroken(name: string): void {
    this.broken.add(name);
  }
}
