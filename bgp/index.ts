export type { Ip } from './address.ts';
export { formatIp, formatIpv4Word, formatIpv6Words, ipBytes, ipVersion, isLinkLocal, parseIp } from './address.ts';
export type { AddressFamily, FamilyName } from './family.ts';
export { Afi, FAMILIES, familyOf, IPV4_UNICAST, IPV6_UNICAST, Safi } from './family.ts';
export type { GatewayNextHop, Hop, HopsNextHop, NextHop, NullNextHop } from './next-hop.ts';
export type { Policy, PolicyRoute, RouteAttributes } from './policy.ts';
export {
  ACCEPT_ALL,
  ExtensionAttribute,
  PolicyReads,
  PolicyVerdict,
  REJECT_ALL,
  RouteScope,
  RouteSourceKind,
} from './policy.ts';
export type { Prefix } from './prefix.ts';
export { formatPrefix, maskBytes, parsePrefix, prefixAddress, prefixCovers, prefixOf, samePrefix } from './prefix.ts';
export type { FamilyOptions, SessionOptions } from './session-options.ts';
