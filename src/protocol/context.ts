/**
 * What a running protocol may use of the daemon: the tables, time, the scheduler, the log. One object, made by
 * `daemon.ts`; tests make their own.
 */
import type { AttributeTable, InterfaceTable, NextHopTable, SourceTable, UpdateGroups } from '../../rib/index.ts';
import type { LogLimiter } from '../monitor/log-limiter.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import type { Recovery } from './recovery.ts';
import type { RunningProtocol } from './running.ts';
import type { TableRunner } from './table-runner.ts';

export interface ProtocolContext {
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly log: Log;
  /** For lines that a peer can cause: a bounded number of each kind, the rest is counted. */
  readonly limiter: LogLimiter;
  readonly interfaces: InterfaceTable;
  readonly attributes: AttributeTable;
  readonly nextHops: NextHopTable;
  readonly sources: SourceTable;
  readonly recovery: Recovery;
  /** From the start of the daemon until every neighbour has told everything or is known not to be there. */
  readonly firstFeed: Recovery;
  /** Sessions that hear the same share a group here. */
  readonly updateGroups: UpdateGroups;
  /** The daemon's router id (unsigned), 0 while none is known. */
  readonly routerId: number;
  readonly hostname: string;
  /** Throws for an unknown name: configurations are checked before they get here. */
  table(name: string): TableRunner;
  tables(): Iterable<TableRunner>;
  /** A protocol born at run time (a dynamic neighbour); it is listed after the others and started. */
  spawn(child: RunningProtocol): void;
  /** A protocol is in another state now. */
  protocolChanged(protocol: RunningProtocol): void;
  /** The protocol is down for good (removed, or a dynamic child that ended). */
  protocolGone(protocol: RunningProtocol): void;
}
