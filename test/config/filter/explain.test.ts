/** Where a filter came to its verdict: file and line of the statement, for `show route ... why`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPT_ALL, explainPolicy, type Policy, PolicyVerdict, parsePrefix, REJECT_ALL } from '../../../bgp/index.ts';
import { PartPolicy } from '../../../config/grammar/part-policy.ts';
import { parseConfig, Source } from '../../../config/index.ts';
import { FilterTexts, policyOf, readTexts, TestRoute } from './support.ts';

/** `accept filters.conf:3` or `reject nowhere`. */
function explained(policy: Policy, prefix: string): string {
  const { verdict, place } = explainPolicy(policy, new TestRoute(prefix));
  const word = ['reject', 'accept', 'error'][verdict];
  return `${word} ${place === undefined ? 'nowhere' : `${place.file}:${place.line}`}`;
}

test('a filter names the line of its accept or reject, also inside of functions, arms and case', () => {
  const texts = readTexts(`function check(int x) {
  if net.len > 24 then reject;
  if x = 7 then accept;
}
filter f {
  check(5);
  case net.len {
    8: accept;
    9: { reject; }
  }
  if net ~ [ 10.0.0.0/16 ] then
    accept;
  else check(7);
}`);
  const f = texts.named('f');
  assert.equal(explained(f, '10.0.0.0/32'), 'reject filters.conf:2');
  assert.equal(explained(f, '10.0.0.0/8'), 'accept filters.conf:8');
  assert.equal(explained(f, '10.0.0.0/9'), 'reject filters.conf:9');
  assert.equal(explained(f, '10.0.0.0/16'), 'accept filters.conf:12');
  assert.equal(explained(f, '10.1.0.0/16'), 'accept filters.conf:3');
});

test('a condition is the place of both its verdicts', () => {
  const where = new FilterTexts().policy('where\n  net.len = 8');
  assert.equal(explained(where, '10.0.0.0/8'), 'accept filters.conf:2');
  assert.equal(explained(where, '10.0.0.0/9'), 'reject filters.conf:2');
  const returns = policyOf('filter {\n\n return net.len = 8; }');
  assert.equal(explained(returns, '10.0.0.0/8'), 'accept filters.conf:3');
  assert.equal(explained(returns, '10.0.0.0/9'), 'reject filters.conf:3');
});

test('an error, the end of a filter, and policies without a text have no place', () => {
  const faulty = policyOf('filter { if net.len = 8 then accept; if 1 / (8 - net.len + 1) = 1 then accept; }');
  assert.equal(explained(faulty, '10.0.0.0/8'), 'accept filters.conf:1');
  assert.equal(explained(faulty, '10.0.0.0/9'), 'error nowhere');
  assert.equal(explained(policyOf('filter { if false then accept; }'), '10.0.0.0/8'), 'error nowhere');
  assert.equal(explained(ACCEPT_ALL, '10.0.0.0/8'), 'accept nowhere');
  assert.equal(explained(REJECT_ALL, '10.0.0.0/8'), 'reject nowhere');
});

test('filters are the same wherever they stand, and each names its own lines', () => {
  const [one, other] = [
    'filter { if net.len = 8 then accept; reject; }',
    'filter {\n if net.len = 8 then accept;\n reject; }',
  ];
  const first = policyOf(one!);
  const second = policyOf(other!);
  assert.equal(first.equals(second), true);
  assert.equal(explained(first, '10.0.0.0/9'), 'reject filters.conf:1');
  assert.equal(explained(second, '10.0.0.0/9'), 'reject filters.conf:3');
});

test('what lies outside of a part is rejected without asking the filter', () => {
  const part = new PartPolicy(parsePrefix('10.0.0.0/8')!, policyOf('filter { if net.len > 20 then reject; accept; }'));
  assert.equal(explained(part, '10.1.0.0/16'), 'accept filters.conf:1');
  assert.equal(explained(part, '11.1.0.0/16'), 'reject nowhere');
});

test('the file is the one that the statement stands in', () => {
  const files = {
    readFile: (path: string) =>
      path.endsWith('rules.conf') ? { value: 'function rules() {\n\n  reject;\n}\n' } : { error: 'none' },
    glob: (pattern: string) => ({ value: [pattern] }),
  };
  const text =
    'include "rules.conf";\nfilter f { if net.len = 8 then accept; rules(); }\nprotocol static { ipv4 { import filter f; }; }\n';
  const loaded = parseConfig(new Source('main.conf', text), files);
  assert.ok('config' in loaded);
  const [protocol] = loaded.config.protocols;
  assert.ok(protocol?.kind === 'static');
  const { importPolicy } = protocol.channel;
  assert.equal(explained(importPolicy, '10.0.0.0/8'), 'accept main.conf:2');
  assert.match(explained(importPolicy, '10.0.0.0/9'), /^reject .*rules\.conf:3$/);
  assert.equal(explainPolicy(importPolicy, new TestRoute('10.0.0.0/9')).verdict, PolicyVerdict.Reject);
});
