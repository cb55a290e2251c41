/** What the socket tests share: a recording handler, a condition that is waited for, loopback addresses. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { type Ip, parseIp } from '../../../bgp/index.ts';
import type { ConnectRequest } from '../../../src/net/socket-options.ts';
import type { Acceptor, IncomingConnection, ListenPlace, Stream, StreamHandler } from '../../../src/net/transport.ts';

export function ip(text: string): Ip {
  const address = parseIp(text);
  assert.ok(address);
  return address;
}

/** Polls until `condition` holds. */
export async function until(what: string, condition: () => boolean, ms = 5000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    assert.ok(Date.now() < end, `in time: ${what}`);
    await delay(2);
  }
}

export class Recorder implements StreamHandler {
  readonly chunks: Uint8Array[] = [];
  isConnected = false;
  writes = 0;
  drains = 0;
  readonly ends: string[] = [];
  connected(): void {
    this.isConnected = true;
  }
  data(chunk: Uint8Array): void {
    this.chunks.push(chunk);
  }
  written(): void {
    this.writes++;
  }
  drained(): void {
    this.drains++;
  }
  closed(text: string): void {
    this.ends.push(text);
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
  get octets(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }
}

export function place(overrides: Partial<ListenPlace> = {}): ListenPlace {
  return { version: 4, address: ip('127.0.0.1'), port: 0, device: undefined, freeBind: false, ...overrides };
}

export function request(overrides: Partial<ConnectRequest> = {}): ConnectRequest {
  return {
    remote: ip('127.0.0.1'),
    port: 1,
    zone: undefined,
    local: undefined,
    password: undefined,
    device: undefined,
    freeBind: false,
    ttl: undefined,
    minTtl: undefined,
    ...overrides,
  };
}

/** Accepts everything into recorders. */
export class Host implements Acceptor {
  readonly remote: Acceptor['remote'];
  readonly local: Ip | undefined;
  readonly zone: string | undefined;
  readonly password: string | undefined;
  readonly ttl: number | undefined;
  readonly minTtl: number | undefined;
  readonly offers: IncomingConnection[] = [];
  readonly handlers: Recorder[] = [];
  readonly connections: Stream[] = [];
  readonly failures: string[] = [];
  /** What to do with an offer. */
  reaction: 'accept' | 'refuse' | 'nothing' = 'accept';
  last: Uint8Array | undefined;

  constructor(remote: Acceptor['remote'], overrides: Partial<Acceptor> = {}) {
    this.remote = remote;
    this.local = overrides.local;
    this.zone = overrides.zone;
    this.password = overrides.password;
    this.ttl = overrides.ttl;
    this.minTtl = overrides.minTtl;
  }
  incoming(offer: IncomingConnection): void {
    this.offers.push(offer);
    if (this.reaction === 'refuse') offer.refuse(this.last);
    if (this.reaction !== 'accept') return;
    const handler = new Recorder();
    this.handlers.push(handler);
    this.connections.push(offer.accept(handler));
  }
  listenFailed(text: string): void {
    this.failures.push(text);
  }
  close(): void {
    for (const connection of this.connections) connection.reset();
  }
}

let nextPort = 20_000 + (process.pid % 20_000);
/** A port that this process has not used yet; whoever else has it makes the test fail with a clear error. */
export function freshPort(): number {
  return nextPort++;
}
