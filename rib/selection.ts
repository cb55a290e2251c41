/**
 * From the routes of one prefix to the selected one: who is compared with whom, and in which order.
 *
 * The routes come as a chain. Comparing runs in the order of sources and path ids, so that the result is a function of
 * the set of routes, also where MED makes comparing intransitive (decision.ts). Deterministic MED first picks the best
 * of each group of routes that share preference and neighbour AS, and suppresses the others of the group.
 */
import type { Decision } from './decision.ts';
import type { RouteId, SourceId } from './ids.ts';
import type { SourceTable } from './route-source.ts';
import { INELIGIBLE, RouteFlag, type RouteStore } from './route-store.ts';

export class Selection {
  readonly #routes: RouteStore;
  readonly #sources: SourceTable;
  readonly #decision: Decision;
  /** Routes of the prefix at hand; reused. */
  readonly #chain: RouteId[] = [];

  constructor(routes: RouteStore, sources: SourceTable, decision: Decision) {
    this.#routes = routes;
    this.#sources = sources;
    this.#decision = decision;
  }

  /** The best route of a chain of at least two; 0 if none takes part. Sets the Suppressed flags. */
  select(head: RouteId): RouteId {
    const chain = this.#load(head);
    this.#suppress(chain);
    let best = 0 as RouteId;
    for (let i = 0; i < chain.length; i++) {
      if (this.#routes.flags[chain[i]] & INELIGIBLE) continue;
      if (best === 0 || this.#decision.compare(chain[i], best) < 0) best = chain[i];
    }
    return best;
  }

  /** All routes of a chain, the best first: for tables whose readers go on to the next best one. */
  sort(head: RouteId): readonly RouteId[] {
    const chain = this.#load(head);
    this.#suppress(chain);
    for (let i = 1; i < chain.length; i++) {
      const route = chain[i];
      let j = i;
      for (; j > 0 && this.#decision.compare(route, chain[j - 1]) < 0; j--) chain[j] = chain[j - 1];
      chain[j] = route;
    }
    return chain;
  }

  /** True if `a` stands before `b` in the order in which routes are compared. */
  isBefore(a: RouteId, b: RouteId): boolean {
    const routes = this.#routes;
    const source = routes.source[a] - routes.source[b];
    return source !== 0 ? source < 0 : routes.pathId(a) < routes.pathId(b);
  }

  /** The chain in comparing order. Only its head can stand wrong, unless the table is a sorted one. */
  #load(head: RouteId): RouteId[] {
    const chain = this.#chain;
    const next = this.#routes.next;
    chain.length = 0;
    for (let route = head; route !== 0; route = next[route] as RouteId) {
      let j = chain.length;
      for (; j > 0 && this.isBefore(route, chain[j - 1]); j--) chain[j] = chain[j - 1];
      chain[j] = route;
    }
    return chain;
  }

  #suppress(chain: readonly RouteId[]): void {
    const flags = this.#routes.flags;
    let deterministic = 0;
    for (let i = 0; i < chain.length; i++) {
      flags[chain[i]] &= ~RouteFlag.Suppressed;
      if (this.#isDeterministic(chain[i])) deterministic++;
    }
    if (deterministic < 2) return;
    for (let i = 0; i < chain.length; i++) {
      const first = chain[i];
      if (!this.#isDeterministic(first) || (flags[first] & RouteFlag.Suppressed) !== 0) continue;
      this.#suppressGroup(chain, i);
    }
  }

  /** The group of `chain[from]`: its members up to there are known not to be of it, or suppressed already. */
  #suppressGroup(chain: readonly RouteId[], from: number): void {
    const flags = this.#routes.flags;
    const decision = this.#decision;
    let best = chain[from];
    const preference = decision.preference(best);
    const neighborAs = decision.neighborAs(best);
    for (let i = from + 1; i < chain.length; i++) {
      const route = chain[i];
      if (!this.#isDeterministic(route) || (flags[route] & RouteFlag.Suppressed) !== 0) continue;
      if (decision.preference(route) !== preference || decision.neighborAs(route) !== neighborAs) continue;
      if (decision.compare(route, best) < 0) {
        flags[best] |= RouteFlag.Suppressed;
        best = route;
      } else {
        flags[route] |= RouteFlag.Suppressed;
      }
    }
  }

  #isDeterministic(route: RouteId): boolean {
    const routes = this.#routes;
    if ((routes.flags[route] & INELIGIBLE) !== 0) return false;
    return this.#sources.get(routes.source[route] as SourceId).bgp?.deterministicMed ?? false;
  }
}
