/** Builtins with constant arguments are called while the filter is read. */
import type { Builtin } from './builtin.ts';
import { noRoute } from './environment.ts';
import { Evaluation, Stop } from './evaluation.ts';

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
