/**
 * Interface patterns.
 *
 *     patterns := pattern { ',' pattern }
 *     pattern  := [ '-' ] ( STRING [ network | address ] | network | address )
 *
 * A `-` in front of the name inside the quotes negates like one outside.
 */
import type { InterfacePattern } from '../model.ts';
import { atAddress } from '../syntax/literals.ts';
import { TokenKind } from '../syntax/token.ts';
import type { ReadContext } from './context.ts';
import { readNetworkOrIp } from './values.ts';

export function readInterfacePatterns(context: ReadContext): InterfacePattern[] {
  const patterns: InterfacePattern[] = [];
  do patterns.push(readPattern(context));
  while (context.stream.acceptPunct(','));
  return patterns;
}

function readPattern(context: ReadContext): InterfacePattern {
  const { stream } = context;
  const outside = stream.acceptPunct('-');
  if (!stream.atKind(TokenKind.Text) && !atAddress(stream)) stream.failUnexpected(['TEXT', 'IP4', 'IP6']);
  const text = stream.atKind(TokenKind.Text) ? stream.next().text : undefined;
  const prefix = atAddress(stream) ? readNetworkOrIp(context) : undefined;
  const inside = text?.startsWith('-') === true;
  return { negative: outside !== inside, glob: inside ? text?.slice(1) : text, prefix };
}

/** `interface` of protocols that look at names only. */
export function readInterfaceNames(context: ReadContext): InterfacePattern[] {
  const first = context.stream.peek();
  const patterns = readInterfacePatterns(context);
  if (patterns.some((pattern) => pattern.prefix !== undefined)) {
    context.stream.failBetween('Interface name/mask expected, not IP prefix', first, context.stream.previous());
  }
  return patterns;
}
