/**
 * etcd v3 as a datastore, through the JSON gateway that every etcd serves beside gRPC (docs/decisions/0008). Keys are
 * Calico's (etcd-keys.ts). A list reads all ranges at one revision of the store; watches, one for each range, go on
 * from there. What was compacted meanwhile is a gap, and so is a store that is younger than the cursor.
 */
import { isObject, type Json, JsonFault, type JsonObject, parseJson } from '../resource/json.ts';
import { idText, type ResourceId } from '../resource/resource.ts';
import { passwordOf, tlsOptions } from './credentials.ts';
import { idAt, type KeyRange, keyOf, RANGES, rangeOf, resourceAt, valueAt } from './etcd-keys.ts';
import { HttpClient } from './http-client.ts';
import {
  type Expected,
  type Snapshot,
  type Store,
  type StoreBatch,
  type StoreChange,
  StoreConflict,
  type StoredResource,
  type StoreFault,
  StoreRefused,
  StoreUnavailable,
} from './store.ts';
import type { StoreUrl } from './store-url.ts';

const PAGE = 1000;
/** How often the server is asked whether it is still there while nothing happens. */
const PULSE_MS = 10_000;
/** With progress notices every ten minutes a stream is never silent for so long. */
const SILENCE_MS = 25 * 60_000;
const COMPACTED = /required revision has been compacted/;
/** Status codes of gRPC. */
const Code = { InvalidArgument: 3, PermissionDenied: 7, OutOfRange: 11, Unauthenticated: 16 } as const;

class EtcdFault extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly revision: string;
}

/** The revision up to which each range has been told, in a cluster. */
interface Cursor {
  readonly cluster: string;
  readonly revisions: readonly number[];
}

export class EtcdStore implements Store {
  readonly label: string;
  readonly #url: StoreUrl;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  #client: HttpClient | undefined;
  #member = 0;
  #token: string | undefined;

  constructor(url: StoreUrl, label: string, environment: Readonly<Record<string, string | undefined>>) {
    this.#url = url;
    this.label = label;
    this.#environment = environment;
  }

  async list(signal: AbortSignal): Promise<Snapshot> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#listOnce(signal);
      } catch (error) {
        // Compacted while it was read.
        if (attempt < 3 && error instanceof EtcdFault && error.code === Code.OutOfRange) continue;
        throw this.#translate(error);
      }
    }
  }

  async watch(cursor: string, onBatch: (batch: StoreBatch) => void, signal: AbortSignal): Promise<'gap' | 'ended'> {
    const at = parseCursor(cursor);
    if (at === undefined) return 'gap';
    if (signal.aborted) return 'ended';
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    signal.addEventListener('abort', stop);
    let failure: Error | undefined;
    const pulse = setInterval(() => {
      this.#header().catch((error: unknown) => {
        failure ??= error as Error;
        stop();
      });
    }, PULSE_MS);
    try {
      const header = await this.#header();
      if (header.cluster !== at.cluster || header.revision < Math.max(...at.revisions)) return 'gap';
      return await this.#stream(at, onBatch, abort.signal);
    } catch (error) {
      if (signal.aborted) return 'ended';
      throw this.#translate(failure ?? error);
    } finally {
      clearInterval(pulse);
      signal.removeEventListener('abort', stop);
    }
  }

  async get(id: ResourceId): Promise<StoredResource | undefined> {
    try {
      const [found] = await this.#find(id);
      return found === undefined ? undefined : this.#read(found);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  async put(id: ResourceId, value: JsonObject, expected: Expected): Promise<string> {
    const key = keyOf(id, value);
    const put = { request_put: { key: encode(key), value: encode(JSON.stringify(valueAt(id, value))) } };
    const { revision } = await this.#transact(id, key, expected, put);
    return revision;
  }

  async delete(id: ResourceId, expected: Expected): Promise<boolean> {
    let found: KeyValue | undefined;
    try {
      [found] = await this.#find(id);
    } catch (error) {
      throw this.#translate(error);
    }
    if (found === undefined) {
      if (expected === 'any' || expected === 'absent') return false;
      throw new StoreConflict(`${idText(id)} does not exist any more`);
    }
    const { response } = await this.#transact(id, found.key, expected, {
      request_delete_range: { key: encode(found.key) },
    });
    const deleted = field(field(listOf(response['responses'])[0], 'response_delete_range'), 'deleted');
    return deleted !== undefined && deleted !== '0';
  }

  close(): Promise<void> {
    this.#client?.close();
    this.#client = undefined;
    return Promise.resolve();
  }

  // ------------------------------------------------------------------------------------------------------- reading

  async #listOnce(signal: AbortSignal): Promise<Snapshot> {
    const { cluster, revision } = await this.#header();
    const items: StoredResource[] = [];
    const faults: StoreFault[] = [];
    for (const range of RANGES) {
      for await (const entry of this.#range(range, revision, signal)) this.#collect(entry, items, faults);
    }
    return { items, faults, cursor: formatCursor({ cluster, revisions: RANGES.map(() => revision) }) };
  }

  async *#range({ start, end }: KeyRange, revision: number, signal: AbortSignal): AsyncGenerator<KeyValue> {
    let from = start;
    for (;;) {
      if (signal.aborted) throw new StoreUnavailable('no answer in time');
      const request = { key: encode(from), range_end: encode(end), limit: PAGE, revision };
      const answer = await this.#call('/v3/kv/range', request);
      const entries = listOf(answer['kvs']).map(keyValue);
      yield* entries;
      if (answer['more'] !== true || entries.length === 0) return;
      from = `${entries.at(-1)!.key}\0`;
    }
  }

  #collect(entry: KeyValue, items: StoredResource[], faults: StoreFault[]): void {
    const read = this.#resource(entry);
    if (read === undefined) return;
    if ('message' in read) faults.push(read);
    else items.push(read);
  }

  #resource({ key, value, revision }: KeyValue): StoredResource | StoreFault | undefined {
    if (typeof idAt(key) === 'undefined') return undefined;
    try {
      const read = resourceAt(key, parseJson(value));
      if (read === undefined) return undefined;
      return typeof read === 'string' ? { where: key, message: read } : { ...read, revision };
    } catch (error) {
      if (!(error instanceof JsonFault)) throw error;
      return { where: key, message: error.message };
    }
  }

  #read(entry: KeyValue): StoredResource | undefined {
    const read = this.#resource(entry);
    return read === undefined || 'message' in read ? undefined : read;
  }

  /** The key of a block says more than its name does: it is looked for. */
  async #find(id: ResourceId): Promise<KeyValue[]> {
    if (id.kind !== 'BlockAffinity' && id.kind !== 'IPAMBlock') {
      const answer = await this.#call('/v3/kv/range', { key: encode(keyOf(id, {})) });
      return listOf(answer['kvs']).map(keyValue);
    }
    const { revision } = await this.#header();
    const wanted = idText(id);
    for await (const entry of this.#range(rangeOf(id.kind), revision, new AbortController().signal)) {
      const found = idAt(entry.key);
      if (found !== undefined && typeof found !== 'string' && idText(found) === wanted) return [entry];
    }
    return [];
  }

  /** Asks for nothing but where the store stands. */
  async #header(): Promise<{ cluster: string; revision: number }> {
    const answer = await this.#call('/v3/kv/range', { key: encode('/peregrine/v1'), count_only: true });
    const header = answer['header'];
    return { cluster: String(field(header, 'cluster_id')), revision: Number(field(header, 'revision')) };
  }

  // ------------------------------------------------------------------------------------------------------- watching

  async #stream(start: Cursor, onBatch: (batch: StoreBatch) => void, signal: AbortSignal): Promise<'gap' | 'ended'> {
    const revisions = [...start.revisions];
    const abort = new AbortController();
    const all = AbortSignal.any([signal, abort.signal]);
    let standing = 0;
    const tell = (changes: readonly StoreChange[], faults: readonly StoreFault[]): void => {
      if (!all.aborted) onBatch({ changes, faults, cursor: formatCursor({ cluster: start.cluster, revisions }) });
    };
    const stands = (): void => {
      if (++standing === RANGES.length) tell([], []);
    };
    try {
      await Promise.all(RANGES.map((range, index) => this.#watchRange(range, index, revisions, stands, tell, all)));
      throw new StoreUnavailable('the server ended the watch');
    } catch (error) {
      if (error instanceof EtcdFault && error.code === Code.OutOfRange) return 'gap';
      throw error;
    } finally {
      abort.abort();
    }
  }

  /**
   * One watch, one stream: a server of HTTP/1 in Go may stop reading a request once it answers, so that further watches
   * in the same request get lost.
   */
  async #watchRange(
    { start, end }: KeyRange,
    index: number,
    revisions: number[],
    stands: () => void,
    tell: (changes: readonly StoreChange[], faults: readonly StoreFault[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const watch = { key: encode(start), range_end: encode(end), start_revision: revisions[index]! + 1 };
    const body = JSON.stringify({ create_request: { ...watch, progress_notify: true } });
    const line = (text: string): void => {
      const message = parseJson(text);
      const result = isObject(message) ? message['result'] : undefined;
      if (!isObject(result)) throw new Error(`the watch failed: ${text.slice(0, 200)}`);
      if (result['canceled'] === true) {
        const compacted = result['compact_revision'] !== undefined;
        if (compacted) throw new EtcdFault(Code.OutOfRange, 'the revision has been compacted');
        throw new Error(String(result['cancel_reason'] ?? 'watch canceled'));
      }
      if (result['created'] === true) stands();
      const events = listOf(result['events']);
      // A notice of progress has no events and says how far the server has come.
      if (events.length === 0 && result['created'] === true) return;
      const { changes, faults, last } = this.#events(events);
      revisions[index] = Math.max(revisions[index]!, last ?? Number(field(result['header'], 'revision') ?? 0));
      tell(changes, faults);
    };
    const request = { method: 'POST', path: '/v3/watch', headers: this.#headers(), body, signal } as const;
    const answer = await this.#http().stream(request, SILENCE_MS, line);
    if (answer.status !== 200) throw this.#fault(answer.status, answer.text);
  }

  #events(events: readonly Json[]): { changes: StoreChange[]; faults: StoreFault[]; last: number | undefined } {
    const changes: StoreChange[] = [];
    const faults: StoreFault[] = [];
    let last: number | undefined;
    for (const event of events) {
      const entry = keyValue(field(event, 'kv') ?? null);
      last = Number(entry.revision);
      if (field(event, 'type') === 'DELETE') {
        const id = idAt(entry.key);
        if (id !== undefined && typeof id !== 'string') changes.push({ type: 'delete', id });
        continue;
      }
      const read = this.#resource(entry);
      if (read === undefined) continue;
      if ('message' in read) faults.push(read);
      else changes.push({ type: 'put', item: read });
    }
    return { changes, faults, last };
  }

  // ----------------------------------------------------------------------------------------------- writing, calling

  async #transact(
    id: ResourceId,
    key: string,
    expected: Expected,
    operation: Readonly<Record<string, unknown>>,
  ): Promise<{ revision: string; response: JsonObject }> {
    const compare =
      expected === 'any'
        ? []
        : expected === 'absent'
          ? [{ key: encode(key), target: 'VERSION', result: 'EQUAL', version: '0' }]
          : [{ key: encode(key), target: 'MOD', result: 'EQUAL', mod_revision: expected.revision }];
    let response: JsonObject;
    try {
      response = await this.#call('/v3/kv/txn', { compare, success: [operation] });
    } catch (error) {
      throw this.#translate(error);
    }
    if (response['succeeded'] === true) return { revision: String(field(response['header'], 'revision')), response };
    const what = expected === 'absent' ? 'exists already' : 'was changed by somebody else';
    throw new StoreConflict(`${idText(id)} ${what}`);
  }

  /** One question to the member that answered last; the next one when it does not. */
  async #call(path: string, request: object): Promise<JsonObject> {
    for (let attempt = 0; ; attempt++) {
      try {
        if (this.#token === undefined && this.#url.username !== undefined) await this.#authenticate();
        const answer = await this.#http().ask({
          method: 'POST',
          path,
          headers: this.#headers(),
          body: JSON.stringify(request),
        });
        if (answer.status !== 200) throw this.#fault(answer.status, answer.text);
        const value = parseJson(answer.text);
        if (!isObject(value)) throw new StoreUnavailable('an answer that is no object');
        return value;
      } catch (error) {
        const stale = error instanceof EtcdFault && error.code === Code.Unauthenticated && this.#token !== undefined;
        if (stale && attempt === 0) {
          this.#token = undefined;
          continue;
        }
        if (error instanceof StoreUnavailable) {
          this.#nextMember();
          if (attempt + 1 < this.#url.hosts.length) continue;
        }
        throw error;
      }
    }
  }

  async #authenticate(): Promise<void> {
    const request = { name: this.#url.username, password: passwordOf(this.#url, this.#environment) ?? '' };
    const answer = await this.#http().ask({
      method: 'POST',
      path: '/v3/auth/authenticate',
      body: JSON.stringify(request),
    });
    if (answer.status !== 200) {
      const fault = this.#fault(answer.status, answer.text);
      throw fault instanceof EtcdFault ? new StoreRefused(fault.message) : fault;
    }
    const token = field(parseJson(answer.text), 'token');
    if (typeof token !== 'string') throw new StoreRefused('the server gave no token');
    this.#token = token;
  }

  #http(): HttpClient {
    const { host, port } = this.#url.hosts[this.#member % this.#url.hosts.length]!;
    this.#client ??= new HttpClient({ host, port: port ?? 2379, tls: tlsOptions(this.#url) });
    return this.#client;
  }

  #nextMember(): void {
    this.#client?.close();
    this.#client = undefined;
    this.#member++;
  }

  #headers(): Record<string, string> {
    return this.#token === undefined ? {} : { authorization: this.#token };
  }

  #fault(status: number, text: string): Error {
    let value: Json = null;
    try {
      value = parseJson(text);
    } catch (error) {
      if (!(error instanceof JsonFault)) throw error;
    }
    const code = field(value, 'code');
    const message = field(value, 'message') ?? field(value, 'error') ?? `status ${status}`;
    return typeof code === 'number' ? new EtcdFault(code, String(message)) : new StoreUnavailable(String(message));
  }

  #translate(error: unknown): unknown {
    if (!(error instanceof EtcdFault)) return error instanceof JsonFault ? new StoreUnavailable(error.message) : error;
    if (COMPACTED.test(error.message)) return new StoreUnavailable(error.message);
    const refused: readonly number[] = [Code.InvalidArgument, Code.PermissionDenied, Code.Unauthenticated];
    return refused.includes(error.code) ? new StoreRefused(error.message) : new StoreUnavailable(error.message);
  }
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function decode(value: Json | undefined): string {
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}

function field(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) ? value[name] : undefined;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function keyValue(value: Json): KeyValue {
  return {
    key: decode(field(value, 'key')),
    value: decode(field(value, 'value')),
    revision: String(field(value, 'mod_revision') ?? '0'),
  };
}

function formatCursor({ cluster, revisions }: Cursor): string {
  return `${cluster}/${revisions.join(',')}`;
}

function parseCursor(text: string): Cursor | undefined {
  const match = /^([0-9]+)\/([0-9,]+)$/.exec(text);
  const revisions = match === null ? [] : match[2]!.split(',').map(Number);
  return match === null || revisions.length !== RANGES.length ? undefined : { cluster: match[1]!, revisions };
}
