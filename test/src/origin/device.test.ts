import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Ip, parsePrefix } from '../../../bgp/index.ts';
import type { DeviceConfig } from '../../../config/index.ts';
import type { InterfaceSource } from '../../../src/kernel/device-scan.ts';
import { DeviceProtocol, preferredAddresses } from '../../../src/origin/device.ts';
import { Bench, base } from './bench.ts';

class FakeSource implements InterfaceSource {
  readonly calls: string[] = [];
  ready: (() => void) | undefined;
  start(ready: () => void): void {
    this.calls.push('start');
    this.ready = ready;
  }
  scan(): void {
    this.calls.push('scan');
  }
  stop(): void {
    this.calls.push('stop');
  }
}

function config(interfaces: DeviceConfig['interfaces'] = []): DeviceConfig {
  return { ...base('device1'), kind: 'device', scanTime: 60, interfaces };
}

describe('protocol device', () => {
  it('is up when the interfaces are known, scans on reload, and stops', () => {
    const bench = new Bench();
    const source = new FakeSource();
    const device = new DeviceProtocol(config(), bench, source);
    device.start();
    assert.equal(device.state, 'start');
    source.ready?.();
    assert.equal(device.state, 'up');
    device.reload();
    assert.equal(device.reconfigure(config(), false), true);
    device.disable();
    assert.deepEqual([device.state, source.calls], ['down', ['start', 'scan', 'stop']]);
    bench.close();
  });

  it('prefers the first primary address of each kind, or the one that the operator names', () => {
    const bench = new Bench();
    bench.link(2, 'eth0', ['10.0.0.1/24', '10.0.0.2/24', 'fe80::1/64', '2001:db8::1/64', '2001:db8::2/64']);
    const link = bench.interfaces.byName('eth0')!;
    assert.deepEqual(preferredAddresses(link, undefined), ['10.0.0.1', '2001:db8::1', 'fe80::1']);
    const named = config([
      {
        patterns: [{ negative: false, glob: 'eth*', prefix: undefined }],
        preferred: ['10.0.0.2' as Ip, '2001:db8::2' as Ip],
        networks: [],
      },
    ]);
    assert.deepEqual(preferredAddresses(link, named), ['10.0.0.2', '2001:db8::2', 'fe80::1']);
    const networks = [parsePrefix('2001:db8::2/127')!];
    const within = config([
      { patterns: [{ negative: false, glob: undefined, prefix: undefined }], preferred: [], networks },
    ]);
    assert.deepEqual(preferredAddresses(link, within), ['10.0.0.1', '2001:db8::2', 'fe80::1']);
    bench.close();
  });
});
