/** How a play reaches the states of the daemon's session, and how it finds out what the daemon made of something. */
import { hex, NEXT_HOP, ORIGIN, toHex } from '../bgp/wire.ts';
import { type Arena, DAEMON_ID, type Neighbor, type RouteRow } from './arena.ts';
import type { Caller } from './caller.ts';
import type { Kind } from './case.ts';
import { asPath, KEEPALIVE, type OpenParts, open, refresh, update } from './octets.ts';

const BEGIN_OR_END_OF_REFRESH = 5;
const END_OF_REFRESH = 2;

/** States in which something unexpected can come. */
export type StateName = 'OpenSent' | 'OpenConfirm' | 'Established';
export const STATES: readonly StateName[] = ['OpenSent', 'OpenConfirm', 'Established'];

export class Stage {
  readonly neighbor: Neighbor;

  constructor(neighbor: Neighbor) {
    this.neighbor = neighbor;
  }

  get kind(): Kind {
    return this.neighbor.kind;
  }
  get arena(): Arena {
    return this.neighbor.arena;
  }
  get as(): number {
    return this.neighbor.as;
  }
  get daemonId(): string {
    return DAEMON_ID;
  }

  /** Prefixes /24 of this neighbour alone, `first` and what `which` adds to it being their first octet. */
  nlri(first: number, ...which: number[]): Buffer {
    const number = Number(this.neighbor.name.slice(1));
    const octets = toHex(Uint8Array.of(number >> 8, number & 255));
    return Buffer.concat(which.map((one) => hex(`18 ${(first + one).toString(16)}${octets}`)));
  }

  /** An OPEN of this neighbour; parts of it changed. */
  open(parts: Partial<OpenParts> = {}): Buffer {
    const { as, id, capabilities, spec } = this.neighbor;
    return open({ as: as > 0xffff ? 23456 : as, id, capabilities, holdTime: spec.holdTime ?? 90, ...parts });
  }

  /** Connected; the daemon's OPEN has come. Tries again while the daemon is not ready. */
  async openSent(): Promise<Caller> {
    const end = performance.now() + 20_000;
    for (;;) {
      const caller = await this.neighbor.dial().catch(() => undefined);
      if (caller !== undefined && (await caller.hears(1, 10_000))) return caller;
      caller?.destroy();
      if (performance.now() > end) throw new Error(`${this.neighbor.name}: the daemon does not talk to us`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** OPENs are exchanged, the daemon has said KEEPALIVE, we have not. */
  async openConfirm(parts: Partial<OpenParts> = {}): Promise<Caller> {
    const caller = await this.openSent();
    caller.write(this.open(parts));
    await this.mustHear(caller, 4, 'KEEPALIVE');
    return caller;
  }

  /** Up: the daemon has sent what it has to say, down to End-of-RIB. */
  async established(parts: Partial<OpenParts> = {}): Promise<Caller> {
    return this.confirm(await this.openConfirm(parts));
  }

  /** From OpenConfirm to Established. */
  async confirm(caller: Caller): Promise<Caller> {
    caller.write(KEEPALIVE);
    await this.mustHear(caller, 2, 'End-of-RIB');
    return caller;
  }

  reach(state: StateName): Promise<Caller> {
    if (state === 'OpenSent') return this.openSent();
    return state === 'OpenConfirm' ? this.openConfirm() : this.established();
  }

  async mustHear(caller: Caller, type: number, what: string): Promise<void> {
    if (!(await caller.hears(type))) throw new Error(`${this.neighbor.name}: ${what} did not come: ${caller.fate}`);
  }

  /**
   * Sends something and tells what follows: `up` if the session still answers afterwards, else how it ended. In
   * OpenSent, `accepted` if the daemon answers with KEEPALIVE.
   */
  async react(state: StateName, caller: Caller, ...bytes: readonly Uint8Array[]): Promise<string> {
    caller.write(...bytes);
    if (state === 'OpenSent') {
      await caller.until(() => caller.count(4) > 0 || caller.ended !== '');
      return caller.ended === '' && caller.count(4) > 0 ? 'accepted' : caller.fate;
    }
    if (state === 'OpenConfirm') caller.write(KEEPALIVE);
    return (await this.answers(caller)) ? 'up' : caller.fate;
  }

  /** True if the session answers a marked route refresh: all that was sent before has been worked on. */
  async answers(caller: Caller, afi = 1): Promise<boolean> {
    const marks = (): number =>
      caller.heard.filter(
        ({ type, body }) => type === BEGIN_OR_END_OF_REFRESH && body[2] === END_OF_REFRESH && body[1] === afi,
      ).length;
    const before = marks();
    caller.write(refresh(0, afi));
    await caller.until(() => marks() > before || caller.ended !== '');
    return caller.ended === '' && marks() > before;
  }

  /** True if a route that comes now gets into the table: all that was sent before has been worked on. */
  async takesRoutes(caller: Caller, as4 = true): Promise<boolean> {
    const number = Number(this.neighbor.name.slice(1));
    const nlri = Uint8Array.of(24, 30, number >> 8, number & 255);
    const path = this.kind === 'iBGP' ? asPath(as4 ? 4 : 2) : asPath(as4 ? 4 : 2, this.as);
    caller.write(update({ attributes: [ORIGIN, path, NEXT_HOP], nlri }));
    const prefix = `30.${number >> 8}.${number & 255}.0/24`;
    const end = performance.now() + 10_000;
    while (caller.ended === '' && performance.now() < end) {
      const found = await this.arena.routes(prefix);
      if (found.some((route) => route.protocol === this.neighbor.name && route.prefix === prefix)) return true;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return false;
  }

  /** Asks until the answer is this one, or for so long; gives the last answer. */
  async becomes(expected: string, ask: () => Promise<string>, timeoutMs = 8000): Promise<string> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const now = await ask();
      if (now === expected || performance.now() > end) return now;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** What the daemon has of this neighbour. */
  routes(): Promise<RouteRow[]> {
    return this.arena.routes(`protocol ${this.neighbor.name}`);
  }

  /** Waits for the end of the connection and tells how it came. */
  async end(caller: Caller, timeoutMs = 20_000): Promise<string> {
    await caller.until(() => caller.ended !== '', timeoutMs);
    return caller.fate;
  }
}
