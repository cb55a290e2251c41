/**
 * A whole configuration.
 *
 *     configuration := { ';' | table | symbol | protocol | global }          (each as the dialect has it)
 *     symbol        := 'define' NAME '=' expression ';' | 'attribute' type NAME ';' | 'function' ... | 'filter' NAME body
 *                    | 'eval' expression ';' | test ';'
 *
 * A statement that fails is noted and left, so that one run shows all that is wrong; but nothing of a text with an
 * error is ever used.
 */
import type { ProtocolCheck, WholeCheck } from '../check/whole-check.ts';
import { WHOLE_RULES } from '../check/whole-rules.ts';
import { readAttributeDeclaration, readDefine, readTestStatement } from '../filter/declarations.ts';
import { readFilterDeclaration, readFunctionDeclaration } from '../filter/reader.ts';
import { FilterTests } from '../filter/tests.ts';
import type { CustomAttribute, DaemonConfig, ProtocolConfig, SymbolEntry, TableConfig } from '../model.ts';
import type { SymbolKind } from '../scope.ts';
import { ConfigError } from '../syntax/diagnostic.ts';
import { type Token, TokenKind } from '../syntax/token.ts';
import { familyOfNetType, tableOf } from '../table-definition.ts';
import type { ReadContext } from './context.ts';
import { type DialectGrammar, grammarOf } from './dialects.ts';
import { type GlobalOptions, UNTERMINATED } from './globals.ts';
import { failUnknownProtocol } from './inactive/kinds.ts';
import { OptionBag } from './option-bag.ts';
import { fillOptions } from './option-table.ts';
import { DefaultNames, readProtocol } from './protocol.ts';
import { defineTable } from './table.ts';

const BGP_PORT = 179;

const DECLARATIONS = ['filter', 'function', 'define'];

export class ConfigurationReader {
  private readonly context: ReadContext;
  private readonly grammar: DialectGrammar;
  private readonly globals = new OptionBag<GlobalOptions>();
  private readonly names = new DefaultNames();
  /** Tables that exist without being declared and have not been declared yet. */
  private readonly predefined: Set<string>;
  private readonly protocols: ProtocolCheck[] = [];
  private readonly customAttributes: CustomAttribute[] = [];
  /** Tests in the filter language. */
  readonly tests = new FilterTests();
  private hasDevice = false;
  /** Name that the present statement is to define. */
  private declaring: string | undefined;

  constructor(context: ReadContext) {
    this.context = context;
    this.grammar = grammarOf(context.dialect, context.family);
    this.predefined = new Set(this.grammar.tables.map((table) => table.name));
    for (const table of this.grammar.tables) defineTable(context.scope, table, undefined);
  }

  /** Reads everything up to the end. The result means something only if no error was noted. */
  read(path: string): DaemonConfig {
    const { stream, notes } = this.context;
    for (let recovering = false; ; ) {
      const depth = stream.depth();
      try {
        if (stream.atEnd()) break;
        if (stream.acceptPunct(';')) continue;
        // A brace too many closes nothing; after an error it is none of its own.
        if (recovering && stream.acceptPunct('}')) continue;
        this.statement();
        recovering = false;
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        notes.error(error.diagnostic);
        if (this.declaring !== undefined) notes.markBroken(this.declaring);
        if (!stream.skipStatement(depth, (diagnostic) => notes.error(diagnostic))) break;
        recovering = true;
      }
    }
    this.checkWhole(stream.peek());
    return this.finish(path);
  }

  private statement(): void {
    const { stream } = this.context;
    this.declaring = undefined;
    const table = this.grammar.tableAhead(stream);
    if (table !== undefined) {
      this.declaring = table;
      this.grammar.readTable(this.context, this.predefined);
      return;
    }
    const first = stream.peek();
    if (DECLARATIONS.includes(first.text)) this.declaring = stream.peek(1).text;
    switch (first.kind === TokenKind.Word ? first.text : '') {
      case 'protocol':
      case 'template':
        this.protocol();
        return;
      case 'filter':
        readFilterDeclaration(this.context);
        return;
      case 'function':
        readFunctionDeclaration(this.context);
        return;
      case 'define':
        readDefine(this.context);
        break;
      case 'attribute': {
        if (this.context.dialect === 'bird1') stream.failUnexpected();
        const attribute = readAttributeDeclaration(this.context);
        if (attribute !== undefined) this.customAttributes.push(attribute);
        break;
      }
      default:
        if (readTestStatement(this.context, this.tests)) break;
        this.grammar.globals.read(this.context, this.globals, this.grammar.firstWords);
        if (UNTERMINATED.has(first.text)) return;
    }
    stream.expectPunct(';');
  }

  private protocol(): void {
    const { stream, notes } = this.context;
    const isTemplate = stream.next().text === 'template';
    const word = stream.peek();
    const { kinds } = this.grammar;
    const kind = word.kind === TokenKind.Word ? kinds.get(word.text) : undefined;
    if (kind === undefined) failUnknownProtocol(this.context, kinds.keys());
    stream.next();
    if (kind.word === 'device') {
      if (this.hasDevice) stream.fail('Kernel device protocol already defined', word);
      this.hasDevice = true;
    }
    const defaults = {
      debug: this.globals.get('debugProtocols') ?? 0,
      channelDebug: this.globals.get('debugChannels') ?? 0,
      mrtdump: this.globals.get('mrtdumpProtocols') ?? 0,
    };
    const { draft, config } = readProtocol(this.context, kind, isTemplate, word, this.names, defaults);
    if (config !== undefined) this.protocols.push({ config, token: draft.token });
    // A broken protocol still is one: the file is not empty because of it.
    else if (!isTemplate && !notes.failed) throw new Error(`protocol ${draft.name} has neither a meaning nor an error`);
  }

  private checkWhole(end: Token): void {
    const { notes, dialect, family } = this.context;
    if (notes.failed) return;
    const check: WholeCheck = {
      dialect,
      family,
      routerId: this.globals.get('routerId'),
      protocols: this.protocols,
      end,
      error: (token, message, hint) => notes.errorAt(token, message, hint),
      warn: (token, message, hint) => notes.warnAt(token, message, hint),
    };
    for (const rule of WHOLE_RULES) rule(check);
  }

  private finish(path: string): DaemonConfig {
    const { scope, notes, dialect, family } = this.context;
    const globals = fillOptions(this.grammar.globals.fields, this.globals);
    const tables: TableConfig[] = [];
    const symbols: SymbolEntry[] = [];
    for (const symbol of scope.ownSymbols()) {
      const kind = symbolKind(symbol.kind);
      if (kind === undefined) continue;
      symbols.push({ name: symbol.name, kind });
      if (symbol.kind !== 'table') continue;
      const { name, type, sorted } = tableOf(symbol);
      const family = familyOfNetType(type);
      if (family !== undefined) tables.push({ name, family, sorted });
    }
    return {
      path,
      dialect,
      family: dialect === 'bird1' ? family : undefined,
      routerId: globals.routerId === 0 ? undefined : globals.routerId,
      routerIdFrom: globals.routerIdFrom,
      hostname: globals.hostname,
      log: globals.log,
      debug: {
        protocols: globals.debugProtocols,
        channels: globals.debugChannels,
        tables: globals.debugTables,
        commands: globals.debugCommands,
        latency: globals.debugLatency,
        latencyLimitMs: globals.latencyLimitMs,
      },
      timeFormats: globals.timeFormats,
      watchdogWarningMs: globals.watchdogWarningMs,
      watchdogTimeoutMs: globals.watchdogTimeoutMs,
      gracefulRestartWait: globals.gracefulRestartWait,
      mrtdump: { file: globals.mrtdumpFile, mask: globals.mrtdumpProtocols },
      controlSockets: globals.controlSockets,
      tables,
      protocols: this.protocols.map(({ config }) => listening(config, globals)),
      symbols,
      customAttributes: this.customAttributes,
      notActive: notes.notActive,
    };
  }
}

/** BIRD 1 says for the whole daemon where sessions listen, and may say it behind them. */
function listening(config: ProtocolConfig, { listenAddress, listenPort }: GlobalOptions): ProtocolConfig {
  const says = listenAddress !== undefined || listenPort !== BGP_PORT;
  return says && config.kind === 'bgp' ? { ...config, listenAddress, localPort: listenPort } : config;
}

function symbolKind(kind: SymbolKind): SymbolEntry['kind'] | undefined {
  return kind === 'broken' || kind === 'argument' ? undefined : kind;
}
