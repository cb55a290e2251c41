import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Ip } from '../../../bgp/index.ts';
import { InterfaceTable } from '../../../rib/index.ts';
import { DeviceScan, scopeOfAddress } from '../../../src/kernel/device-scan.ts';
import { Lab, type LabNode, until } from '../../../src/lab/namespace.ts';
import { inNamespace, noKernelReason } from './in-namespace.ts';

describe('scope of an address', () => {
  it('is told by its kind', () => {
    const scopes: readonly (readonly [string, number])[] = [
      ['127.0.0.1', 0],
      ['169.254.1.1', 1],
      ['10.0.0.1', 2],
      ['172.16.0.1', 2],
      ['172.32.0.1', 4],
      ['192.168.1.1', 2],
      ['192.0.2.1', 4],
      ['240.0.0.1', 2],
      ['::1', 0],
      ['fe80::1', 1],
      ['fd00::1', 2],
      ['2001:db8::1', 4],
    ];
    for (const [ip, scope] of scopes) assert.equal(scopeOfAddress(ip as Ip), scope, ip);
  });
});

describe('interfaces of the real kernel', { skip: noKernelReason() }, () => {
  let lab: Lab;
  let node: LabNode;
  let interfaces: InterfaceTable;
  let scan: DeviceScan;
  const reports: string[] = [];
  before(async () => {
    lab = new Lab('pgd');
    node = await lab.node('d');
    await node.ip('link add v0 type veth peer name v1');
    await node.address('v0', '10.0.0.1/24', '10.0.0.2/24', 'fd00::1/64');
    await node.ip('link set v1 up');
    interfaces = new InterfaceTable();
    scan = new DeviceScan(interfaces, (text) => reports.push(text));
    await new Promise<void>((resolve) => inNamespace(node.namespace, () => scan.start(resolve)));
  });
  after(async () => {
    scan?.stop();
    await lab?.destroy();
  });

  const addressesOf = (name: string): string[] =>
    (interfaces.byName(name)?.addresses ?? [])
      .filter((entry) => !entry.address.startsWith('fe80'))
      .map((entry) => `${entry.address}/${entry.length}${entry.secondary ? ' secondary' : ''}`);

  it('are all known when the first scan is done', () => {
    const lo = interfaces.byName('lo')!;
    assert.deepEqual([lo.up, lo.loopback, lo.mtu, addressesOf('lo')], [true, true, 65536, ['127.0.0.1/8', '::1/128']]);
    const v0 = interfaces.byName('v0')!;
    assert.deepEqual([v0.up, v0.linkUp, v0.broadcast, v0.multicast], [true, true, true, true]);
    assert.deepEqual(addressesOf('v0'), ['10.0.0.1/24', '10.0.0.2/24 secondary', 'fd00::1/64']);
    assert.equal(interfaces.connected('10.0.0.9' as Ip)?.name, 'v0');
  });

  it('are followed as they change: carrier, state, addresses, names, masters, birth and end', async () => {
    await node.ip('link set v1 down');
    await until('no carrier', () => interfaces.byName('v0')?.linkUp === false);
    assert.equal(interfaces.byName('v0')?.up, true);
    await node.ip('link set v1 up');
    await until('a carrier', () => interfaces.byName('v0')?.linkUp === true);
    await node.ip('addr add 10.5.0.1 peer 10.5.0.2/32 dev v0');
    await until('the far end', () => interfaces.connected('10.5.0.2' as Ip)?.name === 'v0');
    await node.ip('addr del 10.0.0.1/24 dev v0');
    await until('the address to go', () => !addressesOf('v0').includes('10.0.0.1/24'));
    await node.ip('link add br0 type bridge');
    await until('the bridge', () => interfaces.byName('br0') !== undefined);
    await node.ip('link set v1 master br0');
    await until('the port', () => interfaces.byName('v1')?.master === interfaces.byName('br0')?.index);
    await node.ip('link set br0 name br9');
    await until('the new name', () => interfaces.byName('br9') !== undefined);
    assert.equal(interfaces.byName('br0'), undefined);
    await node.ip('link del v0');
    await until('the pair to go', () => interfaces.byName('v0') === undefined && interfaces.byName('v1') === undefined);
  });

  it('leave out IPv6 addresses that are not certain to be ours', async () => {
    await node.ip('link add w0 type veth peer name w1');
    await node.sysctl('net.ipv6.conf.w0.accept_dad', '1');
    await node.ip('link set w1 up');
    await node.ip('link set w0 up');
    await node.ip('addr add fd07::1/64 dev w0');
    // Duplicate address detection takes a second; the address counts when it has passed.
    await until('the link', () => interfaces.byName('w0')?.linkUp === true);
    assert.deepEqual(addressesOf('w0'), []);
    await until('the address', () => addressesOf('w0').includes('fd07::1/64'), 10_000);
    await node.ip('link del w0');
  });

  it('are put right by a scan, whatever the table says', async () => {
    const lo = interfaces.byName('lo')!;
    interfaces.set({ ...lo, index: 4711, name: 'ghost' });
    interfaces.setAddress(lo.index, {
      address: '192.0.2.77' as Ip,
      length: 32,
      scope: 4,
      secondary: false,
      peer: undefined,
    });
    interfaces.removeAddress(lo.index, '127.0.0.1' as Ip, 8);
    scan.scan();
    await until('the ghost to go', () => interfaces.byName('ghost') === undefined);
    await until('the address', () => addressesOf('lo').includes('127.0.0.1/8'));
    assert.equal(addressesOf('lo').includes('192.0.2.77/32'), false);
    assert.deepEqual(reports, []);
  });

  it('come to the truth in a storm of changes', async () => {
    const lines: string[] = [];
    for (let i = 0; i < 60; i++) {
      lines.push(`link add s${i} type veth peer name t${i}`, `addr add 10.7.${i}.1/24 dev s${i}`, `link set s${i} up`);
    }
    for (let i = 0; i < 60; i += 2) lines.push(`link del s${i}`);
    const storm = node.run('ip', ['-batch', '-'], lines.join('\n'));
    for (let i = 0; i < 20; i++) {
      scan.scan();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await storm;
    const expected = (await node.ip('-o link'))
      .trim()
      .split('\n')
      .map((line) => line.split(/[:@ ]+/)[1]!)
      .sort();
    await until('the table to be true', () => {
      const names = interfaces
        .list()
        .map((link) => link.name)
        .sort();
      return names.join() === expected.join() && addressesOf('s1').includes('10.7.1.1/24');
    });
  });
});
