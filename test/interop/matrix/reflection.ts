/** Rows about route reflection (RFC 4456): we reflect, and the peer is client, non-client, or a reflector as well. */
import assert from 'node:assert/strict';
import { announcements } from './announce.ts';
import { BESIDE, type Bench, networks, OUR_AS, OURS, PEER, session, THIRD, thirdSession } from './bench.ts';
import type { Row } from './row.ts';

const CLUSTER = '10.9.9.9';
const THEIR_CLUSTER = '10.8.8.8';
const FROM_PEER = networks(2, 30);
const FROM_THIRD = networks(2, 40);
const INTERNAL = { peerAs: OUR_AS };
/** Next hop of the raw client: an address of ours would be refused. */
const BEYOND = '10.0.1.100';
const CLIENT = `rr client; rr cluster id ${CLUSTER};`;

/** The BIRD behind us. */
function third(bench: Bench) {
  return bench.third({
    as: OUR_AS,
    routerId: THIRD[4],
    neighbors: [{ address: '10.0.2.2', as: OUR_AS, local: THIRD[4] }],
    announce: FROM_THIRD,
  });
}

function reflected(client: 'peer' | 'third'): Row {
  return {
    title: client === 'peer' ? 'reflection, the peer is our client' : 'reflection, the peer is no client',
    async run(bench) {
      const text = `${session(client === 'peer' ? CLIENT : '', '', INTERNAL)}${thirdSession(OUR_AS, client === 'third' ? CLIENT : '')}`;
      await bench.start(text, { as: OUR_AS, announce: FROM_PEER });
      const bird = await third(bench);
      await bench.established();
      // From the peer, through us: who brought it into the AS and through which cluster it went.
      await bench.until(
        'its routes are reflected',
        async () => (await bird.learnt('10.0.2.2')).size === FROM_PEER.length,
      );
      const there = (await bird.learnt('10.0.2.2')).get(FROM_PEER[0]!)!;
      assert.deepEqual(there, {
        prefix: FROM_PEER[0],
        nextHop: PEER[4],
        asPath: '',
        originatorId: PEER[4],
        clusterList: CLUSTER,
      });
      // And to the peer.
      const here = (await bench.peerHas(FROM_THIRD)).get(FROM_THIRD[0]!)!;
      assert.deepEqual([here.nextHop, here.originatorId, here.clusterList], [THIRD[4], THIRD[4], CLUSTER]);
      // Between non-clients nothing is reflected.
      await bench.reconfigure(`${session('', '', INTERNAL)}${thirdSession(OUR_AS)}`);
      await bench.established();
      await bench.weHave(FROM_PEER);
      await bench.until('nothing any more', async () => (await bird.learnt('10.0.2.2')).size === 0);
      await bench.until('nor there', async () => (await bench.peer.learnt(OURS[4])).size === 0);
    },
  };
}

const second: Row = {
  title: 'reflection, the peer is a second reflector',
  without: { ExaBGP: 'does not reflect' },
  async run(bench) {
    const text = (cluster: string): string =>
      `${session('', '', INTERNAL)}${thirdSession(OUR_AS, `rr client; rr cluster id ${cluster};`)}`;
    await bench.start(text(CLUSTER), {
      as: OUR_AS,
      clusterId: THEIR_CLUSTER,
      // GoBGP enters originator and cluster only for those that are its clients.
      session: { rrClient: bench.kind === 'GoBGP' },
      others: [{ address: BESIDE, as: OUR_AS, local: PEER[4], passive: true, rrClient: true }],
    });
    const bird = await third(bench);
    await bench.established();
    const client = await bench.raw({ localAddress: BESIDE, as: OUR_AS });
    await client.send(announcements(FROM_PEER, undefined, BEYOND));
    await bench.until(
      'both reflectors pass it on',
      async () => (await bird.learnt('10.0.2.2')).size === FROM_PEER.length,
    );
    const there = (await bird.learnt('10.0.2.2')).get(FROM_PEER[0]!)!;
    assert.deepEqual([there.originatorId, there.clusterList], [BESIDE, `${CLUSTER} ${THEIR_CLUSTER}`]);
    // The other way round: the raw client hears CLUSTER_LIST with both clusters.
    const clusters = Buffer.from([...THEIR_CLUSTER.split('.'), ...CLUSTER.split('.')].map(Number));
    await client.wait(() => client.heard.some(({ type, body }) => type === 2 && body.includes(clusters)), 10_000);
    // A reflector of the same cluster: its reflected routes are a loop to us, ours to it.
    await bench.reconfigure(text(THEIR_CLUSTER));
    await bench.until('the loop is seen', async () => (await bird.learnt('10.0.2.2')).size === 0);
  },
};

export const REFLECTION: readonly Row[] = [reflected('peer'), reflected('third'), second];
