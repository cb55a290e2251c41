/** The memory of refused prefixes, without a session around it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  IPV4_UNICAST,
  IPV6_UNICAST,
  NlriField,
  parsePrefix,
  type UpdateProblem,
  UpdateVerdict,
} from '../../../bgp/index.ts';
import { Refusals } from '../../../src/peer/refusals.ts';

const problem = (text: string): UpdateProblem => ({
  attribute: 1,
  action: UpdateVerdict.Withdraw,
  subcode: 0,
  clause: 'RFC',
  text,
});

function field(bytes: Uint8Array, family: typeof IPV4_UNICAST, addPath = false): NlriField {
  const made = new NlriField();
  made.family = family;
  made.start = 0;
  made.end = bytes.length;
  made.addPath = addPath;
  return made;
}

it('prefixes of both families are found and shown, with and without path identifiers', () => {
  let now = 0;
  const refusals = new Refusals(() => ++now);
  assert.equal(refusals.last, undefined);
  const six = Uint8Array.of(49, 0x20, 1, 0x0d, 0xb8, 0, 1, 0xff, 0, 0, 0, 0);
  refusals.note(six.subarray(0, 8), field(six.subarray(0, 8), IPV6_UNICAST), problem('bad'));
  assert.deepEqual(refusals.last, { prefix: '2001:db8:1:8000::/49', reason: 'ORIGIN: bad (RFC)', at: 1 });
  const four = Uint8Array.of(0, 0, 0, 9, 25, 192, 0, 2, 0x80);
  refusals.note(four, field(four, IPV4_UNICAST, true), problem('worse'));
  assert.deepEqual(refusals.last, { prefix: '192.0.2.128/25', reason: 'ORIGIN: worse (RFC)', at: 2 });
  const find = (text: string, family = IPV4_UNICAST): string | undefined => {
    const prefix = parsePrefix(text);
    assert.ok(prefix);
    return refusals.of(family, prefix)?.reason;
  };
  assert.equal(find('2001:db8:1:8000::/49', IPV6_UNICAST), 'ORIGIN: bad (RFC)');
  assert.equal(find('192.0.2.128/25'), 'ORIGIN: worse (RFC)');
  assert.equal(find('192.0.2.0/25'), undefined);
  assert.equal(find('2001:db8:1:8000::/50', IPV6_UNICAST), undefined);
});

it('of a field without a family, or without prefixes, nothing is noted', () => {
  const refusals = new Refusals(() => 1);
  refusals.note(new Uint8Array(0), field(new Uint8Array(0), IPV4_UNICAST), problem('x'));
  refusals.note(Uint8Array.of(8, 10), new NlriField(), problem('x'));
  assert.equal(refusals.last, undefined);
});
