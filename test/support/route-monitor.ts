/** `ip monitor route` in a namespace, returned when it is certain to hear. */
import { type LabNode, type LabProcess, until } from '../../src/lab/namespace.ts';

const PROBES = { 4: '203.0.113.77/32', 6: '2001:db8:ffff::77/128' } as const;

/** @param flags before `monitor`; with `-6` only IPv6 routes are heard. */
export async function routeMonitor(node: LabNode, ...flags: readonly string[]): Promise<LabProcess> {
  const monitor = node.start('monitor', 'ip', [...flags, 'monitor', 'route']);
  const version = flags.includes('-6') ? 6 : 4;
  const probe = PROBES[version];
  await until('the monitor hears', async () => {
    await node.ip(`-${version} route add blackhole ${probe} proto 77`);
    await node.ip(`-${version} route del blackhole ${probe} proto 77`);
    return monitor.output.includes(probe.slice(0, probe.indexOf('/')));
  });
  return monitor;
}
