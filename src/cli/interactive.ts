/**
 * The client at a terminal: line editing, history, completion by Tab, help by `?`, pages. Log messages that come in
 * between are shown above the line that is being typed. Without a terminal, lines are executed as they come.
 */
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';
import { ControlClient, type ReplyLine } from './client.ts';
import { type CommandOptions, helpLines, runCommand } from './commands.ts';
import { complete, type KnownName } from './completion.ts';
import { printText } from './output.ts';
import { Pager } from './pager.ts';

const HISTORY_LINES = 1000;
/** Names are asked for again after this time. */
const NAMES_MS = 5000;

export interface InteractiveOptions extends CommandOptions {
  readonly socket: string;
  readonly prompt: string;
  readonly restrict: boolean;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** `undefined`: no history is kept. */
  readonly historyFile?: string | undefined;
}

export function defaultHistoryFile(): string {
  return join(os.homedir(), '.peregrinec_history');
}

/** Runs until the user leaves or the server ends; the exit status. */
export async function runInteractive(options: InteractiveOptions): Promise<number> {
  const { output } = options;
  const session = new InteractiveSession(options);
  const client = await ControlClient.connect(options.socket, (line) => session.showIdle(line));
  if (options.restrict) {
    await client.request('restrict', (line) =>
      printText(line, options.verbose, (text) => void output.write(`${text}\n`)),
    );
  }
  return session.run(client);
}

class InteractiveSession {
  readonly #options: InteractiveOptions;
  readonly #pager: Pager;
  readonly #isTerminal: boolean;
  #readline: readline.Interface | undefined;
  #busy = false;
  #names: readonly KnownName[] = [];
  #namesAt = Number.NEGATIVE_INFINITY;

  constructor(options: InteractiveOptions) {
    const { input, output } = options;
    this.#options = options;
    this.#isTerminal = input.isTTY === true && output.isTTY === true;
    this.#pager = new Pager({
      rows: () => (this.#isTerminal ? output.rows : undefined),
      write: (text) => void output.write(text),
      readKey: () => readKey(input),
    });
  }

  /** Greeting, log messages and notices that come while nothing is asked. */
  showIdle(line: ReplyLine): void {
    const { output } = this.#options;
    if (this.#options.json && line.kind === 'line') return;
    const typing = this.#isTerminal && this.#readline !== undefined && !this.#busy;
    if (typing) {
      readline.clearLine(output, 0);
      readline.cursorTo(output, 0);
    }
    void printText(line, this.#options.verbose, (text) => void output.write(`${text}\n`));
    if (typing) this.#readline!.prompt(true);
  }

  async run(client: ControlClient): Promise<number> {
    const { input, output } = this.#options;
    let gone = false;
    client.onClose(() => {
      gone = true;
      this.#readline?.close();
    });
    this.#readline = readline.createInterface({
      input,
      output,
      terminal: this.#isTerminal,
      prompt: this.#options.prompt,
      history: this.#loadHistory(),
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, result: readline.CompleterResult) => void) => {
        void complete(line, () => this.#knownNames()).then(({ candidates, partial }) => {
          const whole = candidates.length === 1 ? [`${candidates[0]!} `] : [...candidates];
          done(null, [whole, partial]);
        });
      },
    });
    const editor = this.#readline;
    if (this.#isTerminal) this.#installHelpKey(editor);
    editor.on('history', (lines: string[]) => this.#saveHistory(lines));
    editor.on('SIGINT', () => this.#interrupt(editor));
    let quit = false;
    try {
      if (this.#isTerminal) editor.prompt();
      for await (const line of editor) {
        this.#busy = true;
        this.#pager.reset();
        const result = await runCommand(client, line, this.#options, (text) => this.#pager.print(text));
        this.#busy = false;
        if (result.kind === 'quit') {
          quit = true;
          break;
        }
        if (this.#isTerminal) editor.prompt();
      }
    } catch (error) {
      // The server went away with a request under way; said below.
      if (!gone) throw error;
    } finally {
      editor.close();
      client.close();
    }
    if (gone && !quit) {
      process.stderr.write('Connection closed by server\n');
      return 1;
    }
    if (this.#isTerminal && !quit) output.write('\n');
    return 0;
  }

  /** Ctrl-C clears what is typed; on an empty line, or while a reply is coming, it leaves. */
  #interrupt(editor: readline.Interface): void {
    if (this.#busy || editor.line === '') {
      editor.close();
      if (this.#busy) process.exit(130);
      return;
    }
    this.#options.output.write('^C\n');
    editor.write(null, { ctrl: true, name: 'e' });
    editor.write(null, { ctrl: true, name: 'u' });
    editor.prompt();
  }

  /** `?` is help wherever it is not inside a string. */
  #installHelpKey(editor: readline.Interface): void {
    this.#options.input.on('keypress', (char: string | undefined) => {
      if (char !== '?' || this.#busy) return;
      const typed = editor.line.slice(0, editor.cursor);
      if (!typed.endsWith('?') || (typed.split('"').length - 1) % 2 === 1) return;
      editor.write(null, { name: 'backspace' });
      this.#options.output.write('?\n');
      for (const line of helpLines(typed.slice(0, -1))) this.#options.output.write(`${line}\n`);
      editor.prompt(true);
    });
  }

  /** Asked over a connection of its own: the other one may have a reply under way, and its answers are printed. */
  async #knownNames(): Promise<readonly KnownName[]> {
    if (performance.now() - this.#namesAt < NAMES_MS) return this.#names;
    const found: KnownName[] = [];
    try {
      const client = await ControlClient.connect(this.#options.socket, () => {});
      try {
        await client.request('json show symbols', (line) => {
          if (line.kind === 'line' && line.text.startsWith('{')) found.push(JSON.parse(line.text) as KnownName);
        });
      } finally {
        client.close();
      }
    } catch {
      // Without names there is still completion of words.
    }
    this.#names = found;
    this.#namesAt = performance.now();
    return found;
  }

  #loadHistory(): string[] {
    const file = this.#options.historyFile;
    if (file === undefined || !this.#isTerminal) return [];
    try {
      const lines = fs.readFileSync(file, 'utf8').split('\n');
      // readline wants the newest first.
      return lines
        .filter((line) => line !== '')
        .reverse()
        .slice(0, HISTORY_LINES);
    } catch {
      return [];
    }
  }

  #saveHistory(lines: readonly string[]): void {
    const file = this.#options.historyFile;
    if (file === undefined || !this.#isTerminal) return;
    try {
      fs.writeFileSync(file, `${[...lines].reverse().join('\n')}\n`, { mode: 0o600 });
    } catch {
      // A home that cannot be written to is no reason to stop.
    }
  }
}

/** One key, past the line editor. */
function readKey(input: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve) => {
    const wasRaw = input.isRaw;
    const wasPaused = input.isPaused();
    input.setRawMode(true);
    // The editor listens for keys too; it must not put this one into its line.
    const listeners = input.listeners('keypress');
    input.removeAllListeners('keypress');
    input.resume();
    input.once('data', (data: Buffer | string) => {
      for (const listener of listeners) input.on('keypress', listener as (...args: unknown[]) => void);
      input.setRawMode(wasRaw);
      if (wasPaused) input.pause();
      resolve(String(data)[0] ?? '');
    });
  });
}
