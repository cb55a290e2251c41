#!/usr/bin/env node
// `npm run bench [-- scenario...]`: builds and runs the benches; without a name, the list.
import { join } from 'node:path';
import { build, install, installPrograms, LAB_PROGRAMS, PEER_PROGRAMS, root, run } from './setup.mjs';

install();
installPrograms({ ...LAB_PROGRAMS, ...PEER_PROGRAMS });
build();
run(process.execPath, ['--enable-source-maps', join(root, 'dist', 'bench', 'main.js'), ...process.argv.slice(2)]);
