/** `show status` and `show memory` in the layout of BIRD 1. */
import { formatIpv4Word } from '../../../../bgp/index.ts';
import type { TimeFormat } from '../../../../config/index.ts';
import type { MemoryUse, MemoryView, StatusView } from '../../host.ts';
import { Code, type Lines, left, right } from '../lines.ts';
import { formatTime } from '../time.ts';
import { wholeSeconds } from './words.ts';

export function status(lines: Lines, view: StatusView, version: string, format: TimeFormat, now: number): void {
  lines.line(Code.Version, `BIRD ${version}`);
  lines.line(Code.Uptime, `Router ID is ${formatIpv4Word(view.routerId)}`);
  lines.line(Code.Uptime, `Current server time is ${formatTime(format, now, now)}`);
  lines.line(Code.Uptime, `Last reboot on ${formatTime(format, view.startedAt, now)}`);
  lines.line(Code.Uptime, `Last reconfiguration on ${formatTime(format, view.configuredAt, now)}`);
  const { recovery } = view;
  if (recovery === undefined) return;
  lines.line(Code.GracefulRestart, 'Graceful restart recovery in progress');
  lines.line(Code.GracefulRestart, `  Waiting for ${recovery.waiting} protocols to recover`);
  const total = wholeSeconds(recovery.totalMs);
  lines.line(Code.GracefulRestart, `  Wait timer is ${wholeSeconds(recovery.remainingMs)}/${total}`);
}

export function memory(lines: Lines, view: MemoryView): void {
  const row = (label: string, octets: number): void => lines.line(Code.Memory, `${left(label, 17)} ${size(octets)}`);
  lines.line(Code.Memory, 'BIRD memory usage');
  row('Routing tables:', all(view.routingTables));
  row('Route attributes:', all(view.routeAttributes));
  // There are none in this dialect; programs look for the row.
  row('ROA tables:', 0);
  row('Protocols:', all(view.protocols));
  row('Total:', all(view.total));
}

function all(use: MemoryUse): number {
  return use.effective + use.overhead;
}

/** At most four digits and the unit. */
function size(octets: number): string {
  let value = octets;
  let unit = 0;
  while (value >= 10_000 && unit < 3) {
    value = Math.floor((value + 512) / 1024);
    unit++;
  }
  return `${right(Math.round(value), 4)} ${' kMG'[unit]!}B`;
}
