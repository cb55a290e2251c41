/** All routers of a topology on one simulated network, with what is broken in it. */
import type { Broken } from './broken.ts';
import { Network } from './network.ts';
import { Router, type SeenRoute } from './router.ts';
import type { Timeline } from './timeline.ts';
import type { Topology } from './topology.ts';

export class World {
  readonly topology: Topology;
  readonly timeline: Timeline;
  readonly network: Network;
  readonly routers: readonly Router[];

  constructor(topology: Topology, timeline: Timeline) {
    this.topology = topology;
    this.timeline = timeline;
    this.network = new Network(timeline);
    this.routers = topology.setups.map((setup) => new Router(this.network, setup));
  }

  async start(broken: Broken): Promise<void> {
    for (const session of this.topology.sessions.keys()) this.setWay(session, broken);
    for (const [i, router] of this.routers.entries()) {
      router.setLink(!broken.unplugged.has(i));
      if (!broken.dead.has(i)) await router.start();
    }
    for (const session of broken.disabled) this.operate(session, 'disable');
  }

  /** Packets pass if neither the way nor an interface is broken. */
  setWay(session: number, { cut, unplugged }: Broken): void {
    const { a, b } = this.topology.sessions[session]!;
    const [from, to] = [this.routers[a]!.address, this.routers[b]!.address];
    if (cut.has(session) || unplugged.has(a) || unplugged.has(b)) this.network.cut(from, to);
    else this.network.mend(from, to);
  }

  operate(session: number, action: 'disable' | 'enable' | 'restart'): void {
    const { a, nameAtA } = this.topology.sessions[session]!;
    this.routers[a]!.operate(nameAtA, action);
  }

  /** Every table of every router. */
  snapshot(): Map<string, SeenRoute[]> {
    return new Map(
      this.routers.filter((router) => router.alive).map((router) => [router.name, router.routes()] as const),
    );
  }

  end(): void {
    for (const router of this.routers) router.crash();
  }
}
