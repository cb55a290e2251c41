/** Where configuration text comes from: a port, so that reading a configuration needs no disk. */

/** `error` is the reason as the operating system words it: `No such file or directory`. */
export type FileResult<T> = { readonly value: T } | { readonly error: string };

export interface ConfigFiles {
  readFile(path: string): FileResult<string>;
  /** Paths of files (not folders) that match the last component's wildcards, sorted by name; an empty list is fine. */
  glob(pattern: string): FileResult<readonly string[]>;
}
