/** Runs without a route: constants, `eval`, tests. */
import type { Code, Compiled, FunctionCode } from './code.ts';
import { type FilterHost, NoRouteError, noRoute } from './environment.ts';
import { Evaluation, Stop } from './evaluation.ts';
import { compileExpression } from './generate.ts';

export type RunResult = { readonly value: unknown } | { readonly error: string };

/** Runs generated code until it returns a value. Verdicts are no values. */
function runWithout(
  compile: () => Compiled,
  host: FilterHost | undefined,
  print: (line: string) => void,
  failedAsserts: number[] | undefined,
): RunResult {
  const run = new Evaluation();
  run.failedAsserts = failedAsserts;
  run.beginWithout(noRoute(print), host);
  let value: unknown;
  try {
    value = compile()(run);
  } catch (error) {
    if (!(error instanceof NoRouteError || error instanceof RangeError)) throw error;
    return { error: error.message };
  }
  run.flushRest();
  if (run.stop === Stop.Running) return { value };
  return { error: run.stop === Stop.Error ? run.error() : 'Runtime error' };
}

export function evaluateCode(code: Code, host: FilterHost | undefined, print: (line: string) => void): RunResult {
  if (code.op === 'constant') return { value: code.value };
  return runWithout(() => compileExpression(code), host, print, undefined);
}

/** Calls a function without arguments. */
export function runFunction(
  code: FunctionCode,
  host: FilterHost | undefined,
  print: (line: string) => void,
  failedAsserts: number[],
): RunResult {
  return runWithout(code.compiled, host, print, failedAsserts);
}
