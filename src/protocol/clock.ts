/** Time as a protocol sees it; tests have clocks of their own. */

export interface Clock {
  /** Monotonic milliseconds; every interval and deadline is measured with it. */
  now(): number;
  /** Milliseconds since 1970, for people only. */
  wall(): number;
}

/** The clocks of this machine. */
export const SYSTEM_CLOCK: Clock = { now: () => performance.now(), wall: () => Date.now() };
