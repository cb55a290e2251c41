/**
 * The OPEN exchange: what we announce, whether the peer's OPEN is acceptable, and what both then agree on (RFC 4271
 * sections 4.2 and 6.2, RFC 5492, 6286, 6793, 7911, 8654, 8950, 9234). Pure functions of the two OPENs.
 *
 * What cannot be read (version, AS 0, broken parameters) was refused by the decoder before. Here follow, in this order:
 * AS, hold time, identifier, required capabilities, families, roles.
 */
import {
  AddPathMode,
  type AddressFamily,
  Afi,
  AS_TRANS,
  addPathMode,
  badPeerAs,
  Capabilities,
  CapabilityCode,
  ErrorCode,
  encodeOneCapability,
  encodeUtf8,
  type FamilyOptions,
  IPV4_UNICAST,
  IPV6_UNICAST,
  MAX_EXTENDED_MESSAGE_LENGTH,
  MAX_MESSAGE_LENGTH,
  MIN_HOLD_TIME,
  NO_DATA,
  NotificationError,
  type OpenMessage,
  OpenSubcode,
  openAs,
  oppositeRole,
  type SessionOptions,
} from '../bgp/index.ts';
import type { RestartAgreement, RestartFamily } from './graceful-restart.ts';
import type { PeerFsmConfig, PeerFsmFamily } from './peer-config.ts';

/** Everything that two OPENs decided. */
export interface Negotiation {
  /** For the codec. */
  readonly options: SessionOptions;
  /** The families of the session, in the order of the configuration. */
  readonly families: readonly AddressFamily[];
  /** Seconds; 0: no hold timer and no KEEPALIVEs. */
  readonly holdTime: number;
  readonly keepaliveTime: number;
  /** Seconds; 0: off (RFC 9687). */
  readonly sendHoldTime: number;
  readonly localCapabilities: Capabilities;
  readonly peerCapabilities: Capabilities;
  /** The peer answers ROUTE-REFRESH requests. */
  readonly refreshFromPeer: boolean;
  /** We announced that we answer them. */
  readonly refreshToPeer: boolean;
  /** Both mark begin and end of a refresh (RFC 7313). */
  readonly enhancedRefresh: boolean;
  /** `undefined`: graceful restart is off here, or the peer does not know it. */
  readonly restart: RestartAgreement | undefined;
}

/** The AS number that our OPEN names: members of our confederation know the member AS, others the confederation. */
export function presentedAs(config: PeerFsmConfig): number {
  const interior = config.confederationMember || isInternal(config, config.neighborAs);
  return interior || config.confederation === undefined ? config.localAs : config.confederation;
}

function isInternal(config: PeerFsmConfig, peerAs: number | undefined): boolean {
  return peerAs === undefined ? config.neighborKind === 'internal' : peerAs === config.localAs;
}

/** Our OPEN. */
export function buildOpen(config: PeerFsmConfig): OpenMessage {
  return {
    as: presentedAs(config),
    holdTime: config.holdTime,
    identifier: config.localId,
    capabilities: buildCapabilities(config),
  };
}

function buildCapabilities(config: PeerFsmConfig): Capabilities {
  const own = new Capabilities();
  if (!config.capabilities) return own;
  own.multiprotocol = config.families.map((entry) => pair(entry.family));
  own.routeRefresh = config.routeRefresh;
  own.extendedNextHop = config.families
    .filter((entry) => entry.extendedNextHop && entry.family === IPV4_UNICAST)
    .map((entry) => ({ ...pair(entry.family), nextHopAfi: Afi.IPv6 }));
  own.extendedMessage = config.extendedMessages;
  own.role = config.role ?? -1;
  if (config.as4) own.as4 = presentedAs(config);
  own.addPath = config.families
    .filter((entry) => entry.addPathReceive || entry.addPathSend)
    .map((entry) => ({
      ...pair(entry.family),
      mode: (entry.addPathReceive ? AddPathMode.Receive : 0) | (entry.addPathSend ? AddPathMode.Send : 0),
    }));
  own.enhancedRefresh = config.routeRefresh && config.enhancedRouteRefresh;
  if (config.hostname !== undefined) own.hostname = { host: encodeUtf8(config.hostname, 253), domain: NO_DATA };
  if (config.gracefulRestart === 'off') return own;
  own.gracefulRestart = {
    restarting: config.restarting,
    notification: config.gracefulNotification,
    restartTime: config.gracefulRestartTime,
    // Without families: we help the peer, but do not restart gracefully ourselves.
    families: config.families
      .filter((entry) => entry.gracefulRestart === 'on')
      .map((entry) => ({ ...pair(entry.family), forwarding: config.restarting && entry.forwardingPreserved })),
  };
  if (config.longLivedGracefulRestart === 'off') return own;
  own.longLived = config.families
    .filter((entry) => entry.longLived === 'on')
    .map((entry) => ({
      ...pair(entry.family),
      forwarding: config.restarting && entry.forwardingPreserved,
      staleTime: entry.longLivedStaleTime,
    }));
  return own;
}

/** Judges the peer's OPEN: the agreement, or the NOTIFICATION that refuses it. */
export function negotiate(config: PeerFsmConfig, open: OpenMessage): Negotiation | NotificationError {
  const own = buildCapabilities(config);
  const peer = open.capabilities;
  const peerAs = openAs(open);

  const asFault = checkAs(config, open, peerAs);
  if (asFault !== undefined) return asFault;
  const internal = peerAs === config.localAs;

  const timers = negotiateTimers(config, open.holdTime);
  if (timers instanceof NotificationError) return timers;

  if (open.identifier === 0) return fault(OpenSubcode.BadIdentifier, NO_DATA, 'BGP identifier 0.0.0.0');
  if (internal && open.identifier === config.localId) {
    return fault(OpenSubcode.BadIdentifier, NO_DATA, 'the peer has our BGP identifier');
  }

  const missing = missingCapability(config, peer);
  if (missing !== undefined) return missing;

  const families = new Map<AddressFamily, FamilyOptions>();
  for (const entry of config.families) {
    const agreed = agreeOnFamily(config, entry, peer);
    if (agreed instanceof NotificationError) return agreed;
    if (agreed !== undefined) families.set(entry.family, agreed);
  }
  if (families.size === 0) {
    const wanted = encodeOneCapability(own, CapabilityCode.Multiprotocol);
    return fault(OpenSubcode.UnsupportedCapability, wanted, 'no address family in common');
  }

  const roleFault = internal ? undefined : checkRole(config, peer);
  if (roleFault !== undefined) return roleFault;

  const extended = own.extendedMessage && peer.extendedMessage;
  return {
    options: {
      internal,
      // Inside our own member AS as well: what came from other members still has its confederation segments.
      confederationMember: config.confederationMember || (internal && config.confederation !== undefined),
      localAs: config.localAs,
      peerAs,
      peerId: open.identifier,
      as4: own.as4 >= 0 && peer.as4 >= 0,
      // What we announced counts for what comes in: a peer need not announce it to use it (RFC 8654 section 4).
      maxReceiveLength: own.extendedMessage ? MAX_EXTENDED_MESSAGE_LENGTH : MAX_MESSAGE_LENGTH,
      maxSendLength: extended ? MAX_EXTENDED_MESSAGE_LENGTH : MAX_MESSAGE_LENGTH,
      ipv4: families.get(IPV4_UNICAST),
      ipv6: families.get(IPV6_UNICAST),
      enforceFirstAs: config.enforceFirstAs,
      allowLocalPref: config.allowLocalPref,
      allowAsSets: config.allowAsSets,
      aigp: config.aigp,
      defaultLocalPref: config.defaultLocalPref,
      localRole: internal ? -1 : (config.role ?? -1),
      linkScope: config.linkScope,
    },
    families: [...families.keys()],
    ...timers,
    localCapabilities: own,
    peerCapabilities: peer,
    refreshFromPeer: peer.routeRefresh,
    refreshToPeer: own.routeRefresh,
    enhancedRefresh: own.enhancedRefresh && peer.enhancedRefresh,
    restart: agreeOnRestart(config, peer, families),
  };
}

function checkAs(config: PeerFsmConfig, open: OpenMessage, peerAs: number): NotificationError | undefined {
  const { localAs, neighborAs, neighborKind } = config;
  if (neighborAs !== undefined) {
    return peerAs === neighborAs ? undefined : badPeerAs(peerAs, `AS ${peerAs} instead of ${neighborAs}`);
  }
  if (neighborKind === 'internal') {
    return peerAs === localAs ? undefined : badPeerAs(peerAs, `AS ${peerAs} instead of ${localAs}`);
  }
  if (peerAs === localAs) return badPeerAs(peerAs, 'our own AS');
  // RFC 6793 section 9: the stand-in is nobody's number.
  return peerAs === AS_TRANS && open.capabilities.as4 < 0 ? badPeerAs(peerAs, `AS ${AS_TRANS}`) : undefined;
}

/**
 * RFC 4271 section 4.2: the smaller hold time counts. A configured KEEPALIVE or send-hold time belongs to the configured
 * hold time and shrinks with it; otherwise a third and twice.
 */
function negotiateTimers(
  config: PeerFsmConfig,
  peerHoldTime: number,
): Pick<Negotiation, 'holdTime' | 'keepaliveTime' | 'sendHoldTime'> | NotificationError {
  const holdTime = Math.min(config.holdTime, peerHoldTime);
  const scaled = (seconds: number): number => Math.floor((seconds * holdTime) / Math.max(1, config.holdTime));
  const wanted = config.keepaliveTime === undefined ? Math.floor(holdTime / 3) : scaled(config.keepaliveTime);
  const keepaliveTime = holdTime === 0 ? 0 : Math.max(1, wanted);
  const legal = peerHoldTime === 0 || peerHoldTime >= MIN_HOLD_TIME;
  if (!legal || holdTime < config.minHoldTime || keepaliveTime < config.minKeepaliveTime) {
    const data = Uint8Array.of(peerHoldTime >> 8, peerHoldTime & 255);
    return fault(OpenSubcode.UnacceptableHoldTime, data, `hold time ${peerHoldTime}`);
  }
  const sendHoldTime =
    holdTime === 0 || config.sendHoldTime === 0
      ? 0
      : config.sendHoldTime === undefined
        ? 2 * holdTime
        : Math.max(1, scaled(config.sendHoldTime));
  return { holdTime, keepaliveTime, sendHoldTime };
}

/** RFC 5492 section 5: 2/7 lists what is missing. */
function missingCapability(config: PeerFsmConfig, peer: Capabilities): NotificationError | undefined {
  const { require } = config;
  const example = new Capabilities();
  const refuse = (code: CapabilityCode, name: string): NotificationError =>
    fault(OpenSubcode.UnsupportedCapability, encodeOneCapability(example, code), `${name} required`);

  if (require.routeRefresh && !peer.routeRefresh) {
    example.routeRefresh = true;
    return refuse(CapabilityCode.RouteRefresh, 'route refresh');
  }
  if (require.enhancedRouteRefresh && !peer.enhancedRefresh) {
    example.enhancedRefresh = true;
    return refuse(CapabilityCode.EnhancedRefresh, 'enhanced route refresh');
  }
  if (require.as4 && peer.as4 < 0) {
    example.as4 = presentedAs(config);
    return refuse(CapabilityCode.As4, 'four-octet AS numbers');
  }
  if (require.extendedMessages && !peer.extendedMessage) {
    example.extendedMessage = true;
    return refuse(CapabilityCode.ExtendedMessage, 'extended messages');
  }
  if (require.hostname && peer.hostname === undefined) {
    example.hostname = { host: NO_DATA, domain: NO_DATA };
    return refuse(CapabilityCode.Hostname, 'hostname');
  }
  if (require.gracefulRestart && peer.gracefulRestart === undefined) {
    example.gracefulRestart = { restarting: false, notification: false, restartTime: 0, families: [] };
    return refuse(CapabilityCode.GracefulRestart, 'graceful restart');
  }
  if (require.longLivedGracefulRestart && peer.longLived === undefined) {
    example.longLived = [];
    return refuse(CapabilityCode.LongLivedGracefulRestart, 'long-lived graceful restart');
  }
  return undefined;
}

/** The session that was agreed on would be agreed on with this configuration as well, as far as the peer goes. */
export function isStillAcceptable(config: PeerFsmConfig, { peerCapabilities }: Negotiation): boolean {
  return (
    missingCapability(config, peerCapabilities) === undefined &&
    config.families.every((entry) => !(agreeOnFamily(config, entry, peerCapabilities) instanceof NotificationError))
  );
}

/** `undefined`: the peer does not have this family, and need not. */
function agreeOnFamily(
  config: PeerFsmConfig,
  entry: PeerFsmFamily,
  peer: Capabilities,
): FamilyOptions | NotificationError | undefined {
  const { family } = entry;
  // Who announces no family at all speaks IPv4 unicast (RFC 4760 section 8).
  const ours = config.capabilities || family === IPV4_UNICAST;
  const theirs =
    peer.multiprotocol.length === 0
      ? family === IPV4_UNICAST
      : peer.multiprotocol.some(({ afi, safi }) => afi === family.afi && safi === family.safi);
  const example = new Capabilities();
  if (!ours || !theirs) {
    if (!entry.mandatory) return undefined;
    example.multiprotocol = [pair(family)];
    const wanted = encodeOneCapability(example, CapabilityCode.Multiprotocol);
    return fault(OpenSubcode.UnsupportedCapability, wanted, `family ${family.name} required`);
  }
  const mode = config.capabilities ? addPathMode(peer, family.afi, family.safi) : 0;
  const addPathReceive = entry.addPathReceive && (mode & AddPathMode.Send) !== 0;
  const addPathSend = entry.addPathSend && (mode & AddPathMode.Receive) !== 0;
  if (entry.requireAddPath && (addPathReceive !== entry.addPathReceive || addPathSend !== entry.addPathSend)) {
    const needed = (entry.addPathReceive ? AddPathMode.Send : 0) | (entry.addPathSend ? AddPathMode.Receive : 0);
    example.addPath = [{ ...pair(family), mode: needed }];
    const wanted = encodeOneCapability(example, CapabilityCode.AddPath);
    return fault(OpenSubcode.UnsupportedCapability, wanted, `ADD-PATH for ${family.name} required`);
  }
  const extendedNextHop =
    entry.extendedNextHop &&
    config.capabilities &&
    family === IPV4_UNICAST &&
    peer.extendedNextHop.some(
      (tuple) => tuple.afi === family.afi && tuple.safi === family.safi && tuple.nextHopAfi === Afi.IPv6,
    );
  if (entry.requireExtendedNextHop && !extendedNextHop) {
    example.extendedNextHop = [{ ...pair(family), nextHopAfi: Afi.IPv6 }];
    const wanted = encodeOneCapability(example, CapabilityCode.ExtendedNextHop);
    return fault(OpenSubcode.UnsupportedCapability, wanted, `extended next hop for ${family.name} required`);
  }
  return { family, addPathReceive, addPathSend, extendedNextHop };
}

/** RFC 9234 section 4.2. */
function checkRole(config: PeerFsmConfig, peer: Capabilities): NotificationError | undefined {
  if (config.role === undefined) return undefined;
  if (peer.role < 0) {
    return config.requireRole ? fault(OpenSubcode.RoleMismatch, NO_DATA, 'no role announced') : undefined;
  }
  if (!peer.roleConflict && peer.role === oppositeRole(config.role)) return undefined;
  const reason = peer.roleConflict ? 'two different roles announced' : `roles ${config.role} and ${peer.role}`;
  return fault(OpenSubcode.RoleMismatch, NO_DATA, reason);
}

function agreeOnRestart(
  config: PeerFsmConfig,
  peer: Capabilities,
  agreed: ReadonlyMap<AddressFamily, FamilyOptions>,
): RestartAgreement | undefined {
  const regular = peer.gracefulRestart;
  if (!config.capabilities || config.gracefulRestart === 'off' || regular === undefined) return undefined;
  const longLived = config.longLivedGracefulRestart === 'off' ? [] : (peer.longLived ?? []);
  const families: RestartFamily[] = [];
  for (const entry of config.families) {
    const { family } = entry;
    if (!agreed.has(family) || entry.gracefulRestart === 'off') continue;
    const first = regular.families.find(({ afi, safi }) => afi === family.afi && safi === family.safi);
    const second =
      entry.longLived === 'off'
        ? undefined
        : longLived.find(({ afi, safi }) => afi === family.afi && safi === family.safi);
    if (first === undefined && second === undefined) continue;
    const { minLongLivedStaleTime, maxLongLivedStaleTime } = entry;
    families.push({
      family,
      regular: first !== undefined,
      forwarding: first?.forwarding === true,
      longLivedForwarding: second?.forwarding === true,
      staleTime: second === undefined ? 0 : clamp(second.staleTime, minLongLivedStaleTime, maxLongLivedStaleTime),
    });
  }
  return {
    restartTime: clamp(regular.restartTime, config.minGracefulRestartTime, config.maxGracefulRestartTime),
    peerRestarting: regular.restarting,
    notification: config.gracefulNotification && regular.notification,
    families,
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}

function pair({ afi, safi }: AddressFamily): { readonly afi: number; readonly safi: number } {
  return { afi, safi };
}

function fault(subcode: number, data: Uint8Array, reason: string): NotificationError {
  return new NotificationError(ErrorCode.Open, subcode, data, reason);
}
