/**
 * Where finished log lines end: a descriptor, a file, syslog, the network. A sink never throws and never makes the
 * caller wait. What it cannot get rid of in time it drops and counts, because routing goes on when a disk is full, a
 * pipe is not read or a collector is gone.
 */
import type { LogClass } from '../../config/index.ts';

export interface LogSink {
  /** `line` has no line feed. */
  write(line: string, logClass: LogClass): void;
  /** Lines dropped so far. */
  readonly lost: number;
  /** Files are opened again under their name (log rotation from outside); nothing for other sinks. */
  reopen(): void;
  /** What is still queued is written now, in the foreground: the process is about to end. */
  flushSync(): void;
  /** Writes what is queued, for at most a second, and lets go. */
  close(): Promise<void>;
}

/** Makes the line that tells about dropped ones. */
export type LostLine = (count: number, reason: string) => string;
