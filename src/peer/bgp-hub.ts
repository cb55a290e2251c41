/**
 * What all BGP protocols of one daemon share: listening sockets, the ticker, update groups and the limiter of log lines.
 */
import { type GroupScheduler, type UpdateGroup, UpdateGroups } from '../../rib/index.ts';
import { LogLimiter } from '../monitor/log-limiter.ts';
import type { Listeners } from '../net/listener.ts';
import type { ProtocolContext } from '../protocol/context.ts';
import type { Task } from '../scheduler.ts';
import { Ticker } from './ticker.ts';

/** Rows that an update group handles in one piece. */
const GROUP_PIECE = 256;

export class BgpHub {
  readonly listeners: Listeners;
  readonly ticker: Ticker;
  readonly groups: UpdateGroups;
  readonly limiter: LogLimiter;
  readonly random: () => number = Math.random;

  constructor(context: ProtocolContext, listeners: Listeners) {
    this.listeners = listeners;
    this.ticker = new Ticker(context.clock);
    this.limiter = new LogLimiter(context.log, { now: () => context.clock.now() });
    this.groups = new UpdateGroups(new GroupTasks(context, this.limiter));
  }

  /** `dynbgp1`, `dynbgp02`: no number is given twice. */
  nextDynamicName(base: string, digits: number): string {
    const number = (this.#dynamicNumbers.get(base) ?? 0) + 1;
    this.#dynamicNumbers.set(base, number);
    return `${base}${String(number).padStart(digits, '0')}`;
  }

  readonly #dynamicNumbers = new Map<string, number>();

  static readonly #byListeners = new WeakMap<Listeners, BgpHub>();

  /** The hub that belongs to the daemon's listeners. */
  static of(context: ProtocolContext, listeners: Listeners): BgpHub {
    let hub = BgpHub.#byListeners.get(listeners);
    if (hub === undefined) {
      hub = new BgpHub(context, listeners);
      BgpHub.#byListeners.set(listeners, hub);
    }
    return hub;
  }
}

/** Runs each group as a reader of its table. */
class GroupTasks implements GroupScheduler {
  readonly #context: ProtocolContext;
  readonly #limiter: LogLimiter;
  readonly #tasks = new Map<UpdateGroup, Task>();

  constructor(context: ProtocolContext, limiter: LogLimiter) {
    this.#context = context;
    this.#limiter = limiter;
  }

  opened(group: UpdateGroup): void {
    const { table } = group.spec;
    const task: Task = { name: `export of ${table.name}`, run: () => group.run(GROUP_PIECE) };
    this.#tasks.set(group, task);
    this.#context.table(table.name).addReader(task);
  }

  wake(group: UpdateGroup): void {
    const task = this.#tasks.get(group);
    if (task !== undefined) this.#context.scheduler.schedule(task);
  }

  closed(group: UpdateGroup): void {
    const task = this.#tasks.get(group);
    if (task === undefined) return;
    this.#tasks.delete(group);
    for (const runner of this.#context.tables()) if (runner.table === group.spec.table) runner.removeReader(task);
    // It gives its memory back in pieces.
    this.#context.scheduler.schedule(task);
  }

  print(line: string): void {
    this.#context.log.write('info', line);
  }

  report(message: string): void {
    this.#limiter.write('export', 'route', 'error', message);
  }
}
