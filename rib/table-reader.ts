/**
 * One reader of a routing table: first every prefix (the feed, a walk by row number), then every change, each prefix
 * with its newest state only.
 *
 *     rows      1 ............ walk ................ highWater
 *               told already   | not told yet
 *     journal   a change of a row before `walk` is told, one of a row behind it is not: the walk will come to it
 *
 * If the walk is the first to come to a changed row, the row is told twice. A withdrawal is always told, also behind
 * the walk: a reader that walks again (`refeed`) may still hold the prefix. Prefixes that wait for the decision process
 * are left out; they come again with its result. The prefix that `next` returned is certain to exist until the next
 * call of anything that changes the table or reads it with this reader.
 */
import type { PrefixId } from './ids.ts';
import { BEST_CHANGED, type Journal, type JournalCursor } from './journal.ts';
import type { PrefixTable } from './prefix-table.ts';

/** What a reader needs of a routing table. */
export interface ReadableTable {
  readonly prefixes: PrefixTable;
  readonly journal: Journal;
  /** True if the prefix has any route that takes part (routes kept only to be shown or filtered again do not). */
  hasRoutes(prefix: PrefixId): boolean;
  /**
   * True if the prefix waits for the decision process. The caller then skips it; the table makes sure that the entry
   * that comes with the decision says that the selected route changed, if `bestChanged`.
   */
  postpone(prefix: PrefixId, bestChanged: boolean): boolean;
}

export interface ReaderOptions {
  /** Only changes of the selected route are told. */
  readonly bestOnly?: boolean;
  /** False: no feed, only what changes from now on. */
  readonly feed?: boolean;
}

/** Deliveries after which a reader lets the journal drop what all have read. */
const TRIM_INTERVAL = 1024;

export class TableReader {
  readonly #table: ReadableTable;
  readonly #cursor: JournalCursor;
  readonly #bestOnly: boolean;
  /** Next row of the feed; 0: there is none. */
  #walk: number;
  #walkIsNext = true;
  #untilTrim = TRIM_INTERVAL;
  #closed = false;

  /** @param from another reader of the table: this one stands where that one stands. */
  constructor(table: ReadableTable, options: ReaderOptions = {}, from?: TableReader) {
    this.#table = table;
    this.#bestOnly = options.bestOnly ?? false;
    this.#walk = from !== undefined ? from.#walk : (options.feed ?? true) ? 1 : 0;
    this.#cursor = from === undefined ? table.journal.open() : table.journal.open(from.#cursor);
  }

  /** A second reader that has been told what this one has been told. */
  fork(): TableReader {
    return new TableReader(this.#table, { bestOnly: this.#bestOnly }, this);
  }

  /** The feed has not met all prefixes yet. */
  get feeding(): boolean {
    return this.#walk !== 0;
  }

  /** Changes that may have to be told still; an upper bound. */
  get backlog(): number {
    return this.#table.journal.head - this.#cursor.position;
  }

  /** The next prefix whose state is news; 0 when there is none (call again after the table changed). */
  next(): PrefixId {
    if (this.#closed) return 0 as PrefixId;
    if (--this.#untilTrim <= 0) this.#trim();
    // Alternating, so that neither a long feed delays changes nor constant change delays the feed.
    const walkFirst = this.#walkIsNext;
    this.#walkIsNext = !walkFirst;
    if (walkFirst) {
      const row = this.#walk === 0 ? 0 : this.#nextOfWalk();
      if (row !== 0) return row as PrefixId;
    }
    const changed = this.#nextOfJournal();
    if (changed !== 0) return changed as PrefixId;
    const row = walkFirst || this.#walk === 0 ? 0 : this.#nextOfWalk();
    if (row === 0) this.#trim();
    return row as PrefixId;
  }

  /** Walks the whole table again, without missing changes. */
  refeed(): void {
    if (!this.#closed) this.#walk = 1;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#walk = 0;
    this.#table.journal.close(this.#cursor);
  }

  #trim(): void {
    this.#untilTrim = TRIM_INTERVAL;
    this.#table.journal.trim();
  }

  #nextOfWalk(): number {
    const table = this.#table;
    const last = table.prefixes.highWater;
    for (let row = this.#walk as PrefixId; row <= last; row++) {
      if (!table.prefixes.has(row) || !table.hasRoutes(row) || table.postpone(row, true)) continue;
      this.#walk = row + 1;
      return row;
    }
    this.#walk = 0;
    return 0;
  }

  #nextOfJournal(): number {
    const table = this.#table;
    const journal = table.journal;
    const skipped = this.#bestOnly ? BEST_CHANGED : 0;
    for (let entry = journal.next(this.#cursor); entry !== 0; entry = journal.next(this.#cursor)) {
      const bestChanged = entry >= BEST_CHANGED;
      if (skipped !== 0 && !bestChanged) continue;
      const prefix = (entry & 0x7fff_ffff) as PrefixId;
      if (table.postpone(prefix, bestChanged)) continue;
      if (this.#walk !== 0 && prefix >= this.#walk && table.hasRoutes(prefix)) continue;
      return prefix;
    }
    return 0;
  }
}
