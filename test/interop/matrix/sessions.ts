/** Rows about sessions: families and kinds, AS numbers, protection, roles, next hops of the other family. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { KERNEL, networks, OUR_AS, OURS, PEER, PEER_AS, session, statics } from './bench.ts';
import type { Row } from './row.ts';

/** As long as a session that must not come up is watched; every daemon dials more often. */
const NEVER_MS = 3000;

const OURS_4 = networks(3, 20);
const THEIRS_4 = networks(3, 30);
const OURS_6 = ['2001:db8:20::/48', '2001:db8:21::/48'];
const THEIRS_6 = ['2001:db8:30::/48', '2001:db8:31::/48'];
const LARGE_AS = 4_200_000_001;

function exchange(kind: 'external' | 'internal', version: 4 | 6): Row {
  const as = kind === 'external' ? PEER_AS : OUR_AS;
  const [mine, theirs] = version === 4 ? [OURS_4, THEIRS_4] : [OURS_6, THEIRS_6];
  return {
    title: `IPv${version}, ${kind}`,
    async run(bench) {
      await bench.start(`${statics(mine)}${session('', '', { peerAs: as, over: version })}`, {
        as,
        over: [version],
        announce: theirs,
      });
      await bench.established(version);
      const heard = await bench.peerHas(mine, version);
      const route = heard.get(mine[0]!)!;
      // With its link-local companion, where the peer shows both.
      assert.equal(route.nextHop.split(' ')[0], OURS[version]);
      assert.equal(route.asPath, kind === 'external' ? `${OUR_AS}` : '');
      const ours = await bench.weHave(theirs, `p${version}`);
      const text = ours.get(theirs[0]!)![0]!;
      assert.match(text, kind === 'external' ? new RegExp(`BGP.as_path: ${as}$`, 'm') : /BGP.as_path: ?$/m);
      assert.match(text, new RegExp(`BGP.next_hop: ${PEER[version]}( |$)`, 'm'));
    },
  };
}

const fourOctets: Row = {
  title: 'four-octet AS numbers',
  async run(bench) {
    const wish = { peerAs: LARGE_AS + 1, as: LARGE_AS };
    await bench.start(`${statics(OURS_4)}${session('', '', wish)}`, {
      as: LARGE_AS + 1,
      announce: THEIRS_4,
      session: { as: LARGE_AS },
    });
    await bench.established();
    assert.equal((await bench.peerHas(OURS_4)).get(OURS_4[0]!)!.asPath, `${LARGE_AS}`);
    const routes = await bench.weHave(THEIRS_4);
    assert.match(routes.get(THEIRS_4[0]!)![0]!, new RegExp(`BGP.as_path: ${LARGE_AS + 1}$`, 'm'));
  },
};

const weAreOld: Row = {
  title: 'two-octet AS numbers, ours alone',
  async run(bench) {
    await bench.start(`${statics(OURS_4)}${session('enable as4 off;', '', { peerAs: LARGE_AS })}`, {
      as: LARGE_AS,
      announce: THEIRS_4,
    });
    await bench.established();
    assert.equal((await bench.peerHas(OURS_4)).get(OURS_4[0]!)!.asPath, `${OUR_AS}`);
    const routes = await bench.weHave(THEIRS_4);
    assert.match(routes.get(THEIRS_4[0]!)![0]!, new RegExp(`BGP.as_path: ${LARGE_AS}$`, 'm'), 'AS4_PATH is read');
  },
};

const theyAreOld: Row = {
  title: 'two-octet AS numbers, the peer alone',
  without: { GoBGP: 'has no such option' },
  async run(bench) {
    const routes = OURS_4.map((prefix) => `route ${prefix} blackhole { bgp_path.prepend(${LARGE_AS}); };`).join(' ');
    await bench.start(`protocol static { ipv4; ${routes} }\n${session()}`, {
      announce: THEIRS_4,
      session: { as4: false },
    });
    await bench.established();
    // Who reads AS4_PATH shows the real number; both are right.
    const path = (await bench.peerHas(OURS_4)).get(OURS_4[0]!)!.asPath;
    assert.ok([`${OUR_AS} ${LARGE_AS}`, `${OUR_AS} 23456`].includes(path), path);
    const learnt = await bench.weHave(THEIRS_4);
    assert.match(learnt.get(THEIRS_4[0]!)![0]!, new RegExp(`BGP.as_path: ${PEER_AS}$`, 'm'));
  },
};

const md5: Row = {
  title: 'TCP-MD5: the same key, another key',
  async run(bench) {
    const text = (password: string): string => `${statics(OURS_4)}${session(`password "${password}";`)}`;
    await bench.start(text('another'), { announce: THEIRS_4, session: { password: 'sesame' } });
    await delay(NEVER_MS);
    assert.equal(await bench.ours.established('p4'), false, 'with another key');
    await bench.reconfigure(text('sesame'));
    await bench.established();
    await bench.weHave(THEIRS_4);
  },
};

const gtsm: Row = {
  title: 'TTL security: both ends, ours alone',
  async run(bench) {
    const text = `${statics(OURS_4)}${session('ttl security;')}`;
    await bench.start(text, { announce: THEIRS_4 });
    await delay(NEVER_MS);
    assert.equal(await bench.ours.established('p4'), false, 'what the peer sends comes with a small TTL');
    await bench.stop();
    await bench.start(text, { announce: THEIRS_4, session: { ttlSecurity: true } });
    await bench.established();
    await bench.weHave(THEIRS_4);
    await bench.peerHas(OURS_4);
  },
};

const roles: Row = {
  title: 'roles (RFC 9234): ones that fit, ones that do not',
  without: { GoBGP: 'has no roles', ExaBGP: 'has no roles' },
  async run(bench) {
    const text = (role: string): string => `${statics(OURS_4)}${session(`local role ${role};`)}`;
    await bench.start(text('peer'), { announce: THEIRS_4, session: { role: 'customer' } });
    await bench.until('the mismatch is told', async () =>
      /Role mismatch/.test(await bench.ours.birdc('show', 'protocols', 'all', 'p4')),
    );
    await bench.reconfigure(text('provider'));
    await bench.established();
    assert.match(await bench.ours.birdc('show', 'protocols', 'all', 'p4'), /Role: customer/);
    await bench.weHave(THEIRS_4);
    await bench.peerHas(OURS_4);
  },
};

const overIpv6: Row = {
  title: 'IPv4 routes with IPv6 next hops (RFC 8950), in our kernel',
  without: { OpenBGPD: '7.7 has no option for it' },
  async run(bench) {
    const text = `${statics(OURS_4)}${KERNEL}${session('', 'extended next hop;', { over: 6, families: [4] })}`;
    await bench.start(text, {
      over: [6],
      announce: THEIRS_4,
      session: { extendedNextHop: true, families: [4] },
    });
    await bench.established(6);
    const heard = (await bench.peerHas(OURS_4, 6)).get(OURS_4[0]!)!;
    assert.equal(heard.nextHop.split(' ')[0], OURS[6]);
    await bench.weHave(THEIRS_4, 'p6');
    await bench.until('the kernel has it', async () => {
      const line = (await bench.ours.kernelRoutes(4)).get(THEIRS_4[0]!);
      return line?.includes(`via inet6 ${PEER[6]} dev eth0`) === true;
    });
  },
};

export const SESSIONS: readonly Row[] = [
  exchange('external', 4),
  exchange('external', 6),
  exchange('internal', 4),
  exchange('internal', 6),
  fourOctets,
  weAreOld,
  theyAreOld,
  md5,
  gtsm,
  roles,
  overIpv6,
];
