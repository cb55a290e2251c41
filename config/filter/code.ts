/**
 * Checked filters: names are resolved, every expression has its type, conversions are written out. The generator turns
 * this into JavaScript, the analysis asks it what it reads, the fingerprint compares it.
 */
import type { ConfigPlace } from '../model.ts';
import type { AttributeDefinition } from './attributes.ts';
import type { Builtin } from './builtin.ts';
import type { PrefixSet } from './prefix-set.ts';
import type { Type } from './types.ts';
import type { Network } from './value.ts';
import type { CaseTable } from './value-set.ts';

export interface Variable {
  /** Number of the variable in its function; arguments come first, so they have the lowest numbers. */
  readonly index: number;
  readonly type: Type;
}

interface Typed {
  readonly type: Type;
  /** The value can be missing at run time. */
  readonly mayBeVoid: boolean;
  /** Line of the file, for messages at run time. */
  readonly line: number;
}

export type CompareOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';
/** `++` is a builtin. */
export type IntOperator = '+' | '-' | '*' | '/' | '&' | '|';

export interface ConstantCode extends Typed {
  readonly op: 'constant';
  readonly value: unknown;
}

export type Code =
  | ConstantCode
  | (Typed & { readonly op: 'variable'; readonly variable: Variable })
  | (Typed & { readonly op: 'attribute'; readonly attribute: AttributeDefinition })
  | (Typed & { readonly op: 'arithmetic'; readonly operator: IntOperator; readonly left: Code; readonly right: Code })
  | (Typed & { readonly op: 'not'; readonly operand: Code })
  | (Typed & {
      readonly op: 'logical';
      readonly operands: readonly Code[];
      readonly operators: readonly ('&&' | '||')[];
    })
  /** Both sides have the same type, unless it is `=` or `!=`: then different types are different values. */
  | (Typed & { readonly op: 'compare'; readonly operator: CompareOperator; readonly left: Code; readonly right: Code })
  | (Typed & {
      readonly op: 'match';
      readonly negated: boolean;
      readonly builtin: Builtin;
      readonly left: Code;
      readonly right: Code;
    })
  | (Typed & { readonly op: 'builtin'; readonly builtin: Builtin; readonly args: readonly Code[] })
  | (Typed & { readonly op: 'call'; readonly callee: FunctionCode; readonly args: readonly Code[] })
  | (Typed & { readonly op: 'defined'; readonly operand: Code })
  | (Typed & { readonly op: 'display'; readonly operand: Code })
  /** A mask with values that are known at run time only. */
  | (Typed & { readonly op: 'mask'; readonly parts: readonly MaskPartCode[] })
  /** Ends the run with an error. */
  | (Typed & { readonly op: 'fail'; readonly message: string })
  | (Typed & { readonly op: 'roa check'; readonly table: string; readonly net: Code; readonly asn: Code })
  | (Typed & { readonly op: 'aspa check'; readonly table: string; readonly path: Code; readonly upstream: Code });

export type MaskPartCode =
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'any' | 'star' | 'loop' }
  /** An int or an int set. */
  | { readonly kind: 'value'; readonly value: Code };

export type StatementCode =
  | { readonly op: 'block'; readonly body: readonly StatementCode[] }
  /** `value` undefined: the variable becomes void, or an empty list. */
  | { readonly op: 'assign'; readonly variable: Variable; readonly value: Code | undefined; readonly line: number }
  | { readonly op: 'set'; readonly attribute: AttributeDefinition; readonly value: Code; readonly line: number }
  | { readonly op: 'unset'; readonly attribute: AttributeDefinition; readonly line: number }
  | { readonly op: 'evaluate'; readonly value: Code }
  | {
      readonly op: 'if';
      readonly arms: readonly { readonly condition: Code; readonly body: StatementCode }[];
      readonly otherwise: StatementCode | undefined;
    }
  | {
      readonly op: 'case';
      readonly value: Code;
      readonly table: CaseTable;
      readonly arms: readonly StatementCode[];
      readonly otherwise: StatementCode | undefined;
      readonly line: number;
    }
  | {
      readonly op: 'for';
      readonly variable: Variable;
      readonly list: Code;
      readonly body: StatementCode;
      readonly line: number;
    }
  | {
      readonly op: 'end';
      readonly verdict: 'accept' | 'reject' | 'error';
      readonly printed: readonly Code[];
      readonly place: ConfigPlace;
    }
  | { readonly op: 'print'; readonly printed: readonly Code[]; readonly newline: boolean }
  /** From a function; `value` undefined: without a value. */
  | { readonly op: 'return'; readonly value: Code | undefined }
  /** From a filter: the value decides. */
  | { readonly op: 'decide'; readonly value: Code; readonly place: ConfigPlace }
  | { readonly op: 'assert'; readonly condition: Code; readonly line: number }
  | { readonly op: 'fail'; readonly message: string; readonly line: number };

/** A constant, or the table of a `case`. */
export type ShapeConstant = { readonly type: Type; readonly value: unknown } | { readonly table: CaseTable };

/** See shape.ts. */
export interface Shape {
  readonly text: string;
  readonly constants: readonly ShapeConstant[];
  /** Each called function once, in the order of first calls. */
  readonly callees: readonly Shape[];
}

/** JavaScript made of a body: arguments behind the evaluation; the value, or void while a run goes on or was ended. */
export type Compiled = (run: unknown, ...args: unknown[]) => unknown;

/** What a filter asks about the prefix of a route: is it in these, is it these, how long is it? See prefix-questions.ts. */
export interface PrefixQuestions {
  readonly sets: ReadonlySet<PrefixSet>;
  readonly inside: ReadonlySet<Network>;
  readonly equal: ReadonlySet<Network>;
  /** Lengths at which an answer may turn. */
  readonly lengths: ReadonlySet<number>;
}

export interface Effects {
  /** Bits of `PolicyReads`, of everything that is called too. */
  readonly reads: number;
  readonly writes: boolean;
  /** What it asks about the prefix; `undefined` if it wants to know all of it. */
  readonly prefix: PrefixQuestions | undefined;
}

/** Fields are filled in as the function is read; a function can call itself before it is complete. */
export interface FunctionCode {
  readonly name: string;
  readonly args: readonly Variable[];
  /** The type of the value, `VOID` without one; `undefined` while that is being found out. */
  result: Type | undefined;
  mayReturnVoid: boolean;
  /** Its body is read. */
  complete: boolean;
  /** It calls itself. */
  recursive: boolean;
  body: readonly StatementCode[];
  variables: readonly Variable[];
  effects: Effects;
  /** For comparing code, whatever it is called and wherever it stands. */
  shape: Shape;
  /** Made when it is first called: most readings of a configuration only find that nothing changed. */
  readonly compiled: () => Compiled;
}

export function constant(type: Type, value: unknown, line: number): ConstantCode {
  return { op: 'constant', type, value, mayBeVoid: false, line };
}

/** True if control never comes out behind the statements. */
export function alwaysEnds(statements: readonly StatementCode[]): boolean {
  return statements.some((statement) => {
    switch (statement.op) {
      case 'end':
      case 'return':
      case 'decide':
      case 'fail':
        return true;
      case 'block':
        return alwaysEnds(statement.body);
      case 'if':
        return (
          statement.otherwise !== undefined &&
          alwaysEnds([statement.otherwise]) &&
          statement.arms.every((arm) => alwaysEnds([arm.body]))
        );
      case 'case':
        return (
          statement.otherwise !== undefined &&
          alwaysEnds([statement.otherwise]) &&
          statement.arms.every((arm) => alwaysEnds([arm]))
        );
      default:
        return false;
    }
  });
}
