/**
 * Expressions of the filter language, by recursive descent. Weakest binding first:
 *
 *     expression := relation { ( '&&' | '||' ) relation }            one level: a || b && c is (a || b) && c
 *     relation   := bits [ ( '=' | '!=' | '<' | '<=' | '>' | '>=' | '~' | '!~' ) bits ]
 *     bits       := sum { ( '&' | '|' ) sum }
 *     sum        := product { ( '+' | '-' | '++' ) product }
 *     product    := unary { ( '*' | '/' | '%' ) unary }                  the last one in BIRD 1 alone
 *     unary      := '!' unary | primary { '.' WORD [ '(' arguments ')' ] }
 *     primary    := NUM | TEXT | BYTES | MAC | IP | RD | 'true' | 'false' | network | empty
 *                 | NAME [ '(' arguments ')' ] | '[' set ']' | '[=' mask '=]'
 *                 | '(' expression ')' | '(' expression ',' expression [ ',' expression ] ')'
 *                 | '(' kind ',' expression ',' expression ')'
 *     kind       := 'rt' | 'ro' | 'generic' | 'unknown' sum
 *     empty      := '+' 'empty' '+' | '-' 'empty' '-' | '-' '-' 'empty' '-' '-' | '-' '-' '-' 'empty' '-' '-' '-'
 *
 * Sets and masks are in parse-set.ts, networks in parse-network.ts.
 */
import type { Dialect } from '../dialect.ts';
import { atPrefix } from '../syntax/literals.ts';
import { type Token, TokenKind } from '../syntax/token.ts';
import type { TokenStream } from '../syntax/token-stream.ts';
import type { ArithmeticOperator, EcHead, Expression, LogicalOperator, RelationOperator } from './ast.ts';
import { NetworkParser } from './parse-network.ts';
import { SetParser } from './parse-set.ts';
import { BGPPATH, CLIST, ECLIST, LCLIST, type Type } from './types.ts';

/** Parentheses, brackets and calls inside each other. */
const DEEPEST_NESTING = 200;
/** Operands of one chain of equal strength; chains of `&&` and `||` have no limit. */
const LONGEST_CHAIN = 500;

const OTHER_FAMILY = 'This daemon is for IPv6; IPv4 has a daemon and files of its own.';

const RELATIONS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=', '~', '!~']);
const BITS: ReadonlySet<string> = new Set(['&', '|']);
const SUMS: ReadonlySet<string> = new Set(['+', '-', '++']);
const PRODUCTS: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  bird1: new Set(['*', '/', '%']),
  bird2: new Set(['*', '/']),
};
const EC_HEADS: ReadonlySet<string> = new Set(['rt', 'ro', 'generic', 'unknown']);
const EMPTY_TYPES: readonly Type[] = [CLIST, ECLIST, LCLIST];

export class ExpressionParser {
  readonly stream: TokenStream;
  private readonly products: ReadonlySet<string>;
  private readonly sets: SetParser;
  private readonly networks: NetworkParser;
  private nesting = 0;

  constructor(stream: TokenStream, dialect: Dialect) {
    this.stream = stream;
    this.products = PRODUCTS[dialect];
    this.networks = new NetworkParser(stream, { part: () => this.bits(), expression: () => this.expression() });
    this.sets = new SetParser(stream, {
      part: () => this.bits(),
      expression: () => this.expression(),
      prefix: () => this.networks.prefix(),
      ecHead: () => this.ecHead(),
    });
  }

  /** Forgets what was open when a statement failed. */
  recover(): void {
    this.nesting = 0;
  }

  expression(): Expression {
    const first = this.stream.peek();
    this.enter();
    const operands = [this.relation()];
    const operators: LogicalOperator[] = [];
    while (this.stream.atPunct('&&') || this.stream.atPunct('||')) {
      operators.push(this.stream.next().text as LogicalOperator);
      operands.push(this.relation());
    }
    this.nesting--;
    if (operators.length === 0) return operands[0]!;
    return { kind: 'logical', operands, operators, first, last: this.stream.previous() };
  }

  /** Set items up to and without the token behind them: labels of a `case` arm. */
  labels(): ReturnType<SetParser['items']> {
    return this.sets.items();
  }

  /** True if a label of a `case` arm stands next, and not a statement. */
  atLabel(): boolean {
    const { stream } = this;
    switch (stream.peek().kind) {
      case TokenKind.Number:
      case TokenKind.Ip4:
      case TokenKind.Ip6:
      case TokenKind.Rd:
      case TokenKind.Mac:
      case TokenKind.Quad:
        return true;
      case TokenKind.Punct:
        return stream.atPunct('(');
      case TokenKind.Word: {
        const after = stream.peek(1);
        return after.kind === TokenKind.Punct && (after.text === ':' || after.text === ',' || after.text === '..');
      }
      default:
        return false;
    }
  }

  private enter(): void {
    if (++this.nesting > DEEPEST_NESTING) this.stream.fail('Expression nested too deep');
  }

  private relation(): Expression {
    const left = this.bits();
    if (!this.atOperator(RELATIONS)) return left;
    const operator = this.stream.next().text as RelationOperator;
    const right = this.bits();
    if (this.atOperator(RELATIONS)) this.stream.failUnexpected();
    return { kind: 'relation', operator, left, right, first: left.first, last: right.last };
  }

  private bits(): Expression {
    return this.chain(BITS, () => this.sum());
  }

  private sum(): Expression {
    return this.chain(SUMS, () => this.chain(this.products, () => this.unary()));
  }

  private chain(operators: ReadonlySet<string>, operand: () => Expression): Expression {
    let left = operand();
    for (let length = 1; this.atOperator(operators); length++) {
      if (length > LONGEST_CHAIN) this.stream.fail('Expression too long');
      const operator = this.stream.next().text as ArithmeticOperator;
      const right = operand();
      left = { kind: 'arithmetic', operator, left, right, first: left.first, last: right.last };
    }
    return left;
  }

  private atOperator(operators: ReadonlySet<string>): boolean {
    const token = this.stream.peek();
    return token.kind === TokenKind.Punct && operators.has(token.text);
  }

  private unary(): Expression {
    const { stream } = this;
    const first = stream.peek();
    if (!stream.atPunct('!')) return this.postfix(this.primary());
    this.enter();
    stream.next();
    const operand = this.unary();
    this.nesting--;
    return { kind: 'not', operand, first, last: operand.last };
  }

  /** `.member` and `.method(args)` behind an operand, any number of them. */
  postfix(operand: Expression): Expression {
    const { stream } = this;
    let object = operand;
    for (let length = 1; stream.atPunct('.'); length++) {
      if (length > LONGEST_CHAIN) stream.fail('Expression too long');
      stream.next();
      if (!stream.atKind(TokenKind.Word)) stream.failUnexpected();
      const member = stream.next();
      const args = stream.atPunct('(') ? this.args() : undefined;
      object = { kind: 'member', object, member, args, first: operand.first, last: stream.previous() };
    }
    return object;
  }

  /** `arguments := [ expression { ',' expression } ]`, with the parentheses. */
  args(): Expression[] {
    const { stream } = this;
    const args: Expression[] = [];
    stream.expectPunct('(');
    if (stream.acceptPunct(')')) return args;
    do args.push(this.expression());
    while (stream.acceptPunct(','));
    stream.expectPunct(')');
    return args;
  }

  /** Expressions with commas between, at least one. */
  list(): Expression[] {
    const list = [this.expression()];
    while (this.stream.acceptPunct(',')) list.push(this.expression());
    return list;
  }

  private primary(): Expression {
    const { stream } = this;
    const first = stream.peek();
    switch (first.kind) {
      case TokenKind.Number:
        stream.next();
        return { kind: 'number', value: first.value, first, last: first };
      case TokenKind.Text:
        stream.next();
        return { kind: 'string', value: first.text, first, last: first };
      case TokenKind.Bytes:
        stream.next();
        return { kind: 'bytes', digits: first.text, first, last: first };
      case TokenKind.Mac:
        stream.next();
        return this.mac(first);
      case TokenKind.Ip4:
      case TokenKind.Ip6:
        if (atPrefix(stream)) return this.networks.ofPrefix(undefined);
        stream.next();
        return { kind: 'ip', text: first.text, first, last: first };
      case TokenKind.Quad:
        stream.next();
        if (stream.atPunct('/')) stream.fail("syntax error, unexpected '/'", stream.peek(), OTHER_FAMILY);
        return { kind: 'quad', value: first.value, first, last: first };
      case TokenKind.Rd:
        stream.next();
        if (atPrefix(stream)) return this.networks.ofPrefix(first);
        return { kind: 'rd', text: first.text, first, last: first };
      case TokenKind.Word:
        return this.word(stream.next());
      case TokenKind.Punct:
        return this.bracket(first.text);
      default:
        return stream.failUnexpected();
    }
  }

  private bracket(opening: string): Expression {
    this.enter();
    const inner =
      opening === '('
        ? this.parenthesis()
        : opening === '['
          ? this.sets.set()
          : opening === '[='
            ? this.sets.mask()
            : this.empty();
    this.nesting--;
    return inner;
  }

  private word(first: Token): Expression {
    if (first.text === 'true' || first.text === 'false') {
      return { kind: 'bool', value: first.text === 'true', first, last: first };
    }
    const network = this.networks.ofWord(first);
    if (network !== undefined) return network;
    if (!this.stream.atPunct('(')) return { kind: 'name', name: first.text, first, last: first };
    const args = this.args();
    return { kind: 'call', name: first.text, args, first, last: this.stream.previous() };
  }

  private empty(): Expression {
    const { stream } = this;
    const first = stream.peek();
    if (stream.acceptPunct('+')) {
      stream.expectWord('empty');
      const last = stream.expectPunct('+');
      return { kind: 'empty', type: BGPPATH, first, last };
    }
    if (!stream.acceptPunct('-')) stream.failUnexpected();
    let signs = 1;
    while (signs < 3 && stream.acceptPunct('-')) signs++;
    if (!stream.atWords('empty')) stream.failUnexpected(["'-'", 'EMPTY']);
    stream.next();
    for (let i = 0; i < signs; i++) stream.expectPunct('-');
    return { kind: 'empty', type: EMPTY_TYPES[signs - 1]!, first, last: stream.previous() };
  }

  private mac(first: Token): Expression {
    const mac: Expression = { kind: 'mac', value: first.value, first, last: first };
    return this.stream.atWords('vlan') ? this.networks.ofMac(first, mac) : mac;
  }

  /** A network, the name of one, or an expression in parentheses: what static routes begin with. */
  network(): Expression {
    return this.primary();
  }

  /** Behind `(`: takes the kind of an extended community and its comma, if one stands there. */
  private ecHead(): EcHead | undefined {
    const { stream } = this;
    const token = stream.peek();
    if (token.kind !== TokenKind.Word || !EC_HEADS.has(token.text)) return undefined;
    const word = token.text as EcHead['word'];
    if (word === 'unknown') {
      stream.next();
      const number = this.bits();
      stream.expectPunct(',');
      return { word, number };
    }
    const comma = stream.peek(1);
    if (comma.kind !== TokenKind.Punct || comma.text !== ',') return undefined;
    stream.next();
    stream.next();
    return { word, number: undefined };
  }

  private parenthesis(): Expression {
    const { stream } = this;
    const first = stream.expectPunct('(');
    const head = this.ecHead();
    const one = this.expression();
    if (head === undefined && stream.acceptPunct(')')) return { ...one, first, last: stream.previous() };
    stream.expectPunct(',');
    const two = this.expression();
    if (head !== undefined || stream.atPunct(')')) {
      stream.expectPunct(')');
      const span = { first, last: stream.previous() };
      return head === undefined
        ? { kind: 'pair', parts: [one, two], ...span }
        : { kind: 'ec', head, parts: [one, two], ...span };
    }
    stream.expectPunct(',');
    const three = this.expression();
    return { kind: 'lc', parts: [one, two, three], first, last: stream.expectPunct(')') };
  }
}
