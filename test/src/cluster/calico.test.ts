/**
 * A daemon that follows a cluster does what the datastore asks for, change by change, and nothing else: what does not
 * change is not touched, a store that is away changes nothing, and what comes with the protocol goes with it.
 */
import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { it } from 'node:test';
import { BgpProtocol } from '../../../src/peer/bgp-protocol.ts';
import { WholeDaemon } from '../view/whole-daemon.ts';
import { Cluster, has, identities, names, PORT, start, until } from './cluster-folder.ts';

it('follows nodes that join and leave, and touches nobody else', async (t) => {
  const cluster = new Cluster('join');
  cluster.node(1);
  cluster.node(2);
  cluster.put('BlockAffinity', 'b', { cidr: '10.65.1.0/26', node: 'node-1', state: 'confirmed' });
  const whole = await start(t, cluster);
  assert.deepEqual(names(whole), ['static1', 'kernel1', 'direct1', 'Mesh_127_0_1_2', 'kernel2', 'direct2']);
  assert.equal(whole.daemon.routerId, 0x7f000101);
  const before = identities(whole);
  cluster.node(3);
  await until('node 3', () => has(whole, 'Mesh_127_0_1_3'), whole);
  for (const [name, protocol] of before) assert.equal(whole.daemon.protocol(name), protocol, name);
  cluster.remove('Node', 'node-2');
  await until('node 2 is gone', () => !has(whole, 'Mesh_127_0_1_2'), whole);
  for (const [name, protocol] of before)
    if (name !== 'Mesh_127_0_1_2') assert.equal(whole.daemon.protocol(name), protocol, name);
});

it('gathers bursts', async (t) => {
  const cluster = new Cluster('burst');
  cluster.node(1);
  const whole = await start(t, cluster);
  const logged = whole.logged.length;
  for (let i = 2; i < 100; i++) cluster.node(i);
  await until('all of them', () => names(whole).filter((name) => name.startsWith('Mesh_')).length === 98, whole);
  assert.equal(whole.logged.slice(logged).filter((line) => line.includes('Adding protocol')).length, 98);
  assert.ok(
    whole.logged.slice(logged).every((line) => !/Restarting|Removing/.test(line)),
    whole.logged.slice(logged).join('\n'),
  );
});

it('restarts a session for another password, AS or port, and only that one', async (t) => {
  const cluster = new Cluster('restart');
  cluster.node(1);
  for (const number of [2, 3, 4]) cluster.node(number);
  cluster.put('BGPConfiguration', 'default', { listenPort: PORT, bindMode: 'NodeIP', nodeToNodeMeshEnabled: false });
  for (const number of [2, 3]) {
    cluster.put('BGPPeer', `p${number}`, {
      node: 'node-1',
      peerIP: `127.0.1.${number}`,
      asNumber: 64512,
      password: { secretKeyRef: { name: `s${number}`, key: 'k' } },
    });
    cluster.put('Secret', `s${number}`, {}, { apiVersion: 'v1', stringData: { k: 'first' } });
  }
  cluster.put('BGPPeer', 'p4', { node: 'node-1', peerIP: '127.0.1.4', asNumber: 65001 });
  const whole = await start(t, cluster);
  const password = (name: string): unknown => {
    const config = whole.daemon.protocol(name)?.config;
    return config?.kind === 'bgp' ? config.password : undefined;
  };
  const session = `Node_127_0_1_2_port_${PORT}`;
  await until('sessions', () => has(whole, session), whole);
  const before = identities(whole);
  const others = (): void => {
    for (const [name, protocol] of before) {
      if (name !== session && name !== 'Node_127_0_1_4') assert.equal(whole.daemon.protocol(name), protocol, name);
    }
  };
  cluster.put('Secret', 's2', {}, { apiVersion: 'v1', stringData: { k: 'second' } });
  await until('rotated', () => password(session) === 'second', whole);
  assert.notEqual(whole.daemon.protocol(session), before.get(session));
  others();
  cluster.put('BGPPeer', 'p4', { node: 'node-1', peerIP: '127.0.1.4', asNumber: 65002 });
  await until(
    'another AS',
    () => {
      const config = whole.daemon.protocol('Node_127_0_1_4')?.config;
      return config?.kind === 'bgp' && config.neighborAs === 65002;
    },
    whole,
  );
  others();
  cluster.put('BGPPeer', 'p4', { node: 'node-1', peerIP: '127.0.1.4:1799', asNumber: 65002 });
  await until('another port', () => has(whole, 'Node_127_0_1_4_port_1799') && !has(whole, 'Node_127_0_1_4'), whole);
  others();
});

it('takes blocks and pools over without a word to the sessions', async (t) => {
  const cluster = new Cluster('blocks');
  cluster.node(1);
  cluster.node(2);
  const whole = await start(t, cluster);
  assert.ok(!has(whole, 'static1'));
  const before = identities(whole);
  cluster.put('BlockAffinity', 'b', { cidr: '10.65.1.0/26', node: 'node-1', state: 'confirmed' });
  await whole.until('show route', /10\.65\.1\.0\/26/);
  assert.match(await whole.ask('show static static1'), /10\.65\.1\.0\/26\s+blackhole/);
  cluster.put('IPPool', 'pool', { cidr: '10.65.0.0/16', disableBGPExport: true });
  await whole.until('show calico pools', /pool\s+10\.65\.0\.0\/16\s+plain\s+no/);
  for (const [name, protocol] of before) assert.equal(whole.daemon.protocol(name), protocol, name);
  cluster.remove('BlockAffinity', 'b');
  await until('no static routes', () => !has(whole, 'static1'), whole);
});

it('does not so much as look at itself for what concerns other nodes alone', async (t) => {
  const cluster = new Cluster('others');
  cluster.node(1);
  cluster.node(2);
  const whole = await start(t, cluster);
  const { config } = whole.daemon;
  const begin = Date.now();
  cluster.put('BlockAffinity', 'far', { cidr: '10.65.2.0/26', node: 'node-2', state: 'confirmed' });
  await whole.until('show calico blocks', /10\.65\.2\.0\/26 +node-2/);
  // Longer than any burst is gathered.
  await until('it would have', () => Date.now() - begin > 800);
  assert.equal(whole.daemon.config, config);
  cluster.put('BlockAffinity', 'near', { cidr: '10.65.1.0/26', node: 'node-1', state: 'confirmed' });
  await until('it does', () => has(whole, 'static1'), whole);
  assert.notEqual(whole.daemon.config, config);
  // A configuration that is read again brings it along.
  await whole.reload(cluster.text.replace('calico {', 'calico { debug all;'));
  assert.ok(has(whole, 'static1') && has(whole, 'Mesh_127_0_1_2'));
});

it('changes nothing while the store is away, and exactly what differs when it is back', async (t) => {
  const cluster = new Cluster('away');
  cluster.node(1);
  cluster.node(2);
  const whole = await start(t, cluster);
  const before = identities(whole);
  renameSync(cluster.folder, `${cluster.folder}-away`);
  await whole.until('show protocols', /calico1\s+Calico\s+---\s+up\s+\S+\s+Datastore is away: /);
  for (const [name, protocol] of before) assert.equal(whole.daemon.protocol(name), protocol, name);
  assert.match(await whole.ask('show calico'), /Datastore: {4}file:\S+, away \(/);
  writeFileSync(
    join(`${cluster.folder}-away`, 'new.json'),
    '{"kind":"Node","metadata":{"name":"node-3"},"spec":{"bgp":{"ipv4Address":"127.0.1.3/24"}}}',
  );
  renameSync(`${cluster.folder}-away`, cluster.folder);
  await until('node 3', () => has(whole, 'Mesh_127_0_1_3'), whole);
  for (const [name, protocol] of before) assert.equal(whole.daemon.protocol(name), protocol, name);
  assert.match(await whole.ask('show protocols calico1'), /Node node-1, 2 sessions/);
});

it('goes on as it is when this node vanishes from the store, or cannot be read', async (t) => {
  const cluster = new Cluster('vanished');
  cluster.node(1);
  cluster.node(2);
  const whole = await start(t, cluster);
  const before = identities(whole);
  cluster.remove('Node', 'node-1');
  cluster.remove('Node', 'node-2');
  await whole.until('show protocols calico1', /there is no Node\/node-1 in the datastore/);
  for (const [name, protocol] of before) assert.equal(whole.daemon.protocol(name), protocol, name);
  cluster.put('Node', 'node-1', { bgp: { ipv4Address: 'nonsense' } });
  await whole.until('show calico', /Not followed: Node\/node-1 cannot be read: spec\.bgp\.ipv4Address/);
  cluster.node(1);
  await until('no peers left', () => !has(whole, 'Mesh_127_0_1_2'), whole);
});

it('shows the cluster, what made each session, and who is no peer', async (t) => {
  const cluster = new Cluster('show');
  cluster.node(1);
  cluster.node(2);
  cluster.node(3, { routeReflectorClusterID: '1.1.1.1', asNumber: 65003 });
  cluster.put('BGPPeer', 'tor', { peerIP: '127.0.1.9', asNumber: 65009 });
  cluster.put('BGPPeer', 'bad', { peerIP: 'nowhere' });
  cluster.put('BlockAffinity', 'b', { cidr: '10.65.1.0/26', node: 'node-2', state: 'pending' });
  const whole = await start(t, cluster);
  const summary = await whole.ask('show calico');
  assert.match(
    summary,
    /^calico1: node node-1\n {2}Datastore: {4}file:\S+, following\n {2}Addresses: {4}127\.0\.1\.1\n {2}AS: {11}64512\n {2}Router ID: {4}127\.0\.1\.1\n/,
  );
  assert.match(summary, /BGPPeer: +1, 1 refused/);
  assert.match(await whole.ask('show calico nodes'), /^node-3 +127\.0\.1\.3\/24 +--- +65003 +1\.1\.1\.1$/m);
  assert.match(await whole.ask('show calico blocks'), /^10\.65\.1\.0\/26 +node-2 +pending$/m);
  const peers = await whole.ask('show calico peers');
  assert.match(peers, /^Mesh_127_0_1_2 +64512 +\S+ +Node\/node-2$/m);
  assert.match(peers, /^Global_127_0_1_9 +65009 +\S+ +BGPPeer\/tor$/m);
  assert.match(peers, /^not Node\/node-3 \(ipv4\): it is a route reflector/m);
  assert.match(peers, /^not BGPPeer\/bad: it is refused: spec\.peerIP: /m);
  assert.match(peers, /^not Node\/node-1 \(ipv6\): this node has no IPv6 address$/m);
  assert.match(await whole.ask('show calico config ipv4'), /^protocol bgp Mesh_127_0_1_2 from bgp_template \{$/m);
  assert.match(await whole.raw('json show calico peers'), /"origin":"BGPPeer\/tor"/);
});

it('takes away what it brought when it is switched off or removed, and keeps it over a restart', async (t) => {
  const cluster = new Cluster('off');
  cluster.node(1);
  cluster.node(2);
  const whole = await start(t, cluster);
  await whole.raw('disable calico1');
  await until('nothing is left', () => names(whole).length === 0, whole);
  await whole.raw('enable calico1');
  await until('there again', () => has(whole, 'Mesh_127_0_1_2'), whole);
  const session = whole.daemon.protocol('Mesh_127_0_1_2');
  await whole.raw('restart calico1');
  await until('up again', () => whole.daemon.protocol('calico1')?.state === 'up', whole);
  assert.equal(whole.daemon.protocol('Mesh_127_0_1_2'), session);
  await whole.reload(cluster.text.replace('calico {', 'calico { debug all;'));
  assert.equal(whole.daemon.protocol('Mesh_127_0_1_2'), session);
  const other = new Cluster('off-2');
  other.node(1);
  other.node(2);
  other.node(3);
  await whole.reload(other.text);
  await until('the other cluster', () => has(whole, 'Mesh_127_0_1_3'), whole);
  assert.equal(whole.daemon.protocol('Mesh_127_0_1_2'), session);
  await whole.reload('protocol device { }');
  await until('nothing is left', () => names(whole).length === 0, whole);
});

it('lives beside what the configuration says itself', async (t) => {
  const cluster = new Cluster('beside');
  cluster.node(1);
  cluster.node(2);
  const own = `protocol kernel { ipv4 { export none; }; } protocol static Mesh_127_0_1_2 { ipv4; }`;
  const whole = await WholeDaemon.start(t, `router id 9.9.9.9; ${own} ${cluster.text}`, '10.0.0.1');
  await until('up', () => whole.daemon.protocol('calico1')?.state === 'up', whole);
  assert.equal(whole.daemon.routerId, 0x09090909);
  assert.equal(whole.daemon.protocol('Mesh_127_0_1_2')?.label, 'Static');
  assert.ok(
    whole.logged.some((line) => /calico1_kernel4 from the datastore gives way to kernel1/.test(line)),
    whole.logged.join('\n'),
  );
  assert.ok(whole.logged.some((line) => /Mesh_127_0_1_2 from the datastore is left out/.test(line)));
  assert.deepEqual(names(whole).sort(), ['Mesh_127_0_1_2', 'direct1', 'direct2', 'kernel1', 'kernel2']);
});

it('brings two nodes together, and a third one without a flap', async (t) => {
  const cluster = new Cluster('together');
  cluster.node(1);
  cluster.node(2);
  const [first, second] = [1, 2].map((number) =>
    WholeDaemon.start(t, cluster.text.replace('"node-1"', `"node-${number}"`), `10.0.0.${number}`),
  );
  const [one, two] = [await first!, await second!];
  const established = (whole: WholeDaemon, name: string): boolean => {
    const protocol = whole.daemon.protocol(name);
    return protocol instanceof BgpProtocol && protocol.state === 'up';
  };
  await until('both ways', () => established(one, 'Mesh_127_0_1_2') && established(two, 'Mesh_127_0_1_1'), one);
  const since = [one.daemon.protocol('Mesh_127_0_1_2')!.since, two.daemon.protocol('Mesh_127_0_1_1')!.since];
  cluster.node(3);
  const three = await WholeDaemon.start(t, cluster.text.replace('"node-1"', '"node-3"'), '10.0.0.3');
  await until(
    'all three',
    () =>
      established(one, 'Mesh_127_0_1_3') && established(two, 'Mesh_127_0_1_3') && established(three, 'Mesh_127_0_1_1'),
    one,
  );
  assert.deepEqual([one.daemon.protocol('Mesh_127_0_1_2')!.since, two.daemon.protocol('Mesh_127_0_1_1')!.since], since);
});

it('listens on another port while it runs, and finds the others there', async (t) => {
  const cluster = new Cluster('port');
  cluster.node(1);
  cluster.node(2);
  const [one, two] = await Promise.all(
    [1, 2].map((number) =>
      WholeDaemon.start(t, cluster.text.replace('"node-1"', `"node-${number}"`), `10.0.0.${number}`),
    ),
  );
  const answers = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ host: '127.0.1.1', port });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  const upOn = (port: number): boolean =>
    [one!.daemon.protocol('Mesh_127_0_1_2'), two!.daemon.protocol('Mesh_127_0_1_1')].every((protocol) => {
      const { config, state } = protocol ?? {};
      return config?.kind === 'bgp' && config.neighborPort === port && state === 'up';
    });
  await until('on the first port', () => upOn(PORT), one);
  assert.deepEqual([await answers(PORT), await answers(PORT + 1)], [true, false]);
  const others = identities(one!);
  cluster.put('BGPConfiguration', 'default', { listenPort: PORT + 1, bindMode: 'NodeIP' });
  await until('on the other port', () => upOn(PORT + 1), one);
  assert.deepEqual([await answers(PORT), await answers(PORT + 1)], [false, true]);
  for (const [name, protocol] of others)
    if (name !== 'Mesh_127_0_1_2') assert.equal(one!.daemon.protocol(name), protocol, name);
});
