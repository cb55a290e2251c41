/** The clocks of this machine. */
import type { Clock } from './context.ts';

export const SYSTEM_CLOCK: Clock = { now: () => performance.now(), wall: () => Date.now() };
