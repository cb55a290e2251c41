/**
 * Which routes of a channel are stale. Each row remembers, in three bits of its flags, the generation in which it was
 * last announced; calling everything stale begins a new generation and touches no row. Older generations pile up until
 * a sweep has taken their rows away; before the numbers run out they are merged into one, which walks over the rows.
 */
import type { RouteId } from './ids.ts';
import { GENERATION_MASK, GENERATION_SHIFT, GENERATIONS, type RouteStore } from './route-store.ts';

export class Generations {
  /** The flags of what is announced now. */
  bits = 0;
  /** How many generations before this one may still have rows. */
  #stale = 0;
  readonly #routes: RouteStore;
  readonly #owns: (route: RouteId) => boolean;

  constructor(routes: RouteStore, owns: (route: RouteId) => boolean) {
    this.#routes = routes;
    this.#owns = owns;
  }

  /** False: no route can be stale. */
  get mayHaveStale(): boolean {
    return this.#stale > 0;
  }

  isStale(route: RouteId): boolean {
    return (this.#routes.flags[route] & GENERATION_MASK) !== this.bits;
  }

  /** From now on everything that is there is stale. */
  begin(): void {
    if (this.#stale === GENERATIONS - 1) this.#merge();
    this.bits = bitsOf((this.bits >>> GENERATION_SHIFT) + 1);
    this.#stale++;
  }

  /** The route was announced again. */
  refresh(route: RouteId): void {
    const flags = this.#routes.flags;
    flags[route] = (flags[route] & ~GENERATION_MASK) | this.bits;
  }

  /** A sweep has seen all rows since the last `begin`. */
  swept(): void {
    this.#stale = 0;
  }

  /** All older generations become the last one. Rare: seven times `begin` without a sweep. */
  #merge(): void {
    const { prefix, flags, highWater } = this.#routes;
    const last = bitsOf((this.bits >>> GENERATION_SHIFT) + GENERATIONS - 1);
    for (let route = 1 as RouteId; route <= highWater; route++) {
      if (prefix[route] === 0 || !this.#owns(route) || !this.isStale(route)) continue;
      flags[route] = (flags[route] & ~GENERATION_MASK) | last;
    }
    this.#stale = 1;
  }
}

function bitsOf(generation: number): number {
  return (generation % GENERATIONS) << GENERATION_SHIFT;
}
