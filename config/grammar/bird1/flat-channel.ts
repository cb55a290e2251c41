/**
 * BIRD 1 has no channels in its texts: a protocol is connected with one table, and the options of that connection stand
 * beside its own. Here they are told apart again, so that a protocol of BIRD 1 is finished as one of BIRD 2.
 */
import { CHANNEL_FIELDS, CHANNEL_STATEMENTS, type ChannelOptions, plainChannelTypes } from '../channel.ts';
import { ChannelDraft, type ChannelType } from '../channel-draft.ts';
import type { ReadContext } from '../context.ts';
import { type FieldTable, Statements, withDefault, within } from '../option-table.ts';
import type { CommonOptions, ProtocolDraft } from '../protocol-draft.ts';
import { withoutKernelAttributes } from './temporary-attributes.ts';

const { debug: _channelDebug, ...CHANNEL_ROWS } = CHANNEL_FIELDS;

/** Rows of the connection. `debug` is an option of the protocol and counts for both. */
export const FLAT_CHANNEL_FIELDS: FieldTable<Omit<ChannelOptions, 'debug'>> = {
  ...CHANNEL_ROWS,
  table: withDefault(CHANNEL_ROWS.table, undefined, 'master'),
};

export type Flat<T extends CommonOptions> = T & Omit<ChannelOptions, 'debug'>;

/** The statements of a protocol of BIRD 2, with those of its channel, as far as BIRD 1 has them. */
export function flatStatements<T extends CommonOptions>(
  own: Statements<T>,
  fields: FieldTable<T> = own.fields,
): Statements<Flat<T>> {
  const all = { ...FLAT_CHANNEL_FIELDS, ...fields } as FieldTable<Flat<T>>;
  return new Statements<Flat<T>>(
    all,
    [...within<ChannelOptions, Flat<T>>(CHANNEL_STATEMENTS.others), ...within<T, Flat<T>>(own.others)],
    'bird1',
  );
}

/** Gives the protocol the one channel that its options describe; `keys` are the options that are the channel's. */
export function splitChannel(
  context: ReadContext,
  draft: ProtocolDraft,
  keys: Iterable<string> = Object.keys(CHANNEL_FIELDS),
): ChannelDraft {
  const channel = new ChannelDraft(channelType(context), draft.token);
  const own = draft.options<Record<string, unknown>>();
  const bag = channel.options<Record<string, unknown>>();
  for (const key of keys) if (own.has(key)) bag.set(key, own.get(key), draft.place<Record<string, unknown>>(key));
  const options = channel.options<ChannelOptions>();
  const imports = options.get('importPolicy');
  if (imports !== undefined && draft.kind !== 'kernel') {
    options.set('importPolicy', withoutKernelAttributes(imports), draft.place<ChannelOptions>('importPolicy'));
  }
  draft.setOnlyChannel(channel);
  return channel;
}

function channelType({ family }: ReadContext): ChannelType {
  return plainChannelTypes(family)[0]!;
}
