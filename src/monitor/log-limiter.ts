/**
 * Keeps one bad peer from filling the log: messages of one kind about one subject pass at a bounded rate, the others
 * are counted, and the count is told with the next one that passes or, if none comes, a while later.
 *
 * A token bucket per (subject, kind). Buckets live only as long as something happens; their number is bounded, so that
 * somebody with many addresses cannot make us remember them all.
 */
import type { LogClass } from '../../config/index.ts';
import type { Log } from '../protocol/log.ts';

export interface LogLimiterOptions {
  /** Messages that pass at once. */
  readonly burst?: number;
  /** After that, one message each so many milliseconds. */
  readonly intervalMs?: number;
  readonly maxBuckets?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

type Fields = Readonly<Record<string, unknown>>;

interface Bucket {
  readonly subject: string;
  readonly kind: string;
  logClass: LogClass;
  tokens: number;
  refilledAt: number;
  suppressed: number;
}

export class LogLimiter {
  readonly #log: Log;
  readonly #burst: number;
  readonly #intervalMs: number;
  readonly #maxBuckets: number;
  readonly #now: () => number;
  /** The one touched longest ago comes first. */
  readonly #buckets = new Map<string, Bucket>();
  #timer: NodeJS.Timeout | undefined;
  #suppressed = 0;

  constructor(log: Log, options: LogLimiterOptions = {}) {
    this.#log = log;
    this.#burst = options.burst ?? 5;
    this.#intervalMs = options.intervalMs ?? 10_000;
    this.#maxBuckets = options.maxBuckets ?? 4096;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Messages held back so far, all subjects together. */
  get suppressed(): number {
    return this.#suppressed;
  }

  /**
   * Writes, or counts. True if it was written.
   *
   * @param subject whom it is about: a protocol name, an address.
   * @param kind what it is about; one bucket each. A fixed word, never text from outside.
   * @param text a function where it costs something to make: it is called only if the message passes. The same for
   *   `fields`.
   */
  write(
    subject: string,
    kind: string,
    logClass: LogClass,
    text: string | (() => string),
    fields?: Fields | (() => Fields),
  ): boolean {
    const bucket = this.#bucket(subject, kind, logClass);
    if (bucket.tokens < 1) {
      bucket.suppressed++;
      this.#suppressed++;
      this.#timer ??= this.#startTimer();
      return false;
    }
    bucket.tokens--;
    const suppressed = bucket.suppressed;
    bucket.suppressed = 0;
    const words = typeof text === 'string' ? text : text();
    const facts = typeof fields === 'function' ? fields() : fields;
    if (suppressed === 0) this.#log.write(logClass, words, facts);
    else this.#log.write(logClass, `${words} (${suppressed} similar ones suppressed)`, { ...facts, suppressed });
    return true;
  }

  /** Tells all counts that are not told yet, and forgets buckets that are full again. */
  flush(): void {
    for (const [key, bucket] of this.#buckets) {
      this.#tell(bucket);
      this.#refill(bucket);
      if (bucket.tokens >= this.#burst) this.#buckets.delete(key);
    }
  }

  close(): void {
    if (this.#timer !== undefined) clearInterval(this.#timer);
    this.#timer = undefined;
    this.#buckets.clear();
  }

  #bucket(subject: string, kind: string, logClass: LogClass): Bucket {
    const key = `${kind}\u0000${subject}`;
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = { subject, kind, logClass, tokens: this.#burst, refilledAt: this.#now(), suppressed: 0 };
      if (this.#buckets.size >= this.#maxBuckets) this.#forgetOldest();
    } else {
      this.#buckets.delete(key);
      this.#refill(bucket);
      bucket.logClass = logClass;
    }
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #refill(bucket: Bucket): void {
    const now = this.#now();
    const gained = (now - bucket.refilledAt) / this.#intervalMs;
    bucket.tokens = Math.min(this.#burst, bucket.tokens + gained);
    bucket.refilledAt = now;
  }

  #forgetOldest(): void {
    for (const [key, bucket] of this.#buckets) {
      this.#tell(bucket);
      this.#buckets.delete(key);
      return;
    }
  }

  #tell(bucket: Bucket): void {
    if (bucket.suppressed === 0) return;
    const { subject, kind, suppressed } = bucket;
    bucket.suppressed = 0;
    this.#log.write(bucket.logClass, `${subject}: ${suppressed} messages suppressed (${kind})`, {
      subject,
      kind,
      suppressed,
    });
  }

  #startTimer(): NodeJS.Timeout {
    const timer = setInterval(() => {
      this.flush();
      if (this.#buckets.size > 0) return;
      clearInterval(timer);
      this.#timer = undefined;
    }, this.#intervalMs * this.#burst);
    timer.unref();
    return timer;
  }
}
