/**
 * Time that passes when it is told to, for whole daemons inside the test process: `setTimeout`, `setInterval` and
 * `setImmediate` of everybody come here, so that a minute costs what happens in it.
 *
 * Each callback belongs to whoever ran when it was asked for. A daemon that is killed without warning is one whose
 * callbacks are never called again.
 */
import type { Clock } from '../../../src/protocol/clock.ts';

/** Somebody who can die. */
export interface Owner {
  readonly name: string;
  dead: boolean;
}

const NOBODY: Owner = { name: 'the test', dead: false };
/** Rounds of immediate work at one instant after which it is taken to go on for ever. */
const MOST_ROUNDS = 20_000;

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
};

class Callback {
  due = 0;
  live = true;
  readonly order: number;
  readonly owner: Owner;
  readonly run: () => void;
  /** Milliseconds between two calls; 0 for one call only. */
  readonly every: number;

  constructor(order: number, owner: Owner, run: () => void, every: number) {
    this.order = order;
    this.owner = owner;
    this.run = run;
    this.every = every;
  }

  // What programs ask of a timer of Node.
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
}

export class Timeline implements Clock {
  #now = 0;
  #owner = NOBODY;
  #orders = 0;
  /** A binary heap by time, then by order. */
  readonly #timers: Callback[] = [];
  #immediate: Callback[] = [];

  now(): number {
    return this.#now;
  }

  wall(): number {
    return 1_700_000_000_000 + this.#now;
  }

  /** Takes the timers of the whole process over; `restore` gives them back. */
  install(): void {
    const timer = (repeat: boolean) => {
      return (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): Callback => {
        const wait = Math.max(1, Number.isFinite(ms) ? ms : 1);
        const made = this.#make(() => run(...args), repeat ? wait : 0);
        this.#add(made, this.#now + wait);
        return made;
      };
    };
    const clear = (one: unknown): void => {
      if (one instanceof Callback) one.live = false;
      else real.clearTimeout(one as NodeJS.Timeout);
    };
    Object.assign(globalThis, {
      setTimeout: timer(false),
      setInterval: timer(true),
      clearTimeout: clear,
      clearInterval: clear,
      setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]): Callback => {
        const made = this.#make(() => run(...args), 0);
        this.#immediate.push(made);
        return made;
      },
      clearImmediate: (one: unknown): void => {
        if (one instanceof Callback) one.live = false;
        else real.clearImmediate(one as NodeJS.Immediate);
      },
    });
  }

  restore(): void {
    Object.assign(globalThis, real);
  }

  /** Whatever `work` asks for belongs to `owner`. */
  as<T>(owner: Owner, work: () => T): T {
    const before = this.#owner;
    this.#owner = owner;
    try {
      return work();
    } finally {
      this.#owner = before;
    }
  }

  /** Something that `owner` has to do later in this instant. */
  soon(owner: Owner, work: () => void): void {
    this.as(owner, () => setImmediate(work));
  }

  /** Runs asynchronous work of `owner` to its end; what goes on meanwhile between awaits is taken for its own. */
  async complete(owner: Owner, work: () => Promise<unknown>): Promise<void> {
    const before = this.#owner;
    this.#owner = owner;
    let done = false;
    let failure: unknown;
    work().then(
      () => {
        done = true;
      },
      (error: unknown) => {
        done = true;
        failure = error;
      },
    );
    for (let waited = 0; waited < 30_000; waited++) {
      await this.#settle();
      if (done) break;
      await this.advance(1);
    }
    this.#owner = before;
    if (failure !== undefined) throw failure;
    if (!done) throw new Error(`${owner.name} does not come to an end`);
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.#settle();
    for (let next = this.#timers[0]; next !== undefined && next.due <= end; next = this.#timers[0]) {
      this.#now = next.due;
      while (this.#timers[0] !== undefined && this.#timers[0].due <= this.#now) this.#call(this.#take());
      await this.#settle();
    }
    this.#now = end;
  }

  /** Until nobody has anything to do in this instant. */
  async #settle(): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      await new Promise<void>((resolve) => real.setImmediate(resolve));
      if (this.#immediate.length === 0) return;
      const now = this.#immediate;
      this.#immediate = [];
      for (const one of now) this.#call(one);
    }
    throw new Error('there is no end to what happens in one instant');
  }

  #call(one: Callback): void {
    if (!one.live || one.owner.dead) return;
    if (one.every === 0) one.live = false;
    else this.#add(one, this.#now + one.every);
    this.as(one.owner, one.run);
  }

  #make(run: () => void, every: number): Callback {
    return new Callback(++this.#orders, this.#owner, run, every);
  }

  #add(one: Callback, due: number): void {
    one.due = due;
    const heap = this.#timers;
    let at = heap.push(one) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(heap[at]!, heap[parent]!)) break;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  #take(): Callback {
    const heap = this.#timers;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < heap.length && before(heap[left]!, heap[least]!)) least = left;
      if (right < heap.length && before(heap[right]!, heap[least]!)) least = right;
      if (least === at) return first;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}

function before(a: Callback, b: Callback): boolean {
  return a.due === b.due ? a.order < b.order : a.due < b.due;
}
