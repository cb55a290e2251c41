/**
 * One comparison of a kernel table with what we believe: a dump, then a walk over all rows for what the dump did not
 * have. Rows that change while it runs are left out of its verdict, since the dump may show them as they were.
 *
 *   mark of a row:   number of the scan in which it was seen or touched last, twice; the low bit says touched
 *
 * A scan begins when none of our changes is under way. So a row that is touched while it runs was changed after it had
 * begun, and what got lost before that has left its trace in rows that the scan judges.
 *
 * Requests are merged: one scan runs at a time, and one more may wait.
 */
import type { PrefixId, PrefixTable } from '../../rib/index.ts';
import type { Scheduler, Task } from '../scheduler.ts';
import type { FibBodies } from './fib-body.ts';
import type { FibScan, FibTable } from './kernel-fib.ts';
import { RouteFlag, type RouteMessage, RouteProtocol } from './netlink/route.ts';

const PIECE = 1024;
/** Numbers of scans; a row is seen or gone long before they come round again. */
const NUMBERS = 127;
const RETRY_MS = 1000;

/** What a scan tells beside our own routes. */
export interface ScanHost {
  /** Routes of others are wanted too. */
  readonly wantsForeign: boolean;
  foreignScanBegins(): void;
  foreignScanned(route: RouteMessage): void;
  /** `ok`: everything was told. */
  scanEnds(ok: boolean): void;
  report(logClass: 'info' | 'warning' | 'error', text: string): void;
}

export interface ScanRows {
  readonly name: string;
  readonly prefixes: PrefixTable;
  readonly bodies: FibBodies;
  /** Calls `then` when no change is under way, at once if that is so now; none begins before. */
  whenQuiet(then: () => void): void;
  rowOf(route: RouteMessage): number;
  /** The kernel has this body of ours at the row. The reference on it is given away. */
  found(row: number, body: number): void;
  /** And this one too, with another metric. */
  extra(row: number, body: number): void;
  /** Nothing changed at the row since the scan began; `seen`: the scan found a route there. True if that is news. */
  verify(row: number, seen: boolean): boolean;
}

export class ScanRun implements FibScan, Task {
  readonly name: string;
  readonly #table: FibTable;
  readonly #programs: boolean;
  readonly #scheduler: Scheduler;
  readonly #host: ScanHost;
  readonly #rows: ScanRows;
  #marks = new Uint8Array(1024);
  #number = 0;
  /** A scan waits for its beginning, or its dump or the walk after it runs. */
  #active = false;
  #walkRow = 0;
  #missing = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #again = false;
  #closed = false;

  constructor(table: FibTable, programs: boolean, scheduler: Scheduler, host: ScanHost, rows: ScanRows) {
    this.name = rows.name;
    this.#table = table;
    this.#programs = programs;
    this.#scheduler = scheduler;
    this.#host = host;
    this.#rows = rows;
  }

  get active(): boolean {
    return this.#active;
  }

  /** Scans after at most `delayMs`. */
  request(delayMs: number): void {
    if (this.#closed) return;
    if (this.#active) {
      this.#again = true;
      return;
    }
    const at = performance.now() + delayMs;
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#start(), delayMs);
  }

  /** The row changed by our own doing, or by a notification. */
  touched(row: number): void {
    if (this.#active) this.#marks[row] = (this.#number << 1) | 1;
  }

  growTo(capacity: number): void {
    const marks = new Uint8Array(capacity);
    marks.set(this.#marks);
    this.#marks = marks;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#scheduler.cancel(this);
  }

  #start(): void {
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#active = true;
    this.#rows.whenQuiet(() => {
      this.#again = false;
      this.#table.scan(this);
    });
  }

  // -------------------------------------------------------------------------------------------------------- dump

  get protocol(): number {
    return this.#host.wantsForeign ? 0 : RouteProtocol.Bird;
  }

  begin(): void {
    this.#number = this.#number === NUMBERS ? 1 : this.#number + 1;
    if (this.#host.wantsForeign) this.#host.foreignScanBegins();
  }

  route(route: RouteMessage): void {
    if (this.#closed || (route.flags & RouteFlag.Cloned) !== 0) return;
    if (route.tos !== 0 || route.sourceLength !== 0 || route.inputInterface !== 0) return;
    if (route.protocol !== RouteProtocol.Bird) {
      if (this.#host.wantsForeign) this.#host.foreignScanned(route);
      return;
    }
    const rows = this.#rows;
    const row = rows.rowOf(route);
    const mark = this.#marks[row];
    const seen = this.#number << 1;
    if (mark === (seen | 1)) return;
    const body = rows.bodies.intern(route);
    if (mark === seen) {
      rows.extra(row, body);
    } else {
      this.#marks[row] = seen;
      rows.found(row, body);
    }
  }

  done(ok: boolean, text: string): void {
    if (this.#closed) return;
    if (!ok) {
      if (text !== '') this.#host.report('error', `Scanning the kernel table failed: ${text}`);
      this.#end(false);
      this.request(RETRY_MS);
      return;
    }
    this.#missing = 0;
    this.#walkRow = 1;
    if (this.#programs) this.#scheduler.schedule(this);
    else this.#end(true);
  }

  // -------------------------------------------------------------------------------------------------------- walk

  run(): boolean {
    const { prefixes } = this.#rows;
    const end = Math.min(this.#walkRow + PIECE, prefixes.highWater + 1);
    const seen = this.#number << 1;
    for (let row = this.#walkRow; row < end; row++) {
      if (!prefixes.has(row as PrefixId)) continue;
      const mark = this.#marks[row]!;
      if (mark === (seen | 1)) continue;
      if (this.#rows.verify(row, mark === seen)) this.#missing++;
    }
    this.#walkRow = end;
    if (end <= prefixes.highWater) return true;
    if (this.#missing > 0) {
      this.#host.report('info', `${this.#missing} routes were missing in the kernel table`);
    }
    this.#end(true);
    return false;
  }

  #end(ok: boolean): void {
    this.#active = false;
    this.#host.scanEnds(ok);
    if (this.#again) this.request(0);
  }
}
