/** The structured form: one JSON value a line, the same facts as the text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRoute } from './fake-host.ts';
import { nodeA } from './node-a.ts';
import { connect, type RawClient, startServer } from './raw-client.ts';

async function ask(client: RawClient, request: string): Promise<{ values: unknown[]; end: string }> {
  const lines = (await client.send(`json ${request}`)).split('\n').slice(0, -1);
  const end = lines.pop()!;
  return { values: lines.map((line) => JSON.parse(line.replace(/^(190[01]-| )/, ''))), end };
}

test('status is one document with typed values', async (t) => {
  const client = await connect(t, await startServer(t, nodeA()));
  const reply = await client.send('json show status');
  assert.match(reply, /^1901-\{.*\}\n0000 \n$/);
  const { values } = await ask(client, 'show status');
  assert.deepEqual(values, [
    {
      version: '2.0.12',
      routerId: '10.0.0.1',
      hostname: 'node-a',
      now: new Date(2026, 10, 23, 1, 3, 58, 982).toISOString(),
      startedAt: new Date(2026, 10, 23, 1, 3, 21, 366).toISOString(),
      configuredAt: new Date(2026, 10, 23, 1, 3, 21, 366).toISOString(),
      state: 'up',
    },
  ]);
});

test('protocols are elements; with all they have sessions and channels', async (t) => {
  const client = await connect(t, await startServer(t, nodeA()));
  const short = await ask(client, 'show protocols "*_c"');
  assert.deepEqual(short.values, [
    {
      name: 'ebgp_c',
      kind: 'BGP',
      state: 'up',
      since: new Date(2026, 10, 23, 1, 3, 22).toISOString(),
      info: 'Established',
    },
  ]);
  assert.equal(short.end, '0000 ');
  const { values } = await ask(client, 'show protocols all ebgp_c');
  const [peer] = values as [
    {
      bgp: { session: { neighborCapabilities: object; neighborId: string } };
      channels: { name: string; routes: object }[];
    },
  ];
  assert.equal(peer.bgp.session.neighborId, '10.0.1.3');
  assert.deepEqual(peer.bgp.session.neighborCapabilities, {
    multiprotocol: ['ipv4', 'ipv6'],
    routeRefresh: true,
    extendedMessage: true,
    gracefulRestart: { restartTimeSeconds: 0, recovering: false, supported: [], preserved: [] },
    as4: true,
    enhancedRefresh: true,
    longLivedGracefulRestart: { supported: [], preserved: [] },
    role: 3,
  });
  assert.deepEqual(peer.channels[0]!.routes, { imported: 2, filtered: 1, exported: 3, preferred: 2 });
  const none = await ask(client, 'show protocols "zz*"');
  assert.deepEqual(none, { values: [], end: '8003 No protocols match' });
});

test('routes say what text only hints at: table, path id, why a route lost', async (t) => {
  const host = nodeA();
  const [first, ...rest] = [...host.routesOf.get('master4')!].filter((route) => route.prefix === '203.0.113.0/24');
  assert.deepEqual(rest, []);
  const second = makeRoute({ ...first!, primary: false, pathId: 7, lostAt: 'as-path-length', protocol: 'dyn' });
  host.routesOf.set('master4', [first!, second]);
  const client = await connect(t, await startServer(t, host));
  const { values, end } = await ask(client, 'show route 203.0.113.0/24');
  assert.equal(end, '0000 ');
  const changedAt = new Date(2026, 10, 23, 1, 3, 23, 31).toISOString();
  const common = {
    table: 'master4',
    prefix: '203.0.113.0/24',
    destination: 'unicast',
    nextHops: [{ gateway: '10.0.1.3', interface: 'eth1' }],
    source: 'BGP',
    scope: 'univ',
    changedAt,
    preference: 100,
  };
  assert.deepEqual(values, [
    { ...common, protocol: 'ebgp_c', primary: true },
    { ...common, protocol: 'dyn', primary: false, pathId: 7, lostAt: 'as-path-length' },
  ]);
  const verbose = (await ask(client, 'show route all 203.0.113.0/24 primary')).values as { attributes: object }[];
  assert.deepEqual(verbose[0]!.attributes, {
    origin: 'IGP',
    asPath: [65003],
    nextHop: '10.0.1.3',
    localPref: 100,
    communities: ['64512:100'],
    extendedCommunities: ['(rt, 64512, 100)'],
    largeCommunities: ['64512:1:100'],
    my_tag: 100,
  });
  assert.equal((await ask(client, 'show route 9.9.9.0/24')).end, '8001 Network not found');
  assert.deepEqual((await ask(client, 'show route count table aux4')).values, [
    { table: 'aux4', counts: { shown: 4, examined: 4, networks: 4 } },
  ]);
});

test('inventory has its elements too', async (t) => {
  const client = await connect(t, await startServer(t, nodeA()));
  const interfaces = (await ask(client, 'show interfaces')).values as { name: string; addresses: unknown[] }[];
  assert.deepEqual(
    interfaces.map((link) => [link.name, link.addresses.length]),
    [
      ['lo', 2],
      ['eth0', 3],
      ['eth1', 3],
    ],
  );
  const statics = (await ask(client, 'show static')).values as { protocol: string }[];
  assert.deepEqual(new Set(statics.map((route) => route.protocol)), new Set(['static4', 'static6', 'sroa']));
  assert.deepEqual((await ask(client, 'show symbols filter')).values, [{ name: 'ebgp_in4', kind: 'filter' }]);
  assert.deepEqual((await ask(client, 'show symbols nothing')).values, [{ name: 'nothing', kind: null }]);
  assert.equal((await ask(client, 'show bfd sessions')).values.length, 2);
  assert.equal((await ask(client, 'show memory')).values.length, 1);
});

test('other commands have their lines wrapped, errors stay what they are', async (t) => {
  const host = nodeA();
  const client = await connect(t, await startServer(t, host));
  assert.deepEqual(await ask(client, 'disable ebgp_c'), {
    values: [{ code: 9, text: 'ebgp_c: disabled' }],
    end: '0000 ',
  });
  assert.deepEqual(await ask(client, 'configure'), {
    values: [
      { code: 2, text: `Reading configuration from ${host.config.path}` },
      { code: 3, text: 'Reconfigured' },
    ],
    end: '0000 ',
  });
  assert.deepEqual(await ask(client, 'eval 6*7'), { values: [{ code: 23, text: '42' }], end: '0000 ' });
  assert.deepEqual(await ask(client, 'eval ('), { values: [], end: '9001 syntax error, unexpected END' });
});
