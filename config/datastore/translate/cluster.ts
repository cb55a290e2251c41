/**
 * The cluster as a store tells it: resources by kind and name, kept up to date change by change. A resource that cannot
 * be read is not there, and why is kept beside it; before that it counts as what it last was only for the store, not
 * here: what somebody broke on purpose or by mistake must not go on unseen.
 */
import type { BgpConfigurationResource } from '../resource/bgp-configuration.ts';
import type { BgpFilterResource } from '../resource/bgp-filter.ts';
import type { BgpPeerResource } from '../resource/bgp-peer.ts';
import type { BlockAffinityResource, IpamBlockResource } from '../resource/block.ts';
import type { Problem } from '../resource/fields.ts';
import type { IpPoolResource } from '../resource/ip-pool.ts';
import type { NodeResource } from '../resource/node.ts';
import type { NodeStatusResource } from '../resource/node-status.ts';
import { idText, type Resource, type ResourceId, type ResourceKind, readResource } from '../resource/resource.ts';
import type { SecretResource } from '../resource/secret.ts';
import type { EndpointSliceResource, ServiceResource } from '../resource/service.ts';
import type { StoreChange } from '../store/store.ts';

export interface Cluster {
  readonly nodes: ReadonlyMap<string, NodeResource>;
  readonly configurations: ReadonlyMap<string, BgpConfigurationResource>;
  readonly peers: ReadonlyMap<string, BgpPeerResource>;
  readonly filters: ReadonlyMap<string, BgpFilterResource>;
  readonly pools: ReadonlyMap<string, IpPoolResource>;
  readonly affinities: ReadonlyMap<string, BlockAffinityResource>;
  readonly blocks: ReadonlyMap<string, IpamBlockResource>;
  /** What nodes are asked to report of themselves. */
  readonly statuses: ReadonlyMap<string, NodeStatusResource>;
  /** By namespace and name: `prod/web`. */
  readonly services: ReadonlyMap<string, ServiceResource>;
  readonly slices: ReadonlyMap<string, EndpointSliceResource>;
  readonly secrets: ReadonlyMap<string, SecretResource>;
  /** Errors of resources that were refused, by the text of their id. */
  readonly refused: ReadonlyMap<string, readonly Problem[]>;
}

export class ClusterModel implements Cluster {
  readonly nodes = new Map<string, NodeResource>();
  readonly configurations = new Map<string, BgpConfigurationResource>();
  readonly peers = new Map<string, BgpPeerResource>();
  readonly filters = new Map<string, BgpFilterResource>();
  readonly pools = new Map<string, IpPoolResource>();
  readonly affinities = new Map<string, BlockAffinityResource>();
  readonly blocks = new Map<string, IpamBlockResource>();
  readonly statuses = new Map<string, NodeStatusResource>();
  readonly services = new Map<string, ServiceResource>();
  readonly slices = new Map<string, EndpointSliceResource>();
  readonly secrets = new Map<string, SecretResource>();
  readonly refused = new Map<string, readonly Problem[]>();
  readonly #maps: Readonly<Record<ResourceKind, Map<string, Resource>>>;

  constructor() {
    // Each map holds resources of its own kind alone: `put` looks the map up by the kind of what it puts.
    this.#maps = {
      Node: this.nodes,
      BGPConfiguration: this.configurations,
      BGPPeer: this.peers,
      BGPFilter: this.filters,
      IPPool: this.pools,
      BlockAffinity: this.affinities,
      IPAMBlock: this.blocks,
      CalicoNodeStatus: this.statuses,
      Service: this.services,
      EndpointSlice: this.slices,
      Secret: this.secrets,
    } as unknown as Readonly<Record<ResourceKind, Map<string, Resource>>>;
  }

  /** Takes over changes; the result names resources that were refused just now, with their errors. */
  apply(
    changes: readonly StoreChange[],
  ): readonly { readonly id: ResourceId; readonly problems: readonly Problem[] }[] {
    const refused: { id: ResourceId; problems: readonly Problem[] }[] = [];
    for (const change of changes) {
      if (change.type === 'delete') {
        this.#remove(change.id);
        continue;
      }
      const { id, value } = change.item;
      const read = readResource(value);
      const errors = read.problems.filter((problem) => problem.severity === 'error');
      this.#remove(id);
      if (errors.length > 0) {
        this.refused.set(idText(id), errors);
        refused.push({ id, problems: errors });
      } else if (read.resource !== undefined) this.#maps[id.kind].set(keyOf(id), read.resource);
    }
    return refused;
  }

  #remove(id: ResourceId): void {
    this.refused.delete(idText(id));
    this.#maps[id.kind].delete(keyOf(id));
  }
}

function keyOf({ namespace, name }: ResourceId): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}
