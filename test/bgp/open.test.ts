import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddPathMode,
  addPathMode,
  Capabilities,
  CapabilityCode,
  decodeOpen,
  encodeOneCapability,
  encodeOpen,
  formatCapabilities,
  NotificationError,
  type OpenMessage,
  openAs,
} from '../../bgp/index.ts';
import { concat, hex, message, toHex } from './wire.ts';

/** OPEN of AS 64512, hold time 90, identifier 10.0.0.1; optional parameters as given. */
function open(parameters: string, fixed = '04 fc00 005a 0a000001'): Uint8Array {
  const octets = hex(parameters);
  return message(1, concat(hex(fixed), Uint8Array.of(octets.length), octets));
}

/** One optional parameter of capabilities. */
function capabilities(series: string): string {
  const length = hex(series).length;
  return `02 ${length.toString(16).padStart(2, '0')} ${series}`;
}

function decoded(bytes: Uint8Array): OpenMessage {
  const result = decodeOpen(bytes, 0, bytes.length);
  assert.ok(!(result instanceof NotificationError), `refused: ${result}`);
  return result;
}

function refusal(bytes: Uint8Array): string {
  const result = decodeOpen(bytes, 0, bytes.length);
  assert.ok(result instanceof NotificationError, 'accepted');
  return `${result.code}/${result.subcode} ${toHex(result.data)}`.trim();
}

const refused: readonly [string, Uint8Array, string][] = [
  ['open-version3', open('', '03 fc00 005a 0a000001'), '2/1 0004'],
  ['open-version5', open('', '05 fc00 005a 0a000001'), '2/1 0004'],
  ['open-as-0', open('', '04 0000 005a 0a000001'), '2/2 00000000'],
  ['open-as4-0', open(capabilities('41 04 00000000')), '2/2 00000000'],
  ['open-optparam-unknown', open('0a 03 010203'), '2/4 0a03010203'],
  ['open-optparam-auth1', open('01 01 00'), '2/4 010100'],
  ['open-optparam-len-overrun', open('02 06 0104 0001'), '2/0'],
  ['open-optlen-too-big', message(1, hex('04 fc00 005a 0a000001 09 02 02 0200')), '2/0'],
  ['open-optlen-short-trailing', message(1, hex('04 fc00 005a 0a000001 04 02 02 0200 00')), '2/0'],
  ['open-optlen-0-trailing', message(1, hex('04 fc00 005a 0a000001 00 02 02 0200')), '2/0'],
  ['open-optparam-cut-off', open('02'), '2/0'],
  ['open-cap-len-overrun', open('02 06 01 05 0001 0001'), '2/0'],
  ['open-cap-cut-off', open('02 01 01'), '2/0'],
  ['open-cap-mp-len3', open(capabilities('01 03 000100')), '2/0'],
  ['open-cap-as4-len2', open(capabilities('41 02 fc00')), '2/0'],
  ['open-cap-gr-len1', open(capabilities('40 01 00')), '2/0'],
  ['open-cap-gr-len5', open(capabilities('40 05 0078000101')), '2/0'],
  ['open-cap-role-len0', open(capabilities('09 00')), '2/0'],
  ['open-cap-role-len2', open(capabilities('09 02 0000')), '2/0'],
  ['open-cap-addpath-len3', open(capabilities('45 03 000101')), '2/0'],
  ['open-cap-extended-next-hop-len5', open(capabilities('05 05 0001000100')), '2/0'],
  ['open-cap-llgr-len6', open(capabilities('40 02 0078 47 06 000101000000')), '2/0'],
  ['open-ext-optlen-overrun', message(1, hex('04 fc00 005a 0a000001 ff ff 0009 02 0002 0200')), '2/0'],
  ['open-ext-optlen-short', message(1, hex('04 fc00 005a 0a000001 ff ff 0004 02 0002 0200')), '2/0'],
  ['open-ext-optlen-cut-off', message(1, hex('04 fc00 005a 0a000001 01 ff 00')), '2/0'],
  ['open-ext-param-cut-off', message(1, hex('04 fc00 005a 0a000001 ff ff 0002 02 00')), '2/0'],
  ['open-ext-param-overrun', message(1, hex('04 fc00 005a 0a000001 ff ff 0005 02 0003 0200')), '2/0'],
  ['type 255 behind another parameter', open('02 02 0200 ff 00'), '2/4 ff00'],
  ['type 255 inside the RFC 9072 form', message(1, hex('04 fc00 005a 0a000001 ff ff 0003 ff 0000')), '2/4 ff0000'],
];
for (const [id, bytes, expected] of refused) {
  test(`${id} is answered with ${expected}`, () => assert.equal(refusal(bytes), expected));
}

test('open-astrans: the AS number of the capability counts', () => {
  const result = decoded(open(capabilities('41 04 00010000'), '04 5ba0 005a 0a000001'));
  assert.equal(result.as, 23456);
  assert.equal(openAs(result), 65536);
  assert.deepEqual(result.capabilities.warnings, []);
});

test('open-as2-vs-as4-differ: the capability wins, with a warning', () => {
  const result = decoded(open(capabilities('41 04 00010000')));
  assert.equal(openAs(result), 65536);
  assert.equal(result.capabilities.warnings.length, 1);
});

test('AS_TRANS without the capability stays AS_TRANS, for the negotiation to judge', () => {
  assert.equal(openAs(decoded(open('', '04 5ba0 005a 0a000001'))), 23456);
});

test('open-hold-0, open-hold-3 and any identifier are read as they are', () => {
  assert.equal(decoded(open('', '04 fc00 0000 0a000001')).holdTime, 0);
  assert.equal(decoded(open('', '04 fc00 0003 0a000001')).holdTime, 3);
  assert.equal(decoded(open('', '04 fc00 005a e0000001')).identifier, 0xe0000001);
});

test('open-no-caps: no optional parameters, no capabilities', () => {
  const { capabilities: none } = decoded(open(''));
  assert.deepEqual(none, new Capabilities());
});

test('open-many-optparams: one capability per parameter is the same as all in one', () => {
  const series = ['01 04 00010001', '01 04 00020001', '02 00', '41 04 0000fc00', '46 00', '45 04 00010103'];
  const many = decoded(open(series.map(capabilities).join(' ')));
  const one = decoded(open(capabilities(series.join(' '))));
  assert.deepEqual(many, one);
  assert.deepEqual(many.capabilities.multiprotocol, [
    { afi: 1, safi: 1 },
    { afi: 2, safi: 1 },
  ]);
});

test('open-cap-rr-len1: a zero-length capability with a value is ignored with a warning', () => {
  const result = decoded(open(capabilities('02 01 00 06 01 00 46 01 00'))).capabilities;
  assert.equal(result.routeRefresh || result.extendedMessage || result.enhancedRefresh, false);
  assert.equal(result.warnings.length, 3);
});

test('open-cap-unknown-239 and open-cap-mp-unknown-afi are no errors and are kept', () => {
  const bytes = open(capabilities('01 04 40040047 ef 03 010203'));
  const result = decoded(bytes);
  assert.deepEqual(result.capabilities.multiprotocol, [{ afi: 16388, safi: 71 }]);
  assert.equal(result.capabilities.unknown[0]?.code, 239);
  assert.equal(toHex(encodeOpen(result)), toHex(bytes));
});

test('open-cap-dup: lists merge, of single values the last one wins', () => {
  const series =
    '01 04 00010001 01 04 00010001 45 04 00010101 45 04 00010102 45 04 00020103 ' +
    '41 04 0000fc00 41 04 0000fc01 40 06 0078 00010180 40 02 000a';
  const result = decoded(open(capabilities(series))).capabilities;
  assert.deepEqual(result.multiprotocol, [{ afi: 1, safi: 1 }]);
  assert.equal(addPathMode(result, 1, 1), AddPathMode.Send);
  assert.equal(addPathMode(result, 2, 1), AddPathMode.Both);
  assert.equal(addPathMode(result, 1, 2), 0);
  assert.equal(result.as4, 64513);
  assert.deepEqual(result.gracefulRestart, {
    restarting: false,
    notification: false,
    restartTime: 10,
    families: [],
  });
});

test('open-cap-addpath-value9: the tuple is ignored, its neighbours count', () => {
  const result = decoded(open(capabilities('45 0c 00010109 00020100 00010203'))).capabilities;
  assert.deepEqual(result.addPath, [{ afi: 1, safi: 2, mode: 3 }]);
  assert.equal(result.warnings.length, 2);
});

test('open-role-two-different is marked, two equal ones are one', () => {
  assert.equal(decoded(open(capabilities('09 01 00 09 01 03'))).capabilities.roleConflict, true);
  const same = decoded(open(capabilities('09 01 03 09 01 03'))).capabilities;
  assert.equal(same.roleConflict, false);
  assert.equal(same.role, 3);
});

test('Long-lived graceful restart without Graceful restart is ignored', () => {
  const alone = decoded(open(capabilities('47 07 00010180 000e10'))).capabilities;
  assert.equal(alone.longLived, undefined);
  const both = decoded(open(capabilities('47 07 00010180 000e10 40 02 0078'))).capabilities;
  assert.deepEqual(both.longLived, [{ afi: 1, safi: 1, forwarding: true, staleTime: 3600 }]);
});

test('open-ext-optlen-9072: the extended form counts whatever the one-octet length says', () => {
  for (const length of ['01', '07', 'ff']) {
    const result = decoded(message(1, hex(`04 fc00 005a 0a000001 ${length} ff 0009 02 0006 01 04 00010001`)));
    assert.deepEqual(result.capabilities.multiprotocol, [{ afi: 1, safi: 1 }]);
  }
});

test('a broken Hostname capability is ignored', () => {
  for (const series of ['49 00', '49 01 05', '49 03 02 6161', '49 04 01 61 05 62']) {
    const result = decoded(open(capabilities(series))).capabilities;
    assert.equal(result.hostname, undefined);
    assert.equal(result.warnings.length, 1);
  }
});

const FULL = [
  '01 04 00010001 01 04 00020001',
  '02 00',
  '05 06 000100010002',
  '06 00',
  '09 01 03',
  '40 0a c078 00010180 00020100',
  '41 04 0000fc00',
  '45 0c 00010103 00020101 00010202',
  '46 00',
  '47 07 00010180 000e10',
  '49 08 06 6e6f64652d61 00',
].join(' ');

test('every capability survives decoding and encoding, octet by octet', () => {
  const bytes = open(capabilities(FULL));
  const result = decoded(bytes);
  assert.deepEqual(result.capabilities.warnings, []);
  assert.equal(toHex(encodeOpen(result)), toHex(bytes));
});

test('formatCapabilities lists them as show protocols all does', () => {
  assert.deepEqual(formatCapabilities(decoded(open(capabilities(FULL))).capabilities), [
    'Multiprotocol',
    '  AF announced: ipv4 ipv6',
    'Route refresh',
    'Extended next hop',
    '  IPv6 nexthop: ipv4',
    'Extended message',
    'Graceful restart',
    '  Restart time: 120',
    '  Restart recovery',
    '  AF supported: ipv4 ipv6',
    '  AF preserved: ipv4',
    '4-octet AS numbers',
    'ADD-PATH',
    '  RX: ipv4 ipv6',
    '  TX: ipv4 ipv4-mc',
    'Enhanced refresh',
    'Long-lived graceful restart',
    '  LL stale time: 3600',
    '  AF supported: ipv4',
    '  AF preserved: ipv4',
    'Hostname: node-a',
    'Role: customer',
  ]);
});

test('the RFC 9072 form is used only where the short one is too small', () => {
  const short = new Capabilities();
  short.unknown.push({ code: 200, value: new Uint8Array(249) });
  const long = new Capabilities();
  long.unknown.push({ code: 200, value: new Uint8Array(252) });
  const base = { as: 64512, holdTime: 90, identifier: 1 };
  assert.equal(encodeOpen({ ...base, capabilities: short })[28], 253);
  assert.equal(encodeOpen({ ...base, capabilities: long })[29], 255);
  for (let octets = 240; octets < 256; octets++) {
    const asked = new Capabilities();
    asked.routeRefresh = true;
    asked.unknown.push({ code: 200, value: new Uint8Array(octets).fill(7) });
    const bytes = encodeOpen({ ...base, capabilities: asked });
    assert.deepEqual(decoded(bytes).capabilities, asked, `${octets} octets`);
  }
});

test('a name that is too long is cut', () => {
  const asked = new Capabilities();
  asked.hostname = { host: new Uint8Array(200).fill(0x61), domain: new Uint8Array(100).fill(0x62) };
  const bytes = encodeOpen({ as: 1, holdTime: 90, identifier: 1, capabilities: asked });
  const name = decoded(bytes).capabilities.hostname;
  assert.deepEqual([name?.host.length, name?.domain.length], [200, 53]);
  asked.hostname = { host: new Uint8Array(300).fill(0x61), domain: new Uint8Array(100) };
  const host = decoded(encodeOpen({ as: 1, holdTime: 90, identifier: 1, capabilities: asked })).capabilities.hostname;
  assert.deepEqual([host?.host.length, host?.domain.length], [253, 0]);
});

test('long lists of tuples are cut into several instances and come back whole', () => {
  const asked = new Capabilities();
  for (let afi = 1; afi <= 200; afi++) {
    asked.multiprotocol.push({ afi, safi: 1 });
    asked.addPath.push({ afi, safi: 1, mode: 1 });
    asked.extendedNextHop.push({ afi, safi: 1, nextHopAfi: 2 });
  }
  const bytes = encodeOpen({ as: 1, holdTime: 90, identifier: 1, capabilities: asked });
  assert.deepEqual(decoded(bytes).capabilities, asked);
});

test('an AS above 65535 goes out as AS_TRANS in the fixed field', () => {
  const asked = new Capabilities();
  asked.as4 = 4200000000;
  const bytes = encodeOpen({ as: 4200000000, holdTime: 90, identifier: 1, capabilities: asked });
  assert.equal(toHex(bytes.subarray(20, 22)), '5ba0');
  assert.equal(openAs(decoded(bytes)), 4200000000);
});

test('the data of a 2/7 is the missing capability', () => {
  const ours = new Capabilities();
  ours.multiprotocol.push({ afi: 1, safi: 1 }, { afi: 2, safi: 1 });
  assert.equal(toHex(encodeOneCapability(ours, CapabilityCode.Multiprotocol)), '010400010001010400020001');
});
