/** The control socket under clients of every kind: hasty, slow, silent, huge, gone, malicious, many. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { RouteSourceKind } from '../../../bgp/index.ts';
import type { BgpDetail, RouteView } from '../../../src/control/host.ts';
import { LONGEST_LINE, PATIENCE, RequestReader } from '../../../src/control/request-reader.ts';
import { ControlServer } from '../../../src/control/server.ts';
import type { FakeHost } from './fake-host.ts';
import { makeRoute } from './fake-host.ts';
import { capabilities, downPeer, nodeA } from './node-a.ts';
import { connect, eventually, RawClient, startServer, temporaryFolder } from './raw-client.ts';

/** Table `aux4` with as many routes, made one by one while it is walked. */
function bigTable(host: FakeHost, count: number): void {
  host.routesOf.set('aux4', {
    *[Symbol.iterator](): Generator<RouteView> {
      for (let i = 0; i < count; i++) {
        yield makeRoute({
          prefix: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}/32`,
          protocol: 'static4',
          kind: RouteSourceKind.Static,
          preference: 200,
          destination: 'blackhole',
        });
      }
    },
  });
}

// ----------------------------------------------------------------------------------------------------- the socket

test('the socket file has mode 0660, and goes away with the server', async (t) => {
  const file = path.join(temporaryFolder(t), 'x.ctl');
  const server = new ControlServer(nodeA(), { path: file });
  await server.listen();
  assert.equal(fs.statSync(file).mode & 0o777, 0o660);
  assert.deepEqual(fs.readdirSync(path.dirname(file)), ['x.ctl'], 'nothing else is left');
  await server.close();
  assert.deepEqual(fs.readdirSync(path.dirname(file)), []);
});

test('a socket file that nobody listens on is replaced', async (t) => {
  const file = path.join(temporaryFolder(t), 'x.ctl');
  const dead = net.createServer().listen(file);
  await new Promise((resolve) => dead.once('listening', resolve));
  // Closing removes the name that was bound; the file under another name stays behind, dead.
  fs.renameSync(file, `${file}.old`);
  await new Promise((resolve) => dead.close(resolve));
  fs.renameSync(`${file}.old`, file);
  const server = await startServer(t, nodeA(), { path: file });
  const { greeting } = await RawClient.connect(server.path).then((opened) => {
    opened.client.close();
    return opened;
  });
  assert.equal(greeting, '0001 BIRD 2.0.12 ready.\n');
});

test('a socket that somebody listens on is left alone, and so is a file that is no socket', async (t) => {
  const first = await startServer(t, nodeA());
  await assert.rejects(new ControlServer(nodeA(), { path: first.path }).listen(), /another daemon is listening on it/);
  const client = await connect(t, first);
  assert.match(await client.send('show status'), /^0013 Daemon is up and running$/m);
  const file = path.join(temporaryFolder(t), 'notes');
  fs.writeFileSync(file, 'precious');
  await assert.rejects(new ControlServer(nodeA(), { path: file }).listen(), /is not a socket/);
  assert.equal(fs.readFileSync(file, 'utf8'), 'precious');
});

test('a server that ends leaves the socket of its successor alone', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'x.ctl');
  const first = new ControlServer(nodeA(), { path: file });
  await first.listen();
  fs.rmSync(file);
  const second = await startServer(t, nodeA(), { path: file });
  await first.close();
  assert.ok(fs.existsSync(file));
  const client = await connect(t, second);
  assert.match(await client.send('show status'), /0013 /);
});

test('a folder that is not there is said in one sentence', async (t) => {
  const file = path.join(temporaryFolder(t), 'no', 'x.ctl');
  await assert.rejects(
    new ControlServer(nodeA(), { path: file }).listen(),
    /^Error: Cannot create control socket .*x\.ctl: there is no folder .*no$/,
  );
});

test('closing ends sessions, and none of them keeps the server', async (t) => {
  const server = new ControlServer(nodeA(), { path: path.join(temporaryFolder(t), 'x.ctl') });
  await server.listen();
  const { client } = await RawClient.connect(server.path);
  t.after(() => client.close());
  await server.close();
  await client.closed();
  assert.equal(server.sessionCount, 0);
});

// ------------------------------------------------------------------------------------------------------- requests

test('the greeting comes unasked, and replies in the order of the requests', async (t) => {
  const server = await startServer(t, nodeA(), { version: '2.0.12-peregrine-0.1.0' });
  const { client, greeting } = await RawClient.connect(server.path);
  t.after(() => client.close());
  assert.equal(greeting, '0001 BIRD 2.0.12-peregrine-0.1.0 ready.\n');
  client.socket.write('eval 1\neval 2\nshow route count\neval 3\n');
  assert.equal(await client.reply(), '0023 1\n');
  assert.equal(await client.reply(), '0023 2\n');
  assert.match(await client.reply(), /^1007-.*\n0014 Total/s);
  assert.equal(await client.reply(), '0023 3\n');
});

test('a request may come octet by octet, and its end with the end of the stream', async (t) => {
  const server = await startServer(t, nodeA());
  const client = await connect(t, server);
  for (const char of 'eval 7*6\n') client.socket.write(char);
  assert.equal(await client.reply(), '0023 42\n');
  client.socket.end('eval 1\neval 2\n');
  assert.equal(await client.reply(), '0023 1\n');
  assert.equal(await client.reply(), '0023 2\n');
  await client.closed();
});

test('a carriage return at the end of a line does not matter', async (t) => {
  const client = await connect(t, await startServer(t, nodeA()));
  assert.equal(await client.send('eval 1\r'), '0023 1\n');
});

test('help, quit and exit are taken without a word; the latter two end the session', async (t) => {
  const server = await startServer(t, nodeA());
  const client = await connect(t, server);
  client.socket.write('help\neval 1\n');
  assert.equal(await client.reply(), '0023 1\n');
  assert.equal(
    await client.send('help me'),
    '9001 syntax error, unexpected ME, expecting END\n'.replace('ME', 'CF_SYM_UNDEFINED'),
  );
  client.socket.write('quit\neval 2\n');
  await client.closed();
  assert.equal(client.buffer, '');
});

test('a line of 4096 octets is read, one more is refused and the next request is answered', async (t) => {
  const client = await connect(t, await startServer(t, nodeA()));
  const fits = `eval 1${' '.repeat(LONGEST_LINE - 6)}`;
  assert.equal(fits.length, LONGEST_LINE);
  assert.equal(await client.send(fits), '0023 1\n');
  assert.equal(await client.send(`${fits} `), '9000 Command too long\n');
  assert.equal(await client.send('eval 2'), '0023 2\n');
});

test('a long line in pieces is refused once, at the moment it gets too long', async (t) => {
  const client = await connect(t, await startServer(t, nodeA()));
  for (let i = 0; i < 5; i++) {
    client.socket.write('x'.repeat(1000));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(await client.reply(), '9000 Command too long\n');
  client.socket.write('y'.repeat(500_000));
  client.socket.write('\neval 3\n');
  assert.equal(await client.reply(), '0023 3\n');
  assert.equal(client.buffer, '');
});

test('octets without end are thrown away in bounded memory, until patience ends', () => {
  const reader = new RequestReader();
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const events: string[] = [];
  let octets = 0;
  for (; octets < PATIENCE + 10 * chunk.length; octets += chunk.length) {
    reader.push(chunk);
    for (let event = reader.next(); event !== undefined; event = reader.next()) {
      events.push(event.kind);
      if (event.kind === 'hopeless') break;
    }
    if (events.at(-1) === 'hopeless') break;
  }
  assert.deepEqual(events, ['overlong', 'hopeless']);
  assert.ok(octets >= PATIENCE && octets < PATIENCE + 2 * chunk.length);
});

test('very many empty lines at once are answered without holding up anybody else', async (t) => {
  const server = await startServer(t, nodeA());
  const hasty = await connect(t, server);
  const other = await connect(t, server);
  const count = 200_000;
  hasty.socket.write('\n'.repeat(count));
  await hasty.until(/^9001 syntax error, unexpected END$/m);
  assert.equal(await other.send('eval 1'), '0023 1\n');
  let answered = 0;
  for (let at = hasty.buffer.indexOf('\n'); at >= 0; at = hasty.buffer.indexOf('\n', at + 1)) answered++;
  assert.ok(answered < count - 1000, 'the other client is served in between');
});

// ------------------------------------------------------------------------------------------------------ long replies

test('a client that does not read costs little memory, and gets everything when it does', async (t) => {
  const host = nodeA();
  const count = 100_000;
  bigTable(host, count);
  const server = await startServer(t, host);
  const client = await connect(t, server);
  client.socket.pause();
  client.socket.write('show route table aux4\n');
  await eventually('the walk has begun', () => host.openWalks === 1);
  const before = process.memoryUsage().rss;
  const other = await connect(t, server);
  for (let i = 0; i < 50; i++) assert.equal(await other.send('eval 1'), '0023 1\n');
  assert.equal(host.openWalks, 1, 'the walk waits');
  assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
  let lines = 0;
  let last = '';
  client.socket.removeAllListeners('data');
  client.socket.on('data', (text: string) => {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
    last = (last + text).slice(-20);
  });
  client.socket.resume();
  await eventually('the reply is complete', () => last.endsWith('\n0000 \n'), 30_000);
  assert.equal(lines, count + 2);
  assert.equal(host.openWalks, 0);
});

test('a client that goes away in the middle of a reply leaves nothing behind', async (t) => {
  const host = nodeA();
  bigTable(host, 1_000_000);
  const server = await startServer(t, host);
  const client = await connect(t, server);
  client.socket.write('show route table aux4\n');
  await client.until(/10\.0\.0\.5\/32/);
  client.close();
  await eventually('the walk ended', () => host.openWalks === 0);
  await eventually('the session ended', () => server.sessionCount === 0);
});

test('a long reply is produced in short turns', async (t) => {
  const host = nodeA();
  bigTable(host, 60_000);
  const client = await connect(t, await startServer(t, host));
  let worst = 0;
  let last = performance.now();
  let running = true;
  const tick = (): void => {
    worst = Math.max(worst, performance.now() - last);
    last = performance.now();
    if (running) setImmediate(tick);
  };
  setImmediate(tick);
  const begin = performance.now();
  client.socket.write('show route table aux4 where false\n');
  assert.equal(await client.reply(30_000), '1007-Table aux4:\n0000 \n');
  running = false;
  // A busy machine stretches both; all in one turn would be nearly everything.
  const total = performance.now() - begin;
  assert.ok(worst < Math.max(100, total / 4), `longest turn ${worst} of ${total} ms`);
});

test('a hundred clients at once get what they ask for', async (t) => {
  const host = nodeA();
  bigTable(host, 1000);
  const server = await startServer(t, host);
  const clients = await Promise.all(Array.from({ length: 100 }, () => connect(t, server)));
  assert.equal(server.sessionCount, 100);
  const replies = await Promise.all(
    clients.map(async (client, i) => [
      await client.send(`eval ${i}`),
      (await client.send('show route table aux4')).split('\n').length,
      await client.send('show route table aux4 count'),
    ]),
  );
  for (const [i, reply] of replies.entries()) {
    assert.deepEqual(reply, [`0023 ${i}\n`, 1003, '1007-1000 of 1000 routes for 1000 networks in table aux4\n0000 \n']);
  }
  for (const client of clients) client.close();
  await eventually('all sessions ended', () => server.sessionCount === 0);
});

test('a command that fails inside is reported, and the session goes on', async (t) => {
  const host = nodeA();
  host.memory = () => {
    throw new Error('broken');
  };
  host.configure = () => Promise.reject(new Error('broken too'));
  const client = await connect(t, await startServer(t, host));
  assert.equal(await client.send('show memory'), '8008 Internal error, see the log\n');
  assert.match(await client.send('configure'), /^0002-.*\n8008 Internal error, see the log\n$/);
  assert.equal(await client.send('eval 1'), '0023 1\n');
  assert.deepEqual(
    host.logged.map((message) => message.class),
    ['bug', 'bug'],
  );
});

test('debug commands puts clients and what they ask into the log', async (t) => {
  const host = nodeA();
  const server = await startServer(t, host);
  Object.assign(host, { config: { ...host.config, debug: { ...host.config.debug, commands: 2 } } });
  const client = await connect(t, server);
  await client.send('eval "a\u001bb"');
  client.close();
  await eventually('all is said', () => host.logged.length === 3);
  assert.deepEqual(host.logged, [
    { class: 'info', text: 'CLI connect' },
    { class: 'trace', text: 'CLI: eval "a\u001bb"' },
    { class: 'info', text: 'CLI connection closed' },
  ]);
});

// ------------------------------------------------------------------------------------------------------ restriction

test('a restricted session looks, but does not touch', async (t) => {
  const host = nodeA();
  const server = await startServer(t, host, { restrict: true });
  const client = await connect(t, server);
  for (const request of [
    'configure',
    'configure check',
    'configure undo',
    'configure confirm',
    'enable ebgp_c',
    'disable all',
    'restart "*"',
    'reload all',
    'debug all all',
    'mrtdump all all',
    'down',
    'graceful restart',
    'dump routes "/tmp/never-written"',
    'json enable ebgp_c',
  ]) {
    assert.equal(await client.send(request), '8007 Access denied\n', request);
  }
  assert.deepEqual(host.calls, []);
  assert.deepEqual(host.configureRequests, []);
  for (const request of [
    'show status',
    'show route',
    'eval 1',
    'echo off',
    'configure status',
    'dump routes',
    'restrict',
  ]) {
    assert.doesNotMatch(await client.send(request), /^8007/m, request);
  }
  assert.equal(await client.send('foo'), '9001 syntax error, unexpected CF_SYM_UNDEFINED\n', 'errors come first');
});

test('restrict is for its own session', async (t) => {
  const server = await startServer(t, nodeA());
  const one = await connect(t, server);
  const two = await connect(t, server);
  assert.equal(await one.send('restrict'), '0016 Access restricted\n');
  assert.equal(await one.send('configure'), '8007 Access denied\n');
  assert.match(await two.send('configure'), /^0003 Reconfigured$/m);
});

// ------------------------------------------------------------------------------------------------------------ echo

test('log messages stand between lines, with a plus in front', async (t) => {
  const host = nodeA();
  const client = await connect(t, await startServer(t, host));
  assert.equal(await client.send('echo all 8192'), '0000 \n');
  host.log('trace', 'ebgp_c: State changed to up');
  assert.equal(await client.until(/\n/), '+ebgp_c: State changed to up\n');
  assert.equal(await client.send('echo { error, warning }'), '0000 \n');
  host.log('trace', 'unseen');
  host.log('error', 'seen');
  assert.equal(await client.until(/\n/), '+seen\n');
  assert.equal(await client.send('echo off'), '0000 \n');
  assert.equal(host.listenerCount, 0);
  host.log('error', 'unseen');
  assert.equal(await client.send('eval 1'), '0023 1\n');
});

test('messages come while a reply is being written, and never inside a line', async (t) => {
  const host = nodeA();
  bigTable(host, 50_000);
  const client = await connect(t, await startServer(t, host));
  await client.send('echo all 65536');
  client.socket.write('show route table aux4\n');
  let logged = 0;
  const timer = setInterval(() => host.log('info', `message ${logged++}`), 1);
  t.after(() => clearInterval(timer));
  const reply = await client.reply(30_000);
  clearInterval(timer);
  let messages = 0;
  let headings = 0;
  for (const line of reply.split('\n').slice(0, -2)) {
    if (/^\+message \d+$/.test(line)) messages++;
    else if (line === '1007-Table aux4:') headings++;
    else assert.match(line, /^ 10\.\d+\.\d+\.\d+\/32 +blackhole \[static4 .*\] \* \(200\)$/);
  }
  assert.equal(headings, 1);
  assert.ok(messages > 0);
});

test('a session that does not read loses messages, and is told how many', async (t) => {
  const host = nodeA();
  const server = await startServer(t, host);
  const client = await connect(t, server);
  assert.equal(await client.send('echo all 4096'), '0000 \n');
  client.socket.pause();
  const text = 'x'.repeat(200);
  for (let i = 0; i < 20_000; i++) host.log('info', text);
  client.socket.resume();
  await client.until(/x\n/);
  await new Promise((resolve) => setTimeout(resolve, 50));
  client.buffer = '';
  host.log('error', 'after');
  const tail = await client.until(/\+after\n/);
  assert.match(tail, /^\+<\d+ messages lost>\n\+after\n$/);
});

test('a session that ends hears nothing more', async (t) => {
  const host = nodeA();
  const server = await startServer(t, host);
  const client = await connect(t, server);
  await client.send('echo all');
  assert.equal(host.listenerCount, 1);
  client.close();
  await eventually('the listener is gone', () => host.listenerCount === 0);
});

test('an undo by timeout is told to the session that asked', async (t) => {
  const host = nodeA();
  const client = await connect(t, await startServer(t, host));
  assert.match(await client.send('configure timeout 3'), /^0022-Undo scheduled in 3 s\n0003 Reconfigured$/m);
  const request = host.configureRequests[0]!;
  assert.ok(request.action === 'load' && request.undoAfterSeconds === 3);
  request.onUndo();
  assert.equal(await client.until(/\n/), '+Config timeout expired, starting undo\n');
  client.close();
  await client.closed();
  request.onUndo();
});

// ------------------------------------------------------------------------------------------------------- injection

test('what peers and people say cannot end a line, fake a code, or speak to a terminal', async (t) => {
  const host = nodeA();
  const evil = '\r\n0000 \n+\u0000\u001b[2J\u009b31m\u2028\u202e0001 BIRD ready.\n"{';
  const peer = downPeer();
  const bgp = peer.detail as BgpDetail;
  host.protocolViews = [
    {
      ...peer,
      state: 'up',
      description: evil,
      message: evil,
      vrf: evil,
      info: evil,
      detail: {
        ...bgp,
        state: 'Established',
        lastError: { class: 'received', text: evil },
        session: {
          neighborId: 1,
          localCapabilities: capabilities({}),
          neighborCapabilities: capabilities({ hostname: evil }),
          internal: true,
          multihop: false,
          routeReflector: false,
          routeServer: false,
          as4: true,
          sourceAddress: bgp.neighborAddress!,
          holdTimer: undefined,
          keepaliveTimer: undefined,
          sendHoldTimer: undefined,
        },
      },
    },
  ];
  host.statusView = { ...host.statusView, hostname: evil };
  host.configureOutcomes.push({ result: 'refused', file: 'x', line: 1, column: 2, text: evil, details: [] });
  const client = await connect(t, await startServer(t, host));
  for (const request of ['show protocols', 'show protocols all', 'show status', 'configure']) {
    const reply = await client.send(request);
    assert.equal(client.buffer, '', `${request}: nothing comes behind the final line`);
    const lines = reply.split('\n').slice(0, -1);
    for (const [i, line] of lines.entries()) {
      assert.match(line, i === lines.length - 1 ? /^\d{4} / : /^(\d{4}-| )/);
      assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/, JSON.stringify(line));
    }
  }
  for (const request of ['json show protocols all', 'json show status']) {
    const reply = await client.send(request);
    const lines = reply.split('\n').slice(0, -2);
    for (const line of lines) assert.doesNotThrow(() => JSON.parse(line.replace(/^(\d{4}-| )/, '')));
    assert.equal(client.buffer, '');
  }
});

test('a line that is too wide for birdc is cut, whatever it is made of', async (t) => {
  const host = nodeA();
  host.statusView = { ...host.statusView, hostname: 'é😀'.repeat(3000) };
  const client = await connect(t, await startServer(t, host));
  const reply = await client.send('show status');
  const widest = Math.max(...reply.split('\n').map((line) => Buffer.byteLength(line)));
  assert.ok(widest > 3000 && widest < 4096, `${widest} octets`);
  assert.match(reply, /^ Hostname is .*\.\.\.$/m);
});

test('random octets get replies, and the server stays', async (t) => {
  const host = nodeA();
  const server = await startServer(t, host);
  const words =
    'show route protocols all table master4 for in where filter { } ( ) [ ] " . , ; 10.0.0.0/8 ::/0 json eval 1 + enable'.split(
      ' ',
    );
  let seed = 12345;
  const random = (limit: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % limit;
  };
  for (let round = 0; round < 20; round++) {
    const client = await connect(t, server);
    const lines: Buffer[] = [];
    for (let i = 0; i < 30; i++) {
      if (random(2) === 0) {
        lines.push(
          Buffer.from(`${Array.from({ length: 1 + random(8) }, () => words[random(words.length)]).join(' ')}\n`),
        );
      } else {
        lines.push(Buffer.from([...Array.from({ length: random(200) }, () => random(256)), 10]));
      }
    }
    client.socket.write(Buffer.concat([...lines, Buffer.from('\neval 77\n')]));
    await client.until(/^0023 77$/m, 10_000);
    client.close();
  }
  assert.deepEqual(
    host.logged.filter((message) => message.class === 'bug'),
    [],
  );
  await eventually('all sessions ended', () => server.sessionCount === 0);
});
