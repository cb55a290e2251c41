/**
 * Hosts on one machine: network namespaces, wires between them, programs inside them. The demonstration lab and the
 * tests against real daemons stand on it. Everything made here has a unique name and is taken away by `destroy`, and
 * only processes that were started here are ended, by their process id. What is left when this process ends goes with it.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

export interface RunResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that came back with a status other than 0. */
export class CommandFailed extends Error {
  readonly result: RunResult;
  constructor(command: string, result: RunResult) {
    super(`${command}: status ${result.status}: ${result.stderr.trim() || result.stdout.trim()}`);
    this.name = 'CommandFailed';
    this.result = result;
  }
}

/** Runs a program and collects what it says. Never throws for a status; `input` is written to its standard input. */
export function tryRun(
  command: string,
  args: readonly string[],
  input?: string,
  timeoutMs = 30_000,
): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = execFile(
      command,
      args,
      { maxBuffer: 1 << 30, timeout: timeoutMs, encoding: 'utf8' },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
        resolve({ status: code, stdout, stderr: stderr === '' && error !== null ? error.message : stderr });
      },
    );
    if (input !== undefined) child.stdin?.end(input);
  });
}

/** As `tryRun`, but throws `CommandFailed` where the status is not 0; gives the standard output. */
export async function run(command: string, args: readonly string[], input?: string): Promise<string> {
  const result = await tryRun(command, args, input);
  if (result.status !== 0) throw new CommandFailed(`${command} ${args.join(' ')}`, result);
  return result.stdout;
}

/** Polls until `condition` gives something other than undefined or false; throws with `what` after `timeoutMs`. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 20_000,
  stepMs = 50,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await delay(stepMs);
  }
}

/** A program that runs inside a namespace until it is stopped. */
export class LabProcess {
  readonly name: string;
  readonly child: ChildProcess;
  readonly #keep: number;
  readonly ended: Promise<number>;
  #output = '';
  exited = false;

  constructor(name: string, child: ChildProcess, keep = 200_000) {
    this.name = name;
    this.child = child;
    this.#keep = keep;
    const collect = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString('utf8')).slice(-this.#keep);
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    this.ended = new Promise((resolve) => {
      child.on('error', (error) => {
        this.#output += `\n${error.message}`;
        this.exited = true;
        resolve(127);
      });
      child.on('exit', (code, signal) => {
        this.exited = true;
        resolve(code ?? (signal === null ? 1 : 128));
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The last of what it said. */
  get output(): string {
    return this.#output;
  }

  /** Sends a signal and waits for the end; SIGKILL after `patienceMs`. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', patienceMs = 5_000): Promise<number> {
    if (this.exited) return this.ended;
    this.child.kill(signal);
    const late = setTimeout(() => this.child.kill('SIGKILL'), patienceMs);
    const code = await this.ended;
    clearTimeout(late);
    return code;
  }
}

/** One host. */
export class LabNode {
  readonly lab: Lab;
  readonly name: string;
  /** Name of the network namespace. */
  readonly namespace: string;

  constructor(lab: Lab, name: string, namespace: string) {
    this.lab = lab;
    this.name = name;
    this.namespace = namespace;
  }

  /** Runs a program here to its end. */
  run(command: string, args: readonly string[], input?: string): Promise<string> {
    return run('ip', ['netns', 'exec', this.namespace, command, ...args], input);
  }

  tryRun(command: string, args: readonly string[], input?: string, timeoutMs?: number): Promise<RunResult> {
    return tryRun('ip', ['netns', 'exec', this.namespace, command, ...args], input, timeoutMs);
  }

  /** `ip` inside this namespace, words separated by blanks. */
  ip(words: string): Promise<string> {
    return run('ip', ['-n', this.namespace, ...words.split(' ')]);
  }

  sysctl(key: string, value: string): Promise<string> {
    return this.run('sh', ['-c', `echo ${value} > /proc/sys/${key.replaceAll('.', '/')}`]);
  }

  /** Starts a program that stays. */
  start(name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): LabProcess {
    const child = spawn('ip', ['netns', 'exec', this.namespace, command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const started = new LabProcess(`${this.name}:${name}`, child);
    this.lab.processes.push(started);
    return started;
  }

  /** Adds addresses (`10.0.0.1/24`) to an interface, without duplicate address detection, and sets it up. */
  async address(interfaceName: string, ...addresses: string[]): Promise<void> {
    for (const address of addresses) {
      await this.ip(`addr add ${address} dev ${interfaceName}${address.includes(':') ? ' nodad' : ''}`);
    }
    await this.ip(`link set ${interfaceName} up`);
  }
}

let counter = 0;
const labs = new Set<Lab>();
process.once('exit', () => {
  for (const lab of labs) lab.abandon();
});

export class Lab {
  readonly #tag: string;
  readonly nodes: LabNode[] = [];
  readonly processes: LabProcess[] = [];

  /** @param tag start of every namespace's name; the process id and a number follow. */
  constructor(tag = 'pg') {
    this.#tag = `${tag}${process.pid}-${++counter}`;
    labs.add(this);
  }

  /** A new host with loopback up, forwarding on, and IPv6 addresses usable at once. */
  async node(name: string): Promise<LabNode> {
    const node = new LabNode(this, name, `${this.#tag}-${name}`);
    await run('ip', ['netns', 'add', node.namespace]);
    this.nodes.push(node);
    await node.ip('link set lo up');
    await node.run('sh', [
      '-c',
      'cd /proc/sys/net; echo 1 > ipv4/ip_forward; echo 1 > ipv6/conf/all/forwarding; ' +
        'for d in all default; do echo 0 > ipv6/conf/$d/accept_dad; echo 1 > ipv6/conf/$d/keep_addr_on_down; ' +
        'echo 0 > ipv4/conf/$d/rp_filter; done',
    ]);
    return node;
  }

  /** A cable between two hosts. */
  async wire(a: LabNode, interfaceA: string, b: LabNode, interfaceB: string): Promise<void> {
    await run('ip', [
      ...['link', 'add', interfaceA, 'netns', a.namespace, 'type', 'veth'],
      ...['peer', 'name', interfaceB, 'netns', b.namespace],
    ]);
    await a.ip(`link set ${interfaceA} up`);
    await b.ip(`link set ${interfaceB} up`);
  }

  /** A switch: hosts plugged into it share a segment. */
  async bridge(name: string): Promise<LabNode> {
    const node = await this.node(name);
    await node.ip('link add br0 type bridge');
    await node.ip('link set br0 up');
    return node;
  }

  /** Plugs a host's interface into a switch made by `bridge`. */
  async plug(bridge: LabNode, node: LabNode, interfaceName: string): Promise<void> {
    const port = `p-${node.name}`.slice(0, 15);
    await this.wire(node, interfaceName, bridge, port);
    await bridge.ip(`link set ${port} master br0`);
  }

  /** Ends every program that was started here and removes the namespaces. */
  async destroy(): Promise<void> {
    await Promise.all(this.processes.splice(0).map((started) => started.stop('SIGTERM', 3_000)));
    await Promise.all(this.nodes.splice(0).map((node) => tryRun('ip', ['netns', 'del', node.namespace])));
  }

  /** As `destroy`, at once and without a word: nobody is left to wait for it. */
  abandon(): void {
    for (const { child, exited } of this.processes.splice(0)) if (!exited) child.kill('SIGKILL');
    for (const { namespace } of this.nodes.splice(0)) spawnSync('ip', ['netns', 'del', namespace], { stdio: 'ignore' });
  }
}
