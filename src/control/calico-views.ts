/** What `show calico` tells: a cluster as it is understood, and what this node does with it. Part of host.ts. */

export interface CalicoView {
  readonly protocol: string;
  readonly node: string;
  /** Without passwords. */
  readonly datastore: string;
  readonly state: 'connecting' | 'following' | 'away';
  /** Why the datastore is away. */
  readonly reason: string;
  /** Why what runs is not what the datastore says now; '' where it is. */
  readonly trouble: string;
  readonly resources: readonly { readonly kind: string; readonly count: number; readonly refused: number }[];
  /** `undefined` while nothing runs. */
  readonly self:
    | {
        readonly asNumber: number;
        readonly routerId: string;
        /** '' where the node is no reflector. */
        readonly clusterId: string;
        readonly addresses: readonly string[];
      }
    | undefined;
  /** CalicoNodeStatuses that ask this node to report of itself, and whether it may. */
  readonly reports: { readonly asked: number; readonly on: boolean };
  readonly nodes: readonly CalicoNodeView[];
  readonly pools: readonly CalicoPoolView[];
  readonly blocks: readonly CalicoBlockView[];
  readonly peers: readonly CalicoPeerView[];
  /** Those that one might expect among the peers, and why they are not there, or not quite so. */
  readonly absent: readonly {
    readonly subject: string;
    readonly family: 'ipv4' | 'ipv6' | undefined;
    readonly reason: string;
  }[];
  /** The equivalent configuration of BIRD 1.6; `undefined` while nothing runs. */
  config(family: 'ipv4' | 'ipv6'): string | undefined;
}

export interface CalicoNodeView {
  readonly name: string;
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
  /** `undefined`: that of the cluster. */
  readonly asNumber: number | undefined;
  readonly clusterId: string;
}

export interface CalicoPoolView {
  readonly name: string;
  readonly cidr: string;
  readonly encapsulation: 'none' | 'ipip' | 'vxlan';
  readonly mode: string;
  readonly exported: boolean;
  readonly disabled: boolean;
}

export interface CalicoBlockView {
  readonly cidr: string;
  readonly node: string;
  readonly state: string;
}

export interface CalicoPeerView {
  /** Name of its protocol. */
  readonly name: string;
  readonly address: string;
  readonly asNumber: number;
  readonly family: 'ipv4' | 'ipv6';
  /** The resource that made it. */
  readonly origin: string;
  readonly node: string | undefined;
  /** State of the BGP session, where there is one. */
  readonly state: string;
}
