/**
 * A peer made of bare octets: it opens a session with the capabilities it is told, sends what it is given and keeps what
 * it hears. It knows nothing of our codec, so that it can witness against it.
 */
import { connect, type Socket } from 'node:net';

export interface RawSpeakerOptions {
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly port?: number;
  readonly as: number;
  /** Dotted quad. */
  readonly routerId?: string;
  readonly holdTime?: number;
  /** Capability TLVs, concatenated. Default: IPv4 unicast, route refresh, four-octet AS. */
  readonly capabilities?: Buffer;
}

export const MARKER = Buffer.alloc(16, 0xff);

export function message(type: number, body: Buffer): Buffer {
  const length = 19 + body.length;
  return Buffer.concat([MARKER, Buffer.from([length >> 8, length & 255, type]), body]);
}

export function capability(code: number, ...value: number[]): Buffer {
  return Buffer.from([code, value.length, ...value]);
}

export const capabilityIpv4 = capability(1, 0, 1, 0, 1);
export const capabilityIpv6 = capability(1, 0, 2, 0, 1);
export const capabilityRefresh = capability(2);
export const capabilityAs4 = (as: number): Buffer =>
  capability(65, as >>> 24, (as >>> 16) & 255, (as >>> 8) & 255, as & 255);

export class RawSpeaker {
  readonly options: RawSpeakerOptions;
  #socket: Socket | undefined;
  #buffer: Buffer = Buffer.alloc(0);
  #keepalive: NodeJS.Timeout | undefined;
  readonly #waiting: (() => void)[] = [];
  /** Whole messages heard, in order. */
  readonly heard: { readonly type: number; readonly body: Buffer }[] = [];
  established = false;
  closed = false;
  /** Keep KEEPALIVEs out of `heard` and answer them. */
  polite = true;

  constructor(options: RawSpeakerOptions) {
    this.options = options;
  }

  /** Connects (again and again until `timeoutMs`) and waits for the session to be established. */
  async connect(timeoutMs = 20_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      await this.open();
      await this.wait(() => this.established || this.closed, Math.max(1, end - performance.now())).catch(() => {});
      if (this.established) return;
      this.destroy();
      if (performance.now() > end)
        throw new Error(`no session with ${this.options.remoteAddress}: ${this.lastNotification}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Connects once and sends OPEN; the caller sees to the rest. */
  async open(): Promise<void> {
    const { as, localAddress, remoteAddress, port, holdTime } = this.options;
    this.closed = false;
    this.established = false;
    this.#buffer = Buffer.alloc(0);
    const socket = connect({ host: remoteAddress, port: port ?? 179, localAddress });
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => {});
    const closed = (): void => {
      if (this.#socket !== socket) return;
      this.closed = true;
      if (this.#keepalive !== undefined) clearInterval(this.#keepalive);
      this.#wake();
    };
    socket.on('close', closed);
    await new Promise<void>((resolve) => {
      socket.once('connect', () => resolve());
      socket.once('close', () => resolve());
    });
    const capabilities =
      this.options.capabilities ?? Buffer.concat([capabilityIpv4, capabilityRefresh, capabilityAs4(as)]);
    const id = (this.options.routerId ?? (localAddress.includes(':') ? '10.255.255.1' : localAddress))
      .split('.')
      .map(Number);
    const as2 = as > 65535 ? 23456 : as;
    const hold = holdTime ?? 90;
    const options =
      capabilities.length === 0
        ? Buffer.alloc(0)
        : Buffer.concat([Buffer.from([2, capabilities.length]), capabilities]);
    const head = Buffer.from([4, as2 >> 8, as2 & 255, hold >> 8, hold & 255, ...id, options.length]);
    this.write(message(1, Buffer.concat([head, options])));
  }

  write(bytes: Buffer): boolean {
    return this.#socket?.write(bytes) ?? false;
  }

  /** Writes many messages, obeying the socket. */
  async send(messages: Iterable<Buffer>): Promise<void> {
    let batch: Buffer[] = [];
    let size = 0;
    const flush = async (): Promise<void> => {
      const socket = this.#socket!;
      if (batch.length > 0 && !socket.write(Buffer.concat(batch)) && !socket.destroyed) {
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
      batch = [];
      size = 0;
    };
    for (const one of messages) {
      batch.push(one);
      size += one.length;
      if (size > 60_000) await flush();
    }
    await flush();
  }

  /** Waits until `condition` holds; it is asked after each message and at the close. */
  async wait(condition: () => boolean, timeoutMs = 10_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!condition()) {
      const left = end - performance.now();
      if (left <= 0)
        throw new Error(
          `waited ${timeoutMs} ms in vain; heard ${this.heard
            .map((one) => one.type)
            .join(' ')
            .slice(-200)}`,
        );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 500));
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** `code/subcode` and data of the last NOTIFICATION, or ''. */
  get lastNotification(): string {
    const last = this.heard.findLast((one) => one.type === 3);
    return last === undefined ? '' : `${last.body[0]}/${last.body[1]} ${last.body.subarray(2).toString('hex')}`.trim();
  }

  destroy(): void {
    if (this.#keepalive !== undefined) clearInterval(this.#keepalive);
    const socket = this.#socket;
    this.#socket = undefined;
    this.closed = true;
    socket?.destroy();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #receive(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length >= 19) {
      const length = this.#buffer.readUInt16BE(16);
      if (length < 19 || this.#buffer.length < length) break;
      const type = this.#buffer[18]!;
      const body = Buffer.from(this.#buffer.subarray(19, length));
      this.#buffer = this.#buffer.subarray(length);
      if (type !== 4 || !this.polite) this.heard.push({ type, body });
      if (this.polite && type === 1) this.write(message(4, Buffer.alloc(0)));
      if (this.polite && type === 4 && !this.established) {
        this.established = true;
        const hold = this.options.holdTime ?? 90;
        this.#keepalive = setInterval(() => this.write(message(4, Buffer.alloc(0))), Math.max(1, hold / 3) * 1000);
      }
    }
    this.#wake();
  }
}
