/**
 * Calico's key layout in etcd v3, so that `calicoctl` and this program see the same:
 *
 *     /calico/resources/v3/projectcalico.org/PLURAL/NAME              the v3 resource as JSON
 *     /calico/ipam/v2/host/NODE/ipv4/block/10.65.0.0-26               affinity: {"state": ..., "deleted": ...}
 *     /calico/ipam/v2/assignment/ipv4/block/10.65.0.0-26              block: {"cidr": ..., "affinity": "host:NODE", ...}
 *     /peregrine/v1/PLURAL/NAMESPACE/NAME                             Service, EndpointSlice, Secret as JSON
 *
 * Calico itself takes services and secrets from the API of Kubernetes; the last line is for clusters that have none.
 */
import { parsePrefix } from '../../../bgp/index.ts';
import { isObject, type Json, type JsonObject, objectOf } from '../resource/json.ts';
import { idOf, idText, KINDS, kindInfo, type ResourceId } from '../resource/resource.ts';
import { StoreRefused } from './store.ts';

const RESOURCES = '/calico/resources/v3/projectcalico.org/';
const HOSTS = '/calico/ipam/v2/host/';
const BLOCKS = '/calico/ipam/v2/assignment/';
const OWN = '/peregrine/v1/';

/** Keys from `start` up to, but not, `end`. */
export interface KeyRange {
  readonly start: string;
  readonly end: string;
}

/** Ranges that hold everything; each is listed and watched. */
export const RANGES: readonly KeyRange[] = [
  between(`${RESOURCES}bgpconfigurations/`, `${RESOURCES}bgppeers/`),
  between(`${RESOURCES}caliconodestatuses/`),
  between(`${RESOURCES}ippools/`),
  between(`${RESOURCES}nodes/`),
  between(HOSTS),
  between(BLOCKS),
  between(OWN),
];

/** From the first key with one prefix to the last one with the other. */
function between(first: string, last = first): KeyRange {
  return { start: first, end: `${last.slice(0, -1)}${String.fromCharCode(last.charCodeAt(last.length - 1) + 1)}` };
}

/** Where the resources of a kind are. */
export function rangeOf(kind: 'BlockAffinity' | 'IPAMBlock'): KeyRange {
  return between(kind === 'IPAMBlock' ? BLOCKS : HOSTS);
}

/** What the CRDs of Calico name a CIDR: `10.65.0.0/26` is `10-65-0-0-26`. */
export function cidrName(cidr: string): string {
  return cidr.replace(/[.:/]/g, '-');
}

/** The key of a resource. Throws `StoreRefused` for a block whose name does not fit what it says. */
export function keyOf(id: ResourceId, value: JsonObject): string {
  const info = kindInfo(id.kind);
  if (info.namespaced) return `${OWN}${info.plural}/${id.namespace}/${id.name}`;
  if (id.kind !== 'BlockAffinity' && id.kind !== 'IPAMBlock') return `${RESOURCES}${info.plural}/${id.name}`;
  const spec = value['spec'];
  const { cidr, node } = isObject(spec) ? spec : ({} as JsonObject);
  const prefix = typeof cidr === 'string' ? parsePrefix(cidr) : undefined;
  if (prefix === undefined) throw new StoreRefused(`${idText(id)}: spec.cidr is not a CIDR`);
  const place = `ipv${prefix.version}/block/${(cidr as string).replace('/', '-')}`;
  if (id.kind === 'IPAMBlock') {
    if (id.name !== cidrName(cidr as string))
      throw new StoreRefused(`the block must be named ${cidrName(cidr as string)}`);
    return `${BLOCKS}${place}`;
  }
  if (typeof node !== 'string' || !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(node)) {
    throw new StoreRefused(`${idText(id)}: spec.node is not the name of a node`);
  }
  const name = `${node}-${cidrName(cidr as string)}`;
  if (id.name !== name) throw new StoreRefused(`the affinity must be named ${name}`);
  return `${HOSTS}${node}/${place}`;
}

const BLOCK = /^ipv([46])\/block\/([0-9a-f.:]+)-([0-9]{1,3})$/;

/** The resource that a key and its value stand for; `undefined` for keys of other things, a text for nonsense. */
export function resourceAt(
  key: string,
  value: Json,
): { readonly id: ResourceId; readonly value: JsonObject } | string | undefined {
  const id = idAt(key);
  if (id === undefined || typeof id === 'string') return id;
  if (!isObject(value)) return 'not an object';
  if (id.kind === 'BlockAffinity' || id.kind === 'IPAMBlock') {
    const { cidr, node } = blockAt(key)!;
    const spec = id.kind === 'IPAMBlock' ? value : objectOf({ ...value, cidr, node: node! });
    const resource = { apiVersion: 'projectcalico.org/v3', kind: id.kind, metadata: objectOf({ name: id.name }), spec };
    return { id, value: objectOf(resource) };
  }
  const own = idOf(value);
  if (own === undefined) return 'not a resource of a kind that is used here';
  return idText(own) === idText(id) ? { id, value } : `holds ${idText(own)}, which belongs elsewhere`;
}

/** The id that a key stands for, also when its value is gone. */
export function idAt(key: string): ResourceId | string | undefined {
  if (key.startsWith(RESOURCES)) {
    const [plural, name, ...rest] = key.slice(RESOURCES.length).split('/');
    const info = KINDS.find((candidate) => candidate.plural === plural);
    // Other resources of Calico may lie between ours.
    if (info === undefined) return undefined;
    if (name === undefined || name === '' || rest.length > 0) return 'not the key of a resource';
    return { kind: info.kind, namespace: '', name };
  }
  if (key.startsWith(OWN)) {
    const [plural, namespace, name, ...rest] = key.slice(OWN.length).split('/');
    const info = KINDS.find((candidate) => candidate.plural === plural && candidate.namespaced);
    if (info === undefined || !namespace || !name || rest.length > 0) return 'not the key of a resource';
    return { kind: info.kind, namespace, name };
  }
  const block = blockAt(key);
  // A node has other things below its name than blocks.
  if (block === undefined) return undefined;
  const name = cidrName(block.cidr);
  return block.node === undefined
    ? { kind: 'IPAMBlock', namespace: '', name }
    : { kind: 'BlockAffinity', namespace: '', name: `${block.node}-${name}` };
}

function blockAt(key: string): { readonly node: string | undefined; readonly cidr: string } | undefined {
  let node: string | undefined;
  let rest: string;
  if (key.startsWith(HOSTS)) {
    const slash = key.indexOf('/', HOSTS.length);
    if (slash < 0) return undefined;
    node = key.slice(HOSTS.length, slash);
    rest = key.slice(slash + 1);
  } else if (key.startsWith(BLOCKS)) rest = key.slice(BLOCKS.length);
  else return undefined;
  const match = BLOCK.exec(rest);
  return match === null ? undefined : { node, cidr: `${match[2]}/${match[3]}` };
}

/** What is written under the key of a resource. */
export function valueAt(id: ResourceId, value: JsonObject): JsonObject {
  if (id.kind !== 'BlockAffinity' && id.kind !== 'IPAMBlock') return value;
  const spec = value['spec'];
  if (!isObject(spec)) return objectOf({});
  if (id.kind === 'IPAMBlock') return spec;
  const { state, deleted, type } = spec;
  return objectOf({ state: state ?? '', deleted: deleted === true || deleted === 'true', type });
}
