/** The trie of prefix sets against the definition of a set item, over sets and prefixes from a fixed seed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PrefixSet, type PrefixSetItem } from '../../../config/filter/prefix-set.ts';
import { NetType } from '../../../config/filter/types.ts';
import { Network } from '../../../config/filter/value.ts';
import { readTexts, TestRoute } from './support.ts';

/** Words that agree in their first bits often, so that sets overlap. */
const word = fc.oneof(fc.constantFrom(0, 0x0a000000, 0x0a010000, 0x80000000, 0xffffffff), fc.nat(0xffffffff));

function masked(words: readonly number[], length: number): number[] {
  return words.map((w, i) => {
    const bits = Math.min(32, Math.max(0, length - 32 * i));
    return bits === 0 ? 0 : (w & (bits === 32 ? -1 : ~(-1 >>> bits))) >>> 0;
  });
}

function network(version: 4 | 6, words: readonly number[], length: number): Network {
  const [w0, w1, w2, w3] = masked(words, length);
  return version === 4
    ? new Network(NetType.Ip4, { w0: w0!, w1: 0, w2: 0, w3: 0 }, length)
    : new Network(NetType.Ip6, { w0: w0!, w1: w1!, w2: w2!, w3: w3! }, length);
}

function networks(version: 4 | 6) {
  const longest = version === 4 ? 32 : 128;
  return fc
    .tuple(fc.array(word, { minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: longest }))
    .map(([words, length]) => network(version, words, length));
}

function items(version: 4 | 6) {
  const longest = version === 4 ? 32 : 128;
  return fc
    .tuple(networks(version), fc.integer({ min: 0, max: longest }), fc.integer({ min: 0, max: longest }))
    .map(([net, a, b]): PrefixSetItem => ({ net, low: Math.min(a, b), high: Math.max(a, b) }));
}

/** The definition: a length in range, and agreement up to the shorter of both. */
function takes(item: PrefixSetItem, net: Network): boolean {
  if (net.length < item.low || net.length > item.high) return false;
  const bits = Math.min(net.length, item.net.length);
  const own = masked([item.net.w0, item.net.w1, item.net.w2, item.net.w3], bits);
  return masked([net.w0, net.w1, net.w2, net.w3], bits).every((w, i) => w === own[i]);
}

function routeOf(net: Network): TestRoute {
  const route = new TestRoute('0.0.0.0/0');
  route.version = net.version;
  [route.word0, route.word1, route.word2, route.word3] = [net.w0, net.w1, net.w2, net.w3];
  route.length = net.length;
  return route;
}

for (const version of [4, 6] as const) {
  describe(`a set of IPv${version} prefixes`, () => {
    it('takes exactly what one of its items takes', () => {
      fc.assert(
        fc.property(
          fc.array(items(version), { maxLength: 40 }),
          fc.array(networks(version), { maxLength: 30 }),
          (set, nets) => {
            const trie = new PrefixSet(set);
            for (const net of [...nets, ...set.map((item) => item.net)]) {
              const expected = set.some((item) => takes(item, net));
              assert.equal(trie.matches(net), expected);
              assert.equal(trie.matchesRoute(routeOf(net)), expected);
            }
          },
        ),
        { seed: 20260101, numRuns: 300 },
      );
    });

    it('finds all neighbours of its items', () => {
      fc.assert(
        fc.property(fc.array(items(version), { minLength: 1, maxLength: 4 }), (set) => {
          const trie = new PrefixSet(set);
          const longest = version === 4 ? 32 : 128;
          for (const { net } of set) {
            const words = [net.w0, net.w1, net.w2, net.w3];
            for (let length = 0; length <= longest; length++) {
              // The base itself, and with the last bit of the length turned.
              const turned = [...words];
              if (length > 0) turned[(length - 1) >> 5]! ^= 0x80000000 >>> ((length - 1) & 31);
              for (const it of [words, turned]) {
                const near = network(version, it, length);
                assert.equal(
                  trie.matches(near),
                  set.some((item) => takes(item, near)),
                );
              }
            }
          }
        }),
        { seed: 20260102, numRuns: 150 },
      );
    });

    it('is equal to itself in any order', () => {
      fc.assert(
        fc.property(fc.array(items(version), { minLength: 1, maxLength: 8 }), (set) => {
          assert.ok(new PrefixSet(set).equals(new PrefixSet([...set].reverse())));
          assert.equal(new PrefixSet(set).toString(), new PrefixSet([...set, ...set]).toString());
        }),
        { seed: 20260103, numRuns: 100 },
      );
    });
  });
}

describe('prefix sets', () => {
  it('never take a prefix of the other family', () => {
    const texts = readTexts('define v4 = [0.0.0.0/0+]; define v6 = [::/0+]; define none = [];');
    assert.equal(texts.evaluate('2001:db8::/32 ~ v4'), 'FALSE');
    assert.equal(texts.evaluate('10.0.0.0/8 ~ v6'), 'FALSE');
    assert.equal(texts.evaluate('0.0.0.0/0 ~ v6'), 'FALSE');
    assert.equal(new PrefixSet([]).matchesRoute(new TestRoute('0.0.0.0/0')), false);
  });

  it('hold a hundred thousand prefixes', () => {
    const set: PrefixSetItem[] = [];
    for (let i = 0; i < 100_000; i++)
      set.push({ net: network(4, [(i * 0x100 + 0x01000000) >>> 0], 24), low: 24, high: 26 });
    const trie = new PrefixSet(set);
    assert.ok(trie.matches(network(4, [0x01000500], 24)));
    assert.ok(trie.matches(network(4, [0x01000540], 26)));
    assert.ok(!trie.matches(network(4, [0x01000540], 27)));
    assert.ok(!trie.matches(network(4, [0x00ffff00], 24)));
  });
});
