// Makes dist/run: each program in one file beside what it loads on demand. A start reads that instead of 450 modules,
// and what the modules share are constants of one scope, which the compiler folds. Native packages and the clients of
// datastores stay where npm put them. Nothing is done if nothing was compiled since the last time.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { keepCode } from './code.mjs';
import { bundleFolder, isFresh } from './fresh.mjs';

const root = join(import.meta.dirname, '..');
const source = (path) => join(root, 'src', path);

const PROGRAMS = { peregrined: source('main.ts'), peregrinec: source('cli/main.ts') };
/** A thread of its own, which the daemon looks for beside itself. */
const GUARD = { 'loop-watchdog-guard': source('monitor/loop-watchdog-guard.ts') };

const EXTERNAL = ['koffi', /^node-netlink/, 'ioredis', '@kubernetes/client-node', 'yaml', /^node:/];

/** bunyan looks for packages that the log does without, one of them native and slow to fail. */
const withoutOptionalPackages = {
  name: 'without-optional-packages',
  transform: {
    filter: { id: /bunyan\.js$/ },
    handler: (code) => ({ code: code.replaceAll(/require\('[a-z-]+' \+ ''\)/g, 'undefined.package'), map: null }),
  },
};

async function bundle(name, entry, format, extension) {
  const build = await rolldown({
    input: { [name]: entry },
    platform: 'node',
    external: EXTERNAL,
    plugins: [withoutOptionalPackages],
  });
  await build.write({
    dir: bundleFolder,
    format,
    entryFileNames: `[name].${extension}`,
    chunkFileNames: `${name}-[name].${extension}`,
    // What is loaded on demand shares modules with the program; they stay in one scope with the rest of it.
    codeSplitting: { groups: [{ name: 'program', test: (id) => id === entry }] },
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    sourcemap: true,
  });
  await build.close();
}

if (!Object.keys(PROGRAMS).every(isFresh)) {
  rmSync(bundleFolder, { recursive: true, force: true });
  // CommonJS, since Node keeps code of scripts only (launch.mjs).
  for (const [name, entry] of Object.entries(PROGRAMS)) await bundle(name, entry, 'cjs', 'cjs');
  for (const [name, entry] of Object.entries(GUARD)) await bundle(name, entry, 'es', 'js');
  await keepCode();
}
