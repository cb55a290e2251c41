/**
 * Statements and declarations of the filter language.
 *
 *     filter     := 'filter' NAME body                       (the first two words are read by the caller)
 *     function   := 'function' NAME '(' [ argument { ';' argument } ] ')' [ '->' type ] body
 *     argument   := type NAME
 *     body       := { type NAME [ '=' expression ] ';' } block
 *     block      := '{' { statement } '}'
 *     statement  := ';' | block
 *                 | type NAME [ '=' expression ] ';'
 *                 | NAME '=' expression ';' | NAME '.' WORD [ '(' arguments ')' ] ';' | NAME '(' arguments ')' ';'
 *                 | 'unset' '(' NAME ')' ';'
 *                 | 'if' expression 'then' statement [ 'else' statement ]
 *                 | 'case' expression '{' { items ':' { statement } } [ 'else:' { statement } ] '}'
 *                 | 'for' [ type ] NAME 'in' expression 'do' statement
 *                 | ( 'accept' | 'reject' | 'error' ) [ list ] ';'
 *                 | ( 'print' | 'printn' ) [ list ] ';'
 *                 | 'return' [ expression ] ';'
 *                 | 'bt_assert' '(' expression ')' ';' | 'bt_check_assign' '(' NAME ',' expression ')' ';'
 *     type       := WORD [ 'set' ] | 'enum' WORD [ 'set' ]
 *
 * A statement that fails is noted and skipped, so one reading finds the mistakes of all statements.
 */
import type { Dialect } from '../dialect.ts';
import { ConfigError, type Diagnostic, didYouMean } from '../syntax/diagnostic.ts';
import { type Token, TokenKind } from '../syntax/token.ts';
import type { TokenStream } from '../syntax/token-stream.ts';
import type {
  Block,
  CaseArm,
  Expression,
  FilterBody,
  FunctionDeclaration,
  MemberExpression,
  Statement,
  VariableDeclaration,
} from './ast.ts';
import { ExpressionParser } from './parse-expression.ts';
import { enumNamed, setTypeOf, TYPE_WORDS, type Type } from './types.ts';

/** Blocks, `if`, `case` and `for` inside each other. */
const DEEPEST_NESTING = 100;

const STATEMENT_WORDS: readonly string[] = [
  'accept',
  'reject',
  'error',
  'if',
  'case',
  'for',
  'print',
  'printn',
  'return',
  'unset',
  ...TYPE_WORDS.keys(),
];

export class StatementParser {
  readonly expressions: ExpressionParser;
  /** True once a statement had an error: the tree has a hole and must not be checked. */
  failed = false;
  /** Words that name a type here and nowhere else. */
  moreTypes: ReadonlyMap<string, Type> = new Map();
  private readonly stream: TokenStream;
  private readonly note: (diagnostic: Diagnostic) => void;
  private nesting = 0;

  constructor(stream: TokenStream, dialect: Dialect, note: (diagnostic: Diagnostic) => void) {
    this.stream = stream;
    this.note = note;
    this.expressions = new ExpressionParser(stream, dialect);
  }

  // ------------------------------------------------------------------------------------------------- declarations

  /** From the name on. */
  functionDeclaration(): FunctionDeclaration {
    const { stream } = this;
    const name = stream.expectKind(TokenKind.Word);
    const args = this.arguments();
    const result = stream.acceptPunct('->') ? this.type() : undefined;
    return { name, args, result, body: this.body(), first: name, last: stream.previous() };
  }

  private arguments(): VariableDeclaration[] {
    const { stream } = this;
    const args: VariableDeclaration[] = [];
    stream.expectPunct('(');
    while (!stream.atPunct(')')) {
      const first = stream.peek();
      const type = this.type();
      const name = stream.expectKind(TokenKind.Word);
      args.push({ type, name, value: undefined, first, last: name });
      if (!stream.acceptPunct(';') && !stream.atPunct(')')) stream.failUnexpected(["';'", "')'"]);
    }
    stream.expectPunct(')');
    return args;
  }

  body(): FilterBody {
    const { stream } = this;
    const variables: VariableDeclaration[] = [];
    while (this.atType()) {
      variables.push(this.declaration());
      stream.expectPunct(';');
    }
    return { variables, block: this.block() };
  }

  private atType(): boolean {
    const token = this.stream.peek();
    const isType = TYPE_WORDS.has(token.text) || token.text === 'enum' || this.moreTypes.has(token.text);
    if (token.kind !== TokenKind.Word || !isType) return false;
    return this.stream.peek(1).kind === TokenKind.Word;
  }

  type(): Type {
    const { stream } = this;
    const token = stream.peek();
    let type: Type | undefined;
    if (stream.acceptWords('enum')) {
      const name = stream.expectKind(TokenKind.Word);
      type = enumNamed(name.text);
      if (type === undefined) return stream.fail(`Unknown enumeration ${name.text}`, name);
    } else {
      type = token.kind === TokenKind.Word ? (TYPE_WORDS.get(token.text) ?? this.moreTypes.get(token.text)) : undefined;
      if (type === undefined) return stream.failUnexpected([], TYPE_WORDS.keys());
      stream.next();
    }
    if (!stream.acceptWords('set')) return type;
    const set = setTypeOf(type);
    if (set !== undefined) return set;
    return stream.failBetween(`There are no sets of type ${type.name}`, token, stream.previous());
  }

  private declaration(): VariableDeclaration {
    const { stream } = this;
    const first = stream.peek();
    const type = this.type();
    const name = stream.expectKind(TokenKind.Word);
    const value = stream.acceptPunct('=') ? this.expressions.expression() : undefined;
    return { type, name, value, first, last: stream.previous() };
  }

  // ------------------------------------------------------------------------------------------------- statements

  block(): Block {
    const { stream } = this;
    const first = stream.expectPunct('{');
    const statements = this.statements(() => stream.atPunct('}'));
    return { kind: 'block', statements, first, last: stream.expectPunct('}') };
  }

  /** Statements up to and without what `atEnd` sees. */
  private statements(atEnd: () => boolean): Statement[] {
    const { stream } = this;
    const statements: Statement[] = [];
    for (;;) {
      const depth = stream.depth();
      const { nesting } = this;
      try {
        if (atEnd()) return statements;
        if (stream.acceptPunct(';')) continue;
        statements.push(this.statement());
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        this.failed = true;
        this.nesting = nesting;
        this.expressions.recover();
        // At the end of the text the caller has nothing to go on with either.
        if (stream.depth() < depth || !this.skip(error.diagnostic, depth)) throw error;
      }
    }
  }

  /** Leaves the statement that failed, with its `else` branches; false at the end of the text. */
  private skip(diagnostic: Diagnostic, depth: number): boolean {
    const { stream } = this;
    const more: Diagnostic[] = [];
    const note = (other: Diagnostic): void => void more.push(other);
    do if (!stream.skipStatement(depth, note)) return false;
    while (this.nextWord(note) === 'else');
    if (stream.atKind(TokenKind.End)) return false;
    this.note(diagnostic);
    for (const other of more) this.note(other);
    return true;
  }

  /** The word that stands next, past what the lexer complains about. */
  private nextWord(note: (diagnostic: Diagnostic) => void): string | undefined {
    for (;;) {
      try {
        const token = this.stream.peek();
        return token.kind === TokenKind.Word ? token.text : undefined;
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        note(error.diagnostic);
      }
    }
  }

  private statement(): Statement {
    if (++this.nesting > DEEPEST_NESTING) this.stream.fail('Statements nested too deep');
    const statement = this.anyStatement();
    this.nesting--;
    return statement;
  }

  private anyStatement(): Statement {
    const { stream } = this;
    const first = stream.peek();
    if (stream.atPunct('{')) return this.block();
    if (first.kind !== TokenKind.Word) stream.failUnexpected();
    const after = stream.peek(1);
    if (after.kind === TokenKind.Punct && (after.text === '=' || after.text === '.')) return this.named();
    if (this.atType()) {
      const declared = this.declaration();
      stream.expectPunct(';');
      return { kind: 'declare', ...declared };
    }
    switch (first.text) {
      case 'if':
        return this.ifStatement();
      case 'case':
        return this.caseStatement();
      case 'for':
        return this.forStatement();
      case 'accept':
      case 'reject':
      case 'error': {
        stream.next();
        const printed = this.printed();
        return { kind: 'end', verdict: first.text, printed, first, last: stream.previous() };
      }
      case 'print':
      case 'printn': {
        stream.next();
        const printed = this.printed();
        return { kind: 'print', printed, newline: first.text === 'print', first, last: stream.previous() };
      }
      case 'return': {
        stream.next();
        const value = stream.atPunct(';') ? undefined : this.expressions.expression();
        stream.expectPunct(';');
        return { kind: 'return', value, first, last: stream.previous() };
      }
      case 'unset': {
        stream.next();
        stream.expectPunct('(');
        const target = stream.expectKind(TokenKind.Word);
        stream.expectPunct(')');
        stream.expectPunct(';');
        return { kind: 'unset', target, first, last: stream.previous() };
      }
      case 'bt_assert': {
        stream.next();
        stream.expectPunct('(');
        const condition = this.expressions.expression();
        stream.expectPunct(')');
        stream.expectPunct(';');
        return { kind: 'assert', condition, first, last: stream.previous() };
      }
      case 'bt_check_assign': {
        stream.next();
        stream.expectPunct('(');
        const target = stream.expectKind(TokenKind.Word);
        stream.expectPunct(',');
        const value = this.expressions.expression();
        stream.expectPunct(')');
        stream.expectPunct(';');
        return { kind: 'check assign', target, value, first, last: stream.previous() };
      }
      default:
        return this.named();
    }
  }

  /** Arguments of print, accept and their like, with the `;`. */
  private printed(): Expression[] {
    if (this.stream.acceptPunct(';')) return [];
    const printed = this.expressions.list();
    this.stream.expectPunct(';');
    return printed;
  }

  /** Assignment, update or call. */
  private named(): Statement {
    const { stream } = this;
    const first = stream.next();
    if (stream.acceptPunct('=')) {
      const value = this.expressions.expression();
      stream.expectPunct(';');
      return { kind: 'assign', target: first, value, first, last: stream.previous() };
    }
    if (stream.atPunct('.')) {
      const object: Expression = { kind: 'name', name: first.text, first, last: first };
      const value = this.expressions.postfix(object) as MemberExpression;
      stream.expectPunct(';');
      return { kind: 'update', target: first, value, first, last: stream.previous() };
    }
    if (!stream.atPunct('(')) this.failStatement(first);
    const args = this.expressions.args();
    const call: Expression = { kind: 'call', name: first.text, args, first, last: stream.previous() };
    stream.expectPunct(';');
    return { kind: 'call', call, first, last: stream.previous() };
  }

  /** A word that begins no statement: either it is unknown, or what follows it is wrong. */
  private failStatement(word: Token): never {
    const { stream } = this;
    if (stream.isSymbol(word.text)) stream.failUnexpected(["'='", "'('", "'.'"]);
    const hint = didYouMean(word.text, STATEMENT_WORDS);
    return stream.fail(`syntax error, unexpected ${stream.tokenName(word)}`, word, hint);
  }

  private ifStatement(): Statement {
    const { stream } = this;
    const first = stream.peek();
    const arms: { condition: Expression; body: Statement }[] = [];
    // `else if` is one more arm, not one more level.
    while (stream.acceptWords('if')) {
      const condition = this.expressions.expression();
      stream.expectWord('then');
      arms.push({ condition, body: this.armStatement() });
      if (!stream.acceptWords('else')) {
        return { kind: 'if', arms, otherwise: undefined, first, last: stream.previous() };
      }
    }
    return { kind: 'if', arms, otherwise: this.armStatement(), first, last: stream.previous() };
  }

  private armStatement(): Statement {
    const { stream } = this;
    const first = stream.peek();
    if (stream.acceptPunct(';')) return { kind: 'block', statements: [], first, last: first };
    return this.statement();
  }

  private caseStatement(): Statement {
    const { stream } = this;
    const first = stream.next();
    const value = this.expressions.expression();
    const arms: CaseArm[] = [];
    let otherwise: Block | undefined;
    stream.expectPunct('{');
    while (!stream.atPunct('}')) {
      if (otherwise !== undefined) stream.failUnexpected(["'}'"]);
      if (stream.acceptPunct('else:')) {
        otherwise = this.armBlock();
        continue;
      }
      const items = this.expressions.labels();
      stream.expectPunct(':');
      arms.push({ items, body: this.armBlock() });
    }
    stream.expectPunct('}');
    return { kind: 'case', value, arms, otherwise, first, last: stream.previous() };
  }

  /** Statements of one arm: up to the next label, `else:` or the closing brace. */
  private armBlock(): Block {
    const { stream } = this;
    const first = stream.peek();
    const statements = this.statements(
      () => stream.atPunct('}') || stream.atPunct('else:') || this.expressions.atLabel(),
    );
    return { kind: 'block', statements, first, last: stream.previous() };
  }

  private forStatement(): Statement {
    const { stream } = this;
    const first = stream.next();
    const type = this.atType() ? this.type() : undefined;
    const variable = stream.expectKind(TokenKind.Word);
    stream.expectWord('in');
    const list = this.expressions.expression();
    stream.expectWord('do');
    const body = this.armStatement();
    return { kind: 'for', type, variable, list, body, first, last: stream.previous() };
  }
}
