import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Ip } from '../../../bgp/index.ts';
import type { DirectConfig, InterfacePattern } from '../../../config/index.ts';
import { DirectProtocol } from '../../../src/origin/direct.ts';
import { Bench, base, channel, prefix } from './bench.ts';

function config(interfaces: readonly InterfacePattern[] = [], checkLink = false): DirectConfig {
  return {
    ...base('direct1'),
    kind: 'direct',
    channels: [channel('master4', 240), channel('master6', 240)],
    interfaces,
    checkLink,
  };
}

describe('protocol direct', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.close());

  async function start(settings: DirectConfig): Promise<DirectProtocol> {
    const direct = new DirectProtocol(settings, bench);
    direct.start();
    await bench.settle();
    return direct;
  }

  it('brings the network of each address, but none that ends at the link or the machine', async () => {
    bench.link(1, 'lo', ['127.0.0.1/8', '::1/128', '192.0.2.1/32']);
    bench.link(2, 'eth0', ['10.0.0.1/24', 'fe80::1/64', '2001:db8::1/64']);
    bench.link(3, 'eth1', ['10.9.0.1/24'], { up: false });
    await start(config());
    assert.deepEqual(bench.routes('master4'), [
      '10.0.0.0/24 dev eth0 [direct1] * (240)',
      '192.0.2.1/32 dev lo [direct1] * (240)',
    ]);
    assert.deepEqual(bench.routes('master6'), ['2001:db8::/64 dev eth0 [direct1] * (240)']);
  });

  it('leaves secondary addresses out, and announces the far end of a point-to-point link', async () => {
    bench.link(2, 'ppp0', []);
    await start(config());
    bench.interfaces.setAddress(2, {
      address: '10.0.0.1' as Ip,
      length: 32,
      scope: 4,
      secondary: false,
      peer: '10.0.0.2' as Ip,
    });
    bench.interfaces.setAddress(2, {
      address: '10.5.0.1' as Ip,
      length: 24,
      scope: 4,
      secondary: true,
      peer: undefined,
    });
    await bench.settle();
    assert.deepEqual(bench.routes('master4'), ['10.0.0.2/32 dev ppp0 [direct1] * (240)']);
  });

  it('follows links and addresses as they come and go, and new names', async () => {
    await start(config());
    bench.link(2, 'eth0', ['10.0.0.1/24']);
    await bench.settle();
    assert.deepEqual(bench.routes('master4'), ['10.0.0.0/24 dev eth0 [direct1] * (240)']);
    bench.link(2, 'uplink', []);
    await bench.settle();
    assert.deepEqual(bench.routes('master4'), ['10.0.0.0/24 dev uplink [direct1] * (240)']);
    bench.interfaces.removeAddress(2, '10.0.0.1' as Ip, 24);
    await bench.settle();
    assert.deepEqual(bench.routes('master4'), []);
    bench.link(2, 'uplink', ['10.0.0.1/24']);
    await bench.settle();
    bench.link(2, 'uplink', [], { up: false });
    await bench.settle();
    assert.deepEqual(bench.routes('master4'), []);
    bench.interfaces.remove(2);
    await bench.settle();
    assert.deepEqual(bench.routes('master4'), []);
  });

  it('keeps one network on two interfaces as two routes; the one that stays is not touched', async () => {
    bench.link(2, 'eth0', ['10.0.0.1/24']);
    bench.link(3, 'eth1', ['10.0.0.2/24']);
    await start(config());
    assert.equal(bench.routes('master4').length, 2);
    bench.interfaces.remove(2);
    await bench.settle();
    assert.deepEqual(bench.routes('master4'), ['10.0.0.0/24 dev eth1 [direct1] * (240)']);
    bench.link(2, 'eth0', ['10.0.0.1/24']);
    await bench.settle();
    assert.equal(bench.routes('master4').length, 2);
  });

  it('looks at the carrier only with `check link`', async () => {
    bench.link(2, 'eth0', ['10.0.0.1/24'], { linkUp: false });
    const direct = await start(config());
    assert.equal(bench.routes('master4').length, 1);
    assert.equal(direct.reconfigure(config([], true), false), true);
    await bench.settle();
    assert.equal(bench.routes('master4').length, 0);
    bench.link(2, 'eth0', [], { linkUp: true });
    await bench.settle();
    assert.equal(bench.routes('master4').length, 1);
  });

  it('takes the first pattern that fits both name and address', async () => {
    bench.link(2, 'eth0', ['10.0.0.1/24', '172.16.0.1/24']);
    bench.link(3, 'docker0', ['10.5.0.1/24']);
    await start(
      config([
        { negative: true, glob: 'docker*', prefix: undefined },
        { negative: false, glob: undefined, prefix: prefix('10.0.0.0/8') },
      ]),
    );
    assert.deepEqual(bench.routes('master4'), ['10.0.0.0/24 dev eth0 [direct1] * (240)']);
  });

  it('takes its routes back when it is disabled', async () => {
    bench.link(2, 'eth0', ['10.0.0.1/24', '2001:db8::1/64']);
    const direct = await start(config());
    direct.disable();
    await bench.settle();
    assert.equal(direct.state, 'down');
    assert.deepEqual([...bench.routes('master4'), ...bench.routes('master6')], []);
    direct.enable();
    await bench.settle();
    assert.equal(bench.routes('master4').length, 1);
  });
});
