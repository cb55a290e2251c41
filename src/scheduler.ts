/**
 * Shares the one thread fairly. Work that can be long is a `Task` that does a bounded piece and says whether more
 * remains; the scheduler runs pieces in turn for a few milliseconds, then lets the event loop read sockets, fire timers
 * and answer the control socket before it goes on. Cost of an idle task: nothing.
 */

export interface Task {
  /** For the watchdog: what was running when a turn took too long. */
  readonly name: string;
  /** Does a bounded piece (well under a millisecond is ideal); true if more remains. */
  run(): boolean;
}

export class Scheduler {
  /** Name of the task that runs now or ran last. */
  currentTask = '';
  readonly #sliceMs: number;
  readonly #now: () => number;
  readonly #onError: (task: Task, error: unknown) => void;
  readonly #queued = new Set<Task>();
  #immediate: NodeJS.Immediate | undefined;
  #closed = false;

  /**
   * @param onError a task threw: a fault of ours. The task is dropped from the queue; the others go on.
   * @param sliceMs how long one turn may work before the event loop gets its turn.
   */
  constructor(onError: (task: Task, error: unknown) => void, sliceMs = 4, now: () => number = () => performance.now()) {
    this.#onError = onError;
    this.#sliceMs = sliceMs;
    this.#now = now;
  }

  /** Queues a task once, however often it is asked for. */
  schedule(task: Task): void {
    if (this.#closed) return;
    this.#queued.add(task);
    this.#immediate ??= setImmediate(() => this.#turn());
  }

  /** Takes a task out of the queue. */
  cancel(task: Task): void {
    this.#queued.delete(task);
  }

  get idle(): boolean {
    return this.#queued.size === 0;
  }

  /** Nothing runs any more. */
  close(): void {
    this.#closed = true;
    this.#queued.clear();
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
  }

  #turn(): void {
    this.#immediate = undefined;
    const end = this.#now() + this.#sliceMs;
    // A Set iterates in the order of insertion and visits what is added meanwhile: deleting and adding again is a
    // round robin.
    for (const task of this.#queued) {
      this.#queued.delete(task);
      this.currentTask = task.name;
      try {
        if (task.run()) this.#queued.add(task);
      } catch (error) {
        this.#onError(task, error);
      }
      if (this.#now() >= end) break;
    }
    if (this.#queued.size > 0 && !this.#closed) this.#immediate ??= setImmediate(() => this.#turn());
  }
}
