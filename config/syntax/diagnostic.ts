/**
 * What is wrong with a text and where, in a form for people: BIRD's `FILE:LINE:COL message` first (scripts read that
 * line), then the line with a caret, then the nearest known word.
 *
 *     bird.conf:3:5 syntax error, unexpected CF_SYM_UNDEFINED
 *         neighbour 10.0.0.1 as 65001;
 *         ^^^^^^^^^
 *     Did you mean "neighbor"?
 */
import type { ConfigPlace } from '../model.ts';
import type { Source } from './source.ts';
import type { Token } from './token.ts';

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly place: ConfigPlace;
  /** The line that `place` points into and how many characters of it are meant; empty if there is no such line. */
  readonly lineText: string;
  readonly length: number;
  /** One more sentence of help, such as a suggested word. */
  readonly hint: string | undefined;
}

/** Ends the statement that is being read; the parser catches it, notes the diagnostic and goes on after it. */
export class ConfigError extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.name = 'ConfigError';
    this.diagnostic = diagnostic;
  }
}

export interface DiagnosticOptions {
  readonly severity?: 'error' | 'warning';
  readonly hint?: string | undefined;
}

/** A diagnostic about [start, end) of a source. */
export function diagnosticAt(
  source: Source,
  start: number,
  end: number,
  message: string,
  options: DiagnosticOptions = {},
): Diagnostic {
  const place = source.place(start);
  const lineText = withoutSecrets(source.lineText(start));
  const room = Math.max(1, lineText.length - (place.column - 1));
  return {
    severity: options.severity ?? 'error',
    message,
    place,
    lineText,
    length: Math.max(1, Math.min(end - start, room)),
    hint: options.hint,
  };
}

/**
 * What a diagnostic shows goes into logs and onto screens, so a key that happens to stand in its line is blotted out,
 * character for character: columns stay what they are.
 */
function withoutSecrets(line: string): string {
  return line.replace(
    /\b(password|secret)(\s+")([^"]*)/gi,
    (_, word: string, between: string, secret: string) => word + between + '*'.repeat(secret.length),
  );
}

/** A diagnostic about one token. */
export function diagnosticOf(token: Token, message: string, options: DiagnosticOptions = {}): Diagnostic {
  return diagnosticAt(token.source, token.start, token.end, message, options);
}

/** BIRD's form, one line: what `configure` answers after `8002` and `-p` writes after `bird: `. */
export function diagnosticHeadline(diagnostic: Diagnostic): string {
  const { file, line, column } = diagnostic.place;
  const severity = diagnostic.severity === 'warning' ? 'warning: ' : '';
  return line === 0
    ? `${file}: ${severity}${diagnostic.message}`
    : `${file}:${line}:${column} ${severity}${diagnostic.message}`;
}

/** The headline, the line with a caret below, and the hint; no line feed at the end. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const lines = [diagnosticHeadline(diagnostic)];
  if (diagnostic.lineText.trim() !== '') {
    const { shown, at } = excerpt(diagnostic.lineText, diagnostic.place.column - 1);
    const length = Math.min(diagnostic.length, Math.max(1, shown.length - at));
    // Tabs stay tabs in both lines, so the caret stands under its character whatever the tab width is.
    const indent = shown.slice(0, at).replace(/[^\t]/g, ' ');
    lines.push(`  ${shown}`, `  ${indent}${'^'.repeat(length)}`);
  }
  if (diagnostic.hint !== undefined) lines.push(`  ${diagnostic.hint}`);
  return lines.join('\n');
}

const WIDEST_LINE = 110;

/** A long line is cut around the interesting column. */
function excerpt(line: string, at: number): { shown: string; at: number } {
  const printable = line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '?');
  if (printable.length <= WIDEST_LINE) return { shown: printable, at };
  const from = Math.max(0, Math.min(at - 50, printable.length - WIDEST_LINE));
  const head = from > 0 ? '...' : '';
  const tail = from + WIDEST_LINE < printable.length ? '...' : '';
  return { shown: head + printable.slice(from, from + WIDEST_LINE) + tail, at: at - from + head.length };
}

/** `Did you mean "x"?`, or `undefined` when nothing known is near. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  const near = nearest(word, known);
  return near === undefined ? undefined : `Did you mean "${near}"?`;
}

/** The known word with the least edits from `word`, if they are few for its length. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const limit = word.length < 3 ? 1 : Math.min(3, Math.floor(word.length * 0.4));
  let best: string | undefined;
  let bestDistance = limit + 1;
  const lower = word.toLowerCase();
  for (const candidate of known) {
    if (candidate === word || Math.abs(candidate.length - word.length) > limit) continue;
    const distance = editDistance(lower, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Edits (insert, delete, replace, swap of neighbours) from `a` to `b`; at least `limit` once it is known to reach it. */
function editDistance(a: string, b: string, limit: number): number {
  let beforeLast: number[] = [];
  let last: number[] = [];
  for (let j = 0; j <= b.length; j++) last.push(j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const cost = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1;
      let value = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
      ) {
        value = Math.min(value, beforeLast[j - 2]! + 1);
      }
      row.push(value);
      least = Math.min(least, value);
    }
    if (least >= limit) return limit;
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
