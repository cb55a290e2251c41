/**
 * From tokens to policies and functions: parse, check, compile. Every reader starts at the first word of its construct
 * and leaves a `;` behind it to the caller.
 *
 * Mistakes inside a body are noted one by one and reading goes on behind it; the name is then defined as broken, so that
 * its uses can be left alone. What cannot be left like that is thrown as `ConfigError`.
 */
import { ACCEPT_ALL, type Policy, REJECT_ALL } from '../../bgp/index.ts';
import type { Scope } from '../scope.ts';
import type { Diagnostic } from '../syntax/diagnostic.ts';
import { type Token, TokenKind } from '../syntax/token.ts';
import type { TokenStream } from '../syntax/token-stream.ts';
import { BodyMistakes } from './body-mistakes.ts';
import { checkCondition, checkExpression, checkFilter, checkFunction } from './check-statement.ts';
import { placeOf } from './checker.ts';
import type { Compiled, FunctionCode, StatementCode, Variable } from './code.ts';
import { effectsOf } from './effects.ts';
import type { FilterEnvironment } from './environment.ts';
import { compileFilter, compileFunction } from './generate.ts';
import { StatementParser } from './parse-statement.ts';
import { FilterPolicy, UNNAMED } from './policy.ts';
import { noQuestions } from './prefix-questions.ts';
import { shapeOf } from './shape.ts';
import { filterOf } from './symbols.ts';
import { OPAQUE, TYPE_WORDS, type Type } from './types.ts';

export interface FilterNotes {
  error(diagnostic: Diagnostic): void;
  readonly warnings: Diagnostic[];
  /** Lines printed while reading. */
  readonly output: string[];
  /** The definition of a name had mistakes: complaints about its uses only repeat that. */
  markBroken?(name: string): void;
}

/** What filters are read from and into. */
export interface FilterReader {
  readonly stream: TokenStream;
  readonly scope: Scope;
  readonly notes: FilterNotes;
  readonly filters: FilterEnvironment;
}

/** `policy := 'all' | 'none' | 'where' expression | 'filter' NAME | 'filter' body` */
export function readPolicy(reader: FilterReader): Policy {
  const { stream } = reader;
  if (stream.acceptWords('all')) return ACCEPT_ALL;
  if (stream.acceptWords('none')) return REJECT_ALL;
  for (const word of ['filter', 'where'] as const) if (stream.acceptWords(word)) return readPolicyBehind(reader, word);
  return stream.failUnexpected(['ALL', 'NONE', 'FILTER', 'WHERE'], ['all', 'none', 'filter', 'where']);
}

/** The rest of a policy whose first word was taken. */
export function readPolicyBehind(reader: FilterReader, word: 'filter' | 'where'): Policy {
  if (word === 'where') return readCondition(reader);
  const { stream } = reader;
  const token = stream.peek();
  const declares = token.kind === TokenKind.Word && (TYPE_WORDS.has(token.text) || token.text === 'enum');
  if (stream.atPunct('{') || (declares && stream.peek(1).kind === TokenKind.Word)) {
    return readFilterBody(reader, UNNAMED, 'fail');
  }
  const symbol = token.kind === TokenKind.Word ? reader.scope.lookup(token.text) : undefined;
  if (symbol === undefined) return stream.failUnexpected(["'{'", 'CF_SYM_KNOWN'], reader.scope.names('filter'));
  stream.next();
  // A filter with mistakes in it; they were noted where it was defined.
  if (symbol.kind === 'broken') return REJECT_ALL;
  return filterOf(symbol) ?? stream.fail(`Symbol '${symbol.name}' is not a filter`, token);
}

function readCondition(reader: FilterReader): Policy {
  const { scope, notes } = reader;
  const condition = newParser(reader).expressions.expression();
  const value = checkCondition(condition, scope, notes);
  const place = placeOf(condition);
  return makePolicy(reader, UNNAMED, { body: [{ op: 'decide', value, place }], variables: [] }, 'fail');
}

/** An expression about a route, whose value nobody asks for yet. */
export function readRouteExpression(reader: FilterReader): void {
  checkExpression(newParser(reader).expressions.expression(), reader.scope, reader.notes);
}

/** `block` over values of type `route`: its statements are read, and not checked further. */
export function readRouteStatements(reader: FilterReader): void {
  const parser = newParser(reader);
  parser.moreTypes = ROUTE_TYPES;
  withSymbols(reader, () => parser.block());
}

const ROUTE_TYPES: ReadonlyMap<string, Type> = new Map([['route', OPAQUE]]);

function newParser({ stream, scope, notes }: FilterReader): StatementParser {
  return new StatementParser(stream, scope.dialect, (diagnostic) => notes.error(diagnostic));
}

/** `'filter' NAME body`: defines the name. */
export function readFilterDeclaration(reader: FilterReader): void {
  const { stream, scope } = reader;
  stream.expectWord('filter');
  const name = readNewName(reader);
  try {
    const policy = readFilterBody(reader, name.text, 'fail');
    if (policy === REJECT_ALL) defineBroken(reader, name);
    else scope.define({ name: name.text, kind: 'filter', token: name, definition: policy });
  } catch (error) {
    defineBroken(reader, name);
    throw error;
  }
}

/** `block` of a static route: it accepts unless an error happens. */
export function readRouteBlock(reader: FilterReader): Policy {
  return readFilterBody(reader, UNNAMED, 'accept');
}

/** `'function' NAME '(' arguments ')' [ '->' type ] body`: defines the name. */
export function readFunctionDeclaration(reader: FilterReader): void {
  const { stream, scope } = reader;
  stream.expectWord('function');
  const name = readNewName(reader, 0);
  try {
    readBody(reader, (parser, mistakes) => {
      const declaration = withSymbols(reader, () => parser.functionDeclaration());
      const code = newFunction(
        name.text,
        declaration.args.map((arg, index) => ({ index, type: arg.type })),
      );
      // Its own name is known inside.
      scope.define({ name: name.text, kind: 'function', token: name, definition: code });
      if (!checkFunction(declaration, code, scope, mistakes.ofChecker(parser.failed)) || parser.failed) {
        defineBroken(reader, name);
        return;
      }
      code.effects = effectsOf(code.body);
      code.shape = shapeOf('function', code.args, code.body, code);
    });
  } catch (error) {
    defineBroken(reader, name);
    throw error;
  }
}

function newFunction(name: string, args: readonly Variable[]): FunctionCode {
  let compiled: Compiled | undefined;
  const code: FunctionCode = {
    name,
    args,
    result: undefined,
    mayReturnVoid: true,
    complete: false,
    recursive: false,
    body: [],
    variables: [],
    effects: { reads: 0, writes: false, prefix: noQuestions() },
    shape: { text: '', constants: [], callees: [] },
    compiled: () => {
      compiled ??= compileFunction(code);
      return compiled;
    },
  };
  return code;
}

/** The name of something that is defined here; left in the stream for `ahead` 0. */
export function readNewName({ stream, scope }: FilterReader, ahead?: 0): Token {
  const name = ahead === 0 ? stream.peek() : stream.expectKind(TokenKind.Word);
  if (name.kind !== TokenKind.Word) stream.failUnexpected(['CF_SYM_UNDEFINED']);
  if (scope.own(name.text) !== undefined) stream.fail(`Symbol '${name.text}' already defined`, name);
  return name;
}

export function defineBroken({ scope, notes }: FilterReader, name: Token): void {
  notes.markBroken?.(name.text);
  scope.define({ name: name.text, kind: 'broken', token: name, definition: undefined });
}

/** While a body is read, the names of its scope are symbols in messages. */
function withSymbols<T>({ stream, scope }: FilterReader, read: () => T): T {
  const outer = stream.isSymbol;
  stream.isSymbol = (name) => scope.lookup(name) !== undefined;
  try {
    return read();
  } finally {
    stream.isSymbol = outer;
  }
}

/** The policy of a body; `REJECT_ALL` for one that has mistakes, which are noted. */
function readFilterBody(reader: FilterReader, label: string, atEnd: 'fail' | 'accept'): Policy {
  return readBody(reader, (parser, mistakes) => {
    const body = withSymbols(reader, () => parser.body());
    const checked = checkFilter(body, reader.scope, mistakes.ofChecker(parser.failed));
    if (parser.failed || checked === undefined) return REJECT_ALL;
    return makePolicy(reader, label, checked, atEnd);
  });
}

/** Reads something with a body; what is wrong with it is noted in the order of the text. */
function readBody<T>(reader: FilterReader, read: (parser: StatementParser, mistakes: BodyMistakes) => T): T {
  const mistakes = new BodyMistakes(reader.notes);
  try {
    return read(new StatementParser(reader.stream, reader.scope.dialect, (it) => mistakes.add(it)), mistakes);
  } finally {
    mistakes.tell();
  }
}

function makePolicy(
  { filters }: FilterReader,
  label: string,
  code: { readonly body: readonly StatementCode[]; readonly variables: readonly Variable[] },
  atEnd: 'fail' | 'accept',
): Policy {
  const shape = shapeOf(atEnd === 'accept' ? 'route block' : 'filter', [], code.body);
  const compile = (): Compiled => compileFilter({ args: [], ...code }, atEnd, label);
  return new FilterPolicy(label, compile, effectsOf(code.body), shape, filters);
}
