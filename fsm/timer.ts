/**
 * Time as numbers. A deadline is a millisecond of the monotonic clock that the driver hands in; the driver keeps one
 * coarse ticker and asks for the earliest deadline. Restarting one is an assignment, so a busy session pays nothing
 * for its hold timer.
 */

/** What `show protocols all` prints of a running timer. */
export interface TimerFacts {
  readonly remainingMs: number;
  readonly totalSeconds: number;
}

export class Deadline {
  /** Monotonic milliseconds; Infinity while it does not run. */
  at = Number.POSITIVE_INFINITY;
  #totalMs = 0;

  /**
   * @param delayMs how long from now it runs.
   * @param totalMs the time as configured or negotiated, before jitter, for people.
   */
  start(now: number, delayMs: number, totalMs = delayMs): void {
    this.at = now + delayMs;
    this.#totalMs = totalMs;
  }

  stop(): void {
    this.at = Number.POSITIVE_INFINITY;
  }

  get running(): boolean {
    return this.at !== Number.POSITIVE_INFINITY;
  }

  isDue(now: number): boolean {
    return this.at <= now;
  }

  facts(now: number): TimerFacts | undefined {
    if (!this.running) return undefined;
    return { remainingMs: Math.max(0, this.at - now), totalSeconds: this.#totalMs / 1000 };
  }
}

/**
 * RFC 4271 section 10: timers that many routers may start at the same moment are shortened by up to a quarter, drawn
 * anew at each start. Hold and send-hold timers are never shortened: they are promises to the peer.
 *
 * @param random yields 0 <= x < 1.
 */
export function jittered(ms: number, random: () => number): number {
  return ms * (1 - random() / 4);
}
