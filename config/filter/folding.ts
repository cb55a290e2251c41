/** Builtins and operators with constant operands are carried out while the filter is read. */
import type { Builtin } from './builtin.ts';
import type { CompareOperator, IntOperator } from './code.ts';
import { equality, order } from './compare.ts';
import { noRoute } from './environment.ts';
import { Evaluation, Stop } from './evaluation.ts';
import { isNumeric, type Type } from './types.ts';

const scratch = new Evaluation();
const nowhere = noRoute(() => {});

/** The value, or what is wrong with these arguments. */
export function fold(builtin: Builtin, args: readonly unknown[]): { value: unknown } | { error: string } {
  const run = builtin.run as (...args: unknown[]) => unknown;
  if (!builtin.takesRun) return { value: run(...args) };
  scratch.beginWithout(nowhere, undefined);
  const value = run(scratch, 0, ...args);
  return scratch.stop === Stop.Error ? { error: scratch.errorMessage } : { value };
}

export function calculate(operator: Exclude<IntOperator, '/'>, a: number, b: number): number {
  switch (operator) {
    case '+':
      return (a + b) >>> 0;
    case '-':
      return (a - b) >>> 0;
    case '*':
      return Math.imul(a, b) >>> 0;
    case '&':
      return (a & b) >>> 0;
    case '|':
      return (a | b) >>> 0;
  }
}

/** `a OPERATOR b` of two values; the types differ for `=` and `!=` only. */
export function compareValues(operator: CompareOperator, type: Type, otherType: Type, a: unknown, b: unknown): boolean {
  if (operator === '=' || operator === '!=') {
    const same = equality(type) as ((a: unknown, b: unknown) => boolean) | undefined;
    const equal = type === otherType && (same === undefined ? a === b : same(a, b));
    return equal === (operator === '=');
  }
  const how = order(type);
  const difference =
    how === 'number' || isNumeric(type)
      ? (a as number) - (b as number)
      : (how as (a: unknown, b: unknown) => number)(a, b);
  switch (operator) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
  }
}
