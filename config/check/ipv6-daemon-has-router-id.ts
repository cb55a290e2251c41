/** RFC 6286: an identifier is four octets long; a daemon that sees IPv6 addresses alone cannot find one by itself. */
import type { WholeCheck } from './whole-check.ts';

export function ipv6DaemonHasRouterId({ dialect, family, routerId, end, error }: WholeCheck): void {
  if (dialect !== 'bird1' || family !== 'ipv6' || routerId) return;
  error(end, 'Router ID must be configured manually on IPv6 routers', 'router id <IPv4 address>;');
}
