/**
 * Raw speakers for measuring: the cheapest thing that a daemon takes for a peer. A speaker sends prebuilt UPDATEs, counts
 * what it hears with one bit for each numbered prefix, and keeps the octets for the audit. It decides nothing.
 */
import { connect, type Socket } from 'node:net';
import type { Numbering } from './numbering.ts';
import { MessageReader, walkUpdate } from './update-reader.ts';

export interface SpeakerOptions {
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly as: number;
  readonly holdTime?: number;
  /** Octets of an AS number that it speaks. */
  readonly asWidth?: 2 | 4;
  /** What is expected to arrive; `undefined`: nothing is counted. */
  readonly expect?: Numbering;
  /** Hears of every prefix that is expected. */
  readonly onPrefix?: (index: number, announced: boolean) => void;
}

const KEEPALIVE = Buffer.from('ffffffffffffffffffffffffffffffff001304', 'hex');

export class Speaker {
  readonly options: SpeakerOptions;
  /** Distinct prefixes that it has now. */
  have = 0;
  /** Prefixes in all messages, and messages with prefixes. */
  prefixes = 0;
  updates = 0;
  /** When the last prefix came. */
  lastPrefixAt = 0;
  /** Octets that came since they were taken. */
  heard: Buffer[] = [];
  established = false;
  closed = false;
  notification = '';
  /** When anything came last, and the longest time without anything while the session was up. */
  lastHeardAt = 0;
  longestSilenceMs = 0;
  #socket: Socket | undefined;
  #reader = new MessageReader();
  #keepalive: NodeJS.Timeout | undefined;
  readonly #seen: Uint8Array;
  readonly #take: (address: number, length: number, announced: boolean) => void;

  constructor(options: SpeakerOptions) {
    this.options = options;
    const { expect, onPrefix } = options;
    this.#seen = new Uint8Array(((expect?.count ?? 0) >> 3) + 1);
    this.#take = (address, length, announced) => {
      const index = expect!.indexOf(address, length);
      this.prefixes++;
      // The audit finds strangers.
      if (index < 0) return;
      onPrefix?.(index, announced);
      const bit = 1 << (index & 7);
      const seen = this.#seen[index >> 3]!;
      if (announced === ((seen & bit) !== 0)) return;
      this.#seen[index >> 3] = seen ^ bit;
      this.have += announced ? 1 : -1;
    };
  }

  /** Connects until the session is up. */
  async connect(timeoutMs = 60_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      if (await this.#attempt(Math.min(5_000, end - performance.now()))) return;
      if (performance.now() > end) {
        throw new Error(`no session with ${this.options.remoteAddress}: ${this.notification}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  /** Sends prebuilt chunks, obeying the socket. */
  async send(chunks: readonly Buffer[]): Promise<void> {
    const socket = this.#socket!;
    for (const chunk of chunks) {
      if (socket.write(chunk)) continue;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          socket.off('drain', done);
          socket.off('close', done);
          resolve();
        };
        socket.on('drain', done);
        socket.on('close', done);
      });
    }
  }

  has(index: number): boolean {
    return (this.#seen[index >> 3]! & (1 << (index & 7))) !== 0;
  }

  /** Stops reading, and goes on: what a peer that is stuck looks like. It still sends keepalives. */
  pause(): void {
    this.#socket?.pause();
  }
  resume(): void {
    this.#socket?.resume();
  }

  close(): void {
    this.#socket?.destroy();
  }

  #attempt(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const { remoteAddress, localAddress } = this.options;
      const socket = connect({ host: remoteAddress, port: 179, localAddress });
      this.#socket = socket;
      this.#reader = new MessageReader();
      this.heard = [];
      socket.setNoDelay(true);
      const timer = setTimeout(() => socket.destroy(), timeoutMs);
      this.#onEstablished = () => {
        clearTimeout(timer);
        resolve(true);
      };
      socket.on('connect', () => socket.write(this.#open()));
      socket.on('data', (chunk) => {
        const now = performance.now();
        if (this.established) this.longestSilenceMs = Math.max(this.longestSilenceMs, now - this.lastHeardAt);
        this.lastHeardAt = now;
        if (this.options.expect !== undefined) this.heard.push(chunk);
        this.#reader.push(chunk, (data, start, end) => this.#message(data, start, end));
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        clearTimeout(timer);
        clearInterval(this.#keepalive);
        if (this.established) this.closed = true;
        resolve(false);
      });
    });
  }
  #onEstablished: () => void = () => {};

  #open(): Buffer {
    const { as, localAddress, holdTime, asWidth } = this.options;
    const capabilities = [1, 4, 0, 1, 0, 1, 2, 0];
    if (asWidth !== 2) capabilities.push(65, 4, as >>> 24, (as >>> 16) & 255, (as >>> 8) & 255, as & 255);
    const as2 = as > 65535 ? 23456 : as;
    const hold = holdTime ?? 240;
    const body = [4, as2 >> 8, as2 & 255, hold >> 8, hold & 255, ...localAddress.split('.').map(Number)];
    body.push(capabilities.length + 2, 2, capabilities.length, ...capabilities);
    const length = 19 + body.length;
    return Buffer.from([...new Array<number>(16).fill(255), length >> 8, length & 255, 1, ...body]);
  }

  #message(data: Buffer, start: number, end: number): void {
    const type = data[start + 18]!;
    if (type === 2) {
      if (this.options.expect === undefined) return;
      const before = this.prefixes;
      walkUpdate(data, start, end, this.#take);
      if (this.prefixes === before) return;
      this.updates++;
      this.lastPrefixAt = this.lastHeardAt;
    } else if (type === 1) this.#socket!.write(KEEPALIVE);
    else if (type === 4 && !this.established) {
      this.established = true;
      const interval = Math.max(1, Math.floor((this.options.holdTime ?? 240) / 3));
      this.#keepalive = setInterval(() => this.#socket?.write(KEEPALIVE), interval * 1000);
      this.#onEstablished();
    } else if (type === 3) this.notification = `NOTIFICATION ${data[start + 19]}/${data[start + 20]}`;
  }
}
