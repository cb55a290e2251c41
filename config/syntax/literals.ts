/**
 * Literals that are more than one token: prefixes. Both the statements of the configuration and its filters read them
 * here, so that host bits and lengths are judged in one place.
 */
import { type Ip, ipVersion, type Prefix, parseIp, prefixAddress, prefixOf } from '../../bgp/index.ts';
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

/** `address := IP4 | IP6` */
export function readAddress(stream: TokenStream): Ip {
  if (!atAddress(stream)) stream.failUnexpected(['IP4', 'IP6']);
  return addressOf(stream.next());
}

/** The address of an Ip4 or Ip6 token. */
export function addressOf(token: Token): Ip {
  return parseIp(token.text)!;
}

/**
 * `prefix := (IP4 | IP6) '/' NUM`
 *
 * Bits beyond the length must be zero: whoever writes 10.0.0.1/8 meant either another address or another length.
 */
export function readPrefix(stream: TokenStream): Prefix {
  const first = stream.peek();
  const address = readAddress(stream);
  stream.expectPunct('/');
  const last = stream.expectKind(TokenKind.Number);
  const version = ipVersion(address);
  if (last.value > (version === 4 ? 32 : 128)) stream.fail(`Invalid prefix length ${last.value}`, last);
  const prefix = prefixOf(address, last.value);
  const network = prefixAddress(prefix);
  if (network !== address) {
    const message = `Invalid IPv${version} prefix ${address}/${last.value}, maybe you wanted ${network}/${last.value}`;
    const whole = version === 4 ? 32 : 128;
    const hint = `${network}/${last.value} is ${addressRange(prefix)}; the address alone is ${address}/${whole}.`;
    stream.failBetween(message, first, last, hint);
  }
  return prefix;
}
