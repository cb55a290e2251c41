/** Framing and NLRI of UPDATE: RFC 4271 section 6.3, RFC 7606 sections 3 to 5. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SessionOptions, Update } from '../../bgp/index.ts';
import {
  AS_PATH,
  attribute,
  concat,
  decode,
  EBGP,
  hex,
  IBGP,
  IPV4_PLAIN,
  IPV6_PLAIN,
  MANDATORY,
  MED,
  MP_REACH,
  MP_UNREACH,
  message,
  NEXT_HOP,
  NLRI,
  ORIGIN,
  prefixes,
  recordHex,
  updateMessage,
  verdictOf,
} from './wire.ts';

const BAD_ORIGIN = attribute(0x40, 1, '05');
const ADD_PATH: SessionOptions = { ...EBGP, ipv4: { ...IPV4_PLAIN, addPathReceive: true } };

/** Attributes as raw octets, lengths kept honest outside. */
function raw(attributes: Uint8Array, nlri = NLRI): Uint8Array {
  return updateMessage({ attributes: [attributes], nlri });
}

function verdict(bytes: Uint8Array, options: SessionOptions = EBGP): string {
  return verdictOf(decode(bytes, options));
}

function nlriOf(bytes: Uint8Array, options: SessionOptions = EBGP): string[] {
  const update = decode(bytes, options);
  return prefixes(bytes, update.nlri);
}

test('framing-withdrawn-len-too-big', () => {
  assert.equal(verdict(message(2, hex('0003 0000'))), 'reset 3/1');
  assert.equal(verdict(message(2, hex('ffff 0000 00'))), 'reset 3/1');
  assert.equal(verdict(message(2, hex('0001 18 00'))), 'reset 3/1');
});

test('framing-total-attr-len-too-big', () => {
  assert.equal(verdict(message(2, hex('0000 0001'))), 'reset 3/1');
  assert.equal(verdict(message(2, hex('0000 ffff 400101'))), 'reset 3/1');
});

test('framing-last-attr-overrun: treat-as-withdraw, and the prefixes behind it are found', () => {
  const update = decode(raw(concat(...MANDATORY, hex('80 04 05 00000064'))));
  assert.equal(verdictOf(update), 'withdraw');
  assert.deepEqual(prefixes(update.bytes, update.nlri), ['203.0.113.0/24']);
});

test('framing-1/2-trailing', () => {
  assert.equal(verdict(raw(concat(...MANDATORY, hex('80')))), 'withdraw');
  assert.equal(verdict(raw(concat(...MANDATORY, hex('80 04')))), 'withdraw');
});

test('framing-extlen-3-trailing', () => {
  assert.equal(verdict(raw(concat(...MANDATORY, hex('90 04 00')))), 'withdraw');
});

test('an attribute that hides the rest leaves no route to withdraw: reset', () => {
  assert.equal(verdict(raw(concat(ORIGIN, hex('80 04 ff 00000064')), '')), 'reset 3/1');
  assert.equal(verdict(raw(concat(MP_REACH, ORIGIN, AS_PATH, hex('80')), '')), 'withdraw');
});

test('bad-origin-no-nlri: with nothing reachable, what would be a withdraw is a reset', () => {
  assert.equal(verdict(updateMessage({ attributes: [BAD_ORIGIN, AS_PATH, NEXT_HOP] })), 'reset 3/6 40010105');
  assert.equal(
    verdict(updateMessage({ withdrawn: NLRI, attributes: [BAD_ORIGIN, AS_PATH, NEXT_HOP] })),
    'reset 3/6 40010105',
  );
});

test('mpu-plus-malformed-attr-no-reach', () => {
  assert.equal(verdict(updateMessage({ attributes: [MP_UNREACH, BAD_ORIGIN] })), 'reset 3/6 40010105');
});

test('discard-error-no-nlri and attrs-no-nlri-valid change nothing', () => {
  const badAggregator = attribute(0xc0, 7, '00');
  assert.equal(verdict(updateMessage({ attributes: [...MANDATORY, badAggregator] })), 'discard');
  const update = decode(updateMessage({ attributes: MANDATORY }));
  assert.equal(verdictOf(update), 'ok');
  assert.equal(update.nlri.family ?? update.reach.family ?? update.withdrawn.family, undefined);
  assert.equal(update.endOfRib, undefined);
});

test('nlri-plen33 and withdrawn-plen33', () => {
  assert.equal(verdict(updateMessage({ attributes: MANDATORY, nlri: '21 cb00710000' })), 'reset 3/10');
  assert.equal(verdict(updateMessage({ attributes: MANDATORY, nlri: `${NLRI} ff ${'00'.repeat(32)}` })), 'reset 3/10');
  assert.equal(verdict(updateMessage({ withdrawn: '21 cb00710000' })), 'reset 3/10');
});

test('nlri-truncated and withdrawn-truncated', () => {
  assert.equal(verdict(updateMessage({ attributes: MANDATORY, nlri: `${NLRI} 18 cb00` })), 'reset 3/10');
  assert.equal(verdict(updateMessage({ withdrawn: '18 cb00' })), 'reset 3/10');
  assert.equal(verdict(updateMessage({ withdrawn: '01' })), 'reset 3/10');
});

test('ADD-PATH with fewer than 5 octets for path identifier and length', () => {
  for (const nlri of ['00000001', '000000', '00', '00000001 18 cb0071 00000002']) {
    assert.equal(verdict(updateMessage({ attributes: MANDATORY, nlri }), ADD_PATH), 'reset 3/10', nlri);
  }
});

test('ADD-PATH: two paths of one prefix are two', () => {
  const nlri = '00000001 18 cb0071 ffffffff 18 cb0071';
  const bytes = updateMessage({ withdrawn: '00000007 00', attributes: MANDATORY, nlri });
  const update = decode(bytes, ADD_PATH);
  assert.deepEqual(prefixes(bytes, update.nlri), ['1:203.0.113.0/24', '4294967295:203.0.113.0/24']);
  assert.deepEqual(prefixes(bytes, update.withdrawn), ['7:0.0.0.0/0']);
});

test('nlri-host-bits-set: they are cleared', () => {
  const bytes = updateMessage({ attributes: MANDATORY, nlri: '17 cb0071 01 ff 00 0f ffff' });
  assert.deepEqual(nlriOf(bytes), ['203.0.112.0/23', '128.0.0.0/1', '0.0.0.0/0', '255.254.0.0/15']);
});

test('nlri-multicast+good: what can never be routed is ignored, the rest counts', () => {
  const bytes = updateMessage({
    attributes: MANDATORY,
    nlri: `04 e0 ${NLRI} 08 7f 20 ffffffff 08 00 04 f0 10 0001 00 20 f0000001`,
  });
  const update = decode(bytes);
  assert.equal(verdictOf(update), 'ok');
  const good = ['203.0.113.0/24', '240.0.0.0/4', '0.0.0.0/0', '240.0.0.1/32'];
  assert.deepEqual(prefixes(bytes, update.nlri), good);
  assert.deepEqual([update.nlri.count, update.nlri.martians], [9, 5]);
  assert.equal(update.problems.length, 1);
  assert.match(update.problems[0]!.text, /224\.0\.0\.0\/4 and 4 more/);
});

test('same-prefix-withdrawn+nlri: both fields are told, the announcement comes second', () => {
  const update = decode(updateMessage({ withdrawn: NLRI, attributes: MANDATORY, nlri: NLRI }));
  assert.equal(verdictOf(update), 'ok');
  assert.deepEqual(prefixes(update.bytes, update.withdrawn), prefixes(update.bytes, update.nlri));
});

test('two-errors-discard+withdraw: the strongest counts', () => {
  const badAggregator = attribute(0xc0, 7, '00');
  const update = decode(updateMessage({ attributes: [BAD_ORIGIN, AS_PATH, NEXT_HOP, badAggregator], nlri: NLRI }));
  assert.equal(verdictOf(update), 'withdraw');
  assert.deepEqual(
    update.problems.map((problem) => problem.attribute),
    [1, 7],
  );
  const twice = updateMessage({ attributes: [BAD_ORIGIN, AS_PATH, NEXT_HOP], nlri: '21 0000000000' });
  assert.equal(verdict(twice), 'reset 3/10');
});

test('nlri-without-attrs and only-unknown-attr-with-nlri', () => {
  assert.equal(verdict(updateMessage({ nlri: NLRI })), 'withdraw');
  assert.equal(verdict(updateMessage({ attributes: [attribute(0xc0, 99, '00')], nlri: NLRI })), 'withdraw');
  assert.deepEqual(nlriOf(updateMessage({ nlri: NLRI })), ['203.0.113.0/24']);
});

test('missing-origin, missing-aspath, missing-nexthop', () => {
  for (const left of MANDATORY) {
    const attributes = MANDATORY.filter((one) => one !== left);
    for (const options of [EBGP, IBGP]) {
      const update = decode(updateMessage({ attributes, nlri: NLRI }), options);
      assert.equal(verdictOf(update), 'withdraw');
      assert.deepEqual(
        update.problems.map(({ attribute: code, text }) => [code, text]),
        [[left[1], 'is missing']],
      );
    }
  }
});

test('MP_REACH_NLRI needs ORIGIN and AS_PATH, but no NEXT_HOP', () => {
  assert.equal(verdict(updateMessage({ attributes: [MP_REACH, ORIGIN, AS_PATH] })), 'ok');
  assert.equal(verdict(updateMessage({ attributes: [MP_REACH, AS_PATH] })), 'withdraw');
  assert.equal(verdict(updateMessage({ attributes: [MP_REACH, ORIGIN] })), 'withdraw');
});

test('localpref-missing-i: nothing is wrong, and the session may give one', () => {
  const bytes = updateMessage({ attributes: MANDATORY, nlri: NLRI });
  assert.equal(verdict(bytes, IBGP), 'ok');
  const given = decode(bytes, { ...IBGP, defaultLocalPref: 100 });
  assert.equal(recordHex(given, given.nlri).slice(-14), '40050400000064');
  const external = decode(bytes, { ...EBGP, defaultLocalPref: 100 });
  assert.equal(recordHex(external, external.nlri), recordHex(given, given.nlri));
});

test('legacy-eor and mpu-eor', () => {
  assert.equal(decode(updateMessage({})).endOfRib?.name, 'ipv4');
  const ipv6 = decode(updateMessage({ attributes: [attribute(0x80, 15, '0002 01')] }));
  assert.equal(ipv6.endOfRib?.name, 'ipv6');
  const ipv4 = decode(updateMessage({ attributes: [attribute(0x80, 15, '0001 01')] }));
  assert.equal(ipv4.endOfRib?.name, 'ipv4');
  assert.deepEqual([ipv4.verdict, ipv6.verdict, ipv6.problems.length], [0, 0, 0]);
});

test('what is not quite an End-of-RIB is none', () => {
  const empty = attribute(0x80, 15, '0002 01');
  assert.equal(decode(updateMessage({ withdrawn: NLRI, attributes: [empty] })).endOfRib, undefined);
  assert.equal(decode(updateMessage({ attributes: [empty, MED] })).endOfRib, undefined);
  assert.equal(decode(updateMessage({ attributes: [...MANDATORY, empty], nlri: NLRI })).endOfRib, undefined);
  assert.equal(decode(updateMessage({ attributes: [MP_UNREACH] })).endOfRib, undefined);
  assert.equal(decode(updateMessage({ withdrawn: NLRI })).endOfRib, undefined);
  const broken = decode(updateMessage({ attributes: [empty, hex('80')] }));
  assert.deepEqual([verdictOf(broken), broken.endOfRib], ['reset 3/1', undefined]);
});

test('mpu-eor-unnegotiated is ignored', () => {
  const only4 = { ...EBGP, ipv6: undefined };
  const update = decode(updateMessage({ attributes: [attribute(0x80, 15, '0002 01')] }), only4);
  assert.deepEqual([verdictOf(update), update.endOfRib], ['ok', undefined]);
  const foreign = decode(updateMessage({ attributes: [attribute(0x80, 15, '0019 46')] }));
  assert.deepEqual([verdictOf(foreign), foreign.endOfRib], ['ok', undefined]);
  assert.equal(decode(updateMessage({}), { ...EBGP, ipv4: undefined }).endOfRib, undefined);
});

test('classic prefixes without IPv4 being agreed on are ignored', () => {
  const only6 = { ...EBGP, ipv4: undefined, ipv6: IPV6_PLAIN };
  const update = decode(updateMessage({ withdrawn: NLRI, attributes: MANDATORY, nlri: '21 ff' }), only6);
  assert.equal(verdictOf(update), 'ok');
  assert.deepEqual([update.nlri.family, update.withdrawn.family], [undefined, undefined]);
  assert.equal(update.problems.length, 2);
  const mixed = decode(updateMessage({ attributes: [MP_REACH, ...MANDATORY], nlri: NLRI }), only6);
  assert.deepEqual(prefixes(mixed.bytes, mixed.reach), ['2001:db8:1::/48']);
  assert.equal(mixed.reach.nextHopLength, 16);
});

test('a reset leaves nothing to apply', () => {
  const bytes = updateMessage({ withdrawn: NLRI, attributes: [MP_REACH, MP_REACH, ...MANDATORY], nlri: NLRI });
  const update = decode(bytes);
  assert.equal(verdictOf(update), 'reset 3/1');
  for (const field of [update.withdrawn, update.unreach, update.nlri, update.reach]) {
    assert.equal(field.family, undefined);
  }
});

test('one Update takes message after message, and earlier ones leave no trace', () => {
  const update = new Update();
  const good = updateMessage({ attributes: MANDATORY, nlri: NLRI });
  const both = updateMessage({ attributes: [MP_REACH, ...MANDATORY, MED], nlri: NLRI });
  const bad = updateMessage({ attributes: [BAD_ORIGIN, AS_PATH, NEXT_HOP], nlri: NLRI });
  const fresh = (bytes: Uint8Array) => recordHex(decode(bytes), decode(bytes).nlri);
  for (const bytes of [good, both, good, bad, good, updateMessage({}), good, both, bad, both]) {
    const verdictNow = update.decode(bytes, 0, bytes.length, EBGP);
    assert.equal(verdictNow, decode(bytes).verdict);
    if (bytes === bad) continue;
    if (update.nlri.family !== undefined) assert.equal(recordHex(update, update.nlri), fresh(bytes));
    assert.equal(update.reach.family === undefined, bytes !== both);
  }
});

test('the same attributes again are recognised, and only then', () => {
  const update = new Update();
  const take = (bytes: Uint8Array, options = EBGP) => {
    update.decode(bytes, 0, bytes.length, options);
    return update.sameAttributes;
  };
  const first = updateMessage({ attributes: MANDATORY, nlri: NLRI });
  const second = updateMessage({ withdrawn: NLRI, attributes: MANDATORY, nlri: '10 c612 08 0a 04 e0' });
  const other = updateMessage({ attributes: [...MANDATORY, MED], nlri: NLRI });
  const long = updateMessage({ attributes: MANDATORY, nlri: NLRI.repeat(300) });
  assert.equal(take(first), false);
  assert.equal(take(first), false, 'the second time with one length is when it is remembered');
  assert.equal(take(second), true);
  assert.equal(recordHex(update, update.nlri), recordHex(decode(first), decode(first).nlri));
  assert.equal(update.nlri.nextHopLength, 4);
  assert.deepEqual(prefixes(second, update.nlri), ['198.18.0.0/16', '10.0.0.0/8']);
  assert.equal(update.problems.length, 1);
  assert.equal(take(updateMessage({ withdrawn: NLRI })), false);
  assert.equal(take(first), true);
  assert.equal(take(first, { ...EBGP }), false);
  assert.equal(take(other), false);
  assert.equal(take(other), false);
  assert.equal(take(other), true);
  assert.equal(take(long), false);
  assert.equal(take(first), true, 'a long message is remembered at once');
  assert.equal(take(updateMessage({ attributes: [MP_REACH, ORIGIN, AS_PATH] })), false);
  assert.equal(take(updateMessage({ attributes: [MP_REACH, ORIGIN, AS_PATH] })), false);
  assert.equal(take(first), false);
});
