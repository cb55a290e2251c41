/** What every reader of the configuration's grammar works on, and the loop that they share. */
import type { FamilyName } from '../../bgp/index.ts';
import type { Dialect } from '../dialect.ts';
import type { FilterEnvironment } from '../filter/environment.ts';
import type { Scope } from '../scope.ts';
import { ConfigError } from '../syntax/diagnostic.ts';
import { TokenKind } from '../syntax/token.ts';
import type { TokenStream } from '../syntax/token-stream.ts';
import type { Notes } from './notes.ts';

export interface ReadContext {
  readonly stream: TokenStream;
  /** Names of the whole configuration. */
  readonly scope: Scope;
  readonly notes: Notes;
  readonly dialect: Dialect;
  /** The family of a daemon that has only one (BIRD 1); its protocols need not name it. */
  readonly family: FamilyName;
  /** What filters share with those of earlier configurations. */
  readonly filters: FilterEnvironment;
}

/**
 * `block := '{' { item ';' } '}'`
 *
 * An item that fails is noted and left; the next one is read. Empty items are allowed.
 */
export function readBlock(context: ReadContext, readItem: () => void): void {
  const { stream, notes } = context;
  stream.expectPunct('{');
  for (;;) {
    if (stream.acceptPunct(';')) continue;
    const depth = stream.depth();
    try {
      if (stream.acceptPunct('}')) return;
      if (stream.atKind(TokenKind.End)) stream.failUnexpected();
      readItem();
      stream.expectPunct(';');
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      notes.error(error.diagnostic);
      if (!stream.skipStatement(depth, (diagnostic) => notes.error(diagnostic))) return;
    }
  }
}

/** `list := '{' [ item { ',' item } ] '}'` */
export function readBracedList<T>(context: ReadContext, readItem: () => T): T[] {
  const { stream } = context;
  const items: T[] = [];
  stream.expectPunct('{');
  if (stream.acceptPunct('}')) return items;
  do items.push(readItem());
  while (stream.acceptPunct(','));
  stream.expectPunct('}');
  return items;
}

/**
 * `block := '{' { ';' | item ';' | item block } '}'` for text whose meaning is not asked for: only its braces and
 * semicolons are checked.
 */
export function skipBlock({ stream }: ReadContext): void {
  stream.expectPunct('{');
  // Not recursive: the depth is up to whoever wrote the text.
  const outside = stream.depth() - 1;
  for (let pending = false; stream.depth() > outside; ) {
    if (stream.atKind(TokenKind.End) || (pending && stream.atPunct('}'))) stream.failUnexpected(pending ? ["';'"] : []);
    const { kind, text } = stream.next();
    pending = kind !== TokenKind.Punct || (text !== ';' && text !== '{' && text !== '}');
  }
}
