/**
 * A stand-in for the API server of Kubernetes: lists in pages at one revision, watches with bookmarks, revisions that are
 * forgotten (410), writes that compare, merge patches, and the statuses that a real server answers with. It follows
 * the documents of the API ("API concepts"); what it cannot prove is said in docs/cluster.md.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';

type Value = Record<string, unknown>;

interface Entry {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: string;
  readonly object: Value;
}

interface Watcher {
  readonly collection: string;
  readonly response: ServerResponse;
}

interface ServerOptions {
  readonly token?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Groups that exist; the core and discovery.k8s.io always do. */
  readonly groups?: readonly string[];
  /** Collections that may not be read. */
  readonly forbidden?: readonly string[];
  /** Collections of which the status is a resource of its own. */
  readonly statusApart?: readonly string[];
}

const CALICO = [
  'bgpconfigurations',
  'bgppeers',
  'bgpfilters',
  'ippools',
  'blockaffinities',
  'ipamblocks',
  'caliconodestatuses',
];
const COLLECTION = /^\/(?:api\/v1|apis\/([^/]+\/[^/]+))(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+?)(\/status)?)?$/;

export class KubernetesServer {
  #server: Server | undefined;
  readonly #options: ServerOptions;
  readonly #sockets = new Set<Socket>();
  readonly #watchers = new Set<Watcher>();
  #objects = new Map<string, Map<string, Value>>();
  #log: Entry[] = [];
  #revision = 100;
  #forgotten = 0;
  /** Pages of lists that go on. */
  readonly #continued = new Map<string, { readonly items: readonly Value[]; readonly revision: number }>();
  port = 0;
  /** What was asked, for tests: `GET /api/v1/nodes`. */
  readonly asked: string[] = [];
  groups: Set<string>;
  forbidden: Set<string>;
  bookmarkMs = 200;

  constructor(options: ServerOptions = {}) {
    this.#options = options;
    this.groups = new Set(options.groups ?? ['crd.projectcalico.org/v1']);
    this.forbidden = new Set(options.forbidden ?? []);
  }

  async start(): Promise<void> {
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      this.#answer(request, response).catch((error: Error) => fail(response, 500, 'InternalError', error.message));
    };
    const server = this.#options.tls === undefined ? createServer(handle) : createTlsServer(this.#options.tls, handle);
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.cut();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#watchers.clear();
  }

  /** Ends the watches in order, as a server does after their time. */
  endWatches(): void {
    for (const { response } of this.#watchers) response.end();
    this.#watchers.clear();
  }

  wipe(): void {
    this.#objects = new Map();
    this.#log = [];
    this.#revision += 1000;
    this.#forgotten = this.#revision;
  }

  /** Forgets history; watches that stand are told as soon as they ask again. */
  compact(): void {
    this.#log = [];
    this.#forgotten = this.#revision;
    this.#continued.clear();
    this.endWatches();
  }

  /** The next event of a watch is this text, whatever it is. */
  say(collection: string, text: string): void {
    for (const watcher of this.#watchers) if (watcher.collection === collection) watcher.response.write(`${text}\n`);
  }

  /** Puts an object there without any check. */
  plant(collection: string, key: string, object: Value): void {
    this.#store(collection, key, object, 'ADDED');
  }

  /** An object as it is, bookkeeping and all. */
  raw(collection: string, key: string): Value | undefined {
    return this.#objects.get(collection)?.get(key);
  }

  kubeconfig(port = this.port): string {
    const scheme = this.#options.tls === undefined ? 'http' : 'https';
    const ca =
      this.#options.tls === undefined
        ? { 'insecure-skip-tls-verify': true }
        : { 'certificate-authority-data': Buffer.from(this.#options.tls.cert).toString('base64') };
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: 'test', cluster: { server: `${scheme}://127.0.0.1:${port}`, ...ca } }],
      users: [{ name: 'test', user: this.#options.token === undefined ? {} : { token: this.#options.token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    });
  }

  // ------------------------------------------------------------------------------------------------------- answering

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<undefined> {
    const url = new URL(request.url ?? '/', 'http://x');
    this.asked.push(`${request.method} ${url.pathname}`);
    const { token } = this.#options;
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      return fail(response, 401, 'Unauthorized', 'Unauthorized');
    }
    const group = /^\/apis\/([^/]+\/[^/]+)$/.exec(url.pathname)?.[1];
    if (group !== undefined) {
      if (!this.groups.has(group))
        return fail(response, 404, 'NotFound', 'the server could not find the requested resource');
      const apart = (this.#options.statusApart ?? []).map((name) => `${name}/status`);
      const resources = [...CALICO, ...apart].map((name) => ({ name, namespaced: false, verbs: ['list', 'watch'] }));
      return send(response, 200, { kind: 'APIResourceList', groupVersion: group, resources });
    }
    const match = COLLECTION.exec(url.pathname);
    if (match === null) return fail(response, 404, 'NotFound', 'page not found');
    const [, api, namespace, plural, name, part] = match;
    const apart = this.#options.statusApart?.includes(plural!) === true;
    if (part !== undefined && !apart) return fail(response, 404, 'NotFound', 'page not found');
    const known = api === undefined || api === 'discovery.k8s.io/v1' || this.groups.has(api);
    if (!known) return fail(response, 404, 'NotFound', 'the server could not find the requested resource');
    if (this.forbidden.has(plural!)) return fail(response, 403, 'Forbidden', `${plural} is forbidden`);
    const collection = `${api ?? 'v1'}/${plural}`;
    const key = namespace === undefined ? (name ?? '') : `${namespace}/${name ?? ''}`;
    const body = await readBody(request);
    if (name === undefined) {
      if (request.method === 'POST') return this.#create(response, collection, namespace, body);
      if (url.searchParams.get('watch') === '1') return this.#watch(response, collection, namespace, url.searchParams);
      return this.#list(response, collection, namespace, url.searchParams);
    }
    switch (request.method) {
      case 'GET': {
        const object = this.#objects.get(collection)?.get(key);
        return object === undefined
          ? fail(response, 404, 'NotFound', `"${name}" not found`)
          : send(response, 200, object);
      }
      case 'PUT':
        // Each place writes its own half.
        return this.#replace(response, collection, key, body, (old, next) =>
          part !== undefined
            ? { ...old, status: next['status'] }
            : { ...next, ...(apart ? { status: old['status'] } : {}) },
        );
      case 'PATCH':
        if (request.headers['content-type'] !== 'application/merge-patch+json') {
          return fail(response, 415, 'UnsupportedMediaType', 'unsupported patch');
        }
        return this.#replace(response, collection, key, body, merge);
      case 'DELETE':
        return this.#delete(response, collection, key, body);
      default:
        return fail(response, 405, 'MethodNotAllowed', 'method not allowed');
    }
  }

  #list(
    response: ServerResponse,
    collection: string,
    namespace: string | undefined,
    query: URLSearchParams,
  ): undefined {
    const limit = Number(query.get('limit') ?? 0) || Number.MAX_SAFE_INTEGER;
    const mark = query.get('continue');
    const before = mark === null ? undefined : this.#continued.get(mark);
    if (mark !== null && before === undefined)
      return fail(response, 410, 'Expired', 'The provided continue parameter is too old');
    const revision = before?.revision ?? this.#revision;
    const all = before?.items ?? this.#within(collection, namespace);
    const items = all.slice(0, limit);
    const rest = all.slice(limit);
    const next = rest.length === 0 ? undefined : `c${this.#continued.size}-${revision}-${Math.random()}`;
    if (next !== undefined) this.#continued.set(next, { items: rest, revision });
    // Items of a list do not repeat its kind.
    const bare = items.map(({ kind: _, apiVersion: __, ...item }) => item);
    send(response, 200, {
      kind: 'List',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(revision), continue: next },
      items: bare,
    });
  }

  #watch(
    response: ServerResponse,
    collection: string,
    namespace: string | undefined,
    query: URLSearchParams,
  ): undefined {
    const from = Number(query.get('resourceVersion'));
    const scope = namespace === undefined ? '' : `${namespace}/`;
    if (from < this.#forgotten) {
      // A real server may answer either way.
      if (from % 2 === 0) return fail(response, 410, 'Expired', 'too old resource version');
      response.writeHead(200, { 'content-type': 'application/json' });
      const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
      response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const entry of this.#log) {
      if (entry.collection !== collection || entry.revision <= from || !inScope(entry.object, scope)) continue;
      response.write(`${JSON.stringify({ type: entry.type, object: entry.object })}\n`);
    }
    const watcher = { collection: `${collection}|${scope}`, response };
    this.#watchers.add(watcher);
    const bookmark = setInterval(() => {
      const object = { metadata: { resourceVersion: String(this.#revision) } };
      response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    }, this.bookmarkMs);
    const end = setTimeout(() => response.end(), Number(query.get('timeoutSeconds') ?? 300) * 1000);
    response.on('close', () => {
      clearInterval(bookmark);
      clearTimeout(end);
      this.#watchers.delete(watcher);
    });
  }

  #create(response: ServerResponse, collection: string, namespace: string | undefined, object: Value): undefined {
    const metadata = object['metadata'] as Value | undefined;
    const name = metadata?.['name'];
    if (typeof name !== 'string' || name === '') return fail(response, 422, 'Invalid', 'metadata.name: Required value');
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    if (this.#objects.get(collection)?.has(key))
      return fail(response, 409, 'AlreadyExists', `"${name}" already exists`);
    if (metadata?.['resourceVersion'] !== undefined)
      return fail(response, 400, 'BadRequest', 'resourceVersion should not be set on objects to be created');
    const full = {
      ...object,
      metadata: {
        ...metadata,
        ...(namespace === undefined ? {} : { namespace }),
        uid: `u${this.#revision}`,
        creationTimestamp: '2026-01-01T00:00:00Z',
      },
    };
    send(response, 201, this.#store(collection, key, full, 'ADDED'));
  }

  #replace(
    response: ServerResponse,
    collection: string,
    key: string,
    body: Value,
    make: (old: Value, next: Value) => Value,
  ): undefined {
    const present = this.#objects.get(collection)?.get(key);
    if (present === undefined) return fail(response, 404, 'NotFound', `"${key}" not found`);
    const wanted = (body['metadata'] as Value | undefined)?.['resourceVersion'];
    const has = (present['metadata'] as Value)['resourceVersion'];
    if (wanted !== undefined && wanted !== has) return fail(response, 409, 'Conflict', 'the object has been modified');
    send(response, 200, this.#store(collection, key, make(present, body), 'MODIFIED'));
  }

  #delete(response: ServerResponse, collection: string, key: string, body: Value): undefined {
    const present = this.#objects.get(collection)?.get(key);
    if (present === undefined) return fail(response, 404, 'NotFound', `"${key}" not found`);
    const wanted = (body['preconditions'] as Value | undefined)?.['resourceVersion'];
    if (wanted !== undefined && wanted !== (present['metadata'] as Value)['resourceVersion']) {
      return fail(response, 409, 'Conflict', 'the ResourceVersion in the precondition does not match');
    }
    this.#objects.get(collection)!.delete(key);
    const object = {
      ...present,
      metadata: { ...(present['metadata'] as Value), resourceVersion: String(++this.#revision) },
    };
    this.#tell({ revision: this.#revision, type: 'DELETED', collection, object });
    send(response, 200, { kind: 'Status', status: 'Success', metadata: {} });
  }

  #store(collection: string, key: string, object: Value, type: 'ADDED' | 'MODIFIED'): Value {
    const revision = ++this.#revision;
    const stored = {
      ...object,
      metadata: {
        ...(object['metadata'] as Value),
        resourceVersion: String(revision),
        managedFields: [{ manager: 'test' }],
        generation: revision,
      },
    };
    const objects = this.#objects.get(collection) ?? new Map<string, Value>();
    this.#objects.set(collection, objects);
    objects.set(key, stored);
    this.#tell({ revision, type, collection, object: stored });
    return stored;
  }

  #tell(entry: Entry): void {
    this.#log.push(entry);
    for (const watcher of this.#watchers) {
      const [collection, scope] = watcher.collection.split('|');
      if (collection !== entry.collection || !inScope(entry.object, scope!)) continue;
      watcher.response.write(`${JSON.stringify({ type: entry.type, object: entry.object })}\n`);
    }
  }

  #within(collection: string, namespace: string | undefined): Value[] {
    const objects = [...(this.#objects.get(collection) ?? new Map<string, Value>())];
    return objects.flatMap(([key, object]) =>
      namespace === undefined || key.startsWith(`${namespace}/`) ? [object] : [],
    );
  }
}

function inScope(object: Value, scope: string): boolean {
  return scope === '' || `${String((object['metadata'] as Value)['namespace'])}/` === scope;
}

/** RFC 7396. */
function merge(target: Value, patch: Value): Value {
  const result: Value = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else if (typeof value === 'object' && !Array.isArray(value)) {
      const before = result[name];
      result[name] = merge(typeof before === 'object' && before !== null ? (before as Value) : {}, value as Value);
    } else result[name] = value;
  }
  return result;
}

function send(response: ServerResponse, status: number, value: unknown): undefined {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function fail(response: ServerResponse, code: number, reason: string, message: string): undefined {
  send(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message });
}

async function readBody(request: IncomingMessage): Promise<Value> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Value);
}
