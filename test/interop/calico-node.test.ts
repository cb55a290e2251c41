/**
 * Nodes of Calico: `bird` and `bird6` with the files that Calico writes, beside each other, behind a route reflector and
 * below two switches of another AS (BIRD 2), with pools of every mode, filters of users, services, passwords. What counts is
 * what stands in the kernels, and that nothing there moves without need.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Lab, type LabNode, until } from '../../src/lab/namespace.ts';
import { CalicoDaemon } from '../support/calico/daemon.ts';
import { type CalicoNode, type CalicoPool, filterName, renderCalico } from '../support/calico/render.ts';
import { Bird } from '../support/peers/bird.ts';
import { whyNot } from '../support/peers/peer.ts';

const AS = 64512;
const TOR_AS = 65020;
const SECRET = "it's {a} #secret; ~1";

const POOLS: readonly CalicoPool[] = [
  { cidr: '10.65.0.0/16', mode: 'none' },
  { cidr: '10.66.0.0/16', mode: 'ipip', programmed: true },
  { cidr: '10.67.0.0/16', mode: 'ipip-cross-subnet', programmed: true },
  { cidr: '10.68.0.0/16', mode: 'vxlan' },
  { cidr: '10.69.0.0/16', mode: 'none', exported: false },
];

const IN = filterName('tor.in', 'import', 4);
const OUT = filterName('tor.out', 'export', 4);
const FILTERS = [
  {
    ...{ name: IN, asks: true },
    lines: [
      'if ((net ~ 198.19.0.0/16)) then { reject; }',
      'if (!is_same_as) then { if ((net = 198.18.0.0/16)&&(bgp_path ~ [= 65020 * =])) then { bgp_local_pref = 2147483135; accept; } }',
    ],
  },
  {
    name: OUT,
    lines: ['if ((net = 10.66.1.0/26)) then { bgp_community.add((64512, 66)); bgp_path.prepend(64512); accept; }'],
  },
];

const TOR = { kind: 'Global', as: TOR_AS, password: SECRET, importFilters: [{ name: IN, asks: true }] } as const;

function common(number: number): CalicoNode {
  return {
    ...{ version: 4, as: AS, routerId: `172.31.7.${number}`, address: `172.31.7.${number}`, subnet: '172.31.7.0/24' },
    pools: POOLS,
    blocks: [65, 66, 67, 68, 69].map((pool) => ({ cidr: `10.${pool}.${number}.0/26` })),
    rejected: ['10.96.0.0/12', '203.0.113.0/24'],
  };
}

const FIRST: CalicoNode = {
  ...common(1),
  communities: [{ cidr: '10.65.0.0/16', values: ['64512:65', '64512:6:5'] }],
  reachable: [{ net: '172.31.9.9/32', via: '172.31.7.254' }],
  filters: FILTERS,
  peers: [
    { kind: 'Mesh', address: '172.31.7.2', as: AS, passive: true, keepaliveTime: 5 },
    { ...TOR, address: '172.31.7.253' },
    { ...TOR, address: '172.31.7.254', exportFilters: [{ name: OUT }] },
  ],
};

const SECOND: CalicoNode = {
  ...common(2),
  services: ['10.96.0.0/12', '203.0.113.7/32'],
  peers: [
    { kind: 'Mesh', address: '172.31.7.1', as: AS },
    { kind: 'Node', address: '172.31.7.3', as: AS, clusterId: '10.0.0.1' },
  ],
};

const THIRD: CalicoNode = {
  ...common(3),
  blocks: [{ cidr: '10.65.3.0/26' }, { cidr: '10.66.3.0/26' }],
  peers: [{ kind: 'Node', address: '172.31.7.2', as: AS }],
};

function six(number: number, other: number): CalicoNode {
  return {
    ...{ version: 6, as: AS, routerId: `172.31.7.${number}`, address: `2001:db8:7::${number}` },
    pools: [
      { cidr: 'fd00:65::/48', mode: 'none' },
      { cidr: 'fd00:68::/48', mode: 'vxlan' },
    ],
    blocks: [{ cidr: `fd00:65:0:${number}::/122` }, { cidr: `fd00:68:0:${number}::/122` }],
    peers: [{ kind: 'Mesh', address: `2001:db8:7::${other}`, as: AS, passive: number < other }],
  };
}

const torConfig = (number: number): string => `
router id 172.31.7.${number};
protocol device { }
protocol static { ipv4; route 0.0.0.0/0 blackhole; route 198.18.0.0/16 blackhole; route 198.19.0.0/16 blackhole; }
protocol bgp node {
  local 172.31.7.${number} as ${TOR_AS}; neighbor 172.31.7.1 as ${AS}; password "${SECRET}"; connect delay time 1;
  ipv4 { import all; export where source = RTS_STATIC; };
}
`;

/** Kernel routes of the first node once everything has come. */
const FIRST_ROUTES = [
  'default proto bird metric 2147483547 nexthop via 172.31.7.253 dev eth0 weight 1 nexthop via 172.31.7.254 dev eth0 weight 1',
  'blackhole 10.65.1.0/26',
  '10.65.2.0/26 via 172.31.7.2 dev eth0 metric 1024',
  '10.65.2.9 via 172.31.7.2 dev eth0 metric 512',
  '10.65.2.10 via 172.31.7.2 dev eth0',
  '10.65.3.0/26 via 172.31.7.3 dev eth0 metric 1024',
  'blackhole 10.66.1.0/26',
  '10.66.2.0/26 via 172.31.7.2 dev tunl0 metric 1024 onlink',
  '10.66.3.0/26 via 172.31.7.3 dev tunl0 metric 1024 onlink',
  'blackhole 10.67.1.0/26',
  '10.67.2.0/26 via 172.31.7.2 dev eth0 metric 1024',
  'blackhole 10.69.1.0/26',
  '172.31.9.9 via 172.31.7.254 dev eth0',
  '198.18.0.0/16 proto bird metric 512 nexthop via 172.31.7.253 dev eth0 weight 1 nexthop via 172.31.7.254 dev eth0 weight 1',
];

/** Routes that the agent keeps, which nobody else may touch. */
const AGENT = [
  '10.65.2.7 dev cali1 proto boot scope link metric 1024',
  '10.65.2.9 dev cali1 proto boot scope link metric 512',
  '10.65.2.10 dev cali1 proto boot scope link',
  'blackhole 10.68.2.0/26 proto 80',
  '10.68.1.0/26 via 172.31.7.1 dev vxlan.calico proto 80 onlink',
  // For the third node alone: the first one is where this leads.
  '10.65.2.11 via 172.31.7.1 dev eth0 proto 80 metric 512',
];

describe('nodes of Calico', { skip: whyNot('bird', 'birdc') ?? false }, () => {
  const lab = new Lab('pgc');
  let hosts: LabNode[];
  let first: CalicoDaemon;
  let second: CalicoDaemon;
  let third: CalicoDaemon;
  let sixes: CalicoDaemon[];
  let tors: Bird[];

  const same = (daemon: CalicoDaemon, expected: readonly string[], patience = 60_000): Promise<void> =>
    settled(daemon, expected, patience);

  before(async () => {
    const segment = await lab.bridge('lan');
    hosts = [];
    for (const number of [1, 2, 3]) {
      const host = await lab.node(`n${number}`);
      hosts.push(host);
      await lab.plug(segment, host, 'eth0');
      await host.address('eth0', `172.31.7.${number}/24`, `2001:db8:7::${number}/64`);
      await host.ip('link add tunl0 type bridge');
      await host.address('tunl0', `10.66.${number}.1/32`);
    }
    tors = [];
    for (const number of [253, 254]) {
      const node = await lab.node(`tor${number}`);
      await lab.plug(segment, node, 'eth0');
      await node.address('eth0', `172.31.7.${number}/24`);
      const setup = { node, as: TOR_AS, routerId: `172.31.7.${number}`, neighbors: [], announce: [] };
      tors.push(new Bird(setup, torConfig(number)));
    }
    // A pod, and the routes of the agent.
    await hosts[1]!.ip('link add cali1 type veth peer name pod');
    await hosts[1]!.ip('link set cali1 up');
    await hosts[1]!.ip('link set pod up');
    await hosts[1]!.ip('link add vxlan.calico type bridge');
    await hosts[1]!.ip('link set vxlan.calico up');
    for (const route of AGENT) await hosts[1]!.ip(`route add ${route}`);
    first = new CalicoDaemon(hosts[0]!, FIRST);
    second = new CalicoDaemon(hosts[1]!, SECOND);
    third = new CalicoDaemon(hosts[2]!, THIRD);
    sixes = [new CalicoDaemon(hosts[0]!, six(1, 2)), new CalicoDaemon(hosts[1]!, six(2, 1))];
    await Promise.all([first, second, third, ...sixes, ...tors].map((one) => one.start()));
  });

  after(async () => {
    await lab.destroy();
    for (const daemon of [first, second, third, ...sixes]) daemon.remove();
  });

  it('have in their kernels what Calico wants there', { timeout: 120_000 }, async () => {
    await same(first, FIRST_ROUTES);
    await same(second, [
      '10.65.1.0/26 via 172.31.7.1 dev eth0 metric 1024',
      'blackhole 10.65.2.0/26',
      '10.65.3.0/26 via 172.31.7.3 dev eth0 metric 1024',
      '10.66.1.0/26 via 172.31.7.1 dev tunl0 metric 1024 onlink',
      'blackhole 10.66.2.0/26',
      '10.66.3.0/26 via 172.31.7.3 dev tunl0 metric 1024 onlink',
      '10.67.1.0/26 via 172.31.7.1 dev eth0 metric 1024',
      'blackhole 10.67.2.0/26',
      'blackhole 10.69.2.0/26',
    ]);
    // By way of the reflector, with the next hops that the nodes themselves gave.
    await same(third, [
      '10.65.1.0/26 via 172.31.7.1 dev eth0 metric 1024',
      '10.65.2.0/26 via 172.31.7.2 dev eth0 metric 1024',
      '10.65.2.9 via 172.31.7.2 dev eth0 metric 512',
      '10.65.2.10 via 172.31.7.2 dev eth0',
      '10.65.2.11 via 172.31.7.1 dev eth0 metric 512',
      'blackhole 10.65.3.0/26',
      '10.66.1.0/26 via 172.31.7.1 dev tunl0 metric 1024 onlink',
      '10.66.2.0/26 via 172.31.7.2 dev tunl0 metric 1024 onlink',
      'blackhole 10.66.3.0/26',
      '10.67.1.0/26 via 172.31.7.1 dev eth0 metric 1024',
      '10.67.2.0/26 via 172.31.7.2 dev eth0 metric 1024',
    ]);
    await same(sixes[0]!, [
      'blackhole fd00:65:0:1::/122 dev lo metric 1024 pref medium',
      'fd00:65:0:2::/122 via 2001:db8:7::2 dev eth0 metric 1024 pref medium',
    ]);
    await same(sixes[1]!, [
      'fd00:65:0:1::/122 via 2001:db8:7::1 dev eth0 metric 1024 pref medium',
      'blackhole fd00:65:0:2::/122 dev lo metric 1024 pref medium',
    ]);
    const others = `${await hosts[1]!.ip('route show proto boot')}${await hosts[1]!.ip('route show proto 80')}`;
    assert.equal(others.trim().split('\n').length, AGENT.length);
  });

  it('carry services in their tables, not in their kernels', async () => {
    for (const prefix of ['10.96.0.0/12', '203.0.113.7/32']) {
      const { stdout } = await first.birdcl('show', 'route', prefix);
      assert.match(stdout, /via 172\.31\.7\.2 on eth0 \[Mesh_172_31_7_2 /);
    }
    const service = await second.birdcl('show', 'route', '10.96.0.0/12');
    assert.match(service.stdout, /blackhole \[static1 /);
  });

  it('send every route that there is for a prefix', async () => {
    const { stdout } = await first.birdcl('show', 'route', '10.68.2.0/26', 'all');
    assert.deepEqual(stdout.match(/BGP\.local_pref: \d+/g)?.sort(), [
      'BGP.local_pref: 2147482623',
      'BGP.local_pref: 2147483647',
    ]);
  });

  it('tell the switch about their blocks, as their filters want it', async () => {
    const seen = (await tors[1]!.birdc('show', 'route', 'protocol', 'node', 'all')).replaceAll('\t', '');
    const blocks = [...seen.matchAll(/^(10\.\S+)/gm)].map(([, prefix]) => prefix).sort();
    const wanted = ['10.65.1.0/26', '10.65.2.0/26', '10.65.2.10/32', '10.65.2.9/32', '10.65.3.0/26', '10.66.1.0/26'];
    assert.deepEqual(blocks, [
      ...wanted,
      ...['10.66.2.0/26', '10.66.3.0/26', '10.67.1.0/26', '10.67.2.0/26', '10.68.1.0/26', '10.68.2.0/26'],
    ]);
    const about = (prefix: string): string => seen.slice(seen.indexOf(`${prefix} `)).split(/\n(?=10\.)/)[0]!;
    assert.match(about('10.65.1.0/26'), /BGP\.as_path: 64512\n[\s\S]*BGP\.community: \(64512,65\)\n/);
    assert.match(about('10.65.1.0/26'), /BGP\.large_community: \(64512, 6, 5\)/);
    assert.match(about('10.65.1.0/26'), /BGP\.next_hop: 172\.31\.7\.1\n/);
    assert.match(about('10.66.1.0/26'), /BGP\.as_path: 64512 64512\n[\s\S]*BGP\.community: \(64512,66\)/);
    assert.doesNotMatch(about('10.67.2.0/26'), /community/);
  });

  it('are found by what looks for them', async () => {
    for (const daemon of [first, ...sixes]) {
      const alive = await daemon.birdcl('show', 'status');
      assert.equal(alive.status, 0);
      assert.match(alive.stdout, /^BIRD v/);
      assert.equal(readFileSync(`/proc/${daemon.pid}/cmdline`, 'latin1').split('\0')[0], daemon.program);
      assert.equal(readFileSync(`/proc/${daemon.pid}/comm`, 'latin1').trim(), daemon.program);
    }
    const mode = await hosts[0]!.run('stat', ['-c', '%a %F', first.socket]);
    assert.equal(mode.trim(), '660 socket');
    assert.ok(
      first.log.split('\n').every((line) => line === '' || line.startsWith('bird: ')),
      first.log,
    );
  });

  it('keep what they have when a file is wrong', async () => {
    const before = await first.birdcl('show', 'protocols');
    const wrong = renderCalico({ ...FIRST, blocks: [{ cidr: '10.65.1.1/26' }] });
    first.write(new Map([...wrong].filter(([name]) => name === 'bird_aggr.cfg')));
    await first.reload(/bird_aggr\.cfg:\d+:\d+ Invalid IPv4 prefix 10\.65\.1\.1\/26/);
    assert.deepEqual(await first.routes(), bird(FIRST_ROUTES));
    assert.equal((await first.birdcl('show', 'protocols')).stdout, before.stdout);
    first.write(renderCalico(FIRST));
    await first.reload(/bird: Reconfigured\n/);
    assert.equal((await first.birdcl('show', 'protocols')).stdout, before.stdout);
  });

  it('take pools of other modes without a session that notices', { timeout: 90_000 }, async () => {
    const sessions = (): Promise<string[]> =>
      Promise.all(
        ['Mesh_172_31_7_2', 'Global_172_31_7_253', 'Global_172_31_7_254'].map((name) => first.protocol(name)),
      );
    const before = await sessions();
    const pools: readonly CalicoPool[] = [
      { cidr: '10.65.0.0/16', mode: 'none', exported: false },
      { cidr: '10.66.0.0/16', mode: 'none' },
      { cidr: '10.67.0.0/16', mode: 'ipip', programmed: true },
      { cidr: '10.68.0.0/16', mode: 'none' },
      { cidr: '10.69.0.0/16', mode: 'vxlan' },
    ];
    // One after the other, as one file after the other is written.
    await first.become({ ...FIRST, pools, listen: { address: true, port: 1790 } });
    const moved = FIRST_ROUTES.filter((line) => !line.includes('10.69.'))
      .map((line) => line.replace(/^(10\.66.*) dev tunl0 metric 1024 onlink$/, '$1 dev eth0 metric 1024'))
      .map((line) => line.replace(/^(10\.67.*) dev eth0 metric 1024$/, '$1 dev tunl0 metric 1024 onlink'));
    // The second node has learned that block from its agent, without a metric: that counts as raised.
    const now = [...moved, 'blackhole 10.68.1.0/26', '10.68.2.0/26 via 172.31.7.2 dev eth0'];
    await same(first, now);
    await until('the block is gone', async () => !(await second.routes()).some((line) => line.startsWith('10.65.1.0')));
    assert.match(await hosts[0]!.run('ss', ['-4Hltn']), /172\.31\.7\.1:1790 /);
    assert.doesNotMatch(await hosts[0]!.run('ss', ['-4Hltn']), /:179 /);
    await first.become(FIRST);
    await same(first, FIRST_ROUTES);
    await until('the block is back', async () => (await second.routes()).some((line) => line.startsWith('10.65.1.0')));
    assert.match(await hosts[0]!.run('ss', ['-4Hltn']), /0\.0\.0\.0:179 /);
    assert.deepEqual(await sessions(), before);
  });

  it('restart the one session whose password changed', { timeout: 90_000 }, async () => {
    const names = ['Mesh_172_31_7_2', 'Global_172_31_7_253'];
    const before = await Promise.all(names.map((name) => first.protocol(name)));
    const peers = FIRST.peers!.map((peer) => (peer.address === '172.31.7.254' ? { ...peer, password: 'other' } : peer));
    await first.become({ ...FIRST, peers });
    await until('the session is down', async () => !(await first.established('Global_172_31_7_254')));
    const alone = FIRST_ROUTES.map((line) =>
      line.replace(
        /^(\S+) proto bird metric (\d+) nexthop via 172\.31\.7\.253 dev eth0.*/,
        '$1 via 172.31.7.253 dev eth0 metric $2',
      ),
    );
    await same(first, alone);
    await first.become(FIRST);
    await until('it is up again', () => first.established('Global_172_31_7_254'), 60_000);
    await same(first, FIRST_ROUTES);
    assert.deepEqual(await Promise.all(names.map((name) => first.protocol(name))), before);
  });

  it('move nothing in any kernel when one dies and comes back', { timeout: 120_000 }, async () => {
    const kernels = [first, second, third];
    const monitors = kernels.map(({ node }) => node.start('monitor', 'ip', ['-o', 'monitor', 'route']));
    await first.stop('SIGKILL');
    await first.start();
    await until(
      'all sessions are back',
      async () => {
        const names = ['Mesh_172_31_7_2', 'Global_172_31_7_253', 'Global_172_31_7_254'];
        return (await Promise.all(names.map((name) => first.established(name)))).every(Boolean);
      },
      60_000,
    );
    await until('recovery is over', () => /bird: Graceful restart done/.test(first.log), 60_000);
    await same(first, FIRST_ROUTES);
    // A scan of the kernel and a round of keepalives later.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    for (const [i, monitor] of monitors.entries()) {
      await monitor.stop();
      const heard = monitor.output.split('\n').filter((line) => line.includes(' proto bird '));
      assert.deepEqual(heard, [], `node ${i + 1}: ${kernels[i]!.log.slice(-8000)}`);
    }
  });

  it('leave routes behind when told to end, and tell their neighbours', { timeout: 60_000 }, async () => {
    assert.equal(await first.stop('SIGTERM'), 0);
    assert.deepEqual(await first.routes(), bird(FIRST_ROUTES));
    assert.match(first.log, /bird: Shutting down\n[\s\S]*bird: Shutdown completed\n/);
    await until('the block is gone', async () => !(await second.routes()).some((line) => line.startsWith('10.65.1.0')));
    await until('it is gone behind the reflector, too', async () => {
      const through = (await third.routes()).filter((line) => line.includes('via 172.31.7.1 '));
      return through.length === 1 && through[0]!.startsWith('10.65.2.11 ');
    });
  });
});

/** Lines of `ip route show proto bird`, which leaves the words out, sorted. */
function bird(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(' proto bird', '')).sort();
}

async function settled(daemon: CalicoDaemon, expected: readonly string[], patience: number): Promise<void> {
  const wanted = bird(expected);
  let seen: string[] = [];
  try {
    await until(
      'the kernel has it',
      async () => {
        seen = await daemon.routes();
        return JSON.stringify(seen) === JSON.stringify(wanted);
      },
      patience,
      200,
    );
  } catch {
    assert.deepEqual(seen, wanted, daemon.log);
  }
}
