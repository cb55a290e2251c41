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
 *     if (t0) { return c.reject(k2); }
 */
import { pathNumbers } from './as-path.ts';
import { unsetText, writeText } from './attribute-access.ts';
import { ITERATION } from './builtins.ts';
import { alwaysEnds, type Code, type Compiled, type FunctionCode, type StatementCode, type Variable } from './code.ts';
import { Emitter } from './emitter.ts';
import { ExpressionWriter, voidText } from './expression-writer.ts';
import { isNumeric, type Type, VOID } from './types.ts';
import { EMPTY_BYTES, EMPTY_WORDS, ExtendedCommunity, LargeCommunity } from './value.ts';

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

class Generator {
  private readonly out = new Emitter();
  private readonly write: ExpressionWriter;
  /** The function that is generated; `undefined` for a filter. */
  private readonly callee: FunctionCode | undefined;

  constructor(callee: FunctionCode | undefined) {
    this.callee = callee;
    this.write = new ExpressionWriter(this.out, callee);
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
        const text =
          value === undefined ? this.emptyText(variable.type) : this.write.present(value, line, 'VAR_SET', 1);
        out.put(`v${variable.index} = ${text};`);
        break;
      }
      case 'set':
        this.setAttribute(statement);
        break;
      case 'unset':
        out.put(unsetText(statement.attribute));
        break;
      case 'evaluate': {
        const text = this.write.expression(statement.value);
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
        if (statement.verdict === 'error') out.put(`return c.refuse(${statement.place.line});`);
        else out.put(`return c.${statement.verdict}(${this.constant(statement.place)});`);
        break;
      case 'print':
        this.print(statement.printed);
        if (statement.newline) out.put('c.flush();');
        break;
      case 'return':
        this.returnValue(statement.value);
        break;
      case 'decide': {
        const text = this.write.present(statement.value, statement.place.line, 'CONDITION', 1);
        const place = this.constant(statement.place);
        out.put(`return ${text} ? c.accept(${place}) : c.reject(${place});`);
        break;
      }
      case 'assert': {
        const text = this.write.present(statement.condition, statement.line, 'ASSERT', 1);
        out.put(`if (!(${text})) { c.assertFailed(${statement.line}); if (c.stop !== 0) return; }`);
        break;
      }
      case 'fail':
        out.put(`return c.fail(${statement.line}, ${this.constant(statement.message)});`);
        break;
    }
  }

  private returnValue(value: Code | undefined): void {
    const text = value === undefined ? 'undefined' : this.write.expression(value);
    // What returns nothing returns the void of the function's own type.
    const none = voidText(this.callee?.result ?? VOID);
    this.out.put(`return ${value === undefined || value.type === VOID ? none : text};`);
  }

  private print(printed: readonly Code[]): void {
    for (const code of printed) {
      this.out.put(`c.put(${this.write.displayText(code)});`);
    }
  }

  private setAttribute({ attribute, value, line }: Extract<StatementCode, { op: 'set' }>): void {
    const instruction = attribute.place.in === 'route' ? 'RTA_SET' : 'EA_SET';
    const { text, mayFail } = writeText(attribute, this.write.present(value, line, instruction, 1), line);
    this.out.put(text);
    if (mayFail) this.out.put('if (c.stop !== 0) return;');
  }

  private ifStatement({ arms, otherwise }: Extract<StatementCode, { op: 'if' }>): void {
    const { out } = this;
    const only = arms.length === 1 && otherwise === undefined;
    const label = only ? '' : out.fresh('L');
    if (!only) out.put(`${label}: {`);
    for (const { condition, body } of arms) {
      out.put(`if (${this.write.present(condition, condition.line, 'CONDITION', 1)}) {`);
      this.statement(body);
      out.put(only ? '}' : `break ${label}; }`);
    }
    if (otherwise !== undefined) this.statement(otherwise);
    if (!only) out.put('}');
  }

  private caseStatement({ value, table, arms, otherwise }: Extract<StatementCode, { op: 'case' }>): void {
    const { out } = this;
    const text = out.hold(this.write.expression(value));
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
    const text = this.write.expression(list);
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
