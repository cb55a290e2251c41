/** A cluster in a folder, for a daemon in the test process to follow. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { scratch } from '../../support/scratch.ts';
import { WholeDaemon } from '../view/whole-daemon.ts';

const home = scratch('cluster').path;
export const PORT = 20_000 + (process.pid % 10_000);

/** A cluster in a folder of its own. */
export class Cluster {
  readonly folder: string;
  #files = 0;
  constructor(name: string) {
    this.folder = join(home, name);
    mkdirSync(this.folder);
    this.put('BGPConfiguration', 'default', { listenPort: PORT, bindMode: 'NodeIP' });
    this.put('IPPool', 'pool', { cidr: '10.65.0.0/16' });
  }
  get text(): string {
    return `protocol device { } protocol calico { node "node-1"; datastore "file:${this.folder}"; }`;
  }
  put(kind: string, name: string, spec: object, more: object = {}): void {
    const value = JSON.stringify({
      kind,
      metadata: { name, ...(kind === 'Secret' ? { namespace: 'kube-system' } : {}) },
      spec,
      ...more,
    });
    const temporary = join(this.folder, `.${this.#files++}`);
    writeFileSync(temporary, value);
    renameSync(temporary, join(this.folder, `${kind}-${name}.json`));
  }
  node(number: number, more: object = {}): void {
    this.put('Node', `node-${number}`, { bgp: { ipv4Address: `127.0.1.${number}/24`, ...more } });
  }
  remove(kind: string, name: string): void {
    rmSync(join(this.folder, `${kind}-${name}.json`));
  }
}

export function names(whole: WholeDaemon): string[] {
  return whole.daemon.protocols.map((protocol) => protocol.name).filter((name) => !/^(device|calico)1$/.test(name));
}

export async function until(what: string, condition: () => boolean, whole?: WholeDaemon): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > end)
      assert.fail(`${what}\n${whole === undefined ? '' : `${names(whole).join(' ')}\n${whole.logged.join('\n')}`}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function has(whole: WholeDaemon, name: string): boolean {
  return whole.daemon.protocol(name) !== undefined;
}

/** The very objects: a protocol that was restarted is another one. */
export function identities(whole: WholeDaemon): Map<string, unknown> {
  return new Map(whole.daemon.protocols.map((protocol) => [protocol.name, protocol]));
}

export async function start(t: TestContext, cluster: Cluster): Promise<WholeDaemon> {
  const whole = await WholeDaemon.start(t, cluster.text, '10.0.0.1');
  await until('up', () => whole.daemon.protocol('calico1')?.state === 'up', whole);
  return whole;
}
