import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AttributeCode,
  AttributeEditor,
  AttributeFlag,
  attributeEnd,
  ExtensionAttribute,
  formatHex,
  type Ip,
  parseAsPath,
  parseIp,
} from '../../../bgp/index.ts';
import { hex, toHex } from '../wire.ts';

const WIRE = '40010100 40020602010000fdea 400304c0000201 80040400000064 c00808fde90001fde90002';
const EXTENSIONS = '0001 0002 0064 0020 0004 00000007';
const RECORD = hex(`${WIRE} ${EXTENSIONS}`);
const WIRE_END = hex(WIRE).length;

function loaded(): AttributeEditor {
  const editor = new AttributeEditor();
  // The record lies in the middle of other octets, as in an arena.
  const arena = new Uint8Array(RECORD.length + 50).fill(0x40);
  arena.set(RECORD, 20);
  editor.load(arena, 20, 20 + WIRE_END, 20 + RECORD.length);
  return editor;
}

function encoded(editor: AttributeEditor): string {
  assert.equal(editor.encodeRecord(), true);
  const wire = formatHex(editor.bytes, editor.start, editor.wireEnd, '');
  return `${wire}|${formatHex(editor.bytes, editor.wireEnd, editor.end, '')}`;
}

const UNCHANGED = `${toHex(hex(WIRE))}|${toHex(hex(EXTENSIONS))}`;

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

test('reading does not change anything', () => {
  const editor = loaded();
  assert.equal(editor.u32(AttributeCode.Origin), 0);
  assert.equal(editor.u32(AttributeCode.MultiExitDisc), 100);
  assert.equal(editor.u32(AttributeCode.LocalPref), -1);
  assert.equal(editor.u32(AttributeCode.Communities), -1);
  assert.deepEqual(editor.words(AttributeCode.Communities), Uint32Array.of(0xfde90001, 0xfde90002));
  assert.equal(editor.words(AttributeCode.LargeCommunity), undefined);
  assert.equal(toHex(editor.asPath()!), '02010000fdea');
  assert.equal(toHex(editor.raw(AttributeCode.NextHop)!), 'c0000201');
  assert.equal(editor.raw(99), undefined);
  assert.equal(editor.has(AttributeCode.AsPath), true);
  assert.equal(editor.has(AttributeCode.Aigp), false);
  assert.equal(editor.nextHop(), '192.0.2.1');
  assert.equal(editor.nextHopLinkLocal(), undefined);
  assert.equal(toHex(editor.extension(ExtensionAttribute.Preference)!), '0064');
  assert.equal(editor.extensionU32(ExtensionAttribute.Preference), -1);
  assert.equal(editor.extensionU32(ExtensionAttribute.KrtMetricBase), 7);
  assert.equal(editor.extension(500), undefined);
  assert.equal(editor.changed, false);
  assert.equal(encoded(editor), UNCHANGED);
  assert.equal(editor.start, 20, 'an unchanged record stays where it is');
});

test('values that are handed out are copies', () => {
  const editor = loaded();
  editor.raw(AttributeCode.NextHop)!.fill(0);
  editor.words(AttributeCode.Communities)!.fill(0);
  editor.asPath()!.fill(0);
  const given = Uint32Array.of(5);
  editor.setWords(AttributeCode.Communities, given);
  given[0] = 6;
  assert.deepEqual(editor.words(AttributeCode.Communities), Uint32Array.of(5));
  assert.equal(editor.nextHop(), '192.0.2.1');
});

test('setting what is already there is no change', () => {
  const editor = loaded();
  editor.setU32(AttributeCode.MultiExitDisc, 100);
  editor.setWords(AttributeCode.Communities, Uint32Array.of(0xfde90002, 0xfde90001, 0xfde90002));
  editor.setAsPath(hex('02010000fdea'));
  editor.setNextHop(ip('192.0.2.1'));
  editor.setExtensionU32(ExtensionAttribute.KrtMetricBase, 7);
  editor.setExtension(ExtensionAttribute.Preference, hex('0064'));
  editor.unset(AttributeCode.LocalPref);
  editor.unsetExtension(77);
  editor.unset(AttributeCode.LargeCommunity);
  assert.equal(editor.changed, false);
});

test('attributes are put in their place, replaced and taken away', () => {
  const editor = loaded();
  editor.setU32(AttributeCode.LocalPref, 200);
  editor.setU32(AttributeCode.MultiExitDisc, 0xffffffff);
  editor.setU32(AttributeCode.Origin, 2);
  editor.unset(AttributeCode.Communities);
  editor.setU32(AttributeCode.OnlyToCustomer, 65002);
  editor.setExtensionU32(ExtensionAttribute.KrtMetric, 5);
  editor.unsetExtension(ExtensionAttribute.KrtMetricBase);
  assert.equal(editor.changed, true);
  assert.equal(editor.u32(AttributeCode.LocalPref), 200);
  assert.equal(editor.has(AttributeCode.Communities), false);
  const wire =
    '40010102 40020602010000fdea 400304c0000201 800404ffffffff 400504000000c8 c023040000fdea | 000100020064 0011000400000005';
  assert.equal(encoded(editor), wire.replaceAll(' ', ''));
});

test('writing goes on after encoding', () => {
  const editor = loaded();
  editor.setU32(AttributeCode.LocalPref, 1);
  const first = encoded(editor);
  editor.setU32(AttributeCode.LocalPref, 2);
  editor.setU32(AttributeCode.MultiExitDisc, 3);
  assert.equal(
    encoded(editor),
    first.replace('40050400000001', '40050400000002').replace('80040400000064', '80040400000003'),
  );
  editor.unset(AttributeCode.LocalPref);
  editor.setU32(AttributeCode.MultiExitDisc, 100);
  assert.equal(encoded(editor), UNCHANGED);
  assert.equal(editor.changed, true);
});

test('loading starts over', () => {
  const editor = loaded();
  editor.setU32(AttributeCode.LocalPref, 1);
  editor.setExtensionU32(900, 1);
  editor.load(RECORD, 0, WIRE_END, RECORD.length);
  assert.equal(editor.changed, false);
  assert.equal(editor.has(AttributeCode.LocalPref), false);
  assert.equal(editor.extension(900), undefined);
  editor.loadEmpty();
  assert.equal(editor.has(AttributeCode.Origin), false);
  assert.equal(encoded(editor), '|');
});

test('communities are sorted and unique, of each width; CLUSTER_LIST keeps its order', () => {
  const editor = new AttributeEditor();
  editor.setWords(AttributeCode.Communities, Uint32Array.of(0xffffff01, 1, 2, 1));
  editor.setWords(AttributeCode.ExtendedCommunities, Uint32Array.of(2, 1, 1, 9, 2, 0, 1, 9));
  editor.setWords(AttributeCode.LargeCommunity, Uint32Array.of(1, 2, 3, 1, 1, 9, 1, 2, 3));
  editor.setWords(AttributeCode.ClusterList, Uint32Array.of(9, 1, 9));
  assert.deepEqual(editor.words(AttributeCode.Communities), Uint32Array.of(1, 2, 0xffffff01));
  assert.deepEqual(editor.words(AttributeCode.ExtendedCommunities), Uint32Array.of(1, 9, 2, 0, 2, 1));
  assert.deepEqual(editor.words(AttributeCode.LargeCommunity), Uint32Array.of(1, 1, 9, 1, 2, 3));
  assert.deepEqual(editor.words(AttributeCode.ClusterList), Uint32Array.of(9, 1, 9));
  editor.setRaw(AttributeCode.Communities, 0, hex('00000002 00000001'));
  assert.deepEqual(editor.words(AttributeCode.Communities), Uint32Array.of(1, 2));
  editor.setWords(AttributeCode.Communities, new Uint32Array(0));
  assert.equal(editor.has(AttributeCode.Communities), true, 'an empty list is one');
  assert.deepEqual(editor.words(AttributeCode.Communities), new Uint32Array(0));
});

test('next hops of one and two addresses', () => {
  const editor = new AttributeEditor();
  assert.equal(editor.nextHop(), undefined);
  assert.equal(editor.nextHopLinkLocal(), undefined);
  editor.setNextHop(ip('2001:db8::1'), ip('fe80::1'));
  assert.deepEqual([editor.nextHop(), editor.nextHopLinkLocal()], ['2001:db8::1', 'fe80::1']);
  editor.setNextHop(ip('2001:db8::1'));
  assert.deepEqual([editor.nextHop(), editor.nextHopLinkLocal()], ['2001:db8::1', undefined]);
  editor.setNextHop(ip('fe80::2'), ip('fe80::2'));
  assert.deepEqual([editor.nextHop(), editor.nextHopLinkLocal()], ['fe80::2', 'fe80::2']);
  assert.equal(editor.raw(AttributeCode.NextHop)?.length, 16);
  editor.setNextHop(ip('10.0.0.1'), ip('fe80::2'));
  assert.deepEqual([editor.nextHop(), editor.nextHopLinkLocal()], ['10.0.0.1', undefined]);
});

test('flags: known attributes have theirs, unknown ones what is given, Partial stays', () => {
  const editor = new AttributeEditor();
  editor.load(hex('e00804 00000001 e06301 00'), 0, 11, 11);
  editor.setWords(AttributeCode.Communities, Uint32Array.of(2));
  assert.equal(editor.flags(AttributeCode.Communities), 0xe0);
  editor.setRaw(99, AttributeFlag.Optional | AttributeFlag.Transitive | 0x0f, hex('0102'));
  assert.equal(editor.flags(99), 0xe0);
  editor.setRaw(100, AttributeFlag.Optional, hex(''));
  assert.equal(editor.flags(100), 0x80);
  editor.setRaw(AttributeCode.MultiExitDisc, 0xff, hex('00000001'));
  assert.equal(editor.flags(AttributeCode.MultiExitDisc) & 0xc0, 0x80);
  assert.equal(editor.flags(1), -1);
});

test('values of 255 and 256 octets differ in their header and read the same', () => {
  for (const length of [0, 1, 255, 256, 4000, 65535]) {
    const editor = loaded();
    const value = new Uint8Array(length).fill(0x5a);
    editor.setRaw(99, 0xc0, value);
    editor.setExtension(2000, value);
    assert.equal(editor.encodeRecord(), true);
    assert.deepEqual(editor.raw(99), value);
    assert.deepEqual(editor.extension(2000), value);
    let at = editor.start;
    while (editor.bytes[at + 1] !== 99) at = attributeEnd(editor.bytes, at);
    assert.equal(editor.bytes[at], length > 255 ? 0xd0 : 0xc0);
    assert.equal(editor.wireEnd - at, length + (length > 255 ? 4 : 3));
  }
});

test('a value that no attribute can hold is refused, and the record stays', () => {
  const editor = loaded();
  editor.setWords(
    AttributeCode.Communities,
    Uint32Array.from({ length: 16384 }, (_, i) => i),
  );
  assert.equal(editor.encodeRecord(), false);
  assert.equal(formatHex(editor.bytes, editor.start, editor.wireEnd, ''), toHex(hex(WIRE)));
  editor.setWords(
    AttributeCode.Communities,
    Uint32Array.from({ length: 16383 }, (_, i) => i),
  );
  assert.equal(editor.encodeRecord(), true);
  const other = loaded();
  other.setExtension(1000, new Uint8Array(65536));
  assert.equal(other.encodeRecord(), false);
});

test('paths longer than a segment go in and out', () => {
  const editor = loaded();
  const path = parseAsPath(Array.from({ length: 700 }, (_, i) => i + 1).join(' '))!;
  editor.setAsPath(path);
  assert.equal(editor.encodeRecord(), true);
  assert.deepEqual(editor.asPath(), path);
});
