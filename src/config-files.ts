/** Configuration files of this machine: the port of `config` onto the disk. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type ConfigFiles, type FileResult, matchesGlob } from '../config/index.ts';

/** The operating system's words for an error of node:fs. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return 'No such file or directory';
    case 'EACCES':
      return 'Permission denied';
    case 'EISDIR':
      return 'Is a directory';
    default:
      return message;
  }
}

export const DISK_FILES: ConfigFiles = {
  readFile(path: string): FileResult<string> {
    try {
      return { value: readFileSync(path, 'utf8') };
    } catch (error) {
      return { error: reasonOf(error) };
    }
  },
  glob(pattern: string): FileResult<readonly string[]> {
    const folder = dirname(pattern);
    const last = basename(pattern);
    try {
      const names = readdirSync(folder).filter((name) => matchesGlob(last, name));
      return {
        value: names
          .map((name) => join(folder, name))
          .filter((path) => statSync(path).isFile())
          .sort(),
      };
    } catch (error) {
      return { error: reasonOf(error) };
    }
  },
};
