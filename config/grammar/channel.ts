/**
 * Channels: what connects a protocol with a table.
 *
 *     channel := type [ '{' { option ';' } '}' ]
 */
import { ACCEPT_ALL, type FamilyName, type Policy, REJECT_ALL } from '../../bgp/index.ts';
import type { ChannelConfig, RouteLimit } from '../model.ts';
import { type Token, TokenKind } from '../syntax/token.ts';
import type { TokenStream } from '../syntax/token-stream.ts';
import { type NetTypeName, type TableDefinition, tableOf } from '../table-definition.ts';
import { ChannelDraft, type ChannelType } from './channel-draft.ts';
import { type ReadContext, readBlock } from './context.ts';
import { LIMIT } from './limit.ts';
import { DEBUG_MASK } from './masks.ts';
import {
  type FieldTable,
  fillOptions,
  type OptionStatement,
  option,
  type StatementReader,
  Statements,
} from './option-table.ts';
import { POLICY, readExportPart } from './policy.ts';
import type { ProtocolDraft } from './protocol-draft.ts';
import { readTableName } from './table.ts';
import { number, SWITCH } from './values.ts';

export interface ChannelOptions {
  readonly table: TableDefinition | undefined;
  readonly preference: number | undefined;
  readonly importPolicy: Policy | undefined;
  readonly exportPolicy: Policy | undefined;
  readonly importKeepFiltered: boolean;
  readonly receiveLimit: RouteLimit | undefined;
  readonly importLimit: RouteLimit | undefined;
  readonly exportLimit: RouteLimit | undefined;
  readonly rpkiReload: boolean;
  readonly debug: number | undefined;
}

export const CHANNEL_FIELDS: FieldTable<ChannelOptions> = {
  table: option<TableDefinition | undefined>(
    undefined,
    'restart',
    'table',
    { syntax: '<table>', read: readTableName },
    'the table that the channel is connected with',
    { defaultText: 'master4 or master6' },
  ),
  preference: option<number | undefined>(
    undefined,
    'import',
    'preference',
    number('<0-65535>', { max: 0xffff }),
    'preference of imported routes, unless a filter sets another',
    { defaultText: 'by protocol' },
  ),
  importPolicy: option<Policy | undefined>(undefined, 'import', 'import', POLICY, 'what may come from the protocol', {
    defaultText: 'all',
  }),
  exportPolicy: option<Policy | undefined>(
    undefined,
    'export',
    'export',
    { syntax: `[in <network>] ${POLICY.syntax}`, read: readExportPart },
    'what may go to the protocol; `in` confines it to a network and its more specific ones',
    { defaultText: 'none' },
  ),
  importKeepFiltered: option<boolean>(
    false,
    'import',
    'import keep filtered',
    SWITCH,
    'keep routes that the import filter rejected, for `show route filtered`',
  ),
  receiveLimit: option<RouteLimit | undefined>(
    undefined,
    'update',
    'receive limit',
    LIMIT,
    'limit of received routes',
    {
      defaultText: 'off',
    },
  ),
  importLimit: option<RouteLimit | undefined>(undefined, 'update', 'import limit', LIMIT, 'limit of accepted routes', {
    defaultText: 'off',
  }),
  exportLimit: option<RouteLimit | undefined>(undefined, 'update', 'export limit', LIMIT, 'limit of exported routes', {
    defaultText: 'off',
  }),
  rpkiReload: option<boolean>(
    true,
    'update',
    'rpki reload',
    SWITCH,
    'run filters again when a ROA or ASPA table changes',
    {
      only: 'bird2',
    },
  ),
  debug: option<number | undefined>(undefined, 'nothing', 'debug', DEBUG_MASK, 'what to trace about the channel', {
    defaultText: '`debug channels`',
  }),
};

/** Statements of every channel that have no value in the model. */
export function commonChannelStatements<T extends ChannelOptions>(): OptionStatement<T>[] {
  return [
    {
      words: ['export', 'block'],
      only: 'bird2',
      syntax: 'export block <number>',
      about: 'how many routes BIRD exports at once; work is sliced by time here',
      defaultText: '-',
      activity: 'moot',
      cost: 'nothing',
      read: (context) => void number('<number>').read(context),
    },
  ];
}

export const CHANNEL_STATEMENTS = new Statements<ChannelOptions>(CHANNEL_FIELDS, commonChannelStatements());

/** The channel type among `types` whose words stand next; those with more words come first. */
export function channelTypeAhead(stream: TokenStream, types: readonly ChannelType[]): ChannelType | undefined {
  const first = stream.peek();
  if (first.kind !== TokenKind.Word) return undefined;
  let found: ChannelType | undefined;
  for (const type of types) {
    // Asked for every statement of a protocol: most are told apart by their first letters.
    if (!type.words.startsWith(first.text)) continue;
    const longer = found === undefined || type.words.length > found.words.length;
    if (longer && stream.atWords(...type.words.split(' '))) found = type;
  }
  return found;
}

export interface ChannelRules {
  readonly types: readonly ChannelType[];
  readonly statements: StatementReader;
  /** The protocol has one channel, of whatever type. */
  readonly single: boolean;
}

/** Reads the channel of `type`, which stands next. */
export function readChannel(context: ReadContext, draft: ProtocolDraft, type: ChannelType, rules: ChannelRules): void {
  const { stream, notes } = context;
  const token = stream.peek();
  for (let i = type.words.split(' ').length; i > 0; i--) stream.next();
  const channel = openChannel(context, draft, type, token, rules);
  const options = channel.options<ChannelOptions>();
  if (stream.atPunct('{')) readBlock(context, () => rules.statements.readInto(context, channel));
  else if (!stream.atPunct(';')) stream.failUnexpected(["';'", "'{'"]);
  const place = options.place('table');
  const table = options.get('table');
  if (place !== undefined && table !== undefined && table.type !== type.net) {
    notes.errorAt(place, 'Incompatible table type', `${table.name} is a table for ${table.type}.`);
  }
}

function openChannel(
  context: ReadContext,
  draft: ProtocolDraft,
  type: ChannelType,
  token: Token,
  rules: ChannelRules,
): ChannelDraft {
  const { stream } = context;
  const at = draft.channels.findIndex((channel) => channel.type === type);
  const known = draft.channels[at];
  if (known !== undefined && !known.isInherited) stream.fail(`Multiple ${type.label} channels`, token);
  if (known === undefined && rules.single && draft.channels.length > 0) {
    stream.fail(
      'Different channel type',
      token,
      `The protocol already has the channel ${draft.channels[0]!.type.words}.`,
    );
  }
  const channel = known === undefined ? new ChannelDraft(type, token) : known.reopened(token);
  draft.channels[known === undefined ? draft.channels.length : at] = channel;
  return channel;
}

/** The table of a channel: the written one, or the first of its type. */
export function channelTable(context: ReadContext, channel: ChannelDraft): TableDefinition | undefined {
  const written = channel.options<ChannelOptions>().get('table');
  if (written !== undefined) return written;
  for (const symbol of context.scope.ownSymbols()) {
    if (symbol.kind === 'table' && tableOf(symbol).type === channel.type.net) return tableOf(symbol);
  }
  context.notes.errorAt(channel.token, 'Routing table not specified', `Declare one: ${channel.type.net} table <name>;`);
  return undefined;
}

export interface ChannelDefaults {
  readonly preference: number;
  readonly debug: number;
}

/** The model of a channel whose family is routed; what a kind of protocol adds comes from its own rows. */
export function finishChannel(
  channel: ChannelDraft,
  family: FamilyName,
  table: TableDefinition,
  defaults: ChannelDefaults,
): ChannelConfig {
  const options = fillOptions(CHANNEL_FIELDS, channel.options<ChannelOptions>());
  return {
    ...options,
    family,
    table: table.name,
    preference: options.preference ?? defaults.preference,
    importPolicy: options.importPolicy ?? ACCEPT_ALL,
    exportPolicy: options.exportPolicy ?? REJECT_ALL,
    debug: options.debug ?? defaults.debug,
    place: channel.token.source.place(channel.token.start),
  };
}

const PLAIN_TYPES: readonly ChannelType[] = (
  [
    'ipv4',
    'ipv6',
    'ipv6 sadr',
    'vpn4',
    'vpn6',
    'roa4',
    'roa6',
    'flow4',
    'flow6',
    'mpls',
    'eth',
    'aspa',
    'evpn',
  ] as const
).map((net) => ({
  words: net,
  label: net === 'ipv6 sadr' ? 'ipv6-sadr' : net,
  net,
  family: net === 'ipv4' || net === 'ipv6' ? net : undefined,
}));

/** Channel types by the words of their tables, for protocols without address families of their own. */
export function plainChannelTypes(...nets: readonly NetTypeName[]): ChannelType[] {
  return nets.length === 0 ? [...PLAIN_TYPES] : PLAIN_TYPES.filter((type) => nets.includes(type.net));
}
