/**
 * A neighbour's share in the recovery of the whole daemon (RFC 4724 section 4.1): its channels are waited for until the
 * peer's End-of-RIB, but never for a peer that is not there: one dead node must not hold up a whole mesh.
 */

import type { PeerFsm } from '../../fsm/index.ts';
import { SessionState } from '../../fsm/index.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Recovery } from '../protocol/recovery.ts';

/** Attempts that fail, or the time that one stays without an answer, before the peer counts as gone. */
const FAILURES = 3;
const SILENCE_MS = 5000;
/** How long a peer may close what it accepts: some rest a while after they have lost a session, before they take the next. */
const REST_MS = 20_000;
/** How long a peer that has to call us may take: the longest wait after an error that is usual, and some. */
const CALL_MS = 45_000;
/** When nobody has called for so long, all those of a range who come back at once are back: they call within seconds. */
const CALM_MS = 10_000;
const LOOK_MS = 500;

export class RecoveryShare {
  readonly #recovery: Recovery;
  readonly #clock: Clock;
  readonly #fsm: () => PeerFsm | undefined;
  #channels: readonly object[] = [];
  #failures = 0;
  #joinedAt = 0;
  /** Callers are waited for, and nobody knows how many; the last one came then. */
  #range = false;
  #calledAt = Number.POSITIVE_INFINITY;
  #resting = false;
  #silentSince = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;

  constructor(recovery: Recovery, clock: Clock, fsm: () => PeerFsm | undefined) {
    this.#recovery = recovery;
    this.#clock = clock;
    this.#fsm = fsm;
  }

  /** These channels take part. */
  join(channels: readonly object[]): void {
    if (!this.#recovery.active || channels.length === 0) return;
    this.#channels = channels;
    this.#joinedAt = this.#clock.now();
    for (const channel of channels) this.#recovery.waitFor(channel);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** The same for a range: those who were there before the restart will call. */
  joinRange(channels: readonly object[]): void {
    this.#range = true;
    this.join(channels);
  }

  /** Somebody of the range called; from now on the neighbour that was born is waited for as any other. */
  called(): void {
    this.#calledAt = this.#clock.now();
  }

  /** The channel is complete, or its peer has nothing to be waited for. */
  done(channel: object): void {
    this.#recovery.done(channel);
  }

  /** An attempt to reach the peer failed. */
  attemptFailed(): void {
    if (++this.#failures >= FAILURES) this.leave();
  }

  /** The peer is there, but takes no session yet. */
  turnedAway(): void {
    this.#failures = 0;
    if (this.#resting) return;
    this.#resting = true;
    this.giveTime(REST_MS);
  }

  /** A session is up: from now on the peer's End-of-RIB is waited for. */
  admitted(): void {
    if (!this.#resting) return;
    this.#resting = false;
    clearTimeout(this.#patience);
  }

  /** The peer is there but may never say that it is complete: it is waited for so long and no longer. */
  giveTime(milliseconds: number): void {
    if (this.#channels.length === 0) return;
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.leave(), milliseconds);
    this.#patience.unref();
  }

  /** Nobody has to wait for this neighbour (any more). */
  leave(): void {
    clearTimeout(this.#patience);
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const channel of this.#channels) this.#recovery.done(channel);
    this.#channels = [];
  }

  #look(): void {
    if (!this.#recovery.active) {
      this.leave();
      return;
    }
    const now = this.#clock.now();
    if (this.#range) {
      if (now - this.#calledAt >= CALM_MS || now - this.#joinedAt >= CALL_MS) this.leave();
      return;
    }
    const fsm = this.#fsm();
    if (fsm?.config.passive === true) {
      const quiet = fsm.outgoing.connection === 0 && fsm.incoming.connection === 0;
      if (quiet && now - this.#joinedAt >= CALL_MS) this.leave();
      return;
    }
    // A host that stands still accepts connections as well: the kernel does that. Only an OPEN is a sign of life.
    const state = fsm?.outgoing.state;
    const answered = (fsm?.incoming.state ?? 0) > SessionState.OpenSent;
    if (answered || (state !== SessionState.Connect && state !== SessionState.OpenSent)) {
      this.#silentSince = Number.POSITIVE_INFINITY;
      return;
    }
    this.#silentSince = Math.min(this.#silentSince, now);
    if (now - this.#silentSince >= SILENCE_MS) this.leave();
  }
}
