/**
 * Log lines to syslog and to a collector on the network. Both are datagrams: they arrive or they do not, and nobody
 * waits for them.
 *
 *   /dev/log   <PRI>Mmm dd hh:mm:ss NAME[PID]: line                             (the form of syslog(3))
 *   UDP        <PRI>1 2026-01-02T03:04:05.678Z HOST NAME PID CLASS - line       (RFC 5424 section 6)
 */
import dgram from 'node:dgram';
import os from 'node:os';
import type { LogClass } from '../../config/index.ts';
import { SYSLOG_FACILITY_DAEMON, SYSLOG_SEVERITY } from './log-level.ts';
import type { LogSink } from './log-sink.ts';
import { UnixDatagram } from './unix-datagram.ts';

/** Pause before a lost /dev/log is looked for again. */
const RECONNECT_MS = 5000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function priority(logClass: LogClass): number {
  return SYSLOG_FACILITY_DAEMON * 8 + SYSLOG_SEVERITY[logClass];
}

export class SyslogSink implements LogSink {
  readonly #name: string;
  readonly #path: string;
  readonly #now: () => number;
  #socket: UnixDatagram | undefined;
  #retryAt = 0;
  #lost = 0;

  constructor(name: string, path = '/dev/log', now: () => number = Date.now) {
    this.#name = name.replace(/[^!-~]/g, '_').slice(0, 48);
    this.#path = path;
    this.#now = now;
  }

  get lost(): number {
    return this.#lost;
  }

  write(line: string, logClass: LogClass): void {
    const now = this.#now();
    if (this.#socket === undefined) {
      if (now < this.#retryAt) {
        this.#lost++;
        return;
      }
      this.#socket = UnixDatagram.connect(this.#path);
    }
    const time = new Date(now);
    const clock = time.toTimeString().slice(0, 8);
    const stamp = `${MONTHS[time.getMonth()]} ${String(time.getDate()).padStart(2, ' ')} ${clock}`;
    const text = `<${priority(logClass)}>${stamp} ${this.#name}[${process.pid}]: ${line}`;
    if (this.#socket?.send(Buffer.from(text)) === true) return;
    this.#lost++;
    this.#socket?.close();
    this.#socket = undefined;
    this.#retryAt = now + RECONNECT_MS;
  }

  reopen(): void {
    this.#retryAt = 0;
  }
  flushSync(): void {}
  close(): Promise<void> {
    this.#socket?.close();
    this.#socket = undefined;
    return Promise.resolve();
  }
}

export class UdpSink implements LogSink {
  readonly #name: string;
  readonly #address: string;
  readonly #port: number;
  readonly #host: string;
  readonly #now: () => number;
  #socket: dgram.Socket | undefined;
  #lost = 0;

  constructor(name: string, address: string, port: number, now: () => number = Date.now) {
    this.#name = name.replace(/[^!-~]/g, '_').slice(0, 48);
    this.#address = address;
    this.#port = port;
    this.#host = os.hostname().replace(/[^!-~]/g, '_') || '-';
    this.#now = now;
    this.#socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
    this.#socket.on('error', () => this.#lost++);
    this.#socket.unref();
  }

  get lost(): number {
    return this.#lost;
  }

  write(line: string, logClass: LogClass): void {
    const socket = this.#socket;
    if (socket === undefined) {
      this.#lost++;
      return;
    }
    const time = new Date(this.#now()).toISOString();
    const text = `<${priority(logClass)}>1 ${time} ${this.#host} ${this.#name} ${process.pid} ${logClass} - ${line}`;
    socket.send(text, this.#port, this.#address, (error) => {
      if (error) this.#lost++;
    });
  }

  reopen(): void {}
  flushSync(): void {}
  close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    return new Promise((resolve) => (socket === undefined ? resolve() : socket.close(() => resolve())));
  }
}
