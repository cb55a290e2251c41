/**
 * Graceful restart recovery of the whole daemon (`peregrined -R`, RFC 4724 section 4.1): channels that took part before
 * the restart are waited for, each until its peer's End-of-RIB, all of them no longer than `graceful restart wait`.
 * Kernel protocols with `graceful restart` keep still meanwhile. A peer that is not there never holds the others up: its
 * channel is given up when its protocol says so.
 */
import type { Clock } from './clock.ts';

export class Recovery {
  readonly #clock: Clock;
  readonly #waiting = new Set<object>();
  readonly #listeners: (() => void)[] = [];
  #active = false;
  #deadline = Number.POSITIVE_INFINITY;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins recovery; it ends by itself after `waitSeconds`. */
  begin(waitSeconds: number): void {
    this.#active = true;
    this.#startedAt = this.#clock.now();
    this.#deadline = this.#startedAt + waitSeconds * 1000;
    this.#timer = setTimeout(() => this.end(), waitSeconds * 1000);
    this.#timer.unref();
  }

  get active(): boolean {
    return this.#active;
  }

  /** Channels still waited for, and the timer, for `show status`. */
  get progress(): { readonly waiting: number; readonly remainingMs: number; readonly totalMs: number } {
    return {
      waiting: this.#waiting.size,
      remainingMs: Math.max(0, this.#deadline - this.#clock.now()),
      totalMs: this.#deadline - this.#startedAt,
    };
  }

  /** This channel takes part. No effect when no recovery runs. */
  waitFor(channel: object): void {
    if (this.#active) this.#waiting.add(channel);
  }

  isWaitingFor(channel: object): boolean {
    return this.#waiting.has(channel);
  }

  /** The channel is complete, or given up. */
  done(channel: object): void {
    if (this.#waiting.delete(channel) && this.#waiting.size === 0) this.end();
  }

  /** Everybody who takes part has said so: without any it is over now. */
  allJoined(): void {
    if (this.#waiting.size === 0) this.end();
  }

  /** Calls `listener` when recovery is over: at once (in this turn) where none runs. */
  whenOver(listener: () => void): void {
    if (this.#active) this.#listeners.push(listener);
    else listener();
  }

  /** Ends recovery now. */
  end(): void {
    if (!this.#active) return;
    this.#active = false;
    this.#waiting.clear();
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    for (const listener of this.#listeners.splice(0)) listener();
  }
}
