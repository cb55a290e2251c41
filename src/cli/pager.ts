/**
 * Stops after each screenful when a person sits at a terminal: `--More--`, then blank for the next page, Enter for one
 * more line, `q` for the rest unseen. Without a terminal everything passes.
 */

export interface PagerTerminal {
  /** Lines of the screen; `undefined`: no terminal. */
  rows(): number | undefined;
  write(text: string): void;
  /** Waits for one key. */
  readKey(): Promise<string>;
}

const PROMPT = '--More--';

export class Pager {
  readonly #terminal: PagerTerminal;
  #shown = 0;
  #skipping = false;

  constructor(terminal: PagerTerminal) {
    this.#terminal = terminal;
  }

  /** A new reply begins. */
  reset(): void {
    this.#shown = 0;
    this.#skipping = false;
  }

  async print(line: string): Promise<void> {
    if (this.#skipping) return;
    const rows = this.#terminal.rows();
    if (rows !== undefined && rows > 1 && this.#shown >= rows - 1) await this.#pause();
    if (this.#skipping) return;
    this.#terminal.write(`${line}\n`);
    this.#shown++;
  }

  async #pause(): Promise<void> {
    this.#terminal.write(PROMPT);
    for (;;) {
      const key = await this.#terminal.readKey();
      if (key === ' ') this.#shown = 0;
      else if (key === '\r' || key === '\n') this.#shown--;
      else if (key === 'q' || key === 'Q' || key === '\u0003') this.#skipping = true;
      else continue;
      break;
    }
    this.#terminal.write(`\r${' '.repeat(PROMPT.length)}\r`);
  }
}
