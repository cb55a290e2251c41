/** What the BGP protocols of one daemon share besides what all protocols do: the ticker, and names for those born at run time. */
import type { Listeners } from '../net/listener.ts';
import type { Clock } from '../protocol/clock.ts';
import { Ticker } from './ticker.ts';

export class BgpHub {
  readonly ticker: Ticker;
  readonly random: () => number = Math.random;
  readonly #dynamicNumbers = new Map<string, number>();
  static readonly #byListeners = new WeakMap<Listeners, BgpHub>();

  constructor(clock: Clock) {
    this.ticker = new Ticker(clock);
  }

  /** The hub that belongs to the daemon's listeners. */
  static of(clock: Clock, listeners: Listeners): BgpHub {
    let hub = BgpHub.#byListeners.get(listeners);
    if (hub === undefined) {
      hub = new BgpHub(clock);
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
