/**
 * Adj-RIB-Out with ADD-PATH (RFC 7911): what the members of a group have been sent, any number of routes a prefix. A
 * path is a route row of the table; its number is the path identifier on the wire.
 *
 *     prefix row --head--> entry --next--> entry           entry: path, sent, except (as in AdjRibOut)
 *
 * Entries with `sent` 0 tell why a route is not announced. Cost: 16 octets a route and 4 a prefix.
 */
import type { OutgoingId, PrefixId } from './ids.ts';
import { capacityFor, resized } from './storage/columns.ts';
import { FreeList } from './storage/free-list.ts';

export class AdjRibOutPaths {
  path: Uint32Array = new Uint32Array(64);
  sent: Uint32Array = new Uint32Array(64);
  except: Uint32Array = new Uint32Array(64);
  next: Uint32Array = new Uint32Array(64);
  /** Announced routes. */
  count = 0;
  /** The largest prefix row that was ever written. */
  highWater = 0;
  #head = new Uint32Array(64);
  readonly #rows = new FreeList();

  get bytes(): number {
    return 4 * this.path.byteLength + this.#head.byteLength + this.#rows.bytes;
  }

  /** The largest entry number that may be in use. */
  get rowsHighWater(): number {
    return this.#rows.highWater;
  }

  /** First entry of the prefix; 0: none. */
  first(prefix: PrefixId): number {
    return prefix <= this.highWater ? this.#head[prefix] : 0;
  }

  find(prefix: PrefixId, path: number): number {
    let entry = this.first(prefix);
    while (entry !== 0 && this.path[entry] !== path) entry = this.next[entry];
    return entry;
  }

  /** References are the caller's affair, here and below. */
  add(prefix: PrefixId, path: number, sent: OutgoingId, except: number): number {
    if (prefix > this.highWater) {
      this.highWater = prefix;
      if (prefix >= this.#head.length) this.#head = resized(this.#head, capacityFor(prefix, this.#head.length));
    }
    const entry = this.#rows.take();
    if (entry >= this.path.length) this.#grow();
    this.path[entry] = path;
    this.sent[entry] = sent;
    this.except[entry] = except;
    this.next[entry] = this.#head[prefix];
    this.#head[prefix] = entry;
    if (sent !== 0) this.count++;
    return entry;
  }

  set(entry: number, sent: OutgoingId, except: number): void {
    if (this.sent[entry] === 0) {
      if (sent !== 0) this.count++;
    } else if (sent === 0) this.count--;
    this.sent[entry] = sent;
    this.except[entry] = except;
  }

  remove(prefix: PrefixId, entry: number): void {
    if (this.sent[entry] !== 0) this.count--;
    let before = 0;
    for (let at = this.#head[prefix]; at !== entry; at = this.next[at]) before = at;
    if (before === 0) this.#head[prefix] = this.next[entry];
    else this.next[before] = this.next[entry];
    this.sent[entry] = 0;
    this.except[entry] = 0;
    this.#rows.giveBack(entry);
  }

  #grow(): void {
    const capacity = 2 * this.path.length;
    this.path = resized(this.path, capacity);
    this.sent = resized(this.sent, capacity);
    this.except = resized(this.except, capacity);
    this.next = resized(this.next, capacity);
  }
}
