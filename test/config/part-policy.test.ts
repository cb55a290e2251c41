import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACCEPT_ALL, PolicyReads, type PolicyRoute, PolicyVerdict, parsePrefix, REJECT_ALL } from '../../bgp/index.ts';
import { PartPolicy } from '../../config/grammar/part-policy.ts';
import { bgp } from './config-texts.ts';

/** Only what the policy reads: the prefix. */
function route(text: string): PolicyRoute {
  const { version, bytes, length } = parsePrefix(text)!;
  const word = (i: number): number => {
    const octets = Array.from(bytes.subarray(4 * i, 4 * i + 4));
    return octets.reduce((value, octet) => value * 256 + octet, 0);
  };
  return { version, length, word0: word(0), word1: word(1), word2: word(2), word3: word(3) } as PolicyRoute;
}

describe('export in a network', () => {
  const part = (network: string): PartPolicy => new PartPolicy(parsePrefix(network)!, ACCEPT_ALL);

  it('lets its routes to the policy and rejects all others', () => {
    const verdicts = (network: string, routes: readonly string[]): number[] =>
      routes.map((text) => part(network).evaluate(route(text)));
    assert.deepEqual(
      verdicts('10.0.0.0/8', ['10.0.0.0/8', '10.255.0.0/16', '11.0.0.0/8', '0.0.0.0/0', '2001:db8::/32']),
      [PolicyVerdict.Accept, PolicyVerdict.Accept, PolicyVerdict.Reject, PolicyVerdict.Reject, PolicyVerdict.Reject],
    );
    assert.deepEqual(verdicts('2001:db8:0:8000::/49', ['2001:db8:0:8001::/64', '2001:db8:0:1::/64', '10.0.0.0/8']), [
      PolicyVerdict.Accept,
      PolicyVerdict.Reject,
      PolicyVerdict.Reject,
    ]);
    assert.deepEqual(verdicts('0.0.0.0/0', ['192.0.2.0/24', '0.0.0.0/0']), [
      PolicyVerdict.Accept,
      PolicyVerdict.Accept,
    ]);
    assert.deepEqual(verdicts('192.0.2.1/32', ['192.0.2.1/32', '192.0.2.0/32']), [
      PolicyVerdict.Accept,
      PolicyVerdict.Reject,
    ]);
  });

  it('reads the prefix and equals only the same part of the same policy', () => {
    assert.ok((part('10.0.0.0/8').reads & PolicyReads.Prefix) !== 0);
    assert.ok(part('10.0.0.0/8').equals(part('10.0.0.0/8')));
    assert.ok(!part('10.0.0.0/8').equals(part('10.0.0.0/9')));
    assert.ok(!part('10.0.0.0/8').equals(new PartPolicy(parsePrefix('10.0.0.0/8')!, REJECT_ALL)));
    assert.ok(!part('10.0.0.0/8').equals(ACCEPT_ALL));
  });

  it('is written in a channel', () => {
    const [channel] = bgp('ipv4 { export in 10.0.0.0/8 all; };').channels;
    assert.equal(channel!.exportPolicy.label, 'ACCEPT in 10.0.0.0/8');
  });
});
