/**
 * Real daemons as peers in tests: one interface over five programs, so that a test is written once and run against
 * each. A peer lives in a namespace, announces prefixes of its own and tells what it learnt.
 */
import { execFileSync } from 'node:child_process';
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
  /** Families of the session; without it that of the address. */
  readonly families?: readonly (4 | 6)[];
  /** Several routes a prefix, as the peer sees it. */
  readonly addPath?: 'receive' | 'send' | 'both';
  readonly ttlSecurity?: boolean;
  /** RFC 9234, the peer's role. */
  readonly role?: 'provider' | 'customer' | 'peer';
  /** Most prefixes that the peer takes. */
  readonly maxPrefix?: number;
  /** IPv4 routes with IPv6 next hops. */
  readonly extendedNextHop?: boolean;
  /** False: no four-octet AS numbers. */
  readonly as4?: false;
  readonly extendedMessages?: boolean;
}

export interface PeerSetup {
  readonly node: LabNode;
  readonly as: number;
  readonly routerId: string;
  /** Sessions; IPv4 addresses carry IPv4 routes, IPv6 addresses IPv6 routes. */
  readonly neighbors: readonly NeighborSetup[];
  /** Prefixes of both families that it announces. */
  readonly announce: readonly string[];
  /** RFC 5065: the neighbours are members of the same confederation. */
  readonly confederation?: number;
  /** Cluster id for reflection clients; without it the router id. */
  readonly clusterId?: string;
}

export interface LearntRoute {
  readonly prefix: string;
  readonly nextHop: string;
  /** AS numbers in order; sets in braces. */
  readonly asPath: string;
  /** Dotted quad; '' where it has none, or where the peer does not tell. */
  readonly originatorId: string;
  /** Dotted quads, the last cluster first, with blanks between. */
  readonly clusterList: string;
}

export interface RealPeer {
  readonly kind: string;
  /** Starts it (again); resolves when its control channel answers. */
  start(): Promise<void>;
  /** Ends it with a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Routes learnt from a neighbour, by prefix. */
  learnt(neighbor: string): Promise<Map<string, LearntRoute>>;
  /** The same with every route of a prefix. */
  paths(neighbor: string): Promise<LearntRoute[]>;
  /** There is a route to this prefix, whoever told it. */
  knows(prefix: string): Promise<boolean>;
  /** Asks the neighbour to send its routes again. */
  refresh(neighbor: string): Promise<void>;
  /** The session with this neighbour is established. */
  established(neighbor: string): Promise<boolean>;
  /** What it said lately, for a failing test. */
  readonly log: string;
  /** Whether its process is still there; a peer that died by itself is no verdict on us. */
  readonly alive: boolean;
}

/** The first route of each prefix. */
export function firstOfEach(paths: readonly LearntRoute[]): Map<string, LearntRoute> {
  const routes = new Map<string, LearntRoute>();
  for (const path of paths) if (!routes.has(path.prefix)) routes.set(path.prefix, path);
  return routes;
}

export function familiesOf(neighbor: NeighborSetup): readonly (4 | 6)[] {
  return neighbor.families ?? [familyOfPrefix(neighbor.address)];
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

export function familyOfPrefix(prefix: string): 4 | 6 {
  return prefix.includes(':') ? 6 : 4;
}
