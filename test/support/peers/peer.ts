/**
 * Real daemons as peers in tests: one interface over five programs, so that a test is written once and run against
 * each. A peer lives in a namespace, announces prefixes of its own and tells what it learnt.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabNode } from '../../../src/lab/namespace.ts';

export interface NeighborSetup {
  readonly address: string;
  readonly as: number;
  /** Address of our end. */
  readonly local: string;
  readonly password?: string;
  readonly passive?: boolean;
  readonly rrClient?: boolean;
  readonly holdTime?: number;
  readonly gracefulRestart?: boolean;
}

export interface PeerSetup {
  readonly node: LabNode;
  readonly as: number;
  readonly routerId: string;
  /** Sessions; IPv4 addresses carry IPv4 routes, IPv6 addresses IPv6 routes. */
  readonly neighbors: readonly NeighborSetup[];
  /** Prefixes of both families that it announces. */
  readonly announce: readonly string[];
}

export interface LearntRoute {
  readonly prefix: string;
  readonly nextHop: string;
  /** AS numbers in order; sets in braces. */
  readonly asPath: string;
}

export interface RealPeer {
  readonly kind: string;
  /** Starts it (again); resolves when its control channel answers. */
  start(): Promise<void>;
  /** Ends it with a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Routes learnt from a neighbour, by prefix. */
  learnt(neighbor: string): Promise<Map<string, LearntRoute>>;
  /** The session with this neighbour is established. */
  established(neighbor: string): Promise<boolean>;
  /** What it said lately, for a failing test. */
  readonly log: string;
  /** Whether its process is still there; a peer that died by itself is no verdict on us. */
  readonly alive: boolean;
}

/** Why tests with this program cannot run here, or undefined. */
export function whyNot(...programs: string[]): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root for network namespaces';
  const missing = ['ip', ...programs].filter((program) => findProgram(program) === undefined);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

export function findProgram(program: string): string | undefined {
  try {
    const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/lib/frr`;
    return execFileSync('sh', ['-c', `command -v ${program}`], {
      encoding: 'utf8',
      env: { ...process.env, PATH: path },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

/** A folder for a peer's files, and its removal. */
export function scratch(tag: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `peregrine-${tag}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function familyOfPrefix(prefix: string): 4 | 6 {
  return prefix.includes(':') ? 6 : 4;
}
