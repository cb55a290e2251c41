// Which of a program's two forms is to run: its bundle in dist/run, or, where that is missing or older than what was
// compiled, the modules in dist.
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const dist = new URL('../dist/', import.meta.url);
/** tsc writes these whenever it writes anything of theirs. */
const PROJECTS = ['bgp', 'fsm', 'rib', 'route-reflector', 'config', 'src'];

const timeOf = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

export const bundleFolder = fileURLToPath(new URL('run/', dist));
export const bundleFile = (name) => `${bundleFolder}${name}.cjs`;
/** What V8 made of the bundle; may be missing. */
export const codeFile = (name) => `${bundleFolder}${name}.code`;

/** True if the bundle says what the compiled modules say. */
export function isFresh(name) {
  const bundled = timeOf(bundleFile(name));
  return bundled > 0 && PROJECTS.every((project) => timeOf(new URL(`${project}/.tsbuildinfo`, dist)) <= bundled);
}
