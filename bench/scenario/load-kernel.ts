/** Routes into the kernel and out again: the clock stops when the kernel has them, the audit reads its table. */
import { spawnSync } from 'node:child_process';
import { kernelPrefixes } from './accounting.ts';
import type { Load } from './load-session.ts';
import { announcements, END_OF_RIB, Workload, withdrawals } from './workload.ts';

const LOOK_MS = 20;

export async function runKernel(load: Load): Promise<void> {
  const { scenario, daemonPid } = load.order;
  const table = new Workload(scenario.prefixes);
  const peer = load.peers('feeder')[0]!;
  const feeder = load.speaker(peer);
  const chunks = announcements(table, { as: peer.as, nextHop: peer.address });
  await feeder.connect();
  const before = kernelPrefixes(daemonPid);
  const reached = async (count: number): Promise<number> => {
    const end = performance.now() + scenario.timeoutMs;
    for (;;) {
      const now = performance.now();
      const have = kernelPrefixes(daemonPid) - before;
      if (have === count) return now;
      if (now > end) throw new Error(`it took too long: the kernel has ${have} of ${count}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  await load.phase('announce', async () => {
    void feeder.send([...chunks, END_OF_RIB]);
    return { at: await reached(scenario.prefixes) };
  });
  load.audit(compareKernel(load, table, peer.address));
  await load.phase('withdraw', async () => {
    void feeder.send(withdrawals(table));
    return { at: await reached(0) };
  });
  load.audit(compareKernel(load, new Workload(0), peer.address));
}

function compareKernel(load: Load, table: Workload, gateway: string): string {
  const { daemonNamespace } = load.order;
  const shown = spawnSync('ip', ['-n', daemonNamespace, '-4', 'route', 'show', 'table', 'main'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const seen = new Uint8Array(table.count);
  let strange = 0;
  let elsewhere = 0;
  for (const line of shown.stdout.split('\n')) {
    if (line === '' || line.includes('proto kernel')) continue;
    const [prefix, via, hop] = line.split(' ');
    const [address, length] = prefix!.split('/');
    const number = address!.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
    const index = table.indexOf(number, Number(length ?? 32));
    if (index < 0) strange++;
    else seen[index] = 1;
    if (via !== 'via' || hop !== gateway) elsewhere++;
  }
  const missing = seen.reduce((sum, bit) => sum + 1 - bit, 0);
  return missing + strange + elsewhere === 0
    ? ''
    : `kernel: ${missing} missing, ${strange} too many, ${elsewhere} elsewhere`;
}
