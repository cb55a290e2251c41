/**
 * Folders for the files of a test. They go with the process at the latest, also when it is ended by a signal (the test
 * runner ends a file that takes too long) or by the end of all tests while something still runs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Scratch {
  readonly path: string;
  remove(): void;
}

const folders = new Set<string>();

function removeAll(): void {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
  folders.clear();
}

process.once('exit', removeAll);
for (const [signal, status] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129],
] as const) {
  process.once(signal, () => process.exit(status));
}

export function scratch(tag: string): Scratch {
  const path = mkdtempSync(join(tmpdir(), `peregrine-${tag}-`));
  folders.add(path);
  return {
    path,
    remove: () => {
      folders.delete(path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}
