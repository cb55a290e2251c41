/**
 * What a pipe needs on its way into a table: for each source of the other table the source that stands for it here, and
 * a check that the route is not here already by another way (two pipes side by side, or a circle of them).
 */
import type { PrefixId, RouteId, SourceId } from './ids.ts';
import type { RouteSource } from './route-source.ts';
import { RouteFlag } from './route-store.ts';
import type { RoutingTable } from './routing-table.ts';

export class DerivedSources {
  readonly #table: RoutingTable;
  readonly #byOrigin = new Map<SourceId, { origin: RouteSource; source: RouteSource }>();

  constructor(table: RoutingTable) {
    this.#table = table;
  }

  /**
   * The source of `origin`'s routes behind `pipe`, with `origin`'s facts as they are now. It goes with its last route
   * and is made anew when it is needed again. `undefined`: there are no ids left.
   */
  sourceFor(origin: RouteSource, pipe: RouteSource): RouteSource | undefined {
    const { sources } = this.#table;
    const known = this.#byOrigin.get(origin.id);
    if (known !== undefined && sources.has(known.source)) {
      if (known.origin !== origin) {
        known.origin = origin;
        known.source = sources.update(known.source.id, origin);
        this.#reselect(known.source.id);
      }
      return known.source;
    }
    const source = sources.derive(origin, pipe);
    if (source !== undefined) this.#byOrigin.set(origin.id, { origin, source });
    return source;
  }

  /** What the pipe brought stays the same, but the decision may come out differently. Rare: a reload changed facts. */
  #reselect(source: SourceId): void {
    const { routes } = this.#table;
    for (let route = 1 as RouteId; route <= routes.highWater; route++) {
      if (routes.prefix[route] === 0 || routes.source[route] !== source || !this.#table.isEligible(route)) continue;
      this.#table.markChanged(this.#table.prefixOf(route), (routes.flags[route] & RouteFlag.Selected) !== 0);
    }
  }

  /** True if the route of `origin` is on the prefix by another way than `pipe`. */
  collides(prefix: PrefixId, origin: RouteSource, pathId: number, pipe: RouteSource): boolean {
    const { sources, routes } = this.#table;
    for (let route = this.#table.first(prefix); route !== 0; route = this.#table.next(route)) {
      const source = this.#table.sourceOf(route);
      if (source.root !== origin.root || routes.pathId(route) !== pathId) continue;
      if (sources.owner[source.id] !== pipe.id) return true;
    }
    return false;
  }
}
