/**
 * When do routes of an earlier run go that nobody has announced again?
 *
 * After a restart the RIB is empty at first; taking "not there" for "not wanted" would tear down all forwarding and
 * build it up again a moment later. With recovery (`-R`) somebody knows when the neighbours are complete, and only what
 * they said last still has to run through the tables. Without it, sessions get the time that they usually need, and more
 * as long as adopted routes are still being claimed; never more than the longest time, so that what is gone for good does
 * not attract packets for ever. A protocol that is restarted in a running daemon finds a complete RIB.
 */
import type { ProtocolContext } from '../protocol/context.ts';

/** Connect delay, the neighbour's view of our death, OPEN, and the first burst of routes. */
const USUAL_MS = 30_000;
/** Without a claim for so long the feed counts as complete. */
const QUIET_MS = 5_000;
const LONGEST_MS = 300_000;
const LOOK_MS = 250;

export interface AdoptionSubject {
  /** Routes of an earlier run that the RIB has not spoken of. */
  readonly adoptedCount: number;
  /** What is in the RIB has all been told. */
  readonly caughtUp: boolean;
  sweep(): void;
}

export class AdoptionHold {
  readonly #context: ProtocolContext;
  readonly #subject: AdoptionSubject;
  readonly #ranBefore: boolean;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #adopted = 0;
  #claimedAt = 0;
  #closed = false;

  constructor(context: ProtocolContext, subject: AdoptionSubject, ranBefore: boolean) {
    this.#context = context;
    this.#subject = subject;
    this.#ranBefore = ranBefore;
  }

  /** The RIB as it was at the start has been told. */
  fed(): void {
    const { recovery } = this.#context;
    if (recovery.active) recovery.whenOver(() => this.#look(() => this.#subject.caughtUp));
    else if (this.#ranBefore || this.#subject.adoptedCount === 0) this.#subject.sweep();
    else this.#holdUsual();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#closed = true;
  }

  #holdUsual(): void {
    const now = this.#context.clock.now();
    this.#startedAt = this.#claimedAt = now;
    this.#adopted = this.#subject.adoptedCount;
    this.#look(() => this.#isComplete());
  }

  #isComplete(): boolean {
    const now = this.#context.clock.now();
    const adopted = this.#subject.adoptedCount;
    if (adopted < this.#adopted) this.#claimedAt = now;
    this.#adopted = adopted;
    const age = now - this.#startedAt;
    if (adopted === 0 || age >= LONGEST_MS) return true;
    return age >= USUAL_MS && now - this.#claimedAt >= QUIET_MS;
  }

  /** Sweeps when `complete` has been true twice in a row: something may be on its way between two tables. */
  #look(complete: () => boolean): void {
    if (this.#closed) return;
    let before = false;
    this.#timer = setInterval(() => {
      const now = complete();
      if (before && now) {
        clearInterval(this.#timer);
        this.#subject.sweep();
      }
      before = now;
    }, LOOK_MS);
  }
}
