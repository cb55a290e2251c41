import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeRouteRefresh,
  encodeRouteRefresh,
  IPV4_UNICAST,
  IPV6_UNICAST,
  NotificationError,
  RefreshSubtype,
} from '../../bgp/index.ts';
import { hex, message, toHex } from './wire.ts';

function decoded(body: string, enhanced: boolean): string {
  const bytes = message(5, hex(body));
  const result = decodeRouteRefresh(bytes, 0, bytes.length, enhanced);
  if (result instanceof NotificationError) {
    assert.equal(toHex(result.data), toHex(bytes), 'the whole message is the data');
    return `${result.code}/${result.subcode}`;
  }
  const family = result.family?.name ?? `${result.afi}/${result.safi}`;
  return `${family} ${result.subtype}${result.ignored === '' ? '' : ' ignored'}`;
}

test('rr-normal', () => {
  assert.equal(decoded('0001 00 01', false), 'ipv4 0');
  assert.equal(decoded('0002 00 01', true), 'ipv6 0');
});

test('rr-unknown-afi names no family', () => assert.equal(decoded('0019 00 46', true), '25/70 0'));

test('the begin and the end of a refresh', () => {
  assert.equal(decoded('0001 01 01', true), 'ipv4 1');
  assert.equal(decoded('0001 02 01', true), 'ipv4 2');
});

test('rr-borr-len5: subtypes 1 and 2 with another length are answered with 7/1', () => {
  assert.equal(decoded('0001 01 01 00', true), '7/1');
  assert.equal(decoded('0001 02 01 0000', true), '7/1');
});

test('rr-subtype-7 is ignored', () => {
  assert.equal(decoded('0001 07 01', true), 'ipv4 7 ignored');
  assert.equal(decoded('0001 ff 01 00', true), 'ipv4 255 ignored');
});

test('without Enhanced Route Refresh the subtype octet is reserved', () => {
  assert.equal(decoded('0001 01 01', false), 'ipv4 0');
  assert.equal(decoded('0001 07 01', false), 'ipv4 0');
});

test('rr-orf-malformed: filters that were not agreed on are not looked at', () => {
  assert.equal(decoded('0001 00 01 02 40', true), 'ipv4 0 ignored');
  assert.equal(decoded('0001 00 01 02 40 ffff 00', false), 'ipv4 0 ignored');
});

test('a refresh survives encoding and decoding', () => {
  for (const family of [IPV4_UNICAST, IPV6_UNICAST]) {
    for (const subtype of [RefreshSubtype.Request, RefreshSubtype.Begin, RefreshSubtype.End]) {
      const bytes = encodeRouteRefresh(family, subtype);
      const back = decodeRouteRefresh(bytes, 0, bytes.length, true);
      assert.ok(!(back instanceof NotificationError));
      assert.deepEqual([back.family, back.subtype, back.ignored], [family, subtype, '']);
    }
  }
});
