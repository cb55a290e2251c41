/**
 * When do routes of an earlier run go that nobody has announced again?
 *
 * After a restart the RIB is empty at first; taking "not there" for "not wanted" would tear down all forwarding and
 * build it up again a moment later. With recovery (`-R`) somebody knows when the neighbours are complete, and only what
 * they said last still has to run through the tables. Without it the first feed is waited for: until every neighbour has
 * sent End-of-RIB, or is known not to be there. A protocol that is restarted in a running daemon finds a complete RIB.
 */
import type { ProtocolContext } from '../protocol/context.ts';

/** How often it is looked whether all is told. */
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
  #closed = false;

  constructor(context: ProtocolContext, subject: AdoptionSubject, ranBefore: boolean) {
    this.#context = context;
    this.#subject = subject;
    this.#ranBefore = ranBefore;
  }

  /** The RIB as it was at the start has been told. */
  fed(): void {
    if (this.#ranBefore || this.#subject.adoptedCount === 0) {
      this.#subject.sweep();
      return;
    }
    const { recovery, firstFeed } = this.#context;
    recovery.whenOver(() => firstFeed.whenOver(() => this.#look(() => this.#subject.caughtUp)));
  }

  close(): void {
    clearInterval(this.#timer);
    this.#closed = true;
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
