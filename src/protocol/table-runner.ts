/**
 * Keeps one routing table moving: selects routes of changed prefixes in bounded pieces and wakes those who read its
 * journal. Whoever changes the table calls `changed()`; whoever reads it adds a task.
 */
import type { RoutingTable } from '../../rib/index.ts';
import type { Scheduler, Task } from '../scheduler.ts';

/** Prefixes decided in one piece of work. */
const DECIDE_PIECE = 512;

export class TableRunner implements Task {
  readonly name: string;
  readonly table: RoutingTable;
  readonly #scheduler: Scheduler;
  readonly #readers = new Set<Task>();

  constructor(table: RoutingTable, scheduler: Scheduler) {
    this.name = `table ${table.name}`;
    this.table = table;
    this.#scheduler = scheduler;
  }

  /** Some prefix of the table is dirty. */
  changed(): void {
    this.#scheduler.schedule(this);
  }

  addReader(task: Task): void {
    this.#readers.add(task);
    this.#scheduler.schedule(task);
  }

  removeReader(task: Task): void {
    this.#readers.delete(task);
    this.#scheduler.cancel(task);
  }

  run(): boolean {
    const more = this.table.decide(DECIDE_PIECE);
    for (const reader of this.#readers) this.#scheduler.schedule(reader);
    return more;
  }

  close(): void {
    this.#scheduler.cancel(this);
    for (const reader of this.#readers) this.#scheduler.cancel(reader);
    this.#readers.clear();
  }
}
