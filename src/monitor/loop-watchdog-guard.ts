/**
 * The other thread of the loop watchdog: it looks at a counter that the main thread increments. If the counter stands
 * still for `timeoutMs`, the process is ended with SIGABRT, which leaves a core for whoever wants to know why.
 */
import fs from 'node:fs';
import { workerData } from 'node:worker_threads';

const { shared, timeoutMs, pid } = workerData as { shared: SharedArrayBuffer; timeoutMs: number; pid: number };
const beats = new Int32Array(shared);
/** Never notified: only a way to sleep exactly. */
const never = new Int32Array(new SharedArrayBuffer(4));

let last = Atomics.load(beats, 0);
let since = performance.now();
const step = Math.max(10, timeoutMs / 8);

for (;;) {
  const before = performance.now();
  Atomics.wait(never, 0, 0, step);
  const now = performance.now();
  const beat = Atomics.load(beats, 0);
  if (beat !== last) {
    last = beat;
    since = now;
    continue;
  }
  // The whole process was stopped (a debugger, a suspended machine): that is not the main thread's fault.
  if (now - before > 2 * step + 100) {
    since = now;
    continue;
  }
  if (now - since < timeoutMs) continue;
  const line = JSON.stringify({
    name: 'peregrined',
    pid,
    level: 60,
    class: 'fatal',
    msg: `Watchdog timeout: the main thread has been busy for ${Math.round(now - since)} ms`,
    time: new Date(),
    v: 0,
  });
  try {
    fs.writeSync(2, `${line}\n`);
  } catch {
    // Nobody reads it; the signal says enough.
  }
  process.kill(pid, 'SIGABRT');
}
