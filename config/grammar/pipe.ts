/**
 * protocol pipe: routes from one table to another and back. Alone among the protocols it has the options of a channel
 * without a channel around them.
 */
import { ACCEPT_ALL, type Policy } from '../../bgp/index.ts';
import type { ProtocolConfig } from '../model.ts';
import { familyOfNetType, type TableDefinition } from '../table-definition.ts';
import { CHANNEL_FIELDS, type ChannelOptions } from './channel.ts';
import type { ReadContext } from './context.ts';
import { finishInactive } from './inactive-protocol.ts';
import { fillOptions, Statements, value } from './option-table.ts';
import type { ProtocolKind } from './protocol.ts';
import {
  COMMON_FIELDS,
  type CommonOptions,
  commonStatements,
  finishBase,
  type ProtocolDraft,
} from './protocol-draft.ts';
import { readTableName } from './table.ts';
import { readChoice, readNumber } from './values.ts';

export interface PipeOptions extends CommonOptions, Omit<ChannelOptions, 'debug'> {
  readonly peerTable: TableDefinition | undefined;
}

const { debug: _channelDebug, ...PIPE_CHANNEL_FIELDS } = CHANNEL_FIELDS;

export const PIPE_STATEMENTS = new Statements<PipeOptions>(
  { ...PIPE_CHANNEL_FIELDS, ...COMMON_FIELDS, peerTable: value<TableDefinition | undefined>(undefined, 'restart') },
  [
    {
      words: ['peer', 'table'],
      syntax: 'peer table <table>',
      about: 'the other table',
      defaultText: 'must be set',
      activity: 'active',
      cost: 'restart',
      read: (context, bag, at) => bag.set('peerTable', readTableName(context), at),
    },
    {
      words: ['mode'],
      only: 'bird1',
      syntax: 'mode transparent | opaque',
      about: 'routes keep their attributes; `opaque` is refused',
      defaultText: 'transparent',
      activity: 'moot',
      cost: 'nothing',
      read: (context) => {
        const token = context.stream.peek();
        if (readChoice(context, { transparent: false, opaque: true })) {
          context.stream.fail('Opaque pipes are not supported', token);
        }
      },
    },
    {
      words: ['max', 'generation'],
      only: 'bird2',
      syntax: 'max generation <number>',
      about: 'how many pipes a route may pass in BIRD 3; here a route never returns to a table it came from',
      defaultText: '-',
      activity: 'moot',
      cost: 'nothing',
      read: (context) =>
        void readNumber(context, { min: 1, max: 254, message: 'Max generation must be in range 1-254' }),
    },
    ...commonStatements<PipeOptions>(),
  ],
);

export const PIPE: ProtocolKind = {
  word: 'pipe',
  statements: PIPE_STATEMENTS,
  channels: undefined,
  finish: (context, draft) => finishPipe(context, draft, ACCEPT_ALL),
};

/** `exports`: what goes to the peer table where nobody says. */
export function finishPipe(context: ReadContext, draft: ProtocolDraft, exports: Policy): ProtocolConfig | undefined {
  const { notes } = context;
  const options = fillOptions(PIPE_STATEMENTS.fields, draft.options<PipeOptions>());
  const { table, peerTable } = options;
  const fail = (key: keyof PipeOptions, message: string, hint?: string): undefined => {
    notes.errorAt(draft.place<PipeOptions>(key), message, hint);
    return undefined;
  };
  if (table === undefined) return fail('table', 'Primary routing table not specified');
  if (peerTable === undefined) return fail('peerTable', 'Secondary routing table not specified');
  if (table === peerTable) return fail('peerTable', 'Primary table and peer table must be different');
  if (table.type !== peerTable.type) {
    const hint = `${table.name} is for ${table.type}, ${peerTable.name} is for ${peerTable.type}.`;
    return fail('peerTable', 'Primary table and peer table must have the same type', hint);
  }
  if (options.receiveLimit !== undefined) return fail('receiveLimit', 'Pipe protocol does not support receive limits');
  if (options.importKeepFiltered) {
    return fail('importKeepFiltered', 'Pipe protocol prohibits keeping filtered routes');
  }
  const family = familyOfNetType(table.type);
  if (family === undefined) return finishInactive(context, draft, `pipe ${draft.name} for ${table.type}`);
  return {
    ...finishBase(draft),
    kind: 'pipe',
    table: table.name,
    peerTable: peerTable.name,
    family,
    importPolicy: options.importPolicy ?? ACCEPT_ALL,
    exportPolicy: options.exportPolicy ?? exports,
    importLimit: options.importLimit,
    exportLimit: options.exportLimit,
    rpkiReload: options.rpkiReload,
  };
}
