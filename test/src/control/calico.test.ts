/** The socket of a daemon that speaks BIRD 1, as Calico's programs see it: each rule that they rely on. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import {
  isReady,
  readAgentStatus,
  readMetrics,
  readNodeRoutes,
  readPeerStatus,
  readPeers,
  recoveryRuns,
} from '../../support/calico/socket-parsers.ts';
import { absentPeer, calicoNode, meshPeer, peer, recoveringPeer } from './calico-node.ts';
import type { FakeHost } from './fake-host.ts';
import { bgp } from './node-a.ts';
import { connect, RawClient, startServer } from './raw-client.ts';

async function ask(t: TestContext, host: FakeHost, ...requests: readonly string[]): Promise<string[]> {
  const server = await startServer(t, host, { version: 'v0.3.3+birdv1.6.8' });
  const client = await connect(t, server);
  const replies: string[] = [];
  for (const request of requests) replies.push(await client.send(request));
  return replies;
}

const RECOVERY = { waiting: 1, remainingMs: 215_300, totalMs: 240_000 };

test('the greeting names a version of the form that is looked for, without being told one', async (t) => {
  const server = await startServer(t, calicoNode(), { version: undefined });
  const { client, greeting } = await RawClient.connect(server.path);
  t.after(() => client.close());
  assert.match(greeting, /^0001 BIRD v\d+\.\d+\.\d+\+birdv1\.6\.8\S* ready\.\n$/);
  const version = /BIRD (\S+)/.exec(greeting)![1]!;
  assert.match(await client.send('show status'), new RegExp(`^1000-BIRD ${version.replaceAll('+', '\\+')}$`, 'm'));
});

test('show protocols: the heading in lower case, columns of old, peers with their state in the sixth', async (t) => {
  const [reply] = await ask(t, calicoNode(), 'show protocols');
  assert.equal(
    reply,
    `2002-name     proto    table    state  since       info
1002-static1  Static   master   up     12:00:00    
 kernel1  Kernel   master   up     12:00:00    
 device1  Device   master   up     12:00:00    
 direct1  Direct   master   up     2026-11-22  
 Mesh_172_17_0_3 BGP      master   up     12:00:00    Established   
 Mesh_172_17_0_4 BGP      master   up     12:00:00    Established   
 Global_172_17_0_250 BGP      master   start  12:00:00    Active        Socket: Connection refused
0000 
`,
  );
  assert.deepEqual(
    readPeers(reply!).map(({ type, ip, state, bgpState, info }) => [type, ip, state, bgpState, info]),
    [
      ['Mesh', '172.17.0.3', 'up', 'Established', 'Established'],
      ['Mesh', '172.17.0.4', 'up', 'Established', 'Established'],
      ['Global', '172.17.0.250', 'start', 'Active', 'Active Socket: Connection refused'],
    ],
  );
});

test('a young node is ready when every peer is there and recovery is over, an old one with one peer', async (t) => {
  const host = calicoNode();
  const [protocols, status] = await ask(t, host, 'show protocols', 'show status');
  assert.equal(isReady(readPeers(protocols!), recoveryRuns(status!), true), false, 'a peer is missing');
  assert.equal(isReady(readPeers(protocols!), recoveryRuns(status!), false), true);
  const whole = calicoNode([meshPeer('Mesh_172_17_0_3', '172.17.0.3')]);
  const [all, calm] = await ask(t, whole, 'show protocols', 'show status');
  assert.equal(isReady(readPeers(all!), recoveryRuns(calm!), true), true);
  whole.statusView = { ...whole.statusView, recovery: RECOVERY };
  const [, busy] = await ask(t, whole, 'show protocols', 'show status');
  assert.equal(isReady(readPeers(all!), recoveryRuns(busy!), true), false, 'recovery runs');
  const [none] = await ask(t, calicoNode([]), 'show protocols');
  assert.equal(isReady(readPeers(none!), false, true), true, 'nobody to wait for');
});

test('show status: no line that the probe does not know, and all facts before those of the recovery', async (t) => {
  const host = calicoNode();
  host.statusView = { ...host.statusView, recovery: RECOVERY };
  const [reply] = await ask(t, host, 'show status');
  assert.equal(
    reply,
    `1000-BIRD v0.3.3+birdv1.6.8
1011-Router ID is 172.17.0.2
 Current server time is 2026-11-23 12:05:00
 Last reboot on 2026-11-23 12:00:00
 Last reconfiguration on 2026-11-23 12:00:01
0024-Graceful restart recovery in progress
   Waiting for 1 protocols to recover
   Wait timer is 215/240
0013 Daemon is up and running
`,
  );
  assert.equal(recoveryRuns(reply!), true);
  assert.deepEqual(readAgentStatus(`0001 BIRD v0.3.3+birdv1.6.8 ready.\n${reply}`), {
    ready: true,
    version: 'v0.3.3+birdv1.6.8',
    routerId: '172.17.0.2',
    now: '2026-11-23 12:05:00',
    started: '2026-11-23 12:00:00',
    configured: '2026-11-23 12:00:01',
  });
  host.statusView = { ...host.statusView, recovery: undefined, state: 'shutdown' };
  const [calm] = await ask(t, host, 'show status');
  assert.equal(recoveryRuns(calm!), false);
  assert.match(calm!, /^0013 Shutdown in progress$/m);
});

test('while recovery runs, a peer that is heard waits, and says whether it holds the others up', async (t) => {
  const host = calicoNode([
    recoveringPeer('Mesh_172_17_0_3', '172.17.0.3', true),
    recoveringPeer('Mesh_172_17_0_4', '172.17.0.4', false),
  ]);
  host.statusView = { ...host.statusView, recovery: RECOVERY };
  const [short, pending, waiting, routes] = await ask(
    t,
    host,
    'show protocols',
    'show protocols all Mesh_172_17_0_3',
    'show protocols all Mesh_172_17_0_4',
    'show route export Mesh_172_17_0_3',
  );
  assert.deepEqual(
    readPeers(short!).map(({ state, bgpState }) => [state, bgpState]),
    [
      ['wait', 'Established'],
      ['wait', 'Established'],
    ],
  );
  assert.match(pending!, /^ {3}GR recovery: {4}pending waiting$/m);
  assert.match(waiting!, /^ {3}GR recovery: {4}waiting$/m);
  assert.equal(routes, '8005 Protocol is down\n');
});

test('a peer that is being told everything feeds', async (t) => {
  const feeding = meshPeer('Mesh_172_17_0_3', '172.17.0.3');
  const host = calicoNode([{ ...feeding, channels: [{ ...feeding.channels[0]!, feeding: true }] }]);
  const [reply] = await ask(t, host, 'show protocols');
  assert.equal(readPeers(reply!)[0]!.state, 'feed');
});

test('show protocols all NAME: every line in its place', async (t) => {
  const [reply, absent] = await ask(
    t,
    calicoNode(),
    'show protocols all Mesh_172_17_0_3',
    'show protocols all Global_172_17_0_250',
  );
  assert.equal(
    reply,
    `2002-name     proto    table    state  since       info
1002-Mesh_172_17_0_3 BGP      master   up     12:00:00    Established   
1006-  Preference:     100
   Input filter:   ACCEPT
   Output filter:  pools
   Routes:         2 imported, 2 exported, 2 preferred
   Route change stats:     received   rejected   filtered    ignored   accepted
     Import updates:              2          0          0          0          2
     Import withdraws:            0          0        ---          0          0
     Export updates:              7          2          3        ---          2
     Export withdraws:            0        ---        ---        ---          0
   BGP state:          Established
     Neighbor address: 172.17.0.3
     Neighbor AS:      64512
     Neighbor ID:      172.17.0.3
     Neighbor caps:    refresh enhanced-refresh restart-able llgr-aware AS4 add-path-rx add-path-tx
     Session:          internal multihop AS4 add-path-rx add-path-tx
     Source address:   172.17.0.2
     Hold timer:       206/240
     Keepalive timer:  50/80
 
0000 
`,
  );
  assert.deepEqual(readPeerStatus(reply!), { state: 'Established', ip: '172.17.0.3' });
  assert.deepEqual(readPeerStatus(absent!), { state: 'Active', ip: '172.17.0.250' });
  assert.match(absent!, /^ {5}Connect delay: {4}2\/5$/m);
  assert.match(absent!, /^ {5}Last error: {7}Socket: Connection refused$/m);
});

test('show protocols all: what bird_exporter counts', async (t) => {
  const [reply] = await ask(t, calicoNode(), 'show protocols all');
  const metrics = new Map(readMetrics(reply!).map((entry) => [entry.name, entry]));
  assert.deepEqual(
    [...metrics.keys()],
    ['static1', 'kernel1', 'device1', 'direct1', 'Mesh_172_17_0_3', 'Mesh_172_17_0_4', 'Global_172_17_0_250'],
  );
  const mesh = metrics.get('Mesh_172_17_0_3')!;
  assert.deepEqual(
    [mesh.kind, mesh.up, mesh.imported, mesh.exported, mesh.inputFilter, mesh.outputFilter],
    ['BGP', true, 2, 2, 'ACCEPT', 'pools'],
  );
  assert.deepEqual(mesh.changes['Export updates'], [7, 2, 3, 0, 2]);
  assert.deepEqual(mesh.changes['Import withdraws'], [0, 0, 0, 0, 0]);
  assert.equal(metrics.get('Global_172_17_0_250')!.up, false);
  assert.equal(metrics.get('device1')!.inputFilter, 'ACCEPT');
});

test('names: unknown ones, quoted ones, patterns', async (t) => {
  const [unknown, quoted, pattern, none, disable] = await ask(
    t,
    calicoNode(),
    'show protocols all nosuch',
    "show protocols 'Mesh_172_17_0_3'",
    'show protocols "Mesh_*"',
    'show protocols "nomatch*"',
    'disable nosuch',
  );
  assert.equal(unknown, '9002 nosuch is not a protocol\n');
  assert.equal(readPeers(quoted!).length, 1);
  assert.equal(readPeers(pattern!).length, 2);
  assert.equal(none, '8003 No protocols match\n');
  assert.equal(disable, '9002 nosuch is not a protocol\n');
});

test('many questions on one connection: peers one after another', async (t) => {
  const server = await startServer(t, calicoNode());
  const client = await connect(t, server);
  const peers = readPeers(await client.send('show protocols'));
  for (const { type, ip } of peers) {
    const reply = await client.send(`show protocols all ${type}_${ip.replaceAll('.', '_')}`);
    assert.equal(readPeerStatus(reply).ip, ip);
  }
});

test('show route: prefix and next hop on one line, further routes under them', async (t) => {
  const [reply] = await ask(t, calicoNode(), 'show route');
  assert.equal(
    reply,
    `1007-0.0.0.0/0          via 172.17.0.1 on eth0 [kernel1 12:00:01] * (10)
 10.65.2.0/26       blackhole [static1 12:00:01] * (200)
 172.17.0.0/16      dev eth0 [direct1 12:00:01] * (240)
 10.65.7.0/26       via 172.17.0.3 on eth0 [Mesh_172_17_0_3 12:00:01] * (100/0) [i]
                    via 172.17.0.4 on eth0 [Mesh_172_17_0_4 12:00:01] (100/0) [i]
 10.65.8.0/26       via 172.17.0.1 on eth0 [Global_172_17_0_250 12:00:01 from 172.17.0.250] * (100s) [AS65001?]
 10.65.9.0/26       unreachable [Mesh_172_17_0_3 12:00:01 from 172.17.0.3] * (100/-) [i]
0000 
`,
  );
  assert.deepEqual(
    readNodeRoutes(reply!).map((route) => Object.values(route)),
    [
      ['0.0.0.0/0', '172.17.0.1', 'eth0', 'kernel1', true],
      ['10.65.2.0/26', 'blackhole', 'N/A', 'static1', true],
      ['172.17.0.0/16', 'N/A', 'eth0', 'direct1', true],
      ['10.65.7.0/26', '172.17.0.3', 'eth0', 'Mesh_172_17_0_3', true],
      ['10.65.7.0/26', '172.17.0.4', 'eth0', 'Mesh_172_17_0_4', false],
      ['10.65.8.0/26', '172.17.0.1', 'eth0', 'Global_172_17_0_250', true],
      ['10.65.9.0/26', 'unreachable', 'N/A', 'Mesh_172_17_0_3', true],
    ],
  );
  assert.match(reply!, /10\.65\.7\.0\/26 *via 172\.17\.0\.3 on .* \[Mesh_172_17_0_3/);
});

test('show route PREFIX all: types and attributes as tests of Calico look for them', async (t) => {
  const [reply, kernel] = await ask(t, calicoNode(), 'show route 10.65.7.0/26 all', 'show route 0.0.0.0/0 all');
  assert.equal(
    reply!.split('\n').slice(0, 7).join('\n'),
    `1007-10.65.7.0/26       via 172.17.0.3 on eth0 [Mesh_172_17_0_3 12:00:01] * (100/0) [i]
1008-	Type: BGP unicast univ
1012-	BGP.origin: IGP
 	BGP.as_path: 
 	BGP.next_hop: 172.17.0.3
 	BGP.local_pref: 100
 	BGP.community: (64512,7)`,
  );
  assert.match(reply!, /BGP\.local_pref: (\d+)$/m);
  assert.match(reply!, /^ \tBGP\.large_community: \(64512, 1, 2\)$/m);
  assert.match(kernel!, /^1008-\tType: inherit unicast univ\n1012-\tKernel\.source: 3\n \tKernel\.metric: 100$/m);
});

test('show route: what is not there, what is counted, what is exported', async (t) => {
  const [missing, found, counted, exported, stats] = await ask(
    t,
    calicoNode(),
    'show route 10.66.0.0/16',
    'show route for 10.65.7.9',
    'show route count',
    'show route export Mesh_172_17_0_3',
    'show route primary stats',
  );
  assert.equal(missing, '8001 Network not in table\n');
  assert.deepEqual(
    readNodeRoutes(found!).map(({ from }) => from),
    ['Mesh_172_17_0_3', 'Mesh_172_17_0_4'],
  );
  assert.equal(counted, '0014 7 of 7 routes for 6 networks\n');
  assert.deepEqual(
    readNodeRoutes(exported!).map(({ gateway, from }) => [gateway, from]),
    [['blackhole', 'static1']],
  );
  assert.match(stats!, /\n0014 6 of 6 routes for 6 networks\n$/);
});

test('what a static protocol exports is nothing, and what a neighbour that is down exports is an error', async (t) => {
  const [fixed, absent] = await ask(
    t,
    calicoNode(),
    'show route export static1',
    'show route export Global_172_17_0_250',
  );
  assert.equal(fixed, '0000 \n');
  assert.equal(absent, '8005 Protocol is down\n');
});

test('a peer that is switched off shows its error and no state, and calicoctl passes it over', async (t) => {
  const detail = bgp({ state: 'Down', neighborAs: 64514, lastError: { class: 'misc', text: 'No listening socket' } });
  const quiet = bgp({ state: 'Down', neighborAs: 64514 });
  const host = calicoNode([
    peer('Node_172_17_0_251', detail, { state: 'down' }),
    peer('Node_172_17_0_252', quiet, { state: 'down' }),
    absentPeer('Global_172_17_0_250', '172.17.0.250'),
  ]);
  const [reply] = await ask(t, host, 'show protocols');
  assert.match(reply!, /^ Node_172_17_0_251 BGP {6}master {3}down {3}12:00:00 {4}Error: No listening socket$/m);
  assert.deepEqual(
    readPeers(reply!).map(({ ip, bgpState }) => [ip, bgpState]),
    [
      ['172.17.0.251', 'Error:'],
      ['172.17.0.250', 'Active'],
    ],
  );
});

test('show static, interfaces and memory', async (t) => {
  const host = calicoNode();
  host.interfaceViews = [
    {
      name: 'eth0',
      index: 5,
      master: undefined,
      up: true,
      multiAccess: true,
      broadcast: true,
      multicast: true,
      adminUp: true,
      linkUp: true,
      loopback: false,
      ignored: false,
      mtu: 1500,
      addresses: [
        { address: '172.17.0.2', length: 16, preferred: true, secondary: false, opposite: undefined, scope: 2 },
        { address: '172.17.0.9', length: 16, preferred: false, secondary: true, opposite: undefined, scope: 2 },
      ],
    },
    {
      name: 'tunl0',
      index: 6,
      master: undefined,
      up: false,
      multiAccess: false,
      broadcast: false,
      multicast: false,
      adminUp: false,
      linkUp: false,
      loopback: false,
      ignored: false,
      mtu: 1480,
      addresses: [],
    },
  ] as unknown as FakeHost['interfaceViews'];
  host.memoryView = {
    ...host.memoryView,
    routingTables: { effective: 9_000, overhead: 999 },
    total: { effective: 9_000_000, overhead: 240_000 },
  };
  const [statics, interfaces, summary, memory, symbol] = await ask(
    t,
    host,
    'show static',
    'show interfaces',
    'show interfaces summary',
    'show memory',
    'show symbols pools',
  );
  assert.equal(
    statics,
    `1009-10.65.2.0/26 blackhole
 10.65.4.0/26 via 172.17.0.9 (dormant)
 10.65.5.0/26 multipath
 \tvia 172.17.0.8 weight 1
 \tvia 172.17.0.9 weight 3 (bfd)
0000 
`,
  );
  assert.equal(
    interfaces,
    `1001-eth0 up (index=5)
1004-\tMultiAccess Broadcast Multicast AdminUp LinkUp MTU=1500
1003-\t172.17.0.2/16 (Primary, scope site)
 \t172.17.0.9/16 (Secondary, scope site)
1001-tunl0 DOWN (index=6)
1004-\tPtP AdminDown LinkDown MTU=1480
0000 
`,
  );
  assert.equal(summary, '2005-interface state address\n1005-eth0      up    172.17.0.2/16\n tunl0     DOWN  \n0000 \n');
  assert.equal(
    memory,
    `1018-BIRD memory usage
 Routing tables:   9999  B
 Route attributes:    0  B
 ROA tables:          0  B
 Protocols:           0  B
 Total:            9023 kB
0000 
`,
  );
  assert.equal(symbol, '1010 pools   \tfilter\n');
});

test('configure and operations answer as ever', async (t) => {
  const host = calicoNode();
  host.configureOutcomes.push(
    { result: 'reconfigured' },
    {
      result: 'refused',
      file: '/etc/calico/confd/config/bird.cfg',
      line: 7,
      column: 3,
      text: 'syntax error',
      details: [],
    },
    { result: 'valid', plan: [] },
  );
  const [good, bad, check, off] = await ask(
    t,
    host,
    'configure',
    'configure',
    'configure check',
    'disable Mesh_172_17_0_3',
  );
  assert.equal(good, '0002-Reading configuration from /etc/peregrine.conf\n0003 Reconfigured\n');
  assert.match(bad!, /\n8002 \/etc\/calico\/confd\/config\/bird\.cfg:7:3 syntax error\n$/);
  assert.match(check!, /\n0020 Configuration OK\n$/);
  assert.equal(off, '0009-Mesh_172_17_0_3: disabled\n0000 \n');
});

test('a node of IPv6 only: addresses in names are read with colons', async (t) => {
  const host = calicoNode([meshPeer('Mesh_fd80_24e2__2', 'fd80:24e2::2')]);
  const [reply, detail] = await ask(t, host, 'show protocols', 'show protocols all Mesh_fd80_24e2__2');
  assert.deepEqual(
    readPeers(reply!, ':').map(({ ip, bgpState }) => [ip, bgpState]),
    [['fd80:24e2::2', 'Established']],
  );
  assert.deepEqual(readPeerStatus(detail!), { state: 'Established', ip: 'fd80:24e2::2' });
});
