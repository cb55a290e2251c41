/**
 * Finds inputs that take far longer than others of their size. One slow run means nothing (the collector, another
 * process); an input that is slow again and again is a finding.
 */
export interface SlowInput {
  readonly bytes: Uint8Array;
  readonly ms: number;
  readonly medianMs: number;
}

/** How much slower than the median of its size an input may be. */
const FACTOR = 20;
/** Below this nobody is slow, whatever the median. */
const LEAST_MS = 1;
const SAMPLES = 512;
const RETRIES = 5;
class SizeClass {
  readonly samples = new Float64Array(SAMPLES);
  count = 0;
  #median = 0;
  #medianAt = 0;
  add(ms: number): void {
    this.samples[this.count++ % SAMPLES] = ms;
  }

  /** 0 while too little is known. */
  get median(): number {
    if (this.count < 64) return 0;
    if (this.count - this.#medianAt >= SAMPLES || this.#medianAt === 0) {
      const sorted = this.samples.slice(0, Math.min(this.count, SAMPLES)).sort();
      this.#median = sorted[sorted.length >> 1]!;
      this.#medianAt = this.count;
    }
    return this.#median;
  }
}

export class Stopwatch {
  /** By the number of bits of the size. */
  readonly #classes = Array.from({ length: 17 }, () => new SizeClass());
  readonly slow: SlowInput[] = [];
  /** Longest time that an input took, again and again. */
  longestMs = 0;
  /**
   * Runs `work` on `bytes`; again, if it took long.
   *
   * @param work true if the input was read to its end: one that is refused at the door says nothing about its size
   */
  time(bytes: Uint8Array, work: (bytes: Uint8Array) => boolean): void {
    const size = this.#classes[32 - Math.clz32(Math.min(bytes.length, 65535))]!;
    const { ms: first, wasRead } = run(bytes, work);
    if (wasRead) size.add(first);
    const { median } = size;
    if (median === 0 || first < LEAST_MS || first < FACTOR * median) return;
    let least = first;
    for (let i = 0; i < RETRIES; i++) least = Math.min(least, run(bytes, work).ms);
    this.longestMs = Math.max(this.longestMs, least);
    if (least >= LEAST_MS && least >= FACTOR * median)
      this.slow.push({ bytes: Uint8Array.from(bytes), ms: least, medianMs: median });
  }
}

function run(
  bytes: Uint8Array,
  work: (bytes: Uint8Array) => boolean,
): { readonly ms: number; readonly wasRead: boolean } {
  const from = performance.now();
  const wasRead = work(bytes);
  return { ms: performance.now() - from, wasRead };
}
