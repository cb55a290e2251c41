export type { Ip } from './address.ts';
export { formatIp, formatIpv4Word, formatIpv6Words, ipBytes, ipVersion, isLinkLocal, parseIp } from './address.ts';
export { AS_TRANS, AS_ZERO, MAX_TWO_OCTET_AS } from './as-number.ts';
export {
  asPathLength,
  asPathNumbers,
  containsAs,
  countAs,
  EMPTY_AS_PATH,
  filterAsPath,
  firstAs,
  formatAsPath,
  hasAsSet,
  lastNonAggregatedAs,
  MAX_AS_PATH_NUMBERS,
  neighborAs,
  originAs,
  parseAsPath,
  prependAs,
  SegmentType,
  stripConfedSegments,
} from './attribute/as-path.ts';
export { AttributeCode, AttributeFlag, canonicalFlags, elementWords, knownFlags } from './attribute/code.ts';
export { AttributeEditor } from './attribute/editor.ts';
export {
  attributeEnd,
  extensionEnd,
  findAttribute,
  findExtension,
  MAX_ATTRIBUTE_LENGTH,
  valueStart,
  writeAttributeHeader,
} from './attribute/record.ts';
export { copyBytes, equalBytes, formatHex, readU16, readU32, writeU16, writeU32 } from './bytes.ts';
export {
  formatCommunity,
  formatCommunityList,
  formatExtendedCommunity,
  formatLargeCommunity,
  isTransitiveExtendedCommunity,
  WellKnownCommunity,
} from './community.ts';
export type { AddressFamily, FamilyName } from './family.ts';
export { Afi, FAMILIES, familyOf, IPV4_UNICAST, IPV6_UNICAST, Safi } from './family.ts';
export type { GatewayNextHop, Hop, HopsNextHop, NextHop, NullNextHop } from './next-hop.ts';
export { NlriCursor } from './nlri/cursor.ts';
export { isMartianIpv4, isMartianIpv6 } from './nlri/martian.ts';
export { NlriScan } from './nlri/scan.ts';
export { nlriLength, writeNlri, writeNlriWithPath } from './nlri/write.ts';
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
