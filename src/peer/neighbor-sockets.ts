/** What a BGP block says about sockets: where to listen, whom to let in, how to dial. */
import { type Ip, ipVersion, isLinkLocal, prefixAddress } from '../../bgp/index.ts';
import type { BgpConfig } from '../../config/index.ts';
import type { ConnectRequest } from '../net/socket-options.ts';
import type { Acceptor, IncomingConnection, ListenPlace } from '../net/transport.ts';

const MAX_TTL = 255;

function remoteOf(config: BgpConfig): Ip {
  if (config.neighborAddress !== undefined) return config.neighborAddress;
  if (config.neighborRange !== undefined) return prefixAddress(config.neighborRange);
  throw new Error(`${config.name} has neither neighbor nor range`);
}

/** Interface that gives a link-local neighbour its scope. */
function zoneOf(config: BgpConfig): string | undefined {
  return isLinkLocal(remoteOf(config)) ? config.interfaceName : undefined;
}

/** How many hops away the neighbour may be. */
function hops(config: BgpConfig): number {
  return config.multihop ?? 1;
}

/** RFC 5082: everything is sent with the largest value, and what has lost more than `hops` is not heard. */
function hopLimits(config: BgpConfig): { readonly ttl: number; readonly minTtl: number | undefined } {
  return config.ttlSecurity
    ? { ttl: MAX_TTL, minTtl: MAX_TTL + 1 - hops(config) }
    : { ttl: hops(config), minTtl: undefined };
}

export function listenPlace(config: BgpConfig): ListenPlace {
  const strict = config.strictBind;
  return {
    version: ipVersion(remoteOf(config)),
    address: config.listenAddress ?? (strict ? config.localAddress : undefined),
    port: config.localPort,
    device: config.vrf ?? (strict ? config.interfaceName : undefined),
    freeBind: config.freeBind,
  };
}

export function sameListenPlace(a: BgpConfig, b: BgpConfig): boolean {
  const one = listenPlace(a);
  const other = listenPlace(b);
  return (Object.keys(one) as (keyof ListenPlace)[]).every((key) => one[key] === other[key]);
}

export function neighborAcceptor(config: BgpConfig, ports: Pick<Acceptor, 'incoming' | 'listenFailed'>): Acceptor {
  return {
    remote: config.neighborRange ?? remoteOf(config),
    local: config.matchLocalAddress ? config.localAddress : undefined,
    zone: zoneOf(config),
    password: config.password,
    ...hopLimits(config),
    incoming: (offer) => ports.incoming(offer),
    listenFailed: (text) => ports.listenFailed(text),
  };
}

export function connectRequest(config: BgpConfig): ConnectRequest {
  return {
    remote: remoteOf(config),
    port: config.neighborPort,
    zone: zoneOf(config),
    local: config.localAddress,
    password: config.password,
    device: config.vrf ?? config.interfaceName,
    freeBind: config.freeBind,
    ...hopLimits(config),
  };
}

/** The same neighbour after its range got another configuration. */
export function childConfigAgain(parent: BgpConfig, { name, neighborAddress, interfaceName }: BgpConfig): BgpConfig {
  return { ...parent, name, unnamed: true, neighborAddress, neighborRange: undefined, interfaceName, passive: true };
}

/** The configuration of a neighbour that was born of a range. */
export function childConfig(parent: BgpConfig, name: string, offer: IncomingConnection): BgpConfig {
  return {
    ...parent,
    name,
    unnamed: true,
    neighborAddress: offer.remoteAddress,
    neighborRange: undefined,
    interfaceName: offer.zone ?? parent.interfaceName,
    passive: true,
  };
}
