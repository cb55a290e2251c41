/**
 * protocol bgp of BIRD 1: one family, the channel's options beside those of the session. What differs in meaning:
 *
 *  - a connection belongs to the neighbour that it comes from, whichever of our addresses it went to
 *  - `source address` is also the next hop that we announce
 *  - the export filter sees routes as the session would carry them
 *  - the first AS of a path is not compared with the neighbour's: there is no word to switch that off
 *  - nothing is refused for want of an import or export filter
 */
import type { BgpConfig } from '../../model.ts';
import { finishBgp } from '../bgp.ts';
import { BGP_CHANNEL_FIELDS, BGP_CHANNEL_STATEMENTS, type BgpChannelOptions } from '../bgp-channel.ts';
import { BGP_FIELDS, type BgpOptions } from '../bgp-options.ts';
import { BGP_STATEMENTS } from '../bgp-statements.ts';
import type { ReadContext } from '../context.ts';
import { type FieldTable, Statements, withDefault, within } from '../option-table.ts';
import type { ProtocolKind } from '../protocol.ts';
import type { ProtocolDraft } from '../protocol-draft.ts';
import { FLAT_CHANNEL_FIELDS, splitChannel } from './flat-channel.ts';

type FlatBgpOptions = BgpOptions & Omit<BgpChannelOptions, keyof BgpOptions>;

const SESSION_FIELDS: FieldTable<BgpOptions> = {
  ...BGP_FIELDS,
  checkLink: withDefault<boolean | undefined>(BGP_FIELDS.checkLink, false),
  enforceFirstAs: withDefault<boolean | undefined>(BGP_FIELDS.enforceFirstAs, false),
  matchLocalAddress: withDefault(BGP_FIELDS.matchLocalAddress, false),
};

const CHANNEL_FIELDS: FieldTable<BgpChannelOptions> = {
  ...BGP_CHANNEL_FIELDS,
  ...FLAT_CHANNEL_FIELDS,
  aigp: withDefault<BgpChannelOptions['aigp']>(BGP_CHANNEL_FIELDS.aigp, 'off'),
  preparedExport: withDefault(BGP_CHANNEL_FIELDS.preparedExport, true),
};

/** What both have is written for the session. */
const FLAT_FIELDS: FieldTable<FlatBgpOptions> = { ...CHANNEL_FIELDS, ...SESSION_FIELDS };

const STATEMENTS = new Statements<FlatBgpOptions>(
  FLAT_FIELDS,
  [
    ...within<BgpChannelOptions, FlatBgpOptions>(BGP_CHANNEL_STATEMENTS.others),
    ...within<BgpOptions, FlatBgpOptions>(BGP_STATEMENTS.others),
  ],
  'bird1',
);

const CHANNEL_KEYS = Object.keys(CHANNEL_FIELDS).filter((key) => key === 'debug' || !(key in SESSION_FIELDS));

function finish(context: ReadContext, draft: ProtocolDraft): BgpConfig | undefined {
  const channel = splitChannel(context, draft, CHANNEL_KEYS);
  const session = draft.options<BgpOptions>();
  const source = session.get('localAddress');
  if (source !== undefined) {
    channel.options<BgpChannelOptions>().set('nextHopAddress', source, draft.place<BgpOptions>('localAddress'));
  }
  const config = finishBgp(context, draft, { session: SESSION_FIELDS, channel: CHANNEL_FIELDS });
  if (config?.keepaliveTime === undefined || config.holdTime === 0 || config.keepaliveTime < config.holdTime) {
    return config;
  }
  // The neighbour would hang up before it hears of us.
  const hint = `A third of the hold time of ${config.holdTime} s is used.`;
  context.notes.warnAt(draft.place<BgpOptions>('keepaliveTime'), 'Keepalive time is as long as the hold time', hint);
  return { ...config, keepaliveTime: undefined };
}

export const BIRD1_BGP: ProtocolKind = { word: 'bgp', statements: STATEMENTS, channels: undefined, finish };
