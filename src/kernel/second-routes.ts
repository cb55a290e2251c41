/**
 * Routes of ours that lie under one prefix beside the one that counts as installed, with another metric: left by an
 * earlier run with another configuration, or put there by somebody with our protocol number. The one that is wanted
 * becomes the installed one, the others go. Rare: objects.
 */
import type { FibBodies } from './fib-body.ts';
import type { FibRows } from './fib-rows.ts';

export class SecondRoutes {
  readonly #bodies: FibBodies;
  readonly #rows: FibRows;
  /** Bodies by row, with one reference each. */
  readonly #found = new Map<number, number[]>();
  /** The one whose removal is under way. */
  readonly #leaving = new Map<number, number>();

  constructor(bodies: FibBodies, rows: FibRows) {
    this.#bodies = bodies;
    this.#rows = rows;
  }

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  has(row: number): boolean {
    return this.#found.has(row);
  }

  /** Takes over the reference on `body`. */
  add(row: number, body: number): void {
    const found = this.#found.get(row);
    const known = this.#rows.installed(row) === body || this.#leaving.get(row) === body;
    if (known || found?.includes(body) === true) {
      this.#bodies.release(body);
      return;
    }
    if (found === undefined) this.#found.set(row, [body]);
    else found.push(body);
    this.prefer(row);
  }

  /** If one of them is what is wanted, it changes places with the installed one. */
  prefer(row: number): void {
    const found = this.#found.get(row);
    const wanted = this.#rows.wanted(row);
    const index = found?.indexOf(wanted) ?? -1;
    if (found === undefined || index < 0) return;
    const other = this.#rows.installed(row);
    this.#bodies.retain(other);
    this.#rows.setInstalled(row, wanted);
    if (other !== 0) found[index] = other;
    else found.splice(index, 1);
    if (found.length === 0) this.#found.delete(row);
  }

  /** One that has to go now; 0: none. Its removal ends with `left`. */
  take(row: number): number {
    const found = this.#found.get(row);
    const body = found?.pop();
    if (found === undefined || body === undefined) return 0;
    if (found.length === 0) this.#found.delete(row);
    this.#leaving.set(row, body);
    return body;
  }

  /** An answer for the row has come. True if it was about one of these, so says nothing about the installed route. */
  left(row: number): boolean {
    const body = this.#leaving.get(row);
    if (body === undefined) return false;
    this.#leaving.delete(row);
    this.#bodies.release(body);
    return true;
  }

  clear(): void {
    for (const found of this.#found.values()) for (const body of found) this.#bodies.release(body);
    for (const body of this.#leaving.values()) this.#bodies.release(body);
    this.#found.clear();
    this.#leaving.clear();
  }
}
