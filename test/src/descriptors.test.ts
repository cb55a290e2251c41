/**
 * A daemon that has run out of file descriptors: whoever is there stays, it says what is the matter, and it goes on as
 * before when descriptors are back.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LabProcess, run, until } from '../../src/lab/namespace.ts';
import { ControlClient } from '../support/control-client.ts';
import { Crowd } from '../support/crowd.ts';
import { DAEMON } from '../support/programs.ts';
import { scratch } from '../support/scratch.ts';

const LIMIT = 96;
const SESSIONS = 12;
/** Neighbours that come when nothing is left. */
const LATE = 4;
const ADDRESS = '127.79.0.1';
const PORT = 26_000 + (process.pid % 3000);

it('without descriptors sessions go on, and so does everything when there are some', { timeout: 90_000 }, async () => {
  const folder = scratch('descriptors');
  const socket = join(folder.path, 'ctl');
  const file = join(folder.path, 'conf');
  const log = join(folder.path, 'log');
  writeFileSync(
    file,
    `router id 10.255.0.1; log "${log}" all; protocol device {}
     protocol static hops { ipv4; route 192.0.2.0/24 blackhole; }
     protocol bgp clients {
       local ${ADDRESS} port ${PORT} as 65001; neighbor range 127.79.0.0/16 as 65001; strict bind; direct; rr client;
       hold time 6; ipv4 { import all; export where source = RTS_BGP; gateway recursive; };
     }`,
  );
  const words = [DAEMON, '-f', '-c', file, '-s', socket];
  const daemon = new LabProcess('peregrined', spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] }));
  const crowds: Crowd[] = [];
  const crowd = (count: number, network: string): Crowd => {
    const place = { network, remote: ADDRESS, port: PORT, nextHop: '192.0.2.1' };
    const made = new Crowd({ ...place, count, as: 65001, holdTime: 6, prefixes: 2 });
    crowds.push(made);
    return made;
  };
  const clients: Socket[] = [];
  const open = (): number => readdirSync(`/proc/${daemon.pid}/fd`).length;
  try {
    const control = await until('the control socket answers', () => ControlClient.open(socket).catch(() => undefined));
    // Loading its modules takes more of them for a moment.
    await run('prlimit', ['--pid', String(daemon.pid), `--nofile=${LIMIT}:${LIMIT}`]);
    const there = crowd(SESSIONS, '127.79.1.0');
    await until('all sessions are up', async () => (await there.report()).established === SESSIONS);
    const before = open();
    // More clients than there are descriptors; the control socket would take five hundred.
    for (let i = 0; i < 2 * LIMIT; i++) {
      const client = connect(socket);
      client.on('error', () => {});
      clients.push(client);
    }
    await until('descriptors are used up', () => open() >= LIMIT - 1);
    const late = crowd(LATE, '127.79.2.0');
    await until('it is told', () => readFileSync(log, 'utf8').includes('File descriptors run short'), 20_000);
    // Two hold times.
    await delay(12_000);
    assert.deepEqual((await there.report()).lost, []);
    assert.match((await control.show('show status')).join('\n'), /Daemon is up/);
    assert.ok((await late.report()).established < LATE);
    for (const client of clients.splice(0)) client.destroy();
    await until('descriptors are back', () => open() < before + 8, 5_000);
    await until('those who waited are let in', async () => (await late.report()).established === LATE, 10_000);
    const again = await ControlClient.open(socket);
    assert.match((await again.show('show status')).join('\n'), /Daemon is up/);
    again.close();
    control.close();
    assert.deepEqual((await there.report()).lost, []);
    assert.doesNotMatch(readFileSync(log, 'utf8'), /"class":"(?:bug|fatal)"/);
  } finally {
    for (const client of clients) client.destroy();
    await Promise.all(crowds.map((one) => one.end()));
    await daemon.stop('SIGTERM');
    folder.remove();
  }
});
