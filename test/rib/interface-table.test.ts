import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ip, Lab } from './lab.ts';

test('a neighbour is connected where the longest prefix covers it', () => {
  const { interfaces } = new Lab();
  const on = (address: string, name?: string): string | undefined => interfaces.connected(ip(address), name)?.name;
  assert.equal(on('10.0.0.1'), 'eth0');
  assert.equal(on('10.1.0.1'), 'eth1');
  assert.equal(on('10.2.0.1'), undefined);
  assert.equal(on('10.0.0.1', 'eth1'), undefined);
  assert.equal(on('10.0.0.1', 'eth9'), undefined);
  assert.equal(on('2001:db8::1'), 'eth0');
});

test('own, network and broadcast addresses are nobody, except in /31 and /32', () => {
  const lab = new Lab();
  const on = (address: string): string | undefined => lab.interfaces.connected(ip(address))?.name;
  for (const address of ['10.0.0.254', '10.0.0.0', '10.0.0.255']) assert.equal(on(address), undefined, address);
  lab.setAddress(3, '10.9.0.0', 31);
  assert.equal(on('10.9.0.1'), 'eth1');
  assert.ok(lab.interfaces.isLocalAddress(ip('10.9.0.0')));
  assert.ok(!lab.interfaces.isLocalAddress(ip('10.9.0.1')));
});

test('the other end of a point-to-point address is connected', () => {
  const lab = new Lab();
  lab.setAddress(3, '10.7.0.1', 32, '10.7.0.2');
  assert.equal(lab.interfaces.connected(ip('10.7.0.2'))?.name, 'eth1');
  lab.interfaces.removeAddress(3, ip('10.7.0.1'), 32, ip('10.7.0.2'));
  assert.equal(lab.interfaces.connected(ip('10.7.0.2')), undefined);
});

test('a link-local neighbour needs the name of its link', () => {
  const { interfaces } = new Lab();
  assert.equal(interfaces.connected(ip('fe80::1')), undefined);
  assert.equal(interfaces.connected(ip('fe80::1'), 'eth1')?.name, 'eth1');
});

test('a link that is down connects nothing, a renamed one is found by its new name', () => {
  const lab = new Lab();
  lab.setLink(2, 'eth0', false);
  assert.equal(lab.interfaces.connected(ip('10.0.0.1')), undefined);
  lab.setLink(2, 'wan0', true);
  assert.equal(lab.interfaces.connected(ip('10.0.0.1'))?.name, 'wan0');
  assert.equal(lab.interfaces.byName('eth0'), undefined);
  assert.equal(lab.interfaces.byIndex(2)?.name, 'wan0');
});

test('an address on two links is local until both are gone', () => {
  const lab = new Lab();
  lab.setAddress(3, '10.0.0.254', 32);
  lab.interfaces.remove(2);
  assert.ok(lab.interfaces.isLocalAddress(ip('10.0.0.254')));
  lab.interfaces.remove(3);
  assert.ok(!lab.interfaces.isLocalAddress(ip('10.0.0.254')));
  assert.deepEqual(lab.interfaces.list(), []);
});

test('what says nothing new is no change', () => {
  const lab = new Lab();
  let changes = 0;
  const stop = lab.interfaces.onChange(() => {
    changes++;
  });
  const version = lab.interfaces.version;
  lab.setLink(2, 'eth0', true);
  lab.setAddress(2, '10.0.0.254', 24);
  lab.interfaces.remove(99);
  lab.setAddress(99, '10.8.0.1', 24);
  lab.interfaces.removeAddress(2, ip('10.8.0.1'), 24);
  assert.equal(lab.interfaces.version, version);
  lab.setLink(2, 'eth0', false);
  assert.equal(lab.interfaces.version, version + 1);
  assert.equal(changes, 1);
  stop();
  lab.setLink(2, 'eth0', true);
  assert.equal(changes, 1);
});

test('links are listed by index with their addresses', () => {
  const lab = new Lab();
  lab.setLink(1, 'lo', true);
  assert.deepEqual(
    lab.interfaces.list().map((link) => `${link.index} ${link.name} ${link.addresses.length}`),
    ['1 lo 0', '2 eth0 2', '3 eth1 1'],
  );
});
