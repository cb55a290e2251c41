import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameResult, KEEPALIVE, MessageType, ReceiveWindow } from '../../bgp/index.ts';
import { concat, hex, MANDATORY, message, NLRI, toHex, updateMessage } from './wire.ts';

const UPDATE = updateMessage({ attributes: MANDATORY, nlri: NLRI });

/** Everything the window hands out for the chunks: hex of messages, or the error as text. */
function frames(chunks: readonly Uint8Array[], maxReceiveLength = 4096): string[] {
  const window = new ReceiveWindow();
  window.maxReceiveLength = maxReceiveLength;
  const seen: string[] = [];
  for (const chunk of chunks) {
    window.push(chunk);
    for (;;) {
      const result = window.next();
      if (result === FrameResult.More) break;
      if (result !== FrameResult.Message) {
        const { error } = window;
        seen.push(
          `${result === FrameResult.Silent ? 'silent ' : ''}${error?.code}/${error?.subcode} ${toHex(error!.data)}`,
        );
        return seen;
      }
      seen.push(toHex(window.bytes.subarray(window.start, window.end)));
    }
  }
  return seen;
}

function withMarker(at: number, value: number): Uint8Array {
  const bytes = KEEPALIVE.slice();
  bytes[at] = value;
  return bytes;
}

for (let i = 0; i < 16; i++) {
  test(`hdr-marker-bad: marker octet ${i} is not ff`, () => {
    assert.deepEqual(frames([withMarker(i, 0xfe)]), ['1/1 ']);
  });
}

const wrongLengths: readonly [string, Uint8Array, string][] = [
  ['hdr-len-0', message(4, new Uint8Array(0), 0), '1/2 0000'],
  ['hdr-len-18', message(4, new Uint8Array(0), 18), '1/2 0012'],
  ['hdr-len-4097-open', message(1, new Uint8Array(0), 4097), '1/2 1001'],
  ['hdr-len-65535', message(2, new Uint8Array(0), 65535), '1/2 ffff'],
  ['hdr-open-len28', message(1, new Uint8Array(9)), '1/2 001c'],
  ['upd-len22-est', message(2, new Uint8Array(3)), '1/2 0016'],
  ['ka-len20-est', message(4, new Uint8Array(1)), '1/2 0014'],
  ['notif-len20-est', message(3, new Uint8Array(1)), 'silent 1/2 0014'],
  ['notif-len18', message(3, new Uint8Array(0), 18), '1/2 0012'],
  ['type5-len22-est', message(5, new Uint8Array(3)), '1/2 0016'],
];
for (const [id, bytes, expected] of wrongLengths) {
  test(`${id} is answered with ${expected}`, () => assert.deepEqual(frames([bytes]), [expected]));
}

for (const type of [0, 6, 255]) {
  test(`hdr-type-${type} is answered with the type octet`, () => {
    const octet = type.toString(16).padStart(2, '0');
    assert.deepEqual(frames([message(type, new Uint8Array(10))]), [`1/3 ${octet}`]);
  });
}

test('with Extended Message advertised, OPEN and KEEPALIVE above 4096 octets stay errors', () => {
  assert.deepEqual(frames([message(1, new Uint8Array(4078))], 65535), ['1/2 1001']);
  assert.deepEqual(frames([message(4, new Uint8Array(4078))], 65535), ['1/2 1001']);
});

test('with Extended Message advertised, UPDATE, NOTIFICATION and ROUTE-REFRESH may have 65535 octets', () => {
  for (const type of [2, 3, 5]) {
    for (const length of [4097, 65535]) {
      const bytes = message(type, new Uint8Array(length - 19));
      assert.deepEqual(frames([bytes], 65535), [toHex(bytes)]);
      assert.deepEqual(frames([bytes.subarray(0, 5000), bytes.subarray(5000)], 65535), [toHex(bytes)]);
    }
  }
});

test('the limit that counts is the one at the time when the message is looked at', () => {
  const open = message(1, hex('04 fde9 005a 02020202 00'));
  const long = message(2, new Uint8Array(5000));
  const window = new ReceiveWindow();
  window.push(concat(open, long));
  assert.equal(window.next(), FrameResult.Message);
  assert.equal(window.type, MessageType.Open);
  window.maxReceiveLength = 65535;
  assert.equal(window.next(), FrameResult.Message);
  assert.equal(window.end - window.start, 5019);
});

test('many messages in one segment come out one by one, in place', () => {
  const chunk = concat(KEEPALIVE, UPDATE, KEEPALIVE);
  const window = new ReceiveWindow();
  window.push(chunk);
  for (const expected of [KEEPALIVE, UPDATE, KEEPALIVE]) {
    assert.equal(window.next(), FrameResult.Message);
    assert.equal(window.bytes, chunk);
    assert.equal(toHex(window.bytes.subarray(window.start, window.end)), toHex(expected));
  }
  assert.equal(window.next(), FrameResult.More);
  assert.equal(window.pending, 0);
});

test('a stream that is split at any octet gives the same messages', () => {
  const stream = concat(KEEPALIVE, UPDATE, message(3, hex('0602')), UPDATE, KEEPALIVE);
  const expected = frames([stream]);
  assert.equal(expected.length, 5);
  for (let cut = 0; cut <= stream.length; cut++) {
    assert.deepEqual(frames([stream.subarray(0, cut), stream.subarray(cut)]), expected, `cut at ${cut}`);
    for (let second = cut; second <= stream.length; second += 7) {
      const chunks = [stream.subarray(0, cut), stream.subarray(cut, second), stream.subarray(second)];
      assert.deepEqual(frames(chunks), expected, `cut at ${cut} and ${second}`);
    }
  }
  assert.deepEqual(frames(Array.from(stream, (octet) => Uint8Array.of(octet))), expected, 'octet by octet');
});

test('chunks that are pushed ahead wait their turn', () => {
  const stream = concat(UPDATE, UPDATE, KEEPALIVE);
  for (let size = 1; size < 40; size++) {
    const window = new ReceiveWindow();
    for (let at = 0; at < stream.length; at += size) window.push(stream.subarray(at, at + size));
    assert.equal(window.pending, stream.length);
    let count = 0;
    while (window.next() === FrameResult.Message) count++;
    assert.equal(count, 3);
    assert.equal(window.pending, 0);
  }
});

test('a Buffer is taken as it is, with its offset', () => {
  const pool = Buffer.alloc(100, 0xa5);
  pool.set(KEEPALIVE, 13);
  const window = new ReceiveWindow();
  window.push(pool.subarray(13, 32));
  assert.equal(window.next(), FrameResult.Message);
  assert.equal(window.bytes.constructor, Uint8Array);
  assert.equal(window.end - window.start, 19);
});

test('a valid message followed by garbage is handed out first', () => {
  assert.deepEqual(frames([concat(UPDATE, hex('00'.repeat(19)))]), [toHex(UPDATE), '1/1 ']);
  assert.deepEqual(frames([concat(UPDATE, hex('ff 00 ff'))]), [toHex(UPDATE)]);
});

test('after an error nothing is handed out any more', () => {
  const window = new ReceiveWindow();
  window.push(concat(withMarker(3, 0), KEEPALIVE));
  assert.equal(window.next(), FrameResult.Error);
  window.push(KEEPALIVE);
  assert.equal(window.next(), FrameResult.Error);
});

test('a message that never ends holds no more octets than the longest message', () => {
  const window = new ReceiveWindow();
  const claim = message(2, new Uint8Array(0), 4096);
  window.push(claim);
  assert.equal(window.next(), FrameResult.More);
  for (let i = 0; i < 4000; i++) {
    window.push(Uint8Array.of(0));
    assert.equal(window.next(), FrameResult.More);
    assert.ok(window.pending <= 4096);
  }
});
