/**
 * The door of the configuration language: a file in, one `DaemonConfig` or everything that is wrong with it out. A
 * text with an error is refused as a whole.
 */

import type { FamilyName } from '../bgp/index.ts';
import { DEFAULT_DIALECT, DEFAULT_FAMILY, type Dialect } from './dialect.ts';
import { dialectScope } from './filter/dialect-words.ts';
import { FilterEnvironment } from './filter/environment.ts';
import type { FilterTests } from './filter/tests.ts';
import { ConfigurationReader } from './grammar/configuration.ts';
import type { ReadContext } from './grammar/context.ts';
import { Notes } from './grammar/notes.ts';
import type { DaemonConfig } from './model.ts';
import { Scope } from './scope.ts';
import type { Diagnostic } from './syntax/diagnostic.ts';
import type { ConfigFiles } from './syntax/files.ts';
import { Source } from './syntax/source.ts';
import { TokenStream } from './syntax/token-stream.ts';

export interface LoadOptions {
  readonly dialect?: Dialect;
  /** The family of a daemon that has only one (dialect `bird1`); IPv4 where nobody says. */
  readonly family?: FamilyName;
  /** What filters share from one configuration to the next; without it attributes get new ids. */
  readonly filters?: FilterEnvironment;
}

export interface Loaded {
  readonly config: DaemonConfig;
  readonly scope: Scope;
  /** Doubtful, but not wrong. */
  readonly warnings: readonly Diagnostic[];
  /** Lines that `eval` printed. */
  readonly output: readonly string[];
  /** Tests in the filter language, not run yet. */
  readonly tests: FilterTests;
}

export interface Refused {
  /** At least one error; warnings are not among them. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the configuration in the file `path`. */
export function loadConfig(path: string, files: ConfigFiles, options: LoadOptions = {}): Loaded | Refused {
  const read = files.readFile(path);
  if ('error' in read) return { diagnostics: [unreadable(path, read.error)] };
  return parseConfig(new Source(path, read.value), files, options);
}

/** Reads a configuration that is in memory already. */
export function parseConfig(source: Source, files: ConfigFiles, options: LoadOptions = {}): Loaded | Refused {
  const dialect = options.dialect ?? DEFAULT_DIALECT;
  const family = options.family ?? DEFAULT_FAMILY;
  const scope = new Scope(dialectScope(dialect), dialect);
  const notes = new Notes();
  const stream = new TokenStream(source, {
    files,
    isSymbol: (name) => scope.lookup(name) !== undefined,
    family: dialect === 'bird1' ? family : undefined,
  });
  const context: ReadContext = {
    stream,
    scope,
    notes,
    dialect,
    family,
    filters: options.filters ?? new FilterEnvironment(),
  };
  const reader = new ConfigurationReader(context);
  const config = reader.read(source.path);
  if (notes.failed) return { diagnostics: notes.errors };
  return { config, scope, warnings: notes.warnings, output: notes.output, tests: reader.tests };
}

/** A file that cannot be read has no place to point at. */
function unreadable(path: string, reason: string): Diagnostic {
  return {
    severity: 'error',
    message: reason,
    place: { file: path, line: 0, column: 0 },
    lineText: '',
    length: 0,
    hint: undefined,
  };
}
