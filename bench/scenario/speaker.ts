/**
 * Raw speakers for measuring: the cheapest thing that a daemon takes for a peer. A speaker sends prebuilt UPDATEs and
 * counts what it hears, octet by octet, with one bit for each numbered prefix. It answers nothing and decides nothing.
 */
import { connect, type Socket } from 'node:net';
import { indexOf, type Workload } from './workload.ts';

export interface SpeakerOptions {
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly port: number;
  readonly as: number;
  readonly holdTime?: number;
  /** What is expected to arrive; `undefined`: nothing is counted. */
  readonly expect?: Workload;
}

export class Speaker {
  readonly options: SpeakerOptions;
  #socket: Socket | undefined;
  #pending: Buffer | undefined;
  #keepalive: NodeJS.Timeout | undefined;
  readonly #seen: Uint8Array;
  /** Distinct prefixes that it has now. */
  have = 0;
  /** Prefixes in all messages. */
  announced = 0;
  withdrawn = 0;
  updates = 0;
  octets = 0;
  /** Prefixes that were never sent by anybody. */
  strangers = 0;
  established = false;
  closed = false;
  notification = '';
  onChange: () => void = () => {};

  constructor(options: SpeakerOptions) {
    this.options = options;
    this.#seen = new Uint8Array(((options.expect?.prefixes ?? 0) >> 3) + 1);
  }

  /** Connects until the session is up. */
  async connect(timeoutMs = 60_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      if (await this.#attempt(Math.min(5_000, end - performance.now()))) return;
      if (performance.now() > end)
        throw new Error(`no session with ${this.options.remoteAddress}: ${this.notification}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  #attempt(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const { remoteAddress, localAddress, port } = this.options;
      const socket = connect({ host: remoteAddress, port, localAddress });
      this.#socket = socket;
      this.#pending = undefined;
      socket.setNoDelay(true);
      const timer = setTimeout(() => socket.destroy(), timeoutMs);
      this.onEstablished = () => {
        clearTimeout(timer);
        resolve(true);
      };
      socket.on('connect', () => socket.write(this.#open()));
      socket.on('data', (chunk) => this.#receive(chunk));
      socket.on('error', () => {});
      socket.on('close', () => {
        clearTimeout(timer);
        if (this.#keepalive !== undefined) clearInterval(this.#keepalive);
        if (this.established) this.closed = true;
        resolve(false);
        this.onChange();
      });
    });
  }
  onEstablished: () => void = () => {};

  /** Sends prebuilt chunks, obeying the socket. */
  async send(chunks: readonly Buffer[]): Promise<void> {
    const socket = this.#socket!;
    for (const chunk of chunks) {
      this.octets += chunk.length;
      if (!socket.write(chunk)) {
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
  }

  pause(): void {
    this.#socket?.pause();
  }
  resume(): void {
    this.#socket?.resume();
  }
  close(): void {
    this.#socket?.destroy();
  }

  #open(): Buffer {
    const { as, localAddress, holdTime } = this.options;
    const capabilities = [1, 4, 0, 1, 0, 1, 2, 0, 65, 4, as >>> 24, (as >>> 16) & 255, (as >>> 8) & 255, as & 255];
    const as2 = as > 65535 ? 23456 : as;
    const hold = holdTime ?? 240;
    const body = [4, as2 >> 8, as2 & 255, hold >> 8, hold & 255, ...localAddress.split('.').map(Number)];
    body.push(capabilities.length + 2, 2, capabilities.length, ...capabilities);
    const length = 19 + body.length;
    return Buffer.from([...new Array<number>(16).fill(255), length >> 8, length & 255, 1, ...body]);
  }

  #receive(chunk: Buffer): void {
    const data = this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]);
    let at = 0;
    while (data.length - at >= 19) {
      const length = (data[at + 16]! << 8) | data[at + 17]!;
      if (length < 19) throw new Error('the daemon sent a broken header');
      if (data.length - at < length) break;
      this.#message(data, at, at + length);
      at += length;
    }
    this.#pending = at < data.length ? data.subarray(at) : undefined;
    this.onChange();
  }

  #message(data: Buffer, start: number, end: number): void {
    const type = data[start + 18]!;
    if (type === 2) this.#update(data, start + 19, end);
    else if (type === 1) this.#socket!.write(KEEPALIVE);
    else if (type === 4 && !this.established) {
      this.established = true;
      const interval = Math.max(1, Math.floor((this.options.holdTime ?? 240) / 3));
      this.#keepalive = setInterval(() => this.#socket?.write(KEEPALIVE), interval * 1000);
      this.onEstablished();
    } else if (type === 3) this.notification = `NOTIFICATION ${data[start + 19]}/${data[start + 20]}`;
  }

  #update(data: Buffer, start: number, end: number): void {
    this.updates++;
    const withdrawnEnd = start + 2 + ((data[start]! << 8) | data[start + 1]!);
    this.#prefixes(data, start + 2, withdrawnEnd, false);
    const attributesEnd = withdrawnEnd + 2 + ((data[withdrawnEnd]! << 8) | data[withdrawnEnd + 1]!);
    this.#prefixes(data, attributesEnd, end, true);
    for (let at = withdrawnEnd + 2; at < attributesEnd; ) {
      const long = (data[at]! & 0x10) !== 0;
      const length = long ? (data[at + 2]! << 8) | data[at + 3]! : data[at + 2]!;
      const value = at + (long ? 4 : 3);
      // MP_REACH_NLRI and MP_UNREACH_NLRI of IPv4: some daemons prefer them.
      if (data[at + 1] === 14 && data[value + 1] === 1)
        this.#prefixes(data, value + 5 + data[value + 3]!, value + length, true);
      if (data[at + 1] === 15 && data[value + 1] === 1) this.#prefixes(data, value + 3, value + length, false);
      at = value + length;
    }
  }

  #prefixes(data: Buffer, from: number, end: number, announce: boolean): void {
    const load = this.options.expect;
    if (load === undefined) return;
    let at = from;
    while (at < end) {
      const length = data[at++]!;
      const octets = (length + 7) >> 3;
      let address = 0;
      for (let i = 0; i < 4; i++) address = address * 256 + (i < octets ? data[at + i]! : 0);
      at += octets;
      const index = indexOf(load, address, length);
      if (announce) this.announced++;
      else this.withdrawn++;
      if (index < 0) {
        this.strangers++;
        continue;
      }
      const bit = 1 << (index & 7);
      const was = this.#seen[index >> 3]! & bit;
      if (announce && was === 0) {
        this.#seen[index >> 3]! |= bit;
        this.have++;
      } else if (!announce && was !== 0) {
        this.#seen[index >> 3]! &= ~bit;
        this.have--;
      }
    }
  }
}

const KEEPALIVE = Buffer.from('ffffffffffffffffffffffffffffffff001304', 'hex');
