/**
 * Checked code to JavaScript. One function of the filter language becomes one JavaScript function over an `Evaluation`
 * `c`, its route `r` and attributes `a`; variables are `v0`, `v1`, ...
 *
 * Expressions become JavaScript expressions as long as they can neither fail nor end the run. What can is written as a
 * statement of its own into a temporary, followed by a look at `c.stop`; so nothing is thrown, and the straight code
 * that is left is what the optimiser likes best. `if` chains are flat labelled blocks, whatever their length.
 *
 *     if net ~ [10.0.0.0/8+] && bgp_med + 1 > 5 then reject;
 *
 *     let t0 = k0.matchesRoute(r);
 *     if (t0) { const t1 = a.u32(4); if (t1 < 0) return c.fail(7, k1); t0 = ((t1 + 1) >>> 0) > 5; }
 *     if (t0) { return c.reject(); }
 */

import { pathNumbers } from './as-path.ts';
import type { AttributeDefinition } from './attributes.ts';
import { ITERATION, NET_LENGTH, NET_TYPE } from './builtins.ts';
import { alwaysEnds } from './check-statement.ts';
import type { Code, Compiled, ConstantCode, FunctionCode, MaskPartCode, StatementCode, Variable } from './code.ts';
import { equality, order } from './compare.ts';
import { display } from './display.ts';
import { Emitter } from './emitter.ts';
import { listIndex } from './evaluation.ts';
import { IN_PREFIX_SET, INSIDE_NETWORK } from './matches.ts';
import { PathMask } from './path-mask.ts';
import { isNumeric, type Type, VOID } from './types.ts';
import { coversRoute, EMPTY_BYTES, EMPTY_WORDS, ExtendedCommunity, isRouteNetwork, LargeCommunity } from './value.ts';
import type { ValueSet } from './value-set.ts';

/** Sets of numbers up to this many ranges are compared in place. */
const INLINE_RANGES = 4;

interface Unit {
  readonly args: readonly Variable[];
  readonly variables: readonly Variable[];
  readonly body: readonly StatementCode[];
}

/** `atEnd`: what happens when a filter has no verdict at its end; `label` is its name. */
export function compileFilter(unit: Unit, atEnd: 'fail' | 'accept', label: string): Compiled {
  const generator = new Generator(undefined);
  const last = atEnd === 'accept' ? 'return c.accept();' : `return c.noVerdict(${generator.constant(label)});`;
  return generator.compile(unit, last);
}

export function compileFunction(code: FunctionCode): Compiled {
  return new Generator(code).compile(code, `return ${voidText(code.result ?? VOID)};`);
}

/** A function that returns the value of one expression. */
export function compileExpression(code: Code): Compiled {
  return new Generator(undefined).compile({ args: [], variables: [], body: [{ op: 'return', value: code }] }, '');
}

function voidText(type: Type): string {
  return isNumeric(type) ? '-1' : 'undefined';
}

class Generator {
  private readonly out = new Emitter();
  /** The function that is generated, for calls of itself. */
  private readonly callee: FunctionCode | undefined;

  constructor(callee: FunctionCode | undefined) {
    this.callee = callee;
  }

  constant(value: unknown): string {
    return this.out.constant(value);
  }

  compile({ args, variables, body }: Unit, last: string): Compiled {
    for (const statement of body) this.statement(statement);
    if (!alwaysEnds(body)) this.out.put(last);
    const head = ['const r = c.route;', 'const a = c.attributes;'];
    for (const variable of variables) {
      if (variable.index >= args.length) head.push(`let v${variable.index} = ${this.emptyText(variable.type)};`);
    }
    return this.out.build(['c', ...args.map((arg) => `v${arg.index}`)], head) as Compiled;
  }

  /** What a variable without a value holds. */
  private emptyText(type: Type): string {
    switch (type.kind) {
      case 'bgppath':
        return this.constant(EMPTY_BYTES);
      case 'clist':
      case 'eclist':
      case 'lclist':
        return this.constant(EMPTY_WORDS);
      default:
        return voidText(type);
    }
  }

  // ------------------------------------------------------------------------------------------------- statements

  private statement(statement: StatementCode): void {
    const { out } = this;
    switch (statement.op) {
      case 'block':
        for (const inner of statement.body) this.statement(inner);
        break;
      case 'assign': {
        const { variable, value, line } = statement;
        const text = value === undefined ? this.emptyText(variable.type) : this.present(value, line, 'VAR_SET', 1);
        out.put(`v${variable.index} = ${text};`);
        break;
      }
      case 'set':
        this.setAttribute(statement.attribute, statement.value, statement.line);
        break;
      case 'unset':
        out.put(this.unsetText(statement.attribute));
        break;
      case 'evaluate': {
        const text = this.expression(statement.value);
        if (text !== '') out.put(`${text};`);
        break;
      }
      case 'if':
        this.ifStatement(statement);
        break;
      case 'case':
        this.caseStatement(statement);
        break;
      case 'for':
        this.forStatement(statement);
        break;
      case 'end':
        this.print(statement.printed);
        if (statement.printed.length > 0) out.put('c.flush();');
        out.put(
          statement.verdict === 'error' ? `return c.refuse(${statement.line});` : `return c.${statement.verdict}();`,
        );
        break;
      case 'print':
        this.print(statement.printed);
        if (statement.newline) out.put('c.flush();');
        break;
      case 'return':
        this.returnValue(statement.value);
        break;
      case 'decide': {
        const text = this.present(statement.value, statement.line, 'CONDITION', 1);
        out.put(`return ${text} ? c.accept() : c.reject();`);
        break;
      }
      case 'assert': {
        const text = this.present(statement.condition, statement.line, 'ASSERT', 1);
        out.put(`if (!(${text})) { c.assertFailed(${statement.line}); if (c.stop !== 0) return; }`);
        break;
      }
      case 'fail':
        out.put(`return c.fail(${statement.line}, ${this.constant(statement.message)});`);
        break;
    }
  }

  private returnValue(value: Code | undefined): void {
    const text = value === undefined ? 'undefined' : this.expression(value);
    // What returns nothing returns the void of the function's own type.
    const none = voidText(this.callee?.result ?? VOID);
    this.out.put(`return ${value === undefined || value.type === VOID ? none : text};`);
  }

  private print(printed: readonly Code[]): void {
    for (const code of printed) {
      this.out.put(`c.put(${this.displayText(code)});`);
    }
  }

  private displayText(code: Code): string {
    const text = this.expression(code);
    return `${this.constant(display)}(${this.constant(code.type)}, ${text})`;
  }

  private ifStatement({ arms, otherwise }: Extract<StatementCode, { op: 'if' }>): void {
    const { out } = this;
    const only = arms.length === 1 && otherwise === undefined;
    const label = only ? '' : out.fresh('L');
    if (!only) out.put(`${label}: {`);
    for (const { condition, body } of arms) {
      out.put(`if (${this.present(condition, condition.line, 'CONDITION', 1)}) {`);
      this.statement(body);
      out.put(only ? '}' : `break ${label}; }`);
    }
    if (otherwise !== undefined) this.statement(otherwise);
    if (!only) out.put('}');
  }

  private caseStatement({ value, table, arms, otherwise }: Extract<StatementCode, { op: 'case' }>): void {
    const { out } = this;
    const text = out.hold(this.expression(value));
    const search = `${this.constant(table)}.${searchMethod(value.type)}(${text})`;
    const guarded = value.mayBeVoid && !isNumeric(value.type) ? `${text} === undefined ? -1 : ${search}` : search;
    out.put(`switch (${guarded}) {`);
    arms.forEach((arm, index) => {
      out.put(`case ${index}: {`);
      this.statement(arm);
      out.put('break; }');
    });
    if (otherwise !== undefined) {
      out.put('default: {');
      this.statement(otherwise);
      out.put('}');
    }
    out.put('}');
  }

  private forStatement({ variable, list, body, line }: Extract<StatementCode, { op: 'for' }>): void {
    const { out } = this;
    const { stride } = ITERATION.get(list.type)!;
    const text = this.expression(list);
    const words = out.hold(list.type.kind === 'bgppath' ? `${this.constant(pathNumbers)}(${text})` : text);
    const index = out.fresh('i');
    const word = (offset: number): string => (offset === 0 ? `${words}[${index}]` : `${words}[${index} + ${offset}]`);
    const element =
      stride === 1
        ? word(0)
        : stride === 2
          ? `new ${this.constant(ExtendedCommunity)}(${word(0)}, ${word(1)})`
          : `new ${this.constant(LargeCommunity)}(${word(0)}, ${word(1)}, ${word(2)})`;
    out.put(`for (let ${index} = 0; ${index} < ${words}.length; ${index} += ${stride}) {`);
    out.put(`if (--c.budget < 0) return c.overBudget(${line});`);
    out.put(`v${variable.index} = ${element};`);
    this.statement(body);
    out.put('}');
  }

  // ------------------------------------------------------------------------------------------------- attributes

  private setAttribute({ place, type }: AttributeDefinition, value: Code, line: number): void {
    const { out } = this;
    const x = this.present(value, line, place.in === 'route' ? 'RTA_SET' : 'EA_SET', 1);
    switch (place.in) {
      case 'route':
        this.setField(place.field, x, line);
        break;
      case 'number':
        out.put(`a.setU32(${place.code}, ${x});`);
        break;
      case 'list':
        out.put(`c.setList(${listIndex(place.code)}, ${x});`);
        break;
      case 'path':
        out.put(`c.setPath(${x});`);
        break;
      case 'next hop':
        out.put(`c.setNextHop(${x});`);
        break;
      case 'octets':
        out.put(`c.setOctets(${place.code}, ${x});`);
        break;
      case 'extension':
        out.put(
          isNumeric(type) ? `a.setExtensionU32(${place.id}, ${x});` : `c.set${extensionForm(type)}(${place.id}, ${x});`,
        );
        break;
      case 'extension bit':
        out.put(`c.setExtensionBit(${place.id}, ${place.bit}, ${x});`);
        break;
    }
  }

  private setField(field: string, x: string, line: number): void {
    const { out } = this;
    switch (field) {
      case 'from':
        out.put(`c.setFrom(${x});`);
        break;
      case 'scope':
        out.put(`r.scope = ${x};`);
        break;
      case 'onlink':
        out.put(`c.setOnlink(${x});`);
        break;
      default: {
        const setter = FAILING_SETTERS[field];
        out.put(`c.${setter}(${line}, ${x});`);
        out.put('if (c.stop !== 0) return;');
      }
    }
  }

  private unsetText({ place }: AttributeDefinition): string {
    switch (place.in) {
      case 'list':
        return `c.unsetList(${listIndex(place.code)});`;
      case 'path':
        return 'c.unsetPath();';
      case 'next hop':
        return 'a.unset(3);';
      case 'extension':
        return `a.unsetExtension(${place.id});`;
      case 'extension bit':
        return `c.setExtensionBit(${place.id}, ${place.bit}, false);`;
      case 'number':
      case 'octets':
        return `a.unset(${place.code});`;
      case 'route':
        return '';
    }
  }

  private attributeText({ place, type }: AttributeDefinition): string {
    switch (place.in) {
      case 'route':
        return FIELD_TEXTS[place.field]!;
      case 'number':
        return `a.u32(${place.code})`;
      case 'list':
        return `c.list(${listIndex(place.code)})`;
      case 'path':
        return 'c.path()';
      case 'next hop':
        return 'c.nextHop()';
      case 'octets':
        return `c.octets(${place.code})`;
      case 'extension':
        return isNumeric(type) ? `a.extensionU32(${place.id})` : `c.get${extensionForm(type)}(${place.id})`;
      case 'extension bit':
        return `c.extensionBit(${place.id}, ${place.bit})`;
    }
  }

  private definedText(code: Code): string {
    if (code.op !== 'attribute') {
      const text = this.expression(code);
      return code.mayBeVoid || code.type === VOID ? `!(${this.voidTest(code.type, text)})` : 'true';
    }
    const { place, type } = code.attribute;
    switch (place.in) {
      case 'route':
        return 'true';
      case 'list':
        return `c.hasList(${listIndex(place.code)})`;
      case 'path':
        return 'c.hasPath()';
      case 'next hop':
        return 'a.has(3)';
      case 'octets':
        return `a.has(${place.code})`;
      case 'extension':
        return isNumeric(type) ? `a.extensionU32(${place.id}) >= 0` : `c.hasExtension(${place.id})`;
      default:
        return `!(${this.voidTest(type, this.attributeText(code.attribute))})`;
    }
  }

  // ------------------------------------------------------------------------------------------------- expressions

  private voidTest(type: Type, text: string): string {
    return isNumeric(type) ? `${text} < 0` : `${text} === undefined`;
  }

  /** The value, which is there: a missing one ends the run with an error. */
  private present(code: Code, line: number, instruction: string, index: number): string {
    const type = code.type.name;
    return this.presentOr(code, line, `Argument ${index} of ${instruction} must be of type ${type}, got type void`);
  }

  private presentOr(code: Code, line: number, message: string): string {
    const text = this.expression(code);
    if (!code.mayBeVoid) return text;
    const held = this.out.hold(text);
    this.out.put(`if (${this.voidTest(code.type, held)}) return c.fail(${line}, ${this.constant(message)});`);
    return held;
  }

  private expression(code: Code): string {
    switch (code.op) {
      case 'constant':
        return this.constantText(code);
      case 'variable':
        return `v${code.variable.index}`;
      case 'attribute':
        return this.attributeText(code.attribute);
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
        return `c.roaCheck(${this.constant(code.table)}, ${net}, ${asn})`;
      }
    }
  }

  private constantText({ type, value }: ConstantCode): string {
    if (isNumeric(type) || type.kind === 'bool') return String(value);
    return value === undefined ? 'undefined' : this.constant(value);
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
      if (lines.length === 0 && chain < 50) {
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
      this.out.put(`return c.fail(${line}, ${this.constant("Can't compare values of incompatible types")});`);
      return 'false';
    }
    return group(`${this.constant(how)}(${x}, ${y}) ${operator} 0`);
  }

  private equal(left: Code, right: Code): string {
    if (isRouteNet(left) && right.op === 'constant' && right.type === left.type) {
      return `${this.constant(isRouteNetwork)}(${this.constantText(right)}, r)`;
    }
    const [x, y] = this.out.sequence([() => this.expression(left), () => this.expression(right)]);
    if (left.type !== right.type) {
      // Values of different types are equal only where both are missing.
      const test = (code: Code, text: string): string =>
        code.type === VOID ? 'true' : code.mayBeVoid ? this.voidTest(code.type, text) : 'false';
      return group(`${test(left, x!)} && ${test(right, y!)}`);
    }
    const same = equality(left.type);
    return same === undefined ? group(`${x} === ${y}`) : `${this.constant(same)}(${x}, ${y})`;
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
        return `${this.constant(coversRoute)}(${this.presentOr(right, line, message)}, r)`;
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
    return `${this.constant(builtin.run)}(${run}${x}, ${y})`;
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
    const call = `${this.constant(builtin.run)}(${(builtin.takesRun ? ['c', line, ...texts] : texts).join(', ')})`;
    if (!builtin.mayFail) return call;
    const held = this.out.hold(call);
    this.out.put('if (c.stop !== 0) return;');
    return held;
  }

  private call({ callee, args, line }: Extract<Code, { op: 'call' }>): string {
    const { out } = this;
    const texts = out.sequence(args.map((arg) => () => this.expression(arg)));
    const itself = callee === this.callee;
    const target = itself ? 'self' : this.constant(callee.compiled);
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
        if (part.kind !== 'value') return this.constant(part);
        const x = out.hold(this.present(part.value, line, 'PATHMASK_CONSTRUCT', 1));
        return part.value.type.kind === 'int'
          ? `{ kind: 'range', from: ${x}, to: ${x} }`
          : `{ kind: 'set', set: ${x} }`;
      }),
    );
    out.put(`c.spend(${parts.length >>> 3});`);
    return `new ${this.constant(PathMask)}([${items.join(', ')}])`;
  }
}

function group(text: string): string {
  return /^[\w.]+(?:\([\w, ]*\))?$/.test(text) ? text : `(${text})`;
}

function isRouteNet(code: Code | undefined): boolean {
  return code?.op === 'attribute' && code.attribute.place.in === 'route' && code.attribute.place.field === 'net';
}

function searchMethod(type: Type): string {
  switch (type.kind) {
    case 'ip':
      return 'armOfIp';
    case 'ec':
    case 'rd':
      return 'armOf64';
    case 'lc':
      return 'armOfLarge';
    case 'mac':
      return 'armOfMac';
    default:
      return 'armOfNumber';
  }
}

/** Suffix of the accessors of `Evaluation` for extension attributes of a type. */
function extensionForm(type: Type): string {
  switch (type.kind) {
    case 'ip':
      return 'ExtensionIp';
    case 'string':
      return 'ExtensionText';
    case 'bgppath':
      return 'ExtensionPath';
    case 'clist':
    case 'eclist':
    case 'lclist':
      return 'ExtensionList';
    default:
      return 'ExtensionOctets';
  }
}

const FIELD_TEXTS: Readonly<Record<string, string>> = {
  net: 'c.net()',
  proto: 'r.protocol',
  source: 'r.source',
  from: 'c.from()',
  gw: 'c.gateway()',
  dest: 'c.destination()',
  ifname: 'c.interfaceName()',
  ifindex: 'c.interfaceIndex()',
  scope: 'r.scope',
  preference: 'r.preference',
  weight: 'c.weight()',
  onlink: 'c.onlink()',
};

/** Setters that can refuse the value. */
const FAILING_SETTERS: Readonly<Record<string, string>> = {
  gw: 'setGateway',
  dest: 'setDestination',
  ifname: 'setInterface',
  preference: 'setPreference',
  weight: 'setWeight',
};

const ARITHMETIC_NAMES: Readonly<Record<string, string>> = {
  '+': 'ADD',
  '-': 'SUBTRACT',
  '*': 'MULTIPLY',
  '&': 'BITAND',
  '|': 'BITOR',
};
