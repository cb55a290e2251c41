/**
 * Expressions of checked code as JavaScript. What can neither fail nor end the run becomes part of an expression; what
 * can is written as a statement of its own into a temporary, followed by a look at `c.stop`.
 */
import { definedText, readText } from './attribute-access.ts';
import { NET_LENGTH, NET_TYPE } from './builtins.ts';
import type { Code, ConstantCode, FunctionCode, MaskPartCode } from './code.ts';
import { equality, order } from './compare.ts';
import { display } from './display.ts';
import type { Emitter } from './emitter.ts';
import { IN_PREFIX_SET, INSIDE_NETWORK } from './matches.ts';
import { PathMask } from './path-mask.ts';
import { isRouteNet } from './prefix-questions.ts';
import { BOOL, isNumeric, type Type, VOID } from './types.ts';
import { coversRoute, isRouteNetwork } from './value.ts';
import type { ValueSet } from './value-set.ts';

/** Sets of numbers up to this many ranges are compared in place. */
const INLINE_RANGES = 4;
/** Operands of `&&` and `||` up to which one expression grows. */
const LONGEST_CHAIN = 50;

export function voidText(type: Type): string {
  return isNumeric(type) ? '-1' : 'undefined';
}

export class ExpressionWriter {
  private readonly out: Emitter;
  /** The function that is generated, for calls of itself. */
  private readonly self: FunctionCode | undefined;

  constructor(out: Emitter, self: FunctionCode | undefined) {
    this.out = out;
    this.self = self;
  }

  /** The text that shows the value, a missing one too. */
  displayText(code: Code): string {
    const text = this.expression(code);
    return `${this.out.constant(display)}(${this.out.constant(code.type)}, ${text})`;
  }

  private definedText(code: Code): string {
    if (code.op === 'attribute') return definedText(code.attribute);
    const text = this.expression(code);
    return code.mayBeVoid || code.type === VOID ? `!(${this.voidTest(code.type, text)})` : 'true';
  }

  private voidTest(type: Type, text: string): string {
    return isNumeric(type) ? `${text} < 0` : `${text} === undefined`;
  }

  /** The value, which is there: a missing one ends the run with an error. */
  present(code: Code, line: number, instruction: string, index: number): string {
    const type = code.type.name;
    return this.presentOr(code, line, `Argument ${index} of ${instruction} must be of type ${type}, got type void`);
  }

  private presentOr(code: Code, line: number, message: string): string {
    const text = this.expression(code);
    if (!code.mayBeVoid) return text;
    const held = this.out.hold(text);
    this.out.put(`if (${this.voidTest(code.type, held)}) return c.fail(${line}, ${this.out.constant(message)});`);
    return held;
  }

  expression(code: Code): string {
    switch (code.op) {
      case 'constant':
        return this.constantText(code);
      case 'variable':
        return `v${code.variable.index}`;
      case 'attribute':
        return readText(code.attribute);
      case 'fail':
        this.out.put(`return c.fail(${code.line}, ${this.out.constant(code.message)});`);
        return code.type === BOOL ? 'false' : voidText(code.type);
      case 'arithmetic': {
        const name = ARITHMETIC_NAMES[code.operator]!;
        const [x, y] = this.out.sequence([
          () => this.present(code.left, code.line, name, 1),
          () => this.present(code.right, code.line, name, 2),
        ]);
        return code.operator === '*' ? `(Math.imul(${x}, ${y}) >>> 0)` : `((${x} ${code.operator} ${y}) >>> 0)`;
      }
      case 'not':
        return `!${group(this.present(code.operand, code.line, 'NOT', 1))}`;
      case 'logical':
        return this.logical(code);
      case 'compare':
        return this.compare(code);
      case 'match':
        return this.match(code);
      case 'builtin':
        return this.builtin(code);
      case 'call':
        return this.call(code);
      case 'defined':
        return group(this.definedText(code.operand));
      case 'display':
        return this.displayText(code.operand);
      case 'mask':
        return this.mask(code.parts, code.line);
      case 'roa check': {
        const [net, asn] = this.out.sequence([
          () => this.present(code.net, code.line, 'ROA_CHECK', 1),
          () => this.present(code.asn, code.line, 'ROA_CHECK', 2),
        ]);
        return `c.roaCheck(${this.out.constant(code.table)}, ${net}, ${asn})`;
      }
      case 'aspa check': {
        const [path, upstream] = this.out.sequence([
          () => this.present(code.path, code.line, 'ASPA_CHECK', 1),
          () => this.present(code.upstream, code.line, 'ASPA_CHECK', 2),
        ]);
        return `c.aspaCheck(${this.out.constant(code.table)}, ${path}, ${upstream})`;
      }
    }
  }

  private constantText({ type, value }: ConstantCode): string {
    if (isNumeric(type) || type.kind === 'bool') return String(value);
    return value === undefined ? 'undefined' : this.out.constant(value);
  }

  /** Operands that need lines of their own are evaluated only when they count. */
  private logical({ operands, operators }: Extract<Code, { op: 'logical' }>): string {
    const { out } = this;
    const first = operands[0]!;
    let text = this.present(first, first.line, operators[0] === '&&' ? 'AND' : 'OR', 1);
    let chain = 1;
    for (let i = 1; i < operands.length; i++) {
      const operator = operators[i - 1]!;
      const operand = operands[i]!;
      const { result, lines } = out.capture(() =>
        this.present(operand, operand.line, operator === '&&' ? 'AND' : 'OR', 2),
      );
      // Long chains are cut, so that the text of the expression stays flat.
      if (lines.length === 0 && chain < LONGEST_CHAIN) {
        const left = operators[i - 2] === operator || i === 1 ? text : `(${text})`;
        text = `${left} ${operator} ${result}`;
        chain++;
        continue;
      }
      const name = out.fresh('t');
      out.put(`let ${name} = ${text};`);
      out.put(`if (${operator === '&&' ? name : `!${name}`}) {`);
      out.putAll(lines);
      out.put(`${name} = ${result};`);
      out.put('}');
      text = name;
      chain = 1;
    }
    return group(text);
  }

  private compare(code: Extract<Code, { op: 'compare' }>): string {
    const { operator, left, right, line } = code;
    if (operator === '=' || operator === '!=') {
      const equal = this.equal(left, right);
      return operator === '=' ? equal : `!${group(equal)}`;
    }
    const [x, y] = this.out.sequence([() => this.expression(left), () => this.expression(right)]);
    const how = order(left.type);
    if (how === 'number') return group(`${x} ${operator} ${y}`);
    if (how === undefined) {
      this.out.put(`return c.fail(${line}, ${this.out.constant("Can't compare values of incompatible types")});`);
      return 'false';
    }
    return group(`${this.out.constant(how)}(${x}, ${y}) ${operator} 0`);
  }

  private equal(left: Code, right: Code): string {
    if (isRouteNet(left) && right.op === 'constant' && right.type === left.type) {
      return `${this.out.constant(isRouteNetwork)}(${this.constantText(right)}, r)`;
    }
    const [x, y] = this.out.sequence([() => this.expression(left), () => this.expression(right)]);
    if (left.type !== right.type) {
      // Values of different types are equal only where both are missing.
      const test = (code: Code, text: string): string =>
        code.type === VOID ? 'true' : code.mayBeVoid ? this.voidTest(code.type, text) : 'false';
      return group(`${test(left, x!)} && ${test(right, y!)}`);
    }
    const same = equality(left.type);
    return same === undefined ? group(`${x} === ${y}`) : `${this.out.constant(same)}(${x}, ${y})`;
  }

  private match(code: Extract<Code, { op: 'match' }>): string {
    const matched = this.matched(code);
    return code.negated ? `!${group(matched)}` : matched;
  }

  private matched({ builtin, left, right, line }: Extract<Code, { op: 'match' }>): string {
    const message = '~ applied on unknown type pair';
    if (isRouteNet(left)) {
      if (builtin === IN_PREFIX_SET) return `${this.presentOr(right, line, message)}.matchesRoute(r)`;
      if (builtin === INSIDE_NETWORK) {
        return `${this.out.constant(coversRoute)}(${this.presentOr(right, line, message)}, r)`;
      }
    }
    if (isNumeric(left.type) && left.type.kind !== 'mac' && right.op === 'constant' && right.type.kind === 'set') {
      const inline = this.inlineSet(left, right.value as ValueSet, line, message);
      if (inline !== undefined) return inline;
    }
    const [x, y] = this.out.sequence([
      () => this.presentOr(left, line, message),
      () => this.presentOr(right, line, message),
    ]);
    const run = builtin.takesRun ? `c, ${line}, ` : '';
    return `${this.out.constant(builtin.run)}(${run}${x}, ${y})`;
  }

  /** A small set of numbers as comparisons. */
  private inlineSet(left: Code, set: ValueSet, line: number, message: string): string | undefined {
    const { ranges, blocks } = set;
    if (ranges.count === 0 || ranges.count > INLINE_RANGES || blocks.length > 0) return undefined;
    const x = this.out.hold(this.presentOr(left, line, message));
    const tests: string[] = [];
    for (let i = 0; i < ranges.count; i++) {
      const [from, to] = [ranges.from[i]!, ranges.to[i]!];
      tests.push(from === to ? `${x} === ${from}` : `(${x} >= ${from} && ${x} <= ${to})`);
    }
    return `(${tests.join(' || ')})`;
  }

  private builtin({ builtin, args, line }: Extract<Code, { op: 'builtin' }>): string {
    if (isRouteNet(args[0])) {
      if (builtin === NET_LENGTH) return 'r.length';
      if (builtin === NET_TYPE) return '(r.version === 4 ? 1 : 2)';
    }
    const texts = this.out.sequence(
      args.map(
        (arg, i) => () => (builtin.passesVoid ? this.expression(arg) : this.present(arg, line, builtin.name, i + 1)),
      ),
    );
    const call = `${this.out.constant(builtin.run)}(${(builtin.takesRun ? ['c', line, ...texts] : texts).join(', ')})`;
    if (!builtin.mayFail) return call;
    const held = this.out.hold(call);
    this.out.put('if (c.stop !== 0) return;');
    return held;
  }

  private call({ callee, args, line }: Extract<Code, { op: 'call' }>): string {
    const { out } = this;
    const texts = out.sequence(args.map((arg) => () => this.expression(arg)));
    const itself = callee === this.self;
    const target = itself ? 'self' : this.out.constant(callee.compiled());
    out.put(`if (--c.budget < 0) return c.overBudget(${line});`);
    if (itself) out.put(`if (!c.enter(${line})) return;`);
    const call = `${target}(${['c', ...texts].join(', ')})`;
    let value = 'undefined';
    if (callee.result === VOID) out.put(`${call};`);
    else value = out.hold(call);
    if (itself) out.put('c.depth--;');
    out.put('if (c.stop !== 0) return;');
    return value;
  }

  private mask(parts: readonly MaskPartCode[], line: number): string {
    const { out } = this;
    const items = out.sequence(
      parts.map((part) => () => {
        if (part.kind !== 'value') return this.out.constant(part);
        const x = out.hold(this.present(part.value, line, 'PATHMASK_CONSTRUCT', 1));
        return part.value.type.kind === 'int'
          ? `{ kind: 'range', from: ${x}, to: ${x} }`
          : `{ kind: 'set', set: ${x} }`;
      }),
    );
    out.put(`c.spend(${parts.length >>> 3});`);
    return `new ${this.out.constant(PathMask)}([${items.join(', ')}])`;
  }
}

function group(text: string): string {
  return /^[\w.]+(?:\([\w, ]*\))?$/.test(text) ? text : `(${text})`;
}
const ARITHMETIC_NAMES: Readonly<Record<string, string>> = {
  '+': 'ADD',
  '-': 'SUBTRACT',
  '*': 'MULTIPLY',
  '&': 'BITAND',
  '|': 'BITOR',
};
