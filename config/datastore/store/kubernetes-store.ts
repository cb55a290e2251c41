/**
 * Kubernetes as a datastore: lists in pages, and one watch for each kind from the revision of its list, kept fresh by
 * bookmarks. Where the server no longer knows a revision (410) everything is listed again. Kinds that the cluster does
 * not have, or that we may not read although they are of use only to some features, are left out and named.
 */
import { isObject, JsonFault, type JsonObject, objectOf, parseJson } from '../resource/json.ts';
import { idOf, idText, type ResourceId, type ResourceKind } from '../resource/resource.ts';
import { cleanObject, type Endpoint, expectOk, field, KubernetesApi, listOf } from './kubernetes-api.ts';
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

const PAGE = 500;
/** The server ends a watch after that time; the next one goes on where it stood. */
const WATCH_SECONDS = 240;
const SILENCE_MS = 300_000;
/** How often we look whether kinds have come or gone. */
const DISCOVERY_MS = 300_000;
const ATTEMPTS = 5;

/** A kind with the revision up to which it has been told. */
interface Position {
  readonly endpoint: Endpoint;
  revision: string;
}

class Gone extends Error {}

export class KubernetesStore implements Store {
  readonly label: string;
  readonly #api: KubernetesApi;
  /** Kinds that could be read before: being refused them now is an outage. */
  readonly #readable = new Set<ResourceKind>();

  constructor(url: StoreUrl, label: string, environment: Readonly<Record<string, string | undefined>>) {
    this.label = label;
    this.#api = new KubernetesApi(url, environment);
  }

  async list(signal: AbortSignal): Promise<Snapshot> {
    return this.#fresh(async () => {
      const endpoints = await this.#api.endpoints();
      const items: StoredResource[] = [];
      const faults: StoreFault[] = [];
      const positions: Position[] = [];
      for (const endpoint of endpoints) {
        const revision = await this.#listKind(endpoint, items, faults, signal);
        if (revision !== undefined) positions.push({ endpoint, revision });
      }
      return { items, faults, cursor: JSON.stringify(positions) };
    });
  }

  async watch(cursor: string, onBatch: (batch: StoreBatch) => void, signal: AbortSignal): Promise<'gap' | 'ended'> {
    const positions = parseCursor(cursor);
    if (positions === undefined) return 'gap';
    if (signal.aborted) return 'ended';
    const abort = new AbortController();
    const all = AbortSignal.any([signal, abort.signal]);
    const known = kindsText(positions.map((position) => position.endpoint));
    let changed = false;
    const discovery = setInterval(() => {
      this.#api.endpoints().then(
        (endpoints) => {
          const readable = endpoints.filter((endpoint) => !endpoint.optional || this.#readable.has(endpoint.kind));
          if (kindsText(readable) === known) return;
          changed = true;
          abort.abort();
        },
        // The watches will notice by themselves.
        () => {},
      );
    }, DISCOVERY_MS);
    let standing = 0;
    const open = (): void => {
      if (++standing === positions.length) onBatch({ changes: [], faults: [], cursor: JSON.stringify(positions) });
    };
    const tell = (changes: readonly StoreChange[], faults: readonly StoreFault[]): void => {
      if (!all.aborted) onBatch({ changes, faults, cursor: JSON.stringify(positions) });
    };
    try {
      await this.#fresh(() => Promise.all(positions.map((position) => this.#watchKind(position, open, tell, all))));
      return 'ended';
    } catch (error) {
      if (signal.aborted) return 'ended';
      if (changed || error instanceof Gone) return 'gap';
      throw error;
    } finally {
      clearInterval(discovery);
      abort.abort();
    }
  }

  async get(id: ResourceId): Promise<StoredResource | undefined> {
    return this.#fresh(async () => {
      const endpoint = await this.#endpointOf(id);
      return this.#get(endpoint, id);
    });
  }

  async put(id: ResourceId, value: JsonObject, expected: Expected, part?: 'all' | 'status'): Promise<string> {
    return this.#fresh(async () => {
      const endpoint = await this.#endpointOf(id);
      if (part === 'status' && typeof expected !== 'string')
        return this.#writeStatus(endpoint, id, value, expected.revision);
      for (let attempt = 0; ; attempt++) {
        try {
          if (expected === 'absent') return await this.#create(endpoint, id, value);
          if (expected !== 'any') return await this.#replace(endpoint, id, value, expected.revision);
          const present = await this.#get(endpoint, id);
          if (present === undefined) return await this.#create(endpoint, id, value);
          return await this.#replace(endpoint, id, value, present.revision);
        } catch (error) {
          if (expected !== 'any' || !(error instanceof StoreConflict) || attempt >= ATTEMPTS) throw error;
        }
      }
    });
  }

  async delete(id: ResourceId, expected: Expected): Promise<boolean> {
    return this.#fresh(async () => {
      const endpoint = await this.#endpointOf(id);
      const conditions = typeof expected === 'string' ? {} : { preconditions: { resourceVersion: expected.revision } };
      const body = JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', ...conditions });
      const answer = await this.#api.ask({ method: 'DELETE', path: objectPath(endpoint, id), body });
      if (answer.status === 404 && expected === 'any') return false;
      this.#written(answer, id, objectPath(endpoint, id));
      return true;
    });
  }

  close(): Promise<void> {
    this.#api.drop();
    return Promise.resolve();
  }

  // ------------------------------------------------------------------------------------------------------- reading

  /** After a refusal the credentials are read again the next time. */
  async #fresh<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StoreRefused || error instanceof StoreUnavailable) this.#api.drop();
      throw error;
    }
  }

  /** The revision of the list; `undefined` where the kind cannot be read and need not be. */
  async #listKind(
    endpoint: Endpoint,
    items: StoredResource[],
    faults: StoreFault[],
    signal: AbortSignal,
  ): Promise<string | undefined> {
    for (let attempt = 0; ; attempt++) {
      const found: StoredResource[] = [];
      const wrong: StoreFault[] = [];
      let next = '';
      for (;;) {
        if (signal.aborted) throw new StoreUnavailable('no answer in time');
        const page = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
        const answer = await this.#api.ask({ method: 'GET', path: `${endpoint.path}?limit=${PAGE}${page}` });
        if (answer.status === 410 && attempt < ATTEMPTS) break;
        if (endpoint.optional && (answer.status === 403 || answer.status === 404)) {
          if (this.#readable.has(endpoint.kind))
            throw new StoreUnavailable(`${endpoint.path}: status ${answer.status}`);
          faults.push({ where: endpoint.path, message: `cannot be read (status ${answer.status}) and is left out` });
          return undefined;
        }
        const list = expectOk(answer, endpoint.path);
        for (const object of listOf(list['items'])) {
          const read = this.#read(endpoint, object as JsonObject);
          if ('message' in read) wrong.push(read);
          else found.push(read);
        }
        const metadata = list['metadata'];
        next = String(field(metadata, 'continue') ?? '');
        if (next !== '') continue;
        items.push(...found);
        faults.push(...wrong);
        this.#readable.add(endpoint.kind);
        return String(field(metadata, 'resourceVersion') ?? '');
      }
    }
  }

  #read(endpoint: Endpoint, object: JsonObject): StoredResource | StoreFault {
    const value = isObject(object) ? cleanObject(object, endpoint) : undefined;
    const id = value === undefined ? undefined : idOf(value);
    const revision = field(field(object, 'metadata'), 'resourceVersion');
    if (value === undefined || id === undefined || typeof revision !== 'string') {
      return { where: endpoint.path, message: 'an object without a name' };
    }
    return { id, value, revision };
  }

  async #get(endpoint: Endpoint, id: ResourceId): Promise<StoredResource | undefined> {
    const path = objectPath(endpoint, id);
    const answer = await this.#api.ask({ method: 'GET', path });
    if (answer.status === 404) return undefined;
    const read = this.#read(endpoint, expectOk(answer, path));
    return 'message' in read ? undefined : read;
  }

  async #endpointOf(id: ResourceId): Promise<Endpoint> {
    const endpoint = (await this.#api.endpoints()).find((candidate) => candidate.kind === id.kind);
    if (endpoint === undefined) throw new StoreRefused(`this cluster has no ${id.kind}`);
    if (id.kind !== 'Secret') return endpoint;
    return { ...endpoint, path: `/api/v1/namespaces/${encodeURIComponent(id.namespace)}/secrets` };
  }

  // ------------------------------------------------------------------------------------------------------- watching

  async #watchKind(
    position: Position,
    onOpen: () => void,
    tell: (changes: readonly StoreChange[], faults: readonly StoreFault[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let opened = false;
    while (!signal.aborted) {
      const { endpoint, revision } = position;
      const seconds = WATCH_SECONDS + Math.floor(Math.random() * 30);
      const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=${seconds}&resourceVersion=${encodeURIComponent(revision)}`;
      const line = (text: string): void => {
        const event = parseEvent(text);
        const object = event['object'];
        if (event['type'] === 'ERROR') {
          if (field(object, 'code') === 410) throw new Gone();
          throw new StoreUnavailable(String(field(object, 'message') ?? 'watch error'));
        }
        const at = field(field(object, 'metadata'), 'resourceVersion');
        if (typeof at === 'string') position.revision = at;
        if (event['type'] === 'BOOKMARK') {
          tell([], []);
          return;
        }
        const read = this.#read(endpoint, (object ?? {}) as JsonObject);
        if ('message' in read) tell([], [read]);
        else if (event['type'] === 'DELETED') tell([{ type: 'delete', id: read.id }], []);
        else tell([{ type: 'put', item: read }], []);
      };
      const request = { method: 'GET', path: `${endpoint.path}?${query}`, signal } as const;
      const answer = await this.#api.stream(request, SILENCE_MS, line, () => {
        if (!opened) onOpen();
        opened = true;
      });
      if (answer.status === 410) throw new Gone();
      if (answer.status !== 200) expectOk(answer, endpoint.path);
    }
  }

  // -------------------------------------------------------------------------------------------------------- writing

  async #create(endpoint: Endpoint, id: ResourceId, value: JsonObject): Promise<string> {
    const path = collectionPath(endpoint, id);
    const body = JSON.stringify(this.#body(endpoint, id, value, undefined));
    return this.#written(await this.#api.ask({ method: 'POST', path, body }), id, path);
  }

  async #replace(endpoint: Endpoint, id: ResourceId, value: JsonObject, revision: string): Promise<string> {
    const path = objectPath(endpoint, id);
    const body = JSON.stringify(this.#body(endpoint, id, value, revision));
    // A node has far more to it than we know of: only what is written here is changed.
    const patch = endpoint.kind === 'Node';
    const headers = { 'content-type': patch ? 'application/merge-patch+json' : 'application/json' };
    return this.#written(await this.#api.ask({ method: patch ? 'PATCH' : 'PUT', path, body, headers }), id, path);
  }

  /** Into the object as the server has it: it may hold more than a resource says. */
  async #writeStatus(endpoint: Endpoint, id: ResourceId, value: JsonObject, revision: string): Promise<string> {
    const path = objectPath(endpoint, id);
    const answer = await this.#api.ask({ method: 'GET', path });
    if (answer.status === 404) throw new StoreConflict(`${idText(id)} does not exist any more`);
    const object = expectOk(answer, path);
    if (field(object['metadata'], 'resourceVersion') !== revision)
      throw new StoreConflict(`${idText(id)} was changed by somebody else`);
    const body = JSON.stringify({ ...object, status: value['status'] });
    const headers = { 'content-type': 'application/json' };
    const place = endpoint.statusApart ? `${path}/status` : path;
    return this.#written(await this.#api.ask({ method: 'PUT', path: place, body, headers }), id, place);
  }

  #body(endpoint: Endpoint, id: ResourceId, value: JsonObject, revision: string | undefined): JsonObject {
    if (endpoint.kind === 'Node' && value['apiVersion'] !== 'v1') {
      throw new StoreRefused("nodes in Kubernetes are of apiVersion v1, with Calico's settings as annotations");
    }
    const own = isObject(value['metadata']) ? value['metadata'] : {};
    const metadata = objectOf({
      ...own,
      name: id.name,
      namespace: id.namespace || undefined,
      resourceVersion: revision,
    });
    return objectOf({ ...value, apiVersion: endpoint.apiVersion, kind: endpoint.kind, metadata });
  }

  #written(answer: { status: number; text: string }, id: ResourceId, path: string): string {
    if (answer.status === 409) {
      const exists = answer.text.includes('AlreadyExists');
      throw new StoreConflict(`${idText(id)} ${exists ? 'exists already' : 'was changed by somebody else'}`);
    }
    if (answer.status === 404) throw new StoreConflict(`${idText(id)} does not exist any more`);
    return String(field(expectOk(answer, path)['metadata'], 'resourceVersion') ?? '');
  }
}

function collectionPath(endpoint: Endpoint, id: ResourceId): string {
  if (id.namespace === '' || endpoint.kind === 'Secret') return endpoint.path;
  const slash = endpoint.path.lastIndexOf('/');
  return `${endpoint.path.slice(0, slash)}/namespaces/${encodeURIComponent(id.namespace)}${endpoint.path.slice(slash)}`;
}

function objectPath(endpoint: Endpoint, id: ResourceId): string {
  return `${collectionPath(endpoint, id)}/${encodeURIComponent(id.name)}`;
}

function kindsText(endpoints: readonly Endpoint[]): string {
  return endpoints
    .map((endpoint) => endpoint.path)
    .sort()
    .join(' ');
}

function parseEvent(text: string): JsonObject {
  try {
    const event = parseJson(text);
    if (isObject(event)) return event;
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
  }
  throw new StoreUnavailable('the watch sent something that is no event');
}

function parseCursor(text: string): Position[] | undefined {
  try {
    const value = parseJson(text);
    return Array.isArray(value) ? (JSON.parse(text) as Position[]) : undefined;
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    return undefined;
  }
}
