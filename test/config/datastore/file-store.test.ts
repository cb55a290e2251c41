/** A folder of manifests keeps the promises of a store, and those that only a folder can be asked for. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { idText, openStore, type Store } from '../../../config/index.ts';
import { scratch } from '../../support/scratch.ts';
import { pool, type StoreHarness, storeCompliance, until } from './compliance.ts';

const home = scratch('file-store').path;
const never = new AbortController().signal;

storeCompliance('file', async (): Promise<StoreHarness> => {
  const folder = join(home, 'compliance');
  mkdirSync(folder);
  return {
    open: () => openStore(`file:${folder}`),
    stop: async () => renameSync(folder, `${folder}.away`),
    start: async () => renameSync(`${folder}.away`, folder),
    restartEmpty: async () => {
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
    },
    compact: async () => {},
    poison: async () => writeFileSync(join(folder, 'zz.yaml'), 'kind: Nonsense\n'),
    close: async () => {},
  };
});

const yaml = (name: string, more = ''): string =>
  `# kept by hand\napiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata:\n  name: ${name}\nspec:\n  cidr: 10.0.0.0/8\n${more}`;

async function names(store: Store): Promise<string[]> {
  return (await store.list(never)).items.map((item) => idText(item.id)).sort();
}

it('reads folders below, several documents in a file and JSON, but no hidden files', async () => {
  const folder = join(home, 'read');
  mkdirSync(join(folder, 'sub'), { recursive: true });
  writeFileSync(join(folder, 'a.yaml'), `${yaml('a')}---\n${yaml('b')}`);
  writeFileSync(join(folder, 'sub', 'c.json'), '{"kind":"IPPool","metadata":{"name":"c"}}');
  writeFileSync(join(folder, '.hidden.yaml'), yaml('d'));
  writeFileSync(join(folder, 'notes.txt'), yaml('e'));
  const store = await openStore(`file:${folder}`);
  assert.deepEqual(await names(store), ['IPPool/a', 'IPPool/b', 'IPPool/c']);
  await store.close();
});

it('keeps what a file held while it is broken, and takes what is whole in it', async () => {
  const folder = join(home, 'broken');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.yaml'), `${yaml('a')}---\n${yaml('b')}`);
  const store = await openStore(`file:${folder}`);
  assert.deepEqual(await names(store), ['IPPool/a', 'IPPool/b']);
  writeFileSync(join(folder, 'a.yaml'), `${yaml('a', '  disabled: true\n')}---\nkind: [IPPool\n`);
  const { items, faults } = await store.list(never);
  assert.deepEqual(items.map((item) => item.id.name).sort(), ['a', 'b']);
  assert.match(JSON.stringify(items.find((item) => item.id.name === 'a')?.value), /"disabled":true/);
  assert.equal(faults.length, 1);
  assert.match(faults[0]!.where, /a\.yaml:\d+$/);
  // Emptied a moment ago: the text is on its way.
  writeFileSync(join(folder, 'a.yaml'), '');
  assert.deepEqual(await names(store), ['IPPool/a', 'IPPool/b']);
  writeFileSync(join(folder, 'a.yaml'), yaml('b'));
  assert.deepEqual(await names(store), ['IPPool/b']);
  await store.close();
});

it('follows the swapped links of a Kubernetes volume', async () => {
  const folder = join(home, 'volume');
  mkdirSync(join(folder, '..1'), { recursive: true });
  mkdirSync(join(folder, '..2'));
  writeFileSync(join(folder, '..1', 'pool.yaml'), yaml('one'));
  writeFileSync(join(folder, '..2', 'pool.yaml'), yaml('two'));
  symlinkSync('..1', join(folder, '..data'));
  symlinkSync('..data/pool.yaml', join(folder, 'pool.yaml'));
  const store = await openStore(`file:${folder}`);
  const { cursor, items } = await store.list(never);
  assert.deepEqual(
    items.map((item) => item.id.name),
    ['one'],
  );
  const seen: string[] = [];
  const abort = new AbortController();
  const watching = store.watch(
    cursor,
    ({ changes }) => seen.push(...changes.map((change) => change.type)),
    abort.signal,
  );
  symlinkSync('..2', join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  await until('swapped', () => seen.length === 2);
  assert.deepEqual(await names(store), ['IPPool/two']);
  abort.abort();
  await watching;
  await store.close();
});

it('writes a resource where it is, leaves its neighbours, and never writes over a broken file', async () => {
  const folder = join(home, 'write');
  mkdirSync(folder);
  writeFileSync(join(folder, 'all.yaml'), `${yaml('a')}---\n${yaml('b')}`);
  const store = await openStore(`file:${folder}`);
  await store.put(...pool('b', { disabled: true }), 'any');
  assert.deepEqual(readdirSync(folder), ['all.yaml']);
  assert.match(readFileSync(join(folder, 'all.yaml'), 'utf8'), /name: a[\s\S]*---[\s\S]*disabled: true/);
  await store.delete(pool('a')[0], 'any');
  assert.deepEqual(await names(store), ['IPPool/b']);
  await store.put(...pool('c'), 'absent');
  assert.deepEqual(readdirSync(folder).sort(), ['all.yaml', 'ippool.c.yaml']);
  await store.delete(pool('c')[0], 'any');
  assert.deepEqual(readdirSync(folder), ['all.yaml']);
  const broken = `${yaml('b')}---\nkind: [\n`;
  writeFileSync(join(folder, 'all.yaml'), broken);
  await assert.rejects(store.put(...pool('b'), 'any'), /not written over/);
  assert.equal(readFileSync(join(folder, 'all.yaml'), 'utf8'), broken);
  await store.close();
});
