import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatCommunity,
  formatCommunityList,
  formatExtendedCommunity,
  formatLargeCommunity,
  isTransitiveExtendedCommunity,
  WellKnownCommunity,
} from '../../bgp/index.ts';
import { hex } from './wire.ts';

test('communities of three kinds in the forms of birdc', () => {
  assert.equal(formatCommunity(0xfc000064), '(64512,100)');
  assert.equal(formatCommunity(WellKnownCommunity.NoExport), '(65535,65281)');
  assert.equal(formatLargeCommunity(64512, 1, 4294967295), '(64512, 1, 4294967295)');
  const list = hex('fc000064 fffffe02');
  assert.equal(formatCommunityList(list, 0, 8, 1), '(64512,100) (65535,65026)');
  assert.equal(formatCommunityList(list, 0, 0, 1), '');
  assert.equal(formatCommunityList(hex('0002fc0000000064'), 0, 8, 2), '(rt, 64512, 100)');
  assert.equal(formatCommunityList(hex('0000fc000000000100000064'), 0, 12, 3), '(64512, 1, 100)');
});

test('extended communities: key and value are cut as the type says', () => {
  const rows: readonly [string, string][] = [
    ['0002fc00 00000064', '(rt, 64512, 100)'],
    ['0003fc00 ffffffff', '(ro, 64512, 4294967295)'],
    ['01020a00 00010064', '(rt, 10.0.0.1, 100)'],
    ['0202fa56 ea000064', '(rt, 4200000000, 100)'],
    ['0203fa56 ea00ffff', '(ro, 4200000000, 65535)'],
    ['00000001 00000002', '(unknown 0x0, 1, 2)'],
    ['00050001 00000002', '(unknown 0x5, 1, 2)'],
    ['4002fc00 00000064', '(unknown 0x4002, 64512, 100)'],
    ['41020a00 00010064', '(unknown 0x4102, 10.0.0.1, 100)'],
    ['42020000 fde90064', '(unknown 0x4202, 65001, 100)'],
    ['43060001 00000002', '(generic, 0x43060001, 0x2)'],
    ['03060000 00000000', '(generic, 0x3060000, 0x0)'],
    ['8002fc00 00000064', '(generic, 0x8002fc00, 0x64)'],
    ['ffffffff ffffffff', '(generic, 0xffffffff, 0xffffffff)'],
  ];
  for (const [octets, expected] of rows) assert.equal(formatCommunityList(hex(octets), 0, 8, 2), expected);
  assert.equal(formatExtendedCommunity(0x0002fc00, 100), '(rt, 64512, 100)');
});

test('the transitive bit of extended communities', () => {
  assert.equal(isTransitiveExtendedCommunity(0x0002fc00), true);
  assert.equal(isTransitiveExtendedCommunity(0x8002fc00), true);
  assert.equal(isTransitiveExtendedCommunity(0x4004fc00), false);
});
