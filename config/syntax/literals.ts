/**
 * Literals that are more than one token: prefixes. Both the statements of the configuration and its filters read them
 * here, so that host bits and lengths are judged in one place.
 */
import { type Ip, type Prefix, prefixAddress, prefixOf } from '../../bgp/index.ts';
import { addressRange } from './address-help.ts';
import { type Token, TokenKind } from './token.ts';
import type { TokenStream } from './token-stream.ts';

/** True if an address stands next, with or without a length behind it. */
export function atAddress(stream: TokenStream): boolean {
  return stream.atKind(TokenKind.Ip4) || stream.atKind(TokenKind.Ip6);
}

/** True if `address / length` stands next. */
export function atPrefix(stream: TokenStream): boolean {
  if (!atAddress(stream)) return false;
  const slash = stream.peek(1);
  return slash.kind === TokenKind.Punct && slash.text === '/';
}

/** The address of an Ip4 or Ip6 token. */
export function addressOf(token: Token): Ip {
  // The lexer made the canonical text.
  return token.text as Ip;
}

/**
 * `prefix := (IP4 | IP6) '/' NUM`
 *
 * Bits beyond the length must be zero: whoever writes 10.0.0.1/8 meant either another address or another length.
 */
export function readPrefix(stream: TokenStream): Prefix {
  const first = stream.peek();
  if (!atAddress(stream)) stream.failUnexpected(['IP4', 'IP6']);
  stream.next();
  stream.expectPunct('/');
  const last = stream.expectKind(TokenKind.Number);
  const isV4 = first.kind === TokenKind.Ip4;
  const whole = isV4 ? 32 : 128;
  if (last.value > whole) stream.fail(`Invalid prefix length ${last.value}`, last);
  if (isV4) {
    const mask = last.value === 0 ? 0 : (0xffffffff << (32 - last.value)) >>> 0;
    if ((first.value & mask) >>> 0 === first.value)
      return { version: 4, bytes: octetsOf(first.value), length: last.value };
  }
  const prefix = prefixOf(addressOf(first), last.value);
  const network = prefixAddress(prefix);
  if (network !== first.text) {
    const written = `${first.text}/${last.value}`;
    const message = `Invalid IPv${prefix.version} prefix ${written}, maybe you wanted ${network}/${last.value}`;
    const hint = `${network}/${last.value} is ${addressRange(prefix)}; the address alone is ${first.text}/${whole}.`;
    stream.failBetween(message, first, last, hint);
  }
  return prefix;
}

function octetsOf(word: number): Uint8Array {
  const bytes = new Uint8Array(4);
  bytes[0] = word >>> 24;
  bytes[1] = word >>> 16;
  bytes[2] = word >>> 8;
  bytes[3] = word;
  return bytes;
}
