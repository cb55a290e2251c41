/**
 * Log lines to a file or an inherited descriptor, written in the background: one write at a time, many lines a write.
 *
 *   write() -> queue (bounded) -> chunk -> fs.write
 *                                   `-- limit reached: rename to the backup, open anew
 *
 * Invariants: at most `QUEUE_LIMIT` octets wait; a file never grows beyond its limit by more than one chunk; after a
 * failed write (disk full) the file goes on with a whole line, the first one saying how many were lost.
 */
import fs from 'node:fs';
import { promisify } from 'node:util';
import type { LogSink, LostLine } from './log-sink.ts';

/** Octets that may wait for a slow disk or reader. */
const QUEUE_LIMIT = 4 * 1024 * 1024;
const CHUNK = 64 * 1024;
/** Pause after a failure before the next attempt. */
const RETRY_MS = 1000;
/** A descriptor that is full (a pipe shared with somebody who made it non-blocking). */
const BUSY_MS = 50;

const open = promisify(fs.open);
const close = promisify(fs.close);
const rename = promisify(fs.rename);
const fstat = promisify(fs.fstat);
const ftruncate = promisify(fs.ftruncate);

export interface FileSinkOptions {
  /** A path, or a descriptor that somebody else owns (2). */
  readonly target: string | number;
  readonly limitBytes?: number | undefined;
  readonly backup?: string | undefined;
  readonly lostLine: LostLine;
}

export class FileSink implements LogSink {
  readonly #options: FileSinkOptions;
  #fd: number | undefined;
  #size = 0;
  #queue: string[] = [];
  #queuedOctets = 0;
  #lost = 0;
  /** Lost and not told yet, and why; told with the next write that succeeds. */
  #untold = 0;
  #reason = '';
  /** The last write ended inside a line. */
  #midLine = false;
  #running = false;
  #reopen = false;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  constructor(options: FileSinkOptions) {
    this.#options = options;
    if (typeof options.target === 'number') this.#fd = options.target;
  }

  get lost(): number {
    return this.#lost;
  }

  write(line: string): void {
    if (this.#closed || this.#queuedOctets + line.length > QUEUE_LIMIT) {
      this.#drop(1, 'too many at once');
      return;
    }
    this.#queue.push(line);
    this.#queuedOctets += line.length;
    this.#start();
  }

  reopen(): void {
    if (typeof this.#options.target === 'string') this.#reopen = true;
  }

  flushSync(): void {
    if (this.#fd === undefined || this.#queue.length === 0) return;
    const text = `${this.#queue.join('\n')}\n`;
    this.#queue = [];
    this.#queuedOctets = 0;
    try {
      fs.writeSync(this.#fd, text);
    } catch {
      // The process ends; there is nobody left to tell.
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running && this.#retry === undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.#idle.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    if (this.#retry !== undefined) clearTimeout(this.#retry);
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined && typeof this.#options.target === 'string') await close(fd).catch(() => {});
  }

  #drop(lines: number, reason: string): void {
    this.#lost += lines;
    this.#untold += lines;
    this.#reason = reason;
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#pump();
  }

  /** Writes until the queue is empty, or until something fails. */
  async #pump(): Promise<void> {
    while (this.#queue.length > 0) {
      const { chunk, lines, told } = this.#take();
      try {
        await this.#writeChunk(Buffer.from(chunk));
        this.#untold -= told;
      } catch (error) {
        this.#drop(lines, (error as NodeJS.ErrnoException).code ?? String(error));
        if (this.#closed) break;
        this.#retry = setTimeout(() => {
          this.#retry = undefined;
          void this.#pump();
        }, RETRY_MS);
        // A log that cannot be written keeps no process alive.
        this.#retry.unref();
        return;
      }
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** The next lines, with a line in front about those that were lost (`told` of them). */
  #take(): { readonly chunk: string; readonly lines: number; readonly told: number } {
    let octets = 0;
    let lines = 0;
    while (lines < this.#queue.length && octets < CHUNK) {
      octets += this.#queue[lines]!.length + 1;
      lines++;
    }
    const taken = this.#queue.splice(0, lines);
    for (const line of taken) this.#queuedOctets -= line.length;
    const told = this.#untold;
    if (told > 0) taken.unshift(this.#options.lostLine(told, this.#reason));
    return { chunk: `${this.#midLine ? '\n' : ''}${taken.join('\n')}\n`, lines, told };
  }

  /** Throws what the system says. */
  async #writeChunk(chunk: Buffer): Promise<void> {
    const fd = await this.#ready(chunk.length);
    for (let at = 0; at < chunk.length; ) {
      try {
        const written = await writeSome(fd, chunk, at);
        at += written;
        this.#size += written;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
          if (at > 0) this.#midLine = chunk[at - 1] !== 10;
          throw error;
        }
        if (this.#closed) throw error;
        await new Promise((resolve) => setTimeout(resolve, BUSY_MS).unref());
      }
    }
    this.#midLine = false;
  }

  /** The descriptor to write to, with room for so many octets. */
  async #ready(octets: number): Promise<number> {
    const { target, limitBytes, backup } = this.#options;
    if (typeof target === 'number') return target;
    const full = limitBytes !== undefined && this.#size > 0 && this.#size + octets > limitBytes;
    if (this.#fd !== undefined && (full || this.#reopen)) {
      await close(this.#fd).catch(() => {});
      this.#fd = undefined;
    }
    this.#reopen = false;
    if (full && backup !== undefined) await rename(target, backup).catch(() => {});
    if (this.#fd === undefined) {
      this.#fd = await open(target, 'a', 0o640);
      this.#size = (await fstat(this.#fd)).size;
      if (limitBytes !== undefined && this.#size > 0 && this.#size + octets > limitBytes) {
        // Either it was full when we came, or it could not be renamed: the limit counts more than old lines.
        if (!full && backup !== undefined) return this.#ready(octets);
        await ftruncate(this.#fd, 0);
        this.#size = 0;
      }
    }
    return this.#fd;
  }
}

function writeSome(fd: number, chunk: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(fd, chunk, at, chunk.length - at, null, (error, written) => (error ? reject(error) : resolve(written)));
  });
}
