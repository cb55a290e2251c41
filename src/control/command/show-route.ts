/**
 * `show route`: reading its arguments, which may come in any order, and choosing the tables they mean. What is shown is
 * in route-listing.ts.
 */
import { type Policy, type Prefix, prefixOf } from '../../../bgp/index.ts';
import { addressOf, atAddress, atPrefix, readPrefix, TokenKind } from '../../../config/index.ts';
import type { ExportMode, RouteQuery } from '../host.ts';
import type { Command } from './command.ts';
import type { Grammar } from './grammar.ts';
import { jsonRoutes, type RouteListing, showRoutes, type TableChoice } from './route-listing.ts';
import { type WhyQuestion, whyCommand } from './route-why.ts';

/** What has been read so far. */
class RouteArguments {
  readonly grammar: Grammar;
  match: RouteQuery['match'];
  /** Named ones, in their order; with `all` every table. */
  readonly tables: string[] = [];
  allTables = false;
  /** `import table P.C`, `export table P.C`. */
  channelTable: { from: 'import-table' | 'export-table'; protocol: string; channel: string; table: string } | undefined;
  policy: Policy | undefined;
  verbose = false;
  primary = false;
  filtered = false;
  exported: { mode: ExportMode; protocol: string; channel: string | undefined } | undefined;
  protocol: string | undefined;
  /** `why P[.C]`. */
  why: { protocol: string; channel: string | undefined } | undefined;
  show: RouteListing['show'] = 'routes';

  constructor(grammar: Grammar) {
    this.grammar = grammar;
  }

  /** Reads one argument. */
  read(): void {
    const { stream } = this.grammar;
    const word = this.grammar.word();
    if (atAddress(stream)) {
      this.setMatch('exact', readPrefix(stream));
    } else if (Object.hasOwn(FLAGS, word)) {
      stream.next();
      FLAGS[word as keyof typeof FLAGS](this);
    } else if (word === 'filter' || word === 'where') {
      this.readPolicy();
    } else if (Object.hasOwn(VALUES, word)) {
      stream.next();
      VALUES[word as keyof typeof VALUES](this);
    } else {
      stream.failUnexpected();
    }
  }

  setMatch(kind: 'exact' | 'longest' | 'in', prefix: Prefix): void {
    if (this.match !== undefined) this.grammar.fail('Only one prefix expected', this.grammar.stream.previous());
    this.match = { kind, prefix };
  }

  readIn(): Prefix {
    const { stream } = this.grammar;
    if (!atAddress(stream)) stream.failUnexpected();
    return readPrefix(stream);
  }

  readImportTable(): void {
    if (!this.grammar.accept('table')) this.grammar.stream.failUnexpected(['TABLE']);
    this.readChannelTable('import-table');
  }

  /** `PREFIX | ADDRESS | CONSTANT` */
  readFor(): Prefix {
    const { stream } = this.grammar;
    if (atPrefix(stream)) return readPrefix(stream);
    if (atAddress(stream)) {
      const address = addressOf(stream.next());
      return prefixOf(address, address.includes(':') ? 128 : 32);
    }
    const token = stream.peek();
    const name = this.grammar.symbol();
    if (name === undefined) return stream.failUnexpected(['IP4', 'IP6', 'VPN_RD', 'CF_SYM_KNOWN']);
    const network = this.grammar.context.host.language.constantNetwork(name);
    return network ?? this.grammar.fail('IP address or network constant expected', token);
  }

  /** `NAME | all` */
  readTable(): void {
    const grammar: Grammar = this.grammar;
    if (grammar.accept('all')) {
      this.allTables = true;
      return;
    }
    const token = grammar.stream.peek();
    const name = grammar.symbol();
    if (name === undefined) grammar.stream.failUnexpected(['CF_SYM_KNOWN', 'ALL']);
    if (!grammar.context.host.tables().some((table) => table.name === name)) grammar.fail('Table name required', token);
    this.tables.push(name);
  }

  readChannelTable(from: 'import-table' | 'export-table'): void {
    const grammar: Grammar = this.grammar;
    const token = grammar.stream.peek();
    const name = grammar.protocolName();
    if (name === undefined) grammar.stream.failUnexpected(['CF_SYM_KNOWN']);
    const { channel } = grammar.channelOf(name);
    const has = from === 'import-table' ? channel.hasImportTable : channel.hasExportTable;
    if (!has) {
      grammar.fail(
        `No ${from === 'import-table' ? 'import' : 'export'} table in channel ${name}.${channel.name}`,
        token,
      );
    }
    this.channelTable = { from, protocol: name, channel: channel.name, table: channel.table };
  }

  /** `P[.C]`; behind `export` also `table P.C`. */
  readExport(mode: ExportMode): void {
    const grammar: Grammar = this.grammar;
    if (mode === 'export' && grammar.accept('table')) {
      this.readChannelTable('export-table');
      return;
    }
    const token = grammar.stream.peek();
    const protocol = grammar.protocolName();
    if (protocol === undefined) {
      grammar.stream.failUnexpected(['CF_SYM_KNOWN', ...(mode === 'export' ? ['TABLE'] : [])]);
    }
    const channel = grammar.stream.atPunct('.') ? grammar.channelOf(protocol).channel.name : undefined;
    if (this.exported !== undefined) grammar.fail('Export specified twice', token);
    this.exported = { mode, protocol, channel };
  }

  readWhy(): void {
    const grammar: Grammar = this.grammar;
    const token = grammar.stream.peek();
    const protocol = grammar.protocolName();
    if (protocol === undefined) grammar.stream.failUnexpected(['CF_SYM_KNOWN']);
    const channel = grammar.stream.atPunct('.') ? grammar.channelOf(protocol).channel.name : undefined;
    if (this.why !== undefined) grammar.fail('Protocol specified twice', token);
    this.why = { protocol, channel };
  }

  readProtocol(): void {
    const grammar: Grammar = this.grammar;
    const token = grammar.stream.peek();
    const name = grammar.protocolName();
    if (name === undefined) grammar.stream.failUnexpected(['CF_SYM_KNOWN']);
    if (this.protocol !== undefined) grammar.fail('Protocol specified twice', token);
    this.protocol = name;
  }

  /** `filter NAME | filter BODY | where CONDITION` */
  readPolicy(): void {
    const grammar: Grammar = this.grammar;
    const token = grammar.stream.peek();
    if (token.text === 'filter') this.checkFilterName();
    const policy = grammar.context.host.language.readPolicy(grammar.stream);
    if (this.policy !== undefined) grammar.fail('Filter specified twice', token);
    this.policy = policy;
  }

  /** Complains in BIRD's words about what is neither a filter's name nor a body; the body is the language's part. */
  private checkFilterName(): void {
    const { stream } = this.grammar;
    const name = stream.peek(1);
    const isBody = name.kind === TokenKind.Punct && name.text === '{';
    // `filter int x; { ... }`: a body may begin with declarations.
    const declares = name.kind === TokenKind.Word && stream.peek(2).kind === TokenKind.Word;
    if (isBody || (declares && !this.grammar.isSymbol(name.text))) return;
    if (this.grammar.context.host.language.symbol(name.text) === 'filter') return;
    stream.next();
    if (name.kind !== TokenKind.Word || !this.grammar.isSymbol(name.text)) stream.failUnexpected();
    this.grammar.fail('Filter name required', name);
  }

  // ------------------------------------------------------------------------------------------------------ tables

  /** The tables to walk, each with the channel whose export rules are asked. */
  choose(): TableChoice[] {
    const grammar: Grammar = this.grammar;
    if (this.filtered && (this.exported !== undefined || this.primary)) grammar.fail('Incompatible show route options');
    if (this.channelTable !== undefined && this.exported === undefined) return this.chooseChannelTable();
    const named = this.tables.length > 0 || this.allTables;
    const choices = named ? this.namedTables() : this.defaultTables();
    const usable = choices.filter((choice) => this.isUsable(choice));
    if (usable.length === 0) grammar.fail('No valid tables');
    return usable;
  }

  private chooseChannelTable(): TableChoice[] {
    const { from, table, protocol, channel } = this.channelTable!;
    const choice: TableChoice = {
      table,
      heading: from === 'import-table' ? 'import' : 'export',
      from,
      channel: { protocol, channel },
      exportChannel: undefined,
      named: true,
    };
    if (!this.fits(table)) this.grammar.fail(`Incompatible type of prefix/ip for table ${choice.heading}`);
    return [choice];
  }

  private namedTables(): TableChoice[] {
    const names = this.allTables ? this.grammar.context.host.tables().map((table) => table.name) : this.tables;
    return names.map((name) => this.tableChoice(name, true, this.exportChannelInto(name)));
  }

  private defaultTables(): TableChoice[] {
    const { host, layout } = this.grammar.context;
    if (this.exported !== undefined) {
      const { protocol, channel } = this.exported;
      const channels = host.protocol(protocol)?.channels ?? [];
      return channels
        .filter(({ name, exporting }) => (channel === undefined ? exporting || layout.oneTable : name === channel))
        .map((candidate) => this.tableChoice(candidate.table, false, candidate.name));
    }
    if (this.protocol !== undefined) {
      const channels = host.protocol(this.protocol)?.channels ?? [];
      return channels.map((channel) => this.tableChoice(channel.table, false, undefined));
    }
    const tables = host.tables().filter((table) => table.isDefault);
    return tables.map((table) => this.tableChoice(table.name, false, undefined));
  }

  private tableChoice(table: string, named: boolean, channel: string | undefined): TableChoice {
    const exported = this.exported;
    return {
      table,
      heading: table,
      from: 'table',
      channel: undefined,
      exportChannel:
        exported === undefined || channel === undefined
          ? undefined
          : { protocol: exported.protocol, channel, mode: exported.mode },
      named,
    };
  }

  /** The question of `why`: about one network, and nothing else with it. */
  question(why: { readonly protocol: string; readonly channel: string | undefined }): WhyQuestion {
    const grammar: Grammar = this.grammar;
    const { match } = this;
    if (match === undefined || match.kind === 'in') grammar.fail('One network expected');
    const others = this.exported ?? this.policy ?? this.protocol ?? this.channelTable;
    if (others !== undefined || this.primary || this.filtered || this.show !== 'routes') {
      grammar.fail('Incompatible show route options');
    }
    const channels = (grammar.context.host.protocol(why.protocol)?.channels ?? []).filter(
      ({ name, table }) =>
        (why.channel === undefined || name === why.channel) &&
        (this.tables.length === 0 || this.tables.includes(table)) &&
        this.fits(table),
    );
    if (channels.length === 0) grammar.fail('No valid tables');
    return {
      match: { kind: match.kind, prefix: match.prefix },
      protocol: why.protocol,
      channels,
      verbose: this.verbose,
    };
  }

  /** The channel of the export protocol that feeds from a table. */
  private exportChannelInto(table: string): string | undefined {
    if (this.exported === undefined) return undefined;
    const { protocol, channel } = this.exported;
    const channels = this.grammar.context.host.protocol(protocol)?.channels ?? [];
    return channels.find(
      (candidate) => candidate.table === table && (channel === undefined || candidate.name === channel),
    )?.name;
  }

  /** Tables that were chosen by themselves are passed over where they do not fit; with named ones that is an error. */
  private isUsable(choice: TableChoice): boolean {
    if (this.exported !== undefined && choice.exportChannel === undefined) return false;
    if (this.fits(choice.table)) return true;
    if (choice.named && !this.allTables) {
      this.grammar.fail(`Incompatible type of prefix/ip for table ${choice.table}`);
    }
    return false;
  }

  private fits(table: string): boolean {
    if (this.match === undefined) return true;
    const view = this.grammar.context.host.tables().find((candidate) => candidate.name === table);
    return view?.family === (this.match.prefix.version === 4 ? 'ipv4' : 'ipv6');
  }
}

/** Words that stand alone. */
const FLAGS = {
  all: (args: RouteArguments) => {
    args.verbose = true;
  },
  primary: (args: RouteArguments) => {
    args.primary = true;
  },
  filtered: (args: RouteArguments) => {
    args.filtered = true;
  },
  count: (args: RouteArguments) => {
    args.show = 'count';
  },
  stats: (args: RouteArguments) => {
    args.show = 'stats';
  },
};

/** Words with something behind them. */
const VALUES = {
  for: (args: RouteArguments) => args.setMatch('longest', args.readFor()),
  in: (args: RouteArguments) => args.setMatch('in', args.readIn()),
  table: (args: RouteArguments) => args.readTable(),
  import: (args: RouteArguments) => args.readImportTable(),
  export: (args: RouteArguments) => args.readExport('export'),
  preexport: (args: RouteArguments) => args.readExport('preexport'),
  noexport: (args: RouteArguments) => args.readExport('noexport'),
  exported: (args: RouteArguments) => args.readExport('exported'),
  protocol: (args: RouteArguments) => args.readProtocol(),
  why: (args: RouteArguments) => args.readWhy(),
};

export function readShowRoute(grammar: Grammar): Command {
  const args = new RouteArguments(grammar);
  while (!grammar.stream.atKind(TokenKind.End)) args.read();
  if (args.why !== undefined) return whyCommand(args.question(args.why));
  const listing: RouteListing = {
    tables: args.choose(),
    match: args.match,
    primaryOnly: args.primary,
    filteredOnly: args.filtered,
    protocol: args.protocol,
    policy: args.policy,
    verbose: args.verbose,
    show: args.show,
  };
  return {
    harmless: true,
    run: (context, reply) => showRoutes(context, reply, listing),
    json: (context, reply) => jsonRoutes(context, reply, listing),
  };
}
