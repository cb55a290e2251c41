/** Requests that are wrong, and what is said about them; requests that are right, and what they ask of the daemon. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS } from '../../../src/control/command/inventory.ts';
import { matchesPattern } from '../../../src/control/command/pattern.ts';
import { nodeA } from './node-a.ts';
import { connect, startServer } from './raw-client.ts';

/** What BIRD 2.0.12 answers to the same words. */
const WRONG: readonly (readonly [string, string])[] = [
  ['', 'syntax error, unexpected END'],
  ['foo', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['ebgp_c', 'syntax error, unexpected CF_SYM_KNOWN'],
  ['?', "syntax error, unexpected '?'"],
  ['"abc', 'Unterminated string'],
  ['$', 'Unknown character'],
  ['show $', 'Unknown character'],
  ['log all', 'syntax error, unexpected LOG'],
  ['show', 'syntax error, unexpected END'],
  ['show x', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['show all', 'syntax error, unexpected ALL'],
  ['show mpls', 'syntax error, unexpected MPLS'],
  ['show status x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END'],
  ['show memory x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END'],
  ['show interfaces x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END or SUMMARY'],
  ['show interfaces all', 'syntax error, unexpected ALL, expecting END or SUMMARY'],
  ['show interfaces summary x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END'],
  ['show protocols 5', 'syntax error, unexpected NUM, expecting END or CF_SYM_KNOWN or TEXT or ALL'],
  ['show protocols all nosuch', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END or CF_SYM_KNOWN or TEXT'],
  ['show protocols all ebgp_c x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END'],
  ['show protocols aux4', 'Protocol name required'],
  ['show protocols "p1" x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END'],
  ['show route x', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['show route "x"', 'syntax error, unexpected TEXT'],
  ['show route 5', 'syntax error, unexpected NUM'],
  ['show route {', "syntax error, unexpected '{'"],
  ['show route table', 'syntax error, unexpected END, expecting CF_SYM_KNOWN or ALL'],
  ['show route table ebgp_c', 'Table name required'],
  ['show route for', 'syntax error, unexpected END, expecting IP4 or IP6 or VPN_RD or CF_SYM_KNOWN'],
  ['show route for x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting IP4 or IP6 or VPN_RD or CF_SYM_KNOWN'],
  ['show route for LOCAL_AS', 'IP address or network constant expected'],
  ['show route for 10.1.0.5/24', 'Invalid IPv4 prefix 10.1.0.5/24, maybe you wanted 10.1.0.0/24'],
  ['show route in', 'syntax error, unexpected END'],
  ['show route in 10.0.0.1', "syntax error, unexpected END, expecting '/'"],
  ['show route 10.1.0.1', "syntax error, unexpected END, expecting '/'"],
  ['show route 10.0.0.0/33', 'Invalid prefix length 33'],
  ['show route 10.1.1.300', 'Invalid IPv4 address 10.1.1.300'],
  ['show route 10.1.0.0/16 10.2.0.0/16', 'Only one prefix expected'],
  ['show route for 10.1.0.0/16 in 10.0.0.0/8', 'Only one prefix expected'],
  ['show route export', 'syntax error, unexpected END, expecting CF_SYM_KNOWN or TABLE'],
  ['show route export nosuch', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting CF_SYM_KNOWN or TABLE'],
  ['show route noexport', 'syntax error, unexpected END, expecting CF_SYM_KNOWN'],
  ['show route export aux4', 'Protocol name required'],
  ['show route export ebgp_c.', 'syntax error, unexpected END'],
  ['show route export kernel4.ipv6', 'Channel kernel4.ipv6 not found'],
  ['show route export ebgp_c.foo', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['show route export ebgp_c preexport ebgp_c', 'Export specified twice'],
  ['show route protocol', 'syntax error, unexpected END, expecting CF_SYM_KNOWN'],
  ['show route protocol nosuch', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting CF_SYM_KNOWN'],
  ['show route protocol aux4', 'Protocol name required'],
  ['show route protocol static4 protocol ebgp_c', 'Protocol specified twice'],
  ['show route filter', 'syntax error, unexpected END'],
  ['show route filter nosuch', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['show route filter ebgp_c', 'Filter name required'],
  ['show route filter {', 'syntax error, unexpected END'],
  ['show route filter { accept; ', 'syntax error, unexpected END'],
  ['show route filter { foo; }', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['show route where', 'syntax error, unexpected END'],
  ['show route where (', 'syntax error, unexpected END'],
  ['show route where true, false', "syntax error, unexpected ','"],
  ['show route where net = 10.1.0.0/24 ; true', "syntax error, unexpected ';'"],
  ['show route where true filter ebgp_in4', 'Filter specified twice'],
  ['show route primary filtered', 'Incompatible show route options'],
  ['show route filtered export ebgp_c', 'Incompatible show route options'],
  ['show route import', 'syntax error, unexpected END, expecting TABLE'],
  ['show route import table', 'syntax error, unexpected END, expecting CF_SYM_KNOWN'],
  ['show route import table ebgp_c', "syntax error, unexpected END, expecting '.'"],
  ['show route import table ebgp_c.ipv6', 'No import table in channel ebgp_c.ipv6'],
  ['show route export table ebgp_c.ipv6', 'No export table in channel ebgp_c.ipv6'],
  ['show route export table nosuch.ipv4', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting CF_SYM_KNOWN'],
  ['show route export static4', 'No valid tables'],
  ['show route table aux4 export ebgp_c', 'No valid tables'],
  ['show route table master4 2001:db8::/32', 'Incompatible type of prefix/ip for table master4'],
  ['show static x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END or CF_SYM_KNOWN'],
  ['show static all', 'syntax error, unexpected ALL, expecting END or CF_SYM_KNOWN'],
  ['show static ebgp_c', 'ebgp_c: Not a Static protocol'],
  ['show static aux4', 'Protocol name required'],
  ['show static static4 x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END'],
  ['show symbols all', 'syntax error, unexpected ALL'],
  ['show symbols RTS_BGP', 'syntax error, unexpected ENUM'],
  ['show bfd', 'syntax error, unexpected END, expecting SESSIONS'],
  ['show bfd sessions ebgp_c', 'ebgp_c: Not a BFD protocol'],
  ['show ospf x', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['show ospf neighbors', 'There is no OSPF protocol running'],
  ['show rip', 'syntax error, unexpected END, expecting INTERFACES or NEIGHBORS'],
  ['show babel x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting ROUTES or INTERFACES or NEIGHBORS or ENTRIES'],
  ['configure x', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['configure soft x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END or TEXT or TIMEOUT'],
  ['configure check x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END or TEXT'],
  ['configure undo x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END'],
  ['configure "x" y', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END or TIMEOUT'],
  ['configure timeout x', "syntax error, unexpected CF_SYM_UNDEFINED, expecting END or NUM or CF_SYM_KNOWN or '('"],
  ['configure timeout 5 extra', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END'],
  ['enable', 'syntax error, unexpected END, expecting CF_SYM_KNOWN or TEXT or ALL'],
  ['enable 5', 'syntax error, unexpected NUM, expecting CF_SYM_KNOWN or TEXT or ALL'],
  ['enable x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting CF_SYM_KNOWN or TEXT or ALL'],
  ['enable ebgp_c x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END or TEXT'],
  ['enable "p1" x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END or TEXT'],
  ['enable aux4', 'Protocol name required'],
  ['disable ebgp_c.ipv4', "syntax error, unexpected '.', expecting END or TEXT"],
  ['disable static4 all', 'syntax error, unexpected ALL, expecting END or TEXT'],
  ['reload', 'syntax error, unexpected END'],
  ['reload x', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['reload in', 'syntax error, unexpected END, expecting CF_SYM_KNOWN or TEXT or ALL'],
  ['reload in out', 'syntax error, unexpected OUT, expecting CF_SYM_KNOWN or TEXT or ALL'],
  ['reload in ebgp_c x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END'],
  ['debug', 'syntax error, unexpected END, expecting CF_SYM_KNOWN or TEXT or ALL'],
  ['debug ebgp_c', "syntax error, unexpected END, expecting '.' or OFF or '{' or ALL"],
  ['debug ebgp_c {', 'syntax error, unexpected END'],
  ['debug ebgp_c { states', "syntax error, unexpected END, expecting ',' or '}'"],
  ['debug ebgp_c { states, }', "syntax error, unexpected '}'"],
  ['debug ebgp_c { x }', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['debug kernel4.ipv6 all', 'Channel kernel4.ipv6 not found'],
  ['debug ebgp_c.ipv4 x', "syntax error, unexpected CF_SYM_UNDEFINED, expecting OFF or '{' or ALL"],
  ['debug all', "syntax error, unexpected END, expecting OFF or '{' or ALL"],
  ['debug ebgp_c { states } x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END'],
  ['mrtdump ebgp_c', "syntax error, unexpected END, expecting OFF or '{' or ALL"],
  ['mrtdump ebgp_c { x }', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting STATES or MESSAGES'],
  ['echo', "syntax error, unexpected END, expecting OFF or '{' or ALL"],
  ['echo all x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END or NUM'],
  ['echo all 100', 'Invalid log buffer size'],
  ['echo all 65537', 'Invalid log buffer size'],
  ['echo { error', "syntax error, unexpected END, expecting ',' or '}'"],
  ['echo { x }', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['eval', 'syntax error, unexpected END'],
  ['eval (', 'syntax error, unexpected END'],
  ['eval 1 2', 'syntax error, unexpected NUM'],
  ['eval nosuch', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['eval ebgp_c', "Can't get value of symbol ebgp_c"],
  ['dump', 'syntax error, unexpected END'],
  ['dump x', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['dump resources x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END'],
  ['dump filter', 'syntax error, unexpected END, expecting ALL'],
  ['graceful x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting RESTART or SHUTDOWN'],
  ['restrict x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END'],
  ['down x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END'],
  ['help x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END'],
  // Peregrine's own.
  ['json', 'syntax error, unexpected END'],
  ['json foo', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['timeformat', 'syntax error, unexpected END, expecting TEXT or ISO'],
  ['timeformat iso', 'syntax error, unexpected END, expecting SHORT or LONG'],
  ['timeformat iso long x', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting END or MS or US'],
  ['timeformat "%T" 5', 'syntax error, unexpected END, expecting TEXT'],
];

test('mistakes are answered in the words of BIRD', async (t) => {
  const host = nodeA();
  const client = await connect(t, await startServer(t, host));
  const replies: [string, string][] = [];
  for (const [request] of WRONG) replies.push([request, (await client.send(request)).replace(/^9001 |\n$/g, '')]);
  assert.deepEqual(replies, WRONG);
  assert.deepEqual(host.calls, [], 'nothing was done');
});

test('options of show route come in any order and may be repeated', async (t) => {
  const client = await connect(t, await startServer(t, nodeA()));
  const expected = await client.send('show route for 10.100.5.5 table master4 primary all');
  assert.match(expected, /^1007-Table master4:\n 10\.100\.0\.0\/16 /);
  for (const request of [
    'show route all primary table master4 for 10.100.5.5',
    'show route primary all primary all for 10.100.5.5 table master4',
    "show route table 'master4' for 10.100.5.5/32 all",
    'show route for MY_IP all where true',
    'show route filter { accept; } all for 10.100.5.5',
    'show route protocol static4 for 10.100.5.5 all where net ~ [ 10.100.0.0/14+ ]',
    'show /* for whom? */ route for 10.100.5.5 all # the end',
  ]) {
    assert.equal(await client.send(request), expected, request);
  }
  assert.match(await client.send('show route for MY_NET'), /10\.100\.0\.0\/16/);
});

test('a single network has no counts, and is missed by name of error only', async (t) => {
  const client = await connect(t, await startServer(t, nodeA()));
  assert.equal(await client.send('show route 10.100.0.0/16 count'), '0000 \n');
  assert.equal(await client.send('show route 10.100.0.0/16 where false'), '0000 \n');
  assert.equal(await client.send('show route 10.99.0.0/16'), '8001 Network not found\n');
  assert.equal(await client.send('show route for 9.9.9.9 count'), '8001 Network not found\n');
  assert.equal(await client.send('show route 10.100.0.0/16 table sorted4'), '8001 Network not found\n');
  assert.equal(await client.send('show route in 9.0.0.0/8'), '0000 \n');
  assert.equal(await client.send('show route where false'), '0000 \n');
});

test('tables that were named have their heading even without rows', async (t) => {
  const client = await connect(t, await startServer(t, nodeA()));
  assert.equal(await client.send('show route table sorted4'), '1007-Table sorted4:\n0000 \n');
  assert.equal(
    await client.send('show route table sorted4 table r6 stats'),
    [
      '1007-Table sorted4:',
      ' 0 of 0 routes for 0 networks in table sorted4',
      ' ',
      ' Table r6:',
      ' 0 of 0 routes for 0 networks in table r6',
      ' ',
      '0014 Total: 0 of 0 routes for 0 networks in 2 tables',
      '',
    ].join('\n'),
  );
  assert.equal(
    await client.send('show route in 172.16.0.0/12 count'),
    '1007-2 of 2 routes for 2 networks in table master4\n0000 \n',
  );
});

test('operations reach the protocols they name, in the order of the list', async (t) => {
  const host = nodeA();
  const client = await connect(t, await startServer(t, host));
  host.outcomes.set('down_peer', 'already').set('passive_peer', 'disabled');
  assert.equal(
    await client.send('enable "*_peer"'),
    '0010-down_peer: already enabled\n0011-disabled_peer: enabled\n0008-passive_peer: already disabled\n0000 \n',
  );
  assert.deepEqual(host.calls.splice(0), ['enable down_peer', 'enable disabled_peer', 'enable passive_peer']);
  host.outcomes.clear();
  assert.equal(await client.send('disable ebgp_c "see you"'), '0009-ebgp_c: disabled\n0000 \n');
  assert.equal(await client.send('restart ebgp_c'), '0012-ebgp_c: restarted\n0000 \n');
  host.outcomes.set('direct1', 'failed').set('down_peer', 'not-up');
  assert.equal(
    await client.send('reload "d*"'),
    [
      '0015-device1: reloading',
      '8006-direct1: reload failed',
      '0015-dyn: reloading',
      ' disabled_peer: reloading',
      '0000 \n',
    ].join('\n'),
  );
  assert.equal(await client.send('reload in ebgp_c'), '0015-ebgp_c: reloading\n0000 \n');
  assert.equal(await client.send('reload out all'), await client.send('reload out "*"'));
  assert.equal(await client.send('reload "zz*"'), '8003 No protocols match\n');
  assert.deepEqual(host.calls.slice(0, 3), ['disable ebgp_c "see you"', 'restart ebgp_c', 'reload device1']);
  assert.ok(host.calls.includes('reload-in ebgp_c'));
  assert.ok(host.calls.includes('reload-out bfd1'));
});

test('masks are sums of words', async (t) => {
  const host = nodeA();
  const client = await connect(t, await startServer(t, host));
  for (const request of [
    'debug ebgp_c { states, routes }',
    'debug ebgp_c.ipv4 { packets }',
    'debug "*_c" all',
    'debug ebgp_c off',
    'mrtdump ebgp_c { messages, states }',
    'mrtdump ebgp_c off',
  ]) {
    assert.equal(await client.send(request), '0000 \n', request);
  }
  assert.deepEqual(host.calls, [
    'debug ebgp_c 3',
    'debug ebgp_c.ipv4 32',
    'debug ebgp_c 63',
    'debug ebgp_c 0',
    'mrtdump ebgp_c 3',
    'mrtdump ebgp_c 0',
  ]);
  assert.equal(await client.send('debug "zz*" all'), '8003 No protocols match\n');
});

test('configure hands over what it was told, and tells what became of it', async (t) => {
  const host = nodeA();
  const client = await connect(t, await startServer(t, host));
  const path = host.config.path;
  const answer = async (request: string, ...outcomes: typeof host.configureOutcomes): Promise<string> => {
    host.configureOutcomes.push(...outcomes);
    return client.send(request);
  };
  const reading = `0002-Reading configuration from ${path}\n`;
  assert.equal(await answer('configure'), `${reading}0003 Reconfigured\n`);
  assert.equal(
    await answer('configure soft "/x.conf" timeout', { result: 'in-progress' }),
    '0002-Reading configuration from /x.conf\n0022-Undo scheduled in 300 s\n0004 Reconfiguration in progress\n',
  );
  assert.equal(await answer('configure timeout 0'), `${reading}0003 Reconfigured\n`);
  assert.equal(
    await answer('configure timeout (2 * 30)'),
    `${reading}0022-Undo scheduled in 60 s\n0003 Reconfigured\n`,
  );
  assert.match(await answer('configure', { result: 'queued' }), /^0005 .*queueing new config$/m);
  assert.match(
    await answer('configure undo', { result: 'unqueued' }),
    /^0021-Undo requested\n0017 .*removing queued config$/m,
  );
  assert.match(await answer('configure', { result: 'shutting-down' }), /^0006 /m);
  assert.equal(await answer('configure confirm', { result: 'confirmed' }), '0018 Reconfiguration confirmed\n');
  assert.equal(await answer('configure confirm', { result: 'nothing' }), '0019 Nothing to do\n');
  assert.equal(await answer('configure undo', { result: 'nothing' }), '0021-Undo requested\n0019 Nothing to do\n');
  assert.equal(await answer('configure check', { result: 'valid', plan: [] }), `${reading}0020 Configuration OK\n`);
  assert.equal(
    await answer('configure check', { result: 'valid', plan: ['remove a', 'import again b.ipv4 (import)'] }),
    `${reading}0020-remove a\n import again b.ipv4 (import)\n0020 Configuration OK\n`,
  );
  const mistake = { file: '/a.conf', line: 3, column: 93, text: 'syntax error' };
  assert.equal(
    await answer('configure', { result: 'refused', ...mistake, details: [] }),
    `${reading}8002 /a.conf:3:93 syntax error\n`,
  );
  assert.equal(
    await answer('configure', {
      result: 'refused',
      ...mistake,
      details: ['/a.conf:3:93 syntax error', '  \tx\u001b', '  \t^'],
    }),
    `${reading}8002-/a.conf:3:93 syntax error\n   \tx\\x1b\n   \t^\n8002 /a.conf:3:93 syntax error\n`,
  );
  assert.equal(
    await answer('configure check "/no"', {
      result: 'refused',
      file: '/no',
      line: 0,
      column: 0,
      text: 'No such file or directory',
      details: [],
    }),
    '0002-Reading configuration from /no\n8002 /no: No such file or directory\n',
  );
  const loads = host.configureRequests.filter((request) => request.action === 'load');
  assert.deepEqual(
    loads.slice(0, 4).map(({ file, soft, undoAfterSeconds }) => [file, soft, undoAfterSeconds]),
    [
      [undefined, false, undefined],
      ['/x.conf', true, 300],
      [undefined, false, undefined],
      [undefined, false, 60],
    ],
  );
  host.configureState = { state: 'running', undoInMs: 1496 };
  assert.equal(
    await client.send('configure status'),
    '0003-Daemon is up and running\n0022-Configuration unconfirmed, undo in 1.496 s\n0000 \n',
  );
  host.configureState = { state: 'in-progress', undoInMs: undefined };
  assert.equal(await client.send('configure status'), '0004-Reconfiguration in progress\n0000 \n');
});

test('eval knows the names of the configuration and what is wrong', async (t) => {
  const host = nodeA();
  const client = await connect(t, await startServer(t, host));
  assert.equal(await client.send('eval LOCAL_AS + 1'), '0023 64513\n');
  assert.equal(await client.send('eval MY_NET ~ [ 10.0.0.0/8+ ]'), '0023 TRUE\n');
  assert.equal(await client.send('eval "a  b"'), '0023 a  b\n');
  assert.equal(await client.send('eval bgp_path.len'), '8008 runtime error\n');
  assert.equal(host.logged.length, 1, 'why is in the log');
});

test('a time format counts for one session', async (t) => {
  const host = nodeA();
  const server = await startServer(t, host);
  const client = await connect(t, server);
  const route = 'show route 10.100.0.0/16';
  assert.match(await client.send(route), /\[static4 01:03:21\.366\]/);
  assert.equal(await client.send('timeformat iso long us'), '0000 \n');
  assert.match(await client.send(route), /\[static4 2026-11-23 01:03:21\.366000\]/);
  assert.equal(await client.send('timeformat "%H:%M" 10 "%d.%m."'), '0000 \n');
  assert.match(await client.send(route), /\[static4 23\.11\.\]/);
  assert.match(await client.send('show protocols ebgp_c'), / 23\.11\. /);
  assert.match(await (await connect(t, server)).send(route), /\[static4 01:03:21\.366\]/);
});

test('graceful shutdown, on and off', async (t) => {
  const host = nodeA();
  const client = await connect(t, await startServer(t, host));
  assert.equal(await client.send('graceful shutdown ebgp_c'), '0015-ebgp_c: graceful shutdown\n0000 \n');
  assert.equal(
    await client.send('graceful shutdown "ebgp_c" off'),
    '0015-ebgp_c: graceful shutdown taken back\n0000 \n',
  );
  assert.equal(await client.send('graceful shutdown "zz*"'), '8003 No protocols match\n');
  assert.match(await client.send('graceful shutdown ebgp_c soon'), /^9001 syntax error/);
  assert.deepEqual(host.calls, ['graceful-shutdown ebgp_c', 'graceful-shutdown-off ebgp_c']);
});

test('down and graceful restart answer first', async (t) => {
  const host = nodeA();
  const client = await connect(t, await startServer(t, host));
  assert.equal(await client.send('down'), '0007 Shutdown requested\n');
  assert.equal(await client.send('graceful restart'), '0025 Graceful restart requested\n');
  assert.equal(await client.send('eval 1'), '0023 1\n');
  assert.deepEqual(host.calls, ['shutdown', 'graceful restart']);
});

test("every command of the client's list is known to the server", async (t) => {
  const client = await connect(t, await startServer(t, nodeA()));
  const examples: Record<string, string> = {
    eval: 'eval 1',
    echo: 'echo off',
    timeformat: 'timeformat iso long',
    debug: 'debug all off',
    mrtdump: 'mrtdump all off',
  };
  for (const { words, args, local } of COMMANDS) {
    if (local !== undefined) continue;
    const request =
      examples[words] ?? (args.includes('<protocol> |') && !args.startsWith('[') ? `${words} "*"` : words);
    assert.doesNotMatch(await client.send(request), /^9001/, request);
  }
});

test('patterns match in time that depends on their length alone', () => {
  const cases: [string, string, boolean][] = [
    ['*', '', true],
    ['*', 'anything', true],
    ['a*b*c', 'a12b34c', true],
    ['a*b*c', 'a12b34', false],
    ['?', '', false],
    ['a?c', 'abc', true],
    ['a\\*c', 'a*c', true],
    ['a\\*c', 'abc', false],
    ['a\\', 'a\\', true],
    ['', '', true],
    ['', 'a', false],
    ['**x', 'yx', true],
  ];
  for (const [pattern, name, expected] of cases)
    assert.equal(matchesPattern(pattern, name), expected, `${pattern} ${name}`);
  const before = performance.now();
  matchesPattern(`${'*a'.repeat(500)}b`, 'a'.repeat(4000));
  assert.ok(performance.now() - before < 10_000);
});
