/** Two-octet peers: AS4_PATH and AS4_AGGREGATOR merged on receipt (RFC 6793 section 4.2.3) and made again when sending. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AttributeBlock,
  AttributeCode,
  AttributeEditor,
  attributeEnd,
  findAttribute,
  formatAsPath,
  formatAttribute,
  parseAsPath,
  type SessionOptions,
  type Update,
  valueStart,
} from '../../../bgp/index.ts';
import {
  attribute,
  concat,
  decode,
  EBGP,
  hex,
  IPV4_PLAIN,
  NEXT_HOP,
  NLRI,
  ORIGIN,
  toHex,
  updateMessage,
  verdictOf,
} from '../wire.ts';

const OLD: SessionOptions = { ...EBGP, as4: false, confederationMember: false };
const MEMBER: SessionOptions = { ...OLD, internal: true, confederationMember: true };

/** The octets of a path with two-octet numbers. */
function narrow(text: string): Uint8Array {
  const wide = parseAsPath(text);
  assert.ok(wide !== undefined);
  const octets: number[] = [];
  for (let at = 0; at < wide.length; ) {
    const count = wide[at + 1]!;
    octets.push(wide[at]!, count);
    at += 2;
    for (let i = 0; i < count; i++, at += 4) octets.push(wide[at + 2]!, wide[at + 3]!);
  }
  return Uint8Array.from(octets);
}

function pathOf(update: Update): string {
  const { recordStart, recordEnd } = update.nlri;
  const at = findAttribute(update.record, recordStart, recordEnd, AttributeCode.AsPath);
  return formatAsPath(update.record, valueStart(update.record, at), attributeEnd(update.record, at));
}

function merged(asPath: string, as4Path: string | undefined, more: Uint8Array[] = [], options = OLD): string {
  const attributes = [ORIGIN, attribute(0x40, 2, narrow(asPath)), NEXT_HOP, ...more];
  if (as4Path !== undefined) attributes.push(attribute(0xc0, 17, parseAsPath(as4Path)!));
  const update = decode(updateMessage({ attributes, nlri: NLRI }), options);
  assert.equal(verdictOf(update), 'ok');
  return pathOf(update);
}

const T = 23456;

const merges: readonly [string, string, string | undefined, string][] = [
  ['without AS4_PATH the path is only widened', `1 ${T} 3`, undefined, `1 ${T} 3`],
  ['same length', `${T} ${T} 3`, '70000 70001 3', '70000 70001 3'],
  ['what AS4_PATH lacks comes from the front of AS_PATH', `100 ${T} ${T} 3`, '70000 70001 3', '100 70000 70001 3'],
  ['an AS4_PATH that is longer is ignored', `${T} 3`, '1 70000 3', `${T} 3`],
  ['a set counts as one hop', `100 200 {${T} 7}`, '70000 {70001 7}', '100 70000 {70001 7}'],
  ['sets in the leading part stay sets', `100 {5 6} ${T}`, '70000', '100 {5 6} 70000'],
  ['AS4_PATH of a set alone', `100 {${T} 7}`, '{70001 7}', '100 {70001 7}'],
  ['nothing but the last one', '1 2 3 4', '4', '1 2 3 4'],
  ['confederation segments in AS4_PATH are dropped', `100 ${T}`, '(9) 70000', '100 70000'],
];
for (const [title, asPath, as4Path, expected] of merges) {
  test(`merging: ${title}`, () => assert.equal(merged(asPath, as4Path), expected));
}

test('merging: confederation segments that lead, or touch the leading part, are kept', () => {
  assert.equal(merged(`(8 9) ${T} 3`, '70000 3', [], MEMBER), '(8 9) 70000 3');
  assert.equal(merged(`(8 9) 100 ${T} 3`, '70000 3', [], MEMBER), '(8 9) 100 70000 3');
  assert.equal(merged(`100 (8 9) ${T} 3`, '70000 3', [], MEMBER), '100 (8 9) 70000 3');
});

test('a merged path has the segments of the same path that came whole', () => {
  const attributes = [ORIGIN, attribute(0x40, 2, parseAsPath('100 70000 3')!), NEXT_HOP];
  const whole = decode(updateMessage({ attributes, nlri: NLRI }));
  const parts = [
    ORIGIN,
    attribute(0x40, 2, narrow(`100 ${T} 3`)),
    NEXT_HOP,
    attribute(0xc0, 17, parseAsPath('70000 3')!),
  ];
  const merge = decode(updateMessage({ attributes: parts, nlri: NLRI }), OLD);
  assert.equal(
    toHex(merge.record.subarray(0, merge.nlri.recordEnd)),
    toHex(whole.record.subarray(0, whole.nlri.recordEnd)),
  );
});

test('the order of AS_PATH and AS4_PATH does not matter', () => {
  const asPath = attribute(0x40, 2, narrow(`100 ${T}`));
  const as4Path = attribute(0xc0, 17, parseAsPath('70000')!);
  const update = decode(updateMessage({ attributes: [as4Path, NEXT_HOP, asPath, ORIGIN], nlri: NLRI }), OLD);
  assert.equal(pathOf(update), '100 70000');
});

test('the first AS is looked for in the merged path', () => {
  const strict = { ...OLD, enforceFirstAs: true, peerAs: 70000 };
  assert.equal(merged(`${T} 3`, '70000 3', [], strict), '70000 3');
});

test('AGGREGATOR with a real number outdates AS4_PATH and AS4_AGGREGATOR', () => {
  const stale = [attribute(0xc0, 7, '0064 c0000201'), attribute(0xc0, 18, '00011170 c0000202')];
  assert.equal(merged(`100 ${T}`, '70000', stale), `100 ${T}`);
  const current = [attribute(0xc0, 7, '5ba0 c0000201'), attribute(0xc0, 18, '00011170 c0000202')];
  assert.equal(merged(`100 ${T}`, '70000', current), '100 70000');
  const alone = [attribute(0xc0, 18, '00011170 c0000202')];
  assert.equal(merged(`100 ${T}`, '70000', alone), '100 70000');
});

test('AS_TRANS in AGGREGATOR is replaced by what AS4_AGGREGATOR says', () => {
  const show = (more: Uint8Array[]) => {
    const attributes = [ORIGIN, attribute(0x40, 2, narrow('1')), NEXT_HOP, ...more];
    const update = decode(updateMessage({ attributes, nlri: NLRI }), OLD);
    const at = findAttribute(update.record, 0, update.nlri.recordEnd, AttributeCode.Aggregator);
    return at < 0 ? 'none' : formatAttribute(update.record, at);
  };
  const old = attribute(0xc0, 7, '5ba0 c0000201');
  assert.equal(show([old]), '192.0.2.1 AS23456');
  assert.equal(show([old, attribute(0xc0, 18, '00011170 c0000202')]), '192.0.2.2 AS70000');
  assert.equal(show([old, attribute(0xc0, 18, '00000000 c0000202')]), '192.0.2.1 AS23456');
  assert.equal(
    show([attribute(0xc0, 7, '0064 c0000201'), attribute(0xc0, 18, '00011170 c0000202')]),
    '192.0.2.1 AS100',
  );
  assert.equal(show([attribute(0xc0, 18, '00011170 c0000202')]), 'none');
});

/** A record with the path, and an aggregator where one is given, as a two-octet peer hears it. */
function sent(path: string, aggregator?: string): string {
  const editor = new AttributeEditor();
  editor.loadEmpty();
  editor.setU32(AttributeCode.Origin, 0);
  editor.setAsPath(parseAsPath(path)!);
  editor.setRaw(AttributeCode.NextHop, 0x40, hex('c0000201'));
  if (aggregator !== undefined) editor.setRaw(AttributeCode.Aggregator, 0xc0, hex(aggregator));
  editor.setWords(AttributeCode.ExtendedCommunities, Uint32Array.of(1, 2));
  editor.setWords(AttributeCode.LargeCommunity, Uint32Array.of(1, 2, 3));
  assert.ok(editor.encodeRecord());
  const block = new AttributeBlock();
  assert.equal(block.encode(editor.bytes, editor.start, editor.wireEnd, IPV4_PLAIN, false), 0);
  return toHex(block.bytes.subarray(0, block.end));
}

test('sending: small numbers need no AS4_PATH', () => {
  const tail = `400304c0000201 c010080000000100000002 c0200c${'00000001'}${'00000002'}${'00000003'}`;
  assert.equal(sent('1 65535'), `40010100 400206 0202 0001 ffff ${tail}`.replaceAll(' ', ''));
});

test('sending: a large number becomes AS_TRANS and AS4_PATH tells it', () => {
  const octets = sent('1 70000 {3}');
  assert.ok(octets.includes('40020a 0202 0001 5ba0 0101 0003'.replaceAll(' ', '')));
  assert.ok(octets.includes('c01110 0202 00000001 00011170 0101 00000003'.replaceAll(' ', '')));
});

test('sending: confederation segments stay out of AS4_PATH', () => {
  const octets = sent('(70000) 70001');
  assert.ok(octets.includes('400208 0301 5ba0 0201 5ba0'.replaceAll(' ', '')));
  assert.ok(octets.includes('c01106 0201 00011171'.replaceAll(' ', '')));
  assert.equal(sent('(70000) 1').includes('c011'), false);
});

test('sending: AGGREGATOR is narrowed, AS4_AGGREGATOR added where needed, everything in ascending order', () => {
  assert.ok(sent('1', '0000fde8 c0000209').includes('c00706fde8c0000209'));
  assert.equal(sent('1', '0000ffff c0000209').includes('c012'), false);
  assert.ok(sent('1', '00010000 c0000209').includes('c01208'));
  const octets = sent('70000', '00011170 c0000209');
  assert.ok(octets.includes('c007065ba0c0000209'));
  assert.ok(octets.includes('c0120800011170c0000209'));
  const codes: number[] = [];
  const bytes = hex(octets);
  for (let at = 0; at < bytes.length; at = attributeEnd(bytes, at)) codes.push(bytes[at + 1]!);
  assert.deepEqual(codes, [1, 2, 3, 7, 16, 17, 18, 32]);
});

test('sending and receiving over a two-octet session gives the record back', () => {
  for (const path of ['1 70000', '70000 {70001 5} 7', '65535', '', '(9) 1 70000']) {
    const editor = new AttributeEditor();
    editor.setU32(AttributeCode.Origin, 2);
    editor.setAsPath(parseAsPath(path)!);
    editor.setRaw(AttributeCode.NextHop, 0x40, hex('c0000201'));
    editor.setRaw(AttributeCode.Aggregator, 0xc0, hex('00011170 c0000209'));
    assert.ok(editor.encodeRecord());
    const record = toHex(editor.bytes.subarray(editor.start, editor.wireEnd));
    const block = new AttributeBlock();
    block.encode(editor.bytes, editor.start, editor.wireEnd, IPV4_PLAIN, false);
    const message = updateMessage({ attributes: [concat(block.bytes.subarray(0, block.end))], nlri: NLRI });
    const update = decode(message, MEMBER);
    assert.equal(verdictOf(update), 'ok', JSON.stringify(update.problems));
    assert.equal(toHex(update.record.subarray(update.nlri.recordStart, update.nlri.recordEnd)), record, path);
  }
});
