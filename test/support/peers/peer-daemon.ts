/**
 * What the daemons of other projects have in common as peers: a folder for their files, a process in the namespace, and
 * a client program whose answer says that they are there. The rest (configuration, questions) is each one's own.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LabProcess, type RunResult, until } from '../../../src/lab/namespace.ts';
import { scratch } from '../scratch.ts';
import { firstOfEach, type LearntRoute, type NeighborSetup, type PeerSetup, type RealPeer } from './peer.ts';

export abstract class PeerDaemon implements RealPeer {
  abstract readonly kind: string;
  readonly setup: PeerSetup;
  /** Where its files are; it goes with the process of the test. */
  protected readonly folder: string;
  #process: LabProcess | undefined;

  constructor(setup: PeerSetup, tag: string) {
    this.setup = setup;
    this.folder = scratch(tag).path;
  }

  abstract start(): Promise<void>;
  abstract established(neighbor: string): Promise<boolean>;
  abstract paths(neighbor: string): Promise<LearntRoute[]>;
  abstract knows(prefix: string): Promise<boolean>;
  abstract refresh(neighbor: string): Promise<void>;

  get log(): string {
    return this.#process?.output ?? '';
  }

  get alive(): boolean {
    return this.#process !== undefined && !this.#process.exited;
  }

  /** Process id of what was started last; 0 before that. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async learnt(neighbor: string): Promise<Map<string, LearntRoute>> {
    return firstOfEach(await this.paths(neighbor));
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#process?.stop(signal);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.child.kill(signal);
  }

  /** It ran before: this start is a restart. */
  protected get isRestart(): boolean {
    return this.#process !== undefined;
  }

  protected get restartsGracefully(): boolean {
    return this.setup.neighbors.some((neighbor) => neighbor.gracefulRestart === true);
  }

  /** Writes a file of its folder; gives the path. */
  protected write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Starts the program, and waits until `answers` says that it is there. */
  protected async launch(
    program: string,
    args: readonly string[],
    answers?: () => Promise<RunResult>,
    env?: NodeJS.ProcessEnv,
  ): Promise<void> {
    const started = this.setup.node.start(this.kind, program, args, env);
    this.#process = started;
    if (answers === undefined) return;
    await until(`${this.kind} answers`, async () => {
      if (started.exited) throw new Error(`${this.kind} ended: ${started.output}`);
      return (await answers()).status === 0;
    });
  }

  protected neighbor(address: string): NeighborSetup {
    const found = this.setup.neighbors.find((neighbor) => neighbor.address === address);
    if (found === undefined) throw new Error(`${this.kind} has no neighbour ${address}`);
    return found;
  }
}
