/** Breaks a text of the configuration language in one of many ways. */
import type { Random } from './random.ts';

const PIECES = [
  ...[
    '{',
    '}',
    ';',
    '(',
    ')',
    '[',
    ']',
    '"',
    "'",
    '/*',
    '*/',
    '#',
    '=',
    '~',
    '..',
    '+',
    '-',
    '%',
    '\\',
    '\u0000',
    '\ufffd',
  ],
  ...[
    '4294967296',
    '0x',
    '1.2.3.4.5',
    'fe80::1::2',
    '10.0.0.1/8',
    '::/129',
    '1:2',
    'hex:',
    'include "x";',
    '\ninclude "y";',
  ],
  ...['protocol', 'bgp', 'from', 'filter', 'if', 'then', 'else', 'case', 'ipv4', 'table', 'master4', 'on', 'nonsense'],
  ...['route', 'via', 'import', 'export', 'where', 'neighbor', 'local', 'as', 'define', 'return', 'accept', 'for'],
];

const TOKEN = /\s+|[A-Za-z_0-9.:/]+|"[^"]*"|./gs;

/** Words, numbers and signs of texts, each once. */
export function wordsOf(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap((text) => text.match(TOKEN) ?? []))].filter((word) => word.trim() !== '');
}

/** @param texts others that are right, and `words` of them, to be put in. */
export function mutate(text: string, random: Random, texts: readonly string[], words: readonly string[]): string {
  const at = random.below(text.length + 1);
  const length = 1 + random.below(12);
  const head = text.slice(0, at);
  switch (random.below(9)) {
    case 0:
      return head + text.slice(at + length);
    case 1:
      return head + random.pick(PIECES) + text.slice(at);
    case 2:
      return `${head} ${random.pick(PIECES)} ${text.slice(at + length)}`;
    case 3:
      return head;
    case 4:
      return head + text.slice(at, at + length).repeat(2) + text.slice(at + length);
    case 5:
      return `${head} ${random.pick(words)} ${text.slice(at)}`;
    case 6: {
      const tokens = text.match(TOKEN) ?? [];
      tokens.splice(random.below(tokens.length + 1), random.below(3), ` ${random.pick(words)} `);
      return tokens.join('');
    }
    case 7: {
      const other = random.pick(texts);
      return head + other.slice(random.below(other.length + 1));
    }
    default:
      return head + String.fromCharCode(random.below(256)) + text.slice(at + 1);
  }
}
