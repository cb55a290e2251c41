/** What a builtin is: one JavaScript function with types, called by generated code and, with constants, by folding. */
import type { Type } from './types.ts';

export interface Builtin {
  /** As messages call it: `PATH_PREPEND`. Not unique; `run` is. */
  readonly name: string;
  /** Type of each argument, the receiver of a method first. */
  readonly params: readonly Type[];
  readonly result: Type;
  /** `run` takes the evaluation and the line before the arguments. */
  readonly takesRun: boolean;
  /** It may end the run; the generated code looks. */
  readonly mayFail: boolean;
  /** A missing argument gives a missing value; for all others it is an error. */
  readonly passesVoid: boolean;
  readonly run: (...args: never[]) => unknown;
}

export function plain(
  name: string,
  params: readonly Type[],
  result: Type,
  run: (...args: never[]) => unknown,
): Builtin {
  return { name, params, result, takesRun: false, mayFail: false, passesVoid: false, run };
}

/** One that takes units of work by the length of its arguments. */
export function costly(
  name: string,
  params: readonly Type[],
  result: Type,
  run: (...args: never[]) => unknown,
): Builtin {
  return { name, params, result, takesRun: true, mayFail: false, passesVoid: false, run };
}

export function failing(
  name: string,
  params: readonly Type[],
  result: Type,
  run: (...args: never[]) => unknown,
): Builtin {
  return { name, params, result, takesRun: true, mayFail: true, passesVoid: false, run };
}
