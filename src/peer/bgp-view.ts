/** What `show protocols all` shows of a BGP protocol (src/control/host.ts): snapshots, made when asked for. */
import { AddPathMode, Afi, type Capabilities, type Ip, isLinkLocal } from '../../bgp/index.ts';
import type { BgpConfig } from '../../config/index.ts';
import { familyRestart, NO_ERROR, type PeerFsm, peerStatus, type TimerFacts } from '../../fsm/index.ts';
import type { BgpChannelDetail, BgpDetail, BgpSessionDetail, CapabilitiesView, TimerView } from '../control/host.ts';
import type { BgpRefusedView } from '../control/protocol-views.ts';
import type { ProtocolState } from '../protocol/protocol.ts';
import type { BgpChannel } from './bgp-channel.ts';
import type { UpdateImport } from './update-import.ts';

const BGP_PORT = 179;

export interface BgpViewFacts {
  readonly config: BgpConfig;
  readonly state: ProtocolState;
  /** `undefined`: it has never run (or is the parent of dynamic neighbours). */
  readonly fsm: PeerFsm | undefined;
  /** Our address on the Established connection. */
  readonly localAddress: Ip | undefined;
  /** The way in of the session, or of the last one. */
  readonly import: UpdateImport | undefined;
  /** It waits for a router id, a socket or the neighbour's link. */
  readonly waiting: boolean;
  readonly now: number;
}

export function bgpDetail(facts: BgpViewFacts): BgpDetail {
  const { config, state, fsm, localAddress, waiting, now } = facts;
  const status = fsm === undefined ? undefined : peerStatus(fsm, now);
  const negotiation = status?.session?.negotiation;
  const parent = config.neighborRange !== undefined;
  return {
    type: 'bgp',
    state: stateWord(state, parent, waiting, status?.state),
    neighborAddress: config.neighborAddress,
    neighborInterface:
      config.neighborAddress !== undefined && isLinkLocal(config.neighborAddress) ? config.interfaceName : undefined,
    onlink: config.onlink,
    neighborRange: config.neighborRange,
    neighborPort: config.passive || config.neighborPort === BGP_PORT ? undefined : config.neighborPort,
    neighborAs:
      negotiation?.options.peerAs ?? config.neighborAs ?? (config.neighborKind === 'internal' ? config.localAs : 0),
    localAs: config.localAs,
    neighborRestarting: status?.restarting === true,
    gracefulShutdown: config.gracefulShutdown,
    errorWait: status?.errorWait,
    connectDelay: status?.connectDelay,
    restartTimerMs: status?.restartTimer?.remainingMs,
    session: fsm === undefined ? undefined : sessionDetail(config, fsm, localAddress, now),
    lastError: status?.lastError ?? NO_ERROR,
    refused: refused(facts.import),
  };
}

function refused(way: UpdateImport | undefined): BgpRefusedView | undefined {
  if (way === undefined || way.treatedAsWithdrawn + way.looped === 0) return undefined;
  const { treatedAsWithdrawn, looped, refusals } = way;
  return { treatedAsWithdrawn, looped, last: refusals.last };
}

function stateWord(
  protocol: ProtocolState,
  parent: boolean,
  waiting: boolean,
  session: BgpDetail['state'] | undefined,
): BgpDetail['state'] {
  if (protocol === 'down') return 'Down';
  if (protocol === 'stop' || protocol === 'flush') return 'Close';
  if (parent) return 'Passive';
  return waiting || session === undefined || session === 'Down' ? 'Idle' : session;
}

function sessionDetail(
  config: BgpConfig,
  fsm: PeerFsm,
  localAddress: Ip | undefined,
  now: number,
): BgpSessionDetail | undefined {
  const { session } = peerStatus(fsm, now);
  if (session === undefined || localAddress === undefined) return undefined;
  const { options, localCapabilities, peerCapabilities } = session.negotiation;
  return {
    neighborId: options.peerId,
    localCapabilities: capabilitiesView(localCapabilities),
    neighborCapabilities: capabilitiesView(peerCapabilities),
    internal: options.internal,
    multihop: config.multihop !== undefined,
    routeReflector: config.rrClient,
    routeServer: config.rsClient,
    as4: options.as4,
    sourceAddress: localAddress,
    holdTimer: timerView(session.holdTimer),
    keepaliveTimer: timerView(session.keepaliveTimer),
    sendHoldTimer: timerView(session.sendHoldTimer),
  };
}

function timerView(timer: TimerFacts | undefined): TimerView | undefined {
  return timer;
}

function capabilitiesView(capabilities: Capabilities): CapabilitiesView {
  const { gracefulRestart, longLived, addPath, hostname } = capabilities;
  const overIpv6 = capabilities.extendedNextHop.filter((tuple) => tuple.nextHopAfi === Afi.IPv6);
  return {
    multiprotocol: capabilities.multiprotocol.length === 0 ? undefined : capabilities.multiprotocol,
    routeRefresh: capabilities.routeRefresh,
    extendedNextHop: capabilities.extendedNextHop.length === 0 ? undefined : overIpv6,
    extendedMessage: capabilities.extendedMessage,
    gracefulRestart:
      gracefulRestart === undefined
        ? undefined
        : {
            restartTimeSeconds: gracefulRestart.restartTime,
            recovering: gracefulRestart.restarting,
            supported: gracefulRestart.families,
            preserved: gracefulRestart.families.filter((family) => family.forwarding),
          },
    as4: capabilities.as4 >= 0,
    addPath:
      addPath.length === 0
        ? undefined
        : {
            receive: addPath.filter((tuple) => (tuple.mode & AddPathMode.Receive) !== 0),
            send: addPath.filter((tuple) => (tuple.mode & AddPathMode.Send) !== 0),
          },
    enhancedRefresh: capabilities.enhancedRefresh,
    longLivedGracefulRestart:
      longLived === undefined
        ? undefined
        : {
            staleTimeSeconds: longLived[0]?.staleTime ?? 0,
            supported: longLived,
            preserved: longLived.filter((family) => family.forwarding),
          },
    hostname: hostname === undefined ? undefined : Buffer.from(hostname.host).toString('utf8'),
    role: capabilities.role < 0 ? undefined : capabilities.role,
  };
}

export function bgpChannelDetail(channel: BgpChannel, fsm: PeerFsm | undefined, now: number): BgpChannelDetail {
  const restart = fsm === undefined ? undefined : familyRestart(fsm, channel.family, now);
  return {
    neighborRestart: restartWord(restart?.phase),
    staleTimerMs: restart?.staleTimer?.remainingMs,
    nextHop: channel.exportFacts?.ownAddress ?? channel.exportFacts?.ownLinkLocal,
    nextHopLinkLocal: linkLocalBeside(channel),
    igpTable4: igpTable(channel, 4),
    igpTable6: igpTable(channel, 6),
  };
}

function restartWord(phase: 'none' | 'regular' | 'long-lived' | undefined): BgpChannelDetail['neighborRestart'] {
  if (phase === undefined || phase === 'none') return undefined;
  return phase === 'regular' ? 'regular' : 'longlived';
}

function linkLocalBeside({ exportFacts, family }: BgpChannel): Ip | undefined {
  const facts = exportFacts;
  if (facts?.ownAddress === undefined || facts.linkInterface === undefined) return undefined;
  return family.version === 6 || facts.extendedNextHop ? facts.ownLinkLocal : undefined;
}

/** Shown where next hops are looked up in a table: for the channel's own version, and for another one if configured. */
function igpTable({ config, family, nextHopRules }: BgpChannel, version: 4 | 6): string | undefined {
  if (config.gateway !== 'recursive') return undefined;
  if (family.version === version) return version === 4 ? nextHopRules.igpTable4 : nextHopRules.igpTable6;
  return version === 4 ? config.igpTable4 : config.igpTable6;
}
