/**
 * Path attribute type codes and flags (RFC 4271 section 4.3; IANA bgp-parameters), and the flags that each known
 * attribute has when nothing is wrong with it.
 */

export const AttributeCode = {
  Origin: 1,
  AsPath: 2,
  NextHop: 3,
  MultiExitDisc: 4,
  LocalPref: 5,
  AtomicAggregate: 6,
  Aggregator: 7,
  Communities: 8,
  OriginatorId: 9,
  ClusterList: 10,
  MpReachNlri: 14,
  MpUnreachNlri: 15,
  ExtendedCommunities: 16,
  As4Path: 17,
  As4Aggregator: 18,
  PmsiTunnel: 22,
  Ipv6ExtendedCommunities: 25,
  Aigp: 26,
  LargeCommunity: 32,
  OnlyToCustomer: 35,
  AttrSet: 128,
} as const;
export type AttributeCode = (typeof AttributeCode)[keyof typeof AttributeCode];

/** The four flag bits that mean something; the low four are sent as zero and ignored on receipt. */
export const AttributeFlag = { Optional: 0x80, Transitive: 0x40, Partial: 0x20, ExtendedLength: 0x10 } as const;

const WELL_KNOWN = AttributeFlag.Transitive;
const OPTIONAL = AttributeFlag.Optional;
const OPTIONAL_TRANSITIVE = AttributeFlag.Optional | AttributeFlag.Transitive;

const FLAGS = new Uint8Array(256);
FLAGS[AttributeCode.Origin] = WELL_KNOWN;
FLAGS[AttributeCode.AsPath] = WELL_KNOWN;
FLAGS[AttributeCode.NextHop] = WELL_KNOWN;
FLAGS[AttributeCode.MultiExitDisc] = OPTIONAL;
FLAGS[AttributeCode.LocalPref] = WELL_KNOWN;
FLAGS[AttributeCode.AtomicAggregate] = WELL_KNOWN;
FLAGS[AttributeCode.Aggregator] = OPTIONAL_TRANSITIVE;
FLAGS[AttributeCode.Communities] = OPTIONAL_TRANSITIVE;
FLAGS[AttributeCode.OriginatorId] = OPTIONAL;
FLAGS[AttributeCode.ClusterList] = OPTIONAL;
FLAGS[AttributeCode.MpReachNlri] = OPTIONAL;
FLAGS[AttributeCode.MpUnreachNlri] = OPTIONAL;
FLAGS[AttributeCode.ExtendedCommunities] = OPTIONAL_TRANSITIVE;
FLAGS[AttributeCode.As4Path] = OPTIONAL_TRANSITIVE;
FLAGS[AttributeCode.As4Aggregator] = OPTIONAL_TRANSITIVE;
FLAGS[AttributeCode.PmsiTunnel] = OPTIONAL_TRANSITIVE;
FLAGS[AttributeCode.Ipv6ExtendedCommunities] = OPTIONAL_TRANSITIVE;
FLAGS[AttributeCode.Aigp] = OPTIONAL;
FLAGS[AttributeCode.LargeCommunity] = OPTIONAL_TRANSITIVE;
FLAGS[AttributeCode.OnlyToCustomer] = OPTIONAL_TRANSITIVE;
FLAGS[AttributeCode.AttrSet] = OPTIONAL_TRANSITIVE;

/** Optional and Transitive bits of a known attribute; 0 for an unknown one. */
export function knownFlags(code: number): number {
  return FLAGS[code];
}

/** Optional and Transitive bits to write for `code`: the known ones, else those of an optional transitive attribute. */
export function canonicalFlags(code: number): number {
  return FLAGS[code] || OPTIONAL_TRANSITIVE;
}

/** 32-bit words an element: 1 for COMMUNITIES and CLUSTER_LIST, 2 EXTENDED COMMUNITIES, 3 LARGE_COMMUNITY, else 0. */
export function elementWords(code: number): 0 | 1 | 2 | 3 {
  switch (code) {
    case AttributeCode.Communities:
    case AttributeCode.ClusterList:
      return 1;
    case AttributeCode.ExtendedCommunities:
      return 2;
    case AttributeCode.LargeCommunity:
      return 3;
    default:
      return 0;
  }
}
