/**
 * The life of configurations in a running daemon: read and check, take over, go back, confirm. One reconfiguration at a
 * time: a further request waits for the one that runs, and the newest of those that wait wins. A text with an error
 * changes nothing.
 */
import type { FamilyName } from '../bgp/index.ts';
import {
  type ConfigFiles,
  type DaemonConfig,
  type Diagnostic,
  type Dialect,
  describePlan,
  diagnosticHeadline,
  FilterEnvironment,
  formatDiagnostic,
  type Loaded,
  loadConfig,
  planReconfiguration,
  type Scope,
} from '../config/index.ts';
import type { ConfigureOutcome, ConfigureRequest, ConfigureStatus } from './control/host.ts';
import type { Daemon } from './daemon.ts';
import { DaemonFilterHost } from './filter-host.ts';

/** The diagnostics of a refused text, in order; the first one is what scripts see. */
export class ConfigRefused extends Error {
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(formatDiagnostic).join('\n'));
    this.name = 'ConfigRefused';
    this.diagnostics = diagnostics;
  }
}

/** What configurations are written in; BIRD 2 where nothing is said. */
export interface ConfigDialect {
  readonly dialect?: Dialect;
  /** The only one of the daemon. */
  readonly family?: FamilyName | undefined;
}

/** Reads configurations; attributes keep their ids from one to the next. */
export class ConfigReader {
  readonly #files: ConfigFiles;
  readonly #language: ConfigDialect;
  readonly #filters = new FilterEnvironment();

  constructor(files: ConfigFiles, language: ConfigDialect = {}) {
    this.#files = files;
    this.#language = language;
  }

  /** Throws `ConfigRefused`. */
  read(path: string): Loaded {
    const { dialect, family } = this.#language;
    const loaded = loadConfig(path, this.#files, {
      ...(dialect === undefined ? {} : { dialect }),
      ...(family === undefined ? {} : { family }),
      filters: this.#filters,
    });
    if ('diagnostics' in loaded) throw new ConfigRefused(loaded.diagnostics);
    return loaded;
  }

  get filters(): FilterEnvironment {
    return this.#filters;
  }
}

interface Waiting {
  readonly config: Loaded;
  readonly soft: boolean;
}

export class Configuration {
  readonly path: string;
  readonly #daemon: Daemon;
  readonly #reader: ConfigReader;
  /** What runs; `before` is what `configure undo` goes back to. */
  #current: Loaded;
  #before: Loaded | undefined;
  #waiting: Waiting | undefined;
  #undoTimer: NodeJS.Timeout | undefined;
  #undoAt = 0;
  #whenTaken: (config: DaemonConfig) => void = () => {};

  constructor(path: string, daemon: Daemon, reader: ConfigReader, current: Loaded) {
    this.path = path;
    this.#daemon = daemon;
    this.#reader = reader;
    this.#current = current;
    reader.filters.host = new DaemonFilterHost(daemon.interfaces, () => daemon.config);
  }

  get config(): DaemonConfig {
    return this.#current.config;
  }
  /** Names of the running configuration, for filters and expressions of the control socket. */
  get scope(): Scope {
    return this.#current.scope;
  }
  get filters(): FilterEnvironment {
    return this.#reader.filters;
  }

  async configure(request: ConfigureRequest): Promise<ConfigureOutcome> {
    if (this.#daemon.stopping && request.action !== 'check') return { result: 'shutting-down' };
    switch (request.action) {
      case 'check': {
        const read = this.#read(request.file ?? this.path);
        if ('refused' in read) return read.refused;
        return { result: 'valid', plan: describePlan(planReconfiguration(this.config, read.loaded.config)) };
      }
      case 'load': {
        const read = this.#read(request.file ?? this.path);
        if ('refused' in read) return read.refused;
        this.#clearUndo();
        const outcome = this.#take(read.loaded, request.soft);
        if (request.undoAfterSeconds !== undefined) this.#armUndo(request.undoAfterSeconds, request.onUndo);
        return outcome;
      }
      case 'undo':
        return this.#undo();
      case 'confirm':
        if (this.#undoTimer === undefined) return { result: 'nothing' };
        this.#clearUndo();
        return { result: 'confirmed' };
    }
  }

  /** `listener` hears of every configuration that is taken over from now on, for what is not the daemon's affair. */
  onTaken(listener: (config: DaemonConfig) => void): void {
    this.#whenTaken = listener;
  }

  status(): ConfigureStatus {
    const state = this.#daemon.stopping
      ? 'shutting-down'
      : this.#waiting !== undefined
        ? 'queued'
        : this.#daemon.reconfiguring
          ? 'in-progress'
          : 'running';
    const undoInMs = this.#undoTimer === undefined ? undefined : Math.max(0, this.#undoAt - this.#daemon.clock.now());
    return { state, undoInMs };
  }

  /** The daemon ends: nothing is to be taken back any more. */
  close(): void {
    this.#clearUndo();
    this.#waiting = undefined;
  }

  #read(path: string): { readonly loaded: Loaded } | { readonly refused: ConfigureOutcome } {
    try {
      const loaded = this.#reader.read(path);
      for (const warning of loaded.warnings) this.#say('warning', warning);
      for (const line of loaded.output) this.#daemon.log.write('info', line);
      return { loaded };
    } catch (error) {
      if (!(error instanceof ConfigRefused)) throw error;
      for (const diagnostic of error.diagnostics) this.#say('error', diagnostic);
      const { place, message } = error.diagnostics[0]!;
      return {
        refused: {
          result: 'refused',
          file: place.file,
          line: place.line,
          column: place.column,
          text: message,
          details: place.line === 0 ? [] : error.diagnostics.flatMap((one) => formatDiagnostic(one).split('\n')),
        },
      };
    }
  }

  /** The line that scripts know, with the place in the text and the hint beside it. */
  #say(logClass: 'warning' | 'error', diagnostic: Diagnostic): void {
    this.#daemon.log.write(logClass, diagnosticHeadline(diagnostic), { shown: formatDiagnostic(diagnostic) });
  }

  #take(loaded: Loaded, soft: boolean): ConfigureOutcome {
    if (this.#daemon.reconfiguring) {
      this.#waiting = { config: loaded, soft };
      void this.#daemon.settled().then(() => this.#takeWaiting());
      return { result: 'queued' };
    }
    this.#before = this.#current;
    this.#current = loaded;
    this.#daemon.log.write('info', 'Reconfiguring');
    this.#daemon.apply(loaded.config, soft);
    this.#whenTaken(loaded.config);
    if (!this.#daemon.reconfiguring) {
      this.#daemon.log.write('info', 'Reconfigured');
      return { result: 'reconfigured' };
    }
    void this.#daemon.settled().then(() => this.#daemon.log.write('info', 'Reconfigured'));
    return { result: 'in-progress' };
  }

  #takeWaiting(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || this.#daemon.stopping) return;
    this.#waiting = undefined;
    this.#take(waiting.config, waiting.soft);
  }

  #undo(): ConfigureOutcome {
    this.#clearUndo();
    if (this.#waiting !== undefined) {
      this.#waiting = undefined;
      return { result: 'unqueued' };
    }
    const back = this.#before;
    if (back === undefined) return { result: 'nothing' };
    const outcome = this.#take(back, false);
    // Undone is undone: a second undo does not go forward again.
    if (outcome.result !== 'queued') this.#before = undefined;
    return outcome;
  }

  #armUndo(seconds: number, onUndo: () => void): void {
    this.#undoAt = this.#daemon.clock.now() + seconds * 1000;
    this.#undoTimer = setTimeout(() => {
      this.#undoTimer = undefined;
      this.#daemon.log.write('info', 'Config timeout expired, starting undo');
      onUndo();
      this.#undo();
    }, seconds * 1000);
  }

  #clearUndo(): void {
    if (this.#undoTimer !== undefined) clearTimeout(this.#undoTimer);
    this.#undoTimer = undefined;
  }
}
