/**
 * `protocol direct`: a route to the network of each address of each interface, straight onto the link.
 *
 * Left out: links that are down (with `check link` also those without a carrier), secondary addresses, and addresses
 * whose scope ends at the link or the machine (fe80::/10, 127/8, ::1).
 *
 * Two interfaces may have the same network. They are two routes of one source, told apart by path id: 0 for the one
 * that was there first, the interface's index for the others.
 */
import { formatPrefix, type NextHop, type Prefix, RouteScope, RouteSourceKind } from '../../bgp/index.ts';
import { type DirectConfig, interfaceMatches, type ProtocolConfig, type ProtocolStep } from '../../config/index.ts';
import type { AdjRibIn, Interface, InterfaceAddress } from '../../rib/index.ts';
import { Channel } from '../protocol/channel.ts';
import type { ProtocolContext } from '../protocol/context.ts';
import { Protocol, type ProtocolLabel, type ReloadDirection } from '../protocol/protocol.ts';
import type { Task } from '../scheduler.ts';
import { internBare } from './bare-route.ts';

interface DirectRoute {
  readonly prefix: Prefix;
  readonly pathId: number;
  /** The route goes out there. */
  interfaceName: string;
}

export class DirectProtocol extends Protocol implements Task {
  readonly label: ProtocolLabel = 'Direct';
  readonly channels: readonly Channel[];
  #direct: DirectConfig;
  /** What is announced now, by prefix and interface index. */
  readonly #routes = new Map<string, DirectRoute>();
  #stopWatching: (() => void) | undefined;

  constructor(config: DirectConfig, context: ProtocolContext) {
    super(config, context);
    this.#direct = config;
    this.channels = config.channels.map((channel) => new Channel(this, channel, context));
  }

  protected onStart(): void {
    for (const channel of this.channels) {
      channel.open({ kind: RouteSourceKind.Device, preference: channel.config.preference, bgp: undefined });
    }
    this.#stopWatching = this.context.interfaces.onChange(() => this.context.scheduler.schedule(this));
    this.context.scheduler.schedule(this);
    this.setState('up');
  }

  protected onStop(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    this.context.scheduler.cancel(this);
    this.#routes.clear();
    this.finished();
  }

  protected onReconfigure(next: ProtocolConfig, { channels }: ProtocolStep): void {
    if (next.kind !== 'direct') return;
    this.#direct = next;
    let again = false;
    for (const channel of this.channels) {
      const config = next.channels.find(({ family }) => family === channel.name);
      const step = channels.find(({ family }) => family === channel.name);
      if (config !== undefined && channel.reconfigure(config, step) !== 'nothing') again = true;
    }
    if (this.state !== 'up') return;
    if (again) this.#announceAll();
    this.context.scheduler.schedule(this);
  }

  override reload(direction: ReloadDirection): string | undefined {
    if (direction !== 'out') this.#announceAll();
    return undefined;
  }

  /** Compares the interfaces with what is announced. */
  run(): boolean {
    if (this.state !== 'up') return false;
    const gone = new Map(this.#routes);
    for (const link of this.context.interfaces.list()) {
      if (!link.up || (this.#direct.checkLink && !link.linkUp)) continue;
      for (const entry of link.addresses) {
        if (!this.#counts(link, entry)) continue;
        const key = `${formatPrefix(entry.prefix)} ${link.index}`;
        if (!gone.delete(key)) this.#add(key, entry.prefix, link);
        else if (this.#routes.get(key)?.interfaceName !== link.name) this.#rename(key, link.name);
      }
    }
    for (const [key, route] of gone) {
      this.#routes.delete(key);
      this.#channelOf(route.prefix)?.adjRibIn?.withdraw(route.prefix, route.pathId);
    }
    for (const channel of this.channels) channel.changed();
    return false;
  }

  #counts(link: Interface, entry: InterfaceAddress): boolean {
    if (entry.secondary || entry.scope <= RouteScope.Link || this.#channelOf(entry.prefix) === undefined) return false;
    const addresses = entry.peer === undefined ? [entry.address] : [entry.address, entry.peer];
    return interfaceMatches(this.#direct.interfaces, link.name, addresses);
  }

  #add(key: string, prefix: Prefix, link: Interface): void {
    if (this.#routes.has(key)) return;
    const text = key.slice(0, key.indexOf(' ') + 1);
    let taken = false;
    for (const [other, route] of this.#routes) taken ||= route.pathId === 0 && other.startsWith(text);
    const route: DirectRoute = { prefix, pathId: taken ? link.index : 0, interfaceName: link.name };
    this.#routes.set(key, route);
    this.#announce(route);
  }

  #rename(key: string, name: string): void {
    const route = this.#routes.get(key)!;
    route.interfaceName = name;
    this.#announce(route);
  }

  #announceAll(): void {
    for (const route of this.#routes.values()) this.#announce(route);
    for (const channel of this.channels) channel.changed();
  }

  #announce(route: DirectRoute): void {
    const adjRibIn: AdjRibIn | undefined = this.#channelOf(route.prefix)?.adjRibIn;
    if (adjRibIn === undefined) return;
    const nextHop: NextHop = {
      kind: 'hops',
      hops: [{ gateway: undefined, interfaceName: route.interfaceName, weight: 1, onlink: false }],
    };
    const attribute = internBare(this.context, nextHop);
    adjRibIn.announce(route.prefix, route.pathId, attribute, this.context.clock.now());
    this.context.attributes.release(attribute);
  }

  #channelOf(prefix: Prefix): Channel | undefined {
    return this.channels.find((channel) => channel.runner.table.family.version === prefix.version);
  }
}
