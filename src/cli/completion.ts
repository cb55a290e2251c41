/**
 * Completion of a command line: command words from the tree, then the words that its arguments may have and the names
 * that the daemon knows.
 */
import type { CommandEntry } from '../control/command/inventory.ts';
import { matchWord, WORD_TREE, type WordNode } from '../control/command/word-tree.ts';

/** Names that the daemon knows, by what they stand for (`show symbols`). */
export interface KnownName {
  readonly name: string;
  readonly kind: string;
}

export interface Completion {
  /** Whole words that could stand here. */
  readonly candidates: readonly string[];
  /** The part of the line that they replace: its last word. */
  readonly partial: string;
}

export async function complete(line: string, names: () => Promise<readonly KnownName[]>): Promise<Completion> {
  const partial = /\S*$/.exec(line)![0];
  const before = line
    .slice(0, line.length - partial.length)
    .split(/\s+/)
    .filter((word) => word !== '');
  const { node, inArguments } = walk(before);
  if (node === undefined) return { candidates: [], partial };
  const words = new Set<string>();
  if (!inArguments) for (const child of node.children) words.add(child.word);
  if (node.command !== undefined) {
    for (const option of node.command.options ?? []) words.add(option);
    for (const name of await argumentNames(node.command, names)) words.add(name);
  }
  return { candidates: [...words].filter((word) => word.startsWith(partial)).sort(), partial };
}

/** The node that the words before lead to, and whether some of them are arguments already. */
function walk(words: readonly string[]): { readonly node: WordNode | undefined; readonly inArguments: boolean } {
  let node = WORD_TREE;
  for (const word of words) {
    const matches = matchWord(node, word);
    if (matches.length > 1) return { node: undefined, inArguments: false };
    if (matches.length === 0) return { node: node.command === undefined ? undefined : node, inArguments: true };
    node = matches[0]!;
  }
  return { node, inArguments: false };
}

async function argumentNames(
  command: CommandEntry,
  names: () => Promise<readonly KnownName[]>,
): Promise<readonly string[]> {
  const wanted = command.names;
  if (wanted === undefined) return [];
  const known = await names();
  if (wanted.includes('symbol')) return known.map((entry) => entry.name);
  return known
    .filter((entry) => wanted.some((kind) => kind === entry.kind || (kind === 'static' && entry.kind === 'protocol')))
    .map((entry) => entry.name);
}
