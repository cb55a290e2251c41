/**
 * The configurations in docs/examples, as they stand there: a reflector that knows nobody by name, three nodes with one
 * and the same file, a switch at the top of the rack. Equal ways stay equal through the reflector, and the death of the
 * reflector costs no route.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Lab, type LabNode, tryRun, until } from '../../src/lab/namespace.ts';
import { whyNot } from '../support/peers/peer.ts';
import { Peregrine } from '../support/peers/peregrine.ts';

const FOLDER = join(import.meta.dirname, '../../../docs/examples');
const example = (name: string): string =>
  readFileSync(join(FOLDER, name), 'utf8').replace('log syslog all;', 'log stderr all;');

const SERVICE = '10.96.0.10/32';
const TOR_SESSION = `protocol bgp tor {
  local as AS; neighbor 10.0.0.254 as 64600; direct; ttl security; connect delay time 1;
  ipv4 { import filter { graceful_shutdown(); if net = 0.0.0.0/0 then accept; reject; }; export where source = RTS_DEVICE; };
}`;

describe('examples', { skip: whyNot('birdc') ?? false }, () => {
  const lab = new Lab();
  after(() => lab.destroy());
  let nodes: Peregrine[];
  let reflector: Peregrine;
  let tor: Peregrine;

  async function host(bridge: LabNode, name: string, last: number): Promise<LabNode> {
    const node = await lab.node(name);
    await lab.plug(bridge, node, 'eth0');
    await node.address('eth0', `10.0.0.${last}/24`, `fd00::${last}/64`);
    return node;
  }

  /** A link that ends on the host itself. */
  async function ownLink(node: LabNode, name: string, ...addresses: string[]): Promise<void> {
    await node.ip(`link add ${name} type veth peer name x${name}`);
    await node.address(name, ...addresses);
    await node.ip(`link set x${name} up`);
  }

  before(async () => {
    const bridge = await lab.bridge('sw');
    reflector = new Peregrine(await host(bridge, 'r', 1), example('reflector.conf'));
    const torNode = await host(bridge, 'tor', 254);
    await ownLink(torNode, 'eth1', '198.51.100.1/24');
    tor = new Peregrine(torNode, example('tor.conf'));
    nodes = await Promise.all(
      [11, 12, 13].map(async (last) => {
        const node = await host(bridge, `n${last}`, last);
        await ownLink(node, 'pod0', `10.244.${last}.1/24`, `fd00:244:${last}::1/64`);
        if (last < 13) await ownLink(node, 'svc0', SERVICE);
        const more = last === 13 ? `include "${FOLDER}/communities.conf";\n` : '';
        return new Peregrine(node, `${more}${example('node.conf')}${last === 13 ? TOR_SESSION : ''}`);
      }),
    );
    await Promise.all([reflector, tor, ...nodes].map((one) => one.start()));
  });

  const kernel = async (version: 4 | 6, prefix: string): Promise<string> =>
    (await nodes[2]!.kernelRoutes(version)).get(prefix) ?? '';

  it('nodes reach each other in both families over one session; equal ways stay equal', {
    timeout: 60_000,
  }, async () => {
    await until('IPv4 of the others', async () => /via 10\.0\.0\.11 /.test(await kernel(4, '10.244.11.0/24')));
    await until('IPv6 of the others', async () => /via fd00::12 /.test(await kernel(6, 'fd00:244:12::/64')));
    await until('both ways to the service', async () => {
      const line = await kernel(4, SERVICE);
      return line.includes('via 10.0.0.11 ') && line.includes('via 10.0.0.12 ');
    }).catch(async (error: Error) => {
      const table = await nodes[2]!.birdc('show', 'route', SERVICE, 'all');
      assert.fail(`${error.message}\n${await kernel(4, SERVICE)}\n${table}`);
    });
    const names = await reflector.birdc('show', 'protocols');
    assert.match(names, /node-10\.0\.0\.11[\s\S]*Established/);
    assert.equal((await reflector.kernelRoutes(4)).size, 0, 'a reflector forwards nothing');
  });

  it('the switch hears what it may, gives the way out, and leaves without a loss', { timeout: 60_000 }, async () => {
    await until('workloads at the switch', async () => (await tor.kernelRoutes(4)).has('10.244.13.0/24'));
    await until('the way out', async () => /via 10\.0\.0\.254 /.test(await kernel(4, '0.0.0.0/0')));
    const preference = async (): Promise<string> =>
      /BGP.local_pref: (\d+)/.exec(await nodes[2]!.birdc('show', 'route', '0.0.0.0/0', 'all'))?.[1] ?? '';
    assert.equal(await preference(), '100');
    const said = await tor.client('graceful', 'shutdown', 'rack');
    assert.equal(said.status, 0, said.stderr);
    await until('the last choice', async () => (await preference()) === '0');
    assert.match(await kernel(4, '0.0.0.0/0'), /via 10\.0\.0\.254 /);
  });

  it('the reflector dies and comes back: no route is gone for a moment', { timeout: 60_000 }, async () => {
    const before = [...(await nodes[2]!.kernelRoutes(4)).keys()].sort();
    assert.ok(before.includes('10.244.12.0/24'));
    const monitor = nodes[2]!.node.start('monitor', 'ip', ['monitor', 'route']);
    await reflector.stop('SIGKILL');
    await until('nodes notice', async () =>
      /Neighbor graceful restart active/.test(await nodes[2]!.birdc('show', 'protocols', 'all', 'reflector1')),
    );
    await reflector.start('-R');
    await until('sessions are back', async () => {
      const detail = await nodes[2]!.birdc('show', 'protocols', 'all', 'reflector1');
      return /Established/.test(detail) && !/graceful restart active|Neighbor GR/.test(detail);
    }).catch(async (error: Error) => {
      const detail = await nodes[2]!.birdc('show', 'protocols', 'all', 'reflector1');
      const there = await reflector.birdc('show', 'protocols');
      assert.fail(`${error.message}\n${detail}\n${there}\n${reflector.log.slice(-3000)}`);
    });
    await until('with both ways', async () => {
      const line = await kernel(4, SERVICE);
      return line.includes('via 10.0.0.11 ') && line.includes('via 10.0.0.12 ');
    });
    assert.deepEqual([...(await nodes[2]!.kernelRoutes(4)).keys()].sort(), before);
    await monitor.stop();
    assert.doesNotMatch(monitor.output, /^Deleted/m);
  });

  it('functions for communities do what they say, and BIRD reads the file as well', { timeout: 30_000 }, async () => {
    const text = `include "${FOLDER}/communities.conf";
      router id 10.9.9.9; protocol device {}
      protocol static { ipv4;
        route 192.0.2.1/32 unreachable { bgp_community.add((65535, 666)); drop_traffic(); };
        route 192.0.2.2/32 unreachable { bgp_community.add((65535, 0)); graceful_shutdown(); drop_traffic(); };
        route 192.0.2.3/32 unreachable { if accept_from([ 192.0.2.0/24+ ]) then bgp_med = 1; else bgp_med = 2; };
        route 192.0.2.4/32 unreachable { bgp_community.add((65535, 666)); if accept_from([ 192.0.2.0/24+ ]) then bgp_med = 1; };
        route 192.0.2.128/25 unreachable { if accept_from([ 192.0.2.0/24+ ]) then bgp_med = 1; };
        route 203.0.113.1/32 unreachable { bgp_community.add((65535, 666)); if ! accept_from([ 192.0.2.0/24+ ]) then bgp_med = 2; };
      }`;
    const one = new Peregrine(await lab.node('c'), text);
    await one.start();
    const shown = async (prefix: string): Promise<string> => one.birdc('show', 'route', prefix, 'all');
    assert.match(await shown('192.0.2.1/32'), /blackhole[\s\S]*BGP.community: \(65535,666\) \(65535,65281\)/);
    assert.match(await shown('192.0.2.2/32'), /unreachable[\s\S]*BGP.local_pref: 0/);
    for (const [prefix, med] of [
      ['192.0.2.3/32', 2],
      ['192.0.2.4/32', 1],
      ['192.0.2.128/25', 1],
      ['203.0.113.1/32', 2],
    ] as const) {
      assert.match(await shown(prefix), new RegExp(`BGP.med: ${med}$`, 'm'));
    }
    if (whyNot('bird') === undefined) {
      const checked = await tryRun('bird', ['-p', '-c', one.configFile]);
      assert.equal(checked.status, 0, checked.stderr);
    }
    await one.stop();
  });
});
