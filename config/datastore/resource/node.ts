/**
 * A node of the cluster: its BGP addresses, its AS, whether it reflects. There are two forms: Calico's own Node
 * (`projectcalico.org/v3`), and the Node of Kubernetes, where Calico keeps the same facts in annotations.
 */
import { type Ip, ipVersion, type Prefix, parseIp } from '../../../bgp/index.ts';
import { type AddressWithNetwork, asNumberOf, type Fields, readAddressWithNetwork } from './fields.ts';
import { isObject, JsonFault, parseJson } from './json.ts';
import type { Metadata } from './metadata.ts';

export interface NodeResource {
  readonly kind: 'Node';
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly ipv4: AddressWithNetwork | undefined;
  readonly ipv6: AddressWithNetwork | undefined;
  /** `undefined`: the AS of the cluster. */
  readonly asNumber: number | undefined;
  /** Not empty: the node is a route reflector. */
  readonly clusterId: string;
  readonly wireguard4: Ip | undefined;
  readonly wireguard6: Ip | undefined;
  /** Networks of pods that Kubernetes gave to the node. */
  readonly podCidrs: readonly Prefix[];
  /** Addresses that Kubernetes knows of: what there is where no Calico runs. */
  readonly internalAddresses: readonly Ip[];
}

const ANNOTATION = {
  address4: 'projectcalico.org/IPv4Address',
  address6: 'projectcalico.org/IPv6Address',
  asNumber: 'projectcalico.org/ASNumber',
  clusterId: 'projectcalico.org/RouteReflectorClusterID',
  wireguard4: 'projectcalico.org/IPv4WireguardInterfaceAddr',
  wireguard6: 'projectcalico.org/IPv6WireguardInterfaceAddr',
  kubeLabels: 'projectcalico.org/kube-labels',
} as const;

const METADATA_PATH = 'metadata.annotations';

export function readCalicoNode(fields: Fields, metadata: Metadata): NodeResource {
  const spec = fields.objectOrEmpty('spec');
  const bgp = spec.objectOrEmpty('bgp');
  const ipv4 = bgp.addressWithNetwork('ipv4Address', 4);
  const ipv6 = bgp.addressWithNetwork('ipv6Address', 6);
  // 0 is how the API writes "none".
  const asNumber = bgp.asNumber('asNumber') || undefined;
  const clusterId = readClusterId(bgp.string('routeReflectorClusterID'), bgp.pathOf('routeReflectorClusterID'), fields);
  bgp.ignore('ipv4IPIPTunnelAddr');
  bgp.end();
  const wireguard = spec.objectOrEmpty('wireguard');
  const status = fields.objectOrEmpty('status');
  status.ignore('wireguardPublicKey', 'wireguardPublicKeyV6', 'podCIDRs');
  const podCidrs = status.prefixes('podCIDRs');
  spec.ignore('orchRefs', 'addresses', 'ipv4VXLANTunnelAddr', 'vxlanTunnelMACAddr', 'ipv6VXLANTunnelAddr');
  spec.ignore('vxlanTunnelMACAddrV6', 'interfaces');
  const wireguard4 = wireguard.ip('interfaceIPv4Address');
  const wireguard6 = wireguard.ip('interfaceIPv6Address');
  wireguard.end();
  spec.end();
  status.end();
  return {
    kind: 'Node',
    name: metadata.name,
    labels: new Map([...kubeLabels(fields, metadata), ...metadata.labels]),
    ipv4,
    ipv6,
    asNumber,
    clusterId,
    wireguard4: wireguard4 ?? annotatedIp(fields, metadata, ANNOTATION.wireguard4, 4),
    wireguard6: wireguard6 ?? annotatedIp(fields, metadata, ANNOTATION.wireguard6, 6),
    podCidrs,
    internalAddresses: [],
  };
}

export function readKubernetesNode(fields: Fields, metadata: Metadata): NodeResource {
  const spec = fields.objectOrEmpty('spec');
  const podCidrs = spec.has('podCIDRs') ? spec.prefixes('podCIDRs') : [spec.prefix('podCIDR')].filter(isPrefix);
  const asText = metadata.annotations.get(ANNOTATION.asNumber);
  const asNumber = asText === undefined || asText === '' ? undefined : asNumberOf(asText) || undefined;
  if (asText !== undefined && asText !== '' && asNumberOf(asText) === undefined) {
    fields.problems.error(`${METADATA_PATH}[${ANNOTATION.asNumber}]`, 'must be an AS number from 0 to 4294967295');
  }
  const id = metadata.annotations.get(ANNOTATION.clusterId);
  return {
    kind: 'Node',
    name: metadata.name,
    labels: metadata.labels,
    ipv4: annotatedAddress(fields, metadata, ANNOTATION.address4, 4),
    ipv6: annotatedAddress(fields, metadata, ANNOTATION.address6, 6),
    asNumber,
    clusterId: readClusterId(id, `${METADATA_PATH}[${ANNOTATION.clusterId}]`, fields),
    wireguard4: annotatedIp(fields, metadata, ANNOTATION.wireguard4, 4),
    wireguard6: annotatedIp(fields, metadata, ANNOTATION.wireguard6, 6),
    podCidrs,
    internalAddresses: internalAddresses(fields),
  };
}

function isPrefix(value: Prefix | undefined): value is Prefix {
  return value !== undefined;
}

/** Written in the form of an IPv4 address, and 0.0.0.0 is none. */
function readClusterId(text: string | undefined, path: string, fields: Fields): string {
  if (text === undefined || text === '') return '';
  const id = parseIp(text);
  if (id !== undefined && ipVersion(id) === 4 && id !== '0.0.0.0') return id;
  fields.problems.error(path, 'must have the form of an IPv4 address');
  return '';
}

function annotatedAddress(
  fields: Fields,
  metadata: Metadata,
  name: string,
  version: 4 | 6,
): AddressWithNetwork | undefined {
  const text = metadata.annotations.get(name);
  if (text === undefined || text === '') return undefined;
  const read = readAddressWithNetwork(text, version);
  if (typeof read !== 'string') return read;
  fields.problems.error(`${METADATA_PATH}[${name}]`, read);
  return undefined;
}

function annotatedIp(fields: Fields, metadata: Metadata, name: string, version: 4 | 6): Ip | undefined {
  const text = metadata.annotations.get(name);
  if (text === undefined || text === '') return undefined;
  const ip = parseIp(text);
  if (ip !== undefined && ipVersion(ip) === version) return ip;
  fields.problems.error(`${METADATA_PATH}[${name}]`, `must be an IPv${version} address`);
  return undefined;
}

/** Where Calico keeps its own nodes, it leaves the labels of the Kubernetes node in an annotation. */
function kubeLabels(fields: Fields, metadata: Metadata): Map<string, string> {
  const labels = new Map<string, string>();
  const text = metadata.annotations.get(ANNOTATION.kubeLabels);
  if (text === undefined || text === '') return labels;
  const path = `${METADATA_PATH}[${ANNOTATION.kubeLabels}]`;
  try {
    const value = parseJson(text);
    if (!isObject(value)) fields.problems.warning(path, 'is not an object');
    else for (const [name, item] of Object.entries(value)) if (typeof item === 'string') labels.set(name, item);
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    fields.problems.warning(path, `is not JSON: ${error.message}`);
  }
  return labels;
}

function internalAddresses(fields: Fields): readonly Ip[] {
  const status = fields.objectOrEmpty('status');
  const found = status.objects('addresses', (entry) => {
    const text = entry.string('address');
    return entry.string('type') === 'InternalIP' && text !== undefined ? parseIp(text) : undefined;
  });
  return found;
}
