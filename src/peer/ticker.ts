/**
 * The one clock of all sessions: a coarse ticker that asks each neighbour whether its earliest deadline has come. A
 * deadline is a number that a session changes thousands of times a second; nobody sets or clears a timer for it.
 */
import type { Clock } from '../protocol/clock.ts';

/** Who is asked. */
export interface Ticking {
  /** Monotonic milliseconds; may be early, never late. Infinity: nothing to do. */
  readonly deadline: number;
  /** The deadline has come. */
  tick(now: number): void;
}

const TICK_MS = 100;

export class Ticker {
  readonly #clock: Clock;
  readonly #all = new Set<Ticking>();
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(one: Ticking): void {
    this.#all.add(one);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  remove(one: Ticking): void {
    this.#all.delete(one);
    if (this.#all.size > 0 || this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const now = this.#clock.now();
    for (const one of this.#all) if (one.deadline <= now) one.tick(now);
  }
}
