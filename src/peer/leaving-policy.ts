/**
 * The import side of a session that is about to go (RFC 8326 section 4): what the import filter lets in becomes the last
 * choice and says so, so that everybody turns to other routes while these still work.
 */
import {
  AttributeCode,
  type Policy,
  type PolicyRoute,
  PolicyVerdict,
  type RouteAttributes,
  WellKnownCommunity,
} from '../../bgp/index.ts';

export class LeavingPolicy implements Policy {
  readonly writes = true;
  readonly #inner: Policy;

  constructor(inner: Policy) {
    this.#inner = inner;
  }

  get label(): string {
    return this.#inner.label;
  }

  get reads(): number {
    return this.#inner.reads;
  }

  evaluate(route: PolicyRoute): PolicyVerdict {
    const verdict = this.#inner.evaluate(route);
    if (verdict !== PolicyVerdict.Accept) return verdict;
    const { attributes } = route;
    attributes.setU32(AttributeCode.LocalPref, 0);
    addCommunity(attributes, WellKnownCommunity.GracefulShutdown);
    return verdict;
  }

  equals(other: Policy): boolean {
    return other instanceof LeavingPolicy && this.#inner.equals(other.#inner);
  }
}

function addCommunity(attributes: RouteAttributes, community: number): void {
  const list = attributes.words(AttributeCode.Communities) ?? new Uint32Array(0);
  if (list.includes(community)) return;
  const longer = new Uint32Array(list.length + 1);
  longer.set(list);
  longer[list.length] = community;
  attributes.setWords(AttributeCode.Communities, longer);
}
