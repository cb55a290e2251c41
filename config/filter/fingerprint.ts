/**
 * When two filters are the same: one text for each piece of checked code, in which variables are numbers, constants are
 * their content, attributes are their places, and called functions are their own fingerprints. Names, lines, spelling
 * and the place in the file do not enter. Digests keep it short: what is compared at a reload is one string.
 */
import { createHash } from 'node:crypto';
import type { AttributeDefinition } from './attributes.ts';
import type { Builtin } from './builtin.ts';
import type { Code, ConstantCode, FunctionCode, StatementCode, Variable } from './code.ts';
import { display } from './display.ts';
import type { PathMask } from './path-mask.ts';
import type { PrefixSet } from './prefix-set.ts';
import type { ValueSet } from './value-set.ts';

export function fingerprintOf(
  kind: 'filter' | 'function' | 'route block',
  args: readonly Variable[],
  body: readonly StatementCode[],
  self?: FunctionCode,
): string {
  const writer = new Writer(self);
  writer.put(kind);
  for (const arg of args) writer.put(arg.type.name);
  writer.statements(body);
  return writer.digest();
}

class Writer {
  private readonly hash = createHash('sha256');
  /** The function that is written, where it calls itself. */
  private readonly self: FunctionCode | undefined;

  constructor(self: FunctionCode | undefined) {
    this.self = self;
  }

  digest(): string {
    return this.hash.digest('base64');
  }

  /** One item; its length goes before it, so that no two sequences of items read alike. */
  put(item: string | number): void {
    const text = String(item);
    this.hash.update(`${text.length}:${text} `);
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

  private statement(statement: StatementCode): void {
    this.put(statement.op);
    switch (statement.op) {
      case 'block':
        this.statements(statement.body);
        break;
      case 'assign':
        this.put(statement.variable.index);
        this.put(statement.variable.type.name);
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
        this.put(statement.table.key());
        this.statements(statement.arms);
        this.optional(statement.otherwise);
        break;
      case 'for':
        this.put(statement.variable.index);
        this.put(statement.variable.type.name);
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
        this.constant(code);
        break;
      case 'variable':
        this.put(code.variable.index);
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
        this.put(code.callee === this.self ? 'itself' : code.callee.fingerprint);
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
    }
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

  private constant({ type, value }: ConstantCode): void {
    this.put(type.name);
    switch (type.kind) {
      case 'set':
        this.put((value as ValueSet).key());
        break;
      case 'prefix set':
        this.put((value as PrefixSet).key());
        break;
      case 'bgpmask':
        this.put((value as PathMask).key());
        break;
      case 'bgppath':
      case 'bytestring':
      case 'clist':
      case 'eclist':
      case 'lclist':
        this.put(Array.from(value as Uint8Array | Uint32Array).join(' '));
        break;
      case 'ec':
        this.put(`${(value as { high: number }).high} ${(value as { low: number }).low}`);
        break;
      default:
        this.put(display(type, value));
    }
  }
}
