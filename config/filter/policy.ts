/** A compiled filter as the port that routes see (bgp/policy.ts). */
import { type Policy, type PolicyExplanation, type PolicyRoute, PolicyVerdict } from '../../bgp/index.ts';
import type { Compiled, Effects, Shape } from './code.ts';
import type { FilterEnvironment } from './environment.ts';
import { Evaluation } from './evaluation.ts';
import { prefixClass } from './prefix-questions.ts';
import { sameShape } from './shape.ts';

/** Label of filters that are written where they are used. */
export const UNNAMED = '(unnamed)';

/** One for all filters: runs follow each other and never nest. */
const run = new Evaluation();

export class FilterPolicy implements Policy {
  readonly label: string;
  readonly reads: number;
  readonly writes: boolean;
  readonly prefixClass: ((route: PolicyRoute) => number) | undefined;
  readonly shape: Shape;
  /** Generated when it is first run: most readings of a configuration only find that nothing changed. */
  private main: Compiled | undefined = undefined;
  private compile: (() => Compiled) | undefined;
  private readonly environment: FilterEnvironment;

  constructor(label: string, compile: () => Compiled, effects: Effects, shape: Shape, environment: FilterEnvironment) {
    this.label = label;
    this.reads = effects.reads;
    this.writes = effects.writes;
    this.prefixClass = effects.prefix === undefined ? undefined : prefixClass(effects.prefix);
    this.shape = shape;
    this.compile = compile;
    this.environment = environment;
  }

  evaluate(route: PolicyRoute): PolicyVerdict {
    run.begin(route, this.environment.host);
    try {
      (this.main ?? this.generate())(run);
    } catch (error) {
      // Recursion is bounded, but how much stack is left depends on the caller.
      if (!(error instanceof RangeError)) throw error;
      run.fail(0, `filters: ${error.message}`);
    }
    return run.finish();
  }

  explain(route: PolicyRoute): PolicyExplanation {
    const verdict = this.evaluate(route);
    return { verdict, place: verdict === PolicyVerdict.Error ? undefined : run.place };
  }

  private generate(): Compiled {
    const main = this.compile!();
    this.main = main;
    // The checked code is not needed any more.
    this.compile = undefined;
    return main;
  }

  equals(other: Policy): boolean {
    return other === this || (other instanceof FilterPolicy && sameShape(this.shape, other.shape));
  }
}
