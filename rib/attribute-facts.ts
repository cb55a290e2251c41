/**
 * What the decision process and the advertisement rules ask of an attribute set, read from its canonical record in one
 * walk. One reader serves any number of records; AttributeTable copies the results into its columns.
 */
import {
  AttributeCode,
  AttributeFlag,
  asPathLength,
  attributeEnd,
  ExtensionAttribute,
  extensionEnd,
  neighborAs,
  readU16,
  readU32,
  WellKnownCommunity,
} from '../bgp/index.ts';

/** Which values a set has, and well-known communities in it; bits of AttributeTable.traits. */
export const AttributeTrait = {
  LocalPref: 1,
  Med: 2,
  OriginatorId: 4,
  ClusterList: 8,
  Aigp: 16,
  OnlyToCustomer: 32,
  /** Preference or IGP metric set by a filter. */
  Preference: 64,
  IgpMetric: 128,
  LlgrStale: 256,
  NoLlgr: 512,
  NoExport: 1024,
  NoAdvertise: 2048,
  NoExportSubconfed: 4096,
} as const;

/** AS_PATH hops of a set without AS_PATH: longer than any path. */
export const NO_AS_PATH = 0xffff;

const INCOMPLETE = 2;
/** RFC 7311 section 3: the AIGP TLV. */
const AIGP_TLV = 1;
const AIGP_TLV_LENGTH = 11;

export class DecisionFacts {
  traits = 0;
  localPref = 0;
  med = 0;
  asPathLength = NO_AS_PATH;
  origin = INCOMPLETE;
  neighborAs = 0;
  originatorId = 0;
  clusterListLength = 0;
  preference = 0;
  igpMetric = 0;
  aigp = Number.POSITIVE_INFINITY;

  read(bytes: Uint8Array, start: number, wireEnd: number, end: number): void {
    this.traits = 0;
    this.localPref = 0;
    this.med = 0;
    this.asPathLength = NO_AS_PATH;
    this.origin = INCOMPLETE;
    this.neighborAs = 0;
    this.originatorId = 0;
    this.clusterListLength = 0;
    this.preference = 0;
    this.igpMetric = 0;
    this.aigp = Number.POSITIVE_INFINITY;
    for (let at = start; at < wireEnd; ) {
      const next = attributeEnd(bytes, at);
      const value = (bytes[at] & AttributeFlag.ExtendedLength) === 0 ? at + 3 : at + 4;
      this.#attribute(bytes, bytes[at + 1], value, next);
      at = next;
    }
    for (let at = wireEnd; at < end; at = extensionEnd(bytes, at)) this.#extension(bytes, at);
  }

  #attribute(bytes: Uint8Array, code: number, start: number, end: number): void {
    switch (code) {
      case AttributeCode.Origin:
        this.origin = bytes[start];
        break;
      case AttributeCode.AsPath:
        this.asPathLength = asPathLength(bytes, start, end);
        this.neighborAs = neighborAs(bytes, start, end);
        break;
      case AttributeCode.MultiExitDisc:
        this.med = readU32(bytes, start);
        this.traits |= AttributeTrait.Med;
        break;
      case AttributeCode.LocalPref:
        this.localPref = readU32(bytes, start);
        this.traits |= AttributeTrait.LocalPref;
        break;
      case AttributeCode.Communities:
        this.#communities(bytes, start, end);
        break;
      case AttributeCode.OriginatorId:
        this.originatorId = readU32(bytes, start);
        this.traits |= AttributeTrait.OriginatorId;
        break;
      case AttributeCode.ClusterList:
        this.clusterListLength = (end - start) >> 2;
        this.traits |= AttributeTrait.ClusterList;
        break;
      case AttributeCode.Aigp:
        this.#aigpTlvs(bytes, start, end);
        break;
      case AttributeCode.OnlyToCustomer:
        this.traits |= AttributeTrait.OnlyToCustomer;
        break;
      default:
        break;
    }
  }

  #communities(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at += 4) {
      if (bytes[at] !== 0xff || bytes[at + 1] !== 0xff) continue;
      switch (readU32(bytes, at)) {
        case WellKnownCommunity.LlgrStale:
          this.traits |= AttributeTrait.LlgrStale;
          break;
        case WellKnownCommunity.NoLlgr:
          this.traits |= AttributeTrait.NoLlgr;
          break;
        case WellKnownCommunity.NoExport:
          this.traits |= AttributeTrait.NoExport;
          break;
        case WellKnownCommunity.NoAdvertise:
          this.traits |= AttributeTrait.NoAdvertise;
          break;
        case WellKnownCommunity.NoExportSubconfed:
          this.traits |= AttributeTrait.NoExportSubconfed;
          break;
        default:
          break;
      }
    }
  }

  /** The first AIGP TLV counts; other TLVs are carried and mean nothing here (RFC 7311 section 3). */
  #aigpTlvs(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at + 3 <= end; ) {
      const length = readU16(bytes, at + 1);
      if (bytes[at] === AIGP_TLV && length === AIGP_TLV_LENGTH && at + length <= end) {
        this.aigp = readU32(bytes, at + 3) * 0x1_0000_0000 + readU32(bytes, at + 7);
        this.traits |= AttributeTrait.Aigp;
        return;
      }
      at += Math.max(length, 3);
    }
  }

  #extension(bytes: Uint8Array, at: number): void {
    if (readU16(bytes, at + 2) !== 4) return;
    const id = readU16(bytes, at);
    if (id === ExtensionAttribute.Preference) {
      this.preference = readU32(bytes, at + 4);
      this.traits |= AttributeTrait.Preference;
    } else if (id === ExtensionAttribute.IgpMetric) {
      this.igpMetric = readU32(bytes, at + 4);
      this.traits |= AttributeTrait.IgpMetric;
    }
  }
}
