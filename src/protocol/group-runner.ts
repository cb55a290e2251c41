/** Gives update groups their turns: each is a task that reads its table, and runs when it is woken. */
import type { GroupScheduler, UpdateGroup } from '../../rib/index.ts';
import type { LogLimiter } from '../monitor/log-limiter.ts';
import type { Scheduler, Task } from '../scheduler.ts';
import type { Log } from './log.ts';
import type { TableRunner } from './table-runner.ts';

/** Rows handled in one piece of work. */
const PIECE = 512;

export class GroupRunner implements GroupScheduler {
  readonly #table: (name: string) => TableRunner | undefined;
  readonly #scheduler: Scheduler;
  readonly #log: Log;
  readonly #limiter: LogLimiter;
  readonly #tasks = new Map<UpdateGroup, Task>();

  constructor(table: (name: string) => TableRunner | undefined, scheduler: Scheduler, log: Log, limiter: LogLimiter) {
    this.#table = table;
    this.#scheduler = scheduler;
    this.#log = log;
    this.#limiter = limiter;
  }

  opened(group: UpdateGroup): void {
    const task: Task = { name: `update group of ${group.spec.table.name}`, run: () => group.run(PIECE) };
    this.#tasks.set(group, task);
    this.#table(group.spec.table.name)?.addReader(task);
  }

  wake(group: UpdateGroup): void {
    const task = this.#tasks.get(group);
    if (task !== undefined) this.#scheduler.schedule(task);
  }

  closed(group: UpdateGroup): void {
    const task = this.#tasks.get(group);
    if (task === undefined) return;
    this.#tasks.delete(group);
    this.#table(group.spec.table.name)?.removeReader(task);
    this.#scheduler.schedule({ name: `end of ${task.name}`, run: () => group.run(PIECE) });
  }

  print(line: string): void {
    this.#log.write('info', line);
  }

  report(message: string): void {
    this.#limiter.write('export', 'route', 'error', message);
  }
}
