/** The store in memory keeps the promises of a store. */
import { MemoryStore, type Store, type StoreBatch } from '../../../config/index.ts';
import { type StoreHarness, storeCompliance } from './compliance.ts';

const POISON = { where: 'here', message: 'no resource' };

/** A memory store has no place for nonsense: this one is told to have some. */
class Poisonable extends MemoryStore {
  poisoned = false;
  #told: (() => void)[] = [];
  override async list(): ReturnType<MemoryStore['list']> {
    const snapshot = await super.list();
    return this.poisoned ? { ...snapshot, faults: [POISON] } : snapshot;
  }
  override watch(cursor: string, onBatch: (batch: StoreBatch) => void, signal: AbortSignal): Promise<'gap' | 'ended'> {
    this.#told.push(() => onBatch({ changes: [], cursor, faults: [POISON] }));
    return super.watch(cursor, onBatch, signal);
  }
  poison(): void {
    this.poisoned = true;
    for (const tell of this.#told) tell();
  }
}

storeCompliance('memory', async (): Promise<StoreHarness> => {
  const store = new Poisonable();
  return {
    open: async (): Promise<Store> => store,
    stop: async () => store.setAway(true),
    start: async () => store.setAway(false),
    restartEmpty: async () => store.clear(),
    compact: async () => store.compact(),
    poison: async () => store.poison(),
    close: async () => {},
  };
});
