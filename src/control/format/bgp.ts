/**
 * What `show protocols all` tells about a BGP neighbour: state, timers, both OPENs, session, last error, and the lines
 * that BGP adds to a channel. Names and texts that came from the neighbour are escaped here.
 */
import { Afi, formatIpv4Word, formatPrefix, Safi } from '../../../bgp/index.ts';
import { escapeText } from '../../monitor/escape.ts';
import type {
  BgpChannelDetail,
  BgpDetail,
  BgpErrorClass,
  BgpSessionDetail,
  CapabilitiesView,
  ChannelView,
  FamilyPair,
  ProtocolView,
  TimerView,
} from '../host.ts';
import type { BgpRefusedView } from '../protocol-views.ts';
import { left, seconds } from './lines.ts';

type Line = (text: string) => void;

const ERROR_WORDS: Readonly<Record<BgpErrorClass, string>> = {
  none: '',
  misc: 'Error: ',
  socket: 'Socket: ',
  received: 'Received: ',
  sent: 'BGP Error: ',
  automatic: 'Automatic shutdown: ',
  manual: '',
};

const RESTART_WORDS = { none: 'None', regular: 'Regular', longlived: 'Long-lived' } as const;

/** RFC 9234 section 4.1, BIRD's words. */
const ROLE_WORDS = ['provider', 'rs_server', 'rs_client', 'customer', 'peer'];

/** State and last error for the `Info` column; only the error while the protocol is down. */
export function bgpInfo(state: ProtocolView['state'], bgp: BgpDetail): string {
  const error = bgpErrorText(bgp);
  return state === 'down' || state === 'flush' ? error : `${left(bgp.state, 14)}${error}`;
}

/** The last error with the words for who is to blame; '' when there is none to tell of. */
export function bgpErrorText(bgp: BgpDetail): string {
  const { class: kind, text } = bgp.lastError;
  return kind === 'none' || kind === 'manual' ? '' : `${ERROR_WORDS[kind]}${escapeText(text)}`;
}

export function formatBgpDetail(line: Line, state: ProtocolView['state'], bgp: BgpDetail): void {
  line(`  BGP state:          ${bgp.state}`);
  if (bgp.neighborRange !== undefined) {
    line(`    Neighbor range:   ${formatPrefix(bgp.neighborRange)}`);
  } else {
    const zone = bgp.neighborInterface === undefined ? '' : `%${bgp.neighborInterface}`;
    line(`    Neighbor address: ${bgp.neighborAddress ?? '::'}${zone}${bgp.onlink ? ' onlink' : ''}`);
  }
  if (bgp.neighborPort !== undefined) line(`    Neighbor port:    ${bgp.neighborPort}`);
  line(`    Neighbor AS:      ${bgp.neighborAs}`);
  line(`    Local AS:         ${bgp.localAs}`);
  if (bgp.neighborRestarting) line('    Neighbor graceful restart active');
  if (bgp.gracefulShutdown) line('    Graceful shutdown active');
  if (state === 'start') formatStart(line, bgp);
  if (state === 'up' && bgp.session !== undefined) formatSession(line, bgp.session);
  if (bgp.refused !== undefined) formatRefused(line, bgp.refused);
  const error = bgpErrorText(bgp);
  if (error !== '') line(`    Last error:       ${error}`);
}

/** Ours; BIRD tells of such prefixes in its log alone. */
function formatRefused(line: Line, { treatedAsWithdrawn, looped, last }: BgpRefusedView): void {
  line(`    Refused prefixes: ${treatedAsWithdrawn} with errors, ${looped} looped`);
  if (last !== undefined) line(`      Last of them:   ${last.prefix}, ${escapeText(last.reason)}`);
}

function formatStart(line: Line, bgp: BgpDetail): void {
  if (bgp.errorWait !== undefined) line(`    Error wait:       ${timer(bgp.errorWait)}`);
  if (bgp.connectDelay !== undefined) line(`    Connect delay:    ${timer(bgp.connectDelay)}`);
  if (bgp.restartTimerMs !== undefined) line(`    Restart timer:    ${seconds(bgp.restartTimerMs)}/-`);
}

function formatSession(line: Line, session: BgpSessionDetail): void {
  line(`    Neighbor ID:      ${formatIpv4Word(session.neighborId)}`);
  line('    Local capabilities');
  formatCapabilities(line, session.localCapabilities);
  line('    Neighbor capabilities');
  formatCapabilities(line, session.neighborCapabilities);
  const words = [
    session.internal ? 'internal' : 'external',
    session.multihop ? ' multihop' : '',
    session.routeReflector ? ' route-reflector' : '',
    session.routeServer ? ' route-server' : '',
    session.as4 ? ' AS4' : '',
  ];
  line(`    Session:          ${words.join('')}`);
  line(`    Source address:   ${session.sourceAddress}`);
  if (session.holdTimer !== undefined) line(`    Hold timer:       ${timer(session.holdTimer)}`);
  if (session.keepaliveTimer !== undefined) line(`    Keepalive timer:  ${timer(session.keepaliveTimer)}`);
  if (session.sendHoldTimer !== undefined) line(`    Send hold timer:  ${timer(session.sendHoldTimer)}`);
}

function timer(view: TimerView): string {
  return `${seconds(view.remainingMs)}/${view.totalSeconds}`;
}

function formatCapabilities(line: Line, caps: CapabilitiesView): void {
  if (caps.multiprotocol !== undefined && caps.multiprotocol.length > 0) {
    line('      Multiprotocol');
    line(`        AF announced:${families(caps.multiprotocol)}`);
  }
  if (caps.routeRefresh) line('      Route refresh');
  if (caps.extendedNextHop !== undefined && caps.extendedNextHop.length > 0) {
    line('      Extended next hop');
    line(`        IPv6 nexthop:${families(caps.extendedNextHop)}`);
  }
  if (caps.extendedMessage) line('      Extended message');
  const restart = caps.gracefulRestart;
  if (restart !== undefined) {
    line('      Graceful restart');
    if (restart.supported.length > 0) {
      line(`        Restart time: ${restart.restartTimeSeconds}`);
      if (restart.recovering) line('        Restart recovery');
      line(`        AF supported:${families(restart.supported)}`);
      line(`        AF preserved:${families(restart.preserved)}`);
    }
  }
  if (caps.as4) line('      4-octet AS numbers');
  if (caps.addPath !== undefined && caps.addPath.receive.length + caps.addPath.send.length > 0) {
    line('      ADD-PATH');
    line(`        RX:${families(caps.addPath.receive)}`);
    line(`        TX:${families(caps.addPath.send)}`);
  }
  if (caps.enhancedRefresh) line('      Enhanced refresh');
  const longLived = caps.longLivedGracefulRestart;
  if (longLived !== undefined) {
    line('      Long-lived graceful restart');
    if (longLived.supported.length > 0) {
      if (longLived.staleTimeSeconds !== undefined) line(`        LL stale time: ${longLived.staleTimeSeconds}`);
      line(`        AF supported:${families(longLived.supported)}`);
      line(`        AF preserved:${families(longLived.preserved)}`);
    }
  }
  if (caps.hostname !== undefined) line(`      Hostname: ${escapeText(caps.hostname)}`);
  if (caps.role !== undefined) line(`      Role: ${ROLE_WORDS[caps.role] ?? caps.role}`);
}

function families(pairs: readonly FamilyPair[]): string {
  return pairs.map((pair) => ` ${familyWord(pair)}`).join('');
}

/** BIRD's word for a family; numbers for one that it does not know either. */
export function familyWord({ afi, safi }: FamilyPair): string {
  const version = afi === Afi.IPv4 ? 4 : afi === Afi.IPv6 ? 6 : 0;
  if (version !== 0) {
    switch (safi) {
      case Safi.Unicast:
        return `ipv${version}`;
      case Safi.Multicast:
        return `ipv${version}-mc`;
      case 4:
        return `ipv${version}-mpls`;
      case 128:
        return `vpn${version}-mpls`;
      case 129:
        return `vpn${version}-mc`;
      case 133:
        return `flow${version}`;
    }
  }
  return `<${afi}/${safi}>`;
}

export function formatBgpChannel(line: Line, channel: ChannelView, bgp: BgpChannelDetail): void {
  if (bgp.neighborRestart !== undefined) line(`    Neighbor GR:    ${RESTART_WORDS[bgp.neighborRestart]}`);
  if (bgp.staleTimerMs !== undefined) line(`    LL stale timer: ${seconds(bgp.staleTimerMs)}/-`);
  if (channel.state === 'UP' && bgp.nextHop !== undefined) {
    const second = bgp.nextHopLinkLocal === undefined ? '' : ` ${bgp.nextHopLinkLocal}`;
    line(`    BGP Next hop:   ${bgp.nextHop}${second}`);
  }
  if (bgp.igpTable4 !== undefined) line(`    IGP IPv4 table: ${bgp.igpTable4}`);
  if (bgp.igpTable6 !== undefined) line(`    IGP IPv6 table: ${bgp.igpTable6}`);
}
