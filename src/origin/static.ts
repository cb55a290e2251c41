/**
 * `protocol static`: the routes that the configuration writes down.
 *
 * Which of a route's hops can be used is the next-hop table's business: a hop whose neighbour is on no connected
 * network sleeps, and a route of which all hops sleep takes no part. Only `check link` is looked after here.
 *
 * Several routes may have one prefix; their path ids are their places among the routes of that prefix. A list can be
 * long (100,000 lines are written by programs), so it is announced in pieces.
 */
import {
  AttributeEditor,
  ExtensionAttribute,
  formatPrefix,
  type NextHop,
  type PolicyRoute,
  PolicyVerdict,
  type Prefix,
  RouteScope,
  RouteSourceKind,
} from '../../bgp/index.ts';
import type { ProtocolConfig, ProtocolStep, StaticConfig, StaticRoute } from '../../config/index.ts';
import type { AttributeId } from '../../rib/index.ts';
import type { StaticHopView, StaticRouteView } from '../control/host.ts';
import { Channel } from '../protocol/channel.ts';
import type { ProtocolContext } from '../protocol/context.ts';
import { Protocol, type ProtocolLabel, type ReloadDirection } from '../protocol/protocol.ts';
import type { Task } from '../scheduler.ts';
import { internBare } from './bare-route.ts';

/** Routes announced or withdrawn in one piece of work. */
const PIECE = 256;

type Hop = Extract<StaticRoute['target'], { readonly kind: 'hops' }>['hops'][number];

interface Place {
  readonly prefix: Prefix;
  readonly pathId: number;
}

export class StaticProtocol extends Protocol implements Task {
  readonly label: ProtocolLabel = 'Static';
  readonly channels: readonly [Channel];
  #static: StaticConfig;
  /** Next of the configured routes to be announced. */
  #next = 0;
  /** Places that the configuration before had and this one has not; and the next of them to be withdrawn. */
  #gone: readonly Place[] = [];
  #nextGone = 0;
  /** Path ids of the routes, in their order. */
  #pathIds: Uint32Array;
  /** 1 where the route stands in the table as it is. */
  #unchanged: Uint8Array | undefined;
  #stopWatching: (() => void) | undefined;
  readonly #editor = new AttributeEditor();

  constructor(config: StaticConfig, context: ProtocolContext) {
    super(config, context);
    this.#static = config;
    this.#pathIds = pathIdsOf(config.routes);
    this.channels = [new Channel(this, config.channel, context)];
  }

  override get tableLabel(): string {
    return this.#static.channel.table;
  }

  protected onStart(): void {
    const [channel] = this.channels;
    channel.open({ kind: RouteSourceKind.Static, preference: channel.config.preference, bgp: undefined });
    this.#stopWatching = this.context.interfaces.onChange(() => {
      if (this.#static.checkLink) this.#announceAll();
    });
    this.#announceAll();
    this.setState('up');
  }

  protected onStop(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    this.context.scheduler.cancel(this);
    this.#gone = [];
    this.finished();
  }

  protected onReconfigure(next: ProtocolConfig, { channels }: ProtocolStep): void {
    const old = this.#static;
    const oldPathIds = this.#pathIds;
    if (next.kind !== 'static') return;
    const pathIds = pathIdsOf(next.routes);
    const before = new Map(old.routes.map((route, i) => [placeKey(route.prefix, oldPathIds[i]!), i]));
    const unchanged = new Uint8Array(next.routes.length);
    next.routes.forEach((route, i) => {
      const key = placeKey(route.prefix, pathIds[i]!);
      const index = before.get(key);
      if (index === undefined) return;
      before.delete(key);
      if (sameRoute(old.routes[index]!, route)) unchanged[i] = 1;
    });
    // What was to be withdrawn before and is wanted again now is announced anyway.
    const gone = [...before.values()].map((i) => ({ prefix: old.routes[i]!.prefix, pathId: oldPathIds[i]! }));
    const wanted = new Set(next.routes.map((route, i) => placeKey(route.prefix, pathIds[i]!)));
    for (const place of this.#gone.slice(this.#nextGone)) {
      if (!wanted.has(placeKey(place.prefix, place.pathId))) gone.push(place);
    }
    const complete = this.#next >= old.routes.length;
    const { checkLink } = old;
    this.#gone = gone;
    this.#nextGone = 0;
    this.#static = next;
    this.#pathIds = pathIds;
    const again = this.channels[0].reconfigure(next.channel, channels[0]) !== 'nothing';
    if (this.state !== 'up') return;
    this.#announceAll();
    // A soft reconfiguration keeps what the old filter let through.
    if (complete && checkLink === next.checkLink && !again) this.#unchanged = unchanged;
  }

  override reload(direction: ReloadDirection): string | undefined {
    if (direction !== 'out') this.#announceAll();
    return undefined;
  }

  /** For `show static`. */
  *views(): Generator<StaticRouteView, void, void> {
    for (const route of this.#static.routes) {
      const { target } = route;
      const prefix = formatPrefix(route.prefix);
      if (target.kind !== 'hops') yield { prefix, target };
      else yield { prefix, target: { kind: 'hops', hops: target.hops.map((hop) => this.#hopView(hop)) } };
    }
  }

  run(): boolean {
    const [channel] = this.channels;
    const { adjRibIn } = channel;
    if (adjRibIn === undefined || this.state !== 'up') return false;
    let left = PIECE;
    for (; left > 0 && this.#nextGone < this.#gone.length; left--) {
      const { prefix, pathId } = this.#gone[this.#nextGone++]!;
      adjRibIn.withdraw(prefix, pathId);
    }
    const { routes } = this.#static;
    const now = this.context.clock.now();
    for (; left > 0 && this.#next < routes.length; left--) {
      const index = this.#next++;
      if (this.#unchanged?.[index] === 1) continue;
      const route = routes[index]!;
      const pathId = this.#pathIds[index]!;
      const attribute = this.#attributes(route);
      if (attribute === 0) {
        adjRibIn.withdraw(route.prefix, pathId);
        continue;
      }
      adjRibIn.announce(route.prefix, pathId, attribute, now);
      this.context.attributes.release(attribute);
    }
    channel.changed();
    if (this.#nextGone < this.#gone.length || this.#next < routes.length) return true;
    this.#gone = [];
    this.#nextGone = 0;
    this.#unchanged = undefined;
    return false;
  }

  #announceAll(): void {
    this.#next = 0;
    this.#unchanged = undefined;
    this.context.scheduler.schedule(this);
  }

  /** 0: no hop has a link. */
  #attributes(route: StaticRoute): AttributeId {
    const nextHop = this.#nextHop(route);
    if (nextHop === undefined) return 0 as AttributeId;
    return route.policy === undefined ? internBare(this.context, nextHop) : this.#withPolicy(route, nextHop);
  }

  #nextHop(route: StaticRoute): NextHop | undefined {
    const { target } = route;
    if (target.kind === 'recursive') {
      const { igpTable4, igpTable6, channel } = this.#static;
      const igpTable = target.address.includes(':') ? igpTable6 : igpTable4;
      return {
        kind: 'gateway',
        address: target.address,
        linkLocal: undefined,
        interfaceName: undefined,
        resolve: 'recursive',
        igpTable: igpTable ?? channel.table,
      };
    }
    if (target.kind !== 'hops') return target;
    const hops = this.#static.checkLink ? target.hops.filter((hop) => this.#hasLink(hop)) : target.hops;
    return hops.length === 0 ? undefined : { kind: 'hops', hops };
  }

  /** The commands behind a route: they set attributes, they cannot refuse it. */
  #withPolicy(route: StaticRoute, nextHop: NextHop): AttributeId {
    const { prefix } = route;
    const editor = this.#editor;
    const view = new DataView(prefix.bytes.buffer, prefix.bytes.byteOffset, prefix.bytes.length);
    const word = (index: number): number => (4 * index < prefix.bytes.length ? view.getUint32(4 * index) : 0);
    editor.loadEmpty();
    const subject: PolicyRoute = {
      version: prefix.version,
      word0: word(0),
      word1: word(1),
      word2: word(2),
      word3: word(3),
      length: prefix.length,
      source: RouteSourceKind.Static,
      protocol: this.name,
      attributes: editor,
      from: '',
      preference: this.#static.channel.preference,
      scope: RouteScope.Universe,
      nextHop,
      error: '',
      print: (line) => this.context.log.write('info', line),
    };
    const { place } = route;
    const where = `${this.name}: route ${formatPrefix(prefix)} (${place.file}:${place.line})`;
    if (route.policy!.evaluate(subject) === PolicyVerdict.Error) {
      this.context.log.write('error', `${where}: ${subject.error}`, { protocol: this.name });
    }
    if (subject.preference !== this.#static.channel.preference) {
      editor.setExtensionU32(ExtensionAttribute.Preference, subject.preference);
    }
    if (subject.scope !== RouteScope.Universe) editor.setExtensionU32(ExtensionAttribute.Scope, subject.scope);
    if (!editor.encodeRecord()) {
      this.context.log.write('error', `${where}: attribute too long`, { protocol: this.name });
      return internBare(this.context, nextHop);
    }
    const { nextHops, attributes } = this.context;
    const id = nextHops.intern(subject.nextHop);
    const attribute = attributes.intern(editor.bytes, editor.start, editor.wireEnd, editor.end, id);
    nextHops.release(id);
    return attribute;
  }

  #hopView(hop: Hop): StaticHopView {
    const { interfaces } = this.context;
    const { gateway, interfaceName, onlink, bfd, weight } = hop;
    const link =
      gateway === undefined || onlink
        ? interfaces.byName(interfaceName ?? '')
        : interfaces.connected(gateway, interfaceName);
    const active = link?.up === true && (!this.#static.checkLink || link.linkUp);
    return { gateway, interfaceName, onlink, bfd, weight, active };
  }

  /** A hop without an interface is not refused here: it sleeps. */
  #hasLink(hop: Hop): boolean {
    const { interfaces } = this.context;
    const named = hop.interfaceName === undefined ? undefined : interfaces.byName(hop.interfaceName);
    const link = named ?? (hop.gateway === undefined ? undefined : interfaces.connected(hop.gateway));
    return link === undefined || link.linkUp;
  }
}

/** 0 for the first route of a prefix, 1 for the next one, and so on. */
function pathIdsOf(routes: readonly StaticRoute[]): Uint32Array {
  const counts = new Map<string, number>();
  return Uint32Array.from(routes, (route) => {
    const key = placeKey(route.prefix, 0);
    const pathId = counts.get(key) ?? 0;
    counts.set(key, pathId + 1);
    return pathId;
  });
}

function sameRoute(a: StaticRoute, b: StaticRoute): boolean {
  if (JSON.stringify(a.target) !== JSON.stringify(b.target)) return false;
  return a.policy === undefined || b.policy === undefined ? a.policy === b.policy : a.policy.equals(b.policy);
}

function placeKey(prefix: Prefix, pathId: number): string {
  return `${prefix.length} ${prefix.bytes.join()} ${pathId}`;
}
