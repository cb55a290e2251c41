/**
 * MPLS labels: which there are, where channels take them from, and which routes share one. Read and checked, not active.
 *
 *     domain := 'mpls' 'domain' NAME [ '{' { range ';' } '}' ]
 *     range  := 'label' 'range' ( NAME | 'static' | 'dynamic' ) [ '{' { ( 'start' | 'length' ) number ';' } '}' ]
 */
import { type Token, TokenKind } from '../syntax/token.ts';
import { type ReadContext, readBlock } from './context.ts';
import type { OptionStatement } from './option-table.ts';
import { choice, readNumber } from './values.ts';

const LABELS = 1 << 20;

/** Behind the words `mpls domain`. */
export function readLabelDomain(context: ReadContext): void {
  const { stream } = context;
  stream.expectKind(TokenKind.Word);
  if (!stream.atPunct('{')) return;
  readBlock(context, () => {
    if (!stream.acceptWords('label', 'range')) stream.failUnexpected(['LABEL'], ['label']);
    const name = stream.expectKind(TokenKind.Word);
    if (stream.atPunct('{')) readRange(context, name);
  });
}

function readRange(context: ReadContext, name: Token): void {
  const { stream, notes } = context;
  const limits = { max: LABELS, message: 'MPLS label must be less than 2^20' };
  let start = 0;
  let length = 0;
  readBlock(context, () => {
    if (stream.acceptWords('start')) start = readNumber(context, limits);
    else if (stream.acceptWords('length')) length = readNumber(context, limits);
    else stream.failUnexpected(['START', 'LENGTH'], ['start', 'length']);
  });
  if (start + length > LABELS) notes.errorAt(name, 'MPLS label range exceeds the labels that there are');
}

const POLICIES = choice({ static: 0, prefix: 1, aggregate: 2, vrf: 3 });

export function labelStatements<T extends object>(): OptionStatement<T>[] {
  const named = ['domain', 'label range'].map(
    (words): OptionStatement<T> => ({
      words: words.split(' '),
      only: 'bird2',
      syntax: `${words} <name>`,
      about: 'of mpls channels',
      defaultText: '-',
      activity: 'inactive',
      cost: 'restart',
      read: ({ stream }) => void stream.expectKind(TokenKind.Word),
    }),
  );
  const policy: OptionStatement<T> = {
    words: ['label', 'policy'],
    only: 'bird2',
    syntax: `label policy ${POLICIES.syntax}`,
    about: 'of mpls channels',
    defaultText: '-',
    activity: 'inactive',
    cost: 'restart',
    read: (context) => void POLICIES.read(context),
  };
  return [...named, policy];
}
