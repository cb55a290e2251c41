/**
 * Follows a store for as long as it is asked to: lists, watches, lists again after a gap, and waits longer and longer
 * while the store is away. It holds what it knows of the store; an outage changes nothing of that, and when the store is
 * back exactly the difference is told.
 */
import { canonicalText } from '../resource/json.ts';
import { withoutReport } from '../resource/node-status.ts';
import { idText } from '../resource/resource.ts';
import {
  type Store,
  type StoreBatch,
  type StoreChange,
  type StoredResource,
  type StoreFault,
  StoreRefused,
  StoreUnavailable,
} from './store.ts';

/** Time and chance, so that an hour of outage can be simulated. */
export interface Waiter {
  /** Ends early, without an error, when the signal does. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** From 0 up to, but not, 1. */
  random(): number;
}

export interface FollowerEvents {
  /** Differences between what was known and what is; never empty. The first call brings everything there is. */
  changed(changes: readonly StoreChange[]): void;
  /** Called once when the store has been listed for the first time, after `changed`, and also when it is empty. */
  ready(): void;
  /** The store went away, with the reason; told once for each outage. */
  away(reason: string): void;
  /** The store is there again; what changed meanwhile has been told. */
  back(): void;
  /** Something in the store is no resource. */
  fault(fault: StoreFault): void;
}

export const SYSTEM_WAITER: Waiter = {
  wait(milliseconds, signal) {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  },
  random: Math.random,
};

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
/** A store that has not listed itself by then is away. */
const LIST_PATIENCE_MS = 60_000;

export class Follower {
  readonly #store: Store;
  readonly #events: FollowerEvents;
  readonly #waiter: Waiter;
  readonly #held = new Map<string, StoredResource>();
  readonly #abort = new AbortController();
  #cursor: string | undefined;
  /** Where the last list ended. */
  #listed: string | undefined;
  /** Gaps in a row, with not a step between them. */
  #gaps = 0;
  #ready = false;
  #away = false;
  #failures = 0;
  #running: Promise<void> | undefined;

  constructor(store: Store, events: FollowerEvents, waiter: Waiter = SYSTEM_WAITER) {
    this.#store = store;
    this.#events = events;
    this.#waiter = waiter;
  }

  /** What is known of the store, by the text of the id. */
  get held(): ReadonlyMap<string, StoredResource> {
    return this.#held;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is told any more. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        if (this.#cursor === undefined) await this.#list();
        const end = await this.#store.watch(this.#cursor!, (batch) => this.#take(batch), signal);
        if (end === 'ended') return;
        this.#cursor = undefined;
        // Many followers meet the same gap at the same moment; and a store that has nothing but gaps is not listed for ever.
        await this.#waiter.wait(this.#waiter.random() * longestWait(this.#gaps++), signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#sit(reasonOf(error));
      }
    }
  }

  async #list(): Promise<void> {
    const patience = AbortSignal.timeout(LIST_PATIENCE_MS);
    const snapshot = await this.#store.list(AbortSignal.any([this.#abort.signal, patience]));
    const changes: StoreChange[] = [];
    const seen = new Set<string>();
    for (const found of snapshot.items) {
      const item = followed(found);
      const key = idText(item.id);
      seen.add(key);
      const known = this.#held.get(key);
      this.#held.set(key, item);
      if (known === undefined || !sameValue(known, item)) changes.push({ type: 'put', item });
    }
    for (const [key, { id }] of this.#held) {
      if (seen.has(key)) continue;
      this.#held.delete(key);
      changes.push({ type: 'delete', id });
    }
    this.#cursor = snapshot.cursor;
    this.#listed = snapshot.cursor;
    for (const fault of snapshot.faults) this.#events.fault(fault);
    this.#tell(changes);
  }

  #take(batch: StoreBatch): void {
    const changes: StoreChange[] = [];
    for (const change of batch.changes) {
      if (change.type === 'put') {
        const item = followed(change.item);
        const key = idText(item.id);
        const known = this.#held.get(key);
        this.#held.set(key, item);
        if (known === undefined || !sameValue(known, item)) changes.push({ type: 'put', item });
      } else if (this.#held.delete(idText(change.id))) changes.push(change);
    }
    this.#cursor = batch.cursor;
    if (batch.cursor !== this.#listed) this.#gaps = 0;
    for (const fault of batch.faults) this.#events.fault(fault);
    this.#tell(changes);
  }

  #tell(changes: readonly StoreChange[]): void {
    this.#failures = 0;
    if (changes.length > 0) this.#events.changed(changes);
    if (!this.#ready) {
      this.#ready = true;
      this.#events.ready();
    }
    if (!this.#away) return;
    this.#away = false;
    this.#events.back();
  }

  /** Doubling, at most half a minute, and spread, so that a fleet does not knock in step. */
  async #sit(reason: string): Promise<void> {
    if (!this.#away) {
      this.#away = true;
      this.#events.away(reason);
    }
    const longest = longestWait(this.#failures++);
    await this.#waiter.wait(longest / 2 + (this.#waiter.random() * longest) / 2, this.#abort.signal);
  }
}

function longestWait(before: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(before, 20));
}

/** What is no word of the port is a fault of ours; following goes on all the same. */
function reasonOf(error: unknown): string {
  if (error instanceof StoreUnavailable || error instanceof StoreRefused) return error.message;
  return error instanceof Error ? `internal fault: ${error.stack ?? error.message}` : String(error);
}

/** What nodes report of themselves changes all the time, can be large, and asks nobody for anything. */
function followed(item: StoredResource): StoredResource {
  return item.id.kind === 'CalicoNodeStatus' ? { ...item, value: withoutReport(item.value) } : item;
}

/** A write that changes nothing but the store's bookkeeping is no change. */
function sameValue(a: StoredResource, b: StoredResource): boolean {
  return a.revision === b.revision || canonicalText(a.value) === canonicalText(b.value);
}
