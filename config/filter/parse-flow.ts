/**
 * Flow specifications as they are written.
 *
 *     flow      := ( 'flow4' | 'flow6' ) '{' { component ';' } '}'
 *     component := ( 'dst' | 'src' ) prefix [ 'offset' sum ]                            an offset in flow6 alone
 *                | ( 'proto' | 'next' 'header' | 'port' | 'dport' | 'sport' | 'icmp' 'type' | 'icmp' 'code' | 'length'
 *                  | 'dscp' | 'label' ) numbers
 *                | 'tcp' 'flags' bits { joint bits } | 'fragment' flag { joint flag }
 *     numbers   := ( compare | plain ) { '&&' compare | '||' ( compare | plain ) }
 *     compare   := ( '=' | '!=' | '<' | '<=' | '>' | '>=' | 'true' | 'false' ) value
 *     plain     := value [ '..' value ] { ',' value [ '..' value ] }
 *     bits      := [ '!' ] value '/' value
 *     flag      := [ '!' ] ( 'dont_fragment' | 'is_fragment' | 'first_fragment' | 'last_fragment' )
 *     joint     := '&&' | ',' | '||'
 */
import { type Token, TokenKind } from '../syntax/token.ts';
import type { TokenStream } from '../syntax/token-stream.ts';
import type { Expression, FlowPart, FlowTermPart, PrefixLiteral, Span } from './ast.ts';
import { FlowCompare, FlowMatch, FlowType, FRAGMENT_WORDS } from './flow.ts';

/** Components of numbers: their words, and their type. */
const NUMBERS: readonly (readonly [string, number])[] = [
  ['proto', FlowType.Protocol],
  ['next header', FlowType.Protocol],
  ['port', FlowType.Port],
  ['dport', FlowType.DestinationPort],
  ['sport', FlowType.SourcePort],
  ['icmp type', FlowType.IcmpType],
  ['icmp code', FlowType.IcmpCode],
  ['length', FlowType.Length],
  ['dscp', FlowType.Dscp],
  ['label', FlowType.Label],
];

const COMPONENT_WORDS = ['dst', 'src', 'tcp', 'fragment', ...NUMBERS.map(([words]) => words.split(' ')[0]!)];

/** What flow specifications need of the parser of expressions. */
export interface FlowReaders {
  prefix(): PrefixLiteral;
  /** A number, a name, or an expression in parentheses. */
  value(): Expression;
}

export class FlowParser {
  private readonly stream: TokenStream;
  private readonly readers: FlowReaders;

  constructor(stream: TokenStream, readers: FlowReaders) {
    this.stream = stream;
    this.readers = readers;
  }

  /** Behind `flow4` or `flow6`. */
  rule(first: Token): Expression {
    const { stream } = this;
    const version = first.text === 'flow4' ? 4 : 6;
    const parts: FlowPart[] = [];
    stream.expectPunct('{');
    while (!stream.atPunct('}')) {
      parts.push(this.component());
      stream.expectPunct(';');
    }
    return { kind: 'flow', version, parts, first, last: stream.expectPunct('}') };
  }

  private component(): FlowPart {
    const { stream } = this;
    const first = stream.peek();
    const span = (): Span => ({ first, last: stream.previous() });
    for (const [word, type] of [
      ['dst', FlowType.Destination],
      ['src', FlowType.Source],
    ] as const) {
      if (!stream.acceptWords(word)) continue;
      const prefix = stream.atKind(TokenKind.Word) ? this.readers.value() : this.readers.prefix();
      const offset = stream.acceptWords('offset') ? this.readers.value() : undefined;
      return { kind: 'prefix', type, prefix, offset, ...span() };
    }
    if (stream.acceptWords('tcp', 'flags')) {
      return { kind: 'bits', type: FlowType.TcpFlags, terms: this.list(() => this.bits()), ...span() };
    }
    if (stream.acceptWords('fragment')) {
      return { kind: 'flags', type: FlowType.Fragment, terms: this.list(() => this.flag()), ...span() };
    }
    for (const [words, type] of NUMBERS) {
      if (!stream.acceptWords(...words.split(' '))) continue;
      return { kind: 'numbers', type, words, terms: this.numbers(), ...span() };
    }
    return stream.failUnexpected([], COMPONENT_WORDS);
  }

  private numbers(): FlowTermPart[] {
    const { stream } = this;
    const terms: FlowTermPart[] = [];
    if (!this.compare(terms, false)) this.plain(terms);
    for (;;) {
      if (stream.acceptPunct('&&')) {
        if (!this.compare(terms, true)) stream.failUnexpected();
      } else if (stream.acceptPunct('||')) {
        if (!this.compare(terms, false)) this.plain(terms);
      } else if (stream.atPunct(';')) {
        return terms;
      } else {
        stream.failUnexpected(['AND', 'OR', "';'"]);
      }
    }
  }

  /** `compare`; false, with nothing taken, if none stands next. */
  private compare(terms: FlowTermPart[], and: boolean): boolean {
    const { stream } = this;
    const token = stream.peek();
    const isSign = token.kind === TokenKind.Punct || (token.kind === TokenKind.Word && isTruth(token.text));
    const operator = isSign ? FlowCompare[token.text] : undefined;
    if (operator === undefined) return false;
    stream.next();
    terms.push({ and, operator, value: this.readers.value(), mask: undefined });
    return true;
  }

  private plain(terms: FlowTermPart[]): void {
    const { stream } = this;
    do {
      const value = this.readers.value();
      if (stream.acceptPunct('..')) {
        terms.push({ and: false, operator: FlowCompare['>=']!, value, mask: undefined });
        terms.push({ and: true, operator: FlowCompare['<=']!, value: this.readers.value(), mask: undefined });
      } else {
        terms.push({ and: false, operator: FlowCompare['=']!, value, mask: undefined });
      }
    } while (stream.acceptPunct(','));
  }

  private list(read: () => Omit<FlowTermPart, 'and'>): FlowTermPart[] {
    const { stream } = this;
    const terms: FlowTermPart[] = [{ and: false, ...read() }];
    for (;;) {
      if (stream.acceptPunct('&&') || stream.acceptPunct(',')) terms.push({ and: true, ...read() });
      else if (stream.acceptPunct('||')) terms.push({ and: false, ...read() });
      else return terms;
    }
  }

  private bits(): Omit<FlowTermPart, 'and'> {
    const { stream } = this;
    const operator = stream.acceptPunct('!') ? FlowMatch.Not : 0;
    const value = this.readers.value();
    stream.expectPunct('/');
    return { operator, value, mask: this.readers.value() };
  }

  private flag(): Omit<FlowTermPart, 'and'> {
    const { stream } = this;
    const operator = stream.acceptPunct('!') ? FlowMatch.Not : 0;
    const first = stream.peek();
    const bit = first.kind === TokenKind.Word ? FRAGMENT_WORDS.get(first.text) : undefined;
    if (bit === undefined) return stream.failUnexpected([], FRAGMENT_WORDS.keys());
    stream.next();
    return { operator, value: { kind: 'number', value: bit, first, last: first }, mask: undefined };
  }
}

function isTruth(word: string): boolean {
  return word === 'true' || word === 'false';
}
