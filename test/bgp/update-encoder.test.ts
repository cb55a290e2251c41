import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AttributeBlock,
  AttributeCode,
  AttributeEditor,
  EncodeFault,
  type FamilyOptions,
  FrameResult,
  IPV4_UNICAST,
  IPV6_UNICAST,
  parseAsPath,
  ReceiveWindow,
  type SessionOptions,
  Update,
  UpdateEncoder,
} from '../../bgp/index.ts';
import { EBGP, hex, IBGP, IPV4_PLAIN, IPV6_PLAIN, prefixes, toHex } from './wire.ts';

const GLOBAL = '20010db8000000000000000000000001';
const LINK_LOCAL = 'fe800000000000000000000000000001';

/** A record: ORIGIN, AS_PATH, the next hop, and COMMUNITIES of `communities` elements. */
function record(nextHop: string, communities = 0): AttributeEditor {
  const editor = new AttributeEditor();
  editor.setU32(AttributeCode.Origin, 0);
  editor.setAsPath(parseAsPath('65002')!);
  if (nextHop !== '') editor.setRaw(AttributeCode.NextHop, 0x40, hex(nextHop));
  if (communities > 0) {
    editor.setWords(
      AttributeCode.Communities,
      Uint32Array.from({ length: communities }, (_, i) => i + 1),
    );
  }
  assert.ok(editor.encodeRecord());
  return editor;
}

function block(editor: AttributeEditor, family: FamilyOptions, as4 = true): AttributeBlock {
  const made = new AttributeBlock();
  assert.equal(made.encode(editor.bytes, editor.start, editor.wireEnd, family, as4), EncodeFault.None);
  return made;
}

/** The messages in the chunks, through framing. */
function messages(chunks: readonly Uint8Array[], maxLength: number): Uint8Array[] {
  const window = new ReceiveWindow();
  window.maxReceiveLength = maxLength;
  const list: Uint8Array[] = [];
  for (const chunk of chunks) {
    window.push(chunk);
    for (;;) {
      const result = window.next();
      if (result === FrameResult.More) break;
      assert.equal(result, FrameResult.Message, `${window.error}`);
      list.push(window.bytes.slice(window.start, window.end));
    }
    assert.equal(window.pending, 0, 'chunks hold whole messages');
  }
  return list;
}

interface Case {
  readonly title: string;
  readonly family: FamilyOptions;
  readonly nextHop: string;
  readonly session: SessionOptions;
  readonly field: 'nlri' | 'reach';
}

const EXTENDED: FamilyOptions = { ...IPV4_PLAIN, extendedNextHop: true };
const PATHS4: FamilyOptions = { ...IPV4_PLAIN, addPathSend: true, addPathReceive: true };
const PATHS6: FamilyOptions = { ...IPV6_PLAIN, addPathSend: true, addPathReceive: true };
const MAPPED: FamilyOptions = { ...IPV6_PLAIN, extendedNextHop: true };

const cases: readonly Case[] = [
  { title: 'IPv4', family: IPV4_PLAIN, nextHop: 'c0000201', session: EBGP, field: 'nlri' },
  { title: 'IPv4 with paths', family: PATHS4, nextHop: 'c0000201', session: { ...EBGP, ipv4: PATHS4 }, field: 'nlri' },
  { title: 'IPv4 over IPv6', family: EXTENDED, nextHop: GLOBAL, session: { ...EBGP, ipv4: EXTENDED }, field: 'reach' },
  {
    title: 'IPv4 over IPv6 with link-local',
    family: EXTENDED,
    nextHop: GLOBAL + LINK_LOCAL,
    session: { ...EBGP, ipv4: EXTENDED, linkScope: true },
    field: 'reach',
  },
  { title: 'IPv6', family: IPV6_PLAIN, nextHop: GLOBAL, session: EBGP, field: 'reach' },
  { title: 'IPv6 with paths', family: PATHS6, nextHop: GLOBAL, session: { ...EBGP, ipv6: PATHS6 }, field: 'reach' },
  {
    title: 'IPv6 with link-local',
    family: IPV6_PLAIN,
    nextHop: GLOBAL + LINK_LOCAL,
    session: { ...EBGP, linkScope: true },
    field: 'reach',
  },
  {
    title: 'IPv6 over IPv4',
    family: MAPPED,
    nextHop: 'c0000201',
    session: { ...EBGP, ipv6: MAPPED },
    field: 'reach',
  },
];

/** Prefix number `i`: lengths vary, every one is different and routable. */
function prefixAt(i: number, version: 4 | 6): [number, number, number, number, number] {
  if (version === 4) {
    const length = 16 + (i % 17);
    const mask = length === 32 ? 0xffffffff : (0xffffffff << (32 - length)) >>> 0;
    return [((0x0a0000ad + i * 65536 + (i & 255) * 256) & mask) >>> 0, 0, 0, 0, length];
  }
  const length = 48 + (i % 81);
  const low = length > 96 ? (0xffffffff << (128 - length)) >>> 0 : 0;
  return [0x20010db8, ((i << 16) | (length < 64 ? 0 : 0xabcd)) >>> 0, length > 95 ? 0x12345678 : 0, low, length];
}

for (const { title, family, nextHop, session, field } of cases) {
  for (const maxLength of [4096, 65535]) {
    test(`${title}, messages up to ${maxLength}: every prefix arrives with its attributes`, () => {
      const editor = record(nextHop, 20);
      const attributes = block(editor, family);
      const encoder = new UpdateEncoder();
      const count = 12000;
      assert.equal(encoder.beginReach(family, attributes, maxLength), EncodeFault.None);
      for (let i = 0; i < count; i++) encoder.add(...prefixAt(i, family.family.version), i);
      const sent = messages(encoder.drain(), maxLength);
      assert.equal(encoder.messages, sent.length);
      assert.equal(encoder.prefixes, count);
      const update = new Update();
      const seen: string[] = [];
      const expected = toHex(editor.bytes.subarray(editor.start, editor.wireEnd));
      for (const [i, bytes] of sent.entries()) {
        assert.ok(bytes.length <= maxLength);
        if (i + 1 < sent.length) assert.ok(bytes.length > maxLength - 25, 'messages are full');
        assert.equal(update.decode(bytes, 0, bytes.length, session), 0, JSON.stringify(update.problems));
        const used = update[field];
        assert.equal(toHex(update.record.subarray(used.recordStart, used.recordEnd)), expected);
        assert.equal(
          [update.withdrawn, update.unreach, update.nlri, update.reach].filter((one) => one.family).length,
          1,
        );
        if (field === 'reach') assert.equal(bytes[24], 14, 'MP_REACH_NLRI comes first');
        seen.push(...prefixes(bytes, used));
      }
      assert.equal(new Set(seen).size, count);
      encoder.beginUnreach(family, maxLength);
      for (let i = 0; i < count; i++) encoder.add(...prefixAt(i, family.family.version), i);
      const gone: string[] = [];
      for (const bytes of messages(encoder.drain(), maxLength)) {
        assert.ok(bytes.length <= maxLength);
        assert.equal(update.decode(bytes, 0, bytes.length, session), 0);
        gone.push(...prefixes(bytes, family.family.version === 4 ? update.withdrawn : update.unreach));
      }
      assert.deepEqual(gone, seen);
    });
  }
}

test('a block that was ended may be filled again', () => {
  const encoder = new UpdateEncoder();
  const attributes = new AttributeBlock();
  for (let i = 0; i < 3; i++) {
    const { bytes, start, wireEnd } = record(GLOBAL, i + 1);
    attributes.encode(bytes, start, wireEnd, IPV6_PLAIN, true);
    encoder.beginReach(IPV6_PLAIN, attributes, 4096);
    encoder.add(0x20010db8, i << 16, 0, 0, 48, 0);
    encoder.end();
  }
  const update = new Update();
  const lengths = messages(encoder.drain(), 4096).map((bytes) => {
    assert.equal(update.decode(bytes, 0, bytes.length, EBGP), 0);
    return update.reach.recordEnd - update.reach.recordStart;
  });
  assert.deepEqual(
    lengths.map((length) => length - lengths[0]!),
    [0, 4, 8],
  );
});

test('End-of-RIB of both families', () => {
  const encoder = new UpdateEncoder();
  encoder.endOfRib(IPV4_UNICAST);
  encoder.endOfRib(IPV6_UNICAST);
  const sent = messages(encoder.drain(), 4096);
  const update = new Update();
  const families = sent.map((bytes) => {
    update.decode(bytes, 0, bytes.length, EBGP);
    return update.endOfRib?.name;
  });
  assert.deepEqual(families, ['ipv4', 'ipv6']);
  assert.equal(toHex(sent[0]!).slice(32), '00170200000000');
});

test('announcements, withdrawals and markers come out in the order of the calls', () => {
  const encoder = new UpdateEncoder();
  const attributes = block(record('c0000201'), IPV4_PLAIN);
  encoder.beginReach(IPV4_PLAIN, attributes, 4096);
  encoder.add(0x0a000000, 0, 0, 0, 8, 0);
  encoder.beginUnreach(IPV4_PLAIN, 4096);
  encoder.add(0x0b000000, 0, 0, 0, 8, 0);
  const early = encoder.drain();
  encoder.endOfRib(IPV4_UNICAST);
  encoder.beginUnreach(IPV6_PLAIN, 4096);
  encoder.beginReach(IPV4_PLAIN, attributes, 4096);
  encoder.add(0, 0, 0, 0, 0, 0);
  const late = encoder.drain();
  assert.deepEqual(encoder.drain(), []);
  const update = new Update();
  const seen = messages([...early, ...late], 4096).map((bytes) => {
    update.decode(bytes, 0, bytes.length, EBGP);
    return [
      ...prefixes(bytes, update.nlri),
      ...prefixes(bytes, update.withdrawn).map((one) => `-${one}`),
      update.endOfRib?.name,
    ];
  });
  assert.deepEqual(seen, [['10.0.0.0/8', undefined], ['-11.0.0.0/8', undefined], ['ipv4'], ['0.0.0.0/0', undefined]]);
});

test('chunks that were handed over are not written to again', () => {
  const encoder = new UpdateEncoder();
  const kept: [Uint8Array, string][] = [];
  for (let round = 0; round < 200; round++) {
    encoder.beginUnreach(IPV4_PLAIN, 4096);
    for (let i = 0; i < 500; i++) encoder.add(...prefixAt(i + round, 4), 0);
    for (const chunk of encoder.drain()) kept.push([chunk, toHex(chunk)]);
  }
  for (const [chunk, before] of kept) assert.equal(toHex(chunk), before);
});

test('attributes around the limit: a prefix fits, or the peer is told nothing', () => {
  for (const family of [IPV4_PLAIN, IPV6_PLAIN, PATHS4, PATHS6]) {
    for (const maxLength of [4096, 65535]) {
      const nextHop = family.family.version === 4 ? 'c0000201' : GLOBAL;
      const outcomes = new Set<number>();
      const around = Math.floor((maxLength - 120) / 4);
      for (let communities = around - 15; communities < around + 30; communities++) {
        const editor = record(nextHop, communities);
        const encoder = new UpdateEncoder();
        const fault = encoder.beginReach(family, block(editor, family), maxLength);
        outcomes.add(fault);
        const [w0, w1] = prefixAt(1, family.family.version);
        encoder.add(w0, w1, 0, 0, family.family.maxPrefixLength, 9);
        const sent = messages(encoder.drain(), maxLength);
        assert.equal(sent.length, fault === EncodeFault.None ? 1 : 0);
        for (const bytes of sent) assert.ok(bytes.length <= maxLength);
      }
      assert.deepEqual([...outcomes].sort(), [EncodeFault.None, EncodeFault.TooLong]);
    }
  }
});

test('a message takes prefixes up to its last octet', () => {
  const attributes = block(record('c0000201'), IPV4_PLAIN);
  const empty = 23 + attributes.end;
  for (let slack = 0; slack < 5; slack++) {
    const encoder = new UpdateEncoder();
    encoder.beginReach(IPV4_PLAIN, attributes, empty + 20 + slack);
    for (let i = 0; i < 8; i++) encoder.add(0x0a000000 + i, 0, 0, 0, 32, 0);
    const lengths = messages(encoder.drain(), 4096).map((bytes) => bytes.length);
    assert.deepEqual(lengths, [empty + 20, empty + 20]);
  }
});

test('one block serves one record after the other', () => {
  const made = new AttributeBlock();
  const encode = (editor: AttributeEditor, family: FamilyOptions) => {
    assert.equal(made.encode(editor.bytes, editor.start, editor.wireEnd, family, true), EncodeFault.None);
    return `${made.multiprotocol} ${toHex(made.nextHop.subarray(0, made.nextHopLength))} ${made.end}`;
  };
  assert.equal(encode(record(GLOBAL + LINK_LOCAL), IPV6_PLAIN), `true ${GLOBAL}${LINK_LOCAL} 13`);
  assert.equal(encode(record('c0000201'), MAPPED), 'true 00000000000000000000ffffc0000201 13');
  assert.equal(encode(record('c0000201'), IPV4_PLAIN), 'false c0000201 20');
});

test('a next hop of the wrong family, or none, is a fault', () => {
  const made = new AttributeBlock();
  const encode = (editor: AttributeEditor, family: FamilyOptions) =>
    made.encode(editor.bytes, editor.start, editor.wireEnd, family, true);
  assert.equal(encode(record(GLOBAL), IPV4_PLAIN), EncodeFault.NextHopFamily);
  assert.equal(encode(record(GLOBAL + LINK_LOCAL), IPV4_PLAIN), EncodeFault.NextHopFamily);
  assert.equal(encode(record('c0000201'), IPV6_PLAIN), EncodeFault.NextHopFamily);
  assert.equal(encode(record(''), IPV4_PLAIN), EncodeFault.NoNextHop);
  assert.equal(encode(record(GLOBAL), EXTENDED), EncodeFault.None);
});

test('what we do not understand goes on with Partial set, what we understand without', () => {
  const editor = record('c0000201', 1);
  editor.setRaw(99, 0xc0, hex('01'));
  editor.setRaw(AttributeCode.Ipv6ExtendedCommunities, 0xc0, new Uint8Array(20));
  editor.setU32(AttributeCode.OnlyToCustomer, 1);
  assert.ok(editor.encodeRecord());
  for (const as4 of [true, false]) {
    const made = block(editor, IPV4_PLAIN, as4);
    const octets = toHex(made.bytes.subarray(0, made.end));
    assert.match(octets, /c0080400000001/);
    assert.match(octets, /e0191400/);
    assert.match(octets, /c0230400000001/);
    assert.match(octets, /e0630101$/);
  }
});

test('extension attributes stay at home', () => {
  const editor = record('c0000201');
  const plain = block(editor, IPV4_PLAIN);
  const before = toHex(plain.bytes.subarray(0, plain.end));
  editor.setExtensionU32(17, 99);
  assert.ok(editor.encodeRecord());
  const made = block(editor, IPV4_PLAIN);
  assert.equal(toHex(made.bytes.subarray(0, made.end)), before);
});

test('a two-octet session gets the same routes', () => {
  const editor = record('c0000201', 3);
  editor.setAsPath(parseAsPath('65002 4200000000 {7 4200000001}')!);
  assert.ok(editor.encodeRecord());
  const encoder = new UpdateEncoder();
  encoder.beginReach(IPV4_PLAIN, block(editor, IPV4_PLAIN, false), 4096);
  encoder.add(0x0a000000, 0, 0, 0, 8, 0);
  const [bytes] = messages(encoder.drain(), 4096);
  const update = new Update();
  assert.equal(update.decode(bytes!, 0, bytes!.length, { ...IBGP, as4: false }), 0);
  assert.equal(
    toHex(update.record.subarray(update.nlri.recordStart, update.nlri.recordEnd)),
    toHex(editor.bytes.subarray(editor.start, editor.wireEnd)),
  );
});
