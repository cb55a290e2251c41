/**
 * What the client prints of a reply: the texts as BIRD's client does, with `-v` the codes too; with `--json` one JSON
 * value a request. Whatever the server sends, a terminal gets no control characters.
 */
import { Code } from '../control/format/lines.ts';
import { escapeText } from '../monitor/escape.ts';
import type { ReplyLine } from './client.ts';

/** From here on codes mean that something went wrong. */
export const FIRST_ERROR = 8000;

export type Print = (line: string) => void | Promise<void>;

/** Prints one line of a reply. Lines with code 0 are only for programs. */
export function printText(line: ReplyLine, verbose: boolean, print: Print): void | Promise<void> {
  switch (line.kind) {
    case 'asynchronous':
      return print(`>>> ${safe(line.text)}`);
    case 'strange':
      return print(`??? <${safe(line.text)}>`);
    case 'line':
      if (!verbose) return line.code === 0 && !isContinuation(line) ? undefined : print(safe(line.text));
      if (isContinuation(line)) return print(`     ${safe(line.text)}`);
      return line.code === 0 ? undefined : print(safe(line.raw));
  }
}

function isContinuation(line: { readonly raw: string }): boolean {
  return line.raw.startsWith(' ');
}

function safe(text: string): string {
  return text.split('\t').map(escapeText).join('\t');
}

/**
 * Puts the JSON lines of one reply together: elements to an array, printed as they come; a document as it is; an error
 * to `{"error": {"code": ..., "text": ...}}`.
 */
export class JsonPrinter {
  readonly #print: Print;
  #elements = 0;
  #document = false;

  constructor(print: Print) {
    this.#print = print;
  }

  take(line: ReplyLine): void | Promise<void> {
    // Log messages and greetings have no place in JSON.
    if (line.kind !== 'line') return undefined;
    if (line.code === Code.JsonElement) return this.#print(this.#elements++ === 0 ? `[${line.text}` : `,${line.text}`);
    if (line.code === Code.JsonDocument) {
      this.#document = true;
      return this.#print(line.text);
    }
    return line.final ? this.#end(line.code, line.text) : undefined;
  }

  #end(code: number, text: string): void | Promise<void> {
    const error = code >= FIRST_ERROR ? JSON.stringify({ error: { code, text } }) : undefined;
    if (this.#elements > 0) return this.#print(error === undefined ? ']' : `,${error}]`);
    if (error !== undefined) return this.#print(error);
    return this.#document ? undefined : this.#print('[]');
  }
}
