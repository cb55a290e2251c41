/** MP_REACH_NLRI and MP_UNREACH_NLRI: RFC 4760 section 7, RFC 7606 sections 5.3 and 7.11, RFC 2545, RFC 8950. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionOptions } from '../../bgp/index.ts';
import {
  AS_PATH,
  attribute,
  concat,
  decode,
  EBGP,
  hex,
  IPV4_PLAIN,
  IPV6_PLAIN,
  MANDATORY,
  MP_REACH,
  MP_UNREACH,
  NLRI,
  ORIGIN,
  prefixes,
  recordHex,
  toHex,
  updateMessage,
  verdictOf,
} from './wire.ts';

const GLOBAL = '20010db8000000000000000000000001';
const LINK_LOCAL = 'fe800000000000000000000000000001';
const ZERO = '00'.repeat(16);
const PREFIX = '30 20010db80001';
const LINK: SessionOptions = { ...EBGP, linkScope: true };
const EXTENDED: SessionOptions = { ...EBGP, ipv4: { ...IPV4_PLAIN, extendedNextHop: true } };

function reach(nextHop: string, nlri = PREFIX, family = '0002 01', flags = 0x80): Uint8Array {
  const length = hex(nextHop).length.toString(16).padStart(2, '0');
  return attribute(flags, 14, `${family} ${length} ${nextHop} 00 ${nlri}`);
}

function decodeMp(one: Uint8Array, options: SessionOptions = EBGP) {
  return decode(updateMessage({ attributes: [one, ORIGIN, AS_PATH] }), options);
}

function nextHopOf(one: Uint8Array, options: SessionOptions): string {
  const update = decodeMp(one, options);
  if (verdictOf(update) !== 'ok') return verdictOf(update);
  const { nextHopStart, nextHopLength } = update.reach;
  return toHex(update.record.subarray(nextHopStart, nextHopStart + nextHopLength));
}

const resets: readonly [string, Uint8Array, SessionOptions?][] = [
  ['mp-short4', attribute(0x80, 14, '0002 01 00')],
  ['mp-short0', attribute(0x80, 14, '')],
  ['mpu-short2', attribute(0x80, 15, '0002')],
  ['mpu-short0', attribute(0x80, 15, '')],
  ['mp-flag-trans', reach(GLOBAL, PREFIX, '0002 01', 0xc0)],
  ['mp-flag-well-known', reach(GLOBAL, PREFIX, '0002 01', 0x40)],
  ['mpu-flag-trans', attribute(0xc0, 15, `0002 01 ${PREFIX}`)],
  ['mp-nhlen9', reach('20010db80000000000')],
  ['mp-nhlen0', reach('')],
  ['mp-nhlen24', reach(`0000000000000000 ${GLOBAL}`)],
  ['mp-nhlen-overrun', attribute(0x80, 14, `0002 01 20 ${GLOBAL} 00`)],
  ['mp-nhlen-up-to-the-end', attribute(0x80, 14, `0002 01 10 ${GLOBAL}`)],
  ['mp-plen129', reach(GLOBAL, `81 ${'00'.repeat(17)}`)],
  ['mpu-plen129', attribute(0x80, 15, `0002 01 81 ${'00'.repeat(17)}`)],
  ['mp-nlri-truncated', reach(GLOBAL, `${PREFIX} 30 20010db800`)],
  ['mpu-truncated', attribute(0x80, 15, '0002 01 30 20010db800')],
  ['mp-ipv4-plen33', reach('c0000201', '21 cb00710000', '0001 01')],
  ['mp-ipv4-nexthop16-not-agreed', reach(GLOBAL, NLRI, '0001 01')],
  ['mp-ipv4-nexthop32-not-agreed', reach(GLOBAL + LINK_LOCAL, NLRI, '0001 01')],
  ['mp-ipv6-nexthop4', reach('c0000201')],
];
for (const [id, one, options] of resets) {
  test(`${id} is answered with 3/9 and the attribute`, () => {
    assert.equal(verdictOf(decodeMp(one, options)), `reset 3/9 ${toHex(one)}`);
    const behind = decode(updateMessage({ attributes: [ORIGIN, AS_PATH, one], nlri: NLRI }), options ?? EBGP);
    assert.equal(verdictOf(behind), `reset 3/9 ${toHex(one)}`);
  });
}

test('the attribute that is sent back has its header as it came', () => {
  const extended = concat(hex('90 0e 0004'), hex('0002 01 00'));
  assert.equal(verdictOf(decodeMp(extended)), `reset 3/9 ${toHex(extended)}`);
});

test('mp-duplicate and mpu-duplicate are answered with 3/1', () => {
  assert.equal(verdictOf(decode(updateMessage({ attributes: [MP_REACH, ORIGIN, AS_PATH, MP_REACH] }))), 'reset 3/1');
  assert.equal(verdictOf(decode(updateMessage({ attributes: [MP_UNREACH, MP_UNREACH] }))), 'reset 3/1');
});

test('mp-nexthop-ll-pair: both where the interface is known, else the global one', () => {
  assert.equal(nextHopOf(reach(GLOBAL + LINK_LOCAL), LINK), GLOBAL + LINK_LOCAL);
  assert.equal(nextHopOf(reach(GLOBAL + LINK_LOCAL), EBGP), GLOBAL);
});

test('link-local next hops come in three forms and need a known interface', () => {
  for (const form of [LINK_LOCAL, ZERO + LINK_LOCAL, LINK_LOCAL + LINK_LOCAL, LINK_LOCAL + ZERO]) {
    assert.equal(nextHopOf(reach(form), LINK), LINK_LOCAL);
    assert.equal(nextHopOf(reach(form), EBGP), 'withdraw');
  }
});

test('a second next hop that is not link-local makes the route unusable; zeros are nothing', () => {
  assert.equal(nextHopOf(reach(GLOBAL + GLOBAL), LINK), 'withdraw');
  assert.equal(nextHopOf(reach(GLOBAL + ZERO), LINK), GLOBAL);
  assert.equal(nextHopOf(reach(ZERO + ZERO), LINK), 'withdraw');
});

test('mp-nexthop-unspec, -multicast, loopback and IPv4-mapped are withdrawn', () => {
  const loopback = `${'00'.repeat(15)}01`;
  const mapped = '00000000000000000000ffffc0000201';
  for (const nextHop of [ZERO, loopback, `ff02${'00'.repeat(14)}`, mapped]) {
    assert.equal(nextHopOf(reach(nextHop), LINK), 'withdraw');
    assert.equal(nextHopOf(reach(nextHop + LINK_LOCAL), LINK), nextHop === ZERO ? LINK_LOCAL : 'withdraw');
  }
});

test('IPv4 next hops of IPv6 prefixes are IPv4 where that was agreed', () => {
  const agreed: SessionOptions = { ...EBGP, ipv6: { ...IPV6_PLAIN, extendedNextHop: true } };
  assert.equal(nextHopOf(reach('00000000000000000000ffffc0000201'), agreed), 'c0000201');
  assert.equal(nextHopOf(reach('00000000000000000000ffff7f000001'), agreed), 'withdraw');
  assert.equal(nextHopOf(reach(GLOBAL), agreed), GLOBAL);
});

test('RFC 8950: IPv4 prefixes with IPv6 next hops where that was agreed', () => {
  const update = decodeMp(reach(GLOBAL, NLRI, '0001 01'), EXTENDED);
  assert.equal(verdictOf(update), 'ok');
  assert.deepEqual(prefixes(update.bytes, update.reach), ['203.0.113.0/24']);
  assert.equal(nextHopOf(reach(GLOBAL, NLRI, '0001 01'), EXTENDED), GLOBAL);
  assert.equal(
    nextHopOf(reach(GLOBAL + LINK_LOCAL, NLRI, '0001 01'), { ...EXTENDED, linkScope: true }),
    GLOBAL + LINK_LOCAL,
  );
  assert.equal(nextHopOf(reach('c0000201', NLRI, '0001 01'), EBGP), 'c0000201');
  assert.equal(nextHopOf(reach('7f000001', NLRI, '0001 01'), EBGP), 'withdraw');
});

test('mp-afi-unknown and mp-afi-not-negotiated are ignored, with a line for the log', () => {
  const only4 = { ...EBGP, ipv6: undefined };
  for (const [one, options] of [
    [reach(GLOBAL, 'ff ff', '0019 46'), EBGP],
    [reach(GLOBAL, PREFIX, '0002 02'), EBGP],
    [MP_REACH, only4],
    [attribute(0x80, 15, '0019 46 ff'), EBGP],
    [MP_UNREACH, only4],
  ] as const) {
    const update = decodeMp(one, options);
    assert.equal(verdictOf(update), 'ok');
    assert.deepEqual([update.reach.family, update.unreach.family], [undefined, undefined]);
    assert.equal(update.problems.length, 1);
    assert.match(update.problems[0]!.text, /not agreed/);
  }
  const beside = decode(updateMessage({ attributes: [MP_REACH, ...MANDATORY], nlri: NLRI }), only4);
  assert.deepEqual([verdictOf(beside), prefixes(beside.bytes, beside.nlri)], ['ok', ['203.0.113.0/24']]);
});

test('a bad attribute beside a family that was not agreed on does not cost the session', () => {
  const update = decodeMp(MP_REACH, { ...EBGP, ipv6: undefined });
  assert.equal(verdictOf(update), 'ok');
  const bad = updateMessage({ attributes: [MP_REACH, attribute(0x40, 1, '07')] });
  assert.equal(verdictOf(decode(bad, { ...EBGP, ipv6: undefined })), 'withdraw');
});

test('mp-last-position is as good as the first', () => {
  const first = decodeMp(MP_REACH);
  const last = decode(updateMessage({ attributes: [ORIGIN, AS_PATH, MP_REACH] }));
  assert.equal(recordHex(last, last.reach), recordHex(first, first.reach));
});

test('prefixes in both fields: each gets its own next hop', () => {
  const update = decode(
    updateMessage({ attributes: [MP_REACH, ...MANDATORY, attribute(0x80, 4, '00000007')], nlri: NLRI }),
  );
  assert.equal(verdictOf(update), 'ok');
  const head = toHex(ORIGIN) + toHex(AS_PATH);
  assert.equal(recordHex(update, update.nlri), `${head}400304c000020180040400000007`);
  assert.equal(recordHex(update, update.reach), `${head}400310${GLOBAL}80040400000007`);
  assert.equal(update.reach.nextHopLength, 16);
  assert.equal(toHex(update.record.subarray(update.reach.nextHopStart, update.reach.nextHopStart + 16)), GLOBAL);
});

test('MP_REACH_NLRI without prefixes changes nothing, whatever its next hop', () => {
  for (const nextHop of [GLOBAL, ZERO]) {
    const update = decodeMp(reach(nextHop, ''));
    assert.deepEqual([verdictOf(update), update.reach.family], ['ok', undefined]);
  }
});

test('the reserved octet is ignored', () => {
  const one = attribute(0x80, 14, `0002 01 10 ${GLOBAL} ff ${PREFIX}`);
  assert.equal(recordHex(decodeMp(one), decodeMp(one).reach), recordHex(decodeMp(MP_REACH), decodeMp(MP_REACH).reach));
});

test('withdrawn and announced of two families in one message', () => {
  const both = [MP_REACH, MP_UNREACH, ...MANDATORY];
  const update = decode(updateMessage({ withdrawn: '08 0a', attributes: both, nlri: NLRI }));
  assert.deepEqual(prefixes(update.bytes, update.withdrawn), ['10.0.0.0/8']);
  assert.deepEqual(prefixes(update.bytes, update.unreach), ['2001:db8:1::/48']);
  assert.deepEqual(prefixes(update.bytes, update.reach), ['2001:db8:1::/48']);
  assert.deepEqual(prefixes(update.bytes, update.nlri), ['203.0.113.0/24']);
});

test('IPv6 prefixes that can never be routed are ignored', () => {
  const nlri = `08 ff 0a fe80 80 ${'00'.repeat(15)}01 ${PREFIX} 00 60 00000000000000000000ffff`;
  const update = decodeMp(reach(GLOBAL, nlri));
  assert.deepEqual(prefixes(update.bytes, update.reach), ['2001:db8:1::/48', '::/0']);
  assert.deepEqual([update.reach.count, update.reach.martians], [6, 4]);
});

test('ADD-PATH of one family does not touch the other', () => {
  const options: SessionOptions = { ...EBGP, ipv6: { ...IPV6_PLAIN, addPathReceive: true } };
  const one = reach(GLOBAL, `00000005 ${PREFIX}`);
  const update = decode(updateMessage({ attributes: [one, ...MANDATORY], nlri: NLRI }), options);
  assert.deepEqual(prefixes(update.bytes, update.reach), ['5:2001:db8:1::/48']);
  assert.deepEqual(prefixes(update.bytes, update.nlri), ['203.0.113.0/24']);
});
