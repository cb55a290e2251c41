/** One of the two daemons of a Calico node, run as its scripts run it, with the files of a described node. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LabNode, type LabProcess, type RunResult, until } from '../../../src/lab/namespace.ts';
import { COMPAT } from '../programs.ts';
import { scratch } from '../scratch.ts';
import { type CalicoFiles, type CalicoNode, renderCalico } from './render.ts';

export class CalicoDaemon {
  readonly node: LabNode;
  readonly program: 'bird' | 'bird6';
  readonly #folder;
  #process: LabProcess | undefined;
  #pastLog = '';

  constructor(node: LabNode, description: CalicoNode) {
    this.node = node;
    this.program = description.version === 4 ? 'bird' : 'bird6';
    this.#folder = scratch(`calico-${node.namespace}`);
    this.write(renderCalico(description));
  }

  get socket(): string {
    return join(this.#folder.path, `${this.program}.ctl`);
  }
  get config(): string {
    return join(this.#folder.path, `${this.program}.cfg`);
  }
  get pid(): number {
    return this.#process?.pid ?? 0;
  }
  /** What it has said since the first start. */
  get log(): string {
    return this.#pastLog + (this.#process?.output ?? '');
  }

  write(files: CalicoFiles): void {
    for (const [name, text] of files) writeFileSync(join(this.#folder.path, name), text);
  }

  /** Starts it, with -R as always, and waits for its socket. */
  async start(): Promise<void> {
    this.#pastLog = this.log;
    const flags = ['-R', '-s', this.socket, '-d', '-c', this.config];
    const started = this.node.start(this.program, join(COMPAT, this.program), flags);
    this.#process = started;
    await until(`${this.program} answers`, async () => {
      if (started.exited) throw new Error(`${this.program} ended: ${started.output}`);
      return (await this.birdcl('show', 'status')).status === 0;
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    return (await this.#process?.stop(signal)) ?? 0;
  }

  /** What confd does after it has written a file; waits until the daemon has judged the files. */
  async reload(verdict: RegExp): Promise<void> {
    const before = this.log.length;
    this.#process?.child.kill('SIGHUP');
    await until(`${this.program} says ${verdict}`, () => verdict.test(this.log.slice(before)));
  }

  /** New files, taken over. */
  async become(description: CalicoNode): Promise<void> {
    this.write(renderCalico(description));
    await this.reload(/bird: Reconfigured\n/);
  }

  birdcl(...words: string[]): Promise<RunResult> {
    const client = this.program === 'bird' ? 'birdcl' : 'birdcl6';
    return this.node.tryRun(join(COMPAT, client), ['-s', this.socket, ...words], undefined, 10_000);
  }

  /** The line of `show protocols` for one. */
  async protocol(name: string): Promise<string> {
    const { stdout } = await this.birdcl('show', 'protocols');
    return stdout.split('\n').find((line) => line.startsWith(`${name} `)) ?? '';
  }

  async established(name: string): Promise<boolean> {
    return / Established\s*$/.test(await this.protocol(name));
  }

  /** What it has in the kernel: lines of `ip route`, sorted, without the words that say so. */
  async routes(): Promise<string[]> {
    const version = this.program === 'bird' ? '-4' : '-6';
    const text = await this.node.ip(`${version} route show table main proto bird`);
    // A route with several next hops has a line for each.
    const lines = text.replace(/\s*\n\tnexthop/g, ' nexthop').split('\n');
    return lines
      .map((line) => line.replace(/\s+/g, ' ').trim())
      .filter((line) => line !== '')
      .sort();
  }

  remove(): void {
    this.#folder.remove();
  }
}
