/**
 * Kinds of resources that the cluster mode knows, and the one way from a value of a store or manifest to a resource
 * with a meaning. A resource that is wrong is refused alone.
 */
import { type BgpConfigurationResource, readBgpConfiguration } from './bgp-configuration.ts';
import { type BgpFilterResource, readBgpFilter } from './bgp-filter.ts';
import { type BgpPeerResource, readBgpPeer } from './bgp-peer.ts';
import { type BlockAffinityResource, type IpamBlockResource, readBlockAffinity, readIpamBlock } from './block.ts';
import { Fields, type Problem, Problems } from './fields.ts';
import { type IpPoolResource, readIpPool } from './ip-pool.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { type Metadata, readMetadata } from './metadata.ts';
import { type NodeResource, readCalicoNode, readKubernetesNode } from './node.ts';
import { type NodeStatusResource, readNodeStatus } from './node-status.ts';
import { readSecret, type SecretResource } from './secret.ts';
import { type EndpointSliceResource, readEndpointSlice, readService, type ServiceResource } from './service.ts';

export type Resource =
  | NodeResource
  | BgpConfigurationResource
  | BgpPeerResource
  | BgpFilterResource
  | IpPoolResource
  | BlockAffinityResource
  | IpamBlockResource
  | NodeStatusResource
  | ServiceResource
  | EndpointSliceResource
  | SecretResource;

export type ResourceKind = Resource['kind'];

/** What names one resource in a store. */
export interface ResourceId {
  readonly kind: ResourceKind;
  /** '' for kinds without namespaces. */
  readonly namespace: string;
  readonly name: string;
}

export interface KindInfo {
  readonly kind: ResourceKind;
  /** The word in keys and URLs. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** The first one is written where none is given. */
  readonly apiVersions: readonly string[];
  readonly read: (fields: Fields, metadata: Metadata, apiVersion: string) => Resource | undefined;
}

const CALICO = ['projectcalico.org/v3', 'crd.projectcalico.org/v1'] as const;

function calico(kind: ResourceKind, plural: string, read: KindInfo['read']): KindInfo {
  return { kind, plural, namespaced: false, apiVersions: CALICO, read };
}

export const KINDS: readonly KindInfo[] = [
  {
    ...calico('Node', 'nodes', (fields, metadata, version) =>
      version === 'v1' ? readKubernetesNode(fields, metadata) : readCalicoNode(fields, metadata),
    ),
    apiVersions: ['projectcalico.org/v3', 'crd.projectcalico.org/v1', 'v1'],
  },
  calico('BGPConfiguration', 'bgpconfigurations', readBgpConfiguration),
  calico('BGPPeer', 'bgppeers', readBgpPeer),
  calico('BGPFilter', 'bgpfilters', readBgpFilter),
  calico('IPPool', 'ippools', readIpPool),
  calico('BlockAffinity', 'blockaffinities', readBlockAffinity),
  calico('IPAMBlock', 'ipamblocks', readIpamBlock),
  calico('CalicoNodeStatus', 'caliconodestatuses', readNodeStatus),
  { kind: 'Service', plural: 'services', namespaced: true, apiVersions: ['v1'], read: readService },
  {
    kind: 'EndpointSlice',
    plural: 'endpointslices',
    namespaced: true,
    apiVersions: ['discovery.k8s.io/v1'],
    read: readEndpointSlice,
  },
  { kind: 'Secret', plural: 'secrets', namespaced: true, apiVersions: ['v1'], read: readSecret },
];

const BY_KIND: ReadonlyMap<string, KindInfo> = new Map(KINDS.map((info) => [info.kind, info]));

/** Also finds the words of command lines: `bgppeer`, `bgppeers`, `BGPPeer`. */
export function kindNamed(word: string): KindInfo | undefined {
  const exact = BY_KIND.get(word);
  if (exact !== undefined) return exact;
  const lower = word.toLowerCase();
  return KINDS.find((info) => info.plural === lower || info.kind.toLowerCase() === lower);
}

export function kindInfo(kind: ResourceKind): KindInfo {
  return BY_KIND.get(kind)!;
}

/** One text for one id; a map key, and what messages call the resource. */
export function idText({ kind, namespace, name }: ResourceId): string {
  return namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

export interface ReadResource {
  /** `undefined` where the value has an error, or says of itself that it is deleted. */
  readonly resource: Resource | undefined;
  /** `undefined` where not even the name can be read. */
  readonly id: ResourceId | undefined;
  readonly problems: readonly Problem[];
}

/** Reads one value as a resource. */
export function readResource(value: Json): ReadResource {
  const problems = new Problems();
  const refused = (id?: ResourceId): ReadResource => ({ resource: undefined, id, problems: problems.list });
  if (!isObject(value)) {
    problems.error('', 'a resource must be an object');
    return refused();
  }
  const fields = new Fields(value, '', problems);
  const kind = fields.required('kind', fields.string('kind'));
  const info = kind === undefined ? undefined : BY_KIND.get(kind);
  if (info === undefined) {
    if (kind !== undefined) fields.error('kind', `"${kind}" is not a kind that is used here`);
    return refused();
  }
  const apiVersion = fields.string('apiVersion') ?? info.apiVersions[0]!;
  if (!info.apiVersions.includes(apiVersion)) {
    fields.error('apiVersion', `must be ${info.apiVersions.join(' or ')}, not "${apiVersion}"`);
    return refused();
  }
  const metadata = readMetadata(fields, info.namespaced);
  if (metadata === undefined) return refused();
  const id = { kind: info.kind, namespace: metadata.namespace, name: metadata.name };
  const resource = info.read(fields, metadata, apiVersion);
  return problems.failed ? refused(id) : { resource, id, problems: problems.list };
}

/** The id that a value claims, without reading the rest; `undefined` where it has none. */
export function idOf(value: Json): ResourceId | undefined {
  if (!isObject(value)) return undefined;
  const info = typeof value['kind'] === 'string' ? BY_KIND.get(value['kind']) : undefined;
  const metadata = value['metadata'];
  if (info === undefined || !isObject(metadata)) return undefined;
  const { name, namespace } = metadata as JsonObject;
  if (typeof name !== 'string' || name === '') return undefined;
  const space = typeof namespace === 'string' && namespace !== '' ? namespace : 'default';
  return { kind: info.kind, namespace: info.namespaced ? space : '', name };
}
