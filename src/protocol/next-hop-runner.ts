/**
 * Resolves next hops again when interfaces or tables changed, and has the routes that use them decided again. Runs as a
 * reader of every table and after each change of an interface.
 */
import type { InterfaceTable, NextHopTable } from '../../rib/index.ts';
import type { Scheduler, Task } from '../scheduler.ts';
import type { TableRunner } from './table-runner.ts';

/** Next hops looked at in one piece of work. */
const NEXT_HOPS = 256;
/** Routes looked at in one piece of work. */
const ROUTES = 8192;

export class NextHopRunner implements Task {
  readonly name = 'next hops';
  readonly #nextHops: NextHopTable;
  readonly #tables: () => Iterable<TableRunner>;
  readonly #stop: () => void;

  constructor(
    nextHops: NextHopTable,
    interfaces: InterfaceTable,
    tables: () => Iterable<TableRunner>,
    scheduler: Scheduler,
  ) {
    this.#nextHops = nextHops;
    this.#tables = tables;
    this.#stop = interfaces.onChange(() => scheduler.schedule(this));
  }

  run(): boolean {
    if (this.#nextHops.update(NEXT_HOPS)) return true;
    let more = false;
    for (const runner of this.#tables()) {
      if (runner.table.nextHopsChanged(ROUTES)) more = true;
      if (runner.table.isDirty) runner.changed();
    }
    return more;
  }

  close(): void {
    this.#stop();
  }
}
