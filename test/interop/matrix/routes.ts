/** Rows about routes: several for a prefix, asking again, limits, long messages, large tables. */
import assert from 'node:assert/strict';
import { capabilityAs4, capabilityIpv4, capabilityRefresh } from '../../support/raw-speaker.ts';
import { announcements } from './announce.ts';
import { BESIDE, BESIDE_TOO, type Bench, networks, OURS, PEER, type PeerWish, session, statics } from './bench.ts';
import type { Row } from './row.ts';

const LARGE = 20_000;
const LARGE_MS = 40_000;

/** What the peer brings besides: ExaBGP has no table and announces what its file says. */
function raw(address: string, as: number): NonNullable<PeerWish['others']>[number] {
  return { address, as, local: PEER[4], passive: true };
}

async function feed(bench: Bench, localAddress: string, as: number, prefixes: readonly string[]): Promise<void> {
  const capabilities = Buffer.concat([capabilityIpv4, capabilityRefresh, capabilityAs4(as)]);
  const speaker = await bench.raw({ localAddress, as, capabilities });
  // Another host on the link is the next hop: ours would be refused as our own address.
  await speaker.send(announcements(prefixes, as, `10.0.1.${as % 256}`));
}

const addPathReceive: Row = {
  title: 'ADD-PATH: we receive',
  async run(bench) {
    const prefix = '20.0.0.0/24';
    const exa = bench.kind === 'ExaBGP';
    await bench.start(session('', 'add paths rx;'), {
      session: { addPath: 'send' },
      announce: exa ? [prefix, prefix] : [],
      others: exa ? [] : [raw(BESIDE, 65012), raw(BESIDE_TOO, 65013)],
    });
    await bench.established();
    if (!exa) {
      await feed(bench, BESIDE, 65012, [prefix]);
      await feed(bench, BESIDE_TOO, 65013, [prefix]);
    }
    await bench.until('both paths', async () => (await bench.routes()).get(prefix)?.length === 2);
  },
};

const addPathSend: Row = {
  title: 'ADD-PATH: we send, all and the best ones',
  async run(bench) {
    const [prefix] = networks(1);
    const text = (channel: string): string =>
      [1, 2, 3].map((i) => statics([prefix!], `s${i}`, 200 + i)).join('') + session('', `add paths tx; ${channel}`);
    await bench.start(text(''), { session: { addPath: 'receive' } });
    await bench.established();
    const count = async (): Promise<number> => (await bench.peer.paths(OURS[4])).length;
    await bench.until('three paths', async () => (await count()) === 3);
    await bench.reconfigure(text('add paths best 2;'));
    await bench.until('two paths', async () => (await count()) === 2);
    await bench.reconfigure(text(''));
    await bench.until('three paths again', async () => (await count()) === 3);
  },
};

const weAsk: Row = {
  title: 'route refresh, asked by us',
  without: {
    OpenBGPD: '7.7 takes the family for not negotiated when it is asked, by BIRD, too',
    ExaBGP: 'does not send its routes again',
  },
  async run(bench) {
    const theirs = networks(5, 30);
    await bench.start(session(), { announce: theirs });
    await bench.established();
    await bench.weHave(theirs);
    const updates = async (): Promise<number> =>
      Number(/Import updates: +(\d+)/.exec(await bench.ours.birdc('show', 'protocols', 'all', 'p4'))?.[1]);
    const before = await updates();
    await bench.ours.birdc('reload', 'in', 'p4');
    await bench.until('everything came again', async () => (await updates()) >= before + theirs.length);
    await bench.weHave(theirs);
  },
};

const theyAsk: Row = {
  title: 'route refresh, asked by the peer',
  without: { GoBGP: 'asks nobody, it keeps what it received' },
  async run(bench) {
    const mine = networks(3);
    await bench.start(`${statics(mine)}${session('debug { packets };')}`);
    await bench.established();
    await bench.peerHas(mine);
    await bench.peer.refresh(OURS[4]);
    await bench.until('the peer asks', () => /Got ROUTE-REFRESH/.test(bench.ours.log));
    await bench.peerHas(mine);
    await bench.established();
  },
};

const ourLimit: Row = {
  title: 'prefix limit of ours',
  async run(bench) {
    await bench.start(session('', 'receive limit 5 action disable;'), { announce: networks(10, 30) });
    await bench.until('the session ends', async () =>
      /Automatic shutdown: Route limit exceeded/.test(await bench.ours.birdc('show', 'protocols', 'p4')),
    );
    await bench.until('at both ends', async () => !(await bench.peer.established(OURS[4])));
    await bench.until('with its routes', async () => (await bench.routes()).size === 0);
  },
};

const theirLimit: Row = {
  title: 'prefix limit of the peer',
  without: { ExaBGP: 'has no table' },
  async run(bench) {
    await bench.start(`${statics(networks(10))}${session()}`, { session: { maxPrefix: 5 } });
    await bench.until('Cease 6/1', async () =>
      /Received: Maximum number of prefixes reached/.test(await bench.ours.birdc('show', 'protocols', 'p4')),
    );
  },
};

const longMessages: Row = {
  title: 'extended messages (RFC 8654)',
  without: {
    GoBGP: 'does not offer them',
    OpenBGPD: '7.7 has no option for them',
  },
  async run(bench) {
    const [prefix] = networks(1);
    // 1,200 communities are 4,800 octets: too much for a message of the usual length.
    const tags = `function tag() { ${Array.from({ length: 1200 }, (_, i) => `bgp_community.add((100,${i}));`).join(' ')} }\n`;
    const text = `${tags}protocol static { ipv4; route ${prefix} blackhole { tag(); }; }
      ${session('enable extended messages;')}`;
    await bench.start(text, { session: { extendedMessages: true }, announce: ['30.0.0.0/24'] });
    await bench.established();
    assert.match(await bench.ours.birdc('show', 'protocols', 'all', 'p4'), /Extended message[\s\S]*Extended message/);
    await bench.peerHas([prefix!]);
    await bench.weHave(['30.0.0.0/24']);
  },
};

const confederation: Row = {
  title: 'confederation (RFC 5065), the peer in another member',
  without: { OpenBGPD: 'has no confederations', ExaBGP: 'has no confederations' },
  async run(bench) {
    const wish = { as: 65100, peerAs: 65101 };
    const text = session('confederation 64999; confederation member;', '', wish);
    await bench.start(`${statics(networks(2))}${text}`, {
      as: 65101,
      confederation: 64999,
      session: { as: 65100 },
      announce: networks(2, 30),
    });
    await bench.established();
    const routes = await bench.weHave(networks(2, 30));
    assert.match(routes.get('30.0.0.0/24')![0]!, /BGP.as_path: \(65101\)$/m);
    assert.match((await bench.peerHas(networks(2))).get('20.0.0.0/24')!.asPath, /65100/);
  },
};

const large: Row = {
  title: `${LARGE.toLocaleString('en')} prefixes each way`,
  async run(bench) {
    const mine = networks(LARGE, 20);
    const theirs = networks(LARGE, 30);
    const exa = bench.kind === 'ExaBGP';
    await bench.start(`${statics(mine)}${session()}`, {
      announce: exa ? theirs : [],
      others: exa ? [] : [raw(BESIDE, 65012)],
    });
    await bench.established();
    if (!exa) await feed(bench, BESIDE, 65012, theirs);
    const counted = async (): Promise<number> =>
      Number(/(\d+) of \d+ routes/.exec(await bench.ours.birdc('show', 'route', 'protocol', 'p4', 'count'))?.[1]);
    await bench.until('we have all', async () => (await counted()) === LARGE, LARGE_MS);
    await bench.until(`${bench.kind} has all`, async () => (await bench.peer.learnt(OURS[4])).size === LARGE, LARGE_MS);
    await bench.established();
    assert.equal(await counted(), LARGE);
  },
};

export const ROUTES: readonly Row[] = [
  addPathReceive,
  addPathSend,
  weAsk,
  theyAsk,
  ourLimit,
  theirLimit,
  longMessages,
  confederation,
  large,
];

/** For rows about reflection. */
export { feed, raw };
