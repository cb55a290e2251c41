/**
 * A whole fleet in one process, on simulated time and wires: each node is a real daemon that follows one datastore. A full
 * mesh of a hundred comes to stand, a node that joins disturbs nobody, and an hour without the datastore changes nothing.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Timeline } from '../../support/simulation/timeline.ts';
import { blockOf, Fleet } from './fleet.ts';

const MESH = 100;
const HOUR_MESH = 8;
const HOUR_MS = 3_600_000;

describe('a fleet out of one datastore', { concurrency: false }, () => {
  const timeline = new Timeline();
  before(() => timeline.install());
  after(() => timeline.restore());

  const fleetOf = async (size: number): Promise<Fleet> => {
    const fleet = new Fleet(timeline);
    await fleet.put({ kind: 'IPPool', metadata: { name: 'pods' }, spec: { cidr: '10.65.0.0/16' } });
    for (let node = 1; node <= size; node++) await fleet.write(node);
    for (let node = 1; node <= size; node++) await fleet.join(node);
    return fleet;
  };

  it(`brings ${MESH} nodes together, and one more without a flap`, { timeout: 300_000 }, async () => {
    const fleet = await fleetOf(MESH);
    const took = await fleet.stands();
    assert.ok(took <= 60, `${took} s`);
    const earlier = fleet.sessions();
    assert.equal(earlier.size, MESH * (MESH - 1));
    await fleet.write(MESH + 1);
    await fleet.join(MESH + 1);
    await fleet.stands();
    const later = fleet.sessions();
    assert.equal(later.size, (MESH + 1) * MESH);
    for (const [session, since] of earlier) assert.equal(later.get(session), since, session.name);
    // One block goes to another node: everybody hears of it, and no session does.
    await fleet.put({
      kind: 'BlockAffinity',
      metadata: { name: 'node-1-b' },
      spec: { cidr: blockOf(1), node: 'node-2', state: 'confirmed' },
    });
    await timeline.advance(5_000);
    for (const { name, daemon } of fleet.routers.slice(2)) {
      const { table } = daemon.table('master4');
      const prefix = table.lookup(0x0a41_0100, 0, 0, 0, 26);
      assert.equal(table.sourceOf(table.best(prefix)).protocol, 'Mesh_10_0_0_2', name);
    }
    for (const [session, since] of later) assert.equal(session.since, since, session.name);
    assert.deepEqual(fleet.faults(), []);
    await fleet.stop();
  });

  it('keeps every session and route through an hour without the datastore, and then does what differs', {
    timeout: 300_000,
  }, async () => {
    const fleet = await fleetOf(HOUR_MESH);
    await fleet.stands();
    await timeline.advance(30_000);
    const [sessions, routes] = [fleet.sessions(), fleet.routes()];
    fleet.store.setAway(true);
    await timeline.advance(HOUR_MS);
    for (const { name, daemon } of fleet.routers) assert.match(daemon.protocol('calico1')!.info, /is away/, name);
    assert.deepEqual(fleet.sessions(), sessions);
    assert.equal(fleet.routes(), routes);
    fleet.store.setAway(false);
    await fleet.put({
      kind: 'BlockAffinity',
      metadata: { name: 'late' },
      spec: { cidr: '10.65.200.0/26', node: 'node-1', state: 'confirmed' },
    });
    await timeline.advance(60_000);
    assert.deepEqual(fleet.sessions(), sessions);
    for (const { name, daemon } of fleet.routers) {
      assert.doesNotMatch(daemon.protocol('calico1')!.info, /is away/, name);
      const { table } = daemon.table('master4');
      assert.notEqual(table.lookup(0x0a41_c800, 0, 0, 0, 26), 0, name);
    }
    assert.deepEqual(fleet.faults(), []);
    await fleet.stop();
  });
});
