import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Ip, parsePrefix } from '../../bgp/index.ts';
import { interfaceMatches } from '../../config/interface-pattern.ts';
import type { InterfacePattern } from '../../config/model.ts';

function item(glob: string | undefined, prefix?: string, negative = false): InterfacePattern {
  return { glob, prefix: prefix === undefined ? undefined : parsePrefix(prefix), negative };
}

describe('interface patterns', () => {
  it('without an item mean every interface', () => {
    assert.ok(interfaceMatches([], 'eth0', []));
  });

  it('let the first item that matches decide', () => {
    const patterns = [item('cali*', undefined, true), item('*')];
    assert.ok(!interfaceMatches(patterns, 'cali12', []));
    assert.ok(interfaceMatches(patterns, 'eth0', []));
    assert.ok(interfaceMatches([item('*'), item('cali*', undefined, true)], 'cali12', []));
  });

  it('mean no interface that no item matches', () => {
    assert.ok(!interfaceMatches([item('eth*')], 'lo', []));
    assert.ok(!interfaceMatches([item('lo', undefined, true)], 'eth0', []));
  });

  it('want name and address where an item has both', () => {
    const patterns = [item('eth*', '10.0.0.0/8')];
    assert.ok(interfaceMatches(patterns, 'eth0', ['10.1.2.3' as Ip]));
    assert.ok(!interfaceMatches(patterns, 'eth0', ['192.0.2.1' as Ip]));
    assert.ok(!interfaceMatches(patterns, 'lo', ['10.1.2.3' as Ip]));
    assert.ok(!interfaceMatches(patterns, 'eth0', []));
  });

  it('tell the families apart', () => {
    assert.ok(!interfaceMatches([item(undefined, '::/0')], 'eth0', ['10.0.0.1' as Ip]));
    assert.ok(interfaceMatches([item(undefined, '::/0')], 'eth0', ['2001:db8::1' as Ip]));
  });
});
