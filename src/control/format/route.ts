/**
 * Routes as `show route` lays them out: a heading per table, a line per route (the prefix on the first one of its
 * network), a line per next hop, and with `all` its type and attributes.
 *
 *      10.104.0.0/16        unicast [static4 01:03:21.366] * (210)
 *      <TAB>via 10.0.1.3 on eth1 weight 5
 *      <TAB>via 10.0.0.2 on eth0 weight 2
 */
import {
  AttributeCode,
  attributeEnd,
  findAttribute,
  originAs,
  RouteScope,
  RouteSourceKind,
  valueStart,
} from '../../../bgp/index.ts';
import type { AttributeRecord, BgpRouteView, RouteCounts, RouteHopView, RouteView } from '../host.ts';
import { formatAttributes } from './attribute.ts';
import type { RouteLayout } from './layout.ts';
import { Code, type Lines, left } from './lines.ts';
import { formatTime } from './time.ts';

const SOURCE_WORDS: Readonly<Record<RouteSourceKind, string>> = {
  [RouteSourceKind.Static]: 'static',
  [RouteSourceKind.Inherit]: 'inherit',
  [RouteSourceKind.Device]: 'device',
  [RouteSourceKind.Bgp]: 'BGP',
  [RouteSourceKind.Pipe]: 'pipe',
};

export function sourceWord(kind: RouteSourceKind): string {
  return SOURCE_WORDS[kind] ?? String(kind);
}

export function scopeWord(scope: number): string {
  switch (scope) {
    case RouteScope.Host:
      return 'host';
    case RouteScope.Link:
      return 'link';
    case RouteScope.Site:
      return 'site';
    case RouteScope.Organization:
      return 'org';
    case RouteScope.Universe:
      return 'univ';
    default:
      return 'undef';
  }
}

/** The blank line between two tables belongs to the heading of the second. */
export function formatTableHeading(lines: Lines, table: string, first: boolean): void {
  if (!first) lines.line(Code.Route, '');
  lines.line(Code.Route, `Table ${table}:`);
}

/** @param firstOfNetwork the prefix is shown with the first route of its network only. */
export function formatRoute(lines: Lines, route: RouteView, firstOfNetwork: boolean, layout: RouteLayout): void {
  const time = formatTime(layout.timeFormat, route.changedAt, layout.now);
  const from = route.from === undefined || route.from === route.nextHops[0]?.gateway ? '' : ` from ${route.from}`;
  const mark = route.primary ? (route.syncFailed ? ' !' : ' *') : '';
  lines.line(
    Code.Route,
    `${left(firstOfNetwork ? route.prefix : '', 20)} ${destinationWord(route.destination)} [${route.protocol} ${time}${from}]${mark}${routeInfo(route)}`,
  );
  if (route.destination === 'unicast') {
    for (const hop of route.nextHops) lines.line(Code.Route, formatHop(hop, route.nextHops.length > 1));
  }
  if (!layout.verbose) return;
  lines.line(Code.RouteType, `\tType: ${sourceWord(route.kind)} ${scopeWord(route.scope)}`);
  if (route.record !== undefined) formatAttributes(lines, route.record, layout.customAttributes);
}

export function formatRouteCounts(counts: RouteCounts, table: string): string {
  return `${counts.shown} of ${counts.examined} routes for ${counts.networks} networks in table ${table}`;
}

export function formatTotalCounts(counts: RouteCounts, tables: number): string {
  return `Total: ${counts.shown} of ${counts.examined} routes for ${counts.networks} networks in ${tables} tables`;
}

/** Where there is one table only. */
export function formatPlainCounts(counts: RouteCounts): string {
  return `${counts.shown} of ${counts.examined} routes for ${counts.networks} networks`;
}

export function destinationWord(destination: RouteView['destination']): string {
  return destination === 'prohibit' ? 'prohibited' : destination;
}

function formatHop(hop: RouteHopView, several: boolean): string {
  const where = hop.gateway === undefined ? `dev ${hop.interfaceName}` : `via ${hop.gateway} on ${hop.interfaceName}`;
  return `\t${where}${hop.onlink ? ' onlink' : ''}${several ? ` weight ${hop.weight}` : ''}`;
}

function routeInfo(route: RouteView): string {
  if (route.bgp !== undefined) return bgpRouteInfo(route, route.bgp, false);
  const igp = route.kind === RouteSourceKind.Static && route.igpMetric !== undefined ? `/${route.igpMetric}` : '';
  return ` (${route.preference}${igp})`;
}

/**
 * ` (100s/20) [AS65003i]`: preference, what became of the BGP route, its metric, and where it came from.
 *
 * @param bird1 an IGP metric of 0 is shown, too, and so is that there is no way to the next hop.
 */
export function bgpRouteInfo(route: RouteView, bgp: BgpRouteView, bird1: boolean): string {
  let metric = '';
  switch (bgp.metric?.kind) {
    case 'aigp':
      metric = `/${bgp.metric.value}`;
      break;
    case 'igp':
      if (bird1 || bgp.metric.value !== 0) metric = `/${bgp.metric.value}`;
      break;
    case 'unknown':
      metric = '/?';
      break;
    case 'unresolvable':
      metric = '/-';
      break;
    case 'unresolved':
      if (bird1) metric = '/-';
      break;
  }
  const marks = `${bgp.suppressed ? '-' : ''}${bgp.stale ? 's' : ''}`;
  const origin = route.record === undefined ? '' : originText(route.record);
  return ` (${route.preference}${marks}${metric}) [${origin}]`;
}

/** `AS65003i`: the AS that originated the route, where one can be named, and ORIGIN. */
function originText(record: AttributeRecord): string {
  const { bytes, start, wireEnd } = record;
  let text = '';
  const path = findAttribute(bytes, start, wireEnd, AttributeCode.AsPath);
  if (path >= 0) {
    const as = originAs(bytes, valueStart(bytes, path), attributeEnd(bytes, path));
    if (as !== 0) text = `AS${as}`;
  }
  const origin = findAttribute(bytes, start, wireEnd, AttributeCode.Origin);
  return origin < 0 ? text : text + ('ie?'[bytes[valueStart(bytes, origin)]!] ?? '?');
}
