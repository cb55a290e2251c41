import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatNlri,
  IPV4_UNICAST,
  IPV6_UNICAST,
  isMartianIpv4,
  isMartianIpv6,
  NlriCursor,
  NlriScan,
  nlriLength,
  readU32,
  writeNlri,
  writeNlriWithPath,
} from '../../../bgp/index.ts';
import { hex } from '../wire.ts';

interface Entry {
  readonly words: readonly [number, number, number, number];
  readonly length: number;
  readonly pathId: number;
}

/** Clears the bits behind `length`, bit by bit. */
function masked(words: readonly number[], length: number): [number, number, number, number] {
  const result: [number, number, number, number] = [0, 0, 0, 0];
  for (let bit = 0; bit < length; bit++) {
    const mask = 2 ** (31 - (bit % 32));
    if (Math.floor(words[bit >> 5]! / mask) % 2 === 1) result[bit >> 5]! += mask;
  }
  return result;
}

function entries(version: 4 | 6): fc.Arbitrary<Entry[]> {
  const word = fc.integer({ min: 0, max: 0xffffffff });
  const entry = fc
    .record({
      words: fc.tuple(word, word, word, word),
      length: fc.integer({ min: 0, max: version === 4 ? 32 : 128 }),
      pathId: word,
    })
    .map(({ words, length, pathId }) => ({ words: masked(words, length), length, pathId }));
  return fc.array(entry, { maxLength: 20 });
}

function isMartian({ words, length }: Entry, version: 4 | 6): boolean {
  return version === 4 ? isMartianIpv4(words[0], length) : isMartianIpv6(words[0], words[1], words[2], length);
}

function write(list: readonly Entry[], addPath: boolean): Uint8Array {
  const bytes = new Uint8Array(list.length * 21);
  let at = 0;
  for (const { words, length, pathId } of list) {
    at = addPath
      ? writeNlriWithPath(bytes, at, pathId, words[0], words[1], words[2], words[3], length)
      : writeNlri(bytes, at, words[0], words[1], words[2], words[3], length);
  }
  return bytes.slice(0, at);
}

for (const version of [4, 6] as const) {
  for (const addPath of [false, true]) {
    test(`IPv${version}${addPath ? ' with path identifiers' : ''}: what is written is read, martians aside`, () => {
      const cursor = new NlriCursor();
      const scan = new NlriScan();
      fc.assert(
        fc.property(entries(version), fc.integer({ min: 0, max: 255 }), (list, poison) => {
          const field = write(list, addPath);
          const octets = list.reduce((sum, one) => sum + nlriLength(one.length) + (addPath ? 4 : 0), 0);
          assert.equal(field.length, octets);
          const bytes = new Uint8Array(field.length + 40).fill(poison);
          bytes.set(field, 20);
          assert.equal(scan.run(bytes, 20, 20 + field.length, addPath, version), true);
          assert.equal(scan.count, list.length);
          cursor.reset(bytes, 20, 20 + field.length, addPath, version);
          const seen: unknown[] = [];
          while (cursor.next()) {
            const { word0, word1, word2, word3, length, pathId } = cursor;
            seen.push({ words: [word0, word1, word2, word3], length, pathId });
          }
          const routable = list.filter((one) => !isMartian(one, version));
          assert.deepEqual(
            seen,
            routable.map((one) => ({ ...one, pathId: addPath ? one.pathId : 0 })),
          );
          assert.equal(cursor.skipped, list.length - routable.length);
          assert.equal(scan.martians, cursor.skipped);
        }),
        { seed: 4, numRuns: 500 },
      );
    });

    test(`IPv${version}${addPath ? ' with path identifiers' : ''}: bits behind the length never count`, () => {
      const cursor = new NlriCursor();
      for (let length = 0; length <= (version === 4 ? 32 : 128); length++) {
        const octets = new Uint8Array((addPath ? 4 : 0) + nlriLength(length)).fill(0x5b);
        octets[addPath ? 4 : 0] = length;
        cursor.reset(octets, 0, octets.length, addPath, version);
        assert.equal(cursor.next(), true);
        const words = [0x5b5b5b5b, 0x5b5b5b5b, 0x5b5b5b5b, 0x5b5b5b5b];
        assert.deepEqual([cursor.word0, cursor.word1, cursor.word2, cursor.word3], masked(words, length));
        assert.equal(cursor.next(), false);
      }
    });

    test(`IPv${version}${addPath ? ' with path identifiers' : ''}: any octets are walked to an end, inside the field`, () => {
      const cursor = new NlriCursor();
      const scan = new NlriScan();
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 60 }), (field) => {
          const results = [0x00, 0xff, 0x18].map((poison) => {
            const bytes = new Uint8Array(field.length + 40).fill(poison);
            bytes.set(field, 20);
            const sound = scan.run(bytes, 20, 20 + field.length, addPath, version);
            cursor.reset(bytes, 20, 20 + field.length, addPath, version);
            const seen: unknown[] = [sound, scan.count, scan.martians, scan.fault];
            while (cursor.next()) seen.push([cursor.word0, cursor.word3, cursor.length, cursor.pathId]);
            if (sound) assert.equal(seen.length - 4 + cursor.skipped, scan.count);
            assert.ok(cursor.position <= 20 + field.length);
            return seen;
          });
          assert.deepEqual(results[1], results[0]);
          assert.deepEqual(results[2], results[0]);
        }),
        { seed: 5, numRuns: 1000 },
      );
    });
  }
}

test('prefixes that can never be routed, and their neighbours that can', () => {
  const ipv4 = (text: string, length: number) => isMartianIpv4(readU32(hex(text), 0), length);
  assert.deepEqual(
    [ipv4('00000000', 0), ipv4('00000000', 1), ipv4('00000000', 7), ipv4('00000000', 8), ipv4('00ffffff', 32)],
    [false, false, false, true, true],
  );
  assert.deepEqual(
    [ipv4('01000000', 8), ipv4('7e000000', 7), ipv4('7f000000', 8), ipv4('80000000', 1)],
    [false, false, true, false],
  );
  assert.deepEqual(
    [ipv4('dfffff00', 24), ipv4('e0000000', 3), ipv4('e0000000', 4), ipv4('efffff00', 24), ipv4('ffffffff', 32)],
    [false, true, true, true, true],
  );
  assert.deepEqual(
    [ipv4('f0000000', 4), ipv4('f0000001', 32), ipv4('fffffffe', 31), ipv4('fffffffe', 32)],
    [false, false, false, false],
  );
  const ipv6 = (text: string, length: number) => {
    const bytes = hex(text.padEnd(32, '0'));
    return isMartianIpv6(readU32(bytes, 0), readU32(bytes, 4), readU32(bytes, 8), length);
  };
  assert.deepEqual(
    [ipv6('', 0), ipv6('', 95), ipv6('', 96), ipv6(`${'0'.repeat(31)}1`, 128)],
    [false, false, true, true],
  );
  assert.deepEqual(
    [ipv6('fe80', 10), ipv6('febf', 16), ipv6('fec0', 10), ipv6('fe', 8), ipv6('fe80', 9)],
    [true, true, false, false, false],
  );
  assert.deepEqual(
    [ipv6('ff', 8), ipv6('fe', 7), ipv6('20010db8', 32), ipv6('0064ff9b', 96)],
    [true, false, false, false],
  );
  assert.deepEqual([ipv6('00000000000000000000ffff', 96), ipv6('0000000000000001', 96)], [true, false]);
});

test('what is wrong with a field is named', () => {
  const scan = new NlriScan();
  const run = (text: string, addPath: boolean, version: 4 | 6) => {
    const bytes = hex(text);
    return scan.run(bytes, 0, bytes.length, addPath, version) ? 'fine' : scan.fault;
  };
  assert.equal(run('', true, 4), 'fine');
  assert.equal(run('20 0a000001', false, 4), 'fine');
  assert.equal(run('21 0a00000100', false, 4), 'prefix length');
  assert.equal(run('21 0a00000100', false, 6), 'fine');
  assert.equal(run('81 00', false, 6), 'prefix length');
  assert.equal(run('18 0a00', false, 4), 'truncated');
  assert.equal(run('00000001', true, 4), 'truncated');
  assert.equal(run('00000001 00', true, 4), 'fine');
});

test('a prefix is named for the log as it stands there', () => {
  assert.equal(formatNlri(hex('ff 04 e0'), 1, IPV4_UNICAST), '224.0.0.0/4');
  assert.equal(formatNlri(hex('00'), 0, IPV6_UNICAST), '::/0');
  assert.equal(formatNlri(hex('0a fe80'), 0, IPV6_UNICAST), 'fe80::/10');
});
