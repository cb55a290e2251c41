#!/usr/bin/env node
// `keep-code.mjs PROGRAM ARGUMENT...`: runs a program from its bundle, and when it ends writes what V8 has compiled of it
// beside the bundle, for launch.mjs.
import { writeFileSync } from 'node:fs';
import { codeFile } from './fresh.mjs';
import { compile, run } from './launch.mjs';

const [name] = process.argv.splice(2, 1);
const script = compile(name);
process.on('exit', () => writeFileSync(codeFile(name), script.createCachedData()));
run(name, script);
