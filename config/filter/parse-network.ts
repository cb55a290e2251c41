/**
 * Networks of every kind that tables hold.
 *
 *     network := prefix | RD prefix | prefix 'max' sum 'as' sum | prefix 'from' prefix
 *              | flow                                             (parse-flow.ts)
 *              | 'mpls' value | 'aspa' value | [ 'eth' ] MAC 'vlan' value | 'eth' MAC
 *              | 'neighbor' IP
 *              | 'evpn' 'ead' RD value ESI | 'evpn' 'mac' RD value MAC ( IP | '*' )
 *              | 'evpn' 'imet' RD value IP | 'evpn' 'es' RD ESI IP
 *     value   := NUM | NAME | '(' expression ')'
 *
 * Every operand may be a name or an expression in parentheses; an ESI is ten octets (RFC 7432 section 5). A MAC address
 * alone is a value of type mac.
 */
import { prefixAddress } from '../../bgp/index.ts';
import { readPrefix } from '../syntax/literals.ts';
import { type Token, TokenKind } from '../syntax/token.ts';
import type { TokenStream } from '../syntax/token-stream.ts';
import type { Expression, NetworkLiteral, PrefixLiteral } from './ast.ts';
import { FlowParser } from './parse-flow.ts';

/** What networks need of the parser of expressions. */
export interface NetworkReaders {
  part(): Expression;
  expression(): Expression;
}

type Of = NetworkLiteral['of'];

/** Operands besides the first ones, by the kind of an EVPN route (RFC 7432 section 7). */
const EVPN: Readonly<Record<string, Of>> = {
  ead: 'evpn ead',
  mac: 'evpn mac',
  imet: 'evpn imet',
  es: 'evpn es',
};
const EVPN_OPERANDS: Readonly<Record<string, number>> = { ead: 3, mac: 4, imet: 3, es: 3 };

export class NetworkParser {
  private readonly stream: TokenStream;
  private readonly readers: NetworkReaders;
  private readonly flows: FlowParser;

  constructor(stream: TokenStream, readers: NetworkReaders) {
    this.stream = stream;
    this.readers = readers;
    this.flows = new FlowParser(stream, { prefix: () => this.prefix(), value: () => this.value() });
  }

  /** At an address with a length behind it; `rd`: what was taken before. */
  ofPrefix(rd: Token | undefined): PrefixLiteral {
    const { stream } = this;
    const prefix = this.prefix();
    if (rd !== undefined) return { ...prefix, rd: rd.text, first: rd };
    if (stream.acceptWords('max')) {
      const maxLength = this.readers.part();
      stream.expectWord('as');
      const asn = this.readers.part();
      return { ...prefix, roa: { maxLength, asn }, last: stream.previous() };
    }
    if (stream.acceptWords('from')) {
      const from = this.prefix();
      return { ...prefix, from, last: stream.previous() };
    }
    return prefix;
  }

  prefix(): PrefixLiteral {
    const first = this.stream.peek();
    const prefix = readPrefix(this.stream);
    return {
      kind: 'prefix',
      address: prefixAddress(prefix),
      length: prefix.length,
      rd: undefined,
      roa: undefined,
      from: undefined,
      first,
      last: this.stream.previous(),
    };
  }

  /** A network that begins with the word that was taken; `undefined`, with nothing more taken, if it begins none. */
  ofWord(first: Token): Expression | undefined {
    const { stream } = this;
    const after = stream.peek();
    const starts = (...kinds: readonly TokenKind[]): boolean => kinds.includes(after.kind);
    switch (first.text) {
      case 'flow4':
      case 'flow6':
        return stream.atPunct('{') ? this.flows.rule(first) : undefined;
      case 'mpls':
      case 'aspa': {
        // As a name it is followed by an operator, as a function by what it is called with.
        const isLiteral = starts(TokenKind.Number) || (stream.atPunct('(') && !stream.isSymbol(first.text));
        return isLiteral ? this.network(first.text, first, [this.value()]) : undefined;
      }
      case 'eth':
        return starts(TokenKind.Mac) ? this.ofMac(first, this.operand()) : undefined;
      case 'neighbor':
        return starts(TokenKind.Ip4, TokenKind.Ip6) ? this.network('neighbor', first, [this.operand()]) : undefined;
      case 'evpn':
        return this.evpn(first);
      default:
        return undefined;
    }
  }

  /** Behind a MAC address that was taken as `mac`. */
  ofMac(first: Token, mac: Expression): Expression {
    const vlan = this.stream.acceptWords('vlan') ? [this.value()] : [];
    return this.network('eth', first, [mac, ...vlan]);
  }

  private evpn(first: Token): Expression | undefined {
    const { stream } = this;
    const word = stream.peek();
    const of = word.kind === TokenKind.Word ? EVPN[word.text] : undefined;
    if (of === undefined) {
      if (stream.isSymbol(first.text) || word.kind !== TokenKind.Word) return undefined;
      return stream.failUnexpected(['EAD', 'MAC', 'IMET', 'ES'], Object.keys(EVPN));
    }
    stream.next();
    const operands: Expression[] = [];
    for (let i = EVPN_OPERANDS[word.text]!; i > 0; i--) {
      // A route for the MAC address alone.
      if (of === 'evpn mac' && i === 1 && stream.acceptPunct('*')) break;
      operands.push(this.operand());
    }
    return this.network(of, first, operands);
  }

  private network(of: Of, first: Token, operands: readonly Expression[]): NetworkLiteral {
    return { kind: 'network', of, operands, first, last: this.stream.previous() };
  }

  private value(): Expression {
    const { stream } = this;
    const first = stream.peek();
    if (first.kind === TokenKind.Number) {
      stream.next();
      return { kind: 'number', value: first.value, first, last: first };
    }
    if (first.kind === TokenKind.Word) {
      stream.next();
      return { kind: 'name', name: first.text, first, last: first };
    }
    if (!stream.acceptPunct('(')) stream.failUnexpected(['NUM', 'CF_SYM_KNOWN', "'('"]);
    const value = this.readers.expression();
    return { ...value, first, last: stream.expectPunct(')') };
  }

  private operand(): Expression {
    const { stream } = this;
    const first = stream.peek();
    const span = { first, last: first };
    switch (first.kind) {
      case TokenKind.Rd:
        stream.next();
        return { kind: 'rd', text: first.text, ...span };
      case TokenKind.Bytes:
        stream.next();
        return { kind: 'bytes', digits: first.text, ...span };
      case TokenKind.Mac:
        stream.next();
        return { kind: 'mac', value: first.value, ...span };
      case TokenKind.Ip4:
      case TokenKind.Ip6:
        stream.next();
        return { kind: 'ip', text: first.text, ...span };
      default:
        return this.value();
    }
  }
}
