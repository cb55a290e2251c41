/**
 * Path attributes as one kind of peer gets them: the octets between the attributes length of an UPDATE and its NLRI,
 * made once from a canonical record and copied into every message that carries the same routes.
 *
 * What differs from the record: NEXT_HOP stays only for IPv4 prefixes with an IPv4 next hop, otherwise it moves to
 * MP_REACH_NLRI, which the encoder of the message writes in front; a peer of two-octet AS numbers gets AS_PATH and
 * AGGREGATOR narrowed, with AS4_PATH and AS4_AGGREGATOR where that lost something (RFC 6793 section 4.2.2); attributes
 * that we pass on without understanding them are marked Partial (RFC 4271 section 5).
 */
import { AS_TRANS, MAX_TWO_OCTET_AS } from '../as-number.ts';
import { copyBytes, readU32, writeU16 } from '../bytes.ts';
import type { FamilyOptions } from '../session-options.ts';
import { isConfedSegment } from './as-path.ts';
import { narrowSegments, needsAs4Path } from './as-path-width.ts';
import { AttributeCode, AttributeFlag, knownFlags } from './code.ts';
import { attributeEnd, findAttribute, valueStart, writeAttributeHeader } from './record.ts';
import { isUnrecognized } from './table.ts';

/** Why a record cannot be told to a peer. */
export const EncodeFault = {
  None: 0,
  /** The record has no next hop. */
  NoNextHop: 1,
  /** The next hop is of another family than the prefixes, and that was not agreed on (RFC 8950). */
  NextHopFamily: 2,
  /** The attributes leave no room for a prefix in the longest message that the peer takes. */
  TooLong: 3,
} as const;
export type EncodeFault = (typeof EncodeFault)[keyof typeof EncodeFault];

const OPTIONAL_TRANSITIVE = AttributeFlag.Optional | AttributeFlag.Transitive;

export class AttributeBlock {
  bytes = new Uint8Array(1024);
  /** The block is `bytes[0, end)`. */
  end = 0;
  /** The prefixes have to go into MP_REACH_NLRI, with `nextHop`. */
  multiprotocol = false;
  readonly nextHop = new Uint8Array(32);
  nextHopLength = 0;

  /** `[start, wireEnd)` is the BGP part of a record. `as4`: the peer has four-octet AS numbers. */
  encode(record: Uint8Array, start: number, wireEnd: number, family: FamilyOptions, as4: boolean): EncodeFault {
    const at = findAttribute(record, start, wireEnd, AttributeCode.NextHop);
    if (at < 0) return EncodeFault.NoNextHop;
    const behind = attributeEnd(record, at);
    if (!this.#takeNextHop(record, valueStart(record, at), behind, family)) return EncodeFault.NextHopFamily;
    // Narrowing shrinks, but AS4_PATH and AS4_AGGREGATOR come on top.
    const room = 2 * (wireEnd - start) + 64;
    if (this.bytes.length < room) this.bytes = new Uint8Array(2 * room);
    const skipFrom = this.multiprotocol ? at : behind;
    if (as4) {
      this.end = copyBytes(record, start, skipFrom, this.bytes, 0);
      this.end = copyBytes(record, behind, wireEnd, this.bytes, this.end);
      this.#markPartial();
    } else {
      this.#narrow(record, start, skipFrom, behind, wireEnd);
    }
    return EncodeFault.None;
  }

  #takeNextHop(record: Uint8Array, start: number, end: number, family: FamilyOptions): boolean {
    const length = end - start;
    const { nextHop } = this;
    this.multiprotocol = family.family.version === 6 || length > 4;
    if (family.family.version === 4 && length > 4 && !family.extendedNextHop) return false;
    if (family.family.version === 6 && length === 4) {
      if (!family.extendedNextHop) return false;
      nextHop.fill(0, 0, 10);
      nextHop.fill(0xff, 10, 12);
      copyBytes(record, start, end, nextHop, 12);
      this.nextHopLength = 16;
      return true;
    }
    copyBytes(record, start, end, nextHop, 0);
    this.nextHopLength = length;
    return true;
  }

  #markPartial(): void {
    const { bytes } = this;
    for (let at = 0; at < this.end; at = attributeEnd(bytes, at)) {
      if (isUnrecognized(bytes[at + 1])) bytes[at] |= AttributeFlag.Partial;
    }
  }

  /** For a two-octet peer, attribute by attribute; the record's octets `[skipFrom, skipTo)` are left out. */
  #narrow(record: Uint8Array, start: number, skipFrom: number, skipTo: number, wireEnd: number): void {
    let as4Path = -1;
    let as4Aggregator = -1;
    let out = 0;
    for (let at = start === skipFrom ? skipTo : start; at < wireEnd; ) {
      const code = record[at + 1];
      const value = valueStart(record, at);
      const next = attributeEnd(record, at);
      if (code > AttributeCode.As4Path && as4Path >= 0) {
        out = this.#putAs4Path(record, as4Path, out);
        as4Path = -1;
      }
      if (code > AttributeCode.As4Aggregator && as4Aggregator >= 0) {
        out = this.#putAs4Aggregator(record, as4Aggregator, out);
        as4Aggregator = -1;
      }
      if (code === AttributeCode.AsPath) {
        if (needsAs4Path(record, value, next)) as4Path = at;
        out = this.#putNarrowPath(record, value, next, out);
      } else if (code === AttributeCode.Aggregator) {
        const as = readU32(record, value);
        if (as > MAX_TWO_OCTET_AS) as4Aggregator = at;
        out = writeAttributeHeader(this.bytes, out, record[at], code, 6);
        writeU16(this.bytes, out, as > MAX_TWO_OCTET_AS ? AS_TRANS : as);
        out = copyBytes(record, value + 4, next, this.bytes, out + 2);
      } else {
        const from = out;
        out = copyBytes(record, at, next, this.bytes, out);
        if (isUnrecognized(code)) this.bytes[from] |= AttributeFlag.Partial;
      }
      at = next === skipFrom ? skipTo : next;
    }
    if (as4Path >= 0) out = this.#putAs4Path(record, as4Path, out);
    if (as4Aggregator >= 0) out = this.#putAs4Aggregator(record, as4Aggregator, out);
    this.end = out;
  }

  #putNarrowPath(record: Uint8Array, start: number, end: number, at: number): number {
    let octets = 0;
    for (let i = start; i < end; i += 2 + 4 * record[i + 1]) octets += 2 + 2 * record[i + 1];
    const out = writeAttributeHeader(this.bytes, at, AttributeFlag.Transitive, AttributeCode.AsPath, octets);
    return narrowSegments(record, start, end, this.bytes, out);
  }

  /** `path`: the AS_PATH of the record. Confederation segments stay out of AS4_PATH (RFC 6793 section 3). */
  #putAs4Path(record: Uint8Array, path: number, at: number): number {
    const start = valueStart(record, path);
    const end = attributeEnd(record, path);
    let octets = 0;
    for (let i = start; i < end; i += 2 + 4 * record[i + 1]) {
      if (!isConfedSegment(record[i])) octets += 2 + 4 * record[i + 1];
    }
    let out = writeAttributeHeader(this.bytes, at, OPTIONAL_TRANSITIVE, AttributeCode.As4Path, octets);
    for (let i = start; i < end; ) {
      const next = i + 2 + 4 * record[i + 1];
      if (!isConfedSegment(record[i])) out = copyBytes(record, i, next, this.bytes, out);
      i = next;
    }
    return out;
  }

  #putAs4Aggregator(record: Uint8Array, aggregator: number, at: number): number {
    const flags = knownFlags(AttributeCode.As4Aggregator);
    const out = writeAttributeHeader(this.bytes, at, flags, AttributeCode.As4Aggregator, 8);
    return copyBytes(record, valueStart(record, aggregator), attributeEnd(record, aggregator), this.bytes, out);
  }
}
