/**
 * Expressions: what names mean, what types come together, what is known already while reading. The messages are BIRD's
 * where it has one.
 */
import { parseIp } from '../../bgp/index.ts';
import type { ConfigSymbol } from '../scope.ts';
import { didYouMean } from '../syntax/diagnostic.ts';
import { knownWords, wordTokenName } from '../syntax/keywords.ts';
import type { EcHead, Expression, MemberExpression, Span } from './ast.ts';
import { ATTRIBUTES, type AttributeDefinition } from './attributes.ts';
import type { Builtin } from './builtin.ts';
import {
  DIVIDE,
  FROM_HEX,
  MAKE_EC,
  MAKE_EC_GENERIC,
  MAKE_EC_IP,
  MAKE_LC,
  MAKE_PAIR,
  METHODS,
  MODULO,
  TWO_ARGUMENT_FUNCTIONS,
} from './builtins.ts';
import { flowLiteral, networkLiteral, rdOf, specialNetworkLiteral } from './check-literal.ts';
import { SetChecker } from './check-set.ts';
import { aspaCheck, roaCheck } from './check-validation.ts';
import {
  asRuntimeError,
  type CheckContext,
  callBuiltin,
  convert,
  expectCount,
  expectType,
  fail,
  failOperands,
  failTypes,
  isConvertible,
  lineOf,
  UnknownResult,
  warn,
} from './checker.ts';
import { type Code, constant, type FunctionCode } from './code.ts';
import { order } from './compare.ts';
import { display } from './display.ts';
import { calculate, compareValues } from './folding.ts';
import { MATCHES } from './matches.ts';
import { attributeOf, constantOf, functionOf, variableOf } from './symbols.ts';
import {
  BOOL,
  BYTESTRING,
  ENUM_LITERALS,
  INT,
  IP,
  isList,
  MAC,
  PREFIX,
  PREFIX_SET,
  QUAD,
  RD,
  STRING,
  type Type,
  VOID,
} from './types.ts';
import { EMPTY_BYTES, EMPTY_WORDS, ipFromText } from './value.ts';

const INSTRUCTIONS: Readonly<Record<string, string>> = {
  '+': 'ADD',
  '-': 'SUBTRACT',
  '*': 'MULTIPLY',
  '/': 'DIVIDE',
  '%': 'MODULO',
  '&': 'BITAND',
  '|': 'BITOR',
  '<': 'LT',
  '<=': 'LTE',
  '>': 'LT',
  '>=': 'LTE',
};

const FUNCTION_WORDS: readonly string[] = [
  'defined',
  'format',
  'from_hex',
  'roa_check',
  'aspa_check',
  'aspa_check_upstream',
  'aspa_check_downstream',
  ...TWO_ARGUMENT_FUNCTIONS,
];

/** Sub-types of extended communities (RFC 4360 sections 4 and 5). */
const EC_KINDS = { rt: 0x0002, ro: 0x0003 } as const;

/** What a name stands for in an expression. A protocol, template or table does not hide a word of the language. */
function symbolNamed(context: CheckContext, name: string, isWord: boolean): ConfigSymbol | undefined {
  const symbol = context.scope.lookup(name);
  const elsewhere = symbol?.kind === 'protocol' || symbol?.kind === 'template' || symbol?.kind === 'table';
  return isWord && elsewhere ? undefined : symbol;
}

export function attributeNamed(context: CheckContext, name: string): AttributeDefinition | undefined {
  const known = ATTRIBUTES.get(name);
  const symbol = symbolNamed(context, name, known !== undefined);
  return symbol === undefined ? known : attributeOf(symbol);
}

export class ExpressionChecker {
  private readonly context: CheckContext;
  private readonly sets: SetChecker;

  constructor(context: CheckContext) {
    this.context = context;
    this.sets = new SetChecker({ check: (it) => this.check(it), ecKind: (head) => this.ecKind(head) });
  }

  /** Labels of one arm of a `case` over values of type `element`. */
  labels(...args: Parameters<SetChecker['valueSet']>): ReturnType<SetChecker['valueSet']> {
    return this.sets.valueSet(...args);
  }

  check(expression: Expression): Code {
    const line = lineOf(expression);
    switch (expression.kind) {
      case 'number':
        return constant(INT, expression.value, line);
      case 'bool':
        return constant(BOOL, expression.value, line);
      case 'string':
        return constant(STRING, expression.value, line);
      case 'mac':
        return constant(MAC, expression.value, line);
      case 'bytes': {
        const octets = expression.digits.match(/../g) ?? [];
        return constant(
          BYTESTRING,
          Uint8Array.from(octets, (pair) => Number.parseInt(pair, 16)),
          line,
        );
      }
      case 'ip':
        return constant(IP, ipFromText(parseIp(expression.text)!), line);
      case 'quad':
        return constant(QUAD, expression.value, line);
      case 'rd':
        return constant(RD, rdOf(expression.text), line);
      case 'prefix':
        return networkLiteral(expression, (it) => this.check(it));
      case 'flow':
        return flowLiteral(expression, (it) => this.check(it));
      case 'network':
        return specialNetworkLiteral(expression, (it) => this.check(it));
      case 'empty':
        return constant(expression.type, expression.type.kind === 'bgppath' ? EMPTY_BYTES : EMPTY_WORDS, line);
      case 'name':
        return this.name(expression);
      case 'call':
        return this.call(expression);
      case 'member':
        return this.member(expression);
      case 'not': {
        const operand = expectType(this.check(expression.operand), BOOL, expression.operand, 'NOT', 1);
        if (operand.op === 'constant') return constant(BOOL, operand.value !== true, line);
        return { op: 'not', operand, type: BOOL, mayBeVoid: false, line };
      }
      case 'arithmetic':
        return this.arithmetic(expression);
      case 'relation':
        return this.relation(expression);
      case 'logical':
        return this.logical(expression);
      case 'pair':
        return this.construct(MAKE_PAIR, expression.parts, expression);
      case 'lc':
        return this.construct(MAKE_LC, expression.parts, expression);
      case 'ec':
        return this.extendedCommunity(expression);
      case 'set':
        return this.sets.set(expression);
      case 'mask':
        return this.sets.mask(expression);
    }
  }

  // ------------------------------------------------------------------------------------------------- literals

  private construct(builtin: Builtin, parts: readonly Expression[], span: Span): Code {
    const args = parts.map((part, i) => expectType(this.check(part), INT, part, builtin.name, i + 1));
    return callBuiltin(builtin, args, span);
  }

  ecKind(head: EcHead): number {
    if (head.word === 'rt' || head.word === 'ro') return EC_KINDS[head.word];
    const code = this.check(head.number!);
    if (code.op !== 'constant' || code.type !== INT) return fail(head.number!, 'Number expected');
    const kind = code.value as number;
    if (kind > 0xffff) fail(head.number!, `Value ${kind} out of range (0-65535)`);
    return kind;
  }

  private extendedCommunity(expression: Extract<Expression, { kind: 'ec' }>): Code {
    const { head, parts } = expression;
    if (head.word === 'generic') return this.construct(MAKE_EC_GENERIC, parts, expression);
    const kind = constant(INT, this.ecKind(head), lineOf(expression));
    const key = this.check(parts[0]);
    const value = expectType(this.check(parts[1]), INT, parts[1], MAKE_EC.name, 2);
    const quad = key.type === INT ? undefined : convert(key, QUAD, parts[0]);
    if (quad !== undefined) return callBuiltin(MAKE_EC_IP, [kind, quad, value], expression);
    if (key.type !== INT) {
      fail(parts[0], `Argument 1 of EC constructor must be integer or IPv4 address, got ${key.type.name}`);
    }
    return callBuiltin(MAKE_EC, [kind, key, value], expression);
  }

  // ------------------------------------------------------------------------------------------------- names

  private name(expression: Extract<Expression, { kind: 'name' }>): Code {
    const { name } = expression;
    const line = lineOf(expression);
    const symbol = symbolNamed(this.context, name, ATTRIBUTES.has(name) || ENUM_LITERALS.has(name));
    if (symbol !== undefined) {
      const variable = variableOf(symbol);
      if (variable !== undefined) {
        return { op: 'variable', variable, type: variable.type, mayBeVoid: !isList(variable.type), line };
      }
      const known = constantOf(symbol);
      if (known !== undefined) return constant(known.type, known.value, line);
      if (attributeOf(symbol) === undefined) fail(expression, `Can't get value of symbol ${name}`);
    }
    const attribute = attributeNamed(this.context, name);
    if (attribute !== undefined) {
      return { op: 'attribute', attribute, type: attribute.type, mayBeVoid: attribute.mayBeVoid, line };
    }
    const literal = ENUM_LITERALS.get(name);
    if (literal !== undefined) return constant(literal.type, literal.value, line);
    return this.unknownName(name, expression);
  }

  private unknownName(name: string, span: Span): never {
    const { scope } = this.context;
    const known = [...scope.names(), ...ATTRIBUTES.keys(), ...ENUM_LITERALS.keys(), ...FUNCTION_WORDS];
    // Every short word is near to some word of the language.
    const hint = didYouMean(name, known) ?? (name.length < 4 ? undefined : didYouMean(name, knownWords()));
    return fail(span, `syntax error, unexpected ${wordTokenName(name, false)}`, hint);
  }

  // ------------------------------------------------------------------------------------------------- calls

  /** A call of anything that is called by name. */
  call(expression: Extract<Expression, { kind: 'call' }>): Code {
    const { name, args } = expression;
    const symbol = symbolNamed(this.context, name, FUNCTION_WORDS.includes(name));
    if (symbol !== undefined) {
      const callee = functionOf(symbol);
      if (callee === undefined) {
        fail({ first: expression.first, last: expression.first }, `Symbol '${name}' is not a function`);
      }
      return this.callFunction(callee!, expression);
    }
    if (TWO_ARGUMENT_FUNCTIONS.has(name)) {
      expectCount(expression, 2);
      return this.method(name, args, expression);
    }
    const line = lineOf(expression);
    switch (name) {
      case 'defined': {
        expectCount(expression, 1);
        const operand = this.check(args[0]!);
        if (operand.op === 'constant') return constant(BOOL, true, line);
        return { op: 'defined', operand, type: BOOL, mayBeVoid: false, line };
      }
      case 'format': {
        expectCount(expression, 1);
        const operand = this.check(args[0]!);
        if (operand.op === 'constant') return constant(STRING, display(operand.type, operand.value), line);
        return { op: 'display', operand, type: STRING, mayBeVoid: false, line };
      }
      case 'from_hex':
        expectCount(expression, 1);
        return callBuiltin(
          FROM_HEX,
          [expectType(this.check(args[0]!), STRING, args[0]!, FROM_HEX.name, 1)],
          expression,
        );
      case 'roa_check':
        return roaCheck(expression, this.context, (it) => this.check(it));
      case 'aspa_check':
      case 'aspa_check_upstream':
      case 'aspa_check_downstream':
        return aspaCheck(expression, this.context, (it) => this.check(it));
      default:
        return this.unknownName(name, { first: expression.first, last: expression.first });
    }
  }

  private callFunction(callee: FunctionCode, expression: Extract<Expression, { kind: 'call' }>): Code {
    const { args, name } = expression;
    if (args.length !== callee.args.length) {
      fail(expression, `Function '${name}' expects ${callee.args.length} arguments, got ${args.length} arguments`);
    }
    const values = args.map((arg, i) => {
      const code = this.check(arg);
      const { type } = callee.args[i]!;
      return (
        convert(code, type, arg) ??
        failTypes(arg, `Argument ${i + 1} of '${name}' must be ${type.name}, got ${code.type.name}`)
      );
    });
    const line = lineOf(expression);
    if (!callee.complete) callee.recursive = true;
    if (callee.result === undefined) throw new UnknownResult();
    return { op: 'call', callee, args: values, type: callee.result, mayBeVoid: callee.mayReturnVoid, line };
  }

  // ------------------------------------------------------------------------------------------------- members

  private member(expression: MemberExpression): Code {
    const { object, member, args } = expression;
    return this.method(member.text, [object, ...(args ?? [])], expression, member.text);
  }

  /** A method or two-argument function: the one whose types fit. */
  private method(name: string, args: readonly Expression[], span: Span, member?: string): Code {
    const candidates = METHODS.get(name);
    if (candidates === undefined) {
      const word = span as MemberExpression;
      const hint = didYouMean(name, METHODS.keys());
      return fail(
        { first: word.member, last: word.member },
        `syntax error, unexpected ${wordTokenName(name, false)}`,
        hint,
      );
    }
    const codes = args.map((arg) => this.check(arg));
    const fits = (it: Builtin): boolean =>
      it.params.length === codes.length && it.params.every((param, i) => isConvertible(codes[i]!.type, param));
    // A method that takes the very types goes before one that needs a conversion.
    const exact = candidates.find((it) => fits(it) && it.params.every((param, i) => codes[i]!.type === param));
    const builtin = exact ?? candidates.find(fits);
    if (builtin === undefined) return this.noMethod(name, candidates, codes, args, span, member !== undefined);
    const values = builtin.params.map((param, i) => expectType(codes[i]!, param, args[i]!, builtin.name, i + 1));
    return callBuiltin(builtin, values, span);
  }

  private noMethod(
    name: string,
    candidates: readonly Builtin[],
    codes: readonly Code[],
    args: readonly Expression[],
    span: Span,
    isMember: boolean,
  ): never {
    const receiver = codes[0]!.type;
    const own = candidates.filter((it) => isConvertible(receiver, it.params[0]!));
    const likely = own[0] ?? candidates[0]!;
    if (own.length === 0) {
      if (name === 'add') failOperands(codes, args[0]!, "Can't add to non-[e|l]clist");
      if (name === 'delete') failOperands(codes, args[0]!, "Can't delete in non-[e|l]clist");
      if (name === 'filter') failOperands(codes, args[0]!, "Can't filter non-[e|l]clist");
      const types = [...new Set(candidates.map((it) => it.params[0]!.name))];
      if (types.length === 1) {
        failTypes(args[0]!, `Argument 1 of ${likely.name} must be of type ${types[0]}, got type ${receiver.name}`);
      }
      failTypes(
        args[0]!,
        `A value of type ${receiver.name} has no member ${name}`,
        `These have one: ${types.join(', ')}.`,
      );
    }
    if (likely.params.length !== codes.length) {
      const count = likely.params.length - (isMember ? 1 : 0);
      fail(span, `${name} expects ${count} argument${count === 1 ? '' : 's'}`);
    }
    const got = codes[1]!.type;
    const single = own.length === 1 ? own[0]!.params[1] : undefined;
    if (single !== undefined) {
      failTypes(args[1]!, `Argument 2 of ${likely.name} must be of type ${single.name}, got type ${got.name}`);
    }
    const wanted = own.map((it) => it.params[1]!.name).join(', ');
    return failTypes(args[1]!, `Can't ${name} ${got.name}`, `${receiver.name}.${name} takes: ${wanted}.`);
  }

  // ------------------------------------------------------------------------------------------------- operators

  private arithmetic(expression: Extract<Expression, { kind: 'arithmetic' }>): Code {
    const { operator, left, right } = expression;
    if (operator === '++') return this.method('append', [left, right], expression);
    const instruction = INSTRUCTIONS[operator]!;
    const a = expectType(this.check(left), INT, left, instruction, 1);
    const b = expectType(this.check(right), INT, right, instruction, 2);
    if (operator === '/' || operator === '%') {
      return callBuiltin(operator === '/' ? DIVIDE : MODULO, [a, b], expression);
    }
    const line = lineOf(expression);
    if (a.op === 'constant' && b.op === 'constant') {
      return constant(INT, calculate(operator, a.value as number, b.value as number), line);
    }
    return { op: 'arithmetic', operator, left: a, right: b, type: INT, mayBeVoid: false, line };
  }

  private relation(expression: Extract<Expression, { kind: 'relation' }>): Code {
    const { operator, left, right } = expression;
    const a = this.check(left);
    const b = this.check(right);
    if (operator === '~' || operator === '!~') return this.match(a, b, expression);
    const line = lineOf(expression);
    const isEquality = operator === '=' || operator === '!=';
    const [x, y] = this.comparable(a, b, left, right);
    if (x.type !== y.type && x.type !== VOID && y.type !== VOID) {
      if (!isEquality) {
        failTypes(
          expression,
          `Arguments 1 and 2 of ${INSTRUCTIONS[operator]} must be of the same type`,
          `They are ${x.type.name} and ${y.type.name}.`,
        );
      }
      const hint = x.type === PREFIX && y.type === PREFIX_SET ? '; `~` asks whether it is in the set' : '';
      warn(
        this.context,
        expression,
        `${x.type.name} ${operator} ${y.type.name} is always ${operator === '=' ? 'FALSE' : 'TRUE'}${hint}`,
      );
    }
    if (!isEquality && order(x.type) === undefined) {
      failTypes(
        expression,
        "Can't compare values of incompatible types",
        `Values of type ${x.type.name} have no order.`,
      );
    }
    if (x.op === 'constant' && y.op === 'constant') {
      return constant(BOOL, compareValues(operator, x.type, y.type, x.value, y.value), line);
    }
    return { op: 'compare', operator, left: x, right: y, type: BOOL, mayBeVoid: false, line };
  }

  /** Both sides as one type, where one can stand for the other. */
  private comparable(a: Code, b: Code, left: Expression, right: Expression): [Code, Code] {
    if (a.type === b.type) return [a, b];
    // A constant takes the type of the other side; otherwise a quad is compared as the address that it stands for.
    if (a.op === 'constant') return [convert(a, b.type, left) ?? a, b];
    if (b.op === 'constant') return [a, convert(b, a.type, right) ?? b];
    if (a.type === QUAD && b.type === IP) return [convert(a, IP, left)!, b];
    if (a.type === IP && b.type === QUAD) return [a, convert(b, IP, right)!];
    return [a, b];
  }

  private match(a: Code, b: Code, expression: Extract<Expression, { kind: 'relation' }>): Code {
    const { operator, left, right } = expression;
    const negated = operator === '!~';
    const fits = (it: Builtin): boolean => isConvertible(a.type, it.params[0]!) && isConvertible(b.type, it.params[1]!);
    const builtin = MATCHES.find((it) => it.params[0] === a.type && it.params[1] === b.type) ?? MATCHES.find(fits);
    if (builtin === undefined) {
      return failOperands(
        [a, b],
        expression,
        '~ applied on unknown type pair',
        `There is no ${a.type.name} ~ ${b.type.name}${a.type === IP && b.type === PREFIX_SET ? '; a prefix can be in a prefix set' : ''}.`,
      );
    }
    const x = expectType(a, builtin.params[0]!, left, '~', 1);
    const y = expectType(b, builtin.params[1]!, right, '~', 2);
    const line = lineOf(expression);
    if (x.op === 'constant' && y.op === 'constant') {
      const matched = callBuiltin(builtin, [x, y], expression);
      if (matched.op === 'constant') return constant(BOOL, (matched.value as boolean) !== negated, line);
    }
    return { op: 'match', negated, builtin, left: x, right: y, type: BOOL, mayBeVoid: false, line };
  }

  /** The code; where the dialect finds mistakes of types when it runs them, code that fails. */
  tolerantly(type: Type, check: () => Code): Code {
    try {
      return check();
    } catch (error) {
      return { op: 'fail', ...asRuntimeError(this.context, error), type, mayBeVoid: false };
    }
  }

  private logical(expression: Extract<Expression, { kind: 'logical' }>): Code {
    const { operators } = expression;
    const operands = expression.operands.map((operand, i) => {
      const operator = operators[Math.max(0, i - 1)];
      return this.tolerantly(BOOL, () =>
        expectType(this.check(operand), BOOL, operand, operator === '&&' ? 'AND' : 'OR', i === 0 ? 1 : 2),
      );
    });
    const line = lineOf(expression);
    const values = operands.map((operand) => (operand.op === 'constant' ? operand.value === true : undefined));
    if (values.every((value) => value !== undefined)) {
      const result = values.reduce((all, value, i) => (operators[i - 1] === '&&' ? all && value : all || value));
      return constant(BOOL, result, line);
    }
    return { op: 'logical', operands, operators, type: BOOL, mayBeVoid: false, line };
  }
}
