/** `show status` and `show memory` as BIRD 2 lays them out. */
import { formatIpv4Word } from '../../../bgp/index.ts';
import type { TimeFormat } from '../../../config/index.ts';
import { escapeText } from '../../monitor/escape.ts';
import type { MemoryUse, MemoryView, StatusView } from '../host.ts';
import { Code, type Lines, left, right, seconds } from './lines.ts';
import { formatTime } from './time.ts';

/** Everything but the last line; `formatDaemonState` is that one (code `StatusReport`). */
export function formatStatus(lines: Lines, status: StatusView, version: string, format: TimeFormat, now: number): void {
  const time = (at: number): string => formatTime(format, at, now);
  lines.line(Code.Version, `BIRD ${version}`);
  lines.line(Code.Uptime, `Router ID is ${formatIpv4Word(status.routerId)}`);
  lines.line(Code.Uptime, `Hostname is ${escapeText(status.hostname)}`);
  lines.line(Code.Uptime, `Current server time is ${time(now)}`);
  lines.line(Code.Uptime, `Last reboot on ${time(status.startedAt)}`);
  lines.line(Code.Uptime, `Last reconfiguration on ${time(status.configuredAt)}`);
  const recovery = status.recovery;
  if (recovery === undefined) return;
  lines.line(Code.GracefulRestart, 'Graceful restart recovery in progress');
  lines.line(Code.GracefulRestart, `  Waiting for ${recovery.waiting} channels to recover`);
  const total = Math.round(recovery.totalMs / 1000);
  lines.line(Code.GracefulRestart, `  Wait timer is ${seconds(recovery.remainingMs)}/${total}`);
}

export function formatDaemonState(state: StatusView['state']): string {
  switch (state) {
    case 'shutdown':
      return 'Shutdown in progress';
    case 'reconfiguring':
      return 'Reconfiguration in progress';
    case 'up':
      return 'Daemon is up and running';
  }
}

export function formatMemory(lines: Lines, memory: MemoryView): void {
  const row = (label: string, use: MemoryUse): void =>
    lines.line(Code.Memory, `${left(label, 17)} ${size(use.effective)}   ${size(use.overhead)}`);
  lines.line(Code.Memory, 'BIRD memory usage');
  lines.line(Code.Memory, `${left('', 17)} Effective    Overhead`);
  row('Routing tables:', memory.routingTables);
  row('Route attributes:', memory.routeAttributes);
  row('Protocols:', memory.protocols);
  row('Current config:', memory.configuration);
  row('Standby memory:', memory.standby);
  row('Total:', memory.total);
}

/** Nine columns: four digits at most before the point, one behind it, the unit. */
function size(octets: number): string {
  let value = octets;
  let unit = 0;
  while (value >= 9999.95 && unit < 4) {
    value /= 1024;
    unit++;
  }
  return `${right(value.toFixed(1), 6)} ${' kMGT'[unit]!}B`;
}
