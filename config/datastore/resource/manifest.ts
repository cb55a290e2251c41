/**
 * Manifests: one or more documents of YAML or JSON, each a resource or a list of them, as `kubectl get -o yaml` and
 * `calicoctl` write them. A document that cannot be read does not harm the others.
 */
import { LineCounter, parseAllDocuments, stringify } from 'yaml';
import { cleanJson, isObject, type Json, JsonFault, type JsonObject } from './json.ts';

/** One resource of a manifest, not looked at yet. */
export interface ManifestItem {
  readonly value: JsonObject;
  /** Line where its document begins, from 1. */
  readonly line: number;
}

export interface ManifestFault {
  readonly line: number;
  readonly message: string;
}

export interface Manifest {
  readonly items: readonly ManifestItem[];
  readonly faults: readonly ManifestFault[];
}

/** Aliases may repeat, but not multiply without end. */
const MAX_ALIASES = 1000;
const MAX_CHARACTERS = 64 << 20;

export function readManifest(text: string): Manifest {
  const items: ManifestItem[] = [];
  const faults: ManifestFault[] = [];
  if (text.length > MAX_CHARACTERS) return { items, faults: [{ line: 1, message: 'the manifest is too large' }] };
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  for (const document of documents) {
    const line = lines.linePos(document.contents?.range?.[0] ?? document.range[0]).line;
    const [error] = document.errors;
    if (error !== undefined) {
      faults.push({ line: lines.linePos(error.pos[0]).line, message: error.message });
      continue;
    }
    try {
      const value = cleanJson(document.toJS({ maxAliasCount: MAX_ALIASES }));
      addItems(value, line, items, faults);
    } catch (cause) {
      // The package throws ReferenceError for aliases that multiply.
      if (!(cause instanceof JsonFault) && !(cause instanceof ReferenceError)) throw cause;
      faults.push({ line, message: cause.message });
    }
  }
  return { items, faults };
}

/** A list stands for its items, which may leave out what the list says for all of them. */
function addItems(value: Json, line: number, items: ManifestItem[], faults: ManifestFault[]): void {
  // An empty document: `---` twice, or nothing but comments.
  if (value === null) return;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) addItems(item, line, items, faults);
    return;
  }
  if (!isObject(value)) {
    faults.push({ line, message: 'a resource must be an object' });
    return;
  }
  const kind = value['kind'];
  const list = value['items'];
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(list)) {
    const own = kind.slice(0, -'List'.length);
    for (const item of list as readonly Json[]) {
      const inherits = own !== '' && isObject(item) && item['kind'] === undefined;
      addItems(inherits ? withKind(item, own, value['apiVersion']) : item, line, items, faults);
    }
    return;
  }
  items.push({ value, line });
}

function withKind(item: JsonObject, kind: string, apiVersion: Json | undefined): JsonObject {
  const object = Object.create(null) as Record<string, Json | undefined>;
  object['kind'] = kind;
  if (apiVersion !== undefined) object['apiVersion'] = apiVersion;
  return Object.assign(object, item);
}

/** Resources as one manifest. */
export function writeManifest(values: readonly JsonObject[], format: 'yaml' | 'json'): string {
  if (format === 'json') {
    const [only] = values;
    const value = values.length === 1 && only !== undefined ? only : { kind: 'List', apiVersion: 'v1', items: values };
    return `${JSON.stringify(value, undefined, 2)}\n`;
  }
  return values.map((value) => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
}
