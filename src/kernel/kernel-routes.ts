/**
 * Routes of the Linux kernel over rtnetlink. All tables share three sockets: changes with their answers, dumps, and
 * notifications of what others do.
 *
 * How a change becomes messages (measured rules of the kernel behind it):
 *
 *   none -> new            NEWROUTE create, exclusive: fails where somebody has the same prefix and metric
 *   old -> none            DELROUTE with our protocol number: never removes a foreign route; missing is fine
 *   old -> new             same metric: NEWROUTE replace, without a gap. IPv6 replaces in place only what has gateways
 *                          on both sides; the rest is removed and added in one datagram
 *   old -> new metric      another metric is another route: add, then remove. IPv4 metric 0 cannot be named in a
 *                          removal (0 matches any), so there the old one goes first
 *
 * EEXIST says nothing about the owner. The answer to it is a removal that only fits a route of ours, then the addition
 * again: what refuses it now is foreign and is left alone.
 */
import type { FibBodies } from './fib-body.ts';
import { FibBodies as Bodies } from './fib-body.ts';
import type { FibListener, FibScan, FibTable, FibTableOptions, KernelFib } from './kernel-fib.ts';
import { DumpQueue } from './netlink/dump.ts';
import { errnoText, routeFailure } from './netlink/error.ts';
import { RequestQueue } from './netlink/requests.ts';
import {
  type Destination,
  encodeDelRoute,
  encodeDumpRoutes,
  encodeNewRoute,
  ROUTE_MESSAGE_ROOM,
  RouteMessage,
  RouteProtocol,
} from './netlink/route.ts';
import { NetlinkSocket } from './netlink/socket.ts';
import { AF_INET, AF_INET6, MessageCursor, MessageFlag, MessageType, RouteGroup } from './netlink/wire.ts';

/** Changes under way at most. Each has up to three messages at a time: what the request queue holds is never full. */
const CHANGES_MAX = 340;
/** Takes the notifications of a flush of 50,000 routes before the first of them is read. */
const EVENT_BUFFER_OCTETS = 32 << 20;

const ADD = MessageFlag.Request | MessageFlag.Create | MessageFlag.Exclusive;
const REPLACE = MessageFlag.Request | MessageFlag.Create | MessageFlag.Replace;
const REMOVE = MessageFlag.Request;

/** Low bits of the tag of a message; the rest is the slot of its change. */
const DECIDES = 1;
const LAST = 2;

/** What the deciding message of a change does. */
const Step = { Add: 0, AddAgain: 1, Replace: 2, Remove: 3, GiveUp: 4 } as const;

export class KernelRoutes implements KernelFib {
  readonly programs = true;
  readonly bodies: FibBodies = new Bodies();
  readonly #log: (text: string) => void;
  readonly #tables = new Set<NetlinkTable>();
  #requests: RequestQueue | undefined;
  #dumps: DumpQueue | undefined;
  #events: NetlinkSocket | undefined;
  #eventBufferOctets = 0;
  readonly #route = new RouteMessage();
  readonly #cursor = new MessageCursor();

  // One change under way: columns by slot.
  readonly #changeTable: (NetlinkTable | undefined)[] = new Array(CHANGES_MAX).fill(undefined);
  readonly #changeRow = new Uint32Array(CHANGES_MAX);
  readonly #changeOld = new Uint32Array(CHANGES_MAX);
  readonly #changeNext = new Uint32Array(CHANGES_MAX);
  readonly #changeStep = new Uint8Array(CHANGES_MAX);
  readonly #changeErrno = new Int32Array(CHANGES_MAX);
  readonly #changeWords = new Uint32Array(4 * CHANGES_MAX);
  readonly #changeLength = new Uint8Array(CHANGES_MAX);
  /** The kernel's words about the deciding message, where it failed. */
  readonly #changeText = new Map<number, string>();
  readonly #freeSlots = Uint16Array.from({ length: CHANGES_MAX }, (_, i) => CHANGES_MAX - 1 - i);
  #freeCount = CHANGES_MAX;
  #starved = false;

  /** `log` hears of lost sockets. Throws if the system has no netlink sockets. */
  constructor(log: (text: string) => void) {
    this.#log = log;
    this.#openSockets();
  }

  get room(): number {
    const room = this.#requests === undefined ? 0 : this.#freeCount;
    if (room === 0) this.#starved = true;
    return room;
  }

  get requests(): RequestQueue | undefined {
    return this.#requests;
  }

  get dumps(): DumpQueue | undefined {
    return this.#dumps;
  }

  open(options: FibTableOptions, listener: FibListener): FibTable {
    const table = new NetlinkTable(this, options, listener);
    this.#tables.add(table);
    const wanted = options.receiveBufferOctets || EVENT_BUFFER_OCTETS;
    if (this.#events === undefined || wanted > this.#eventBufferOctets) this.#openEvents(wanted);
    return table;
  }

  close(): void {
    for (const table of this.#tables) table.close();
    this.#requests?.close();
    this.#dumps?.close();
    this.#events?.close();
    this.#requests = this.#dumps = this.#events = undefined;
  }

  forget(table: NetlinkTable): void {
    this.#tables.delete(table);
    // Answers to what it still has under way go nowhere; the references of its bodies come back.
    for (let slot = 0; slot < CHANGES_MAX; slot++) {
      if (this.#changeTable[slot] === table) this.#changeTable[slot] = undefined;
    }
  }

  #openSockets(): void {
    this.#requests = new RequestQueue({
      answered: (tag, errno, text) => this.#answered(tag, errno, text),
      uncertain: () => this.#lost(),
      idle: () => this.#ready(),
      failed: (error) => this.#reopen(error),
    });
    this.#dumps = new DumpQueue((error) => this.#reopen(error));
  }

  #openEvents(octets: number): void {
    this.#events?.close();
    this.#eventBufferOctets = octets;
    this.#events = new NetlinkSocket(
      {
        datagram: (bytes) => this.#notified(bytes),
        overrun: () => this.#lost(),
        failed: (error) => this.#reopen(error),
      },
      {
        role: 'events',
        receiveBufferOctets: octets,
        groups: [RouteGroup.Ipv4Route, RouteGroup.Ipv6Route],
        ...(this.#requests === undefined ? {} : { muted: this.#requests.port }),
      },
    );
  }

  /** A socket went away under us: start over with new ones, and look at everything again. */
  #reopen(error: Error): void {
    this.#log(`Netlink: ${error.message}`);
    const old = [this.#requests, this.#dumps, this.#events];
    this.#requests = this.#dumps = this.#events = undefined;
    for (const socket of old) socket?.close();
    setTimeout(() => {
      if (this.#tables.size === 0 || this.#requests !== undefined) return;
      try {
        this.#openSockets();
        this.#openEvents(this.#eventBufferOctets);
      } catch (again) {
        this.#reopen(again as Error);
        return;
      }
      this.#lost();
      this.#ready();
    }, 1000).unref();
  }

  #lost(): void {
    for (const table of this.#tables) table.listener.lost();
  }

  #ready(): void {
    // Answers may have led to second attempts.
    this.#requests?.flush();
    if (!this.#starved) return;
    this.#starved = false;
    for (const table of this.#tables) table.listener.ready();
  }

  #notified(bytes: Uint8Array): void {
    const cursor = this.#cursor;
    const route = this.#route;
    cursor.open(bytes);
    while (cursor.advance()) {
      if (cursor.type !== MessageType.NewRoute && cursor.type !== MessageType.DelRoute) continue;
      if (cursor.port === this.#requests?.port) continue;
      if (!route.decode(bytes, cursor.bodyStart, cursor.bodyEnd)) continue;
      for (const table of this.#tables) {
        if (!table.owns(route)) continue;
        if (cursor.type === MessageType.DelRoute) table.listener.noticed(route, 'removed');
        else table.listener.noticed(route, (cursor.flags & MessageFlag.Replace) !== 0 ? 'replaced' : 'added');
      }
    }
  }

  // ----------------------------------------------------------------------------------------------------- changes

  change(table: NetlinkTable, row: number, to: Destination, old: number, next: number): void {
    const slot = this.#freeSlots[--this.#freeCount]!;
    this.#changeTable[slot] = table;
    this.#changeRow[slot] = row;
    this.#changeOld[slot] = old;
    this.#changeNext[slot] = next;
    this.#changeErrno[slot] = 0;
    this.#changeWords[4 * slot] = to.word0;
    this.#changeWords[4 * slot + 1] = to.word1;
    this.#changeWords[4 * slot + 2] = to.word2;
    this.#changeWords[4 * slot + 3] = to.word3;
    this.#changeLength[slot] = to.length;
    if (next === 0) {
      this.#changeStep[slot] = Step.Remove;
      this.#remove(slot, table, to, old, DECIDES | LAST);
    } else if (old === 0) {
      this.#changeStep[slot] = Step.Add;
      this.#add(slot, table, to, next, ADD, DECIDES | LAST);
    } else {
      this.#changeBoth(slot, table, to, old, next);
    }
  }

  #changeBoth(slot: number, table: NetlinkTable, to: Destination, old: number, next: number): void {
    const before = this.bodies.get(old);
    const after = this.bodies.get(next);
    const v4 = to.family === AF_INET;
    if (before.metric === after.metric && (v4 || (before.viaGateways && after.viaGateways))) {
      this.#changeStep[slot] = Step.Replace;
      this.#add(slot, table, to, next, REPLACE, DECIDES | LAST);
      return;
    }
    this.#changeStep[slot] = Step.Add;
    if (before.metric === after.metric || (v4 && before.metric === 0)) {
      this.#remove(slot, table, to, old, 0);
      this.#add(slot, table, to, next, ADD, DECIDES | LAST);
    } else {
      this.#add(slot, table, to, next, ADD, DECIDES);
      this.#remove(slot, table, to, old, LAST);
    }
  }

  #add(slot: number, table: NetlinkTable, to: Destination, next: number, flags: number, tag: number): void {
    const body = this.bodies.get(next);
    const requests = this.#requests!;
    const writer = requests.begin(ROUTE_MESSAGE_ROOM + body.attributes.length);
    encodeNewRoute(
      writer,
      flags,
      requests.sequence,
      to,
      table.number,
      RouteProtocol.Bird,
      body.scope,
      body.type,
      body.flags,
      body.attributes,
    );
    requests.finish((slot << 2) | tag);
  }

  #remove(slot: number, table: NetlinkTable, to: Destination, old: number, tag: number): void {
    const requests = this.#requests!;
    const writer = requests.begin(ROUTE_MESSAGE_ROOM);
    const { metric } = this.bodies.get(old);
    encodeDelRoute(writer, REMOVE, requests.sequence, to, table.number, RouteProtocol.Bird, metric);
    requests.finish((slot << 2) | tag);
  }

  #answered(tag: number, errno: number, text: string): void {
    const slot = tag >>> 2;
    if ((tag & DECIDES) !== 0) {
      this.#changeErrno[slot] = errno;
      if (text !== '') this.#changeText.set(slot, text);
    }
    if ((tag & LAST) !== 0) this.#settle(slot);
  }

  #settle(slot: number): void {
    const table = this.#changeTable[slot];
    const errno = this.#changeErrno[slot]!;
    const step = this.#changeStep[slot]!;
    const next = this.#changeNext[slot]!;
    if (table === undefined) {
      this.#free(slot);
      this.bodies.release(next);
      return;
    }
    const row = this.#changeRow[slot]!;
    const failure = errno === 0 ? undefined : routeFailure(errno);
    if (step !== Step.GiveUp && (failure === undefined || (step === Step.Remove && failure === 'missing'))) {
      this.#free(slot);
      table.listener.changed(row, next);
    } else if (step === Step.Add && failure === 'exists') {
      this.#tryAgain(slot, table);
    } else if (step === Step.Replace && failure !== 'busy') {
      this.#giveUp(slot, table);
    } else {
      this.#refused(slot, table, row, step, next);
    }
  }

  /** Something has the prefix and metric. If it is ours it goes; if it is not, the addition fails once more. */
  #tryAgain(slot: number, table: NetlinkTable): void {
    const next = this.#changeNext[slot]!;
    this.#changeStep[slot] = Step.AddAgain;
    this.#changeText.delete(slot);
    const to = table.destination(this.#changeWords, 4 * slot, this.#changeLength[slot]!);
    this.#remove(slot, table, to, next, 0);
    this.#add(slot, table, to, next, ADD, DECIDES | LAST);
  }

  /** The new route is not accepted; the old one is not wanted any more. Its answer does not matter. */
  #giveUp(slot: number, table: NetlinkTable): void {
    this.#changeStep[slot] = Step.GiveUp;
    const to = table.destination(this.#changeWords, 4 * slot, this.#changeLength[slot]!);
    this.#remove(slot, table, to, this.#changeOld[slot]!, LAST);
  }

  #refused(slot: number, table: NetlinkTable, row: number, step: number, next: number): void {
    const errno = this.#changeErrno[slot]!;
    const failure = routeFailure(errno);
    const words = this.#changeText.get(slot);
    const text = words === undefined ? errnoText(errno) : `${errnoText(errno)}: ${words}`;
    this.#free(slot);
    const keptOld = step === Step.Remove || step === Step.Replace;
    // What could not be tried for want of memory may have been half done.
    const remainder = failure === 'busy' ? 'unknown' : keptOld ? 'old' : 'nothing';
    table.listener.refused(row, next, remainder, failure, text);
  }

  #free(slot: number): void {
    this.#changeTable[slot] = undefined;
    this.#changeText.delete(slot);
    this.#freeSlots[this.#freeCount++] = slot;
  }
}

class NetlinkTable implements FibTable {
  readonly number: number;
  readonly listener: FibListener;
  readonly #family: typeof AF_INET | typeof AF_INET6;
  readonly #fib: KernelRoutes;
  readonly #destination: Destination;
  readonly #route = new RouteMessage();
  #scanning = false;
  #closed = false;

  constructor(fib: KernelRoutes, options: FibTableOptions, listener: FibListener) {
    this.#fib = fib;
    this.number = options.table;
    this.listener = listener;
    this.#family = options.version === 4 ? AF_INET : AF_INET6;
    this.#destination = { family: this.#family, word0: 0, word1: 0, word2: 0, word3: 0, length: 0 };
  }

  /**
   * A dump of IPv6 routes counts its way through a tree: a removal beside it can make it step over other routes. So
   * IPv6 changes wait for a scan; IPv4 dumps go by key and mind nothing.
   */
  get room(): number {
    return this.#scanning && this.#family === AF_INET6 ? 0 : this.#fib.room;
  }

  owns(route: RouteMessage): boolean {
    return route.family === this.#family && route.table === this.number;
  }

  change(row: number, to: Destination, old: number, next: number): void {
    this.#fib.change(this, row, to, old, next);
  }

  flush(): void {
    this.#fib.requests?.flush();
  }

  destination(words: Uint32Array, at: number, length: number): Destination {
    const to = this.#destination;
    to.word0 = words[at]!;
    to.word1 = words[at + 1]!;
    to.word2 = words[at + 2]!;
    to.word3 = words[at + 3]!;
    to.length = length;
    return to;
  }

  scan(scan: FibScan): void {
    const { dumps } = this.#fib;
    if (dumps === undefined) {
      scan.begin();
      scan.done(false, 'no netlink socket');
      return;
    }
    this.flush();
    this.#scanning = true;
    const route = this.#route;
    dumps.run({
      request: (writer, flags, sequence) =>
        encodeDumpRoutes(writer, flags, sequence, this.#family, this.number, scan.protocol),
      begin: () => {
        if (!this.#closed) scan.begin();
      },
      entry: (message) => {
        if (this.#closed || message.type !== MessageType.NewRoute) return;
        if (!route.decode(message.bytes, message.bodyStart, message.bodyEnd) || !this.owns(route)) return;
        if (scan.protocol === 0 || route.protocol === scan.protocol) scan.route(route);
      },
      done: (errno, text, consistent) => {
        this.#scanning = false;
        if (this.#closed) return;
        // A table that nobody has put a route into does not exist.
        const empty = errno !== 0 && routeFailure(errno) === 'missing';
        scan.done((errno === 0 || empty) && consistent, errno === 0 || empty ? '' : text || errnoText(errno));
        this.listener.ready();
      },
    });
  }

  close(): void {
    this.#closed = true;
    this.#fib.forget(this);
  }
}
