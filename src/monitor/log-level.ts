/**
 * BIRD sorts log messages into classes, bunyan and syslog into levels. One table says how they correspond; every JSON
 * line carries both, `level` for tools and `class` for those who know BIRD.
 */
import type { LogClass } from '../../config/index.ts';

/** In the order of BIRD's `{ ... }` lists, the least urgent first. */
export const LOG_CLASSES: readonly LogClass[] = [
  'debug',
  'trace',
  'info',
  'remote',
  'warning',
  'error',
  'auth',
  'fatal',
  'bug',
];

/**
 * bunyan's numbers: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. `remote` is about faults of a peer, which
 * an operator wants to see but need not act on at once; `auth` is about somebody who must not be there.
 */
export const BUNYAN_LEVEL: Readonly<Record<LogClass, number>> = {
  debug: 20,
  trace: 10,
  info: 30,
  remote: 40,
  warning: 40,
  error: 50,
  auth: 50,
  fatal: 60,
  bug: 60,
};

/** RFC 5424 section 6.2.1 severities. */
export const SYSLOG_SEVERITY: Readonly<Record<LogClass, number>> = {
  debug: 7,
  trace: 7,
  info: 6,
  remote: 5,
  warning: 4,
  error: 3,
  auth: 5,
  fatal: 2,
  bug: 2,
};

/** RFC 5424 facility `daemon`. */
export const SYSLOG_FACILITY_DAEMON = 3;

/** Those below INFO: the first to be dropped when there is too much. */
export function isChatty(logClass: LogClass): boolean {
  return logClass === 'debug' || logClass === 'trace';
}
