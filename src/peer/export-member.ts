/** One channel's place in an update group: what the group has to say goes to the session's connection. */
import {
  type AddressFamily,
  encodeRouteRefresh,
  type Ip,
  type Policy,
  RefreshSubtype,
  UpdateEncoder,
} from '../../bgp/index.ts';
import type {
  ExportStats,
  ExportVerdict,
  GroupMember,
  GroupMembership,
  GroupSpec,
  PrefixId,
  RouteId,
  RouteLimitSetting,
} from '../../rib/index.ts';
import type { ExportSide } from '../protocol/channel.ts';
import type { PeerConnection } from './peer-connection.ts';

export interface ExportMemberPorts {
  /** UPDATEs were handed to the connection. */
  updateSent(): void;
  limitReached(setting: RouteLimitSetting): void;
}

export class ExportMember implements GroupMember, ExportSide {
  readonly protocol: string;
  readonly peerAddress: Ip;
  readonly allRoutes: boolean;
  /** UPDATEs sent. */
  messages = 0;
  readonly #connection: PeerConnection;
  readonly #family: AddressFamily;
  readonly #ports: ExportMemberPorts;
  #membership: GroupMembership | undefined;

  constructor(
    protocol: string,
    peerAddress: Ip,
    spec: GroupSpec,
    connection: PeerConnection,
    ports: ExportMemberPorts,
  ) {
    this.protocol = protocol;
    this.peerAddress = peerAddress;
    this.#family = spec.wire.family.family;
    this.allRoutes = spec.wire.family.addPathSend;
    this.#connection = connection;
    this.#ports = ports;
  }

  /** What `UpdateGroups.join` gave for this member. */
  joined(membership: GroupMembership): void {
    this.#membership = membership;
  }

  // ----------------------------------------------------------------------------------------------- from the group

  get queuedOctets(): number {
    return this.#connection.socket?.queuedOctets ?? 0;
  }

  send(buffer: Uint8Array, messages: number): void {
    this.messages += messages;
    this.#connection.write(buffer);
    this.#ports.updateSent();
  }

  endOfRib(): void {
    const encoder = new UpdateEncoder();
    encoder.endOfRib(this.#family);
    for (const chunk of encoder.drain()) this.#connection.write(chunk);
  }

  refreshStarted(): void {
    this.#connection.write(encodeRouteRefresh(this.#family, RefreshSubtype.Begin));
  }

  refreshEnded(): void {
    this.#connection.write(encodeRouteRefresh(this.#family, RefreshSubtype.End));
  }

  exportLimitReached(setting: RouteLimitSetting): void {
    this.#ports.limitReached(setting);
  }

  // -------------------------------------------------------------------------------------------------- to the group

  drained(): void {
    this.#membership?.drained();
  }

  startRefresh(marked: boolean): void {
    this.#membership?.startRefresh(marked);
  }

  changeRules(spec: GroupSpec, soft: boolean): void {
    this.#membership?.changeRules(spec, soft);
  }

  leave(): void {
    this.#membership?.leave();
    this.#membership = undefined;
  }

  // ---------------------------------------------------------------------------------------------- for the control side

  get stats(): ExportStats {
    return this.#member.stats;
  }

  get exportedCount(): number {
    return this.#membership?.exportedCount ?? 0;
  }

  get limitHit(): boolean {
    return this.#membership?.limitHit ?? false;
  }

  get feeding(): boolean {
    return this.#membership?.greeting ?? false;
  }

  verdict(route: RouteId, policy?: Policy): ExportVerdict {
    return this.#member.verdict(route, policy);
  }

  wasExported(prefix: PrefixId, route: RouteId): boolean {
    return this.#membership?.wasExported(prefix, route) ?? false;
  }

  refeed(): void {
    this.#membership?.refeed();
  }

  /** A channel shows its export side only while it is a member. */
  get #member(): GroupMembership {
    const membership = this.#membership;
    if (membership === undefined) throw new Error('not a member of an update group');
    return membership;
  }
}
