/** What `debug` shows of the life of protocols and channels, and what orders leave in the log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeDaemon } from './whole-daemon.ts';

const TEXT = `router id 10.0.0.1;
debug protocols { states }; debug channels { states }; debug commands 2;
protocol device { }
protocol static s { ipv4; route 10.1.0.0/16 blackhole; }
protocol bgp away { local 127.1.0.1 port 1790 as 1; neighbor 127.1.0.9 port 1791 as 2; passive; ipv4 { import all; export all; }; }
`;

const states = (node: WholeDaemon, name: string): string[] =>
  node.logged
    .filter((line) => line.startsWith(`<trace> ${name}: State changed to `))
    .map((line) => line.split(' ').at(-1)!);

test('each change of a state is told once, of channels too', async (t) => {
  const node = await WholeDaemon.start(t, TEXT, '10.0.0.1');
  await node.until('show protocols s', / up /);
  assert.deepEqual(states(node, 's'), ['start', 'up']);
  assert.deepEqual(states(node, 's.ipv4'), ['UP']);
  assert.deepEqual(states(node, 'away'), ['start']);
  await node.ask('disable s');
  await node.until('show protocols s', / down /);
  assert.deepEqual(states(node, 's'), ['start', 'up', 'stop', 'flush', 'down']);
  assert.deepEqual(states(node, 's.ipv4'), ['UP', 'FLUSHING', 'DOWN']);
  await node.ask('debug s off');
  await node.ask('enable s');
  await node.until('show protocols s', / up /);
  assert.equal(states(node, 's').length, 5);
  assert.equal(states(node, 's.ipv4').length, 4, 'channels are traced by themselves');
});

test('orders and clients are in the log in the words of BIRD', async (t) => {
  const node = await WholeDaemon.start(t, TEXT, '10.0.0.1');
  for (const order of ['disable s', 'disable s', 'enable s', 'restart s', 'restart away']) await node.ask(order);
  await node.until('show protocols s', / up /);
  await node.ask('reload out s');
  const seen = (pattern: RegExp): string[] => node.logged.filter((line) => pattern.test(line));
  assert.deepEqual(seen(/ protocol /), [
    '<info> Disabling protocol s',
    '<info> Enabling protocol s',
    '<info> Restarting protocol s',
    '<info> Restarting protocol away',
    '<info> Reloading protocol s',
  ]);
  assert.ok(seen(/^<trace> CLI: restart away$/).length === 1);
});
