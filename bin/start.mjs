#!/usr/bin/env node
// `npm start`: installs, builds, and shows the main job: four daemons in a lab of network namespaces.
import { join } from 'node:path';
import { build, install, installPrograms, isRoot, LAB_PROGRAMS, root, run } from './setup.mjs';

install();
if (isRoot) installPrograms(LAB_PROGRAMS);
build();
run(process.execPath, ['--enable-source-maps', join(root, 'dist', 'src', 'lab', 'main.js'), ...process.argv.slice(2)]);
