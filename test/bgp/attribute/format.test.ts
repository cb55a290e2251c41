/** How attributes look in `show route all`, in BIRD's forms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ATTRIBUTES,
  aigpMetric,
  attributeDescriptor,
  attributeLabel,
  attributeName,
  encodeAigp,
  formatAttribute,
  isUnrecognized,
} from '../../../bgp/index.ts';
import { attribute } from '../wire.ts';

const lines: readonly [Uint8Array, string][] = [
  [attribute(0x40, 1, '00'), 'BGP.origin: IGP'],
  [attribute(0x40, 1, '01'), 'BGP.origin: EGP'],
  [attribute(0x40, 1, '02'), 'BGP.origin: Incomplete'],
  [attribute(0x40, 2, ''), 'BGP.as_path: '],
  [attribute(0x40, 2, '02 02 0000fdeb 00000007 01 02 00000001 00000002'), 'BGP.as_path: 65003 7 {1 2}'],
  [attribute(0x40, 3, '0a000103'), 'BGP.next_hop: 10.0.1.3'],
  [attribute(0x40, 3, '20010db8000000000000000000000001'), 'BGP.next_hop: 2001:db8::1'],
  [
    attribute(0x40, 3, '20010db8000000000000000000000001 fe800000000000000000000000000002'),
    'BGP.next_hop: 2001:db8::1 fe80::2',
  ],
  [attribute(0x80, 4, '00000032'), 'BGP.med: 50'],
  [attribute(0x40, 5, 'ffffffff'), 'BGP.local_pref: 4294967295'],
  [attribute(0x40, 6, ''), 'BGP.atomic_aggr: '],
  [attribute(0xc0, 7, '0000fdea c0000201'), 'BGP.aggregator: 192.0.2.1 AS65002'],
  [attribute(0xc0, 8, 'fc000064 fffffe01'), 'BGP.community: (64512,100) (65535,65025)'],
  [attribute(0x80, 9, '0a000009'), 'BGP.originator_id: 10.0.0.9'],
  [attribute(0x80, 10, '0a000009 0a000001'), 'BGP.cluster_list: 10.0.0.9 10.0.0.1'],
  [attribute(0xc0, 16, '0002fc0000000064 0003fc0000000064'), 'BGP.ext_community: (rt, 64512, 100) (ro, 64512, 100)'],
  [attribute(0x80, 26, '01 000b 0000000100000000'), 'BGP.aigp: 4294967296'],
  [attribute(0x80, 26, '09 0003'), 'BGP.aigp: ?'],
  [attribute(0xc0, 32, '0000fc000000000100000064'), 'BGP.large_community: (64512, 1, 100)'],
  [attribute(0xc0, 35, '0000fdea'), 'BGP.otc: 65002'],
  [attribute(0xe0, 99, '0102ff'), 'BGP.63 [t]: 01 02 ff'],
  [attribute(0x80, 9 + 128, ''), 'BGP.89: '],
  [attribute(0xc0, 25, '00'.repeat(3)), 'BGP.19 [t]: 00 00 00'],
  [attribute(0xc0, 254, 'aa'.repeat(300)), `BGP.fe [t]: ${'aa '.repeat(299)}aa`],
];
for (const [octets, expected] of lines) {
  test(`${expected.slice(0, 60)}`, () => {
    const framed = new Uint8Array(octets.length + 40).fill(7);
    framed.set(octets, 20);
    assert.equal(`${attributeLabel(framed, 20)}: ${formatAttribute(framed, 20)}`, expected);
  });
}

test('names of the RFCs', () => {
  assert.equal(attributeName(35), 'ONLY_TO_CUSTOMER');
  assert.equal(attributeName(99), 'attribute 99');
  for (const row of ATTRIBUTES) assert.equal(attributeDescriptor(row.code), row);
  assert.equal(attributeDescriptor(99), undefined);
});

test('what is passed on without being understood', () => {
  const unrecognized = Array.from({ length: 50 }, (_, code) => code).filter((code) => isUnrecognized(code));
  const recognized = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 26, 32, 35];
  assert.deepEqual(
    unrecognized,
    Array.from({ length: 50 }, (_, code) => code).filter((code) => !recognized.includes(code)),
  );
});

test('AIGP metrics of 64 bits', () => {
  for (const metric of [0n, 1n, 0xffffffffn, 0x100000000n, 0xffffffffffffffffn]) {
    const value = encodeAigp(metric);
    assert.equal(aigpMetric(value, 0, value.length), metric);
  }
  const second = Uint8Array.from([9, 0, 4, 1, ...encodeAigp(5n), ...encodeAigp(6n)]);
  assert.equal(aigpMetric(second, 0, second.length), 5n);
  assert.equal(aigpMetric(second, 0, 4), undefined);
});
