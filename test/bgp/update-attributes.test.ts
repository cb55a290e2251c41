/** Path attributes of UPDATE: RFC 7606 section 7 and each attribute's own RFC; eBGP and iBGP side by side. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHex, type SessionOptions } from '../../bgp/index.ts';
import { ATTRIBUTE_ROWS, type AttributeSession, NO_RESET } from './attribute-rows.ts';
import {
  AS_PATH,
  attribute,
  concat,
  decode,
  EBGP,
  hex,
  IBGP,
  MP_REACH,
  NEXT_HOP,
  NLRI,
  notificationOf,
  ORIGIN,
  prefixes,
  recordHex,
  updateMessage,
  verdictOf,
} from './wire.ts';

/** What the three attributes around the one under test leave in a record. */
const AROUND = new Map<number, Uint8Array>([
  [1, ORIGIN],
  [2, AS_PATH],
  [3, NEXT_HOP],
]);

/** The three mandatory attributes with `one` in the place of its like, or added; in the order given by `position`. */
function around(one: Uint8Array, position: 'first' | 'middle' | 'last'): Uint8Array[] {
  const code = one[1]!;
  const others = [...AROUND].filter(([other]) => other !== code).map(([, octets]) => octets);
  if (position === 'first') return [one, ...others];
  if (position === 'last') return [...others, one];
  return [others[0]!, one, ...others.slice(1)];
}

const SESSIONS: Readonly<Record<AttributeSession, Partial<SessionOptions>>> = {
  plain: {},
  'first AS': { enforceFirstAs: true },
  'any first AS': { enforceFirstAs: false },
  'no AS sets': { allowAsSets: false },
  'two-octet': { as4: false },
  'LOCAL_PREF outside': { allowLocalPref: true },
  AIGP: { aigp: true },
};

for (const { id, attribute: one, ebgp, ibgp, reset, session: kindOfSession } of ATTRIBUTE_ROWS) {
  for (const [kind, base, expected] of [
    ['eBGP', EBGP, ebgp],
    ['iBGP', IBGP, ibgp],
  ] as const) {
    const session = { ...base, ...SESSIONS[kindOfSession] };
    const narrowed = session.as4 ? [] : [attribute(0x40, 2, '02 02 fdea fdeb')];
    const place = (attributes: Uint8Array[]) =>
      attributes.map((octets) => (octets === AS_PATH ? (narrowed[0] ?? AS_PATH) : octets));
    test(`${id} (${kind}): ${expected}`, () => {
      for (const position of ['first', 'middle', 'last'] as const) {
        const bytes = updateMessage({ attributes: place(around(one, position)), nlri: `${NLRI} 10 c612` });
        const update = decode(bytes, session);
        assert.equal(verdictOf(update), expected, `${position}: ${JSON.stringify(update.problems)}`);
        assert.deepEqual(prefixes(bytes, update.nlri), ['203.0.113.0/24', '198.18.0.0/16'], 'prefixes are found');
        if (expected === 'ok') assert.deepEqual(update.problems, []);
        else assert.ok(update.problems.length > 0, 'there is something for the log');
      }
    });
    if (expected === 'withdraw') {
      test(`${id} (${kind}) with nothing reachable: reset ${reset}`, () => {
        const update = decode(updateMessage({ attributes: place(around(one, 'middle')) }), session);
        if (reset === NO_RESET) {
          assert.deepEqual([verdictOf(update), update.problems], ['ok', []]);
          return;
        }
        // RFC 4271 section 6.3: the attribute is the data, but there is none with 3/11.
        const data = reset === '3/11' ? '' : ` ${formatHex(one, 0, one.length, '')}`;
        assert.equal(notificationOf(update), `${reset}${data}`);
      });
    }
    if (expected === 'discard') {
      test(`${id} (${kind}) leaves the other attributes as they are`, () => {
        const rest = place(around(one, 'first').slice(1));
        const clean = decode(updateMessage({ attributes: rest, nlri: NLRI }), session);
        for (const position of ['first', 'middle', 'last'] as const) {
          const update = decode(updateMessage({ attributes: place(around(one, position)), nlri: NLRI }), session);
          assert.equal(recordHex(update, update.nlri), recordHex(clean, clean.nlri));
        }
      });
    }
  }
}

test('second occurrence: the first counts, even where it is the broken one', () => {
  const bad = attribute(0x40, 1, '07');
  const first = decode(updateMessage({ attributes: [ORIGIN, AS_PATH, NEXT_HOP, bad], nlri: NLRI }));
  assert.equal(verdictOf(first), 'ok');
  assert.match(recordHex(first, first.nlri), /^40010100/);
  const second = decode(updateMessage({ attributes: [bad, AS_PATH, NEXT_HOP, ORIGIN], nlri: NLRI }));
  assert.equal(verdictOf(second), 'withdraw');
});

test('communities of each kind become sorted sets', () => {
  const attributes = [
    ORIGIN,
    AS_PATH,
    NEXT_HOP,
    attribute(0xc0, 8, 'fde90002 fde90001 fde90002 00010001'),
    attribute(0xc0, 16, '0002fde900000002 0002fde900000001 0002fde900000002'),
    attribute(0xc0, 32, `${'00000002'.repeat(3)} ${'00000001'.repeat(3)} ${'00000002'.repeat(3)}`),
  ];
  const update = decode(updateMessage({ attributes, nlri: NLRI }));
  assert.equal(verdictOf(update), 'ok');
  const record = recordHex(update, update.nlri);
  assert.match(record, /c0080c00010001fde90001fde90002/);
  assert.match(record, /c010100002fde9000000010002fde900000002/);
  assert.match(record, new RegExp(`c02018${'00000001'.repeat(3)}${'00000002'.repeat(3)}`));
});

test('communities in any order and number are sorted by unsigned value, and each stays once', () => {
  const hexOf = (words: readonly number[]): string => words.map((word) => word.toString(16).padStart(8, '0')).join('');
  for (const [code, width] of [
    [8, 1],
    [16, 2],
    [32, 3],
  ] as const) {
    for (const count of [1, 2, 3, 7, 15, 16, 17, 48, 49, 63, 64, 65, 80, 200]) {
      const elements = Array.from({ length: count }, (_, i) => {
        const seed = Math.imul(i % Math.ceil((count * 2) / 3), 0x9e3779b1) >>> 0;
        return hexOf([seed, seed % 3, 0xffff_ffff - seed].slice(0, width));
      });
      const kept = [...new Set(elements)].sort().join('');
      const attributes = [ORIGIN, AS_PATH, NEXT_HOP, attribute(0xc0, code, elements.join(''))];
      const update = decode(updateMessage({ attributes, nlri: NLRI }));
      assert.equal(verdictOf(update), 'ok');
      const length = kept.length / 2;
      const header =
        length > 255 ? `d0${code.toString(16).padStart(2, '0')}${length.toString(16).padStart(4, '0')}` : '';
      const short = `c0${code.toString(16).padStart(2, '0')}${length.toString(16).padStart(2, '0')}`;
      assert.ok(recordHex(update, update.nlri).endsWith(`${header || short}${kept}`), `${count} of ${width} words`);
    }
  }
});

test('a record is the same whatever order and flags the attributes came in', () => {
  const plain = [
    ORIGIN,
    AS_PATH,
    NEXT_HOP,
    attribute(0x80, 4, '00000064'),
    attribute(0xc0, 8, 'fde90001'),
    attribute(0xe0, 99, '0102'),
  ];
  const expected = decode(updateMessage({ attributes: plain, nlri: NLRI }));
  const record = recordHex(expected, expected.nlri);
  let orders = 0;
  const permute = (left: Uint8Array[], chosen: Uint8Array[]) => {
    if (left.length === 0) {
      const update = decode(updateMessage({ attributes: chosen, nlri: NLRI }));
      assert.equal(recordHex(update, update.nlri), record);
      orders++;
    }
    left.forEach((one, i) => {
      permute([...left.slice(0, i), ...left.slice(i + 1)], [...chosen, one]);
    });
  };
  permute(plain, []);
  assert.equal(orders, 720);
  const odd = [hex('5f 01 0001 00'), ...plain.slice(1, 3), hex('9f 04 0004 00000064'), ...plain.slice(4)];
  const same = decode(updateMessage({ attributes: odd, nlri: NLRI }));
  assert.equal(recordHex(same, same.nlri), record);
});

test('Partial stays on what travels on, known or not, and goes from the rest', () => {
  const attributes = [
    attribute(0x60, 1, '00'),
    AS_PATH,
    NEXT_HOP,
    attribute(0xa0, 4, '00000064'),
    attribute(0xe0, 8, 'fde90001'),
    attribute(0xe0, 99, '01'),
  ];
  const update = decode(updateMessage({ attributes, nlri: NLRI }));
  const record = recordHex(update, update.nlri);
  assert.match(record, /^400101.*800404.*e00804fde90001e0630101$/);
});

test('an AS_PATH of 750 numbers is the longest, also in the two-octet form', () => {
  const path = (numbers: number, width: 2 | 4) => {
    const segments: Uint8Array[] = [];
    for (let left = numbers; left > 0; left -= 255) {
      const count = Math.min(left, 255);
      segments.push(Uint8Array.of(2, count), hex((width === 2 ? 'fdea' : '0000fdea').repeat(count)));
    }
    return attribute(0x40, 2, concat(...segments));
  };
  for (const [numbers, expected] of [
    [750, 'ok'],
    [751, 'withdraw'],
  ] as const) {
    for (const width of [2, 4] as const) {
      const bytes = updateMessage({ attributes: [ORIGIN, path(numbers, width), NEXT_HOP], nlri: NLRI });
      const update = decode(bytes, { ...EBGP, as4: width === 4 });
      assert.equal(verdictOf(update), expected, `${numbers} of ${width} octets`);
      if (expected === 'ok') assert.equal(update.nlri.recordEnd - update.nlri.recordStart, 4 + 4 + 7 + 750 * 4 + 6);
    }
  }
});

test('confederation segments: legal inside, and a member has to lead with one', () => {
  const member: SessionOptions = { ...EBGP, confederationMember: true };
  const inside: SessionOptions = { ...IBGP, confederationMember: true };
  const led = [ORIGIN, attribute(0x40, 2, '03 01 0000fdea 02 01 00000001'), NEXT_HOP];
  const unled = [ORIGIN, AS_PATH, NEXT_HOP];
  assert.equal(verdictOf(decode(updateMessage({ attributes: led, nlri: NLRI }), member)), 'ok');
  assert.equal(verdictOf(decode(updateMessage({ attributes: led, nlri: NLRI }), inside)), 'ok');
  assert.equal(verdictOf(decode(updateMessage({ attributes: unled, nlri: NLRI }), member)), 'withdraw');
  assert.equal(verdictOf(decode(updateMessage({ attributes: unled, nlri: NLRI }), inside)), 'ok');
  const strict = { ...member, enforceFirstAs: true };
  assert.equal(verdictOf(decode(updateMessage({ attributes: led, nlri: NLRI }), strict)), 'ok');
  assert.equal(verdictOf(decode(updateMessage({ attributes: led, nlri: NLRI }), { ...strict, peerAs: 1 })), 'withdraw');
  const preferred = [...led, attribute(0x40, 5, '000000c8')];
  assert.equal(verdictOf(decode(updateMessage({ attributes: preferred, nlri: NLRI }), member)), 'ok');
});

test('roles: a leak is withdrawn, and what comes down or across is marked', () => {
  const marked = (as: string) => [ORIGIN, AS_PATH, NEXT_HOP, attribute(0xc0, 35, as)];
  const verdict = (localRole: number, attributes: Uint8Array[]) =>
    verdictOf(decode(updateMessage({ attributes, nlri: NLRI }), { ...EBGP, localRole }));
  const peer = '0000fdea';
  assert.equal(verdict(0, marked(peer)), 'withdraw');
  assert.equal(verdict(1, marked(peer)), 'withdraw');
  assert.equal(verdict(2, marked('00000001')), 'ok');
  assert.equal(verdict(3, marked('00000001')), 'ok');
  assert.equal(verdict(4, marked(peer)), 'ok');
  assert.equal(verdict(4, marked('00000001')), 'withdraw');
  const attributes = [ORIGIN, AS_PATH, NEXT_HOP];
  for (let localRole = -1; localRole <= 4; localRole++) {
    const update = decode(updateMessage({ attributes, nlri: NLRI }), { ...EBGP, localRole });
    assert.equal(recordHex(update, update.nlri).endsWith('c023040000fdea'), localRole >= 2, `role ${localRole}`);
  }
  const internal = decode(updateMessage({ attributes, nlri: NLRI }), { ...IBGP, localRole: 3 });
  assert.equal(recordHex(internal, internal.nlri).includes('c02304'), false);
  const nothing = decode(updateMessage({ attributes: marked(peer) }), { ...EBGP, localRole: 0 });
  assert.equal(verdictOf(nothing), 'ok', 'a leak without routes is no reason for a reset');
});

test('mp-with-legacy-nexthop: NEXT_HOP beside MP_REACH_NLRI alone is not looked at', () => {
  for (const legacy of [NEXT_HOP, attribute(0x40, 3, '00000000'), attribute(0x40, 3, ''), attribute(0xc0, 3, 'ff')]) {
    const update = decode(updateMessage({ attributes: [MP_REACH, ORIGIN, AS_PATH, legacy] }));
    assert.equal(verdictOf(update), 'ok');
    assert.match(recordHex(update, update.reach), /40031020010db8000000000000000000000001$/);
  }
});

test('NEXT_HOP 0.0.0.0 beside withdrawn routes alone, as some senders have it, costs nothing', () => {
  const attributes = [ORIGIN, AS_PATH, attribute(0x40, 3, '00000000'), attribute(0x80, 15, '0001 84')];
  assert.equal(verdictOf(decode(updateMessage({ attributes }))), 'ok');
  const foreign = attribute(0x80, 14, '0001 84 04 0a000001 00 60 00000001 0002000100000064');
  assert.equal(verdictOf(decode(updateMessage({ attributes: [...attributes.slice(0, 3), foreign] }))), 'ok');
});
