#!/usr/bin/env node
// `npm start`: installs, builds, and shows the main job: four daemons in a lab of network namespaces; with
// `-- --nodes 5 --store redis` a cluster out of a datastore.
import { join } from 'node:path';
import { build, install, installPrograms, isRoot, LAB_PROGRAMS, root, run, STORE_PROGRAMS } from './setup.mjs';

install();
const store = process.argv[process.argv.indexOf('--store') + 1];
const wanted = process.argv.includes('--nodes') || process.argv.includes('--store');
if (isRoot) installPrograms({ ...LAB_PROGRAMS, ...(wanted ? (STORE_PROGRAMS[store] ?? STORE_PROGRAMS.redis) : {}) });
build();
run(process.execPath, ['--enable-source-maps', join(root, 'dist', 'src', 'lab', 'main.js'), ...process.argv.slice(2)]);
