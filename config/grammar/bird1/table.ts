/**
 * Routing tables in BIRD 1: all of them are of the daemon's family, `master` exists without being declared.
 *
 *     table := 'table' NAME [ 'sorted' ]
 */
import { TokenKind } from '../../syntax/token.ts';
import type { TokenStream } from '../../syntax/token-stream.ts';
import { tableOf } from '../../table-definition.ts';
import type { ReadContext } from '../context.ts';
import { defineTable } from '../table.ts';

export function beginsBird1Table(stream: TokenStream): boolean {
  return stream.atWords('table');
}

/** Reads a declaration and defines its name. */
export function readBird1Table({ stream, scope, family }: ReadContext, predefined: Set<string>): void {
  stream.expectWord('table');
  const token = stream.expectKind(TokenKind.Word);
  const known = scope.own(token.text);
  if (
    known !== undefined &&
    !(predefined.has(token.text) && known.kind === 'table' && tableOf(known).type === family)
  ) {
    stream.fail(`Symbol '${token.text}' already defined`, token);
  }
  predefined.delete(token.text);
  const sorted = stream.acceptWords('sorted');
  defineTable(scope, { name: token.text, type: family, sorted, trie: false }, token);
}
