/** What a scenario is, and what passes between the process that runs it and the one that makes the load. */

/** How the sessions of a scenario are used; the rest of the scenario says how many. */
export type Shape =
  /** Feeders announce all prefixes, each its own paths; receivers get the best ones; then all is withdrawn. */
  | 'feed'
  /** As `feed`, but most receivers connect when the table is there. */
  | 'late'
  /** Reflector clients announce a share each and hear all others. */
  | 'reflect'
  /** As `reflect`, while one client does not read; then it does. */
  | 'slow'
  /** One feeder, no receiver: routes go into the kernel and out again. */
  | 'kernel'
  /** As `feed`, then prefixes flap. */
  | 'churn'
  /** A table and updates of a real route collector. */
  | 'replay'
  /** Nothing: how long it takes to listen, and what it costs to be there. */
  | 'start';

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly shape: Shape;
  readonly prefixes: number;
  readonly feeders: number;
  readonly receivers: number;
  /** The import policy of policy.ts. */
  readonly policy?: boolean;
  /** Only daemons that know the task. */
  readonly only?: readonly string[];
  /** Sockets hold little: small buffers of TCP at both ends. */
  readonly smallBuffers?: boolean;
  readonly seconds?: number;
  readonly flapsPerSecond?: number;
  readonly timeoutMs: number;
}

export type Role = 'feeder' | 'receiver' | 'late' | 'client' | 'quiet';

export interface Peer {
  readonly address: string;
  readonly as: number;
  readonly role: Role;
}

export interface LoadOrder {
  readonly scenario: Scenario;
  readonly target: string;
  readonly daemonAs: number;
  /** A process in the daemon's namespace. */
  readonly daemonPid: number;
  readonly daemonNamespace: string;
  readonly peers: readonly Peer[];
  readonly table?: string;
  readonly updates?: string;
}

/** Lines of the load process: `ready` before each phase, which waits for a line `go`; `done` after it. */
export type LoadLine =
  | { readonly ready: string }
  | {
      readonly done: string;
      readonly seconds: number;
      readonly figures: Readonly<Record<string, number>>;
      readonly error: string;
    }
  /** What an audit of the last phase found; '' if all is as it should be. */
  | { readonly audit: string }
  | { readonly end: string };
