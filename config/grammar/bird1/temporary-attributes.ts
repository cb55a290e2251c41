/**
 * In BIRD 1 `krt_metric` and `krt_source` belong to routes of the kernel alone: what the import filter of another
 * protocol writes there is seen by the filter itself and does not reach the table.
 */
import {
  ExtensionAttribute,
  explainPolicy,
  type Policy,
  type PolicyExplanation,
  type PolicyRoute,
  PolicyVerdict,
} from '../../../bgp/index.ts';

class WithoutKernelAttributes implements Policy {
  readonly label: string;
  readonly reads: number;
  readonly writes = true;
  private readonly inner: Policy;

  constructor(inner: Policy) {
    this.label = inner.label;
    this.reads = inner.reads;
    this.inner = inner;
  }

  evaluate(route: PolicyRoute): PolicyVerdict {
    const verdict = this.inner.evaluate(route);
    if (verdict === PolicyVerdict.Accept) removeFrom(route);
    return verdict;
  }

  explain(route: PolicyRoute): PolicyExplanation {
    const explanation = explainPolicy(this.inner, route);
    if (explanation.verdict === PolicyVerdict.Accept) removeFrom(route);
    return explanation;
  }

  equals(other: Policy): boolean {
    return other instanceof WithoutKernelAttributes && this.inner.equals(other.inner);
  }
}

function removeFrom({ attributes }: PolicyRoute): void {
  attributes.unsetExtension(ExtensionAttribute.KrtMetric);
  attributes.unsetExtension(ExtensionAttribute.KrtSource);
}

/** The policy, with the temporary attributes gone behind it. One that writes nothing stays as it is. */
export function withoutKernelAttributes(policy: Policy): Policy {
  return policy.writes ? new WithoutKernelAttributes(policy) : policy;
}
