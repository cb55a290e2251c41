/** The sessions of one node and family: its part of the node-to-node mesh, and its peerings. */
import { type Ip, ipVersion } from '../../../bgp/index.ts';
import type { NodeResource } from '../resource/node.ts';
import type { SecretReference } from '../resource/secret-reference.ts';
import type { Cluster } from './cluster.ts';
import { filterFunction } from './filter-function.ts';
import type { Peering } from './peerings.ts';
import type { FilterFunction, PlanNote, Session, SessionKind } from './plan.ts';
import { addressOf, asOf, clusterSettings, listenPortOf, secretValue } from './settings.ts';

export interface SessionContext {
  readonly cluster: Cluster;
  readonly node: NodeResource;
  readonly version: 4 | 6;
  /** Where secrets are. */
  readonly namespace: string;
  readonly notes: PlanNote[];
}

/** What TCP MD5 signatures take (RFC 2385, Linux). */
const MAX_PASSWORD_OCTETS = 80;

export function sessionsOf(context: SessionContext, peerings: readonly Peering[]): readonly Session[] {
  const own = addressOf(context.node, context.version);
  if (own === undefined) {
    context.notes.push({
      subject: `Node/${context.node.name}`,
      version: context.version,
      reason: `this node has no IPv${context.version} address`,
    });
    return [];
  }
  const sessions = new Map<string, Session>();
  const mine = peerings.filter((peering) => ipVersion(peering.address) === context.version);
  for (const session of [...meshSessions(context, own), ...peeringSessions(context, own, mine)]) {
    sessions.set(session.name, session);
  }
  return [...sessions.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function sessionName(kind: SessionKind, address: Ip, port: number | undefined): string {
  return `${kind}_${address.replace(/[.:]/g, '_')}${port === undefined ? '' : `_port_${port}`}`;
}

function meshSessions(context: SessionContext, own: Ip): readonly Session[] {
  const { cluster, node, version, notes } = context;
  const settings = clusterSettings(cluster);
  const note = (subject: string, reason: string): void => void notes.push({ subject, version, reason });
  if (!settings.mesh) {
    note('mesh', 'the node-to-node mesh is off (BGPConfiguration/default)');
    return [];
  }
  if (node.clusterId !== '') {
    note('mesh', `this node is a route reflector (cluster ${node.clusterId}), and those have no part in the mesh`);
    return [];
  }
  const sessions: Session[] = [];
  const secret = password(context, settings.meshPassword, 'BGPConfiguration/default');
  for (const other of cluster.nodes.values()) {
    if (other.name === node.name) continue;
    const address = addressOf(other, version);
    const subject = `Node/${other.name}`;
    if (address === undefined) note(subject, `it has no IPv${version} address`);
    else if (address === own) note(subject, `it has the address of this node, ${own}`);
    else if (other.clusterId !== '')
      note(subject, `it is a route reflector (cluster ${other.clusterId}), and those have no part in the mesh`);
    else if (secret === 'unusable') note(subject, 'the password of the mesh cannot be used');
    else {
      const asNumber = asOf(cluster, node);
      const peerAs = other.asNumber ?? asNumber;
      sessions.push({
        kind: 'Mesh',
        name: sessionName('Mesh', address, undefined),
        origin: subject,
        peerNode: other.name,
        address,
        port: listenPortOf(cluster, other.name),
        peerAs,
        localAs: undefined,
        internal: peerAs === asNumber,
        sourceAddress: own,
        ttlSecurity: 0,
        passive: address > own,
        restartTime: settings.meshRestartTime,
        keepaliveTime: undefined,
        clusterId: undefined,
        password: secret,
        nextHop: undefined,
        allowLocalAs: 0,
        importFilters: [],
        exportFilters: [],
      });
    }
  }
  return sessions;
}

function peeringSessions(context: SessionContext, own: Ip, peerings: readonly Peering[]): readonly Session[] {
  return peerings.flatMap((peering): readonly Session[] => {
    const { scope, resource, address, port, peerAs } = peering;
    const { node, version, notes } = context;
    if (address === own) return [];
    const workload = scope === 'Local_Workload';
    const secret = workload ? undefined : password(context, resource.password, peering.origin);
    if (secret === 'unusable') {
      notes.push({ subject: peering.origin, version, reason: 'its password cannot be used' });
      return [];
    }
    const asNumber = peering.localAs ?? asOf(context.cluster, node);
    const internal = peerAs === asNumber;
    const client = internal && node.clusterId !== '' && peering.peerClusterId !== node.clusterId;
    const sameFamily = resource.reachableBy !== undefined && ipVersion(resource.reachableBy) === version;
    if (resource.reachableBy !== undefined && !sameFamily) {
      notes.push({
        subject: peering.origin,
        version,
        reason: `reachableBy ${resource.reachableBy} is of the other family`,
      });
    }
    return [
      {
        kind: scope,
        name: sessionName(scope, address, port),
        origin: peering.origin,
        peerNode: peering.peerNode,
        address,
        port,
        peerAs,
        localAs: peering.localAs,
        internal,
        sourceAddress: workload || !resource.useNodeIp ? undefined : own,
        ttlSecurity: workload ? 0 : resource.ttlSecurity,
        passive: workload || (scope === 'Global' && peering.isNodeByAddress && address > own),
        restartTime: workload ? undefined : resource.maxRestartTime,
        keepaliveTime: workload ? undefined : resource.keepaliveTime,
        clusterId: client ? node.clusterId : undefined,
        password: secret,
        nextHop: workload ? undefined : nextHopOf(peering, internal),
        allowLocalAs: peering.allowLocalAs,
        importFilters: filters(context, peering, 'import'),
        exportFilters: filters(context, peering, 'export'),
      },
    ];
  });
}

/** The older field keeps next hops towards other ASs alone; the newer one, where it is there, keeps all. */
function nextHopOf({ resource }: Peering, internal: boolean): 'keep' | 'self' | undefined {
  switch (resource.nextHopMode) {
    case 'Self':
      return 'self';
    case 'Keep':
      return 'keep';
    case 'Auto':
      return undefined;
    case undefined:
      return resource.keepOriginalNextHop && !internal ? 'keep' : undefined;
  }
}

function filters(context: SessionContext, peering: Peering, direction: 'import' | 'export'): readonly FilterFunction[] {
  return peering.resource.filters.flatMap((name) => {
    const filter = context.cluster.filters.get(name);
    if (filter === undefined) {
      if (direction === 'import') {
        context.notes.push({
          subject: peering.origin,
          version: context.version,
          reason: `there is no BGPFilter/${name}: it is left out`,
        });
      }
      return [];
    }
    const found = filterFunction(filter, direction, context.version);
    return found === undefined ? [] : [found];
  });
}

/** `unusable`: there is one, but no session can have it; going on without would be worse. */
function password(
  context: SessionContext,
  reference: SecretReference | undefined,
  origin: string,
): string | undefined | 'unusable' {
  if (reference === undefined) return undefined;
  const { cluster, namespace, version, notes } = context;
  const value = secretValue(cluster, namespace, reference);
  const where = `key ${reference.key} of Secret ${namespace}/${reference.name}`;
  if (value === undefined || value === '') {
    notes.push({ subject: origin, version, reason: `there is no ${where}: its sessions have no password` });
    return undefined;
  }
  if (Buffer.byteLength(value) <= MAX_PASSWORD_OCTETS && !value.includes('\0')) return value;
  notes.push({
    subject: origin,
    version,
    reason: `${where} is longer than ${MAX_PASSWORD_OCTETS} octets or has a zero in it`,
  });
  return 'unusable';
}
