/**
 * protocol aggregator: one route in the place of many.
 *
 *     option := 'table' table | 'peer' 'table' table | 'import' policy | 'export' policy
 *             | 'aggregate' 'on' expression { ',' expression } | 'merge' 'by' block
 *
 * `merge by` runs over values of types that nothing else has (`route`, `routes`): its statements are read, what they do
 * with these is not.
 */
import { readPolicy, readRouteExpression, readRouteStatements } from '../../filter/reader.ts';
import type { TableDefinition } from '../../table-definition.ts';
import { checked, finishInactive } from '../inactive-protocol.ts';
import { type OptionStatement, Statements, value } from '../option-table.ts';
import type { ProtocolKind } from '../protocol.ts';
import { COMMON_FIELDS, type CommonOptions, commonStatements } from '../protocol-draft.ts';
import { readTableName } from '../table.ts';

interface AggregatorOptions extends CommonOptions {
  readonly table: TableDefinition | undefined;
  readonly peerTable: TableDefinition | undefined;
  readonly on: boolean;
  readonly merge: boolean;
}

function policy(word: 'import' | 'export', about: string): OptionStatement<AggregatorOptions> {
  const syntax = `${word} all | none | filter <name> | filter { ... } | where <expression>`;
  return { ...checked<AggregatorOptions>(syntax, about, 'all', (context) => void readPolicy(context)), words: [word] };
}

export const AGGREGATOR_STATEMENTS = new Statements<AggregatorOptions>(
  {
    ...COMMON_FIELDS,
    table: value<TableDefinition | undefined>(undefined, 'nothing'),
    peerTable: value<TableDefinition | undefined>(undefined, 'nothing'),
    on: value<boolean>(false, 'nothing'),
    merge: value<boolean>(false, 'nothing'),
  },
  [
    checked('table <table>', 'where routes come from', 'must be set', (context, bag, at) => {
      bag.set('table', readTableName(context), at);
    }),
    checked('peer table <table>', 'where the aggregates go', 'must be set', (context, bag, at) => {
      bag.set('peerTable', readTableName(context), at);
    }),
    policy('export', 'which routes are aggregated'),
    policy('import', 'which aggregates are taken'),
    checked('aggregate on <expression>, ...', 'what routes have in common', 'must be set', (context, bag, at) => {
      do readRouteExpression(context);
      while (context.stream.acceptPunct(','));
      bag.set('on', true, at);
    }),
    checked('merge by { ... }', 'makes one route of `routes`', 'must be set', (context, bag, at) => {
      readRouteStatements(context);
      bag.set('merge', true, at);
    }),
    ...commonStatements<AggregatorOptions>(),
  ],
);

export const AGGREGATOR: ProtocolKind = {
  word: 'aggregator',
  statements: AGGREGATOR_STATEMENTS,
  channels: undefined,
  finish: (context, draft) => {
    const options = draft.options<AggregatorOptions>();
    const complain = (message: string): undefined => {
      context.notes.errorAt(draft.token, message);
      return undefined;
    };
    const [table, peerTable] = [options.get('table'), options.get('peerTable')];
    if (table === undefined) return complain('Source table not specified');
    if (peerTable === undefined) return complain('Destination table not specified');
    if (table.type !== peerTable.type) return complain('Both tables must have the same type');
    if (!options.has('on')) return complain('Aggregation criterion must be set');
    if (!options.has('merge')) return complain('Merge function must be set');
    return finishInactive(context, draft);
  },
};
