/** A store in memory: what the port promises, in its simplest form. For simulations and tests. */
import type { JsonObject } from '../resource/json.ts';
import { idText, type ResourceId } from '../resource/resource.ts';
import { Journal } from './journal.ts';
import {
  type Expected,
  type Snapshot,
  type Store,
  type StoreBatch,
  StoreConflict,
  type StoredResource,
  StoreUnavailable,
} from './store.ts';

export class MemoryStore implements Store {
  readonly label = 'memory';
  #items = new Map<string, StoredResource>();
  #journal = new Journal('1');
  #epoch = 1;
  #revision = 0;
  #away = false;

  list(): Promise<Snapshot> {
    return this.#guard(() => ({ items: [...this.#items.values()], cursor: this.#journal.cursor, faults: [] }));
  }

  watch(cursor: string, onBatch: (batch: StoreBatch) => void, signal: AbortSignal): Promise<'gap' | 'ended'> {
    const interrupt = (): Error | undefined => (this.#away ? new StoreUnavailable('away') : undefined);
    return this.#journal.watch(cursor, onBatch, signal, interrupt);
  }

  get(id: ResourceId): Promise<StoredResource | undefined> {
    return this.#guard(() => this.#items.get(idText(id)));
  }

  put(id: ResourceId, value: JsonObject, expected: Expected): Promise<string> {
    return this.#guard(() => {
      checkExpected(id, this.#items.get(idText(id)), expected);
      const item = { id, value, revision: String(++this.#revision) };
      this.#items.set(idText(id), item);
      this.#journal.append([{ type: 'put', item }]);
      return item.revision;
    });
  }

  delete(id: ResourceId, expected: Expected): Promise<boolean> {
    return this.#guard(() => {
      const present = this.#items.get(idText(id));
      if (present === undefined && expected === 'any') return false;
      checkExpected(id, present, expected);
      if (!this.#items.delete(idText(id))) return false;
      this.#journal.append([{ type: 'delete', id }]);
      return true;
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The store goes away or comes back. */
  setAway(away: boolean): void {
    this.#away = away;
    this.#journal.wake();
  }

  /** Forgets what happened, but not what is. */
  compact(): void {
    this.#journal.forget();
  }

  /** Starts anew with nothing. */
  clear(): void {
    this.#items = new Map();
    const old = this.#journal;
    this.#journal = new Journal(String(++this.#epoch));
    old.close();
  }

  #guard<T>(work: () => T): Promise<T> {
    if (this.#away) return Promise.reject(new StoreUnavailable('away'));
    try {
      return Promise.resolve(work());
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

/** Throws `StoreConflict` where the present resource is not the expected one. */
export function checkExpected(
  id: ResourceId,
  present: { readonly revision: string } | undefined,
  expected: Expected,
): void {
  if (expected === 'any') return;
  if (expected === 'absent') {
    if (present !== undefined) throw new StoreConflict(`${idText(id)} exists already`);
    return;
  }
  if (present === undefined) throw new StoreConflict(`${idText(id)} does not exist any more`);
  if (present.revision !== expected.revision) throw new StoreConflict(`${idText(id)} was changed by somebody else`);
}
