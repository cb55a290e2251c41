/**
 * Loaded into our daemon in front of its own code (`node --import`): measures the longest stretch without a turn of the
 * event loop. SIGUSR2 writes the result where PEREGRINE_TURNS says and starts the measure anew.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const path = process.env['PEREGRINE_TURNS'];
if (path !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  process.on('SIGUSR2', () => {
    writeFileSync(path, JSON.stringify({ maxMs: delay.max / 1e6, p99Ms: delay.percentile(99) / 1e6 }));
    delay.reset();
  });
}
