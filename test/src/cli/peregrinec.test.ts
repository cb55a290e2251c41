/** The client as a program. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { CLIENT } from '../../support/programs.ts';
import { calicoNode } from '../control/calico-node.ts';
import { nodeA } from '../control/node-a.ts';
import { eventually, startServer, temporaryFolder } from '../control/raw-client.ts';

interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

function run(
  args: readonly string[],
  options: { input?: string; cwd?: string; env?: NodeJS.ProcessEnv; program?: string } = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [options.program ?? CLIENT, ...args],
      { timeout: 20_000, cwd: options.cwd, env: { ...process.env, ...options.env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) =>
        resolve({ stdout, stderr, status: error === null ? 0 : ((error as { code?: number }).code ?? null) }),
    );
    child.stdin!.end(options.input ?? '');
  });
}

test('one command is run, and its code decides about the exit status', async (t) => {
  const server = await startServer(t, nodeA());
  const peregrinec = (...args: string[]): Promise<Finished> => run(['-s', server.path, ...args]);
  assert.deepEqual(await peregrinec('sh', 'ro', 'for', '10.100.5.5'), {
    stdout: 'BIRD 2.0.12 ready.\nTable master4:\n10.100.0.0/16        blackhole [static4 01:03:21.366] * (210)\n',
    stderr: '',
    status: 0,
  });
  assert.deepEqual(await peregrinec('-v', 'show route 9.9.9.0/24'), {
    stdout: '0001 BIRD 2.0.12 ready.\n8001 Network not found\n',
    stderr: '',
    status: 1,
  });
  assert.deepEqual(await peregrinec('-r', 'configure'), {
    stdout: 'BIRD 2.0.12 ready.\nAccess restricted\nAccess denied\n',
    stderr: '',
    status: 1,
  });
  assert.deepEqual(await peregrinec('show', 'foo'), {
    stdout: "BIRD 2.0.12 ready.\nNo such command. Press `?' for help.\n",
    stderr: '',
    status: 1,
  });
  const ambiguous = await peregrinec('sh', 'sta');
  assert.match(
    ambiguous.stdout,
    /^Ambiguous command, possible expansions are:\nshow status .*\nshow static \[<protocol>\] /m,
  );
  assert.equal(ambiguous.status, 1);
  assert.equal((await peregrinec('eval', '-1')).status, 1, 'options of the command are not ours');
});

test('with --json the output is one JSON value', async (t) => {
  const server = await startServer(t, nodeA());
  const ask = async (...args: string[]): Promise<unknown> => {
    const { stdout } = await run(['--json', '-s', server.path, ...args]);
    return JSON.parse(stdout);
  };
  assert.equal(((await ask('show', 'route')) as unknown[]).length, 24);
  assert.equal(((await ask('show', 'status')) as { routerId: string }).routerId, '10.0.0.1');
  assert.deepEqual(await ask('show', 'protocols', '"zz*"'), { error: { code: 8003, text: 'No protocols match' } });
  const restricted = await run(['--json', '-r', '-s', server.path, 'down']);
  assert.deepEqual(JSON.parse(restricted.stdout), { error: { code: 8007, text: 'Access denied' } });
  assert.equal(restricted.status, 1);
});

test('the socket is found by option, by environment, and in the folder', async (t) => {
  const folder = temporaryFolder(t);
  const server = await startServer(t, nodeA(), { path: path.join(folder, 'peregrine.ctl') });
  assert.equal((await run(['-l', 'eval', '1'], { cwd: folder })).stdout, 'BIRD 2.0.12 ready.\n1\n');
  assert.equal((await run(['eval', '1'], { env: { PEREGRINE_SOCKET: server.path } })).status, 0);
  const missing = await run(['-s', path.join(folder, 'none'), 'eval', '1']);
  assert.deepEqual(missing, {
    stdout: '',
    stderr: `Unable to connect to server control socket (${folder}/none): No such file or directory\n`,
    status: 1,
  });
});

test('without a terminal, lines of the input are commands', async (t) => {
  const host = nodeA();
  const server = await startServer(t, host);
  const { stdout, status } = await run(['-s', server.path], {
    input: 'eval 1\n\nfoo\nshow route ?\nenable ebgp_c\nquit\neval 2\n',
  });
  assert.equal(status, 0);
  const lines = stdout.split('\n');
  assert.deepEqual(lines.slice(0, 3), ['BIRD 2.0.12 ready.', '1', "No such command. Press `?' for help."]);
  assert.match(lines[3]!, /^show route \[<prefix>/);
  assert.deepEqual(lines.slice(4), ['ebgp_c: enabled', '']);
  assert.deepEqual(host.calls, ['enable ebgp_c']);
});

test('messages of the log are shown while nothing is asked, and the end of the server is said', async (t) => {
  const host = nodeA();
  const server = await startServer(t, host);
  const child = spawn(process.execPath, [CLIENT, '-s', server.path]);
  t.after(() => child.kill());
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.write('echo all\n');
  await eventually('it listens', () => host.listenerCount === 1, 10_000);
  host.log('info', 'something happened');
  await eventually('the message is shown', () => stdout.includes('>>> something happened\n'));
  await server.close();
  await eventually('it ends', () => child.exitCode !== null);
  assert.equal(child.exitCode, 1);
  assert.equal(stderr, 'Connection closed by server\n');
});

test('a reader that has enough ends a long reply', async (t) => {
  const server = await startServer(t, nodeA());
  const child = spawn(process.execPath, [CLIENT, '-s', server.path, 'show', 'route', 'all']);
  t.after(() => child.kill());
  child.stdout.destroy();
  await eventually('it ends', () => child.exitCode !== null, 10_000);
  assert.equal(child.exitCode, 0);
});

test('what is not one of our servers is shown as strange', async (t) => {
  const file = path.join(temporaryFolder(t), 'x');
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.write('hello\n0001 BIRD 1 ready.\n');
    socket.on('data', () => socket.write('\u001b[31mwhat\n0023 ok\n'));
  });
  await new Promise<void>((resolve) => server.listen(file, resolve));
  t.after(() => server.close());
  const { stdout } = await run(['-s', file, 'eval', '1']);
  assert.equal(stdout, '??? <hello>\nBIRD 1 ready.\n??? <\\x1b[31mwhat>\nok\n');
});

test('help and version are options', async () => {
  const help = await run(['--help']);
  assert.match(help.stdout, /--socket <path>/);
  const { version } = JSON.parse(
    fs.readFileSync(path.resolve(import.meta.dirname, '../../../../package.json'), 'utf8'),
  ) as { version: string };
  assert.equal((await run(['--version'])).stdout, `${version}\n`);
  assert.equal((await run(['--nonsense'])).status, 1);
});

test('called birdcl it does as the client of BIRD 1: probes look at the greeting and at the status alone', async (t) => {
  const server = await startServer(t, calicoNode(), { version: 'v0.3.3+birdv1.6.8' });
  const folder = temporaryFolder(t);
  const birdcl = (name: string, ...args: string[]): Promise<Finished> => {
    const program = path.join(folder, name);
    if (!fs.existsSync(program)) fs.symlinkSync(CLIENT, program);
    return run(args, { program, cwd: folder });
  };
  const status = await birdcl('birdcl', '-s', server.path, 'show', 'status');
  assert.equal(status.status, 0);
  assert.match(status.stdout, /^BIRD v0\.3\.3\+birdv1\.6\.8 ready\.\nBIRD v0\.3\.3\+birdv1\.6\.8\nRouter ID is /);
  // What the daemon refuses, and words that nobody knows, are no failures.
  assert.deepEqual(await birdcl('birdcl', '-s', server.path, 'show', 'route', '10.99.0.0/16'), {
    stdout: 'BIRD v0.3.3+birdv1.6.8 ready.\nNetwork not in table\n',
    stderr: '',
    status: 0,
  });
  assert.deepEqual(await birdcl('birdcl6', '-s', server.path, '-v', 'sh', 'pro', 'nosuch'), {
    stdout: '0001 BIRD v0.3.3+birdv1.6.8 ready.\n9002 nosuch is not a protocol\n',
    stderr: '',
    status: 0,
  });
  assert.equal((await birdcl('birdcl', '-s', server.path, 'show', 'foo')).status, 0);
  // Nobody there: that is one. Without -s each name has a socket of its own.
  const gone = await birdcl('birdcl', '-s', path.join(folder, 'none.ctl'), 'show', 'status');
  assert.equal(gone.status, 1);
  assert.match(
    gone.stderr,
    /^Unable to connect to server control socket \(.*none\.ctl\): No such file or directory\n$/,
  );
  assert.match((await birdcl('birdcl', '--help')).stdout, /\/var\/run\/calico\/bird\.ctl/);
  assert.match((await birdcl('birdcl6', '--help')).stdout, /\/var\/run\/calico\/bird6\.ctl/);
  assert.match((await birdcl('birdcl6', '-l', 'show', 'status')).stderr, /\(bird6\.ctl\)/);
  const talk = await run(['-s', server.path], { program: path.join(folder, 'birdcl'), input: 'show static\nquit\n' });
  assert.equal(talk.status, 0);
  assert.match(talk.stdout, /^10\.65\.2\.0\/26 blackhole$/m);
});
