/** A protocol that follows a cluster, as the control side sees it (src/control/calico-views.ts). */
import { formatPrefix } from '../../bgp/index.ts';
import {
  type AddressWithNetwork,
  type Cluster,
  KINDS,
  labelOf,
  parseStoreUrl,
  printConfig,
} from '../../config/index.ts';
import type { CalicoProtocol } from '../cluster/calico-protocol.ts';
import type { CalicoView } from '../control/calico-views.ts';
import type { Daemon } from '../daemon.ts';
import { BgpProtocol } from '../peer/bgp-protocol.ts';

export function calicoView(protocol: CalicoProtocol, daemon: Daemon): CalicoView {
  const { watch, plan, trouble, refused } = protocol;
  const config = protocol.config.kind === 'calico' ? protocol.config : undefined;
  const model = watch?.model;
  const sessions = plan?.families.flatMap((family) => family.sessions.map((session) => ({ family, session }))) ?? [];
  return {
    protocol: protocol.name,
    node: config?.node ?? '',
    datastore: config === undefined ? '' : labelOf(parseStoreUrl(config.datastore)),
    state: watch?.state ?? 'connecting',
    reason: watch?.reason ?? '',
    trouble,
    resources: KINDS.map(({ kind }) => ({
      kind,
      count: model === undefined ? 0 : countOf(model, kind),
      refused: [...(model?.refused.keys() ?? [])].filter((id) => id.startsWith(`${kind}/`)).length,
    })),
    self:
      plan === undefined
        ? undefined
        : {
            asNumber: plan.asNumber,
            routerId: plan.routerId,
            clusterId: plan.clusterId,
            addresses: plan.families.flatMap(({ address }) => address ?? []),
          },
    reports: {
      asked: sorted(model?.statuses).filter(({ node, periodSeconds }) => node === config?.node && periodSeconds > 0)
        .length,
      on: config?.reportStatus ?? false,
    },
    nodes: sorted(model?.nodes).map(({ name, ipv4, ipv6, asNumber, clusterId }) => ({
      name,
      ipv4: addressText(ipv4),
      ipv6: addressText(ipv6),
      asNumber,
      clusterId,
    })),
    pools: sorted(model?.pools).map(({ name, cidr, ipipMode, vxlanMode, disableBgpExport, disabled }) => ({
      name,
      cidr: formatPrefix(cidr),
      encapsulation: vxlanMode !== 'Never' ? 'vxlan' : ipipMode !== 'Never' ? 'ipip' : 'none',
      mode: vxlanMode !== 'Never' ? vxlanMode : ipipMode,
      exported: !disableBgpExport,
      disabled,
    })),
    blocks: sorted(model?.affinities).map(({ cidr, node, state }) => ({
      cidr: formatPrefix(cidr),
      node,
      state: state === '' ? 'confirmed' : state,
    })),
    peers: sessions.map(({ family, session }) => ({
      name: session.name,
      address: session.address,
      asNumber: session.peerAs,
      family: family.version === 4 ? 'ipv4' : 'ipv6',
      origin: session.origin,
      node: session.peerNode,
      state: stateOf(daemon, session.name),
    })),
    absent: [...(plan?.notes ?? []), ...refused].map(({ subject, version, reason }) => ({
      subject,
      family: version === undefined ? undefined : version === 4 ? 'ipv4' : 'ipv6',
      reason,
    })),
    config: (family) => (plan === undefined ? undefined : printConfig(plan, family === 'ipv4' ? 4 : 6)),
  };
}

function countOf(model: Cluster, kind: (typeof KINDS)[number]['kind']): number {
  const maps = {
    Node: model.nodes,
    BGPConfiguration: model.configurations,
    BGPPeer: model.peers,
    BGPFilter: model.filters,
    IPPool: model.pools,
    BlockAffinity: model.affinities,
    IPAMBlock: model.blocks,
    CalicoNodeStatus: model.statuses,
    Service: model.services,
    EndpointSlice: model.slices,
    Secret: model.secrets,
  };
  return maps[kind].size;
}

function sorted<T>(map: ReadonlyMap<string, T> | undefined): readonly T[] {
  return [...(map ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function addressText(address: AddressWithNetwork | undefined): string | undefined {
  return address === undefined ? undefined : `${address.address}/${address.network.length}`;
}

/** A session that is named but not there was refused, or gave way to something of the configuration. */
function stateOf(daemon: Daemon, name: string): string {
  const protocol = daemon.protocol(name);
  return protocol instanceof BgpProtocol ? protocol.detail().state : '---';
}
