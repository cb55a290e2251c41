/**
 * What protocols that this version does not run have in common: they are read and checked like all others and reported
 * as not active, once each. Their options have no value in the model; a draft remembers what the checks at the end ask.
 */
import type { InactiveConfig } from '../model.ts';
import type { Token } from '../syntax/token.ts';
import type { ReadContext } from './context.ts';
import type { OptionBag } from './option-bag.ts';
import type { OptionStatement } from './option-table.ts';
import { type CommonOptions, finishBase, type ProtocolDraft } from './protocol-draft.ts';

export function finishInactive(context: ReadContext, draft: ProtocolDraft, what?: string): InactiveConfig {
  context.notes.inactive(what ?? `protocol ${draft.kind} ${draft.name}`, draft.token);
  return { ...finishBase(draft), kind: 'inactive', protocol: draft.kind };
}

/** A statement by its syntax, whose first plain words are those that it begins with. */
export function checked<T extends CommonOptions>(
  syntax: string,
  about: string,
  defaultText: string,
  read: (context: ReadContext, bag: OptionBag<T>, at: Token) => void,
): OptionStatement<T> {
  const words: string[] = [];
  for (const word of syntax.split(' ')) {
    if (!/^[a-z0-9]+$/.test(word)) break;
    words.push(word);
  }
  return { words, syntax, about, defaultText, activity: 'active', cost: 'nothing', read };
}
