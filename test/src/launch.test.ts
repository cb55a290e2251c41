/** What `bin/launch.mjs` starts: the bundle as long as it says what the compiled modules say. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tryRun } from '../../src/lab/namespace.ts';
import { scratch } from '../support/scratch.ts';

const BIN = fileURLToPath(new URL('../../../bin/', import.meta.url));
const files = scratch('launch');
const at = (...names: string[]): string => join(files.path, ...names);
after(() => files.remove());

it('starts the bundle, unless it is missing or something was compiled after it', async () => {
  for (const folder of ['bin', 'dist/run', 'dist/src', 'dist/bgp']) mkdirSync(at(folder), { recursive: true });
  for (const name of ['launch.mjs', 'fresh.mjs', 'peregrined']) cpSync(join(BIN, name), at('bin', name));
  writeFileSync(at('package.json'), '{ "type": "module" }');
  writeFileSync(at('dist/src/main.js'), "console.log('modules', process.argv[2]);");
  writeFileSync(at('dist/run/peregrined.cjs'), "console.log('bundle', process.argv[2]);");
  for (const project of ['src', 'bgp']) writeFileSync(at('dist', project, '.tsbuildinfo'), '');
  const dates = (bundle: number, bgp: number): void => {
    utimesSync(at('dist/run/peregrined.cjs'), bundle, bundle);
    utimesSync(at('dist/src/.tsbuildinfo'), 1000, 1000);
    utimesSync(at('dist/bgp/.tsbuildinfo'), bgp, bgp);
  };
  const said = async (...flags: string[]): Promise<string> =>
    (await tryRun(process.execPath, [...flags, at('bin/peregrined'), '-x'])).stdout.trim();

  dates(1001, 1001);
  assert.equal(await said(), 'bundle -x');
  assert.equal(await said('--enable-source-maps'), 'bundle -x');
  dates(1001, 1002);
  assert.equal(await said(), 'modules -x');
  rmSync(at('dist/run'), { recursive: true });
  assert.equal(await said(), 'modules -x');
});

it('finds what V8 compiled when the programs were built', async () => {
  const look = `import('${BIN}launch.mjs').then(({ compile }) => {
    for (const name of ['peregrined', 'peregrinec']) console.log(compile(name).cachedDataRejected);
  });`;
  assert.equal((await tryRun(process.execPath, ['-e', look])).stdout, 'false\nfalse\n');
});
