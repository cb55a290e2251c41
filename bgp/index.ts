export { Afi, FAMILIES, IPV4_UNICAST, IPV6_UNICAST, Safi, familyOf } from './family.ts';
export type { AddressFamily, FamilyName } from './family.ts';
export { formatIp, formatIpv4Word, formatIpv6Words, ipBytes, ipVersion, isLinkLocal, parseIp } from './address.ts';
export type { Ip } from './address.ts';
export { formatPrefix, maskBytes, parsePrefix, prefixAddress, prefixCovers, prefixOf, samePrefix } from './prefix.ts';
export type { Prefix } from './prefix.ts';
export type { FamilyOptions, SessionOptions } from './session-options.ts';
