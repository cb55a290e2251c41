/**
 * What the filter language has besides filters and functions: constants, custom attributes, values of options, `eval`,
 * tests.
 *
 *     define    := 'define' NAME '=' expression
 *     attribute := 'attribute' type NAME | 'attribute' 'bgp' NUM 'bytestring' NAME
 *     constant  := NAME | '(' expression ')'
 *     test      := 'bt_test_suite' '(' NAME ',' TEXT ')' | 'bt_test_same' '(' NAME ',' NAME ',' NUM ')'
 *                | 'eval' expression
 */
import type { Ip, Prefix } from '../../bgp/index.ts';
import type { CustomAttribute } from '../model.ts';
import type { Scope } from '../scope.ts';
import { ConfigError, type Diagnostic } from '../syntax/diagnostic.ts';
import { Source } from '../syntax/source.ts';
import { type Token, TokenKind } from '../syntax/token.ts';
import { TokenStream } from '../syntax/token-stream.ts';
import type { Expression } from './ast.ts';
import { canBeCustom, customAttribute, customBgpAttribute } from './attributes.ts';
import { checkExpression } from './check-statement.ts';
import { fail } from './checker.ts';
import type { Code, FunctionCode, Shape } from './code.ts';
import { display } from './display.ts';
import type { FilterEnvironment } from './environment.ts';
import { StatementParser } from './parse-statement.ts';
import { FilterPolicy } from './policy.ts';
import { defineBroken, type FilterReader, readNewName } from './reader.ts';
import { evaluateCode } from './run.ts';
import { sameShape } from './shape.ts';
import { constantOf, functionOf } from './symbols.ts';
import type { FilterTests } from './tests.ts';
import { BYTESTRING, NetType, PREFIX, type Type } from './types.ts';
import { type IpAddress, ipText, type Network, prefixOfNetwork } from './value.ts';

function readExpression({ stream, scope, notes }: FilterReader): Expression {
  return new StatementParser(stream, scope.dialect, (diagnostic) => notes.error(diagnostic)).expressions.expression();
}

/** The value of an expression that needs no route. */
function constantValue(reader: FilterReader, expression: Expression): { type: Type; value: unknown } {
  const { scope, notes, filters } = reader;
  const code = checkExpression(expression, scope, notes);
  const result = evaluateCode(code, filters.host, (line) => notes.output.push(line));
  if ('error' in result) return fail(expression, `Runtime error: ${result.error}`);
  if (result.value === undefined || result.value === -1) return fail(expression, 'The expression has no value');
  return { type: code.type, value: result.value };
}

/** Defines the name. */
export function readDefine(reader: FilterReader): void {
  const { stream, scope } = reader;
  stream.expectWord('define');
  const name = readNewName(reader);
  try {
    stream.expectPunct('=');
    const definition = constantValue(reader, readExpression(reader));
    scope.define({ name: name.text, kind: 'constant', token: name, definition });
  } catch (error) {
    defineBroken(reader, name);
    throw error;
  }
}

/** Defines the name. `undefined` for a path attribute, which needs no id of its own. */
export function readAttributeDeclaration(reader: FilterReader): CustomAttribute | undefined {
  const { stream, scope, filters, notes } = reader;
  stream.expectWord('attribute');
  if (stream.acceptWords('bgp')) {
    const code = stream.expectKind(TokenKind.Number);
    if (code.value < 1 || code.value > 254) stream.fail(`Value ${code.value} out of range (1-254)`, code);
    stream.expectWord('bytestring');
    const name = readNewName(reader);
    const definition = customBgpAttribute(name.text, code.value);
    scope.define({ name: name.text, kind: 'attribute', token: name, definition });
    return undefined;
  }
  const first = stream.peek();
  const type = new StatementParser(stream, scope.dialect, (diagnostic) => notes.error(diagnostic)).type();
  if (!canBeCustom(type)) stream.failBetween('Custom route attribute of unsupported type', first, stream.previous());
  const name = readNewName(reader);
  const id = filters.attributeIds.idOf(name.text, type);
  const definition = customAttribute(name.text, type, id);
  scope.define({ name: name.text, kind: 'attribute', token: name, definition });
  return { name: name.text, type: type === BYTESTRING ? 'bytestring' : type.name, id };
}

/** A constant as the statements of the configuration see it. */
export type FilterConstant = { readonly typeName: string } & (
  | { readonly kind: 'int' | 'quad'; readonly number: number }
  | { readonly kind: 'bool'; readonly bool: boolean }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'ip'; readonly ip: Ip }
  | { readonly kind: 'prefix'; readonly prefix: Prefix }
  | { readonly kind: 'other' }
);

/** `constant`; `undefined`, with nothing taken, if none stands next. */
export function readConstant(reader: FilterReader): FilterConstant | undefined {
  const { stream, scope } = reader;
  const token = stream.peek();
  if (token.kind === TokenKind.Word) {
    const symbol = scope.lookup(token.text);
    const constant = symbol === undefined ? undefined : constantOf(symbol);
    if (constant === undefined) return undefined;
    stream.next();
    return filterConstant(constant);
  }
  if (!stream.acceptPunct('(')) return undefined;
  const expression = readExpression(reader);
  stream.expectPunct(')');
  return filterConstant(constantValue(reader, expression));
}

/** The value of an expression of one of these types, now; nobody asks what it is yet. */
export function readTyped(reader: FilterReader, types: readonly string[], message: string): void {
  const expression = readExpression(reader);
  const { type } = constantValue(reader, expression);
  if (!types.includes(type.name)) fail(expression, message, `This is a value of type ${type.name}.`);
}

/** A network of any kind: a literal of it, or the name of a constant. */
export function readNetworkValue(reader: FilterReader): Network {
  const { stream, scope, notes } = reader;
  const first = stream.peek();
  const known = first.kind === TokenKind.Word ? scope.lookup(first.text) : undefined;
  // What is no name begins a literal, and the parser of expressions would take any other expression, too.
  if (first.kind === TokenKind.Word && !NETWORK_WORDS.has(first.text) && known?.kind !== 'constant') {
    stream.failUnexpected(['CF_SYM_KNOWN', 'IP4', 'IP6'], [...scope.names('constant'), ...NETWORK_WORDS]);
  }
  const parser = new StatementParser(stream, scope.dialect, (diagnostic) => notes.error(diagnostic));
  const expression = parser.expressions.network();
  const { type, value } = constantValue(reader, expression);
  if (type !== PREFIX) fail(expression, 'Network expected', `This is a value of type ${type.name}.`);
  return value as Network;
}

/** Words that literals of networks begin with. */
const NETWORK_WORDS: ReadonlySet<string> = new Set(['flow4', 'flow6', 'mpls', 'aspa', 'eth', 'evpn', 'neighbor']);

function filterConstant({ type, value }: { readonly type: Type; readonly value: unknown }): FilterConstant {
  const typeName = type.name;
  switch (type.kind) {
    case 'int':
    case 'quad':
      return { kind: type.kind, number: value as number, typeName };
    case 'bool':
      return { kind: 'bool', bool: value as boolean, typeName };
    case 'string':
      return { kind: 'string', text: value as string, typeName };
    case 'ip':
      return { kind: 'ip', ip: ipText(value as IpAddress), typeName };
    case 'prefix': {
      const net = value as Network;
      if (net.type !== NetType.Ip4 && net.type !== NetType.Ip6) return { kind: 'other', typeName };
      return { kind: 'prefix', prefix: prefixOfNetwork(net), typeName };
    }
    default:
      return { kind: 'other', typeName };
  }
}

/** Takes a test or `eval`; false, with nothing taken, if none stands next. */
export function readTestStatement(reader: FilterReader, tests: FilterTests): boolean {
  const { stream, notes } = reader;
  const first = stream.peek();
  if (stream.acceptWords('bt_test_suite')) {
    stream.expectPunct('(');
    const name = stream.expectKind(TokenKind.Word);
    const code = functionNamed(reader, name);
    stream.expectPunct(',');
    const description = stream.expectKind(TokenKind.Text).text;
    stream.expectPunct(')');
    if (code.args.length > 0) stream.fail('A test function has no arguments', name);
    tests.addSuite(code, description, first.source.place(first.start));
    return true;
  }
  if (stream.acceptWords('bt_test_same')) {
    stream.expectPunct('(');
    const one = stream.expectKind(TokenKind.Word);
    stream.expectPunct(',');
    const other = stream.expectKind(TokenKind.Word);
    stream.expectPunct(',');
    const expected = stream.expectKind(TokenKind.Number).value !== 0;
    stream.expectPunct(')');
    const same = sameShape(shapeNamed(reader, one), shapeNamed(reader, other));
    tests.addSame([one.text, other.text], same, expected, first.source.place(first.start));
    return true;
  }
  if (stream.acceptWords('eval')) {
    const { type, value } = constantValue(reader, readExpression(reader));
    notes.output.push(display(type, value));
    return true;
  }
  return false;
}

function functionNamed({ stream, scope }: FilterReader, name: Token): FunctionCode {
  const symbol = scope.lookup(name.text);
  const code = symbol === undefined ? undefined : functionOf(symbol);
  return code ?? stream.fail(`Symbol '${name.text}' is not a function`, name);
}

function shapeNamed({ stream, scope }: FilterReader, name: Token): Shape {
  const symbol = scope.lookup(name.text);
  if (symbol?.definition instanceof FilterPolicy) return symbol.definition.shape;
  const code = symbol === undefined ? undefined : functionOf(symbol);
  return code?.shape ?? stream.fail(`Symbol '${name.text}' is neither a function nor a filter`, name);
}

/** The answer to `eval`. */
export type EvalResult =
  | { readonly value: string }
  /** The expression is right, but there is no value; the text goes to the log. */
  | { readonly runtimeError: string }
  | { readonly diagnostic: Diagnostic };

/** Evaluates the text of an expression with the names of a configuration and without a route. */
export function evaluateExpression(
  text: string,
  { scope, filters }: { readonly scope: Scope; readonly filters: FilterEnvironment },
  print: (line: string) => void,
): EvalResult {
  const stream = new TokenStream(new Source('eval', text), { isSymbol: (name) => scope.lookup(name) !== undefined });
  const errors: Diagnostic[] = [];
  const notes = { error: (diagnostic: Diagnostic) => errors.push(diagnostic), warnings: [], output: [] };
  let code: Code;
  try {
    const expression = readExpression({ stream, scope, notes, filters });
    if (!stream.atEnd()) stream.failUnexpected();
    code = checkExpression(expression, scope, notes);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { diagnostic: error.diagnostic };
  }
  const result = evaluateCode(code, filters.host, print);
  return 'error' in result ? { runtimeError: result.error } : { value: display(code.type, result.value) };
}
