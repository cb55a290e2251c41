/**
 * Redis as a datastore. All keys carry one hash tag, so that they live together in a Cluster (PREFIX is `peregrine`
 * unless the URL says otherwise):
 *
 *     {PREFIX}:r:KIND/NAME               one resource as JSON; KIND/NAMESPACE/NAME where there are namespaces
 *     {PREFIX}:index                     hash: KIND/NAME -> revision
 *     {PREFIX}:seq                       number of the last change
 *     {PREFIX}:epoch                     made with the first change: another one is another store
 *     {PREFIX}:log                       stream: each change with its number, epoch, and the whole value
 *
 * Each write is one script: it compares, writes, counts, and appends to the log, so that nobody sees a part of it. A list
 * is one script too: items and the end of the log at the same moment. A watcher reads the log from there; a number that
 * does not follow the last one (the log was trimmed, a replica without the latest took over, the server came back empty)
 * is a gap.
 */
import { randomUUID } from 'node:crypto';
import { isObject, JsonFault, type JsonObject, parseJson } from '../resource/json.ts';
import { idOf, idText, type ResourceId } from '../resource/resource.ts';
import { RedisConnection } from './redis-connection.ts';
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
import type { StoreUrl } from './store-url.ts';

const COMMAND_MS = 10_000;
/** A read of the log waits that long for news; then it looks whether the store is still the same. */
const BLOCK_MS = 2_000;
const BATCH = 1_000;
/** Changes that are kept for watchers that were away. */
const LOG_LENGTH = 100_000;

/** KEYS index, seq, epoch, log. */
const LIST = `
local index = redis.call('HGETALL', KEYS[1])
local last = redis.call('XREVRANGE', KEYS[4], '+', '-', 'COUNT', 1)
local out = { redis.call('GET', KEYS[3]) or '', redis.call('GET', KEYS[2]) or '0', last[1] and last[1][1] or '0-0' }
for i = 1, #index, 2 do
  out[#out + 1] = index[i]
  out[#out + 1] = index[i + 1]
  out[#out + 1] = redis.call('GET', ARGV[1] .. index[i]) or ''
end
return out`;

/** KEYS index, seq, epoch, log, resource. ARGV id, expected, value ('' deletes), new epoch, length of the log. */
const WRITE = `
local present = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[2] == 'absent' then
  if present then return { 'exists' } end
elseif ARGV[2] ~= 'any' then
  if not present then return { 'gone' } end
  if present ~= ARGV[2] then return { 'changed' } end
end
if ARGV[3] == '' and not present then return { 'none' } end
redis.call('SET', KEYS[3], ARGV[4], 'NX')
local number = redis.call('INCR', KEYS[2])
if ARGV[3] == '' then
  redis.call('DEL', KEYS[5])
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('SET', KEYS[5], ARGV[3])
  redis.call('HSET', KEYS[1], ARGV[1], number)
end
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[5], '*',
  'n', number, 'e', redis.call('GET', KEYS[3]), 'id', ARGV[1], 'value', ARGV[3])
return { 'ok', tostring(number) }`;

interface Cursor {
  readonly epoch: string;
  readonly number: number;
  readonly entry: string;
}

export class RedisStore implements Store {
  readonly label: string;
  readonly #url: StoreUrl;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #commands: RedisConnection;
  readonly #base: string;
  readonly #keys: readonly [string, string, string, string];

  constructor(url: StoreUrl, label: string, environment: Readonly<Record<string, string | undefined>>) {
    this.label = label;
    this.#url = url;
    this.#environment = environment;
    this.#commands = new RedisConnection(url, environment, COMMAND_MS);
    this.#base = `{${url.options.get('prefix') ?? 'peregrine'}}`;
    this.#keys = [`${this.#base}:index`, `${this.#base}:seq`, `${this.#base}:epoch`, `${this.#base}:log`];
  }

  async list(signal: AbortSignal): Promise<Snapshot> {
    const out = await abortable(
      signal,
      this.#commands.run((client) => client.eval(LIST, 4, ...this.#keys, `${this.#base}:r:`) as Promise<string[]>),
    );
    const [epoch, number, entry] = out as [string, string, string];
    const items: StoredResource[] = [];
    const faults: StoreFault[] = [];
    for (let i = 3; i + 2 < out.length; i += 3) {
      const read = this.#read(out[i]!, out[i + 1]!, out[i + 2]!);
      if ('message' in read) faults.push(read);
      else items.push(read);
    }
    return { items, faults, cursor: formatCursor({ epoch, number: Number(number), entry }) };
  }

  async watch(cursor: string, onBatch: (batch: StoreBatch) => void, signal: AbortSignal): Promise<'gap' | 'ended'> {
    const start = parseCursor(cursor);
    if (start === undefined) return 'gap';
    const reads = new RedisConnection(this.#url, this.#environment, undefined);
    const stop = (): void => reads.drop();
    signal.addEventListener('abort', stop);
    try {
      return await this.#follow(reads, start, onBatch, signal);
    } catch (error) {
      if (signal.aborted) return 'ended';
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      reads.drop();
    }
  }

  async get(id: ResourceId): Promise<StoredResource | undefined> {
    const key = idText(id);
    const script = "return { redis.call('HGET', KEYS[1], ARGV[1]) or '', redis.call('GET', KEYS[2]) or '' }";
    const [revision, text] = await this.#commands.run(
      (client) => client.eval(script, 2, this.#keys[0], this.#keyOf(key), key) as Promise<[string, string]>,
    );
    if (revision === '') return undefined;
    const read = this.#read(key, revision, text);
    return 'message' in read ? undefined : read;
  }

  async put(id: ResourceId, value: JsonObject, expected: Expected): Promise<string> {
    return (await this.#write(id, JSON.stringify(value), expected))!;
  }

  async delete(id: ResourceId, expected: Expected): Promise<boolean> {
    return (await this.#write(id, '', expected)) !== undefined;
  }

  close(): Promise<void> {
    this.#commands.drop();
    return Promise.resolve();
  }

  // ------------------------------------------------------------------------------------------------------- watching

  async #follow(
    reads: RedisConnection,
    start: Cursor,
    onBatch: (batch: StoreBatch) => void,
    signal: AbortSignal,
  ): Promise<'gap' | 'ended'> {
    let at = start;
    for (let block = false; ; block = true) {
      if (signal.aborted) return 'ended';
      let entries = await this.#readLog(reads, at.entry, block);
      if (entries.length === 0) {
        if (await this.#isCurrent(reads, at)) {
          if (!block) onBatch({ changes: [], faults: [], cursor: formatCursor(at) });
          continue;
        }
        // Something may have been written between the two questions.
        entries = await this.#readLog(reads, at.entry, false);
        if (entries.length === 0) return 'gap';
      }
      const changes: StoreChange[] = [];
      const faults: StoreFault[] = [];
      for (const [entry, fields] of entries) {
        const map = new Map<string, string>();
        for (let i = 0; i + 1 < fields.length; i += 2) map.set(fields[i]!, fields[i + 1]!);
        const number = Number(map.get('n'));
        const epoch = map.get('e') ?? '';
        if (number !== at.number + 1 || (at.epoch !== '' && epoch !== at.epoch)) return 'gap';
        at = { epoch, number, entry };
        const read = this.#change(map.get('id') ?? '', number, map.get('value') ?? '');
        if ('message' in read) faults.push(read);
        else changes.push(read);
      }
      onBatch({ changes, faults, cursor: formatCursor(at) });
    }
  }

  async #readLog(reads: RedisConnection, after: string, block: boolean): Promise<[string, string[]][]> {
    const log = this.#keys[3];
    const reading = reads.run((client) =>
      block
        ? client.xread('COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', log, after)
        : client.xread('COUNT', BATCH, 'STREAMS', log, after),
    );
    const streams = (await patient(reading, BLOCK_MS + COMMAND_MS, () => reads.drop())) as
      | [string, [string, string[]][]][]
      | null;
    return streams?.[0]?.[1] ?? [];
  }

  /** Whether nothing happened since, in the same store. */
  async #isCurrent(reads: RedisConnection, { epoch, number }: Cursor): Promise<boolean> {
    const asking = reads.run((client) => client.mget(this.#keys[2], this.#keys[1]));
    const [nowEpoch, now] = await patient(asking, COMMAND_MS, () => reads.drop());
    return (nowEpoch ?? '') === epoch && Number(now ?? 0) === number;
  }

  #change(key: string, number: number, text: string): StoreChange | StoreFault {
    if (text === '') {
      const id = parseIdText(key);
      return id === undefined
        ? { where: this.#keyOf(key), message: 'not the name of a resource' }
        : { type: 'delete', id };
    }
    const read = this.#read(key, String(number), text);
    return 'message' in read ? read : { type: 'put', item: read };
  }

  // ---------------------------------------------------------------------------------------------- values and writes

  #keyOf(id: string): string {
    return `${this.#base}:r:${id}`;
  }

  #read(key: string, revision: string, text: string): StoredResource | StoreFault {
    const fault = (message: string): StoreFault => ({ where: this.#keyOf(key), message });
    try {
      const value = parseJson(text);
      const id = idOf(value);
      if (!isObject(value) || id === undefined) return fault('not a resource of a kind that is used here');
      if (idText(id) !== key) return fault(`holds ${idText(id)}, which belongs elsewhere`);
      return { id, value, revision };
    } catch (error) {
      if (!(error instanceof JsonFault)) throw error;
      return fault(error.message);
    }
  }

  /** The new revision; `undefined` where there was nothing to delete. */
  async #write(id: ResourceId, text: string, expected: Expected): Promise<string | undefined> {
    const key = idText(id);
    const wanted = typeof expected === 'string' ? expected : expected.revision;
    const [outcome, revision] = await this.#commands.run(
      (client) =>
        client.eval(WRITE, 5, ...this.#keys, this.#keyOf(key), key, wanted, text, randomUUID(), LOG_LENGTH) as Promise<
          [string, string?]
        >,
    );
    switch (outcome) {
      case 'ok':
        return revision;
      case 'none':
        return undefined;
      case 'exists':
        throw new StoreConflict(`${key} exists already`);
      case 'gone':
        throw new StoreConflict(`${key} does not exist any more`);
      default:
        throw new StoreConflict(`${key} was changed by somebody else`);
    }
  }
}

function formatCursor({ epoch, number, entry }: Cursor): string {
  return `${epoch}/${number}/${entry}`;
}

function parseCursor(text: string): Cursor | undefined {
  const match = /^([^/]*)\/([0-9]+)\/([0-9]+-[0-9]+)$/.exec(text);
  return match === null ? undefined : { epoch: match[1]!, number: Number(match[2]), entry: match[3]! };
}

/** The other way of `idText`. */
function parseIdText(text: string): ResourceId | undefined {
  const [kind, a, b, ...rest] = text.split('/');
  if (kind === undefined || a === undefined || rest.length > 0) return undefined;
  const metadata = b === undefined ? { name: a } : { namespace: a, name: b };
  return idOf(parseJson(JSON.stringify({ kind, metadata })));
}

/** Rejects when the signal ends first; the work itself goes on and is forgotten. */
function abortable<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(new StoreUnavailable('no answer in time'));
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}

/** A server that says nothing at all is away. */
function patient<T>(work: Promise<T>, milliseconds: number, give: () => void): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StoreUnavailable('no answer in time'));
      give();
    }, milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
