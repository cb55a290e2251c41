/**
 * The daemons that are measured: how each is started with the same task, and which processes belong to it. The task: an
 * AS with external sessions or reflector clients, everything accepted and passed on, no kernel unless asked for.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabNode, LabProcess } from '../../src/lab/namespace.ts';
import type { Peer } from './order.ts';
import { policyText } from './policy.ts';

export interface BenchTask {
  readonly node: LabNode;
  readonly address: string;
  readonly as: number;
  readonly peers: readonly Peer[];
  /** Import by the policy of policy.ts. */
  readonly policy: boolean;
  /** Routes go into the kernel. */
  readonly kernel: boolean;
  /** For our daemon: a file for what turn-probe.ts measures. */
  readonly turns?: string;
}

export interface RunningDaemon {
  /** All processes that belong to it. */
  readonly processes: readonly LabProcess[];
  /** Where it answers birdc, if it does. */
  readonly controlSocket: string | undefined;
  stop(): Promise<void>;
}

export interface BenchDaemon {
  readonly name: string;
  /** Understands import policies in BIRD's language, programs the kernel by itself, and answers birdc. */
  readonly speaksBird: boolean;
  /** Version text, or undefined where it is not installed. */
  version(): string | undefined;
  start(task: BenchTask): RunningDaemon;
}

const ROOT = new URL('../../../', import.meta.url);
const PEREGRINED = fileURLToPath(new URL('bin/peregrined', ROOT));
const PROBE = new URL('./turn-probe.js', import.meta.url).href;
/** To try things out: flags for Node, or a program that starts it (`perf record node`). */
const NODE_FLAGS = (process.env['PEREGRINE_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');
const NODE = process.env['PEREGRINE_NODE'];
const SEARCH = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/lib/frr` };

function output(program: string, ...args: string[]): string | undefined {
  try {
    return execFileSync('sh', ['-c', '"$@" 2>&1', 'sh', program, ...args], { encoding: 'utf8', env: SEARCH })
      .trim()
      .split('\n')[0];
  } catch {
    return undefined;
  }
}

function scratch(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'peregrine-bench-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function running(processes: readonly LabProcess[], cleanUp: () => void, controlSocket?: string): RunningDaemon {
  return {
    processes,
    controlSocket,
    stop: async () => {
      await Promise.all(processes.map((one) => one.stop('SIGTERM', 10_000)));
      cleanUp();
    },
  };
}

const isClient = (peer: Peer): boolean => peer.role === 'client';

/** BIRD 2's language, which ours reads as well. */
function birdConfig(task: BenchTask): string {
  const template = (peer: Peer): string =>
    peer.role === 'client' || peer.role === 'quiet' ? peer.role : task.policy ? 'judged' : 'external';
  const peers = task.peers
    .map((peer, i) => `protocol bgp p${i} from t_${template(peer)} { neighbor ${peer.address} as ${peer.as}; }\n`)
    .join('');
  const session = `local ${task.address} as ${task.as}; direct; passive;`;
  const kernel = task.kernel ? 'protocol kernel { ipv4 { import none; export all; }; }\n' : '';
  const judged = task.policy
    ? `${policyText()}template bgp t_judged { ${session} ipv4 { import filter bench_import; export all; }; }\n`
    : '';
  return `router id ${task.address};
protocol device { }
${kernel}template bgp t_external { ${session} ipv4 { import all; export all; }; }
template bgp t_client { ${session} rr client; ipv4 { import all; export all; }; }
template bgp t_quiet { ${session} ipv4 { import none; export none; }; }
${judged}${peers}`;
}

export const DAEMONS: readonly BenchDaemon[] = [
  {
    name: 'peregrine',
    speaksBird: true,
    version: () => output(PEREGRINED, '--version'),
    start: (task) => {
      const folder = scratch();
      const config = join(folder.path, 'peregrine.conf');
      const socket = join(folder.path, 'peregrine.ctl');
      writeFileSync(config, birdConfig(task));
      const flags = ['-f', '-c', config, '-s', socket];
      const plain = NODE === undefined && NODE_FLAGS.length === 0;
      const program = plain ? PEREGRINED : (NODE ?? process.execPath);
      const args = plain ? flags : [...NODE_FLAGS, PEREGRINED, ...flags];
      const env = task.turns === undefined ? {} : { PEREGRINE_TURNS: task.turns, NODE_OPTIONS: `--import ${PROBE}` };
      return running([task.node.start('peregrined', program, args, env)], folder.remove, socket);
    },
  },
  {
    name: 'bird',
    speaksBird: true,
    version: () => output('bird', '--version'),
    start: (task) => {
      const folder = scratch();
      const config = join(folder.path, 'bird.conf');
      const socket = join(folder.path, 'bird.ctl');
      writeFileSync(config, birdConfig(task));
      return running([task.node.start('bird', 'bird', ['-f', '-c', config, '-s', socket])], folder.remove, socket);
    },
  },
  {
    name: 'frr',
    speaksBird: false,
    version: () => output('/usr/lib/frr/bgpd', '--version'),
    start: (task) => {
      const folder = scratch();
      mkdirSync(join(folder.path, 'vty'));
      const config = join(folder.path, 'bgpd.conf');
      const lines = [`router bgp ${task.as}`, ` bgp router-id ${task.address}`, ' no bgp ebgp-requires-policy'];
      lines.push(' no bgp network import-check', ' no bgp enforce-first-as');
      for (const { address, as } of task.peers) {
        lines.push(` neighbor ${address} remote-as ${as}`, ` neighbor ${address} passive`);
        lines.push(` neighbor ${address} advertisement-interval 0`);
      }
      lines.push(' address-family ipv4 unicast');
      for (const { address } of task.peers.filter(isClient)) lines.push(`  neighbor ${address} route-reflector-client`);
      lines.push(' exit-address-family');
      writeFileSync(config, `${lines.join('\n')}\n`);
      const flags = ['-S', '-Z', '-f', config, '-i', join(folder.path, 'pid'), '-z', join(folder.path, 'zserv')];
      flags.push('--vty_socket', join(folder.path, 'vty'), '-A', '127.0.0.1', '-P', '0');
      return running([task.node.start('bgpd', '/usr/lib/frr/bgpd', flags)], folder.remove);
    },
  },
  {
    name: 'openbgpd',
    speaksBird: false,
    version: () => output('/usr/sbin/bgpd', '-V'),
    start: (task) => {
      const folder = scratch();
      for (const needed of ['/run/openbgpd', '/var/empty']) mkdirSync(needed, { recursive: true });
      const config = join(folder.path, 'bgpd.conf');
      const peers = task.peers.map(
        (peer) =>
          `neighbor ${peer.address} {\n\tremote-as ${peer.as}\n\tpassive\n\tlocal-address ${task.address}\n${isClient(peer) ? '\troute-reflector\n' : '\tenforce neighbor-as no\n'}}\n`,
      );
      writeFileSync(
        config,
        `AS ${task.as}\nrouter-id ${task.address}\nsocket "${join(folder.path, 'ctl')}"\nfib-update no\nnexthop qualify via default\n${peers.join('')}allow from any\nallow to any\n`,
      );
      chmodSync(config, 0o600);
      return running([task.node.start('openbgpd', '/usr/sbin/bgpd', ['-d', '-f', config])], folder.remove);
    },
  },
  {
    name: 'gobgp',
    speaksBird: false,
    version: () => output('gobgpd', '--version'),
    start: (task) => {
      const folder = scratch();
      const config = join(folder.path, 'gobgpd.conf');
      const reflector = `  [neighbors.route-reflector.config]\n    route-reflector-client = true\n    route-reflector-cluster-id = "${task.address}"\n`;
      const peers = task.peers.map(
        (peer) =>
          `[[neighbors]]\n  [neighbors.config]\n    neighbor-address = "${peer.address}"\n    peer-as = ${peer.as}\n  [neighbors.transport.config]\n    passive-mode = true\n    local-address = "${task.address}"\n${isClient(peer) ? reflector : ''}`,
      );
      writeFileSync(config, `[global.config]\n  as = ${task.as}\n  router-id = "${task.address}"\n${peers.join('')}`);
      return running(
        [task.node.start('gobgpd', 'gobgpd', ['-f', config, '-t', 'toml', '--api-hosts', '127.0.0.1:50051'])],
        folder.remove,
      );
    },
  },
];
