/**
 * What a running protocol may use of the daemon: the tables, time, the scheduler, the log. One object, made by
 * `daemon.ts`; tests make their own.
 */
import type { LogClass } from '../../config/index.ts';
import type { AttributeTable, InterfaceTable, NextHopTable, SourceTable, UpdateGroups } from '../../rib/index.ts';
import type { LogLimiter } from '../monitor/log-limiter.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Protocol } from './protocol.ts';
import type { Recovery } from './recovery.ts';
import type { TableRunner } from './table-runner.ts';

export interface Clock {
  /** Monotonic milliseconds; every interval and deadline is measured with it. */
  now(): number;
  /** Milliseconds since 1970, for people only. */
  wall(): number;
}

/** Where log lines go. `fields` become properties of the JSON object. */
export interface Log {
  write(logClass: LogClass, text: string, fields?: Readonly<Record<string, unknown>>): void;
}

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
  /** Sessions that hear the same share a group here. */
  readonly updateGroups: UpdateGroups;
  /** The daemon's router id (unsigned), 0 while none is known. */
  readonly routerId: number;
  readonly hostname: string;
  /** Throws for an unknown name: configurations are checked before they get here. */
  table(name: string): TableRunner;
  tables(): Iterable<TableRunner>;
  /** A protocol born at run time (a dynamic neighbour); it is listed after the others and started. */
  spawn(child: Protocol): void;
  /** State, info or a channel of a protocol changed. */
  protocolChanged(protocol: Protocol): void;
  /** The protocol is down for good (removed, or a dynamic child that ended). */
  protocolGone(protocol: Protocol): void;
}
