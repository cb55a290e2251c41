/**
 * One family of a BGP protocol: a channel with what only BGP adds to it. It opens the way in and the way out when a
 * session is Established, keeps routes over a restart of the peer, and answers and asks for refreshes (RFC 2918, 7313).
 */
import {
  type AddressFamily,
  encodeRouteRefresh,
  IPV4_UNICAST,
  RefreshSubtype,
  RouteSourceKind,
} from '../../bgp/index.ts';
import type { BgpChannelConfig, BgpConfig, ChannelStep } from '../../config/index.ts';
import type { RouteChange } from '../../fsm/index.ts';
import type { AdjRibIn, GroupSpec } from '../../rib/index.ts';
import { type ExportSession, SessionAdvertisement } from '../../route-reflector/index.ts';
import { Channel } from '../protocol/channel.ts';
import type { ProtocolContext } from '../protocol/context.ts';
import type { Protocol } from '../protocol/protocol.ts';
import { ExportMember } from './export-member.ts';
import { LeavingPolicy } from './leaving-policy.ts';
import type { NextHopRules } from './next-hop-cache.ts';
import type { PeerConnection } from './peer-connection.ts';
import { bgpSource, exportSession, familyOfChannel, type SessionFacts } from './session-facts.ts';
import type { ImportTarget } from './update-import.ts';

/** RFC 7313 leaves open how long a peer may take from BoRR to EoRR; what it did not refresh by then goes. */
const REFRESH_WAIT_MS = 360_000;

export interface BgpChannelPorts {
  /** UPDATEs were handed to the connection. */
  updateSent(): void;
}

export class BgpChannel implements ImportTarget {
  readonly family: AddressFamily;
  readonly channel: Channel;
  /** When a refresh by the peer counts as over; Infinity while none is under way. */
  refreshDeadline = Number.POSITIVE_INFINITY;
  /** Our side of the session, as the export rules see it; only while it is attached. */
  exportFacts: ExportSession | undefined;
  member: ExportMember | undefined;
  /** The peer's End-of-RIB of this session has come. */
  complete = false;
  #config: BgpChannelConfig;
  #protocol: BgpConfig;
  readonly #context: ProtocolContext;
  #session: SessionFacts | undefined;
  #connection: PeerConnection | undefined;
  #nextHopRules: NextHopRules;

  constructor(owner: Protocol, protocol: BgpConfig, config: BgpChannelConfig, context: ProtocolContext) {
    this.#protocol = protocol;
    this.#config = config;
    this.#context = context;
    this.family = familyOfChannel(config);
    this.channel = new Channel(owner, inEffect(protocol, config), context);
    this.#nextHopRules = this.#makeNextHopRules(undefined);
  }

  get config(): BgpChannelConfig {
    return this.#config;
  }

  // ----------------------------------------------------------------------------------------------------- for import

  /** Only asked for while a session is attached, and the channel is open then. */
  get adjRibIn(): AdjRibIn {
    const { adjRibIn } = this.channel;
    if (adjRibIn === undefined) throw new Error(`${this.channel.fullName} is not open`);
    return adjRibIn;
  }
  get nextHopRules(): NextHopRules {
    return this.#nextHopRules;
  }
  get cost(): number {
    return this.#config.cost;
  }
  get aigp(): boolean {
    return this.#config.aigp !== 'off';
  }
  changed(): void {
    this.channel.changed();
  }

  // -------------------------------------------------------------------------------------------------------- session

  /** Opens the way in; false if the daemon has no room for one more source of routes. */
  attach(session: SessionFacts, connection: PeerConnection): boolean {
    this.#session = session;
    this.#connection = connection;
    this.complete = false;
    this.refreshDeadline = Number.POSITIVE_INFINITY;
    this.#nextHopRules = this.#makeNextHopRules(session.linkInterface);
    const facts = {
      kind: RouteSourceKind.Bgp,
      preference: this.#config.preference,
      bgp: bgpSource(this.#protocol, session),
    };
    if (this.channel.open(facts, this.#config.importTable) === undefined) return false;
    this.exportFacts = exportSession(this.#protocol, this.#config, session, this.#context.interfaces);
    return true;
  }

  /** Opens the way out: everything is sent, then End-of-RIB, then every change. */
  startExport(ports: BgpChannelPorts): void {
    const spec = this.#groupSpec();
    if (spec === undefined || this.member !== undefined || this.#connection === undefined) return;
    const { name } = this.channel.protocol;
    const member = new ExportMember(name, this.#session!.neighborAddress, spec, this.#connection, {
      updateSent: () => ports.updateSent(),
      limitReached: (setting) => this.channel.limitReached('export', setting),
    });
    this.member = member;
    member.joined(this.#context.updateGroups.join(spec, member));
    this.channel.exportSide = member;
  }

  /** The session is over. `keep`: the routes stay, `changeRoutes` says what becomes of them. */
  detach(keep: boolean): void {
    this.member?.leave();
    this.member = undefined;
    this.channel.exportSide = undefined;
    this.exportFacts = undefined;
    this.#session = undefined;
    this.#connection = undefined;
    this.refreshDeadline = Number.POSITIVE_INFINITY;
    if (keep) this.channel.suspend();
  }

  /** Graceful restart decided about the routes that the peer announced before. */
  changeRoutes(change: RouteChange): void {
    const { channel } = this;
    switch (change) {
      case 'mark-stale':
        channel.markStale();
        break;
      case 'sweep':
        channel.sweepStale();
        break;
      case 'long-lived':
        channel.markLongLivedStale();
        break;
      case 'flush':
        channel.markStale();
        channel.sweepStale();
        break;
    }
  }

  // -------------------------------------------------------------------------------------------------------- refresh

  /** The peer asks for everything (again), or marks what it sends. */
  refresh(subtype: number, enhanced: boolean, now: number): void {
    switch (subtype) {
      case RefreshSubtype.Request:
        this.member?.startRefresh(enhanced);
        break;
      case RefreshSubtype.Begin:
        this.channel.markStale();
        this.refreshDeadline = now + REFRESH_WAIT_MS;
        break;
      case RefreshSubtype.End:
        if (this.refreshDeadline !== Number.POSITIVE_INFINITY) this.endRefresh();
        break;
    }
  }

  /** What the peer did not announce again since BoRR is gone. */
  endRefresh(): void {
    this.refreshDeadline = Number.POSITIVE_INFINITY;
    this.channel.sweepStale();
  }

  /** Runs the import rules again; asks the peer to send again where nothing was kept. False if neither is possible. */
  reloadIn(): boolean {
    return this.#session === undefined || this.channel.reloadIn() || this.#askAgain();
  }

  /** Asks the peer to send everything again; false if it does not do that. */
  #askAgain(): boolean {
    if (this.#session?.negotiation.refreshFromPeer !== true) return false;
    this.#connection?.write(encodeRouteRefresh(this.family, RefreshSubtype.Request));
    this.channel.adjRibIn?.resetLimits();
    return true;
  }

  // -------------------------------------------------------------------------------------------------- configuration

  /**
   * Takes over what needs no new session. `soft`: filters that changed are used from now on, nothing is done again.
   * Returns false if the way in had to be asked again and the peer cannot be asked.
   */
  reconfigure(protocol: BgpConfig, next: BgpChannelConfig, step: ChannelStep | undefined, soft: boolean): boolean {
    const left = this.#protocol.gracefulShutdown;
    this.#config = next;
    this.#protocol = protocol;
    const again = this.channel.reconfigure(inEffect(protocol, next), step);
    const session = this.#session;
    if (session === undefined) return true;
    this.#nextHopRules = this.#makeNextHopRules(session.linkInterface);
    this.exportFacts = exportSession(protocol, next, session, this.#context.interfaces);
    const spec = this.#groupSpec();
    if (spec !== undefined) this.member?.changeRules(spec, soft);
    if (again === 'nothing') {
      // A session that is about to go is not ended because its peer cannot be asked for old routes.
      if (protocol.gracefulShutdown !== left && !soft) this.reloadIn();
      return true;
    }
    return again === 'kept' ? this.reloadIn() : this.#askAgain();
  }

  #groupSpec(): GroupSpec | undefined {
    const session = this.#session;
    const facts = this.exportFacts;
    if (session === undefined || facts === undefined) return undefined;
    const { options } = session.negotiation;
    const family = this.family === IPV4_UNICAST ? options.ipv4 : options.ipv6;
    if (family === undefined) return undefined;
    return {
      table: this.channel.runner.table,
      wire: { family, as4: options.as4, maxLength: options.maxSendLength },
      policy: this.#config.exportPolicy,
      advertisement: new SessionAdvertisement(facts),
      secondary: this.#config.secondary,
      exportLimit: this.#config.exportLimit,
      pathLimit: this.#config.addPathsBest,
    };
  }

  #makeNextHopRules(linkInterface: string | undefined): NextHopRules {
    const config = this.#config;
    return {
      gateway: config.gateway,
      prefer: config.nextHopPrefer,
      onlink: this.#protocol.onlink,
      linkInterface,
      igpTable4: config.igpTable4 ?? (config.family === 'ipv4' ? config.table : 'master4'),
      igpTable6: config.igpTable6 ?? (config.family === 'ipv6' ? config.table : 'master6'),
    };
  }
}

/** What the options of the protocol make of the channel's. */
function inEffect(protocol: BgpConfig, config: BgpChannelConfig): BgpChannelConfig {
  return protocol.gracefulShutdown ? { ...config, importPolicy: new LeavingPolicy(config.importPolicy) } : config;
}
