/**
 * What the lexer finds. Words are not sorted into keywords and names here: BIRD's language has several hundred words
 * that mean something in one place only, so the parser asks for the word that it expects.
 */
import type { Source } from './source.ts';

export const TokenKind = {
  /** End of the whole input. */
  End: 0,
  /** A bare or quoted symbol; `text` is the name without quotes. */
  Word: 1,
  /** `value` is the number, 0..4294967295. */
  Number: 2,
  /** `text` is the string without quotes. */
  Text: 3,
  /** `text` is the canonical `Ip`, `value` the address as an unsigned number. */
  Ip4: 4,
  /** `text` is the canonical `Ip`. */
  Ip6: 5,
  /** Route distinguisher as written: `65000:1`, `2:70000:1`, `10.0.0.1:1`. */
  Rd: 6,
  /** `text` is pairs of lower-case hexadecimal digits, without separators. */
  Bytes: 7,
  /** `text` is the operator. `else:` is one of them (the default arm of `case`). */
  Punct: 8,
  /** `value` is the MAC address as a number of 48 bits, `text` its canonical form. */
  Mac: 9,
  /** A dotted quad where addresses are IPv6 ones: `value` is the number, as of a router id. */
  Quad: 10,
} as const;
export type TokenKind = (typeof TokenKind)[keyof typeof TokenKind];

export interface Token {
  readonly kind: TokenKind;
  readonly source: Source;
  /** Offsets into `source.text`: [start, end). */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly value: number;
}
