/** When a reload has nothing to run again: filters that are the same, however they are written. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACCEPT_ALL } from '../../../bgp/index.ts';
import { readTexts } from './support.ts';

/** The filter f of one configuration and that of another. */
function same(one: string, other: string): boolean {
  const [a, b] = [readTexts(one).named('f'), readTexts(other).named('f')];
  assert.equal(a.equals(b), b.equals(a));
  return a.equals(b);
}

const TEXT = 'filter f { if net ~ [10.0.0.0/8+] then { bgp_community.add((1, 2)); accept; } reject; }';

describe('filters are the same', () => {
  it('in two readings of one text', () => {
    assert.ok(same(TEXT, TEXT));
    const policy = readTexts(TEXT).named('f');
    assert.ok(policy.equals(policy));
    assert.ok(!policy.equals(ACCEPT_ALL));
  });

  it('whatever their names, places, blanks and comments', () => {
    const other = `
      define unused = 5;
      # a filter
      filter f
      {
        if ( net ~ [ 10.0.0.0/8{8,32} ] ) then {
          bgp_community.add((1,2));   # mark
          accept;
        }
        reject;
      }`;
    assert.ok(same(TEXT, other));
    assert.ok(
      readTexts(TEXT)
        .named('f')
        .equals(readTexts(TEXT.replace('filter f', 'filter g')).named('g')),
    );
  });

  it('with constants by name or by value, and variables of any name', () => {
    assert.ok(
      same(
        'define a = 5; filter f { if bgp_med = a then accept; reject; }',
        'filter f { if bgp_med = 2 + 3 then accept; reject; }',
      ),
    );
    assert.ok(same('filter f { int x = 1; bgp_med = x; accept; }', 'filter f { int y = 1; bgp_med = y; accept; }'));
    assert.ok(
      same(
        'filter f { if 5 ~ bgp_path || bgp_path ~ [3, 1..2] then accept; reject; }',
        'filter f { if 5 ~ bgp_path || bgp_path ~ [1..2, 3] then accept; reject; }',
      ),
    );
  });

  it('with equal functions', () => {
    const f = (inner: string): string => `
      function deep(int n) { ${inner} }
      function middle(int n) { return deep(n) + deep(n + 1); }
      filter f { if middle(1) = 2 then accept; reject; }`;
    assert.ok(same(f('return n;'), f('return  n ;')));
    assert.ok(same(f('return n;'), f('return n;').replaceAll('deep', 'shallow')));
    assert.ok(!same(f('return n;'), f('return n + 1;')));
    assert.ok(same(f('if n = 0 then return 0; return deep(n - 1);'), f('if n = 0 then return 0; return deep(n - 1);')));
  });

  it('without taking long over functions that are called on many ways', () => {
    const tower = (last: string): string =>
      `function f0() { ${last} } ${Array.from({ length: 60 }, (_, i) => `function f${i + 1}() { f${i}(); f${Math.max(0, i - 1)}(); }`).join(' ')}
       filter f { f60(); accept; }`;
    assert.ok(same(tower('bgp_med = 1;'), tower('bgp_med = 1;')));
    assert.ok(!same(tower('bgp_med = 1;'), tower('bgp_med = 2;')));
  });
});

describe('filters differ', () => {
  it('by anything that they do', () => {
    const texts = [
      'filter f { accept; }',
      'filter f { reject; }',
      'filter f { print "a"; accept; }',
      'filter f { print "b"; accept; }',
      'filter f { printn "a"; accept; }',
      'filter f { accept "a"; }',
      'filter f { bgp_med = 1; accept; }',
      'filter f { bgp_med = 2; accept; }',
      'filter f { bgp_local_pref = 1; accept; }',
      'filter f { unset(bgp_med); accept; }',
      'filter f { if bgp_med = 1 then accept; reject; }',
      'filter f { if bgp_med != 1 then accept; reject; }',
      'filter f { if bgp_med < 1 then accept; reject; }',
      'filter f { if bgp_med = 1 then accept; else reject; }',
      'filter f { if net ~ [10.0.0.0/8] then accept; reject; }',
      'filter f { if net ~ [10.0.0.0/8+] then accept; reject; }',
      'filter f { if net ~ [10.0.0.0/9] then accept; reject; }',
      'filter f { if net ~ 10.0.0.0/8 then accept; reject; }',
      'filter f { if bgp_path ~ [= 1 * =] then accept; reject; }',
      'filter f { if bgp_path ~ [= 1 ? =] then accept; reject; }',
      'filter f { if bgp_path ~ [1] then accept; reject; }',
      'filter f { if bgp_community ~ [(1,*)] then accept; reject; }',
      'filter f { if bgp_community ~ [(*,1)] then accept; reject; }',
      'filter f { if (1,1) ~ bgp_community then accept; reject; }',
      'filter f { if bgp_next_hop = 1.2.3.4 then accept; reject; }',
      'filter f { if bgp_next_hop = 1.2.3.5 then accept; reject; }',
      'filter f { case bgp_med { 1: accept; 2: reject; } }',
      'filter f { case bgp_med { 1: accept; 3: reject; } }',
      'filter f { case bgp_med { 1: accept; else: reject; } }',
      'filter f { for int a in bgp_path do print a; accept; }',
      'filter f { if roa_check(roa) = ROA_VALID then accept; reject; }',
      'filter f { return true; }',
      'filter f { int x; accept; }',
      'filter f { pair x; accept; }',
      'attribute int tag; filter f { tag = 1; accept; }',
      'attribute int other; filter f { other = 1; accept; }',
    ];
    for (let i = 0; i < texts.length; i++) {
      for (let j = 0; j < texts.length; j++) {
        assert.equal(same(texts[i]!, texts[j]!), i === j, `${texts[i]} and ${texts[j]}`);
      }
    }
  });
});
