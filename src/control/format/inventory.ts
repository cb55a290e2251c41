/** Interfaces, static routes, symbols and BFD sessions as BIRD 2 lays them out. */
import type { SymbolEntry, TimeFormat } from '../../../config/index.ts';
import { escapeText } from '../../monitor/escape.ts';
import type { BfdSessionView, InterfaceAddressView, InterfaceView, StaticHopView, StaticRouteView } from '../host.ts';
import { Code, type Lines, left, right, seconds } from './lines.ts';
import { scopeWord } from './route.ts';
import { formatTime } from './time.ts';

export function formatInterface(lines: Lines, link: InterfaceView): void {
  const master = link.master === undefined ? '' : ` master=${link.master}`;
  lines.line(
    Code.Interface,
    `${escapeText(link.name)} ${link.up ? 'up' : 'down'} (index=${link.index}${escapeText(master)})`,
  );
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
  for (const address of link.addresses) lines.line(Code.InterfaceAddress, `\t${formatAddress(address)}`);
}

function formatAddress(address: InterfaceAddressView): string {
  const flag = address.preferred ? 'Preferred, ' : address.secondary ? 'Secondary, ' : '';
  const opposite = address.opposite === undefined ? '' : `opposite ${address.opposite}, `;
  return `${address.address}/${address.length} (${flag}${opposite}scope ${scopeWord(address.scope)})`;
}

export function formatInterfaceHeading(lines: Lines): void {
  lines.line(Code.InterfaceHeading, summaryRow('Interface', 'State', 'IPv4 address', 'IPv6 address'));
}

export function formatInterfaceSummary(lines: Lines, link: InterfaceView): void {
  const shown = (version: 4 | 6): string => {
    const preferred = link.addresses.find((address) => address.preferred && ipVersionOf(address) === version);
    return preferred === undefined ? '' : `${preferred.address}/${preferred.length}`;
  };
  const row = summaryRow(escapeText(link.name), link.up ? 'up' : 'down', shown(4), shown(6));
  lines.line(Code.InterfaceSummary, row);
}

function ipVersionOf(address: InterfaceAddressView): 4 | 6 {
  return address.address.includes(':') ? 6 : 4;
}

function summaryRow(name: string, state: string, address4: string, address6: string): string {
  return `${left(name, 10)} ${left(state, 6)} ${left(address4, 18)} ${address6}`;
}

export function formatStaticRoute(lines: Lines, route: StaticRouteView): void {
  const { prefix, target } = route;
  if (target.kind === 'hops') {
    lines.line(Code.StaticRoute, prefix);
    for (const hop of target.hops) lines.line(Code.StaticRoute, `\t${formatStaticHop(hop)}`);
    return;
  }
  lines.line(Code.StaticRoute, `${prefix}\t${targetText(target)}`);
}

function targetText(target: Exclude<StaticRouteView['target'], { kind: 'hops' }>): string {
  if (target.kind === 'recursive') return `recursive ${target.address}`;
  return target.kind === 'prohibit' ? 'prohibited' : target.kind;
}

function formatStaticHop(hop: StaticHopView): string {
  const dormant = hop.active ? '' : ' (dormant)';
  if (hop.gateway === undefined) return `dev ${hop.interfaceName ?? ''}${dormant}`;
  const zone = hop.interfaceName === undefined ? '' : `%${hop.interfaceName}`;
  return `via ${hop.gateway}${zone}${hop.onlink ? ' onlink' : ''}${hop.bfd ? ' (bfd)' : ''}${dormant}`;
}

/** BIRD's words for what a name stands for. */
function symbolClass(kind: SymbolEntry['kind'] | undefined): string {
  switch (kind) {
    case undefined:
      return 'undefined';
    case 'template':
      return 'protocol template';
    case 'table':
      return 'routing table';
    case 'attribute':
      return 'custom attribute';
    default:
      return kind;
  }
}

export function formatSymbol(name: string, kind: SymbolEntry['kind'] | undefined): string {
  return `${left(name, 8)}\t${symbolClass(kind)}`;
}

export function formatBfdHeading(lines: Lines, protocol: string): void {
  lines.line(Code.Bfd, `${protocol}:`);
  const columns = `${left('IP address', 25)} ${left('Interface', 10)} ${left('State', 10)} ${left('Since', 12)}`;
  lines.line(Code.Bfd, `${columns}  ${right('Interval', 8)} ${right('Timeout', 8)}`);
}

export function formatBfdSession(lines: Lines, session: BfdSessionView, format: TimeFormat, now: number): void {
  const address = left(session.address, 25);
  const link = left(session.interfaceName ?? '---', 10);
  const since = left(formatTime(format, session.since, now), 12);
  const times = `${right(seconds(session.intervalMs), 7)} ${right(seconds(session.timeoutMs), 8)}`;
  lines.line(Code.Bfd, `${address} ${link} ${left(session.state, 10)} ${since}  ${times}`);
}
