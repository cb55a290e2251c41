/**
 * protocol mrt: dumps of tables (RFC 6396).
 *
 *     option := 'table' ( table | text ) | 'filename' text | 'period' number | 'always' 'add' 'path' switch
 *             | 'filter' ( NAME | body ) | 'where' expression
 */
import { readPolicyBehind } from '../../filter/reader.ts';
import { TokenKind } from '../../syntax/token.ts';
import { checked, finishInactive } from '../inactive-protocol.ts';
import { Statements, value } from '../option-table.ts';
import type { ProtocolKind } from '../protocol.ts';
import { COMMON_FIELDS, type CommonOptions, commonStatements } from '../protocol-draft.ts';
import { readTableName } from '../table.ts';
import { readNumber, readSwitch, readText } from '../values.ts';

interface MrtOptions extends CommonOptions {
  readonly table: boolean;
  readonly filename: boolean;
  readonly period: boolean;
}

const absent = value<boolean>(false, 'nothing');

const FILTER = { filter: 'filter <name> | { ... }', where: 'where <expression>' } as const;

export const MRT_STATEMENTS = new Statements<MrtOptions>(
  { ...COMMON_FIELDS, table: absent, filename: absent, period: absent },
  [
    checked('table <table> | "<pattern>"', 'what is dumped', 'must be set', (context, bag, at) => {
      if (context.stream.atKind(TokenKind.Text)) readText(context);
      else readTableName(context);
      bag.set('table', true, at);
    }),
    checked('filename "<strftime>"', 'where to; `%N` is the name of the table', 'must be set', (context, bag, at) => {
      readText(context);
      bag.set('filename', true, at);
    }),
    checked('period <seconds>', 'how often', 'must be set', (context, bag, at) => {
      if (readNumber(context) > 0) bag.set('period', true, at);
    }),
    checked('always add path <switch>', 'with path identifiers, needed or not', 'off', (context) => {
      readSwitch(context);
    }),
    ...(['filter', 'where'] as const).map((word) =>
      checked<MrtOptions>(
        FILTER[word],
        'which routes are dumped',
        'all',
        (context) => void readPolicyBehind(context, word),
      ),
    ),
    ...commonStatements<MrtOptions>(),
  ],
);

export const MRT: ProtocolKind = {
  word: 'mrt',
  statements: MRT_STATEMENTS,
  channels: undefined,
  finish: (context, draft) => {
    const options = draft.options<MrtOptions>();
    const missing = (
      [
        ['table', 'Table not specified'],
        ['filename', 'File not specified'],
        ['period', 'Period not specified'],
      ] as const
    ).find(([key]) => !options.has(key));
    if (missing === undefined) return finishInactive(context, draft);
    context.notes.errorAt(draft.token, missing[1]);
    return undefined;
  },
};
