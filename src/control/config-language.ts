/**
 * The filter language for the control socket: text of a request, read with the names of the running configuration and
 * compiled like any other filter. What is wrong with it is thrown as the first mistake; nothing is ever half read.
 */
import type { Policy, Prefix } from '../../bgp/index.ts';
import { prefixOf } from '../../bgp/index.ts';
import {
  ConfigError,
  type Diagnostic,
  evaluateExpression,
  type FilterEnvironment,
  readConstant,
  readPolicy,
  type Scope,
  Source,
  type SymbolEntry,
  TokenKind,
  TokenStream,
} from '../../config/index.ts';
import type { FilterLanguage } from './host.ts';

/** What `eval` says when there is no value; why is in the log. */
const RUNTIME_ERROR = 'runtime error';

export interface ConfigLanguageOptions {
  readonly scope: Scope;
  readonly filters: FilterEnvironment;
  /** Takes lines that an evaluation prints, and why one failed. */
  readonly report: (line: string) => void;
}

export class ConfigLanguage implements FilterLanguage {
  readonly #options: ConfigLanguageOptions;

  constructor(options: ConfigLanguageOptions) {
    this.#options = options;
  }

  symbol(name: string): SymbolEntry['kind'] | undefined {
    const kind = this.#options.scope.lookup(name)?.kind;
    if (kind === 'broken' || kind === 'argument') return undefined;
    return kind;
  }

  readPolicy(stream: TokenStream): Policy {
    return this.#read(stream, readPolicy);
  }

  readValue(stream: TokenStream): { readonly value: string } | { readonly error: string } {
    const { scope, filters, report } = this.#options;
    const { source } = stream.peek();
    const result = evaluateExpression(source.text.slice(stream.previous().end), { scope, filters }, report);
    if ('diagnostic' in result) throw new ConfigError(result.diagnostic);
    if ('value' in result) return { value: result.value };
    report(result.runtimeError);
    return { error: RUNTIME_ERROR };
  }

  readNumber(stream: TokenStream): number {
    if (stream.atKind(TokenKind.Number)) return stream.next().value;
    const token = stream.peek();
    const constant = this.#read(stream, readConstant);
    if (constant?.kind === 'int') return constant.number;
    return stream.fail('Number expected', token);
  }

  constantNetwork(name: string): Prefix | undefined {
    const stream = new TokenStream(new Source('', name));
    const constant = this.#read(stream, readConstant);
    if (constant?.kind === 'prefix') return constant.prefix;
    if (constant?.kind === 'ip') return prefixOf(constant.ip, constant.ip.includes(':') ? 128 : 32);
    return undefined;
  }

  /** Readers note mistakes inside of bodies and go on; here the first one ends the request. */
  #read<T>(stream: TokenStream, read: (reader: Parameters<typeof readPolicy>[0]) => T): T {
    const { scope, filters, report } = this.#options;
    const errors: Diagnostic[] = [];
    const output: string[] = [];
    const notes = { error: (diagnostic: Diagnostic) => errors.push(diagnostic), warnings: [], output };
    const result = read({ stream, scope, notes, filters });
    if (errors.length > 0) throw new ConfigError(errors[0]!);
    for (const line of output) report(line);
    return result;
  }
}
