/** A whole daemon on a simulated host: configuration, tables, protocols and sessions are the real ones. */
import {
  AttributeCode,
  attributeEnd,
  findAttribute,
  formatIp,
  type Ip,
  parseIp,
  valueStart,
} from '../../../bgp/index.ts';
import type { DaemonConfig, Store } from '../../../config/index.ts';
import type { PrefixId } from '../../../rib/index.ts';
import { ConfigReader } from '../../../src/configuration.ts';
import { Daemon } from '../../../src/daemon.ts';
import { OffFib } from '../../../src/kernel/kernel-fib.ts';
import { DaemonLog } from '../../../src/monitor/log.ts';
import type { Host, Network } from './network.ts';
import type { Owner } from './timeline.ts';

export interface RouterSetup {
  readonly name: string;
  readonly config: DaemonConfig;
  /** Addresses of eth0 with their lengths; the first one is where its sessions are. */
  readonly addresses: readonly string[];
  /** The datastore of whatever URL. */
  readonly store?: Store;
}

export function readText(text: string): DaemonConfig {
  return new ConfigReader({ readFile: () => ({ value: text }), glob: () => ({ value: [] }) }).read('main.conf').config;
}

interface Life {
  readonly owner: Owner;
  readonly daemon: Daemon;
  readonly log: DaemonLog;
  readonly host: Host;
}

export class Router {
  readonly setup: RouterSetup;
  readonly address: Ip;
  /** Lines of classes `bug` and `fatal`: there have to be none. */
  readonly faults: string[] = [];
  readonly #network: Network;
  #linkUp = true;
  #life: Life | undefined;

  constructor(network: Network, setup: RouterSetup) {
    this.setup = setup;
    this.#network = network;
    this.address = parseIp(setup.addresses[0]!.split('/')[0]!)!;
  }

  get name(): string {
    return this.setup.name;
  }

  get alive(): boolean {
    return this.#life !== undefined;
  }

  get daemon(): Daemon {
    if (this.#life === undefined) throw new Error(`${this.name} does not run`);
    return this.#life.daemon;
  }

  /** @param recover `-R` */
  async start(recover = false): Promise<void> {
    const { timeline } = this.#network;
    const { store } = this.setup;
    const owner: Owner = { name: this.name, dead: false };
    // A process of its own: nothing of the one before is found again.
    const host = this.#network.host(owner, this.address);
    await timeline.complete(owner, async () => {
      const log = new DaemonLog();
      log.subscribe(({ class: kind, text }) => {
        if (kind === 'bug' || kind === 'fatal') this.faults.push(`${this.name}: ${text}`);
      });
      const daemon: Daemon = new Daemon({
        config: { ...this.setup.config, log: [] },
        log,
        clock: timeline,
        hostname: this.name,
        recover,
        fib: new OffFib(),
        transport: host,
        ...(store === undefined ? {} : { openStore: () => Promise.resolve(store) }),
        interfaceSource: {
          start: (ready) => {
            this.#fillInterfaces(daemon);
            setImmediate(ready);
          },
          scan: () => {},
          stop: () => {},
        },
      });
      this.#life = { owner, daemon, log, host };
      await daemon.start();
    });
  }

  /** `kill -9`. */
  crash(): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    life.owner.dead = true;
    life.host.crash();
  }

  async stop(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    await this.#network.timeline.complete(life.owner, () => life.daemon.stop());
    this.#life = undefined;
    life.owner.dead = true;
    life.host.crash();
  }

  /** Something that an operator does. */
  operate(protocol: string, action: 'disable' | 'enable' | 'restart'): void {
    const life = this.#life;
    if (life === undefined) return;
    const one = life.daemon.protocol(protocol);
    if (one === undefined) throw new Error(`${this.name} has no ${protocol}`);
    this.#network.timeline.as(life.owner, () => one[action](''));
  }

  /** The cable of its only interface. */
  setLink(up: boolean): void {
    this.#linkUp = up;
    const life = this.#life;
    if (life !== undefined) this.#network.timeline.as(life.owner, () => this.#fillInterfaces(life.daemon));
  }

  #fillInterfaces({ interfaces }: Daemon): void {
    const facts = { broadcast: true, multicast: true, pointToPoint: false, mtu: 1500, master: 0 };
    interfaces.set({ ...facts, index: 1, name: 'lo', loopback: true, up: true, linkUp: true });
    interfaces.set({ ...facts, index: 2, name: 'eth0', loopback: false, up: this.#linkUp, linkUp: this.#linkUp });
    const all = [[1, '127.0.0.1/8'] as const, ...this.setup.addresses.map((text) => [2, text] as const)];
    for (const [index, text] of all) {
      const [address = '', length] = text.split('/');
      interfaces.setAddress(index, {
        address: parseIp(address)!,
        length: Number(length),
        scope: 4,
        secondary: false,
        peer: undefined,
      });
    }
  }

  /** Every route of every table, the selected one of a prefix marked, with all its attributes; in order. */
  routes(): SeenRoute[] {
    const { daemon } = this;
    const seen: SeenRoute[] = [];
    for (const { table } of daemon.tables()) {
      for (let prefix = 1 as PrefixId; prefix <= table.prefixes.highWater; prefix++) {
        for (let route = table.first(prefix); route !== 0; route = table.next(route)) {
          const id = table.attributeOf(route);
          const bytes = daemon.attributes.chunk(id);
          const attributes = bytes.subarray(daemon.attributes.start(id), daemon.attributes.wireEnd(id));
          seen.push({
            prefix: table.prefixes.format(prefix),
            protocol: table.sourceOf(route).protocol,
            selected: route === table.best(prefix),
            attributes: Buffer.from(attributes),
          });
        }
      }
    }
    return seen.sort((a, b) => (line(a) < line(b) ? -1 : 1));
  }
}

export interface SeenRoute {
  readonly prefix: string;
  readonly protocol: string;
  readonly selected: boolean;
  readonly attributes: Buffer;
}

export function line({ prefix, protocol, selected, attributes }: SeenRoute): string {
  return `${prefix} ${selected ? '*' : '-'} ${protocol} ${attributes.toString('hex')}`;
}

/** Where packets of a route go; `here` for a route of the router's own. */
export function nextHopOf({ attributes }: SeenRoute): string {
  const at = findAttribute(attributes, 0, attributes.length, AttributeCode.NextHop);
  if (at < 0) return 'here';
  const start = valueStart(attributes, at);
  return formatIp(attributes, start, attributeEnd(attributes, at) - start === 4 ? 4 : 16);
}
