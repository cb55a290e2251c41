/** Attributes as `show route all` lists them, from bare octets of a canonical record. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAttributes } from '../../../src/control/format/attribute.ts';
import type { AttributeRecord } from '../../../src/control/host.ts';
import { attributes } from '../../../src/control/json/attributes.ts';
import { makeRecord, sequence } from './fake-host.ts';

type Part = readonly [flags: number, code: number, value: Uint8Array | string];

/** Path attributes in wire form, then extensions: id, value. */
function record(
  parts: readonly Part[],
  extensions: readonly (readonly [number, Uint8Array | string])[] = [],
): AttributeRecord {
  const octets = (value: Uint8Array | string): Buffer =>
    typeof value === 'string' ? Buffer.from(value.replaceAll(' ', ''), 'hex') : Buffer.from(value);
  const wire = Buffer.concat(
    parts.map(([flags, code, value]) => {
      const bytes = octets(value);
      const header =
        bytes.length > 255 ? [flags | 0x10, code, bytes.length >> 8, bytes.length & 255] : [flags, code, bytes.length];
      return Buffer.concat([Buffer.from(header), bytes]);
    }),
  );
  const rest = Buffer.concat(
    extensions.map(([id, value]) => {
      const bytes = octets(value);
      return Buffer.concat([Buffer.from([id >> 8, id & 255, bytes.length >> 8, bytes.length & 255]), bytes]);
    }),
  );
  const bytes = Buffer.concat([wire, rest]);
  return { bytes, start: 0, wireEnd: wire.length, end: bytes.length };
}

const CUSTOM = [
  { name: 'my_tag', type: 'int', id: 1024 },
  { name: 'my_text', type: 'string', id: 1025 },
  { name: 'my_flag', type: 'bool', id: 1026 },
  { name: 'my_octets', type: 'bytestring', id: 1027 },
];

function show(what: AttributeRecord): string[] {
  const lines: string[] = [];
  formatAttributes({ line: (code, text) => lines.push(`${code}${text}`) }, what, CUSTOM);
  return lines.map((line) => line.replace(/^1012\t/, ''));
}

const ALL = record(
  [
    [0x40, 1, '02'],
    [0x40, 2, '02 02 0000fde9 00010000  01 02 00000004 00000005  03 01 00000007  04 02 00000008 00000009'],
    [0x40, 3, '20010db8000000000000000000000001 fe800000000000000000000000000001'],
    [0x80, 4, 'ffffffff'],
    [0x40, 5, '00000064'],
    [0x40, 6, ''],
    [0xc0, 7, '00011170 01020304'],
    [0xc0, 8, 'fde80001 ffffff01'],
    [0x80, 9, '0a000001'],
    [0x80, 10, '0a000001 0a000002'],
    [0xc0, 16, '0002fde800000001 43000001 00000002 4003fde800000001'],
    [0x80, 26, '01000b 0000010000000000'],
    [0xc0, 32, '00000001 00000002 00000003'],
    [0xc0, 35, '0000fde9'],
    [0xe0, 99, '0102ff'],
    [0x80, 200, ''],
  ],
  [
    [1, '00000064'],
    [2, '00000005'],
    [3, '00000002'],
    [16, '00000004'],
    [17, '00000020'],
    [18, '0a000009'],
    [21, '74756e6c30'],
    [33, '00000014'],
    [34, '00000578'],
    [44, '00000001'],
    [1024, '00000007'],
    [1025, Buffer.from('a\nb')],
    [1026, '01'],
    [1027, 'c0ffee'],
    [2000, 'dead'],
  ],
);

test('every attribute has a name, a value, and its place in the order', () => {
  assert.deepEqual(show(ALL), [
    'igp_metric: 5',
    'BGP.origin: Incomplete',
    'BGP.as_path: 65001 65536 {4 5} (7) ({8 9})',
    'BGP.next_hop: 2001:db8::1 fe80::1',
    'BGP.med: 4294967295',
    'BGP.local_pref: 100',
    'BGP.atomic_aggr: ',
    'BGP.aggregator: 1.2.3.4 AS70000',
    'BGP.community: (65000,1) (65535,65281)',
    'BGP.originator_id: 10.0.0.1',
    'BGP.cluster_list: 10.0.0.1 10.0.0.2',
    'BGP.ext_community: (rt, 65000, 1) (generic, 0x43000001, 0x2) (unknown 0x4003, 65000, 1)',
    'BGP.aigp: 1099511627776',
    'BGP.large_community: (1, 2, 3)',
    'BGP.otc: 65001',
    'BGP.63 [t]: 01 02 ff',
    'BGP.c8: ',
    'Kernel.source: 4',
    'Kernel.metric: 32',
    'Kernel.prefsrc: 10.0.0.9',
    'Kernel.tunnel: tunl0',
    'Kernel.lock: mtu rtt',
    'Kernel.mtu: 1400',
    'Kernel.features: ecn',
    'my_tag: 7',
    'my_text: a\\x0ab',
    'my_flag: TRUE',
    'my_octets: c0 ff ee',
    'ea.2000: de ad',
  ]);
});

test('the same attributes in JSON have types', () => {
  assert.deepEqual(attributes(ALL, CUSTOM), {
    origin: 'Incomplete',
    asPath: [65001, 65536, { set: [4, 5] }, { confedSequence: [7] }, { confedSet: [8, 9] }],
    nextHop: '2001:db8::1',
    nextHopLinkLocal: 'fe80::1',
    med: 4294967295,
    localPref: 100,
    atomicAggregate: true,
    aggregator: { as: 70000, address: '1.2.3.4' },
    communities: ['65000:1', '65535:65281'],
    originatorId: '10.0.0.1',
    clusterList: ['10.0.0.1', '10.0.0.2'],
    extendedCommunities: ['(rt, 65000, 1)', '(generic, 0x43000001, 0x2)', '(unknown 0x4003, 65000, 1)'],
    aigp: '1099511627776',
    largeCommunities: ['1:2:3'],
    onlyToCustomer: 65001,
    type99: { flags: 0xe0, value: '0102ff' },
    type200: { flags: 0x80, value: '' },
    'Kernel.source': 4,
    'Kernel.metric': 32,
    'Kernel.prefsrc': '10.0.0.9',
    'Kernel.tunnel': 'tunl0',
    'Kernel.lock': 'mtu rtt',
    'Kernel.mtu': 1400,
    'Kernel.features': 'ecn',
    my_tag: 7,
    my_text: 'a\\x0ab',
    my_flag: 'TRUE',
    my_octets: 'c0 ff ee',
    'ea.2000': 'de ad',
  });
});

test('communities break before the one that would begin behind the limit of BIRD', () => {
  const pairs = Array.from({ length: 60 }, (_, i) => [65000, i * 1000] as const);
  const lines = show(makeRecord({ communities: pairs }));
  assert.deepEqual(
    lines.map((line) => line.length),
    [477, 1 + 363],
  );
  assert.match(lines[0]!, /^BGP\.community: \(65000,0\) .* \(65000,33000\)$/);
  assert.match(lines[1]!, /^\t\(65000,34000\) .* \(65000,59000\)$/);
});

test('a path that BIRD would cut is shown whole, in lines that its client can read', () => {
  const numbers = Array.from({ length: 255 }, (_, i) => 4_000_000_000 + i);
  const path = Buffer.concat([sequence(numbers), sequence(numbers)]);
  const lines = show(record([[0x40, 2, path]]));
  assert.equal(lines.length, 2);
  assert.ok(lines.every((line) => line.length < 3700));
  const shown = lines
    .join(' ')
    .replace(/^BGP\.as_path: /, '')
    .split(/[\s]+/)
    .filter((word) => /^4\d{9}$/.test(word));
  assert.deepEqual(shown.map(Number), [...numbers, ...numbers]);
});

test('octets of an unknown attribute that are many go on in further lines', () => {
  const lines = show(record([[0xc0, 99, Buffer.alloc(3000, 0xab)]]));
  assert.ok(lines.length > 2 && lines.every((line) => line.length < 3700));
  assert.equal(lines.join(' ').match(/ab/g)!.length, 3000);
});

test('attributes that are shorter than they should be do no harm', () => {
  // The codec lets none of these through; the layout must not depend on it.
  const broken = record([
    [0x40, 1, ''],
    [0x40, 2, '02'],
    [0x80, 4, '01'],
    [0xc0, 7, '0001'],
    [0xc0, 8, '000001'],
    [0x80, 26, '0100'],
  ]);
  assert.doesNotThrow(() => show(broken));
  assert.doesNotThrow(() => attributes(broken, CUSTOM));
});
