/**
 * Options while a block is read: which were written, their values, and where. A template's bag is copied into the
 * protocol that is made `from` it; what stays unwritten takes its default at the end.
 */
import type { Token } from '../syntax/token.ts';

export class OptionBag<T extends object> {
  private readonly values = new Map<keyof T, T[keyof T]>();
  private readonly places = new Map<keyof T, Token>();

  /** `at` is the first word of the statement that said it. */
  set<K extends keyof T>(key: K, value: T[K], at: Token): void {
    this.values.set(key, value);
    this.places.set(key, at);
  }

  has(key: keyof T): boolean {
    return this.values.has(key);
  }

  /** The written value, or `undefined`. */
  get<K extends keyof T>(key: K): T[K] | undefined {
    return this.values.get(key) as T[K] | undefined;
  }

  /** Where the option was written last. */
  place(key: keyof T): Token | undefined {
    return this.places.get(key);
  }

  copyFrom(other: OptionBag<T>): void {
    // Lists grow while they are read: a protocol adds to a copy of its template's.
    for (const [key, value] of other.values) {
      this.values.set(key, (Array.isArray(value) ? [...value] : value) as T[keyof T]);
    }
    for (const [key, place] of other.places) this.places.set(key, place);
  }
}
