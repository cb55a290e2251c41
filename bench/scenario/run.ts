/**
 * Runs one scenario with one daemon: two namespaces and a cable, the daemon in one, the load in the other, and what the
 * daemon used in each phase. An observed run has turn-probe.ts and observer.ts beside it and is not timed with others.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Lab, type LabNode, until } from '../../src/lab/namespace.ts';
import { listens, loadAverage, type Usage, usage } from './accounting.ts';
import type { BenchDaemon, RunningDaemon } from './daemons.ts';
import { readMrt, tableDump } from './mrt.ts';
import type { Observed, ObserverOrder } from './observer.ts';
import type { LoadLine, LoadOrder, Peer, Role, Scenario } from './order.ts';

export interface PhaseRun {
  readonly name: string;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** After the phase. */
  readonly memoryMb: number;
  readonly peakMb: number;
  readonly figures: Readonly<Record<string, number>>;
  /** Observed runs of our daemon: the longest stretch without a turn of the event loop. */
  readonly longestTurnMs?: number;
}

export interface ScenarioRun {
  readonly scenario: string;
  readonly daemon: string;
  readonly load: string;
  readonly phases: readonly PhaseRun[];
  readonly observed?: Observed;
  /** '' if everything that should have arrived did, and nothing else. */
  readonly error: string;
}

const TARGET = '10.99.0.1';
const DAEMON_AS = 4_200_000_000;
const FIRST_PEER_AS = 65001;
const QUIET_SESSIONS = 20;
const LISTEN_TIMEOUT_MS = 20_000;
const SETTLE_AFTER_START_MS = 2_000;
const LOAD = fileURLToPath(new URL('./load.js', import.meta.url));
const OBSERVER = fileURLToPath(new URL('./observer.js', import.meta.url));
const DATA = new URL('../../../../shared/data/', import.meta.url);
export const REAL_TABLE: string = fileURLToPath(new URL('bview.20020722.2337.gz', DATA));
export const REAL_UPDATES: string = fileURLToPath(new URL('updates.et-header.2015.gz', DATA));

/** Why the scenario cannot run here; `undefined` if it can. */
export function whyNot(scenario: Scenario): string | undefined {
  if (scenario.shape !== 'replay' || (existsSync(REAL_TABLE) && existsSync(REAL_UPDATES))) return undefined;
  return `${REAL_TABLE} is not here`;
}

function peersOf(scenario: Scenario, observed: boolean): Peer[] {
  const peers: Peer[] = [];
  const add = (role: Role, as?: number): void => {
    const i = peers.length;
    peers.push({ address: `10.99.${1 + (i >> 7)}.${1 + (i & 127)}`, as: as ?? FIRST_PEER_AS + i, role });
  };
  const reflects = scenario.shape === 'reflect' || scenario.shape === 'slow';
  if (scenario.shape === 'replay') {
    const collected = new Map([...tableDump(readMrt(REAL_TABLE))].map(({ peer, peerAs }) => [peer, peerAs]));
    for (const as of collected.values()) add('feeder', as);
    add('feeder');
  } else {
    for (let i = 0; i < scenario.feeders; i++) add(reflects ? 'client' : 'feeder', reflects ? DAEMON_AS : undefined);
  }
  for (let i = 0; i < scenario.receivers; i++) add(scenario.shape === 'late' && i > 0 ? 'late' : 'receiver');
  if (observed) for (let i = 0; i < QUIET_SESSIONS; i++) add('quiet');
  return peers;
}

export async function runScenario(scenario: Scenario, daemon: BenchDaemon, observe = false): Promise<ScenarioRun> {
  const lab = new Lab('pgb');
  const folder = mkdtempSync(join(tmpdir(), 'peregrine-bench-'));
  const children: ChildProcess[] = [];
  const load = loadAverage();
  const phases: PhaseRun[] = [];
  let observed: Observed | undefined;
  let error = '';
  try {
    const dut = await lab.node('dut');
    const far = await lab.node('load');
    await lab.wire(dut, 'eth0', far, 'eth0');
    await dut.address('eth0', `${TARGET}/16`);
    const peers = peersOf(scenario, observe);
    const ips = peers.map((peer) => `addr add ${peer.address}/16 dev eth0`).join('\n');
    await far.run('ip', ['-batch', '-'], ips);
    if (scenario.smallBuffers === true) {
      await far.sysctl('net.ipv4.tcp_rmem', '"4096 65536 131072"');
      await dut.sysctl('net.ipv4.tcp_wmem', '"4096 65536 262144"');
    }
    const turns = observe && daemon.name === 'peregrine' ? join(folder, 'turns') : undefined;
    const task = {
      node: dut,
      address: TARGET,
      as: DAEMON_AS,
      peers,
      policy: scenario.policy === true,
      kernel: scenario.shape === 'kernel',
      ...(turns === undefined ? {} : { turns }),
    };
    const startedAt = performance.now();
    const running = daemon.start(task);
    const pids = running.processes.map((one) => one.pid);
    const what = `${daemon.name} listens`;
    await until(what, () => listens(pids[0]!, 179), LISTEN_TIMEOUT_MS, 1);
    if (scenario.shape === 'start') {
      const seconds = (performance.now() - startedAt) / 1000;
      await delay(SETTLE_AFTER_START_MS);
      phases.push(phaseRun('start', seconds, { cpuSeconds: 0, memoryMb: 0, peakMb: 0 }, usage(pids), {}));
    } else {
      const observer = observe ? await startObserver(far, peers, running, children) : undefined;
      error = await drive(scenario, dut, far, peers, running, children, phases, turns, observer);
      observed = await observer?.end();
      if (observed !== undefined && observed.lost > 0)
        error ||= `${observed.lost} sessions with hold time 3 s were lost`;
    }
    const failed = running.processes.find((one) => one.exited);
    if (failed !== undefined) error ||= `${failed.name} ended: ${failed.output.slice(-300)}`;
    await running.stop();
  } catch (caught) {
    error = (caught as Error).message;
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await lab.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
  const run = { scenario: scenario.name, daemon: daemon.name, load, phases, error };
  return observed === undefined ? run : { ...run, observed };
}

/** Lets the load process run its phases and takes what the daemon used in each; what was wrong, or ''. */
async function drive(
  scenario: Scenario,
  dut: LabNode,
  far: LabNode,
  peers: readonly Peer[],
  running: RunningDaemon,
  children: ChildProcess[],
  phases: PhaseRun[],
  turns: string | undefined,
  observer: ObserverHandle | undefined,
): Promise<string> {
  const pids = running.processes.map((one) => one.pid);
  const order: LoadOrder = {
    scenario,
    target: TARGET,
    daemonAs: DAEMON_AS,
    daemonPid: pids[0]!,
    daemonNamespace: dut.namespace,
    peers: peers.filter((peer) => peer.role !== 'quiet'),
    ...(scenario.shape === 'replay' ? { table: REAL_TABLE, updates: REAL_UPDATES } : {}),
  };
  const loader = spawnIn(far, ['--max-old-space-size=8192', LOAD, JSON.stringify(order)], children);
  let before: Usage = { cpuSeconds: 0, memoryMb: 0, peakMb: 0 };
  for await (const text of createInterface({ input: loader.stdout! })) {
    const line = JSON.parse(text) as LoadLine;
    if ('ready' in line) {
      await sampleTurns(pids[0]!, turns);
      observer?.clear();
      before = usage(pids);
      loader.stdin!.write('go\n');
    } else if ('done' in line) {
      const run = phaseRun(line.done, line.seconds, before, usage(pids), line.figures);
      const longestTurnMs = await sampleTurns(pids[0]!, turns);
      phases.push(longestTurnMs === undefined ? run : { ...run, longestTurnMs });
      if (line.error !== '') return `${line.done}: ${line.error}`;
    } else if ('audit' in line) {
      if (line.audit !== '') return `${phases.at(-1)?.name ?? ''}: ${line.audit}`;
    } else {
      return line.end;
    }
  }
  return 'the load process ended';
}

function phaseRun(
  name: string,
  wallSeconds: number,
  before: Usage,
  after: Usage,
  figures: Readonly<Record<string, number>>,
): PhaseRun {
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
  return { name, wallSeconds, cpuSeconds, memoryMb: after.memoryMb, peakMb: after.peakMb, figures };
}

/** The longest turn since the last time this was asked. */
async function sampleTurns(pid: number, path: string | undefined): Promise<number | undefined> {
  if (path === undefined) return undefined;
  rmSync(path, { force: true });
  process.kill(pid, 'SIGUSR2');
  const text = await until('the probe answers', () => existsSync(path) && readFileSync(path, 'utf8'), 10_000, 5);
  return (JSON.parse(text) as { maxMs: number }).maxMs;
}

interface ObserverHandle {
  /** Forgets what was asked so far. */
  clear(): void;
  end(): Promise<Observed>;
}

async function startObserver(
  far: LabNode,
  peers: readonly Peer[],
  running: RunningDaemon,
  children: ChildProcess[],
): Promise<ObserverHandle> {
  const order: ObserverOrder = {
    target: TARGET,
    peers: peers.filter((peer) => peer.role === 'quiet'),
    controlSocket: running.controlSocket,
  };
  const child = spawnIn(far, [OBSERVER, JSON.stringify(order)], children);
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  await lines.next();
  let cleared = false;
  return {
    clear: () => {
      if (!cleared) child.stdin!.write('clear\n');
      cleared = true;
    },
    end: async () => {
      child.stdin!.end();
      return JSON.parse((await lines.next()).value ?? '{}') as Observed;
    },
  };
}

function spawnIn(node: LabNode, args: readonly string[], children: ChildProcess[]): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', node.namespace, process.execPath, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}
