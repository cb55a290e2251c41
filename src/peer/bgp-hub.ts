/**
 * What the BGP protocols of one daemon share besides what all protocols do: the ticker, names for those that are born at
 * run time, and the eye on file descriptors.
 */
import type { Ip } from '../../bgp/index.ts';
import type { BgpConfig } from '../../config/index.ts';
import { DescriptorWatch } from '../net/descriptor-watch.ts';
import type { Transport } from '../net/transport.ts';
import type { ProtocolContext } from '../protocol/context.ts';
import { Ticker } from './ticker.ts';

export class BgpHub {
  readonly ticker: Ticker;
  readonly random: () => number = Math.random;
  readonly #dynamicNumbers = new Map<string, number>();
  /** Names of dynamic neighbours that are there. */
  readonly #dynamicNames = new Set<string>();
  static readonly #byTransport = new WeakMap<Transport, BgpHub>();

  constructor({ clock, limiter }: ProtocolContext) {
    this.ticker = new Ticker(clock);
    new DescriptorWatch(({ open, limit }) => {
      const text = `File descriptors run short: ${open} of ${limit} are open; connections may fail`;
      limiter.write('descriptors', 'short', 'error', text);
    }).start();
  }

  /** The hub that belongs to the daemon's transport. */
  static of(context: ProtocolContext, transport: Transport): BgpHub {
    let hub = BgpHub.#byTransport.get(transport);
    if (hub === undefined) {
      hub = new BgpHub(context);
      BgpHub.#byTransport.set(transport, hub);
    }
    return hub;
  }

  /** `dynbgp1`, `dynbgp02`: no number is given twice. With a pattern, `node-192.0.2.1`, and `_2` behind it if need be. */
  dynamicName(config: BgpConfig, address: Ip, interfaceName: string | undefined): string {
    const base = config.dynamicNamePattern ?? `${config.dynamicName}%n`;
    const next = (this.#dynamicNumbers.get(base) ?? 0) + 1;
    this.#dynamicNumbers.set(base, next);
    const words: Readonly<Record<string, string>> = {
      '%a': address,
      '%i': interfaceName ?? '',
      '%n': String(next).padStart(config.dynamicNameDigits, '0'),
    };
    const name = base.replaceAll(/%[ain]/g, (word) => words[word] ?? '');
    let free = name;
    for (let i = 2; this.#dynamicNames.has(free); i++) free = `${name}_${i}`;
    this.#dynamicNames.add(free);
    return free;
  }

  dynamicNameFree(name: string): void {
    this.#dynamicNames.delete(name);
  }
}
