/**
 * What happened lately, for stores that live in this process: a bounded list of changes with numbers, and watchers that
 * read it from where they are. A watcher that comes from before the oldest entry is told 'gap'.
 */
import type { StoreBatch, StoreChange, StoreFault } from './store.ts';

interface Entry {
  readonly number: number;
  readonly changes: readonly StoreChange[];
  readonly faults: readonly StoreFault[];
}

export class Journal {
  /** Tells cursors of this journal from those of an earlier one. */
  readonly #epoch: string;
  readonly #limit: number;
  #entries: Entry[] = [];
  #last = 0;
  /** Entries up to this number are forgotten. */
  #forgotten = 0;
  #closed = false;
  readonly #waiting = new Set<() => void>();

  constructor(epoch: string, limit = 10_000) {
    this.#epoch = epoch;
    this.#limit = limit;
  }

  get cursor(): string {
    return `${this.#epoch}/${this.#last}`;
  }

  append(changes: readonly StoreChange[], faults: readonly StoreFault[] = []): void {
    this.#entries.push({ number: ++this.#last, changes, faults });
    if (this.#entries.length > this.#limit) this.forget(this.#entries.length - this.#limit);
    for (const wake of this.#waiting) wake();
  }

  /** Drops the oldest entries. */
  forget(count = this.#entries.length): void {
    const dropped = this.#entries.splice(0, count);
    this.#forgotten = dropped.at(-1)?.number ?? this.#forgotten;
  }

  /** Resolves with 'gap' or 'ended', as a store's watch does; `interrupt` makes it reject. */
  async watch(
    cursor: string,
    onBatch: (batch: StoreBatch) => void,
    signal: AbortSignal,
    interrupt: () => Error | undefined,
  ): Promise<'gap' | 'ended'> {
    const [epoch, number] = cursor.split('/');
    let at = Number(number);
    let stands = false;
    if (epoch !== this.#epoch || !Number.isInteger(at) || at > this.#last) return 'gap';
    for (;;) {
      if (signal.aborted) return 'ended';
      const error = interrupt();
      if (error !== undefined) throw error;
      if (at < this.#forgotten || this.#closed) return 'gap';
      const news = this.#entries.filter((entry) => entry.number > at);
      if (news.length > 0 || !stands) {
        stands = true;
        at = news.at(-1)?.number ?? at;
        onBatch({
          changes: news.flatMap((entry) => entry.changes),
          faults: news.flatMap((entry) => entry.faults),
          cursor: `${this.#epoch}/${at}`,
        });
        continue;
      }
      await this.#news(signal);
    }
  }

  /** What it told is no longer true: every watcher is told 'gap'. */
  close(): void {
    this.#closed = true;
    this.wake();
  }

  /** Lets watchers look again, at new entries or at an interruption. */
  wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
