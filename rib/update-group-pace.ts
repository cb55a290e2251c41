/**
 * Who may be sent something now, so that nobody's queue grows without bound and nobody waits for a slow one.
 *
 *     queue   0 ---- LOW -------------------- HIGH ----
 *             |      may go on after lagging  | full: nothing more
 *
 * Members that share encoding go at one pace: the group pauses while one of them is full. If another one has run nearly
 * dry meanwhile, the full one is the slow one: it lags, the others go on without it, and it is told later what it
 * missed. It takes part again when its own queue has run nearly dry.
 */
import type { GroupMembership } from './update-group-member.ts';

/** Octets in the queue of one session. */
export const QUEUE_HIGH = 1 << 20;
export const QUEUE_LOW = 1 << 17;

/**
 * Sets `open` and `lagging` of members that go together. True if they have to pause.
 */
export function pace(members: readonly GroupMembership[]): boolean {
  let full = false;
  let dry = false;
  for (const member of members) {
    const queued = member.port.queuedOctets;
    if (queued <= QUEUE_LOW) member.lagging = false;
    if (!member.lagging) {
      if (queued > QUEUE_HIGH) full = true;
      else if (queued <= QUEUE_LOW) dry = true;
    }
  }
  let waiting = false;
  for (const member of members) {
    const queued = member.port.queuedOctets;
    if (queued > QUEUE_HIGH && !member.lagging) {
      if (full && dry) member.lagging = true;
      else waiting = true;
    }
    member.open = !member.lagging && queued <= QUEUE_HIGH;
  }
  return waiting;
}
