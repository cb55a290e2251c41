/**
 * What `show protocols all` tells about a BGP neighbour in the layout of BIRD 1: capabilities of the neighbour in one
 * line, those that both sides agreed on in the line of the session, timers in whole seconds.
 */
import { formatIpv4Word, formatPrefix } from '../../../../bgp/index.ts';
import type {
  BgpDetail,
  BgpSessionDetail,
  CapabilitiesView,
  ChannelView,
  ProtocolView,
  TimerView,
} from '../../host.ts';
import { bgpErrorText } from '../bgp.ts';
import { wholeSeconds } from './words.ts';

type Line = (text: string) => void;

export function bgpDetail(
  line: Line,
  state: ProtocolView['state'],
  bgp: BgpDetail,
  channel: ChannelView | undefined,
): void {
  line(`  BGP state:          ${bgp.state}`);
  line(`    Neighbor address: ${neighbor(bgp)}`);
  line(`    Neighbor AS:      ${bgp.neighborAs}`);
  if (bgp.neighborRestarting) line('    Neighbor graceful restart active');
  if (state === 'start') starting(line, bgp);
  if (state === 'up' && bgp.session !== undefined) session(line, bgp.session, channel);
  const error = bgpErrorText(bgp);
  if (error !== '') line(`    Last error:       ${error}`);
}

function neighbor({ neighborAddress, neighborInterface, neighborRange }: BgpDetail): string {
  if (neighborRange !== undefined) return formatPrefix(neighborRange);
  const zone = neighborInterface === undefined ? '' : `%${neighborInterface}`;
  return `${neighborAddress ?? '::'}${zone}`;
}

function starting(line: Line, bgp: BgpDetail): void {
  if (bgp.errorWait !== undefined) line(`    Error wait:       ${timer(bgp.errorWait)}`);
  if (bgp.connectDelay !== undefined) line(`    Connect delay:    ${timer(bgp.connectDelay)}`);
  if (bgp.restartTimerMs !== undefined) line(`    Restart timer:    ${wholeSeconds(bgp.restartTimerMs)}/-`);
}

function session(line: Line, view: BgpSessionDetail, channel: ChannelView | undefined): void {
  const { localCapabilities: local, neighborCapabilities: theirs } = view;
  line(`    Neighbor ID:      ${formatIpv4Word(view.neighborId)}`);
  line(`    Neighbor caps:   ${words(capabilityWords(theirs))}`);
  const facts = [
    view.internal ? 'internal' : 'external',
    view.multihop && 'multihop',
    view.routeReflector && 'route-reflector',
    view.routeServer && 'route-server',
    view.as4 && 'AS4',
    takes(local) && sends(theirs) && 'add-path-rx',
    sends(local) && takes(theirs) && 'add-path-tx',
  ];
  line(`    Session:         ${words(facts)}`);
  line(`    Source address:   ${view.sourceAddress}`);
  if (channel?.importLimit !== undefined) {
    const { imported, filtered = 0 } = channel.routes;
    line(`    Route limit:      ${imported + filtered}/${channel.importLimit.count}`);
  }
  line(`    Hold timer:       ${timer(view.holdTimer)}`);
  line(`    Keepalive timer:  ${timer(view.keepaliveTimer)}`);
}

function capabilityWords(caps: CapabilitiesView): readonly (string | false)[] {
  const { gracefulRestart: restart, longLivedGracefulRestart: longLived } = caps;
  return [
    caps.routeRefresh && 'refresh',
    caps.enhancedRefresh && 'enhanced-refresh',
    restart !== undefined && (restart.supported.length > 0 ? 'restart-able' : 'restart-aware'),
    longLived !== undefined && (longLived.supported.length > 0 ? 'llgr-able' : 'llgr-aware'),
    caps.as4 && 'AS4',
    takes(caps) && 'add-path-rx',
    sends(caps) && 'add-path-tx',
  ];
}

function takes({ addPath }: CapabilitiesView): boolean {
  return addPath !== undefined && addPath.receive.length > 0;
}

function sends({ addPath }: CapabilitiesView): boolean {
  return addPath !== undefined && addPath.send.length > 0;
}

function words(list: readonly (string | false)[]): string {
  return list.map((word) => (word === false ? '' : ` ${word}`)).join('');
}

/** A timer that does not run, as with a hold time of 0, shows zeros. */
function timer(view: TimerView | undefined): string {
  return view === undefined ? '0/0' : `${wholeSeconds(view.remainingMs)}/${view.totalSeconds}`;
}
