/** Resources are shown, written, removed and checked from the command line, with every mistake named by its place. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { runDatastore } from '../../../src/cli/datastore.ts';
import { tryRun } from '../../../src/lab/namespace.ts';
import { CLIENT } from '../../support/programs.ts';
import { scratch } from '../../support/scratch.ts';

const home = scratch('datastore-cli').path;
let count = 0;

/** A store of its own, and files beside it. */
class Shop {
  readonly folder = join(home, `store-${count++}`);
  constructor() {
    mkdirSync(this.folder);
  }
  file(text: string): string {
    const path = join(home, `manifest-${count++}.yaml`);
    writeFileSync(path, text);
    return path;
  }
  async run(...args: string[]): Promise<{ status: number; out: string; error: string }> {
    return this.with('', ...args);
  }
  async with(stdin: string, ...args: string[]): Promise<{ status: number; out: string; error: string }> {
    const out: string[] = [];
    const error: string[] = [];
    const status = await runDatastore(args, {
      environment: { PEREGRINE_DATASTORE: `file:${this.folder}` },
      out: (text) => out.push(text),
      error: (text) => error.push(text),
      stdin: () => stdin,
    });
    return { status, out: out.join('\n'), error: error.join('\n') };
  }
}

const POOL =
  'apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: { name: a, resourceVersion: "7", uid: x }\nspec: { cidr: 10.0.0.0/8 }\n';
const PEER = 'kind: BGPPeer\nmetadata: { name: tor }\nspec: { peerIP: 192.0.2.1, asNumber: 65001 }\n';
const SECRET = 'apiVersion: v1\nkind: Secret\nmetadata: { name: s, namespace: kube-system }\nstringData: { k: v }\n';

it('applies, shows, changes and removes', async () => {
  const shop = new Shop();
  const file = shop.file(`${POOL}---\n${PEER}---\n${SECRET}`);
  assert.deepEqual(await shop.run('apply', '-f', file), {
    status: 0,
    out: 'IPPool/a created\nBGPPeer/tor created\nSecret/kube-system/s created',
    error: '',
  });
  assert.equal(
    (await shop.run('apply', '-f', file)).out,
    'IPPool/a unchanged\nBGPPeer/tor unchanged\nSecret/kube-system/s unchanged',
  );
  assert.equal((await shop.run('get', 'all')).out, 'BGPPeer/tor\nIPPool/a\nSecret/kube-system/s');
  assert.equal((await shop.run('get', 'ippools')).out, 'IPPool/a');
  assert.equal((await shop.run('get', 'secrets', '-n', 'default')).out, '');
  const json = JSON.parse((await shop.run('get', 'ippool', 'a', '-o', 'json')).out) as Record<string, unknown>;
  assert.deepEqual(json['metadata'], { name: 'a' });
  assert.equal(
    (await shop.with(POOL.replace('10.0.0.0/8', '10.1.0.0/16'), 'apply', '-f', '-')).out,
    'IPPool/a configured',
  );
  assert.match((await shop.run('get', 'IPPool', 'a', '-o', 'yaml')).out, /cidr: 10\.1\.0\.0\/16/);
  assert.equal((await shop.run('delete', 'bgppeer', 'tor')).out, 'BGPPeer/tor deleted');
  assert.equal(
    (await shop.run('delete', '-f', file)).out,
    'IPPool/a deleted\nBGPPeer/tor was not there\nSecret/kube-system/s deleted',
  );
  assert.equal((await shop.run('get', 'all')).out, '');
});

it('says what it would do and does nothing', async () => {
  const shop = new Shop();
  const file = shop.file(`${POOL}---\n${PEER}`);
  assert.equal(
    (await shop.run('apply', '--dry-run', '-f', file)).out,
    'IPPool/a created (not done)\nBGPPeer/tor created (not done)',
  );
  assert.deepEqual(readdirSync(shop.folder), []);
  await shop.run('apply', '-f', file);
  assert.equal((await shop.run('delete', 'ippool', 'a', '--dry-run')).out, 'IPPool/a deleted (not done)');
  assert.equal((await shop.run('get', 'ippools')).out, 'IPPool/a');
});

it('does nothing at all when one of them is wrong, and names every mistake', async () => {
  const shop = new Shop();
  const file = shop.file(
    `${POOL}---\nkind: BGPPeer\nmetadata: { name: Bad }\n---\n${PEER.replace('192.0.2.1', '192.0.2').replace('asNumber', 'asnumber')}---\nkind: [\n`,
  );
  const { status, out, error } = await shop.run('apply', '-f', file);
  assert.equal(status, 1);
  assert.equal(out, '');
  assert.deepEqual(readdirSync(shop.folder), []);
  const lines = error.replaceAll(file, 'F').split('\n');
  assert.match(lines[0]!, /^F:1[1-4]: /);
  assert.deepEqual(lines.slice(1).sort(), [
    "F:6: metadata.name: must be made of lower-case letters, digits, '-' and '.'",
    'F:9: BGPPeer/tor: spec.asnumber: unknown field (warning)',
    'F:9: BGPPeer/tor: spec.peerIP: "192.0.2" is not an address, address:port or [address]:port',
    'Nothing is done.',
  ]);
  const twice = await shop.run('validate', '-f', shop.file(`${POOL}---\n${POOL}`));
  assert.equal(twice.status, 1);
  assert.match(twice.error, /IPPool\/a is in .*:1 already/);
});

it('validates without a store', async () => {
  const shop = new Shop();
  const good = await shop.run('validate', '-f', shop.file(`${POOL}---\n${PEER}`));
  assert.equal(good.status, 0);
  assert.match(good.out, /^IPPool\/a is valid \(.*:1\)\nBGPPeer\/tor is valid \(.*:6\)$/);
  assert.equal((await shop.run('validate')).status, 1);
  assert.match((await shop.run('validate', '-f', '/nowhere')).error, /^\/nowhere: ENOENT/);
});

it('exports what another store can take', async () => {
  const [one, two] = [new Shop(), new Shop()];
  await one.run('apply', '-f', one.file(`${POOL}---\n${PEER}---\n${SECRET}`));
  const path = join(home, 'export.yaml');
  assert.equal((await one.run('export', '-f', path)).out, `3 resources written to ${path}`);
  assert.equal(
    (await two.run('apply', '-f', path)).out,
    'BGPPeer/tor created\nIPPool/a created\nSecret/kube-system/s created',
  );
  assert.equal((await two.run('export')).out, readFileSync(path, 'utf8').replace(/\n$/, ''));
  assert.match((await two.run('export', '-o', 'json')).out, /"kind": "List"/);
});

it('leaves what a node reported where it is, and brings none', async () => {
  const shop = new Shop();
  const wish = (period: number): string =>
    `kind: CalicoNodeStatus\nmetadata: { name: s }\nspec: { node: a, classes: [BGP], updatePeriodSeconds: ${period} }\n`;
  const report = 'status: { lastUpdated: then }\n';
  assert.equal((await shop.run('apply', '-f', shop.file(`${wish(10)}${report}`))).out, 'CalicoNodeStatus/s created');
  const path = join(shop.folder, readdirSync(shop.folder).find((name) => name.endsWith('.yaml'))!);
  assert.doesNotMatch(readFileSync(path, 'utf8'), /lastUpdated/);
  writeFileSync(path, `${wish(10)}${report}`);
  assert.equal((await shop.run('apply', '-f', shop.file(wish(10)))).out, 'CalicoNodeStatus/s unchanged');
  assert.equal((await shop.run('apply', '-f', shop.file(wish(20)))).out, 'CalicoNodeStatus/s configured');
  assert.match(
    (await shop.run('get', 'caliconodestatuses', 's', '-o', 'yaml')).out,
    /Seconds: 20[\s\S]*lastUpdated: then/,
  );
});

it('complains of what it cannot do', async () => {
  const shop = new Shop();
  for (const [args, pattern] of [
    [['get', 'pods'], /^There is no kind "pods": there are nodes,/],
    [['get', 'ippools', 'none'], /^There is no IPPool\/none$/],
    [['delete', 'ippools', 'none'], /^There is no IPPool\/none$/],
    [['delete', 'ippools'], /^Which ippools\?/],
    [['delete'], /^Say a kind and a name/],
    [['get', 'all', '--datastore', 'mysql://x'], /^a datastore begins with/],
    [['get', 'all', '--datastore', 'file:/nowhere/at/all'], /^\/nowhere\/at\/all: ENOENT/],
    [['apply'], /required option '-f, --filename/],
    [['fetch'], /unknown command 'fetch'/],
  ] as const) {
    const { status, error } = await shop.run(...args);
    assert.notEqual(status, 0, args.join(' '));
    assert.match(error, pattern);
  }
  const status = await runDatastore(['get', 'all'], {
    environment: {},
    out: () => {},
    error: () => {},
    stdin: () => '',
  });
  assert.equal(status, 1);
});

it('the program loads what it needs of each store', async () => {
  const shop = new Shop();
  const program = (...args: string[]) => tryRun(process.execPath, [CLIENT, 'datastore', ...args]);
  const at = ['--datastore', `file:${shop.folder}`];
  assert.equal((await program('apply', '-f', shop.file(POOL), ...at)).status, 0);
  assert.equal((await program('get', 'all', ...at)).stdout, 'IPPool/a\n');
  // Nobody listens on port 1.
  for (const url of ['redis://127.0.0.1:1', 'etcd://127.0.0.1:1', `kubernetes:${join(home, 'missing')}`]) {
    const { status, stderr } = await program('get', 'all', '--datastore', url);
    assert.equal(status, 1, `${url}: ${stderr}`);
    assert.match(stderr, /\S/, url);
  }
});
