/**
 * After a restart: when does writing begin, and when do routes of the earlier run go that nobody has announced again?
 *
 * After a restart the RIB is empty at first; taking "not there" for "not wanted" would tear down all forwarding and
 * build it up again a moment later. With recovery (`-R`) somebody knows when the neighbours are complete, and only what
 * they said last still has to run through the tables. Without it the first feed is waited for: until every neighbour has
 * sent End-of-RIB, or is known not to be there. A protocol that is restarted in a running daemon finds a complete RIB.
 */
import type { ProtocolContext } from '../protocol/context.ts';

/** How often it is looked whether all is told; a route too many can wait longer than one that is wanted. */
const SWEEP_LOOK_MS = 250;
const WRITE_LOOK_MS = 20;

export interface AdoptionSubject {
  /** Routes of an earlier run that the RIB has not spoken of. */
  readonly adoptedCount: number;
  /** What is in the RIB has all been told. */
  readonly caughtUp: boolean;
  /** There is no room for more that is to be written. */
  readonly congested: boolean;
  sweep(): void;
}

export class AdoptionHold {
  readonly #context: ProtocolContext;
  readonly #subject: AdoptionSubject;
  readonly #ranBefore: boolean;
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
    const sweep = (): void => this.#subject.sweep();
    recovery.whenOver(() => firstFeed.whenOver(() => this.#look(SWEEP_LOOK_MS, () => this.#subject.caughtUp, sweep)));
  }

  /**
   * Calls `write` when recovery is over and what the neighbours said last has come through: half of it would be written
   * over what the kernel still has of the earlier run.
   */
  whenRecovered(write: () => void): void {
    const { recovery } = this.#context;
    if (!recovery.active) {
      write();
      return;
    }
    const subject = this.#subject;
    recovery.whenOver(() => this.#look(WRITE_LOOK_MS, () => subject.caughtUp || subject.congested, write));
  }

  close(): void {
    this.#closed = true;
  }

  /** Calls `then` when `complete` has been true twice in a row: something may be on its way between two tables. */
  #look(everyMs: number, complete: () => boolean, then: () => void): void {
    let before = false;
    const look = (): void => {
      if (this.#closed) return;
      const now = complete();
      if (before && now) {
        then();
        return;
      }
      before = now;
      setTimeout(look, everyMs).unref();
    };
    look();
  }
}
