/** Filters that ask little about the prefix do the same for all prefixes of a class, and those that ask more have none. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Policy } from '../../../bgp/index.ts';
import { Dice } from './random-program.ts';
import { policyOf, readTexts, TestRoute, verdictOf } from './support.ts';

const QUESTIONS = [
  'net ~ [ 10.0.0.0/8+ ]',
  'net ~ [ 10.0.0.0/8{9,24}, 10.1.0.0/16-, 192.168.0.0/16 ]',
  'net ~ [ 2001:db8::/32{33,48} ]',
  'net ~ 10.1.0.0/16',
  'net ~ OURS',
  'net = 10.1.2.0/24',
  'net != 10.1.2.0/24',
  'net.len > 22',
  'net.len = bgp_med',
  'net.len >= 24',
  '20 <= net.len',
  '16 > net.len',
  'net.len = 24',
  'net.len != 16',
  'net.len ~ [ 8..16, 24, 40..60 ]',
  'net.len !~ [ 22 ]',
  'inside(5)',
  'net !~ [ 0.0.0.0/0{25,32} ]',
];
const PREFIXES = [
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.0/24',
  '10.1.2.0/25',
  '10.1.2.3/32',
  '10.200.0.0/14',
  '11.0.0.0/8',
  '192.168.0.0/16',
  '192.168.4.0/22',
  '2001:db8::/32',
  '2001:db8:1::/48',
  '2001:db8:2::/48',
  '::/0',
];

function randomFilter(dice: Dice): Policy {
  const statements = Array.from({ length: 1 + dice.roll(4) }, () => {
    const condition = Array.from({ length: 1 + dice.roll(3) }, () => dice.pick(QUESTIONS)).join(
      dice.pick([' && ', ' || ']),
    );
    const action = dice.pick([
      'reject;',
      'accept;',
      'bgp_med = net.len;',
      'bgp_community.add((1, 2));',
      'bgp_local_pref = 7;',
    ]);
    return `if ${condition} then { ${action} }`;
  });
  return readTexts(`
    define OURS = [ 10.1.0.0/16+, 11.0.0.0/8 ];
    function inside(int n) -> bool { if n < 3 then return net ~ OURS; return net.len > n && net ~ 10.0.0.0/8; }
    filter f { ${statements.join(' ')} accept; }`).named('f');
}

describe('classes of prefixes', () => {
  it('hold all that a filter can find out', () => {
    let shared = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const policy = randomFilter(new Dice(seed));
      assert.ok(policy.prefixClass !== undefined);
      const seen = new Map<string, string>();
      for (const prefix of PREFIXES) {
        const route = new TestRoute(prefix);
        route.attributes.setU32(4, 24);
        route.attributes.encodeRecord();
        const key: string = `${route.version} ${policy.prefixClass(route)}`;
        const verdict = verdictOf(policy, route);
        route.attributes.encodeRecord();
        const { bytes, start, end } = route.attributes;
        const outcome = `${verdict} ${Buffer.from(bytes.subarray(start, end)).toString('hex')}`;
        if (seen.has(key)) shared++;
        assert.equal(seen.get(key) ?? outcome, outcome, `seed ${seed}, ${prefix}`);
        seen.set(key, outcome);
      }
    }
    assert.ok(shared > 300, `${shared} prefixes shared a class`);
  });

  it('are the same number for all prefixes where nothing is asked', () => {
    const policy = policyOf('where bgp_path.len < 5');
    assert.equal(policy.prefixClass?.(new TestRoute('10.0.0.0/8')), policy.prefixClass?.(new TestRoute('11.1.0.0/16')));
  });

  it('tell lengths apart only as far as comparisons do', () => {
    const classes = (text: string): string => {
      const { prefixClass } = policyOf(`where ${text}`);
      const numbers = [8, 15, 16, 17, 24, 25, 32].map((length) => prefixClass?.(new TestRoute(`0.0.0.0/${length}`)));
      return numbers.map((number) => numbers.indexOf(number)).join(' ');
    };
    assert.equal(classes('net.len > 24'), '0 0 0 0 0 5 5');
    assert.equal(classes('24 >= net.len && net.len != 16'), '0 0 2 3 3 5 5');
    assert.equal(classes('net.len ~ [ 16..24 ]'), '0 0 2 2 2 5 5');
    assert.equal(classes('net.len < 4000000000'), '0 0 0 0 0 0 0');
    assert.equal(classes('net.len + 1 = 25'), '0 1 2 3 4 5 6');
  });

  it('do not exist where a filter asks for the prefix itself', () => {
    const whole = [
      'filter { print net; accept; }',
      'where net.ip = 10.0.0.0',
      'filter { prefix p = net; if p ~ [ 10.0.0.0/8+ ] then accept; reject; }',
      'where net ~ [ 10.0.0.0/8+ ] && net.ip.mask(8) = 10.0.0.0',
      'where roa_check(roa) = ROA_VALID',
      'filter { bgp_med = net.len; case net.ip { 10.0.0.0: accept; } reject; }',
    ];
    for (const text of whole) {
      const texts = readTexts('');
      assert.equal(texts.policy(text).prefixClass, undefined, text);
    }
    const called = readTexts(
      'function f() -> bool { return net.ip = 10.0.0.0; } filter g { if f() then accept; reject; }',
    );
    assert.equal(called.named('g').prefixClass, undefined);
  });

  it('do not exist where there are more answers than a number has room for', () => {
    const sets = Array.from({ length: 23 }, (_, i) => `net ~ [ 10.${i}.0.0/16+ ]`);
    assert.equal(policyOf(`where ${sets.join(' || ')}`).prefixClass, undefined);
    assert.ok(policyOf(`where ${sets.slice(1).join(' || ')}`).prefixClass !== undefined);
  });
});
