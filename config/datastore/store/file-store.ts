/**
 * A folder of manifests as a datastore: every `.yaml`, `.yml` and `.json` in it and below it, as `calicoctl` and
 * `kubectl` write them. The folder is watched, and looked at in full every few seconds in case a notice was lost.
 *
 * A file that cannot be read, or holds a broken document, keeps what it held before: someone is at work on it. A folder
 * that is gone (an unmounted volume) is an outage, not an empty cluster. Names that begin with a dot are left alone, so
 * that the double links of Kubernetes volumes are seen once.
 */
import { createHash, randomUUID } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalText, type JsonObject } from '../resource/json.ts';
import { readManifest, writeManifest } from '../resource/manifest.ts';
import { idOf, idText, type ResourceId } from '../resource/resource.ts';
import { Journal } from './journal.ts';
import { checkExpected } from './memory-store.ts';
import {
  type Expected,
  type Snapshot,
  type Store,
  type StoreBatch,
  type StoreChange,
  StoreConflict,
  type StoredResource,
  type StoreFault,
  StoreUnavailable,
} from './store.ts';

/** What one file held when it was last readable. */
interface FileState {
  /** Size, times and inode: unchanged means that there is no need to read. */
  readonly mark: string;
  readonly items: readonly StoredResource[];
  readonly faults: readonly StoreFault[];
}

/** After a notice the writer may not be done. */
const SETTLE_MS = 50;
const LOOK_MS = 5_000;
const EMPTY_MS = 1_000;
/** Whoever holds the lock of a write for longer is dead. */
const LOCK_PATIENCE_MS = 10_000;
const LOCK = '.peregrine-lock';

export class FileStore implements Store {
  readonly label: string;
  readonly #folder: string;
  readonly #journal = new Journal(randomUUID());
  #files = new Map<string, FileState>();
  #items = new Map<string, StoredResource>();
  #scanning: Promise<void> | undefined;
  #watchers: FSWatcher[] = [];
  #closed = false;

  constructor(folder: string) {
    this.#folder = folder;
    this.label = `file:${folder}`;
  }

  async list(): Promise<Snapshot> {
    await this.#scan();
    const faults = [...this.#files.values()].flatMap((file) => file.faults);
    return { items: [...this.#items.values()], cursor: this.#journal.cursor, faults };
  }

  async watch(cursor: string, onBatch: (batch: StoreBatch) => void, signal: AbortSignal): Promise<'gap' | 'ended'> {
    let failure: Error | undefined;
    let pending: NodeJS.Timeout | undefined;
    const look = (): void => {
      pending = undefined;
      this.#scan()
        .then(() => this.#watchFolders(later))
        .catch((error: unknown) => {
          failure = error as Error;
          this.#journal.wake();
        });
    };
    const later = (): void => {
      pending ??= setTimeout(look, SETTLE_MS);
    };
    const always = setInterval(later, LOOK_MS);
    later();
    try {
      return await this.#journal.watch(cursor, onBatch, signal, () => failure);
    } finally {
      clearInterval(always);
      clearTimeout(pending);
      this.#unwatch();
    }
  }

  async get(id: ResourceId): Promise<StoredResource | undefined> {
    await this.#scan();
    return this.#items.get(idText(id));
  }

  put(id: ResourceId, value: JsonObject, expected: Expected): Promise<string> {
    return this.#locked(async () => {
      const present = this.#items.get(idText(id));
      checkExpected(id, present, expected);
      const home = this.#homeOf(id) ?? join(this.#folder, fileName(id));
      const others = present === undefined ? await this.#whatIsIn(home) : await this.#without(home, id);
      await this.#write(home, [...others, value]);
      await this.#scan();
      return revisionOf(value);
    });
  }

  delete(id: ResourceId, expected: Expected): Promise<boolean> {
    return this.#locked(async () => {
      const present = this.#items.get(idText(id));
      if (present === undefined && expected === 'any') return false;
      checkExpected(id, present, expected);
      const home = this.#homeOf(id);
      if (home === undefined) return false;
      const others = await this.#without(home, id);
      if (others.length === 0) await rm(home);
      else await this.#write(home, others);
      await this.#scan();
      return true;
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    return Promise.resolve();
  }

  // ------------------------------------------------------------------------------------------------------- reading

  /** Looks at the whole folder; whoever asks while that is under way waits for one more look. */
  #scan(): Promise<void> {
    const scan = (this.#scanning ?? Promise.resolve()).catch(() => {}).then(() => this.#look());
    this.#scanning = scan;
    return scan;
  }

  async #look(): Promise<void> {
    if (this.#closed) return;
    const paths = await this.#paths(this.#folder);
    const files = new Map<string, FileState>();
    for (const path of paths) {
      const state = await this.#readFile(path);
      if (state !== undefined) files.set(path, state);
    }
    const newFaults = [...files].flatMap(([path, file]) => (this.#files.get(path) === file ? [] : file.faults));
    const items = new Map<string, StoredResource>();
    for (const file of files.values()) {
      // The same resource twice: the first file, in the order of names, has it.
      for (const item of file.items) if (!items.has(idText(item.id))) items.set(idText(item.id), item);
    }
    const changes = difference(this.#items, items);
    this.#files = files;
    this.#items = items;
    if (changes.length > 0 || newFaults.length > 0) this.#journal.append(changes, newFaults);
  }

  async #paths(folder: string): Promise<string[]> {
    const paths: string[] = [];
    const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      throw new StoreUnavailable(`${folder}: ${error.message}`);
    });
    for (const name of entries.sort()) {
      if (name.startsWith('.')) continue;
      const path = join(folder, name);
      const info = await stat(path).catch(() => undefined);
      if (info?.isDirectory() === true) paths.push(...(await this.#paths(path)));
      else if (info?.isFile() === true && /\.(ya?ml|json)$/.test(name)) paths.push(path);
    }
    return paths;
  }

  async #readFile(path: string): Promise<FileState | undefined> {
    const before = this.#files.get(path);
    const info = await stat(path, { bigint: true }).catch(() => undefined);
    if (info === undefined) return undefined;
    const mark = `${info.ino}/${info.size}/${info.mtimeNs}/${info.ctimeNs}`;
    if (before?.mark === mark) return before;
    // Emptied a moment ago: what is to be in it is on its way.
    if (info.size === 0n && before !== undefined && Date.now() - Number(info.mtimeMs) < EMPTY_MS) {
      return { ...before, mark: '' };
    }
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      const fault = { where: path, message: (error as Error).message };
      return { mark, items: before?.items ?? [], faults: [fault] };
    }
    const { items: found, faults: broken } = readManifest(text);
    const faults = broken.map(({ line, message }) => ({ where: `${path}:${line}`, message }));
    const items: StoredResource[] = [];
    for (const { value, line } of found) {
      const id = idOf(value);
      if (id === undefined)
        faults.push({ where: `${path}:${line}`, message: 'not a resource of a kind that is used here' });
      else items.push({ id, value, revision: revisionOf(value) });
    }
    // A document without an end says nothing about what is to go.
    if (broken.length > 0 && before !== undefined) {
      const here = new Set(items.map((item) => idText(item.id)));
      items.push(...before.items.filter((item) => !here.has(idText(item.id))));
    }
    return { mark, items, faults };
  }

  // ------------------------------------------------------------------------------------------------------- watching

  /** Notices of the folder and of those below it; they may fail, the regular look does not. */
  #watchFolders(notice: () => void): void {
    if (this.#closed || this.#watchers.length > 0) return;
    try {
      const watcher = watch(this.#folder, { recursive: true, persistent: true }, notice);
      watcher.on('error', () => this.#unwatch());
      this.#watchers.push(watcher);
    } catch {
      this.#unwatch();
    }
  }

  #unwatch(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  // -------------------------------------------------------------------------------------------------------- writing

  /** One writer at a time, in all processes that use the folder. */
  async #locked<T>(work: () => Promise<T>): Promise<T> {
    const path = join(this.#folder, LOCK);
    const end = Date.now() + LOCK_PATIENCE_MS * 2;
    for (;;) {
      const lock = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
        // A folder that is gone is not made anew: a volume may be away.
        if (error.code !== 'EEXIST') throw new StoreUnavailable(error.message);
      });
      if (lock !== undefined) {
        try {
          await this.#scan();
          return await work();
        } finally {
          await lock.close();
          await rm(path, { force: true });
        }
      }
      const age = await stat(path).then(
        (info) => Date.now() - info.mtimeMs,
        () => 0,
      );
      if (age > LOCK_PATIENCE_MS) await rm(path, { force: true });
      else if (Date.now() > end) throw new StoreUnavailable(`${path}: somebody else is writing`);
      else await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #homeOf(id: ResourceId): string | undefined {
    const key = idText(id);
    for (const [path, file] of this.#files) if (file.items.some((item) => idText(item.id) === key)) return path;
    return undefined;
  }

  async #whatIsIn(path: string): Promise<JsonObject[]> {
    const text = await readFile(path, 'utf8').catch(() => '');
    const { items, faults } = readManifest(text);
    const [fault] = faults;
    if (fault !== undefined) throw new StoreConflict(`${path}:${fault.line}: ${fault.message}; not written over`);
    return items.map((item) => item.value);
  }

  async #without(path: string, id: ResourceId): Promise<JsonObject[]> {
    const key = idText(id);
    const values = await this.#whatIsIn(path);
    return values.filter((value) => {
      const own = idOf(value);
      return own === undefined || idText(own) !== key;
    });
  }

  /** Whole or not at all. */
  async #write(path: string, values: readonly JsonObject[]): Promise<void> {
    const temporary = join(this.#folder, `.peregrine-${randomUUID()}`);
    await writeFile(temporary, writeManifest(values, path.endsWith('.json') ? 'json' : 'yaml'), { mode: 0o600 });
    await rename(temporary, path);
  }
}

function fileName({ kind, namespace, name }: ResourceId): string {
  return `${kind.toLowerCase()}.${namespace === '' ? '' : `${namespace}.`}${name}.yaml`;
}

function revisionOf(value: JsonObject): string {
  return createHash('sha256').update(canonicalText(value)).digest('hex').slice(0, 32);
}

function difference(
  before: ReadonlyMap<string, StoredResource>,
  after: ReadonlyMap<string, StoredResource>,
): readonly StoreChange[] {
  const changes: StoreChange[] = [];
  for (const [key, item] of after) {
    if (before.get(key)?.revision !== item.revision) changes.push({ type: 'put', item });
  }
  for (const [key, { id }] of before) if (!after.has(key)) changes.push({ type: 'delete', id });
  return changes;
}
