/**
 * Tests in the filter language: `bt_test_suite(function, "what it is about")` and `bt_test_same(one, other, 0 or 1)` of
 * a configuration are collected while it is read and run by whoever asks (`peregrined -p`).
 */
import type { ConfigPlace } from '../model.ts';
import type { FunctionCode } from './code.ts';
import type { FilterHost } from './environment.ts';
import { runFunction } from './run.ts';

export interface FilterTestResult {
  readonly description: string;
  readonly place: ConfigPlace;
  readonly passed: boolean;
  /** Lines of assertions that did not hold, and the error that ended the test, if one did. */
  readonly failures: readonly string[];
}

interface FilterTest {
  readonly description: string;
  readonly place: ConfigPlace;
  run(host: FilterHost | undefined, print: (line: string) => void): string[];
}

export class FilterTests {
  private readonly tests: FilterTest[] = [];

  get count(): number {
    return this.tests.length;
  }

  addSuite(code: FunctionCode, description: string, place: ConfigPlace): void {
    const run: FilterTest['run'] = (host, print) => {
      const lines: number[] = [];
      const result = runFunction(code, host, print, lines);
      const failures = lines.map((line) => `line ${line}: assertion failed`);
      if ('error' in result) failures.push(result.error);
      return failures;
    };
    this.tests.push({ description, place, run });
  }

  /** Two functions or filters have to be the same code, or have to differ. */
  addSame(names: readonly [string, string], same: boolean, expected: boolean, place: ConfigPlace): void {
    const [one, other] = names;
    const message = `${one} and ${other} are ${same ? 'the same' : 'different'}`;
    const description = `${one} ${expected ? '=' : '!='} ${other}`;
    this.tests.push({ description, place, run: () => (same === expected ? [] : [message]) });
  }

  run(host: FilterHost | undefined, print: (line: string) => void): FilterTestResult[] {
    return this.tests.map(({ description, place, run }) => {
      const failures = run(host, print);
      return { description, place, passed: failures.length === 0, failures };
    });
  }
}
