/**
 * `protocol device`: knows which interfaces there are. It brings no routes; it fills the InterfaceTable that next hops,
 * `direct` and `show interfaces` look at. Nothing else in the daemon works before its first scan is done.
 */
import { type Ip, ipBytes, ipVersion, isLinkLocal, type Prefix, prefixCovers } from '../../bgp/index.ts';
import { type DeviceConfig, interfaceMatches, type ProtocolConfig } from '../../config/index.ts';
import type { Interface } from '../../rib/index.ts';
import type { InterfaceSource } from '../kernel/device-scan.ts';
import type { Channel } from '../protocol/channel.ts';
import type { ProtocolContext } from '../protocol/context.ts';
import { Protocol, type ProtocolLabel } from '../protocol/protocol.ts';

export class DeviceProtocol extends Protocol {
  readonly label: ProtocolLabel = 'Device';
  readonly channels: readonly Channel[] = [];
  readonly #source: InterfaceSource;
  #device: DeviceConfig;
  #timer: NodeJS.Timeout | undefined;

  constructor(config: DeviceConfig, context: ProtocolContext, source: InterfaceSource) {
    super(config, context);
    this.#device = config;
    this.#source = source;
  }

  protected onStart(): void {
    this.#source.start(() => {
      if (this.state === 'start') this.setState('up');
    });
    this.#arm();
  }

  protected onStop(): void {
    clearInterval(this.#timer);
    this.#source.stop();
    this.finished();
  }

  protected onReconfigure(next: ProtocolConfig): void {
    if (next.kind !== 'device') return;
    const { scanTime } = this.#device;
    this.#device = next;
    if (next.scanTime !== scanTime && (this.state === 'start' || this.state === 'up')) this.#arm();
  }

  override reload(): string | undefined {
    this.#source.scan();
    return undefined;
  }

  /** The addresses of an interface that stand for it: see `preferredAddresses`. */
  preferred(link: Interface): readonly Ip[] {
    return preferredAddresses(link, this.#device);
  }

  #arm(): void {
    clearInterval(this.#timer);
    const { scanTime } = this.#device;
    if (scanTime > 0) this.#timer = setInterval(() => this.#source.scan(), scanTime * 1000);
  }
}

/**
 * At most one address of an interface for each of IPv4, IPv6 and IPv6 link-local: the first one that the configuration
 * prefers there, or else the first one that is not a secondary address.
 */
export function preferredAddresses(link: Interface, config: DeviceConfig | undefined): readonly Ip[] {
  const wanted: Ip[] = [];
  const wantedNetworks: Prefix[] = [];
  for (const { patterns, preferred, networks } of config?.interfaces ?? []) {
    if (!interfaceMatches(patterns, link.name, [])) continue;
    wanted.push(...preferred);
    wantedNetworks.push(...networks);
  }
  const isWanted = (ip: Ip): boolean =>
    wanted.includes(ip) || wantedNetworks.some((network) => prefixCovers(network, ipBytes(ip)));
  const chosen: Ip[] = [];
  for (const isOfKind of [isIpv4, isGlobalIpv6, isLinkLocal]) {
    const own = link.addresses.filter((entry) => isOfKind(entry.address));
    const asked = own.find((entry) => isWanted(entry.address));
    const entry = asked ?? own.find((candidate) => !candidate.secondary);
    if (entry !== undefined) chosen.push(entry.address);
  }
  return chosen;
}

function isIpv4(ip: Ip): boolean {
  return ipVersion(ip) === 4;
}

function isGlobalIpv6(ip: Ip): boolean {
  return ipVersion(ip) === 6 && !isLinkLocal(ip);
}
