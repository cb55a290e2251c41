#!/usr/bin/env node
// `npm run check`: build, lint and formatting, dead code, unit tests. What a change has to pass before review.
import { build, install, run } from './setup.mjs';

install();
build();
run('npx', ['biome', 'check', '.']);
run('npx', ['knip']);
run(process.execPath, ['bin/test.mjs', '--unit']);
