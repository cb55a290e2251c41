/**
 * The file with the process id (`-P`). It is written when nothing can go wrong any more with the start that is another
 * daemon's doing, so that a second start does not take the first one's number away; and it is kept open, so that it can
 * be emptied by a process that has given up the rights to remove it.
 */
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';

export class PidFile {
  readonly #path: string;
  readonly #fd: number;

  /** Throws where the file cannot be written. */
  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, 'w', 0o644);
    writeSync(this.#fd, `${process.pid}\n`);
  }

  remove(): void {
    try {
      rmSync(this.#path, { force: true });
    } catch {
      // The folder is not ours: an empty file says that nobody runs.
      ftruncateSync(this.#fd);
    }
    closeSync(this.#fd);
  }
}
