/**
 * In BIRD 1 `krt_metric` and `krt_source` belong to routes of the kernel alone: what the import filter of another
 * protocol writes there is seen by the filter itself and does not reach the table.
 */
import { ExtensionAttribute, type Policy, type PolicyRoute, PolicyVerdict } from '../../../bgp/index.ts';

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
    if (verdict === PolicyVerdict.Accept) {
      route.attributes.unsetExtension(ExtensionAttribute.KrtMetric);
      route.attributes.unsetExtension(ExtensionAttribute.KrtSource);
    }
    return verdict;
  }

  equals(other: Policy): boolean {
    return other instanceof WithoutKernelAttributes && this.inner.equals(other.inner);
  }
}

/** The policy, with the temporary attributes gone behind it. One that writes nothing stays as it is. */
export function withoutKernelAttributes(policy: Policy): Policy {
  return policy.writes ? new WithoutKernelAttributes(policy) : policy;
}
