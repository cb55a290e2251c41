/**
 * When two filters are the same. The shape of checked code is one text, in which variables are numbers, attributes are
 * their places, and constants and called functions are counted; beside it stand the constants, compared by content, and
 * the shapes of the functions. Names, lines, spelling and the place in the file do not enter: a reload that only moves
 * or reformats filters finds them the same.
 */
import type { AttributeDefinition } from './attributes.ts';
import type { Builtin } from './builtin.ts';
import type { Code, FunctionCode, Shape, ShapeConstant, StatementCode, Variable } from './code.ts';
import { equality } from './compare.ts';
import { isNumeric, type Type } from './types.ts';

export function shapeOf(
  kind: 'filter' | 'function' | 'route block',
  args: readonly Variable[],
  body: readonly StatementCode[],
  self?: FunctionCode,
): Shape {
  const writer = new Writer(self);
  writer.put(kind);
  for (const arg of args) writer.put(arg.type.name);
  writer.statements(body);
  return writer.shape();
}

export function sameShape(one: Shape, other: Shape, known = new Map<Shape, Set<Shape>>()): boolean {
  if (one === other || known.get(one)?.has(other) === true) return true;
  if (one.text !== other.text || one.constants.length !== other.constants.length) return false;
  if (!one.constants.every((constant, i) => sameConstant(constant, other.constants[i]!))) return false;
  // The text counts the callees, so there are as many on both sides.
  if (!one.callees.every((callee, i) => sameShape(callee, other.callees[i]!, known))) return false;
  // Functions that are called on many ways are compared once.
  const others = known.get(one);
  if (others === undefined) known.set(one, new Set([other]));
  else others.add(other);
  return true;
}

function sameConstant(one: ShapeConstant, other: ShapeConstant): boolean {
  if ('table' in one || 'table' in other) {
    return 'table' in one && 'table' in other && one.table.key() === other.table.key();
  }
  if (one.type !== other.type) return false;
  const same = equality(one.type) as ((a: unknown, b: unknown) => boolean) | undefined;
  return same === undefined ? one.value === other.value : same(one.value, other.value);
}

class Writer {
  private readonly items: string[] = [];
  private readonly constants: ShapeConstant[] = [];
  private readonly callees: FunctionCode[] = [];
  /** The function that is written, where it calls itself. */
  private readonly self: FunctionCode | undefined;

  constructor(self: FunctionCode | undefined) {
    this.self = self;
  }

  shape(): Shape {
    return {
      text: this.items.join(' '),
      constants: this.constants,
      callees: this.callees.map((callee) => callee.shape),
    };
  }

  /** One item; its length goes before it, so that no two sequences of items read alike. */
  put(item: string | number): void {
    this.items.push(typeof item === 'number' ? String(item) : `${item.length}:${item}`);
  }

  statements(body: readonly StatementCode[]): void {
    this.put(body.length);
    for (const statement of body) this.statement(statement);
  }

  private optional(statement: StatementCode | undefined): void {
    this.statements(statement === undefined ? [] : [statement]);
  }

  private codes(list: readonly Code[]): void {
    this.put(list.length);
    for (const code of list) this.code(code);
  }

  private variable({ index, type }: Variable): void {
    this.put(index);
    this.put(type.name);
  }

  private statement(statement: StatementCode): void {
    this.put(statement.op);
    switch (statement.op) {
      case 'block':
        this.statements(statement.body);
        break;
      case 'assign':
        this.variable(statement.variable);
        this.codes(statement.value === undefined ? [] : [statement.value]);
        break;
      case 'set':
        this.attribute(statement.attribute);
        this.code(statement.value);
        break;
      case 'unset':
        this.attribute(statement.attribute);
        break;
      case 'evaluate':
        this.code(statement.value);
        break;
      case 'if':
        this.codes(statement.arms.map((arm) => arm.condition));
        this.statements(statement.arms.map((arm) => arm.body));
        this.optional(statement.otherwise);
        break;
      case 'case':
        this.code(statement.value);
        this.constants.push({ table: statement.table });
        this.statements(statement.arms);
        this.optional(statement.otherwise);
        break;
      case 'for':
        this.variable(statement.variable);
        this.code(statement.list);
        this.statement(statement.body);
        break;
      case 'end':
        this.put(statement.verdict);
        this.codes(statement.printed);
        break;
      case 'print':
        this.put(statement.newline ? 1 : 0);
        this.codes(statement.printed);
        break;
      case 'return':
        this.codes(statement.value === undefined ? [] : [statement.value]);
        break;
      case 'decide':
        this.code(statement.value);
        break;
      case 'assert':
        this.code(statement.condition);
        break;
      case 'fail':
        this.put(statement.message);
        break;
    }
  }

  private code(code: Code): void {
    this.put(code.op);
    switch (code.op) {
      case 'constant':
        this.constant(code.type, code.value);
        break;
      case 'variable':
        this.put(code.variable.index);
        break;
      case 'fail':
        this.put(code.message);
        break;
      case 'attribute':
        this.attribute(code.attribute);
        break;
      case 'arithmetic':
      case 'compare':
        this.put(code.operator);
        this.code(code.left);
        this.code(code.right);
        break;
      case 'match':
        this.put(code.negated ? 1 : 0);
        this.builtin(code.builtin);
        this.code(code.left);
        this.code(code.right);
        break;
      case 'not':
      case 'defined':
      case 'display':
        this.code(code.operand);
        break;
      case 'logical':
        this.put(code.operators.join(' '));
        this.codes(code.operands);
        break;
      case 'builtin':
        this.builtin(code.builtin);
        this.codes(code.args);
        break;
      case 'call':
        this.put(this.calleeNumber(code.callee));
        this.codes(code.args);
        break;
      case 'mask':
        this.put(code.parts.length);
        for (const part of code.parts) {
          this.put(part.kind);
          if (part.kind === 'value') this.code(part.value);
          if (part.kind === 'range') this.put(`${part.from}-${part.to}`);
        }
        break;
      case 'roa check':
        this.put(code.table);
        this.code(code.net);
        this.code(code.asn);
        break;
      case 'aspa check':
        this.put(code.table);
        this.code(code.path);
        this.code(code.upstream);
        break;
    }
  }

  /** -1 for the function itself. */
  private calleeNumber(callee: FunctionCode): number {
    if (callee === this.self) return -1;
    const known = this.callees.indexOf(callee);
    if (known >= 0) return known;
    this.callees.push(callee);
    return this.callees.length - 1;
  }

  /** Numbers stand in the text, so that arithmetic needs no list of constants. */
  private constant(type: Type, value: unknown): void {
    this.put(type.name);
    if (isNumeric(type) || type.kind === 'bool' || type.kind === 'string') this.put(String(value));
    else this.constants.push({ type, value });
  }

  private builtin(builtin: Builtin): void {
    this.put(builtin.name);
    this.put(builtin.params.map((type) => type.name).join(' '));
    this.put(builtin.result.name);
  }

  private attribute({ name, type, place }: AttributeDefinition): void {
    this.put(name);
    this.put(type.name);
    this.put(JSON.stringify(place));
  }
}
