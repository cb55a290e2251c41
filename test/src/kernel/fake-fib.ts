/**
 * A kernel table made of a Map, whose answers the test decides: for what the real kernel does seldom (no memory, no
 * permission, answers lost) and for orders of events that cannot be forced on it.
 */
import { FibBodies } from '../../../src/kernel/fib-body.ts';
import type { FibListener, FibScan, FibTable, FibTableOptions, KernelFib } from '../../../src/kernel/kernel-fib.ts';
import type { RouteFailure } from '../../../src/kernel/netlink/error.ts';
import { type Destination, encodeNewRoute, RouteMessage } from '../../../src/kernel/netlink/route.ts';
import { MessageCursor } from '../../../src/kernel/netlink/wire.ts';
import { MessageWriter } from '../../../src/kernel/netlink/writer.ts';

interface Entry {
  readonly to: Destination;
  readonly body: number;
  readonly protocol: number;
}

interface Change {
  readonly row: number;
  readonly to: Destination;
  readonly old: number;
  readonly next: number;
  carriedOut: boolean;
}

export type Verdict = 'done' | { readonly failure: RouteFailure; readonly remainder: 'old' | 'nothing' | 'unknown' };

export class FakeFib implements KernelFib, FibTable {
  readonly programs = true;
  readonly bodies = new FibBodies();
  readonly entries = new Map<string, Entry>();
  /** Changes that are under way. */
  readonly pending: Change[] = [];
  /** Every change, as text. */
  readonly history: string[] = [];
  capacity = 340;
  /** Answers to scans, when `holdScans` is set. */
  readonly heldScans: (() => void)[] = [];
  holdScans = false;
  scanOk = true;
  scans = 0;
  listener!: FibListener;

  open(_options: FibTableOptions, listener: FibListener): FibTable {
    this.listener = listener;
    return this;
  }

  get room(): number {
    return this.capacity - this.pending.length;
  }

  change(row: number, to: Destination, old: number, next: number): void {
    this.pending.push({ row, to: { ...to }, old, next, carriedOut: false });
    this.history.push(`${key(to)}: ${old} -> ${next}`);
  }

  flush(): void {}

  /** Puts a route there, without a word. */
  put(to: Destination, body: number, protocol = 12): void {
    this.bodies.retain(body);
    this.drop(to);
    this.entries.set(key(to), { to: { ...to }, body, protocol });
  }

  /** Takes it away as the kernel does when a link goes down: without a word. */
  drop(to: Destination): void {
    const entry = this.entries.get(key(to));
    if (entry === undefined) return;
    this.entries.delete(key(to));
    this.bodies.release(entry.body);
  }

  has(to: Destination): boolean {
    return this.entries.has(key(to));
  }

  /** Does what is under way; the answers are still to come. */
  carryOut(): void {
    for (const change of this.pending) this.#carryOut(change);
  }

  #carryOut(change: Change): void {
    if (change.carriedOut) return;
    change.carriedOut = true;
    if (change.next === 0) this.drop(change.to);
    else this.put(change.to, change.next);
  }

  /** Answers all that is under way as `verdict` says. */
  answer(verdict: (change: Change) => Verdict = () => 'done'): number {
    const changes = this.pending.splice(0);
    for (const change of changes) {
      const answer = verdict(change);
      if (answer === 'done') {
        this.#carryOut(change);
        this.listener.changed(change.row, change.next);
      } else {
        if (answer.remainder === 'nothing') this.drop(change.to);
        this.listener.refused(change.row, change.next, answer.remainder, answer.failure, 'said so');
      }
    }
    this.listener.ready();
    return changes.length;
  }

  /** Somebody else acts. */
  elsewhere(to: Destination, body: number, protocol: number, event: 'added' | 'replaced' | 'removed'): void {
    const route = this.#message(to, body, protocol);
    if (event === 'removed') this.drop(to);
    else this.put(to, body, protocol);
    this.listener.noticed(route, event);
  }

  scan(scan: FibScan): void {
    this.scans++;
    scan.begin();
    const run = (): void => {
      for (const { to, body, protocol } of [...this.entries.values()]) {
        if (scan.protocol === 0 || scan.protocol === protocol) scan.route(this.#message(to, body, protocol));
      }
      scan.done(this.scanOk, '');
      this.listener.ready();
    };
    if (this.holdScans) this.heldScans.push(run);
    else setImmediate(run);
  }

  close(): void {}

  #message(to: Destination, id: number, protocol: number): RouteMessage {
    const body = this.bodies.get(id);
    const writer = new MessageWriter(4096);
    encodeNewRoute(writer, 0, 1, to, 254, protocol, body.scope, body.type, body.flags, body.attributes);
    const cursor = new MessageCursor();
    cursor.open(writer.written());
    cursor.advance();
    const route = new RouteMessage();
    route.decode(cursor.bytes, cursor.bodyStart, cursor.bodyEnd);
    return route;
  }
}

function key(to: Destination): string {
  return `${to.word0.toString(16)}/${to.length}`;
}
