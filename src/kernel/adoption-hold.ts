/**
 * When do routes of an earlier run go that nobody has announced again?
 *
 * After a restart the RIB is empty at first; taking "not there" for "not wanted" would tear down all forwarding and
 * build it up again a moment later. With recovery (`-R`) somebody knows when the neighbours are complete. Without it,
 * sessions get the time that they usually need, and more as long as adopted routes are still being claimed; never more
 * than the longest time, so that what is gone for good does not attract packets for ever. A protocol that is restarted
 * in a running daemon finds a complete RIB and waits for the feed alone.
 */
import type { ProtocolContext } from '../protocol/context.ts';
import type { FibSync } from './fib-sync.ts';

/** Connect delay, the peer's view of our death, OPEN, and the first burst of routes. */
const USUAL_MS = 30_000;
/** Without a claim for so long the feed counts as complete. */
const QUIET_MS = 5_000;
const LONGEST_MS = 300_000;
const LOOK_MS = 500;

export class AdoptionHold {
  readonly #context: ProtocolContext;
  readonly #sync: FibSync;
  readonly #ranBefore: boolean;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #adopted = 0;
  #claimedAt = 0;
  #closed = false;

  constructor(context: ProtocolContext, sync: FibSync, ranBefore: boolean) {
    this.#context = context;
    this.#sync = sync;
    this.#ranBefore = ranBefore;
  }

  /** The RIB as it was at the start has been told. */
  fed(): void {
    const { recovery, clock } = this.#context;
    if (recovery.active) {
      // What the last neighbour said still has to run through the tables.
      recovery.whenOver(() => this.#watch(clock.now() - USUAL_MS));
    } else if (this.#ranBefore || this.#sync.adoptedCount === 0) {
      this.#sync.sweep();
    } else {
      this.#watch(clock.now());
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#closed = true;
  }

  #watch(startedAt: number): void {
    if (this.#closed) return;
    this.#startedAt = startedAt;
    this.#adopted = this.#sync.adoptedCount;
    this.#claimedAt = this.#context.clock.now();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  #look(): void {
    const now = this.#context.clock.now();
    const adopted = this.#sync.adoptedCount;
    if (adopted < this.#adopted) this.#claimedAt = now;
    this.#adopted = adopted;
    const age = now - this.#startedAt;
    const complete = adopted === 0 || (age >= USUAL_MS && now - this.#claimedAt >= QUIET_MS);
    if (!complete && age < LONGEST_MS) return;
    clearInterval(this.#timer);
    this.#sync.sweep();
  }
}
