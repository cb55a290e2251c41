#!/usr/bin/env node
// `npm test`: installs what the tests need, builds, and runs everything with Node's test runner.
//   --unit        only the tests that need no root, no other daemon and no minutes
//   --interop     only the tests against real daemons
//   --long        everything, with the long modes switched on (PEREGRINE_LONG=1)
//   any other argument: a test file or folder under test/
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, installPrograms, LAB_PROGRAMS, PEER_PROGRAMS, root, run } from './setup.mjs';

const args = process.argv.slice(2);
const flag = (name) => args.includes(name);
const chosen = args.filter((arg) => !arg.startsWith('--'));

install();
if (!flag('--unit')) installPrograms({ ...LAB_PROGRAMS, ...PEER_PROGRAMS });
build();

const files = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return files(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
const test = join(root, 'test');
const interop = join(test, 'interop');
/** Whole daemons against the tables of errors, thousands of sessions, networks of routers: minutes. */
const minutes = ['conformance', 'src/ring.test.ts', 'src/crowd.test.ts'].map((path) => join(test, path));
const compiled = (path) => join(root, 'dist', path.slice(root.length + 1).replace(/\.ts$/, '.js'));

let selected = files(test);
if (chosen.length > 0) {
  const wanted = chosen.map((name) => join(root, name.startsWith('test') ? name : join('test', name)));
  selected = selected.filter((file) =>
    wanted.some((path) => file === path || file === `${path}.test.ts` || file.startsWith(`${path}/`)),
  );
} else if (flag('--unit'))
  selected = selected.filter((file) => ![interop, ...minutes].some((path) => file.startsWith(path)));
else if (flag('--interop')) selected = selected.filter((file) => file.startsWith(interop));
selected = selected.map(compiled).filter((file) => existsSync(file));
if (selected.length === 0) {
  console.error('no test file matches');
  process.exit(1);
}

const env = { ...process.env, ...(flag('--long') ? { PEREGRINE_LONG: '1' } : {}) };
// Tests against real daemons share two cores and the kernel: one file at a time keeps their timers honest.
// A file that hangs fails alone; a handle that a failed test left open does not keep the run from going on.
const bounds = ['--test-concurrency=1', '--test-timeout=900000', '--test-force-exit'];
run(process.execPath, ['--enable-source-maps', '--test', ...bounds, ...selected], { env });
