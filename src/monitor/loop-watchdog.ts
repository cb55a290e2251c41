/**
 * Watches the one thread that does everything. A turn of the event loop that takes longer than `watchdog warning` is
 * logged with the task that ran; a thread that is stuck for longer than `watchdog timeout` ends the process, so that a
 * supervisor starts it again: sessions that are kept open by a daemon that cannot think are worse than none.
 *
 * The warning needs no help: a timer that fires late tells how long the turn was. The timeout does: a stuck thread
 * cannot end itself, so a worker watches a counter that the timer increments (loop-watchdog-guard.ts).
 */
import { Worker } from 'node:worker_threads';
import type { Log } from '../protocol/log.ts';

export interface LoopWatchdogOptions {
  readonly log: Log;
  /** Name of the task that runs now or ran last (the scheduler knows). */
  readonly currentTask: () => string;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** Shortest and longest time between two looks. */
const MIN_TICK_MS = 20;
const MAX_TICK_MS = 500;

export class LoopWatchdog {
  readonly #options: LoopWatchdogOptions;
  readonly #now: () => number;
  #warningMs = 0;
  #timeoutMs = 0;
  #tickMs = MAX_TICK_MS;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #guard: Worker | undefined;
  #beats: Int32Array | undefined;
  #worstMs = 0;
  #warnings = 0;

  constructor(options: LoopWatchdogOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Longest turn seen, in milliseconds (more exact the closer the ticks stand). */
  get worstMs(): number {
    return this.#worstMs;
  }

  get warnings(): number {
    return this.#warnings;
  }

  /** Starts, or changes the limits of, the watch. 0 switches either one off. */
  configure(warningMs: number, timeoutMs: number): void {
    this.#warningMs = warningMs;
    if (timeoutMs !== this.#timeoutMs) {
      this.#timeoutMs = timeoutMs;
      this.#endGuard();
      if (timeoutMs > 0) this.#startGuard(timeoutMs);
    }
    const shortest = Math.min(warningMs > 0 ? warningMs : MAX_TICK_MS, timeoutMs > 0 ? timeoutMs : MAX_TICK_MS);
    this.#tickMs = Math.max(MIN_TICK_MS, Math.min(MAX_TICK_MS, shortest / 4));
    this.#arm();
  }

  close(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#endGuard();
  }

  #arm(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#dueAt = this.#now() + this.#tickMs;
    this.#timer = setTimeout(() => this.#tick(), this.#tickMs);
    this.#timer.unref();
  }

  #tick(): void {
    const lateMs = this.#now() - this.#dueAt;
    if (this.#beats !== undefined) Atomics.add(this.#beats, 0, 1);
    if (lateMs > this.#worstMs) this.#worstMs = lateMs;
    if (this.#warningMs > 0 && lateMs > this.#warningMs) {
      this.#warnings++;
      const task = this.#options.currentTask();
      this.#options.log.write(
        'warning',
        `A turn of the event loop took ${Math.round(lateMs)} ms${task === '' ? '' : `, last task: ${task}`}`,
        { turnMs: Math.round(lateMs), task },
      );
    }
    this.#arm();
  }

  #startGuard(timeoutMs: number): void {
    const shared = new SharedArrayBuffer(4);
    this.#beats = new Int32Array(shared);
    const guard = new Worker(new URL('./loop-watchdog-guard.js', import.meta.url), {
      workerData: { shared, timeoutMs, pid: process.pid },
      // Flags of the main program (a profiler, a loader) are not for it.
      execArgv: [],
      stdin: false,
      stdout: false,
      stderr: false,
    });
    guard.unref();
    guard.on('error', (error) => {
      this.#options.log.write('error', `The watchdog's guard ended: ${String(error)}`);
      if (this.#guard === guard) this.#guard = undefined;
    });
    this.#guard = guard;
  }

  #endGuard(): void {
    const guard = this.#guard;
    this.#guard = undefined;
    this.#beats = undefined;
    void guard?.terminate();
  }
}
