/** Nodes of one cluster as whole daemons in the test process, on simulated time and wires, around one datastore in memory. */
import assert from 'node:assert/strict';
import { idOf, type JsonObject, MemoryStore, parseJson } from '../../../config/index.ts';
import { BgpProtocol } from '../../../src/peer/bgp-protocol.ts';
import { Network } from '../../support/simulation/network.ts';
import { Router, readText } from '../../support/simulation/router.ts';
import type { Timeline } from '../../support/simulation/timeline.ts';

export const addressOf = (node: number): string => `10.0.${node >> 8}.${node & 255}`;
export const blockOf = (node: number): string => `10.65.${node}.0/26`;

export class Fleet {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly store: MemoryStore;
  readonly routers: Router[] = [];

  constructor(timeline: Timeline, store = new MemoryStore()) {
    this.timeline = timeline;
    this.store = store;
    this.network = new Network(timeline);
  }

  async put(resource: object): Promise<void> {
    const value = parseJson(JSON.stringify(resource)) as JsonObject;
    await this.store.put(idOf(value)!, value, 'any');
  }

  async write(node: number): Promise<void> {
    const name = `node-${node}`;
    const bgp = { ipv4Address: `${addressOf(node)}/16` };
    await this.put({ kind: 'Node', metadata: { name }, spec: { bgp } });
    const spec = { cidr: blockOf(node), node: name, state: 'confirmed' };
    await this.put({ kind: 'BlockAffinity', metadata: { name: `${name}-b` }, spec });
  }

  async join(node: number): Promise<void> {
    const name = `node-${node}`;
    const config = readText(`protocol device { } protocol calico { node "${name}"; datastore "redis://store"; }`);
    const router = new Router(this.network, { name, config, addresses: [`${addressOf(node)}/16`], store: this.store });
    this.routers.push(router);
    await router.start();
  }

  async leave(node: number): Promise<void> {
    const at = this.routers.findIndex(({ name }) => name === `node-${node}`);
    const [router] = this.routers.splice(at, 1);
    await router!.stop();
  }

  async stop(): Promise<void> {
    for (const router of this.routers) await router.stop();
  }

  /** Why the fleet is not as it should be; '' when it is. */
  complaint(): string {
    const others = this.routers.length - 1;
    for (const { name, daemon } of this.routers) {
      const up = sessionsOf(daemon.protocols).filter(({ state }) => state === 'up').length;
      if (up !== others) return `${name} has ${up} of ${others} sessions`;
      const { table } = daemon.table('master4');
      const known = this.routers.filter((_, i) => {
        const [a, b, c] = blockOf(i + 1)
          .split('.')
          .map(Number);
        const word = ((a! << 24) | (b! << 16) | (c! << 8)) >>> 0;
        const prefix = table.lookup(word, 0, 0, 0, 26);
        return prefix !== 0 && table.prefixes.format(prefix) === blockOf(i + 1);
      }).length;
      if (known !== others + 1) return `${name} knows ${known} of ${others + 1} blocks`;
    }
    return '';
  }

  /** Simulated seconds until everything stands. */
  async stands(limitSeconds = 120): Promise<number> {
    const begin = this.timeline.now();
    for (let second = 0; second < limitSeconds; second++) {
      if (this.complaint() === '') return (this.timeline.now() - begin) / 1000;
      await this.timeline.advance(1000);
    }
    return assert.fail(this.complaint());
  }

  /** The very sessions, and when each last changed. */
  sessions(): Map<BgpProtocol, number> {
    return new Map(
      this.routers.flatMap(({ daemon }) =>
        sessionsOf(daemon.protocols).map((protocol) => [protocol, protocol.since] as const),
      ),
    );
  }

  routes(): string {
    return this.routers
      .map((router) =>
        router
          .routes()
          .map(({ prefix, protocol, selected }) => `${prefix} ${protocol} ${selected}`)
          .join(),
      )
      .join('\n');
  }

  faults(): string[] {
    return this.routers.flatMap(({ faults }) => faults);
  }
}

export function sessionsOf(protocols: readonly unknown[]): BgpProtocol[] {
  return protocols.filter((protocol): protocol is BgpProtocol => protocol instanceof BgpProtocol);
}
