/** The client at a terminal, which `script` of util-linux makes. */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { CLIENT } from '../../support/programs.ts';
import { nodeA } from '../control/node-a.ts';
import { eventually, startServer, temporaryFolder } from '../control/raw-client.ts';

const NO_SCRIPT: string | false =
  spawnSync('script', ['--version']).error === undefined ? false : 'script (util-linux) is not installed';

/** What the terminal shows, and a keyboard. */
class Terminal {
  shown = '';
  readonly #child: ChildProcessWithoutNullStreams;

  constructor(t: TestContext, socket: string, home: string) {
    const command = `stty rows 10 cols 200; exec ${process.execPath} ${CLIENT} -s ${socket}`;
    this.#child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, HOME: home, TERM: 'xterm' },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.shown += text;
    });
    t.after(() => this.#child.kill('SIGKILL'));
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  async sees(text: string): Promise<void> {
    await eventually(`the terminal shows ${JSON.stringify(text)}`, () => this.shown.includes(text), 10_000).catch(
      (error: Error) => {
        throw new Error(`${error.message} in ${JSON.stringify(this.shown.slice(-600))}`);
      },
    );
    this.shown = this.shown.slice(this.shown.indexOf(text) + text.length);
  }

  ended(): Promise<void> {
    return eventually('it ends', () => this.#child.exitCode !== null, 10_000);
  }
}

test('a person gets editing, completion, help, pages and history', { skip: NO_SCRIPT }, async (t) => {
  const host = nodeA();
  const server = await startServer(t, host);
  const home = temporaryFolder(t);
  const terminal = new Terminal(t, server.path, home);
  await terminal.sees('BIRD 2.0.12 ready.');
  await terminal.sees('peregrine> ');
  // A Tab that comes together with text is taken as pasted.
  terminal.type('sho');
  await terminal.sees('sho');
  terminal.type('\t');
  await terminal.sees('w ');
  terminal.type('statu');
  await terminal.sees('statu');
  terminal.type('\t');
  await terminal.sees('s ');
  terminal.type('\r');
  await terminal.sees('Daemon is up and running');
  await terminal.sees('peregrine> ');
  terminal.type('show protocols Mesh');
  await terminal.sees('Mesh');
  terminal.type('\t');
  await terminal.sees('_10_0_0_2');
  terminal.type('\r');
  await terminal.sees('Established');
  await terminal.sees('peregrine> ');
  terminal.type('reload ?');
  await terminal.sees('reload in <protocol>');
  await terminal.sees('peregrine> reload ');
  terminal.type('in ebgp_c\r');
  await terminal.sees('ebgp_c: reloading');
  await terminal.sees('peregrine> ');
  host.log('info', 'unseen');
  terminal.type('echo all\r');
  await eventually('it listens', () => host.listenerCount === 1);
  await terminal.sees('peregrine> ');
  terminal.type('half a li');
  await terminal.sees('half a li');
  host.log('info', 'in between');
  await terminal.sees('>>> in between');
  await terminal.sees('peregrine> half a li');
  terminal.type('\u0003');
  await terminal.sees('^C');
  await terminal.sees('peregrine> ');
  terminal.type('show route\r');
  await terminal.sees('--More--');
  terminal.type(' ');
  await terminal.sees('--More--');
  terminal.type('q');
  await terminal.sees('peregrine> ');
  terminal.type('\u001b[A\u001b[A\u001b[A\r');
  await terminal.sees('ebgp_c: reloading');
  terminal.type('quit\r');
  await terminal.ended();
  const history = fs.readFileSync(path.join(home, '.peregrinec_history'), 'utf8').split('\n');
  assert.ok(history.includes('show route') && history.includes('show protocols Mesh_10_0_0_2 '), history.join('|'));
  assert.equal(fs.statSync(path.join(home, '.peregrinec_history')).mode & 0o777, 0o600);
});

test('end of input and Ctrl-C on an empty line leave', { skip: NO_SCRIPT }, async (t) => {
  const server = await startServer(t, nodeA());
  for (const key of ['\u0004', '\u0003']) {
    const terminal = new Terminal(t, server.path, temporaryFolder(t));
    await terminal.sees('peregrine> ');
    terminal.type(key);
    await terminal.ended();
  }
});
