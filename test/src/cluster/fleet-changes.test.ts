/**
 * Whatever is done to a cluster, in whatever order, with outages in between: a daemon that lived through it does what one
 * does that starts now, and sessions that nothing was said about have not noticed. On simulated time and wires.
 */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { idOf, parseJson, sameMeaning } from '../../../config/index.ts';
import type { BgpProtocol } from '../../../src/peer/bgp-protocol.ts';
import { Random } from '../../support/random.ts';
import { Timeline } from '../../support/simulation/timeline.ts';
import { addressOf, Fleet, sessionsOf } from './fleet.ts';

const LONG = process.env['PEREGRINE_LONG'] === '1';
const STEPS = LONG ? 600 : 40;
const SEED = Number(process.env['PEREGRINE_SEED'] ?? 20260101);
const NODES = [1, 2, 3, 4, 5];
/** Longer than any session waits after an error. */
const REST_MS = 90_000;

interface NodeState {
  here: boolean;
  clusterId: string;
  asNumber: number | undefined;
  blocks: number[];
}

/** What somebody wrote into the datastore, and what else one could write. */
class Cluster {
  readonly fleet: Fleet;
  readonly random: Random;
  readonly nodes = new Map<number, NodeState>();
  readonly settings: Record<string, unknown> = {};
  pool: Record<string, unknown> = {};
  peers = false;
  #nextBlock = 1;

  constructor(fleet: Fleet, random: Random) {
    this.fleet = fleet;
    this.random = random;
  }

  async begin(): Promise<void> {
    await this.#pool();
    for (const number of NODES) {
      this.nodes.set(number, { here: true, clusterId: '', asNumber: undefined, blocks: [] });
      await this.#block(number);
      await this.#node(number);
    }
  }

  get #present(): number[] {
    return [...this.nodes].filter(([, { here }]) => here).map(([number]) => number);
  }

  #put(kind: string, name: string, spec: object, more: object = {}): Promise<void> {
    return this.fleet.put({ kind, metadata: { name, ...more }, spec });
  }

  async #remove(kind: string, name: string): Promise<void> {
    await this.fleet.store.delete(idOf(parseJson(JSON.stringify({ kind, metadata: { name } })))!, 'any');
  }

  #pool(): Promise<void> {
    return this.#put('IPPool', 'pods', { cidr: '10.65.0.0/16', ...this.pool });
  }

  #settings(): Promise<void> {
    return this.#put('BGPConfiguration', 'default', this.settings);
  }

  async #node(number: number): Promise<void> {
    const { clusterId, asNumber } = this.nodes.get(number)!;
    const labels: Record<string, string> = clusterId === '' ? {} : { reflector: 'yes' };
    const bgp = { ipv4Address: `${addressOf(number)}/16`, routeReflectorClusterID: clusterId, asNumber };
    await this.#put('Node', `node-${number}`, { bgp }, { labels });
  }

  async #block(number: number): Promise<void> {
    const block = this.#nextBlock++;
    this.nodes.get(number)!.blocks.push(block);
    const cidr = `10.65.${block & 255}.0/26`;
    await this.#put('BlockAffinity', `b-${block}`, { cidr, node: `node-${number}`, state: 'confirmed' });
  }

  /** One change; says which. */
  async change(): Promise<string> {
    const { random, settings } = this;
    const number = random.pick(this.#present);
    const node = this.nodes.get(number)!;
    switch (random.below(12)) {
      case 0:
        settings['nodeToNodeMeshEnabled'] = !random.once(4);
        await this.#settings();
        return 'the mesh';
      case 1:
        node.clusterId = node.clusterId === '' ? '244.0.0.1' : '';
        await this.#node(number);
        return `node-${number} a reflector or not`;
      case 2:
        this.peers = !random.once(4);
        if (!this.peers) await this.#remove('BGPPeer', 'reflectors');
        else await this.#put('BGPPeer', 'reflectors', { nodeSelector: 'all()', peerSelector: 'has(reflector)' });
        return 'peers of reflectors';
      case 3:
        node.asNumber = node.asNumber === undefined ? 65_000 + number : undefined;
        await this.#node(number);
        return `the AS of node-${number}`;
      case 4:
        this.pool = { disableBGPExport: this.pool['disableBGPExport'] !== true };
        await this.#pool();
        return 'the pool goes out or not';
      case 5:
        if (node.blocks.length > 2) {
          await this.#remove('BlockAffinity', `b-${node.blocks.shift()}`);
          return `node-${number} loses a block`;
        }
        await this.#block(number);
        return `node-${number} gets a block`;
      case 6: {
        const other = random.pick(this.#present);
        const block = node.blocks.pop();
        if (block === undefined) return 'nothing';
        this.nodes.get(other)!.blocks.push(block);
        const cidr = `10.65.${block & 255}.0/26`;
        await this.#put('BlockAffinity', `b-${block}`, { cidr, node: `node-${other}`, state: 'confirmed' });
        return `a block of node-${number} goes to node-${other}`;
      }
      case 7:
        settings['listenPort'] = random.pick([179, 1790, 1791]);
        await this.#settings();
        return 'the port';
      case 8:
        settings['prefixAdvertisements'] = [{ cidr: '10.65.0.0/16', communities: [`64512:${random.between(1, 9)}`] }];
        await this.#settings();
        return 'communities';
      case 9:
        settings['serviceClusterIPs'] =
          settings['serviceClusterIPs'] === undefined ? [{ cidr: '10.96.0.0/12' }] : undefined;
        await this.#settings();
        return 'service ranges';
      case 10:
        if (this.#present.length < 3) return 'nothing';
        node.here = false;
        await this.#remove('Node', `node-${number}`);
        for (const block of node.blocks.splice(0)) await this.#remove('BlockAffinity', `b-${block}`);
        await this.fleet.leave(number);
        return `node-${number} leaves`;
      default: {
        const gone = [...this.nodes].find(([, { here }]) => !here);
        if (gone === undefined) return 'nothing';
        gone[1].here = true;
        await this.#block(gone[0]);
        await this.#node(gone[0]);
        await this.fleet.join(gone[0]);
        return `node-${gone[0]} comes back`;
      }
    }
  }

  /** A change, several at once, or some around an outage or a gap. */
  async step(): Promise<string> {
    const { random, fleet } = this;
    const said: string[] = [];
    switch (random.below(6)) {
      case 0: {
        const seconds = random.between(1, 300);
        said.push(`${seconds} s without the store`);
        fleet.store.setAway(true);
        await fleet.timeline.advance(seconds * 1000);
        fleet.store.setAway(false);
        break;
      }
      case 1:
        said.push('the store forgets');
        fleet.store.compact();
        break;
      case 2:
        for (let i = 0; i < 4; i++) said.push(await this.change());
        break;
      default:
    }
    said.push(await this.change());
    return said.join(', ');
  }
}

interface Seen {
  readonly config: BgpProtocol['config'];
  readonly since: number;
  readonly far: BgpProtocol | undefined;
}

/** Each session with the one at its other end. */
function sessions(fleet: Fleet): Map<BgpProtocol, Seen> {
  const all = fleet.routers.flatMap((router) =>
    sessionsOf(router.daemon.protocols).map((protocol) => ({ own: router.address, protocol })),
  );
  const neighbor = ({ config }: BgpProtocol): unknown => (config.kind === 'bgp' ? config.neighborAddress : undefined);
  return new Map(
    all.map(({ own, protocol }) => {
      const far = all.find((other) => other.own === neighbor(protocol) && neighbor(other.protocol) === own);
      return [protocol, { config: protocol.config, since: protocol.since, far: far?.protocol }];
    }),
  );
}

/** Sessions that changed although nothing was said about either end. */
function disturbed(before: ReadonlyMap<BgpProtocol, Seen>, now: ReadonlyMap<BgpProtocol, Seen>): string[] {
  const same = (session: BgpProtocol | undefined): boolean => {
    const [old, next] = session === undefined ? [] : [before.get(session), now.get(session)];
    return old !== undefined && next !== undefined && sameMeaning(old.config, next.config);
  };
  return [...now].flatMap(([session, { since, far }]) => {
    const old = before.get(session);
    const quiet = old !== undefined && old.far === far && same(session) && same(far);
    return quiet && old.since !== since ? [session.name] : [];
  });
}

function view(fleet: Fleet): string {
  return [...fleet.routers]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((router) => {
      const protocols = router.daemon.protocols.map(({ name, state, info }) => `${name} ${state} ${info.trim()}`);
      const routes = router.routes().map(({ prefix, protocol, selected }) => `${prefix} ${protocol} ${selected}`);
      return [router.name, ...protocols.sort(), ...routes].join('\n');
    })
    .join('\n\n');
}

const timeline = new Timeline();
before(() => timeline.install());
after(() => timeline.restore());

it(`after each of ${STEPS} changes a fleet is what a fresh start is`, { timeout: 3_600_000 }, async () => {
  const fleet = new Fleet(timeline);
  const cluster = new Cluster(fleet, new Random(SEED));
  await cluster.begin();
  for (const number of NODES) await fleet.join(number);
  await timeline.advance(REST_MS);
  let seen = sessions(fleet);
  let busy = 0;
  for (let step = 1; step <= STEPS; step++) {
    const what = `seed ${SEED}, step ${step}: ${await cluster.step()}`;
    await timeline.advance(REST_MS);
    const now = sessions(fleet);
    assert.deepEqual(disturbed(seen, now), [], what);
    seen = now;
    if ([...now.keys()].filter(({ state }) => state === 'up').length >= 6) busy++;
    const fresh = new Fleet(timeline, fleet.store);
    for (const [number, { here }] of cluster.nodes) if (here) await fresh.join(number);
    await timeline.advance(REST_MS);
    assert.equal(view(fleet), view(fresh), what);
    assert.deepEqual([...fleet.faults(), ...fresh.faults()], [], what);
    await fresh.stop();
  }
  assert.ok(busy > STEPS / 4, `sessions stood after ${busy} steps alone`);
  await fleet.stop();
});
