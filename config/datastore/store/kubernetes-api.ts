/**
 * The API server of Kubernetes as this program asks it: who we are (kubeconfig or the service account of the pod), where
 * each kind lives, and what an object says without the server's own bookkeeping.
 */
import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { isObject, type Json, JsonFault, type JsonObject, objectOf, parseJson } from '../resource/json.ts';
import { kindInfo, type ResourceKind } from '../resource/resource.ts';
import { type HttpAnswer, HttpClient, type HttpRequest } from './http-client.ts';
import { StoreRefused, StoreUnavailable } from './store.ts';
import type { StoreUrl } from './store-url.ts';

export const CRD_GROUP = 'crd.projectcalico.org/v1';
export const V3_GROUP = 'projectcalico.org/v3';

/** Where the objects of a kind are. */
export interface Endpoint {
  readonly kind: ResourceKind;
  /** `/api/v1/nodes`, `/apis/GROUP/PLURAL`. */
  readonly path: string;
  readonly apiVersion: string;
  /** The cluster may do without it, or not let us read it. */
  readonly optional: boolean;
  /** What is under `status` is written at a place of its own. */
  readonly statusApart: boolean;
}

const CALICO_KINDS: readonly ResourceKind[] = [
  'BGPConfiguration',
  'BGPPeer',
  'BGPFilter',
  'IPPool',
  'BlockAffinity',
  'IPAMBlock',
  'CalicoNodeStatus',
];

export class KubernetesApi {
  readonly namespace: string;
  readonly #url: StoreUrl;
  #config: KubeConfig | undefined;
  #client: HttpClient | undefined;
  #base = '';

  constructor(url: StoreUrl, environment: Readonly<Record<string, string | undefined>>) {
    this.#url = url;
    this.namespace = url.options.get('namespace') ?? environment['NAMESPACE'] ?? 'kube-system';
  }

  async ask(request: HttpRequest): Promise<HttpAnswer> {
    const { client, headers } = await this.#ready();
    return client.ask({ ...request, path: this.#base + request.path, headers: { ...headers, ...request.headers } });
  }

  async stream(
    request: HttpRequest,
    idleMs: number,
    onLine: (line: string) => void,
    onOpen: () => void,
  ): Promise<HttpAnswer> {
    const { client, headers } = await this.#ready();
    return client.stream({ ...request, path: this.#base + request.path, headers }, idleMs, onLine, onOpen);
  }

  /** Credentials may have been renewed: the next question reads them again. */
  drop(): void {
    this.#client?.close();
    this.#client = undefined;
    this.#config = undefined;
  }

  /** The kinds that this cluster has. Calico's are in one of two groups, or not there at all. */
  async endpoints(): Promise<readonly Endpoint[]> {
    const core = (kind: ResourceKind, path: string, optional: boolean): Endpoint => ({
      kind,
      path,
      apiVersion: kindInfo(kind).apiVersions.at(-1)!,
      optional,
      statusApart: false,
    });
    const endpoints = [
      core('Node', '/api/v1/nodes', false),
      core('Service', '/api/v1/services', true),
      core('EndpointSlice', '/apis/discovery.k8s.io/v1/endpointslices', true),
      core('Secret', `/api/v1/namespaces/${encodeURIComponent(this.namespace)}/secrets`, true),
    ];
    for (const group of [CRD_GROUP, V3_GROUP]) {
      const answer = await this.ask({ method: 'GET', path: `/apis/${group}` });
      if (answer.status === 404) continue;
      const value = expectOk(answer, `/apis/${group}`);
      const names = new Set(listOf(value['resources']).map((entry) => field(entry, 'name')));
      const found = CALICO_KINDS.filter((kind) => names.has(kindInfo(kind).plural));
      if (found.length === 0) continue;
      for (const kind of found) {
        const path = `/apis/${group}/${kindInfo(kind).plural}`;
        const optional = kind === 'CalicoNodeStatus';
        const statusApart = names.has(`${kindInfo(kind).plural}/status`);
        endpoints.push({ kind, path, apiVersion: group, optional, statusApart });
      }
      break;
    }
    return endpoints;
  }

  async #ready(): Promise<{ client: HttpClient; headers: Record<string, string> }> {
    this.#config ??= this.#load();
    const options: RequestOptions = {};
    try {
      // Also runs exec plugins and reads rotated tokens.
      await this.#config.applyToHTTPSOptions(options as Parameters<KubeConfig['applyToHTTPSOptions']>[0]);
    } catch (error) {
      throw new StoreRefused(`credentials: ${(error as Error).message}`);
    }
    if (this.#client === undefined) {
      const server = new URL(this.#config.getCurrentCluster()!.server);
      const secure = server.protocol === 'https:';
      const { ca, cert, key, servername, rejectUnauthorized } = options;
      this.#base = server.pathname.replace(/\/$/, '');
      this.#client = new HttpClient({
        host: server.hostname.replace(/^\[|\]$/g, ''),
        port: Number(server.port || (secure ? 443 : 80)),
        tls: secure
          ? {
              ...(ca === undefined ? {} : { ca }),
              ...(cert === undefined ? {} : { cert }),
              ...(key === undefined ? {} : { key }),
              ...(servername === undefined ? {} : { servername }),
              ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
            }
          : undefined,
      });
    }
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries((options.headers ?? {}) as IncomingMessage['headers'])) {
      if (typeof value === 'string') headers[name.toLowerCase()] = value;
    }
    if (typeof options.auth === 'string') {
      headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    }
    return { client: this.#client, headers };
  }

  #load(): KubeConfig {
    const config = new KubeConfig();
    try {
      if (this.#url.path === '') config.loadFromDefault();
      else config.loadFromFile(this.#url.path);
      const context = this.#url.options.get('context');
      if (context !== undefined) config.setCurrentContext(context);
    } catch (error) {
      throw new StoreRefused(`kubeconfig: ${(error as Error).message}`);
    }
    if (config.getCurrentCluster() === null) throw new StoreRefused('kubeconfig: no cluster is chosen');
    return config;
  }
}

/** The body of a good answer; throws what the status means. */
export function expectOk(answer: HttpAnswer, path: string): JsonObject {
  let value: Json = null;
  try {
    value = parseJson(answer.text);
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    if (answer.status < 400) throw new StoreUnavailable(`${path}: ${error.message}`);
  }
  const message = String(field(value, 'message') ?? `status ${answer.status}`);
  if (answer.status === 401 || answer.status === 403 || answer.status === 422 || answer.status === 400) {
    throw new StoreRefused(`${path}: ${message}`);
  }
  if (answer.status < 200 || answer.status >= 300 || !isObject(value))
    throw new StoreUnavailable(`${path}: ${message}`);
  return value;
}

/** Only what the server itself writes. */
const BOOKKEEPING = ['managedFields', 'resourceVersion', 'uid', 'creationTimestamp', 'generation', 'selfLink'];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Where Calico keeps the metadata of the v3 resource that a CRD object stands for. */
const CALICO_METADATA = 'projectcalico.org/metadata';

/** An object as a resource. Calico's are shown in their v3 form, whichever group they come from. */
export function cleanObject(object: JsonObject, endpoint: Endpoint): JsonObject {
  const metadata: Record<string, Json | undefined> = objectOf((object['metadata'] as JsonObject | undefined) ?? {});
  for (const name of BOOKKEEPING) delete metadata[name];
  const annotations = isObject(metadata['annotations']) ? { ...metadata['annotations'] } : undefined;
  if (annotations !== undefined) {
    delete annotations[LAST_APPLIED];
    const inner = annotations[CALICO_METADATA];
    delete annotations[CALICO_METADATA];
    metadata['annotations'] = objectOf(annotations);
    if (typeof inner === 'string') Object.assign(metadata, innerMetadata(inner));
    if (Object.keys(metadata['annotations'] as JsonObject).length === 0) delete metadata['annotations'];
  }
  const apiVersion = endpoint.apiVersion === CRD_GROUP ? V3_GROUP : endpoint.apiVersion;
  const head = { apiVersion, kind: endpoint.kind, metadata: objectOf(metadata) };
  if (endpoint.kind !== 'Node') return objectOf({ ...object, ...head });
  // The status of a node changes all the time, and is large.
  const status = isObject(object['status']) ? object['status'] : {};
  return objectOf({ ...head, spec: object['spec'], status: objectOf({ addresses: status['addresses'] }) });
}

function innerMetadata(text: string): Record<string, Json | undefined> {
  try {
    const value = parseJson(text);
    if (!isObject(value)) return {};
    const { labels, annotations } = value;
    return { ...(isObject(labels) ? { labels } : {}), ...(isObject(annotations) ? { annotations } : {}) };
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    return {};
  }
}

export function field(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) ? value[name] : undefined;
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
