/**
 * Scenario: feeders send a table, receivers wait for it; then everything is withdrawn. Wall time as the receivers see
 * it, CPU and memory of all of the daemon's processes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Lab, until } from '../../src/lab/namespace.ts';
import { type Usage, usage } from './accounting.ts';
import type { BenchDaemon } from './daemons.ts';
import type { LoadOrder, LoadResult } from './load.ts';

export interface FeedScenario {
  readonly name: string;
  readonly prefixes: number;
  readonly feeders: number;
  readonly receivers: number;
  readonly timeoutMs: number;
}

export interface FeedRun {
  readonly daemon: string;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly memoryMb: number;
  readonly peakMb: number;
  readonly withdrawWallSeconds: number;
  readonly withdrawCpuSeconds: number;
  readonly error: string;
}

const LOAD = fileURLToPath(new URL('./load.js', import.meta.url));

export async function runFeed(scenario: FeedScenario, daemon: BenchDaemon): Promise<FeedRun> {
  const lab = new Lab('pgb');
  let loader: ChildProcess | undefined;
  try {
    const dut = await lab.node('dut');
    const load = await lab.node('load');
    await lab.wire(dut, 'eth0', load, 'eth0');
    await dut.address('eth0', '10.99.0.1/16');
    const peers = Array.from({ length: scenario.feeders + scenario.receivers }, (_, i) => ({
      address: `10.99.${1 + (i >> 7)}.${1 + (i & 127)}`,
      as: 65001 + i,
    }));
    await load.address('eth0', ...peers.map((peer) => `${peer.address}/16`));
    const running = daemon.start({ node: dut, address: '10.99.0.1', as: 65000, peers });
    const pids = running.processes.map((one) => one.pid);
    await until(`${daemon.name} listens`, async () => (await dut.run('ss', ['-Hltn', 'sport = :179'])) !== '');
    const order: LoadOrder = {
      target: '10.99.0.1',
      prefixes: scenario.prefixes,
      feeders: peers.slice(0, scenario.feeders),
      receivers: peers.slice(scenario.feeders),
      timeoutMs: scenario.timeoutMs,
    };
    loader = spawn(
      'ip',
      ['netns', 'exec', load.namespace, process.execPath, '--max-old-space-size=4096', LOAD, JSON.stringify(order)],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const lines = createInterface({ input: loader.stdout! })[Symbol.asyncIterator]();
    const say = async (): Promise<string> => (await lines.next()).value ?? '{"error":"the load generator ended"}';
    let heard = await say();
    const before = usage(pids);
    let middle: Usage = before;
    let later: Usage = before;
    if (heard === 'ready') {
      loader.stdin!.write('go\n');
      heard = await say();
    }
    middle = usage(pids);
    later = middle;
    if (heard === 'announced') {
      loader.stdin!.write('go\n');
      heard = await say();
      later = usage(pids);
    }
    const result = JSON.parse(heard) as LoadResult;
    await running.stop();
    return {
      daemon: daemon.name,
      wallSeconds: result.announceMs / 1000,
      cpuSeconds: middle.cpuSeconds - before.cpuSeconds,
      memoryMb: middle.memoryMb,
      peakMb: middle.peakMb,
      withdrawWallSeconds: result.withdrawMs / 1000,
      withdrawCpuSeconds: later.cpuSeconds - middle.cpuSeconds,
      error: result.error,
    };
  } finally {
    loader?.kill('SIGKILL');
    await lab.destroy();
  }
}
