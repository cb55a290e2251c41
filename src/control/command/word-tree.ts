/**
 * Commands as a tree of words, with BIRD's rules for shortening them: each word may be cut as long as it stays the
 * beginning of only one word at its place; arguments are never touched.
 */
import { COMMANDS, type CommandEntry, type CommandGroup, GROUPS } from './inventory.ts';

export interface WordNode {
  readonly word: string;
  readonly children: WordNode[];
  command: CommandEntry | undefined;
  group: CommandGroup | undefined;
}

function node(word: string): WordNode {
  return { word, children: [], command: undefined, group: undefined };
}

function build(): WordNode {
  const root = node('');
  const at = (words: string): WordNode => {
    let here = root;
    for (const word of words.split(' ')) {
      let child = here.children.find((candidate) => candidate.word === word);
      if (child === undefined) {
        child = node(word);
        here.children.push(child);
      }
      here = child;
    }
    return here;
  };
  for (const command of COMMANDS) at(command.words).command = command;
  for (const group of GROUPS) at(group.words).group = group;
  return root;
}

export const WORD_TREE: WordNode = build();

export type Expansion =
  /** A whole command, with its arguments as they were written. */
  | { readonly kind: 'command'; readonly command: CommandEntry; readonly text: string }
  /** Several commands begin like this. */
  | { readonly kind: 'ambiguous'; readonly candidates: readonly WordNode[] }
  | { readonly kind: 'unknown' };

/** Child whose word is `word`, or the only one that begins with it; several: all of them. */
export function matchWord(parent: WordNode, word: string): readonly WordNode[] {
  const exact = parent.children.find((child) => child.word === word);
  return exact !== undefined ? [exact] : parent.children.filter((child) => child.word.startsWith(word));
}

/** Replaces shortened command words by whole ones. Blanks before and between words do not matter. */
export function expandCommand(line: string): Expansion {
  let here = WORD_TREE;
  const words: string[] = [];
  let rest = line.trimStart();
  while (rest !== '') {
    const word = /^\S+/.exec(rest)![0];
    const matches = matchWord(here, word);
    if (matches.length === 0) break;
    if (matches.length > 1) return { kind: 'ambiguous', candidates: matches };
    here = matches[0]!;
    words.push(here.word);
    rest = rest.slice(word.length).trimStart();
  }
  if (here.command === undefined) return { kind: 'unknown' };
  return { kind: 'command', command: here.command, text: rest === '' ? words.join(' ') : `${words.join(' ')} ${rest}` };
}

/** The deepest node that the words of `line` lead to, abbreviations allowed; undefined where they lead nowhere. */
export function findNode(line: string): { readonly node: WordNode; readonly ambiguous: readonly WordNode[] } {
  let here = WORD_TREE;
  for (const word of line.split(/\s+/)) {
    if (word === '') continue;
    const matches = matchWord(here, word);
    if (matches.length > 1) return { node: here, ambiguous: matches };
    if (matches.length === 0) break;
    here = matches[0]!;
  }
  return { node: here, ambiguous: [] };
}

/** One line of help: `configure undo                                 Go back ...`. */
export function helpLine(words: string, args: string, help: string): string {
  return `${`${words}${args === '' ? '' : ` ${args}`}`.padEnd(45, ' ')}  ${help}`;
}

/** How a node is listed by its parent: a group as `show ...`, a command with its arguments. */
export function helpOf(entry: WordNode, path: string): string {
  if (entry.group !== undefined) return helpLine(path, '...', entry.group.help);
  if (entry.command !== undefined) return helpLine(path, entry.command.args, entry.command.help);
  // Neither: the only way on is through its children.
  return entry.children.map((child) => helpOf(child, `${path} ${child.word}`)).join('\n');
}

/** What `?` shows behind the words of `line`. */
export function helpFor(line: string): string[] {
  const words: string[] = [];
  const { node: here, ambiguous } = findNode(line);
  let walk = WORD_TREE;
  for (const word of line.split(/\s+/)) {
    const matches = word === '' ? [] : matchWord(walk, word);
    if (matches.length !== 1) continue;
    walk = matches[0]!;
    words.push(walk.word);
  }
  const path = (child: WordNode): string => [...words, child.word].join(' ');
  if (ambiguous.length > 0) return ambiguous.map((child) => helpOf(child, path(child)));
  const lines: string[] = [];
  if (here.command !== undefined) lines.push(helpLine(here.command.words, here.command.args, here.command.help));
  for (const child of here.children) lines.push(helpOf(child, path(child)));
  return lines;
}
