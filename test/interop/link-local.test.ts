/**
 * Three neighbours with the same link-local address on three links: named by `%interface`, by `interface`, and born of a
 * range on a link. IPv6 and IPv4 routes come over each session, and the kernel has each with the neighbour on its link.
 */
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { Lab, type LabNode, until } from '../../src/lab/namespace.ts';
import { Bird } from '../support/peers/bird.ts';
import { whyNot } from '../support/peers/peer.ts';
import { Peregrine } from '../support/peers/peregrine.ts';

const FAST = 'direct; connect delay time 0; connect retry time 1; error wait time 1, 2;';
const CHANNELS = `ipv6 { import all; export where source = RTS_STATIC; };
  ipv4 { import all; export where source = RTS_STATIC; extended next hop; };`;

const OURS = `log stderr all;
router id 10.255.0.1;
protocol device { scan time 1; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; }
protocol kernel { ipv6 { export where source = RTS_BGP; }; }
protocol static { ipv4; route 10.8.0.0/24 blackhole; }
protocol static { ipv6; route 2001:db8:8::/48 blackhole; }
protocol bgp one { local as 65000; neighbor fe80::1%eth0 as 65001; ${FAST} ${CHANNELS} }
protocol bgp two { local as 65000; neighbor fe80::1 as 65002; interface "eth1"; ${FAST} ${CHANNELS} }
protocol bgp others {
  local as 65000; neighbor range fe80::/10 external; interface "eth2"; dynamic name pattern "on_%i"; ${FAST} ${CHANNELS}
}
`;

const bird = (number: number): string => `log stderr all;
router id 10.255.0.1${number};
protocol device { scan time 1; }
protocol static { ipv4; route 10.9.${number}.0/24 blackhole; }
protocol static { ipv6; route 2001:db8:${number}::/48 blackhole; }
protocol bgp n0 { local fe80::1 as 6500${number}; neighbor fe80::2%eth0 as 65000; ${FAST} ${CHANNELS} }
`;

const lab = new Lab('pgl');
after(() => lab.destroy());

it('one link-local address on three links', { skip: whyNot('bird', 'birdc') ?? false, timeout: 90_000 }, async () => {
  const node = await lab.node('o');
  const neighbors: LabNode[] = [];
  for (let i = 0; i < 3; i++) {
    const neighbor = await lab.node(`n${i}`);
    neighbors.push(neighbor);
    await lab.wire(node, `eth${i}`, neighbor, 'eth0');
    for (const [host, name, address] of [
      [node, `eth${i}`, 'fe80::2/64'],
      [neighbor, 'eth0', 'fe80::1/64'],
    ] as const) {
      await host.ip(`-6 addr flush dev ${name}`);
      await host.address(name, address);
    }
  }
  const ours = new Peregrine(node, OURS);
  const birds = neighbors.map((neighbor, i) => {
    const session = { address: 'fe80::2', as: 65000, local: 'fe80::1' };
    const setup = { node: neighbor, as: 65001 + i, routerId: `10.255.0.1${i + 1}`, neighbors: [session], announce: [] };
    return new Bird(setup, bird(i + 1));
  });
  try {
    await Promise.all([ours.start(), ...birds.map((one) => one.start())]);
    for (const [i, one] of birds.entries()) {
      await until(`session ${i + 1}`, () => one.established('fe80::2'), 30_000, 100).catch((error: Error) => {
        throw new Error(`${error.message}\n${ours.log.slice(-3000)}\n--- BIRD\n${one.log.slice(-2000)}`);
      });
    }
    const sessions = await ours.birdc('show', 'protocols');
    for (const name of ['one', 'two', 'on_eth2'])
      assert.match(sessions, new RegExp(`^${name} +BGP .* Established`, 'm'));
    await until('the kernel has all of them', async () => {
      const [four, six] = [await ours.kernelRoutes(4), await ours.kernelRoutes(6)];
      return four.size === 3 && six.size === 3;
    });
    const [four, six] = [await ours.kernelRoutes(4), await ours.kernelRoutes(6)];
    for (const [i, one] of birds.entries()) {
      assert.match(four.get(`10.9.${i + 1}.0/24`) ?? '', new RegExp(`via inet6 fe80::1 dev eth${i} `));
      assert.match(six.get(`2001:db8:${i + 1}::/48`) ?? '', new RegExp(`via fe80::1 dev eth${i} `));
      assert.ok(
        (await one.knows('10.8.0.0/24')) && (await one.knows('2001:db8:8::/48')),
        `neighbour ${i + 1} knows ours`,
      );
    }
    // The link goes, and with it the session on it and no other.
    await node.ip('link set eth1 down');
    await until('the routes of the second neighbour are gone', async () => {
      const left = [...(await ours.kernelRoutes(4)).keys()].sort();
      return left.join(' ') === '10.9.1.0/24 10.9.3.0/24';
    });
    assert.ok((await ours.established('one')) && (await ours.established('on_eth2')));
    // With the link its addresses went; the kernel is not to make one of its own.
    await node.sysctl('net.ipv6.conf.eth1.addr_gen_mode', '1');
    await node.ip('link set eth1 up');
    await node.address('eth1', 'fe80::2/64');
    await until('it is back', async () => (await ours.kernelRoutes(4)).has('10.9.2.0/24'), 30_000);
  } finally {
    await Promise.all([ours.stop('SIGKILL'), ...birds.map((one) => one.stop())]);
  }
});
