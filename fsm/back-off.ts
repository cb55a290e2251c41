/**
 * BIRD's `error wait time MIN, MAX` and `error forget time` (the IdleHoldTimer and DampPeerOscillations of RFC 4271
 * section 8): after an error of the protocol a neighbour rests, twice as long from error to error, and is forgiven
 * when none has come for a while. Resting is no merit: the time to forget counts from the end of the rest, so that the
 * longest rest is not followed by the shortest one.
 */
import type { PeerFsmConfig } from './peer-config.ts';
import { Deadline, jittered } from './timer.ts';

export class BackOff {
  readonly timer = new Deadline();
  /** The length of the last rest; 0 after none. */
  seconds = 0;
  /** An error has not been rested for yet. */
  due = false;
  #quietSince = Number.NEGATIVE_INFINITY;

  /** One more error. */
  record(config: PeerFsmConfig, now: number): void {
    if (now - this.#quietSince >= config.errorForgetTime * 1000) this.seconds = 0;
    this.#quietSince = now;
    this.seconds = this.seconds === 0 ? config.errorWaitTimeMin : Math.min(2 * this.seconds, config.errorWaitTimeMax);
    this.due = this.seconds > 0;
  }

  forget(): void {
    this.timer.stop();
    this.seconds = 0;
    this.due = false;
    this.#quietSince = Number.NEGATIVE_INFINITY;
  }

  /** The rest begins. */
  start(now: number, random: () => number): void {
    this.due = false;
    this.timer.start(now, jittered(this.seconds * 1000, random), this.seconds * 1000);
    this.#quietSince = this.timer.at;
  }
}
