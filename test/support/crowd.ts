/**
 * A thousand neighbours at the price of their octets: they open sessions, keep them alive, flap some of their routes,
 * and notice when a session ends. Nothing that they hear is looked at, but for the one prefix that says that whatever
 * was sent has arrived. They live in a thread of their own, so that nobody else's work makes them late.
 */
import { connect, type Socket } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { capabilityAs4, capabilityIpv4, message } from './raw-speaker.ts';

export interface CrowdOptions {
  readonly count: number;
  /** The first one's address; the others follow, 250 in each /24. */
  readonly network: string;
  readonly remote: string;
  readonly port: number;
  readonly as: number;
  readonly holdTime: number;
  /** Networks of length 24 that each announces. */
  readonly prefixes: number;
  readonly nextHop: string;
}

export interface CrowdReport {
  readonly established: number;
  /** Sessions that ended, with the last message that was heard on them. */
  readonly lost: readonly string[];
  readonly octets: number;
  readonly flaps: number;
  /** Members that heard of the last marked prefix. */
  readonly marked: number;
  /** Longest time without any octet on one session. */
  readonly longestSilenceMs: number;
}

type Order =
  | { readonly order: 'churn'; readonly members: number; readonly everyMs: number }
  | { readonly order: 'calm' }
  | { readonly order: 'mark'; readonly number: number }
  | { readonly order: 'report' }
  | { readonly order: 'end' };

/** The side of the test. */
export class Crowd {
  readonly #worker: Worker;
  #report: CrowdReport | undefined;
  #failure: Error | undefined;

  constructor(options: CrowdOptions) {
    this.#worker = new Worker(new URL(import.meta.url), { workerData: { crowd: options } });
    this.#worker.on('message', (report: CrowdReport) => {
      this.#report = report;
    });
    this.#worker.on('error', (error: Error) => {
      this.#failure = error;
    });
  }

  async report(): Promise<CrowdReport> {
    this.#report = undefined;
    this.#say({ order: 'report' });
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#report !== undefined) return this.#report;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** So many members withdraw and announce their routes, others each time, until `calm`. */
  churn(members: number, everyMs: number): void {
    this.#say({ order: 'churn', members, everyMs });
  }
  calm(): void {
    this.#say({ order: 'calm' });
  }

  /** The first member announces a prefix that everybody else waits for. */
  mark(number: number): void {
    this.#say({ order: 'mark', number });
  }

  async end(): Promise<void> {
    this.#say({ order: 'end' });
    await this.#worker.terminate();
  }

  #say(order: Order): void {
    this.#worker.postMessage(order);
  }
}

// --------------------------------------------------------------------------------------------- the side of the crowd

const KEEPALIVE = message(4, Buffer.alloc(0));
const REDIAL_MS = 300;
/** Sessions that are being opened at the same time. */
const AT_ONCE = 100;

const u16 = (value: number): number[] => [value >> 8, value & 255];

class Member {
  established = false;
  marked = false;
  octets = 0;
  heardAt = 0;
  longestSilenceMs = 0;
  readonly #options: CrowdOptions;
  readonly #number: number;
  readonly #lost: (text: string) => void;
  readonly #announce: Buffer;
  readonly #withdraw: Buffer;
  #socket: Socket | undefined;
  #closing = false;
  #mark: Buffer | undefined;
  /** The end of what came before: a mark may lie across two chunks. */
  #tail: Buffer = Buffer.alloc(0);

  constructor(options: CrowdOptions, number: number, lost: (text: string) => void) {
    this.#options = options;
    this.#number = number;
    this.#lost = lost;
    const nlri: number[] = [];
    for (let i = 0; i < options.prefixes; i++) {
      const prefix = number * options.prefixes + i;
      nlri.push(24, 20 + (prefix >> 16), (prefix >> 8) & 255, prefix & 255);
    }
    this.#announce = updateOf(options, nlri);
    this.#withdraw = message(2, Buffer.from([...u16(nlri.length), ...nlri, 0, 0]));
  }

  get address(): string {
    const [a = '', b = '', c = ''] = this.#options.network.split('.');
    return `${a}.${b}.${Number(c) + Math.floor(this.#number / 250)}.${1 + (this.#number % 250)}`;
  }

  /** Until the session is up; tries again while the other end is not ready. */
  async join(): Promise<void> {
    while (!this.#closing && !(await this.#attempt())) await new Promise((resolve) => setTimeout(resolve, REDIAL_MS));
  }

  keepAlive(): void {
    if (this.established) this.#socket?.write(KEEPALIVE);
  }

  /** Its routes go. */
  withdraw(): void {
    if (this.established) this.#socket?.write(this.#withdraw);
  }

  /** Its routes are there (again). */
  restore(): void {
    if (this.established) this.#socket?.write(this.#announce);
  }

  announce(nlri: readonly number[]): void {
    this.#socket?.write(updateOf(this.#options, nlri));
  }

  awaitMark(nlri: readonly number[]): void {
    this.marked = false;
    this.#mark = Buffer.from(nlri);
  }

  close(): void {
    this.#closing = true;
    this.#socket?.destroy();
  }

  #attempt(): Promise<boolean> {
    const { remote, port, as, holdTime } = this.#options;
    return new Promise((resolve) => {
      const socket = connect({ host: remote, port, localAddress: this.address });
      this.#socket = socket;
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('connect', () => {
        const capabilities = Buffer.concat([capabilityIpv4, capabilityAs4(as)]);
        const body = [4, ...u16(as), ...u16(holdTime), ...this.address.split('.').map(Number)];
        body.push(capabilities.length + 2, 2, capabilities.length, ...capabilities);
        socket.write(Buffer.concat([message(1, Buffer.from(body)), KEEPALIVE]));
      });
      socket.on('data', (chunk) => {
        const now = performance.now();
        if (!this.established) {
          // OPEN and KEEPALIVE come before anything else.
          this.#tail = Buffer.concat([this.#tail, chunk]);
          if (this.#tail[18] !== 1 || this.#tail.length < this.#tail.readUInt16BE(16) + KEEPALIVE.length) return;
          this.established = true;
          this.heardAt = now;
          socket.write(this.#announce);
          resolve(true);
          return;
        }
        this.longestSilenceMs = Math.max(this.longestSilenceMs, now - this.heardAt);
        this.heardAt = now;
        this.octets += chunk.length;
        if (this.#mark !== undefined && !this.marked)
          this.marked = Buffer.concat([this.#tail, chunk]).includes(this.#mark);
        this.#tail = chunk.subarray(-64);
      });
      socket.on('close', () => {
        if (this.established && !this.#closing) this.#lost(`${this.address}: ${this.#tail.toString('hex')}`);
        this.established = false;
        resolve(false);
      });
    });
  }
}

function updateOf({ nextHop }: CrowdOptions, nlri: readonly number[]): Buffer {
  const hop = nextHop.split('.').map(Number);
  // ORIGIN, an empty AS_PATH, NEXT_HOP, LOCAL_PREF: routes of an internal session.
  const attributes = [0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 3, 4, ...hop, 0x40, 5, 4, 0, 0, 0, 100];
  return message(2, Buffer.from([0, 0, ...u16(attributes.length), ...attributes, ...nlri]));
}

const markOf = (number: number): number[] => [32, 19, 87, number >> 8, number & 255];

async function runCrowd(options: CrowdOptions): Promise<void> {
  const lost: string[] = [];
  const members = Array.from({ length: options.count }, (_, i) => new Member(options, i, (text) => lost.push(text)));
  const away: Member[] = [];
  let flaps = 0;
  let next = 0;
  let churning: NodeJS.Timeout | undefined;
  // In ten portions, as many daemons would: all at once would be a burst of a thousand writes.
  const interval = (options.holdTime * 1000) / 3 / 10;
  let portion = 0;
  setInterval(() => {
    portion = (portion + 1) % 10;
    for (let i = portion; i < members.length; i += 10) members[i]!.keepAlive();
  }, interval);
  parentPort?.on('message', (said: Order) => {
    switch (said.order) {
      case 'churn':
        churning = setInterval(() => {
          // Those of the last time come back: both in one turn would be no change for anybody.
          for (const member of away.splice(0)) member.restore();
          for (let i = 0; i < said.members; i++) away.push(members[1 + (next++ % (members.length - 1))]!);
          for (const member of away) member.withdraw();
          flaps += said.members;
        }, said.everyMs);
        break;
      case 'calm':
        clearInterval(churning);
        for (const member of away.splice(0)) member.restore();
        break;
      case 'mark': {
        const nlri = markOf(said.number);
        for (const member of members.slice(1)) member.awaitMark(nlri);
        members[0]!.announce(nlri);
        break;
      }
      case 'report':
        parentPort?.postMessage({
          established: members.filter((member) => member.established).length,
          lost,
          octets: members.reduce((sum, member) => sum + member.octets, 0),
          flaps,
          marked: members.filter((member) => member.marked).length,
          longestSilenceMs: Math.max(...members.map((member) => member.longestSilenceMs)),
        } satisfies CrowdReport);
        break;
      case 'end':
        for (const member of members) member.close();
    }
  });
  const waiting = [...members];
  const worker = async (): Promise<void> => {
    for (let member = waiting.shift(); member !== undefined; member = waiting.shift()) await member.join();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const given = workerData as { readonly crowd?: CrowdOptions } | null;
if (!isMainThread && given?.crowd !== undefined) void runCrowd(given.crowd);
