import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatPrefix, IPV4_UNICAST, IPV6_UNICAST, ipBytes, prefixCovers, prefixOf } from '../../bgp/index.ts';
import { type PrefixId, PrefixTable } from '../../rib/index.ts';
import { ip, prefix } from './lab.ts';

const V4 = [
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.0/24',
  '10.1.2.3/32',
  '192.0.2.128/25',
  '255.255.255.254/31',
];
const V6 = ['::/0', '2001:db8::/32', '2001:db8:0:1::/64', '2001:db8::1:0:0/96', '2001:db8::1/128', 'ffff::/17'];

test('a prefix keeps its row and its text in both families', () => {
  for (const [family, texts] of [
    [IPV4_UNICAST, V4],
    [IPV6_UNICAST, V6],
  ] as const) {
    const table = new PrefixTable(family);
    const rows = texts.map((text) => table.internPrefix(prefix(text)));
    assert.equal(new Set(rows).size, texts.length);
    texts.forEach((text, i) => {
      const row = rows[i] as PrefixId;
      assert.equal(table.internPrefix(prefix(text)), row);
      assert.equal(table.findPrefix(prefix(text)), row);
      assert.equal(table.format(row), text);
      assert.equal(formatPrefix(table.value(row)), text);
      assert.ok(table.has(row));
    });
    assert.equal(table.count, texts.length);
    for (const row of rows) table.free(row);
    assert.equal(table.count, 0);
    for (const text of texts) assert.equal(table.findPrefix(prefix(text)), 0);
  }
});

test('prefixes of the other family are not there', () => {
  const table = new PrefixTable(IPV4_UNICAST);
  table.internPrefix(prefix('0.0.0.0/0'));
  assert.equal(table.findPrefix(prefix('::/0')), 0);
});

test('tables answer like a Map while prefixes come and go', () => {
  for (const version of [4, 6] as const) {
    const octets = version === 4 ? 4 : 16;
    const address = fc.uint8Array({ minLength: octets, maxLength: octets }).map((bytes) => bytes.map((b) => b & 0xc3));
    const operation = fc.record({ address, length: fc.nat(version === 4 ? 32 : 128), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 250 }), (operations) => {
        const table = new PrefixTable(version === 4 ? IPV4_UNICAST : IPV6_UNICAST);
        const model = new Map<string, PrefixId>();
        for (const { address: bytes, length, remove } of operations) {
          const value = { version, bytes, length };
          const masked = prefixOf(prefixAddressOf(value), length);
          const key = formatPrefix(masked);
          const known = model.get(key);
          assert.equal(table.findPrefix(masked), known ?? 0);
          if (remove && known !== undefined) {
            table.free(known);
            model.delete(key);
          } else {
            const row = table.internPrefix(masked);
            assert.ok(known === undefined || known === row);
            model.set(key, row);
          }
        }
        assert.equal(table.count, model.size);
        for (const [key, row] of model) assert.equal(table.format(row), key);
      }),
      { seed: 46, numRuns: 60 },
    );
  }
});

function prefixAddressOf(value: { readonly bytes: Uint8Array }): ReturnType<typeof ip> {
  const { bytes } = value;
  if (bytes.length === 4) return ip([...bytes].join('.'));
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16));
  return ip(groups.join(':'));
}

function longest(table: PrefixTable, texts: readonly string[], address: string, maxLength: number): string {
  const bytes = ipBytes(ip(address));
  const words = [0, 4, 8, 12].map((at) =>
    new DataView(Uint8Array.from([...bytes, ...new Uint8Array(16)]).buffer).getUint32(at),
  );
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words;
  const row = table.longestMatch(w0, w1, w2, w3, maxLength, (found) => texts.includes(table.format(found)));
  return row === 0 ? '' : table.format(row);
}

test('the longest match is the one a scan of all prefixes finds', () => {
  for (const [family, texts, addresses] of [
    [IPV4_UNICAST, V4, ['10.1.2.3', '10.1.2.4', '10.1.9.9', '10.9.9.9', '192.0.2.200', '192.0.2.1', '255.255.255.255']],
    [IPV6_UNICAST, V6, ['2001:db8::1', '2001:db8::2', '2001:db8::1:0:5', '2001:db8:0:1::', 'ffff:7fff::', 'fe80::1']],
  ] as const) {
    const table = new PrefixTable(family);
    for (const text of texts) table.internPrefix(prefix(text));
    for (const usable of [texts, texts.slice(1), texts.slice(2, 4), []]) {
      for (const address of addresses) {
        for (const maxLength of [family.maxPrefixLength, 24, 0]) {
          const expected = usable
            .map(prefix)
            .filter((p) => p.length <= maxLength && prefixCovers(p, ipBytes(ip(address))))
            .sort((a, b) => b.length - a.length)[0];
          assert.equal(
            longest(table, usable, address, maxLength),
            expected === undefined ? '' : formatPrefix(expected),
            `${address} within ${maxLength} bits`,
          );
        }
      }
    }
  }
});

test('a row lies within a prefix or does not', () => {
  const v4 = new PrefixTable(IPV4_UNICAST);
  const row4 = v4.internPrefix(prefix('10.1.2.0/24'));
  for (const text of ['0.0.0.0/0', '10.0.0.0/8', '10.1.2.0/24']) assert.ok(v4.isWithin(row4, prefix(text)), text);
  for (const text of ['10.1.2.0/25', '10.1.3.0/24', '11.0.0.0/8']) assert.ok(!v4.isWithin(row4, prefix(text)), text);
  const v6 = new PrefixTable(IPV6_UNICAST);
  const row6 = v6.internPrefix(prefix('2001:db8:0:1::/64'));
  for (const text of ['::/0', '2001:db8::/32', '2001:db8:0:1::/64']) assert.ok(v6.isWithin(row6, prefix(text)), text);
  for (const text of ['2001:db8:0:1::/65', '2001:db8::/64', '2001:db9::/32']) {
    assert.ok(!v6.isWithin(row6, prefix(text)), text);
  }
});

test('a pin counts, and only the last one that goes says so', () => {
  const table = new PrefixTable(IPV4_UNICAST);
  const row = table.internPrefix(prefix('10.0.0.0/8'));
  assert.ok(!table.isPinned(row));
  table.pin(row);
  table.pin(row);
  assert.ok(!table.unpin(row));
  assert.ok(table.isPinned(row));
  assert.ok(table.unpin(row));
  assert.ok(!table.isPinned(row));
});
