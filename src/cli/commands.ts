/** One line that somebody typed or gave on the command line: expanded, answered locally, or sent. */
import { expandCommand, helpFor, helpOf, WORD_TREE, type WordNode } from '../control/command/word-tree.ts';
import type { ControlClient } from './client.ts';
import { FIRST_ERROR, JsonPrinter, type Print, printText } from './output.ts';

export interface CommandOptions {
  readonly verbose: boolean;
  readonly json: boolean;
}

/** `ok` is what the exit status of a single command says. */
export type CommandResult = { readonly kind: 'done'; readonly ok: boolean } | { readonly kind: 'quit' };

const DONE: CommandResult = { kind: 'done', ok: true };
const FAILED: CommandResult = { kind: 'done', ok: false };

export async function runCommand(
  client: ControlClient,
  line: string,
  options: CommandOptions,
  print: Print,
): Promise<CommandResult> {
  const text = line.trim();
  if (text === '') return DONE;
  if (text.endsWith('?') && !text.includes('"')) return printHelp(text.slice(0, -1), print);
  const expansion = expandCommand(text);
  switch (expansion.kind) {
    case 'unknown':
      await print("No such command. Press `?' for help.");
      return FAILED;
    case 'ambiguous':
      await print('Ambiguous command, possible expansions are:');
      for (const candidate of expansion.candidates) {
        for (const entry of helpOf(candidate, pathOf(candidate)).split('\n')) await print(entry);
      }
      return FAILED;
    case 'command':
      if (expansion.command.local !== undefined) return runLocal(expansion.command.words, print);
      return send(client, expansion.text, options, print);
  }
}

async function send(
  client: ControlClient,
  text: string,
  options: CommandOptions,
  print: Print,
): Promise<CommandResult> {
  if (options.json) {
    const printer = new JsonPrinter(print);
    const code = await client.request(`json ${text}`, (line) => printer.take(line));
    return code >= FIRST_ERROR ? FAILED : DONE;
  }
  const code = await client.request(text, (line) => printText(line, options.verbose, print));
  return code >= FIRST_ERROR ? FAILED : DONE;
}

async function runLocal(words: string, print: Print): Promise<CommandResult> {
  if (words !== 'help') return { kind: 'quit' };
  await print("Type `?' behind what you have so far to see how it can go on.");
  return DONE;
}

async function printHelp(before: string, print: Print): Promise<CommandResult> {
  for (const entry of helpLines(before)) await print(entry);
  return DONE;
}

/** What `?` shows behind `before`; a word that leads nowhere shows what there is at all. */
export function helpLines(before: string): readonly string[] {
  const lines = helpFor(before);
  return lines.length > 0 ? lines : helpFor('');
}

/** All words that lead to a node. */
function pathOf(wanted: WordNode): string {
  const search = (node: WordNode, words: readonly string[]): string | undefined => {
    if (node === wanted) return words.join(' ');
    for (const child of node.children) {
      const found = search(child, [...words, child.word]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(WORD_TREE, []) ?? wanted.word;
}
