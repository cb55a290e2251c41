/** `export in NETWORK ...`: a policy that sees only the routes inside a network; all others are rejected. */
import {
  explainPolicy,
  formatPrefix,
  type Policy,
  type PolicyExplanation,
  PolicyReads,
  type PolicyRoute,
  PolicyVerdict,
  type Prefix,
  samePrefix,
} from '../../bgp/index.ts';

/** The words of an address and the bits of each that count. */
function wordsOf(prefix: Prefix): { readonly words: number[]; readonly masks: number[] } {
  const words = [0, 0, 0, 0];
  const masks = [0, 0, 0, 0];
  for (let i = 0; i < prefix.bytes.length; i++) words[i >> 2] = ((words[i >> 2]! << 8) | prefix.bytes[i]!) >>> 0;
  for (let i = 0; i < 4; i++) {
    const bits = Math.max(0, Math.min(32, prefix.length - 32 * i));
    masks[i] = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  }
  return { words, masks };
}

export class PartPolicy implements Policy {
  readonly label: string;
  readonly reads: number;
  readonly writes: boolean;
  private readonly prefix: Prefix;
  private readonly inner: Policy;
  private readonly words: readonly number[];
  private readonly masks: readonly number[];

  constructor(prefix: Prefix, inner: Policy) {
    this.label = `${inner.label} in ${formatPrefix(prefix)}`;
    this.reads = inner.reads | PolicyReads.Prefix;
    this.writes = inner.writes;
    this.prefix = prefix;
    this.inner = inner;
    const { words, masks } = wordsOf(prefix);
    this.words = words;
    this.masks = masks;
  }

  evaluate(route: PolicyRoute): PolicyVerdict {
    return this.covers(route) ? this.inner.evaluate(route) : PolicyVerdict.Reject;
  }

  explain(route: PolicyRoute): PolicyExplanation {
    if (this.covers(route)) return explainPolicy(this.inner, route);
    return { verdict: PolicyVerdict.Reject, place: undefined };
  }

  equals(other: Policy): boolean {
    return other instanceof PartPolicy && samePrefix(this.prefix, other.prefix) && this.inner.equals(other.inner);
  }

  private covers(route: PolicyRoute): boolean {
    const { words, masks, prefix } = this;
    return (
      route.version === prefix.version &&
      route.length >= prefix.length &&
      ((route.word0 ^ words[0]!) & masks[0]!) === 0 &&
      ((route.word1 ^ words[1]!) & masks[1]!) === 0 &&
      ((route.word2 ^ words[2]!) & masks[2]!) === 0 &&
      ((route.word3 ^ words[3]!) & masks[3]!) === 0
    );
  }
}
