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
import { resized } from './storage/columns.ts';

export class Selection {
  readonly #routes: RouteStore;
  readonly #sources: SourceTable;
  readonly #decision: Decision;
  /** Routes of the prefix at hand, `#count` of them; reused. */
  #chain = new Uint32Array(64);
  #count = 0;

  constructor(routes: RouteStore, sources: SourceTable, decision: Decision) {
    this.#routes = routes;
    this.#sources = sources;
    this.#decision = decision;
  }

  /** The best route of a chain of at least two; 0 if none takes part. Sets the Suppressed flags. */
  select(head: RouteId): RouteId {
    this.#load(head);
    this.#suppress();
    const chain = this.#chain;
    const flags = this.#routes.flags;
    let best = 0 as RouteId;
    for (let i = 0; i < this.#count; i++) {
      const route = chain[i] as RouteId;
      if ((flags[route] & INELIGIBLE) !== 0) continue;
      if (best === 0 || this.#decision.compare(route, best) < 0) best = route;
    }
    return best;
  }

  /** Chains all routes anew, the best first: for tables whose readers go on to the next best one. Returns the first. */
  sort(head: RouteId): RouteId {
    this.#load(head);
    this.#suppress();
    const chain = this.#chain;
    for (let i = 1; i < this.#count; i++) {
      const route = chain[i] as RouteId;
      let j = i;
      for (; j > 0 && this.#decision.compare(route, chain[j - 1] as RouteId) < 0; j--) chain[j] = chain[j - 1];
      chain[j] = route;
    }
    const next = this.#routes.next;
    for (let i = 0; i < this.#count; i++) next[chain[i]] = i + 1 < this.#count ? chain[i + 1] : 0;
    return chain[0] as RouteId;
  }

  /** True if `a` stands before `b` in the order in which routes are compared. */
  isBefore(a: RouteId, b: RouteId): boolean {
    const routes = this.#routes;
    const source = routes.source[a] - routes.source[b];
    return source !== 0 ? source < 0 : routes.pathId(a) < routes.pathId(b);
  }

  /** Reads the chain in comparing order. Only its head can stand wrong, unless the table is a sorted one. */
  #load(head: RouteId): void {
    const next = this.#routes.next;
    let count = 0;
    for (let route = head; route !== 0; route = next[route] as RouteId) {
      if (count === this.#chain.length) this.#chain = resized(this.#chain, 2 * count);
      const chain = this.#chain;
      let j = count++;
      for (; j > 0 && this.isBefore(route, chain[j - 1] as RouteId); j--) chain[j] = chain[j - 1];
      chain[j] = route;
    }
    this.#count = count;
  }

  #suppress(): void {
    const chain = this.#chain;
    const flags = this.#routes.flags;
    let deterministic = 0;
    for (let i = 0; i < this.#count; i++) {
      flags[chain[i]] &= ~RouteFlag.Suppressed;
      if (this.#isDeterministic(chain[i] as RouteId)) deterministic++;
    }
    if (deterministic < 2) return;
    for (let i = 0; i < this.#count; i++) {
      const first = chain[i] as RouteId;
      if (this.#isDeterministic(first) && (flags[first] & RouteFlag.Suppressed) === 0) this.#suppressGroup(i);
    }
  }

  /** The group of the route at `from`: those before it are known not to be of it, or suppressed already. */
  #suppressGroup(from: number): void {
    const chain = this.#chain;
    const flags = this.#routes.flags;
    const decision = this.#decision;
    let best = chain[from] as RouteId;
    const preference = decision.preference(best);
    const neighborAs = decision.neighborAs(best);
    for (let i = from + 1; i < this.#count; i++) {
      const route = chain[i] as RouteId;
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
