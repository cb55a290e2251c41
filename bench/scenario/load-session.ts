/** What the shapes of load share: speakers, phases that the other side starts, and waiting for the end of a phase. */
import { createInterface } from 'node:readline';
import type { RouteState } from './audit.ts';
import type { LoadLine, LoadOrder, Peer, Role } from './order.ts';
import { Speaker, type SpeakerOptions } from './speaker.ts';

/** Nothing more has come for this long: what was to come is there. */
const QUIET_MS = 300;

/** What the shapes share. */
export class Load {
  readonly order: LoadOrder;
  readonly #lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  readonly speakers: Speaker[] = [];

  constructor(order: LoadOrder) {
    this.order = order;
  }

  peers(...roles: readonly Role[]): Peer[] {
    return this.order.peers.filter((peer) => roles.includes(peer.role));
  }

  speaker(peer: Peer, options: Partial<SpeakerOptions> = {}): Speaker {
    const { target } = this.order;
    const speaker = new Speaker({ remoteAddress: target, localAddress: peer.address, as: peer.as, ...options });
    this.speakers.push(speaker);
    return speaker;
  }

  say(line: LoadLine): void {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }

  /** Runs `act` when the other side says so. It answers when the last thing happened, and figures of its own. */
  async phase(
    name: string,
    act: (start: number) => Promise<{ at: number; figures?: Record<string, number> }>,
  ): Promise<void> {
    this.say({ ready: name });
    if ((await this.#lines.next()).done === true) process.exit(1);
    const start = performance.now();
    try {
      const { at, figures } = await act(start);
      this.say({ done: name, seconds: (at - start) / 1000, figures: figures ?? {}, error: '' });
    } catch (error) {
      this.say({ done: name, seconds: Number.NaN, figures: {}, error: (error as Error).message });
      this.say({ end: '' });
      process.exit(0);
    }
  }

  audit(found: string): void {
    this.say({ audit: found });
  }

  /** Until every receiver has so many prefixes and nothing comes any more: the time of the last one. */
  async settled(receivers: readonly Speaker[], wanted: (receiver: Speaker, index: number) => number): Promise<number> {
    const end = performance.now() + this.order.scenario.timeoutMs;
    for (;;) {
      const now = performance.now();
      const last = Math.max(...receivers.map((receiver) => receiver.lastPrefixAt));
      const complete = receivers.every((receiver, i) => receiver.have === wanted(receiver, i));
      if (complete && now - last > QUIET_MS) return last;
      const lost = this.speakers.find((speaker) => speaker.closed);
      if (lost !== undefined) throw new Error(`lost ${lost.options.localAddress}: ${lost.notification}`);
      if (now > end) {
        const have = receivers.map((receiver, i) => `${receiver.have}/${wanted(receiver, i)}`);
        throw new Error(`it took too long: ${have.slice(0, 6).join(' ')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Takes what a receiver heard since the last time into its state. */
export function listen(state: RouteState, speaker: Speaker, daemonAs: number | undefined): RouteState {
  state.heard(speaker.heard.splice(0), daemonAs);
  return state;
}
