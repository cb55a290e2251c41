/** What a dialect's texts are made of: its kinds of protocols, its statements, the tables that are there at the start. */
import type { FamilyName } from '../../bgp/index.ts';
import type { Dialect } from '../dialect.ts';
import type { TokenStream } from '../syntax/token-stream.ts';
import type { TableDefinition } from '../table-definition.ts';
import { BGP } from './bgp.ts';
import { BIRD1_GLOBALS } from './bird1/globals.ts';
import { BIRD1_KINDS } from './bird1/kinds.ts';
import { beginsBird1Table, readBird1Table } from './bird1/table.ts';
import { CALICO } from './calico.ts';
import type { ReadContext } from './context.ts';
import { DEVICE } from './device.ts';
import { DIRECT } from './direct.ts';
import { GLOBAL_STATEMENTS, type GlobalOptions } from './globals.ts';
import { INACTIVE_KINDS } from './inactive/kinds.ts';
import { KERNEL } from './kernel.ts';
import type { Statements } from './option-table.ts';
import { PIPE } from './pipe.ts';
import type { ProtocolKind } from './protocol.ts';
import { STATIC } from './static.ts';
import { beginsTable, readTable } from './table.ts';

export interface DialectGrammar {
  readonly kinds: ReadonlyMap<string, ProtocolKind>;
  readonly globals: Statements<GlobalOptions>;
  /** Tables that exist without being declared. */
  readonly tables: readonly TableDefinition[];
  /** Words that begin a statement of the whole text, besides those of `globals`; for suggestions. */
  readonly firstWords: readonly string[];
  /** The name of the table that is declared by the words that stand next; `undefined`: no declaration stands there. */
  tableAhead(stream: TokenStream): string | undefined;
  readTable(context: ReadContext, predefined: Set<string>): void;
}

const WORDS = ['protocol', 'template', 'filter', 'function', 'define', 'eval', 'include'];

function byWord(kinds: readonly ProtocolKind[]): ReadonlyMap<string, ProtocolKind> {
  return new Map(kinds.map((kind) => [kind.word, kind]));
}

const BIRD2: DialectGrammar = {
  kinds: byWord([DEVICE, DIRECT, KERNEL, STATIC, PIPE, BGP, CALICO, ...INACTIVE_KINDS]),
  globals: GLOBAL_STATEMENTS,
  tables: [
    { name: 'master4', type: 'ipv4', sorted: false, trie: false },
    { name: 'master6', type: 'ipv6', sorted: false, trie: false },
  ],
  firstWords: [
    ...WORDS,
    'attribute',
    ...['ipv4', 'ipv6', 'roa4', 'roa6', 'vpn4', 'vpn6', 'flow4', 'flow6', 'mpls', 'aspa', 'eth'],
  ],
  tableAhead: (stream) => (beginsTable(stream) ? stream.peek(2).text : undefined),
  readTable,
};

function bird1(family: FamilyName): DialectGrammar {
  return {
    kinds: byWord(BIRD1_KINDS),
    globals: BIRD1_GLOBALS,
    tables: [{ name: 'master', type: family, sorted: false, trie: false }],
    firstWords: [...WORDS, 'table'],
    tableAhead: (stream) => (beginsBird1Table(stream) ? stream.peek(1).text : undefined),
    readTable: readBird1Table,
  };
}

const BIRD1 = { ipv4: bird1('ipv4'), ipv6: bird1('ipv6') } as const;

export function grammarOf(dialect: Dialect, family: FamilyName): DialectGrammar {
  return dialect === 'bird1' ? BIRD1[family] : BIRD2;
}
