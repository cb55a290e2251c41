/**
 * What the BGP protocols of one daemon share besides what all protocols do: the ticker, names for those that are born at
 * run time, and the eye on file descriptors.
 */
import { DescriptorWatch } from '../net/descriptor-watch.ts';
import type { Listeners } from '../net/listener.ts';
import type { ProtocolContext } from '../protocol/context.ts';
import { Ticker } from './ticker.ts';

export class BgpHub {
  readonly ticker: Ticker;
  readonly random: () => number = Math.random;
  readonly #dynamicNumbers = new Map<string, number>();
  static readonly #byListeners = new WeakMap<Listeners, BgpHub>();

  constructor({ clock, limiter }: ProtocolContext) {
    this.ticker = new Ticker(clock);
    new DescriptorWatch(({ open, limit }) => {
      const text = `File descriptors run short: ${open} of ${limit} are open; connections may fail`;
      limiter.write('descriptors', 'short', 'error', text);
    }).start();
  }

  /** The hub that belongs to the daemon's listeners. */
  static of(context: ProtocolContext, listeners: Listeners): BgpHub {
    let hub = BgpHub.#byListeners.get(listeners);
    if (hub === undefined) {
      hub = new BgpHub(context);
      BgpHub.#byListeners.set(listeners, hub);
    }
    return hub;
  }

  /** `dynbgp1`, `dynbgp02`: no number is given twice. */
  nextDynamicName(base: string, digits: number): string {
    const number = (this.#dynamicNumbers.get(base) ?? 0) + 1;
    this.#dynamicNumbers.set(base, number);
    return `${base}${String(number).padStart(digits, '0')}`;
  }
}
