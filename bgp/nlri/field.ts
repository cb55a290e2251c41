/** One of the four places of an UPDATE where prefixes stand, after decoding. Reused from message to message. */
import { formatIp } from '../address.ts';
import type { AddressFamily } from '../family.ts';
import type { FamilyOptions } from '../session-options.ts';
import type { NlriScan } from './scan.ts';

export class NlriField {
  /** `undefined`: the field is not there, or its family was not agreed on, and nothing is to be done. */
  family: AddressFamily | undefined = undefined;
  /** The prefixes: offsets into the message. */
  start = 0;
  end = 0;
  /** A path identifier precedes each prefix (RFC 7911). */
  addPath = false;
  /** Prefixes in the field, and how many of them can never be routed: the cursor skips those. */
  count = 0;
  martians = 0;
  /** Offset of the first of those: of its length octet. */
  firstMartian = 0;
  /** Reachable prefixes only: their canonical attribute record, offsets into the Update's `record`. */
  recordStart = 0;
  recordEnd = 0;
  /** The BGP next hop inside that record: 4, 16 or 32 octets (global, then link-local). */
  nextHopStart = 0;
  nextHopLength = 0;

  /** Takes over what a successful scan of `[start, end)` found. */
  set(start: number, end: number, options: FamilyOptions, scan: NlriScan): void {
    this.family = options.family;
    this.start = start;
    this.end = end;
    this.addPath = options.addPathReceive;
    this.count = scan.count;
    this.martians = scan.martians;
    this.firstMartian = scan.firstMartian;
  }

  clear(): void {
    this.family = undefined;
    this.start = 0;
    this.end = 0;
    this.addPath = false;
    this.count = 0;
    this.martians = 0;
    this.firstMartian = 0;
    this.recordStart = 0;
    this.recordEnd = 0;
    this.nextHopStart = 0;
    this.nextHopLength = 0;
  }
}

/** The prefix whose length octet is at `at`, for a log line: `224.0.0.0/4`. Bits beyond the length stay. */
export function formatNlri(bytes: Uint8Array, at: number, family: AddressFamily): string {
  const length = bytes[at];
  const address = new Uint8Array(family.addressLength);
  address.set(bytes.subarray(at + 1, at + 1 + ((length + 7) >> 3)));
  return `${formatIp(address, 0, family.addressLength)}/${length}`;
}
