/** What every resource has: its name, its namespace, labels and annotations. */
import type { Fields } from './fields.ts';
import type { Labels } from './selector.ts';

export interface Metadata {
  readonly name: string;
  /** '' for kinds that have none. */
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: ReadonlyMap<string, string>;
}

/** DNS labels joined by dots: what Kubernetes and Calico allow as a name. */
const NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const NAMESPACE = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const MAX_NAME = 253;
const MAX_NAMESPACE = 63;

/** Why a text cannot be the name of a resource. */
export function wrongName(name: string): string | undefined {
  if (name.length > MAX_NAME) return `is longer than ${MAX_NAME} characters`;
  return NAME.test(name) ? undefined : "must be made of lower-case letters, digits, '-' and '.'";
}

export function wrongNamespace(name: string): string | undefined {
  if (name.length > MAX_NAMESPACE) return `is longer than ${MAX_NAMESPACE} characters`;
  return NAMESPACE.test(name) ? undefined : "must be made of lower-case letters, digits and '-'";
}

/** Reads `metadata`; `undefined` after a problem that leaves the resource without a name. */
export function readMetadata(resource: Fields, namespaced: boolean): Metadata | undefined {
  const fields = resource.object('metadata');
  if (fields === undefined) return resource.has('metadata') ? undefined : resource.error('metadata', 'is missing');
  const name = fields.required('name', fields.string('name'));
  const wrong = name === undefined ? undefined : wrongName(name);
  if (wrong !== undefined) fields.error('name', wrong);
  const namespace = namespaced ? (fields.string('namespace') ?? 'default') : '';
  const wrongSpace = namespaced ? wrongNamespace(namespace) : undefined;
  if (wrongSpace !== undefined) fields.error('namespace', wrongSpace);
  const labels = fields.stringMap('labels');
  const annotations = fields.stringMap('annotations');
  if (name === undefined || wrong !== undefined || wrongSpace !== undefined) return undefined;
  return { name, namespace, labels, annotations };
}
