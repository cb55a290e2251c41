/**
 * A real daemon A announces 150 IPv4 and 50 IPv6 prefixes; ours, B, installs them in its kernel and passes them on to a
 * real FRR, C, while A learns B's pod CIDRs. A is killed: everything of it is gone within ten seconds; it comes back:
 * everything is back. Once for each peer, on external and internal sessions.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Lab, until } from '../../src/lab/namespace.ts';
import { Bird } from '../support/peers/bird.ts';
import { Exabgp } from '../support/peers/exabgp.ts';
import { Frr } from '../support/peers/frr.ts';
import { Gobgp } from '../support/peers/gobgp.ts';
import { Openbgpd } from '../support/peers/openbgpd.ts';
import { type PeerSetup, type RealPeer, whyNot } from '../support/peers/peer.ts';
import { Peregrine } from '../support/peers/peregrine.ts';

const PEERS: readonly { name: string; programs: string[]; make: (setup: PeerSetup) => RealPeer }[] = [
  { name: 'BIRD', programs: ['bird', 'birdc'], make: (setup) => new Bird(setup) },
  { name: 'FRR', programs: ['zebra', 'vtysh'], make: (setup) => new Frr(setup) },
  { name: 'GoBGP', programs: ['gobgpd', 'gobgp'], make: (setup) => new Gobgp(setup) },
  { name: 'OpenBGPD', programs: ['bgpctl'], make: (setup) => new Openbgpd(setup) },
  { name: 'ExaBGP', programs: ['exabgp'], make: (setup) => new Exabgp(setup) },
];

const OUR_AS = 64512;
const IPV4 = Array.from({ length: 150 }, (_, i) => `10.${100 + (i >> 6)}.${(i & 63) * 4}.0/22`);
const IPV6 = Array.from({ length: 50 }, (_, i) => `2001:db8:${(0x100 + i).toString(16)}::/48`);
const PODS = ['10.244.7.0/24', 'fd00:244:7::/64'];

const ours = (peerAs: number): string => `
log stderr all;
router id 10.0.1.2;
protocol device { scan time 2; }
protocol direct { ipv4; ipv6; interface "pod*"; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; scan time 2; }
protocol kernel { ipv6 { export where source = RTS_BGP; }; scan time 2; }
template bgp peer {
  connect delay time 1; connect retry time 2; error wait time 1,3; direct;
}
template bgp four from peer { ipv4 { import all; export where source = RTS_BGP || source = RTS_DEVICE; next hop self; }; }
template bgp six from peer { ipv6 { import all; export where source = RTS_BGP || source = RTS_DEVICE; next hop self; }; }
protocol bgp a4 from four { local 10.0.1.2 as ${OUR_AS}; neighbor 10.0.1.1 as ${peerAs}; }
protocol bgp a6 from six { local fd00:1::2 as ${OUR_AS}; neighbor fd00:1::1 as ${peerAs}; }
protocol bgp c4 from four { local 10.0.2.2 as ${OUR_AS}; neighbor 10.0.2.3 as 65003; }
protocol bgp c6 from six { local fd00:2::2 as ${OUR_AS}; neighbor fd00:2::3 as 65003; }
`;

for (const peer of PEERS) {
  for (const kind of ['external', 'internal'] as const) {
    describe(`${peer.name} on an ${kind} session`, {
      skip: whyNot('birdc', 'zebra', 'vtysh', ...peer.programs) ?? false,
    }, () => {
      const lab = new Lab();
      after(() => lab.destroy());

      it('gives its routes to our kernel and to FRR, loses them, and brings them back', {
        timeout: 120_000,
      }, async () => {
        const nodeA = await lab.node('a');
        const nodeB = await lab.node('b');
        const nodeC = await lab.node('c');
        await lab.wire(nodeA, 'eth0', nodeB, 'eth0');
        await lab.wire(nodeB, 'eth1', nodeC, 'eth0');
        await nodeB.ip('link add pod0 type veth peer name pod1');
        await nodeB.address('pod0', '10.244.7.1/24', 'fd00:244:7::1/64');
        await nodeB.ip('link set pod1 up');
        await nodeA.address('eth0', '10.0.1.1/24', 'fd00:1::1/64');
        await nodeB.address('eth0', '10.0.1.2/24', 'fd00:1::2/64');
        await nodeB.address('eth1', '10.0.2.2/24', 'fd00:2::2/64');
        await nodeC.address('eth0', '10.0.2.3/24', 'fd00:2::3/64');
        const as = kind === 'external' ? 65001 : OUR_AS;
        const a = peer.make({
          node: nodeA,
          as,
          routerId: '10.0.1.1',
          neighbors: [
            { address: '10.0.1.2', as: OUR_AS, local: '10.0.1.1' },
            { address: 'fd00:1::2', as: OUR_AS, local: 'fd00:1::1' },
          ],
          announce: [...IPV4, ...IPV6],
        });
        const b = new Peregrine(nodeB, ours(as));
        const c = new Frr({
          node: nodeC,
          as: 65003,
          routerId: '10.0.2.3',
          neighbors: [
            { address: '10.0.2.2', as: OUR_AS, local: '10.0.2.3' },
            { address: 'fd00:2::2', as: OUR_AS, local: 'fd00:2::3' },
          ],
          announce: ['198.51.100.0/24'],
        });
        await Promise.all([a.start(), b.start(), c.start()]);
        const explain = (): string => `\n--- ours\n${b.log.slice(-3000)}\n--- ${peer.name}\n${a.log.slice(-2000)}`;
        const complete = async (): Promise<void> => {
          try {
            await until(
              'the kernel has all IPv4 prefixes',
              async () => missing(IPV4, await b.kernelRoutes(4)).length === 0,
              30_000,
              200,
            );
            await until(
              'the kernel has all IPv6 prefixes',
              async () => missing(IPV6, await b.kernelRoutes(6)).length === 0,
              20_000,
              200,
            );
            await until(
              'FRR has all IPv4 prefixes',
              async () => missing(IPV4, await c.learnt('10.0.2.2')).length === 0,
              20_000,
              200,
            );
            await until(
              'FRR has all IPv6 prefixes',
              async () => missing(IPV6, await c.learnt('fd00:2::2')).length === 0,
              20_000,
              200,
            );
            await until(
              'the peer has our IPv4 pods',
              async () => (await a.learnt('10.0.1.2')).has(PODS[0]!),
              20_000,
              200,
            );
            await until(
              'the peer has our IPv6 pods',
              async () => (await a.learnt('fd00:1::2')).has(PODS[1]!),
              20_000,
              200,
            );
          } catch (error) {
            throw new Error(`${(error as Error).message}${explain()}`);
          }
        };
        await complete();

        const one = (await b.kernelRoutes(4)).get(IPV4[0]!)!;
        assert.match(one, /via 10\.0\.1\.1 dev eth0/);
        const atC = (await c.learnt('10.0.2.2')).get(IPV4[0]!)!;
        assert.equal(atC.nextHop, '10.0.2.2');
        assert.equal(atC.asPath.split(' ').slice(0, 2).join(' ').trim(), kind === 'external' ? '64512 65001' : '64512');
        const pods = (await a.learnt('10.0.1.2')).get(PODS[0]!)!;
        assert.equal(pods.nextHop, '10.0.1.2');
        assert.equal(pods.asPath, kind === 'external' ? '64512' : '');

        await a.stop('SIGKILL');
        await until(
          'the kernel has nothing of it',
          async () => (await b.kernelRoutes(4)).size + (await b.kernelRoutes(6)).size === 1,
          10_000,
          200,
        ).catch((error: Error) => assert.fail(`${error.message}${explain()}`));
        await until(
          'FRR has nothing of it',
          async () => missing(IPV4, await c.learnt('10.0.2.2')).length === IPV4.length,
          10_000,
          200,
        );

        await a.start();
        await complete();
        assert.ok(b.alive, `the daemon is there: ${b.log}`);
      });
    });
  }
}

function missing(wanted: readonly string[], have: ReadonlyMap<string, unknown>): string[] {
  return wanted.filter((prefix) => !have.has(prefix));
}
