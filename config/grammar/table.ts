/**
 * Routing tables.
 *
 *     table   := nettype 'table' NAME [ 'sorted' ] [ '{' { option ';' } '}' ]
 *     nettype := 'ipv4' | 'ipv6' | 'ipv6' 'sadr' | 'vpn4' | 'vpn6' | 'roa4' | 'roa6' | 'flow4' | 'flow6' | 'eth'
 *              | 'mpls' | 'aspa' | 'evpn' | 'neighbor'
 *
 * Tables of all kinds are known by name, so that filters and protocols that mention them can be read; those for IPv4
 * and IPv6 prefixes hold routes, those for ROA and ASPA what filters check routes by.
 */
import type { Scope } from '../scope.ts';
import { didYouMean } from '../syntax/diagnostic.ts';
import { type Token, TokenKind } from '../syntax/token.ts';
import type { TokenStream } from '../syntax/token-stream.ts';
import { familyOfNetType, type NetTypeName, type TableDefinition, tableOf } from '../table-definition.ts';
import { type ReadContext, readBlock } from './context.ts';
import { readDebugMask } from './masks.ts';
import { OptionBag } from './option-bag.ts';
import { fillOptions, type OptionStatement, option, Statements } from './option-table.ts';
import { readMicroseconds, readNumber, SWITCH } from './values.ts';

/** Words of each type; longer ones first, because `ipv6 sadr` begins like `ipv6`. */
const NET_TYPES: readonly (readonly [NetTypeName, readonly string[]])[] = (
  [
    ...(['ipv6 sadr', 'ipv4', 'ipv6', 'vpn4', 'vpn6', 'roa4', 'roa6', 'flow4', 'flow6'] as const),
    ...(['eth', 'mpls', 'aspa', 'evpn', 'neighbor'] as const),
  ] as const
).map((type) => [type, type.split(' ')] as const);

export function defineTable(scope: Scope, table: TableDefinition, token: Token | undefined): void {
  scope.define({ name: table.name, kind: 'table', token, definition: table });
}

/** Takes the words of a net type if they stand next. */
function acceptNetType(stream: TokenStream): NetTypeName | undefined {
  return NET_TYPES.find(([, words]) => stream.acceptWords(...words))?.[0];
}

/** True if a table declaration stands next. */
export function beginsTable(stream: TokenStream): boolean {
  const first = stream.peek().text;
  return NET_TYPES.some(([, words]) => words[0] === first && stream.atWords(...words, 'table'));
}

interface TableOptions {
  readonly sorted: boolean;
  readonly trie: boolean;
}

/** Statements that tune how BIRD cleans and announces its tables. */
function tuning(words: string, syntax: string, read: (context: ReadContext) => void): OptionStatement<TableOptions> {
  return {
    words: words.split(' '),
    syntax: `${words} ${syntax}`,
    about: 'tunes how BIRD cleans and announces its tables; there is nothing to tune here',
    defaultText: '-',
    activity: 'moot',
    cost: 'nothing',
    read: (context) => read(context),
  };
}

function readTwoTimes(context: ReadContext): void {
  readMicroseconds(context);
  readMicroseconds(context);
}

const LONGEST_GC_PERIOD_US = 3_600_000_000;

export const TABLE_STATEMENTS = new Statements<TableOptions>(
  {
    sorted: option<boolean>(
      false,
      'restart',
      'sorted',
      SWITCH,
      'keep all routes of a prefix in order, for `secondary`',
    ),
    trie: option<boolean>(false, 'nothing', 'trie', SWITCH, 'asks for a search tree; lookups are always fast here', {
      activity: 'moot',
    }),
  },
  [
    tuning('min settle time', '<time>', readMicroseconds),
    tuning('max settle time', '<time>', readMicroseconds),
    tuning('export settle time', '<time> <time>', readTwoTimes),
    tuning('route refresh export settle time', '<time> <time>', readTwoTimes),
    tuning('digest settle time', '<time> <time>', readTwoTimes),
    tuning('gc threshold', '<number>', readNumber),
    tuning('gc period', '<time>', (context) => {
      const first = context.stream.peek();
      if (readMicroseconds(context) > LONGEST_GC_PERIOD_US) {
        context.stream.failBetween('GC period must be at most 3600 s', first, context.stream.previous());
      }
    }),
    tuning('cork threshold', '<low> <high>', (context) => {
      const first = context.stream.peek();
      const low = readNumber(context);
      if (low > readNumber(context)) {
        const last = context.stream.previous();
        context.stream.failBetween('Cork low threshold must be lower than the high threshold.', first, last);
      }
    }),
    tuning('debug', 'all | off | { ... }', readDebugMask),
    tuning('thread group', '<name>', ({ stream }) => void stream.expectKind(TokenKind.Word)),
  ],
);

/** Tables whose entries filters ask. */
const ORIGIN_TYPES: readonly NetTypeName[] = ['roa4', 'roa6', 'aspa'];

const TRIE_TYPES: readonly NetTypeName[] = ['ipv4', 'ipv6', 'vpn4', 'vpn6', 'roa4', 'roa6', 'ipv6 sadr'];

/** Reads a declaration and defines its name. */
export function readTable(context: ReadContext, predefined: Set<string>): TableDefinition {
  const { stream, scope, notes } = context;
  const first = stream.peek();
  const type = acceptNetType(stream)!;
  stream.expectWord('table');
  const token = stream.expectKind(TokenKind.Word);
  const known = scope.own(token.text);
  // `master4` and `master6` exist without being declared and may be declared once.
  if (known !== undefined && !(predefined.has(token.text) && tableOf(known).type === type)) {
    stream.fail(`Symbol '${token.text}' already defined`, token);
  }
  predefined.delete(token.text);
  const bag = new OptionBag<TableOptions>();
  if (stream.acceptWords('sorted')) bag.set('sorted', true, stream.previous());
  if (stream.atPunct('{')) readBlock(context, () => TABLE_STATEMENTS.read(context, bag));
  const trie = bag.place('trie');
  if (trie !== undefined && !TRIE_TYPES.includes(type)) {
    notes.errorAt(trie, `Trie option not supported for ${type} table`);
  }
  const options = fillOptions(TABLE_STATEMENTS.fields, bag);
  const table: TableDefinition = { name: token.text, type, sorted: options.sorted, trie: options.trie };
  defineTable(scope, table, token);
  if (familyOfNetType(type) === undefined && !ORIGIN_TYPES.includes(type))
    notes.inactive(`${type} table ${table.name}`, first);
  return table;
}

/** `rtable := NAME` */
export function readTableName(context: ReadContext): TableDefinition {
  const { stream, scope } = context;
  const token = stream.peek();
  const symbol = token.kind === TokenKind.Word ? scope.lookup(token.text) : undefined;
  if (symbol === undefined) return stream.failUnexpected(['CF_SYM_KNOWN'], scope.names('table'));
  stream.next();
  if (symbol.kind !== 'table') {
    stream.fail('Table name required', token, didYouMean(token.text, scope.names('table')));
  }
  return tableOf(symbol);
}
