import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  attributeDescriptor,
  attributeName,
  CeaseSubcode,
  carriesShutdownText,
  decodeNotification,
  decodeShutdownText,
  ErrorCode,
  encodeNotification,
  encodePrefixLimit,
  encodeShutdownText,
  FsmSubcode,
  familyName,
  HeaderSubcode,
  hardReset,
  IPV6_UNICAST,
  innerError,
  isHardReset,
  messageTypeName,
  NotificationError,
  notificationText,
  OpenSubcode,
  roleName,
  UpdateSubcode,
} from '../../bgp/index.ts';
import { hex, toHex } from './wire.ts';

test('every pair of code and subcode has a text', () => {
  for (let code = 0; code < 256; code++) {
    for (let subcode = 0; subcode < 256; subcode++) {
      const text = notificationText(code, subcode);
      assert.ok(text.length > 0 && !text.includes('undefined'), `${code}/${subcode}: ${text}`);
    }
  }
  assert.equal(notificationText(6, 8), 'Out of Resources');
  assert.equal(notificationText(9, 4), 'Unknown error 9.4');
});

test('codes and subcodes have the numbers of the registry and the words of birdc', () => {
  const words = [
    '1.0 Invalid message header',
    '1.1 Connection not synchronized',
    '1.2 Bad message length',
    '1.3 Bad message type',
    '2.0 Invalid OPEN message',
    '2.1 Unsupported version number',
    '2.2 Bad peer AS',
    '2.3 Bad BGP identifier',
    '2.4 Unsupported optional parameter',
    '2.5 Authentication failure',
    '2.6 Unacceptable hold time',
    '2.7 Required capability missing',
    '2.8 No supported AFI/SAFI',
    '2.11 Role mismatch',
    '3.0 Invalid UPDATE message',
    '3.1 Malformed attribute list',
    '3.2 Unrecognized well-known attribute',
    '3.3 Missing mandatory attribute',
    '3.4 Invalid attribute flags',
    '3.5 Invalid attribute length',
    '3.6 Invalid ORIGIN attribute',
    '3.7 AS routing loop',
    '3.8 Invalid NEXT_HOP attribute',
    '3.9 Optional attribute error',
    '3.10 Invalid network field',
    '3.11 Malformed AS_PATH',
    '4.0 Hold timer expired',
    '5.0 Finite state machine error',
    '5.1 Unexpected message in OpenSent state',
    '5.2 Unexpected message in OpenConfirm state',
    '5.3 Unexpected message in Established state',
    '6.0 Cease',
    '6.1 Maximum number of prefixes reached',
    '6.2 Administrative shutdown',
    '6.3 Peer de-configured',
    '6.4 Administrative reset',
    '6.5 Connection rejected',
    '6.6 Other configuration change',
    '6.7 Connection collision resolution',
    '6.8 Out of Resources',
    '6.9 Hard reset',
    '6.10 BFD session down',
    '7.0 Invalid ROUTE-REFRESH message',
    '7.1 Invalid ROUTE-REFRESH message length',
    '8.0 Send hold timer expired',
  ];
  const known: string[] = [];
  for (let code = 0; code < 256; code++) {
    for (let subcode = 0; subcode < 256; subcode++) {
      const text = notificationText(code, subcode);
      if (!text.startsWith('Unknown error')) known.push(`${code}.${subcode} ${text}`);
    }
  }
  assert.deepEqual(known, words);
  assert.deepEqual(Object.values(ErrorCode), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(Object.values(HeaderSubcode), [1, 2, 3]);
  assert.deepEqual(Object.values(OpenSubcode), [0, 1, 2, 3, 4, 6, 7, 11]);
  assert.deepEqual(Object.values(UpdateSubcode), [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11]);
  assert.deepEqual(Object.values(FsmSubcode), [0, 1, 2, 3]);
  assert.deepEqual(Object.values(CeaseSubcode), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('every other number that a peer can send has a text too', () => {
  for (let number = 0; number < 256; number++) {
    for (const text of [attributeName(number), roleName(number), messageTypeName(number)]) {
      assert.ok(text.length > 0 && !text.includes('undefined'), text);
    }
    assert.equal(attributeDescriptor(number)?.code ?? number, number);
    for (const afi of [0, 1, 2, 25, 16388, 65535]) assert.doesNotMatch(familyName(afi, number), /undefined|NaN/);
  }
  assert.equal(familyName(16388, 71), '<16388/71>');
});

test('a NOTIFICATION survives encoding and decoding', () => {
  const error = new NotificationError(ErrorCode.Update, 5, hex('40 01 02 0000'));
  const bytes = encodeNotification(error);
  assert.equal(toHex(bytes), `${'ff'.repeat(16)}001a03 0305 4001020000`.replaceAll(' ', ''));
  const back = decodeNotification(bytes, 0, bytes.length);
  assert.deepEqual([back.code, back.subcode, toHex(back.data)], [3, 5, '4001020000']);
});

test('a NOTIFICATION never exceeds what the peer takes', () => {
  const error = new NotificationError(7, 1, new Uint8Array(65000));
  assert.equal(encodeNotification(error).length, 4096);
  assert.equal(encodeNotification(error, 65535).length, 65021);
});

test('a shutdown communication is cut between characters, in octets', () => {
  assert.equal(toHex(encodeShutdownText('bye')), '03627965');
  assert.equal(encodeShutdownText('').length, 0);
  // 127 octets of ASCII leave one octet: the euro sign needs three.
  const cut = encodeShutdownText(`${'a'.repeat(127)}€`);
  assert.equal(cut[0], 127);
  assert.equal(decodeShutdownText(cut), 'a'.repeat(127));
  for (let limit = 0; limit <= 20; limit++) {
    const data = encodeShutdownText('aé€😀aé€😀', limit);
    assert.ok(data.length <= limit + 1);
    assert.doesNotMatch(decodeShutdownText(data), /hex|�/);
  }
  assert.equal(encodeShutdownText('x'.repeat(400), 255)[0], 255);
  assert.equal(encodeShutdownText('x'.repeat(400), 9999)[0], 255);
});

test('a shutdown communication that is none is shown in hexadecimal', () => {
  assert.equal(decodeShutdownText(hex('')), '');
  assert.equal(decodeShutdownText(hex('00')), '');
  assert.equal(decodeShutdownText(hex('05 6162')), 'hex:056162');
  assert.equal(decodeShutdownText(hex('02 c328')), 'hex:02c328');
  assert.equal(decodeShutdownText(hex('02 6162 ffff')), 'ab');
});

test('a shutdown communication cannot forge lines or steer a terminal', () => {
  const nasty = 'a\r\n0000 OK\u0000\u001b[31m\u2028\u202e"\\😀\u009b';
  const shown = decodeShutdownText(encodeShutdownText(nasty, 255));
  assert.equal(shown, 'a\\x0d\\x0a0000 OK\\x00\\x1b[31m\\u{2028}\\u{202e}"\\\\😀\\x9b');
});

test('only Administrative Shutdown and Administrative Reset carry text', () => {
  const carriers = Array.from({ length: 256 }, (_, i) => i).filter((subcode) => carriesShutdownText(6, subcode));
  assert.deepEqual(carriers, [2, 4]);
  assert.equal(carriesShutdownText(2, 2), false);
});

test('the data of Maximum Number of Prefixes Reached has 7 octets', () => {
  assert.equal(toHex(encodePrefixLimit(IPV6_UNICAST, 0xffffffff)), '000201ffffffff');
});

test('a Hard Reset holds another error, and may hold nothing', () => {
  const inner = new NotificationError(ErrorCode.Cease, CeaseSubcode.AdministrativeReset, hex('0161'));
  const outer = hardReset(inner);
  assert.deepEqual([outer.code, outer.subcode, toHex(outer.data)], [6, 9, '06040161']);
  const back = innerError(outer);
  assert.deepEqual([back.code, back.subcode, toHex(back.data)], [6, 4, '0161']);
  const two = innerError(new NotificationError(6, 9, hex('0402')));
  assert.deepEqual([two.code, two.subcode, two.data.length], [4, 2, 0]);
  for (const data of ['', '06']) {
    const short = new NotificationError(6, 9, hex(data));
    assert.ok(isHardReset(short));
    assert.equal(innerError(short), short);
  }
  assert.equal(innerError(inner), inner);
});

test('an error says what it is, with its reason', () => {
  assert.equal(`${new NotificationError(3, 11)}`, 'Malformed AS_PATH');
  assert.equal(`${new NotificationError(1, 3, hex('09'), 'message type 9')}`, 'Bad message type: message type 9');
});
