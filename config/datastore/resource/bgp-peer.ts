/** Who peers with whom: nodes on one side (`node`, `nodeSelector`, or all), peers on the other. */
import { type Ip, ipVersion, parseIp } from '../../../bgp/index.ts';
import { type Fields, shorten } from './fields.ts';
import { type Metadata, wrongName } from './metadata.ts';
import { readSecretReference, type SecretReference } from './secret-reference.ts';
import type { Selector } from './selector.ts';

export interface BgpPeerResource {
  readonly kind: 'BGPPeer';
  readonly name: string;
  readonly node: string | undefined;
  readonly nodeSelector: Selector | undefined;
  readonly peerIp: Ip | undefined;
  readonly peerPort: number | undefined;
  readonly peerSelector: Selector | undefined;
  readonly localWorkloadSelector: Selector | undefined;
  readonly asNumber: number | undefined;
  readonly localAsNumber: number | undefined;
  readonly password: SecretReference | undefined;
  readonly useNodeIp: boolean;
  readonly maxRestartTime: number | undefined;
  readonly keepaliveTime: number | undefined;
  readonly keepOriginalNextHop: boolean;
  readonly nextHopMode: 'Auto' | 'Self' | 'Keep' | undefined;
  readonly numAllowedLocalAsNumbers: number;
  /** Hops; 0: off. */
  readonly ttlSecurity: number;
  readonly reachableBy: Ip | undefined;
  readonly filters: readonly string[];
  readonly reversePeering: boolean;
}

export function readBgpPeer(fields: Fields, metadata: Metadata): BgpPeerResource {
  const spec = fields.objectOrEmpty('spec');
  const peer = readPeerIp(spec);
  const result: BgpPeerResource = {
    kind: 'BGPPeer',
    name: metadata.name,
    node: spec.string('node'),
    nodeSelector: spec.selector('nodeSelector'),
    peerIp: peer?.ip,
    peerPort: peer?.port,
    peerSelector: spec.selector('peerSelector'),
    localWorkloadSelector: spec.selector('localWorkloadSelector'),
    // 0 is how the API writes "none".
    asNumber: spec.asNumber('asNumber') || undefined,
    localAsNumber: spec.asNumber('localASNumber') || undefined,
    password: readSecretReference(spec, 'password'),
    useNodeIp: spec.oneOf('sourceAddress', ['UseNodeIP', 'None']) !== 'None',
    maxRestartTime: spec.durationSeconds('maxRestartTime'),
    keepaliveTime: spec.durationSeconds('keepaliveTime'),
    keepOriginalNextHop: spec.boolean('keepOriginalNextHop', false),
    nextHopMode: spec.oneOf('nextHopMode', ['Auto', 'Self', 'Keep']),
    numAllowedLocalAsNumbers: spec.integer('numAllowedLocalASNumbers', 0, 255) ?? 0,
    ttlSecurity: spec.integer('ttlSecurity', 0, 255) ?? 0,
    reachableBy: spec.ip('reachableBy'),
    filters: spec.strings('filters', wrongName),
    reversePeering: spec.oneOf('reversePeering', ['Auto', 'Manual']) !== 'Manual',
  };
  spec.ignore('failureDetectionMode', 'restartMode', 'externalNetwork', 'birdGatewayMode');
  spec.end();
  check(spec, result);
  return result;
}

function check(spec: Fields, peer: BgpPeerResource): void {
  const sides = ['peerIP', 'peerSelector', 'localWorkloadSelector'].filter((name) => spec.string(name) !== undefined);
  if (sides.length === 0) spec.error('peerIP', 'one of peerIP, peerSelector and localWorkloadSelector is needed');
  if (sides.length > 1) spec.error(sides[1]!, `cannot stand beside ${sides[0]}`);
  if (peer.node !== undefined && spec.string('nodeSelector') !== undefined) {
    spec.error('nodeSelector', 'cannot stand beside node');
  }
  if (sides[0] === 'peerSelector' && peer.asNumber !== undefined) {
    spec.error('asNumber', 'cannot stand beside peerSelector: nodes have an AS of their own');
  }
  if (peer.keepOriginalNextHop && peer.nextHopMode !== undefined) {
    spec.error('nextHopMode', 'cannot stand beside keepOriginalNextHop');
  }
  if (peer.reachableBy !== undefined) {
    if (sides[0] === 'localWorkloadSelector') spec.error('reachableBy', 'cannot stand beside localWorkloadSelector');
    if (peer.peerIp !== undefined && ipVersion(peer.peerIp) !== ipVersion(peer.reachableBy)) {
      spec.error('reachableBy', 'must be of the same family as peerIP');
    }
  }
}

/** `ADDRESS`, `IPV4:PORT`, `[IPV6]:PORT`. */
function readPeerIp(spec: Fields): { readonly ip: Ip; readonly port: number | undefined } | undefined {
  const text = spec.string('peerIP');
  if (text === undefined) return undefined;
  const plain = parseIp(text);
  if (plain !== undefined) return { ip: plain, port: undefined };
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text);
  const ip = match === null ? undefined : parseIp(match[1] ?? match[2]!);
  if (ip === undefined || ipVersion(ip) !== (match![1] === undefined ? 4 : 6)) {
    return spec.error('peerIP', `"${shorten(text)}" is not an address, address:port or [address]:port`);
  }
  const port = Number(match![3]);
  if (port < 1 || port > 65535) return spec.error('peerIP', `port ${port} is not from 1 to 65535`);
  return { ip, port };
}
