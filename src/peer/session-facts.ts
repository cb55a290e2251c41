/**
 * What the configuration of a BGP protocol means to others: to the state machine, to the decision process, to the export
 * rules. Plain translations, made anew for each session.
 */
import { type AddressFamily, IPV4_UNICAST, IPV6_UNICAST, type Ip, isLinkLocal, Role } from '../../bgp/index.ts';
import type { BgpChannelConfig, BgpConfig, BgpRole } from '../../config/index.ts';
import type { Negotiation, PeerFsmConfig, PeerFsmFamily } from '../../fsm/index.ts';
import type { BgpSource, InterfaceTable } from '../../rib/index.ts';
import { type ExportSession, ownNextHop } from '../../route-reflector/index.ts';

const ROLES: Readonly<Record<BgpRole, Role>> = {
  provider: Role.Provider,
  rs_server: Role.RouteServer,
  rs_client: Role.RouteServerClient,
  customer: Role.Customer,
  peer: Role.Peer,
};

const MAX_RESTART_TIME = 0x0fff;
const MAX_STALE_TIME = 0xffffff;

export function familyOfChannel(channel: { readonly family: 'ipv4' | 'ipv6' }): AddressFamily {
  return channel.family === 'ipv4' ? IPV4_UNICAST : IPV6_UNICAST;
}

/** Facts of the daemon that an OPEN tells. */
export interface DaemonFacts {
  readonly routerId: number;
  readonly hostname: string;
  /** The daemon has restarted gracefully and recovers. */
  readonly recovering: boolean;
}

export function fsmConfig(config: BgpConfig, daemon: DaemonFacts): PeerFsmConfig {
  return {
    localAs: config.localAs,
    confederation: config.confederation,
    confederationMember: config.confederationMember,
    neighborAs: config.neighborAs,
    neighborKind: config.neighborKind,
    localId: daemon.routerId,
    passive: config.passive,
    families: config.channels.map((channel) => fsmFamily(config, channel, daemon.recovering)),
    capabilities: config.capabilities,
    as4: config.enableAs4,
    extendedMessages: config.enableExtendedMessages,
    routeRefresh: config.enableRouteRefresh,
    enhancedRouteRefresh: config.enableEnhancedRouteRefresh,
    hostname: config.advertiseHostname ? daemon.hostname : undefined,
    role: config.localRole === undefined ? undefined : ROLES[config.localRole],
    requireRole: config.requireRoles,
    require: config.require,
    gracefulRestart: config.gracefulRestart,
    gracefulRestartTime: config.gracefulRestartTime,
    minGracefulRestartTime: config.minGracefulRestartTime ?? 0,
    maxGracefulRestartTime: config.maxGracefulRestartTime ?? MAX_RESTART_TIME,
    gracefulNotification: config.gracefulRestartNotification,
    restarting: daemon.recovering,
    longLivedGracefulRestart: config.longLivedGracefulRestart,
    enforceFirstAs: config.enforceFirstAs,
    allowLocalPref: config.allowLocalPref,
    allowAsSets: config.allowAsSets,
    aigp: config.channels.some((channel) => channel.aigp !== 'off'),
    defaultLocalPref: config.defaultLocalPref,
    linkScope: config.multihop === undefined,
    holdTime: config.holdTime,
    minHoldTime: config.minHoldTime,
    startupHoldTime: config.startupHoldTime,
    tolerateEarlyUpdate: config.tolerateEarlyUpdate,
    keepaliveTime: config.keepaliveTime,
    minKeepaliveTime: config.minKeepaliveTime,
    sendHoldTime: config.sendHoldTime,
    connectDelayTime: config.connectDelayTime,
    connectRetryTime: config.connectRetryTime,
    delayOpenTime: 0,
    errorWaitTimeMin: config.errorWaitTimeMin,
    errorWaitTimeMax: config.errorWaitTimeMax,
    errorForgetTime: config.errorForgetTime,
    disableAfterError: config.disableAfterError,
    disableAfterCease: config.disableAfterCease,
  };
}

function fsmFamily(config: BgpConfig, channel: BgpChannelConfig, recovering: boolean): PeerFsmFamily {
  return {
    family: familyOfChannel(channel),
    mandatory: channel.mandatory,
    addPathReceive: channel.addPathsReceive,
    addPathSend: channel.addPathsSend,
    requireAddPath: channel.requireAddPaths,
    extendedNextHop: channel.extendedNextHop,
    requireExtendedNextHop: channel.requireExtendedNextHop,
    gracefulRestart: channelMode(config.gracefulRestart, channel.gracefulRestart),
    longLived: channelMode(config.longLivedGracefulRestart, channel.longLivedGracefulRestart),
    longLivedStaleTime: channel.longLivedStaleTime ?? config.longLivedStaleTime,
    minLongLivedStaleTime: channel.minLongLivedStaleTime ?? config.minLongLivedStaleTime ?? 0,
    maxLongLivedStaleTime: channel.maxLongLivedStaleTime ?? config.maxLongLivedStaleTime ?? MAX_STALE_TIME,
    forwardingPreserved: recovering,
  };
}

/** A channel chooses our own part in restarts; helping the peer is the protocol's choice. */
function channelMode(protocol: 'off' | 'aware' | 'on', own: boolean | undefined): 'off' | 'aware' | 'on' {
  if (protocol === 'off' || own === undefined) return protocol;
  return own ? 'on' : 'aware';
}

/** What outlives the OPEN exchange: the two ends and the link between them. */
export interface SessionFacts {
  readonly negotiation: Negotiation;
  readonly routerId: number;
  readonly neighborAddress: Ip;
  /** Our address on the connection. */
  readonly localAddress: Ip;
  /** Interface of a directly connected neighbour. */
  readonly linkInterface: string | undefined;
}

export function clusterIdOf(config: BgpConfig, routerId: number): number {
  return config.rrClusterId ?? routerId;
}

export function bgpSource(config: BgpConfig, session: SessionFacts): BgpSource {
  const { options } = session.negotiation;
  return {
    internal: options.internal,
    interior: options.internal || config.confederationMember,
    localAs: config.localAs,
    peerAs: options.peerAs,
    peerId: options.peerId,
    peerAddress: session.neighborAddress,
    localId: session.routerId,
    rrClient: config.rrClient,
    rsClient: config.rsClient,
    clusterId: clusterIdOf(config, session.routerId),
    defaultLocalPref: config.defaultLocalPref,
    defaultMed: config.defaultMed,
    medMetric: config.medMetric,
    deterministicMed: config.deterministicMed,
    pathMetric: config.pathMetric,
    igpMetric: config.igpMetric,
    preferOlder: config.preferOlder,
    linkInterface: session.linkInterface,
    multihop: config.multihop !== undefined,
  };
}

export function exportSession(
  config: BgpConfig,
  channel: BgpChannelConfig,
  session: SessionFacts,
  interfaces: InterfaceTable,
): ExportSession {
  const { options } = session.negotiation;
  const family = familyOfChannel(channel);
  const agreed = family === IPV4_UNICAST ? options.ipv4 : options.ipv6;
  const interior = options.internal || config.confederationMember;
  const extendedNextHop = agreed?.extendedNextHop === true;
  return {
    family,
    internal: options.internal,
    interior,
    localAs: config.localAs,
    publicAs: config.confederation ?? config.localAs,
    rrClient: config.rrClient,
    clusterId: clusterIdOf(config, session.routerId),
    rsClient: config.rsClient,
    nextHopSelf: channel.nextHopSelf,
    nextHopKeep: channel.nextHopKeep,
    ownAddress: ownNextHop(family, extendedNextHop, {
      configured: channel.nextHopAddress,
      source: session.localAddress,
      onLink: globalAddresses(interfaces, session),
    }),
    ownLinkLocal: linkLocalAddress(interfaces, session),
    linkLocalFormat: channel.linkLocalNextHopFormat,
    linkInterface: config.multihop === undefined ? session.linkInterface : undefined,
    extendedNextHop,
    allowLocalPref: config.allowLocalPref,
    allowMed: config.allowMed,
    defaultLocalPref: config.defaultLocalPref,
    gracefulShutdown: config.gracefulShutdown,
    aigp: channel.aigp,
    localRole: options.internal ? undefined : config.localRole,
    interpretCommunities: config.interpretCommunities,
    prepares: channel.preparedExport,
    llgrCapable:
      config.longLivedGracefulRestart !== 'off' && session.negotiation.peerCapabilities.longLived !== undefined,
  };
}

/** Where we are on the neighbour's link; for a multihop session, on the link of our own address. */
function ownInterface(interfaces: InterfaceTable, session: SessionFacts): string | undefined {
  if (session.linkInterface !== undefined) return session.linkInterface;
  const holder = interfaces
    .list()
    .find((link) => link.addresses.some((entry) => entry.address === session.localAddress));
  return holder?.name;
}

function globalAddresses(interfaces: InterfaceTable, session: SessionFacts): readonly Ip[] {
  const name = ownInterface(interfaces, session);
  const link = name === undefined ? undefined : interfaces.byName(name);
  return link === undefined ? [] : link.addresses.map((entry) => entry.address).filter((ip) => !isLinkLocal(ip));
}

function linkLocalAddress(interfaces: InterfaceTable, session: SessionFacts): Ip | undefined {
  if (isLinkLocal(session.localAddress)) return session.localAddress;
  const link = session.linkInterface === undefined ? undefined : interfaces.byName(session.linkInterface);
  return link?.addresses.map((entry) => entry.address).find(isLinkLocal);
}
