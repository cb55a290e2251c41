/** The clients that Debian ships with BIRD, talking to our socket. */
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { nodeA } from './node-a.ts';
import { eventually, startServer } from './raw-client.ts';

/** Debian puts them where only root looks. */
const PATH = `${process.env['PATH']}:/usr/sbin:/sbin`;
const ENV = { ...process.env, PATH };

function missing(program: string): string | false {
  const found = spawnSync(program, ['-?'], { env: ENV, timeout: 5000 });
  return found.error === undefined ? false : `${program} is not installed`;
}

const NO_BIRDC = missing('birdc');
const NO_BIRDCL = missing('birdcl');

interface Finished {
  readonly stdout: string;
  readonly status: number | null;
}

function run(program: string, args: readonly string[], input?: string): Promise<Finished> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { env: ENV, timeout: 10_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout) => {
        resolve({ stdout, status: error === null ? 0 : ((error as { code?: number }).code ?? null) });
      },
    );
    if (input !== undefined) child.stdin!.end(input);
  });
}

test('birdc shows replies, and its exit status follows their codes', { skip: NO_BIRDC }, async (t) => {
  const host = nodeA();
  const server = await startServer(t, host);
  const birdc = (...args: string[]): Promise<Finished> => run('birdc', ['-s', server.path, ...args]);
  assert.deepEqual(await birdc('-v', 'show', 'route', 'for', '10.100.5.5'), {
    stdout: [
      '0001 BIRD 2.0.12 ready.',
      '1007-Table master4:',
      '     10.100.0.0/16        blackhole [static4 01:03:21.366] * (210)',
      '',
    ].join('\n'),
    status: 0,
  });
  assert.deepEqual(await birdc('show', 'route', '9.9.9.0/24'), {
    stdout: 'BIRD 2.0.12 ready.\nNetwork not found\n',
    status: 1,
  });
  assert.deepEqual(await birdc('-r', 'configure'), {
    stdout: 'BIRD 2.0.12 ready.\nAccess restricted\nAccess denied\n',
    status: 1,
  });
  assert.deepEqual(await birdc('enable "*_peer"'), {
    stdout: 'BIRD 2.0.12 ready.\ndown_peer: enabled\ndisabled_peer: enabled\npassive_peer: enabled\n',
    status: 0,
  });
  assert.deepEqual(await birdc('sh', 'pro', '"ebgp*"'), {
    stdout: [
      'BIRD 2.0.12 ready.',
      'Name       Proto      Table      State  Since         Info',
      'ebgp_c     BGP        ---        up     2026-11-23 01:03:22  Established   ',
      '',
    ].join('\n'),
    status: 0,
  });
});

test('birdc takes every command for an answer', { skip: NO_BIRDC }, async (t) => {
  const host = nodeA();
  const server = await startServer(t, host);
  for (const command of [
    'show status',
    'show memory',
    'show protocols all',
    'show interfaces',
    'show interfaces summary',
    'show route all',
    'show route primary',
    'show route filtered',
    'show route export ebgp_c',
    'show route noexport ebgp_c',
    'show route preexport ebgp_c',
    'show route exported ebgp_c',
    'show route protocol ebgp_c',
    'show route in 10.0.0.0/8',
    'show route table aux4',
    'show route where source = RTS_BGP',
    'show route count',
    'show route stats',
    'show static',
    'show symbols',
    'show bfd sessions',
    'configure',
    'configure check',
    'configure soft',
    'configure timeout 5',
    'configure confirm',
    'configure undo',
    'enable ebgp_c',
    'disable ebgp_c',
    'restart ebgp_c',
    'reload ebgp_c',
    'reload in ebgp_c',
    'reload out ebgp_c',
    'debug all all',
    'mrtdump all off',
    'eval 1',
    'echo off',
    'dump routes',
    'down',
    'graceful restart',
  ]) {
    const { status, stdout } = await run('birdc', ['-s', server.path, command]);
    assert.equal(status, 0, `${command}: ${stdout}`);
    assert.doesNotMatch(stdout, /^\?\?\?/m, `${command}: birdc does not understand a line`);
  }
});

test('birdcl works through a script, and shows messages of the log', { skip: NO_BIRDCL }, async (t) => {
  const host = nodeA();
  const server = await startServer(t, host);
  const child = spawn('stdbuf', ['-oL', 'birdcl', '-s', server.path], { env: ENV });
  t.after(() => child.kill());
  // Its output goes to a pipe here, and would be kept until it ends.
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  // It looks at one line each time that something comes.
  child.stdin.write('echo all\n');
  await eventually('it listens', () => host.listenerCount === 1);
  child.stdin.write('eval 6 * 7\n');
  await eventually('the value is shown', () => output.includes('42'));
  host.log('info', 'something happened');
  await eventually('the message is shown', () => output.includes('>>> something happened'));
  child.stdin.write('quit\n');
  await eventually('it ends', () => child.exitCode !== null);
  assert.equal(child.exitCode, 0);
});

test('birdc reads lines of any kind that we write', { skip: NO_BIRDC }, async (t) => {
  const host = nodeA();
  host.statusView = { ...host.statusView, hostname: 'x'.repeat(20_000) };
  const server = await startServer(t, host);
  const { stdout, status } = await run('birdc', ['-s', server.path, '-v', 'show', 'status']);
  assert.equal(status, 0);
  assert.match(stdout, /^ {5}Hostname is x{3800,}\.\.\.$/m);
  assert.match(stdout, /^0013 Daemon is up and running$/m);
});
