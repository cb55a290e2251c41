/** Interfaces, static routes and BFD sessions in the layout of BIRD 1. */
import type { TimeFormat } from '../../../../config/index.ts';
import { escapeText } from '../../../monitor/escape.ts';
import type {
  BfdSessionView,
  InterfaceAddressView,
  InterfaceView,
  StaticHopView,
  StaticRouteView,
} from '../../host.ts';
import { Code, type Lines, left, right, seconds } from '../lines.ts';
import { scopeWord } from '../route.ts';
import { formatTime } from '../time.ts';

export function interfaceBlock(lines: Lines, link: InterfaceView): void {
  lines.line(Code.Interface, `${escapeText(link.name)} ${upWord(link)} (index=${link.index})`);
  const flags = [
    link.multiAccess ? 'MultiAccess' : 'PtP',
    link.broadcast ? ' Broadcast' : '',
    link.multicast ? ' Multicast' : '',
    link.adminUp ? ' AdminUp' : ' AdminDown',
    link.linkUp ? ' LinkUp' : ' LinkDown',
    link.loopback ? ' Loopback' : '',
    link.ignored ? ' Ignored' : '',
  ];
  lines.line(Code.InterfaceFlags, `\t${flags.join('')} MTU=${link.mtu}`);
  for (const address of link.addresses) {
    lines.line(Code.InterfaceAddress, `\t${address.address}/${address.length} (${addressFacts(address)})`);
  }
}

function upWord(link: InterfaceView): string {
  return link.up ? 'up' : 'DOWN';
}

function addressFacts({ preferred, secondary, opposite, scope }: InterfaceAddressView): string {
  const rank = preferred ? 'Primary' : secondary ? 'Secondary' : 'Unselected';
  return `${rank}${opposite === undefined ? '' : `, opposite ${opposite}`}, scope ${scopeWord(scope)}`;
}

export function interfaceHeading(lines: Lines): void {
  lines.line(Code.InterfaceHeading, 'interface state address');
}

export function interfaceRow(lines: Lines, link: InterfaceView): void {
  const first = link.addresses.find(({ preferred }) => preferred);
  const address = first === undefined ? '' : `${first.address}/${first.length}`;
  lines.line(Code.InterfaceSummary, `${left(escapeText(link.name), 9)} ${left(upWord(link), 5)} ${address}`);
}

/** One line; routes with several hops have a line each for them. */
export function staticRoute(lines: Lines, { prefix, target }: StaticRouteView): void {
  const line = (text: string): void => lines.line(Code.StaticRoute, text);
  if (target.kind !== 'hops') {
    line(`${prefix} ${targetText(target)}`);
  } else if (target.hops.length === 1) {
    line(`${prefix} ${hopText(target.hops[0]!, '')}`);
  } else {
    line(`${prefix} multipath${target.hops.some((hop) => hop.active) ? '' : DORMANT}`);
    for (const hop of target.hops) line(`\t${hopText(hop, ` weight ${hop.weight}`)}`);
  }
}

const DORMANT = ' (dormant)';

function targetText(target: Exclude<StaticRouteView['target'], { kind: 'hops' }>): string {
  if (target.kind === 'recursive') return `recursive ${target.address}`;
  return target.kind === 'prohibit' ? 'prohibited' : target.kind;
}

function hopText({ gateway, interfaceName, bfd, active }: StaticHopView, weight: string): string {
  const zone = interfaceName === undefined ? '' : `%${interfaceName}`;
  const where = gateway === undefined ? `dev ${interfaceName ?? ''}` : `via ${gateway}${zone}`;
  return `${where}${weight}${bfd ? ' (bfd)' : ''}${active ? '' : DORMANT}`;
}

export function bfdHeading(lines: Lines, protocol: string): void {
  lines.line(Code.Bfd, `${protocol}:`);
  const columns = `${left('IP address', 25)} ${left('Interface', 10)} ${left('State', 10)} ${left('Since', 10)}`;
  lines.line(Code.Bfd, `${columns}  ${right('Interval', 8)} ${right('Timeout', 8)}`);
}

export function bfdSession(lines: Lines, session: BfdSessionView, format: TimeFormat, now: number): void {
  const link = left(session.interfaceName ?? '---', 10);
  const since = left(formatTime(format, session.since, now), 10);
  const times = `${right(seconds(session.intervalMs), 7)}  ${right(seconds(session.timeoutMs), 7)}`;
  lines.line(Code.Bfd, `${left(session.address, 25)} ${link} ${left(session.state, 10)} ${since}  ${times}`);
}
