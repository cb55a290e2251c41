/**
 * What each path attribute deserves, right and wrong: RFC 7606 section 7 and each attribute's own RFC. One table for the
 * codec's tests and for those over TCP against the whole daemon.
 */
import { AS_PATH, attribute, concat, hex } from './wire.ts';

/** What a session has to be told, or to have agreed on, for a row to mean something. */
export type AttributeSession =
  | 'plain'
  | 'first AS'
  | 'any first AS'
  | 'no AS sets'
  | 'two-octet'
  | 'LOCAL_PREF outside'
  | 'AIGP';

/** `ok`, `discard` (the attribute is left out) or `withdraw` (treat-as-withdraw). */
export type AttributeVerdict = 'ok' | 'discard' | 'withdraw';

export interface AttributeRow {
  readonly id: string;
  readonly attribute: Uint8Array;
  readonly ebgp: AttributeVerdict;
  readonly ibgp: AttributeVerdict;
  /**
   * Of a withdrawal: code and subcode of the NOTIFICATION where the same attribute comes with nothing reachable; NO_RESET
   * where that is fine.
   */
  readonly reset: string;
  readonly session: AttributeSession;
}

/** Well formed, but no route can be used with it: without routes there is nothing to complain about. */
export const NO_RESET = 'none';

function row(
  id: string,
  bytes: Uint8Array,
  ebgp: AttributeVerdict,
  ibgp: AttributeVerdict,
  reset = '',
  session: AttributeSession = 'plain',
): AttributeRow {
  return { id, attribute: bytes, ebgp, ibgp, reset, session };
}

const W = 'withdraw';
const D = 'discard';
const OK = 'ok';

export const ATTRIBUTE_ROWS: readonly AttributeRow[] = [
  row('attribute 0', attribute(0xc0, 0, '00'), D, D),
  row('origin-len0', attribute(0x40, 1, ''), W, W, '3/5'),
  row('origin-len2', attribute(0x40, 1, '0000'), W, W, '3/5'),
  row('origin-value3', attribute(0x40, 1, '03'), W, W, '3/6'),
  row('origin-value255', attribute(0x40, 1, 'ff'), W, W, '3/6'),
  row('origin-flags-optional', attribute(0xc0, 1, '00'), W, W, '3/4'),
  row('origin-flags-non-transitive', attribute(0x00, 1, '00'), W, W, '3/4'),
  row('origin-flags-partial', attribute(0x60, 1, '00'), OK, OK),
  row('origin-flags-low-bits', attribute(0x4f & ~0x10, 1, '00'), OK, OK),
  row('origin-extended-length', hex('50 01 0001 00'), OK, OK),
  row('aspath-segment-type-0', attribute(0x40, 2, '00 01 0000fdea'), W, W, '3/11'),
  row('aspath-segment-type-5', attribute(0x40, 2, '05 01 0000fdea'), W, W, '3/11'),
  row('aspath-segment-count-0', attribute(0x40, 2, '02 00'), W, W, '3/11'),
  row('aspath-segment-count-0-later', attribute(0x40, 2, '02 01 0000fdea 01 00'), W, W, '3/11'),
  row('aspath-overrun', attribute(0x40, 2, '02 02 0000fdea'), W, W, '3/11'),
  row('aspath-1-octet-left', attribute(0x40, 2, '02 01 0000fdea 02'), W, W, '3/11'),
  row('aspath-two-octet-numbers', attribute(0x40, 2, '02 02 fdea fdeb'), W, W, '3/11'),
  row('aspath-empty', attribute(0x40, 2, ''), OK, OK, '', 'any first AS'),
  row('aspath-as-0', attribute(0x40, 2, '02 02 0000fdea 00000000'), W, W, '3/11'),
  row('aspath-as-0-in-set', attribute(0x40, 2, '02 01 0000fdea 01 02 00000001 00000000'), W, W, '3/11'),
  row('aspath-as-256-is-not-as-0', attribute(0x40, 2, '02 01 00000100'), OK, OK, '', 'any first AS'),
  row('aspath-confed-sequence-from-outside', attribute(0x40, 2, '03 01 0000fdea'), W, W, '3/11'),
  row('aspath-confed-set-from-outside', attribute(0x40, 2, '02 01 0000fdea 04 01 0000fdea'), W, W, '3/11'),
  row('aspath-first-as', attribute(0x40, 2, '02 01 0000fdeb'), W, OK, NO_RESET, 'first AS'),
  row('aspath-first-as-right', AS_PATH, OK, OK, '', 'first AS'),
  row('aspath-first-as-empty-path', attribute(0x40, 2, ''), W, OK, NO_RESET, 'first AS'),
  row('aspath-first-as-in-set', attribute(0x40, 2, '01 01 0000fdea'), W, OK, NO_RESET, 'first AS'),
  row('aspath-set', attribute(0x40, 2, '02 01 0000fdea 01 01 00000001'), OK, OK),
  row('aspath-set-not-allowed', attribute(0x40, 2, '02 01 0000fdea 01 01 00000001'), W, W, NO_RESET, 'no AS sets'),
  row('aspath-flags-optional', attribute(0xc0, 2, '02 01 0000fdea'), W, W, '3/4'),
  row('nexthop-len3', attribute(0x40, 3, 'c00002'), W, W, '3/5'),
  row('nexthop-len16', attribute(0x40, 3, '20010db8000000000000000000000001'), W, W, '3/5'),
  row('nexthop-0/8', attribute(0x40, 3, '00000001'), W, W, NO_RESET),
  row('nexthop-127/8', attribute(0x40, 3, '7f000001'), W, W, NO_RESET),
  row('nexthop-multicast', attribute(0x40, 3, 'e0000001'), W, W, NO_RESET),
  row('nexthop-reserved', attribute(0x40, 3, 'f0000001'), W, W, NO_RESET),
  row('nexthop-broadcast', attribute(0x40, 3, 'ffffffff'), W, W, NO_RESET),
  row('nexthop-flags', attribute(0x80, 3, 'c0000201'), W, W, '3/4'),
  row('med-len3', attribute(0x80, 4, '000000'), W, W, '3/5'),
  row('med-len5', attribute(0x80, 4, '0000000000'), W, W, '3/5'),
  row('med-flags-transitive', attribute(0xc0, 4, '00000064'), W, W, '3/4'),
  row('localpref-len3', attribute(0x40, 5, '000000'), D, W, '3/5'),
  row('localpref-valid', attribute(0x40, 5, '000000c8'), D, OK),
  row('localpref-flags', attribute(0xc0, 5, '000000c8'), D, W, '3/4'),
  row('localpref-allowed', attribute(0x40, 5, '000000c8'), OK, OK, '', 'LOCAL_PREF outside'),
  row('localpref-allowed-len3', attribute(0x40, 5, '000000'), W, W, '3/5', 'LOCAL_PREF outside'),
  row('atomic-len1', attribute(0x40, 6, '00'), D, D),
  row('atomic-valid', attribute(0x40, 6, ''), OK, OK),
  row('atomic-flags', attribute(0xc0, 6, ''), D, D),
  row('aggregator-len6-wide', attribute(0xc0, 7, 'fdea c0000201'), D, D),
  row('aggregator-len8-narrow', attribute(0xc0, 7, '0000fdea c0000201'), D, D, '', 'two-octet'),
  row('aggregator-len7', attribute(0xc0, 7, '0000fdea c00002'), D, D),
  row('aggregator-as-0', attribute(0xc0, 7, '00000000 c0000201'), D, D),
  row('aggregator-valid', attribute(0xc0, 7, '0000fdea c0000201'), OK, OK),
  row('aggregator-flags', attribute(0x40, 7, '0000fdea c0000201'), D, D),
  row('communities-len0', attribute(0xc0, 8, ''), W, W, '3/9'),
  row('communities-len3', attribute(0xc0, 8, 'fde900'), W, W, '3/9'),
  row('communities-flags', attribute(0x80, 8, 'fde90001'), W, W, '3/4'),
  row('originator-len3', attribute(0x80, 9, '0a0000'), D, W, '3/5'),
  row('originator-valid', attribute(0x80, 9, '0a000009'), D, OK),
  row('cluster-len0', attribute(0x80, 10, ''), D, W, '3/5'),
  row('cluster-len5', attribute(0x80, 10, '0a00000900'), D, W, '3/5'),
  row('cluster-valid', attribute(0x80, 10, '0a000009 0a000001'), D, OK),
  row('extcomm-len0', attribute(0xc0, 16, ''), W, W, '3/9'),
  row('extcomm-len7', attribute(0xc0, 16, '0002fde9000000'), W, W, '3/9'),
  row('extcomm-unknown-type', attribute(0xc0, 16, 'ff02fde900000064'), OK, OK),
  row('as4path-on-wide-session', attribute(0xc0, 17, '02 01 00010000'), D, D),
  row('as4path-len5', attribute(0xc0, 17, '02 01 000100'), D, D, '', 'two-octet'),
  row('as4path-count-0', attribute(0xc0, 17, '02 00 02 01 00010000'), D, D, '', 'two-octet'),
  row('as4path-segment-type', attribute(0xc0, 17, '09 01 00010000'), D, D, '', 'two-octet'),
  row('as4path-odd', attribute(0xc0, 17, '02 01 00010000 02'), D, D, '', 'two-octet'),
  row('as4path-as-0', attribute(0xc0, 17, '02 01 00000000'), D, D, '', 'two-octet'),
  row('as4path-flags', attribute(0x40, 17, '02 01 00010000'), D, D, '', 'two-octet'),
  row('as4aggregator-on-wide-session', attribute(0xc0, 18, '00010000 c0000201'), D, D),
  row('as4aggregator-len7', attribute(0xc0, 18, '00010000 c00002'), D, D, '', 'two-octet'),
  row('as4aggregator-as-0', attribute(0xc0, 18, '00000000 c0000201'), D, D, '', 'two-octet'),
  row('pmsi-short', attribute(0xc0, 22, '00000000'), W, W, '3/9'),
  row('pmsi-valid', attribute(0xc0, 22, '00 06 000000 0a000001'), OK, OK),
  row('ipv6-extcomm-len0', attribute(0xc0, 25, ''), W, W, '3/9'),
  row('ipv6-extcomm-len19', attribute(0xc0, 25, '00'.repeat(19)), W, W, '3/9'),
  row('ipv6-extcomm-valid', attribute(0xc0, 25, '00'.repeat(20)), OK, OK),
  row('aigp-not-enabled', attribute(0x80, 26, '01 000b 0000000000000064'), D, D),
  row('aigp-valid', attribute(0x80, 26, '01 000b 0000000000000064'), OK, OK, '', 'AIGP'),
  row('aigp-unknown-tlv-too', attribute(0x80, 26, '07 0004 00 01 000b 0000000000000064'), OK, OK, '', 'AIGP'),
  row('aigp-len0', attribute(0x80, 26, ''), D, D, '', 'AIGP'),
  row('aigp-tlv-length-2', attribute(0x80, 26, '07 0002'), D, D, '', 'AIGP'),
  row('aigp-tlv-length-0', attribute(0x80, 26, '07 0000'), D, D, '', 'AIGP'),
  row('aigp-tlv-overrun', attribute(0x80, 26, '01 000b 00000000000000'), D, D, '', 'AIGP'),
  row('aigp-metric-length', attribute(0x80, 26, '01 000a 00000000000064'), D, D, '', 'AIGP'),
  row('aigp-flags', attribute(0xc0, 26, '01 000b 0000000000000064'), D, D, '', 'AIGP'),
  row('large-len0', attribute(0xc0, 32, ''), W, W, '3/9'),
  row('large-len11', attribute(0xc0, 32, '00'.repeat(11)), W, W, '3/9'),
  row('large-any-administrator', attribute(0xc0, 32, '00'.repeat(12)), OK, OK),
  row('otc-len3', attribute(0xc0, 35, '00fdea'), W, W, '3/9'),
  row('otc-flags', attribute(0x80, 35, '0000fdea'), W, W, '3/4'),
  row('otc-valid', attribute(0xc0, 35, '0000fdea'), OK, OK),
  row('attrset-short', attribute(0xc0, 128, '0000fd'), W, W, '3/9'),
  row('attrset-inner-overrun', attribute(0xc0, 128, '0000fdea 40 01 02 00'), W, W, '3/9'),
  row('attrset-valid', attribute(0xc0, 128, '0000fdea 40 01 01 00'), OK, OK),
  row('unknown-optional-transitive', attribute(0xc0, 99, '010203'), OK, OK),
  row('unknown-zero-length', attribute(0xc0, 99, ''), OK, OK),
  row('unknown-zero-length-extended', hex('d0 63 0000'), OK, OK),
  row('unknown-254-and-255', concat(attribute(0xc0, 254, '01'), attribute(0xe0, 255, '01')), OK, OK),
  row('unknown-optional-non-transitive', attribute(0x80, 99, '01'), OK, OK),
  row('unknown-well-known', attribute(0x40, 99, '01'), W, W, '3/2'),
  row('tunnel-encapsulation-is-opaque', attribute(0xc0, 23, 'ffff ffff 00'), OK, OK),
  row('prefix-sid-is-opaque', attribute(0xc0, 40, '01 ffff'), OK, OK),
];
