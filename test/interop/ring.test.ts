/**
 * The ring of clusters of test/src/ring.test.ts with real processes on a real wire: daemons are killed and come back,
 * links go and return, sessions are switched off. When things have come to rest, every table is what the simulation of
 * a fresh start with the same failures has. Three clusters and a few failures; five and twenty in the long mode.
 */
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { attributes } from '../../src/control/json/attributes.ts';
import { Lab, type LabNode, until } from '../../src/lab/namespace.ts';
import { ControlClient } from '../support/control-client.ts';
import { whyNot } from '../support/peers/peer.ts';
import { Peregrine } from '../support/peers/peregrine.ts';
import { Random } from '../support/random.ts';
import { type Broken, nothingBroken } from '../support/simulation/broken.ts';
import type { SeenRoute } from '../support/simulation/router.ts';
import { Timeline } from '../support/simulation/timeline.ts';
import { ringOfClusters, type Topology } from '../support/simulation/topology.ts';
import { World } from '../support/simulation/world.ts';

const LONG = process.env['PEREGRINE_LONG'] === '1';
const SEED = Number(process.env['PEREGRINE_SEED'] ?? 1);
const FAILURES = LONG ? 20 : 4;
/** Hold time, restart time, the wait of `-R` and the rests after errors, and some for a busy machine. */
const PATIENCE_MS = 120_000;

interface Member {
  readonly name: string;
  readonly node: LabNode;
  readonly daemon: Peregrine;
}

const lab = new Lab('pgn');
after(() => lab.destroy());

/** What matters of a route, in one line; the order of keys is that of the record in both. */
const shown = (prefix: string, selected: boolean, protocol: string, values: object): string =>
  `${prefix} ${selected ? '*' : '-'} ${protocol} ${JSON.stringify(values)}`;

function simulated({ prefix, selected, protocol, attributes: bytes }: SeenRoute): string {
  const record = { bytes, start: 0, wireEnd: bytes.length, end: bytes.length };
  return shown(prefix, selected, protocol, attributes(record, []));
}

interface Row {
  readonly prefix: string;
  readonly primary: boolean;
  readonly protocol: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

async function real({ name, daemon }: Member): Promise<string[]> {
  const control = await ControlClient.open(daemon.socket);
  const rows = (await control.show('json show route table all all')).filter((line) => line.startsWith('{'));
  control.close();
  return rows.map((line) => {
    const { prefix, primary, protocol, attributes: all = {} } = JSON.parse(line) as Row;
    // Only real links have link-local addresses.
    const { nextHopLinkLocal: _, ...values } = all;
    return `${name}: ${shown(prefix, primary, protocol, values)}`;
  });
}

/** The tables after a fresh start, in simulated time. */
async function fresh(topology: Topology, broken: Broken): Promise<string[]> {
  const timeline = new Timeline();
  timeline.install();
  try {
    const world = new World(topology, timeline);
    await world.start(broken);
    await timeline.advance(45_000);
    const lines = [...world.snapshot()].flatMap(([name, routes]) =>
      routes.map((route) => `${name}: ${simulated(route)}`),
    );
    world.end();
    return lines.sort();
  } finally {
    timeline.restore();
  }
}

async function build(topology: Topology): Promise<Member[]> {
  const wire = await lab.bridge('w');
  const members: Member[] = [];
  for (const [i, { name, addresses }] of topology.setups.entries()) {
    const node = await lab.node(name);
    await lab.plug(wire, node, 'eth0');
    await node.address('eth0', ...addresses);
    members.push({ name, node, daemon: new Peregrine(node, topology.texts[i]!) });
  }
  return members;
}

/** One more thing breaks, or is mended; in words. */
async function step(topology: Topology, members: readonly Member[], broken: Broken, random: Random): Promise<string> {
  const one = random.below(members.length);
  const { name, node, daemon } = members[one]!;
  const session = random.below(topology.sessions.length);
  const { a, nameAtA } = topology.sessions[session]!;
  switch (random.below(5)) {
    case 0:
      if (broken.unplugged.delete(one)) {
        await node.ip('link set eth0 up');
        return `plugged in: ${name}`;
      }
      broken.unplugged.add(one);
      await node.ip('link set eth0 down');
      return `unplugged: ${name}`;
    case 1:
      if (broken.dead.delete(one)) {
        await daemon.start('-R');
        return `started: ${name}`;
      }
      broken.dead.add(one);
      forgetOrders(topology, broken, one);
      await daemon.stop('SIGKILL');
      return `killed: ${name}`;
    case 2: {
      if (broken.dead.has(a)) return step(topology, members, broken, random);
      const on = broken.disabled.delete(session);
      if (!on) broken.disabled.add(session);
      await members[a]!.daemon.birdc(on ? 'enable' : 'disable', nameAtA);
      return `${on ? 'enabled' : 'disabled'}: ${nameAtA} of ${members[a]!.name}`;
    }
    default: {
      if (broken.dead.has(one)) return step(topology, members, broken, random);
      forgetOrders(topology, broken, one);
      await daemon.stop('SIGKILL');
      const recover = random.once(2) ? ['-R'] : [];
      await daemon.start(...recover);
      return `killed and started ${recover.join('')}: ${name}`;
    }
  }
}

/** An order of the operator does not outlive the process. */
function forgetOrders({ sessions }: Topology, { disabled }: Broken, router: number): void {
  for (const session of [...disabled]) if (sessions[session]!.a === router) disabled.delete(session);
}

const skip = whyNot('birdc') ?? false;

it(`a ring of real daemons after ${FAILURES} failures is what a fresh start is`, {
  skip,
  timeout: 1_800_000,
}, async (t) => {
  const shape = { clusters: LONG ? 5 : 3, reflectorsPerCluster: 1, nodesPerCluster: 1, addPaths: false };
  const topology = ringOfClusters(shape);
  const members = await build(topology);
  const random = new Random(SEED);
  const broken = nothingBroken();
  try {
    for (const { daemon } of members) await daemon.start();
    const settle = async (what: string): Promise<void> => {
      const expected = await fresh(topology, broken);
      let differences: string[] = [];
      const same = async (): Promise<boolean> => {
        const found = (await Promise.all(members.filter((_, i) => !broken.dead.has(i)).map(real))).flat();
        const [before, now] = [new Set(expected), new Set(found)];
        differences = [
          ...expected.filter((line) => !now.has(line)).map((line) => `- ${line}`),
          ...found.filter((line) => !before.has(line)).map((line) => `+ ${line}`),
        ];
        return differences.length === 0;
      };
      await until(what, same, PATIENCE_MS, 500).catch(() =>
        assert.deepEqual(differences.slice(0, 12).concat(differences.slice(-12)), [], what),
      );
    };
    await settle('after the start');
    for (let i = 1; i <= FAILURES; i++) {
      const what = await step(topology, members, broken, random);
      await settle(`seed ${SEED}, failure ${i}, ${what}`);
      t.diagnostic(what);
    }
  } finally {
    await Promise.all(members.map(({ daemon }) => daemon.stop('SIGKILL')));
  }
});
