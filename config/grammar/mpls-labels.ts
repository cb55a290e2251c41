/** Options of channels for MPLS: where labels come from, and which routes share one. Not active. */
import { TokenKind } from '../syntax/token.ts';
import type { OptionStatement } from './option-table.ts';
import { choice } from './values.ts';

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
