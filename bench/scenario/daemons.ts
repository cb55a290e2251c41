/**
 * The daemons that are measured: how each is started with the same task, and how its processes are counted. The task:
 * AS 65000 at 10.99.0.1, external sessions with speakers, everything accepted and passed on, no kernel.
 */

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabNode, LabProcess } from '../../src/lab/namespace.ts';

export interface BenchPeer {
  readonly address: string;
  readonly as: number;
}

export interface BenchTask {
  readonly node: LabNode;
  readonly address: string;
  readonly as: number;
  readonly peers: readonly BenchPeer[];
}

export interface RunningDaemon {
  /** All processes that belong to it. */
  readonly processes: readonly LabProcess[];
  stop(): Promise<void>;
}

export interface BenchDaemon {
  readonly name: string;
  /** Version text, or undefined where it is not installed. */
  version(): string | undefined;
  start(task: BenchTask): RunningDaemon;
}

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
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

function running(processes: readonly LabProcess[], cleanUp: () => void): RunningDaemon {
  return {
    processes,
    stop: async () => {
      await Promise.all(processes.map((one) => one.stop('SIGTERM', 5_000)));
      cleanUp();
    },
  };
}

/** BIRD 2's language, which ours reads as well. */
function birdConfig(task: BenchTask): string {
  const peers = task.peers
    .map((peer, i) => `protocol bgp p${i} from speaker { neighbor ${peer.address} as ${peer.as}; }\n`)
    .join('');
  return `router id ${task.address};
protocol device { }
template bgp speaker {
  local ${task.address} as ${task.as};
  direct;
  passive;
  ipv4 { import all; export all; };
}
${peers}`;
}

export const DAEMONS: readonly BenchDaemon[] = [
  {
    name: 'peregrine',
    version: () => output(process.execPath, MAIN, '--version'),
    start: (task) => {
      const folder = scratch();
      const config = join(folder.path, 'peregrine.conf');
      writeFileSync(config, birdConfig(task));
      const flags = ['-f', '-c', config, '-s', join(folder.path, 'peregrine.ctl')];
      return running([task.node.start('peregrined', process.execPath, [MAIN, ...flags])], folder.remove);
    },
  },
  {
    name: 'bird',
    version: () => output('bird', '--version'),
    start: (task) => {
      const folder = scratch();
      const config = join(folder.path, 'bird.conf');
      writeFileSync(config, birdConfig(task));
      return running(
        [task.node.start('bird', 'bird', ['-f', '-c', config, '-s', join(folder.path, 'bird.ctl')])],
        folder.remove,
      );
    },
  },
  {
    name: 'frr',
    version: () => output('/usr/lib/frr/bgpd', '--version'),
    start: (task) => {
      const folder = scratch();
      mkdirSync(join(folder.path, 'vty'));
      const config = join(folder.path, 'bgpd.conf');
      const peers = task.peers.map(
        (peer) =>
          ` neighbor ${peer.address} remote-as ${peer.as}\n neighbor ${peer.address} passive\n neighbor ${peer.address} advertisement-interval 0\n`,
      );
      writeFileSync(
        config,
        `router bgp ${task.as}\n bgp router-id ${task.address}\n no bgp ebgp-requires-policy\n no bgp network import-check\n${peers.join('')}`,
      );
      const flags = ['-S', '-Z', '-f', config, '-i', join(folder.path, 'pid'), '-z', join(folder.path, 'zserv')];
      flags.push('--vty_socket', join(folder.path, 'vty'), '-A', '127.0.0.1', '-P', '0');
      return running([task.node.start('bgpd', '/usr/lib/frr/bgpd', flags)], folder.remove);
    },
  },
  {
    name: 'openbgpd',
    version: () => output('/usr/sbin/bgpd', '-V'),
    start: (task) => {
      const folder = scratch();
      for (const needed of ['/run/openbgpd', '/var/empty']) mkdirSync(needed, { recursive: true });
      const config = join(folder.path, 'bgpd.conf');
      const peers = task.peers.map(
        (peer) => `neighbor ${peer.address} {\n\tremote-as ${peer.as}\n\tpassive\n\tlocal-address ${task.address}\n}\n`,
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
    version: () => output('gobgpd', '--version'),
    start: (task) => {
      const folder = scratch();
      const config = join(folder.path, 'gobgpd.conf');
      const peers = task.peers.map(
        (peer) =>
          `[[neighbors]]\n  [neighbors.config]\n    neighbor-address = "${peer.address}"\n    peer-as = ${peer.as}\n  [neighbors.transport.config]\n    passive-mode = true\n    local-address = "${task.address}"\n`,
      );
      writeFileSync(config, `[global.config]\n  as = ${task.as}\n  router-id = "${task.address}"\n${peers.join('')}`);
      return running(
        [task.node.start('gobgpd', 'gobgpd', ['-f', config, '-t', 'toml', '--api-hosts', '127.0.0.1:50051'])],
        folder.remove,
      );
    },
  },
];
