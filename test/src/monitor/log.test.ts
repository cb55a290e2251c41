/** The log: what a line looks like, where it goes, and that nothing that happens to it hurts. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { type Ip, parseIp } from '../../../bgp/index.ts';
import type { LogClass, LogTarget } from '../../../config/index.ts';
import { escapeText, shortenText } from '../../../src/monitor/escape.ts';
import { DaemonLog } from '../../../src/monitor/log.ts';
import { LOG_CLASSES } from '../../../src/monitor/log-level.ts';
import { LogLimiter } from '../../../src/monitor/log-limiter.ts';
import { UnixDatagram } from '../../../src/monitor/unix-datagram.ts';
import { eventually, temporaryFolder } from '../control/raw-client.ts';

function fileTarget(file: string, classes: readonly LogClass[] = LOG_CLASSES, limitBytes?: number): LogTarget {
  return { to: 'file', path: file, limitBytes, backup: limitBytes === undefined ? undefined : `${file}.old`, classes };
}

function linesOf(file: string): Record<string, unknown>[] {
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a line is a bunyan record with the class', async (t) => {
  const file = path.join(temporaryFolder(t), 'log');
  const log = new DaemonLog({ name: 'peregrined' });
  log.configure([fileTarget(file)]);
  log.write('remote', 'ebgp_c: Received: Cease', {
    protocol: 'ebgp_c',
    subcode: 2,
    name: 'taken',
    msg: 'taken',
    big: 5n,
  });
  await log.close();
  const [line] = linesOf(file);
  assert.deepEqual(
    { ...line, hostname: undefined, time: undefined },
    {
      name: 'peregrined',
      hostname: undefined,
      pid: process.pid,
      level: 40,
      class: 'remote',
      protocol: 'ebgp_c',
      subcode: 2,
      name_: 'taken',
      msg_: 'taken',
      big: '5',
      msg: 'ebgp_c: Received: Cease',
      time: undefined,
      v: 0,
    },
  );
  assert.match(line!['time'] as string, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(fs.statSync(file).mode & 0o007, 0, 'not for everybody');
});

test('levels follow the classes', async (t) => {
  const file = path.join(temporaryFolder(t), 'log');
  const log = new DaemonLog();
  log.configure([fileTarget(file)]);
  for (const logClass of LOG_CLASSES) log.write(logClass, logClass);
  await log.close();
  assert.deepEqual(
    linesOf(file).map((line) => [line['class'], line['level']]),
    [
      ['debug', 20],
      ['trace', 10],
      ['info', 30],
      ['remote', 40],
      ['warning', 40],
      ['error', 50],
      ['auth', 50],
      ['fatal', 60],
      ['bug', 60],
    ],
  );
});

test('each target has its classes, and they change while running', async (t) => {
  const folder = temporaryFolder(t);
  const [one, two] = [path.join(folder, 'one'), path.join(folder, 'two')];
  const log = new DaemonLog();
  log.configure([fileTarget(one, ['error']), fileTarget(two, ['info', 'error'])]);
  assert.equal(log.wants('debug'), false);
  log.write('info', 'a');
  log.write('error', 'b');
  log.write('debug', 'c');
  log.configure([fileTarget(one, ['debug'])]);
  assert.equal(log.wants('debug'), true);
  log.write('debug', 'd');
  log.write('error', 'e');
  log.threshold = 30;
  log.write('debug', 'f');
  await log.close();
  await eventually('the closed target is written', () => fs.existsSync(two) && linesOf(two).length === 2);
  assert.deepEqual(
    linesOf(one).map((line) => line['msg']),
    ['b', 'd'],
  );
  assert.deepEqual(
    linesOf(two).map((line) => line['msg']),
    ['a', 'b'],
  );
});

test('whatever a text contains, it is one line that no terminal obeys', async (t) => {
  const file = path.join(temporaryFolder(t), 'log');
  const log = new DaemonLog();
  log.configure([fileTarget(file)]);
  const heard: string[] = [];
  log.subscribe((message) => heard.push(message.text));
  const evil = 'a\r\nb\u0000\u001b[2J\u009bx\u2028\u202e\ud800 %s %d';
  const loop: Record<string, unknown> = { text: evil };
  loop['self'] = loop;
  log.write('info', evil, { peer: evil, nested: [evil], loop, huge: 'x'.repeat(100_000) });
  await log.close();
  const [line] = linesOf(file);
  const safe = 'a\\x0d\\x0ab\\x00\\x1b[2J\\x9bx\\u{2028}\\u{202e}\\u{d800} %s %d';
  assert.equal(line!['msg'], safe);
  assert.equal(line!['peer'], safe);
  assert.deepEqual(line!['nested'], [safe]);
  assert.equal((line!['huge'] as string).length, 8192);
  assert.deepEqual(heard, [safe]);
  assert.equal(fs.readFileSync(file, 'utf8').split('\n').length, 2);
});

test('text without dangers stays the very same string, in every script', () => {
  for (const text of ['plain', 'Grüße, 世界, 🦅', '', 'tab?']) assert.equal(escapeText(text), text);
  assert.equal(escapeText('\t'), '\\x09');
  assert.equal(shortenText('abcdef', 5), 'ab...');
  assert.equal(shortenText('abc', 5), 'abc');
});

test('subscribers hear everything, also what no target wants, until they leave', () => {
  const log = new DaemonLog();
  const heard: string[] = [];
  const leave = log.subscribe((message) => heard.push(`${message.class} ${message.text}`));
  log.write('debug', 'one');
  leave();
  log.write('debug', 'two');
  assert.deepEqual(heard, ['debug one']);
});

// -------------------------------------------------------------------------------------------------------- files

test('a file that reaches its limit becomes the backup', async (t) => {
  const file = path.join(temporaryFolder(t), 'log');
  const log = new DaemonLog();
  const limit = 20_000;
  log.configure([fileTarget(file, LOG_CLASSES, limit)]);
  for (let i = 0; i < 400; i++) {
    log.write('info', `line ${i} ${'x'.repeat(200)}`);
    if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await log.close();
  const numbers = [...linesOf(`${file}.old`), ...linesOf(file)].map((line) =>
    Number((line['msg'] as string).split(' ')[1]),
  );
  assert.equal(numbers.at(-1), 399);
  assert.deepEqual(
    numbers,
    numbers.map((_, i) => numbers[0]! + i),
    'nothing is missing in between',
  );
  assert.ok(fs.statSync(file).size <= limit + 64 * 1024);
  assert.deepEqual(fs.readdirSync(path.dirname(file)).sort(), ['log', 'log.old']);
});

test('a file that was moved away is continued under its name', async (t) => {
  const file = path.join(temporaryFolder(t), 'log');
  const log = new DaemonLog();
  const targets = [fileTarget(file)];
  log.configure(targets);
  log.write('info', 'before');
  await eventually('it is written', () => fs.existsSync(file) && linesOf(file).length === 1);
  fs.renameSync(file, `${file}.1`);
  log.configure(targets);
  log.write('info', 'after');
  await log.close();
  assert.deepEqual(
    [...linesOf(`${file}.1`), ...linesOf(file)].map((line) => line['msg']),
    ['before', 'after'],
  );
});

test('lines that wait are written when the process ends', (t) => {
  const file = path.join(temporaryFolder(t), 'log');
  const log = new DaemonLog();
  log.configure([fileTarget(file)]);
  log.write('fatal', 'the end');
  // Nothing was opened yet: there is nothing that could be written to in the foreground.
  assert.doesNotThrow(() => log.flushSync());
});

test('a file that cannot be written loses lines, counts them, and says so when it can', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'not-yet', 'log');
  const log = new DaemonLog();
  log.configure([fileTarget(file)]);
  log.write('info', 'lost 1');
  log.write('info', 'lost 2');
  await eventually('the loss is counted', () => log.lost === 2);
  fs.mkdirSync(path.dirname(file));
  log.write('info', 'kept');
  await eventually('it is written', () => fs.existsSync(file) && linesOf(file).length === 2);
  assert.deepEqual(
    linesOf(file).map((line) => [line['class'], line['msg'], line['lost']]),
    [
      ['warning', '2 log lines were lost: ENOENT', 2],
      ['info', 'kept', undefined],
    ],
  );
  await log.close();
});

test('a full disk neither throws nor leaves half lines', {
  skip:
    process.getuid?.() === 0 && spawnSync('mount', ['--version']).error === undefined ? false : 'needs root and mount',
}, async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `pg-${process.pid}-`));
  t.after(() => {
    spawnSync('umount', ['-l', folder]);
    fs.rmdirSync(folder);
  });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', folder]);
  if (mounted.status !== 0) return t.skip(`mount is not allowed: ${mounted.stderr}`);
  const file = path.join(folder, 'log');
  const log = new DaemonLog();
  log.configure([fileTarget(file)]);
  // More than the disk takes, less than two attempts.
  for (let i = 0; i < 170; i++) log.write('info', `line ${i} ${'x'.repeat(300)}`);
  await eventually('lines are lost', () => log.lost > 0);
  fs.truncateSync(file, 0);
  await eventually(
    'logging resumes',
    () => {
      log.write('info', 'after');
      const text = fs.readFileSync(file, 'utf8');
      return text.includes('"after"') && text.endsWith('\n');
    },
    10_000,
  );
  await log.close();
  const lines = fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('\u0000'));
  const broken = lines.filter((line) => {
    try {
      JSON.parse(line);
      return false;
    } catch {
      return true;
    }
  });
  assert.ok(broken.length <= 1, 'only the line that met the full disk is torn');
  assert.match(lines.join('\n'), /log lines were lost: ENOSPC/);
});

test('a pipe that nobody reads loses lines and holds nobody up', async (t) => {
  const folder = temporaryFolder(t);
  const fifo = path.join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const reader = fs.openSync(fifo, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  const writer = fs.openSync(fifo, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
  const log = new DaemonLog({ stderr: writer });
  log.configure([{ to: 'stderr', classes: LOG_CLASSES }]);
  const before = performance.now();
  for (let i = 0; i < 20_000; i++) log.write('info', `line ${i} ${'x'.repeat(500)}`);
  assert.ok(performance.now() - before < 20_000);
  assert.ok(log.lost > 0);
  const chunk = Buffer.alloc(65536);
  let text = '';
  await eventually('what fits comes through', () => {
    try {
      text += chunk.toString('utf8', 0, fs.readSync(reader, chunk, 0, chunk.length, null));
    } catch {
      // Nothing there yet.
    }
    return text.includes('line 500 ');
  });
  await log.close();
  fs.closeSync(writer);
  fs.closeSync(reader);
});

// ------------------------------------------------------------------------------------------------------- network

test('syslog gets datagrams with priority, tag and the JSON line', async (t) => {
  const socket = path.join(temporaryFolder(t), 'dev-log');
  const python = spawn('python3', [
    '-c',
    `import socket,sys
s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind(${JSON.stringify(socket)})
while True: sys.stdout.write(s.recv(65536).decode()+"\\n"); sys.stdout.flush()`,
  ]);
  let failed = false;
  python.on('error', () => {
    failed = true;
  });
  t.after(() => python.kill());
  let received = '';
  python.stdout?.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  const now = new Date(2026, 0, 5, 3, 4, 9).getTime();
  const log = new DaemonLog({ syslogPath: socket, now: () => now });
  log.configure([{ to: 'syslog', name: 'my router', classes: LOG_CLASSES }]);
  await eventually('somebody listens', () => failed || fs.existsSync(socket), 10_000);
  if (failed) return t.skip('python3 is not installed');
  log.write('error', 'it broke');
  log.write('auth', 'who is it');
  await eventually('both arrive', () => received.split('\n').length === 3);
  const [first, second] = received.split('\n');
  assert.match(first!, new RegExp(`^<27>Jan  5 03:04:09 my_router\\[${process.pid}\\]: \\{.*"msg":"it broke".*\\}$`));
  assert.match(second!, /^<29>/);
  await log.close();
});

test('without syslog lines are lost and counted, nothing else', () => {
  const log = new DaemonLog({ syslogPath: '/nonexistent/log' });
  log.configure([{ to: 'syslog', name: undefined, classes: LOG_CLASSES }]);
  for (let i = 0; i < 100; i++) log.write('info', 'x');
  assert.equal(log.lost, 100);
  assert.equal(UnixDatagram.connect(`/${'x'.repeat(200)}`), undefined);
});

test('a collector gets RFC 5424 datagrams', async (t) => {
  const collector = dgram.createSocket('udp4');
  t.after(() => collector.close());
  await new Promise<void>((resolve) => collector.bind(0, '127.0.0.1', resolve));
  const received = new Promise<string>((resolve) =>
    collector.once('message', (message) => resolve(message.toString())),
  );
  const log = new DaemonLog({ now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678) });
  const address = parseIp('127.0.0.1') as Ip;
  log.configure([{ to: 'udp', address, port: collector.address().port, classes: LOG_CLASSES }]);
  log.write('warning', 'look');
  assert.match(
    await received,
    new RegExp(`^<28>1 2026-01-02T03:04:05\\.678Z \\S+ peregrined ${process.pid} warning - \\{.*"msg":"look".*\\}$`),
  );
  await log.close();
});

// ------------------------------------------------------------------------------------------------------ rate limit

interface Written {
  readonly logClass: LogClass;
  readonly text: string;
}

function limiter(options: { burst: number; intervalMs: number; maxBuckets?: number }) {
  const written: Written[] = [];
  const clock = { now: 0 };
  const log = { write: (logClass: LogClass, text: string) => void written.push({ logClass, text }) };
  return { written, clock, limiter: new LogLimiter(log, { ...options, now: () => clock.now }) };
}

test('what is held back is never put into words', () => {
  const { written, limiter: limited } = limiter({ burst: 2, intervalMs: 1000 });
  let made = 0;
  const text = () => `made ${++made}`;
  const fields = () => ({ made: ++made });
  for (let i = 0; i < 10; i++) limited.write('peer1', 'malformed', 'remote', text, fields);
  assert.deepEqual(
    written.map((entry) => entry.text),
    ['made 1', 'made 3'],
  );
  assert.equal(made, 4);
});

test('the first messages pass, the rest is counted and told with the next that passes', () => {
  const { written, clock, limiter: limited } = limiter({ burst: 3, intervalMs: 1000 });
  for (let i = 0; i < 10; i++) limited.write('peer1', 'malformed', 'remote', `bad ${i}`);
  limited.write('peer2', 'malformed', 'remote', 'other peer');
  limited.write('peer1', 'limit', 'warning', 'other kind');
  assert.deepEqual(
    written.map((entry) => entry.text),
    ['bad 0', 'bad 1', 'bad 2', 'other peer', 'other kind'],
  );
  clock.now += 1000;
  assert.equal(limited.write('peer1', 'malformed', 'remote', 'bad again'), true);
  assert.equal(limited.write('peer1', 'malformed', 'remote', 'and again'), false);
  assert.equal(written.at(-1)!.text, 'bad again (7 similar ones suppressed)');
  assert.equal(limited.suppressed, 8);
  limited.close();
});

test('a count that nobody asks for is told by itself', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { written, clock, limiter: limited } = limiter({ burst: 2, intervalMs: 1000 });
  for (let i = 0; i < 5; i++) limited.write('peer1', 'malformed', 'remote', 'bad');
  clock.now += 2000;
  t.mock.timers.tick(2000);
  assert.deepEqual(written.at(-1), { logClass: 'remote', text: 'peer1: 3 messages suppressed (malformed)' });
  assert.equal(written.length, 3);
  clock.now += 10_000;
  t.mock.timers.tick(10_000);
  assert.equal(written.length, 3, 'told once');
  limited.close();
});

test('many subjects do not make it grow', () => {
  const { written, limiter: limited } = limiter({ burst: 1, intervalMs: 1000, maxBuckets: 10 });
  for (let i = 0; i < 1000; i++) {
    limited.write(`10.0.0.${i}`, 'connect', 'info', 'hello');
    limited.write(`10.0.0.${i}`, 'connect', 'info', 'hello');
  }
  // Each subject has its one message; those that were forgotten had their count told.
  assert.equal(written.filter((entry) => entry.text === 'hello').length, 1000);
  assert.equal(written.filter((entry) => entry.text.includes('1 messages suppressed')).length, 990);
  limited.close();
});

test('an hour of a flood is less than ten megabytes', () => {
  const { written, clock, limiter: limited } = limiter({ burst: 5, intervalMs: 10_000 });
  for (let second = 0; second < 3600; second++) {
    clock.now += 1000;
    for (let i = 0; i < 100; i++) limited.write('peer1', 'malformed', 'remote', 'x'.repeat(200));
  }
  assert.ok(written.reduce((sum, entry) => sum + entry.text.length + 200, 0) < 10_000_000);
  assert.ok(written.length < 500);
  limited.close();
});
