/**
 * The log of the daemon: bunyan records, one JSON object a line, to every target that the configuration names, and to
 * the sessions of the control socket that asked for them (`echo`).
 *
 *   write(class, text, fields) -> bunyan record -> JSON line -> sinks whose classes match
 *                             `-> echo subscribers (text only)
 *
 * A line has bunyan's fields (name, hostname, pid, level, time, msg, v), `class` (BIRD's word) and whatever `fields`
 * brought. Texts are escaped: nothing that a peer says can end a line or speak to a terminal.
 *
 * Cost: a class that nobody wants costs one bit test. Nothing here throws; see log-sink.ts for what happens when a
 * target does not take what it is given.
 */
import bunyan from 'bunyan';
import type { LogClass, LogTarget } from '../../config/index.ts';
import type { EchoMessage } from '../control/host.ts';
import type { Log } from '../protocol/log.ts';
import { escapeText } from './escape.ts';
import { FileSink } from './file-sink.ts';
import { BUNYAN_LEVEL, LOG_CLASSES } from './log-level.ts';
import type { LogSink } from './log-sink.ts';
import { SyslogSink, UdpSink } from './remote-sink.ts';

/** Names that a field must not take: they are bunyan's and ours. */
const RESERVED = new Set(['name', 'hostname', 'pid', 'level', 'time', 'msg', 'v', 'class']);
/** The bunyan method of each class; see `BUNYAN_LEVEL`. */
const METHOD = {
  debug: 'debug',
  trace: 'trace',
  info: 'info',
  remote: 'warn',
  warning: 'warn',
  error: 'error',
  auth: 'error',
  fatal: 'fatal',
  bug: 'fatal',
} as const satisfies Record<LogClass, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;
/** No field makes a line longer than a reader can take. */
const LONGEST_TEXT = 8192;

interface OpenTarget {
  readonly key: string;
  readonly mask: number;
  readonly sink: LogSink;
  readonly isPlain: boolean;
}

export interface DaemonLogOptions {
  /** Program name in every line and the default syslog tag. */
  readonly name?: string;
  readonly now?: () => number;
  /** Descriptor for `log stderr`. */
  readonly stderr?: number;
  /** Targets besides those that `configure` is given (`-d`, `-D`). */
  readonly extraTargets?: readonly LogTarget[];
  readonly syslogPath?: string;
  /** Lines on standard error are this and the text, for people, instead of JSON. */
  readonly plainPrefix?: string;
}

function maskOf(classes: readonly LogClass[]): number {
  let mask = 0;
  for (const logClass of classes) mask |= 1 << LOG_CLASSES.indexOf(logClass);
  return mask;
}

export class DaemonLog implements Log {
  readonly #name: string;
  readonly #now: () => number;
  readonly #stderr: number;
  readonly #extraTargets: readonly LogTarget[];
  readonly #syslogPath: string;
  readonly #plainPrefix: string | undefined;
  readonly #bunyan: bunyan;
  #targets: OpenTarget[] = [];
  readonly #listeners = new Set<(message: EchoMessage) => void>();
  /** Union of all targets' classes. */
  #wanted = 0;
  #threshold = 0;

  constructor(options: DaemonLogOptions = {}) {
    this.#name = options.name ?? 'peregrined';
    this.#now = options.now ?? Date.now;
    this.#stderr = options.stderr ?? 2;
    this.#extraTargets = options.extraTargets ?? [];
    this.#syslogPath = options.syslogPath ?? '/dev/log';
    this.#plainPrefix = options.plainPrefix;
    const raw = { write: (record: Record<string, unknown>) => this.#emit(record) };
    this.#bunyan = bunyan.createLogger({
      name: this.#name,
      streams: [{ type: 'raw', level: 1, stream: raw as unknown as NodeJS.WritableStream }],
    });
  }

  /**
   * Takes over a list of targets. Those that stay keep what they have queued; files are opened again, so a log that
   * was moved away (logrotate) continues under its name.
   */
  configure(targets: readonly LogTarget[]): void {
    const before = new Map(this.#targets.map((target) => [target.key, target]));
    this.#targets = [...this.#extraTargets, ...targets].map((target) => {
      const { classes, ...where } = target;
      const key = JSON.stringify(where);
      const kept = before.get(key);
      before.delete(key);
      kept?.sink.reopen();
      const isPlain = target.to === 'stderr' && this.#plainPrefix !== undefined;
      return { key, mask: maskOf(classes), sink: kept?.sink ?? this.#open(target), isPlain };
    });
    for (const gone of before.values()) void gone.sink.close();
    this.#wanted = this.#targets.reduce((mask, target) => mask | target.mask, 0);
  }

  /** Lines below this bunyan level are not written anywhere, whatever the targets say. 0: all are. */
  get threshold(): number {
    return this.#threshold;
  }
  set threshold(level: number) {
    this.#threshold = level;
  }

  /** False: nobody would read it. Callers of chatty classes ask before they build a text. */
  wants(logClass: LogClass): boolean {
    if (this.#listeners.size > 0) return true;
    return (this.#wanted & (1 << LOG_CLASSES.indexOf(logClass))) !== 0 && BUNYAN_LEVEL[logClass] >= this.#threshold;
  }

  write(logClass: LogClass, text: string, fields?: Readonly<Record<string, unknown>>): void {
    if (!this.wants(logClass)) return;
    const safe = escapeText(text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}...` : text);
    for (const listener of this.#listeners) listener({ class: logClass, text: safe });
    if ((this.#wanted & (1 << LOG_CLASSES.indexOf(logClass))) === 0) return;
    if (BUNYAN_LEVEL[logClass] < this.#threshold) return;
    const record: Record<string, unknown> = { class: logClass };
    if (fields !== undefined) {
      for (const key of Object.keys(fields)) record[RESERVED.has(key) ? `${key}_` : key] = fields[key];
    }
    this.#bunyan[METHOD[logClass]](record, safe);
  }

  /** Every later message, until the returned function is called. The listener must neither throw nor log. */
  subscribe(listener: (message: EchoMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Lines that targets dropped since they were opened. */
  get lost(): number {
    return this.#targets.reduce((sum, target) => sum + target.sink.lost, 0);
  }

  flushSync(): void {
    for (const target of this.#targets) target.sink.flushSync();
  }

  async close(): Promise<void> {
    const targets = this.#targets;
    this.#targets = [];
    this.#wanted = 0;
    await Promise.all(targets.map((target) => target.sink.close()));
  }

  #emit(record: Record<string, unknown>): void {
    const logClass = record['class'] as LogClass;
    const bit = 1 << LOG_CLASSES.indexOf(logClass);
    let line: string | undefined;
    for (const { mask, sink, isPlain } of this.#targets) {
      if ((mask & bit) === 0) continue;
      if (isPlain) {
        sink.write(`${this.#plainPrefix}${String(record['msg'])}`, logClass);
        continue;
      }
      line ??= stringify(record);
      sink.write(line, logClass);
    }
  }

  #open(target: LogTarget): LogSink {
    const lostLine = (count: number, reason: string): string =>
      stringify({
        name: this.#name,
        pid: process.pid,
        level: BUNYAN_LEVEL.warning,
        class: 'warning',
        lost: count,
        msg: `${count} log lines were lost: ${reason}`,
        time: new Date(this.#now()),
        v: 0,
      });
    switch (target.to) {
      case 'stderr': {
        const prefix = this.#plainPrefix;
        const plainLost = (count: number): string => `${prefix}... (${count} lines were lost)`;
        return new FileSink({ target: this.#stderr, lostLine: prefix === undefined ? lostLine : plainLost });
      }
      case 'file':
        return new FileSink({ target: target.path, limitBytes: target.limitBytes, backup: target.backup, lostLine });
      case 'syslog':
        return new SyslogSink(target.name ?? this.#name, this.#syslogPath, this.#now);
      case 'udp':
        return new UdpSink(this.#name, target.address, target.port, this.#now);
    }
  }
}

/** JSON of a record, whatever is in it: cycles, BigInts, texts from outside. */
function stringify(record: Record<string, unknown>): string {
  const cycles = bunyan.safeCycles();
  return JSON.stringify(record, (key, value: unknown) => {
    if (typeof value === 'string')
      return escapeText(value.length > LONGEST_TEXT ? value.slice(0, LONGEST_TEXT) : value);
    if (typeof value === 'bigint') return String(value);
    return (cycles as (key: string, value: unknown) => unknown)(key, value);
  });
}
