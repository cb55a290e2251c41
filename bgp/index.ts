/** Wire formats and the vocabulary that everyone shares. */
export type { Ip } from './address.ts';
export { formatIp, formatIpv4Word, formatIpv6Words, ipBytes, ipVersion, isLinkLocal, parseIp } from './address.ts';
export { AS_TRANS, AS_ZERO, MAX_TWO_OCTET_AS } from './as-number.ts';
export { aigpMetric, encodeAigp } from './attribute/aigp.ts';
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
export { AttributeBlock, EncodeFault } from './attribute/block.ts';
export { AttributeCode, AttributeFlag, canonicalFlags, elementWords, knownFlags } from './attribute/code.ts';
export type { AttributeDescriptor, AttributeFault } from './attribute/descriptor.ts';
export { UpdateVerdict } from './attribute/descriptor.ts';
export { AttributeEditor } from './attribute/editor.ts';
export { isMartianIpv4NextHop, isMartianIpv6NextHop } from './attribute/next-hop.ts';
export { Origin } from './attribute/origin.ts';
export {
  attributeEnd,
  extensionEnd,
  findAttribute,
  findExtension,
  MAX_ATTRIBUTE_LENGTH,
  valueStart,
  writeAttributeHeader,
} from './attribute/record.ts';
export {
  ATTRIBUTES,
  attributeDescriptor,
  attributeLabel,
  attributeName,
  formatAttribute,
  isUnrecognized,
} from './attribute/table.ts';
export { copyBytes, equalBytes, formatHex, readU16, readU32, writeU16, writeU32 } from './bytes.ts';
export { addPathMode } from './capability/add-path.ts';
export type {
  AddPathTuple,
  ExtendedNextHopTuple,
  FamilyPair,
  GracefulRestart,
  GracefulRestartFamily,
  Hostname,
  LongLivedFamily,
  UnknownCapability,
} from './capability/capabilities.ts';
export { AddPathMode, Capabilities } from './capability/capabilities.ts';
export { CapabilityCode } from './capability/code.ts';
export type { CapabilityDescriptor } from './capability/descriptor.ts';
export { familyName } from './capability/family-name.ts';
export { formatHostname } from './capability/hostname.ts';
export { oppositeRole, Role, roleName } from './capability/role.ts';
export { CAPABILITIES, encodeOneCapability, formatCapabilities } from './capability/table.ts';
export {
  carriesShutdownText,
  decodeShutdownText,
  encodePrefixLimit,
  encodeShutdownText,
  hardReset,
  innerError,
  isHardReset,
  SHUTDOWN_TEXT_MAX_OCTETS,
  SHUTDOWN_TEXT_SAFE_OCTETS,
} from './cease.ts';
export {
  formatCommunity,
  formatCommunityList,
  formatExtendedCommunity,
  formatLargeCommunity,
  isTransitiveExtendedCommunity,
  WellKnownCommunity,
} from './community.ts';
export {
  CeaseSubcode,
  ErrorCode,
  FsmSubcode,
  HeaderSubcode,
  notificationText,
  OpenSubcode,
  RouteRefreshSubcode,
  UpdateSubcode,
} from './error-code.ts';
export type { AddressFamily, FamilyName } from './family.ts';
export { Afi, FAMILIES, familyOf, IPV4_UNICAST, IPV6_UNICAST, Safi } from './family.ts';
export { FrameResult, ReceiveWindow } from './framing.ts';
export { KEEPALIVE } from './keepalive.ts';
export {
  HEADER_LENGTH,
  MAX_EXTENDED_MESSAGE_LENGTH,
  MAX_MESSAGE_LENGTH,
  MessageType,
  messageTypeName,
  minMessageLength,
  writeHeader,
} from './message.ts';
export type { GatewayNextHop, Hop, HopsNextHop, NextHop, NullNextHop } from './next-hop.ts';
export { NlriCursor } from './nlri/cursor.ts';
export { formatNlri, NlriField } from './nlri/field.ts';
export { isMartianIpv4, isMartianIpv6 } from './nlri/martian.ts';
export { NlriScan } from './nlri/scan.ts';
export { nlriLength, writeNlri, writeNlriWithPath } from './nlri/write.ts';
export { decodeNotification, encodeNotification, NO_DATA, NotificationError } from './notification.ts';
export type { OpenMessage } from './open.ts';
export { BGP_VERSION, badPeerAs, decodeOpen, encodeOpen, MIN_HOLD_TIME, openAs } from './open.ts';
export type {
  Policy,
  PolicyExplanation,
  PolicyForwarding,
  PolicyPlace,
  PolicyRoute,
  RouteAttributes,
} from './policy.ts';
export {
  ACCEPT_ALL,
  ExtensionAttribute,
  explainPolicy,
  PolicyReads,
  PolicyVerdict,
  REJECT_ALL,
  RouteScope,
  RouteSourceKind,
} from './policy.ts';
export type { Prefix } from './prefix.ts';
export { formatPrefix, maskBytes, parsePrefix, prefixAddress, prefixCovers, prefixOf, samePrefix } from './prefix.ts';
export type { RouteRefresh } from './route-refresh.ts';
export { decodeRouteRefresh, encodeRouteRefresh, RefreshSubtype } from './route-refresh.ts';
export type { FamilyOptions, SessionOptions } from './session-options.ts';
export { sessionFamily } from './session-options.ts';
export { encodeUtf8, escapeText, safeText } from './text.ts';
export { decodeUpdate, Update } from './update.ts';
export { UpdateEncoder } from './update-encoder.ts';
export type { UpdateProblem } from './update-problem.ts';
export { formatProblem } from './update-problem.ts';
