/**
 * Names that the configuration defines: constants, functions, filters, tables, protocols, templates, attributes,
 * variables. Blocks of the filter language open child scopes; a name is looked up from the innermost outwards.
 *
 * A name has to be defined before it is used, so the table always shows what is known at the place that is read.
 */
import { DEFAULT_DIALECT, type Dialect } from './dialect.ts';
import type { Token } from './syntax/token.ts';

export type SymbolKind =
  | 'constant'
  | 'variable'
  | 'argument'
  | 'filter'
  | 'function'
  | 'protocol'
  | 'template'
  | 'table'
  | 'attribute'
  /** Its definition had an error: uses of the name are not complained about again. */
  | 'broken';

export interface ConfigSymbol {
  readonly name: string;
  readonly kind: SymbolKind;
  /** Where it was defined; `undefined` for what exists without being defined (`master4`). */
  readonly token: Token | undefined;
  /**
   * What it stands for. The owner of the kind knows the type and has a checked accessor: `config/filter` for
   * constants, variables, arguments, filters, functions and attributes, `config` for the others.
   */
  readonly definition: unknown;
}

export class Scope {
  readonly parent: Scope | undefined;
  /** The language of the text whose names these are; expressions of the control socket are read in the same one. */
  readonly dialect: Dialect;
  private readonly symbols = new Map<string, ConfigSymbol>();

  constructor(parent?: Scope, dialect: Dialect = parent?.dialect ?? DEFAULT_DIALECT) {
    this.parent = parent;
    this.dialect = dialect;
  }

  child(): Scope {
    return new Scope(this);
  }

  /** The innermost symbol of that name. */
  lookup(name: string): ConfigSymbol | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const symbol = scope.symbols.get(name);
      if (symbol !== undefined) return symbol;
    }
    return undefined;
  }

  /** The symbol of that name in this very scope; a definition must not meet one here. */
  own(name: string): ConfigSymbol | undefined {
    return this.symbols.get(name);
  }

  /** Defines a name or replaces its definition in this scope. Asking `own` first is the caller's part. */
  define(symbol: ConfigSymbol): void {
    this.symbols.set(symbol.name, symbol);
  }

  /** Symbols of this scope alone, in the order of their definition. */
  ownSymbols(): Iterable<ConfigSymbol> {
    return this.symbols.values();
  }

  /** All names in sight, of one kind or of any; for suggestions. */
  *names(kind?: SymbolKind): IterableIterator<string> {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      for (const symbol of scope.symbols.values()) if (kind === undefined || symbol.kind === kind) yield symbol.name;
    }
  }
}
