/** The watchdog: it names the task that took too long, and ends a process that is stuck. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import type { LogClass } from '../../../config/index.ts';
import { LoopWatchdog } from '../../../src/monitor/loop-watchdog.ts';
import { eventually } from '../control/raw-client.ts';

const MODULE = path.resolve(import.meta.dirname, '../../../src/monitor/loop-watchdog.js');

function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('a long turn is logged with the task that ran last', async () => {
  const lines: string[] = [];
  const log = {
    write: (logClass: LogClass, text: string, fields?: Readonly<Record<string, unknown>>) =>
      void lines.push(`${logClass} ${text} ${String(fields?.['task'])}`),
  };
  let task = '';
  const watchdog = new LoopWatchdog({ log, currentTask: () => task });
  watchdog.configure(200, 0);
  await new Promise((resolve) => setTimeout(resolve, 100));
  task = 'table master4';
  busy(450);
  await eventually('it is said', () => lines.some((line) => line.includes('table master4')));
  watchdog.close();
  const line = lines.find((entry) => entry.includes('table master4'))!;
  const match = /^warning A turn of the event loop took (\d+) ms, last task: table master4 table master4$/.exec(line);
  assert.ok(match !== null, line);
  assert.ok(Number(match[1]) > 200 && Number(match[1]) < 5000);
  assert.ok(watchdog.worstMs > 200);
  assert.ok(watchdog.warnings >= 1);
});

test('switched off it says nothing and keeps no process alive', async () => {
  const watchdog = new LoopWatchdog({ log: { write: () => assert.fail('nothing to say') }, currentTask: () => '' });
  watchdog.configure(0, 0);
  busy(100);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(watchdog.warnings, 0);
  watchdog.close();
});

const PROGRAM = (timeoutMs: number, body: string): string => `
import { LoopWatchdog } from ${JSON.stringify(MODULE)};
const watchdog = new LoopWatchdog({ log: { write() {} }, currentTask: () => 'x' });
watchdog.configure(0, ${timeoutMs});
${body}
`;

function runProgram(text: string): Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stderr });
    });
  });
}

test('a thread that is stuck ends with SIGABRT and a last line', async () => {
  const { signal, stderr } = await runProgram(PROGRAM(500, 'setTimeout(() => { for (;;); }, 300);'));
  assert.equal(signal, 'SIGABRT');
  const line = JSON.parse(stderr.split('\n')[0]!) as { level: number; class: string; msg: string };
  assert.equal(line.level, 60);
  assert.match(line.msg, /^Watchdog timeout: the main thread has been busy for \d+ ms$/);
});

test('a thread that is only busy now and then lives on', async () => {
  const body = `
let rounds = 0;
const again = () => {
  const end = performance.now() + 150;
  while (performance.now() < end);
  if (++rounds === 6) { watchdog.close(); process.exitCode = 7; } else setTimeout(again, 20);
};
again();`;
  assert.deepEqual(await runProgram(PROGRAM(2000, body)), { code: 7, signal: null, stderr: '' });
});
