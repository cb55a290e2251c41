/**
 * Makes a kernel table equal to what is wanted, prefix by prefix, and keeps it so.
 *
 *      wanted (RIB, export filter)          installed (what we believe the kernel has)
 *   row  | 7 | 7 | 0 | 9 |                     | 7 | 3 | 4 | 0 |      body ids, compared as numbers
 *          =   replace remove add
 *
 * Rows that differ wait in a queue; as many as the kernel table has room for are under way. An answer, a notification
 * or a scan changes `installed`; whatever makes a row differ puts it into the queue. So every cause of difference, be
 * it a change of the RIB, a deletion by somebody else or a route that the kernel dropped without a word, is mended by
 * the same few lines.
 *
 * Adoption: routes of ours that the first scan finds are `installed` like any other. What the RIB wants again is equal
 * and nothing happens; the rest waits for `sweep`.
 *
 * Ownership: a row is ours as long as the route has our protocol number. Foreign routes are seen, never changed; a
 * prefix that a foreign route keeps from us is marked as failed and tried again when that route goes, and at scans.
 *
 * No objects: what there is of each prefix stands in columns (fib-rows.ts).
 */
import { IPV4_UNICAST, IPV6_UNICAST } from '../../bgp/index.ts';
import { type PrefixId, PrefixTable } from '../../rib/index.ts';
import type { Scheduler, Task } from '../scheduler.ts';
import { FibRows, RowFlag } from './fib-rows.ts';
import { IdQueue } from './id-queue.ts';
import type { FibListener, FibRemainder, FibTable, KernelFib } from './kernel-fib.ts';
import type { RouteFailure } from './netlink/error.ts';
import { type Destination, type RouteMessage, RouteProtocol } from './netlink/route.ts';
import { AF_INET, AF_INET6 } from './netlink/wire.ts';
import { type ScanHost, ScanRun } from './scan-run.ts';
import { SecondRoutes } from './second-routes.ts';

/** Rows handled in one piece of work; also one datagram. */
const PIECE = 64;
/** Rows in the queue above which the RIB is not read further: it compresses changes better than we do. */
const CONGESTED = 4096;
/** A deletion by the kernel often comes with a link event that changes what is wanted: look a moment later. */
const REPAIR_DELAY_MS = 100;
const BUSY_RETRY_MS = 200;

export interface FibSyncOptions {
  readonly version: 4 | 6;
  readonly kernelTable: number;
  readonly receiveBufferOctets: number;
  /** For task names and messages. */
  readonly name: string;
}

export interface FibSyncHost extends ScanHost {
  /** A route of somebody else, from a notification; only where `wantsForeign`. */
  foreign(route: RouteMessage, event: 'added' | 'replaced' | 'removed'): void;
  /** The kernel refused a route; not repeated until it was accepted in between. */
  refused(prefix: string, failure: RouteFailure, text: string): void;
  /** The queue got short: there is room for more of the RIB. */
  uncongested(): void;
}

export class FibSync implements FibListener, Task {
  readonly name: string;
  readonly prefixes: PrefixTable;
  readonly #fib: KernelFib;
  readonly #table: FibTable;
  readonly #host: FibSyncHost;
  readonly #scheduler: Scheduler;
  readonly #queue = new IdQueue();
  readonly #repairs: number[] = [];
  readonly #seconds: SecondRoutes;
  readonly #scan: ScanRun;
  readonly #to: Destination;
  readonly #rows: FibRows;
  #flying = 0;
  #writing = false;
  #swept = false;
  #sweepRow = 0;
  #wasCongested = false;
  #drained: (() => void) | undefined;
  /** Waits for the last answer; until then nothing is launched. */
  #whenQuiet: (() => void) | undefined;
  #repairTimer: NodeJS.Timeout | undefined;
  #busyTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(fib: KernelFib, scheduler: Scheduler, options: FibSyncOptions, host: FibSyncHost) {
    this.name = `kernel routes ${options.name}`;
    this.#fib = fib;
    this.#rows = new FibRows(fib.bodies);
    this.#seconds = new SecondRoutes(fib.bodies, this.#rows);
    this.#scheduler = scheduler;
    this.#host = host;
    this.prefixes = new PrefixTable(options.version === 4 ? IPV4_UNICAST : IPV6_UNICAST);
    this.#to = {
      family: options.version === 4 ? AF_INET : AF_INET6,
      word0: 0,
      word1: 0,
      word2: 0,
      word3: 0,
      length: 0,
    };
    this.#table = fib.open(
      { version: options.version, table: options.kernelTable, receiveBufferOctets: options.receiveBufferOctets },
      this,
    );
    this.#scan = new ScanRun(this.#table, fib.programs, scheduler, host, {
      name: `kernel scan ${options.name}`,
      prefixes: this.prefixes,
      bodies: fib.bodies,
      whenQuiet: (then) => {
        this.#whenQuiet = then;
        this.#checkQuiet();
      },
      rowOf: (route) => this.#rowOf(route),
      found: (row, body) => this.#found(row, body),
      extra: (row, body) => this.#extra(row, body),
      verify: (row, seen) => this.#verify(row, seen),
    });
  }

  /** Routes that the kernel has from us, as far as we know. */
  get installedCount(): number {
    return this.#rows.installedCount;
  }

  get failedCount(): number {
    return this.#rows.failedCount;
  }

  /** Routes of an earlier run that the RIB has not spoken of. */
  get adoptedCount(): number {
    return this.#rows.adoptedCount;
  }

  /** Rows that wait for the kernel or are under way. */
  get pending(): number {
    return this.#queue.length + this.#flying;
  }

  /** Better leave changes in the RIB's journal for now. */
  get congested(): boolean {
    const congested = this.#queue.length >= CONGESTED;
    if (congested) this.#wasCongested = true;
    return congested;
  }

  /** The kernel does not have what the RIB wants there, and that is not for want of time. */
  isFailed(word0: number, word1: number, word2: number, word3: number, length: number): boolean {
    const row = this.prefixes.find(word0, word1, word2, word3, length);
    return row !== 0 && this.#rows.has(row, RowFlag.Failed) && this.#rows.wanted(row) !== 0;
  }

  /** Wants this body (0: none) at the prefix. One reference on the body is given away. */
  want(word0: number, word1: number, word2: number, word3: number, length: number, body: number): void {
    const row =
      body === 0
        ? this.prefixes.find(word0, word1, word2, word3, length)
        : this.prefixes.intern(word0, word1, word2, word3, length);
    if (row === 0) return;
    this.#growTo(row);
    this.#rows.setWanted(row, body);
    this.#rows.clearAdopted(row);
    if (!this.#seconds.isEmpty && !this.#rows.has(row, RowFlag.Flying)) this.#seconds.prefer(row);
    this.#settleRow(row);
  }

  /** Until this is called nothing is written; scans and adoption go on. */
  startWriting(): void {
    this.#writing = true;
    this.#scheduler.schedule(this);
  }

  /** All that the RIB wants has been told: adopted routes that it did not speak of go. */
  sweep(): void {
    if (this.#swept) return;
    this.#swept = true;
    this.#sweepRow = 1;
    this.#scheduler.schedule(this);
  }

  /** Removes everything of ours from the kernel, then calls `done`. Nothing may be wanted any more. */
  removeAll(done: () => void): void {
    this.#drained = done;
    this.#writing = true;
    this.#swept = true;
    this.#sweepRow = 1;
    this.#scheduler.schedule(this);
  }

  /** Compares everything with the kernel soon. */
  scan(): void {
    if (!this.#closed) this.#scan.request(0);
  }

  /** Links or addresses changed: the kernel may have dropped routes without a word, and may accept what it refused. */
  linksChanged(): void {
    if (!this.#closed) this.#scan.request(REPAIR_DELAY_MS);
  }

  close(): void {
    this.#closed = true;
    this.#whenQuiet = undefined;
    clearTimeout(this.#repairTimer);
    clearTimeout(this.#busyTimer);
    this.#scan.close();
    this.#scheduler.cancel(this);
    this.#table.close();
    for (let row = 1; row <= this.prefixes.highWater; row++) {
      if (!this.prefixes.has(row as PrefixId)) continue;
      this.#rows.setWanted(row, 0);
      this.#rows.setInstalled(row, 0);
    }
    this.#seconds.clear();
  }

  // ------------------------------------------------------------------------------------------------------- work

  run(): boolean {
    if (this.#closed) return false;
    const sweeping = this.#sweepRow !== 0 && this.#sweepPiece();
    if (!this.#writing) return sweeping;
    let budget = this.#whenQuiet === undefined ? Math.min(PIECE, this.#table.room) : 0;
    while (budget > 0 && this.#queue.length > 0) {
      const row = this.#queue.shift();
      this.#rows.clear(row, RowFlag.Queued);
      const flags = this.#rows.flags(row);
      const busy = (flags & (RowFlag.Flying | RowFlag.Adopted)) !== 0;
      const second = busy || this.#seconds.isEmpty ? 0 : this.#seconds.take(row);
      if (second !== 0) {
        this.#launch(row, second, 0);
        budget--;
        continue;
      }
      const next = this.#rows.wanted(row);
      const old = this.#rows.installed(row);
      if (next === old || busy) {
        this.#freeIfEmpty(row);
        continue;
      }
      this.#launch(row, old, next);
      budget--;
    }
    this.#table.flush();
    if (this.#wasCongested && this.#queue.length < CONGESTED / 2) {
      this.#wasCongested = false;
      this.#host.uncongested();
    }
    this.#checkDrained();
    return sweeping || (this.#queue.length > 0 && this.#whenQuiet === undefined && this.#table.room > 0);
  }

  #launch(row: number, old: number, next: number): void {
    this.#rows.set(row, RowFlag.Flying);
    this.#flying++;
    this.#fib.bodies.retain(next);
    this.#scan.touched(row);
    this.#table.change(row, this.#destination(row), old, next);
  }

  #sweepPiece(): boolean {
    const end = Math.min(this.#sweepRow + 1024, this.prefixes.highWater + 1);
    for (let row = this.#sweepRow; row < end; row++) {
      if (!this.prefixes.has(row as PrefixId)) continue;
      if (this.#drained !== undefined) {
        this.#rows.setWanted(row, 0);
      } else if (!this.#rows.has(row, RowFlag.Adopted)) {
        continue;
      }
      this.#rows.clearAdopted(row);
      this.#settleRow(row);
    }
    this.#sweepRow = end > this.prefixes.highWater ? 0 : end;
    return this.#sweepRow !== 0;
  }

  #checkDrained(): void {
    if (this.#drained === undefined || this.#sweepRow !== 0 || this.pending > 0) return;
    const done = this.#drained;
    this.#drained = undefined;
    done();
  }

  #checkQuiet(): void {
    const then = this.#whenQuiet;
    if (then === undefined || this.#flying > 0) return;
    this.#whenQuiet = undefined;
    then();
    if (this.#queue.length > 0) this.#scheduler.schedule(this);
  }

  /** Puts the row into the queue if it differs; lets go of it if nothing is there any more. */
  #settleRow(row: number): void {
    if (this.#rows.has(row, RowFlag.Flying)) return;
    if (this.#rows.wanted(row) !== this.#rows.installed(row) || this.#seconds.has(row)) {
      if (!this.#rows.has(row, RowFlag.Adopted)) this.#enqueue(row);
      return;
    }
    this.#rows.clearFailed(row);
    this.#freeIfEmpty(row);
  }

  #enqueue(row: number): void {
    if (this.#rows.has(row, RowFlag.Queued)) return;
    this.#rows.set(row, RowFlag.Queued);
    this.#queue.push(row);
    if (this.#writing) this.#scheduler.schedule(this);
  }

  #freeIfEmpty(row: number): void {
    if (this.#rows.wanted(row) !== 0 || this.#rows.installed(row) !== 0 || this.#seconds.has(row)) return;
    this.#rows.clearFailed(row);
    this.#rows.clearAdopted(row);
    if (this.#rows.has(row, RowFlag.Queued | RowFlag.Flying | RowFlag.Repair)) return;
    this.#scan.touched(row);
    this.prefixes.free(row as PrefixId);
  }

  #growTo(row: number): void {
    if (this.#rows.growTo(row)) this.#scan.growTo(this.#rows.capacity);
  }

  #destination(row: number): Destination {
    const { prefixes } = this;
    const to = this.#to;
    to.word0 = prefixes.word0[row]!;
    if (to.family === AF_INET6) {
      to.word1 = prefixes.word1[row]!;
      to.word2 = prefixes.word2[row]!;
      to.word3 = prefixes.word3[row]!;
    }
    to.length = prefixes.length[row]!;
    return to;
  }

  // ---------------------------------------------------------------------------------------------------- answers

  changed(row: number, next: number): void {
    if (!this.#landed(row)) {
      this.#rows.setInstalled(row, next);
      this.#rows.clearFailed(row);
    }
    this.#settleRow(row);
    this.#checkDrained();
    this.#checkQuiet();
  }

  refused(row: number, next: number, remainder: FibRemainder, failure: RouteFailure, text: string): void {
    this.#answeredNo(row, next, remainder, failure, text);
    this.#checkQuiet();
  }

  #answeredNo(row: number, next: number, remainder: FibRemainder, failure: RouteFailure, text: string): void {
    if (this.#landed(row)) {
      this.#settleRow(row);
      return;
    }
    if (remainder === 'nothing') this.#rows.setInstalled(row, 0);
    const stillWanted = this.#rows.wanted(row) === next;
    const isNews = !this.#rows.has(row, RowFlag.Failed);
    this.#fib.bodies.release(next);
    if (!stillWanted || this.#drained !== undefined) {
      // On the way out nothing is tried twice.
      if (this.#drained === undefined) this.#settleRow(row);
      this.#checkDrained();
      return;
    }
    this.#rows.setFailed(row);
    if (failure === 'busy') {
      if (remainder === 'unknown') this.#scan.request(BUSY_RETRY_MS);
      this.#busyTimer ??= setTimeout(() => {
        this.#busyTimer = undefined;
        this.#retryFailed();
      }, BUSY_RETRY_MS);
    } else if (isNews) {
      this.#host.refused(this.prefixes.format(row as PrefixId), failure, text);
    }
  }

  lost(): void {
    if (this.#closed) return;
    this.#host.report('warning', 'Kernel dropped some netlink messages, scanning again');
    this.#scan.request(0);
  }

  ready(): void {
    if (!this.#closed) this.#scheduler.schedule(this);
  }

  /** True if what has come back is the removal of a second route, which says nothing about the first. */
  #landed(row: number): boolean {
    this.#rows.clear(row, RowFlag.Flying);
    this.#flying--;
    this.#scan.touched(row);
    return this.#seconds.left(row);
  }

  #retryFailed(): void {
    if (this.#closed || this.#rows.failedCount === 0) return;
    for (let row = 1; row <= this.prefixes.highWater; row++) {
      if (this.prefixes.has(row as PrefixId) && this.#rows.has(row, RowFlag.Failed)) this.#settleRow(row);
    }
  }

  // ----------------------------------------------------------------------------------------------- notifications

  noticed(route: RouteMessage, event: 'added' | 'replaced' | 'removed'): void {
    if (this.#closed) return;
    if (route.protocol === RouteProtocol.Bird) this.#noticedOurs(route, event);
    else this.#noticedForeign(route, event);
  }

  /** Somebody changed a route with our protocol number, or the kernel dropped one. */
  #noticedOurs(route: RouteMessage, event: 'added' | 'replaced' | 'removed'): void {
    const row = event === 'removed' ? this.#find(route) : this.#rowOf(route);
    if (row === 0) return;
    if (this.#rows.has(row, RowFlag.Flying)) {
      // Which of the two came last cannot be told.
      this.#scan.request(REPAIR_DELAY_MS);
      return;
    }
    const metric = this.#rows.installedMetric(row);
    this.#scan.touched(row);
    if (event === 'removed') {
      if (metric !== route.priority) return;
      this.#rows.setInstalled(row, 0);
      this.#repair(row);
    } else if (metric < 0 || metric === route.priority) {
      // It may be older than a scan that runs: what followed it may be among what was lost.
      if (this.#scan.active) this.#scan.request(REPAIR_DELAY_MS);
      this.#found(row, this.#fib.bodies.intern(route));
    } else {
      this.#scan.request(REPAIR_DELAY_MS);
      this.#freeIfEmpty(row);
    }
  }

  #noticedForeign(route: RouteMessage, event: 'added' | 'replaced' | 'removed'): void {
    const row = this.#find(route);
    if (row !== 0 && !this.#rows.has(row, RowFlag.Flying)) {
      const metric = route.priority;
      if (event === 'replaced' && this.#rows.installedMetric(row) === metric) {
        // Its owner wants the place. It is not fought over: what is failed is tried again by the next scan.
        this.#rows.setInstalled(row, 0);
        this.#scan.touched(row);
        if (this.#rows.wanted(row) !== 0) {
          this.#rows.setFailed(row);
          const prefix = this.prefixes.format(row as PrefixId);
          this.#host.refused(prefix, 'exists', `replaced by a route of protocol ${route.protocol}`);
        } else {
          this.#freeIfEmpty(row);
        }
      } else if (event === 'removed' && this.#rows.wantedMetric(row) === metric) {
        this.#settleRow(row);
      }
    }
    if (this.#host.wantsForeign) this.#host.foreign(route, event);
  }

  #repair(row: number): void {
    if (this.#rows.wanted(row) === 0) {
      this.#freeIfEmpty(row);
      return;
    }
    if (this.#rows.has(row, RowFlag.Repair)) return;
    this.#rows.set(row, RowFlag.Repair);
    this.#repairs.push(row);
    this.#repairTimer ??= setTimeout(() => {
      this.#repairTimer = undefined;
      for (const repaired of this.#repairs.splice(0)) {
        this.#rows.clear(repaired, RowFlag.Repair);
        this.#settleRow(repaired);
      }
    }, REPAIR_DELAY_MS);
  }

  #find(route: RouteMessage): number {
    return this.prefixes.find(route.word0, route.word1, route.word2, route.word3, route.length);
  }

  #rowOf(route: RouteMessage): number {
    const row = this.prefixes.intern(route.word0, route.word1, route.word2, route.word3, route.length);
    this.#growTo(row);
    return row;
  }

  // ------------------------------------------------------------------------------------------------------- scans

  /** The kernel has this body of ours at the row. Takes the reference on it. */
  #found(row: number, body: number): void {
    if (this.#rows.has(row, RowFlag.Flying)) {
      this.#fib.bodies.release(body);
      return;
    }
    if (this.#rows.installed(row) === body) {
      this.#fib.bodies.release(body);
      return;
    }
    this.#rows.setInstalled(row, body);
    if (this.#rows.wanted(row) === 0 && !this.#swept) this.#rows.setAdopted(row);
    this.#settleRow(row);
  }

  /** The kernel has this one too, under another metric. Takes the reference on it. */
  #extra(row: number, body: number): void {
    if (this.#rows.has(row, RowFlag.Flying)) {
      this.#fib.bodies.release(body);
      return;
    }
    this.#seconds.add(row, body);
    this.#settleRow(row);
  }

  /** After a scan, row by row. True if the row differed. */
  #verify(row: number, seen: boolean): boolean {
    if (this.#rows.has(row, RowFlag.Flying)) return false;
    const missing = !seen && this.#rows.installed(row) !== 0;
    if (missing) this.#rows.setInstalled(row, 0);
    if (missing || this.#rows.has(row, RowFlag.Failed)) this.#settleRow(row);
    return missing;
  }
}
