/**
 * The port to a datastore: resources as JSON values under their ids, read as a whole, followed from there without a
 * hole, and written only if they are still what the writer saw. What differs between a folder of files, Redis, etcd and
 * Kubernetes stays behind it; test/config/datastore/compliance.ts is what all of them promise.
 *
 *     list ----> items, cursor
 *                         \
 *     watch(cursor) ------> changes, cursor; changes, cursor; ...  until 'gap' (list again) or StoreUnavailable
 *
 * Invariant: what `list` gave, changed by everything that `watch` tells from its cursor on, is what `list` would give now.
 * A watch never leaves something out: where the store cannot tell any more what happened, it says 'gap'.
 */
import type { JsonObject } from '../resource/json.ts';
import type { ResourceId } from '../resource/resource.ts';

export interface StoredResource {
  readonly id: ResourceId;
  /** The resource as it was written, without the store's own bookkeeping. */
  readonly value: JsonObject;
  /** Changes with every write; means nothing but "the same" or "not the same". */
  readonly revision: string;
}

export interface Snapshot {
  readonly items: readonly StoredResource[];
  /** Where a watch goes on without a hole; for this kind of store only. */
  readonly cursor: string;
  /** Things in the store that are no resources: poison is left out and named. */
  readonly faults: readonly StoreFault[];
}

/** Something in the store that cannot be read as a resource. */
export interface StoreFault {
  /** Key, file and line, or whatever names the place. */
  readonly where: string;
  readonly message: string;
}

export type StoreChange =
  | { readonly type: 'put'; readonly item: StoredResource }
  | { readonly type: 'delete'; readonly id: ResourceId };

export interface StoreBatch {
  readonly changes: readonly StoreChange[];
  readonly cursor: string;
  readonly faults: readonly StoreFault[];
}

/** What a write expects to find: a revision, nothing at all, or whatever there is. */
export type Expected = { readonly revision: string } | 'absent' | 'any';

export interface Store {
  /** How messages name it; no password in it. */
  readonly label: string;
  /** Everything. Throws `StoreUnavailable`. */
  list(signal: AbortSignal): Promise<Snapshot>;
  /**
   * Tells what happens after `cursor` until `signal` ends it. Resolves with 'gap' when the store no longer knows what
   * happened since, with 'ended' after the signal; throws `StoreUnavailable` when the store is gone. Batches come in
   * order; the first one comes as soon as the watch stands, and holds no changes where there are none.
   */
  watch(cursor: string, onBatch: (batch: StoreBatch) => void, signal: AbortSignal): Promise<'gap' | 'ended'>;
  get(id: ResourceId): Promise<StoredResource | undefined>;
  /**
   * Writes one resource; the result is its new revision. Throws `StoreConflict`. `part` is 'status' where nothing else has
   * changed: some stores keep it apart.
   */
  put(id: ResourceId, value: JsonObject, expected: Expected, part?: 'all' | 'status'): Promise<string>;
  /** False where there is none. Throws `StoreConflict`. */
  delete(id: ResourceId, expected: Expected): Promise<boolean>;
  close(): Promise<void>;
}

/** The store cannot be asked now; it may come back. */
export class StoreUnavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StoreUnavailable';
  }
}

/** The resource is not what the writer expected. */
export class StoreConflict extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StoreConflict';
  }
}

/** The store refuses for good: wrong credentials, no permission, a value that it does not take. */
export class StoreRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StoreRefused';
  }
}
