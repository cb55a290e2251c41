/**
 * Broken messages of every kind, with fixed seeds: whatever a peer sends, decoding ends with a verdict, reads nothing
 * outside the message, and what is accepted can be sent again and means the same. The inputs are made from the tables
 * of attributes and capabilities, so that a new row is tested from its first day. PEREGRINE_LONG makes a hundred times as many.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ATTRIBUTES,
  AttributeBlock,
  AttributeCode,
  attributeDescriptor,
  attributeEnd,
  CAPABILITIES,
  Capabilities,
  decodeNotification,
  decodeOpen,
  decodeRouteRefresh,
  decodeShutdownText,
  EncodeFault,
  encodeNotification,
  encodeOpen,
  FrameResult,
  findAttribute,
  formatAttribute,
  formatCapabilities,
  formatProblem,
  innerError,
  isUnrecognized,
  knownFlags,
  MessageType,
  type NlriField,
  NotificationError,
  ReceiveWindow,
  type SessionOptions,
  Update,
  UpdateEncoder,
  UpdateVerdict,
} from '../../bgp/index.ts';
import { concat, describe, EBGP, hex, IBGP, IPV4_PLAIN, IPV6_PLAIN, message, toHex, updateMessage } from './wire.ts';

const ROUNDS = process.env['PEREGRINE_LONG'] === undefined ? 1 : 100;

/** mulberry32: small, seeded, good enough to break things. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}
type Random = ReturnType<typeof random>;

function octets(pick: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => pick(256));
}

function choose<T>(pick: Random, from: readonly T[]): T {
  return from[pick(from.length)]!;
}

const PATHS = { addPathReceive: true, addPathSend: true };
const MEMBER: SessionOptions = {
  ...IBGP,
  confederationMember: true,
  aigp: true,
  linkScope: true,
  defaultLocalPref: 100,
};
const SESSIONS: readonly SessionOptions[] = [
  EBGP,
  IBGP,
  { ...EBGP, as4: false },
  { ...MEMBER, as4: false },
  { ...EBGP, enforceFirstAs: true, allowAsSets: false, localRole: 3, aigp: true },
  {
    ...MEMBER,
    ipv4: { ...IPV4_PLAIN, ...PATHS, extendedNextHop: true },
    ipv6: { ...IPV6_PLAIN, ...PATHS, extendedNextHop: true },
  },
  { ...EBGP, ipv6: undefined, localRole: 0 },
];

function segments(pick: Random, width: 2 | 4): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let left = pick(4); left > 0; left--) {
    const count = 1 + pick(5);
    parts.push(Uint8Array.of(choose(pick, [1, 2, 2, 2, 3, 4]), count));
    for (let i = 0; i < count; i++)
      parts.push(
        width === 2 ? Uint8Array.of(pick(256), 1 + pick(255)) : Uint8Array.of(0, pick(3), pick(256), 1 + pick(255)),
      );
  }
  return concat(...parts);
}

function nlri(pick: Random, version: 4 | 6, addPath: boolean, most = 5): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let left = pick(most + 1); left > 0; left--) {
    const length = pick(version === 4 ? 33 : 129);
    if (addPath) parts.push(octets(pick, 4));
    parts.push(Uint8Array.of(length), octets(pick, (length + 7) >> 3));
  }
  return concat(...parts);
}

/** Values that are right on a session of the given kind, by type code. Each row of the table needs one. */
const VALUES: Record<number, (pick: Random, options: SessionOptions) => Uint8Array> = {
  1: (pick) => Uint8Array.of(pick(3)),
  2: (pick, options) => segments(pick, options.as4 ? 4 : 2),
  3: (pick) => Uint8Array.of(10, pick(256), pick(256), 1 + pick(254)),
  4: (pick) => octets(pick, 4),
  5: (pick) => octets(pick, 4),
  6: () => new Uint8Array(0),
  7: (pick, options) => (options.as4 ? concat(hex('0000fd'), octets(pick, 5)) : concat(hex('fd'), octets(pick, 5))),
  8: (pick) => octets(pick, 4 * (1 + pick(6))),
  9: (pick) => octets(pick, 4),
  10: (pick) => octets(pick, 4 * (1 + pick(4))),
  14: (pick, options) => {
    const version = choose(pick, [4, 6] as const);
    const addPath = (version === 4 ? options.ipv4 : options.ipv6)?.addPathReceive ?? false;
    const nextHop =
      version === 4
        ? hex('04 0a000001')
        : choose(pick, [
            hex('10 20010db8000000000000000000000001'),
            hex('20 20010db8000000000000000000000001 fe800000000000000000000000000001'),
          ]);
    return concat(Uint8Array.of(0, version === 4 ? 1 : 2, 1), nextHop, Uint8Array.of(0), nlri(pick, version, addPath));
  },
  15: (pick, options) => {
    const version = choose(pick, [4, 6] as const);
    const addPath = (version === 4 ? options.ipv4 : options.ipv6)?.addPathReceive ?? false;
    return concat(Uint8Array.of(0, version === 4 ? 1 : 2, 1), nlri(pick, version, addPath));
  },
  16: (pick) => octets(pick, 8 * (1 + pick(4))),
  17: (pick) => segments(pick, 4),
  18: (pick) => concat(hex('00fd'), octets(pick, 6)),
  22: (pick) => octets(pick, 5 + pick(5)),
  25: (pick) => octets(pick, 20 * (1 + pick(2))),
  26: (pick) => concat(hex('01 000b'), octets(pick, 8)),
  32: (pick) => octets(pick, 12 * (1 + pick(4))),
  35: (pick) => octets(pick, 4),
  128: (pick) => concat(octets(pick, 4), hex('40 01 01 00')),
};

function header(pick: Random, flags: number, code: number, length: number): Uint8Array {
  const extended = length > 255 || pick(8) === 0;
  return extended ? Uint8Array.of(flags | 0x10, code, length >> 8, length & 255) : Uint8Array.of(flags, code, length);
}

function attributeOf(pick: Random, code: number, options: SessionOptions): Uint8Array {
  const make = VALUES[code];
  const value = make === undefined ? octets(pick, pick(12)) : make(pick, options);
  const flags = knownFlags(code) || 0xc0;
  const partial = (flags & 0xc0) === 0xc0 && pick(4) === 0 ? 0x20 : 0;
  return concat(header(pick, flags | partial, code, value.length), value);
}

/** A well-formed UPDATE with all kinds of attributes in any order. */
function validUpdate(pick: Random, options: SessionOptions): Uint8Array {
  const codes = [1, 2, 3];
  for (let more = pick(6); more > 0; more--) {
    const code = choose(pick, [...ATTRIBUTES.map((row) => row.code), 99, 200, 254]);
    if (!codes.includes(code)) codes.push(code);
  }
  for (let i = codes.length - 1; i > 0; i--) {
    const j = pick(i + 1);
    [codes[i], codes[j]] = [codes[j]!, codes[i]!];
  }
  const addPath = options.ipv4?.addPathReceive ?? false;
  return updateMessage({
    withdrawn: toHex(nlri(pick, 4, addPath, 2)),
    attributes: codes.map((code) => attributeOf(pick, code, options)),
    nlri: toHex(nlri(pick, 4, addPath, 3)),
  });
}

/** Breaks a message somewhere, keeping its outer length honest. */
function mutate(pick: Random, bytes: Uint8Array, from: number): Uint8Array {
  let result: Uint8Array = bytes.slice();
  for (let times = 1 + pick(3); times > 0; times--) {
    const at = from + pick(Math.max(1, result.length - from));
    switch (pick(6)) {
      case 0:
        result[at] = pick(256);
        break;
      case 1:
        result[at] = result[at]! + choose(pick, [1, -1, 2, -2, 127, 128]);
        break;
      case 2:
        result[at]! ^= 1 << pick(8);
        break;
      case 3:
        result = concat(result.subarray(0, at), result.subarray(at + 1 + pick(4)));
        break;
      case 4:
        result = concat(result.subarray(0, at), octets(pick, 1 + pick(4)), result.subarray(at));
        break;
      default: {
        const source = from + pick(Math.max(1, result.length - from));
        result = concat(result.subarray(0, at), result.subarray(source, source + pick(20)), result.subarray(at));
      }
    }
  }
  const body = result.subarray(19);
  const shortest = bytes[18] === MessageType.Open ? 10 : bytes[18] === MessageType.Notification ? 2 : 4;
  return message(bytes[18]!, body.length < shortest ? concat(body, new Uint8Array(shortest - body.length)) : body);
}

const POISONS = [0x00, 0xff, 0x41];

/** Runs `decode` with the message inside three different surroundings; all results must be the same. */
function poisoned<T>(bytes: Uint8Array, decode: (bytes: Uint8Array, start: number, end: number) => T): T {
  const results = POISONS.map((poison) => {
    const framed = new Uint8Array(bytes.length + 300).fill(poison);
    framed.set(bytes, 150);
    return decode(framed, 150, 150 + bytes.length);
  });
  assert.deepEqual(results[1], results[0]);
  assert.deepEqual(results[2], results[0]);
  return results[0]!;
}

/** A session that accepts whatever a record may hold. */
function liberal(options: SessionOptions): SessionOptions {
  return {
    ...MEMBER,
    as4: options.as4,
    defaultLocalPref: -1,
    ipv4: { ...IPV4_PLAIN, extendedNextHop: true },
    ipv6: { ...IPV6_PLAIN, extendedNextHop: true },
  };
}

/** The record, without the Partial that whoever passes on what nobody here understands has to set. */
function unmarked(update: Update, field: NlriField): string {
  const record = update.record.slice(field.recordStart, field.recordEnd);
  for (let at = 0; at < record.length; at = attributeEnd(record, at)) {
    if (isUnrecognized(record[at + 1]!)) record[at]! &= ~0x20;
  }
  return toHex(record);
}

/** The record of `field` is canonical, printable, and survives being sent. */
function checkRecord(update: Update, field: NlriField, options: SessionOptions): void {
  const { record } = update;
  let last = 0;
  const codes: number[] = [];
  for (let at = field.recordStart; at < field.recordEnd; at = attributeEnd(record, at)) {
    const code = record[at + 1]!;
    assert.ok(code > last, 'ascending codes');
    last = code;
    codes.push(code);
    assert.doesNotMatch(formatAttribute(record, at), /undefined|NaN/);
    if (attributeDescriptor(code) !== undefined) assert.equal(record[at]! & 0xc0, knownFlags(code));
    const length = attributeEnd(record, at) - at;
    assert.equal((record[at]! & 0x10) !== 0, length > 258, 'Extended Length only where needed');
  }
  for (const code of [1, 2, 3]) assert.ok(codes.includes(code), `attribute ${code} is there`);
  for (const code of [14, 15, 17, 18]) assert.ok(!codes.includes(code), `attribute ${code} is not there`);
  const again = liberal(options);
  const family = field.family?.version === 4 ? again.ipv4! : again.ipv6!;
  const block = new AttributeBlock();
  assert.equal(block.encode(record, field.recordStart, field.recordEnd, family, options.as4), EncodeFault.None);
  const encoder = new UpdateEncoder();
  assert.equal(encoder.beginReach(family, block, 65535), EncodeFault.None);
  encoder.add(0x0a000000, 0, 0, 0, 8, 0);
  const sent = concat(...encoder.drain());
  const back = new Update();
  back.decode(sent, 0, sent.length, again);
  assert.deepEqual(back.problems.map(formatProblem), [], 'what was accepted can be sent');
  const where = back.nlri.family === undefined ? back.reach : back.nlri;
  // AS4_PATH has no confederation segments, so they are lost on the way over a two-octet session unless they lead.
  const path = findAttribute(record, field.recordStart, field.recordEnd, AttributeCode.AsPath);
  if (!options.as4 && formatAttribute(record, path).includes('(')) return;
  assert.equal(unmarked(back, where), unmarked(update, field));
}

function checkUpdate(bytes: Uint8Array, options: SessionOptions, shared: Update): void {
  const result = poisoned(bytes, (framed, start, end) => {
    const update = new Update();
    update.decode(framed, start, end, options);
    const { notification } = update;
    assert.equal(notification !== undefined, update.verdict === UpdateVerdict.Reset);
    if (notification !== undefined) {
      assert.equal(notification.code, 3);
      assert.ok(encodeNotification(notification).length <= 4096);
      for (const field of [update.withdrawn, update.unreach, update.nlri, update.reach])
        assert.equal(field.family, undefined);
    }
    for (const problem of update.problems) assert.doesNotMatch(formatProblem(problem), /undefined|NaN/);
    if (update.verdict < UpdateVerdict.Withdraw) {
      if (update.nlri.family !== undefined) checkRecord(update, update.nlri, options);
      if (update.reach.family !== undefined) checkRecord(update, update.reach, options);
    }
    return describe(update);
  });
  // An Update that has seen everything else decodes the same.
  shared.decode(bytes, 0, bytes.length, options);
  assert.deepEqual(describe(shared), result);
}

test('every attribute of the table has a value to be broken', () => {
  assert.deepEqual(
    ATTRIBUTES.map((row) => row.code).filter((code) => VALUES[code] === undefined),
    [],
  );
  assert.equal(new Set(ATTRIBUTES.map((row) => row.code)).size, ATTRIBUTES.length);
  assert.ok(ATTRIBUTES.length >= 21 && CAPABILITIES.length >= 11);
});

for (const row of ATTRIBUTES) {
  test(`${row.name}: cut off at every octet, every length wrong, every octet changed`, () => {
    const pick = random(row.code);
    const shared = new Update();
    for (const options of SESSIONS) {
      const before = [1, 2, 3].filter((code) => code !== row.code).map((code) => attributeOf(pick, code, options));
      const one = attributeOf(pick, row.code, options);
      const nlriText = toHex(nlri(pick, 4, options.ipv4?.addPathReceive ?? false));
      const check = (middle: Uint8Array) => {
        checkUpdate(
          updateMessage({ attributes: [...before, middle, attributeOf(pick, 4, options)], nlri: nlriText }),
          options,
          shared,
        );
      };
      check(one);
      for (let cut = 0; cut < one.length; cut++) {
        check(one.subarray(0, cut));
        checkUpdate(updateMessage({ attributes: [...before, one.subarray(0, cut)] }), options, shared);
      }
      for (let at = 0; at < one.length; at++) {
        for (const delta of [1, 2, 127, 128, 255]) {
          const changed = one.slice();
          changed[at] = changed[at]! + delta;
          check(changed);
        }
      }
    }
  });
}

test('valid UPDATEs of all kinds', () => {
  const pick = random(1);
  const shared = new Update();
  const verdicts = [0, 0, 0, 0];
  for (let i = 0; i < 1200 * ROUNDS; i++) {
    const options = choose(pick, SESSIONS);
    checkUpdate(validUpdate(pick, options), options, shared);
    verdicts[shared.verdict]!++;
  }
  assert.ok(verdicts[0]! > 300 * ROUNDS, `most make sense: ${verdicts}`);
});

test('broken UPDATEs', () => {
  const pick = random(2);
  const shared = new Update();
  const verdicts = [0, 0, 0, 0];
  for (let i = 0; i < 2500 * ROUNDS; i++) {
    const options = choose(pick, SESSIONS);
    checkUpdate(mutate(pick, validUpdate(pick, options), 19), options, shared);
    verdicts[shared.verdict]!++;
  }
  for (const count of verdicts) assert.ok(count > 20, `each verdict occurs: ${verdicts}`);
});

test('random octets as UPDATE', () => {
  const pick = random(3);
  const shared = new Update();
  for (let i = 0; i < 1000 * ROUNDS; i++) {
    checkUpdate(
      message(2, concat(hex('0000 00'), Uint8Array.of(pick(60)), octets(pick, 60 + pick(30)))),
      choose(pick, SESSIONS),
      shared,
    );
    checkUpdate(message(2, octets(pick, 4 + pick(60))), choose(pick, SESSIONS), shared);
  }
});

function checkOpen(bytes: Uint8Array): boolean {
  const result = poisoned(bytes, (framed, start, end) => decodeOpen(framed, start, end));
  if (result instanceof NotificationError) {
    assert.equal(result.code, 2);
    assert.ok([0, 1, 2, 3, 4, 6].includes(result.subcode));
    return false;
  }
  for (const line of formatCapabilities(result.capabilities)) assert.doesNotMatch(line, /undefined|NaN|\n/);
  const sent = encodeOpen(result);
  const again = decodeOpen(sent, 0, sent.length);
  assert.ok(!(again instanceof NotificationError), `${again}`);
  // Neither warnings nor conflicts are sent again.
  result.capabilities.warnings = [];
  result.capabilities.roleConflict = false;
  again.capabilities.warnings = [];
  assert.deepEqual({ ...again, as: 0 }, { ...result, as: 0 });
  return true;
}

/** Every capability that there is, with something in it. */
function fullCapabilities(pick: Random): Capabilities {
  const full = new Capabilities();
  const pair = () => ({ afi: 1 + pick(3), safi: 1 + pick(4) });
  full.multiprotocol = [
    { afi: 1, safi: 1 },
    { afi: 2, safi: 1 },
  ];
  full.routeRefresh = true;
  full.extendedNextHop = [{ ...pair(), nextHopAfi: 2 }];
  full.extendedMessage = true;
  full.role = pick(6);
  full.gracefulRestart = {
    restarting: pick(2) === 1,
    notification: pick(2) === 1,
    restartTime: pick(4096),
    families: [{ ...pair(), forwarding: true }],
  };
  full.as4 = 1 + pick(0xffffffff);
  full.addPath = [{ ...pair(), mode: 1 + pick(3) }];
  full.enhancedRefresh = true;
  full.longLived = [{ ...pair(), forwarding: false, staleTime: pick(1 << 24) }];
  full.hostname = { host: octets(pick, pick(20)), domain: octets(pick, pick(20)) };
  full.unknown = [{ code: 200, value: octets(pick, pick(20)) }];
  return full;
}

test('every capability of the table is in the OPEN that gets broken', () => {
  const full = fullCapabilities(random(1));
  for (const row of CAPABILITIES) {
    assert.ok(row.encode(full).length > 0, row.name);
    assert.ok(row.format(full).length > 0, row.name);
    assert.deepEqual([row.encode(new Capabilities()), row.format(new Capabilities())], [[], []], row.name);
  }
});

test('OPENs cut off at every octet, with every octet changed', () => {
  const pick = random(4);
  const whole = encodeOpen({ as: 23456, holdTime: 90, identifier: 1, capabilities: fullCapabilities(pick) });
  assert.equal(checkOpen(whole), true);
  for (let cut = 29; cut < whole.length; cut++) assert.equal(checkOpen(message(1, whole.subarray(19, cut))), false);
  for (let at = 19; at < whole.length; at++) {
    for (const delta of [1, 2, 3, 64, 127, 128, 253, 254, 255]) {
      const changed = whole.slice();
      changed[at] = changed[at]! + delta;
      checkOpen(changed);
    }
  }
});

test('broken OPENs', () => {
  const pick = random(5);
  let accepted = 0;
  const total = 1500 * ROUNDS;
  for (let i = 0; i < total; i++) {
    const whole = encodeOpen({ as: 23456, holdTime: 90, identifier: 1, capabilities: fullCapabilities(pick) });
    if (checkOpen(mutate(pick, whole, 19 + pick(10)))) accepted++;
    checkOpen(message(1, octets(pick, 10 + pick(60))));
  }
  assert.ok(accepted > total / 50 && accepted < total / 1.2, `${accepted} of ${total} are accepted`);
});

test('broken NOTIFICATIONs and ROUTE-REFRESHes', () => {
  const pick = random(6);
  for (let i = 0; i < 3000 * ROUNDS; i++) {
    const notification = message(3, octets(pick, 2 + pick(40)));
    poisoned(notification, (framed, start, end) => {
      const decoded = decodeNotification(framed, start, end);
      const inner = innerError(decoded);
      return [decoded, inner, decodeShutdownText(inner.data), `${inner}`];
    });
    const refresh = message(5, octets(pick, 4 + pick(8)));
    poisoned(refresh, (framed, start, end) => [
      decodeRouteRefresh(framed, start, end, true),
      decodeRouteRefresh(framed, start, end, false),
    ]);
  }
});

test('a stream means the same however it is cut', () => {
  const pick = random(7);
  for (let i = 0; i < 200 * ROUNDS; i++) {
    const parts: Uint8Array[] = [];
    for (let left = 1 + pick(8); left > 0; left--) {
      parts.push(pick(6) === 0 ? mutate(pick, validUpdate(pick, EBGP), 0) : validUpdate(pick, EBGP));
    }
    const stream = concat(...parts);
    const run = (cuts: readonly number[]) => {
      const window = new ReceiveWindow();
      const seen: string[] = [];
      let from = 0;
      for (const to of [...cuts, stream.length]) {
        window.push(stream.subarray(from, to));
        from = to;
        let result = window.next();
        for (; result === FrameResult.Message; result = window.next())
          seen.push(toHex(window.bytes.subarray(window.start, window.end)));
        if (result !== FrameResult.More) return [...seen, `${result} ${window.error} ${toHex(window.error!.data)}`];
      }
      return seen;
    };
    const whole = run([]);
    for (let cutting = 0; cutting < 5; cutting++) {
      const cuts = Array.from({ length: pick(10) }, () => pick(stream.length)).sort((a, b) => a - b);
      assert.deepEqual(run(cuts), whole);
    }
  }
});

/** UPDATEs of 65535 octets that are as much work as possible. */
function heavyMessages(): [string, Uint8Array][] {
  const budget = 65535 - 19 - 4 - 40;
  const descending = (count: number, width: number) => {
    const value = new Uint8Array(4 * width * count);
    for (let i = 0; i < count; i++) {
      value[4 * width * i + 2] = (count - i) >> 8;
      value[4 * width * i + 3] = (count - i) & 255;
    }
    return value;
  };
  const around = [hex('40 01 01 00'), hex('40 03 04 c0000201')];
  const path = hex('40 02 06 0201 0000fdea');
  const attributeOfValue = (code: number, value: Uint8Array) =>
    concat(Uint8Array.of(0xd0, code, value.length >> 8, value.length & 255), value);
  const many = (piece: string) => hex(piece.repeat(Math.floor(budget / hex(piece).length)));
  return [
    [
      'communities in reverse order',
      updateMessage({
        attributes: [...around, path, attributeOfValue(8, descending(Math.floor(budget / 4) - 4, 1))],
        nlri: '08 0a',
      }),
    ],
    [
      'extended communities in reverse order',
      updateMessage({
        attributes: [...around, path, attributeOfValue(16, descending(Math.floor(budget / 8) - 4, 2))],
        nlri: '08 0a',
      }),
    ],
    [
      'large communities in reverse order',
      updateMessage({
        attributes: [...around, path, attributeOfValue(32, descending(Math.floor(budget / 12) - 4, 3))],
        nlri: '08 0a',
      }),
    ],
    ['one attribute many times', updateMessage({ attributes: [...around, path, many('c06300')], nlri: '08 0a' })],
    [
      'a path of many segments',
      updateMessage({
        attributes: [...around, attributeOfValue(2, many('0201 0000fdea')).map((octet, i) => (i === 0 ? 0x50 : octet))],
        nlri: '08 0a',
      }),
    ],
    ['many prefixes', updateMessage({ attributes: [...around, path], nlri: toHex(many('00')) })],
    [
      'many prefixes that can never be routed',
      updateMessage({ attributes: [...around, path], nlri: toHex(many('04e0')) }),
    ],
    [
      'many IPv6 prefixes',
      updateMessage({
        attributes: [
          ...around,
          path,
          attributeOfValue(15, concat(hex('0002 01'), many('6000000000000000000000ffff').subarray(0, budget - 60))).map(
            (octet, i) => (i === 0 ? 0x90 : octet),
          ),
        ],
      }),
    ],
  ];
}

test('the heaviest messages of 65535 octets take no more than 50 ms', () => {
  for (const [title, bytes] of heavyMessages()) {
    assert.ok(bytes.length > 65000 && bytes.length <= 65535, `${title}: ${bytes.length} octets`);
    let fastest = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 5; run++) {
      const update = new Update();
      const before = performance.now();
      update.decode(bytes, 0, bytes.length, EBGP);
      fastest = Math.min(fastest, performance.now() - before);
    }
    assert.ok(fastest < 50, `${title}: ${fastest.toFixed(1)} ms`);
  }
});

test('an UPDATE of the largest size is kept whole', () => {
  const [, bytes] = heavyMessages()[0]!;
  const update = new Update();
  assert.equal(update.decode(bytes, 0, bytes.length, EBGP), UpdateVerdict.Ok);
  assert.ok(update.nlri.recordEnd > 65000);
  const at = update.record.indexOf(AttributeCode.Communities, 20);
  assert.ok(at > 0);
});
