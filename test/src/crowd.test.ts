/**
 * A reflector with a thousand neighbours of a range, at a hold time of nine seconds, while routes of some of them flap
 * all the time: no session may end. Twenty seconds of it, ten minutes in the long mode.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LabProcess, until } from '../../src/lab/namespace.ts';
import { descriptorUse } from '../../src/net/descriptor-watch.ts';
import { ControlClient } from '../support/control-client.ts';
import { Crowd } from '../support/crowd.ts';
import { scratch } from '../support/scratch.ts';

const LONG = process.env['PEREGRINE_LONG'] === '1';
const SESSIONS = Number(process.env['PEREGRINE_SESSIONS'] ?? 1000);
const SECONDS = Number(process.env['PEREGRINE_SECONDS'] ?? (LONG ? 600 : 20));
/** Each announces so many networks and hears those of all others. */
const PREFIXES = 5;
const HOLD_TIME = 9;
const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const ADDRESS = '127.78.0.1';
const PORT = 21_000 + (process.pid % 5000);

const room = descriptorUse();
const skip = room !== undefined && room.limit < SESSIONS + 100 ? `no more than ${room.limit} descriptors` : false;

it(`${SESSIONS} sessions, ${SECONDS} s of churn, none lost`, { skip, timeout: 1_200_000 }, async (t) => {
  const folder = scratch('crowd');
  const socket = join(folder.path, 'ctl');
  const file = join(folder.path, 'conf');
  writeFileSync(
    file,
    `router id 10.255.0.1; log "${join(folder.path, 'log')}" all; watchdog warning 1 s;
     protocol device {}
     protocol static hops { ipv4; route 192.0.2.0/24 blackhole; }
     protocol bgp clients {
       local ${ADDRESS} port ${PORT} as 65001; neighbor range 127.78.0.0/16 as 65001; strict bind; direct;
       rr client; hold time ${HOLD_TIME}; dynamic limit ${SESSIONS};
       ipv4 { import all; export where source = RTS_BGP; gateway recursive; };
     }`,
  );
  const child = spawn(process.execPath, ['--enable-source-maps', MAIN, '-f', '-c', file, '-s', socket], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const daemon = new LabProcess('peregrined', child);
  let crowd: Crowd | undefined;
  try {
    const control = await until('the control socket answers', () => ControlClient.open(socket).catch(() => undefined));
    crowd = new Crowd({
      count: SESSIONS,
      network: '127.78.1.0',
      remote: ADDRESS,
      port: PORT,
      as: 65001,
      holdTime: HOLD_TIME,
      prefixes: PREFIXES,
      nextHop: '192.0.2.1',
    });
    const speakers = crowd;
    await until('all sessions are up', async () => (await speakers.report()).established === SESSIONS, 120_000, 500);
    const heardBy = async (number: number): Promise<void> => {
      speakers.mark(number);
      const all = async (): Promise<boolean> => (await speakers.report()).marked === SESSIONS - 1;
      await until(`everybody hears of mark ${number}`, all, 60_000, 200);
    };
    await heardBy(1);
    const cpu = cpuSeconds(daemon.pid);
    const memory = residentMegabytes(daemon.pid);
    const from = performance.now();
    // Ten members at a time, four times a second: 200 networks a second go and come back, at a thousand neighbours.
    speakers.churn(10, 250);
    while (performance.now() - from < SECONDS * 1000) {
      await delay(1000);
      const { lost } = await speakers.report();
      assert.deepEqual(lost, [], `after ${Math.round((performance.now() - from) / 1000)} s`);
    }
    speakers.calm();
    const seconds = (performance.now() - from) / 1000;
    const spent = cpuSeconds(daemon.pid) - cpu;
    await heardBy(2);
    const report = await speakers.report();
    assert.deepEqual([report.established, report.lost], [SESSIONS, []]);
    assert.ok(report.flaps > SECONDS * 20, `${report.flaps} flaps`);
    const routes = await control.show('show route count');
    assert.match(routes.join('\n'), new RegExp(`${SESSIONS * PREFIXES + 3} of ${SESSIONS * PREFIXES + 3} routes`));
    const log = readFileSync(join(folder.path, 'log'), 'utf8');
    const bad = log.split('\n').filter((line) => /"class":"(?:bug|fatal)"|session closed/.test(line));
    assert.deepEqual(bad, []);
    t.diagnostic(
      `${report.flaps} flaps of ${PREFIXES} networks, ${Math.round(report.octets / 1e6)} MB heard, longest silence ` +
        `${Math.round(report.longestSilenceMs)} ms; the daemon took ${Math.round((100 * spent) / seconds)} % of a core ` +
        `and ${Math.round(residentMegabytes(daemon.pid))} MB (${Math.round(memory)} before)`,
    );
    control.close();
  } finally {
    await crowd?.end();
    await daemon.stop('SIGTERM', 10_000);
    folder.remove();
  }
});

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
