/**
 * A cluster in namespaces that is nothing but manifests: nodes on one segment, each a real daemon that follows a folder,
 * and routers beside them with a configuration of their own. What a scene expects is waited for.
 */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lab, type LabNode, until } from '../../../src/lab/namespace.ts';
import { kernelRoutes, Peregrine } from '../../support/peers/peregrine.ts';
import { scratch } from '../../support/scratch.ts';

export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [more: string]: unknown };
  readonly [more: string]: unknown;
}

export interface Scene {
  readonly about: string;
  readonly resources: readonly Manifest[];
  /** Nodes by number: `node-1` has the addresses 172.31.0.1 and fd00:31::1. */
  readonly nodes: readonly number[];
  /** Statements of every node's `protocol calico`; FOLDER is one that all of them see. */
  readonly options?: string;
  /** Routers on the segment: name, addresses, configuration. Without an address it is wired by `prepare`. */
  readonly routers?: readonly {
    readonly name: string;
    readonly addresses: readonly string[];
    readonly config: string;
  }[];
  /** Wires and devices, before the daemons start. */
  prepare?(stage: Stage): Promise<void>;
  check(stage: Stage): Promise<void>;
}

const PATIENCE_MS = 40_000;

export class Stage {
  readonly lab = new Lab('pgs');
  readonly #folder = scratch('scene');
  readonly #daemons = new Map<string, Peregrine>();
  readonly #store: string;
  #writes = 0;

  constructor() {
    this.#store = join(this.#folder.path, 'store');
    mkdirSync(this.#store);
  }

  async open(scene: Scene): Promise<void> {
    this.apply(...scene.resources);
    const segment = await this.lab.bridge('segment');
    const plugged = async (name: string, addresses: readonly string[]): Promise<LabNode> => {
      const node = await this.lab.node(name);
      await this.lab.plug(segment, node, 'eth0');
      await node.address('eth0', ...addresses);
      return node;
    };
    for (const number of scene.nodes)
      await plugged(`node-${number}`, [`172.31.0.${number}/24`, `fd00:31::${number}/64`]);
    for (const { name, addresses } of scene.routers ?? []) {
      if (addresses.length > 0) await plugged(name, addresses);
      else await this.lab.node(name);
    }
    await scene.prepare?.(this);
    const starts: Promise<void>[] = [];
    const start = (name: string, config: string): void => {
      const daemon = new Peregrine(this.node(name), config);
      this.#daemons.set(name, daemon);
      starts.push(daemon.start());
    };
    for (const { name, config } of scene.routers ?? []) start(name, config);
    for (const number of scene.nodes) {
      start(
        `node-${number}`,
        `log stderr all; protocol device { scan time 2; }
protocol calico { node "node-${number}"; datastore "file:${this.#store}"; ${(scene.options ?? '').replace('FOLDER', this.folder)} }`,
      );
    }
    await Promise.all(starts);
  }

  async close(): Promise<void> {
    for (const daemon of this.#daemons.values()) {
      await daemon.stop();
      daemon.remove();
    }
    await this.lab.destroy();
    this.#folder.remove();
  }

  /** Beside the store. */
  get folder(): string {
    return this.#folder.path;
  }

  node(name: string): LabNode {
    const found = this.lab.nodes.find((node) => node.name === name);
    assert.ok(found !== undefined, name);
    return found;
  }

  daemon(name: string): Peregrine {
    const found = this.#daemons.get(name);
    assert.ok(found !== undefined, name);
    return found;
  }

  /** Everything that the daemons said, for a scene that failed. */
  get log(): string {
    return [...this.#daemons].map(([name, daemon]) => `--- ${name}\n${daemon.log.slice(-3000)}`).join('\n');
  }

  // ------------------------------------------------------------------------------------------------- the datastore

  #path({ kind, metadata }: Manifest): string {
    return join(this.#store, `${kind}-${metadata.name}.json`);
  }

  apply(...resources: readonly Manifest[]): void {
    for (const resource of resources) {
      const temporary = join(this.#store, `.${this.#writes++}`);
      writeFileSync(temporary, JSON.stringify(resource));
      renameSync(temporary, this.#path(resource));
    }
  }

  remove(...resources: readonly Manifest[]): void {
    for (const resource of resources) rmSync(this.#path(resource));
  }

  pathOf(kind: string, name: string): string {
    return this.#path({ kind, metadata: { name } });
  }

  // ------------------------------------------------------------------------------------------------- what is waited for

  /** Waits until the node has these sessions, all of them established, and no other. */
  async sessions(name: string, ...wanted: readonly string[]): Promise<void> {
    let rows: string[][] = [];
    await this.#until(
      `sessions of ${name}: ${wanted.join(' ')}`,
      async () => {
        const text = await this.daemon(name).birdc('show', 'protocols');
        rows = text
          .split('\n')
          .map((line) => line.split(/\s+/))
          .filter((words) => words[1] === 'BGP');
        const names = rows.map(([first]) => first).sort();
        return names.join() === [...wanted].sort().join() && rows.every((words) => words.includes('Established'));
      },
      () => rows.map((words) => words.join(' ')).join('\n'),
    );
  }

  /** Waits until the kernel has a route of ours with these words in its line. */
  async kernel(name: string, prefix: string, pattern: RegExp): Promise<void> {
    let line = '';
    await this.#until(
      `${prefix} in the kernel of ${name}: ${pattern}`,
      async () => {
        const routes = await kernelRoutes(this.node(name), prefix.includes(':') ? 6 : 4, 'proto bird');
        line = routes.get(prefix) ?? `not among ${[...routes.keys()].join(' ')}`;
        return pattern.test(line);
      },
      () => line,
    );
  }

  /** Asserts that the kernel has no route of ours to these prefixes; what is waited for first says when to look. */
  async notInKernel(name: string, ...prefixes: readonly string[]): Promise<void> {
    for (const prefix of prefixes) {
      const routes = await kernelRoutes(this.node(name), prefix.includes(':') ? 6 : 4, 'proto bird');
      assert.equal(routes.get(prefix), undefined, `${prefix} in the kernel of ${name}`);
    }
  }

  /** Waits until `show route PREFIX all` of a daemon matches. */
  async route(name: string, prefix: string, pattern: RegExp): Promise<string> {
    let text = '';
    await this.#until(
      `${prefix} on ${name}: ${pattern}`,
      async () => {
        const { stdout } = await this.daemon(name).tryBirdc('show', 'route', prefix, 'all');
        text = stdout;
        return pattern.test(stdout);
      },
      () => text,
    );
    return text;
  }

  /** Asserts that a daemon knows nothing of these prefixes. */
  async noRoute(name: string, ...prefixes: readonly string[]): Promise<void> {
    for (const prefix of prefixes) {
      const { stdout } = await this.daemon(name).tryBirdc('show', 'route', prefix);
      assert.match(stdout, /Network not found/, `${prefix} on ${name}`);
    }
  }

  /** Waits until a condition holds. */
  async becomes(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await this.#until(what, condition, () => '');
  }

  async #until(what: string, condition: () => boolean | Promise<boolean>, last: () => string): Promise<void> {
    try {
      await until(what, condition, PATIENCE_MS, 100);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${last()}\n${this.log}`);
    }
  }
}
