/**
 * BGPPeer resources to the peerings of one node, in three passes: peers of all nodes, peers of this node, and the other
 * side of what was said for someone else. The first peering with an address and port wins; for one node alone only where
 * there is none for all nodes.
 */
import { type Ip, ipVersion } from '../../../bgp/index.ts';
import type { BgpPeerResource } from '../resource/bgp-peer.ts';
import type { NodeResource } from '../resource/node.ts';
import type { Cluster } from './cluster.ts';
import type { Origin, PlanNote } from './plan.ts';
import { addressOf, asOf, clusterSettings, listenPortOf } from './settings.ts';

export interface Peering {
  readonly scope: 'Global' | 'Node' | 'Local_Workload';
  readonly resource: BgpPeerResource;
  readonly origin: Origin;
  readonly peerNode: string | undefined;
  readonly address: Ip;
  readonly port: number | undefined;
  readonly peerAs: number;
  readonly localAs: number | undefined;
  readonly allowLocalAs: number;
  /** Of the peer, where it was found as a node. */
  readonly peerClusterId: string;
  /** The address was written, and belongs to a node. */
  readonly isNodeByAddress: boolean;
}

/** A workload of this node that wants to peer, as the agent of the node tells it. */
export interface LocalWorkload {
  /** Name of its BGPPeer. */
  readonly peerName: string;
  readonly ipv4: Ip | undefined;
  readonly ipv6: Ip | undefined;
}

const VERSIONS = [4, 6] as const;

/** All peerings of `node`; what one might miss is noted. */
export function peeringsOf(
  cluster: Cluster,
  node: NodeResource,
  workloads: readonly LocalWorkload[],
  notes: PlanNote[],
): readonly Peering[] {
  const resources = [...cluster.peers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const found = new Map<string, Peering>();
  const add = (peering: Peering): void => {
    const key = `${peering.address}/${peering.port ?? 0}`;
    const present = found.get(key);
    if (present === undefined) {
      found.set(key, peering);
      return;
    }
    if (present.resource === peering.resource) return;
    notes.push({
      subject: peering.origin,
      version: ipVersion(peering.address),
      reason: `${peering.address}${peering.port === undefined ? '' : ` port ${peering.port}`} is a peer by ${present.origin} already`,
    });
  };
  const isGlobal = (peer: BgpPeerResource): boolean => peer.node === undefined && peer.nodeSelector === undefined;
  for (const peer of resources)
    if (isGlobal(peer)) for (const one of remotes(cluster, peer, 'Global', workloads, notes)) add(one);
  for (const peer of resources) {
    if (isGlobal(peer)) continue;
    if (isLocal(peer, node)) for (const one of remotes(cluster, peer, 'Node', workloads, notes)) add(one);
    else noteForeign(cluster, peer, node, notes);
  }
  for (const peer of resources) for (const one of reversed(cluster, peer, node)) add(one);
  return [...found.values()];
}

function isLocal(peer: BgpPeerResource, node: NodeResource): boolean {
  if (peer.node !== undefined) return peer.node === node.name;
  return peer.nodeSelector?.matches(node.labels) ?? true;
}

function originOf(peer: BgpPeerResource): Origin {
  return `BGPPeer/${peer.name}`;
}

/** The other side of a resource. */
function remotes(
  cluster: Cluster,
  peer: BgpPeerResource,
  scope: 'Global' | 'Node',
  workloads: readonly LocalWorkload[],
  notes: PlanNote[],
): readonly Peering[] {
  if (peer.localWorkloadSelector !== undefined) return workloadPeerings(cluster, peer, workloads, notes);
  if (peer.peerIp !== undefined) return [byAddress(cluster, peer, scope, peer.peerIp)];
  const selected = [...cluster.nodes.values()].filter((node) => peer.peerSelector?.matches(node.labels) ?? false);
  if (selected.length === 0) {
    notes.push({
      subject: originOf(peer),
      version: undefined,
      reason: `peerSelector ${peer.peerSelector} selects no node`,
    });
  }
  return selected.flatMap((node) => VERSIONS.flatMap((version) => byNode(cluster, peer, scope, node, version)));
}

function byAddress(cluster: Cluster, peer: BgpPeerResource, scope: 'Global' | 'Node', address: Ip): Peering {
  const peerAs = peer.asNumber ?? clusterSettings(cluster).asNumber;
  const owner = [...cluster.nodes.values()].find((node) => addressOf(node, ipVersion(address)) === address);
  const port = owner !== undefined && asOf(cluster, owner) === peerAs ? listenPortOf(cluster, owner.name) : undefined;
  return {
    scope,
    resource: peer,
    origin: originOf(peer),
    peerNode: owner?.name,
    address,
    port: peer.peerPort ?? port,
    peerAs,
    localAs: peer.localAsNumber,
    allowLocalAs: peer.numAllowedLocalAsNumbers,
    peerClusterId: '',
    isNodeByAddress: owner !== undefined,
  };
}

function byNode(
  cluster: Cluster,
  peer: BgpPeerResource,
  scope: 'Global' | 'Node',
  node: NodeResource,
  version: 4 | 6,
): readonly Peering[] {
  const address = addressOf(node, version);
  if (address === undefined) return [];
  return [
    {
      scope,
      resource: peer,
      origin: originOf(peer),
      peerNode: node.name,
      address,
      port: listenPortOf(cluster, node.name),
      peerAs: asOf(cluster, node),
      localAs: undefined,
      allowLocalAs: 0,
      peerClusterId: node.clusterId,
      isNodeByAddress: false,
    },
  ];
}

function workloadPeerings(
  cluster: Cluster,
  peer: BgpPeerResource,
  workloads: readonly LocalWorkload[],
  notes: PlanNote[],
): readonly Peering[] {
  const mine = workloads.filter((workload) => workload.peerName === peer.name);
  if (mine.length === 0) {
    notes.push({ subject: originOf(peer), version: undefined, reason: 'no workload of this node peers by it' });
  }
  const addresses = mine.flatMap((workload) => [workload.ipv4, workload.ipv6]);
  return addresses.flatMap((address): readonly Peering[] =>
    address === undefined
      ? []
      : [
          {
            scope: 'Local_Workload',
            resource: peer,
            origin: originOf(peer),
            peerNode: undefined,
            address,
            port: undefined,
            peerAs: peer.asNumber ?? clusterSettings(cluster).asNumber,
            localAs: peer.localAsNumber,
            allowLocalAs: 0,
            peerClusterId: '',
            isNodeByAddress: false,
          },
        ],
  );
}

/** What `node` has to do because it is the other side of a resource. */
function reversed(cluster: Cluster, peer: BgpPeerResource, node: NodeResource): readonly Peering[] {
  if (!peer.reversePeering || peer.localWorkloadSelector !== undefined) return [];
  const versions = VERSIONS.filter((version) => isRemote(cluster, peer, node, version));
  if (versions.length === 0) return [];
  const others = [...cluster.nodes.values()].filter((other) => other.name !== node.name && isLocal(peer, other));
  return others.flatMap((other) => versions.flatMap((version) => byNode(cluster, peer, 'Node', other, version)));
}

/** Whether `node` is on the other side of a resource, in a family. */
function isRemote(cluster: Cluster, peer: BgpPeerResource, node: NodeResource, version: 4 | 6): boolean {
  if (peer.peerSelector !== undefined) return peer.peerSelector.matches(node.labels);
  if (peer.peerIp === undefined || addressOf(node, version) !== peer.peerIp) return false;
  if (asOf(cluster, node) !== (peer.asNumber ?? clusterSettings(cluster).asNumber)) return false;
  return peer.peerPort === undefined || peer.peerPort === (listenPortOf(cluster, node.name) ?? 179);
}

/** A resource for other nodes; that is worth a word only where it is not just the other side of one. */
function noteForeign(cluster: Cluster, peer: BgpPeerResource, node: NodeResource, notes: PlanNote[]): void {
  if (peer.reversePeering && VERSIONS.some((version) => isRemote(cluster, peer, node, version))) return;
  const reason =
    peer.node === undefined
      ? `nodeSelector ${peer.nodeSelector} does not select this node`
      : `it is for node ${peer.node}`;
  notes.push({ subject: originOf(peer), version: undefined, reason });
}
