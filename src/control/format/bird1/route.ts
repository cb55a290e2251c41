/**
 * `show route` in the layout of BIRD 1: prefix and next hop on one line, further routes of a network under the prefix,
 * hops of a multipath route in lines of their own.
 *
 *     10.65.1.0/26       via 192.0.2.7 on eth0 [Mesh_192_0_2_7 12:00:01] * (100/0) [i]
 *                        via 192.0.2.8 on eth0 [Mesh_192_0_2_8 12:00:01] (100/0) [i]
 *     10.65.2.0/26       multipath [static1 12:00:00] * (200)
 *     <TAB>via 192.0.2.7 on eth0 weight 1
 *     <TAB>via 192.0.2.8 on eth0 weight 1
 */
import type { RouteHopView, RouteView } from '../../host.ts';
import { formatAttributes } from '../attribute.ts';
import type { RouteLayout } from '../layout.ts';
import { Code, type Lines, left } from '../lines.ts';
import { bgpRouteInfo, destinationWord, scopeWord, sourceWord } from '../route.ts';
import { formatTime } from '../time.ts';

export function route(lines: Lines, view: RouteView, firstOfNetwork: boolean, layout: RouteLayout): void {
  const { nextHops, bgp, from } = view;
  const time = formatTime(layout.timeFormat, view.changedAt, layout.now);
  const via = from === undefined || from === nextHops[0]?.gateway ? '' : ` from ${from}`;
  const mark = view.primary ? (view.syncFailed ? ' !' : ' *') : '';
  const info = bgp === undefined ? ` (${view.preference})` : bgpRouteInfo(view, bgp, true);
  const prefix = left(firstOfNetwork ? view.prefix : '', 18);
  lines.line(Code.Route, `${prefix} ${where(view)} [${view.protocol} ${time}${via}]${mark}${info}`);
  if (nextHops.length > 1) {
    for (const hop of nextHops) lines.line(Code.Route, `\t${hopText(hop)} weight ${hop.weight}`);
  }
  if (!layout.verbose) return;
  lines.line(Code.RouteType, `\tType: ${sourceWord(view.kind)} unicast ${scopeWord(view.scope)}`);
  if (view.record !== undefined) formatAttributes(lines, view.record, layout.customAttributes);
}

function where({ destination, nextHops }: RouteView): string {
  if (destination !== 'unicast') return destinationWord(destination);
  return nextHops.length === 1 ? hopText(nextHops[0]!) : 'multipath';
}

function hopText({ gateway, interfaceName }: RouteHopView): string {
  return gateway === undefined ? `dev ${interfaceName}` : `via ${gateway} on ${interfaceName}`;
}
