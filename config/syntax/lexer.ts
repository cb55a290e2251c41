/**
 * Text to tokens, one at a time, by character code. Shared by the configuration, its filters, and the commands of the
 * control socket.
 *
 *     comment   # to the end of the line        / * ... * / (not nested)
 *     symbol    [A-Za-z_][A-Za-z0-9_]*          '[A-Za-z0-9_.:-]*'
 *     number    [0-9]+   0x[0-9a-f]+            unsigned 32 bit
 *     string    "..."                           one line, no escapes
 *     address   1.2.3.4      2001:db8::1        IPv6 needs `::` or three colons
 *     RD        65000:1   0:65000:1   2:70000:1   10.0.0.1:1
 *     MAC       02:00:00:00:00:01
 *     octets    hex:01:02   or ten and more pairs with or without colons
 *
 * The lexer does not join `address / length` to a prefix: blanks around the slash are legal and the length has rules
 * of its own (see `literals.ts`).
 */
import { formatIpv4Word, parseIp } from '../../bgp/index.ts';
import { whyNoIpv6 } from './address-help.ts';
import { ConfigError, diagnosticAt } from './diagnostic.ts';
import type { Source } from './source.ts';
import { type Token, TokenKind } from './token.ts';

/** Longest string, in characters; a configuration line cannot need more. */
const LONGEST_STRING = 4096;
/** Longest symbol; names become file names, log fields and columns of `show protocols`. */
const LONGEST_SYMBOL = 64;

const OPERATORS2 = new Set(['!=', '!~', '<=', '>=', '&&', '||', '->', '++', '[=', '=]', '..']);
const OPERATORS1 = '=<>~!+-*/%.,;:(){}[]|&?';

const Space = 1;
const Digit = 2;
const Letter = 4;
const Hex = 8;
/** Class bits of each ASCII character. */
const CLASS = new Uint8Array(128);
for (const char of ' \t\n\r\f\v') CLASS[char.charCodeAt(0)]! |= Space;
for (const char of '0123456789') CLASS[char.charCodeAt(0)]! |= Digit | Hex;
for (const char of 'abcdefABCDEF') CLASS[char.charCodeAt(0)]! |= Hex;
for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_') CLASS[char.charCodeAt(0)]! |= Letter;

const COLON = 58;

function classOf(code: number): number {
  return code < 128 ? CLASS[code]! : 0;
}

export class Lexer {
  readonly source: Source;
  private readonly text: string;
  private at = 0;

  constructor(source: Source) {
    this.source = source;
    this.text = source.text;
  }

  /** The next token; at the end of the text an `End` token, again and again. Throws `ConfigError`. */
  next(): Token {
    this.skipBlanks();
    const start = this.at;
    if (start >= this.text.length) return this.token(TokenKind.End, start, start, '');
    const code = this.text.charCodeAt(start);
    const kind = classOf(code);
    if ((kind & Hex) !== 0 || code === COLON) {
      const literal = this.colonLiteral(start);
      if (literal !== undefined) return literal;
    }
    if ((kind & Digit) !== 0) return this.digits(start);
    if ((kind & Letter) !== 0) return this.word(start);
    if (code === 34) return this.string(start);
    if (code === 39) return this.quotedSymbol(start);
    return this.operator(start);
  }

  /** True if nothing but blanks stands before `offset` on its line: where `include` counts. */
  startsLine(offset: number): boolean {
    for (let i = offset - 1; i >= 0; i--) {
      const code = this.text.charCodeAt(i);
      if (code === 10) return true;
      if (code !== 32 && code !== 9) return false;
    }
    return true;
  }

  private skipBlanks(): void {
    const text = this.text;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if ((classOf(code) & Space) !== 0 && this.at < text.length) {
        this.at++;
      } else if (code === 35) {
        const end = text.indexOf('\n', this.at);
        this.at = end < 0 ? text.length : end;
      } else if (code === 47 && text.charCodeAt(this.at + 1) === 42) {
        this.skipComment();
      } else {
        return;
      }
    }
  }

  private skipComment(): void {
    const start = this.at;
    const end = this.text.indexOf('*/', start + 2);
    const inner = this.text.indexOf('/*', start + 2);
    if (inner >= 0 && (end < 0 || inner < end)) this.fail(inner, inner + 2, 'Comment nesting not supported');
    if (end < 0) this.fail(start, start + 2, 'Unterminated comment');
    this.at = end + 2;
  }

  /**
   * Everything that is made of hexadecimal digits and colons: IPv6 addresses, octet strings with colons, route
   * distinguishers. `undefined`: the run is none of them and other rules apply.
   */
  private colonLiteral(start: number): Token | undefined {
    const text = this.text;
    let end = start;
    let colons = 0;
    let double = false;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === COLON) {
        colons++;
        if (text.charCodeAt(end - 1) === COLON && end > start) double = true;
      } else if ((classOf(code) & Hex) === 0) {
        break;
      }
    }
    if (colons === 0) return this.plainOctets(start, end);
    const run = text.slice(start, end);
    if (colons >= 9 && /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){9,}$/.test(run)) {
      return this.token(TokenKind.Bytes, start, end, run.replaceAll(':', '').toLowerCase());
    }
    if (colons === 5 && run.length === 17 && /^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/.test(run)) {
      const value = Number.parseInt(run.replaceAll(':', ''), 16);
      return this.token(TokenKind.Mac, start, end, run.toLowerCase(), value);
    }
    if (double || colons >= 3) return this.ip6(start, end);
    return undefined;
  }

  /** Ten or more pairs of hexadecimal digits in one run. */
  private plainOctets(start: number, end: number): Token | undefined {
    if (end - start < 20 || (end - start) % 2 !== 0 || this.continuesWord(end)) return undefined;
    return this.token(TokenKind.Bytes, start, end, this.text.slice(start, end).toLowerCase());
  }

  private ip6(start: number, runEnd: number): Token {
    let end = runEnd;
    // The last group may be a dotted quad.
    if (this.text.charCodeAt(end) === 46) {
      const quad = /^(?:\.[0-9]{1,3}){3}(?![0-9a-zA-Z_])/.exec(this.text.slice(end, end + 13));
      if (quad !== null) end += quad[0].length;
    } else if (this.text.charCodeAt(end - 1) === COLON && this.text.charCodeAt(end - 2) !== COLON) {
      // `fe80::1:` is an address and the colon of a case label.
      end--;
    }
    const written = this.text.slice(start, end);
    const ip = parseIp(written);
    if (ip === undefined) this.fail(start, end, `Invalid IPv6 address ${written}`, whyNoIpv6(written));
    return this.token(TokenKind.Ip6, start, end, ip);
  }

  /** A token that begins with a decimal digit. */
  private digits(start: number): Token {
    const text = this.text;
    if (text.charCodeAt(start) === 48 && text[start + 1] === 'x' && (classOf(text.charCodeAt(start + 2)) & Hex) !== 0) {
      let end = start + 2;
      while ((classOf(text.charCodeAt(end)) & Hex) !== 0) end++;
      return this.number(start, end, Number.parseInt(text.slice(start + 2, end), 16));
    }
    const end = this.digitsEnd(start);
    if (text.charCodeAt(end) === 46) {
      const quad = this.quad(start, end);
      if (quad !== undefined) return quad;
    }
    if (text.charCodeAt(end) === COLON) {
      const rd = this.routeDistinguisher(start, end);
      if (rd !== undefined) return rd;
    }
    return this.number(start, end, Number(text.slice(start, end)));
  }

  private digitsEnd(start: number): number {
    let end = start;
    while ((classOf(this.text.charCodeAt(end)) & Digit) !== 0) end++;
    return end;
  }

  private number(start: number, end: number, value: number): Token {
    if (!(value <= 0xffffffff)) this.fail(start, end, 'Number out of range');
    return this.token(TokenKind.Number, start, end, this.text.slice(start, end), value);
  }

  /** `a.b.c.d`, or `a.b.c.d:n` which is a route distinguisher. Leading zeros are decimal, as in BIRD. */
  private quad(start: number, firstEnd: number): Token | undefined {
    let end = firstEnd;
    let word = 0;
    let bad = end - start > 3;
    let from = start;
    for (let part = 0; part < 4; part++) {
      const value = Number(this.text.slice(from, end));
      if (value > 255) bad = true;
      word = ((word << 8) | (value & 255)) >>> 0;
      if (part === 3) break;
      if (this.text.charCodeAt(end) !== 46) return undefined;
      from = end + 1;
      end = this.digitsEnd(from);
      if (end === from) return undefined;
    }
    if (bad) this.fail(start, end, `Invalid IPv4 address ${this.text.slice(start, end)}`);
    const rdEnd = this.text.charCodeAt(end) === COLON ? this.digitsEnd(end + 1) : end;
    if (rdEnd > end + 1) return this.rd(start, rdEnd, formatIpv4Word(word) + this.text.slice(end, rdEnd));
    return this.token(TokenKind.Ip4, start, end, formatIpv4Word(word), word);
  }

  /** `asn:number` or `type:asn:number`, from the first colon on. */
  private routeDistinguisher(start: number, firstColon: number): Token | undefined {
    const secondEnd = this.digitsEnd(firstColon + 1);
    if (secondEnd === firstColon + 1) return undefined;
    const typed = firstColon - start === 1 && '012'.includes(this.text[start]!);
    if (typed && this.text.charCodeAt(secondEnd) === COLON) {
      const thirdEnd = this.digitsEnd(secondEnd + 1);
      if (thirdEnd > secondEnd + 1) return this.rd(start, thirdEnd);
    }
    return this.rd(start, secondEnd);
  }

  /** `written`: with the address as it is usually written. */
  private rd(start: number, end: number, written = this.text.slice(start, end)): Token {
    const parts = written.split(':');
    const [high, low] = parts.length === 3 ? [parts[1]!, parts[2]!] : [parts[0]!, parts[1]!];
    const type = parts.length === 3 ? Number(parts[0]) : high.includes('.') ? 1 : Number(high) > 0xffff ? 2 : 0;
    const highLimit = type === 0 ? 0xffff : 0xffffffff;
    const lowLimit = type === 0 ? 0xffffffff : 0xffff;
    if ((!high.includes('.') && !(Number(high) <= highLimit)) || !(Number(low) <= lowLimit)) {
      this.fail(start, end, 'Invalid route distinguisher');
    }
    return this.token(TokenKind.Rd, start, end, written);
  }

  private word(start: number): Token {
    const text = this.text;
    let end = start + 1;
    while (this.continuesWord(end)) end++;
    const name = text.slice(start, end);
    if (name === 'hex' && text.charCodeAt(end) === COLON) {
      const octets = /^:([0-9a-fA-F]{2}(?::?[0-9a-fA-F]{2})*)?(?![0-9a-zA-Z_])/.exec(
        text.slice(end, end + 2 * LONGEST_STRING),
      );
      if (octets !== null) {
        const digits = (octets[1] ?? '').replaceAll(':', '').toLowerCase();
        return this.token(TokenKind.Bytes, start, end + octets[0].length, digits);
      }
    }
    if (name === 'else' && text.charCodeAt(end) === COLON) return this.token(TokenKind.Punct, start, end + 1, 'else:');
    if (name.length > LONGEST_SYMBOL) this.fail(start, end, 'Symbol too long');
    return this.token(TokenKind.Word, start, end, name);
  }

  private continuesWord(at: number): boolean {
    return (classOf(this.text.charCodeAt(at)) & (Letter | Digit)) !== 0;
  }

  private string(start: number): Token {
    const end = this.text.indexOf('"', start + 1);
    const line = this.text.indexOf('\n', start + 1);
    if (end < 0 || (line >= 0 && line < end)) {
      this.fail(start, line < 0 ? this.text.length : line, 'Unterminated string');
    }
    if (end - start - 1 > LONGEST_STRING) this.fail(start, end, 'String too long');
    return this.token(TokenKind.Text, start, end + 1, this.text.slice(start + 1, end));
  }

  private quotedSymbol(start: number): Token {
    let end = start + 1;
    for (; ; end++) {
      const code = this.text.charCodeAt(end);
      if (end >= this.text.length || code === 10) this.fail(start, end, 'Unterminated symbol');
      if (code === 39) break;
      if ((classOf(code) & (Letter | Digit)) === 0 && !'.:-'.includes(this.text[end]!)) {
        this.fail(end, end + 1, 'Invalid character in apostrophed symbol');
      }
    }
    if (end - start - 1 > LONGEST_SYMBOL) this.fail(start, end + 1, 'Symbol too long');
    return this.token(TokenKind.Word, start, end + 1, this.text.slice(start + 1, end));
  }

  private operator(start: number): Token {
    const two = this.text.slice(start, start + 2);
    if (OPERATORS2.has(two)) return this.token(TokenKind.Punct, start, start + 2, two);
    const one = this.text[start]!;
    if (!OPERATORS1.includes(one)) {
      const wide = this.text.codePointAt(start)! > 0xffff ? 2 : 1;
      this.fail(start, start + wide, 'Unknown character');
    }
    return this.token(TokenKind.Punct, start, start + 1, one);
  }

  private token(kind: TokenKind, start: number, end: number, text: string, value = 0): Token {
    this.at = end;
    return { kind, source: this.source, start, end, text, value };
  }

  /** Leaves the lexer behind the bad text, so that the parser may go on after it. */
  private fail(start: number, end: number, message: string, hint?: string): never {
    this.at = Math.max(end, start + 1);
    throw new ConfigError(diagnosticAt(this.source, start, end, message, { hint }));
  }
}
