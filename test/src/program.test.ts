/** The daemons under the names of Calico: flags, exit codes, what stands on standard error, signals, process names. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Lab, type LabNode, type LabProcess, type RunResult, tryRun, until } from '../../src/lab/namespace.ts';
import { programCalled } from '../../src/program.ts';
import { whyNot } from '../support/peers/peer.ts';
import { COMPAT, DAEMON } from '../support/programs.ts';
import { scratch } from '../support/scratch.ts';

const VERSION = /^BIRD version v0\.3\.3\+birdv1\.6\.8\S*\n$/;
const GOOD = 'router id 192.0.2.1;\nprotocol device { scan time 2; }\n';

const program = (name: string): string => join(COMPAT, name);
const said = (name: string, ...args: string[]): Promise<RunResult> => tryRun(program(name), args);

describe('a daemon', () => {
  it('is what it is called', () => {
    const facts = (path: string): unknown[] => {
      const { dialect, family, config, socket, localConfig, localSocket, prefix } = programCalled(path);
      return [dialect, family, config, socket, localConfig, localSocket, prefix];
    };
    assert.deepEqual(facts('/usr/bin/bird'), [
      ...['bird1', 'ipv4', '/etc/bird.conf', '/var/run/calico/bird.ctl', 'bird.conf', 'bird.ctl', 'bird: '],
    ]);
    assert.deepEqual(facts('bird6'), [
      ...['bird1', 'ipv6', '/etc/bird6.conf', '/var/run/calico/bird6.ctl', 'bird6.conf', 'bird6.ctl', 'bird: '],
    ]);
    for (const path of ['/work/dist/src/main.js', 'peregrined', '', 'birdc']) {
      assert.deepEqual(facts(path).slice(0, 2), ['bird2', undefined]);
    }
  });
});

describe('bird and bird6', () => {
  const files = scratch('program');
  const config = join(files.path, 'bird.cfg');
  const check = async (name: string, text: string): Promise<RunResult> => {
    writeFileSync(config, text);
    return said(name, '-p', '-c', config);
  };
  after(() => files.remove());

  it('say their version on standard error', async () => {
    for (const name of ['bird', 'bird6']) {
      const { status, stdout, stderr } = await said(name, '--version');
      assert.deepEqual([status, stdout], [0, '']);
      assert.match(stderr, VERSION);
    }
  });

  it('check files without a word, or with the place of the mistake', async () => {
    assert.deepEqual(await check('bird', GOOD), { status: 0, stdout: '', stderr: '' });
    assert.deepEqual(await check('bird6', GOOD), { status: 0, stdout: '', stderr: '' });
    const wrong = await check('bird', `${GOOD}protocol static { route 10.0.0.1/8 blackhole; }\n`);
    assert.equal(wrong.status, 1);
    assert.equal(wrong.stdout, '');
    assert.equal(
      wrong.stderr.split('\n')[0],
      `bird: ${config}:3:25 Invalid IPv4 prefix 10.0.0.1/8, maybe you wanted 10.0.0.0/8`,
    );
    const other = await check('bird6', `${GOOD}protocol static { route 10.0.0.0/8 blackhole; }\n`);
    assert.equal(other.status, 1);
    assert.match(other.stderr, /^bird: \S+:3:25 syntax error/);
  });

  it('tell how they are used, and end with 1, for flags that nobody has', async () => {
    const { status, stderr } = await said('bird', '-x');
    assert.equal(status, 1);
    assert.match(stderr, /unknown option '-x'[\s\S]*Usage: bird /);
    const help = await said('bird', '--help');
    assert.deepEqual([help.status, help.stdout], [0, '']);
    assert.match(help.stderr, /^Usage: bird /);
  });

  it('cannot start without a file', async () => {
    const missing = join(files.path, 'missing.cfg');
    const { status, stderr } = await said('bird', '-d', '-c', missing, '-s', join(files.path, 'x.ctl'));
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`^bird: Unable to open configuration file ${missing}: `));
  });

  it('have clients that tell when nobody answers', async () => {
    for (const name of ['birdcl', 'birdcl6']) {
      const { status, stderr } = await said(name, '-s', join(files.path, 'none.ctl'), 'show', 'status');
      assert.equal(status, 1);
      assert.match(stderr, /none\.ctl/);
    }
  });
});

describe('running as bird', { skip: whyNot() ?? false }, () => {
  const lab = new Lab('pgb');
  const files = scratch('running');
  const config = join(files.path, 'bird.cfg');
  const socket = join(files.path, 'bird.ctl');
  let node: LabNode;

  before(async () => {
    node = await lab.node('n');
    writeFileSync(config, GOOD);
  });
  after(async () => {
    await lab.destroy();
    files.remove();
  });

  const answers = async (): Promise<boolean> => (await said('birdcl', '-s', socket, 'show', 'status')).status === 0;
  const start = async (...flags: string[]): Promise<LabProcess> => {
    const started = node.start('bird', program('bird'), ['-R', '-s', socket, '-d', '-c', config, ...flags]);
    await until('it answers', async () => {
      if (started.exited) throw new Error(started.output);
      return answers();
    });
    return started;
  };

  it('is found by its name, and answers on a socket that others may not open', async () => {
    const daemon = await start();
    assert.equal(readFileSync(`/proc/${daemon.pid}/cmdline`, 'latin1').split('\0')[0], 'bird');
    assert.equal(readFileSync(`/proc/${daemon.pid}/comm`, 'latin1'), 'bird\n');
    assert.equal(statSync(socket).mode & 0o777, 0o660);
    assert.equal(await daemon.stop('SIGTERM'), 0);
    assert.ok(!existsSync(socket));
    assert.match(daemon.output, /bird: Shutting down\n[\s\S]*bird: Shutdown completed\n$/);
    assert.ok(daemon.output.split('\n').every((line) => line === '' || line.startsWith('bird: ')));
  });

  it('does not start beside another one, but in the place of one that died', async () => {
    const first = await start();
    const second = node.start('bird', program('bird'), ['-d', '-s', socket, '-c', config]);
    assert.equal(await second.ended, 1);
    assert.equal(second.output, 'bird: I found another BIRD running.\n');
    assert.ok(await answers());
    await first.stop('SIGKILL');
    assert.ok(existsSync(socket));
    const third = await start();
    assert.equal(await third.stop('SIGTERM'), 0);
    // Something that listens but says nothing is alive, too.
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(socket, resolve));
    const fourth = node.start('bird', program('bird'), ['-d', '-s', socket, '-c', config]);
    assert.equal(await fourth.ended, 1);
    await new Promise((resolve) => mute.close(resolve));
  });

  it('dies of an interrupt without a word', async () => {
    const daemon = await start();
    // 128: ended by a signal.
    assert.equal(await daemon.stop('SIGINT'), 128);
    assert.doesNotMatch(daemon.output, /Shutting down/);
  });

  it('writes its inside to the log, and reads its file again, when told so', async () => {
    const daemon = await start();
    daemon.child.kill('SIGUSR1');
    await until('the dump is there', () => /bird: .*device1/.test(daemon.output));
    writeFileSync(config, 'protocol device { scan tim 2; }\n');
    daemon.child.kill('SIGHUP');
    await until('the mistake is told', () =>
      /bird: Reconfiguration requested by SIGHUP\nbird: \S+bird\.cfg:1:24 syntax error/.test(daemon.output),
    );
    writeFileSync(config, `${GOOD}protocol static { route 192.0.2.0/24 blackhole; }\n`);
    daemon.child.kill('SIGHUP');
    await until('the file is taken', () =>
      /bird: Reconfiguring\n[\s\S]*bird: Adding protocol static1\n[\s\S]*bird: Reconfigured\n/.test(daemon.output),
    );
    writeFileSync(config, GOOD);
    daemon.child.kill('SIGHUP');
    await until('the route is gone', () => daemon.output.includes('bird: Removing protocol static1\n'));
    assert.equal(await daemon.stop('SIGTERM'), 0);
  });

  it('goes to the background where nothing is said, and is found there', async () => {
    const pidFile = join(files.path, 'bird.pid');
    writeFileSync(config, `log "${join(files.path, 'bird.log')}" all;\n${GOOD}`);
    const { status } = await node.tryRun(program('bird'), ['-s', socket, '-c', config, '-P', pidFile]);
    assert.equal(status, 0);
    const pid = Number(readFileSync(pidFile, 'latin1'));
    assert.equal(readFileSync(`/proc/${pid}/comm`, 'latin1'), 'bird\n');
    assert.ok(await answers());
    process.kill(pid, 'SIGTERM');
    await until('it has ended', () => !existsSync(socket));
    await until('its number is free', () => !existsSync(pidFile));
  });
});

describe('peregrined and its files', { skip: whyNot() ?? false }, () => {
  const lab = new Lab('pgf');
  const files = scratch('files');
  const config = join(files.path, 'peregrine.conf');
  const socket = join(files.path, 'peregrine.ctl');
  const pidFile = join(files.path, 'peregrine.pid');
  const log = join(files.path, 'peregrine.log');
  let node: LabNode;

  before(async () => {
    node = await lab.node('n');
    // A user who is not root may pass through, and no more.
    chmodSync(files.path, 0o755);
    writeFileSync(config, `log "${log}" all;\n${GOOD}`);
  });
  after(async () => {
    await lab.destroy();
    files.remove();
  });

  const launch = (...flags: string[]): LabProcess =>
    node.start('peregrined', process.execPath, [DAEMON, '-f', '-c', config, '-s', socket, '-P', pidFile, ...flags]);
  const start = async (...flags: string[]): Promise<LabProcess> => {
    const started = launch(...flags);
    await until('it answers', async () => {
      if (started.exited) throw new Error(started.output);
      return (await tryRun('birdc', ['-s', socket, 'show', 'status'])).status === 0;
    });
    return started;
  };
  const number = (): string => readFileSync(pidFile, 'latin1').trim();

  it('a second start leaves the number of the first one alone', async () => {
    const first = await start();
    assert.equal(number(), String(first.pid));
    const second = launch();
    assert.equal(await second.ended, 1);
    assert.match(second.output, /another daemon is listening on it/);
    assert.equal(number(), String(first.pid));
    assert.equal(await first.stop('SIGTERM'), 0);
    assert.deepEqual([existsSync(pidFile), existsSync(socket)], [false, false]);
  });

  it('a start that fails leaves nothing behind', async () => {
    const failed = node.start('peregrined', process.execPath, [
      ...[DAEMON, '-f', '-c', config, '-s', socket, '-P', join(files.path, 'missing', 'pid')],
    ]);
    assert.equal(await failed.ended, 1);
    assert.match(failed.output, /ENOENT/);
    assert.equal(existsSync(socket), false);
  });

  it('another user may have its folders or not: it starts, logs, programs routes, and ends in order', async () => {
    rmSync(log, { force: true });
    writeFileSync(
      config,
      `log "${log}" all;\n${GOOD}protocol kernel { ipv4 { export all; }; }
      protocol static { ipv4; route 192.0.2.0/24 blackhole; }\n`,
    );
    const daemon = await start('-u', 'nobody', '-g', 'nogroup');
    const owner = statSync(`/proc/${daemon.pid}`);
    assert.notEqual(owner.uid, 0);
    assert.equal(number(), String(daemon.pid));
    assert.deepEqual([statSync(socket).uid, statSync(log).uid], [owner.uid, owner.uid]);
    await until('the route is in the kernel', async () => (await node.ip('route')).includes('192.0.2.0/24'));
    writeFileSync(config, readFileSync(config, 'utf8').replace('192.0.2.0/24', '198.51.100.0/24'));
    daemon.child.kill('SIGHUP');
    await until('the new route is there', async () => (await node.ip('route')).includes('198.51.100.0/24'));
    await until('the log says so', () => readFileSync(log, 'utf8').includes('Reconfigured'));
    assert.equal(await daemon.stop('SIGTERM'), 0);
    // The folder is root's: what cannot be removed names nobody, and the next start takes its place.
    assert.equal(number(), '');
    const next = await start();
    assert.equal(number(), String(next.pid));
    assert.equal(await next.stop('SIGTERM'), 0);
  });
});
