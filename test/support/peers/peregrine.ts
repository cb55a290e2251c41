/**
 * The daemon under test. `PEREGRINE_DAEMON` names another program with BIRD's flags and configuration language to run
 * in its place: with `bird` there, a test that fails is a test that asks too much.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LabNode, type LabProcess, type RunResult, until } from '../../../src/lab/namespace.ts';
import { CLIENT, DAEMON } from '../programs.ts';
import { scratch } from '../scratch.ts';

export class Peregrine {
  readonly node: LabNode;
  readonly #folder = scratch('daemon');
  readonly #program: string | undefined;
  #config: string;
  #process: LabProcess | undefined;

  /** @param program as PEREGRINE_DAEMON, for this one alone */
  constructor(node: LabNode, config: string, program = process.env['PEREGRINE_DAEMON']) {
    this.node = node;
    this.#config = config;
    this.#program = program;
  }

  get socket(): string {
    return join(this.#folder.path, 'peregrine.ctl');
  }
  get configFile(): string {
    return join(this.#folder.path, 'peregrine.conf');
  }
  get folder(): string {
    return this.#folder.path;
  }
  get pid(): number {
    return this.#process?.pid ?? 0;
  }
  get log(): string {
    return this.#process?.output ?? '';
  }
  get alive(): boolean {
    return this.#process !== undefined && !this.#process.exited;
  }

  /** Starts it and waits until the control socket answers. */
  async start(...flags: string[]): Promise<void> {
    this.writeConfig(this.#config);
    const other = this.#program;
    const words = ['-f', '-c', this.configFile, '-s', this.socket, ...flags];
    this.#process =
      other === undefined
        ? this.node.start('peregrined', process.execPath, ['--enable-source-maps', DAEMON, ...words])
        : this.node.start(other, other, words);
    const started = this.#process;
    await until('the control socket answers', async () => {
      if (started.exited) throw new Error(`the daemon ended: ${started.output}`);
      return (await this.tryBirdc('show', 'status')).status === 0;
    });
  }

  writeConfig(text: string): void {
    this.#config = text;
    writeFileSync(this.configFile, text);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    return (await this.#process?.stop(signal)) ?? 0;
  }

  /** Takes its files away. */
  remove(): void {
    this.#folder.remove();
  }

  /** Debian's birdc against our socket. */
  birdc(...words: string[]): Promise<string> {
    return this.node.run('birdc', ['-s', this.socket, ...words]);
  }

  tryBirdc(...words: string[]): Promise<RunResult> {
    return this.node.tryRun('birdc', ['-s', this.socket, ...words], undefined, 10_000);
  }

  /** Our own client. */
  client(...words: string[]): Promise<RunResult> {
    return this.node.tryRun(process.execPath, [CLIENT, '-s', this.socket, ...words]);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.child.kill(signal);
  }

  async established(protocol: string): Promise<boolean> {
    return /Established/.test(await this.birdc('show', 'protocols', protocol));
  }

  /** Routes in this host's kernel that carry protocol 12, as prefix -> the line of `ip route`. */
  async kernelRoutes(version: 4 | 6): Promise<Map<string, string>> {
    return kernelRoutes(this.node, version, 'proto bird');
  }
}

/** Types of routes (linux/rtnetlink.h). */
const TYPES: Readonly<Record<string, string>> = { '6': 'blackhole', '7': 'unreachable', '8': 'prohibit' };

/** `ip route` of a host as prefix -> whole line; continuation lines of multipath routes are joined. */
export async function kernelRoutes(node: LabNode, version: 4 | 6, selector: string): Promise<Map<string, string>> {
  const text = await node.ip(`-${version} -N route show table all ${selector}`.replace('proto bird', 'proto 12'));
  const routes = new Map<string, string>();
  let prefix = '';
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (/^\s/.test(line)) {
      routes.set(prefix, `${routes.get(prefix) ?? ''} ${line.trim()}`);
      continue;
    }
    // Numbers are asked for; those of types are words all the same.
    const typed = line.trim().replace(/^[678] /, (number) => `${TYPES[number.trim()]} `);
    const words = typed.split(/\s+/);
    const first = /^(blackhole|unreachable|prohibit)$/.test(words[0]!) ? words[1]! : words[0]!;
    prefix = first === 'default' ? (version === 4 ? '0.0.0.0/0' : '::/0') : first;
    if (!prefix.includes('/')) prefix += version === 4 ? '/32' : '/128';
    routes.set(prefix, typed);
  }
  return routes;
}
