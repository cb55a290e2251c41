/**
 * The columns behind FibSync: what is wanted and what is installed at each prefix, as body ids with one reference each,
 * and flags. Counts are kept beside the flags they count.
 *
 * Cost: 9 octets a prefix beside the PrefixTable's 13 to 33.
 */
import type { FibBodies } from './fib-body.ts';

export const RowFlag = {
  Queued: 1,
  /** A change is under way. */
  Flying: 2,
  /** The last change was refused and nothing has changed since. */
  Failed: 4,
  /** Waits for the repair timer. */
  Repair: 8,
  /** Found in the kernel, and the RIB has not spoken of it yet. */
  Adopted: 16,
} as const;

export class FibRows {
  installedCount = 0;
  failedCount = 0;
  adoptedCount = 0;
  readonly #bodies: FibBodies;
  #wanted = new Uint32Array(1024);
  #installed = new Uint32Array(1024);
  #flags = new Uint8Array(1024);

  constructor(bodies: FibBodies) {
    this.#bodies = bodies;
  }

  get capacity(): number {
    return this.#flags.length;
  }

  wanted(row: number): number {
    return this.#wanted[row]!;
  }

  installed(row: number): number {
    return this.#installed[row]!;
  }

  flags(row: number): number {
    return this.#flags[row]!;
  }

  has(row: number, flag: number): boolean {
    return (this.#flags[row]! & flag) !== 0;
  }

  /** For flags that are not counted. */
  set(row: number, flag: number): void {
    this.#flags[row]! |= flag;
  }

  clear(row: number, flag: number): void {
    this.#flags[row]! &= ~flag;
  }

  /** Takes over the reference on `body`. */
  setWanted(row: number, body: number): void {
    this.#bodies.release(this.#wanted[row]!);
    this.#wanted[row] = body;
  }

  /** Takes over the reference on `body`. */
  setInstalled(row: number, body: number): void {
    const old = this.#installed[row]!;
    if (old !== 0) this.installedCount--;
    if (body !== 0) this.installedCount++;
    this.#bodies.release(old);
    this.#installed[row] = body;
  }

  /** Metric of the installed route; -1: none is installed. */
  installedMetric(row: number): number {
    const body = this.#installed[row]!;
    return body === 0 ? -1 : this.#bodies.get(body).metric;
  }

  wantedMetric(row: number): number {
    const body = this.#wanted[row]!;
    return body === 0 ? -1 : this.#bodies.get(body).metric;
  }

  setFailed(row: number): void {
    if (!this.has(row, RowFlag.Failed)) this.failedCount++;
    this.set(row, RowFlag.Failed);
  }

  clearFailed(row: number): void {
    if (this.has(row, RowFlag.Failed)) this.failedCount--;
    this.clear(row, RowFlag.Failed);
  }

  setAdopted(row: number): void {
    if (!this.has(row, RowFlag.Adopted)) this.adoptedCount++;
    this.set(row, RowFlag.Adopted);
  }

  clearAdopted(row: number): void {
    if (this.has(row, RowFlag.Adopted)) this.adoptedCount--;
    this.clear(row, RowFlag.Adopted);
  }

  /** True if the columns grew. */
  growTo(row: number): boolean {
    if (row < this.#flags.length) return false;
    let capacity = this.#flags.length;
    while (capacity <= row) capacity *= 2;
    const wanted = new Uint32Array(capacity);
    const installed = new Uint32Array(capacity);
    const flags = new Uint8Array(capacity);
    wanted.set(this.#wanted);
    installed.set(this.#installed);
    flags.set(this.#flags);
    this.#wanted = wanted;
    this.#installed = installed;
    this.#flags = flags;
    return true;
  }
}
