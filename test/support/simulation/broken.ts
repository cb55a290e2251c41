/** What is broken in a topology, and what everybody can know all the same. */
import type { Topology } from './topology.ts';

/** What is broken at a moment. */
export interface Broken {
  /** Sessions whose packets get lost. */
  readonly cut: Set<number>;
  /** Sessions that an operator has switched off, at their first end. */
  readonly disabled: Set<number>;
  /** Routers whose daemon does not run, and those whose interface is down. */
  readonly dead: Set<number>;
  readonly unplugged: Set<number>;
}

export const nothingBroken = (): Broken => ({
  cut: new Set(),
  disabled: new Set(),
  dead: new Set(),
  unplugged: new Set(),
});

/** Routers that routes of `from` get to: over sessions that work, through reflectors. */
function reach({ sessions, reflectors }: Topology, from: number, broken: Broken): Set<number> {
  const works = (router: number): boolean => !broken.dead.has(router) && !broken.unplugged.has(router);
  const reached = new Set<number>();
  if (!works(from)) return reached;
  const waiting = [from];
  reached.add(from);
  for (let router = waiting.pop(); router !== undefined; router = waiting.pop()) {
    if (router !== from && router >= reflectors) continue;
    for (const [session, { a, b }] of sessions.entries()) {
      if (a !== router && b !== router) continue;
      const other = a === router ? b : a;
      if (broken.cut.has(session) || broken.disabled.has(session) || !works(other) || reached.has(other)) continue;
      reached.add(other);
      waiting.push(other);
    }
  }
  return reached;
}

/**
 * Of each router the networks that it can know, and for each of them the next hops that it may have: those of the best of
 * all who announce it and whose routes get there; `here` for its own.
 */
export function waysOf(topology: Topology, broken: Broken): ReadonlyMap<string, readonly string[]>[] {
  const routers = topology.setups.length;
  const best = Array.from({ length: routers }, () => new Map<string, { weight: number; from: number[] }>());
  for (let from = 0; from < routers; from++) {
    const reached = reach(topology, from, broken);
    // It knows its own networks also when nobody hears of them.
    if (!broken.dead.has(from)) reached.add(from);
    for (const router of reached) {
      for (const [network, preference] of topology.announced(from)) {
        const known = best[router]!.get(network);
        // A route of its own wins whatever others say.
        const weight = router === from ? Number.POSITIVE_INFINITY : preference;
        if (known === undefined || weight > known.weight) best[router]!.set(network, { weight, from: [from] });
        else if (weight === known.weight) known.from.push(from);
      }
    }
  }
  const hopsOf = (router: number, from: number): string[] =>
    router === from ? ['here'] : topology.setups[from]!.addresses.map((address) => address.split('/')[0]!);
  return best.map(
    (networks, router) =>
      new Map([...networks].map(([network, { from }]) => [network, from.flatMap((one) => hopsOf(router, one))])),
  );
}
