/** What the advertisement of services asks for: addresses of a Service, and where its endpoints are. */
import { type Ip, parseIp } from '../../../bgp/index.ts';
import type { Fields } from './fields.ts';
import type { Metadata } from './metadata.ts';

export type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';

export interface ServiceResource {
  readonly kind: 'Service';
  readonly name: string;
  readonly namespace: string;
  readonly type: ServiceType;
  /** Empty for headless services. */
  readonly clusterIps: readonly Ip[];
  readonly externalIps: readonly Ip[];
  readonly loadBalancerIps: readonly Ip[];
  readonly localTrafficOnly: boolean;
}

export interface EndpointSliceResource {
  readonly kind: 'EndpointSlice';
  readonly name: string;
  readonly namespace: string;
  /** `undefined`: it belongs to none. */
  readonly service: string | undefined;
  readonly version: 4 | 6 | undefined;
  readonly endpoints: readonly { readonly ready: boolean; readonly node: string | undefined }[];
}

export function readService(fields: Fields, metadata: Metadata): ServiceResource {
  const spec = fields.objectOrEmpty('spec');
  const ip = spec.string('clusterIP');
  const several = spec.strings('clusterIPs');
  const status = fields.objectOrEmpty('status').objectOrEmpty('loadBalancer');
  const ingress = status.objects('ingress', (entry) => entry.ip('ip'));
  return {
    kind: 'Service',
    name: metadata.name,
    namespace: metadata.namespace,
    type: spec.oneOf('type', ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] as const) ?? 'ClusterIP',
    clusterIps: addresses(spec, several.length > 0 ? several : ip === undefined ? [] : [ip], 'clusterIP'),
    externalIps: addresses(spec, spec.strings('externalIPs'), 'externalIPs'),
    loadBalancerIps: ingress,
    localTrafficOnly: spec.oneOf('externalTrafficPolicy', ['Cluster', 'Local']) === 'Local',
  };
}

function addresses(spec: Fields, texts: readonly string[], name: string): readonly Ip[] {
  return texts.flatMap((text) => {
    if (text === 'None') return [];
    const ip = parseIp(text);
    if (ip === undefined) spec.error(name, `"${text}" is not an IP address`);
    return ip === undefined ? [] : [ip];
  });
}

export function readEndpointSlice(fields: Fields, metadata: Metadata): EndpointSliceResource {
  const type = fields.required('addressType', fields.oneOf('addressType', ['IPv4', 'IPv6', 'FQDN']));
  const endpoints = fields.objects('endpoints', (endpoint) => ({
    // Not said counts as ready.
    ready: endpoint.objectOrEmpty('conditions').boolean('ready', true),
    node: endpoint.string('nodeName'),
  }));
  return {
    kind: 'EndpointSlice',
    name: metadata.name,
    namespace: metadata.namespace,
    service: metadata.labels.get('kubernetes.io/service-name'),
    version: type === 'IPv4' ? 4 : type === 'IPv6' ? 6 : undefined,
    endpoints,
  };
}
