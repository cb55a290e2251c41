/**
 * Ten reflectors and their nodes in a ring of clusters, with failures of every kind one after the other and at the same
 * time. When things have come to rest, the tables are what they are after a fresh start with the same failures, every
 * network is known to whoever can know it, and packets end at somebody who announces it.
 */
import assert from 'node:assert/strict';
import { afterEach, describe, it, type TestContext } from 'node:test';
import { Random } from '../support/random.ts';
import { type Broken, nothingBroken, waysOf } from '../support/simulation/broken.ts';
import { line, nextHopOf, type SeenRoute } from '../support/simulation/router.ts';
import { Timeline } from '../support/simulation/timeline.ts';
import { ringOfClusters, type Topology } from '../support/simulation/topology.ts';
import { World } from '../support/simulation/world.ts';

const LONG = process.env['PEREGRINE_LONG'] === '1';
const SEED = Number(process.env['PEREGRINE_SEED'] ?? 1);
/** Hold time, restart time, the wait of `-R` and the rests after errors are over by then. */
const REST_MS = 45_000;
/** After which nothing may change any more. */
const QUIET_MS = 10_000;
/** Failures at the same time. */
const MOST_BROKEN = 5;

/**
 * Every route in a line. Of several equal ones of one neighbour (ADD-PATH) the one that was first is selected, and that is
 * history: all that come from where the selected one comes from are marked.
 */
function text(snapshot: ReadonlyMap<string, readonly SeenRoute[]>): string[] {
  return [...snapshot].flatMap(([name, routes]) => {
    const from = new Map(routes.filter((route) => route.selected).map((route) => [route.prefix, route.protocol]));
    return routes
      .map((route) => `${name}: ${line({ ...route, selected: from.get(route.prefix) === route.protocol })}`)
      .sort();
  });
}

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

/** Every network that can be known is known, no other is, and its packets go to the best of those who announce it. */
function checkWays(
  { topology, routers }: World,
  snapshot: ReadonlyMap<string, readonly SeenRoute[]>,
  broken: Broken,
): void {
  const expected = waysOf(topology, broken);
  for (const [i, router] of routers.entries()) {
    const routes = snapshot.get(router.name);
    if (routes === undefined) continue;
    const selected = new Map(routes.filter((one) => one.selected).map((one) => [one.prefix, one]));
    const known = [...expected[i]!.keys()].sort();
    assert.deepEqual([...selected.keys()].sort(), known, `networks that ${router.name} knows`);
    for (const [network, hops] of expected[i]!) {
      const hop = nextHopOf(selected.get(network)!);
      assert.ok(hops.includes(hop), `${router.name} sends ${network} to ${hop}, not to one of ${hops.join(' ')}`);
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
    const broken = nothingBroken();
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
