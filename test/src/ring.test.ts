/**
 * Ten reflectors and their nodes in a ring of clusters, with failures of every kind one after the other and at the same
 * time. When things have come to rest, the tables are what they are after a fresh start with the same failures, every
 * network is known to whoever can know it, and packets end at somebody who announces it.
 */
import assert from 'node:assert/strict';
import { afterEach, describe, it, type TestContext } from 'node:test';
import { AttributeCode, attributeEnd, findAttribute, formatIp, valueStart } from '../../bgp/index.ts';
import { Random } from '../support/random.ts';
import { Network } from '../support/simulation/network.ts';
import { line, Router, type SeenRoute } from '../support/simulation/router.ts';
import { Timeline } from '../support/simulation/timeline.ts';
import { ringOfClusters, type Topology } from '../support/simulation/topology.ts';

const LONG = process.env['PEREGRINE_LONG'] === '1';
const SEED = Number(process.env['PEREGRINE_SEED'] ?? 1);
/** Hold time, restart time, the wait of `-R` and the rests after errors are over by then. */
const REST_MS = 45_000;
/** After which nothing may change any more. */
const QUIET_MS = 10_000;
/** Failures at the same time. */
const MOST_BROKEN = 5;

/** What is broken at a moment. */
interface Broken {
  /** Sessions whose packets get lost. */
  readonly cut: Set<number>;
  /** Sessions that an operator has switched off, at their first end. */
  readonly disabled: Set<number>;
  /** Routers whose daemon does not run, and those whose interface is down. */
  readonly dead: Set<number>;
  readonly unplugged: Set<number>;
}

const nothing = (): Broken => ({ cut: new Set(), disabled: new Set(), dead: new Set(), unplugged: new Set() });

class World {
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

const text = (snapshot: ReadonlyMap<string, readonly SeenRoute[]>): string[] =>
  [...snapshot].flatMap(([name, routes]) => routes.map((route) => `${name}: ${line(route)}`));

function sameTables(expected: readonly string[], found: readonly string[], what: string): void {
  const [before, after] = [new Set(expected), new Set(found)];
  const differences = [
    ...expected.filter((one) => !after.has(one)).map((one) => `- ${one}`),
    ...found.filter((one) => !before.has(one)).map((one) => `+ ${one}`),
  ];
  assert.deepEqual(differences.slice(0, 20), [], what);
}

/** One more thing breaks, or is mended; in words. */
async function step(world: World, broken: Broken, random: Random): Promise<string> {
  const { topology, routers } = world;
  const pickSession = (): number => random.below(topology.sessions.length);
  const pickRouter = (): number => random.below(routers.length);
  const name = (session: number): string => {
    const { a, b } = topology.sessions[session]!;
    return `${routers[a]!.name} - ${routers[b]!.name}`;
  };
  const count = broken.cut.size + broken.disabled.size + broken.dead.size + broken.unplugged.size;
  if (count >= MOST_BROKEN || (count > 0 && random.once(3))) return mend(world, broken, random, name);
  switch (random.below(7)) {
    case 0: {
      const session = pickSession();
      broken.cut.add(session);
      world.setWay(session, broken);
      return `way lost: ${name(session)}`;
    }
    case 1: {
      const session = pickSession();
      if (broken.dead.has(topology.sessions[session]!.a)) return 'nothing';
      broken.disabled.add(session);
      world.operate(session, 'disable');
      return `disabled: ${name(session)}`;
    }
    case 2: {
      const router = pickRouter();
      for (const session of [...broken.disabled]) {
        // An order of the operator does not outlive the process.
        if (topology.sessions[session]!.a === router) broken.disabled.delete(session);
      }
      broken.dead.add(router);
      routers[router]!.crash();
      return `killed: ${routers[router]!.name}`;
    }
    case 3: {
      const router = pickRouter();
      broken.unplugged.add(router);
      for (const [session, { a, b }] of topology.sessions.entries())
        if (a === router || b === router) world.setWay(session, broken);
      routers[router]!.setLink(false);
      return `unplugged: ${routers[router]!.name}`;
    }
    case 4: {
      const session = pickSession();
      world.operate(session, 'restart');
      return `restarted session: ${name(session)}`;
    }
    default: {
      // Killed and back at once, with and without -R.
      const router = pickRouter();
      if (broken.dead.has(router)) return 'nothing';
      for (const session of [...broken.disabled])
        if (topology.sessions[session]!.a === router) broken.disabled.delete(session);
      const recover = random.once(2);
      routers[router]!.crash();
      await world.timeline.advance(random.below(3000));
      await routers[router]!.start(recover);
      return `killed and started${recover ? ' with -R' : ''}: ${routers[router]!.name}`;
    }
  }
}

async function mend(world: World, broken: Broken, random: Random, name: (session: number) => string): Promise<string> {
  const { topology, routers } = world;
  const kinds = (['cut', 'disabled', 'dead', 'unplugged'] as const).filter((kind) => broken[kind].size > 0);
  const kind = random.pick(kinds);
  const one = random.pick([...broken[kind]]);
  broken[kind].delete(one);
  switch (kind) {
    case 'cut':
      world.setWay(one, broken);
      return `way back: ${name(one)}`;
    case 'disabled':
      world.operate(one, 'enable');
      return `enabled: ${name(one)}`;
    case 'dead':
      await routers[one]!.start(random.once(2));
      return `started: ${routers[one]!.name}`;
    case 'unplugged':
      for (const [session, { a, b }] of topology.sessions.entries())
        if (a === one || b === one) world.setWay(session, broken);
      routers[one]!.setLink(true);
      return `plugged in: ${routers[one]!.name}`;
  }
}

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

function nextHopOf({ attributes }: SeenRoute): string {
  const at = findAttribute(attributes, 0, attributes.length, AttributeCode.NextHop);
  if (at < 0) return 'here';
  const start = valueStart(attributes, at);
  return formatIp(attributes, start, attributeEnd(attributes, at) - start === 4 ? 4 : 16);
}

/** Every network that can be known is known, no other is, and its packets go to the best of those who announce it. */
function checkWays(world: World, snapshot: ReadonlyMap<string, readonly SeenRoute[]>, broken: Broken): void {
  const { topology, routers } = world;
  const expected = routers.map(() => new Map<string, { best: number; from: Set<number> }>());
  for (const from of routers.keys()) {
    const reached = reach(topology, from, broken);
    // It knows its own networks also when nobody hears of them.
    if (!broken.dead.has(from)) reached.add(from);
    for (const router of reached) {
      for (const [network, preference] of topology.announced(from)) {
        const known = expected[router]!.get(network);
        // A route of its own wins whatever others say.
        const weight = router === from ? 1000 : preference;
        if (known === undefined || weight > known.best)
          expected[router]!.set(network, { best: weight, from: new Set([from]) });
        else if (weight === known.best) known.from.add(from);
      }
    }
  }
  for (const [i, router] of routers.entries()) {
    const routes = snapshot.get(router.name);
    if (routes === undefined) continue;
    const selected = new Map(routes.filter((route) => route.selected).map((route) => [route.prefix, route]));
    assert.deepEqual(
      [...selected.keys()].sort(),
      [...expected[i]!.keys()].sort(),
      `networks that ${router.name} knows`,
    );
    for (const [network, { from }] of expected[i]!) {
      const hop = nextHopOf(selected.get(network)!);
      const owners = [...from].flatMap((one) =>
        one === i ? ['here'] : topology.setups[one]!.addresses.map((address) => address.split('/')[0]!),
      );
      assert.ok(owners.includes(hop), `${router.name} sends ${network} to ${hop}, not to one of ${owners.join(' ')}`);
    }
  }
}

describe('a ring of clusters', () => {
  const timeline = new Timeline();
  const worlds: World[] = [];

  afterEach(() => {
    for (const world of worlds.splice(0)) world.end();
    timeline.restore();
  });

  async function failures(t: TestContext, topology: Topology, steps: number, everythingKnown: boolean): Promise<void> {
    timeline.install();
    const random = new Random(SEED);
    const broken = nothing();
    const world = new World(topology, timeline);
    worlds.push(world);
    await world.start(broken);
    await timeline.advance(REST_MS);
    const words = new Map<string, number>();
    for (let i = 0; i < steps; i++) {
      const what = await step(world, broken, random);
      const at = `seed ${SEED}, failure ${i + 1}, ${what}`;
      words.set(what.replace(/:.*/, ''), (words.get(what.replace(/:.*/, '')) ?? 0) + 1);
      await timeline.advance(REST_MS);
      const found = world.snapshot();
      await timeline.advance(QUIET_MS);
      sameTables(text(found), text(world.snapshot()), `${at}: it does not come to rest`);
      const fresh = new World(topology, timeline);
      worlds.push(fresh);
      await fresh.start(broken);
      await timeline.advance(REST_MS);
      sameTables(text(fresh.snapshot()), text(found), `${at}: it is not what a fresh start is`);
      fresh.end();
      worlds.pop();
      if (everythingKnown) checkWays(world, found, broken);
      assert.deepEqual(
        [...world.routers, ...fresh.routers].flatMap((router) => router.faults),
        [],
        at,
      );
    }
    t.diagnostic(JSON.stringify(Object.fromEntries(words)));
  }

  it('ten clusters with a reflector each: 100 failures, no loop, no black hole', { timeout: 1_800_000 }, async (t) => {
    const shape = { clusters: 10, reflectorsPerCluster: 1, nodesPerCluster: 1, addPaths: false };
    await failures(t, ringOfClusters(shape), LONG ? 1000 : 100, true);
  });

  it('clusters with two reflectors of one cluster id each, and ADD-PATH', { timeout: 1_200_000 }, async (t) => {
    const shape = { clusters: LONG ? 5 : 4, reflectorsPerCluster: 2, nodesPerCluster: 1, addPaths: true };
    // Who is a client of one reflector only is not known to those of the other one: RFC 4456 section 7.
    await failures(t, ringOfClusters(shape), LONG ? 100 : 15, false);
  });
});
