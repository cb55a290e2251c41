/**
 * Tells when file descriptors run short. Nobody else would: at the limit the event loop accepts connections and closes
 * them again without a word, so that neighbours see sessions that never come up.
 */
import { readdirSync, readFileSync } from 'node:fs';

const LOOK_MS = 5000;
/** Fewer left than this is short: a reconfiguration, a log file and a few sessions need some. */
const RESERVE = 16;

export interface DescriptorUse {
  readonly open: number;
  readonly limit: number;
}

export class DescriptorWatch {
  readonly #short: (use: DescriptorUse) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param short called at each look that finds descriptors short; the callee limits the rate. */
  constructor(short: (use: DescriptorUse) => void) {
    this.#short = short;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.look(), LOOK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  look(): void {
    const use = descriptorUse();
    if (use !== undefined && use.limit - use.open < RESERVE) this.#short(use);
  }
}

/** `undefined` where the system does not tell. */
export function descriptorUse(): DescriptorUse | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    if (limit === null) return undefined;
    return { open: readdirSync('/proc/self/fd').length, limit: Number(limit[1]) };
  } catch (error) {
    // The look itself needs a descriptor: not getting one is an answer.
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EMFILE' ? { open: Number.POSITIVE_INFINITY, limit: 0 } : undefined;
  }
}
