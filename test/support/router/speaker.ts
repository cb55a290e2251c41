/**
 * A neighbour of the router under test: it dials until it is let in, announces its routes, answers refreshes, and
 * remembers every route that it hears, so that two routers can be compared by what they told. It counts what nobody
 * should have sent: sessions that ended, and announcements of what it knew already.
 */
import type { Socket } from 'node:net';
import {
  capability,
  capabilityAs4,
  capabilityIpv4,
  capabilityIpv6,
  capabilityRefresh,
  message,
} from '../raw-speaker.ts';

/** Who a speaker is and what it announces. */
export interface Voice {
  readonly as: number;
  /** Whether it sends its routes again when it is asked to (RFC 2918), with marks around them (RFC 7313). */
  readonly refresh: 'none' | 'plain' | 'marked';
  /** Bodies of UPDATEs in their order, without End-of-RIB. `pathIds`: prefixes carry path identifiers. */
  updates(version: 4 | 6, pathIds: boolean): Iterable<readonly number[]>;
}

/** Opens a connection to the router from the speaker's address. */
export type Dial = (speaker: number) => Promise<Socket>;

const OPEN = 1;
const UPDATE = 2;
const NOTIFICATION = 3;
const KEEPALIVE = 4;
const ROUTE_REFRESH = 5;
const REDIAL_MS = 25;
const ADD_PATH_RECEIVE = 1;
const ADD_PATH_SEND = 2;

export const u16 = (value: number): number[] => [value >> 8, value & 255];
export const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

/** Length and octets of a prefix, as in NLRI. */
export function networkBytes(prefix: string): number[] {
  const [address = '', length = '0'] = prefix.split('/');
  const bytes: number[] = [];
  if (address.includes(':')) {
    // Only prefixes with `::` at the end are written here.
    for (const group of address.replace('::', '').split(':')) bytes.push(...u16(Number.parseInt(group, 16)));
    while (bytes.length < 16) bytes.push(0);
  } else bytes.push(...address.split('.').map(Number));
  return [Number(length), ...bytes.slice(0, Math.ceil(Number(length) / 8))];
}

export class Speaker {
  readonly n: number;
  /** Sessions that came up, and those that ended. */
  sessions = 0;
  losses = 0;
  updates = 0;
  /** Requests to send everything again. */
  refreshes = 0;
  readonly notifications: string[] = [];
  /** Announcements of a route that stood here as it was announced, withdrawals of what was not here. */
  readonly redundant: string[] = [];
  established = false;
  /** Prefix -> path id -> attributes. */
  readonly #routes = new Map<string, Map<number, string>>();
  readonly #dial: Dial;
  readonly #voice: Voice;
  #socket: Socket | undefined;
  #buffer = Buffer.alloc(0);
  #keepalive: NodeJS.Timeout | undefined;
  #redial: NodeJS.Timeout | undefined;
  #closed = false;
  /** Agreed on by the OPEN that came. */
  #ipv6 = false;
  #sendPathIds = false;
  #receivePathIds = false;

  constructor(n: number, dial: Dial, voice: Voice) {
    this.n = n;
    this.#dial = dial;
    this.#voice = voice;
    void this.#connect();
  }

  /** Every route that the router told, in order; path ids are its own affair. */
  heard(): string[] {
    const lines: string[] = [];
    for (const [prefix, paths] of this.#routes)
      for (const attributes of paths.values()) lines.push(`${prefix} ${attributes}`);
    return lines.sort();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#redial);
    clearInterval(this.#keepalive);
    this.#socket?.destroy();
  }

  async #connect(): Promise<void> {
    const socket = await this.#dial(this.n).catch(() => undefined);
    if (this.#closed || socket === undefined) {
      socket?.destroy();
      return;
    }
    this.#socket = socket;
    this.#buffer = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('close', () => this.#lost());
    this.#open();
  }

  #lost(): void {
    clearInterval(this.#keepalive);
    if (this.established) this.losses++;
    this.established = false;
    this.#routes.clear();
    if (!this.#closed) this.#redial = setTimeout(() => void this.#connect(), REDIAL_MS);
  }

  #write(type: number, body: readonly number[] | Buffer): void {
    this.#socket?.write(message(type, Buffer.from(body)));
  }

  #open(): void {
    const { as } = this.#voice;
    const capabilities = Buffer.concat([
      capabilityIpv4,
      capabilityIpv6,
      capabilityAs4(as),
      ...(this.#voice.refresh === 'none' ? [] : [capabilityRefresh]),
      capability(69, 0, 1, 1, 3),
      ...(this.#voice.refresh === 'marked' ? [capability(70)] : []),
    ]);
    const id = [10, 0, 0, 10 + this.n];
    this.#write(OPEN, [
      4,
      ...u16(as),
      ...u16(90),
      ...id,
      capabilities.length + 2,
      2,
      capabilities.length,
      ...capabilities,
    ]);
  }

  #receive(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length >= 19) {
      const length = this.#buffer.readUInt16BE(16);
      if (this.#buffer.length < length) return;
      const type = this.#buffer[18]!;
      const body = this.#buffer.subarray(19, length);
      this.#buffer = this.#buffer.subarray(length);
      this.#take(type, body);
    }
  }

  #take(type: number, body: Buffer): void {
    switch (type) {
      case OPEN:
        this.#takeOpen(body);
        this.#write(KEEPALIVE, []);
        break;
      case KEEPALIVE:
        if (this.established) break;
        this.established = true;
        this.sessions++;
        this.#keepalive = setInterval(() => this.#write(KEEPALIVE, []), 5_000);
        for (const version of [4, 6] as const) this.#announce(version);
        break;
      case UPDATE:
        this.updates++;
        this.#takeUpdate(body);
        break;
      case NOTIFICATION:
        this.notifications.push(`${body[0]}/${body[1]}`);
        break;
      case ROUTE_REFRESH: {
        if (body[2] !== 0) break;
        this.refreshes++;
        const mark = (subtype: number): void => {
          if (this.#voice.refresh === 'marked') this.#write(ROUTE_REFRESH, [body[0]!, body[1]!, subtype, body[3]!]);
        };
        mark(1);
        this.#announce(body[1] === 2 ? 6 : 4, true);
        mark(2);
        break;
      }
    }
  }

  #takeOpen(body: Buffer): void {
    this.#ipv6 = this.#sendPathIds = this.#receivePathIds = false;
    for (let at = 10; at + 2 <= body.length; at += 2 + body[at + 1]!) {
      if (body[at] !== 2) continue;
      const end = at + 2 + body[at + 1]!;
      for (let i = at + 2; i + 2 <= end; i += 2 + body[i + 1]!) {
        const value = body.subarray(i + 2, i + 2 + body[i + 1]!);
        if (body[i] === 1 && value[1] === 2) this.#ipv6 = true;
        for (let k = 0; body[i] === 69 && k + 4 <= value.length; k += 4) {
          if (value[k + 1] !== 1) continue;
          this.#sendPathIds = (value[k + 3]! & ADD_PATH_RECEIVE) !== 0;
          this.#receivePathIds = (value[k + 3]! & ADD_PATH_SEND) !== 0;
        }
      }
    }
  }

  /** All routes of a family and, the first time, End-of-RIB. */
  #announce(version: 4 | 6, again = false): void {
    if (version === 6 && !this.#ipv6) return;
    for (const body of this.#voice.updates(version, version === 4 && this.#sendPathIds)) this.#write(UPDATE, body);
    if (again) return;
    this.#write(UPDATE, version === 4 ? [0, 0, 0, 0] : [0, 0, 0, 6, 0x80, 15, 3, 0, 2, 1]);
  }

  // ------------------------------------------------------------------------------------------------------- hearing

  #takeUpdate(body: Buffer): void {
    const withdrawnEnd = 2 + body.readUInt16BE(0);
    const attributesStart = withdrawnEnd + 2;
    const attributesEnd = attributesStart + body.readUInt16BE(withdrawnEnd);
    this.#networks(body.subarray(2, withdrawnEnd), 4, (prefix, id) => this.#withdraw(prefix, id));
    const attributes: string[] = [];
    let reach: Buffer | undefined;
    for (let at = attributesStart; at < attributesEnd; ) {
      const long = (body[at]! & 0x10) !== 0;
      const length = long ? body.readUInt16BE(at + 2) : body[at + 2]!;
      const start = at + (long ? 4 : 3);
      const value = body.subarray(start, start + length);
      const code = body[at + 1]!;
      if (code === 15) this.#networks(value.subarray(3), 6, (prefix, id) => this.#withdraw(prefix, id));
      else if (code === 14) reach = value;
      else attributes.push(`${code}=${value.toString('hex')}`);
      at = start + length;
    }
    if (reach !== undefined) {
      const end = 4 + reach[3]!;
      const version = reach[1] === 2 ? 6 : 4;
      const text = [`nexthop=${reach.subarray(4, end).toString('hex')}`, ...attributes].join(' ');
      this.#networks(reach.subarray(end + 1), version, (prefix, id) => this.#learn(prefix, id, text));
    }
    const text = attributes.join(' ');
    this.#networks(body.subarray(attributesEnd), 4, (prefix, id) => this.#learn(prefix, id, text));
  }

  #networks(bytes: Buffer, version: 4 | 6, each: (prefix: string, id: number) => void): void {
    const withIds = version === 4 && this.#receivePathIds;
    for (let at = 0; at < bytes.length; ) {
      const id = withIds ? bytes.readUInt32BE(at) : 0;
      if (withIds) at += 4;
      const octets = Math.ceil(bytes[at]! / 8);
      const network = [...bytes.subarray(at + 1, at + 1 + octets)];
      const name = version === 4 ? network.join('.') : Buffer.from(network).toString('hex');
      each(`${name}/${bytes[at]}`, id);
      at += 1 + octets;
    }
  }

  #learn(prefix: string, id: number, attributes: string): void {
    const paths = this.#routes.get(prefix) ?? new Map<number, string>();
    this.#routes.set(prefix, paths);
    if (paths.get(id) === attributes) this.redundant.push(`announce ${prefix} ${attributes}`);
    paths.set(id, attributes);
  }

  #withdraw(prefix: string, id: number): void {
    const paths = this.#routes.get(prefix);
    if (paths?.delete(id) !== true) this.redundant.push(`withdraw ${prefix}`);
    else if (paths.size === 0) this.#routes.delete(prefix);
  }
}
