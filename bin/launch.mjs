// Starts a program of this package.
import { setFlagsFromString } from 'node:v8';
import { isFresh } from './fresh.mjs';

// What lives longer than a moment lies in typed arrays. A nursery that grows to sixteen times its size collects less
// often and holds a dozen megabytes for it.
setFlagsFromString('--semi-space-growth-factor=1');

/** `name`: of the bundle in dist/run; `module`: the same program in dist. */
export async function launch(name, module) {
  await import(isFresh(name) ? `../dist/run/${name}.js` : `../dist/${module}`);
}
