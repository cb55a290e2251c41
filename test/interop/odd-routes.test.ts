/**
 * What we accept and pass on must not be what the next router ends its session over: 10,000 random valid routes of each
 * family, and every odd attribute of the conformance tables that is accepted, go through ours to BIRD, FRR, GoBGP and
 * OpenBGPD. No peer may answer with a NOTIFICATION.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Lab, until } from '../../src/lab/namespace.ts';
import { ATTRIBUTE_ROWS } from '../bgp/attribute-rows.ts';
import { attribute, concat, hex, NEXT_HOP, ORIGIN } from '../bgp/wire.ts';
import { asPath, med, reach, u32, update } from '../conformance/octets.ts';
import { inNamespace } from '../support/netns.ts';
import { Bird } from '../support/peers/bird.ts';
import { Frr } from '../support/peers/frr.ts';
import { Gobgp } from '../support/peers/gobgp.ts';
import { Openbgpd } from '../support/peers/openbgpd.ts';
import { type PeerSetup, type RealPeer, whyNot } from '../support/peers/peer.ts';
import { Peregrine } from '../support/peers/peregrine.ts';
import { Random } from '../support/random.ts';
import {
  capabilityAs4,
  capabilityIpv4,
  capabilityIpv6,
  capabilityRefresh,
  RawSpeaker,
} from '../support/raw-speaker.ts';

const PEERS: readonly { name: string; programs: string[]; make: (setup: PeerSetup) => RealPeer }[] = [
  { name: 'BIRD', programs: ['bird', 'birdc'], make: (setup) => new Bird(setup) },
  { name: 'FRR', programs: ['zebra', 'vtysh'], make: (setup) => new Frr(setup) },
  { name: 'GoBGP', programs: ['gobgpd', 'gobgp'], make: (setup) => new Gobgp(setup) },
  { name: 'OpenBGPD', programs: ['bgpctl'], make: (setup) => new Openbgpd(setup) },
];

const ROUTES = 10_000;
const IN_ONE = 20;
const NEXT_HOP_IPV6 = '20010db8000000000000000000000001';

const CONFIG = `
log stderr all;
router id 10.0.1.2;
protocol device { scan time 2; }
protocol static hops4 { ipv4; route 192.0.2.0/24 blackhole; }
protocol static hops6 { ipv6; route 2001:db8::/32 blackhole; }
template bgp peer { local as 64512; connect delay time 1; connect retry time 2; error wait time 1,3; direct; }
protocol bgp feed {
  local 127.0.0.1 as 64512; neighbor 127.5.0.1 as 65002; multihop; passive;
  ipv4 { import all; export none; }; ipv6 { import all; export none; };
}
protocol bgp p4 from peer { neighbor 10.0.1.1 as 65001; ipv4 { import none; export where proto = "feed"; next hop self; }; }
protocol bgp p6 from peer { neighbor fd00:1::1 as 65001; ipv6 { import none; export where proto = "feed"; next hop self; }; }
`;

function octets(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

/** A path that anybody may send: public and private numbers, both widths. */
function path(random: Random): Uint8Array {
  const numbers = Array.from({ length: random.once(50) ? 300 : random.between(0, 12) }, () =>
    random.once(3) ? 4_200_000_000 + random.below(1000) : random.between(1, 64_000),
  ).filter((as) => as !== 64_512 && as !== 65_001 && as !== 23_456);
  if (numbers.length > 250) return attribute(0x40, 2, concat(...inSegments([65002, ...numbers])));
  return asPath(4, 65002, ...numbers);
}

function* inSegments(numbers: readonly number[]): Generator<Uint8Array> {
  for (let at = 0; at < numbers.length; at += 255) {
    const some = numbers.slice(at, at + 255);
    yield concat(Uint8Array.of(2, some.length), ...some.map(u32));
  }
}

function attributes(random: Random): Uint8Array[] {
  const communities = (): Uint8Array =>
    concat(
      ...Array.from({ length: random.between(1, random.once(20) ? 200 : 8) }, () =>
        u32(random.between(1, 0xfffe_ffff)),
      ),
    );
  const some: Uint8Array[] = [];
  if (random.once(2)) some.push(med(random.below(0xffff_ffff)));
  if (random.once(10)) some.push(attribute(0x40, 6, ''));
  if (random.once(6)) some.push(attribute(0xc0, 7, concat(u32(random.between(1, 70_000)), octets(random, 4))));
  if (random.once(2)) some.push(attribute(0xc0, 8, communities()));
  if (random.once(3)) {
    const count = random.between(1, 6);
    const kinds = [hex('0002'), hex('0003'), hex('0102'), hex('0202'), hex('4304')];
    some.push(
      attribute(
        0xc0,
        16,
        concat(...Array.from({ length: count }, () => concat(random.pick(kinds), octets(random, 6)))),
      ),
    );
  }
  if (random.once(3)) some.push(attribute(0xc0, 32, octets(random, 12 * random.between(1, 5))));
  if (random.once(4))
    some.push(attribute(0xc0, random.between(200, 250), octets(random, random.once(4) ? 300 : random.below(40))));
  return some;
}

const OTHERS = 500;
const LAST = ROUTES + 2 * OTHERS;
const ipv4 = (n: number): Uint8Array => Uint8Array.of(24, 20 + (n >> 16), (n >> 8) & 255, n & 255);
const ipv6 = (n: number): Uint8Array => Uint8Array.of(48, 0x2a, 0, (n >> 8) & 255, n & 255, 0, 1);

function* randomRoutes(): Generator<Buffer> {
  const random = new Random(5);
  for (let n = 0; n < ROUTES; n += IN_ONE) {
    const numbers = Array.from({ length: IN_ONE }, (_, i) => n + i);
    const origin = attribute(0x40, 1, Uint8Array.of(random.below(3)));
    yield update({
      attributes: [origin, path(random), NEXT_HOP, ...attributes(random)],
      nlri: concat(...numbers.map(ipv4)),
    });
    const nlri = concat(...numbers.map(ipv6));
    yield update({ attributes: [reach(NEXT_HOP_IPV6, nlri), origin, path(random), ...attributes(random)] });
  }
}

/** One prefix for each row that an external session accepts with the attribute. */
const ODD = ATTRIBUTE_ROWS.filter((row) => row.ebgp === 'ok' && row.session === 'plain');

function* oddRoutes(): Generator<Buffer> {
  for (const [i, row] of ODD.entries()) {
    const others = [ORIGIN, asPath(4, 65002, 65003), NEXT_HOP].filter((one) => one[1] !== row.attribute[1]);
    yield update({ attributes: [...others, row.attribute], nlri: ipv4(ROUTES + i) });
  }
  // The longest that fits, and a few octets less.
  for (let i = 0; i < 40; i++) {
    const others = [ORIGIN, asPath(4, 65002), NEXT_HOP];
    yield update({
      attributes: [...others, attribute(0xc0, 240, new Uint8Array(4000 - i))],
      nlri: ipv4(ROUTES + OTHERS + i),
    });
  }
}

for (const peer of PEERS) {
  describe(`${peer.name} behind ours`, { skip: whyNot('birdc', ...peer.programs) ?? false }, () => {
    const lab = new Lab();
    after(() => lab.destroy());

    it('takes routes that are odd and valid without ending a session', { timeout: 180_000 }, async (context) => {
      const nodeO = await lab.node('o');
      const nodeP = await lab.node('p');
      await lab.wire(nodeO, 'eth0', nodeP, 'eth0');
      await nodeO.address('eth0', '10.0.1.2/24', 'fd00:1::2/64');
      await nodeP.address('eth0', '10.0.1.1/24', 'fd00:1::1/64');
      const ours = new Peregrine(nodeO, CONFIG);
      const theirs = peer.make({
        node: nodeP,
        as: 65001,
        routerId: '10.0.1.1',
        neighbors: [
          { address: '10.0.1.2', as: 64512, local: '10.0.1.1' },
          { address: 'fd00:1::2', as: 64512, local: 'fd00:1::1' },
        ],
        announce: [],
      });
      await Promise.all([ours.start(), theirs.start()]);
      const speaker = new RawSpeaker({
        localAddress: '127.5.0.1',
        remoteAddress: '127.0.0.1',
        as: 65002,
        routerId: '10.9.9.9',
        capabilities: Buffer.concat([capabilityIpv4, capabilityIpv6, capabilityRefresh, capabilityAs4(65002)]),
      });
      try {
        await until(
          'both sessions are up',
          async () => (await ours.established('p4')) && (await ours.established('p6')),
          60_000,
        );
        await inNamespace(nodeO, () => speaker.connect(60_000));
        await speaker.send(randomRoutes());
        const exported = async (protocol: string): Promise<number> =>
          Number(/, (\d+) exported/.exec(await ours.birdc('show', 'protocols', 'all', protocol))?.[1] ?? 0);
        await until(
          'all random routes went out',
          async () => (await exported('p4')) >= ROUTES && (await exported('p6')) >= ROUTES,
          60_000,
          200,
        );
        const learnt = (neighbor: string, wanted: number): Promise<unknown> =>
          until(`${peer.name} has them`, async () => (await theirs.learnt(neighbor)).size >= wanted, 60_000, 500);
        await learnt('10.0.1.2', ROUTES);
        await learnt('fd00:1::2', ROUTES);
        assert.deepEqual(lost(ours), [], 'random valid routes cost no session');

        await speaker.send(oddRoutes());
        await until('all odd routes went out', async () => (await exported('p4')) >= ROUTES + ODD.length, 60_000, 200);
        // One more, behind all of them: when the peer has it, it has read the others.
        speaker.write(update({ attributes: [ORIGIN, asPath(4, 65002), NEXT_HOP], nlri: ipv4(LAST) }));
        await until(
          `${peer.name} has read them all`,
          async () =>
            lost(ours).length > 0 || (await theirs.learnt('10.0.1.2')).has(`20.${LAST >> 8}.${LAST & 255}.0/24`),
          60_000,
          500,
        );
        context.diagnostic(`${(await theirs.learnt('10.0.1.2')).size} of ${await exported('p4')} IPv4 routes taken`);
        assert.deepEqual(lost(ours), [], 'odd routes cost no session');
        assert.ok(theirs.alive && ours.alive);
      } catch (error) {
        throw new Error(
          `${(error as Error).message}\n--- ours\n${ours.log.slice(-2500)}\n--- theirs\n${theirs.log.slice(-2500)}`,
        );
      } finally {
        speaker.destroy();
        await Promise.all([ours.stop(), theirs.stop()]);
      }
    });
  });
}

/** Ends of sessions with the peer that are in the log. Of two connections at a time one always ends, before there is one. */
function lost(ours: Peregrine): string[] {
  const lines = ours.log.split('\n').filter((line) => /"msg":"p[46]: (?:BGP session closed|Received)/.test(line));
  const texts = lines.map((line) => /"msg":"([^"]*)"/.exec(line)?.[1] ?? line);
  return texts.filter((text) => !text.endsWith('Connection collision resolution'));
}
