/**
 * Sets and AS path masks.
 *
 *     set    := '[' [ items ] ']'
 *     items  := item { ',' item }
 *     item   := value [ '..' value ]
 *             | prefix [ '+' | '-' | '{' NUM ',' NUM '}' ]
 *             | '(' [ kind ',' ] part ',' part [ ',' part ] ')' [ '..' '(' sum ',' sum [ ',' sum ] ')' ]
 *     value  := NUM | IP | RD | MAC | NAME | '(' expression ')'
 *     part   := '*' | sum [ '..' sum ]
 *
 *     mask   := '[=' { step } '=]'
 *     step   := NUM [ '..' NUM ] | '*' | '?' | '+' | NAME | '(' expression ')' | set
 *
 * `case` labels are items too.
 */
import { atPrefix } from '../syntax/literals.ts';
import { TokenKind } from '../syntax/token.ts';
import type { TokenStream } from '../syntax/token-stream.ts';
import type { EcHead, Expression, MaskPart, PrefixLiteral, SetItem, SetPart } from './ast.ts';

/** What sets need of the parser of expressions. */
export interface ExpressionReaders {
  part(): Expression;
  expression(): Expression;
  prefix(): PrefixLiteral;
  ecHead(): EcHead | undefined;
}

export class SetParser {
  private readonly stream: TokenStream;
  private readonly readers: ExpressionReaders;

  constructor(stream: TokenStream, readers: ExpressionReaders) {
    this.stream = stream;
    this.readers = readers;
  }

  set(): Expression {
    const { stream } = this;
    const first = stream.expectPunct('[');
    const items = stream.atPunct(']') ? [] : this.items();
    return { kind: 'set', items, first, last: stream.expectPunct(']') };
  }

  items(): SetItem[] {
    const items = [this.item()];
    while (this.stream.acceptPunct(',')) items.push(this.item());
    return items;
  }

  private item(): SetItem {
    const { stream } = this;
    if (atPrefix(stream)) return this.prefixItem();
    const first = stream.peek();
    if (stream.atPunct('(')) return this.tuple();
    const from = this.value();
    const to = stream.acceptPunct('..') ? this.value() : undefined;
    return { kind: 'range', from, to, first, last: stream.previous() };
  }

  private prefixItem(): SetItem {
    const { stream, readers } = this;
    const prefix = readers.prefix();
    const longest = prefix.address.includes(':') ? 128 : 32;
    let low = prefix.length;
    let high = prefix.length;
    if (stream.acceptPunct('+')) high = longest;
    else if (stream.acceptPunct('-')) low = 0;
    else if (stream.acceptPunct('{')) {
      const from = stream.expectKind(TokenKind.Number);
      stream.expectPunct(',');
      const to = stream.expectKind(TokenKind.Number);
      low = from.value;
      high = to.value;
      if (low > high || high > longest) {
        const hint =
          high > longest ? `A length is at most ${longest}.` : 'The first length must not be the greater one.';
        stream.failBetween(`Invalid prefix pattern range: {${low}, ${high}}`, from, to, hint);
      }
      stream.expectPunct('}');
    }
    return { kind: 'prefix', prefix, low, high, first: prefix.first, last: stream.previous() };
  }

  /** Something in parentheses with commas; a single expression in parentheses is a value. */
  private tuple(): SetItem {
    const { stream, readers } = this;
    const first = stream.expectPunct('(');
    const head = readers.ecHead();
    const parts: SetPart[] = [this.part()];
    if (parts[0] !== '*' && parts[0]!.to === undefined && head === undefined && stream.acceptPunct(')')) {
      const from = { ...parts[0]!.from, first, last: stream.previous() };
      const to = stream.acceptPunct('..') ? this.value() : undefined;
      return { kind: 'range', from, to, first, last: stream.previous() };
    }
    while (stream.acceptPunct(',')) parts.push(this.part());
    stream.expectPunct(')');
    const to = stream.acceptPunct('..') ? this.upperBound() : undefined;
    return { kind: 'tuple', head, parts, to, first, last: stream.previous() };
  }

  private part(): SetPart {
    if (this.stream.acceptPunct('*')) return '*';
    const from = this.readers.part();
    return { from, to: this.stream.acceptPunct('..') ? this.readers.part() : undefined };
  }

  private upperBound(): Expression[] {
    const { stream, readers } = this;
    stream.expectPunct('(');
    const parts = [readers.part()];
    while (stream.acceptPunct(',')) parts.push(readers.part());
    stream.expectPunct(')');
    return parts;
  }

  private value(): Expression {
    const { stream } = this;
    const first = stream.peek();
    switch (first.kind) {
      case TokenKind.Number:
        stream.next();
        return { kind: 'number', value: first.value, first, last: first };
      case TokenKind.Ip4:
      case TokenKind.Ip6:
        stream.next();
        return { kind: 'ip', text: first.text, first, last: first };
      case TokenKind.Quad:
        stream.next();
        return { kind: 'quad', value: first.value, first, last: first };
      case TokenKind.Rd:
        stream.next();
        return { kind: 'rd', text: first.text, first, last: first };
      case TokenKind.Mac:
        stream.next();
        return { kind: 'mac', value: first.value, first, last: first };
      case TokenKind.Word:
        stream.next();
        return { kind: 'name', name: first.text, first, last: first };
      default: {
        if (!stream.acceptPunct('(')) stream.failUnexpected();
        const value = this.readers.expression();
        return { ...value, first, last: stream.expectPunct(')') };
      }
    }
  }

  mask(): Expression {
    const { stream } = this;
    const first = stream.expectPunct('[=');
    const items: MaskPart[] = [];
    while (!stream.atPunct('=]')) items.push(this.step(items.length === 0));
    return { kind: 'mask', items, first, last: stream.next() };
  }

  private step(isFirst: boolean): MaskPart {
    const { stream } = this;
    const first = stream.peek();
    const span = { first, last: first };
    if (stream.acceptPunct('*')) return { kind: 'star', ...span };
    if (stream.acceptPunct('?')) return { kind: 'any', ...span };
    if (stream.atPunct('+')) {
      if (isFirst) {
        const { line } = first.source.place(first.start);
        stream.fail(`filter preevaluation, line ${line}: Path mask iterator '+' cannot be first`);
      }
      stream.next();
      return { kind: 'loop', ...span };
    }
    if (stream.atPunct('[')) {
      const from = this.set();
      return { kind: 'value', from, to: undefined, first, last: stream.previous() };
    }
    if (first.kind !== TokenKind.Number && first.kind !== TokenKind.Word && !stream.atPunct('(')) {
      stream.failUnexpected();
    }
    const from = this.value();
    let to: Expression | undefined;
    if (first.kind === TokenKind.Number && stream.acceptPunct('..')) {
      const bound = stream.expectKind(TokenKind.Number);
      to = { kind: 'number', value: bound.value, first: bound, last: bound };
    }
    return { kind: 'value', from, to, first, last: stream.previous() };
  }
}
