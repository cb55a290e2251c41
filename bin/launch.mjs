// Starts a program of this package.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { constants, Script } from 'node:vm';
import { bundleFile, codeFile, isFresh } from './fresh.mjs';

// What lives longer than a moment lies in typed arrays. A nursery that grows to sixteen times its size collects less
// often and holds a dozen megabytes for it.
setFlagsFromString('--semi-space-growth-factor=1');

/** `name`: of the bundle in dist/run; `module`: the same program in dist. */
export async function launch(name, module) {
  if (!isFresh(name)) await import(`../dist/${module}`);
  // Node maps places of files that it loads itself.
  else if (process.sourceMapsEnabled) createRequire(import.meta.url)(bundleFile(name));
  else run(name, compile(name));
}

const HEAD = '(function (exports, require, module, __filename, __dirname) {';

/** A bundle as a script. What V8 made of it when it was built (code.mjs) is used if this is the same V8. */
export function compile(name) {
  const filename = bundleFile(name);
  const code = codeFile(name);
  return new Script(`${HEAD}${readFileSync(filename, 'utf8')}\n})`, {
    filename,
    columnOffset: -HEAD.length,
    cachedData: existsSync(code) ? readFileSync(code) : undefined,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}

/** Runs it as CommonJS: code that V8 has kept is no use to other modules. */
export function run(name, script) {
  const filename = bundleFile(name);
  const require = createRequire(filename);
  const module = { id: filename, filename, exports: {}, loaded: false };
  // What is loaded on demand asks for its program by name, and shall not get a second one.
  require.cache[filename] = module;
  script.runInThisContext().call(module.exports, module.exports, require, module, filename, dirname(filename));
  module.loaded = true;
}
